// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: operations on the FTL core, beside an oracle.
 *
 * The first bytes of the input choose the variant, how hashes collide, and how
 * much of the device is filled with other keys. The other bytes are operations.
 * Some users take turns, each with a context. A user may hold a view and
 * transactions while others go on. Before its own quiescent point it checks the
 * view again and ends the transactions. The oracle has a set of allowed
 * answers, and every answer of the core has to be in it.
 */
#include <string.h>
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "native/fuzz/fuzz.h"
#include "native/fuzz/ballast.h"
#include "native/fuzz/model.h"
#include "native/ftl/hash_mask.h"
#include "native/ftl/variants.h"

#define DEVICE VKV_FTL_SIZE_MIN
#define FRAGMENT 8192u
#define USERS 3u
#define TXNS 2u
#define NONE (~0ull)
/* Bytes of a held view that are compared again. */
#define HELD_MAX (64u << 10)
/*
 * Largest value when many hashes are equal. A larger one has too many
 * fragments.
 */
#define ALIKE_MAX (100u << 10)
#define OPERATIONS_MAX 400
#define FLAGS (VKV_STORE_IF_ABSENT | VKV_STORE_IF_PRESENT | VKV_STORE_APPEND)

struct held_view {
	bool held;
	u32 key;
	u64 version;
	struct vkv_view view;
	u64 len;
	u8 copy[HELD_MAX];
};

struct held_txn {
	bool open;
	struct model_store store;
	struct vkv_txn txn;
};

struct user {
	struct vkv_ftl_ctx *ctx;
	struct held_view view;
	struct held_txn txn[TXNS];
};

struct fuzz {
	struct fuzz_input in;
	struct vkv_ftl *ftl;
	struct vkv_ftl_ctx *gc;
	struct user user[USERS];
	struct model model;
	struct vkv_footprint fp;
	bool alike;
	u64 seeds;
	struct ballast ballast;
	u8 bytes[VKV_IO_MAX];
};

static struct fuzz fuzz;

/* Choices */

static struct user *any_user(struct fuzz *f)
{
	return &f->user[fuzz_below(&f->in, USERS)];
}

static u32 any_key(struct fuzz *f)
{
	return fuzz_below(&f->in, MODEL_KEYS);
}

static u32 any_size(struct fuzz *f)
{
	static const u32 sizes[] = {
		0, 1, 15, 16, 17, 100, 500, 1000, 2000, 4000, 4096, 4097, 5000,
		FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 2 * FRAGMENT,
		2 * FRAGMENT + 1, 3 * FRAGMENT - 1, 5 * FRAGMENT + 77, 100000,
		300000, 1u << 20, VKV_IO_MAX,
	};
	u32 size = sizes[fuzz_below(&f->in, ARRAY_SIZE(sizes))];

	return f->alike ? min(size, ALIKE_MAX) : size;
}

/* Makes a random store. Returns false for an append to a large value. */
static bool any_store(struct fuzz *f, struct model_store *store)
{
	*store = (struct model_store){
		.key = any_key(f),
		.size = any_size(f),
		.flags = fuzz_u8(&f->in) & FLAGS,
	};
	return !(store->flags & VKV_STORE_APPEND) ||
	       f->model.key[store->key].size <=
	       (f->alike ? ALIKE_MAX : MODEL_MAX - VKV_IO_MAX);
}

/* Transactions */

static int reserve(struct fuzz *f, struct user *u, struct held_txn *held)
{
	struct model_store *store = &held->store;
	const struct model_key *k = &f->model.key[store->key];
	u32 allowed = model_reserve(&f->model, store, vkv_ftl_room(f->ftl));
	int err;

	store->base = k->version;
	store->seed = ++f->seeds;
	err = vkv_ftl_reserve(u->ctx, &k->key, store->size, store->flags,
			      &held->txn, &f->fp);
	MUST(model_answer(err) & allowed, "reserve answers %d, allowed %x", err,
	     allowed);
	if (err)
		return err;
	fuzz_fill(f->bytes, store->size, store->seed);
	fuzz_put(&held->txn, f->bytes, store->size);
	return 0;
}

/*
 * Commits a transaction. With @strict, the version must be that of the user's
 * view, or absent without a view.
 */
