/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Contexts: one for each thread that works in the core.
 */
#ifndef VKV_FTL_CTX_H
#define VKV_FTL_CTX_H

#include <linux/cache.h>
#include <linux/types.h>

#include "ftl/core.h"
#include "ftl/index/index.h"
#include "ftl/list.h"
#include "ftl/usage.h"

/*
 * Records of one reserve, at most: beside the full fragments, each store may
 * have a fragment that is not full, and a head.
 */
#define VKV_NR_RECORDS (VKV_NR_PIECES + 2 * VKV_STORES_MAX)

/**
 * struct vkv_ftl_ctx - a thread; others read @host_written and @share only
 * @ftl: the core
 * @slot: its number, also in the space manager
 * @entered: it has used something since it was idle
 * @next_trail: counts the keys that got a trail
 * @trail: trails of keys; their owners are keyspaces
 * @aside: bytes charged beforehand for its stores, or NULL
 * @next_seq: the next sequence number of those it has taken
 * @end_seq: behind the last of them
 * @host_written: record bytes that it appended for stores
 * @share: what it added to each keyspace
 * @bytes: sizes of the records of a reserve
 * @loc: their locations
 * @scratch: of its listing
 * @value: a part of a value that is verified
 */
struct vkv_ftl_ctx {
	struct vkv_ftl *ftl;
	unsigned int slot;
	bool entered;
	u32 next_trail;
	struct vkv_trail trail[VKV_TRAILS];
	u64 *aside;
	u64 next_seq;
	u64 end_seq;
	u64 host_written;
	struct vkv_share share[VKV_NR_KEYSPACES];
	u32 bytes[VKV_NR_RECORDS];
	u64 loc[VKV_NR_RECORDS];
	struct vkv_scratch scratch;
	u8 value[4096];
} ____cacheline_aligned_in_smp;

/* The thread begins to use what it finds, if it has not done so before. */
static inline void vkv_ctx_enter(struct vkv_ftl_ctx *ctx)
{
	if (ctx->entered)
		return;
	ctx->entered = true;
	ctx->ftl->space_ops->enter(ctx->ftl->space, ctx->slot);
}

/* The value for vkv_key.hash: the hash of the key, and the next trail. */
static inline u64 vkv_ctx_mark(struct vkv_ftl_ctx *ctx,
			       const struct vkv_key *key)
{
	if (key->hash)
		return key->hash;
	return vkv_hash_in(vkv_keyspace_index(ctx->ftl, key->keyspace), key->data,
			   key->len) |
	       (ctx->next_trail++ & VKV_TRAIL_MASK);
}

/* The trail of a user's key; at its beginning, if another key had it last. */
static inline struct vkv_trail *vkv_ctx_trail(struct vkv_ftl_ctx *ctx,
					      u8 keyspace, u64 mark)
{
	struct vkv_trail *trail = &ctx->trail[mark & VKV_TRAIL_MASK];
	u64 hash = mark & ~VKV_TRAIL_MASK;

	if (trail->hash != hash || trail->owner != keyspace) {
		trail->hash = hash;
		trail->owner = keyspace;
		trail->page = NULL;
	}
	return trail;
}

/**
 * vkv_ctx_next_seq() - a sequence number for a version of a key
 * @ctx: this thread's
 * @old_loc: location of the version before, 0 for none
 *
 * Return: a number greater than those of all versions that the key has had.
 */
u64 vkv_ctx_next_seq(struct vkv_ftl_ctx *ctx, u64 old_loc);

#endif
