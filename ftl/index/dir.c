// SPDX-License-Identifier: GPL-2.0
#include "ftl/index/dir.h"

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "vkv_assert.h"

/* A merge may have to write so many slots, as a power of two. */
#define SPREAD 6u
/*
 * Slot numbers may have so many bits more than they would need if all buckets
 * had the same depth.
 */
#define SKEW 3u

static u32 low_bits(u32 x, u32 bits)
{
	return x & (u32)((1ull << bits) - 1);
}

/* Sets every slot that leads to the bucket of @x. */
static void set_slots(struct vkv_dir *dir, u32 x, u32 depth, u32 page)
{
	u64 number = low_bits(bitrev32(x), depth);

	lockdep_assert_held(&dir->lock);
	for (; number < 1ull << dir->level; number += 1ull << depth) {
		struct vkv_sturdy *slots =
			vkv_dir_slots_of(dir, number / VKV_DIR_SLOTS);

		if (slots)
			vkv_sturdy_set(&slots[number % VKV_DIR_SLOTS], page);
	}
}

/* The page whose slots tell the halves of a bucket apart; 0 is always there. */
static u32 page_to_split(u32 x, u32 depth)
{
	u32 number = low_bits(bitrev32(x), depth) | 1u << depth;

	return number / VKV_DIR_SLOTS;
}

static void set_level(struct vkv_dir *dir, u32 level)
{
	WRITE_ONCE(dir->level, level);
	WRITE_ONCE(dir->mask, low_bits(~0u, level));
}

static int add_page(struct vkv_dir *dir, u32 nr)
{
	u32 level = VKV_DIR_MIN_LEVEL + 1 + ilog2(nr);
	u32 page;

	lockdep_assert_held(&dir->lock);
	page = dir->env->page_alloc(dir->env->arg, vkv_dir_cookie(nr));
	if (!page)
		return -EAGAIN;
	memcpy(vkv_dir_page_at(dir, page), vkv_dir_nearest_slots(dir, nr),
	       VKV_PAGE_SIZE);
	dir->page[nr].splits = 0;
	/* The slots are filled; pairs with vkv_dir_slots_of(). */
	smp_store_release(&dir->page[nr].page, page);
	dir->nr_pages++;
	dir->at_level[level]++;
	if (level > dir->level)
		set_level(dir, level);
	return 0;
}

static void drop_page(struct vkv_dir *dir, u32 nr)
{
	u32 page = dir->page[nr].page;

	lockdep_assert_held(&dir->lock);
	WRITE_ONCE(dir->page[nr].page, 0);
	dir->env->page_free(dir->env->arg, page);
	dir->nr_pages--;
	dir->at_level[VKV_DIR_MIN_LEVEL + 1 + ilog2(nr)]--;
	while (dir->level > VKV_DIR_MIN_LEVEL && !dir->at_level[dir->level])
		set_level(dir, dir->level - 1);
}

int vkv_dir_prepare(struct vkv_dir *dir, u32 x, u32 depth)
{
	u32 nr = page_to_split(x, depth);
	int err = 0;

	if (depth >= dir->max_level)
		return -ENOSPC;
	spin_lock(&dir->lock);
	if (!vkv_dir_slots_of(dir, nr))
		err = add_page(dir, nr);
	/* Counted here, so that the page stays until the split. */
	if (!err && nr)
		dir->page[nr].splits++;
	spin_unlock(&dir->lock);
	return err;
}

/* A lost bucket may have left a page with fewer splits than are undone. */
static void drop_split(struct vkv_dir *dir, u32 nr)
{
	lockdep_assert_held(&dir->lock);
	if (nr && dir->page[nr].splits && !--dir->page[nr].splits)
		drop_page(dir, nr);
}

void vkv_dir_cancel(struct vkv_dir *dir, u32 x, u32 depth)
{
	spin_lock(&dir->lock);
	drop_split(dir, page_to_split(x, depth));
	spin_unlock(&dir->lock);
}

void vkv_dir_split(struct vkv_dir *dir, u32 x, u32 depth, u32 low, u32 high)
{
	u32 bit = 1u << (31 - depth);

	VKV_ASSERT(depth < dir->max_level);
	spin_lock(&dir->lock);
	set_slots(dir, x & ~bit, depth + 1, low);
	set_slots(dir, x | bit, depth + 1, high);
	spin_unlock(&dir->lock);
}

