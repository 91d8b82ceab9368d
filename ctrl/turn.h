/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Assertions about threads: which one is in the rounds of a dispatcher, of a
 * worker or of the collector.
 *
 * "Context: dispatcher" in kernel-doc means that no other thread is in that
 * dispatcher's round. With assertions on, a round notes its thread, and
 * vkv_turn_assert() checks it. In production a turn is empty.
 */
#ifndef VKV_TURN_H
#define VKV_TURN_H

#include <linux/compiler.h>
#include <linux/sched.h>

#include "vkv_assert.h"

struct vkv_turn {
#if VKV_ASSERTING
	const void *thread;	/* in a round now; NULL between two rounds */
#endif
};

#if VKV_ASSERTING

static inline void vkv_turn_begin(struct vkv_turn *turn)
{
	VKV_ASSERT(!READ_ONCE(turn->thread));
	WRITE_ONCE(turn->thread, current);
}

static inline void vkv_turn_end(struct vkv_turn *turn)
{
	VKV_ASSERT(READ_ONCE(turn->thread) == current);
	WRITE_ONCE(turn->thread, NULL);
}

static inline void vkv_turn_assert(const struct vkv_turn *turn)
{
	const void *thread = READ_ONCE(turn->thread);

	VKV_ASSERT(!thread || thread == current);
}

#else

static inline void vkv_turn_begin(struct vkv_turn *turn) { }
static inline void vkv_turn_end(struct vkv_turn *turn) { }
static inline void vkv_turn_assert(const struct vkv_turn *turn) { }

#endif

#endif
