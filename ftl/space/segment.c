// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that are free, and those that are about to be.
 *
 * A segment that nothing leads to may still be read by a thread that found a
 * record in it earlier. So it is PENDING first, with the next epoch as its
 * stamp, and becomes free when every slot has noted that epoch or is idle
 * (ftl/space/epoch.h). Stamps on the list of pending segments grow from first
 * to last, so a harvest ends at the first segment that is too young.
 */
#include "ftl/space/segment.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>

#include "ftl/space/epoch.h"
#include "ftl/space/log.h"
#include "vkv_assert.h"

void vkv_segment_set_state(struct vkv_space *sp, struct vkv_segment *seg,
			   enum vkv_segment_state state,
			   struct list_head *list)
{
	lockdep_assert_held(&sp->lock);
	seg->state = state;
	list_move_tail(&seg->list, list);
}

void vkv_segment_add_free(struct vkv_space *sp, int nr)
{
	lockdep_assert_held(&sp->lock);
	WRITE_ONCE(sp->nr_free, sp->nr_free + nr);
	VKV_ASSERT(sp->nr_free <= sp->nr_segments);
}

struct vkv_segment *vkv_segment_take_free(struct vkv_space *sp)
{
	VKV_ASSERT(!list_empty(&sp->free));
	vkv_segment_add_free(sp, -1);
	return list_first_entry(&sp->free, struct vkv_segment, list);
}

static bool has_younger(const struct vkv_space *sp, u64 stamp)
{
	return !list_empty(&sp->pending) &&
	       list_last_entry(&sp->pending, struct vkv_segment, list)->stamp >
		       stamp;
}

void vkv_segment_pend(struct vkv_space *sp, struct vkv_segment *seg)
{
	VKV_ASSERT(seg->state == VKV_SEG_VICTIM ||
		   seg->state == VKV_SEG_RETIRED || seg->state == VKV_SEG_META);
	seg->stamp = vkv_epoch_next(sp);
	VKV_ASSERT(!has_younger(sp, seg->stamp));
	vkv_segment_set_state(sp, seg, VKV_SEG_PENDING, &sp->pending);
}

bool vkv_segment_harvest(struct vkv_space *sp)
{
	struct vkv_segment *seg, *next;
	bool any = false;
	u64 oldest;

	lockdep_assert_held(&sp->lock);
	if (list_empty(&sp->pending))
		return false;
	oldest = vkv_epoch_oldest(sp);
	list_for_each_entry_safe(seg, next, &sp->pending, list) {
		if (seg->stamp > oldest)
			break;
		/* Damaged records may have left a count. Nothing of them is live. */
		atomic_set(&seg->live, 0);
		seg->fill = 0;
		seg->stale = true;
		vkv_segment_set_state(sp, seg, VKV_SEG_FREE, &sp->free);
		vkv_segment_add_free(sp, 1);
		any = true;
	}
	return any;
}

u32 vkv_segment_low_mark(const struct vkv_space *sp)
{
	return VKV_SPACE_RESERVE + sp->reserve_segments + sp->cfg.nr_slots;
}

bool vkv_segment_is_low(struct vkv_space *sp)
{
	return READ_ONCE(sp->nr_free) < vkv_segment_low_mark(sp);
}
