// SPDX-License-Identifier: GPL-2.0
/*
 * Slots: the threads of the log, and their quiescent points.
 *
 * A thread that passes a quiescent point has ended its transactions. The
 * segments that it filled since the last one become FULL: no record in them
 * becomes live later, so they can be collected. A thread that goes idle also
 * leaves its open segments behind, PARKED, for the next thread that needs one.
 *
 * A slot that waits for segments holds a ticket (ftl/space/append.c). It loses
 * the ticket when it does not ask again, so that it keeps nobody waiting.
 */
#include "ftl/space/slot.h"

#include <linux/lockdep.h>
#include <linux/spinlock.h>

#include "ftl/space/epoch.h"
#include "ftl/space/level.h"
#include "ftl/space/log.h"
#include "vkv_assert.h"

#define NONE VKV_NO_SEGMENT
/* Quiescent points after which a slot that did not ask again has given up. */
#define WAITS_MAX 3u

void vkv_slot_init(struct vkv_slot *s)
{
	u32 g;

	INIT_LIST_HEAD(&s->closing);
	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		s->open[g] = NONE;
}

void vkv_slot_enter(struct vkv_space *sp, unsigned int slot)
{
	VKV_ASSERT(slot < sp->cfg.nr_slots);
	vkv_epoch_enter(sp, &sp->slot[slot]);
}

/* The transactions of the slot are over, so what it closed can be collected. */
static void slot_close_done(struct vkv_space *sp, struct vkv_slot *s)
{
	struct vkv_segment *seg, *next;

	lockdep_assert_held(&sp->lock);
	list_for_each_entry_safe(seg, next, &s->closing, list) {
		VKV_ASSERT(seg->state == VKV_SEG_CLOSING);
		seg->state = VKV_SEG_FULL;
		vkv_levels_file(sp, seg);
	}
}

/* Takes the ticket away from a slot that does not come back for its turn. */
static void slot_check_ticket(struct vkv_space *sp, struct vkv_slot *s)
{
	if (!s->ticket || ++s->waits < WAITS_MAX)
		return;
	spin_lock(&sp->lock);
	s->ticket = 0;
	spin_unlock(&sp->lock);
}

void vkv_slot_quiesce(struct vkv_space *sp, unsigned int slot)
{
	struct vkv_slot *s = &sp->slot[slot];

	VKV_ASSERT(slot < sp->cfg.nr_slots);
	if (!list_empty(&s->closing)) {
		spin_lock(&sp->lock);
		slot_close_done(sp, s);
		spin_unlock(&sp->lock);
	}
	slot_check_ticket(sp, s);
	vkv_epoch_note(sp, s);
}

static bool slot_has_open(const struct vkv_slot *s)
{
	u32 g;

	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		if (s->open[g] != NONE)
			return true;
	return false;
}

static void slot_park(struct vkv_space *sp, struct vkv_slot *s)
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

void vkv_slot_idle(struct vkv_space *sp, unsigned int slot)
{
	struct vkv_slot *s = &sp->slot[slot];
	/*
	 * A thread that comes back for its turn asks before it is idle again.
	 */
	bool left = s->ticket && s->waits++;

	VKV_ASSERT(slot < sp->cfg.nr_slots);
	if (slot_has_open(s) || !list_empty(&s->closing) || left) {
		spin_lock(&sp->lock);
		slot_close_done(sp, s);
		slot_park(sp, s);
		if (left)
			s->ticket = 0;
		spin_unlock(&sp->lock);
	}
	vkv_epoch_leave(s);
}