bool vkv_dir_may_merge(const struct vkv_dir *dir, u32 depth)
{
	u32 level = READ_ONCE(dir->level);

	return depth > dir->min_depth &&
	       (level == VKV_DIR_MIN_LEVEL || depth - 1 + SPREAD >= level);
}

void vkv_dir_merge(struct vkv_dir *dir, u32 x, u32 depth, u32 page)
{
	spin_lock(&dir->lock);
	set_slots(dir, x, depth - 1, page);
	drop_split(dir, page_to_split(x, depth - 1));
	spin_unlock(&dir->lock);
}

void vkv_dir_replace(struct vkv_dir *dir, u32 x, u32 depth, u32 page)
{
	spin_lock(&dir->lock);
	set_slots(dir, x, depth, page);
	spin_unlock(&dir->lock);
}

bool vkv_dir_page_move(struct vkv_dir *dir, u32 nr, u32 from, u32 to)
{
	bool moved = false;

	if (!nr || nr >= 1u << (dir->max_level - VKV_DIR_MIN_LEVEL))
		return false;
	spin_lock(&dir->lock);
	if (dir->page[nr].page == from) {
		memcpy(vkv_dir_page_at(dir, to), vkv_dir_page_at(dir, from),
		       VKV_PAGE_SIZE);
		/* The slots are filled; pairs with vkv_dir_slots_of(). */
		smp_store_release(&dir->page[nr].page, to);
		moved = true;
	}
	spin_unlock(&dir->lock);
	return moved;
}

bool vkv_dir_leads(const struct vkv_dir *dir, u32 x, u32 depth, u32 page)
{
	u64 number = low_bits(bitrev32(x), depth);

	for (; number < 1ull << READ_ONCE(dir->level); number += 1ull << depth) {
		struct vkv_sturdy *slots =
			vkv_dir_slots_of(dir, number / VKV_DIR_SLOTS);

		if (slots && vkv_sturdy_get(&slots[number % VKV_DIR_SLOTS],
					    dir->end) != page)
			return false;
	}
	return vkv_dir_find(dir, x) == page;
}

/* A place that differs from @x in the last of so many bits. */
static u32 beside(u32 x, u32 bits)
{
	return x ^ 1u << (32 - bits);
}

/* One place in each half and one outside tell whether the depth is right. */
static bool is_depth(const struct vkv_dir *dir, u32 x, u32 page, u32 depth)
{
	if (depth < dir->min_depth || depth > dir->max_level ||
	    vkv_dir_find(dir, beside(x, depth + 1)) != page)
		return false;
	return depth == dir->min_depth ||
	       vkv_dir_find(dir, beside(x, depth)) != page;
}

u32 vkv_dir_depth(const struct vkv_dir *dir, u32 x, u32 page, u32 guess)
{
	u32 depth = READ_ONCE(dir->level);

	if (likely(is_depth(dir, x, page, guess)))
		return guess;
	while (depth > dir->min_depth &&
	       vkv_dir_leads(dir, beside(x, depth), depth, page))
		depth--;
	return depth;
}

bool vkv_dir_adopt(struct vkv_dir *dir, u32 x, u32 page)
{
	struct vkv_sturdy *slot;
	bool lost;

	spin_lock(&dir->lock);
	slot = vkv_dir_slot(dir, bitrev32(x));
	lost = !vkv_sturdy_get(slot, dir->end);
	if (lost)
		vkv_sturdy_set(slot, page);
	spin_unlock(&dir->lock);
	return lost;
}

int vkv_dir_init(struct vkv_dir *dir, const struct vkv_index_env *env,
		 u32 min_depth)
{
	u32 bits = ilog2(env->size / VKV_PAGE_SIZE) + SKEW;

	dir->env = env;
	dir->end = env->size / VKV_PAGE_SIZE;
	dir->min_depth = min_depth;
	set_level(dir, VKV_DIR_MIN_LEVEL);
	dir->max_level = clamp(bits, VKV_DIR_MIN_LEVEL, VKV_DIR_MAX_LEVEL);
	spin_lock_init(&dir->lock);
	dir->page = kvcalloc(1u << (dir->max_level - VKV_DIR_MIN_LEVEL),
			     sizeof(*dir->page), GFP_KERNEL);
	return dir->page ? 0 : -ENOMEM;
}

void vkv_dir_exit(struct vkv_dir *dir)
{
	kvfree(dir->page);
}
