/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the log of segments share and nobody else sees; the essay
 * is in ftl/space/log.c.
 */
#ifndef VKV_KV_SPACE_LOG_H
#define VKV_KV_SPACE_LOG_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ftl/index/index.h"
#include "ftl/record.h"
#include "ftl/space/space.h"

/* Segments that only the collector may take. */
#define VKV_SPACE_RESERVE 2u
/* Of the host, moved once, moved more often. */
#define VKV_NR_GENERATIONS 3u

#define VKV_NR_LEVELS 64u
#define VKV_LEVEL_SHIFT 6
/* Beside the levels: nothing to gain from it. */
#define VKV_LEVEL_REST VKV_NR_LEVELS
/* On no list of levels, about to be on one. */
#define VKV_LEVEL_NONE 255u
#define VKV_LEVEL_MOVING 254u

enum vkv_segment_state {
	VKV_SEG_FREE,
	VKV_SEG_OPEN,
	VKV_SEG_PARKED,
	VKV_SEG_CLOSING,
	VKV_SEG_FULL,
	VKV_SEG_VICTIM,
	VKV_SEG_PENDING,
	VKV_SEG_META,
	VKV_SEG_RETIRED,
	VKV_SEG_WIPING,
};

/**
 * struct vkv_segment_head - the beginning of a segment with records
 * @magic: VKV_SEGMENT_MAGIC
 * @number: which segment
 * @epoch: when it was opened
 */
struct vkv_segment_head {
	u32 magic;
	u32 number;
	u64 epoch;
};

static_assert(sizeof(struct vkv_segment_head) == VKV_ALIGN);
static_assert(sizeof(struct vkv_segment_head) == VKV_SEGMENT_HEAD);

/**
 * struct vkv_segment - one segment; under the lock where nothing else is said
 * @list: of its state
 * @stamp: FULL: segments opened until it was filled; PENDING: epoch at which it
 *	can be free
 * @live: bytes in live records; changes without lock
 * @fill: bytes used from its beginning; the owner's while OPEN
 * @used: META: pages that are not free; page_lock
 * @hint: META: where to look for a free page; page_lock
 * @state: of enum vkv_segment_state
 * @level: FULL: its list, read without lock; META: its list; page_lock
 * @generation: how often its records have been moved
 * @stale: it keeps what is not stored any more: ftl/space/wipe.c
 */
struct vkv_segment {
	struct list_head list;
	u64 stamp;
	atomic_t live;
	u32 fill;
	u16 used;
	u16 hint;
	u8 state;
	u8 level;
	u8 generation;
	bool stale;
};

/**
 * struct vkv_levels - segments by how much is in use of them
 * @map: levels that have any
 * @list: of every level, and VKV_LEVEL_REST; who came first is first
 */
struct vkv_levels {
	u64 map;
	struct list_head list[VKV_NR_LEVELS + 1];
};

/**
 * struct vkv_slot - a thread
 * @seen: epoch of the last quiescent point; 0: idle
 * @open: its segments or VKV_NO_SEGMENT, by generation
 * @waits: quiescent points since it last asked
 * @need: segments it waits for; lock
 * @ticket: its turn, 0 when it does not wait; lock
 * @closing: lock, to change
 */
struct vkv_slot {
	u64 seen;
	u32 open[VKV_NR_GENERATIONS];
	u32 waits;
	u32 need;
	u64 ticket;
	struct list_head closing;
} ____cacheline_aligned_in_smp;

/**
 * struct vkv_limbo - freed pages in the order they came, linked by their words
 * @first: the one there longest
 * @last: the one that came last
 * @nr: how many
 */
struct vkv_limbo {
	u32 first;
	u32 last;
	u32 nr;
};

struct vkv_space {
	struct vkv_space_config cfg;
	u32 segment_size;
	u32 nr_segments;
	u32 reserve_segments;	/* what one reserve may ask for */
	struct vkv_segment *seg;
	struct vkv_slot *slot;
	u32 moved_to;		/* generation of what the collector copies */

	spinlock_t lock;	/* states, lists, and these: */
	u64 epoch;
	u64 opened;		/* segments, since the start */
	struct list_head free;
	struct list_head parked[VKV_NR_GENERATIONS];
	struct vkv_levels full;
	struct list_head pending;	/* stamps grow */
	u32 nr_free;
	u32 nr_victims;
	u32 nr_retired;
	u64 tickets;		/* drawn since the start */

