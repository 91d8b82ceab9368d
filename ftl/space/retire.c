// SPDX-License-Identifier: GPL-2.0
/*
 * Segments with damaged records.
 *
 * Nobody knows how long a damaged record is, or whose it was. So the live bytes
 * of its segment stay too many, even when nothing leads to the record any more.
 * The collector retires such a segment. The other records in it stay where they
 * are, and can be read.
 *
 * Only the indexes know what leads to a segment. The collector asks them now
 * and then: it forgets what it knows (doubt), reads all entries (witness), and
 * draws the conclusion (revive). Nothing is ever added to a retired segment. So
 * what no entry led to when it was read, nothing leads to afterwards.
 *
 * The stamp of a retired segment has the bytes of the undamaged records that
 * something leads to, and VKV_STAMP_DAMAGED if something leads to a damaged one.
 */
#include "ftl/space/retire.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>

#include "ftl/space/level.h"
#include "ftl/space/log.h"
#include "vkv_assert.h"

/* A segment that was revived so often stays retired until it is empty. */
#define MENDED_MAX 8u

void vkv_space_retire(struct vkv_space *sp, u32 segment)
{
	struct vkv_segment *seg = &sp->seg[segment];

	spin_lock(&sp->lock);
	VKV_ASSERT(seg->state == VKV_SEG_VICTIM);
	sp->nr_victims--;
	seg->stamp = VKV_STAMP_DAMAGED;
	vkv_segment_set_state(sp, seg, VKV_SEG_RETIRED, &sp->retired);
	spin_unlock(&sp->lock);
}

u32 vkv_space_doubt(struct vkv_space *sp)
{
	struct vkv_segment *seg;
	u32 nr = 0;

	spin_lock(&sp->lock);
	list_for_each_entry(seg, &sp->retired, list) {
		seg->stamp = 0;
		nr++;
	}
	spin_unlock(&sp->lock);
	return nr;
}

static struct vkv_segment *retire_segment(struct vkv_space *sp, u64 loc)
{
	u64 nr = loc >> (sp->cfg.segment_shift - VKV_LOC_SHIFT);

	VKV_ASSERT(nr < sp->nr_segments);
	return &sp->seg[nr];
}

bool vkv_space_retired(struct vkv_space *sp, u64 loc)
{
	return READ_ONCE(retire_segment(sp, loc)->state) == VKV_SEG_RETIRED;
}

void vkv_space_witness(struct vkv_space *sp, u64 loc, u32 bytes)
{
	struct vkv_segment *seg = retire_segment(sp, loc);

	/* No other thread makes a segment RETIRED, or changes its stamp. */
	if (bytes)
		seg->stamp += bytes;
	else
		seg->stamp |= VKV_STAMP_DAMAGED;
}

/*
 * Nothing leads to a damaged record any more. The live bytes are corrected by
 * what is known; other threads may remove records meanwhile.
 */
static void retire_mend(struct vkv_space *sp, struct vkv_segment *seg)
{
	u32 live = vkv_segment_live(seg);

	lockdep_assert_held(&sp->lock);
	if (live > seg->stamp)
		atomic_sub(live - (u32)seg->stamp, &seg->live);
	list_del_init(&seg->list);
	seg->mended++;
	seg->stamp = sp->opened;
	seg->state = VKV_SEG_FULL;
	vkv_levels_file(sp, seg);
}

static void retire_release(struct vkv_space *sp, struct vkv_segment *seg)
{
	lockdep_assert_held(&sp->lock);
	atomic_set(&seg->live, 0);
	vkv_segment_pend(sp, seg);
}

/*
 * Something leads to damage, or the collector has often not found what leads
 * to the segment.
 */
static bool retire_must_wait(const struct vkv_segment *seg)
{
	return seg->stamp & VKV_STAMP_DAMAGED ||
	       (seg->stamp && seg->mended == MENDED_MAX);
}

bool vkv_space_revive(struct vkv_space *sp, bool all)
{
	struct vkv_segment *seg, *next;
	bool any = false;

	spin_lock(&sp->lock);
	list_for_each_entry_safe(seg, next, &sp->retired, list) {
		if (!all && retire_must_wait(seg))
			continue;
		if (all || !seg->stamp)
			retire_release(sp, seg);
		else
			retire_mend(sp, seg);
		any = true;
	}
	spin_unlock(&sp->lock);
	return any;
}

bool vkv_space_mended(struct vkv_space *sp, u32 segment)
{
	return sp->seg[segment].mended;
}
