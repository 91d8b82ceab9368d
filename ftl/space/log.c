// SPDX-License-Identifier: GPL-2.0
/*
 * A log of segments.
 *
 * States of a segment, and the operation that changes each:
 *
 *	FREE -> OPEN		reserve: a slot appends to it
 *	OPEN -> CLOSING		reserve: it is full, but transactions of this
 *				slot may still make records in it live
 *	CLOSING -> FULL		quiesce: these transactions are over
 *	OPEN <-> PARKED		idle, reserve: it is partly filled and nobody's;
 *				the next slot that needs one goes on with it
 *	FULL, PARKED -> VICTIM	victim: the collector moves its live records
 *	VICTIM -> PENDING	release: nothing leads to it any more, but
 *				threads may still read what they found before
 *	PENDING -> FREE		harvest: every slot has passed a quiescent point
 *	VICTIM -> FULL		spare: there is no place to move its records to
 *	VICTIM -> RETIRED	retire: something leads to a damaged record in it
 *	RETIRED -> PENDING	revive: nothing leads to it any more
 *	RETIRED -> FULL		revive: nothing leads to a damaged record any more
 *	RETIRED <-> WIPING	wipe: it is being zeroed
 *	FREE -> META		page_alloc: 4 KiB pages for the index
 *	FREE <-> WIPING		wipe: it is being zeroed
 *	META -> PENDING		its last page has left limbo
 *
 * Room. A segment is closed when a record does not fit. That wastes less than
 * the largest record, so each segment holds at least log_usable() bytes. A slot
 * goes on with a parked segment of the right generation before it opens
 * another, so never more than vkv_space_open_max() segments are open or parked.
 * log_certain() leaves out these segments, VKV_SPACE_RESERVE segments for the
 * collector, the segments that one reserve can ask for, and the index's share
 * beside its entries.
 *
 * A reserve that waits is served in the end. Whenever a reserve fails, all
 * other segments are full, and their number times log_usable() is more than the
 * bytes that may be live. So some full segment has garbage. Every victim has
 * garbage, and a segment that the collector fills has none. So while the
 * reserve waits, there is less garbage with every victim, until the reserve
 * fits.
 *
 * The collector always has a place to copy to, because the last
 * VKV_SPACE_RESERVE segments are its own. All records of a victim go to one
 * generation, and they fit into one segment. So beside the open segment,
 * however little room that has, a victim takes one free segment at most. The
 * victim itself becomes a free segment after its release. So the free and the
 * pending segments, with a victim that has taken its one, are never fewer than
 * VKV_SPACE_RESERVE. When all slots have passed a quiescent point, the next
 * victim finds a free segment.
 *
 * All this holds for memory without damage. A retired segment keeps its garbage,
 * and others lose their room to it. So a reserve that waits in vain is refused
 * at last: when the collector has looked at everything several times since, and
 * no segment is closing, pending, or in limbo.
 *
 * Locks. The lock of pages (page_lock) is taken outside of the lock of segments
 * (lock). Both may be taken under locks of the index. Nothing is called while
 * they are held, but the score of a victim policy. Live counts are atomic. A
 * slot takes no lock to append to its own open segment.
 *
 * Files. ftl/space/append.c hands out places, ftl/space/slot.c ends a round,
 * ftl/space/collect.c chooses victims, ftl/space/pages.c hands out index pages,
 * ftl/space/wipe.c overwrites, and ftl/space/check.c verifies. Below them are
 * ftl/space/level.c, ftl/space/segment.c and ftl/space/epoch.c.
 */
#include "ftl/space/log.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "ftl/space/append.h"
#include "ftl/space/check.h"
#include "ftl/space/collect.h"
#include "ftl/space/level.h"
#include "ftl/space/pages.h"
#include "ftl/space/retire.h"
#include "ftl/space/segment.h"
#include "ftl/space/slot.h"
#include "ftl/space/space.h"
#include "ftl/space/wipe.h"
#include "vkv_assert.h"

/* Record bytes that a segment is certain to hold. */
static u32 log_usable(const struct vkv_space *sp)
{
	return sp->segment_size - sp->cfg.record_max;
}

static bool log_harvest(struct vkv_space *sp)
{
	bool any = vkv_space_drain_limbo(sp);

	spin_lock(&sp->lock);
	any |= vkv_segment_harvest(sp);
	spin_unlock(&sp->lock);
	return any;
}

static u32 log_unit(struct vkv_space *sp, u64 loc)
{
	return loc >> (sp->cfg.segment_shift - VKV_LOC_SHIFT);
}

static void log_extent(struct vkv_space *sp, u32 segment, u64 *from, u64 *to)
{
	*from = vkv_segment_location(sp, segment,
				     sizeof(struct vkv_segment_head));
	*to = vkv_segment_location(sp, segment, sp->seg[segment].fill);
}

static u32 log_victim_live(struct vkv_space *sp, u32 segment)
{
	VKV_ASSERT(segment < sp->nr_segments);
	return vkv_segment_live(&sp->seg[segment]);
}

static void log_policy(struct vkv_space *sp,
		       const struct vkv_victim_ops *policy)
{
	spin_lock(&sp->lock);
	sp->cfg.victim = policy;
	spin_unlock(&sp->lock);
}