static int commit(struct fuzz *f, struct user *u, struct held_txn *held,
		  bool strict)
{
	bool based = u->view.held && u->view.key == held->store.key;
	u32 allowed = model_commit(&f->model, &held->store, strict,
				   based ? u->view.version : 0);
	int err;

	if (strict)
		err = vkv_ftl_replace(u->ctx, &held->txn,
				      based ? &u->view.view : NULL, &f->fp);
	else
		err = vkv_ftl_commit(u->ctx, &held->txn, &f->fp);
	held->open = false;
	/* The index refused one more key of this hash, and nothing happened. */
	if (err == -ENOSPC && ~hash_mask)
		return err;
	MUST(model_answer(err) & allowed, "commit: %d, allowed %x", err,
	     allowed);
	if (!err)
		model_apply(&f->model, &held->store);
	return err;
}

/* Quiescent points */

static void check_view(const struct user *u)
{
	const struct held_view *held = &u->view;
	static u8 bytes[HELD_MAX];

	if (!held->held)
		return;
	fuzz_get(&held->view, bytes, HELD_MAX);
	MUST(!memcmp(bytes, held->copy, held->len), "a view changed");
}

/* Ends the view and all transactions of the user. */
static void let_go(struct user *u)
{
	u32 i;

	check_view(u);
	u->view.held = false;
	for (i = 0; i < TXNS; i++) {
		if (u->txn[i].open)
			vkv_ftl_abort(u->ctx, &u->txn[i].txn);
		u->txn[i].open = false;
	}
}

static void quiesce(struct user *u)
{
	let_go(u);
	vkv_ftl_quiesce(u->ctx);
}

static void all_idle(struct fuzz *f)
{
	u32 i;

	for (i = 0; i < USERS; i++) {
		let_go(&f->user[i]);
		vkv_ftl_idle(f->user[i].ctx);
	}
}

/* Reserves and commits a store, and tries again until it succeeds or fails. */
static int store(struct fuzz *f, struct user *u, struct held_txn *held)
{
	int err = -EAGAIN;
	u32 i;

	for (i = 0; err == -EAGAIN && i < FUZZ_PATIENCE; i++) {
		/*
		 * Views and transactions of others may occupy the room that it
		 * needs.
		 */
		if (i == 8)
			all_idle(f);
		err = reserve(f, u, held);
		if (!err)
			err = commit(f, u, held, false);
		vkv_ftl_quiesce(u->ctx);
		if (err == -EAGAIN)
			vkv_ftl_collect(f->gc, false);
	}
	MUST(err != -EAGAIN, "a store of %u bytes starves", held->store.size);
	return err;
}

/* Operations */

static void op_store(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct model_store wanted;

	if (!any_store(f, &wanted))
		return;
	let_go(u);
	u->txn[0].store = wanted;
	store(f, u, &u->txn[0]);
}

static void op_reserve(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct held_txn *held = &u->txn[fuzz_below(&f->in, TXNS)];
	struct model_store wanted;

	if (!any_store(f, &wanted) || held->open)
		return;
	held->store = wanted;
	held->open = !reserve(f, u, held);
}

/* Returns an open transaction, or NULL. */
static struct held_txn *any_txn(struct fuzz *f, struct user *u)
{
	struct held_txn *held = &u->txn[fuzz_below(&f->in, TXNS)];

	return held->open ? held : NULL;
}

static void op_commit(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct held_txn *held = any_txn(f, u);

	if (held)
		commit(f, u, held, false);
}

static void op_replace(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct held_txn *held = any_txn(f, u);

	if (held && !(held->store.flags & VKV_STORE_APPEND))
		commit(f, u, held, true);
}

static void op_abort(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct held_txn *held = any_txn(f, u);

	if (!held)
		return;
	vkv_ftl_abort(u->ctx, &held->txn);
	held->open = false;
}

static void lookup(struct fuzz *f, struct user *u, u32 nr, u64 offset, u32 len)
{
	const struct model_key *k = &f->model.key[nr];
	struct held_view *held = &u->view;
	u64 rest = k->size > offset ? k->size - offset : 0;
	int err;

	check_view(u);
	held->held = false;
	err = vkv_ftl_lookup(u->ctx, &k->key, offset, len, &held->view, &f->fp);
	MUST(err == (k->version ? 0 : -ENOENT), "lookup: %d", err);
	if (err)
		return;
	MUST(held->view.size == k->size, "size %llu, not %llu", held->view.size,
	     k->size);
	fuzz_expect(&held->view, k->data + min(offset, k->size),
		    min_t(u64, len, rest));
	held->len = fuzz_get(&held->view, held->copy, HELD_MAX);
	held->key = nr;
	held->version = k->version;
	held->held = true;
}

