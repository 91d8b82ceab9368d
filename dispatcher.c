// SPDX-License-Identifier: GPL-2.0
/*
 * The dispatcher's round: what the host wrote, to whom it goes, and how the
 * dispatcher has its workers notice that something concerns them.
 */
#include "dev.h"

#include <linux/compiler.h>
#include <linux/minmax.h>

#include "trace.h"

/* Brief commands of a round that the dispatcher carries out in any case. */
#define INLINE_FEW 8u

void vkv_rings_look(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++) {
		struct vkv_ring *ring = &dev->worker[i]->ring;

		ring->seen = READ_ONCE(ring->consumed);
	}
}

static u32 ring_load(const struct vkv_ring *ring)
{
	return ring->filled - ring->seen;
}

/* The worker with the shortest ring; equals take turns. */
static struct vkv_worker *pick_shortest(struct vkv_dev *dev)
{
	unsigned int n = dev->cfg.nr_workers, at = dev->next_worker, i;
	struct vkv_worker *best = dev->worker[at];

	for (i = 1; i < n; i++) {
		struct vkv_worker *w;

		at = at + 1 == n ? 0 : at + 1;
		w = dev->worker[at];
		if (ring_load(&w->ring) < ring_load(&best->ring))
			best = w;
	}
	dev->next_worker = best->id + 1 == n ? 0 : best->id + 1;
	return best;
}

static struct vkv_worker *pick_worker(struct vkv_dev *dev)
{
	return dev->cfg.nr_workers == 1 ? dev->worker[0] : pick_shortest(dev);
}

static bool may_be_ours(const struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	return dev->own && cmd->op->brief &&
	       cmd->req.len <= dev->cfg.inline_bytes;
}

/*
 * To carry a brief command out costs less than to wake somebody for it, so the
 * first few of a round are the dispatcher's. Of more, each gets a share.
 */
static noinline struct vkv_worker *choose_worker(struct vkv_dev *dev,
						 const struct vkv_cmd *cmd)
{
	struct vkv_worker *w;
	u32 load;

	if (!may_be_ours(dev, cmd))
		return pick_worker(dev);
	load = ring_load(&dev->own->ring);
	if (load < INLINE_FEW)
		return dev->own;
	w = pick_worker(dev);
	return load < ring_load(&w->ring) ? dev->own : w;
}

/* A ring has a slot for every command there is, so it is never full. */
static void hand_over(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_worker *w = dev->only ? dev->only : choose_worker(dev, cmd);
	struct vkv_ring *ring = &w->ring;

	cmd->worker = w;
	ring->slot[ring->filled++ % VKV_NR_CMDS] = cmd;
}

/* The dispatcher's own worker has no thread, and does not sleep. */
static void wake(struct vkv_dev *dev, unsigned int worker)
{
	if (worker < dev->cfg.nr_workers)
		dev->cfg.ops->wake(dev->cfg.host, worker);
}

static void publish_rings(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++) {
		struct vkv_ring *ring = &dev->worker[i]->ring;

		if (ring->filled == ring->produced)
			continue;
		/* Pairs with execute_ring(). */
		smp_store_release(&ring->produced, ring->filled);
		wake(dev, i);
	}
}

void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status;

	trace_vkv_fetch(dev, cmd);
	if (!cmd->sq->qid) {
		vkv_admin_dispatch(dev, cmd);
		return;
	}
	status = vkv_io_decode(dev, cmd);
	if (unlikely(status)) {
		vkv_cmd_complete(dev, cmd, status, &dev->held);
		return;
	}
	if (unlikely(dev->erase.erased))
		vkv_erase_note(dev, cmd);
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

/* A host that does not take its completions is not waited for. */
static u64 run_own_worker(struct vkv_dev *dev, u64 now)
{
	struct vkv_worker *w = dev->own;

	if (!w)
		return VKV_NEVER;
	if (vkv_worker_round(w, now) > now && w->irq_due == VKV_NEVER &&
	    list_empty(&w->parked))
		return VKV_NEVER;
	return VKV_NOW;
}

u64 vkv_dispatcher_round(struct vkv_dev *dev, u64 now)
{
	u64 elapsed, next;
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
	next = run_own_worker(dev, now);
	vkv_health_count_busy(dev, elapsed);
	vkv_stats_round(vkv_stats_dispatcher(dev), worked);
	return worked || expects_workers(dev) || !list_empty(&dev->early) ?
		       VKV_NOW :
		       next;
}

void vkv_sweeps_update(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++) {
		bool sweep = dev->drain || vkv_abort_wanted(dev, i);

		/* Pairs with is_wary(). */
		smp_store_release(&dev->worker[i]->ring.sweep, sweep);
		if (sweep)
			wake(dev, i);
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

	for (i = 0; i < dev->nr_workers; i++) {
		struct vkv_ring *ring = &dev->worker[i]->ring;

		/* Pairs with pass_fence(). */
		smp_store_release(&ring->fence, ring->fence + 1);
		wake(dev, i);
	}
}

bool vkv_fence_passed(const struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++)
		/* Pairs with pass_fence(): its rounds before are over. */
		if (smp_load_acquire(&dev->worker[i]->fenced) !=
		    dev->worker[i]->ring.fence)
			return false;
	return true;
}
