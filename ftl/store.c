// SPDX-License-Identifier: GPL-2.0
/*
 * Stores: reserve.
 *
 * A reserve looks at the version that is there, charges the growth, takes
 * places in the log and writes the headers of the records. Then the caller
 * fills in the value, and the commit (ftl/commit.c) makes it visible.
 *
 * An append keeps the fragments of an object and adds to them. Only the last
 * fragment, if it is partly filled, is replaced by a longer one. A reader that
 * found the old head uses the old length of either. A store that is no append
 * makes a new object.
 *
 * Several stores together. Their places are taken in one step, so a reserve
 * that has to wait for the collector has written nothing. Otherwise each of
 * several threads could write what fits and throw it away for the last store's
 * sake: that makes more garbage than the collector frees. If they kept it
 * instead, they could wait for one another. When a key comes more than once,
 * the earlier store is the base of the later one. The later one is charged as
 * if the earlier one were there already, and its commit looks at it. When a
 * commit in the middle finds no page for the index, the charge of the rest is
 * set aside, so that other threads cannot make the rest fail.
 *
 * Index pages. A commit that finds no page for the index has to begin again.
 * Its next reserve could take just what the collector has made free meanwhile,
 * and so on for ever. So from then on the index is hungry: reserves wait, and
 * everything is collected, until free segments are no longer low or there is no
 * garbage left.
 */
#include "kv_ftl.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "ftl/txn.h"
#include "ftl/usage.h"
#include "ftl/value.h"
#include "vkv_assert.h"

static int check_size(const struct vkv_ftl *ftl, const struct vkv_txn *txn)
{
	if (txn->size > VKV_VALUE_MAX)
		return -EFBIG;
	if (ftl->block[txn->key.keyspace] &&
	    (txn->size > VKV_BLOCK_BYTES || txn->key.len > VKV_BLOCK_KEY_MAX))
		return -EINVAL;
	return 0;
}

static void store_note_read(const struct vkv_ftl *ftl, u64 loc,
			    struct vkv_footprint *fp)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);

	vkv_touch(fp, VKV_TOUCH_READ, rec->keyspace, loc << VKV_LOC_SHIFT,
		  vkv_record_size(rec));
}

static int carry_intact(struct vkv_ftl_ctx *ctx, const struct vkv_txn *txn)
{
	return vkv_value_intact(ctx, vkv_record_at(ctx->ftl, txn->carry_loc)) ?
		       0 : -EIO;
}

/* An append to an object: the last fragment, if it has room, is replaced. */
static int plan_carry(struct vkv_ftl_ctx *ctx, struct vkv_probe *whole,
		      struct vkv_txn *txn, const struct vkv_record *rec,
		      struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	struct vkv_head head;

	vkv_record_head(rec, &head);
	txn->size += head.size;
	txn->object = head.object;
	txn->first_fragment = head.size >> ilog2(ftl->fragment);
	txn->carry = head.size & (ftl->fragment - 1);
	if (!txn->carry)
		return 0;
	vkv_probe_fragment(ftl, rec->keyspace, head.object, txn->first_fragment,
			   &probe);
	txn->carry_loc = vkv_probe_find(&probe, fp);
	/* While the head is there, its fragments are, too. */
	if (!txn->carry_loc)
		return vkv_probe_find(whole, fp) == txn->old_loc ? -EIO :
								   -EAGAIN;
	if (!vkv_location_intact(ftl, txn->carry_loc, probe.hash))
		return -EIO;
	/* A longer one belongs to an append that is about to be committed. */
	if (vkv_record_at(ftl, txn->carry_loc)->value_len != txn->carry)
		return -EAGAIN;
	store_note_read(ftl, txn->carry_loc, fp);
	return carry_intact(ctx, txn);
}

/*
 * The last txn->carry bytes of the old value go into the first new record of an
 * append. These are all of its bytes, if the old value is one record.
 */
static int plan_append(struct vkv_ftl_ctx *ctx, struct vkv_probe *whole,
		       struct vkv_txn *txn, struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	const struct vkv_record *rec = vkv_record_at(ftl, txn->old_loc);

	if (!vkv_location_intact(ftl, txn->old_loc, txn->hash))
		return -EIO;
	store_note_read(ftl, txn->old_loc, fp);
	if (rec->type == VKV_RECORD_HEAD)
		return plan_carry(ctx, whole, txn, rec, fp);
	txn->carry = rec->value_len;
	txn->carry_loc = txn->old_loc;
	txn->size += rec->value_len;
	return carry_intact(ctx, txn);
}

static u32 fragment_len(const struct vkv_ftl *ftl, const struct vkv_txn *txn,
			u32 nr)
{
	u64 store_begin = (u64)nr << ilog2(ftl->fragment);

	return min_t(u64, ftl->fragment, txn->size - store_begin);
}

/*
 * The records of the store: the fragments, and behind them the head or the
 * whole.
 */
