// SPDX-License-Identifier: GPL-2.0
/*
 * Which segment of the log is collected next.
 *
 * Full segments lie on lists by the level of their live bytes, those without
 * garbage on one of their own. Of each list the first, which has been there
 * longest, is asked for its score, so that a victim is found in a number of
 * steps that depends on the levels only.
 *
 * Live bytes change without the lock; who takes them across a level takes it to
 * move the segment. Between reading a level and writing it, the level says
 * MOVING: a change that came too late to be read finds that, which is no level
 * of its own, and takes the lock as well.
 */
#include "ftl/space/log.h"

#include "ftl/space/victim.h"

#define NONE VKV_NO_SEGMENT
/* Victims must yield 1/16 of a segment while nobody waits. */
#define WORTH_SHIFT 4

/* Onto the list of its level, if it is not there. */
void vkv_space_file(struct vkv_space *sp, struct vkv_segment *seg)
{
	u8 before = seg->level;
	u8 level;

	lockdep_assert_held(&sp->lock);
	/* With what the level is worked out from. */
	smp_store_release(&seg->level, VKV_LEVEL_MOVING);
	/* Pairs with the order of atomic_add_return() in vkv_space_live(). */
	smp_mb();
	level = vkv_segment_level(sp, seg, vkv_segment_live(seg));
	if (level == before) {
		/* As vkv_levels_add() does. */
		smp_store_release(&seg->level, level);
		return;
	}
	vkv_levels_del(&sp->full, seg, before);
	vkv_levels_add(&sp->full, seg, level);
}

void vkv_space_live(struct vkv_space *sp, u64 loc, s32 bytes)
{
	u32 shift = sp->cfg.segment_shift - VKV_LOC_SHIFT;
	struct vkv_segment *seg = &sp->seg[loc >> shift];
	int live = atomic_add_return(bytes, &seg->live);
	/* What the level was worked out from is there. */
	u8 level = smp_load_acquire(&seg->level);

	if (level == VKV_LEVEL_NONE ||
	    level == vkv_segment_level(sp, seg, max(live, 0)))
		return;
	spin_lock(&sp->lock);
	if (seg->state == VKV_SEG_FULL)
		vkv_space_file(sp, seg);
	spin_unlock(&sp->lock);
}

/*
 * Free segments below which the collector runs: what a reserve of any size
 * needs, and one for each slot that may take a segment meanwhile.
 */
static u32 low_mark(const struct vkv_space *sp)
{
	return VKV_SPACE_RESERVE + sp->reserve_segments + sp->cfg.nr_slots;
}

bool vkv_space_low(struct vkv_space *sp)
{
	return READ_ONCE(sp->nr_free) < low_mark(sp);
}

/* Of the first of every level, the one that scores best. */
static struct vkv_segment *best_full(struct vkv_space *sp, u32 limit)
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

/* Parked segments are few; the one with the least to copy. */
static struct vkv_segment *best_parked(struct vkv_space *sp)
{
	struct vkv_segment *best = NULL;
	struct vkv_segment *seg;
	u32 least = sp->segment_size;
	u32 g;

	lockdep_assert_held(&sp->lock);
	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		list_for_each_entry(seg, &sp->parked[g], list) {
			u32 live = vkv_segment_live(seg);

			if (live >= least || !vkv_segment_has_garbage(seg, live))
				continue;
			best = seg;
			least = live;
		}
	return best;
}

static struct vkv_segment *choose(struct vkv_space *sp, bool eager)
{
	u32 worth = sp->segment_size - (sp->segment_size >> WORTH_SHIFT);
	struct vkv_segment *best;

	if (!eager && sp->nr_free >= low_mark(sp))
		return NULL;
	best = best_full(sp, worth);
	if (best ||
	    (!eager && sp->nr_free >= VKV_SPACE_RESERVE + sp->reserve_segments))
		return best;
	best = best_full(sp, sp->segment_size);
	return best ?: best_parked(sp);
}

static void make_victim(struct vkv_space *sp, struct vkv_segment *seg)
{
	lockdep_assert_held(&sp->lock);
	/* The list of a parked one has no level. */
	vkv_levels_del(&sp->full, seg, seg->level);
	WRITE_ONCE(seg->level, VKV_LEVEL_NONE);
	seg->state = VKV_SEG_VICTIM;
	sp->moved_to = min(seg->generation + 1u, VKV_NR_GENERATIONS - 1);
	sp->nr_victims++;
}

u32 vkv_space_victim(struct vkv_space *sp, bool eager)
{
	struct vkv_segment *best;
	u32 nr = NONE;

	spin_lock(&sp->lock);
	vkv_space_harvest(sp);
	best = choose(sp, eager);
	if (best) {
		make_victim(sp, best);
		nr = vkv_segment_number(sp, best);
	}
	spin_unlock(&sp->lock);
	return nr;
}

u32 vkv_space_victim_live(struct vkv_space *sp, u32 segment)
{
	return vkv_segment_live(&sp->seg[segment]);
}

void vkv_space_release(struct vkv_space *sp, u32 segment)
{
	spin_lock(&sp->lock);
	sp->nr_victims--;
	vkv_space_pend(sp, &sp->seg[segment]);
	spin_unlock(&sp->lock);
}

void vkv_space_retire(struct vkv_space *sp, u32 segment)
{
	spin_lock(&sp->lock);
	sp->nr_victims--;
	sp->nr_retired++;
	sp->seg[segment].state = VKV_SEG_RETIRED;
	spin_unlock(&sp->lock);
}
