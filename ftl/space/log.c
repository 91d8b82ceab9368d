// SPDX-License-Identifier: GPL-2.0
/*
 * A log of segments.
 *
 * States of a segment, and who changes them:
 *
 *	FREE -> OPEN		reserve: a slot appends to it
 *	OPEN -> CLOSING		reserve: it is full, but transactions of this
 *				slot may still make records in it live
 *	CLOSING -> FULL		quiesce: that is over
 *	OPEN <-> PARKED		idle, reserve: a segment that is partly filled
 *				and nobody's; the next slot that may goes on
 *				with it
 *	FULL, PARKED -> VICTIM	victim: the collector moves its live records
 *	VICTIM -> PENDING	release: nothing points to it any more, but what
 *				was found before may still be read
 *	PENDING -> FREE		harvest: every slot has passed a quiescent point
 *	VICTIM -> RETIRED	retire: its records cannot be read
 *	FREE -> META		page_alloc: 4 KiB pages for the index
 *	FREE <-> WIPING		wipe: it is being zeroed
 *	META -> PENDING		the last page has left limbo
 *
 * Quiescent points are counted by an epoch. A released segment takes the next
 * epoch as its stamp; a slot notes the epoch at its quiescent point, 0 when it
 * is idle. What is stamped no later than every slot's note cannot be reached.
 *
 * Generations. Records that survived a collection tend to survive the next. So
 * what the host stores is of generation 0, what the collector moves is of the
 * next generation after its victim's, up to the last, and a segment holds one
 * generation only. A slot has an open segment for each that it writes: the
 * host's slots one, the collector's VKV_NR_GENERATIONS - 1.
 *
 * Room. Closing a segment wastes less than the largest record, so each holds at
 * least usable() bytes. A slot goes on with a parked segment of the generation
 * before it opens another, so never more than vkv_space_open_max() segments are
 * open or parked: one for each slot, the collector's being among them, and one
 * for each generation of the collector's beyond its first. certain() leaves
 * out these, RESERVE for the collector, what one reserve can ask for, and the
 * index's share beside its entries. Whenever a reserve fails, the other
 * segments are full, and their number times usable() is more than what may be
 * live: so some full segment has garbage. Every victim has garbage, and a
 * segment that the collector fills has none, so while a reserve waits there is
 * less with every victim, until the reserve fits.
 *
 * The collector always has a place to copy to, because only it may take the
 * last RESERVE segments. All records of a victim go to one generation. They
 * fit into one segment, so beside the open one, however little room that has,
 * a victim takes one free segment at most. It becomes one itself when it is
 * released. The free and pending segments, with a victim that has taken its one,
 * are therefore never fewer than RESERVE, and when all slots have passed by, the
 * next victim finds one free.
 *
 * A big reserve could be starved by small ones that take every segment as it
 * becomes free. A slot whose reserve fails therefore draws a ticket, and what it
 * needs is left to it by all that come later, until it is served or stops asking.
 * These are the other slots and its own further reserves before the next quiescent
 * point: of those that wait, a thread asks in the order in which they came.
 *
 * Locks: pages (page_lock) outside of segments (lock); both may be taken under
 * locks of the index, and nothing is called while they are held, but the score
 * of a victim policy. Live counts are atomic; appending to one's own open
 * segment takes no lock.
 */
#include "ftl/space/space.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ftl/space/log.h"

#define NONE VKV_NO_SEGMENT
#define SEGMENT_MAGIC 0x56534547u

static u64 location(const struct vkv_space *sp, u32 nr, u32 offset)
{
	return (((u64)nr << sp->cfg.segment_shift) + offset) >> VKV_LOC_SHIFT;
}

static u32 log_unit(struct vkv_space *sp, u64 loc)
{
	return loc >> (sp->cfg.segment_shift - VKV_LOC_SHIFT);
}

/* Record bytes that a segment is certain to hold. */
static u32 usable(const struct vkv_space *sp)
{
	return sp->segment_size - sp->cfg.record_max;
}

u32 vkv_space_open_max(const struct vkv_space *sp)
{
	return sp->cfg.nr_slots + VKV_NR_GENERATIONS - 2;
}

static void add_free(struct vkv_space *sp, int nr)
{
	lockdep_assert_held(&sp->lock);
	WRITE_ONCE(sp->nr_free, sp->nr_free + nr);
}

/* Epochs */

static void log_enter(struct vkv_space *sp, unsigned int slot)
{
	struct vkv_slot *s = &sp->slot[slot];

	if (s->seen)
		return;
	/* What was unlinked before this epoch began is not found any more. */
	WRITE_ONCE(s->seen, smp_load_acquire(&sp->epoch));
	/*
	 * Pairs with the one in vkv_space_oldest_epoch(): either that sees this
	 * slot, or this slot sees what was unlinked.
	 */
	smp_mb();
}

