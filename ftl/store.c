// SPDX-License-Identifier: GPL-2.0
/*
 * Stores: reserve, commit, abort.
 *
 * A reserve looks at the version there is, charges the growth, takes places in
 * the log and writes the records' headers; the caller fills in the value. The
 * commit makes it visible: the moment of a store is when the index entry of its
 * key changes from the location it is based on to the new one. Another location
 * there means either that the collector moved the same version, which its
 * sequence number tells, or that somebody else was first.
 *
 * The fragments of an object are only ever added to: an append replaces the
 * last, partly filled one by a longer one and adds more, and then replaces the
 * head. A reader with the old head uses the old length of either. Two appends
 * cannot both extend one object: adding the first new fragment, or replacing the
 * last old one, fails for the second, before it has changed anything. A store
 * that is no append makes a new object.
 *
 * Stores together. Their places are taken in one step, so one that waits for the
 * collector has written nothing. Stores that each wrote what they could and threw
 * it away for the last one's sake would make more garbage than is collected; and
 * if they kept it, several could wait for one another. A store whose key comes
 * again is the base of the later one: charged as if it were there already, and
 * looked at by the later one's commit. When there is no page for the index in the
 * middle, the charge of the rest is set aside, so that others cannot make it fail.
 *
 * Index pages. A commit that finds no page for the index has to begin again, and
 * its next reserve could take just what the collector has made free meanwhile,
 * for ever. So from then on the index is hungry: reserves wait, and everything
 * is collected, until segments are no longer low or there is no garbage left.
 */
#include "kv_ftl.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ftl/core.h"

/* Sequence numbers that a context takes at a time. */
#define SEQS 64u
/* vkv_txn.flags: only over the version the reserve saw. */
#define STORE_STRICT (1u << 31)

/* Reserve */

static int check_conditions(u32 flags, bool present)
{
	if ((flags & VKV_STORE_IF_ABSENT) && present)
		return -EEXIST;
	if ((flags & VKV_STORE_IF_PRESENT) && !present)
		return -ENOENT;
	return 0;
}

static int check_size(const struct vkv_ftl *ftl, const struct vkv_txn *txn)
{
	if (txn->size > VKV_VALUE_MAX)
		return -EFBIG;
	if (ftl->block[txn->key.keyspace] &&
	    (txn->size > VKV_BLOCK_BYTES || txn->key.len > VKV_BLOCK_KEY_MAX))
		return -EINVAL;
	return 0;
}

/* What the old version is charged and takes: nothing, if it is damaged. */
static void look_at_old(const struct vkv_ftl *ftl, struct vkv_txn *txn)
{
	const struct vkv_record *rec = vkv_record_at(ftl, txn->old_loc);
	struct vkv_head head = {};

	txn->before = 0;
	txn->old_bytes = 0;
	txn->old_object = 0;
	if (!txn->old_loc || !vkv_location_sound(ftl, txn->old_loc, txn->hash))
		return;
	if (rec->type == VKV_RECORD_HEAD)
		vkv_record_head(rec, &head);
	txn->old_object = head.object;
	txn->old_bytes = vkv_record_size(rec);
	txn->before = vkv_charge(ftl, rec->keyspace, rec->key_len,
				 vkv_record_value_size(rec));
}

static void note_read(const struct vkv_ftl *ftl, u64 loc,
		      struct vkv_footprint *fp)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);

	vkv_touch(fp, VKV_TOUCH_READ, rec->keyspace, loc << VKV_LOC_SHIFT,
		  vkv_record_size(rec));
}

/* An append to an object: the last fragment, if it has room, is replaced. */
static int plan_carry(struct vkv_ftl *ftl, struct vkv_txn *txn,
		      const struct vkv_record *rec, struct vkv_footprint *fp)
{
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
	/* A longer one belongs to an append that is about to be committed. */
	if (!txn->carry_loc ||
	    vkv_record_at(ftl, txn->carry_loc)->value_len != txn->carry)
		return -EAGAIN;
	note_read(ftl, txn->carry_loc, fp);
	return 0;
}

