/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The directory of an extendible hash: it leads from the first bits of a key's
 * place to the page of its bucket.
 *
 * A bucket of depth d has all places that share their first d bits. The number
 * of a slot is made of these bits in reverse, so one more bit leaves the number
 * as it is or sets a higher bit in it. The first 512 slots are in kernel
 * memory. The others are in pages of the reserved memory. A page is there only
 * while some bucket in its reach is deep enough to need it. Where a page is
 * missing, the number without its highest bit leads to the same bucket.
 *
 *	slot number	 0 ... 511 | 512 ... 1023 | 1024 ... 1535 | ...
 *	page		 kernel    |      1       |      2        | ...
 *	without it	           |      0       |      0        | 3 -> 1
 *
 * Finding takes no lock. A change writes every slot that leads to the bucket:
 * the one that the bucket's depth implies, and its repetitions in deeper pages.
 *
 * A slot is a sturdy number (ftl/index/sturdy.h), so a few flipped bits in it
 * cost nothing. With more of them its bucket is lost: the slot leads to page 0,
 * which is no bucket, until a new one takes its place (vkv_dir_adopt()).
 */
#ifndef VKV_INDEX_DIR_H
#define VKV_INDEX_DIR_H

#include <asm/barrier.h>
#include <linux/bitrev.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ftl/index/index.h"
#include "ftl/index/sturdy.h"

#define VKV_DIR_MIN_LEVEL 9u
#define VKV_DIR_MAX_LEVEL 26u
#define VKV_DIR_SLOTS (1u << VKV_DIR_MIN_LEVEL)

/**
 * struct vkv_dir_page - 512 slots
 * @page: number of the page; 0 when it is not needed
 * @splits: number of splits that need the page: of buckets that the highest bit
 *	of its slots' numbers tells apart
 */
struct vkv_dir_page {
	u32 page;
	u32 splits;
};

/**
 * struct vkv_dir - a directory
 * @env: what the index lives on
 * @lock: protects what follows, for changes; taken inside the locks of buckets
 * @level: number of bits in the highest slot number
 * @mask: these bits
 * @min_depth: no bucket is less deep
 * @max_level: the most that @level can be; no bucket is deeper
 * @end: every page number is below this
 * @nr_pages: pages of reserved memory in use
 * @at_level: for each number of bits, the pages whose slots have such numbers
 * @page: the pages; number 0 stands for @first
 * @first: the first slots
 */
struct vkv_dir {
	const struct vkv_index_env *env;
	spinlock_t lock;	/* changes of all below */
	u32 level;
	u32 mask;
	u32 min_depth;
	u32 max_level;
	u32 end;
	u32 nr_pages;
	u32 at_level[VKV_DIR_MAX_LEVEL + 1];
	struct vkv_dir_page *page;
	struct vkv_sturdy first[VKV_DIR_SLOTS];
};

static_assert(VKV_DIR_SLOTS * sizeof(struct vkv_sturdy) == VKV_PAGE_SIZE);

/**
 * vkv_dir_init() - make a directory that leads nowhere
 * @dir: zeroed
 * @env: what the index lives on; must stay
 * @min_depth: no bucket is less deep; at most VKV_DIR_MIN_LEVEL
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_dir_init(struct vkv_dir *dir,
			      const struct vkv_index_env *env, u32 min_depth);

/**
 * vkv_dir_exit() - free what vkv_dir_init() made
 * @dir: may be zeroed
 */
void vkv_dir_exit(struct vkv_dir *dir);

static inline struct vkv_sturdy *vkv_dir_page_at(const struct vkv_dir *dir,
						 u32 page)
{
	return dir->env->mem + (u64)page * VKV_PAGE_SIZE;
}

/* The slots of page @nr, NULL when it is not there. */
static inline struct vkv_sturdy *vkv_dir_slots_of(const struct vkv_dir *dir,
						  u32 nr)
{
	u32 page;

	if (!nr)
		return (struct vkv_sturdy *)dir->first;
	/* Its slots are filled before; pairs with add_page(). */
	page = smp_load_acquire(&dir->page[nr].page);
	return page ? vkv_dir_page_at(dir, page) : NULL;
}

/* The slots that stand for page @nr, there or not. */
static inline struct vkv_sturdy *
vkv_dir_nearest_slots(const struct vkv_dir *dir, u32 nr)
{
	struct vkv_sturdy *slots = vkv_dir_slots_of(dir, nr);

	while (!slots) {
		nr -= 1u << ilog2(nr);
		slots = vkv_dir_slots_of(dir, nr);
	}
	return slots;
}

/* The slot of a place, which comes with its bits in reverse. */
static inline struct vkv_sturdy *vkv_dir_slot(const struct vkv_dir *dir,
					      u32 reversed)
{
	u32 number = reversed & READ_ONCE(dir->mask);

	return vkv_dir_nearest_slots(dir, number / VKV_DIR_SLOTS) +
	       number % VKV_DIR_SLOTS;
}