/* What was unlinked before is out of reach for slots that see this epoch. */
u64 vkv_space_next_epoch(struct vkv_space *sp)
{
	lockdep_assert_held(&sp->lock);
	/* After what was unlinked; pairs with the acquire of a slot's note. */
	smp_store_release(&sp->epoch, sp->epoch + 1);
	return sp->epoch;
}

u64 vkv_space_oldest_epoch(struct vkv_space *sp)
{
	u64 oldest = sp->epoch;
	u32 i;

	lockdep_assert_held(&sp->lock);
	/* Pairs with the one in log_enter(). */
	smp_mb();
	for (i = 0; i < sp->cfg.nr_slots; i++) {
		/* Before reuse: what the slot read is read. */
		u64 seen = smp_load_acquire(&sp->slot[i].seen);

		if (seen)
			oldest = min(oldest, seen);
	}
	return oldest;
}

bool vkv_space_harvest(struct vkv_space *sp)
{
	struct vkv_segment *seg, *next;
	bool any = false;
	u64 oldest;

	lockdep_assert_held(&sp->lock);
	if (list_empty(&sp->pending))
		return false;
	oldest = vkv_space_oldest_epoch(sp);
	list_for_each_entry_safe(seg, next, &sp->pending, list) {
		if (seg->stamp > oldest)
			break;
		seg->fill = 0;
		seg->stale = true;
		vkv_segment_set_state(sp, seg, VKV_SEG_FREE, &sp->free);
		add_free(sp, 1);
		any = true;
	}
	return any;
}

static bool log_harvest(struct vkv_space *sp)
{
	bool any = vkv_space_drain_limbo(sp);

	spin_lock(&sp->lock);
	any |= vkv_space_harvest(sp);
	spin_unlock(&sp->lock);
	return any;
}

void vkv_space_pend(struct vkv_space *sp, struct vkv_segment *seg)
{
	seg->stamp = vkv_space_next_epoch(sp);
	vkv_segment_set_state(sp, seg, VKV_SEG_PENDING, &sp->pending);
}

/* The slot's transactions are over: what it closed can be collected. */
static void close_done(struct vkv_space *sp, struct vkv_slot *s)
{
	struct vkv_segment *seg, *next;

	lockdep_assert_held(&sp->lock);
	list_for_each_entry_safe(seg, next, &s->closing, list) {
		seg->state = VKV_SEG_FULL;
		vkv_space_file(sp, seg);
	}
}

/* Who does not come back must not keep the others waiting. */
static void waiter_check(struct vkv_space *sp, struct vkv_slot *s)
{
	if (!s->ticket || ++s->waits < 3)
		return;
	spin_lock(&sp->lock);
	s->ticket = 0;
	spin_unlock(&sp->lock);
}

static void log_quiesce(struct vkv_space *sp, unsigned int slot)
{
	struct vkv_slot *s = &sp->slot[slot];

	if (!list_empty(&s->closing)) {
		spin_lock(&sp->lock);
		close_done(sp, s);
		spin_unlock(&sp->lock);
	}
	waiter_check(sp, s);
	if (!s->seen)
		return;
	/* Both sides of next_epoch() and oldest_epoch() in one. */
	smp_store_release(&s->seen, smp_load_acquire(&sp->epoch));
}

static bool has_open(const struct vkv_slot *s)
{
	u32 g;

	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		if (s->open[g] != NONE)
			return true;
	return false;
}

static void park(struct vkv_space *sp, struct vkv_slot *s)
{
	u32 g;

	for (g = 0; g < VKV_NR_GENERATIONS; g++) {
		if (s->open[g] == NONE)
			continue;
		vkv_segment_set_state(sp, &sp->seg[s->open[g]], VKV_SEG_PARKED,
				      &sp->parked[g]);
		s->open[g] = NONE;
	}
}

static void log_idle(struct vkv_space *sp, unsigned int slot)
{
	struct vkv_slot *s = &sp->slot[slot];
	/* Who comes back asks before it is idle again. */
	bool left = s->ticket && s->waits++;

	if (has_open(s) || !list_empty(&s->closing) || left) {
		spin_lock(&sp->lock);
		close_done(sp, s);
		park(sp, s);
		if (left)
			s->ticket = 0;
		spin_unlock(&sp->lock);
	}
	/* Pairs with the acquire in vkv_space_oldest_epoch(). */
	smp_store_release(&s->seen, 0);
}

/* Appending */

