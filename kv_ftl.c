// SPDX-License-Identifier: GPL-2.0
/*
 * Keys and values.
 *
 * A key is an entry of the index that points to a record of the log; this file
 * is where the two meet. A value of more than one fragment has its fragments
 * under hidden keys {object, number} in the same index and log, and only its
 * head under the user's key, so the collector knows but one kind of thing.
 *
 * Versions. What a reader found stays where it is until the reader's next
 * quiescent point, and records do not change once they are in the index. So a
 * small value is one version by itself. The fragments of an object are only
 * ever added to: an append replaces the last, partly filled one by a longer one
 * and adds more, and then replaces the head. A reader with the old head uses
 * the old length of either. A store makes a new object. When the fragments of a
 * head are gone, the head is gone, and the reader begins again.
 *
 * A store is visible the moment the index entry of its key changes from the
 * location it is based on to the new one (vkv_index_ops.change). Another location
 * there means either that the collector moved the same version, which its
 * sequence number tells, or that somebody else was first. Two appends cannot
 * both extend one object: adding the first new fragment, or replacing the last
 * old one, fails for the second, before it has changed anything.
 *
 * Accounting. A key is charged by its lengths alone: the bytes of all records
 * it needs and 16 bytes of index for each. A reserve charges what the key will
 * grow by and a commit gives back what it shrank by, so a store that does not
 * grow its key never fails for want of capacity. The capacity is what the space
 * manager is certain to hold, less over-provisioning; if a reserve finds no
 * segments although the charge fits, the collector can make them.
 */
#include "kv_ftl.h"

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kv_core.h"
#include "kv_victim.h"

#define FRAGMENT_MIN 8192u
#define SEGMENT_SHIFT_MIN 18
#define SEGMENT_SHIFT_MAX 22
#define LOOKUP_TRIES 8
#define DEFAULT_OP 70u
/* Block units are charged without their header and index entry: 12 of 1,024. */
#define BLOCK_OP 16u
/* vkv_txn.flags: only over the version the reserve saw. */
#define STORE_STRICT (1u << 31)

static_assert(VKV_NR_PIECES > VKV_IO_MAX / FRAGMENT_MIN + 1);

static const struct vkv_index_ops *const indexes[] = {
	&vkv_index_linear,
};

static const struct vkv_space_ops *const spaces[] = {
	&vkv_space_log,
};

/* Probes */

static void probe_key(struct vkv_ftl *ftl, const struct vkv_key *key,
		      struct vkv_probe *probe)
{
	probe->ftl = ftl;
	probe->data = key->data;
	probe->len = key->len;
	probe->keyspace = key->keyspace;
	probe->class = VKV_CLASS_USER;
	probe->hash = vkv_hash(ftl, VKV_CLASS_USER, key->keyspace, key->data,
			       key->len);
}

void vkv_probe_fragment(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 nr,
			struct vkv_probe *probe)
{
	probe->fragment.object = object;
	probe->fragment.nr = nr;
	probe->ftl = ftl;
	probe->data = &probe->fragment;
	probe->len = sizeof(probe->fragment);
	probe->keyspace = keyspace;
	probe->class = VKV_CLASS_FRAGMENT;
	probe->hash = vkv_hash(ftl, VKV_CLASS_FRAGMENT, keyspace, probe->data,
			       probe->len);
}

/* The length is compared first: the record is the truth about it. */
bool vkv_probe_match(void *arg, u64 loc)
{
	const struct vkv_probe *probe = arg;
	const struct vkv_record *rec = vkv_record_at(probe->ftl, loc);

	return rec->key_len == probe->len && rec->keyspace == probe->keyspace &&
	       vkv_record_class(rec) == probe->class &&
	       !memcmp(rec->key, probe->data, probe->len);
}

u64 vkv_probe_find(const struct vkv_probe *probe, struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = probe->ftl;

	return ftl->index_ops->lookup(ftl->index, probe->hash, vkv_probe_match,
				      (void *)probe, &fp->index_reads);
}

static int probe_change(const struct vkv_probe *probe, u64 expect, u64 loc,
			u64 *found)
{
	struct vkv_ftl *ftl = probe->ftl;

	return ftl->index_ops->change(ftl->index, probe->hash, vkv_probe_match,
				    (void *)probe, expect, loc, found);
}

/* The record at @loc lies in one segment, whatever its header says. */
static bool is_sound(const struct vkv_ftl *ftl, u64 loc)
{
	u64 segment = 1ull << ftl->segment_shift;
	u64 offset = (loc << VKV_LOC_SHIFT) & (segment - 1);

	return vkv_record_sane(ftl, vkv_record_at(ftl, loc), segment - offset);
}

