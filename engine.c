// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: commands from fetch to completion, and the rounds that move them.
 *
 * The dispatcher takes a command from the pool, fills it, and puts it on one
 * worker's ring; from then on it is the worker's. In the worker it is
 *
 *   on the ring -> executed -> in the heap until due -> posted -> in the pool
 *                    |  ^                          |  ^
 *                    v  |                          v  |
 *                   parked                         held
 *
 * parked: execution said -EAGAIN (no free segment until the collector has run,
 * or somebody else changed the key); it is executed again next round. held: its
 * completion queue is full. A round never waits for anything.
 *
 * Commands that the dispatcher ends itself (admin commands, decoding errors) go
 * the same last steps, with the dispatcher's own list of held ones.
 */
#include "dev.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Commands a worker takes from its ring in one round. */
#define WORKER_BURST 64u
/* How soon a worker looks again at what others have to make possible, ns. */
#define RETRY_NS 20000u
/* A collector is told to look after this many stores. */
#define STORES_PER_WAKE 64u

/* Admin commands have a pool of their own: I/O must not keep a host from help. */
static struct vkv_cmd_pool *pool_of(struct vkv_dev *dev, const struct vkv_sq *sq)
{
	return &dev->pool[!sq->qid];
}

struct vkv_cmd *vkv_cmd_alloc(struct vkv_dev *dev, struct vkv_sq *sq)
{
	struct vkv_cmd_pool *pool = pool_of(dev, sq);
	struct vkv_cmd *cmd;

	if (!pool->here)
		pool->here = llist_del_all(&pool->back);
	if (!pool->here)
		return NULL;
	cmd = llist_entry(pool->here, struct vkv_cmd, free);
	pool->here = pool->here->next;
	if (unlikely(cmd->abort))
		vkv_abort_forget(dev, cmd);
	memset(cmd, 0, offsetof(struct vkv_cmd, link));
	cmd->sq = sq;
	cmd->live = true;
	cmd->arrival = dev->now;
	atomic_inc(&sq->inflight);
	return cmd;
}

/* The last touch of the command's queue: once inflight is 0 it may be freed. */
static void free_cmd(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_sq *sq = cmd->sq;

	/* Pairs with the dispatcher's look at a command to be aborted. */
	smp_store_release(&cmd->live, false);
	llist_add(&cmd->free, &pool_of(dev, sq)->back);
	atomic_dec_return_release(&sq->inflight);
}

/* Misses of keys are answers, and aborts were asked for: no errors of anybody. */
static bool is_error(u16 status)
{
	switch (status & ~NVME_SC_DNR) {
	case NVME_SC_SUCCESS:
	case NVME_SC_ABORT_REQUESTED:
	case NVME_SC_KV_NO_KEY:
	case NVME_SC_KV_KEY_EXISTS:
	case NVME_SC_VENDOR_NO_KEY:
	case NVME_SC_VENDOR_EXISTS:
	case NVME_SC_VENDOR_ITER_END:
		return false;
	}
	return true;
}

/* The Abort that asks for this looks at cmd->aborted when the command is gone. */
static void take_abort(struct vkv_cmd *cmd)
{
	if (likely(!READ_ONCE(cmd->abort)))
		return;
	cmd->aborted = true;
	cmd->status = NVME_SC_ABORT_REQUESTED;
	cmd->result = 0;
	cmd->result1 = 0;
}

/* True when the command is gone, false when its CQ is full. */
static bool try_finish(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u8 state = READ_ONCE(cmd->sq->state);

	if (state != VKV_SQ_DROPPING && !vkv_cq_post(dev, cmd) &&
	    state == VKV_SQ_LIVE)
		return false;
	free_cmd(dev, cmd);
	return true;
}

void vkv_cmd_complete(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		      struct list_head *held)
{
	cmd->status = status;
	take_abort(cmd);
	if (is_error(cmd->status))
		vkv_health_log(dev, cmd);
	if (!try_finish(dev, cmd))
		list_add_tail(&cmd->link, held);
}

bool vkv_cmds_retry(struct vkv_dev *dev, struct list_head *held)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	list_for_each_entry_safe(cmd, next, held, link) {
		list_del(&cmd->link);
		take_abort(cmd);
		if (try_finish(dev, cmd)) {
			worked = true;
			continue;
		}
		/* Goes back to where it was. */
		list_add_tail(&cmd->link, &next->link);
	}
	return worked;
}

void vkv_cmds_drop(struct vkv_dev *dev, struct list_head *list)
{
	struct vkv_cmd *cmd, *next;

	list_for_each_entry_safe(cmd, next, list, link) {
		if (READ_ONCE(cmd->sq->state) == VKV_SQ_LIVE)
			continue;
		list_del(&cmd->link);
		if (!cmd->executed) {
			cmd->status = NVME_SC_ABORT_SQ_DELETED;
			vkv_iter_drop(dev, cmd);
		}
		try_finish(dev, cmd);
	}
}

