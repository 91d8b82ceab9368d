// SPDX-License-Identifier: GPL-2.0
/*
 * Live bytes, and the lists of full segments that follow them.
 *
 * Live bytes change without the lock. A thread that takes them across a level
 * takes the lock to move the segment to another list. While the level is being
 * worked out, it says MOVING. A thread that changes the live bytes too late to
 * be counted finds MOVING, which is not the level it expects, and takes the
 * lock as well. So no change is missed.
 */
#include "ftl/space/level.h"

#include <asm/barrier.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "ftl/space/log.h"
#include "vkv_assert.h"

void vkv_levels_init(struct vkv_levels *l)
{
	u32 i;

	l->map = 0;
	for (i = 0; i <= VKV_LEVEL_REST; i++)
		INIT_LIST_HEAD(&l->list[i]);
}

void vkv_levels_add(struct vkv_levels *l, struct vkv_segment *seg, u8 level)
{
	VKV_ASSERT(level <= VKV_LEVEL_REST);
	list_add_tail(&seg->list, &l->list[level]);
	if (level < VKV_NR_LEVELS)
		l->map |= 1ull << level;
	/* The level is published with all that it was worked out from. */
	smp_store_release(&seg->level, level);
}

void vkv_levels_del(struct vkv_levels *l, struct vkv_segment *seg, u8 level)
{
	list_del_init(&seg->list);
	if (level < VKV_NR_LEVELS && list_empty(&l->list[level]))
		l->map &= ~(1ull << level);
}

void vkv_levels_file(struct vkv_space *sp, struct vkv_segment *seg)
{
	u8 before = seg->level;
	u8 level;

	lockdep_assert_held(&sp->lock);
	VKV_ASSERT(seg->state == VKV_SEG_FULL);
	VKV_ASSERT(before != VKV_LEVEL_MOVING);
	/* MOVING is published with all that the level is worked out from. */
	smp_store_release(&seg->level, VKV_LEVEL_MOVING);
	/*
	 * Pairs with the order of atomic_add_return() in vkv_space_add_live().
	 */
	smp_mb();
	level = vkv_level_of_full(seg, vkv_segment_live(seg),
				  sp->cfg.segment_shift);
	if (level == before) {
		/* As vkv_levels_add() does. */
		smp_store_release(&seg->level, level);
		return;
	}
	vkv_levels_del(&sp->full, seg, before);
	vkv_levels_add(&sp->full, seg, level);
}

void vkv_space_add_live(struct vkv_space *sp, u64 loc, s32 bytes)
{
	u32 shift = sp->cfg.segment_shift - VKV_LOC_SHIFT;
	struct vkv_segment *seg = &sp->seg[loc >> shift];
	int live = atomic_add_return(bytes, &seg->live);
	/* All that the level was worked out from can be read. */
	u8 level = smp_load_acquire(&seg->level);

	VKV_ASSERT(live <= (int)sp->segment_size);
	if (level == VKV_LEVEL_NONE ||
	    level == vkv_level_of_full(seg, max(live, 0),
				       sp->cfg.segment_shift))
		return;
	spin_lock(&sp->lock);
	if (seg->state == VKV_SEG_FULL)
		vkv_levels_file(sp, seg);
	spin_unlock(&sp->lock);
}
