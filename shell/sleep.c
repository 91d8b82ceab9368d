// SPDX-License-Identifier: GPL-2.0
/*
 * Hibernation is refused while the device exists.
 *
 * The image of a hibernating machine has the kernel's memory only. The device's
 * memory is none of that, so everything stored would be lost, and the kernel
 * that wakes up would go on with a device whose memory is arbitrary. The same
 * holds for a kernel that is about to replace itself by such an image.
 *
 * Suspend keeps the memory powered, and needs nothing here: the nvme driver
 * shuts the controller down and starts it again. The threads are not frozen.
 * They run until their CPU stops, and go on when it comes back (shell/thread.c).
 */
#include "shell/sleep.h"

#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kern_levels.h>
#include <linux/suspend.h>

#include "pci.h"

static int sleep_event(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	const struct vkv_sleep *s = container_of(nb, struct vkv_sleep,
						 notifier);

	if (action != PM_HIBERNATION_PREPARE && action != PM_RESTORE_PREPARE)
		return NOTIFY_DONE;
	vkv_pci_log(s->pci, KERN_ERR,
		    "hibernation is refused, because the device's memory would not be saved; unload vkvssd first\n");
	return notifier_from_errno(-EBUSY);
}

void vkv_sleep_start(struct vkv_sleep *s, const struct vkv_pci *pci)
{
	s->pci = pci;
	s->notifier.notifier_call = sleep_event;
	/* This cannot fail. */
	register_pm_notifier(&s->notifier);
}

void vkv_sleep_stop(struct vkv_sleep *s)
{
	unregister_pm_notifier(&s->notifier);
}