	spinlock_t page_lock;	/* META segments and these: */
	struct vkv_levels meta;
	struct vkv_limbo young;
	struct vkv_limbo old;
	u64 old_stamp;		/* epoch at which @old can be reused */
	u32 draining;		/* on no list; or VKV_NO_SEGMENT */
	u32 nr_meta;
	u64 nr_pages;		/* in use, without those in limbo */
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

static inline u32 vkv_segment_live(const struct vkv_segment *seg)
{
	/* A writer may have taken its bytes off before they were added. */
	return max(atomic_read(&seg->live), 0);
}

static inline bool vkv_segment_has_garbage(const struct vkv_segment *seg,
					   u32 live)
{
	return live + sizeof(struct vkv_segment_head) < seg->fill;
}

/* The level of a full segment with @live bytes. */
static inline u8 vkv_segment_level(const struct vkv_space *sp,
				   const struct vkv_segment *seg, u32 live)
{
	if (!vkv_segment_has_garbage(seg, live))
		return VKV_LEVEL_REST;
	return live >> (sp->cfg.segment_shift - VKV_LEVEL_SHIFT);
}

static inline u32 vkv_pages_per_segment(const struct vkv_space *sp)
{
	return sp->segment_size / VKV_PAGE_SIZE - 1;
}

static inline u8 vkv_meta_level(const struct vkv_space *sp,
				const struct vkv_segment *seg)
{
	return seg->used * VKV_NR_LEVELS / vkv_pages_per_segment(sp);
}

static inline void vkv_levels_init(struct vkv_levels *l)
{
	u32 i;

	l->map = 0;
	for (i = 0; i <= VKV_LEVEL_REST; i++)
		INIT_LIST_HEAD(&l->list[i]);
}

static inline void vkv_levels_add(struct vkv_levels *l,
				  struct vkv_segment *seg, u8 level)
{
	list_add_tail(&seg->list, &l->list[level]);
	if (level < VKV_NR_LEVELS)
		l->map |= 1ull << level;
	/* What the level is worked out from comes with it. */
	smp_store_release(&seg->level, level);
}

/* Off the list of @level; the segment's own level is the caller's. */
static inline void vkv_levels_del(struct vkv_levels *l,
				  struct vkv_segment *seg, u8 level)
{
	list_del_init(&seg->list);
	if (level < VKV_NR_LEVELS && list_empty(&l->list[level]))
		l->map &= ~(1ull << level);
}

static inline struct vkv_segment *vkv_levels_first(const struct vkv_levels *l,
						   u32 level)
{
	return list_first_entry(&l->list[level], struct vkv_segment, list);
}

static inline void vkv_segment_set_state(struct vkv_space *sp,
					 struct vkv_segment *seg,
					 enum vkv_segment_state state,
					 struct list_head *list)
{
	lockdep_assert_held(&sp->lock);
	seg->state = state;
	list_move_tail(&seg->list, list);
}

/* ftl/space/log.c; all but open_max with the lock held */
u64 vkv_space_next_epoch(struct vkv_space *sp);
u64 vkv_space_oldest_epoch(struct vkv_space *sp);
bool vkv_space_harvest(struct vkv_space *sp);
void vkv_space_pend(struct vkv_space *sp, struct vkv_segment *seg);
struct vkv_segment *vkv_space_take_free(struct vkv_space *sp);
u32 vkv_space_open_max(const struct vkv_space *sp);

/* ftl/space/collect.c: the ops of these names, and who changes levels */
void vkv_space_live(struct vkv_space *sp, u64 loc, s32 bytes);
bool vkv_space_low(struct vkv_space *sp);
u32 vkv_space_victim(struct vkv_space *sp, bool eager);
u32 vkv_space_victim_live(struct vkv_space *sp, u32 segment);
void vkv_space_release(struct vkv_space *sp, u32 segment);
void vkv_space_retire(struct vkv_space *sp, u32 segment);
void vkv_space_file(struct vkv_space *sp, struct vkv_segment *seg);

/* ftl/space/pages.c: the ops of these names */
u32 *vkv_page_words(const struct vkv_space *sp, const struct vkv_segment *seg);
u32 vkv_space_page_alloc(struct vkv_space *sp, u32 cookie);
void vkv_space_page_free(struct vkv_space *sp, u32 page);
u32 vkv_space_page_victim(struct vkv_space *sp, bool eager, u32 *cookie);
bool vkv_space_drain_limbo(struct vkv_space *sp);
#define VKV_PAGE_USED (1u << 31)

/* ftl/space/wipe.c */
int vkv_space_wipe(struct vkv_space *sp, u32 segment);

/* ftl/space/check.c */
int vkv_space_check(struct vkv_space *sp, const u32 *live, char *why,
		    size_t why_len);

#endif
