/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log of segments as its files see it; the essay is in ftl/space/log.c.
 */
#ifndef VKV_SPACE_LOG_H
#define VKV_SPACE_LOG_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ftl/layout.h"
#include "ftl/space/level.h"
#include "ftl/space/pages.h"
#include "ftl/space/segment.h"
#include "ftl/space/slot.h"
#include "ftl/space/space.h"

/**
 * struct vkv_space - the log
 * @cfg: what it was made from; constant, as are the fields up to @slot
 * @segment_size: bytes of a segment
 * @nr_segments: segments in all
 * @reserve_segments: segments that one reserve may ask for, at most
 * @seg: the segments
 * @slot: the threads
 * @moved_to: generation of the records that the collector copies
 * @lock: protects states, lists, and the fields up to @tickets
 * @epoch: see ftl/space/epoch.h
 * @opened: segments that were opened since the start
 * @free: free segments
 * @parked: for each generation, the segments that are partly filled and
 *	nobody's
 * @full: full segments
 * @pending: pending segments; their stamps grow
 * @retired: retired segments
 * @nr_free: segments on @free; read without the lock, too
 * @nr_victims: segments in state VICTIM
 * @vain: steps of the collector that found nothing although segments were
 *	wanted; read without the lock, too
 * @fertile: of these, the ones before the last step that found something
 * @tickets: tickets that were drawn since the start
 * @page_lock: protects segments in state META, and the fields below
 * @meta: these segments, but for the one that is drained
 * @young: pages that were given back last
 * @old: pages that were given back before
 * @old_stamp: epoch at which @old can be used again
 * @draining: number of the segment that is drained, or VKV_NO_SEGMENT
 * @doubted: the page that the index has disowned last
 * @doubts: how often, in a row
 * @nr_meta: segments in state META
 * @used_pages: their pages that are not free
 * @nr_pages: pages in use, without those in limbo; read without the lock, too
 */
struct vkv_space {
	struct vkv_space_config cfg;
	u32 segment_size;
	u32 nr_segments;
	u32 reserve_segments;
	struct vkv_segment *seg;
	struct vkv_slot *slot;
	u32 moved_to;

	spinlock_t lock;	/* states, lists, and up to tickets */
	u64 epoch;
	u64 opened;
	struct list_head free;
	struct list_head parked[VKV_NR_GENERATIONS];
	struct vkv_levels full;
	struct list_head pending;
	struct list_head retired;
	u32 nr_free;
	u32 nr_victims;
	u64 vain;
	u64 fertile;
	u64 tickets;

	spinlock_t page_lock;	/* META segments, and all below */
	struct vkv_levels meta;
	struct vkv_limbo young;
	struct vkv_limbo old;
	u64 old_stamp;
	u32 draining;
	u32 doubted;
	u32 doubts;
	u32 nr_meta;
	u64 used_pages;
	u64 nr_pages;
};

static inline u32 vkv_segment_number(const struct vkv_space *sp,
				     const struct vkv_segment *seg)
{
	return seg - sp->seg;
}

static inline void *vkv_segment_mem(const struct vkv_space *sp, u32 nr)
{
	return sp->cfg.mem + ((u64)nr << sp->cfg.segment_shift);
}

/* The location of byte @offset of segment @nr. */
static inline u64 vkv_segment_location(const struct vkv_space *sp, u32 nr,
				       u32 offset)
{
	return (((u64)nr << sp->cfg.segment_shift) + offset) >> VKV_LOC_SHIFT;
}

/* Pages of a META segment that the index can have: all but the first. */
static inline u32 vkv_pages_per_segment(const struct vkv_space *sp)
{
	return sp->segment_size / VKV_PAGE_SIZE - 1;
}

/*
 * Segments that can be open or parked at a time: one for each slot, and one for
 * each generation of the collector's beyond its first.
 */
static inline u32 vkv_space_open_max(const struct vkv_space *sp)
{
	return sp->cfg.nr_slots + VKV_NR_GENERATIONS - 2;
}

#endif
