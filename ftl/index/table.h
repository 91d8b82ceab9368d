/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of an extendible hash: its buckets and their directory, and the
 * locks that protect them. The essay is in ftl/index/extendible.c.
 */
#ifndef VKV_INDEX_TABLE_H
#define VKV_INDEX_TABLE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ftl/index/bucket.h"
#include "ftl/index/dir.h"
#include "ftl/index/index.h"

/* Locks and counts; a power of two. */
#define VKV_STRIPES 64u
/* A bucket with so many entries is split: few more would find a place. */
#define VKV_SPLIT_AT 500u
/* Two buckets of so many entries are merged: too few to be split again soon. */
#define VKV_MERGE_AT 420u
/*
 * A bucket of fewer entries gets an annex when an entry finds no place: many
 * keys have nearly the same hash, and splitting would not tell them apart.
 */
#define VKV_SPLIT_MIN 384u
/*
 * A bucket with an annex is split at so many entries, if that helps. It is tried
 * once in so many entries.
 */
#define VKV_SPLIT_ANNEXES_AT 900u
#define VKV_SPLIT_ANNEXES_EVERY 128u
/* The cookies of buckets and annexes; see also vkv_dir_cookie(). */
#define VKV_COOKIE_BUCKET 0u
#define VKV_COOKIE_ANNEX 2u

/**
 * struct vkv_stripe - the lock and the count of some pages
 * @lock: protects the buckets whose pages have this stripe
 * @seq: odd while one of them changes so that readers may miss an entry
 *
 * The two are in cache lines of their own: readers look at counts that do not
 * change, while writers take locks.
 */
struct vkv_stripe {
	spinlock_t lock ____cacheline_aligned_in_smp;
	seqcount_spinlock_t seq ____cacheline_aligned_in_smp;
};

/**
 * struct vkv_index - the index "extendible"
 * @env: what it lives on
 * @fmt: format of entries
 * @nr_buckets: buckets and annexes, with those that a split or a merge has taken
 * @untidy: entries were removed since tidying last found nothing to merge
 * @merged: something was merged in this pass of tidying; the collector's
 * @tidy_at: the place where tidying goes on; the collector's
 * @dir: the directory
 * @stripe: of page numbers, which come and go
 */
struct vkv_index {
	struct vkv_index_env env;
	struct vkv_entry_format fmt;
	atomic_t nr_buckets;
	bool untidy;
	bool merged;
	u32 tidy_at;
	struct vkv_dir dir;
	struct vkv_stripe stripe[VKV_STRIPES];
};

/* Stands for every bucket that is lost; empty, and never written to. */
extern const struct vkv_bucket vkv_lost_bucket;

static inline struct vkv_bucket *vkv_table_bucket(const struct vkv_index *ix,
						  u32 page)
{
	return ix->env.mem + (u64)page * VKV_PAGE_SIZE;
}

/* The same for a page from the directory, where 0 is a bucket that is lost. */
static inline struct vkv_bucket *
vkv_table_bucket_or_lost(const struct vkv_index *ix, u32 page)
{
	return likely(page) ? vkv_table_bucket(ix, page) :
			      (struct vkv_bucket *)&vkv_lost_bucket;
}

static inline bool vkv_bucket_is_lost(const struct vkv_bucket *b)
{
	return b == &vkv_lost_bucket;
}

static inline u32 vkv_table_page(const struct vkv_index *ix,
				 const struct vkv_bucket *b)
{
	return ((void *)b - ix->env.mem) / VKV_PAGE_SIZE;
}

static inline struct vkv_stripe *vkv_table_stripe(struct vkv_index *ix,
						  u32 page)
{
	return &ix->stripe[page % VKV_STRIPES];
}

/* The bucket of a place. Without a lock, it may be an old one by now. */
static inline struct vkv_bucket *vkv_table_find(struct vkv_index *ix, u32 x)
{
	return vkv_table_bucket_or_lost(ix, vkv_dir_find(&ix->dir, x));
}

/* The first annex of a bucket, or the next one of an annex; NULL: none. */
static inline struct vkv_bucket *vkv_table_annex(const struct vkv_index *ix,
						 struct vkv_bucket *b)
{
	u32 page = vkv_sturdy_get(&b->annex, ix->dir.end);

	return page ? vkv_table_bucket(ix, page) : NULL;
}

/**
 * vkv_table_range() - the places of a bucket
 * @ix: the index
 * @b: the bucket, which may be a lost one
 * @x: any place in it
 *
 * The directory has the last word. Damaged copies in the bucket are mended.
 * Context: the bucket is locked, or nothing else runs.
 * Return: the places; @x is one of them.
 */
struct vkv_range vkv_table_range(struct vkv_index *ix, struct vkv_bucket *b,
				 u32 x);

/**
 * vkv_table_search_annexes() - find the entry in the annexes that @match accepts
 * @ix: the index
 * @b: the bucket
 * @at: place of the hash
 * @match: called for entries with this tag
 * @arg: argument of @match
 * @loc: becomes the location in the entry
 * @reads: the number of lines that were read is added
 *
 * Context: as vkv_table_search().
 * Return: the slot, or NULL.
 */
u64 *vkv_table_search_annexes(const struct vkv_index *ix, struct vkv_bucket *b,
			      const struct vkv_place *at, vkv_match_fn match,
			      void *arg, u64 *loc, u32 *reads);

