// SPDX-License-Identifier: GPL-2.0
/*
 * A dispatcher's round: it reads doorbells, fetches commands, and hands each
 * one over (ctrl/handover.c).
 *
 * There may be several dispatchers. Each has I/O queues, commands, and rings to
 * the workers of its own, perhaps also a worker of its own, and none looks at
 * cache lines that another one writes all the time. The first one is the
 * controller as well: registers, queue creation and deletion, admin commands;
 * "the dispatcher" without a number is the first one. Its changes happen in
 * pauses (ctrl/quiesce.c), while no other dispatcher fetches.
 */
#include "ctrl/dispatcher.h"

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "admin.h"
#include "admin/feature.h"
#include "ctrl/command.h"
#include "ctrl/ctrl.h"
#include "ctrl/dev.h"
#include "ctrl/doorbell.h"
#include "ctrl/handover.h"
#include "ctrl/host.h"
#include "ctrl/quiesce.h"
#include "ctrl/stats.h"
#include "ctrl/worker.h"

/* Entries that are fetched from a queue in one round. */
#define FETCH_BURST 64u

/* --- fetching --- */

/* Waiting entries up to the end of their page, or of the queue. */
static u16 sq_run(const struct vkv_sq *sq)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_sqe);
	u16 end = sq->tail < sq->head ? sq->size : sq->tail;

	return min_t(unsigned int, end - sq->head,
		     per_page - sq->head % per_page);
}

/*
 * The one time that submission entries are read from host memory. Returns how
 * many commands were free for them.
 */
static unsigned int read_run(struct vkv_dev *dev, struct vkv_sq *sq,
			     struct vkv_cmd **cmd, unsigned int nr)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_sqe);
	const struct vkv_queue_page *page = &sq->page[sq->head / per_page];
	const struct nvme_sqe *sqe = page->p;
	unsigned long flags;
	unsigned int i, n;

	if (unlikely(!vkv_queue_page_begin(page, VKV_FROM_HOST, &flags))) {
		vkv_queue_lost(dev);
		return 0;
	}
	n = vkv_cmds_alloc(sq, cmd, nr);
	sqe += sq->head % per_page;
	for (i = 0; i < n; i++)
		memcpy(&cmd[i]->sqe, &sqe[i], sizeof(*sqe));
	vkv_queue_page_end(page, flags);
	return n;
}

/* The host hears that an entry was read (SQHD) before its command can end. */
static unsigned int fetch_run(struct vkv_dev *dev, struct vkv_sq *sq,
			      unsigned int nr)
{
	struct vkv_cmd *cmd[FETCH_BURST];
	unsigned int i, n = read_run(dev, sq, cmd, nr);

	VKV_ASSERT(nr <= FETCH_BURST);
	for (i = 0; i < n; i++) {
		WRITE_ONCE(cmd[i]->live, true);
		WRITE_ONCE(sq->head,
			   sq->head + 1 == sq->size ? 0 : sq->head + 1);
		vkv_cmd_dispatch(dev, cmd[i]);
	}
	return n;
}

/*
 * Fetches fewer entries than the queue has when no command is free. The others
 * wait in the queue.
 */
static unsigned int fetch_burst(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	unsigned int n = 0, nr, got;

	vkv_rings_look(d);
	do {
		nr = min_t(unsigned int, sq_run(sq), FETCH_BURST - n);
		got = fetch_run(d->dev, sq, nr);
		n += got;
	} while (got == nr && n < FETCH_BURST && sq->head != sq->tail);
	if (n)
		vkv_stats_depth(d->stats, vkv_sq_inflight(sq));
	return n;
}

/*
 * Admin commands change things that other dispatchers look at while they fetch.
 */
static bool fetch_admin(struct vkv_dispatcher *d)
{
	struct vkv_sq *sq = d->dev->queues.sq[0];

	if (!vkv_doorbell_poll_sq(d, sq))
		return false;
	if (vkv_pause(d->dev))
		fetch_burst(d, sq);
	return true;
}

static bool fetch_sq(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	unsigned int n = 0;

	if (vkv_doorbell_poll_sq(d, sq)) {
		n = fetch_burst(d, sq);
		if (n < FETCH_BURST && sq->head != sq->tail && !d->short_of)
			d->short_of = sq->qid;
	}
	if (sq && !d->busy)
		d->busy = vkv_sq_inflight(sq);
	return n;
}

