/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hash of keys: 64 bits, by secret words that differ from index to index.
 *
 * The hash of a key decides where an index puts it. So somebody who knew hashes
 * could fill one bucket, and make it slow. The hash is made by two
 * multiplications of 64 bits to 128 by secret words. Without the words, nothing
 * can be said about the hashes of two keys that differ. The words come from the
 * seed by SipHash, so no word tells anything about another, and no index about
 * the next.
 *
 * This hash is not as strong as SipHash of the keys themselves, which costs ten
 * times as much. No answer ever shows a hash, but a listing shows the order of
 * keys, which follows their hashes. So a client that lists may find out over
 * time which keys collide. With any other hash it could do the same, by storing
 * keys and keeping those that are listed side by side. The harm is bounded by
 * the number of keys that collide: only they, and keys of the same lines, are
 * looked for in the annexes of their bucket (ftl/index/bucket.h).
 */
#ifndef VKV_FTL_HASH_H
#define VKV_FTL_HASH_H

#include <linux/types.h>

#define VKV_HASH_WORDS 4u

/**
 * struct vkv_hash_key - the secret of one index
 * @word: secret words that keys are mixed with
 */
struct vkv_hash_key {
	u64 word[VKV_HASH_WORDS];
};

/**
 * vkv_hash_init() - make the secret of an index
 * @key: filled
 * @seed: the secret of the core
 * @number: number of the index
 */
void vkv_hash_init(struct vkv_hash_key *key, const u64 seed[2], u32 number);

/**
 * vkv_hash() - hash some bytes
 * @key: the secret
 * @data: the bytes
 * @len: how many, at least 1
 *
 * Return: the hash; a key and its secret always give the same one.
 */
u64 vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len);

#endif
