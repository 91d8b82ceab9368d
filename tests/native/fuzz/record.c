// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: damaged records.
 *
 * Some values are stored. Then bytes of their records are overwritten, in
 * headers, keys and heads, but not in index pages. Every later operation has to
 * end, without an access outside the device. It must not change a safe value. A
 * value is safe when none of its records was damaged, and none lies behind a
 * damaged one in its segment, where the collector cannot find it. Records move,
 * so the safe values are determined again after every step.
 */
#include <string.h>
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "native/fuzz/fuzz.h"
#include "ftl/record.h"
#include "native/ftl/variants.h"

#define DEVICE VKV_FTL_SIZE_MIN
/* Segments and fragments of the smallest device. */
#define SEGMENT (256u << 10)
#define FRAGMENT 8192u
#define USERS 2u
#define VALUES_MAX 64u
#define VALUE_MAX (160u << 10)
#define SPOTS_MAX (VALUES_MAX * (VALUE_MAX / FRAGMENT + 2))
#define NAME_MAX_BYTES 24u
#define OPERATIONS_MAX 400
/* A listing of damaged records may repeat keys, but it must end. */
#define LISTED_MAX 100000

struct value {
	struct vkv_key key;
	u8 name[NAME_MAX_BYTES];
	bool there;
	bool safe;
	u64 size;
	u8 data[VALUE_MAX];
};

/* The place of a record, and its value. */
struct spot {
	u64 offset;
	struct value *owner;
};

struct fuzz {
	struct fuzz_input in;
	struct vkv_ftl *ftl;
	u8 *mem;
	struct vkv_ftl_ctx *user[USERS];
	struct vkv_ftl_ctx *gc;
	struct vkv_footprint fp;
	struct vkv_view view;
	struct vkv_txn txn;
	struct vkv_cursor cursor;
	bool recycle;		/* recycle at the end at the latest */
	bool recycled;
	u64 seeds;
	u32 nr_values;
	u32 nr_spots;
	struct spot spot[SPOTS_MAX];
	u32 dirty[DEVICE / SEGMENT];	/* where damage of a segment begins */
	struct value value[VALUES_MAX];
};

static struct fuzz fuzz;

static struct vkv_ftl_ctx *any_user(struct fuzz *f)
{
	return f->user[fuzz_below(&f->in, USERS)];
}

static struct value *any_value(struct fuzz *f)
{
	return &f->value[fuzz_below(&f->in, f->nr_values)];
}

static u32 any_size(struct fuzz *f)
{
	static const u32 sizes[] = {
		0, 8, 40, 500, 3000, FRAGMENT, FRAGMENT + 1, 20000, 70000,
	};

	return sizes[fuzz_below(&f->in, ARRAY_SIZE(sizes))];
}

/* Places of records */

/* Tells whether a record with this key begins here. */
static bool begins(const struct fuzz *f, u64 offset, const struct vkv_key *key)
{
	const struct vkv_record *rec = (void *)(f->mem + offset);

	return rec->key_len == key->len && rec->keyspace == key->keyspace &&
	       !memcmp(rec->key, key->data, key->len);
}

static void add_spot(struct fuzz *f, struct value *v, u64 offset)
{
	MUST(f->nr_spots < SPOTS_MAX && offset < DEVICE, "record at %llx",
	     offset);
	f->spot[f->nr_spots++] = (struct spot){ offset, v };
}

/* Adds the records of a whole value, which the view shows. */
static void add_spots(struct fuzz *f, struct value *v)
{
	const u64 hidden = offsetof(struct vkv_record, key) +
			   sizeof(struct vkv_fragment_key);
	u64 offset = f->view.loc << VKV_LOC_SHIFT;
	u32 i;

	MUST(begins(f, offset, &v->key), "no record at %llx", offset);
	add_spot(f, v, offset);
	for (i = 0; v->size > FRAGMENT && i < f->view.nr; i++)
		add_spot(f, v, (u8 *)f->view.piece[i].data - f->mem - hidden);
}

static bool is_clean(const struct fuzz *f, u64 offset)
{
	return offset % SEGMENT < f->dirty[offset / SEGMENT];
}

