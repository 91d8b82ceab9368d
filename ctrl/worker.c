// SPDX-License-Identifier: GPL-2.0
/*
 * A worker's round: commands from its rings are executed, wait in a heap until
 * they are due, and are posted. ctrl/command.c shows the way of one command.
 */
#include "ctrl/worker.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "admin/erase.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/host.h"
#include "ctrl/irq.h"
#include "ctrl/quiesce.h"
#include "ctrl/stats.h"
#include "ctrl/trace.h"
#include "io.h"
#include "io/iterator.h"
#include "timing/timing.h"

/*
 * A worker takes this many commands at most from each of its rings in a round.
 */
#define WORKER_BURST 64u
/* Commands between a prefetch and its use. */
#define AHEAD 4u
/* A worker that waits for other threads looks again after so many ns. */
#define RETRY_NS 20000u
/* The collector is woken after so many stores. */
#define STORES_PER_WAKE 64u

static void heap_push(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	unsigned int i = w->nr_heap++;

	/* The heap has room for all commands that there are. */
	VKV_ASSERT(i < w->dev->nr_dispatchers * VKV_NR_CMDS);
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

static void wake_collector(struct vkv_worker *w)
{
	w->since_wake = 0;
	w->dev->cfg.ops->wake_collector(w->dev->cfg.host);
}

/* The command's queue is going away, or an Abort names the command. */
static bool is_to_end(const struct vkv_cmd *cmd)
{
	return READ_ONCE(cmd->sq->state) != VKV_SQ_LIVE ||
	       READ_ONCE(cmd->abort);
}

static void worker_end(struct vkv_worker *w, struct vkv_cmd *cmd, u16 status)
{
	vkv_cmd_end(w->dev, cmd, status, &w->ended, &w->held);
}

/* Ends a command that has not been executed, or not to its end. */
static void end_early(struct vkv_worker *w, struct vkv_cmd *cmd, u16 status)
{
	vkv_cmd_release(w->dev, cmd);
	cmd->executed = true;
	worker_end(w, cmd, status);
}

static __always_inline void count_index(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct vkv_footprint *fp = &w->fp;

	if (fp->index_reads) {
		vkv_worker_count(w, VKV_COUNT_INDEX_READS, fp->index_reads);
		if (!cmd->indexed)
			vkv_worker_count(w, VKV_COUNT_LOOKUPS, 1);
		cmd->indexed = true;
	}
	if (fp->index_writes)
		vkv_worker_count(w, VKV_COUNT_INDEX_WRITES, fp->index_writes);
}

/* Asks the timing model; the parts of a command follow one another. */
static noinline void schedule_cmd(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_latency part;

	if (!cmd->due)
		cmd->latency = (struct vkv_latency){ 0 };
	cmd->due = vkv_timing_schedule(vkv_dev_timing(w->dev),
				       cmd->ns ? cmd->ns->nsid - 1 : 0, &w->fp,
				       max(cmd->due, cmd->arrival), &part);
	cmd->latency.queueing += part.queueing;
	cmd->latency.index += part.index;
	cmd->latency.media += part.media;
	cmd->latency.transfer += part.transfer;
}

/* Charges a command for everything that it has touched since the last time. */
static __always_inline void charge_cmd(struct vkv_worker *w,
				       struct vkv_cmd *cmd)
{
	count_index(w, cmd);
	if (unlikely(cmd->timed))
		schedule_cmd(w, cmd);
}

/* Called by the FTL within an execution, when the array of touches is full. */
static void charge_full(struct vkv_footprint *fp)
{
	struct vkv_worker *w = container_of(fp, struct vkv_worker, fp);

	charge_cmd(w, w->cmd);
	vkv_footprint_reset(fp);
}

/*
 * Lends an execution the array for the places that it touches, if they matter.
 */
static void lend_touches(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	vkv_footprint_reset(&w->fp);
	w->fp.touch = NULL;
	if (likely(!cmd->timed) ||
	    !vkv_timing_wants_places(vkv_dev_timing(w->dev),
				     cmd->ns ? cmd->ns->nsid - 1 : 0))
		return;
	w->cmd = cmd;
	w->fp.touch = w->touch;
	w->fp.max = ARRAY_SIZE(w->touch);
	w->fp.full = charge_full;
}

/* A try without progress is not charged: a real device would have waited. */
static void park_cmd(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	if (cmd->progressed)
		charge_cmd(w, cmd);
	vkv_stats_count(w->stats, VKV_THREAD_PARKED, 1);
	list_add_tail(&cmd->link, &w->parked);
}

/* Tries once; the worker's time goes on with it. */
static int try_execute(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret;

	/* It may have arrived in the middle of this round. */
	w->now = max(w->now, cmd->arrival);
	if (!cmd->begun)
		cmd->begun = w->now;
	cmd->progressed = false;
	lend_touches(w, cmd);
	ret = vkv_io_exec(w, cmd);
	w->now = vkv_dev_clock(w->dev, w->now);
	trace_vkv_execute(w, cmd, ret);
	return ret;
}

/* The reason why a command is not to be executed; 0 if it is. */
static u16 refusal(const struct vkv_worker *w, const struct vkv_cmd *cmd)
{
	return is_to_end(cmd) ? NVME_SC_ABORT_SQ_DELETED :
				vkv_erase_blocks(w->dev, cmd);
}

/*
 * Are some commands not to be executed? The worker finds out once a round, so
 * that execute() tests one local flag. A thread that makes rounds wary either
 * waits until all workers have begun another one (vkv_fence_begin()), or does
 * not mind if some commands are still executed.
 */
static bool is_wary(const struct vkv_worker *w)
{
	/* Pairs with vkv_sweeps_update(): marks on commands are seen. */
	return smp_load_acquire(&w->sweep) ||
	       /* Pairs with block() of admin/erase.c: the erasure is seen. */
	       smp_load_acquire(&w->dev->erase->blocked);
}

static void executed(struct vkv_worker *w, struct vkv_cmd *cmd, int status)
{
	cmd->executed = true;
	charge_cmd(w, cmd);
	if (w->fp.index_writes && ++w->since_wake >= STORES_PER_WAKE &&
	    vkv_ftl_wants_collect(w->dev->ftl))
		wake_collector(w);
	trace_vkv_schedule(w, cmd);
	if (likely(cmd->due <= w->now)) {
		worker_end(w, cmd, status);
		return;
	}
	cmd->status = status;
	heap_push(w, cmd);
}

/*
 * Not inline, so that it has a line of its own in a call graph (scripts/trace).
 */
static noinline void execute(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	u16 refused = unlikely(w->wary) ? refusal(w, cmd) : 0;
	int ret;

	if (unlikely(refused)) {
		end_early(w, cmd, refused);
		return;
	}
	if (unlikely(READ_ONCE(w->dev->erase->erased)))
		vkv_erase_note(w->dev, cmd);
	ret = try_execute(w, cmd);
	if (unlikely(ret == -EAGAIN))
		park_cmd(w, cmd);
	else
		executed(w, cmd, ret);
}

static struct vkv_cmd *ring_at(const struct vkv_ring *ring, u32 i)
{
	return ring->slot[i % VKV_NR_CMDS];
}

static bool has_own_key(const struct vkv_cmd *cmd)
{
	return cmd->req.key.len && !cmd->req.key_by_prp;
}

static void prefetch_entry(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	if (has_own_key(cmd))
		cmd->req.key.hash = vkv_ftl_prefetch(w->ctx, &cmd->req.key);
}

static void prefetch_record(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	if (has_own_key(cmd))
		vkv_ftl_prefetch_record(w->ctx, &cmd->req.key);
}

/* Calls @fn for AHEAD commands from @from on, of @nr that begin with @first. */
static __always_inline void
for_some(struct vkv_worker *w, const struct vkv_ring *ring, u32 first, u32 nr,
	 u32 from, void (*fn)(struct vkv_worker *w, struct vkv_cmd *cmd))
{
	u32 i, end = min(from + AHEAD, nr);

	for (i = from; i < end; i++)
		fn(w, ring_at(ring, first + i));
}

static void execute_some(struct vkv_worker *w, struct vkv_ring *ring, u32 nr)
{
	while (nr--) {
		execute(w, ring_at(ring, ring->consumed));
		WRITE_ONCE(ring->consumed, ring->consumed + 1);
	}
}

/*
 * A command waits for memory twice: for its key's entry in the index, and for
 * the record that the entry points to. While some commands are executed, both
 * are fetched into the caches for the next commands.
 */
static void execute_burst(struct vkv_worker *w, struct vkv_ring *ring, u32 nr)
{
	u32 first = ring->consumed, i;

	for (i = 0; i < nr + 2 * AHEAD; i += AHEAD) {
		for_some(w, ring, first, nr, i, prefetch_entry);
		if (i >= AHEAD)
			for_some(w, ring, first, nr, i - AHEAD,
				 prefetch_record);
		if (i >= 2 * AHEAD && i - 2 * AHEAD < nr)
			execute_some(w, ring,
				     min(AHEAD, nr - (i - 2 * AHEAD)));
	}
}

static u32 execute_ring(struct vkv_worker *w, struct vkv_ring *ring)
{
	/* Pairs with vkv_rings_publish(): the commands are there. */
	u32 nr = smp_load_acquire(&ring->produced) - ring->consumed;

	VKV_ASSERT(nr <= VKV_NR_CMDS);
	if (nr)
		vkv_stats_depth(w->stats, nr + w->nr_heap);
	if (nr > 1)
		execute_burst(w, ring, min(nr, WORKER_BURST));
	else if (nr)
		execute_some(w, ring, 1);
	return nr;
}

static bool execute_rings(struct vkv_worker *w)
{
	unsigned int i;
	bool worked = false;

	for (i = 0; i < w->nr_rings; i++)
		worked |= execute_ring(w, w->ring[i]);
	return worked;
}

/* Each parked command is tried once a round. Returns true when one got on. */
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

		worker_end(w, cmd, cmd->status);
		w->now = vkv_dev_clock(w->dev, w->now);
		worked = true;
	}
	/* Due completions do not wait for the executions of this round. */
	vkv_cmds_flush(w->dev, &w->ended, &w->held);
	return worked;
}