/* Segments needed beyond one that has @room bytes left. */
static u32 segments_needed(const struct vkv_space *sp, u32 room,
			   const u32 *bytes, unsigned int nr)
{
	u32 need = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (bytes[i] > room) {
			need++;
			room = sp->segment_size -
			       sizeof(struct vkv_segment_head);
		}
		room -= bytes[i];
	}
	return need;
}

static u32 room_in(const struct vkv_space *sp, u32 open)
{
	return open == NONE ? 0 : sp->segment_size - sp->seg[open].fill;
}

static void start_segment(struct vkv_space *sp, struct vkv_segment *seg,
			  u32 generation)
{
	struct vkv_segment_head head = {
		.magic = SEGMENT_MAGIC,
		.number = vkv_segment_number(sp, seg),
		.epoch = sp->epoch,
	};

	lockdep_assert_held(&sp->lock);
	memcpy(vkv_segment_mem(sp, head.number), &head, sizeof(head));
	seg->fill = sizeof(head);
	seg->generation = generation;
	sp->opened++;
}

struct vkv_segment *vkv_space_take_free(struct vkv_space *sp)
{
	add_free(sp, -1);
	return list_first_entry(&sp->free, struct vkv_segment, list);
}

static void take_parked(struct vkv_space *sp, u32 *open, u32 generation)
{
	struct list_head *parked = &sp->parked[generation];
	struct vkv_segment *seg;

	lockdep_assert_held(&sp->lock);
	if (*open != NONE || list_empty(parked))
		return;
	seg = list_first_entry(parked, struct vkv_segment, list);
	seg->state = VKV_SEG_OPEN;
	list_del_init(&seg->list);
	*open = vkv_segment_number(sp, seg);
}

/* Segments that slots with earlier tickets wait for. */
static u32 promised(const struct vkv_space *sp, const struct vkv_slot *s)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; i < sp->cfg.nr_slots; i++) {
		const struct vkv_slot *other = &sp->slot[i];

		if (other->ticket && (!s->ticket || other->ticket < s->ticket))
			sum += other->need;
	}
	return sum;
}

/* Does the slot wait already, for what it asked for earlier in this round? */
static bool is_second(const struct vkv_slot *s)
{
	return s->ticket && !s->waits;
}

/* May this slot take @need segments? If not, it waits for its turn. */
static bool may_take(struct vkv_space *sp, struct vkv_slot *s,
		     enum vkv_space_class class, u32 need)
{
	u32 left;

	lockdep_assert_held(&sp->lock);
	if (class == VKV_SPACE_GC)
		return sp->nr_free >= need;
	left = VKV_SPACE_RESERVE + promised(sp, s);
	if (is_second(s))
		return sp->nr_free >= need + left + s->need;
	if (sp->nr_free >= need + left) {
		s->ticket = 0;
		return true;
	}
	if (!s->ticket)
		s->ticket = ++sp->tickets;
	s->need = need;
	s->waits = 0;
	return false;
}

/*
 * Takes what the records need beyond the open segment onto @list.
 * Segments there have no state of their own: reserve opens them at once.
 */
static int take_segments(struct vkv_space *sp, struct vkv_slot *s,
			 enum vkv_space_class class, u32 generation,
			 const u32 *bytes, unsigned int nr,
			 struct list_head *list)
{
	u32 *open = &s->open[generation];
	u32 need;

	lockdep_assert_held(&sp->lock);
	take_parked(sp, open, generation);
	need = segments_needed(sp, room_in(sp, *open), bytes, nr);
	if (!need)
		return 0;
	vkv_space_harvest(sp);
	if (!may_take(sp, s, class, need))
		return -EAGAIN;
	while (need--) {
		struct vkv_segment *seg = vkv_space_take_free(sp);

		vkv_segment_set_state(sp, seg, VKV_SEG_OPEN, list);
		start_segment(sp, seg, generation);
	}
	return 0;
}

static void close_open(struct vkv_space *sp, struct vkv_slot *s, u32 *open)
{
	struct vkv_segment *seg = &sp->seg[*open];

	lockdep_assert_held(&sp->lock);
	seg->state = VKV_SEG_CLOSING;
	seg->stamp = sp->opened;
	list_add_tail(&seg->list, &s->closing);
	*open = NONE;
}

static void place(struct vkv_space *sp, struct vkv_slot *s, u32 *open,
		  const u32 *bytes, unsigned int nr, struct list_head *fresh,
		  u64 *loc)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vkv_segment *seg;

		if (bytes[i] > room_in(sp, *open)) {
			if (*open != NONE)
				close_open(sp, s, open);
			seg = list_first_entry(fresh, struct vkv_segment, list);
			list_del_init(&seg->list);
			*open = vkv_segment_number(sp, seg);
		}
		seg = &sp->seg[*open];
		loc[i] = location(sp, *open, seg->fill);
		seg->fill += bytes[i];
	}
}

