// SPDX-License-Identifier: GPL-2.0
/* Making and unmaking a device. */
#include "ctrl/dev.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ctrl/report.h"

/* Keyspaces of a namespace: its keys, vendor keyspace 0, its block units. */
#define KEYSPACES_BLOCK 3u
#define KEYSPACES_KV 1u
static_assert(VKV_NR_NAMESPACES * KEYSPACES_BLOCK <= VKV_NR_KEYSPACES);

static u8 keyspaces_of(enum vkv_ns_kind kind)
{
	return kind == VKV_NS_BLOCK ? KEYSPACES_BLOCK : KEYSPACES_KV;
}

/* Keyspaces of the first @nr_ns namespaces: each index costs space. */
static u8 nr_keyspaces(const struct vkv_dev_config *cfg, unsigned int nr_ns)
{
	u8 sum = 0;
	unsigned int i;

	for (i = 0; i < nr_ns; i++)
		sum += keyspaces_of(cfg->ns[i].kind);
	return sum;
}

static void init_keyspaces(struct vkv_dev *dev, unsigned int i)
{
	struct vkv_ns *ns = &dev->ns[i];
	u8 first = nr_keyspaces(&dev->cfg, i);

	ns->kind = dev->cfg.ns[i].kind;
	ns->nr_keyspaces = keyspaces_of(ns->kind);
	ns->keyspace = first;
	if (ns->kind != VKV_NS_BLOCK)
		return;
	ns->keyspace0 = first + 1;
	ns->keyspace_block = first + 2;
	vkv_ftl_set_block(dev->ftl, ns->keyspace_block);
}

/* Its SPEC of timing=, the last one being that of all that follow. */
static bool is_timed(const struct vkv_dev_config *cfg, unsigned int i)
{
	const char *none = vkv_timing_none_ops.name;
	const char *spec = cfg->timing ?: none;
	size_t len = strlen(none);

	for (; i && strchr(spec, ','); i--)
		spec = strchr(spec, ',') + 1;
	return strncmp(spec, none, len) || (spec[len] && spec[len] != ',');
}

static void init_ns(struct vkv_dev *dev, unsigned int i, u64 pool)
{
	const struct vkv_ns_config *cfg = &dev->cfg.ns[i];
	struct vkv_ns *ns = &dev->ns[i];
	bool capped = cfg->cap && cfg->cap < pool;

	ns->nsid = i + 1;
	ns->ways = dev->way[ns->kind];
	ns->timed = is_timed(&dev->cfg, i);
	ns->cap = capped ? cfg->cap : pool;
	ns->nr_lbas = (ns->cap >> VKV_UNIT_SHIFT)
		      << (VKV_UNIT_SHIFT - VKV_LBA_SHIFT);
	if (capped)
		vkv_ftl_set_quota(dev->ftl, ns->keyspace, ns->nr_keyspaces,
				  ns->cap);
	/* Unique per device and namespace, the same whenever it is loaded. */
	memcpy(ns->nguid, dev->cfg.serial,
	       min(strlen(dev->cfg.serial), sizeof(ns->nguid) - 1));
	ns->nguid[sizeof(ns->nguid) - 1] = ns->nsid;
}

static void init_namespaces(struct vkv_dev *dev)
{
	struct vkv_usage usage;
	unsigned int i;

	dev->nr_ns = dev->cfg.nr_ns;
	for (i = 0; i < dev->nr_ns; i++)
		init_keyspaces(dev, i);
	/* Blocks take a part of the pool's size. */
	vkv_ftl_usage(dev->ftl, &usage);
	for (i = 0; i < dev->nr_ns; i++)
		init_ns(dev, i, usage.capacity);
}

/* Delays are waited for by those who may sleep. */
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
		.nr_keyspaces = nr_keyspaces(&dev->cfg, dev->cfg.nr_ns),
		.index = dev->cfg.index,
		.space = dev->cfg.space,
		.victim = dev->cfg.victim,
		.op_permille = dev->cfg.op_permille,
		.seed = { dev->cfg.seed[0], dev->cfg.seed[1] },
	};

	return vkv_ftl_create(&cfg, &dev->ftl);
}

/* Whose keys are in a keyspace. */
static int create_timing(struct vkv_dev *dev)
{
	struct vkv_timing_config cfg = {
		.spec = dev->cfg.timing,
		.nr_ns = dev->cfg.nr_ns,
		.size = dev->cfg.mem_size,
		.segment = vkv_ftl_segment(dev->ftl),
	};
	unsigned int ns, i;

	for (ns = 0; ns < dev->cfg.nr_ns; ns++)
		for (i = nr_keyspaces(&dev->cfg, ns);
		     i < nr_keyspaces(&dev->cfg, ns + 1); i++)
			cfg.owner[i] = ns;
	return vkv_timing_create(&cfg, &dev->timing);
}