static void add_live(struct vkv_ftl *ftl, u64 loc)
{
	u32 bytes = vkv_record_size(vkv_record_at(ftl, loc));

	ftl->space_ops->live(ftl->space, loc, bytes);
}

/* A damaged record stays live: better a segment lost than its neighbours. */
static void drop_live(struct vkv_ftl *ftl, u64 loc)
{
	u32 bytes = vkv_record_size(vkv_record_at(ftl, loc));

	if (is_sound(ftl, loc))
		ftl->space_ops->live(ftl->space, loc, -(s32)bytes);
}

/* Swaps the entry and the live bytes with it; 0 is no record on either side. */
static int change_live(const struct vkv_probe *probe, u64 expect, u64 loc,
		       u64 *found)
{
	struct vkv_ftl *ftl = probe->ftl;
	int err;

	if (loc)
		add_live(ftl, loc);
	err = probe_change(probe, expect, loc, found);
	if (err && loc)
		drop_live(ftl, loc);
	if (!err && *found)
		drop_live(ftl, *found);
	return err;
}

/* Charges */

static u64 record_charge(u32 key_len, u32 value_len)
{
	return vkv_record_bytes(key_len, value_len) + VKV_INDEX_CHARGE;
}

u64 vkv_charge(const struct vkv_ftl *ftl, u8 keyspace, u32 key_len, u64 size)
{
	const u32 hidden = sizeof(struct vkv_fragment_key);
	u32 rest = size & (ftl->fragment - 1);
	u64 charge;

	if (ftl->keyspace[keyspace].block)
		return VKV_BLOCK_BYTES;
	if (size <= ftl->fragment)
		return record_charge(key_len, size);
	charge = record_charge(key_len, sizeof(struct vkv_head));
	charge += (size >> ilog2(ftl->fragment)) *
		  record_charge(hidden, ftl->fragment);
	if (rest)
		charge += record_charge(hidden, rest);
	return charge;
}

u64 vkv_value_size(const struct vkv_record *rec)
{
	struct vkv_head head;

	if (rec->type != VKV_RECORD_HEAD)
		return rec->value_len;
	vkv_record_head(rec, &head);
	return head.size;
}

static u64 location_charge(const struct vkv_ftl *ftl, u64 loc)
{
	const struct vkv_record *rec;

	if (!loc || !is_sound(ftl, loc))
		return 0;
	rec = vkv_record_at(ftl, loc);
	return vkv_charge(ftl, rec->keyspace, rec->key_len,
			  vkv_value_size(rec));
}

static int charge_more(struct vkv_ftl *ftl, u64 bytes)
{
	s64 used = atomic64_read(&ftl->used);

	do {
		if (used + bytes > ftl->capacity)
			return -ENOSPC;
	} while (!atomic64_try_cmpxchg(&ftl->used, &used, used + bytes));
	return 0;
}

static void charge_less(struct vkv_ftl *ftl, u64 bytes)
{
	if (bytes)
		atomic64_sub(bytes, &ftl->used);
}

/* A key went from one location to another; 0 is "not there". */
static void account(struct vkv_ftl *ftl, u8 keyspace, u64 before, u64 after)
{
	struct vkv_keyspace *ks = &ftl->keyspace[keyspace];

	if (before != after)
		atomic64_add(after - before, &ks->bytes);
	if (!before != !after)
		atomic64_add(after ? 1 : -1, &ks->keys);
}

/* Fragments of values that are gone */

void vkv_drop_fragments(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 from,
			u32 end)
{
	struct vkv_probe probe;
	u64 found;

	for (; from < end; from++) {
		vkv_probe_fragment(ftl, keyspace, object, from, &probe);
		change_live(&probe, VKV_LOC_ANY, 0, &found);
	}
}

/*
 * An orphan has more than VKV_DROP_MAX fragments, so there can only be as many
 * as that fits into the memory, and the table holds them all.
 */
static bool leave_orphan(struct vkv_ftl *ftl, const struct vkv_orphan *orphan)
{
	bool left = false;

	spin_lock(&ftl->orphan_lock);
	if (ftl->nr_orphans < ftl->max_orphans) {
		ftl->orphan[ftl->nr_orphans] = *orphan;
		WRITE_ONCE(ftl->nr_orphans, ftl->nr_orphans + 1);
		left = true;
	}
	spin_unlock(&ftl->orphan_lock);
	return left;
}