static unsigned int plan_records(const struct vkv_ftl *ftl, struct vkv_txn *txn,
				 u32 *bytes)
{
	u32 value_len = sizeof(struct vkv_head);
	u32 end = vkv_nr_fragments(ftl, txn->size);
	u32 i;

	txn->nr_locs = 0;
	if (txn->size > ftl->fragment)
		txn->nr_locs = end - txn->first_fragment;
	else
		value_len = txn->size;
	VKV_ASSERT(txn->nr_locs <= VKV_NR_PIECES);
	for (i = 0; i < txn->nr_locs; i++) {
		u32 len = fragment_len(ftl, txn, txn->first_fragment + i);

		bytes[i] = vkv_record_bytes_for(sizeof(struct vkv_fragment_key),
						len);
	}
	bytes[i] = vkv_record_bytes_for(txn->key.len, value_len);
	return txn->nr_locs + 1;
}

/*
 * Writes the header and the key, and returns where the value goes. The commit
 * adds the checksum: only records that are committed need one.
 */
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
		.state = VKV_RECORD_UNBORN,
	};
	memcpy(rec->key, key, key_len);
	return vkv_record_value(rec);
}

/* Copies the bytes that are carried; -EIO when their memory is poisoned. */
static noinline int write_carry(struct vkv_ftl *ftl, const struct vkv_txn *txn,
				void *value)
{
	const void *from =
		vkv_record_value(vkv_record_at(ftl, txn->carry_loc));

	return copy_mc_to_kernel(value, from, txn->carry) ? -EIO : 0;
}

/*
 * The caller fills the part of a new record behind the bytes that are carried.
 */
static int give_piece(struct vkv_ftl *ftl, struct vkv_txn *txn, void *value,
		      u32 len, u32 carry)
{
	VKV_ASSERT(carry <= len && txn->nr < VKV_NR_PIECES);
	if (len > carry)
		txn->piece[txn->nr++] = (struct vkv_piece){
			value + carry, len - carry };
	return carry ? write_carry(ftl, txn, value) : 0;
}

static int write_fragments(struct vkv_ftl *ftl, struct vkv_txn *txn, u64 seq)
{
	unsigned int i;
	int err = 0;

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

		err |= give_piece(ftl, txn, value, len, i ? 0 : txn->carry);
	}
	return err;
}

/* Every record gets its header, even if there is an error. */
static int write_records(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	struct vkv_ftl *ftl = ctx->ftl;
	u64 seq = vkv_ctx_next_seq(ctx, txn->old_loc);
	const struct vkv_key *key = &txn->key;
	struct vkv_head head;
	void *value;
	int err;

	txn->nr = 0;
	if (txn->size <= ftl->fragment) {
		value = write_record(ftl, txn->head_loc, VKV_RECORD_VALUE, seq,
				     key->keyspace, key->data, key->len,
				     txn->size);
		return give_piece(ftl, txn, value, txn->size, txn->carry);
	}
	if (!txn->object)
		txn->object = seq;
	err = write_fragments(ftl, txn, seq);
	value = write_record(ftl, txn->head_loc, VKV_RECORD_HEAD, seq,
			     key->keyspace, key->data, key->len, sizeof(head));
	head = (struct vkv_head){
		.size = txn->size,
		.object = txn->object,
		.fragment = ftl->fragment,
	};
	memcpy(value, &head, sizeof(head));
	return err;
}

static void count_writes(struct vkv_ftl_ctx *ctx, u8 keyspace,
			 unsigned int first, unsigned int end,
			 struct vkv_footprint *fp)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = first; i < end; i++) {
		bytes += ctx->bytes[i];
		vkv_touch(fp, VKV_TOUCH_WRITE, keyspace,
			  ctx->loc[i] << VKV_LOC_SHIFT, ctx->bytes[i]);
	}
	WRITE_ONCE(ctx->host_written, ctx->host_written + bytes);
}

/*
 * Gives a store its places, from @first on. Returns the first of the next
 * store.
 */
static unsigned int give_places(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				unsigned int first, struct vkv_footprint *fp)
{
	unsigned int end = first + txn->nr_locs + 1;

	if (txn->nr_locs)
		memcpy(txn->loc, ctx->loc + first,
		       txn->nr_locs * sizeof(txn->loc[0]));
	txn->head_loc = ctx->loc[end - 1];
	count_writes(ctx, txn->key.keyspace, first, end, fp);
	return end;
}

static int take_places(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		       unsigned int nr, struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	unsigned int records = 0, at = 0;
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++)
		records += plan_records(ftl, &txn[i], ctx->bytes + records);
	VKV_ASSERT(records <= VKV_NR_RECORDS);
	err = ftl->space_ops->reserve(ftl->space, ctx->slot, VKV_SPACE_HOST,
				      ctx->bytes, records, ctx->loc);
	for (i = 0; i < nr && !err; i++)
		at = give_places(ctx, &txn[i], at, fp);
	return err;
}

/* Charges what the store adds to the charge of the version before. */
static int charge_growth(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	struct vkv_ftl *ftl = ctx->ftl;

	if (unlikely(txn->base))
		txn->before = txn->base->after;
	else
		vkv_txn_look_at_old(ftl, txn);
	txn->after = vkv_charge(ftl, txn->key.keyspace, txn->key.len,
				txn->size);
	txn->charge = 0;
	return txn->after > txn->before ?
		       vkv_txn_charge(ctx, txn, txn->after - txn->before) : 0;
}

