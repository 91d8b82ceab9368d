/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments of the log: their states, and the way a free one is taken and comes
 * back. The essay in ftl/space/log.c draws all states.
 */
#ifndef VKV_SPACE_SEGMENT_H
#define VKV_SPACE_SEGMENT_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "ftl/footprint.h"
#include "ftl/layout.h"

/* Free segments that only the collector may take. */
#define VKV_SPACE_RESERVE 2u
/* How often the records of a segment were moved: never, once, more often. */
#define VKV_NR_GENERATIONS 3u

/* In the stamp of a retired segment: something leads to a damaged record. */
#define VKV_STAMP_DAMAGED (1ull << 63)

struct vkv_space;

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
 * struct vkv_segment_head - the first bytes of a segment with records
 * @magic: SEGMENT_MAGIC of ftl/space/append.c
 * @number: the number of this segment
 * @epoch: the epoch in which it was opened
 */
struct vkv_segment_head {
	u32 magic;
	u32 number;
	u64 epoch;
};

static_assert(sizeof(struct vkv_segment_head) == VKV_ALIGN);
static_assert(sizeof(struct vkv_segment_head) == VKV_SEGMENT_HEAD);

/**
 * struct vkv_segment - one segment; the lock protects all fields but those
 *	that name another owner
 * @list: on the list of its state
 * @stamp: FULL: segments that had been opened when it became full; PENDING:
 *	the epoch from which on it can be free; RETIRED: what leads to it, see
 *	ftl/space/retire.c
 * @live: bytes in live records; changes without a lock
 * @fill: bytes used, from its beginning; belongs to the slot while OPEN
 * @used: META: pages that are not free; under page_lock
 * @hint: META: where the search for a free page begins; under page_lock
 * @state: of enum vkv_segment_state
 * @level: FULL: the list it is on, read without a lock; META: likewise, under
 *	page_lock
 * @generation: how often its records were moved, below VKV_NR_GENERATIONS
 * @mended: how often it was retired and became full again since it was opened
 * @stale: it still keeps bytes of removed records: ftl/space/wipe.c
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
	u8 generation : 4;
	u8 mended : 4;
	bool stale;
};

static inline u32 vkv_segment_live(const struct vkv_segment *seg)
{
	/* A writer may have subtracted its bytes before another added them. */
	return max(atomic_read(&seg->live), 0);
}

static inline bool vkv_segment_has_garbage(const struct vkv_segment *seg,
					   u32 live)
{
	return live + sizeof(struct vkv_segment_head) < seg->fill;
}

/**
 * vkv_segment_set_state() - give a segment a state and put it on a list
 * @sp: the space manager
 * @seg: the segment, on some list
 * @state: the new state
 * @list: the list of that state; the segment becomes its last
 *
 * Context: the lock is held.
 */
void vkv_segment_set_state(struct vkv_space *sp, struct vkv_segment *seg,
			   enum vkv_segment_state state,
			   struct list_head *list);

/**
 * vkv_segment_add_free() - count free segments
 * @sp: the space manager
 * @nr: how many more there are; negative for fewer
 *
 * Context: the lock is held.
 */
void vkv_segment_add_free(struct vkv_space *sp, int nr);

/**
 * vkv_segment_take_free() - take a free segment
 * @sp: the space manager; has a free segment
 *
 * Return: the segment that has been free for longest. It is still on the list
 * of free segments; the caller gives it a state.
 * Context: the lock is held.
 */
struct vkv_segment *vkv_segment_take_free(struct vkv_space *sp);

/**
 * vkv_segment_pend() - nothing leads to a segment any more
 * @sp: the space manager
 * @seg: a victim, a retired segment, or a segment of index pages whose last page
 *	has left limbo
 *
 * The segment becomes PENDING, until every slot has passed a quiescent point.
 * Context: the lock is held.
 */
void vkv_segment_pend(struct vkv_space *sp, struct vkv_segment *seg);

/**
 * vkv_segment_harvest() - free the PENDING segments that nobody can read
 * @sp: the space manager
 *
 * Return: true if any segment became free.
 * Context: the lock is held.
 */
bool vkv_segment_harvest(struct vkv_space *sp);

/**
 * vkv_segment_low_mark() - how many free segments are enough
 * @sp: the space manager
 *
 * Return: the number below which the collector runs: what a reserve of any size
 * needs, and one for each slot that may take a segment meanwhile.
 */
u32 vkv_segment_low_mark(const struct vkv_space *sp);

/**
 * vkv_segment_is_low() - should the collector run?
 * @sp: the space manager
 *
 * Context: any; takes no lock.
 * Return: true when the collector should run.
 */
bool vkv_segment_is_low(struct vkv_space *sp);

#endif
