/* SPDX-License-Identifier: GPL-2.0 */
/* Says so when no driver takes the function. */
#ifndef VKV_BIND_H
#define VKV_BIND_H

#include <linux/notifier.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct vkv_pci;

/**
 * struct vkv_bind - a function that waits for a driver
 * @pci: the function
 * @notifier: hears of drivers
 * @late: runs when there should be a driver
 * @over: a driver has taken the function, or the failure was said
 */
struct vkv_bind {
	struct vkv_pci *pci;
	struct notifier_block notifier;
	struct delayed_work late;
	bool over;
};

/**
 * vkv_bind_start() - begin to watch for a driver
 * @b: filled
 * @pci: the function; no driver can bind to it yet
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM.
 */
int __must_check vkv_bind_start(struct vkv_bind *b, struct vkv_pci *pci);

/**
 * vkv_bind_stop() - end the watch
 * @b: from vkv_bind_start()
 *
 * Context: may sleep.
 */
void vkv_bind_stop(struct vkv_bind *b);

#endif