/* The record at @loc is out of the index: its fragments go too. */
static void drop_value(struct vkv_ftl *ftl, u64 loc)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_orphan orphan;
	struct vkv_head head;

	if (rec->type != VKV_RECORD_HEAD)
		return;
	vkv_record_head(rec, &head);
	orphan = (struct vkv_orphan){
		.object = head.object,
		.end = vkv_nr_fragments(ftl, head.size),
		.keyspace = rec->keyspace,
	};
	if (orphan.end > VKV_DROP_MAX && leave_orphan(ftl, &orphan))
		return;
	vkv_drop_fragments(ftl, orphan.keyspace, orphan.object, 0, orphan.end);
}

/* Contexts */

struct vkv_ftl_ctx *vkv_ftl_ctx(struct vkv_ftl *ftl, unsigned int i)
{
	return i < ftl->nr_ctx ? &ftl->ctx[i] : NULL;
}

static void enter(struct vkv_ftl_ctx *ctx)
{
	ctx->ftl->space_ops->enter(ctx->ftl->space, ctx->slot);
}

void vkv_ftl_quiesce(struct vkv_ftl_ctx *ctx)
{
	ctx->ftl->space_ops->quiesce(ctx->ftl->space, ctx->slot);
}

void vkv_ftl_idle(struct vkv_ftl_ctx *ctx)
{
	ctx->ftl->space_ops->idle(ctx->ftl->space, ctx->slot);
}

static bool key_valid(const struct vkv_key *key)
{
	return key->len && key->keyspace < VKV_NR_KEYSPACES;
}

/* Lookup */

static void add_piece(struct vkv_view *view, void *data, u32 len)
{
	view->piece[view->nr++] = (struct vkv_piece){ data, len };
}

static void count_read(struct vkv_ftl *ftl, struct vkv_footprint *fp, u64 loc,
		       u32 bytes)
{
	if (!fp->media_reads && !fp->media_writes)
		fp->unit = ftl->space_ops->unit(ftl->space, loc);
	fp->media_reads++;
	fp->read_bytes += bytes;
}

/*
 * Adds the pieces of [offset, end) of a fragmented value; -EAGAIN if the value
 * changed.
 */
static int view_fragments(struct vkv_ftl *ftl, u8 keyspace,
			  const struct vkv_head *head, u64 offset, u64 end,
			  struct vkv_view *view, struct vkv_footprint *fp)
{
	while (offset < end) {
		u32 nr = offset >> ilog2(ftl->fragment);
		u32 begin = offset & (ftl->fragment - 1);
		u32 len = min_t(u64, ftl->fragment - begin, end - offset);
		struct vkv_probe probe;
		struct vkv_record *rec;
		u64 loc;

		vkv_probe_fragment(ftl, keyspace, head->object, nr, &probe);
		loc = vkv_probe_find(&probe, fp);
		if (!loc)
			return -EAGAIN;
		rec = vkv_record_at(ftl, loc);
		if (!is_sound(ftl, loc))
			return -EIO;
		if (rec->value_len < begin + len)
			return -EAGAIN;
		add_piece(view, vkv_record_value(rec) + begin, len);
		count_read(ftl, fp, loc, len);
		offset += len;
	}
	return 0;
}

static int view_record(struct vkv_ftl *ftl, u64 loc, u64 offset, u32 len,
		       struct vkv_view *view, struct vkv_footprint *fp)
{
	struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_head head;
	u64 end;

	if (!is_sound(ftl, loc))
		return -EIO;
	view->loc = loc;
	view->nr = 0;
	view->size = vkv_value_size(rec);
	count_read(ftl, fp, loc, sizeof(*rec) + rec->key_len);
	if (offset >= view->size || !len)
		return 0;
	end = min(offset + len, view->size);
	if (rec->type == VKV_RECORD_HEAD) {
		vkv_record_head(rec, &head);
		return view_fragments(ftl, rec->keyspace, &head, offset, end,
				      view, fp);
	}
	fp->read_bytes += end - offset;
	add_piece(view, vkv_record_value(rec) + offset, end - offset);
	return 0;
}

int vkv_ftl_lookup(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		   u64 offset, u32 len, struct vkv_view *view,
		   struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	int err = -EAGAIN;
	int i;

	if (!key_valid(key) || len > VKV_IO_MAX)
		return -EINVAL;
	enter(ctx);
	probe_key(ftl, key, &probe);
	for (i = 0; err == -EAGAIN && i < LOOKUP_TRIES; i++) {
		u64 loc = vkv_probe_find(&probe, fp);

		if (!loc)
			return -ENOENT;
		err = view_record(ftl, loc, offset, len, view, fp);
	}
	return err;
}

/* Reserve */

