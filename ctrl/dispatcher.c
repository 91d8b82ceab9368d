// SPDX-License-Identifier: GPL-2.0
/*
 * A dispatcher's round: what the host wrote, to whom it goes, and how workers are
 * made to notice that something concerns them.
 *
 * There may be several dispatchers. Each has I/O queues, commands and rings to the
 * workers of its own, perhaps also a worker of its own, and none looks at lines
 * that another one writes all the time. The first one is the controller as well:
 * registers, queue creation and deletion, admin commands; "the dispatcher" is it.
 *
 * What it does there does not happen beside a fetch. It says that it wants a pause
 * and looks who is fetching; the others say that they fetch and look whether there
 * is a pause. With a full barrier between the two on both sides, one of them sees
 * the other. Nobody waits: it comes back in its next round, they in theirs. Only
 * fetching has to rest: commands that were fetched go their way, those of the
 * dispatchers' own workers, too.
 */
#include "ctrl/dev.h"

#include <linux/compiler.h>
#include <linux/minmax.h>

#include "ctrl/trace.h"

/* Brief commands of a round that the dispatcher carries out in any case. */
#define INLINE_FEW 8u
/* Bytes that are read in less time than it takes to hand a command over. */
#define INLINE_SMALL 1024u

/* Workers that this dispatcher gives commands to: rings[]. */
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
	return d->own && cmd->op->brief &&
	       cmd->req.len <= d->dev->cfg.inline_bytes && !copies_old(cmd);
}

/*
 * To carry a brief command out costs less than to wake somebody for it, so the
 * first few of a round are the dispatcher's, and so are all reads that are done
 * before another CPU would have them. Of more, each gets a share, where there is
 * one dispatcher: several are there to share nothing.
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

/* A ring has a slot for every command there is, so it is never full. */
static void hand_over(struct vkv_dispatcher *d, struct vkv_cmd *cmd)
{
	struct vkv_worker *w = d->only ? d->only : choose_worker(d, cmd);
	struct vkv_ring *ring = ring_to(d, w);

	cmd->worker = w;
	ring->slot[ring->filled++ % VKV_NR_CMDS] = cmd;
}

static void wake_dispatcher(struct vkv_dev *dev, unsigned int i)
{
	/* The first one is who wakes. */
	if (i)
		dev->cfg.ops->wake_dispatcher(dev->cfg.host, i);
}

/* A dispatcher's own worker has no thread but its dispatcher's. */
static void wake(struct vkv_dev *dev, unsigned int worker)
{
	if (worker < dev->cfg.nr_workers)
		dev->cfg.ops->wake(dev->cfg.host, worker);
	else
		wake_dispatcher(dev, worker - dev->cfg.nr_workers);
}

static void publish_rings(struct vkv_dispatcher *d)
{
	unsigned int i;

	for (i = 0; i < nr_targets(d); i++) {
		struct vkv_ring *ring = &d->ring[i];

		if (ring->filled == ring->produced)
			continue;
		/* Pairs with execute_ring(). */
		smp_store_release(&ring->produced, ring->filled);
		/* Our own worker's round is still to come. */
		if (i < d->dev->cfg.nr_workers)
			wake(d->dev, i);
	}
}

void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_dispatcher *d = cmd->sq->dispatcher;
	u16 status;

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

/* What ends when workers are done, which nobody tells us. */
static bool expects_workers(const struct vkv_dev *dev)
{
	return dev->drain || dev->nr_aborts;
}

/* --- pauses --- */

static bool others_fetch(const struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 1; i < dev->nr_dispatchers; i++)
		/* Pairs with end_fetch(): what it did is there. */
		if (smp_load_acquire(&dev->dispatcher[i].fetching))
			return true;
	return false;
}

bool vkv_pause(struct vkv_dev *dev)
{
	dev->pause_asked = true;
	if (dev->nr_dispatchers == 1)
		return true;
	if (!dev->pause)
		WRITE_ONCE(dev->pause, true);
	smp_mb();	/* the pause first, then who fetches: begin_fetch() */
	return !others_fetch(dev);
}

