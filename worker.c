// SPDX-License-Identifier: GPL-2.0
/*
 * A worker's round: commands from its ring are executed, wait in a heap until
 * they are due, and are posted. command.c shows the way of one command.
 */
#include "dev.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

/* Commands a worker takes from its ring in one round. */
#define WORKER_BURST 64u
/* How soon a worker looks again at what others have to make possible, ns. */
#define RETRY_NS 20000u
/* A collector is told to look after this many stores. */
#define STORES_PER_WAKE 64u

static void heap_push(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	unsigned int i = w->nr_heap++;

	while (i && w->heap[(i - 1) / 2]->due > cmd->due) {
		w->heap[i] = w->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->heap[i] = cmd;
}

static struct vkv_cmd *heap_pop(struct vkv_worker *w)
{
	struct vkv_cmd *top = w->heap[0];
	struct vkv_cmd *last = w->heap[--w->nr_heap];
	unsigned int i = 0, child;

	while ((child = 2 * i + 1) < w->nr_heap) {
		if (child + 1 < w->nr_heap &&
		    w->heap[child + 1]->due < w->heap[child]->due)
			child++;
		if (last->due <= w->heap[child]->due)
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = last;
	return top;
}

void vkv_worker_count(struct vkv_worker *w, enum vkv_counter counter, u64 n)
{
	WRITE_ONCE(w->counter[counter], w->counter[counter] + n);
}

u64 vkv_dev_counter(const struct vkv_dev *dev, enum vkv_counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < dev->cfg.nr_workers; i++)
		sum += READ_ONCE(dev->worker[i]->counter[counter]);
	return sum;
}

static void wake_collector(struct vkv_worker *w)
{
	w->since_wake = 0;
	w->dev->cfg.ops->wake_collector(w->dev->cfg.host);
}

/* Its queue is going away, or somebody wants it aborted. */
static bool is_to_end(const struct vkv_cmd *cmd)
{
	return READ_ONCE(cmd->sq->state) != VKV_SQ_LIVE ||
	       READ_ONCE(cmd->abort);
}

/* Ends a command that has not been executed, or not to its end. */
static void end_early(struct vkv_worker *w, struct vkv_cmd *cmd, u16 status)
{
	if (w->scan.owner == cmd)
		w->scan.owner = NULL;
	vkv_iter_drop(w->dev, cmd);
	cmd->executed = true;
	vkv_cmd_complete(w->dev, cmd, status, &w->held);
}

static void execute(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_dev *dev = w->dev;
	u16 blocked;
	int ret;

	if (unlikely(is_to_end(cmd))) {
		end_early(w, cmd, NVME_SC_ABORT_SQ_DELETED);
		return;
	}
	blocked = vkv_erase_blocks(dev, cmd);
	if (unlikely(blocked)) {
		end_early(w, cmd, blocked);
		return;
	}
	cmd->progressed = false;
	ret = vkv_io_exec(w, cmd);
	if (ret == -EAGAIN) {
		list_add_tail(&cmd->link, &w->parked);
		return;
	}
	cmd->executed = true;
	cmd->status = ret;
	if (cmd->fp.index_writes && ++w->since_wake >= STORES_PER_WAKE &&
	    vkv_ftl_wants_collect(dev->ftl))
		wake_collector(w);
	if (vkv_status_is_error(cmd->status)) {
		vkv_worker_count(w, VKV_COUNT_ERRORS, 1);
		cmd->due = cmd->arrival;
	} else {
		cmd->due = vkv_timing_schedule(dev->timing, &cmd->fp,
					       cmd->arrival, &cmd->latency);
	}
	if (cmd->due <= w->now)
		vkv_cmd_complete(dev, cmd, cmd->status, &w->held);
	else
		heap_push(w, cmd);
}

static bool execute_ring(struct vkv_worker *w)
{
	struct vkv_ring *ring = &w->ring;
	/* Pairs with publish_rings(): the commands are there. */
	u32 produced = smp_load_acquire(&ring->produced);
	unsigned int n = 0;

	while (ring->consumed != produced && n < WORKER_BURST) {
		execute(w, ring->slot[ring->consumed % VKV_NR_CMDS]);
		WRITE_ONCE(ring->consumed, ring->consumed + 1);
		n++;
	}
	return n;
}

/* Each parked command has one more try a round; true when one got on. */
static bool execute_parked(struct vkv_worker *w)
{
	struct vkv_cmd *cmd, *next;
	LIST_HEAD(again);
	bool worked = false;

	list_splice_init(&w->parked, &again);
	list_for_each_entry_safe(cmd, next, &again, link) {
		list_del(&cmd->link);
		execute(w, cmd);
	}
	list_for_each_entry(cmd, &w->parked, link)
		worked |= cmd->progressed;
	if (!list_empty(&w->parked) && !worked)
		wake_collector(w);
	return worked;
}

static bool complete_due(struct vkv_worker *w)
{
	bool worked = false;

	while (w->nr_heap && w->heap[0]->due <= w->now) {
		struct vkv_cmd *cmd = heap_pop(w);

		vkv_cmd_complete(w->dev, cmd, cmd->status, &w->held);
		worked = true;
	}
	return worked;
}

/*
 * Queues are going away, or commands are to be aborted: these end, done or not.
 * Those on the ring and the parked ones do so when they are to be executed.
 */
static void sweep(struct vkv_worker *w)
{
	unsigned int i, n = w->nr_heap;

	w->nr_heap = 0;
	for (i = 0; i < n; i++) {
		struct vkv_cmd *cmd = w->heap[i];

		if (is_to_end(cmd))
			vkv_cmd_complete(w->dev, cmd, cmd->status, &w->held);
		else
			heap_push(w, cmd);
	}
	vkv_cmds_drop(w->dev, &w->held);
}

static bool fence_asked(const struct vkv_worker *w, u32 *fence)
{
	/* Pairs with vkv_fence_begin(): what it is about is seen behind this. */
	*fence = smp_load_acquire(&w->ring.fence);
	return *fence != w->fenced;
}

static void pass_fence(struct vkv_worker *w)
{
	u32 fence;

	if (unlikely(fence_asked(w, &fence)))
		/* Pairs with vkv_fence_passed(). */
		smp_store_release(&w->fenced, fence);
}

u64 vkv_worker_round(struct vkv_worker *w, u64 now)
{
	struct vkv_dev *dev = w->dev;
	bool worked;
	u64 due;

	w->now = now;
	pass_fence(w);
	if (READ_ONCE(w->ring.sweep))
		sweep(w);
	worked = complete_due(w);
	worked |= vkv_cmds_retry(dev, &w->held);
	worked |= execute_parked(w);
	worked |= execute_ring(w);
	worked |= vkv_iter_job(w);
	worked |= vkv_erase_step(w);
	vkv_ftl_idle(w->ctx);

	due = vkv_irq_round(w);
	if (worked)
		return VKV_NOW;
	if (!list_empty(&w->held) || !list_empty(&w->parked))
		due = min(due, now + RETRY_NS);
	return w->nr_heap ? min(due, w->heap[0]->due) : due;
}

bool vkv_worker_pending(struct vkv_worker *w)
{
	u32 fence;

	if (fence_asked(w, &fence) || vkv_erase_pending(w))
		return true;
	/* A sweep concerns a sleeper only if it has something to end. */
	if (READ_ONCE(w->ring.sweep) &&
	    (w->nr_heap || !list_empty(&w->held) || !list_empty(&w->parked)))
		return true;
	return READ_ONCE(w->ring.produced) != w->ring.consumed;
}

struct vkv_worker *vkv_dev_worker(struct vkv_dev *dev, unsigned int i)
{
	return dev->worker[i];
}

u64 vkv_collector_round(struct vkv_dev *dev)
{
	bool more = vkv_ftl_collect(vkv_ftl_ctx(dev->ftl, dev->cfg.nr_workers),
				    false);

	return more ? VKV_NOW : VKV_NEVER;
}