static int check_conditions(u32 flags, u64 old_loc)
{
	if ((flags & VKV_STORE_IF_ABSENT) && old_loc)
		return -EEXIST;
	if ((flags & VKV_STORE_IF_PRESENT) && !old_loc)
		return -ENOENT;
	return 0;
}

static int check_size(const struct vkv_ftl *ftl, const struct vkv_txn *txn)
{
	if (txn->size > VKV_VALUE_MAX)
		return -EFBIG;
	if (ftl->keyspace[txn->key.keyspace].block &&
	    (txn->size > VKV_BLOCK_BYTES || txn->key.len > VKV_BLOCK_KEY_MAX))
		return -EINVAL;
	return 0;
}

/*
 * What an append builds on: the last @carry bytes of the old value go into the
 * first new record, all of them if the old value is one record.
 */
static int plan_append(struct vkv_ftl *ftl, struct vkv_txn *txn)
{
	const struct vkv_record *rec = vkv_record_at(ftl, txn->old_loc);
	struct vkv_probe probe;
	struct vkv_footprint none = {};
	struct vkv_head head;

	if (!is_sound(ftl, txn->old_loc))
		return -EIO;
	txn->carry = rec->value_len;
	txn->carry_loc = txn->old_loc;
	if (rec->type != VKV_RECORD_HEAD) {
		txn->size += rec->value_len;
		return 0;
	}
	vkv_record_head(rec, &head);
	txn->size += head.size;
	txn->object = head.object;
	txn->first_fragment = head.size >> ilog2(ftl->fragment);
	txn->carry = head.size & (ftl->fragment - 1);
	txn->carry_loc = 0;
	if (!txn->carry)
		return 0;
	vkv_probe_fragment(ftl, rec->keyspace, head.object, txn->first_fragment,
			   &probe);
	txn->carry_loc = vkv_probe_find(&probe, &none);
	/* A longer one belongs to an append that is about to be committed. */
	if (!txn->carry_loc ||
	    vkv_record_at(ftl, txn->carry_loc)->value_len != txn->carry)
		return -EAGAIN;
	return 0;
}

static u32 fragment_len(const struct vkv_ftl *ftl, const struct vkv_txn *txn,
			u32 nr)
{
	u64 begin = (u64)nr << ilog2(ftl->fragment);

	return min_t(u64, ftl->fragment, txn->size - begin);
}

/* The records of the store: the fragments, and the head or the whole. */
static unsigned int plan_records(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	const struct vkv_ftl *ftl = ctx->ftl;
	u32 value_len = sizeof(struct vkv_head);
	u32 end = vkv_nr_fragments(ftl, txn->size);
	u32 i;

	txn->nr_locs = 0;
	if (txn->size > ftl->fragment)
		txn->nr_locs = end - txn->first_fragment;
	else
		value_len = txn->size;
	for (i = 0; i < txn->nr_locs; i++)
		ctx->bytes[i] = vkv_record_bytes(sizeof(struct vkv_fragment_key),
			fragment_len(ftl, txn, txn->first_fragment + i));
	ctx->bytes[i] = vkv_record_bytes(txn->key.len, value_len);
	return txn->nr_locs + 1;
}

static void seal(struct vkv_ftl *ftl, struct vkv_record *rec)
{
	rec->checksum = vkv_record_sum(rec, vkv_record_hash(ftl, rec));
}

/* Writes header and key; returns where the value goes. */
static void *write_record(struct vkv_ftl *ftl, u64 loc, u8 type, u64 seq,
			  u8 keyspace, const void *key, u8 key_len,
			  u32 value_len)
{
	struct vkv_record *rec = vkv_record_at(ftl, loc);

	*rec = (struct vkv_record){
		.value_len = value_len,
		.seq = seq,
		.key_len = key_len,
		.keyspace = keyspace,
		.type = type,
	};
	memcpy(rec->key, key, key_len);
	seal(ftl, rec);
	return vkv_record_value(rec);
}

/* The part of a new record that the caller fills, behind what is carried. */
static void give_piece(struct vkv_ftl *ftl, struct vkv_txn *txn, void *value,
		       u32 len, u32 carry)
{
	if (carry)
		memcpy(value,
		       vkv_record_value(vkv_record_at(ftl, txn->carry_loc)),
		       carry);
	if (len > carry)
		txn->piece[txn->nr++] = (struct vkv_piece){
			value + carry, len - carry };
}