/**
 * vkv_table_search() - find the entry that @match accepts
 * @ix: the index
 * @b: the bucket
 * @at: place of the hash
 * @match: called for entries with this tag
 * @arg: argument of @match
 * @loc: becomes the location in the entry
 * @reads: the number of lines that were read is added
 *
 * Context: any. Without a lock it may miss an entry that changes its slot.
 * Return: the slot, or NULL.
 */
static inline u64 *vkv_table_search(const struct vkv_index *ix,
				    struct vkv_bucket *b,
				    const struct vkv_place *at,
				    vkv_match_fn match, void *arg, u64 *loc,
				    u32 *reads)
{
	u64 *slot = vkv_bucket_find(&ix->fmt, b, at, match, arg, loc, reads);

	if (likely(slot || !vkv_bucket_spilled(b, at)))
		return slot;
	return vkv_table_search_annexes(ix, b, at, match, arg, loc, reads);
}

/**
 * vkv_table_search_loc() - find an entry by its location
 * @ix: the index
 * @b: the bucket
 * @at: place of the hash
 * @loc: the location
 *
 * Context: as vkv_table_search().
 * Return: the slot, or NULL.
 */
u64 *vkv_table_search_loc(const struct vkv_index *ix, struct vkv_bucket *b,
			  const struct vkv_place *at, u64 loc);

/**
 * vkv_table_spill() - add an entry to an annex
 * @ix: the index
 * @b: the bucket
 * @x: any place in the bucket
 * @at: place of the hash
 * @loc: location, not 0
 *
 * Context: the bucket is locked.
 * Return: 0, -EAGAIN when there is no page.
 */
int vkv_table_spill(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
		    const struct vkv_place *at, u64 loc);

/**
 * vkv_table_remove() - remove an entry
 * @ix: the index
 * @b: the bucket
 * @s: its stripe
 * @slot: the slot of the entry
 *
 * Context: the lock of @s is held.
 */
void vkv_table_remove(struct vkv_index *ix, struct vkv_bucket *b,
		      struct vkv_stripe *s, u64 *slot);

/**
 * vkv_table_adopt() - make an empty bucket where one is lost
 * @ix: the index
 * @x: a place in the lost bucket
 * @s: the stripe of page 0
 *
 * Context: the lock of @s is held.
 * Return: 0, -EAGAIN when there is no page.
 */
int vkv_table_adopt(struct vkv_index *ix, u32 x, struct vkv_stripe *s);

/**
 * vkv_table_create() - make a table of empty buckets
 * @ix: zeroed, but for @env and @fmt
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM; -EAGAIN when there are no pages now. vkv_table_destroy() in any
 * case
 */
int __must_check vkv_table_create(struct vkv_index *ix);

/**
 * vkv_table_destroy() - free what vkv_table_create() made, but for the pages
 * @ix: the index
 */
void vkv_table_destroy(struct vkv_index *ix);

/**
 * vkv_table_lock() - lock the bucket of a place
 * @ix: the index
 * @x: the place
 * @stripe: becomes the stripe whose lock was taken; the caller unlocks it
 *
 * Return: the bucket, which may be a lost one.
 */
struct vkv_bucket *vkv_table_lock(struct vkv_index *ix, u32 x,
				  struct vkv_stripe **stripe)
	__acquires(stripe);

/**
 * vkv_table_split() - make two buckets of one
 * @ix: the index
 * @b: the bucket; stays as it is, and is given back
 * @x: any place in it
 * @s: its stripe
 *
 * Context: the lock of @s is held.
 * Return: 0, -EAGAIN when there are no pages, -ENOSPC when it cannot be split.
 */
int vkv_table_split(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
		    struct vkv_stripe *s);

/**
 * vkv_table_split_helps() - would a split tell many entries apart?
 * @ix: the index
 * @b: the bucket
 * @x: any place in it
 *
 * Context: the bucket is locked.
 * Return: true when each half would get an eighth of the entries at least.
 */
bool vkv_table_split_helps(struct vkv_index *ix, struct vkv_bucket *b, u32 x);

/**
 * vkv_table_try_merge() - make one bucket of two, if both have become small
 * @ix: the index
 * @b: a bucket; the other is the one that differs in the last bit only
 * @x: any place in it
 * @s: its stripe
 *
 * Does not wait for the other bucket.
 * Context: the lock of @s is held.
 * Return: true when they were merged, and @b is not used any more.
 */
bool vkv_table_try_merge(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
			 struct vkv_stripe *s);

/**
 * vkv_table_tidy() - vkv_index_ops.tidy
 * @ix: the index
 *
 * Context: the collector's thread.
 * Return: true when there may be more to merge.
 */
bool vkv_table_tidy(struct vkv_index *ix);

/**
 * vkv_table_move() - copy a bucket to another page, and use the copy
 * @ix: the index
 * @from: the page where the bucket is thought to be
 * @to: the other page
 *
 * Return: false when it is not there.
 */
bool vkv_table_move(struct vkv_index *ix, u32 from, u32 to);

/**
 * vkv_table_move_annex() - the same for an annex
 * @ix: the index
 * @from: the page where the annex is thought to be
 * @to: the other page
 *
 * Return: false when it is not there.
 */
bool vkv_table_move_annex(struct vkv_index *ix, u32 from, u32 to);

#endif
