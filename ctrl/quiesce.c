// SPDX-License-Identifier: GPL-2.0
/*
 * How the dispatcher makes other threads stand back. No thread ever waits for
 * another one: each looks again in its next round.
 *
 * Pause, for other dispatchers. They do not fetch while the first dispatcher
 * changes the state of the controller, the queues, or anything else that an
 * admin command can change. The first dispatcher writes that it wants a pause
 * and then looks which others fetch; each of these writes that it fetches and
 * then looks whether there is a pause. A full barrier stands between the two
 * steps on both sides, so one of the two sees the other. Only fetching has to
 * rest: commands that were fetched go on, also those of the dispatchers' own
 * workers.
 *
 * Drain, for workers. Some submission queues are marked as going away. A worker
 * ends the commands of these queues at once, whether they were executed or not.
 *
 * Sweep, for a worker. It holds commands that are to end early, because of a
 * drain or of an Abort. It looks through all its commands at the beginning of a
 * round.
 *
 * Fence, for workers. Each one counts the fences that it has passed at the
 * begin of a round. When all have passed, no round that began before is still
 * running, so every worker sees what the dispatcher wrote before the fence.
 */
#include "ctrl/quiesce.h"

#include <linux/compiler.h>

#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/host.h"
#include "ctrl/worker.h"

/* --- pause --- */

static bool others_fetch(const struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 1; i < dev->nr_dispatchers; i++)
		/* Pairs with vkv_fetch_end(): what it did is there. */
		if (smp_load_acquire(&dev->dispatcher[i].fetching))
			return true;
	return false;
}

bool vkv_pause(struct vkv_dev *dev)
{
	vkv_dispatcher_assert(&dev->dispatcher[0]);
	dev->quiesce.asked = true;
	if (dev->nr_dispatchers == 1)
		return true;
	if (!dev->quiesce.pause)
		WRITE_ONCE(dev->quiesce.pause, true);
	smp_mb(); /* pairs with the barrier of vkv_fetch_begin() */
	return !others_fetch(dev);
}

bool vkv_pause_end(struct vkv_dev *dev)
{
	if (dev->quiesce.pause && !dev->quiesce.asked)
		/* Pairs with vkv_fetch_begin(): what we did is there. */
		smp_store_release(&dev->quiesce.pause, false);
	dev->quiesce.asked = false;
	return dev->quiesce.pause;
}

void vkv_fetch_end(struct vkv_dispatcher *d)
{
	if (d->id)
		/* Pairs with others_fetch(). */
		smp_store_release(&d->fetching, false);
}

bool vkv_fetch_begin(struct vkv_dispatcher *d)
{
	if (!d->id)
		return true;
	VKV_ASSERT(!d->fetching);
	WRITE_ONCE(d->fetching, true);
	smp_mb(); /* pairs with the barrier of vkv_pause() */
	/* Pairs with vkv_pause_end(). */
	if (likely(!smp_load_acquire(&d->dev->quiesce.pause)))
		return true;
	vkv_fetch_end(d);
	return false;
}

/* --- drain and sweep --- */

void vkv_sweeps_update(struct vkv_dev *dev)
{
	unsigned int i;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	for (i = 0; i < dev->nr_workers; i++) {
		bool sweep = dev->quiesce.drain || dev->worker[i]->abort_wanted;

		/* Pairs with is_wary(). */
		smp_store_release(&dev->worker[i]->sweep, sweep);
		if (sweep)
			vkv_worker_wake(dev, i);
	}
}

static void set_drain(struct vkv_dev *dev, bool drain)
{
	unsigned int i;

	WRITE_ONCE(dev->quiesce.drain, drain);
	vkv_sweeps_update(dev);
	for (i = 0; drain && i < dev->nr_dispatchers; i++)
		vkv_dispatcher_wake(dev, i);
}

void vkv_drain_begin(struct vkv_dev *dev)
{
	set_drain(dev, true);
}

void vkv_drain_end(struct vkv_dev *dev)
{
	set_drain(dev, false);
}

/* --- fence --- */

void vkv_fence_begin(struct vkv_dev *dev)
{
	unsigned int i;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	for (i = 0; i < dev->nr_workers; i++) {
		struct vkv_worker *w = dev->worker[i];

		/* Pairs with vkv_fence_asked(). */
		smp_store_release(&w->fence, w->fence + 1);
		vkv_worker_wake(dev, i);
	}
}

bool vkv_fence_passed(const struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++)
		/* Pairs with vkv_fence_pass(): its rounds before are over. */
		if (smp_load_acquire(&dev->worker[i]->fenced) !=
		    dev->worker[i]->fence)
			return false;
	return true;
}

bool vkv_fence_asked(const struct vkv_worker *w)
{
		/*
		 * Pairs with vkv_fence_begin(): all writes before the fence are
		 * seen.
		 */
	return smp_load_acquire(&w->fence) != w->fenced;
}

void vkv_fence_pass(struct vkv_worker *w)
{
	/*
	 * Pairs with vkv_fence_begin(): what it is about is seen behind this.
	 */
	u32 fence = smp_load_acquire(&w->fence);

	if (unlikely(fence != w->fenced))
		/* Pairs with vkv_fence_passed(). */
		smp_store_release(&w->fenced, fence);
}
