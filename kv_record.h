/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: what the log is made of.
 *
 * A record is a header, a key and a value, one behind the other, rounded up
 * to VKV_ALIGN bytes. Its location is its byte offset in the reserved memory
 * in units of VKV_ALIGN; location 0 is no record. A value of more than one
 * fragment is a HEAD record under the user's key and FRAGMENT records under
 * hidden keys {object, number}; all of them lie in the same log and index.
 *
 * Records never leave this machine's memory, so they are in its byte order.
 */
#ifndef VKV_KV_RECORD_H
#define VKV_KV_RECORD_H

#include <linux/types.h>
#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "kv_ftl.h"

#define VKV_ALIGN 16u
#define VKV_LOC_SHIFT 4

enum vkv_record_type {
	VKV_RECORD_VALUE = 1,	/* the whole value is here */
	VKV_RECORD_HEAD,	/* struct vkv_head is here */
	VKV_RECORD_FRAGMENT,	/* a part of a value, under a hidden key */
};

/**
 * struct vkv_record - header of a record
 * @checksum: over the rest of the header and the key
 * @value_len: bytes of value in this record
 * @seq: version; grows with every change of a key, survives collection
 * @key_len: 1..255
 * @keyspace: of the key; a fragment has its owner's
 * @type: of enum vkv_record_type
 * @reserved: zero
 * @key: the key, then the value
 */
struct vkv_record {
	u32 checksum;
	u32 value_len;
	u64 seq;
	u8 key_len;
	u8 keyspace;
	u8 type;
	u8 reserved[5];
	u8 key[];
};

static_assert(sizeof(struct vkv_record) == 24);

/**
 * struct vkv_head - value of a HEAD record; unaligned in memory
 * @size: bytes of the whole value
 * @object: names the fragments
 * @fragment: bytes of every fragment but the last
 * @reserved: zero
 */
struct vkv_head {
	u64 size;
	u64 object;
	u32 fragment;
	u32 reserved;
};

static_assert(sizeof(struct vkv_head) == 24);

/**
 * struct vkv_fragment_key - key of a FRAGMENT record
 * @object: as in the head
 * @nr: which fragment, from 0
 */
struct vkv_fragment_key {
	u64 object;
	u32 nr;
} __packed;

static_assert(sizeof(struct vkv_fragment_key) == 12);

/* Bytes that a record takes in the log. */
static inline u32 vkv_record_bytes(u32 key_len, u32 value_len)
{
	return ALIGN((u32)sizeof(struct vkv_record) + key_len + value_len,
		     VKV_ALIGN);
}

static inline u32 vkv_record_size(const struct vkv_record *rec)
{
	return vkv_record_bytes(rec->key_len, rec->value_len);
}

static inline void *vkv_record_value(const struct vkv_record *rec)
{
	return (u8 *)rec->key + rec->key_len;
}

/* Bounded, so that a damaged head does not lead far. */
static inline void vkv_record_head(const struct vkv_record *rec,
				   struct vkv_head *head)
{
	memcpy(head, vkv_record_value(rec), sizeof(*head));
	head->size = min_t(u64, head->size, VKV_VALUE_MAX);
}

/* The checksum that belongs there; @hash is the hash of the record's key. */
static inline u32 vkv_record_sum(const struct vkv_record *rec, u64 hash)
{
	u64 x = hash ^ (rec->seq + 1) * 0x9e3779b97f4a7c15ull;

	x ^= ((u64)rec->value_len << 32 | (u64)rec->type << 16 |
	      (u64)rec->keyspace << 8 | rec->key_len) * 0xd6e8feb86659fd93ull;
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ull;
	return (u32)(x >> 32);
}

#endif