bool vkv_list_contains(const struct list_head *list, const struct vkv_cmd *cmd)
{
	const struct vkv_cmd *c;

	list_for_each_entry(c, list, link)
		if (c == cmd)
			return true;
	return false;
}

bool vkv_list_take(struct list_head *list, struct vkv_cmd *cmd)
{
	if (!vkv_list_contains(list, cmd))
		return false;
	list_del(&cmd->link);
	return true;
}

/* --- the dispatcher --- */

static u32 ring_load(const struct vkv_ring *ring)
{
	return ring->filled - READ_ONCE(ring->consumed);
}

/* The worker with the shortest ring; equals take turns. */
static struct vkv_worker *pick_worker(struct vkv_dev *dev)
{
	unsigned int n = dev->cfg.nr_workers, i;
	struct vkv_worker *best = NULL;

	for (i = 0; i < n; i++) {
		struct vkv_worker *w = dev->worker[(dev->next_worker + i) % n];

		if (!best || ring_load(&w->ring) < ring_load(&best->ring))
			best = w;
	}
	dev->next_worker = (best->id + 1) % n;
	return best;
}

/* A ring has a slot for every command there is, so it is never full. */
static void hand_over(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_worker *w = pick_worker(dev);
	struct vkv_ring *ring = &w->ring;

	cmd->worker = w;
	ring->slot[ring->filled++ % VKV_NR_CMDS] = cmd;
}

static void publish_rings(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->cfg.nr_workers; i++) {
		struct vkv_ring *ring = &dev->worker[i]->ring;

		if (ring->filled == ring->produced)
			continue;
		/* Pairs with execute_ring(). */
		smp_store_release(&ring->produced, ring->filled);
		dev->cfg.ops->wake(dev->cfg.host, i);
	}
}

void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status;

	if (!cmd->sq->qid) {
		vkv_admin_dispatch(dev, cmd);
		return;
	}
	status = vkv_io_decode(dev, cmd);
	if (status)
		vkv_cmd_complete(dev, cmd, status, &dev->held);
	else
		hand_over(dev, cmd);
}

/* What ends when workers are done, which nobody tells us. */
static bool expects_workers(const struct vkv_dev *dev)
{
	return dev->drain || dev->nr_aborts;
}

/* Nobody knows the time before the first round. */
static void start_clock(struct vkv_dev *dev, u64 now)
{
	dev->created_at = now;
	dev->feat.timestamp_at = now;
	dev->now = now;
}

u64 vkv_dispatcher_round(struct vkv_dev *dev, u64 now)
{
	u64 elapsed;
	bool worked;

	if (unlikely(!dev->created_at))
		start_clock(dev, now);
	elapsed = now - dev->now;
	dev->now = now;
	worked = vkv_ctrl_round(dev);
	if (dev->state == VKV_CTRL_READY)
		worked |= vkv_doorbells_round(dev);
	worked |= vkv_admin_round(dev);
	publish_rings(dev);
	vkv_health_count_busy(dev, elapsed);
	return worked || expects_workers(dev) || !list_empty(&dev->early) ?
		       VKV_NOW :
		       VKV_NEVER;
}

void vkv_sweeps_update(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->cfg.nr_workers; i++) {
		bool sweep = dev->drain || vkv_abort_wanted(dev, i);

		WRITE_ONCE(dev->worker[i]->ring.sweep, sweep);
		if (sweep)
			dev->cfg.ops->wake(dev->cfg.host, i);
	}
}

void vkv_drain_begin(struct vkv_dev *dev)
{
	dev->drain = true;
	vkv_sweeps_update(dev);
}

void vkv_drain_end(struct vkv_dev *dev)
{
	dev->drain = false;
	vkv_sweeps_update(dev);
}

void vkv_fence_begin(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->cfg.nr_workers; i++) {
		struct vkv_ring *ring = &dev->worker[i]->ring;

		/* Pairs with pass_fence(). */
		smp_store_release(&ring->fence, ring->fence + 1);
		dev->cfg.ops->wake(dev->cfg.host, i);
	}
}

bool vkv_fence_passed(const struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->cfg.nr_workers; i++)
		/* Pairs with pass_fence(): its rounds before are over. */
		if (smp_load_acquire(&dev->worker[i]->fenced) !=
		    dev->worker[i]->ring.fence)
			return false;
	return true;
}

/* --- the workers --- */

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
	if (is_error(cmd->status)) {
		vkv_worker_count(w, VKV_COUNT_ERRORS, 1);
		cmd->due = cmd->arrival;
	} else {
		cmd->due = vkv_timing_schedule(dev->timing, &cmd->fp,
					       cmd->arrival);
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
