// SPDX-License-Identifier: GPL-2.0
/*
 * The index pages in the device's DRAM, of the model "nand".
 *
 * A frame is a page of the media, with the index pages that lie in it. A page
 * can be in one of the ways of its set; the one used longest ago makes room, and
 * is written back if it was changed. A page that never was on the media need not
 * be read from there. The directory of an index is small, and always in DRAM.
 */
#include "timing/nand.h"

#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>

/* Sets of VKV_NAND_WAYS pages or some more, so that all of the DRAM is used. */
static struct vkv_nand_way *set_of(const struct vkv_nand_cache *c, u32 page)
{
	u64 hash = (u32)(page * 0x9e3779b1u);

	return &c->way[(hash * c->nr_sets >> 32) * c->nr_ways];
}

/* The way that has the page, or the one to be used for it. */
static struct vkv_nand_way *find(const struct vkv_nand_cache *c, u32 page)
{
	struct vkv_nand_way *way = set_of(c, page);
	struct vkv_nand_way *oldest = way;
	u32 i;

	for (i = 0; i < c->nr_ways; i++, way++) {
		if (way->used && way->page == page)
			return way;
		if (way->used < oldest->used)
			oldest = way;
	}
	return oldest;
}

/* What was there goes; returns the page to be written back. */
static u32 evict(struct vkv_nand_cache *c, struct vkv_nand_way *way)
{
	if (!way->used || !way->dirty)
		return VKV_NAND_NONE;
	way->dirty = false;
	__set_bit(way->page, c->on_media);
	return way->page;
}

bool vkv_nand_cache_use(struct vkv_nand *n, u32 page, bool change, u32 *evicted)
{
	struct vkv_nand_cache *c = &n->cache;
	struct vkv_nand_way *way;
	bool hit;

	lockdep_assert_held(&n->lock);
	*evicted = VKV_NAND_NONE;
	if (!c->nr_sets) {
		n->usage.index_hits++;
		return true;
	}
	way = find(c, page);
	hit = way->used && way->page == page;
	if (!hit) {
		*evicted = evict(c, way);
		way->page = page;
		way->dirty = false;
		hit = !test_bit(page, c->on_media);
	}
	way->used = ++c->clock;
	way->dirty |= change;
	n->usage.index_hits += hit;
	n->usage.index_misses += !hit;
	return hit;
}

int vkv_nand_cache_create(struct vkv_nand *n)
{
	u64 pages = (n->layout.size / n->layout.segment + 1) * n->segment_pages;
	u64 bytes = n->value[NAND_DRAM];
	struct vkv_nand_cache *c = &n->cache;
	u64 frames;

	if (!bytes && n->value[NAND_DRAM_SHARE])
		bytes = n->layout.size / n->value[NAND_DRAM_SHARE] + 1;
	if (!bytes)
		return 0;
	frames = clamp(bytes / n->value[NAND_PAGE], 1ull, pages);
	c->nr_sets = max_t(u64, frames / VKV_NAND_WAYS, 1);
	c->nr_ways = (u32)frames / c->nr_sets;
	c->way = kvcalloc(c->nr_sets, c->nr_ways * sizeof(*c->way), GFP_KERNEL);
	c->on_media = kvcalloc(BITS_TO_LONGS(pages), sizeof(long), GFP_KERNEL);
	return c->way && c->on_media ? 0 : -ENOMEM;
}

void vkv_nand_cache_destroy(struct vkv_nand *n)
{
	kvfree(n->cache.on_media);
	kvfree(n->cache.way);
}
