// SPDX-License-Identifier: GPL-2.0
/*
 * The index pages in the DRAM of the model "nand".
 *
 * A page of the media, with the index pages that lie in it, is cached as a
 * whole. It can be in one of the frames of its set. The frame that was used
 * longest ago makes room; its page is written back if it was changed. A page
 * that never was on the media need not be read from there. The directory of an
 * index is small, and always in DRAM.
 */
#include "timing/nand_cache.h"

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "timing/nand.h"
#include "vkv_assert.h"

/* Frames of a set, at least. */
#define WAYS 8u

/* Pages of the media, of which the last segment may have only a part. */
static u64 cache_media_pages(const struct vkv_nand *n)
{
	return (n->layout.size / n->layout.segment + 1) * n->segment_pages;
}

/* A set has some more frames than WAYS, if all of the DRAM is used that way. */
static struct vkv_nand_frame *cache_set(const struct vkv_nand_cache *c,
					u32 page)
{
	u64 hash = (u32)(page * 0x9e3779b1u);

	return &c->frame[(hash * c->nr_sets >> 32) * c->nr_ways];
}

/* The frame that has the page, or the one to be used for it. */
static struct vkv_nand_frame *cache_find(const struct vkv_nand_cache *c,
					 u32 page)
{
	struct vkv_nand_frame *frame = cache_set(c, page);
	struct vkv_nand_frame *oldest = frame;
	u32 i;

	for (i = 0; i < c->nr_ways; i++, frame++) {
		if (frame->used && frame->page == page)
			return frame;
		if (frame->used < oldest->used)
			oldest = frame;
	}
	return oldest;
}

/* Empties a frame; returns the page to be written back. */
static u32 cache_evict(struct vkv_nand_cache *c, struct vkv_nand_frame *frame)
{
	if (!frame->used || !frame->dirty)
		return VKV_NAND_NONE;
	frame->dirty = false;
	__set_bit(frame->page, c->on_media);
	return frame->page;
}

bool vkv_nand_cache_use(struct vkv_nand *n, u32 page, bool change, u32 *evicted)
{
	struct vkv_nand_cache *c = &n->cache;
	struct vkv_nand_frame *frame;
	bool hit;

	lockdep_assert_held(&n->lock);
	VKV_ASSERT(page < cache_media_pages(n));
	*evicted = VKV_NAND_NONE;
	if (!c->nr_sets) {
		n->usage.index_hits++;
		return true;
	}
	frame = cache_find(c, page);
	hit = frame->used && frame->page == page;
	if (!hit) {
		*evicted = cache_evict(c, frame);
		frame->page = page;
		frame->dirty = false;
		hit = !test_bit(page, c->on_media);
	}
	frame->used = ++c->clock;
	frame->dirty |= change;
	n->usage.index_hits += hit;
	n->usage.index_misses += !hit;
	return hit;
}

int vkv_nand_cache_create(struct vkv_nand *n)
{
	u64 pages = cache_media_pages(n);
	u64 bytes = n->value[NAND_DRAM];
	struct vkv_nand_cache *c = &n->cache;
	u64 frames;

	if (!bytes && n->value[NAND_DRAM_SHARE])
		bytes = n->layout.size / n->value[NAND_DRAM_SHARE] + 1;
	if (!bytes)
		return 0;
	frames = clamp(bytes / n->value[NAND_PAGE], 1ull, pages);
	c->nr_sets = max_t(u64, frames / WAYS, 1);
	c->nr_ways = (u32)frames / c->nr_sets;
	c->frame = kvcalloc(c->nr_sets, c->nr_ways * sizeof(*c->frame),
			    GFP_KERNEL);
	c->on_media = kvcalloc(BITS_TO_LONGS(pages), sizeof(long), GFP_KERNEL);
	return c->frame && c->on_media ? 0 : -ENOMEM;
}

void vkv_nand_cache_destroy(struct vkv_nand *n)
{
	kvfree(n->cache.on_media);
	kvfree(n->cache.frame);
}
