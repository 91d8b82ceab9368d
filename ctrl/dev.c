// SPDX-License-Identifier: GPL-2.0
/*
 * Making and unmaking a device.
 *
 * A device is one allocation (struct parts) and what its parts allocate for
 * themselves. vkv_dev_destroy() takes a device that was made only in part.
 */
#include "ctrl/dev.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "admin.h"
#include "admin/abort.h"
#include "admin/change.h"
#include "admin/erase.h"
#include "admin/event.h"
#include "admin/feature.h"
#include "admin/health.h"
#include "ctrl/collector.h"
#include "ctrl/ctrl.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/host.h"
#include "ctrl/irq.h"
#include "ctrl/ns.h"
#include "ctrl/opcode.h"
#include "ctrl/queue.h"
#include "ctrl/report.h"
#include "ctrl/stats.h"
#include "ctrl/worker.h"
#include "io/iterator.h"
#include "kv_ftl.h"
#include "timing/timing.h"

/* Everything that a device points to and that has a fixed size. */
struct parts {
	struct vkv_dev dev;
	struct vkv_admin admin;
	struct vkv_abort_queue aborts;
	struct vkv_events events;
	struct vkv_features features;
	struct vkv_health health;
	struct vkv_error_log errors;
	struct vkv_iters iters;
	struct vkv_stats stats;
	struct vkv_report report;
	struct vkv_collector collector;
	struct vkv_erase erase ____cacheline_aligned_in_smp;
};

static struct vkv_dev *alloc_parts(void)
{
	struct parts *p = kvzalloc(sizeof(*p), GFP_KERNEL);

	if (!p)
		return NULL;
	p->dev.admin = &p->admin;
	p->dev.aborts = &p->aborts;
	p->dev.events = &p->events;
	p->dev.features = &p->features;
	p->dev.health = &p->health;
	p->dev.errors = &p->errors;
	p->dev.iters = &p->iters;
	p->dev.stats = &p->stats;
	p->dev.report = &p->report;
	p->dev.collector = &p->collector;
	p->dev.erase = &p->erase;
	return &p->dev;
}

static void free_parts(struct vkv_dev *dev)
{
	kvfree(container_of(dev, struct parts, dev));
}

/*
 * With a timing model, commands wait until they are due. Only a worker with a
 * thread of its own may do that, so dispatchers have no workers then.
 */
static bool want_own_workers(const struct vkv_dev_config *cfg)
{
	return cfg->inline_bytes &&
	       (!cfg->timing || !strcmp(cfg->timing, vkv_timing_none_ops.name));
}

/* A context for every worker, and the last for the collector. */
static int create_ftl(struct vkv_dev *dev)
{
	const struct vkv_ftl_config cfg = {
		.mem = dev->cfg.mem,
		.size = dev->cfg.mem_size,
		.nr_ctx = dev->nr_workers + 1,
		.nr_keyspaces = vkv_ns_nr_keyspaces(&dev->cfg, dev->cfg.nr_ns),
		.index = dev->cfg.index,
		.space = dev->cfg.space,
		.victim = dev->cfg.victim,
		.op_permille = dev->cfg.op_permille,
		.value_crc = dev->cfg.value_crc,
		.seed = { dev->cfg.seed[0], dev->cfg.seed[1] },
	};

	return vkv_ftl_create(&cfg, &dev->ftl);
}

static void destroy_dispatchers(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; dev->dispatcher && i < dev->nr_dispatchers; i++)
		kvfree(dev->dispatcher[i].ring);
	kvfree(dev->dispatcher);
}

/* The last ring leads to the dispatcher's own worker. */
static int create_dispatchers(struct vkv_dev *dev)
{
	unsigned int i;

	dev->dispatcher = kvcalloc(dev->nr_dispatchers,
				   sizeof(*dev->dispatcher), GFP_KERNEL);
	if (!dev->dispatcher)
		return -ENOMEM;
	for (i = 0; i < dev->nr_dispatchers; i++) {
		struct vkv_dispatcher *d = &dev->dispatcher[i];

		d->ring = kvcalloc(dev->cfg.nr_workers + 1, sizeof(*d->ring),
				   GFP_KERNEL);
		if (!d->ring)
			return -ENOMEM;
		d->dev = dev;
		d->id = i;
		INIT_LIST_HEAD(&d->held);
		init_llist_head(&d->pool.back);
	}
	return 0;
}