static void write_fragments(struct vkv_ftl *ftl, struct vkv_txn *txn, u64 seq)
{
	unsigned int i;

	for (i = 0; i < txn->nr_locs; i++) {
		struct vkv_fragment_key key = {
			.object = txn->object,
			.nr = txn->first_fragment + i,
		};
		u32 len = fragment_len(ftl, txn, key.nr);
		void *value = write_record(ftl, txn->loc[i],
					   VKV_RECORD_FRAGMENT, seq,
					   txn->key.keyspace, &key, sizeof(key),
					   len);

		give_piece(ftl, txn, value, len, i ? 0 : txn->carry);
	}
}

static void write_records(struct vkv_ftl *ftl, struct vkv_txn *txn)
{
	u64 seq = atomic64_inc_return(&ftl->seq);
	const struct vkv_key *key = &txn->key;
	struct vkv_head head;
	void *value;

	txn->nr = 0;
	if (txn->size <= ftl->fragment) {
		value = write_record(ftl, txn->head_loc, VKV_RECORD_VALUE, seq,
				     key->keyspace, key->data, key->len,
				     txn->size);
		give_piece(ftl, txn, value, txn->size, txn->carry);
		return;
	}
	if (!txn->object)
		txn->object = seq;
	write_fragments(ftl, txn, seq);
	value = write_record(ftl, txn->head_loc, VKV_RECORD_HEAD, seq,
			     key->keyspace, key->data, key->len, sizeof(head));
	head = (struct vkv_head){
		.size = txn->size,
		.object = txn->object,
		.fragment = ftl->fragment,
	};
	memcpy(value, &head, sizeof(head));
}

static void count_writes(struct vkv_ftl *ftl, const struct vkv_ftl_ctx *ctx,
			 unsigned int nr, struct vkv_footprint *fp)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		bytes += ctx->bytes[i];
	if (!fp->media_reads && !fp->media_writes)
		fp->unit = ftl->space_ops->unit(ftl->space, ctx->loc[0]);
	fp->media_writes += nr;
	fp->write_bytes += bytes;
	atomic64_add(bytes, &ftl->host_written);
}

/* Charges the growth and takes the places. */
static int take_space(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		      struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	u64 before = location_charge(ftl, txn->old_loc);
	u64 after = vkv_charge(ftl, txn->key.keyspace, txn->key.len, txn->size);
	unsigned int nr;
	int err;

	txn->charge = after > before ? after - before : 0;
	if (txn->charge && charge_more(ftl, txn->charge))
		return -ENOSPC;
	nr = plan_records(ctx, txn);
	err = ftl->space_ops->reserve(ftl->space, ctx->slot, VKV_SPACE_HOST,
				      ctx->bytes, nr, ctx->loc);
	if (err) {
		charge_less(ftl, txn->charge);
		return err;
	}
	memcpy(txn->loc, ctx->loc, txn->nr_locs * sizeof(txn->loc[0]));
	txn->head_loc = ctx->loc[txn->nr_locs];
	count_writes(ftl, ctx, nr, fp);
	return 0;
}

static void begin(struct vkv_txn *txn, const struct vkv_key *key, u64 size,
		  u32 flags)
{
	txn->key = *key;
	txn->size = size;
	txn->flags = flags;
	txn->object = 0;
	txn->first_fragment = 0;
	txn->carry = 0;
	txn->carry_loc = 0;
}

int vkv_ftl_reserve(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		    u64 size, u32 flags, struct vkv_txn *txn,
		    struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	int err;

	if (!key_valid(key) || size > VKV_IO_MAX)
		return -EINVAL;
	enter(ctx);
	begin(txn, key, size, flags);
	probe_key(ftl, key, &probe);
	txn->hash = probe.hash;
	txn->old_loc = vkv_probe_find(&probe, fp);
	err = check_conditions(flags, txn->old_loc);
	if (!err && (flags & VKV_STORE_APPEND) && txn->old_loc)
		err = plan_append(ftl, txn);
	if (!err)
		err = check_size(ftl, txn);
	if (!err)
		err = take_space(ctx, txn, fp);
	if (!err)
		write_records(ftl, txn);
	return err;
}

/* Commit */

static void txn_probe(struct vkv_ftl *ftl, const struct vkv_txn *txn,
		      struct vkv_probe *probe)
{
	*probe = (struct vkv_probe){
		.ftl = ftl,
		.data = txn->key.data,
		.hash = txn->hash,
		.len = txn->key.len,
		.keyspace = txn->key.keyspace,
		.class = VKV_CLASS_USER,
	};
}

/* Did the collector only move it? */
static bool same_version(const struct vkv_ftl *ftl, u64 a, u64 b)
{
	return a == b || (a && b && vkv_record_at(ftl, a)->seq ==
				    vkv_record_at(ftl, b)->seq);
}

