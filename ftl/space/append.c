// SPDX-License-Identifier: GPL-2.0
/*
 * Places for records, at the end of the log.
 *
 * Generations. Records that survived a collection tend to survive the next. So
 * records that the host stores are of generation 0. Records that the collector
 * moves are of the generation behind their victim's, up to the last one. A
 * segment holds records of one generation only. A slot has an open segment for
 * each generation that it writes: a host's slot has one, and the collector's
 * slot has VKV_NR_GENERATIONS - 1.
 *
 * Tickets. A big reserve could be starved by small ones that take every segment
 * as it becomes free. So a slot whose reserve fails draws a ticket. All that
 * come later leave it the segments that it needs, until it is served or stops
 * asking. "All that come later" are the other slots, and the slot's own further
 * reserves before its next quiescent point: a thread that waits with several
 * reserves asks for them again in the order in which they came.
 */
#include "ftl/space/append.h"

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ftl/space/collect.h"
#include "ftl/space/log.h"
#include "vkv_assert.h"

#define NONE VKV_NO_SEGMENT
#define SEGMENT_MAGIC 0x56534547u

/* Segments that are needed beyond one that has @room bytes left. */
static u32 append_needs(const struct vkv_space *sp, u32 room, const u32 *bytes,
			unsigned int nr)
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

static u32 append_room(const struct vkv_space *sp, u32 open)
{
	return open == NONE ? 0 : sp->segment_size - sp->seg[open].fill;
}

static void append_start(struct vkv_space *sp, struct vkv_segment *seg,
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
	seg->mended = 0;
	sp->opened++;
}

/* Goes on with a parked segment, if no segment is open. */
static void append_take_parked(struct vkv_space *sp, u32 *open, u32 generation)
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
static u32 append_promised(const struct vkv_space *sp, const struct vkv_slot *s)
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

/* Does the slot wait already, for an earlier reserve of this round? */
static bool append_is_second(const struct vkv_slot *s)
{
	return s->ticket && !s->waits;
}

/* The slot waits for its turn, unless it has done so in vain. */
static int append_wait(struct vkv_space *sp, struct vkv_slot *s, u32 need)
{
	lockdep_assert_held(&sp->lock);
	if (s->ticket && vkv_space_in_vain(sp, s->since)) {
		s->ticket = 0;
		return -ENOSPC;
	}
	if (!s->ticket) {
		s->ticket = ++sp->tickets;
		s->since = vkv_space_vain(sp);
	}
	s->need = need;
	s->waits = 0;
	return -EAGAIN;
}

/* May this slot take @need segments? If not, it waits. */
static int append_may_take(struct vkv_space *sp, struct vkv_slot *s,
			   enum vkv_space_class class, u32 need)
{
	u32 left;

	lockdep_assert_held(&sp->lock);
	/* A victim takes one free segment at most: see ftl/space/log.c. */
	VKV_ASSERT(class == VKV_SPACE_HOST || need == 1);
	if (class == VKV_SPACE_GC)
		return sp->nr_free >= need ? 0 : -EAGAIN;
	left = VKV_SPACE_RESERVE + append_promised(sp, s);
	if (append_is_second(s))
		return sp->nr_free >= need + left + s->need ? 0 : -EAGAIN;
	if (sp->nr_free < need + left)
		return append_wait(sp, s, need);
	s->ticket = 0;
	return 0;
}

/*
 * Takes the segments that the records need beyond the open one onto @list.
 * They are OPEN there, but are no slot's yet: the caller places records in all
 * of them at once.
 */
static int append_take(struct vkv_space *sp, struct vkv_slot *s,
		       enum vkv_space_class class, u32 generation,
		       const u32 *bytes, unsigned int nr,
		       struct list_head *list)
{
	u32 *open = &s->open[generation];
	u32 need;
	int err;

	lockdep_assert_held(&sp->lock);
	append_take_parked(sp, open, generation);
	need = append_needs(sp, append_room(sp, *open), bytes, nr);
	if (!need)
		return 0;
	vkv_segment_harvest(sp);
	err = append_may_take(sp, s, class, need);
	if (err)
		return err;
	while (need--) {
		struct vkv_segment *seg = vkv_segment_take_free(sp);

		vkv_segment_set_state(sp, seg, VKV_SEG_OPEN, list);
		append_start(sp, seg, generation);
	}
	return 0;
}

static void append_close(struct vkv_space *sp, struct vkv_slot *s, u32 *open)
{
	struct vkv_segment *seg = &sp->seg[*open];

	lockdep_assert_held(&sp->lock);
	seg->state = VKV_SEG_CLOSING;
	seg->stamp = sp->opened;
	list_add_tail(&seg->list, &s->closing);
	*open = NONE;
}

/* Places the records in the open segment, and then in those of @fresh. */
static void append_place(struct vkv_space *sp, struct vkv_slot *s, u32 *open,
			 const u32 *bytes, unsigned int nr,
			 struct list_head *fresh, u64 *loc)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct vkv_segment *seg;

		if (bytes[i] > append_room(sp, *open)) {
			if (*open != NONE)
				append_close(sp, s, open);
			VKV_ASSERT(!list_empty(fresh));
			seg = list_first_entry(fresh, struct vkv_segment, list);
			list_del_init(&seg->list);
			*open = vkv_segment_number(sp, seg);
		}
		seg = &sp->seg[*open];
		loc[i] = vkv_segment_location(sp, *open, seg->fill);
		seg->fill += bytes[i];
	}
}

/* The common case: one record, and the open segment has room for it. */
static bool append_place_one(struct vkv_space *sp, u32 open, u32 bytes,
			     u64 *loc)
{
	struct vkv_segment *seg = &sp->seg[open];

	if (open == NONE || bytes > sp->segment_size - seg->fill)
		return false;
	*loc = vkv_segment_location(sp, open, seg->fill);
	seg->fill += bytes;
	return true;
}

static noinline int append_place_many(struct vkv_space *sp, struct vkv_slot *s,
				      enum vkv_space_class class,
				      u32 generation, const u32 *bytes,
				      unsigned int nr, u64 *loc)
{
	u32 *open = &s->open[generation];
	LIST_HEAD(fresh);
	int err;

	if (!append_needs(sp, append_room(sp, *open), bytes, nr)) {
		append_place(sp, s, open, bytes, nr, &fresh, loc);
		return 0;
	}
	spin_lock(&sp->lock);
	err = append_take(sp, s, class, generation, bytes, nr, &fresh);
	if (!err)
		append_place(sp, s, open, bytes, nr, &fresh, loc);
	spin_unlock(&sp->lock);
	return err;
}

int vkv_append_reserve(struct vkv_space *sp, unsigned int slot,
		       enum vkv_space_class class, const u32 *bytes,
		       unsigned int nr, u64 *loc)
{
	u32 generation = class == VKV_SPACE_GC ? sp->moved_to : 0;
	struct vkv_slot *s = &sp->slot[slot];

	VKV_ASSERT(slot < sp->cfg.nr_slots && nr);
	if (nr == 1 && append_place_one(sp, s->open[generation], bytes[0], loc))
		return 0;
	return append_place_many(sp, s, class, generation, bytes, nr, loc);
}