/*
 * What an append builds on: the last @carry bytes of the old value go into the
 * first new record, all of them if the old value is one record.
 */
static int plan_append(struct vkv_ftl *ftl, struct vkv_txn *txn,
		       struct vkv_footprint *fp)
{
	const struct vkv_record *rec = vkv_record_at(ftl, txn->old_loc);

	if (!vkv_location_sound(ftl, txn->old_loc, txn->hash))
		return -EIO;
	note_read(ftl, txn->old_loc, fp);
	if (rec->type == VKV_RECORD_HEAD)
		return plan_carry(ftl, txn, rec, fp);
	txn->carry = rec->value_len;
	txn->carry_loc = txn->old_loc;
	txn->size += rec->value_len;
	return 0;
}

static u32 fragment_len(const struct vkv_ftl *ftl, const struct vkv_txn *txn,
			u32 nr)
{
	u64 begin = (u64)nr << ilog2(ftl->fragment);

	return min_t(u64, ftl->fragment, txn->size - begin);
}

/* The records of the store: the fragments, and the head or the whole. */
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
	for (i = 0; i < txn->nr_locs; i++)
		bytes[i] = vkv_record_bytes(sizeof(struct vkv_fragment_key),
			fragment_len(ftl, txn, txn->first_fragment + i));
	bytes[i] = vkv_record_bytes(txn->key.len, value_len);
	return txn->nr_locs + 1;
}

/*
 * Writes header and key, but for the checksum, which only what is committed
 * needs; returns where the value goes.
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

/*
 * A number greater than those of all versions there were. So that contexts need
 * not share a counter, each takes some ahead, which will do for a key with an
 * older version; whether a key that is not there has been there is not known.
 */
