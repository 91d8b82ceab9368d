// SPDX-License-Identifier: GPL-2.0
/*
 * The collector's round: a step of the FTL's garbage collection, charged to the
 * media. The next step comes when the media has done this one, so that a device
 * that is full is as slow as its dies, and no slower.
 */
#include "ctrl/collector.h"

#include <linux/kernel.h>
#include <linux/minmax.h>

#include "ctrl/dev.h"
#include "ctrl/error_log.h"
#include "ctrl/host.h"
#include "ctrl/stats.h"
#include "ctrl/trace.h"
#include "nvme_kv.h"
#include "timing/timing.h"

/* Values that cannot be saved: no command has asked for them yet. */
static void report_damage(struct vkv_dev *dev, u32 values)
{
	while (values--)
		vkv_error_log_alone(dev, NVME_SC_READ_ERROR);
}

static void charge_collection(struct vkv_footprint *fp)
{
	struct vkv_collector *c = container_of(fp, struct vkv_collector, fp);

	report_damage(c->dev, fp->damaged);
	c->due = max(c->due, vkv_timing_collect(vkv_dev_timing(c->dev), fp, c->now));
	vkv_footprint_reset(fp);
}

void vkv_collector_init(struct vkv_dev *dev)
{
	struct vkv_collector *c = dev->collector;

	c->dev = dev;
	c->fp.touch = c->touch;
	c->fp.max = ARRAY_SIZE(c->touch);
	c->fp.full = charge_collection;
}

void vkv_collector_fence(struct vkv_dev *dev)
{
	struct vkv_collector *c = dev->collector;

	/* Pairs with pass_collector_fence(). */
	smp_store_release(&c->fence, c->fence + 1);
	dev->cfg.ops->wake_collector(dev->cfg.host);
}

bool vkv_collector_fenced(const struct vkv_dev *dev)
{
	const struct vkv_collector *c = dev->collector;

	/* Pairs with pass_collector_fence(): its rounds before are over. */
	return smp_load_acquire(&c->fenced) == c->fence;
}

static void pass_collector_fence(struct vkv_collector *c)
{
	/* Pairs with vkv_collector_fence(): what it is about is seen behind this. */
	u32 fence = smp_load_acquire(&c->fence);

	if (likely(fence == c->fenced))
		return;
	/* Pairs with vkv_collector_fenced(). */
	smp_store_release(&c->fenced, fence);
	vkv_dispatcher_wake(c->dev, 0);
}

u64 vkv_collector_round(struct vkv_dev *dev, u64 now)
{
	struct vkv_collector *c = dev->collector;
	bool more;

	pass_collector_fence(c);
	if (now < c->due)
		return c->due;
	vkv_turn_begin(&c->turn);
	c->now = now;
	more = vkv_ftl_collect_noting(vkv_ftl_ctx(dev->ftl,
						  dev->nr_workers),
				      false, &c->fp);
	charge_collection(&c->fp);
	vkv_stats_round(vkv_stats_collector(dev), more);
	trace_vkv_collect(dev, more);
	vkv_turn_end(&c->turn);
	if (!more)
		return VKV_NEVER;
	return c->due > now ? c->due : VKV_NOW;
}