/* Reads all pieces of the view, which must lie in the device. */
static void touch_view(struct fuzz *f)
{
	volatile u8 byte;
	u32 i, n;

	for (i = 0; i < f->view.nr; i++) {
		const u8 *data = f->view.piece[i].data;

		MUST(data >= f->mem &&
		     data + f->view.piece[i].len <= f->mem + DEVICE,
		     "piece %u outside", i);
		for (n = 0; n < f->view.piece[i].len; n += 64)
			byte = data[n];
	}
	(void)byte;
}

/* A safe value must be unchanged. It may lie behind a damaged record by now. */
static void check_value(struct fuzz *f, struct value *v)
{
	int err = vkv_ftl_lookup(f->user[0], &v->key, 0, VKV_IO_MAX, &f->view,
				 &f->fp);
	u32 first = f->nr_spots;

	MUST(err == (v->there ? 0 : -ENOENT), "an untouched value: %d", err);
	if (err)
		return;
	MUST(f->view.size == v->size, "size %llu, not %llu", f->view.size,
	     v->size);
	fuzz_expect(&f->view, v->data, v->size);
	add_spots(f, v);
	while (f->nr_spots > first)
		if (!is_clean(f, f->spot[--f->nr_spots].offset))
			v->safe = false;
}

static void check_values(struct fuzz *f)
{
	u32 i;

	for (i = 0; i < f->nr_values; i++)
		if (f->value[i].safe)
			check_value(f, &f->value[i]);
	vkv_ftl_quiesce(f->user[0]);
}

/* Stores */

static int try_store(struct fuzz *f, struct vkv_ftl_ctx *ctx, struct value *v,
		     const u8 *data, u32 size, u32 flags)
{
	int err = vkv_ftl_reserve(ctx, &v->key, size, flags, &f->txn, &f->fp);

	if (!err) {
		fuzz_put(&f->txn, data, size);
		err = vkv_ftl_commit(ctx, &f->txn, &f->fp);
	}
	vkv_ftl_quiesce(ctx);
	return err;
}

static int store(struct fuzz *f, struct vkv_ftl_ctx *ctx, struct value *v,
		 u32 size, u32 flags)
{
	static u8 data[VALUE_MAX];
	bool append = flags & VKV_STORE_APPEND && v->there;
	u64 seed = ++f->seeds;
	int err = -EAGAIN;
	u32 i;

	fuzz_fill(data, size, seed);
	/* Damage may have left no room for the collector. */
	for (i = 0; err == -EAGAIN && i < 32; i++) {
		err = try_store(f, ctx, v, data, size, flags);
		if (err == -EAGAIN) {
			vkv_ftl_collect(f->gc, false);
			check_values(f);
		}
	}
	if (err)
		return err;
	v->size = append ? v->size + size : size;
	memcpy(v->data + v->size - size, data, size);
	v->there = true;
	if (v->safe)
		check_value(f, v);
	return 0;
}

/* Tells whether a store of a safe value may have this answer. */
static bool may_answer(bool there, u32 flags, int err)
{
	if (flags & VKV_STORE_IF_ABSENT && there)
		return err == -EEXIST;
	if (flags & VKV_STORE_IF_PRESENT && !there)
		return err == -ENOENT;
	/* Records with wrong lengths can have used up the room. */
	return !err || err == -ENOSPC || err == -EAGAIN;
}

/* Operations */

static void op_lookup(struct fuzz *f)
{
	struct vkv_ftl_ctx *ctx = any_user(f);
	struct value *v = any_value(f);
	u64 offset = fuzz_u8(&f->in) & 1 ? any_size(f) : 0;
	int err = vkv_ftl_lookup(ctx, &v->key, offset, VKV_IO_MAX, &f->view,
				 &f->fp);

	MUST(!err || err == -ENOENT ||
	     (!v->safe && (err == -EIO || err == -EAGAIN)), "lookup: %d", err);
	if (!err)
		touch_view(f);
}

static void op_store(struct fuzz *f)
{
	struct vkv_ftl_ctx *ctx = any_user(f);
	struct value *v = any_value(f);
	u32 size = any_size(f);
	u32 flags = fuzz_u8(&f->in) & (VKV_STORE_IF_ABSENT |
				       VKV_STORE_IF_PRESENT | VKV_STORE_APPEND);
	bool there = v->there;
	int err;

	if (v->size + size > VALUE_MAX)
		return;
	err = store(f, ctx, v, size, flags);
	MUST(!v->safe || may_answer(there, flags, err), "store: %d", err);
}

