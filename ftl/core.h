/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FTL core as its files see it. The structures that only one file uses
 * stand in the header of that file.
 */
#ifndef VKV_FTL_CORE_H
#define VKV_FTL_CORE_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/types.h>

#include "kv_ftl.h"
#include "ftl/gc.h"
#include "ftl/hash.h"
#include "ftl/index/index.h"
#include "ftl/object.h"
#include "ftl/record.h"
#include "ftl/space/space.h"
#include "ftl/usage.h"

/*
 * One index for the fragments of all keyspaces, and behind it one for each
 * keyspace. They are numbered in this order.
 */
#define VKV_NR_INDEXES (VKV_NR_KEYSPACES + 1)
#define VKV_NUMBER_FRAGMENTS 0u
/*
 * Trails of users' keys that a context remembers. The lowest bits of a hash,
 * which no index would miss, say which of them belongs to a key.
 */
#define VKV_TRAILS 16u
#define VKV_TRAIL_MASK (VKV_TRAILS - 1ull)
/* The lowest bits of a page's cookie, which say whose index the page is in. */
#define VKV_INDEX_BITS 7

static_assert(VKV_NR_INDEXES <= 1u << VKV_INDEX_BITS);
/* The space manager keeps the highest bit for itself. */
static_assert(VKV_COOKIE_BITS + VKV_INDEX_BITS <= 31);

/**
 * struct vkv_numbered_index - an index, and what its callbacks need to know
 * @index: the index
 * @key: secret of the hashes in it
 * @ftl: the core
 * @number: its number, below VKV_NR_INDEXES
 */
struct vkv_numbered_index {
	struct vkv_index *index;
	struct vkv_hash_key key;
	struct vkv_ftl *ftl;
	u32 number;
};

/**
 * struct vkv_ftl - the core; up to @hungry, only vkv_ftl_open_keyspace() and the
 *	setters of kv_ftl.h change it after its creation
 * @mem: the reserved memory
 * @size: its length in bytes
 * @fragment: bytes of value in one record, at most; a power of two
 * @segment_shift: log2 of the bytes of a segment
 * @op_permille: over-provisioning, in thousandths
 * @loc_end: behind the last location that lies in the memory
 * @value_crc: computes the sums of values; NULL when they have none
 * @capacity: bytes that can be charged
 * @index_ops: the index
 * @space_ops: the space manager
 * @space: its state
 * @seed: what the secrets of hashes are made from
 * @nr_keyspaces: keyspaces that were opened
 * @nr_ctx: contexts
 * @ctx: the contexts
 * @index: by their numbers
 * @block: whether a keyspace holds block units
 * @quota_of: the quota of a keyspace, NULL for none
 * @hungry: everything is to be collected: see ftl/store.c
 * @hungry_since: 0, or 1 and the vain steps of the collector when the index got
 *	no page for the first time in a row
 * @damaged: damage was found since everything was last removed
 * @used: bytes that are charged
 * @seq: the last sequence number that was given away
 * @quota: the quotas
 * @gc: the collector's
 * @orphans: values that the collector removes
 *
 * Stores change @used, @seq and @quota, unless they replace a value by one of
 * the same size. So these have a cache line of their own.
 */
struct vkv_ftl {
	void *mem;
	u64 size;
	u32 fragment;
	u32 segment_shift;
	u32 op_permille;
	u64 loc_end;
	u32 (*value_crc)(u32 crc, const void *bytes, size_t len);
	u64 capacity;
	const struct vkv_index_ops *index_ops;
	const struct vkv_space_ops *space_ops;
	struct vkv_space *space;
	u64 seed[2];
	unsigned int nr_keyspaces;
	unsigned int nr_ctx;
	struct vkv_ftl_ctx *ctx;
	struct vkv_numbered_index index[VKV_NR_INDEXES];
	bool block[VKV_NR_KEYSPACES];
	struct vkv_quota *quota_of[VKV_NR_KEYSPACES];
	bool hungry;
	u64 hungry_since;
	bool damaged;

	atomic64_t used ____cacheline_aligned_in_smp;
	atomic64_t seq;
	struct vkv_quota quota[VKV_NR_KEYSPACES];

	struct vkv_gc gc ____cacheline_aligned_in_smp;
	struct vkv_orphans orphans;
};

static inline struct vkv_record *vkv_record_at(const struct vkv_ftl *ftl,
					       u64 loc)
{
	return ftl->mem + (loc << VKV_LOC_SHIFT);
}

/* Damaged memory can name any location. */
static inline bool vkv_location_exists(const struct vkv_ftl *ftl, u64 loc)
{
	return loc && loc < ftl->loc_end;
}

static inline void vkv_note_damage(struct vkv_ftl *ftl)
{
	if (!READ_ONCE(ftl->damaged))
		WRITE_ONCE(ftl->damaged, true);
}

static inline u32 vkv_nr_keyspaces(const struct vkv_ftl *ftl)
{
	/* Pairs with vkv_ftl_open_keyspace(): their indexes are there. */
	return smp_load_acquire(&ftl->nr_keyspaces);
}

static inline u32 vkv_nr_indexes(const struct vkv_ftl *ftl)
{
	return vkv_nr_keyspaces(ftl) + 1;
}

/* The index that has the users' keys of a keyspace. */
static inline const struct vkv_numbered_index *
vkv_keyspace_index(const struct vkv_ftl *ftl, u8 keyspace)
{
	return &ftl->index[keyspace + 1];
}

/* The index that has the keys of a class in a keyspace. */
static inline const struct vkv_numbered_index *
vkv_numbered_of(const struct vkv_ftl *ftl, u8 class, u8 keyspace)
{
	return class == VKV_CLASS_FRAGMENT ? &ftl->index[VKV_NUMBER_FRAGMENTS] :
					     vkv_keyspace_index(ftl, keyspace);
}

static inline struct vkv_index *vkv_index_of(const struct vkv_ftl *ftl,
					     u8 class, u8 keyspace)
{
	return vkv_numbered_of(ftl, class, keyspace)->index;
}

/* The hash of a key in its index. */
static inline u64 vkv_hash_in(const struct vkv_numbered_index *ni,
			      const void *key, u8 len)
{
	return vkv_hash(&ni->key, key, len) & ~VKV_TRAIL_MASK;
}

static inline u64 vkv_record_hash(const struct vkv_ftl *ftl,
				  const struct vkv_record *rec)
{
	return vkv_hash_in(vkv_numbered_of(ftl, vkv_record_class(rec),
					   rec->keyspace),
			   rec->key, rec->key_len);
}

static inline u32 vkv_nr_fragments(const struct vkv_ftl *ftl, u64 size)
{
	return (size + ftl->fragment - 1) >> ilog2(ftl->fragment);
}

static inline bool vkv_key_valid(const struct vkv_ftl *ftl,
				 const struct vkv_key *key)
{
	return key->len && key->keyspace < READ_ONCE(ftl->nr_keyspaces);
}

#endif