static int enter_fragment(struct vkv_ftl *ftl, const struct vkv_txn *txn,
			  unsigned int i, u64 expect)
{
	struct vkv_probe probe;
	u64 found;
	int err;

	vkv_probe_fragment(ftl, txn->key.keyspace, txn->object,
			   txn->first_fragment + i, &probe);
	for (;;) {
		err = change_live(&probe, expect, txn->loc[i], &found);
		if (err != -ESTALE || !same_version(ftl, expect, found))
			break;
		expect = found;
	}
	return err ? -EAGAIN : 0;
}

/* Is the first new fragment a longer one for the last old one? */
static bool replaces_fragment(const struct vkv_txn *txn)
{
	return txn->first_fragment && txn->carry_loc;
}

/*
 * Enters the fragments. The one that replaces an old one comes last: from then
 * on only the head is missing, and nobody but who removes the whole value can
 * come between.
 */
static int enter_fragments(struct vkv_ftl *ftl, const struct vkv_txn *txn)
{
	u32 start = replaces_fragment(txn);
	u32 first = txn->first_fragment;
	unsigned int i;
	int err = 0;

	for (i = start; i < txn->nr_locs; i++) {
		err = enter_fragment(ftl, txn, i, 0);
		if (err)
			break;
	}
	if (!err && start)
		err = enter_fragment(ftl, txn, 0, txn->carry_loc);
	if (err)
		vkv_drop_fragments(ftl, txn->key.keyspace, txn->object,
				   first + start, first + i);
	return err;
}

/* Takes out what enter_fragments() added. */
static void leave_fragments(struct vkv_ftl *ftl, const struct vkv_txn *txn)
{
	u32 first = txn->first_fragment;

	vkv_drop_fragments(ftl, txn->key.keyspace, txn->object,
			   first + replaces_fragment(txn),
			   first + txn->nr_locs);
}

/* The base is another one by now: can the store go on over it? */
static int rebase(struct vkv_ftl *ftl, struct vkv_txn *txn, u64 found)
{
	struct vkv_record *rec = vkv_record_at(ftl, txn->head_loc);
	u64 after = vkv_charge(ftl, txn->key.keyspace, txn->key.len, txn->size);
	u64 before = location_charge(ftl, found);
	int err;

	if (txn->flags & (VKV_STORE_APPEND | STORE_STRICT))
		return -EAGAIN;
	err = check_conditions(txn->flags, found);
	if (err)
		return err;
	if (after > before + txn->charge) {
		u64 more = after - before - txn->charge;

		if (charge_more(ftl, more))
			return -EAGAIN;
		txn->charge += more;
	}
	/* Sequence numbers of a key grow in the order of its versions. */
	rec->seq = atomic64_inc_return(&ftl->seq);
	seal(ftl, rec);
	txn->old_loc = found;
	return 0;
}

static int enter_head(struct vkv_ftl *ftl, struct vkv_txn *txn)
{
	struct vkv_probe probe;
	u64 found;
	int err;

	txn_probe(ftl, txn, &probe);
	for (;;) {
		err = change_live(&probe, txn->old_loc, txn->head_loc, &found);
		if (err != -ESTALE)
			return err;
		if (same_version(ftl, txn->old_loc, found)) {
			txn->old_loc = found;
			continue;
		}
		err = rebase(ftl, txn, found);
		if (err)
			return err;
	}
}

static bool same_object(const struct vkv_txn *txn, const struct vkv_record *old)
{
	struct vkv_head head;

	if (old->type != VKV_RECORD_HEAD)
		return false;
	vkv_record_head(old, &head);
	return head.object == txn->object;
}

/* The store is visible: settle the accounts of the old version. */
static void settle(struct vkv_ftl *ftl, const struct vkv_txn *txn)
{
	u64 before = location_charge(ftl, txn->old_loc);
	u64 after = vkv_charge(ftl, txn->key.keyspace, txn->key.len, txn->size);

	charge_less(ftl, txn->charge + before - after);
	account(ftl, txn->key.keyspace, before, after);
	if (txn->old_loc &&
	    !same_object(txn, vkv_record_at(ftl, txn->old_loc)))
		drop_value(ftl, txn->old_loc);
}

int vkv_ftl_commit(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		   struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	int err = enter_fragments(ftl, txn);

	if (!err) {
		err = enter_head(ftl, txn);
		if (err)
			leave_fragments(ftl, txn);
	}
	if (err) {
		vkv_ftl_abort(ctx, txn);
		return err;
	}
	fp->index_writes += txn->nr_locs + 1;
	settle(ftl, txn);
	return 0;
}

