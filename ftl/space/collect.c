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
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>

#include "ftl/space/log.h"
#include "ftl/space/victim.h"
#include "vkv_assert.h"

/* While free segments are enough, a victim must yield 1/16 of a segment. */
#define WORTH_SHIFT 4

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

void vkv_space_retire(struct vkv_space *sp, u32 segment)
{
	spin_lock(&sp->lock);
	VKV_ASSERT(sp->seg[segment].state == VKV_SEG_VICTIM);
	sp->nr_victims--;
	sp->nr_retired++;
	sp->seg[segment].state = VKV_SEG_RETIRED;
	spin_unlock(&sp->lock);
}
