// SPDX-License-Identifier: GPL-2.0
/*
 * Dies and channels of the model "nand".
 *
 * Work that an operation waits for has its time at once: a read begins when its
 * die has done the work that has a time before it. A program that nobody waits
 * for stays in the queue of its die without a time, behind every read, until
 * the die is idle. It gets its time as soon as time has passed that moment, or
 * when the buffer needs the room. Erases come behind the programs.
 *
 * An operation gives work to the parts when it has passed the controller, in
 * the order of the calls. A read that follows another one (a record behind its
 * index page) begins later, and would leave its die idle for operations that
 * come in between. So its work counts from the moment at which the operation
 * passed the controller, and the answer is no earlier than it can be. A part
 * never has more work than time.
 *
 * With suspension, a read does not wait for a program or an erase that has
 * begun. It takes the die after a moment, and the suspended work ends as much
 * later.
 */
#include "timing/nand_die.h"

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "timing/nand.h"
#include "timing/nand_buffer.h"
#include "vkv_assert.h"

#define NONE VKV_NAND_NONE

/* Channels */

static struct vkv_nand_channel *channel_of(struct vkv_nand *n, u32 die)
{
	VKV_ASSERT(die < n->nr_dies);
	return &n->channel[die % (u32)n->value[NAND_CHANNELS]];
}

/* The backlog moves while no operation uses the channel. */
static void channel_catch_up(struct vkv_nand_channel *ch, u64 t)
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
	struct vkv_nand_channel *ch = channel_of(n, die);
	u64 ns = vkv_nand_transfer_time(bytes, n->value[NAND_CHANNEL]);

	lockdep_assert_held(&n->lock);
	channel_catch_up(ch, n->base);
	ch->free_at += ns;
	return max(ch->free_at, t + ns);
}

u64 vkv_nand_deliver(struct vkv_nand *n, u32 die, u64 bytes, u64 t)
{
	struct vkv_nand_channel *ch = channel_of(n, die);
	u64 ns = vkv_nand_transfer_time(bytes, n->value[NAND_CHANNEL]);

	lockdep_assert_held(&n->lock);
	channel_catch_up(ch, n->base);
	ch->backlog += ns;
	return max(ch->free_at + ch->backlog, t + ns);
}

/* Programs and erases */

static void die_run(struct vkv_nand_die *die, u64 start, u64 ns, u32 slot)
{
	die->free_at = start + ns;
	die->busy += ns;
	die->running = slot;
	die->running_until = die->free_at;
	die->giving_way = 0;
	VKV_ASSERT(die->busy <= die->free_at);
}

static void die_run_program(struct vkv_nand *n, struct vkv_nand_die *die)
{
	struct vkv_nand_slot *slot = &n->slot[die->first];
	u64 ns = vkv_nand_kind_time(n, NAND_PROGRAM, slot->kind);
	/* A forced slot may not be ready yet; its work counts from now on. */
	u64 start = max(die->free_at, min(slot->ready, n->base));

	die_run(die, start, ns, die->first);
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
		die_run_program(n, die);
	while (die->erases && die->first == NONE && die->free_at <= t) {
		die->erases--;
		die_run(die, die->free_at, n->value[NAND_ERASE], NONE);
		n->usage.media_erases++;
	}
}

u64 vkv_nand_force(struct vkv_nand *n, struct vkv_nand_slot *slot)
{
	lockdep_assert_held(&n->lock);
	while (!slot->done)
		die_run_program(n, &n->die[slot->die]);
	return slot->done;
}

void vkv_nand_program(struct vkv_nand *n, struct vkv_nand_slot *slot)
{
	struct vkv_nand_die *die = &n->die[slot->die];
	u32 nr = slot - n->slot;

	lockdep_assert_held(&n->lock);
	VKV_ASSERT(slot->queued && !slot->done);
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
	/* The erase does not begin in the past. */
	if (!die->erases++ && die->first == NONE)
		die->free_at = max(die->free_at, n->now);
	n->erase_die = (n->erase_die + 1) % n->nr_dies;
}

/* Reads */

/* The running work gives way and ends later; returns when a read can begin. */
static u64 die_interrupt(struct vkv_nand *n, struct vkv_nand_die *die, u64 ns)
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

static bool die_is_interruptible(const struct vkv_nand *n,
				 const struct vkv_nand_die *die)
{
	/* Not with a read behind it, which has its time already. */
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
	if (die_is_interruptible(n, die)) {
		start = die_interrupt(n, die, ns);
	} else {
		start = max(die->free_at, n->base);
		die->free_at = start + ns;
		die->busy += ns;
	}
	return max(start, t) + ns;
}

/* Life */

int vkv_nand_dies_create(struct vkv_nand *n)
{
	u32 i;

	n->channel = kvcalloc(n->value[NAND_CHANNELS], sizeof(*n->channel),
			      GFP_KERNEL);
	n->die = kvcalloc(n->nr_dies, sizeof(*n->die), GFP_KERNEL);
	if (!n->channel || !n->die)
		return -ENOMEM;
	for (i = 0; i < n->nr_dies; i++) {
		n->die[i].first = NONE;
		n->die[i].last = NONE;
		n->die[i].running = NONE;
	}
	return 0;
}

void vkv_nand_dies_destroy(struct vkv_nand *n)
{
	kvfree(n->die);
	kvfree(n->channel);
}
