/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Charges of keys, and numbers about the space. The essay is in ftl/usage.c.
 */
#ifndef VKV_FTL_USAGE_H
#define VKV_FTL_USAGE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

/* Bytes that an entry of an index is charged, beside its record. */
#define VKV_INDEX_CHARGE 16u
/* Bytes that a block unit is charged. */
#define VKV_BLOCK_BYTES 4096u
/*
 * Bytes of the key of a block unit, at most. With more, the unit's record would
 * take more than the over-provisioning has for it.
 */
#define VKV_BLOCK_KEY_MAX 8u

struct vkv_ftl;
struct vkv_ftl_ctx;

/**
 * struct vkv_share - what a context has added to a keyspace, modulo 2^64
 * @bytes: bytes charged
 * @keys: keys
 */
struct vkv_share {
	u64 bytes;
	u64 keys;
};

/**
 * struct vkv_quota - what some keyspaces may be charged together, in bytes
 * @limit: the most
 * @used: what they are charged now
 */
struct vkv_quota {
	u64 limit;
	atomic64_t used;
};

/**
 * vkv_charge() - bytes that a key is charged
 * @ftl: the core
 * @keyspace: keyspace of the key
 * @key_len: bytes of the key
 * @size: bytes of its value
 *
 * Return: the bytes; VKV_BLOCK_BYTES for a key of block data.
 */
u64 vkv_charge(const struct vkv_ftl *ftl, u8 keyspace, u32 key_len, u64 size);

/**
 * vkv_charge_at() - bytes that the key of a record is charged
 * @ftl: the core
 * @loc: location of the record under the user's key; 0 for none
 * @hash: hash of the key
 *
 * Return: bytes; 0 also when the record is damaged.
 */
u64 vkv_charge_at(const struct vkv_ftl *ftl, u64 loc, u64 hash);

/**
 * vkv_charge_more() - use some of the capacity, and of a quota
 * @ftl: the core
 * @keyspace: keyspace of the key
 * @bytes: how much
 *
 * Return: 0, -ENOSPC when there is less of either.
 */
int __must_check vkv_charge_more(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_charge_anyway() - use more of the capacity and of a quota than there is
 * @ftl: the core
 * @keyspace: keyspace of the key
 * @bytes: how much
 */
void vkv_charge_anyway(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_charge_less() - give some of the capacity back, and of a quota
 * @ftl: the core
 * @keyspace: keyspace of the key
 * @bytes: how much; was charged before
 */
void vkv_charge_less(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_usage_account() - count the bytes and keys of a keyspace
 * @ctx: this thread's
 * @keyspace: keyspace of a key
 * @bytes: bytes that it is charged more, or fewer
 * @keys: keys that came; negative for those that went
 */
void vkv_usage_account(struct vkv_ftl_ctx *ctx, u8 keyspace, s64 bytes,
		       int keys);

/**
 * vkv_usage_clear() - a keyspace is empty: give back what it is charged still
 * @ftl: the core
 * @keyspace: the keyspace; nobody stores or deletes in it
 */
void vkv_usage_clear(struct vkv_ftl *ftl, u8 keyspace);

/**
 * vkv_usage_op() - the over-provisioning in effect
 * @ftl: the core
 *
 * Return: thousandths.
 */
u32 vkv_usage_op(const struct vkv_ftl *ftl);

/**
 * vkv_usage_change_capacity() - work out the capacity anew
 * @ftl: the core; the space manager is there
 *
 * It follows from what the space manager is certain to hold, and from the
 * over-provisioning.
 *
 * Return: 0; -ENOSPC when more is used already, and the capacity has not changed.
 */
int __must_check vkv_usage_change_capacity(struct vkv_ftl *ftl);

#endif
