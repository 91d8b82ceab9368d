/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A dispatcher: the thread that fetches commands from some of the I/O queues.
 */
#ifndef VKV_DISPATCHER_H
#define VKV_DISPATCHER_H

#include <linux/cache.h>
#include <linux/list.h>
#include <linux/types.h>

#include "ctrl/command.h"
#include "ctrl/turn.h"

struct vkv_dev;
struct vkv_ring;
struct vkv_thread_stats;
struct vkv_worker;

/*
 * All fields belong to its thread, but for those with a comment that says so.
 */
struct vkv_dispatcher {
	struct vkv_dev *dev;
	unsigned int id;
	struct vkv_turn turn;
	u64 now;			/* ns, of this round */
	unsigned int short_of;		/* SQ that no command was left for, or 0 */
	unsigned int next_worker;
	struct list_head held;		/* I/O commands ended by us, their CQ is full */
	struct vkv_ring *ring;		/* to each worker, and to our own */
	struct vkv_thread_stats *stats;
	bool busy;			/* I/O commands were in flight in this round */
	u64 busy_ns;			/* written by its thread, read by all */

	/*
	 * Perhaps it has a worker of its own, which makes its rounds as a part
	 * of the dispatcher's.
	 */
	struct vkv_worker *own;
	struct vkv_worker *only;	/* when there is no choice, else NULL */

	/* Any thread gives back to it. */
	struct vkv_cmd_pool pool ____cacheline_aligned_in_smp;
	/* Read by the first dispatcher: ctrl/quiesce.c. */
	bool fetching ____cacheline_aligned_in_smp;
};

/**
 * vkv_dispatcher_assert() - this thread may use a dispatcher
 * @d: the dispatcher; no other thread is in its round
 */
static inline void vkv_dispatcher_assert(const struct vkv_dispatcher *d)
{
	vkv_turn_assert(&d->turn);
}

#endif
