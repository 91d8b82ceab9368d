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
 *				and nobody's; the next slot goes on with it
 *	FULL, PARKED -> VICTIM	victim: the collector moves its live records
 *	VICTIM -> PENDING	release: nothing points to it any more, but what
 *				was found before may still be read
 *	PENDING -> FREE		harvest: every slot has passed a quiescent point
 *	VICTIM -> RETIRED	retire: its records cannot be read
 *	FREE -> META		page_alloc: 4 KiB pages for the index
 *	META -> PENDING		page_free: the last page came back
 *
 * Quiescent points are counted by an epoch. A released segment takes the next
 * epoch as its stamp; a slot notes the epoch at its quiescent point, 0 when it
 * is idle. What is stamped no later than every slot's note cannot be reached.
 *
 * Room. Closing a segment wastes less than the largest record, so each holds at
 * least usable() bytes. certain() leaves out one open (or parked) segment for
 * each slot, RESERVE for the collector, what one reserve can ask for, and the
 * index's share beside its entries. Whenever a reserve fails, the other segments
 * are full, and their number times usable() is more than what may be live: so
 * some full segment has garbage, and collecting the one with the least live
 * bytes gains room, until the reserve fits. The collector always has a place to
 * copy to, because only it may take the last RESERVE segments, and each that it
 * fills has emptied another.
 *
 * A big reserve could be starved by small ones that take every segment as it
 * becomes free. A slot whose reserve fails therefore draws a ticket, and what it
 * needs is left to it by all that come later, until it is served or stops asking.
 *
 * Pages. The first page of a META segment says what its other pages are used
 * for: the index's cookie or 0. When free pages could be a segment, the one
 * with the fewest used is drained: page_victim() names its pages one by one for
 * the index to move.
 *
 * Locks: pages (page_lock) outside of segments (lock); both may be taken under
 * locks of the index, and nothing is called while they are held. The live counts
 * are atomic; appending to one's own open segment takes no lock.
 */
#include "kv_space.h"

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "kv_index.h"
#include "kv_record.h"

/* Segments that only the collector may take. */
#define RESERVE 2u
#define NONE VKV_NO_SEGMENT
#define SEGMENT_MAGIC 0x56534547u
#define META_MAGIC 0x564d4554u
#define COOKIE_USED (1u << 31)

enum state {
	FREE,
	OPEN,
	PARKED,
	CLOSING,
	FULL,
	VICTIM,
	PENDING,
	META,
	RETIRED,
};

/* The beginning of a segment with records. */
struct segment_head {
	u32 magic;
	u32 number;
	u64 epoch;
};

static_assert(sizeof(struct segment_head) == VKV_ALIGN);

struct segment {
	struct list_head list;	/* of its state */
	u64 stamp;		/* PENDING: when it can be free */
	atomic_t live;		/* bytes in live records */
	u32 fill;		/* bytes used from its beginning; the owner's */
	u16 used;		/* META: pages in use */
	u16 hint;		/* META: where to look for a free page */
	u8 state;
};

struct slot {
	u64 seen;		/* epoch of the last quiescent point; 0: idle */
	u32 open;		/* its segment or NONE */
	u32 waits;		/* quiescent points since it last asked */
	u32 need;		/* lock: segments it waits for */
	u64 ticket;		/* lock: its turn, 0 when it does not wait */
	struct list_head closing;	/* lock, to change */
} ____cacheline_aligned_in_smp;

struct vkv_space {
	struct vkv_space_config cfg;
	u32 segment_size;
	u32 nr_segments;
	u32 reserve_segments;	/* what one reserve may ask for */
	struct segment *seg;
	struct slot *slot;

	spinlock_t lock;	/* states, lists, and these: */
	u64 epoch;
	struct list_head free;
	struct list_head parked;
	struct list_head full;
	struct list_head pending;	/* stamps grow */
	u32 nr_free;
	u32 nr_victims;
	u32 nr_retired;
	u64 tickets;		/* drawn since the start */

	spinlock_t page_lock;	/* META segments and these: */
	struct list_head meta;	/* with free pages */
	struct list_head meta_full;
	u32 draining;		/* not on a list; or NONE */
	u32 nr_meta;
	u64 nr_pages;
};

static u32 number(const struct vkv_space *sp, const struct segment *seg)
{
	return seg - sp->seg;
}

static void *segment_mem(const struct vkv_space *sp, u32 nr)
{
	return sp->cfg.mem + ((u64)nr << sp->cfg.segment_shift);
}

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