static void destroy_workers(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers && dev->worker[i]; i++) {
		kvfree(dev->worker[i]->heap);
		kvfree(dev->worker[i]);
	}
}

/*
 * A worker with a thread has a ring from every dispatcher. A dispatcher's own
 * worker has one ring, from that dispatcher.
 */
static void connect(struct vkv_dev *dev, struct vkv_worker *w)
{
	unsigned int shared = dev->cfg.nr_workers, i;

	if (w->id >= shared) {
		struct vkv_dispatcher *d = &dev->dispatcher[w->id - shared];

		d->own = w;
		w->ring[w->nr_rings++] = &d->ring[shared];
		return;
	}
	for (i = 0; i < dev->nr_dispatchers; i++) {
		struct vkv_dispatcher *d = &dev->dispatcher[i];

		w->ring[w->nr_rings++] = &d->ring[w->id];
		if (dev->nr_workers == 1)
			d->only = w;
	}
}

static int create_workers(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++) {
		struct vkv_worker *w = kvzalloc(sizeof(*w), GFP_KERNEL);

		if (!w)
			return -ENOMEM;
		dev->worker[i] = w;
		w->heap = kvcalloc(dev->nr_dispatchers * VKV_NR_CMDS,
				   sizeof(*w->heap), GFP_KERNEL);
		if (!w->heap)
			return -ENOMEM;
		w->dev = dev;
		w->id = i;
		w->ctx = vkv_ftl_ctx(dev->ftl, i);
		INIT_LIST_HEAD(&w->parked);
		INIT_LIST_HEAD(&w->held);
		w->irq_due = VKV_NEVER;
		connect(dev, w);
	}
	return 0;
}

/*
 * Admin commands have a pool of their own, so that an Abort or a Delete works
 * when I/O has taken all other commands.
 */
static int create_cmds(struct vkv_dev *dev)
{
	unsigned int nr_io = dev->nr_dispatchers * VKV_NR_CMDS, i;

	dev->cmds.nr = nr_io + VKV_NR_ADMIN_CMDS;
	dev->cmds.cmd =
		kvcalloc(dev->cmds.nr, sizeof(*dev->cmds.cmd), GFP_KERNEL);
	if (!dev->cmds.cmd)
		return -ENOMEM;
	for (i = 0; i < nr_io; i++)
		llist_add(&dev->cmds.cmd[i].free,
			  &dev->dispatcher[i / VKV_NR_CMDS].pool.back);
	for (; i < dev->cmds.nr; i++)
		llist_add(&dev->cmds.cmd[i].free, &dev->cmds.admin.back);
	return 0;
}

static bool dev_config_valid(const struct vkv_dev_config *cfg)
{
	return cfg->nr_workers && cfg->nr_workers <= VKV_NR_WORKERS &&
	       cfg->nr_dispatchers <= VKV_NR_DISPATCHERS &&
	       cfg->nr_vectors && cfg->nr_vectors <= VKV_NR_VECTORS &&
	       cfg->nr_ns && cfg->nr_ns <= VKV_NR_NAMESPACES;
}

static void dev_init_config(struct vkv_dev *dev,
			    const struct vkv_dev_config *cfg)
{
	dev->cfg = *cfg;
	dev->nr_dispatchers = max(cfg->nr_dispatchers, 1u);
	dev->nr_workers = cfg->nr_workers;
	if (want_own_workers(cfg))
		dev->nr_workers += dev->nr_dispatchers;
}