void vkv_ftl_abort(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	/* The records stay behind as garbage. */
	charge_less(ctx->ftl, txn->charge);
	txn->charge = 0;
}

int vkv_ftl_replace(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		    const struct vkv_view *base, struct vkv_footprint *fp)
{
	if (!same_version(ctx->ftl, txn->old_loc, base ? base->loc : 0)) {
		vkv_ftl_abort(ctx, txn);
		return -EAGAIN;
	}
	txn->flags |= STORE_STRICT;
	return vkv_ftl_commit(ctx, txn, fp);
}

int vkv_ftl_delete(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		   struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	u64 charge;
	u64 found;

	if (!key_valid(key))
		return -EINVAL;
	enter(ctx);
	probe_key(ftl, key, &probe);
	fp->index_reads++;
	/* Removing whatever is there cannot fail. */
	if (change_live(&probe, VKV_LOC_ANY, 0, &found) || !found)
		return -ENOENT;
	fp->index_writes++;
	charge = location_charge(ftl, found);
	charge_less(ftl, charge);
	account(ftl, key->keyspace, charge, 0);
	drop_value(ftl, found);
	return 0;
}

/* Numbers */

void vkv_ftl_usage(struct vkv_ftl *ftl, struct vkv_usage *usage)
{
	struct vkv_space_stat stat;
	unsigned int i;

	ftl->space_ops->stat(ftl->space, &stat);
	*usage = (struct vkv_usage){
		.capacity = ftl->capacity,
		.used = atomic64_read(&ftl->used),
		.physical = stat.physical,
		.free = stat.free,
		.live = stat.live,
		.index = stat.index_pages * VKV_PAGE_SIZE,
		.host_written = atomic64_read(&ftl->host_written),
		.gc_written = atomic64_read(&ftl->gc_written),
		.collected = atomic64_read(&ftl->collected),
	};
	for (i = 0; i < VKV_NR_KEYSPACES; i++)
		usage->keys += atomic64_read(&ftl->keyspace[i].keys);
}

u64 vkv_ftl_room(struct vkv_ftl *ftl)
{
	u64 used = atomic64_read(&ftl->used);

	return ftl->capacity - min(used, ftl->capacity);
}

void vkv_ftl_keyspace_usage(struct vkv_ftl *ftl, u8 keyspace, u64 *bytes,
			    u64 *keys)
{
	struct vkv_keyspace *ks = &ftl->keyspace[keyspace % VKV_NR_KEYSPACES];

	*bytes = atomic64_read(&ks->bytes);
	*keys = atomic64_read(&ks->keys);
}

static void set_capacity(struct vkv_ftl *ftl)
{
	u64 certain = ftl->space_ops->certain(ftl->space);

	certain = div_u64(certain * (1000 - ftl->op_permille), 1000);
	ftl->capacity = ALIGN_DOWN(certain, (u64)VKV_BLOCK_BYTES);
}

void vkv_ftl_set_block(struct vkv_ftl *ftl, u8 keyspace)
{
	ftl->keyspace[keyspace % VKV_NR_KEYSPACES].block = true;
	ftl->op_permille = max(ftl->op_permille, BLOCK_OP);
	set_capacity(ftl);
}

/* Life */

static u32 alloc_index_page(void *arg, u32 cookie)
{
	struct vkv_ftl *ftl = arg;

	return ftl->space_ops->page_alloc(ftl->space, cookie);
}

static void free_index_page(void *arg, u32 page)
{
	struct vkv_ftl *ftl = arg;

	ftl->space_ops->page_free(ftl->space, page);
}

static const struct vkv_index_ops *find_index(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indexes); i++)
		if (!name || !strcmp(name, indexes[i]->name))
			return indexes[i];
	return NULL;
}

static const struct vkv_space_ops *find_space(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++)
		if (!name || !strcmp(name, spaces[i]->name))
			return spaces[i];
	return NULL;
}

bool vkv_ftl_has_index(const char *name)
{
	return find_index(name);
}

bool vkv_ftl_has_space(const char *name)
{
	return find_space(name);
}

bool vkv_ftl_has_victim(const char *name)
{
	return vkv_victim_find(name);
}

static int choose_ops(struct vkv_ftl *ftl, const char *index, const char *space)
{
	ftl->index_ops = find_index(index);
	ftl->space_ops = find_space(space);
	return ftl->index_ops && ftl->space_ops ? 0 : -EINVAL;
}