static u32 pages_per_segment(const struct vkv_space *sp)
{
	return sp->segment_size / VKV_PAGE_SIZE - 1;
}

static void add_free(struct vkv_space *sp, int nr)
{
	lockdep_assert_held(&sp->lock);
	WRITE_ONCE(sp->nr_free, sp->nr_free + nr);
}

static void set_state(struct vkv_space *sp, struct segment *seg,
		      enum state state, struct list_head *list)
{
	lockdep_assert_held(&sp->lock);
	seg->state = state;
	list_move_tail(&seg->list, list);
}

/* Epochs */

static void log_enter(struct vkv_space *sp, unsigned int slot)
{
	struct slot *s = &sp->slot[slot];

	if (s->seen)
		return;
	/* What was unlinked before this epoch began is not found any more. */
	WRITE_ONCE(s->seen, smp_load_acquire(&sp->epoch));
	/*
	 * Pairs with the one in oldest_epoch(): either that sees this slot, or
	 * this slot sees what was unlinked.
	 */
	smp_mb();
}

/* What was unlinked before is out of reach for slots that see this epoch. */
static u64 next_epoch(struct vkv_space *sp)
{
	lockdep_assert_held(&sp->lock);
	/* After what was unlinked; pairs with the acquire of a slot's note. */
	smp_store_release(&sp->epoch, sp->epoch + 1);
	return sp->epoch;
}

static u64 oldest_epoch(const struct vkv_space *sp)
{
	u64 oldest = sp->epoch;
	u32 i;

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

static bool harvest(struct vkv_space *sp)
{
	struct segment *seg, *next;
	bool any = false;
	u64 oldest;

	lockdep_assert_held(&sp->lock);
	if (list_empty(&sp->pending))
		return false;
	oldest = oldest_epoch(sp);
	list_for_each_entry_safe(seg, next, &sp->pending, list) {
		if (seg->stamp > oldest)
			break;
		seg->fill = 0;
		set_state(sp, seg, FREE, &sp->free);
		add_free(sp, 1);
		any = true;
	}
	return any;
}

static bool log_harvest(struct vkv_space *sp)
{
	bool any;

	spin_lock(&sp->lock);
	any = harvest(sp);
	spin_unlock(&sp->lock);
	return any;
}

static void pend(struct vkv_space *sp, struct segment *seg)
{
	seg->stamp = next_epoch(sp);
	set_state(sp, seg, PENDING, &sp->pending);
}

/* The slot's transactions are over: what it closed can be collected. */
static void close_done(struct vkv_space *sp, struct slot *s)
{
	struct segment *seg, *next;

	lockdep_assert_held(&sp->lock);
	list_for_each_entry_safe(seg, next, &s->closing, list)
		set_state(sp, seg, FULL, &sp->full);
}

/* Who does not come back must not keep the others waiting. */
static void waiter_check(struct vkv_space *sp, struct slot *s)
{
	if (!s->ticket || ++s->waits < 3)
		return;
	spin_lock(&sp->lock);
	s->ticket = 0;
	spin_unlock(&sp->lock);
}

static void log_quiesce(struct vkv_space *sp, unsigned int slot)
{
	struct slot *s = &sp->slot[slot];

	if (!list_empty(&s->closing)) {
		spin_lock(&sp->lock);
		close_done(sp, s);
		spin_unlock(&sp->lock);
	}
	waiter_check(sp, s);
	/* Both sides of next_epoch() and oldest_epoch() in one. */
	if (s->seen)
		smp_store_release(&s->seen, smp_load_acquire(&sp->epoch));
}

static void log_idle(struct vkv_space *sp, unsigned int slot)
{
	struct slot *s = &sp->slot[slot];

	if (s->open != NONE || !list_empty(&s->closing) || s->ticket) {
		spin_lock(&sp->lock);
		close_done(sp, s);
		if (s->open != NONE)
			set_state(sp, &sp->seg[s->open], PARKED, &sp->parked);
		s->open = NONE;
		s->ticket = 0;
		spin_unlock(&sp->lock);
	}
	/* Pairs with the acquire in oldest_epoch(). */
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
			room = sp->segment_size - sizeof(struct segment_head);
		}
		room -= bytes[i];
	}
	return need;
}

static u32 room_in(const struct vkv_space *sp, u32 open)
{
	return open == NONE ? 0 : sp->segment_size - sp->seg[open].fill;
}

