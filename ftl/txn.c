// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: stores between reserve (ftl/store.c) and commit (ftl/commit.c).
 *
 * A transaction belongs to one context. It is over at the next quiescent point
 * at the latest, because the places it was given may be collected from then on.
 * While it lasts, txn->charge is what it was charged for the growth of its key.
 * A commit settles that; an abort gives it back.
 *
 * Nobody knows what a damaged version was charged. So a store that replaces one
 * is charged as if its key were new, but it is never refused for that: it
 * repairs what is there. The charge of the damaged version is given back when
 * its keyspace is emptied (ftl/purge.c).
 */
#include "ftl/txn.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "ftl/record.h"
#include "ftl/usage.h"
#include "vkv_assert.h"

int vkv_txn_conditions(u32 flags, bool present)
{
	if ((flags & VKV_STORE_IF_ABSENT) && present)
		return -EEXIST;
	if ((flags & VKV_STORE_IF_PRESENT) && !present)
		return -ENOENT;
	return 0;
}

void vkv_txn_look_at_old(struct vkv_ftl *ftl, struct vkv_txn *txn)
{
	const struct vkv_record *rec = vkv_record_at(ftl, txn->old_loc);
	struct vkv_head head = {};

	txn->before = 0;
	txn->old_bytes = 0;
	txn->old_object = 0;
	if (!txn->old_loc)
		return;
	if (unlikely(!vkv_location_intact(ftl, txn->old_loc, txn->hash))) {
		vkv_note_damage(ftl);
		return;
	}
	if (rec->type == VKV_RECORD_HEAD)
		vkv_record_head(rec, &head);
	txn->old_object = head.object;
	txn->old_bytes = vkv_record_size(rec);
	txn->before = vkv_charge(ftl, rec->keyspace, rec->key_len,
				 vkv_record_value_size(rec));
}

/* Is there a version before, of which nothing is known? */
static bool is_repair(const struct vkv_txn *txn)
{
	return txn->old_loc && !txn->before;
}

int vkv_txn_charge(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn, u64 bytes)
{
	u64 aside = ctx->aside ? min(*ctx->aside, bytes) : 0;

	if (bytes > aside && vkv_charge_more(ctx->ftl, txn->key.keyspace,
					     bytes - aside)) {
		if (!is_repair(txn))
			return -ENOSPC;
		vkv_charge_anyway(ctx->ftl, txn->key.keyspace, bytes - aside);
	}
	if (aside)
		*ctx->aside -= aside;
	txn->charge += bytes;
	return 0;
}

void vkv_txn_uncharge(struct vkv_ftl_ctx *ctx, const struct vkv_txn *txn,
		      u64 bytes)
{
	VKV_ASSERT((s64)bytes >= 0);
	if (ctx->aside)
		*ctx->aside += bytes;
	else
		vkv_charge_less(ctx->ftl, txn->key.keyspace, bytes);
}

void vkv_ftl_abort(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn)
{
	/* The records stay behind as garbage. */
	vkv_txn_uncharge(ctx, txn, txn->charge);
	txn->charge = 0;
}