static void op_lookup(struct fuzz *f)
{
	struct user *u = any_user(f);
	u32 nr = any_key(f);
	u64 offset = fuzz_u8(&f->in) & 1 ? any_size(f) + fuzz_u8(&f->in) : 0;

	lookup(f, u, nr, offset, fuzz_u8(&f->in) & 1 ? any_size(f) : VKV_IO_MAX);
}

/* Reads, modifies and writes a value. Its base may change in between. */
static void op_update(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct held_txn *held = &u->txn[0];
	u32 nr = any_key(f);

	if (held->open)
		return;
	held->store = (struct model_store){ .key = nr, .size = any_size(f) };
	lookup(f, u, nr, 0, 0);
	if (!reserve(f, u, held))
		commit(f, u, held, true);
}

static void delete(struct fuzz *f, struct user *u, u32 nr)
{
	const struct model_key *k = &f->model.key[nr];
	int err = vkv_ftl_delete(u->ctx, &k->key, &f->fp);

	MUST(err == (k->version ? 0 : -ENOENT), "delete: %d", err);
	model_delete(&f->model, nr);
}

static void op_delete(struct fuzz *f)
{
	struct user *u = any_user(f);

	delete(f, u, any_key(f));
}

static void op_quiesce(struct fuzz *f)
{
	quiesce(any_user(f));
}

static void op_idle(struct fuzz *f)
{
	struct user *u = any_user(f);

	let_go(u);
	vkv_ftl_idle(u->ctx);
}

static void op_collect(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	u32 steps = 1 + (how >> 1) % 32;

	while (steps-- && vkv_ftl_collect(f->gc, how & 1))
		;
}

/* Takes a step of a listing. Returns false at its end, or without a budget. */
static bool list_step(struct fuzz *f, struct user *u,
		      struct model_cursor *cursor, u32 *budget)
{
	struct vkv_key key;
	int err = vkv_ftl_next(u->ctx, cursor->keyspace, &cursor->at,
			       cursor->filtered ? model_filter : NULL, NULL,
			       budget, &key, &f->fp);

	if (!err)
		model_listed(&f->model, cursor, &key);
	else if (err == -ENOENT)
		model_list_end(cursor);
	else
		MUST(err == -EAGAIN && !*budget, "next: %d, budget %u", err,
		     *budget);
	return !err;
}

static struct model_cursor *any_cursor(struct fuzz *f)
{
	return &f->model.cursor[fuzz_below(&f->in, MODEL_CURSORS)];
}

static void op_next(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct model_cursor *cursor = any_cursor(f);
	u8 how = fuzz_u8(&f->in);
	u32 budget = how & 15;
	u32 keys = 1 + (how >> 4);

	while (keys-- && list_step(f, u, cursor, &budget))
		;
}

static void op_list(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct model_cursor *cursor = any_cursor(f);
	u32 rounds;

	for (rounds = 0; !cursor->at.done; rounds++) {
		u32 budget = 64;

		MUST(rounds < FUZZ_PATIENCE, "a listing without end");
		while (list_step(f, u, cursor, &budget))
			;
	}
}

static void op_rewind(struct fuzz *f)
{
	struct model_cursor *cursor = any_cursor(f);
	u8 how = fuzz_u8(&f->in);

	model_rewind(&f->model, cursor, how % MODEL_KEYSPACES, how & 128);
}

static void op_seek(struct fuzz *f)
{
	struct user *u = any_user(f);
	struct model_cursor *cursor = any_cursor(f);
	u32 nr = any_key(f);

	model_seek(&f->model, cursor, nr);
	vkv_ftl_seek(u->ctx, &f->model.key[nr].key, &cursor->at);
	cursor->pos = cursor->at.pos;
}

/* Stores or deletes some keys of the ballast, spread over all segments. */
static void op_ballast(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	u32 stride = 1 + fuzz_u8(&f->in);
	u32 nr;

	quiesce(&f->user[0]);
	for (nr = how >> 1; nr < f->ballast.nr; nr += stride)
		if (how & 1)
			ballast_delete(&f->ballast, nr);
		else if (ballast_store(&f->ballast, nr) == -EAGAIN)
			vkv_ftl_collect(f->gc, false);
}

/* All operations */

