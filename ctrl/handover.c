// SPDX-License-Identifier: GPL-2.0
/*
 * Handing over: which thread carries a fetched command out.
 *
 * Admin commands are the dispatcher's own. An I/O command is decoded and goes
 * on the ring of a worker. That is the worker with the shortest ring, or one
 * that the dispatcher runs in its own thread: a short command ends there in
 * less time than another thread takes to wake up.
 */
#include "ctrl/handover.h"

#include <linux/compiler.h>

#include "admin.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/host.h"
#include "ctrl/trace.h"
#include "ctrl/worker.h"
#include "io.h"

/* The first so many brief commands of a round are the dispatcher's own. */
#define INLINE_FEW 8u
/* So many bytes are read in less time than a command takes to hand over. */
#define INLINE_SMALL 1024u

/* Workers that this dispatcher gives commands to, each over a ring. */
static unsigned int nr_targets(const struct vkv_dispatcher *d)
{
	return d->dev->cfg.nr_workers + !!d->own;
}

void vkv_rings_look(struct vkv_dispatcher *d)
{
	unsigned int i;

	for (i = 0; i < nr_targets(d); i++)
		d->ring[i].seen = READ_ONCE(d->ring[i].consumed);
}

static struct vkv_ring *ring_to(const struct vkv_dispatcher *d,
				const struct vkv_worker *w)
{
	return w == d->own ? &d->ring[d->dev->cfg.nr_workers] : &d->ring[w->id];
}

static u32 ring_load(const struct vkv_ring *ring)
{
	return ring->filled - ring->seen;
}

/* The worker with the shortest ring from us; equals take turns. */
static struct vkv_worker *pick_shortest(struct vkv_dispatcher *d)
{
	unsigned int n = d->dev->cfg.nr_workers, at = d->next_worker, i;
	unsigned int best = at;

	for (i = 1; i < n; i++) {
		at = at + 1 == n ? 0 : at + 1;
		if (ring_load(&d->ring[at]) < ring_load(&d->ring[best]))
			best = at;
	}
	d->next_worker = best + 1 == n ? 0 : best + 1;
	return d->dev->worker[best];
}

static struct vkv_worker *pick_worker(struct vkv_dispatcher *d)
{
	return d->dev->cfg.nr_workers == 1 ? d->dev->worker[0] :
					     pick_shortest(d);
}

static bool is_read(const struct vkv_cmd *cmd)
{
	return !(cmd->op->effects & NVME_EFFECT_LBCC);
}

/* A store at an offset moves all the bytes that are there. */
static bool copies_old(const struct vkv_cmd *cmd)
{
	return !is_read(cmd) && cmd->req.offset;
}

static bool may_be_ours(const struct vkv_dispatcher *d,
			const struct vkv_cmd *cmd)
{
	return d->own && cmd->op->brief && likely(!cmd->timed) &&
	       cmd->req.len <= READ_ONCE(d->dev->cfg.inline_bytes) &&
	       !copies_old(cmd);
}

/*
 * A brief command takes less time than waking a thread for it. So the
 * dispatcher carries out the first few of a round, and all reads that end
 * before another CPU would have them. A single dispatcher shares the rest with
 * the workers; several dispatchers are there to share nothing.
 */
static noinline struct vkv_worker *choose_worker(struct vkv_dispatcher *d,
						 const struct vkv_cmd *cmd)
{
	struct vkv_worker *w;
	u32 load;

	if (!may_be_ours(d, cmd))
		return pick_worker(d);
	load = ring_load(ring_to(d, d->own));
	if (load < INLINE_FEW ||
	    (is_read(cmd) && cmd->req.len <= INLINE_SMALL) ||
	    d->dev->nr_dispatchers > 1)
		return d->own;
	w = pick_worker(d);
	return load < ring_load(ring_to(d, w)) ? d->own : w;
}

static void hand_over(struct vkv_dispatcher *d, struct vkv_cmd *cmd)
{
	struct vkv_worker *w = d->only ? d->only : choose_worker(d, cmd);
	struct vkv_ring *ring = ring_to(d, w);

	/* A ring has a slot for every command of its dispatcher. */
	VKV_ASSERT(ring->filled - READ_ONCE(ring->consumed) < VKV_NR_CMDS);
	cmd->worker = w;
	ring->slot[ring->filled++ % VKV_NR_CMDS] = cmd;
}

void vkv_rings_publish(struct vkv_dispatcher *d)
{
	unsigned int i;

	for (i = 0; i < nr_targets(d); i++) {
		struct vkv_ring *ring = &d->ring[i];

		if (ring->filled == ring->produced)
			continue;
		/* Pairs with execute_ring() of ctrl/worker.c. */
		smp_store_release(&ring->produced, ring->filled);
		/* Our own worker's round is still to come. */
		if (i < d->dev->cfg.nr_workers)
			vkv_worker_wake(d->dev, i);
	}
}

void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_dispatcher *d = cmd->sq->dispatcher;
	u16 status;

	vkv_dispatcher_assert(d);
	trace_vkv_fetch(dev, cmd);
	if (!cmd->sq->qid) {
		vkv_admin_dispatch(dev, cmd);
		return;
	}
	status = vkv_io_decode(dev, cmd);
	if (unlikely(status)) {
		vkv_cmd_complete(dev, cmd, status, &d->held);
		return;
	}
	hand_over(d, cmd);
}