static void op_delete(struct fuzz *f)
{
	struct vkv_ftl_ctx *ctx = any_user(f);
	struct value *v = any_value(f);
	int err = vkv_ftl_delete(ctx, &v->key, &f->fp);

	MUST(!err || err == -ENOENT, "delete: %d", err);
	MUST(!v->safe || !err == v->there, "delete: %d", err);
	v->there = false;
	v->size = 0;
}

static void op_quiesce(struct fuzz *f)
{
	vkv_ftl_quiesce(any_user(f));
}

static void op_idle(struct fuzz *f)
{
	vkv_ftl_idle(any_user(f));
}

static void op_collect(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	u32 steps = 1 + (how >> 1) % 16;
	bool more = true;

	while (steps-- && more) {
		more = vkv_ftl_collect(f->gc, how & 1);
		check_values(f);
	}
}

static void op_next(struct fuzz *f)
{
	struct vkv_ftl_ctx *ctx = any_user(f);
	u32 budget = fuzz_u8(&f->in);
	u32 keys = fuzz_u8(&f->in);
	struct vkv_key key;
	int err = 0;

	while (!err && keys--)
		err = vkv_ftl_next(ctx, 0, &f->cursor, NULL, NULL, &budget,
				   &key, &f->fp);
	MUST(!err || err == -ENOENT || (err == -EAGAIN && !budget), "next: %d",
	     err);
	if (err == -ENOENT)
		memset(&f->cursor, 0, sizeof(f->cursor));
}

static void op_list(struct fuzz *f)
{
	struct vkv_ftl_ctx *ctx = any_user(f);
	struct vkv_cursor cursor = {};
	u32 listed = 0;
	struct vkv_key key;
	int err;

	do {
		u32 budget = 100;

		err = vkv_ftl_next(ctx, 0, &cursor, NULL, NULL, &budget, &key,
				   &f->fp);
		MUST(++listed < LISTED_MAX, "a listing without end");
	} while (!err || err == -EAGAIN);
	MUST(err == -ENOENT, "next: %d", err);
}

static void all_idle(struct fuzz *f)
{
	u32 i;

	for (i = 0; i < USERS; i++)
		vkv_ftl_idle(f->user[i]);
}

/* Any answer of the checker is right. */
static void op_check(struct fuzz *f)
{
	char why[160];
	int err;

	all_idle(f);
	err = vkv_ftl_check(f->ftl, why, sizeof(why));
	MUST(!err || err == -EUCLEAN, "check: %d", err);
}

static int try_large(struct fuzz *f)
{
	struct vkv_key key = { (const u8 *)"large", 5, 1 };
	int err = vkv_ftl_reserve(f->user[0], &key, VKV_IO_MAX, 0, &f->txn,
				  &f->fp);
	u32 i;

	for (i = 0; !err && i < f->txn.nr; i++)
		memset(f->txn.piece[i].data, 0xee, f->txn.piece[i].len);
	if (!err)
		err = vkv_ftl_commit(f->user[0], &f->txn, &f->fp);
	vkv_ftl_quiesce(f->user[0]);
	return err;
}

/* Overwrites all free space, as far as damage has left the device usable. */
static void op_recycle(struct fuzz *f)
{
	u32 done = 0, tries;

	/* It is done only once, because it takes longer than all the rest. */
	if (f->recycled)
		return;
	f->recycled = true;
	all_idle(f);
	for (tries = 0; tries < 64 && done <= DEVICE / VKV_IO_MAX; tries++) {
		int err = try_large(f);

		if (err && err != -EAGAIN)
			break;
		done += !err;
		vkv_ftl_collect(f->gc, false);
	}
	check_values(f);
}

typedef void (*operation)(struct fuzz *f);

static const operation operations[] = {
	op_lookup, op_lookup, op_store, op_store, op_store, op_delete,
	op_delete, op_quiesce, op_idle, op_collect, op_collect, op_collect,
	op_next, op_list, op_check, op_recycle,
};

static void operate(struct fuzz *f, u32 max)
{
	while (f->in.left && max--)
		operations[fuzz_below(&f->in, ARRAY_SIZE(operations))](f);
}

/* Damage */

static void overwrite(struct fuzz *f, u64 offset, u32 len)
{
	while (len-- && offset < DEVICE)
		f->mem[offset++] = fuzz_u8(&f->in);
}