/* Numbers */

static void log_stat(struct vkv_space *sp, struct vkv_space_stat *stat)
{
	u32 i;

	stat->physical = (u64)sp->nr_segments << sp->cfg.segment_shift;
	stat->free = (u64)READ_ONCE(sp->nr_free) << sp->cfg.segment_shift;
	stat->live = 0;
	for (i = 0; i < sp->nr_segments; i++)
		stat->live += vkv_segment_live(&sp->seg[i]);
	stat->index_pages = READ_ONCE(sp->nr_pages);
}

static u32 log_segments(struct vkv_space *sp)
{
	return sp->nr_segments;
}

static u32 log_lost_segments(const struct vkv_space *sp)
{
	u32 per_segment = vkv_pages_per_segment(sp);
	/* Draining of index pages leaves up to one more segment unused. */
	u32 index = DIV_ROUND_UP(sp->cfg.index_pages, per_segment) + 2;

	return VKV_SPACE_RESERVE + sp->reserve_segments +
	       vkv_space_open_max(sp) + index;
}

static u64 log_certain(struct vkv_space *sp)
{
	return (u64)(sp->nr_segments - log_lost_segments(sp)) * log_usable(sp);
}

static void log_claim(struct vkv_space *sp, s32 pages)
{
	VKV_ASSERT(pages >= 0 || sp->cfg.index_pages >= -pages);
	WRITE_ONCE(sp->cfg.index_pages, sp->cfg.index_pages + pages);
}

/* Life */

static void log_init_lists(struct vkv_space *sp)
{
	u32 i;

	INIT_LIST_HEAD(&sp->free);
	INIT_LIST_HEAD(&sp->pending);
	INIT_LIST_HEAD(&sp->retired);
	vkv_levels_init(&sp->full);
	vkv_levels_init(&sp->meta);
	for (i = 0; i < VKV_NR_GENERATIONS; i++)
		INIT_LIST_HEAD(&sp->parked[i]);
	for (i = 0; i < sp->nr_segments; i++) {
		sp->seg[i].level = VKV_LEVEL_NONE;
		sp->seg[i].stale = true;
		list_add_tail(&sp->seg[i].list, &sp->free);
	}
	for (i = 0; i < sp->cfg.nr_slots; i++)
		vkv_slot_init(&sp->slot[i]);
	sp->nr_free = sp->nr_segments;
}

static void log_destroy(struct vkv_space *sp)
{
	if (!sp)
		return;
	kvfree(sp->slot);
	kvfree(sp->seg);
	kvfree(sp);
}

static int log_create(const struct vkv_space_config *cfg,
		      struct vkv_space **out)
{
	struct vkv_space *sp = kvzalloc(sizeof(*sp), GFP_KERNEL);

	if (!sp)
		return -ENOMEM;
	sp->cfg = *cfg;
	sp->segment_size = 1u << cfg->segment_shift;
	sp->nr_segments = cfg->size >> cfg->segment_shift;
	sp->reserve_segments = DIV_ROUND_UP(cfg->reserve_max, log_usable(sp));
	sp->epoch = 1;
	sp->moved_to = 1;
	sp->draining = VKV_NO_SEGMENT;
	spin_lock_init(&sp->lock);
	spin_lock_init(&sp->page_lock);
	if (sp->nr_segments < 2 * (u64)log_lost_segments(sp)) {
		log_destroy(sp);
		return -EINVAL;
	}
	sp->seg = kvcalloc(sp->nr_segments, sizeof(*sp->seg), GFP_KERNEL);
	sp->slot = kvcalloc(cfg->nr_slots, sizeof(*sp->slot), GFP_KERNEL);
	if (!sp->seg || !sp->slot) {
		log_destroy(sp);
		return -ENOMEM;
	}
	log_init_lists(sp);
	*out = sp;
	return 0;
}

const struct vkv_space_ops vkv_space_log = {
	.name = "log",
	.create = log_create,
	.destroy = log_destroy,
	.certain = log_certain,
	.claim = log_claim,
	.enter = vkv_slot_enter,
	.quiesce = vkv_slot_quiesce,
	.idle = vkv_slot_idle,
	.reserve = vkv_append_reserve,
	.live = vkv_space_add_live,
	.unit = log_unit,
	.low = vkv_segment_is_low,
	.victim = vkv_space_victim,
	.extent = log_extent,
	.victim_live = log_victim_live,
	.policy = log_policy,
	.release = vkv_space_release,
	.spare = vkv_space_spare,
	.retire = vkv_space_retire,
	.doubt = vkv_space_doubt,
	.retired = vkv_space_retired,
	.witness = vkv_space_witness,
	.revive = vkv_space_revive,
	.mended = vkv_space_mended,
	.settled = vkv_space_settled,
	.vain = vkv_space_vain,
	.in_vain = vkv_space_in_vain,
	.harvest = log_harvest,
	.page_alloc = vkv_space_page_alloc,
	.page_free = vkv_space_page_free,
	.page_doubt = vkv_space_page_doubt,
	.page_victim = vkv_space_page_victim,
	.wipe = vkv_space_wipe,
	.stat = log_stat,
	.segments = log_segments,
	.check = vkv_space_check,
};
