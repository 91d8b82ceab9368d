// SPDX-License-Identifier: GPL-2.0
/*
 * The segment of the log that is collected next.
 *
 * Full segments lie on lists by the level of their live bytes, and those
 * without garbage on a list of their own (ftl/space/level.c). The first segment
 * of a list has been there for longest; only it is asked for its score. So the
 * number of steps to find a victim depends on the number of levels, not of
 * segments.
 */
#include "ftl/space/collect.h"

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "ftl/space/log.h"
#include "ftl/space/victim.h"
#include "vkv_assert.h"

/* While free segments are enough, a victim must yield 1/16 of a segment. */
#define WORTH_SHIFT 4
/* Steps in a row that found nothing: then nothing will be found. */
#define VAIN_ENOUGH 3u

/* The segment that scores best among the first ones of all levels. */
static struct vkv_segment *collect_best_full(struct vkv_space *sp, u32 limit)
{
	struct vkv_segment *best = NULL;
	u64 map = sp->full.map;
	u64 best_score = 0;

	lockdep_assert_held(&sp->lock);
	for (; map; map &= map - 1) {
		struct vkv_segment *seg = vkv_levels_first(&sp->full,
							   __ffs64(map));
		u32 live = vkv_segment_live(seg);
		u64 score;

		if (live >= limit)
			continue;
		score = sp->cfg.victim->score(live, sp->segment_size,
					      sp->opened - seg->stamp);
		if (best && score <= best_score)
			continue;
		best = seg;
		best_score = score;
	}
	return best;
}

/* The parked segment that has the least to copy; they are few. */
static struct vkv_segment *collect_best_parked(struct vkv_space *sp)
{
	struct vkv_segment *best = NULL;
	struct vkv_segment *seg;
	u32 least = sp->segment_size;
	u32 g;

	lockdep_assert_held(&sp->lock);
	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		list_for_each_entry(seg, &sp->parked[g], list) {
			u32 live = vkv_segment_live(seg);

			if (live >= least ||
			    !vkv_segment_has_garbage(seg, live))
				continue;
			best = seg;
			least = live;
		}
	return best;
}

static struct vkv_segment *collect_choose(struct vkv_space *sp, bool eager)
{
	u32 worth = sp->segment_size - (sp->segment_size >> WORTH_SHIFT);
	struct vkv_segment *best;

	if (!eager && sp->nr_free >= vkv_segment_low_mark(sp))
		return NULL;
	best = collect_best_full(sp, worth);
	if (best ||
	    (!eager && sp->nr_free >= VKV_SPACE_RESERVE + sp->reserve_segments))
		return best;
	best = collect_best_full(sp, sp->segment_size);
	return best ?: collect_best_parked(sp);
}

static void collect_make_victim(struct vkv_space *sp, struct vkv_segment *seg)
{
	lockdep_assert_held(&sp->lock);
	VKV_ASSERT(seg->state == VKV_SEG_FULL ||
		   seg->state == VKV_SEG_PARKED);
	/* The list of a parked segment has no level. */
	vkv_levels_del(&sp->full, seg, seg->level);
	WRITE_ONCE(seg->level, VKV_LEVEL_NONE);
	seg->state = VKV_SEG_VICTIM;
	sp->moved_to = min(seg->generation + 1u, VKV_NR_GENERATIONS - 1);
	sp->nr_victims++;
}

u32 vkv_space_victim(struct vkv_space *sp, bool eager)
{
	struct vkv_segment *best;
	u32 nr = VKV_NO_SEGMENT;

	spin_lock(&sp->lock);
	vkv_segment_harvest(sp);
	best = collect_choose(sp, eager);
	if (best) {
		collect_make_victim(sp, best);
		nr = vkv_segment_number(sp, best);
	}
	spin_unlock(&sp->lock);
	return nr;
}

void vkv_space_release(struct vkv_space *sp, u32 segment)
{
	spin_lock(&sp->lock);
	sp->nr_victims--;
	vkv_segment_pend(sp, &sp->seg[segment]);
	spin_unlock(&sp->lock);
}

void vkv_space_spare(struct vkv_space *sp, u32 segment)
{
	struct vkv_segment *seg = &sp->seg[segment];

	spin_lock(&sp->lock);
	VKV_ASSERT(seg->state == VKV_SEG_VICTIM);
	sp->nr_victims--;
	seg->state = VKV_SEG_FULL;
	vkv_levels_file(sp, seg);
	spin_unlock(&sp->lock);
}

static bool collect_anything_closing(struct vkv_space *sp)
{
	u32 i;

	lockdep_assert_held(&sp->lock);
	for (i = 0; i < sp->cfg.nr_slots; i++)
		if (!list_empty(&sp->slot[i].closing))
			return true;
	return false;
}

/* Are segments wanted, and is there none that only has to wait for a slot? */
static bool collect_is_vain(struct vkv_space *sp)
{
	lockdep_assert_held(&sp->lock);
	return sp->nr_free < VKV_SPACE_RESERVE + sp->reserve_segments &&
	       list_empty(&sp->pending) && !collect_anything_closing(sp);
}

void vkv_space_settled(struct vkv_space *sp, bool idle)
{
	bool limbo;

	spin_lock(&sp->page_lock);
	limbo = sp->young.nr || sp->old.nr;
	spin_unlock(&sp->page_lock);
	spin_lock(&sp->lock);
	if (!idle || limbo)
		WRITE_ONCE(sp->fertile, sp->vain);
	else if (collect_is_vain(sp))
		WRITE_ONCE(sp->vain, sp->vain + 1);
	spin_unlock(&sp->lock);
}

u64 vkv_space_vain(struct vkv_space *sp)
{
	return READ_ONCE(sp->vain);
}

bool vkv_space_in_vain(struct vkv_space *sp, u64 since)
{
	return READ_ONCE(sp->vain) >=
	       max(since, READ_ONCE(sp->fertile)) + VAIN_ENOUGH;
}