/* Chooses a place in a record, and the number of bytes. */
static u32 any_place(struct fuzz *f, const struct vkv_record *rec, u32 *len)
{
	u32 value = offsetof(struct vkv_record, key) + rec->key_len;
	u32 end = value;

	if (rec->type == VKV_RECORD_HEAD)
		end += sizeof(struct vkv_head);
	switch (fuzz_u8(&f->in) % 8) {
	case 0:
		*len = sizeof(rec->value_len);
		return offsetof(struct vkv_record, value_len);
	case 1:
		*len = 2;
		return offsetof(struct vkv_record, value_len);
	case 2:
		*len = sizeof(rec->key_len);
		return offsetof(struct vkv_record, key_len);
	case 3:
		*len = sizeof(rec->type);
		return offsetof(struct vkv_record, type);
	case 4:
		*len = 3;
		return value + offsetof(struct vkv_head, size);
	case 5:
		*len = 2;
		return value + offsetof(struct vkv_head, object);
	}
	*len = 1 + fuzz_u8(&f->in) % 16;
	return fuzz_u8(&f->in) % end;
}

static void damage(struct fuzz *f)
{
	const struct spot *spot = &f->spot[fuzz_below(&f->in, f->nr_spots)];
	u32 *dirty = &f->dirty[spot->offset / SEGMENT];
	u32 len;
	u32 place = any_place(f, (void *)(f->mem + spot->offset), &len);

	overwrite(f, spot->offset + place, len);
	*dirty = min_t(u32, *dirty, spot->offset % SEGMENT);
	spot->owner->safe = false;
}

static void find_spots(struct fuzz *f)
{
	u32 i;

	for (i = 0; i < f->nr_values; i++) {
		struct value *v = &f->value[i];

		if (vkv_ftl_lookup(f->user[0], &v->key, 0, VKV_IO_MAX, &f->view,
				   &f->fp))
			continue;
		add_spots(f, v);
	}
}

/* A record that lies behind damage is unsafe from that moment on. */
static void damage_some(struct fuzz *f)
{
	u32 n = 1 + fuzz_u8(&f->in) % 8;
	u32 i;

	find_spots(f);
	while (f->nr_spots && n--)
		damage(f);
	for (i = 0; i < f->nr_spots; i++)
		if (!is_clean(f, f->spot[i].offset))
			f->spot[i].owner->safe = false;
	f->nr_spots = 0;
}

/* Setup and end of a run */

static void name_value(struct value *v, u32 nr)
{
	u8 len = 4 + nr * 7 % (NAME_MAX_BYTES - 4);

	memset(v->name, 'a', sizeof(v->name));
	v->name[len - 1] = nr;
	v->key = (struct vkv_key){ .data = v->name, .len = len };
	v->there = false;
	v->safe = true;
	v->size = 0;
}

static void start(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	struct vkv_ftl_config cfg;
	u32 i;

	f->mem = fuzz_memory(DEVICE);
	f->recycle = how >> 7;
	cfg = variant_config(&variants[how % 128 % NR_VARIANTS], f->mem, DEVICE,
			     USERS + 1);
	MUST(!vkv_ftl_create(&cfg, &f->ftl), "create");
	for (i = 0; i < USERS; i++)
		f->user[i] = vkv_ftl_ctx(f->ftl, i);
	f->gc = vkv_ftl_ctx(f->ftl, USERS);
	memset(f->dirty, 0xff, sizeof(f->dirty));
	f->nr_values = 4 + fuzz_u8(&f->in) % (VALUES_MAX - 4);
	for (i = 0; i < f->nr_values; i++) {
		u32 size;

		name_value(&f->value[i], i);
		size = any_size(f);
		MUST(!store(f, f->user[i % USERS], &f->value[i], size, 0),
		     "store");
	}
}

static void finish(struct fuzz *f)
{
	u32 i;

	check_values(f);
	all_idle(f);
	for (i = 0; vkv_ftl_collect(f->gc, true); i++) {
		MUST(i < FUZZ_PATIENCE, "the collector has no end");
		check_values(f);
		all_idle(f);
	}
	if (f->recycle)
		op_recycle(f);
	vkv_ftl_destroy(f->ftl);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz *f = &fuzz;

	memset(f, 0, offsetof(struct fuzz, value));
	f->in = fuzz_begin(data, size);
	start(f);
	operate(f, fuzz_u8(&f->in) % 32);
	damage_some(f);
	operate(f, OPERATIONS_MAX);
	finish(f);
	return 0;
}
