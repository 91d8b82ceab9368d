/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A store between its reserve and its commit. The essay is in ftl/txn.c.
 */
#ifndef VKV_FTL_TXN_H
#define VKV_FTL_TXN_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "kv_ftl.h"

/* In vkv_txn.flags: commit only over the version that the reserve saw. */
#define VKV_TXN_STRICT (1u << 31)

/**
 * vkv_txn_conditions() - do the conditions of a store hold?
 * @flags: of enum vkv_store_flags
 * @present: whether the key is there
 *
 * Return: 0, -EEXIST, -ENOENT.
 */
int __must_check vkv_txn_conditions(u32 flags, bool present);

/**
 * vkv_txn_look_at_old() - what the version before is charged, and takes
 * @ftl: the core
 * @txn: its @old_loc and @hash are set; @before, @old_bytes and @old_object are
 *	filled, with 0 when there is no version before or it is damaged
 */
void vkv_txn_look_at_old(struct vkv_ftl *ftl, struct vkv_txn *txn);

/**
 * vkv_txn_charge() - charge a store for growth
 * @ctx: this thread's
 * @txn: the store
 * @bytes: how much; taken from what was set aside, as far as that goes
 *
 * A store over a damaged version is charged in any case: what that version was
 * charged is not known, and still counts.
 * Return: 0, -ENOSPC.
 */
int __must_check vkv_txn_charge(struct vkv_ftl_ctx *ctx, struct vkv_txn *txn,
				u64 bytes);

/**
 * vkv_txn_uncharge() - give back some of what a store was charged
 * @ctx: this thread's
 * @txn: the store
 * @bytes: how much; goes to what is set aside, if anything is
 */
void vkv_txn_uncharge(struct vkv_ftl_ctx *ctx, const struct vkv_txn *txn,
		      u64 bytes);

#endif