/* Charges the growth and takes the places. */
static __always_inline int store_take_space(struct vkv_ftl_ctx *ctx,
					    struct vkv_txn *txn,
					    unsigned int nr,
					    struct vkv_footprint *fp)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = charge_growth(ctx, &txn[i]);
	if (!err)
		err = take_places(ctx, txn, nr, fp);
	while (err && i--)
		vkv_txn_uncharge(ctx, &txn[i], txn[i].charge);
	return err;
}

static bool index_goes_first(struct vkv_ftl *ftl)
{
	if (!READ_ONCE(ftl->hungry))
		return false;
	if (ftl->space_ops->low(ftl->space))
		return true;
	WRITE_ONCE(ftl->hungry, false);
	return false;
}

/*
 * Sets the fields one by one: zeroing the whole transaction would write its
 * large arrays, too.
 */
static void store_begin(struct vkv_txn *txn, const struct vkv_key *key,
			u64 size, u32 flags)
{
	txn->key = *key;
	txn->base = NULL;
	txn->size = size;
	txn->flags = flags;
	txn->object = 0;
	txn->first_fragment = 0;
	txn->carry = 0;
	txn->carry_loc = 0;
}

/* Looks at the version that is there, and plans what the store makes of it. */
static __always_inline int store_plan(struct vkv_ftl_ctx *ctx,
				      struct vkv_txn *txn,
				      struct vkv_footprint *fp)
{
	struct vkv_probe probe;
	int err;

	vkv_probe_key(ctx, &txn->key, &probe);
	txn->key.hash = probe.mark;
	txn->hash = probe.hash;
	txn->old_loc = vkv_probe_find(&probe, fp);
	err = vkv_txn_conditions(txn->flags, txn->old_loc || txn->base);
	if (!err && (txn->flags & VKV_STORE_APPEND) && txn->old_loc)
		err = plan_append(ctx, &probe, txn, fp);
	return err ?: check_size(ctx->ftl, txn);
}

/* Writes the records of all stores, whose places were taken. */
static __always_inline int store_write(struct vkv_ftl_ctx *ctx,
				       struct vkv_txn *txn, unsigned int nr)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr; i++)
		err |= write_records(ctx, &txn[i]);
	for (i = 0; unlikely(err) && i < nr; i++)
		vkv_ftl_abort(ctx, &txn[i]);
	return err;
}

/* Reserves all stores or none; store_begin() was called for each. */
static __always_inline int store_reserve(struct vkv_ftl_ctx *ctx,
					 struct vkv_txn *txn, unsigned int nr,
					 struct vkv_footprint *fp)
{
	unsigned int i;
	int err = 0;

	if (index_goes_first(ctx->ftl))
		return -EAGAIN;
	vkv_ctx_enter(ctx);
	for (i = 0; i < nr && !err; i++)
		err = store_plan(ctx, &txn[i], fp);
	if (!err)
		err = store_take_space(ctx, txn, nr, fp);
	return err ?: store_write(ctx, txn, nr);
}

int vkv_ftl_reserve(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		    u64 size, u32 flags, struct vkv_txn *txn,
		    struct vkv_footprint *fp)
{
	int err;

	if (!vkv_key_valid(ctx->ftl, key) || size > VKV_IO_MAX)
		return -EINVAL;
	store_begin(txn, key, size, flags);
	err = store_reserve(ctx, txn, 1, fp);
	if (!err)
		fp->write_bytes += size;
	return err;
}

/* Reserve together */

static bool asks_valid(const struct vkv_ftl *ftl, const struct vkv_ask *ask,
		       unsigned int nr)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (!vkv_key_valid(ftl, &ask[i].key) ||
		    ask[i].size > VKV_IO_MAX ||
		    (ask[i].flags & VKV_STORE_APPEND))
			return false;
		sum += ask[i].size;
	}
	return nr && nr <= VKV_STORES_MAX && sum <= VKV_IO_MAX;
}

static bool same_key(const struct vkv_key *a, const struct vkv_key *b)
{
	return a->keyspace == b->keyspace && a->len == b->len &&
	       !memcmp(a->data, b->data, a->len);
}

/* The last store before the @i-th that has its key. */
static const struct vkv_txn *find_base(const struct vkv_txn *txn,
				       unsigned int i)
{
	unsigned int j = i;

	while (j--)
		if (same_key(&txn[j].key, &txn[i].key))
			return &txn[j];
	return NULL;
}

int vkv_ftl_reserve_all(struct vkv_ftl_ctx *ctx, const struct vkv_ask *ask,
			unsigned int nr, struct vkv_txn *txn,
			struct vkv_footprint *fp)
{
	unsigned int i;
	int err;

	if (!asks_valid(ctx->ftl, ask, nr))
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		store_begin(&txn[i], &ask[i].key, ask[i].size, ask[i].flags);
		txn[i].base = find_base(txn, i);
	}
	err = store_reserve(ctx, txn, nr, fp);
	for (i = 0; i < nr && !err; i++)
		fp->write_bytes += ask[i].size;
	return err;
}