static void destroy_dispatchers(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; dev->dispatcher && i < dev->nr_dispatchers; i++)
		kvfree(dev->dispatcher[i].ring);
	kvfree(dev->dispatcher);
}

/* The last ring is for its own worker. */
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

/* From every dispatcher; to its own worker from one. */
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

/* Admin commands have a pool of their own: I/O must not keep a host from help. */
static int create_cmds(struct vkv_dev *dev)
{
	unsigned int nr_io = dev->nr_dispatchers * VKV_NR_CMDS, i;

	dev->nr_cmds = nr_io + VKV_NR_ADMIN_CMDS;
	dev->cmds = kvcalloc(dev->nr_cmds, sizeof(*dev->cmds), GFP_KERNEL);
	if (!dev->cmds)
		return -ENOMEM;
	for (i = 0; i < nr_io; i++)
		llist_add(&dev->cmds[i].free,
			  &dev->dispatcher[i / VKV_NR_CMDS].pool.back);
	for (; i < dev->nr_cmds; i++)
		llist_add(&dev->cmds[i].free, &dev->admin_pool.back);
	return 0;
}

/* There is a row for each opcode in each namespace. */
static int create_stats(struct vkv_dev *dev)
{
	int ret;

	init_namespaces(dev);
	ret = vkv_stats_create(dev);
	return ret ? ret : vkv_report_create(dev);
}

static bool config_valid(const struct vkv_dev_config *cfg)
{
	return cfg->nr_workers && cfg->nr_workers <= VKV_NR_WORKERS &&
	       cfg->nr_dispatchers <= VKV_NR_DISPATCHERS &&
	       cfg->nr_vectors && cfg->nr_vectors <= VKV_NR_VECTORS &&
	       cfg->nr_ns && cfg->nr_ns <= VKV_NR_NAMESPACES;
}

static void init_dev(struct vkv_dev *dev, const struct vkv_dev_config *cfg)
{
	unsigned int i;

	dev->cfg = *cfg;
	dev->nr_dispatchers = max(cfg->nr_dispatchers, 1u);
	dev->nr_workers = cfg->nr_workers;
	if (want_own_workers(cfg))
		dev->nr_workers += dev->nr_dispatchers;
	INIT_LIST_HEAD(&dev->events.requests);
	INIT_LIST_HEAD(&dev->aborts);
	INIT_LIST_HEAD(&dev->held);
	INIT_LIST_HEAD(&dev->deleting);
	INIT_LIST_HEAD(&dev->early);
	init_llist_head(&dev->admin_pool.back);
	spin_lock_init(&dev->iter_lock);
	vkv_health_init(dev);
	vkv_erase_init(dev);
	for (i = 0; i < VKV_NR_VECTORS; i++)
		spin_lock_init(&dev->irq[i].lock);
	dev->state = VKV_CTRL_DISABLED;
}

int vkv_dev_create(const struct vkv_dev_config *cfg, struct vkv_dev **out)
{
	struct vkv_dev *dev;
	int ret;

	if (!config_valid(cfg))
		return -EINVAL;
	dev = kvzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	init_dev(dev, cfg);
	vkv_io_init(dev);
	ret = create_ftl(dev);
	if (!ret)
		ret = create_timing(dev);
	if (!ret)
		ret = create_dispatchers(dev);
	if (!ret)
		ret = create_workers(dev);
	if (!ret)
		ret = create_cmds(dev);
	dev->page = kzalloc(VKV_PAGE, GFP_KERNEL);
	if (!ret && !dev->page)
		ret = -ENOMEM;
	if (!ret)
		ret = create_stats(dev);
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

/* Queues are gone by now, or their host is: only mappings can be left. */
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
	free_queues(dev);
	kfree(dev->page);
	kvfree(dev->report);
	vkv_stats_destroy(dev);
	kvfree(dev->cmds);
	destroy_workers(dev);
	destroy_dispatchers(dev);
	vkv_ftl_destroy(dev->ftl);
	vkv_timing_destroy(dev->timing);
	kvfree(dev);
}

size_t vkv_dev_timing_info(const struct vkv_dev *dev, char *buf, size_t len)
{
	return vkv_timing_info(dev->timing, buf, len);
}