static void start_segment(struct vkv_space *sp, struct segment *seg)
{
	struct segment_head head = {
		.magic = SEGMENT_MAGIC,
		.number = number(sp, seg),
		.epoch = sp->epoch,
	};

	memcpy(segment_mem(sp, head.number), &head, sizeof(head));
	seg->fill = sizeof(head);
}

static struct segment *take_free(struct vkv_space *sp)
{
	struct segment *seg = list_first_entry(&sp->free, struct segment, list);

	add_free(sp, -1);
	return seg;
}

static void take_parked(struct vkv_space *sp, struct slot *s)
{
	struct segment *seg;

	if (s->open != NONE || list_empty(&sp->parked))
		return;
	seg = list_first_entry(&sp->parked, struct segment, list);
	seg->state = OPEN;
	list_del_init(&seg->list);
	s->open = number(sp, seg);
}

/* Segments that slots with earlier tickets wait for. */
static u32 promised(const struct vkv_space *sp, const struct slot *s)
{
	u32 sum = 0;
	u32 i;

	for (i = 0; i < sp->cfg.nr_slots; i++) {
		const struct slot *other = &sp->slot[i];

		if (other->ticket && (!s->ticket || other->ticket < s->ticket))
			sum += other->need;
	}
	return sum;
}

/* May this slot take @need segments? If not, it waits for its turn. */
static bool may_take(struct vkv_space *sp, struct slot *s,
		     enum vkv_space_class class, u32 need)
{
	lockdep_assert_held(&sp->lock);
	if (class == VKV_SPACE_GC)
		return sp->nr_free >= need;
	if (sp->nr_free >= need + RESERVE + promised(sp, s)) {
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
static int take_segments(struct vkv_space *sp, struct slot *s,
			 enum vkv_space_class class, const u32 *bytes,
			 unsigned int nr, struct list_head *list)
{
	u32 need;

	lockdep_assert_held(&sp->lock);
	take_parked(sp, s);
	need = segments_needed(sp, room_in(sp, s->open), bytes, nr);
	if (!need)
		return 0;
	harvest(sp);
	if (!may_take(sp, s, class, need))
		return -EAGAIN;
	while (need--) {
		struct segment *seg = take_free(sp);

		set_state(sp, seg, OPEN, list);
		start_segment(sp, seg);
	}
	return 0;
}

static void close_open(struct vkv_space *sp, struct slot *s)
{
	struct segment *seg = &sp->seg[s->open];

	lockdep_assert_held(&sp->lock);
	seg->state = CLOSING;
	list_add_tail(&seg->list, &s->closing);
	s->open = NONE;
}

static void place(struct vkv_space *sp, struct slot *s, const u32 *bytes,
		  unsigned int nr, struct list_head *fresh, u64 *loc)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct segment *seg;

		if (bytes[i] > room_in(sp, s->open)) {
			if (s->open != NONE)
				close_open(sp, s);
			seg = list_first_entry(fresh, struct segment, list);
			list_del_init(&seg->list);
			s->open = number(sp, seg);
		}
		seg = &sp->seg[s->open];
		loc[i] = location(sp, s->open, seg->fill);
		seg->fill += bytes[i];
	}
}

static int log_reserve(struct vkv_space *sp, unsigned int slot,
		       enum vkv_space_class class, const u32 *bytes,
		       unsigned int nr, u64 *loc)
{
	struct slot *s = &sp->slot[slot];
	LIST_HEAD(fresh);
	int err;

	if (!segments_needed(sp, room_in(sp, s->open), bytes, nr)) {
		place(sp, s, bytes, nr, &fresh, loc);
		return 0;
	}
	spin_lock(&sp->lock);
	err = take_segments(sp, s, class, bytes, nr, &fresh);
	if (!err)
		place(sp, s, bytes, nr, &fresh, loc);
	spin_unlock(&sp->lock);
	return err;
}

static void log_live(struct vkv_space *sp, u64 loc, s32 bytes)
{
	atomic_add(bytes, &sp->seg[log_unit(sp, loc)].live);
}

/* Collecting */

/*
 * Free segments below which the collector runs: what a reserve of any size
 * needs, and one for each slot that may take a segment meanwhile.
 */
static u32 low_mark(const struct vkv_space *sp)
{
	return RESERVE + sp->reserve_segments + sp->cfg.nr_slots;
}

static bool log_low(struct vkv_space *sp)
{
	return READ_ONCE(sp->nr_free) < low_mark(sp);
}

