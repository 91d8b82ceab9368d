// SPDX-License-Identifier: GPL-2.0
/*
 * Stores: commit.
 *
 * The moment of a store is when the index entry of its key changes from the
 * location that the store is based on to the new one. When the index has
 * another location there, either the collector has moved the same version,
 * which its sequence number tells, or another store was first.
 *
 * Two appends cannot both extend one object. Each adds its first new fragment,
 * or replaces the last old one, before it changes anything else; that fails for
 * the second of them.
 */
#include "kv_ftl.h"

#include <linux/compiler.h>
#include <linux/errno.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/object.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "ftl/txn.h"
#include "ftl/usage.h"
#include "ftl/value.h"
#include "vkv_assert.h"

/* Adds the checksum, which vouches for the record from now on. */
static void commit_seal(struct vkv_ftl *ftl, u64 loc, u64 hash)
{
	struct vkv_record *rec = vkv_record_at(ftl, loc);

	rec->checksum = vkv_record_sum(rec, hash);
}

/* Are these two places of one version, which the collector has moved? */
static bool same_version(const struct vkv_ftl *ftl, u64 a, u64 b)
{
	return a == b ||
	       (vkv_location_exists(ftl, a) && vkv_location_exists(ftl, b) &&
		vkv_record_at(ftl, a)->seq == vkv_record_at(ftl, b)->seq);
}

static int enter_fragment(struct vkv_ftl *ftl, const struct vkv_txn *txn,
			  unsigned int i, u64 expect, struct vkv_footprint *fp)
{
	struct vkv_probe probe;
	u64 found;
	int err;

	vkv_probe_fragment(ftl, txn->key.keyspace, txn->object,
			   txn->first_fragment + i, &probe);
	VKV_ASSERT(i < txn->nr_locs);
	vkv_value_seal(ftl, vkv_record_at(ftl, txn->loc[i]));
	commit_seal(ftl, txn->loc[i], probe.hash);
	for (;;) {
		err = vkv_probe_change(&probe, expect, txn->loc[i], &found);
		if (err != -ESTALE || !same_version(ftl, expect, found))
			break;
		expect = found;
	}
	if (!err)
		vkv_probe_note_change(&probe, fp);
	return err == -ESTALE ? -EAGAIN : err;
}

/* Is the first new fragment a longer one for the last old one? */
static bool replaces_fragment(const struct vkv_txn *txn)
{
	return txn->first_fragment && txn->carry_loc;
}

/*
 * Enters the fragments. The one that replaces an old one comes last. From then
 * on only the head is missing, and nobody can come between but a thread that
 * removes the whole value.
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

/* Takes out the fragments that enter_fragments() added. */
static void leave_fragments(struct vkv_ftl *ftl, const struct vkv_txn *txn,
			    struct vkv_footprint *fp)
{
	u32 first = txn->first_fragment;

	vkv_object_drop(ftl, txn->key.keyspace, txn->object,
			first + replaces_fragment(txn), first + txn->nr_locs,
			fp);
}

/* The version before is another one by now: can the store go on over it? */
static int commit_rebase(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
			 u64 found)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_record *rec = vkv_record_at(ftl, txn->head_loc);
	int err;

	if (txn->flags & (VKV_STORE_APPEND | VKV_TXN_STRICT))
		return -EAGAIN;
	err = vkv_txn_conditions(txn->flags, found);
	if (err)
		return err;
	txn->old_loc = found;
	vkv_txn_look_at_old(ftl, txn);
	if (txn->after > txn->before + txn->charge &&
	    vkv_txn_charge(ctx, txn, txn->after - txn->before - txn->charge))
		return -EAGAIN;
	/* Sequence numbers of a key grow in the order of its versions. */
	rec->seq = vkv_ctx_next_seq(ctx, found);
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
	vkv_value_seal(ftl, vkv_record_at(ftl, txn->head_loc));
	for (;;) {
		commit_seal(ftl, txn->head_loc, txn->hash);
		err = vkv_probe_replace(&probe, txn->old_loc, txn->old_bytes,
					txn->head_loc, &found);
		if (!err)
			vkv_probe_note_change(&probe, fp);
		if (err != -ESTALE)
			return err;
		if (same_version(ftl, txn->old_loc, found)) {
			txn->old_loc = found;
			continue;
		}
		err = commit_rebase(ctx, txn, found);
		if (err)
			return err;
	}
}

/* The store is visible: the charge of the version before is settled. */
static void commit_settle(struct vkv_ftl_ctx *ctx, const struct vkv_txn *txn,
			  struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;

	VKV_ASSERT(txn->charge + txn->before >= txn->after);
	vkv_txn_uncharge(ctx, txn, txn->charge + txn->before - txn->after);
	vkv_usage_account(ctx, txn->key.keyspace, txn->after - txn->before,
			  !txn->old_loc);
	if (txn->old_object && txn->old_object != txn->object)
		vkv_object_leave(ftl, txn->old_loc, txn->hash, fp);
}

static __always_inline int commit_one(struct vkv_ftl_ctx *ctx,
				      struct vkv_txn *txn,
				      struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	int err = 0;

	/* An earlier store of the same reserve has been committed by now. */
	if (unlikely(txn->base))
		err = commit_rebase(ctx, txn, txn->base->head_loc);
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
	commit_settle(ctx, txn, fp);
	return 0;
}

int vkv_ftl_commit(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		   struct vkv_footprint *fp)
{
	int err = commit_one(ctx, txn, fp);

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
		err = commit_one(ctx, &txn[*done], fp);
		if (err)
			break;
	}
	for (i = *done; i < nr; i++)
		vkv_ftl_abort(ctx, &txn[i]);
	return err;
}

int vkv_ftl_replace(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
		    const struct vkv_view *base, struct vkv_footprint *fp)
{
	if (!same_version(ctx->ftl, txn->old_loc, base ? base->loc : 0)) {
		vkv_ftl_abort(ctx, txn);
		return -EAGAIN;
	}
	txn->flags |= VKV_TXN_STRICT;
	return vkv_ftl_commit(ctx, txn, fp);
}
