// SPDX-License-Identifier: GPL-2.0
/*
 * Wakes a sleeping dispatcher before the nvme driver rings a doorbell.
 *
 * To ring a doorbell is to store to memory, which wakes nobody. A dispatcher
 * that sleeps finds the doorbell when it looks the next time. But every command
 * passes a tracepoint of the nvme driver before the driver rings:
 * nvme_setup_cmd. A probe there wakes the dispatcher.
 *
 * Commands to other drives pass the tracepoint, too. The parent of the disk
 * tells whether a command to a namespace is for this device. Admin commands
 * have no disk; they are rare, so those to other drives wake the dispatcher,
 * too.
 *
 * The nvme driver may be loaded later than this module, and unloaded earlier.
 * So its tracepoint is looked for in each module that is loaded.
 */
#include "shell/watch.h"

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "pci.h"
#include "shell/thread.h"
#include "vkv_assert.h"

#define TRACEPOINT "nvme_setup_cmd"

struct nvme_command;

static bool is_ours(const struct vkv_watch *w, const struct request *req)
{
	struct gendisk *disk = req->q->disk;
	struct device *ctrl = disk ? disk_to_dev(disk)->parent : NULL;

	return !ctrl || vkv_pci_has(w->pci, ctrl->parent);
}

/* The driver's hardware context 0 of a namespace is queue 1, and so on. */
static unsigned int queue_of(const struct request *req)
{
	return req->q->disk && req->mq_hctx ? req->mq_hctx->queue_num + 1 : 0;
}

/* Runs in the thread that submits the command, and must not sleep. */
static void watch_probe(void *data, struct request *req,
			struct nvme_command *cmd)
{
	struct vkv_watch *w = data;
	unsigned int nr = w->threads->nr_dispatchers;
	unsigned int qid = queue_of(req);

	if (!is_ours(w, req))
		return;
	VKV_ASSERT(qid < VKV_NR_QUEUES);
	vkv_threads_wake_dispatcher(w->threads, vkv_dispatcher_of(nr, qid));
}

static void watch_attach(struct vkv_watch *w, struct tracepoint *tp)
{
	if (!w->tp && !strcmp(tp->name, TRACEPOINT) &&
	    !tracepoint_probe_register(tp, watch_probe, w))
		w->tp = tp;
}

static void watch_detach(struct vkv_watch *w)
{
	if (w->tp)
		tracepoint_probe_unregister(w->tp, watch_probe, w);
	w->tp = NULL;
}

#ifdef CONFIG_MODULES
/* The kernel's tracepoint code calls this under a lock of its own. */
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
			watch_attach(w, tp);
		else if (state == MODULE_STATE_GOING && tp == w->tp)
			watch_detach(w);
	}
	return NOTIFY_OK;
}
#endif

static void look_at(struct tracepoint *tp, void *data)
{
	watch_attach(data, tp);
}

void vkv_watch_start(struct vkv_watch *w, struct vkv_threads *threads,
		     struct vkv_pci *pci)
{
	w->threads = threads;
	w->pci = pci;
	/* The nvme driver may be part of the kernel itself. */
	for_each_kernel_tracepoint(look_at, w);
#ifdef CONFIG_MODULES
	/* This calls back at once for each module that is loaded already. */
	w->modules.notifier_call = module_changed;
	register_tracepoint_module_notifier(&w->modules);
#endif
}

void vkv_watch_stop(struct vkv_watch *w)
{
#ifdef CONFIG_MODULES
	/* This calls back for each module as if it were unloaded. */
	unregister_tracepoint_module_notifier(&w->modules);
#endif
	watch_detach(w);
	tracepoint_synchronize_unregister();
}