static u32 live_in(const struct segment *seg)
{
	/* A writer may have taken its bytes off before they were added. */
	return max(atomic_read(&seg->live), 0);
}

/* The one with the least live bytes among those that have garbage. */
static struct segment *greediest(struct list_head *list, u32 limit)
{
	struct segment *best = NULL;
	struct segment *seg;
	u32 least = limit;

	list_for_each_entry(seg, list, list) {
		u32 live = live_in(seg);

		if (live >= least ||
		    live + sizeof(struct segment_head) >= seg->fill)
			continue;
		best = seg;
		least = live;
	}
	return best;
}

static u32 log_victim(struct vkv_space *sp, bool eager)
{
	struct segment *best = NULL;
	u32 limit = sp->segment_size;
	u32 nr = NONE;

	spin_lock(&sp->lock);
	harvest(sp);
	if (!eager && sp->nr_free >= low_mark(sp))
		goto unlock;
	/* While nobody waits, only what is worth its copying. */
	if (!eager && sp->nr_free >= RESERVE + sp->reserve_segments)
		limit -= limit / 16;
	best = greediest(&sp->full, limit);
	if (!best)
		best = greediest(&sp->parked, limit);
	if (best) {
		best->state = VICTIM;
		list_del_init(&best->list);
		sp->nr_victims++;
		nr = number(sp, best);
	}
unlock:
	spin_unlock(&sp->lock);
	return nr;
}

static void log_extent(struct vkv_space *sp, u32 segment, u64 *from, u64 *to)
{
	*from = location(sp, segment, sizeof(struct segment_head));
	*to = location(sp, segment, sp->seg[segment].fill);
}

static u32 log_victim_live(struct vkv_space *sp, u32 segment)
{
	return live_in(&sp->seg[segment]);
}

static void log_release(struct vkv_space *sp, u32 segment)
{
	spin_lock(&sp->lock);
	sp->nr_victims--;
	pend(sp, &sp->seg[segment]);
	spin_unlock(&sp->lock);
}

static void log_retire(struct vkv_space *sp, u32 segment)
{
	spin_lock(&sp->lock);
	sp->nr_victims--;
	sp->nr_retired++;
	sp->seg[segment].state = RETIRED;
	spin_unlock(&sp->lock);
}

/* Index pages */

/* What page @i of a META segment is used for; i = 0 is the magic number. */
static u32 *cookies(const struct vkv_space *sp, const struct segment *seg)
{
	return segment_mem(sp, number(sp, seg));
}

static struct segment *new_meta(struct vkv_space *sp)
{
	struct segment *seg = NULL;

	spin_lock(&sp->lock);
	harvest(sp);
	if (sp->nr_free > RESERVE) {
		seg = take_free(sp);
		set_state(sp, seg, META, &sp->meta);
	}
	spin_unlock(&sp->lock);
	if (!seg)
		return NULL;
	memset(cookies(sp, seg), 0, VKV_PAGE_SIZE);
	cookies(sp, seg)[0] = META_MAGIC;
	seg->used = 0;
	seg->hint = 1;
	sp->nr_meta++;
	return seg;
}

static u32 page_number(const struct vkv_space *sp, const struct segment *seg,
		       u32 i)
{
	return number(sp, seg) * (sp->segment_size / VKV_PAGE_SIZE) + i;
}

static u32 take_page(struct vkv_space *sp, struct segment *seg, u32 cookie)
{
	u32 nr = pages_per_segment(sp);
	u32 *use = cookies(sp, seg);
	u32 i = seg->hint;

	while (use[i])
		i = i % nr + 1;
	use[i] = cookie | COOKIE_USED;
	seg->hint = i % nr + 1;
	WRITE_ONCE(sp->nr_pages, sp->nr_pages + 1);
	if (++seg->used == nr)
		list_move_tail(&seg->list, &sp->meta_full);
	return page_number(sp, seg, i);
}

static u32 log_page_alloc(struct vkv_space *sp, u32 cookie)
{
	struct segment *seg;
	u32 page = 0;

	spin_lock(&sp->page_lock);
	seg = list_first_entry_or_null(&sp->meta, struct segment, list);
	if (!seg)
		seg = new_meta(sp);
	if (seg)
		page = take_page(sp, seg, cookie);
	spin_unlock(&sp->page_lock);
	return page;
}

static void drop_meta(struct vkv_space *sp, struct segment *seg)
{
	sp->nr_meta--;
	if (sp->draining == number(sp, seg))
		sp->draining = NONE;
	spin_lock(&sp->lock);
	pend(sp, seg);
	spin_unlock(&sp->lock);
}

