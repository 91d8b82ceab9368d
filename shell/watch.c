// SPDX-License-Identifier: GPL-2.0
/*
 * A doorbell is a store to memory, so nothing happens when the host rings one,
 * and a dispatcher that sleeps finds it when it looks the next time. But the
 * nvme driver has a tracepoint on the way of every command, before it rings:
 * nvme_setup_cmd. A probe there wakes the dispatcher.
 *
 * Commands of other drives pass the tracepoint too. Those of namespaces are
 * told apart by the disk's parent; those of admin queues are rare, and wake us.
 *
 * The nvme driver may be loaded later than we are and unloaded earlier, so its
 * tracepoint is looked for among those of each module that comes.
 */
#include "shell/watch.h"

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "shell/thread.h"

#define TRACEPOINT "nvme_setup_cmd"

struct nvme_command;

static bool is_ours(const struct vkv_watch *w, const struct request *req)
{
	struct gendisk *disk = req->q->disk;
	struct device *ctrl = disk ? disk_to_dev(disk)->parent : NULL;

	return !ctrl || ctrl->parent == &w->pdev->dev;
}

/* Queue 1 of the device is the driver's first hardware context of a namespace. */
static unsigned int queue_of(const struct request *req)
{
	return req->q->disk && req->mq_hctx ? req->mq_hctx->queue_num + 1 : 0;
}

/* Runs in the context of who submits, with preemption off. */
static void probe(void *data, struct request *req, struct nvme_command *cmd)
{
	struct vkv_watch *w = data;

	if (is_ours(w, req))
		vkv_threads_wake_dispatcher(
			w->threads, vkv_dispatcher_of(w->threads->nr_dispatchers,
						      queue_of(req)));
}

static void attach(struct vkv_watch *w, struct tracepoint *tp)
{
	if (!w->tp && !strcmp(tp->name, TRACEPOINT) &&
	    !tracepoint_probe_register(tp, probe, w))
		w->tp = tp;
}

static void detach(struct vkv_watch *w)
{
	if (w->tp)
		tracepoint_probe_unregister(w->tp, probe, w);
	w->tp = NULL;
}

#ifdef CONFIG_MODULES
/* The core of tracepoints calls this under its own lock. */
static int module_changed(struct notifier_block *nb, unsigned long state,
			  void *data)
{
	struct vkv_watch *w = container_of(nb, struct vkv_watch, modules);
	struct module *mod = ((struct tp_module *)data)->mod;
	unsigned int i;

	for (i = 0; i < mod->num_tracepoints; i++) {
		struct tracepoint *tp;

		tp = tracepoint_ptr_deref(&mod->tracepoints_ptrs[i]);
		if (state == MODULE_STATE_COMING)
			attach(w, tp);
		else if (state == MODULE_STATE_GOING && tp == w->tp)
			detach(w);
	}
	return NOTIFY_OK;
}
#endif

static void look_at(struct tracepoint *tp, void *data)
{
	attach(data, tp);
}

void vkv_watch_start(struct vkv_watch *w, struct vkv_threads *threads,
		     struct pci_dev *pdev)
{
	w->threads = threads;
	w->pdev = pdev;
	/* A driver that is part of the kernel itself. */
	for_each_kernel_tracepoint(look_at, w);
#ifdef CONFIG_MODULES
	/* Calls back at once for each module that is there. */
	w->modules.notifier_call = module_changed;
	register_tracepoint_module_notifier(&w->modules);
#endif
}

void vkv_watch_stop(struct vkv_watch *w)
{
#ifdef CONFIG_MODULES
	/* Calls back for each module as if it went. */
	unregister_tracepoint_module_notifier(&w->modules);
#endif
	detach(w);
	tracepoint_synchronize_unregister();
}
