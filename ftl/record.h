/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records: the log is made of them.
 *
 * A record is a header, a key and a value, one behind the other, rounded up to
 * VKV_ALIGN bytes. Its location is its byte offset in the reserved memory, in
 * units of VKV_ALIGN. Location 0 is no record. A value of more than one
 * fragment is a HEAD record under the user's key, and FRAGMENT records under
 * hidden keys {object, number}. All of them lie in the same log.
 *
 * States. Nothing in a record changes while an index leads to it, but for its
 * state, which says what the index thinks of it:
 *
 *	UNBORN		it is written; its store is under way or was aborted, or
 *			it is a copy that the collector made in vain
 *	UNBORN -> LIVE	a thread has made an index lead to it
 *	LIVE -> DEAD	a thread has taken it out of the index: by an overwrite,
 *			a delete, the removal of a fragment, or the move to a
 *			copy
 *	UNBORN -> DEAD	the same, when that thread was faster than the one that
 *			has just made the index lead to it
 *
 * So while no thread is at work, the LIVE records are those that the index
 * leads to, and the log alone says what is stored. The memory is
 * byte-addressable: a delete writes one word into the record that it removes. A
 * log on flash needs a tombstone instead, which takes space and must be kept as
 * long as older versions are there.
 *
 * Records never leave this machine's memory, so they are in its byte order.
 */
#ifndef VKV_FTL_RECORD_H
#define VKV_FTL_RECORD_H

#include <linux/types.h>
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/byteorder.h>

#include "kv_ftl.h"
#include "ftl/layout.h"

enum vkv_record_type {
	VKV_RECORD_VALUE = 1,	/* the whole value is here */
	VKV_RECORD_HEAD,	/* struct vkv_head is here */
	VKV_RECORD_FRAGMENT,	/* a part of a value, under a hidden key */
};

enum vkv_record_state {
	VKV_RECORD_UNBORN = 1,
	VKV_RECORD_LIVE,
	VKV_RECORD_DEAD,
};

/**
 * struct vkv_record - header of a record
 * @checksum: of the header without @state and @value_sum, the key, and a head;
 *	set by the commit
 * @value_len: bytes of value in this record
 * @seq: version; grows with every change of a key, survives collection
 * @key_len: 1..255
 * @keyspace: keyspace of the key, or of the value that a fragment belongs to
 * @type: of enum vkv_record_type
 * @state: of enum vkv_record_state; accessed atomically
 * @kind: the four fields before, together
 * @value_sum: of the value (ftl/value.c); set by the commit
 * @key: the key, then the value
 */
struct vkv_record {
	u32 checksum;
	u32 value_len;
	u64 seq;
	union {
		struct {
			u8 key_len;
			u8 keyspace;
			u8 type;
			u8 state;
		};
		u32 kind;
	};
	u32 value_sum;
	u8 key[];
};

static_assert(sizeof(struct vkv_record) == 24);

/* The bits of vkv_record.kind that never change. */
#define VKV_RECORD_KIND_MASK ((__force u32)cpu_to_le32(0x00ffffff))

/* Keys of users and keys of fragments are in different indexes. */
enum vkv_key_class {
	VKV_CLASS_USER,
	VKV_CLASS_FRAGMENT,
};

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
static inline u32 vkv_record_bytes_for(u32 key_len, u32 value_len)
{
	return ALIGN((u32)sizeof(struct vkv_record) + key_len + value_len,
		     VKV_ALIGN);
}

static inline u32 vkv_record_size(const struct vkv_record *rec)
{
	return vkv_record_bytes_for(rec->key_len, rec->value_len);
}

static inline u8 vkv_record_class(const struct vkv_record *rec)
{
	return rec->type == VKV_RECORD_FRAGMENT ? VKV_CLASS_FRAGMENT :
						  VKV_CLASS_USER;
}

static inline void *vkv_record_value(const struct vkv_record *rec)
{
	return (u8 *)rec->key + rec->key_len;
}

/* Reads a head. The size is bounded, so that a damaged one does no harm. */
static inline void vkv_record_head(const struct vkv_record *rec,
				   struct vkv_head *head)
{
	memcpy(head, vkv_record_value(rec), sizeof(*head));
	head->size = min_t(u64, head->size, VKV_VALUE_MAX);
}

/* Bytes of the whole value that the record stands for. */
static inline u64 vkv_record_value_size(const struct vkv_record *rec)
{
	struct vkv_head head;

	if (rec->type != VKV_RECORD_HEAD)
		return rec->value_len;
	vkv_record_head(rec, &head);
	return head.size;
}

/*
 * A head is part of the checksum: its fields can do as much harm as a header.
 */
static inline u64 vkv_head_sum(const struct vkv_record *rec)
{
	struct vkv_head head;

	if (rec->type != VKV_RECORD_HEAD)
		return 0;
	memcpy(&head, vkv_record_value(rec), sizeof(head));
	return (head.size ^ ((u64)head.reserved << 32 | head.fragment)) *
	       0x94d049bb133111ebull ^ head.object * 0xff51afd7ed558ccdull;
}

/*
 * The right checksum of a record: of the header, the key and a head, but not of
 * a value. @hash is the hash of the record's key.
 */
static inline u32 vkv_record_sum(const struct vkv_record *rec, u64 hash)
{
	u64 x = hash ^ (rec->seq + 1) * 0x9e3779b97f4a7c15ull;
	u32 kind = READ_ONCE(rec->kind) & VKV_RECORD_KIND_MASK;

	x ^= ((u64)rec->value_len << 32 | kind) * 0xd6e8feb86659fd93ull;
	x ^= vkv_head_sum(rec);
	x ^= x >> 29;
	x *= 0xbf58476d1ce4e5b9ull;
	return (u32)(x >> 32);
}

static inline u32 vkv_record_state(const struct vkv_record *rec)
{
	return READ_ONCE(rec->state);
}

/*
 * An index leads to the record, unless another thread has taken it out again.
 */
static inline void vkv_record_born(struct vkv_record *rec)
{
	cmpxchg(&rec->state, VKV_RECORD_UNBORN, VKV_RECORD_LIVE);
}

/* No index leads to the record any more. */
static inline void vkv_record_died(struct vkv_record *rec)
{
	WRITE_ONCE(rec->state, VKV_RECORD_DEAD);
}

#endif