/**
 * vkv_dir_find_reversed() - find the page of a place
 * @dir: the directory
 * @reversed: the place, with its bits in reverse
 *
 * Context: any; takes no lock. It may see a change that is under way or not.
 * Return: the page of the bucket; 0 when it is lost.
 */
static inline u32 vkv_dir_find_reversed(const struct vkv_dir *dir, u32 reversed)
{
	return vkv_sturdy_get(vkv_dir_slot(dir, reversed), dir->end);
}

/**
 * vkv_dir_find() - find the page of a place
 * @dir: the directory
 * @x: the place
 *
 * Context: as vkv_dir_find_reversed().
 * Return: the page of the bucket; 0 when it is lost.
 */
static inline u32 vkv_dir_find(const struct vkv_dir *dir, u32 x)
{
	return vkv_dir_find_reversed(dir, bitrev32(x));
}

/**
 * vkv_dir_split() - lead to two buckets instead of one
 * @dir: the directory
 * @x: any place in the bucket
 * @depth: depth of the bucket
 * @low: page of the new bucket with the next bit clear
 * @high: page of the new bucket with the next bit set
 *
 * Context: the bucket is locked, and vkv_dir_prepare() has succeeded.
 */
void vkv_dir_split(struct vkv_dir *dir, u32 x, u32 depth, u32 low, u32 high);

/**
 * vkv_dir_prepare() - take the page that vkv_dir_split() needs
 * @dir: the directory
 * @x: any place in the bucket
 * @depth: depth of the bucket
 *
 * Context: the bucket is locked, until after the split or its cancellation.
 * Return: 0, -ENOSPC when the bucket cannot be any deeper, -EAGAIN when there
 * is no page.
 */
int __must_check vkv_dir_prepare(struct vkv_dir *dir, u32 x, u32 depth);

/**
 * vkv_dir_cancel() - give back what vkv_dir_prepare() took
 * @dir: the directory
 * @x: any place in the bucket
 * @depth: depth of the bucket
 */
void vkv_dir_cancel(struct vkv_dir *dir, u32 x, u32 depth);

/**
 * vkv_dir_may_merge() - would a merge write a bounded number of slots?
 * @dir: the directory
 * @depth: depth of the buckets
 *
 * Return: true when it would; false for a bucket of the least depth.
 */
bool vkv_dir_may_merge(const struct vkv_dir *dir, u32 depth);

/**
 * vkv_dir_merge() - lead to one bucket instead of two
 * @dir: the directory
 * @x: any place in either
 * @depth: depth of both
 * @page: page of the new bucket
 *
 * Context: the buckets are locked.
 */
void vkv_dir_merge(struct vkv_dir *dir, u32 x, u32 depth, u32 page);

/**
 * vkv_dir_replace() - lead to another page of the same bucket
 * @dir: the directory
 * @x: any place in the bucket
 * @depth: depth of the bucket
 * @page: its new page
 *
 * Context: the bucket is locked.
 */
void vkv_dir_replace(struct vkv_dir *dir, u32 x, u32 depth, u32 page);

/**
 * vkv_dir_page_move() - copy a page of the directory and use the copy
 * @dir: the directory
 * @nr: number of the page
 * @from: where it is thought to be
 * @to: where the copy goes
 *
 * Return: false when it is not there.
 */
bool vkv_dir_page_move(struct vkv_dir *dir, u32 nr, u32 from, u32 to);

/**
 * vkv_dir_adopt() - lead to a new bucket instead of one that is lost
 * @dir: the directory
 * @x: the place that led to page 0
 * @page: page of the new bucket
 *
 * Return: false when the place leads to a bucket again.
 */
bool vkv_dir_adopt(struct vkv_dir *dir, u32 x, u32 page);

/**
 * vkv_dir_depth() - how deep is a bucket?
 * @dir: the directory
 * @x: any place in the bucket
 * @page: its page
 * @guess: what is thought to be its depth; any number
 *
 * It costs little when @guess is right.
 * Context: the bucket is locked, or nothing else runs.
 * Return: number of leading bits that all places leading to @page share with
 * @x; at least @dir->min_depth, at most @dir->max_level.
 */
u32 vkv_dir_depth(const struct vkv_dir *dir, u32 x, u32 page, u32 guess);

/**
 * vkv_dir_leads() - do all slots of a bucket lead to it?
 * @dir: the directory
 * @x: any place in the bucket
 * @depth: depth of the bucket
 * @page: its page
 *
 * Context: the bucket is locked, or nothing else runs.
 * Return: true when all slots lead to @page.
 */
bool vkv_dir_leads(const struct vkv_dir *dir, u32 x, u32 depth, u32 page);

/* The cookie of page @nr of the directory; all other cookies are even. */
static inline u32 vkv_dir_cookie(u32 nr)
{
	return nr << 1 | 1;
}

#endif