/* True while there is a pause. */
static bool end_pause(struct vkv_dev *dev)
{
	if (dev->pause && !dev->pause_asked)
		/* Pairs with begin_fetch(): what we did is there. */
		smp_store_release(&dev->pause, false);
	dev->pause_asked = false;
	return dev->pause;
}

static void end_fetch(struct vkv_dispatcher *d)
{
	if (d->id)
		/* Pairs with others_fetch(). */
		smp_store_release(&d->fetching, false);
}

static bool begin_fetch(struct vkv_dispatcher *d)
{
	if (!d->id)
		return true;
	WRITE_ONCE(d->fetching, true);
	smp_mb();	/* the word first, then whether it is a pause: vkv_pause() */
	/* Pairs with end_pause(). */
	if (likely(!smp_load_acquire(&d->dev->pause)))
		return true;
	end_fetch(d);
	return false;
}

/* --- rounds --- */

/* Nobody knows the time before the first round. */
static void start_clock(struct vkv_dev *dev, u64 now)
{
	dev->created_at = now;
	dev->feat.timestamp_at = now;
	dev->now = now;
}

static void begin_round(struct vkv_dispatcher *d, u64 now)
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

static bool fetch(struct vkv_dispatcher *d)
{
	bool worked = false;

	if (!begin_fetch(d))
		return false;
	d->busy = false;
	if (d->dev->state == VKV_CTRL_READY)
		worked = vkv_doorbells_round(d);
	publish_rings(d);
	end_fetch(d);
	return worked;
}

/* I/O commands that the dispatcher itself has ended. */
static bool retry_held(struct vkv_dispatcher *d)
{
	if (likely(list_empty(&d->held)))
		return false;
	if (READ_ONCE(d->dev->drain))
		vkv_cmds_drop(d->dev, &d->held);
	return vkv_cmds_retry(d->dev, &d->held);
}

/* A host that does not take its completions is not waited for. */
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

/* The end of the first one's round: is there something to look at again? */
static bool expects_more(struct vkv_dev *dev)
{
	bool paused = end_pause(dev);

	return paused || expects_workers(dev) || !list_empty(&dev->early);
}

u64 vkv_dispatcher_round(struct vkv_dispatcher *d, u64 now)
{
	bool first = !d->id, worked = false, more;
	u64 next;

	begin_round(d, now);
	if (first)
		worked = vkv_ctrl_round(d->dev);
	worked |= fetch(d);
	worked |= retry_held(d);
	if (first)
		worked |= vkv_admin_round(d->dev);
	next = run_own_worker(d);
	vkv_stats_round(d->stats, worked);
	more = first && expects_more(d->dev);
	return worked || more ? VKV_NOW : next;
}

struct vkv_dispatcher *vkv_dev_dispatcher(struct vkv_dev *dev, unsigned int i)
{
	return &dev->dispatcher[i];
}

/* --- word to the workers --- */

void vkv_sweeps_update(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++) {
		bool sweep = dev->drain || vkv_abort_wanted(dev, i);

		/* Pairs with is_wary(). */
		smp_store_release(&dev->worker[i]->sweep, sweep);
		if (sweep)
			wake(dev, i);
	}
}

static void set_drain(struct vkv_dev *dev, bool drain)
{
	unsigned int i;

	WRITE_ONCE(dev->drain, drain);
	vkv_sweeps_update(dev);
	for (i = 0; drain && i < dev->nr_dispatchers; i++)
		wake_dispatcher(dev, i);
}

void vkv_drain_begin(struct vkv_dev *dev)
{
	set_drain(dev, true);
}

void vkv_drain_end(struct vkv_dev *dev)
{
	set_drain(dev, false);
}

void vkv_fence_begin(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++) {
		struct vkv_worker *w = dev->worker[i];

		/* Pairs with pass_fence(). */
		smp_store_release(&w->fence, w->fence + 1);
		wake(dev, i);
	}
}

bool vkv_fence_passed(const struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++)
		/* Pairs with pass_fence(): its rounds before are over. */
		if (smp_load_acquire(&dev->worker[i]->fenced) !=
		    dev->worker[i]->fence)
			return false;
	return true;
}