/*
 * When commands have run out, the next round begins with the queue that got
 * none. Otherwise all commands that are given back would go to the first
 * queues.
 */
static bool fetch_sqs(struct vkv_dispatcher *d)
{
	const struct vkv_queues *q = &d->dev->queues;
	unsigned int first = d->id + 1, n = q->nr_sq_slots;
	unsigned int from = d->short_of && d->short_of < n ? d->short_of :
							     first;
	unsigned int step = d->dev->nr_dispatchers, qid;
	bool worked = false;

	d->short_of = 0;
	for (qid = from; qid < n; qid += step)
		worked |= fetch_sq(d, q->sq[qid]);
	for (qid = first; qid < from; qid += step)
		worked |= fetch_sq(d, q->sq[qid]);
	return worked;
}

/* True when a command was fetched, or has to wait for a pause. */
static bool fetch_all(struct vkv_dispatcher *d)
{
	bool worked = false;

	if (unlikely(!vkv_dev_reaches_host(d->dev)))
		return false;
	vkv_doorbells_poll_cqs(d);
	if (!d->id)
		worked = fetch_admin(d);
	worked |= fetch_sqs(d);
	if (!d->id)
		vkv_doorbells_watch(d->dev, !worked);
	return worked;
}

/* --- rounds --- */

/* The first round tells the device when it was created. */
static void start_clock(struct vkv_dev *dev, u64 now)
{
	dev->created_at = now;
	vkv_features_start(dev, now);
	dev->now = now;
}

static void dispatcher_begin_round(struct vkv_dispatcher *d, u64 now)
{
	struct vkv_dev *dev = d->dev;

	if (d->busy)
		WRITE_ONCE(d->busy_ns, d->busy_ns + now - d->now);
	d->now = now;
	if (d->id)
		return;
	if (unlikely(!dev->created_at))
		start_clock(dev, now);
	dev->now = now;
}

static bool fetch_round(struct vkv_dispatcher *d)
{
	bool worked = false;

	if (!vkv_fetch_begin(d))
		return false;
	d->busy = false;
	if (d->dev->ctrl.state == VKV_CTRL_READY)
		worked = fetch_all(d);
	vkv_rings_publish(d);
	vkv_fetch_end(d);
	return worked;
}

/* I/O commands that the dispatcher itself has ended. */
static bool retry_held(struct vkv_dispatcher *d)
{
	if (likely(list_empty(&d->held)))
		return false;
	if (READ_ONCE(d->dev->quiesce.drain))
		vkv_cmds_drop(d->dev, &d->held);
	return vkv_cmds_retry(d->dev, &d->held);
}

/*
 * The dispatcher does not wait for a host that does not take its completions.
 */
static u64 run_own_worker(struct vkv_dispatcher *d)
{
	struct vkv_worker *w = d->own;
	u64 next;

	if (!w)
		return VKV_NEVER;
	next = vkv_worker_round(w, d->now);
	if (next <= d->now || w->irq_due != VKV_NEVER)
		return VKV_NOW;
	return list_empty(&w->parked) ? VKV_NEVER : next;
}

/*
 * The end of the first dispatcher's round: is there something to look at again?
 * Workers do not tell it when a drain or an aborted command has ended.
 */
static bool expects_more(struct vkv_dev *dev)
{
	bool paused = vkv_pause_end(dev);

	return paused || dev->quiesce.drain || vkv_admin_waits(dev);
}

u64 vkv_dispatcher_round(struct vkv_dispatcher *d, u64 now)
{
	bool first = !d->id, worked = false, more;
	u64 next;

	vkv_turn_begin(&d->turn);
	dispatcher_begin_round(d, now);
	if (first)
		worked = vkv_ctrl_round(d->dev);
	worked |= fetch_round(d);
	worked |= retry_held(d);
	if (first)
		worked |= vkv_admin_round(d->dev);
	next = run_own_worker(d);
	vkv_stats_round(d->stats, worked);
	more = first && expects_more(d->dev);
	vkv_turn_end(&d->turn);
	return worked || more ? VKV_NOW : next;
}