static int create_space(struct vkv_ftl *ftl, unsigned int nr_ctx,
			const char *victim)
{
	const u32 header = vkv_record_bytes(VKV_KEY_MAX, 0) + VKV_ALIGN;
	struct vkv_space_config cfg = {
		.mem = ftl->mem,
		.size = ftl->size,
		.nr_slots = nr_ctx,
		.segment_shift = ftl->segment_shift,
		.record_max = vkv_record_bytes(VKV_KEY_MAX, ftl->fragment),
		/* An append may carry a fragment on top of its own bytes. */
		.reserve_max = VKV_IO_MAX + ftl->fragment +
			       (VKV_IO_MAX / ftl->fragment + 2) * 64 + header,
		.index_pages = ftl->index_ops->base_pages(ftl->size),
		.victim = vkv_victim_find(victim),
	};

	if (!cfg.victim)
		return -EINVAL;
	return ftl->space_ops->create(&cfg, &ftl->space);
}

static int create_index(struct vkv_ftl *ftl)
{
	struct vkv_index_env env = {
		.mem = ftl->mem,
		.size = ftl->size,
		.arg = ftl,
		.page_alloc = alloc_index_page,
		.page_free = free_index_page,
	};

	return ftl->index_ops->create(&env, &ftl->index);
}

static int create_contexts(struct vkv_ftl *ftl, unsigned int nr_ctx)
{
	unsigned int i;

	ftl->max_orphans = 2 + div_u64(ftl->size,
				       VKV_DROP_MAX * ftl->fragment);
	ftl->orphan = kvcalloc(ftl->max_orphans, sizeof(*ftl->orphan),
			       GFP_KERNEL);
	ftl->ctx = kvcalloc(nr_ctx, sizeof(*ftl->ctx), GFP_KERNEL);
	if (!ftl->ctx || !ftl->orphan)
		return -ENOMEM;
	ftl->nr_ctx = nr_ctx;
	for (i = 0; i < nr_ctx; i++) {
		ftl->ctx[i].ftl = ftl;
		ftl->ctx[i].slot = i;
	}
	return 0;
}

static void set_geometry(struct vkv_ftl *ftl, u64 size)
{
	ftl->segment_shift = clamp(ilog2(size >> 8), SEGMENT_SHIFT_MIN,
				   SEGMENT_SHIFT_MAX);
	ftl->fragment = max(1u << (ftl->segment_shift - 6), FRAGMENT_MIN);
	/* Locations have VKV_LOC_BITS bits. */
	ftl->size = min(size, 1ull << (VKV_LOC_BITS + VKV_LOC_SHIFT));
}

static struct vkv_ftl *new_ftl(const struct vkv_ftl_config *cfg)
{
	struct vkv_ftl *ftl = kvzalloc(sizeof(*ftl), GFP_KERNEL);

	if (!ftl)
		return NULL;
	ftl->mem = cfg->mem;
	ftl->seed.key[0] = cfg->seed[0];
	ftl->seed.key[1] = cfg->seed[1];
	ftl->op_permille = cfg->op_permille ?: DEFAULT_OP;
	ftl->gc.victim = VKV_NO_SEGMENT;
	spin_lock_init(&ftl->orphan_lock);
	set_geometry(ftl, cfg->size);
	return ftl;
}

int vkv_ftl_create(const struct vkv_ftl_config *cfg, struct vkv_ftl **out)
{
	struct vkv_ftl *ftl;
	int err;

	if (!cfg->mem || cfg->size < VKV_FTL_SIZE_MIN || !cfg->nr_ctx ||
	    (unsigned long)cfg->mem & (VKV_PAGE_SIZE - 1) ||
	    (cfg->op_permille &&
	     (cfg->op_permille < 10 || cfg->op_permille > 500)))
		return -EINVAL;
	ftl = new_ftl(cfg);
	if (!ftl)
		return -ENOMEM;
	err = choose_ops(ftl, cfg->index, cfg->space);
	if (!err)
		err = create_space(ftl, cfg->nr_ctx, cfg->victim);
	if (!err)
		err = create_index(ftl);
	if (!err)
		err = create_contexts(ftl, cfg->nr_ctx);
	if (err) {
		vkv_ftl_destroy(ftl);
		return err;
	}
	set_capacity(ftl);
	*out = ftl;
	return 0;
}

void vkv_ftl_destroy(struct vkv_ftl *ftl)
{
	if (!ftl)
		return;
	kvfree(ftl->ctx);
	kvfree(ftl->orphan);
	if (ftl->index)
		ftl->index_ops->destroy(ftl->index);
	if (ftl->space)
		ftl->space_ops->destroy(ftl->space);
	kvfree(ftl);
}