static void init_parts(struct vkv_dev *dev)
{
	mutex_init(&dev->tables);
	init_llist_head(&dev->cmds.admin.back);
	vkv_opcodes_init(&dev->opcodes);
	vkv_admin_init(dev);
	vkv_aborts_init(dev);
	vkv_events_init(dev);
	vkv_error_log_init(dev);
	vkv_iters_init(dev);
	vkv_erase_init(dev);
	vkv_irqs_init(dev);
	dev->ctrl.state = VKV_CTRL_DISABLED;
}

static int create_parts(struct vkv_dev *dev)
{
	int ret = create_ftl(dev);

	if (!ret)
		ret = vkv_ns_create_timing(dev, dev->cfg.timing,
					   &dev->timing);
	if (!ret)
		ret = create_dispatchers(dev);
	if (!ret)
		ret = create_workers(dev);
	if (!ret)
		ret = create_cmds(dev);
	if (ret)
		return ret;
	ret = vkv_stats_create(dev);
	if (!ret)
		ret = vkv_report_fit(dev);
	return ret ? ret : vkv_ns_init(dev);
}

int vkv_dev_create(const struct vkv_dev_config *cfg, struct vkv_dev **out)
{
	struct vkv_dev *dev;
	int ret;

	if (!dev_config_valid(cfg))
		return -EINVAL;
	dev = alloc_parts();
	if (!dev)
		return -ENOMEM;
	dev_init_config(dev, cfg);
	init_parts(dev);
	ret = create_parts(dev);
	if (ret) {
		vkv_dev_destroy(dev);
		return ret;
	}
	vkv_collector_init(dev);
	vkv_features_init(dev);
	vkv_ctrl_reset_registers(dev);
	*out = dev;
	return 0;
}

/* Normally a reset has freed the queues. If not, the host is gone. */
static void free_queues(struct vkv_dev *dev)
{
	unsigned int qid;

	for (qid = 0; qid < VKV_NR_QUEUES; qid++)
		vkv_sq_free(dev, qid);
	for (qid = 0; qid < VKV_NR_QUEUES; qid++)
		vkv_cq_free(dev, qid);
}

void vkv_dev_destroy(struct vkv_dev *dev)
{
	if (!dev)
		return;
	vkv_change_drop(dev);
	free_queues(dev);
	vkv_report_destroy(dev);
	vkv_stats_destroy(dev);
	kvfree(dev->cmds.cmd);
	destroy_workers(dev);
	destroy_dispatchers(dev);
	vkv_ftl_destroy(dev->ftl);
	vkv_timing_destroy(dev->timing);
	free_parts(dev);
}

size_t vkv_dev_timing_info(struct vkv_dev *dev, char *buf, size_t len)
{
	size_t n;

	mutex_lock(&dev->tables);
	n = vkv_timing_info(dev->timing, vkv_ns_existing(dev), buf, len);
	mutex_unlock(&dev->tables);
	return n;
}

struct vkv_dispatcher *vkv_dev_dispatcher(struct vkv_dev *dev, unsigned int i)
{
	VKV_ASSERT(i < dev->nr_dispatchers);
	return &dev->dispatcher[i];
}

struct vkv_worker *vkv_dev_worker(struct vkv_dev *dev, unsigned int i)
{
	VKV_ASSERT(i < dev->nr_workers);
	return dev->worker[i];
}

/* ---- changes while it works ---- */

int vkv_dev_set_inline(struct vkv_dev *dev, u32 bytes)
{
	if (bytes && !dev->dispatcher[0].own)
		return -EBUSY;
	WRITE_ONCE(dev->cfg.inline_bytes, bytes);
	return 0;
}

bool vkv_dev_change(struct vkv_dev *dev, struct vkv_change *change)
{
	/* Pairs with change_end() and vkv_change_round() (admin/change.c). */
	if (cmpxchg(&dev->changes.change, NULL, change))
		return false;
	vkv_dispatcher_wake(dev, 0);
	return true;
}

void vkv_dev_set_victim(struct vkv_dev *dev, const char *name)
{
	vkv_ftl_set_victim(dev->ftl, name);
}

unsigned int vkv_dev_op_permille(const struct vkv_dev *dev)
{
	return vkv_ftl_op_permille(dev->ftl);
}
