/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the FTL core share and nobody else sees.
 */
#ifndef VKV_KV_CORE_H
#define VKV_KV_CORE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "kv_ftl.h"
#include "kv_index.h"
#include "kv_record.h"
#include "kv_space.h"

/* What an entry of the index is charged beside its record. */
#define VKV_INDEX_CHARGE 16u
#define VKV_BLOCK_BYTES 4096u
/* Keys of block units; with more, a unit's record would pass its share. */
#define VKV_BLOCK_KEY_MAX 8u
/* Fragments removed at once; more are left to the collector. */
#define VKV_DROP_MAX 1024u
/* Entries of a bucket that a listing holds at a time; most have fewer. */
#define VKV_SCRATCH 16u

/* Keys of users and keys of fragments are two worlds. */
enum vkv_key_class {
	VKV_CLASS_USER,
	VKV_CLASS_FRAGMENT,
};

/**
 * struct vkv_probe - a key, ready to be looked for
 * @ftl: where
 * @data: its bytes
 * @hash: its hash
 * @len: its length
 * @keyspace: its keyspace
 * @class: of enum vkv_key_class
 * @fragment: backs @data for hidden keys
 */
struct vkv_probe {
	struct vkv_ftl *ftl;
	const void *data;
	u64 hash;
	u8 len;
	u8 keyspace;
	u8 class;
	struct vkv_fragment_key fragment;
};

/* Fragments of a value that is no longer there, to be removed. */
struct vkv_orphan {
	u64 object;
	u32 next;
	u32 end;
	u8 keyspace;
};

struct vkv_scratch_entry {
	u64 pos;
	u64 loc;
};

/**
 * struct vkv_scratch - keys of one bucket, in order
 * @from: first position it is good for
 * @last: last position it is good for
 * @version: of the bucket, when it was read
 * @nr: entries
 * @keyspace: whose keys
 * @valid: there is something in it
 * @partial: not all that lies at @from is in it
 * @more: the bucket has more behind the last entry
 * @entry: the entries
 */
struct vkv_scratch {
	u64 from;
	u64 last;
	u64 version;
	u32 nr;
	u8 keyspace;
	bool valid;
	bool partial;
	bool more;
	struct vkv_scratch_entry entry[VKV_SCRATCH];
};

struct vkv_ftl_ctx {
	struct vkv_ftl *ftl;
	unsigned int slot;
	u32 bytes[VKV_NR_PIECES + 1];	/* records of a reserve */
	u64 loc[VKV_NR_PIECES + 1];
	struct vkv_scratch scratch;
} ____cacheline_aligned_in_smp;

struct vkv_keyspace {
	atomic64_t bytes;
	atomic64_t keys;
	bool block;
};

/* The collector's place; whoever holds the busy bit. */
struct vkv_gc {
	atomic_t busy;
	u32 victim;
	u64 at;
	u64 end;
};

struct vkv_ftl {
	void *mem;
	u64 size;
	siphash_key_t seed;
	u32 fragment;		/* bytes of value in one record, at most */
	u32 segment_shift;
	u32 op_permille;
	u64 capacity;
	const struct vkv_index_ops *index_ops;
	struct vkv_index *index;
	const struct vkv_space_ops *space_ops;
	struct vkv_space *space;
	unsigned int nr_ctx;
	struct vkv_ftl_ctx *ctx;

	atomic64_t used ____cacheline_aligned_in_smp;
	atomic64_t seq;
	struct vkv_keyspace keyspace[VKV_NR_KEYSPACES];
	atomic64_t host_written;
	atomic64_t gc_written;
	atomic64_t collected;

	struct vkv_gc gc;
	spinlock_t orphan_lock;
	u32 nr_orphans;
	u32 max_orphans;
	struct vkv_orphan *orphan;
};

static inline struct vkv_record *vkv_record_at(const struct vkv_ftl *ftl,
					       u64 loc)
{
	return ftl->mem + (loc << VKV_LOC_SHIFT);
}

static inline u8 vkv_record_class(const struct vkv_record *rec)
{
	return rec->type == VKV_RECORD_FRAGMENT ? VKV_CLASS_FRAGMENT :
						  VKV_CLASS_USER;
}

static inline u64 vkv_hash(const struct vkv_ftl *ftl, u8 class, u8 keyspace,
			   const void *key, u8 len)
{
	siphash_key_t seed = ftl->seed;

	seed.key[0] ^= (u64)class << 8 | keyspace;
	return siphash(key, len, &seed);
}

static inline u64 vkv_record_hash(const struct vkv_ftl *ftl,
				  const struct vkv_record *rec)
{
	return vkv_hash(ftl, vkv_record_class(rec), rec->keyspace, rec->key,
			rec->key_len);
}

static inline u32 vkv_nr_fragments(const struct vkv_ftl *ftl, u64 size)
{
	return (size + ftl->fragment - 1) >> ilog2(ftl->fragment);
}

/* kv_ftl.c, for the collector and the checker */
void vkv_probe_fragment(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 nr,
			struct vkv_probe *probe);
bool vkv_probe_match(void *probe, u64 loc);
u64 vkv_probe_find(const struct vkv_probe *probe, struct vkv_footprint *fp);
u64 vkv_charge(const struct vkv_ftl *ftl, u8 keyspace, u32 key_len, u64 size);
u64 vkv_value_size(const struct vkv_record *rec);
void vkv_drop_fragments(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 from,
			u32 end);
bool vkv_record_sane(const struct vkv_ftl *ftl, const struct vkv_record *rec,
		     u64 room);

#endif