static u64 next_seq(struct vkv_ftl_ctx *ctx, u64 old_loc)
{
	struct vkv_ftl *ftl = ctx->ftl;

	if (!old_loc)
		return atomic64_inc_return(&ftl->seq);
	if (ctx->next_seq == ctx->end_seq ||
	    ctx->next_seq <= vkv_record_at(ftl, old_loc)->seq) {
		ctx->end_seq = atomic64_add_return(SEQS, &ftl->seq) + 1;
		ctx->next_seq = ctx->end_seq - SEQS;
	}
	return ctx->next_seq++;
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

static void write_records(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	struct vkv_ftl *ftl = ctx->ftl;
	u64 seq = next_seq(ctx, txn->old_loc);
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

/* Charges growth, to what was set aside as far as that goes. */
static int charge_more(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn, u64 bytes)
{
	u64 aside = ctx->aside ? min(*ctx->aside, bytes) : 0;

	if (bytes > aside && vkv_charge_more(ctx->ftl, txn->key.keyspace,
					     bytes - aside))
		return -ENOSPC;
	if (aside)
		*ctx->aside -= aside;
	txn->charge += bytes;
	return 0;
}

static void charge_less(struct vkv_ftl_ctx *ctx, const struct vkv_txn *txn,
			u64 bytes)
{
	if (ctx->aside)
		*ctx->aside += bytes;
	else
		vkv_charge_less(ctx->ftl, txn->key.keyspace, bytes);
}

/* The store's places are those from @first on. Returns the first of the next. */
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
	err = ftl->space_ops->reserve(ftl->space, ctx->slot, VKV_SPACE_HOST,
				      ctx->bytes, records, ctx->loc);
	for (i = 0; i < nr && !err; i++)
		at = give_places(ctx, &txn[i], at, fp);
	return err;
}

/* What the store adds to what its old version is charged, or will be. */
static int charge_growth(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	struct vkv_ftl *ftl = ctx->ftl;

	if (unlikely(txn->base))
		txn->before = txn->base->after;
	else
		look_at_old(ftl, txn);
	txn->after = vkv_charge(ftl, txn->key.keyspace, txn->key.len,
				txn->size);
	txn->charge = 0;
	return txn->after > txn->before ?
		       charge_more(ctx, txn, txn->after - txn->before) : 0;
}

/* Charges the growth and takes the places. */
static __always_inline int take_space(struct vkv_ftl_ctx *ctx,
				      struct vkv_txn *txn, unsigned int nr,
				      struct vkv_footprint *fp)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = charge_growth(ctx, &txn[i]);
	if (!err)
		err = take_places(ctx, txn, nr, fp);
	while (err && i--)
		charge_less(ctx, &txn[i], txn[i].charge);
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

/* The large arrays are filled as far as they are used. */
static void begin(struct vkv_txn *txn, const struct vkv_key *key, u64 size,
		  u32 flags)
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

/* Looks at what there is, and what the store will make of it. */
static __always_inline int plan(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	int err;

	vkv_probe_key(ctx, &txn->key, &probe);
	txn->key.hash = probe.mark;
	txn->hash = probe.hash;
	txn->old_loc = vkv_probe_find(&probe, fp);
	err = check_conditions(txn->flags, txn->old_loc || txn->base);
	if (!err && (txn->flags & VKV_STORE_APPEND) && txn->old_loc)
		err = plan_append(ftl, txn, fp);
	return err ?: check_size(ftl, txn);
}

/* All of them or none; they have begun. */
static __always_inline int reserve(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				   unsigned int nr, struct vkv_footprint *fp)
{
	unsigned int i;
	int err = 0;

	if (index_goes_first(ctx->ftl))
		return -EAGAIN;
	vkv_ctx_enter(ctx);
	for (i = 0; i < nr && !err; i++)
		err = plan(ctx, &txn[i], fp);
	if (!err)
		err = take_space(ctx, txn, nr, fp);
	for (i = 0; i < nr && !err; i++)
		write_records(ctx, &txn[i]);
	return err;
}

int vkv_ftl_reserve(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		    u64 size, u32 flags, struct vkv_txn *txn,
		    struct vkv_footprint *fp)
{
	int err;

	if (!vkv_key_valid(ctx->ftl, key) || size > VKV_IO_MAX)
		return -EINVAL;
	begin(txn, key, size, flags);
	err = reserve(ctx, txn, 1, fp);
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
		begin(&txn[i], &ask[i].key, ask[i].size, ask[i].flags);
		txn[i].base = find_base(txn, i);
	}
	err = reserve(ctx, txn, nr, fp);
	for (i = 0; i < nr && !err; i++)
		fp->write_bytes += ask[i].size;
	return err;
}

/* Commit */

static void seal(struct vkv_ftl *ftl, u64 loc, u64 hash)
{
	struct vkv_record *rec = vkv_record_at(ftl, loc);

	rec->checksum = vkv_record_sum(rec, hash);
}

/* Did the collector only move it? */
static bool same_version(const struct vkv_ftl *ftl, u64 a, u64 b)
{
	return a == b || (a && b && vkv_record_at(ftl, a)->seq ==
				    vkv_record_at(ftl, b)->seq);
}