/* The common case: one record, and it fits. */
static bool place_one(struct vkv_space *sp, u32 open, u32 bytes, u64 *loc)
{
	struct vkv_segment *seg = &sp->seg[open];

	if (open == NONE || bytes > sp->segment_size - seg->fill)
		return false;
	*loc = location(sp, open, seg->fill);
	seg->fill += bytes;
	return true;
}

static noinline int place_many(struct vkv_space *sp, struct vkv_slot *s,
			       enum vkv_space_class class, u32 generation,
			       const u32 *bytes, unsigned int nr, u64 *loc)
{
	u32 *open = &s->open[generation];
	LIST_HEAD(fresh);
	int err;

	if (!segments_needed(sp, room_in(sp, *open), bytes, nr)) {
		place(sp, s, open, bytes, nr, &fresh, loc);
		return 0;
	}
	spin_lock(&sp->lock);
	err = take_segments(sp, s, class, generation, bytes, nr, &fresh);
	if (!err)
		place(sp, s, open, bytes, nr, &fresh, loc);
	spin_unlock(&sp->lock);
	return err;
}

static int log_reserve(struct vkv_space *sp, unsigned int slot,
		       enum vkv_space_class class, const u32 *bytes,
		       unsigned int nr, u64 *loc)
{
	u32 generation = class == VKV_SPACE_GC ? sp->moved_to : 0;
	struct vkv_slot *s = &sp->slot[slot];

	if (nr == 1 && place_one(sp, s->open[generation], bytes[0], loc))
		return 0;
	return place_many(sp, s, class, generation, bytes, nr, loc);
}

static void log_extent(struct vkv_space *sp, u32 segment, u64 *from, u64 *to)
{
	*from = location(sp, segment, sizeof(struct vkv_segment_head));
	*to = location(sp, segment, sp->seg[segment].fill);
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

static u32 lost_segments(const struct vkv_space *sp)
{
	u32 per_segment = vkv_pages_per_segment(sp);
	/* One more for what the draining of index pages leaves unused. */
	u32 index = DIV_ROUND_UP(sp->cfg.index_pages, per_segment) + 2;

	return VKV_SPACE_RESERVE + sp->reserve_segments +
	       vkv_space_open_max(sp) + index;
}

static u64 log_certain(struct vkv_space *sp)
{
	return (u64)(sp->nr_segments - lost_segments(sp)) * usable(sp);
}

/* Life */

static void init_slot(struct vkv_slot *s)
{
	u32 g;

	INIT_LIST_HEAD(&s->closing);
	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		s->open[g] = NONE;
}

static void init_lists(struct vkv_space *sp)
{
	u32 i;

	INIT_LIST_HEAD(&sp->free);
	INIT_LIST_HEAD(&sp->pending);
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
		init_slot(&sp->slot[i]);
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
	sp->reserve_segments = DIV_ROUND_UP(cfg->reserve_max, usable(sp));
	sp->epoch = 1;
	sp->moved_to = 1;
	sp->draining = NONE;
	spin_lock_init(&sp->lock);
	spin_lock_init(&sp->page_lock);
	if (sp->nr_segments < 2 * (u64)lost_segments(sp)) {
		log_destroy(sp);
		return -EINVAL;
	}
	sp->seg = kvcalloc(sp->nr_segments, sizeof(*sp->seg), GFP_KERNEL);
	sp->slot = kvcalloc(cfg->nr_slots, sizeof(*sp->slot), GFP_KERNEL);
	if (!sp->seg || !sp->slot) {
		log_destroy(sp);
		return -ENOMEM;
	}
	init_lists(sp);
	*out = sp;
	return 0;
}

const struct vkv_space_ops vkv_space_log = {
	.name = "log",
	.create = log_create,
	.destroy = log_destroy,
	.certain = log_certain,
	.enter = log_enter,
	.quiesce = log_quiesce,
	.idle = log_idle,
	.reserve = log_reserve,
	.live = vkv_space_live,
	.unit = log_unit,
	.low = vkv_space_low,
	.victim = vkv_space_victim,
	.extent = log_extent,
	.victim_live = vkv_space_victim_live,
	.release = vkv_space_release,
	.retire = vkv_space_retire,
	.harvest = log_harvest,
	.page_alloc = vkv_space_page_alloc,
	.page_free = vkv_space_page_free,
	.page_victim = vkv_space_page_victim,
	.wipe = vkv_space_wipe,
	.stat = log_stat,
	.segments = log_segments,
	.check = vkv_space_check,
};
