/* SPDX-License-Identifier: GPL-2.0 */
/* Watches the nvme driver for commands on their way to a device. */
#ifndef VKV_WATCH_H
#define VKV_WATCH_H

#include <linux/notifier.h>
#include <linux/types.h>

struct tracepoint;
struct vkv_pci;
struct vkv_threads;

/**
 * struct vkv_watch - a probe in the nvme driver
 * @threads: the threads that have the dispatchers to wake
 * @pci: the PCI function; only commands to it count
 * @tp: the tracepoint that has the probe, NULL when there is none
 * @modules: learns when the nvme driver is loaded and unloaded
 */
struct vkv_watch {
	struct vkv_threads *threads;
	struct vkv_pci *pci;
	struct tracepoint *tp;
	struct notifier_block modules;
};

#ifdef CONFIG_TRACEPOINTS

/**
 * vkv_watch_start() - begin to watch
 * @w: filled; zeroed before
 * @threads: the threads, running
 * @pci: the PCI function
 *
 * Without the tracepoint nothing is watched. Then a dispatcher finds a command
 * when it looks the next time.
 *
 * Context: may sleep.
 */
void vkv_watch_start(struct vkv_watch *w, struct vkv_threads *threads,
		     struct vkv_pci *pci);

/**
 * vkv_watch_stop() - end to watch
 * @w: from vkv_watch_start()
 *
 * No probe runs after this.
 *
 * Context: may sleep.
 */
void vkv_watch_stop(struct vkv_watch *w);

#else

static inline void vkv_watch_start(struct vkv_watch *w,
				   struct vkv_threads *threads,
				   struct vkv_pci *pci)
{
}

static inline void vkv_watch_stop(struct vkv_watch *w)
{
}

#endif

#endif
