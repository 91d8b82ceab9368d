/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the FTL core share and nobody else sees.
 */
#ifndef VKV_KV_CORE_H
#define VKV_KV_CORE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "kv_ftl.h"
#include "ftl/hash.h"
#include "ftl/index/index.h"
#include "ftl/record.h"
#include "ftl/space/space.h"

/* What an entry of the index is charged beside its record. */
#define VKV_INDEX_CHARGE 16u
#define VKV_BLOCK_BYTES 4096u
/* Keys of block units; with more, a unit's record would pass its share. */
#define VKV_BLOCK_KEY_MAX 8u
/* Fragments removed at once; more are left to the collector. */
#define VKV_DROP_MAX 1024u
/* Records of one reserve: each store may have a fragment that is not full, and a head. */
#define VKV_NR_RECORDS (VKV_NR_PIECES + 2 * VKV_STORES_MAX)
/* Keys of a part of the index that a listing holds at a time. */
#define VKV_SCRATCH 64u
/* One for each keyspace, and one for all fragments. */
#define VKV_NR_INDEXES (VKV_NR_KEYSPACES + 1)
/*
 * Trails of users' keys that a context knows. The lowest bits of a hash, which
 * no index would miss, say which of them is the key's.
 */
#define VKV_TRAILS 16u
#define VKV_TRAIL_MASK (VKV_TRAILS - 1ull)
/* Bits of a space manager's cookie that say which index it is. */
#define VKV_INDEX_BITS 7

static_assert(VKV_NR_INDEXES <= 1u << VKV_INDEX_BITS);
/* The space manager keeps the highest bit for itself. */
static_assert(VKV_COOKIE_BITS + VKV_INDEX_BITS <= 31);

/* Keys of users and keys of fragments are two worlds. */
enum vkv_key_class {
	VKV_CLASS_USER,
	VKV_CLASS_FRAGMENT,
};

/**
 * struct vkv_probe - a key, ready to be looked for
 * @ftl: where
 * @index: the index that has it, if any has
 * @trail: its trail there; the context's
 * @data: its bytes
 * @hash: its hash
 * @mark: for vkv_key.hash, of a user's key
 * @len: its length
 * @keyspace: its keyspace
 * @class: of enum vkv_key_class
 * @fragment: backs @data for hidden keys
 * @own: backs @trail for them
 */
struct vkv_probe {
	struct vkv_ftl *ftl;
	struct vkv_index *index;
	struct vkv_trail *trail;
	const void *data;
	u64 hash;
	u64 mark;
	u8 len;
	u8 keyspace;
	u8 class;
	struct vkv_fragment_key fragment;
	struct vkv_trail own;
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
 * struct vkv_scratch - the next keys of a listing, in order
 * @last: last position of the part of the index they are from
 * @nr: entries
 * @next: the first that was not looked at
 * @keyspace: whose keys
 * @valid: there is something in it; until the next quiescent point
 * @more: the part has more behind the last entry
 * @entry: the entries
 */
struct vkv_scratch {
	u64 last;
	u32 nr;
	u32 next;
	u8 keyspace;
	bool valid;
	bool more;
	struct vkv_scratch_entry entry[VKV_SCRATCH];
};

/* What a context has added to a keyspace; modulo 2^64. */
struct vkv_share {
	u64 bytes;
	u64 keys;
};

struct vkv_ftl_ctx {
	struct vkv_ftl *ftl;
	unsigned int slot;
	bool entered;		/* since it was idle */
	u32 next_trail;
	struct vkv_trail trail[VKV_TRAILS];	/* their owners are keyspaces */
	u64 *aside;		/* charged beforehand, for stores; or NULL */
	u64 next_seq;		/* sequence numbers that it has taken */
	u64 end_seq;
	u64 host_written;	/* this one and @share: read by anybody */
	struct vkv_share share[VKV_NR_KEYSPACES];
	u32 bytes[VKV_NR_RECORDS];	/* of a reserve */
	u64 loc[VKV_NR_RECORDS];
	struct vkv_scratch scratch;
} ____cacheline_aligned_in_smp;

/* The collector's place and counters; whoever holds the busy bit. */
struct vkv_gc {
	atomic_t busy;
	u32 victim;
	u64 at;
	u64 end;
	bool thorough;		/* the states of the victim are not to be trusted */
	u64 written;
	u64 collected;
};

/* What some keyspaces may be charged together, and are. */
struct vkv_quota {
	u64 limit;
	atomic64_t used;
};

/* An index, and what its callbacks need to know. */
struct vkv_numbered_index {
	struct vkv_index *index;
	struct vkv_hash_key key;	/* of the hashes in it */
	struct vkv_ftl *ftl;
	u32 number;		/* the keyspace; fragments: nr_keyspaces */
};

struct vkv_ftl {
	void *mem;
	u64 size;
	u32 fragment;		/* bytes of value in one record, at most */
	u32 segment_shift;
	u32 op_permille;
	u64 capacity;
	const struct vkv_index_ops *index_ops;
	const struct vkv_space_ops *space_ops;
	struct vkv_space *space;
	unsigned int nr_keyspaces;
	unsigned int nr_ctx;
	struct vkv_ftl_ctx *ctx;
	struct vkv_numbered_index index[VKV_NR_INDEXES];
	bool block[VKV_NR_KEYSPACES];	/* the keyspace has block units */
	struct vkv_quota *quota_of[VKV_NR_KEYSPACES];	/* NULL: none */
	bool hungry;		/* collect everything (ftl/store.c, ftl/gc.c) */

