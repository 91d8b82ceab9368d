/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hash of keys: 64 bits, by secret words that differ from index to index.
 *
 * Where an index puts a key is decided by its hash, so whoever knows hashes can
 * fill one bucket and have the rest of his keys refused. Two multiplications of
 * 64 to 128 bits by secret words make the hash: without them nothing can be
 * said about the hashes of two keys that differ. The words come from the seed
 * by SipHash, so no word tells anything of another, nor one index of the next.
 *
 * It is not as strong as SipHash of the keys themselves, which costs ten times
 * as much and was used here before. An answer never shows a hash, but listings
 * show the order of keys, which follows it. Who can list may therefore find out
 * over time what collides; but he can do so with any hash, by storing keys and
 * keeping those that are listed beside each other. What it gets him is bounded
 * by the index: a key is looked for in two cache lines, whatever collides.
 */
#ifndef VKV_KV_HASH_H
#define VKV_KV_HASH_H

#include <linux/types.h>

#define VKV_HASH_WORDS 4u

/**
 * struct vkv_hash_key - the secret of one index
 * @word: what keys are mixed with
 */
struct vkv_hash_key {
	u64 word[VKV_HASH_WORDS];
};

/**
 * vkv_hash_init() - make the secret of an index
 * @key: filled
 * @seed: of the core
 * @number: of the index
 */
void vkv_hash_init(struct vkv_hash_key *key, const u64 seed[2], u32 number);

/**
 * vkv_hash() - hash of some bytes
 * @key: the secret
 * @data: the bytes
 * @len: how many, at least 1
 */
u64 vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len);

#endif