static int enter_fragment(struct vkv_ftl *ftl, const struct vkv_txn *txn,
			  unsigned int i, u64 expect, struct vkv_footprint *fp)
{
	struct vkv_probe probe;
	u64 found;
	int err;

	vkv_probe_fragment(ftl, txn->key.keyspace, txn->object,
			   txn->first_fragment + i, &probe);
	seal(ftl, txn->loc[i], probe.hash);
	for (;;) {
		err = vkv_probe_change(&probe, expect, txn->loc[i], &found);
		if (err != -ESTALE || !same_version(ftl, expect, found))
			break;
		expect = found;
	}
	if (!err)
		vkv_probe_changed(&probe, fp);
	return err == -ESTALE ? -EAGAIN : err;
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
static int enter_fragments(struct vkv_ftl *ftl, const struct vkv_txn *txn,
			   struct vkv_footprint *fp)
{
	u32 start = replaces_fragment(txn);
	u32 first = txn->first_fragment;
	unsigned int i;
	int err = 0;

	for (i = start; i < txn->nr_locs; i++) {
		err = enter_fragment(ftl, txn, i, 0, fp);
		if (err)
			break;
	}
	if (!err && start)
		err = enter_fragment(ftl, txn, 0, txn->carry_loc, fp);
	if (err)
		vkv_object_drop(ftl, txn->key.keyspace, txn->object,
				first + start, first + i, fp);
	return err;
}

/* Takes out what enter_fragments() added. */
static void leave_fragments(struct vkv_ftl *ftl, const struct vkv_txn *txn,
			    struct vkv_footprint *fp)
{
	u32 first = txn->first_fragment;

	vkv_object_drop(ftl, txn->key.keyspace, txn->object,
			first + replaces_fragment(txn), first + txn->nr_locs,
			fp);
}

/* The base is another one by now: can the store go on over it? */
static int rebase(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn, u64 found)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_record *rec = vkv_record_at(ftl, txn->head_loc);
	int err;

	if (txn->flags & (VKV_STORE_APPEND | STORE_STRICT))
		return -EAGAIN;
	err = check_conditions(txn->flags, found);
	if (err)
		return err;
	txn->old_loc = found;
	look_at_old(ftl, txn);
	if (txn->after > txn->before + txn->charge &&
	    charge_more(ctx, txn, txn->after - txn->before - txn->charge))
		return -EAGAIN;
	/* Sequence numbers of a key grow in the order of its versions. */
	rec->seq = next_seq(ctx, found);
	return 0;
}

static int enter_head(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		      struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	u64 found;
	int err;

	vkv_probe_key(ctx, &txn->key, &probe);
	for (;;) {
		seal(ftl, txn->head_loc, txn->hash);
		err = vkv_probe_replace(&probe, txn->old_loc, txn->old_bytes,
					txn->head_loc, &found);
		if (!err)
			vkv_probe_changed(&probe, fp);
		if (err != -ESTALE)
			return err;
		if (same_version(ftl, txn->old_loc, found)) {
			txn->old_loc = found;
			continue;
		}
		err = rebase(ctx, txn, found);
		if (err)
			return err;
	}
}

/* The store is visible: settle the accounts of the old version. */
static void settle(struct vkv_ftl_ctx *ctx, const struct vkv_txn *txn,
		   struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;

	charge_less(ctx, txn, txn->charge + txn->before - txn->after);
	vkv_account(ctx, txn->key.keyspace, txn->before, txn->after);
	if (txn->old_object && txn->old_object != txn->object)
		vkv_object_leave(ftl, txn->old_loc, txn->hash, fp);
}

static __always_inline int commit(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				  struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	int err = 0;

	/* By now there is what an earlier store of the same reserve has made. */
	if (unlikely(txn->base))
		err = rebase(ctx, txn, txn->base->head_loc);
	if (!err && txn->nr_locs)
		err = enter_fragments(ftl, txn, fp);
	if (err)
		return err;
	err = enter_head(ctx, txn, fp);
	if (err) {
		leave_fragments(ftl, txn, fp);
		return err;
	}
	fp->index_writes += txn->nr_locs + 1;
	fp->replaced += !!txn->old_loc;
	settle(ctx, txn, fp);
	return 0;
}

int vkv_ftl_commit(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		   struct vkv_footprint *fp)
{
	int err = commit(ctx, txn, fp);

	if (err)
		vkv_ftl_abort(ctx, txn);
	return err;
}

int vkv_ftl_commit_all(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		       unsigned int nr, unsigned int *done,
		       struct vkv_footprint *fp)
{
	unsigned int i;
	int err = 0;

	for (*done = 0; *done < nr; (*done)++) {
		err = commit(ctx, &txn[*done], fp);
		if (err)
			break;
	}
	for (i = *done; i < nr; i++)
		vkv_ftl_abort(ctx, &txn[i]);
	return err;
}

void vkv_ftl_abort(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	/* The records stay behind as garbage. */
	charge_less(ctx, txn, txn->charge);
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