static void check_numbers(struct fuzz *f)
{
	struct vkv_usage usage;
	u64 keys = 0;
	u32 i;

	for (i = 0; i < MODEL_KEYS; i++)
		keys += !!f->model.key[i].version;
	keys += ballast_keys(&f->ballast);
	vkv_ftl_usage(f->ftl, &usage);
	MUST(usage.keys == keys, "%llu keys, not %llu", usage.keys, keys);
	MUST(usage.used + vkv_ftl_room(f->ftl) == usage.capacity,
	     "%llu of %llu used", usage.used, usage.capacity);
}

static void op_check(struct fuzz *f)
{
	char why[160] = "";

	all_idle(f);
	MUST(!vkv_ftl_check(f->ftl, why, sizeof(why)), "%s", why);
	check_numbers(f);
}

static void expect_value(struct fuzz *f, u32 nr)
{
	u64 at = 0;

	do {
		lookup(f, &f->user[1], nr, at, VKV_IO_MAX);
		at += VKV_IO_MAX;
	} while (at < f->model.key[nr].size);
	quiesce(&f->user[1]);
}

static void op_verify(struct fuzz *f)
{
	u32 nr;

	all_idle(f);
	for (nr = 0; nr < MODEL_KEYS; nr++)
		expect_value(f, nr);
	for (nr = 0; nr < f->ballast.nr; nr++)
		ballast_expect(&f->ballast, nr);
}

typedef void (*operation)(struct fuzz *f);

/* Operations that are listed several times are done more often. */
static const operation operations[] = {
	op_store, op_store, op_store, op_store, op_reserve, op_reserve,
	op_commit, op_commit, op_abort, op_replace, op_lookup, op_lookup,
	op_update, op_delete, op_delete, op_quiesce, op_idle, op_collect,
	op_collect, op_next, op_next, op_list, op_rewind, op_seek, op_ballast,
	op_check, op_verify,
};

/* Setup and end of a run */

static void start(struct fuzz *f)
{
	static const u64 masks[] = { ~0ull, 0xff, 7ull << 30, 0 };
	u8 how = fuzz_u8(&f->in);
	u8 fill = fuzz_u8(&f->in);
	/* Filling takes ten times as long as all operations, so it is rare. */
	static const u64 leave[] = {
		NONE, NONE, NONE, NONE, NONE, 4 << 20, 600 << 10, 0,
	};
	struct vkv_ftl_config cfg;
	u32 i;

	hash_mask = masks[how >> 6];
	f->alike = how >> 7;
	cfg = variant_config(&variants[how % 64 % NR_VARIANTS],
			     fuzz_memory(DEVICE), DEVICE, USERS + 1);
	MUST(!vkv_ftl_create(&cfg, &f->ftl), "create");
	vkv_ftl_set_block(f->ftl, MODEL_BLOCK);
	for (i = 0; i < USERS; i++)
		f->user[i].ctx = vkv_ftl_ctx(f->ftl, i);
	f->gc = vkv_ftl_ctx(f->ftl, USERS);
	f->ballast.ftl = f->ftl;
	f->ballast.ctx = f->user[0].ctx;
	model_init(&f->model);
	if (!f->alike)
		ballast_fill(&f->ballast, leave[fill % ARRAY_SIZE(leave)]);
}

static void settle(struct fuzz *f)
{
	u32 i;

	all_idle(f);
	for (i = 0; vkv_ftl_collect(f->gc, true); i++)
		MUST(i < FUZZ_PATIENCE, "the collector has no end");
}

/* A keyspace without stored values must list no key. */
static void finish(struct fuzz *f)
{
	struct vkv_usage usage;
	u32 nr;

	op_check(f);
	op_verify(f);
	for (nr = 0; nr < MODEL_KEYS; nr++)
		delete(f, &f->user[0], nr);
	for (nr = 0; nr < f->ballast.nr; nr++)
		ballast_delete(&f->ballast, nr);
	settle(f);
	op_check(f);
	vkv_ftl_usage(f->ftl, &usage);
	MUST(!usage.used && !usage.live, "%llu used, %llu live", usage.used,
	     usage.live);
	vkv_ftl_destroy(f->ftl);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz *f = &fuzz;
	u32 i;

	memset(f, 0, offsetof(struct fuzz, bytes));
	f->in = fuzz_begin(data, size);
	start(f);
	for (i = 0; f->in.left && i < OPERATIONS_MAX; i++)
		operations[fuzz_below(&f->in, ARRAY_SIZE(operations))](f);
	finish(f);
	return 0;
}
