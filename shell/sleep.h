/* SPDX-License-Identifier: GPL-2.0 */
/* The device refuses hibernation. */
#ifndef VKV_SLEEP_H
#define VKV_SLEEP_H

#include <linux/notifier.h>

struct vkv_pci;

/**
 * struct vkv_sleep - a device that does not survive hibernation
 * @pci: the PCI function
 * @notifier: hears of the machine's sleep
 */
struct vkv_sleep {
	const struct vkv_pci *pci;
	struct notifier_block notifier;
};

/**
 * vkv_sleep_start() - refuse hibernation from now on
 * @s: filled
 * @pci: the PCI function
 *
 * Context: may sleep.
 */
void vkv_sleep_start(struct vkv_sleep *s, const struct vkv_pci *pci);

/**
 * vkv_sleep_stop() - no longer refuse hibernation
 * @s: from vkv_sleep_start()
 *
 * Context: may sleep.
 */
void vkv_sleep_stop(struct vkv_sleep *s);

#endif
