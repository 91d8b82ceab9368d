// SPDX-License-Identifier: GPL-2.0
/*
 * Contexts.
 *
 * A context belongs to one thread at a time. Between two quiescent points of a
 * context, everything that its thread has found stays where it is: records,
 * pages of indexes, and the segments in which they lie. At a quiescent point
 * the thread lets go of all that. A thread that will not call in for a while
 * goes idle, so that nobody waits for its next quiescent point.
 *
 * A context keeps for its thread what would be shared otherwise: sequence
 * numbers taken ahead, the bytes and keys that it added to each keyspace, and
 * the trails of the keys that it was asked for last.
 */
#include "ftl/ctx.h"

#include <linux/atomic.h>

#include "vkv_assert.h"

/* Sequence numbers that a context takes at a time. */
#define SEQS 64u

struct vkv_ftl_ctx *vkv_ftl_ctx(struct vkv_ftl *ftl, unsigned int i)
{
	return i < ftl->nr_ctx ? &ftl->ctx[i] : NULL;
}

void vkv_ftl_quiesce(struct vkv_ftl_ctx *ctx)
{
	VKV_ASSERT(ctx->slot < ctx->ftl->nr_ctx);
	ctx->scratch.valid = false;
	ctx->ftl->space_ops->quiesce(ctx->ftl->space, ctx->slot);
}

void vkv_ftl_idle(struct vkv_ftl_ctx *ctx)
{
	ctx->scratch.valid = false;
	ctx->entered = false;
	ctx->ftl->space_ops->idle(ctx->ftl->space, ctx->slot);
}

void vkv_ftl_use_aside(struct vkv_ftl_ctx *ctx, u64 *aside)
{
	ctx->aside = aside;
}

/*
 * A number taken ahead is good for a key with an older version: it is compared
 * with that version's. Nobody knows whether a key that is not there has been
 * there before, with a number taken from the shared counter by another context.
 * So such a key takes a number from the shared counter.
 */
u64 vkv_ctx_next_seq(struct vkv_ftl_ctx *ctx, u64 old_loc)
{
	struct vkv_ftl *ftl = ctx->ftl;

	if (!vkv_location_exists(ftl, old_loc))
		return atomic64_inc_return(&ftl->seq);
	if (ctx->next_seq == ctx->end_seq ||
	    ctx->next_seq <= vkv_record_at(ftl, old_loc)->seq) {
		ctx->end_seq = atomic64_add_return(SEQS, &ftl->seq) + 1;
		ctx->next_seq = ctx->end_seq - SEQS;
	}
	VKV_ASSERT(ctx->next_seq < ctx->end_seq);
	return ctx->next_seq++;
}