	/* What stores change, unless they replace a value by one of its size. */
	atomic64_t used ____cacheline_aligned_in_smp;
	atomic64_t seq;
	struct vkv_quota quota[VKV_NR_KEYSPACES];

	struct vkv_gc gc ____cacheline_aligned_in_smp;
	spinlock_t orphan_lock;	/* protects the three below */
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

static inline u32 vkv_nr_indexes(const struct vkv_ftl *ftl)
{
	return ftl->nr_keyspaces + 1;
}

/* Where the keys of a class and a keyspace are. */
static inline const struct vkv_numbered_index *
vkv_numbered_of(const struct vkv_ftl *ftl, u8 class, u8 keyspace)
{
	return &ftl->index[class == VKV_CLASS_FRAGMENT ? ftl->nr_keyspaces :
							 keyspace];
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

static inline void vkv_ctx_enter(struct vkv_ftl_ctx *ctx)
{
	if (ctx->entered)
		return;
	ctx->entered = true;
	ctx->ftl->space_ops->enter(ctx->ftl->space, ctx->slot);
}

/* What vkv_key.hash is to be: the hash, and the next trail. */
static inline u64 vkv_ctx_mark(struct vkv_ftl_ctx *ctx,
			       const struct vkv_key *key)
{
	if (key->hash)
		return key->hash;
	return vkv_hash_in(&ctx->ftl->index[key->keyspace], key->data,
			   key->len) |
	       (ctx->next_trail++ & VKV_TRAIL_MASK);
}

/* The trail of a user's key, at its beginning if it is another's by now. */
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

static inline bool vkv_key_valid(const struct vkv_ftl *ftl,
				 const struct vkv_key *key)
{
	return key->len && key->keyspace < ftl->nr_keyspaces;
}

/* ftl/probe.c */

/**
 * vkv_record_sane() - is this a record, as far as can be told?
 * @ftl: the core
 * @rec: what may be one
 * @room: bytes up to where it has to end
 */
bool vkv_record_sane(const struct vkv_ftl *ftl, const struct vkv_record *rec,
		     u64 room);

/**
 * vkv_location_sane() - is there a record that lies in one segment?
 * @ftl: the core
 * @loc: not 0
 *
 * Enough to read its key, whatever it says.
 */
bool vkv_location_sane(const struct vkv_ftl *ftl, u64 loc);

/**
 * vkv_location_sound() - can the record there be believed?
 * @ftl: the core
 * @loc: not 0; of a record that is or was in the index
 * @hash: of its key
 */
bool vkv_location_sound(const struct vkv_ftl *ftl, u64 loc, u64 hash);

/**
 * vkv_probe_key() - prepare to look for a user's key
 * @ctx: this thread's
 * @key: valid; its bytes are referred to
 * @probe: filled
 */
static inline void vkv_probe_key(struct vkv_ftl_ctx *ctx,
				 const struct vkv_key *key,
				 struct vkv_probe *probe)
{
	struct vkv_ftl *ftl = ctx->ftl;

	probe->ftl = ftl;
	probe->index = ftl->index[key->keyspace].index;
	probe->data = key->data;
	probe->mark = vkv_ctx_mark(ctx, key);
	probe->trail = vkv_ctx_trail(ctx, key->keyspace, probe->mark);
	probe->hash = probe->trail->hash;
	probe->len = key->len;
	probe->keyspace = key->keyspace;
	probe->class = VKV_CLASS_USER;
}

/**
 * vkv_probe_fragment() - prepare to look for a fragment
 * @ftl: the core
 * @keyspace: of the value
 * @object: of the value
 * @nr: which fragment
 * @probe: filled
 */
void vkv_probe_fragment(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 nr,
			struct vkv_probe *probe);

/**
 * vkv_probe_prefetch() - this key will be looked for soon
 * @probe: the key
 */
void vkv_probe_prefetch(const struct vkv_probe *probe);

/**
 * vkv_probe_match() - does the record at a location have the key?
 * @arg: the probe
 * @loc: the location
 */
bool vkv_probe_match(void *arg, u64 loc);

/**
 * vkv_probe_note() - note the page of the index that the key is in
 * @probe: the key
 * @kind: of enum vkv_touch_kind
 * @fp: has room for places
 */
void vkv_probe_note(const struct vkv_probe *probe, u8 kind,
		    struct vkv_footprint *fp);

/**
 * vkv_probe_find() - look for the key
 * @probe: the key
 * @fp: added to
 *
 * Return: location of its record, 0 when there is none.
 */
static inline u64 vkv_probe_find(const struct vkv_probe *probe,
				 struct vkv_footprint *fp)
{
	fp->lookups += probe->class == VKV_CLASS_USER;
	if (fp->touch)
		vkv_probe_note(probe, VKV_TOUCH_LOOK, fp);
	return probe->ftl->index_ops->lookup(probe->index, probe->trail,
					     vkv_probe_match, (void *)probe,
					     &fp->index_reads);
}

/**
 * vkv_probe_changed() - note that the index was changed there
 * @probe: the key
 * @fp: added to
 *
 * Context: after the change. The page is the one in which the key is then.
 */
static inline void vkv_probe_changed(const struct vkv_probe *probe,
				     struct vkv_footprint *fp)
{
	if (fp->touch)
		vkv_probe_note(probe, VKV_TOUCH_CHANGE, fp);
}

/**
 * vkv_probe_change() - put another record, or none, in the place of one
 * @probe: the key
 * @expect: location of the record there is, 0 for none; or VKV_LOC_ANY
 * @loc: location of the record to be, UNBORN; 0 for none
 * @found: becomes the location of the record there was
 *
 * Live bytes and states of both records follow.
 * Return: as vkv_index_ops.change().
 */
int vkv_probe_change(const struct vkv_probe *probe, u64 expect, u64 loc,
		     u64 *found);

/**
 * vkv_probe_replace() - the same, of a record that has been looked at
 * @probe: the key
 * @expect: location of the record there is, 0 for none
 * @bytes: that this record takes, if it was sound; 0 when it is not known
 * @loc: location of the record to be, UNBORN
 * @found: becomes the location of the record there was
 */
int vkv_probe_replace(const struct vkv_probe *probe, u64 expect, u32 bytes,
		      u64 loc, u64 *found);

/* ftl/object.c */

/**
 * vkv_object_drop() - remove fragments
 * @ftl: the core
 * @keyspace: of the value
 * @object: of the value
 * @from: the first
 * @end: behind the last; at most VKV_DROP_MAX or a command's number more
 * @fp: added to
 */
void vkv_object_drop(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 from,
		     u32 end, struct vkv_footprint *fp);

/**
 * vkv_object_leave() - a value is gone: its fragments go too
 * @ftl: the core
 * @loc: its record, out of the index by now
 * @hash: of its key
 * @fp: added to
 *
 * Of a very large value, the collector removes them later.
 */
void vkv_object_leave(struct vkv_ftl *ftl, u64 loc, u64 hash,
		      struct vkv_footprint *fp);

/**
 * vkv_object_collect() - remove some of the fragments left to the collector
 * @ftl: the core
 * @fp: added to
 *
 * Return: false when there were none.
 */
bool vkv_object_collect(struct vkv_ftl *ftl, struct vkv_footprint *fp);

/* ftl/usage.c */

/**
 * vkv_charge() - what a key is charged
 * @ftl: the core
 * @keyspace: of the key
 * @key_len: of the key
 * @size: of its value
 */
u64 vkv_charge(const struct vkv_ftl *ftl, u8 keyspace, u32 key_len, u64 size);

/**
 * vkv_charge_at() - what the key of a record is charged
 * @ftl: the core
 * @loc: of the record under the user's key; 0 for none
 * @hash: of its key
 *
 * Return: bytes, 0 as well when the record is damaged.
 */
u64 vkv_charge_at(const struct vkv_ftl *ftl, u64 loc, u64 hash);

/**
 * vkv_charge_more() - use some of the capacity, and of a quota
 * @ftl: the core
 * @keyspace: for a key in it
 * @bytes: how much
 *
 * Return: -ENOSPC when there is less of either.
 */
int __must_check vkv_charge_more(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_charge_less() - give some of the capacity back
 * @ftl: the core
 * @keyspace: of the key
 * @bytes: how much
 */
void vkv_charge_less(struct vkv_ftl *ftl, u8 keyspace, u64 bytes);

/**
 * vkv_account() - a key is charged something else than before
 * @ctx: this thread's
 * @keyspace: of the key
 * @before: bytes; 0 when it was not there
 * @after: bytes; 0 when it is not there
 */
void vkv_account(struct vkv_ftl_ctx *ctx, u8 keyspace, u64 before, u64 after);

/**
 * vkv_set_capacity() - follow the over-provisioning
 * @ftl: the core
 */
void vkv_set_capacity(struct vkv_ftl *ftl);

#endif