static void log_page_free(struct vkv_space *sp, u32 page)
{
	u32 per_segment = sp->segment_size / VKV_PAGE_SIZE;
	struct segment *seg = &sp->seg[page / per_segment];

	spin_lock(&sp->page_lock);
	cookies(sp, seg)[page % per_segment] = 0;
	WRITE_ONCE(sp->nr_pages, sp->nr_pages - 1);
	seg->used--;
	if (!seg->used)
		drop_meta(sp, seg);
	else if (sp->draining != number(sp, seg))
		list_move_tail(&seg->list, &sp->meta);
	spin_unlock(&sp->page_lock);
}

/* The segment to be drained, if its pages fit into the others. */
static struct segment *drain(struct vkv_space *sp)
{
	struct segment *best = NULL;
	struct segment *seg;

	if (sp->draining != NONE)
		return &sp->seg[sp->draining];
	if ((u64)sp->nr_meta * pages_per_segment(sp) <
	    sp->nr_pages + pages_per_segment(sp))
		return NULL;
	list_for_each_entry(seg, &sp->meta, list)
		if (!best || seg->used < best->used)
			best = seg;
	if (!best || list_is_singular(&sp->meta))
		return NULL;
	list_del_init(&best->list);
	sp->draining = number(sp, best);
	return best;
}

static u32 log_page_victim(struct vkv_space *sp, bool eager, u32 *cookie)
{
	struct segment *seg;
	u32 page = 0;
	u32 i;

	if (!eager && !log_low(sp))
		return 0;
	spin_lock(&sp->page_lock);
	seg = drain(sp);
	for (i = 1; seg && i <= pages_per_segment(sp); i++)
		if (cookies(sp, seg)[i]) {
			*cookie = cookies(sp, seg)[i] & ~COOKIE_USED;
			page = page_number(sp, seg, i);
			break;
		}
	spin_unlock(&sp->page_lock);
	return page;
}

/* Numbers */

static void log_stat(struct vkv_space *sp, struct vkv_space_stat *stat)
{
	u32 i;

	stat->physical = (u64)sp->nr_segments << sp->cfg.segment_shift;
	stat->free = (u64)READ_ONCE(sp->nr_free) << sp->cfg.segment_shift;
	stat->live = 0;
	for (i = 0; i < sp->nr_segments; i++)
		stat->live += live_in(&sp->seg[i]);
	stat->index_pages = READ_ONCE(sp->nr_pages);
}

static u32 log_segments(struct vkv_space *sp)
{
	return sp->nr_segments;
}

static u32 lost_segments(const struct vkv_space *sp)
{
	const struct vkv_space_config *cfg = &sp->cfg;
	/* One more for what the draining of index pages leaves unused. */
	u32 index = DIV_ROUND_UP(cfg->index_pages, pages_per_segment(sp)) + 2;

	return RESERVE + sp->reserve_segments + cfg->nr_slots + index;
}

static u64 log_certain(struct vkv_space *sp)
{
	return (u64)(sp->nr_segments - lost_segments(sp)) * usable(sp);
}

/* Verification */

static int complain(char *why, size_t why_len, const char *what, u32 segment,
		    u64 has, u64 should)
{
	scnprintf(why, why_len, "space: %s, segment %u: %llu, not %llu", what,
		  segment, has, should);
	return -EUCLEAN;
}

static u32 count(const struct list_head *list)
{
	const struct list_head *at;
	u32 nr = 0;

	list_for_each(at, list)
		nr++;
	return nr;
}

static int check_segment(const struct vkv_space *sp, u32 nr, u32 live,
			 char *why, size_t why_len)
{
	const struct segment *seg = &sp->seg[nr];
	bool records = seg->state != FREE && seg->state != META &&
		       seg->state != PENDING;

	if (atomic_read(&seg->live) != (int)live)
		return complain(why, why_len, "live bytes", nr,
				atomic_read(&seg->live), live);
	if (!records && live)
		return complain(why, why_len, "live where none should be", nr,
				live, 0);
	if (seg->fill > sp->segment_size)
		return complain(why, why_len, "fill", nr, seg->fill,
				sp->segment_size);
	if (records && live + sizeof(struct segment_head) > seg->fill)
		return complain(why, why_len, "more live than filled", nr, live,
				seg->fill);
	return 0;
}

