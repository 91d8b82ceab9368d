/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slots: one for each thread that works in the log.
 */
#ifndef VKV_SPACE_SLOT_H
#define VKV_SPACE_SLOT_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/types.h>

#include "ftl/space/segment.h"

struct vkv_space;

/**
 * struct vkv_slot - a thread; fields without another owner are the thread's own
 * @seen: epoch of its last quiescent point, 0 while it is idle; read by others
 * @open: for each generation its open segment, or VKV_NO_SEGMENT
 * @waits: its quiescent points since it last asked for segments
 * @need: segments that it waits for; under the lock
 * @since: when it drew the ticket: see vkv_space_in_vain(); under the lock
 * @ticket: its turn, 0 while it does not wait; changes under the lock
 * @closing: segments it has filled since its last quiescent point; changes
 *	under the lock
 */
struct vkv_slot {
	u64 seen;
	u32 open[VKV_NR_GENERATIONS];
	u32 waits;
	u32 need;
	u64 since;
	u64 ticket;
	struct list_head closing;
} ____cacheline_aligned_in_smp;

/**
 * vkv_slot_init() - a slot that is idle
 * @s: zeroed
 */
void vkv_slot_init(struct vkv_slot *s);

/**
 * vkv_slot_enter() - vkv_space_ops.enter
 * @sp: the space manager
 * @slot: the caller's own
 */
void vkv_slot_enter(struct vkv_space *sp, unsigned int slot);

/**
 * vkv_slot_quiesce() - vkv_space_ops.quiesce
 * @sp: the space manager
 * @slot: the caller's own
 */
void vkv_slot_quiesce(struct vkv_space *sp, unsigned int slot);

/**
 * vkv_slot_idle() - vkv_space_ops.idle
 * @sp: the space manager
 * @slot: the caller's own
 */
void vkv_slot_idle(struct vkv_space *sp, unsigned int slot);

#endif
