/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Dies and channels of the model "nand"; the essay is in timing/nand_die.c.
 */
#ifndef VKV_TIMING_NAND_DIE_H
#define VKV_TIMING_NAND_DIE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct vkv_nand;
struct vkv_nand_slot;

/**
 * struct vkv_nand_die - a die
 * @free_at: end of the work that has a time
 * @busy: ns of work, until @free_at
 * @giving_way: end of the last read that suspended the running work
 * @running: slot that is programmed last; VKV_NAND_NONE: none, or an erase
 * @running_until: end of that program or erase
 * @first: first of the slots that wait to be programmed, or VKV_NAND_NONE
 * @last: the last of them
 * @erases: blocks that wait to be erased
 */
struct vkv_nand_die {
	u64 free_at;
	u64 busy;
	u64 giving_way;
	u32 running;
	u64 running_until;
	u32 first;
	u32 last;
	u32 erases;
};

/**
 * struct vkv_nand_channel - a channel
 * @free_at: end of the last transfer that an operation waits for
 * @backlog: ns of other transfers, which take the time that is left
 */
struct vkv_nand_channel {
	u64 free_at;
	u64 backlog;
};

/**
 * vkv_nand_dies_create() - make the channels and their dies, all idle
 * @n: its geometry is set
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_nand_dies_create(struct vkv_nand *n);

/**
 * vkv_nand_dies_destroy() - free the channels and dies
 * @n: they need not be there
 */
void vkv_nand_dies_destroy(struct vkv_nand *n);

/**
 * vkv_nand_transfer() - move bytes that an operation waits for
 * @n: the hardware
 * @die: to or from this die
 * @bytes: how many
 * @t: ns, when the operation asks for them
 *
 * Context: the lock is held.
 * Return: ns, when they are moved.
 */
u64 vkv_nand_transfer(struct vkv_nand *n, u32 die, u64 bytes, u64 t);

/**
 * vkv_nand_deliver() - move the bytes of a slot to its die, whenever there is
 *	time
 * @n: the hardware
 * @die: to this die
 * @bytes: how many
 * @t: ns, not before
 *
 * Context: the lock is held.
 * Return: ns, when they are moved.
 */
u64 vkv_nand_deliver(struct vkv_nand *n, u32 die, u64 bytes, u64 t);

/**
 * vkv_nand_read() - read a page
 * @n: the hardware
 * @i: number of the die
 * @ns: how long the read takes
 * @t: ns, not before
 *
 * Context: the lock is held.
 * Return: ns, when it is read.
 */
u64 vkv_nand_read(struct vkv_nand *n, u32 i, u64 ns, u64 t);

/**
 * vkv_nand_program() - put a slot into the queue of its die
 * @n: the hardware
 * @slot: the slot; its @ready is set
 *
 * Context: the lock is held.
 */
void vkv_nand_program(struct vkv_nand *n, struct vkv_nand_slot *slot);

/**
 * vkv_nand_settle() - give a time to all work that a die begins until a moment
 * @n: the hardware
 * @i: number of the die
 * @t: ns, the moment
 *
 * Context: the lock is held.
 */
void vkv_nand_settle(struct vkv_nand *n, u32 i, u64 t);

/**
 * vkv_nand_force() - give a slot its time now
 * @n: the hardware
 * @slot: in the queue of its die
 *
 * Context: the lock is held.
 * Return: ns, when it is programmed.
 */
u64 vkv_nand_force(struct vkv_nand *n, struct vkv_nand_slot *slot);

/**
 * vkv_nand_erase() - erase one more block, on the next die in turn
 * @n: the hardware
 *
 * The die does it when it has nothing else to do.
 * Context: the lock is held.
 */
void vkv_nand_erase(struct vkv_nand *n);

#endif