/*
 * Queues are going away, or commands are to be aborted: these commands end,
 * executed or not. Commands on the rings and parked ones end when it is their
 * turn.
 */
static void sweep_heap(struct vkv_worker *w)
{
	unsigned int i, n = w->nr_heap;

	w->nr_heap = 0;
	for (i = 0; i < n; i++) {
		struct vkv_cmd *cmd = w->heap[i];

		if (is_to_end(cmd))
			worker_end(w, cmd, cmd->status);
		else
			heap_push(w, cmd);
	}
	vkv_cmds_flush(w->dev, &w->ended, &w->held);
	vkv_cmds_drop(w->dev, &w->held);
}

u64 vkv_worker_round(struct vkv_worker *w, u64 now)
{
	struct vkv_dev *dev = w->dev;
	u64 due, job;
	bool worked;

	vkv_turn_begin(&w->turn);
	w->now = now;
	vkv_fence_pass(w);
	w->wary = is_wary(w);
	if (unlikely(w->wary) && READ_ONCE(w->sweep))
		sweep_heap(w);
	worked = complete_due(w);
	worked |= vkv_cmds_retry(dev, &w->held);
	worked |= execute_parked(w);
	worked |= execute_rings(w);
	job = vkv_iter_job(w);
	worked |= job == VKV_NOW;
	worked |= vkv_erase_step(w);
	vkv_cmds_flush(dev, &w->ended, &w->held);
	vkv_ftl_idle(w->ctx);

	vkv_stats_round(w->stats, worked);
	WRITE_ONCE(w->stats->pending, w->nr_heap);
	due = min(job, vkv_irq_round(w));
	VKV_ASSERT(!w->ended.nr);
	vkv_turn_end(&w->turn);
	if (worked)
		return VKV_NOW;
	if (!list_empty(&w->held) || !list_empty(&w->parked))
		due = min(due, now + RETRY_NS);
	return w->nr_heap ? min(due, w->heap[0]->due) : due;
}

bool vkv_worker_pending(struct vkv_worker *w)
{
	if (vkv_fence_asked(w) || vkv_erase_pending(w))
		return true;
	/* A sweep concerns a sleeper only if it has something to end. */
	if (READ_ONCE(w->sweep) &&
	    (w->nr_heap || !list_empty(&w->held) || !list_empty(&w->parked)))
		return true;
	return vkv_worker_waiting(w);
}
