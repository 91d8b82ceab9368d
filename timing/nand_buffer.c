// SPDX-License-Identifier: GPL-2.0
/*
 * The write buffer of the model "nand".
 *
 * A slot holds what a die programs at once: a unit of the log, or as many index
 * pages. A store waits until there is a slot for its bytes, and no longer. A
 * slot is programmed in the background when its unit is full, or ends with the
 * segment. The device's memory is volatile until then, and a Flush waits for
 * it. The bytes of a unit are read from its slot as long as it has one.
 *
 *	free -> open	the first byte of a unit comes
 *	open -> queued	its last byte comes; or a Flush; or another unit needs a
 *			slot, and this one was written longest ago
 *	queued -> free	it is programmed, and time has passed that moment
 */
#include "timing/nand_buffer.h"

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "timing/nand.h"
#include "timing/nand_die.h"
#include "timing/nand_place.h"
#include "vkv_assert.h"

#define NONE VKV_NAND_NONE
/* Room for the units that are open at a time, and a few that are queued. */
#define SLOTS_MIN 8u

static void buffer_release(struct vkv_nand *n, struct vkv_nand_slot *slot)
{
	u32 nr = slot - n->slot;

	lockdep_assert_held(&n->lock);
	if (slot->unit != NONE && n->slot_of[slot->unit] == nr + 1)
		n->slot_of[slot->unit] = 0;
	if (n->die[slot->die].running == nr)
		n->die[slot->die].running = NONE;
	n->usage.buffered -= min_t(u64, n->usage.buffered, slot->fill);
	slot->fill = 0;
	list_move_tail(&slot->link, &n->free);
}

void vkv_nand_buffer_retire(struct vkv_nand *n, u64 t)
{
	struct vkv_nand_slot *slot;

	lockdep_assert_held(&n->lock);
	while (!list_empty(&n->queue)) {
		slot = list_first_entry(&n->queue, struct vkv_nand_slot, link);
		if (!slot->done)
			vkv_nand_settle(n, slot->die, t);
		if (!slot->done || slot->done > t)
			break;
		buffer_release(n, slot);
	}
}

/* The slot is full, or as full as it gets: it is to be programmed. */
static void buffer_enqueue(struct vkv_nand *n, struct vkv_nand_slot *slot,
			   u64 t)
{
	lockdep_assert_held(&n->lock);
	VKV_ASSERT(!slot->queued && slot->fill);
	slot->queued = true;
	slot->ready = vkv_nand_deliver(n, slot->die, slot->fill, t);
	list_move_tail(&slot->link, &n->queue);
	if (n->index_slot == slot - n->slot)
		n->index_slot = NONE;
	vkv_nand_program(n, slot);
}

/* Makes a slot free; returns at which time it is. */
static u64 buffer_make_room(struct vkv_nand *n, u64 t)
{
	struct vkv_nand_slot *slot;

	lockdep_assert_held(&n->lock);
	if (list_empty(&n->queue)) {
		slot = list_first_entry(&n->open, struct vkv_nand_slot, link);
		buffer_enqueue(n, slot, t);
	}
	slot = list_first_entry(&n->queue, struct vkv_nand_slot, link);
	t = max(t, vkv_nand_force(n, slot));
	buffer_release(n, slot);
	return t;
}

/* Opens a slot; *@t becomes the time at which there is one. */
static struct vkv_nand_slot *buffer_take(struct vkv_nand *n, u32 unit, u32 die,
					 u32 kind, u64 *t)
{
	struct vkv_nand_slot *slot;

	lockdep_assert_held(&n->lock);
	vkv_nand_buffer_retire(n, n->base);
	if (list_empty(&n->free))
		*t = buffer_make_room(n, *t);
	VKV_ASSERT(!list_empty(&n->free));
	slot = list_first_entry(&n->free, struct vkv_nand_slot, link);
	slot->unit = unit;
	slot->die = die;
	slot->kind = kind;
	slot->done = 0;
	slot->queued = false;
	list_move_tail(&slot->link, &n->open);
	return slot;
}

