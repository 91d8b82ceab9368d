/* SPDX-License-Identifier: GPL-2.0 */
/* A worker: the thread that executes commands. */
#ifndef VKV_WORKER_H
#define VKV_WORKER_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/stats.h"
#include "ctrl/turn.h"
#include "kv_ftl.h"
#include "nvme_kv.h"

/* Ring from a dispatcher to one worker: each index has one writer. */
struct vkv_ring {
	u32 produced ____cacheline_aligned_in_smp;
	u32 filled;			/* dispatcher's, not yet published */
	u32 seen;			/* @consumed, when this burst was fetched */
	u32 consumed ____cacheline_aligned_in_smp;
	struct vkv_cmd *slot[VKV_NR_CMDS];
};

/* A paused walk over the keys of a keyspace (List). */
struct vkv_scan {
	struct vkv_cmd *owner;
	struct vkv_cursor cursor;
	u32 bytes;
	u32 count;
};

struct vkv_worker {
	struct vkv_dev *dev;
	unsigned int id;
	struct vkv_turn turn;
	struct vkv_ftl_ctx *ctx;
	struct vkv_ring *ring[VKV_NR_DISPATCHERS];	/* one from each */
	unsigned int nr_rings;
	u64 now;			/* of this round */
	u32 fenced;			/* @fence at the beginning of a round */
	bool wary;			/* some commands are not to be executed */

	struct list_head parked;	/* to be executed again */
	struct list_head held;		/* executed, their CQ is full */
	struct vkv_ended ended;		/* empty between rounds */
	struct vkv_cmd **heap;		/* executed, by due time */
	unsigned int nr_heap;

	/* The command that is being executed. */
	struct vkv_cmd *cmd;
	struct vkv_footprint fp;	/* since it was last charged */

	/* Scratch of one execution. */
	struct vkv_view view;
	struct vkv_txn txn[NVME_VENDOR_BATCH_MAX];
	u8 key[VKV_KEY_MAX + 1];
	u8 buf[VKV_UNIT] __aligned(8);
	u8 ranges[VKV_UNIT] __aligned(8);
	u8 batch_key[NVME_VENDOR_BATCH_MAX][VKV_KEY_MAX + 1];
	struct vkv_scan scan;
	struct vkv_touch touch[VKV_TOUCHES];

	u64 irq_due;			/* ns, see ctrl/irq.c */
	u64 irq_armed[VKV_NR_VECTORS / 64];

	unsigned int since_wake;	/* stores since the collector was woken */
	unsigned int nr_jobs;		/* iterators that delete for us */
	struct vkv_thread_stats *stats; /* written by this worker only */

	/* Written by the dispatcher. */
	bool sweep ____cacheline_aligned_in_smp; /* end what is to end, each round */
	bool abort_wanted;		/* an Abort names a command of its; dispatcher only */
	u32 fence;			/* asked for: ctrl/quiesce.c */
};

/**
 * vkv_worker_assert() - this thread may use a worker
 * @w: the worker; no other thread is in its round
 */
static inline void vkv_worker_assert(const struct vkv_worker *w)
{
	vkv_turn_assert(&w->turn);
}

/**
 * vkv_worker_waiting() - commands on a worker's rings
 * @w: the worker
 *
 * Context: any.
 * Return: how many.
 */
static inline u32 vkv_worker_waiting(const struct vkv_worker *w)
{
	unsigned int i;
	u32 sum = 0;

	for (i = 0; i < w->nr_rings; i++)
		sum += READ_ONCE(w->ring[i]->produced) -
		       READ_ONCE(w->ring[i]->consumed);
	return sum;
}

/**
 * vkv_worker_count() - add to a counter
 * @w: this worker
 * @counter: which
 * @n: how much
 *
 * Context: @w's thread.
 */
static inline void vkv_worker_count(struct vkv_worker *w,
				    enum vkv_counter counter, u64 n)
{
	vkv_stats_count(w->stats, counter, n);
}

/**
 * vkv_cmd_moved() - bytes of values or blocks were moved
 * @cmd: for which command
 * @counter: VKV_COUNT_READ_BYTES or VKV_COUNT_WRITTEN_BYTES
 * @n: how many
 *
 * Context: its worker.
 */
static inline void vkv_cmd_moved(struct vkv_cmd *cmd, enum vkv_counter counter,
				 u64 n)
{
	cmd->bytes += n;
	vkv_worker_count(cmd->worker, counter, n);
}

#endif