static int check_meta(const struct vkv_space *sp, char *why, size_t why_len)
{
	u64 pages = 0;
	u32 nr, i;

	for (nr = 0; nr < sp->nr_segments; nr++) {
		const struct segment *seg = &sp->seg[nr];
		u32 used = 0;

		if (seg->state != META)
			continue;
		for (i = 1; i <= pages_per_segment(sp); i++)
			used += cookies(sp, seg)[i] != 0;
		if (used != seg->used)
			return complain(why, why_len, "pages used", nr,
					seg->used, used);
		pages += used;
	}
	if (pages != sp->nr_pages)
		return complain(why, why_len, "pages in all", 0, sp->nr_pages,
				pages);
	return 0;
}

/* Every segment is in one place, and every place knows its number. */
static int check_census(const struct vkv_space *sp, char *why, size_t why_len)
{
	u32 open = 0, closing = 0, all, i;
	u32 meta = count(&sp->meta) + count(&sp->meta_full) +
		   (sp->draining != NONE);

	for (i = 0; i < sp->cfg.nr_slots; i++) {
		open += sp->slot[i].open != NONE;
		closing += count(&sp->slot[i].closing);
	}
	all = count(&sp->free) + open + closing + count(&sp->parked) +
	      count(&sp->full) + count(&sp->pending) + sp->nr_victims + meta +
	      sp->nr_retired;
	if (count(&sp->free) != sp->nr_free)
		return complain(why, why_len, "free segments", 0, sp->nr_free,
				count(&sp->free));
	if (meta != sp->nr_meta)
		return complain(why, why_len, "index segments", 0, sp->nr_meta,
				meta);
	if (open + count(&sp->parked) > sp->cfg.nr_slots)
		return complain(why, why_len, "open segments", 0,
				open + count(&sp->parked), sp->cfg.nr_slots);
	if (all != sp->nr_segments)
		return complain(why, why_len, "segments in all", 0, all,
				sp->nr_segments);
	return 0;
}

static int check_list(const struct vkv_space *sp, const struct list_head *list,
		      enum state state, char *why, size_t why_len)
{
	const struct segment *seg;

	list_for_each_entry(seg, list, list)
		if (seg->state != state)
			return complain(why, why_len, "state",
					number(sp, seg), seg->state, state);
	return 0;
}

static int check_lists(const struct vkv_space *sp, char *why, size_t why_len)
{
	const struct {
		const struct list_head *list;
		enum state state;
	} lists[] = {
		{ &sp->free, FREE },	   { &sp->parked, PARKED },
		{ &sp->full, FULL },	   { &sp->pending, PENDING },
		{ &sp->meta, META },	   { &sp->meta_full, META },
	};
	int err = 0;
	u32 i;

	for (i = 0; !err && i < ARRAY_SIZE(lists); i++)
		err = check_list(sp, lists[i].list, lists[i].state, why,
				 why_len);
	return err;
}

static int log_check(struct vkv_space *sp, const u32 *live, char *why,
		     size_t why_len)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < sp->nr_segments; i++)
		err = check_segment(sp, i, live[i], why, why_len);
	if (!err)
		err = check_lists(sp, why, why_len);
	if (!err)
		err = check_census(sp, why, why_len);
	if (!err)
		err = check_meta(sp, why, why_len);
	return err;
}

/* Life */

static void init_lists(struct vkv_space *sp)
{
	u32 i;

	INIT_LIST_HEAD(&sp->free);
	INIT_LIST_HEAD(&sp->parked);
	INIT_LIST_HEAD(&sp->full);
	INIT_LIST_HEAD(&sp->pending);
	INIT_LIST_HEAD(&sp->meta);
	INIT_LIST_HEAD(&sp->meta_full);
	for (i = 0; i < sp->nr_segments; i++)
		list_add_tail(&sp->seg[i].list, &sp->free);
	for (i = 0; i < sp->cfg.nr_slots; i++) {
		INIT_LIST_HEAD(&sp->slot[i].closing);
		sp->slot[i].open = NONE;
	}
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
	.live = log_live,
	.unit = log_unit,
	.low = log_low,
	.victim = log_victim,
	.extent = log_extent,
	.victim_live = log_victim_live,
	.release = log_release,
	.retire = log_retire,
	.harvest = log_harvest,
	.page_alloc = log_page_alloc,
	.page_free = log_page_free,
	.page_victim = log_page_victim,
	.stat = log_stat,
	.segments = log_segments,
	.check = log_check,
};