static void buffer_fill(struct vkv_nand *n, struct vkv_nand_slot *slot,
			u32 bytes)
{
	slot->fill += bytes;
	VKV_ASSERT(!slot->queued);
	n->usage.buffered += bytes;
	list_move_tail(&slot->link, &n->open);
}

/* The open slot of a unit, or a fresh one. */
static struct vkv_nand_slot *slot_for(struct vkv_nand *n,
				      const struct vkv_nand_place *at, u64 *t)
{
	u32 nr = n->slot_of[at->unit];
	struct vkv_nand_slot *slot;

	lockdep_assert_held(&n->lock);
	if (nr && !n->slot[nr - 1].queued)
		return &n->slot[nr - 1];
	slot = buffer_take(n, at->unit, at->die, at->kind, t);
	n->slot_of[at->unit] = slot - n->slot + 1;
	return slot;
}

u64 vkv_nand_buffer_write(struct vkv_nand *n, u64 at, u64 len, u64 t)
{
	struct vkv_nand_place place;
	struct vkv_nand_slot *slot;
	u64 room, part;

	lockdep_assert_held(&n->lock);
	for (; len; at += part, len -= part) {
		vkv_nand_place_of(n, at, &place);
		room = vkv_nand_place_room(n, at);
		part = min(len, room);
		slot = slot_for(n, &place, &t);
		buffer_fill(n, slot, part);
		if (part == room)
			buffer_enqueue(n, slot, t);
	}
	return t;
}

u64 vkv_nand_buffer_index(struct vkv_nand *n, u32 page, u64 t)
{
	struct vkv_nand_slot *slot;

	lockdep_assert_held(&n->lock);
	if (n->index_slot == NONE) {
		slot = buffer_take(n, NONE, page % n->nr_dies, 0, &t);
		n->index_slot = slot - n->slot;
	}
	slot = &n->slot[n->index_slot];
	buffer_fill(n, slot, n->value[NAND_PAGE]);
	if (slot->fill >= vkv_nand_unit_bytes(n))
		buffer_enqueue(n, slot, t);
	return t;
}

void vkv_nand_buffer_drop(struct vkv_nand *n, u64 at)
{
	u32 first = at / n->layout.segment * n->segment_units;
	u32 i;

	lockdep_assert_held(&n->lock);
	for (i = first; i < first + n->segment_units; i++)
		if (n->slot_of[i] && !n->slot[n->slot_of[i] - 1].queued)
			buffer_release(n, &n->slot[n->slot_of[i] - 1]);
}

u64 vkv_nand_buffer_flush(struct vkv_nand *n, u64 t)
{
	struct vkv_nand_slot *slot, *next;
	u64 end = t;

	lockdep_assert_held(&n->lock);
	list_for_each_entry_safe(slot, next, &n->open, link)
		buffer_enqueue(n, slot, t);
	list_for_each_entry(slot, &n->queue, link)
		end = max(end, vkv_nand_force(n, slot));
	return end;
}

int vkv_nand_buffer_create(struct vkv_nand *n)
{
	u64 units = (n->layout.size / n->layout.segment + 1) * n->segment_units;
	u32 i;

	INIT_LIST_HEAD(&n->free);
	INIT_LIST_HEAD(&n->open);
	INIT_LIST_HEAD(&n->queue);
	n->index_slot = NONE;
	n->nr_slots = max_t(u64, n->value[NAND_BUFFER] / vkv_nand_unit_bytes(n),
			    SLOTS_MIN);
	n->slot = kvcalloc(n->nr_slots, sizeof(*n->slot), GFP_KERNEL);
	n->slot_of = kvcalloc(units, sizeof(*n->slot_of), GFP_KERNEL);
	if (!n->slot || !n->slot_of)
		return -ENOMEM;
	for (i = 0; i < n->nr_slots; i++)
		list_add_tail(&n->slot[i].link, &n->free);
	return 0;
}

void vkv_nand_buffer_destroy(struct vkv_nand *n)
{
	kvfree(n->slot_of);
	kvfree(n->slot);
}
