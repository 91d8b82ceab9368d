/* SPDX-License-Identifier: GPL-2.0 */
/* Watches the nvme driver for commands on their way to a device. */
#ifndef VKV_WATCH_H
#define VKV_WATCH_H

#include <linux/notifier.h>
#include <linux/types.h>

struct pci_dev;
struct tracepoint;
struct vkv_threads;

/**
 * struct vkv_watch - a probe in the nvme driver
 * @threads: whose dispatcher is to be woken
 * @pdev: whose commands count
 * @tp: the tracepoint with our probe, NULL when there is none
 * @modules: tells when the nvme driver comes and goes
 */
struct vkv_watch {
	struct vkv_threads *threads;
	struct pci_dev *pdev;
	struct tracepoint *tp;
	struct notifier_block modules;
};

#ifdef CONFIG_TRACEPOINTS

/**
 * vkv_watch_start() - begin to watch
 * @w: zeroed before
 * @threads: running
 * @pdev: the function
 *
 * Context: may sleep. Without the tracepoint nothing is watched, and the
 * dispatcher finds commands when it looks.
 */
void vkv_watch_start(struct vkv_watch *w, struct vkv_threads *threads,
		     struct pci_dev *pdev);

/**
 * vkv_watch_stop() - end it; no probe runs after this
 * @w: from vkv_watch_start()
 *
 * Context: may sleep.
 */
void vkv_watch_stop(struct vkv_watch *w);

#else

static inline void vkv_watch_start(struct vkv_watch *w,
				   struct vkv_threads *threads,
				   struct pci_dev *pdev)
{
}

static inline void vkv_watch_stop(struct vkv_watch *w)
{
}

#endif

#endif
