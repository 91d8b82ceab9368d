// SPDX-License-Identifier: GPL-2.0
/*
 * Dies and channels of the model "nand".
 *
 * What somebody waits for has its time at once: a read begins when its die has
 * done what has a time before. A program that nobody waits for stays in the
 * queue of its die without a time, behind every read, until the die is idle: as
 * soon as time has passed that moment, or the buffer needs the room, it gets its
 * time. Erases come behind the programs.
 *
 * Work is given to a part when the operation has passed the controller, in the
 * order of the calls, though a read that follows another (a record behind its
 * index page) begins later: it would leave its die idle for those who come in
 * between. So the work counts from then, and the answer is no earlier than
 * it can be. A part never has more work than time.
 *
 * With suspension, a read does not wait for a program or erase that has begun:
 * it takes the die after a moment, and what was begun ends as much later.
 */
#include "timing/nand.h"

#include <linux/kernel.h>
#include <linux/minmax.h>

#define NONE VKV_NAND_NONE

/* Channels */

/* The backlog moves while nobody else does. */
static void catch_up(struct vkv_nand_channel *ch, u64 t)
{
	u64 idle;

	if (t <= ch->free_at)
		return;
	idle = t - ch->free_at;
	ch->backlog -= min(ch->backlog, idle);
	ch->free_at = t;
}

u64 vkv_nand_transfer(struct vkv_nand *n, u32 die, u64 bytes, u64 t)
{
	struct vkv_nand_channel *ch = vkv_nand_channel_of(n, die);
	u64 ns = vkv_nand_move(bytes, n->value[NAND_CHANNEL]);

	lockdep_assert_held(&n->lock);
	catch_up(ch, n->base);
	ch->free_at += ns;
	return max(ch->free_at, t + ns);
}

u64 vkv_nand_deliver(struct vkv_nand *n, u32 die, u64 bytes, u64 t)
{
	struct vkv_nand_channel *ch = vkv_nand_channel_of(n, die);
	u64 ns = vkv_nand_move(bytes, n->value[NAND_CHANNEL]);

	lockdep_assert_held(&n->lock);
	catch_up(ch, n->base);
	ch->backlog += ns;
	return max(ch->free_at + ch->backlog, t + ns);
}

/* Programs and erases */

static void run(struct vkv_nand_die *die, u64 start, u64 ns, u32 slot)
{
	die->free_at = start + ns;
	die->busy += ns;
	die->running = slot;
	die->running_until = die->free_at;
	die->giving_way = 0;
}

static void run_program(struct vkv_nand *n, struct vkv_nand_die *die)
{
	struct vkv_nand_slot *slot = &n->slot[die->first];
	u64 ns = vkv_nand_time(n, NAND_PROGRAM, slot->kind);
	/* What is forced may not be ready yet; its work counts from now on. */
	u64 start = max(die->free_at, min(slot->ready, n->base));

	run(die, start, ns, die->first);
	slot->done = max(start, slot->ready) + ns;
	n->usage.media_programs += n->unit_pages;
	die->first = slot->next;
	if (die->first == NONE)
		die->last = NONE;
}

void vkv_nand_settle(struct vkv_nand *n, u32 i, u64 t)
{
	struct vkv_nand_die *die = &n->die[i];

	lockdep_assert_held(&n->lock);
	while (die->first != NONE &&
	       max(die->free_at, n->slot[die->first].ready) <= t)
		run_program(n, die);
	while (die->erases && die->first == NONE && die->free_at <= t) {
		die->erases--;
		run(die, die->free_at, n->value[NAND_ERASE], NONE);
		n->usage.media_erases++;
	}
}

u64 vkv_nand_force(struct vkv_nand *n, struct vkv_nand_slot *slot)
{
	lockdep_assert_held(&n->lock);
	while (!slot->done)
		run_program(n, &n->die[slot->die]);
	return slot->done;
}

void vkv_nand_program(struct vkv_nand *n, struct vkv_nand_slot *slot)
{
	struct vkv_nand_die *die = &n->die[slot->die];
	u32 nr = slot - n->slot;

	lockdep_assert_held(&n->lock);
	slot->next = NONE;
	if (die->first == NONE)
		die->first = nr;
	else
		n->slot[die->last].next = nr;
	die->last = nr;
}

void vkv_nand_erase(struct vkv_nand *n)
{
	struct vkv_nand_die *die = &n->die[n->erase_die];

	lockdep_assert_held(&n->lock);
	vkv_nand_settle(n, n->erase_die, n->now);
	/* It does not begin in the past. */
	if (!die->erases++ && die->first == NONE)
		die->free_at = max(die->free_at, n->now);
	n->erase_die = (n->erase_die + 1) % n->nr_dies;
}

/* Reads */

/* What runs gives way, and ends later; returns when the read can begin. */
static u64 interrupt(struct vkv_nand *n, struct vkv_nand_die *die, u64 ns)
{
	u64 start = die->giving_way;
	u64 cost = ns;

	if (n->base >= start) {
		start = n->base + n->value[NAND_SUSPEND];
		cost += n->value[NAND_SUSPEND];
	}
	die->giving_way = start + ns;
	die->running_until += cost;
	die->free_at += cost;
	die->busy += cost;
	if (die->running != NONE)
		n->slot[die->running].done += cost;
	return start;
}

static bool is_interruptible(const struct vkv_nand *n,
			     const struct vkv_nand_die *die)
{
	/* With a read behind it, that has its time already. */
	return n->value[NAND_SUSPEND] && n->base < die->running_until &&
	       die->running_until == die->free_at;
}

u64 vkv_nand_read(struct vkv_nand *n, u32 i, u64 ns, u64 t)
{
	struct vkv_nand_die *die = &n->die[i];
	u64 start;

	lockdep_assert_held(&n->lock);
	n->usage.media_reads++;
	vkv_nand_settle(n, i, n->base);
	if (is_interruptible(n, die)) {
		start = interrupt(n, die, ns);
	} else {
		start = max(die->free_at, n->base);
		die->free_at = start + ns;
		die->busy += ns;
	}
	return max(start, t) + ns;
}
