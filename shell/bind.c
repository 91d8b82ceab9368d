// SPDX-License-Identifier: GPL-2.0
/*
 * Says so when no driver takes the function.
 *
 * The module has been loaded with success by then, so its user would look for
 * the device in vain. One line of the log names the likely cause:
 *
 *  - the nvme driver tried and gave up. The driver core says so at once;
 *  - there is no nvme driver, or it does not try. This shows after some seconds.
 *
 * A driver that the user takes off the function later is not a failure. A
 * function that was removed by hand waits anew when a rescan has found it.
 */
#include "shell/bind.h"

#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/device/driver.h>
#include <linux/pci.h>

#include "pci.h"

#define DRIVER "nvme"
/* A driver that is going to come has come by then. */
#define WAIT_MS 10000u

/* Ends the watch. Returns true if it had ended before. */
static bool was_over(struct vkv_bind *b)
{
	return xchg(&b->over, true);
}

static void bind_late(struct work_struct *work)
{
	struct vkv_bind *b = container_of(work, struct vkv_bind, late.work);

	if (was_over(b))
		return;
	if (driver_find(DRIVER, &pci_bus_type))
		vkv_pci_log(b->pci, KERN_WARNING,
			    "the driver " DRIVER " has not tried to take the device within %u seconds; is /sys/bus/pci/drivers_autoprobe 0?\n",
			    WAIT_MS / 1000);
	else
		vkv_pci_log(b->pci, KERN_WARNING,
			    "no driver has taken the device within %u seconds; run: modprobe " DRIVER "\n",
			    WAIT_MS / 1000);
}

static void bind_begin(struct vkv_bind *b)
{
	xchg(&b->over, false);
	cancel_delayed_work(&b->late);
	schedule_delayed_work(&b->late, msecs_to_jiffies(WAIT_MS));
}

/* The driver core calls this in the thread that binds a driver. */
static int driver_event(struct notifier_block *nb, unsigned long action,
			void *data)
{
	struct vkv_bind *b = container_of(nb, struct vkv_bind, notifier);
	struct device *dev = data;

	if (!vkv_pci_has(b->pci, dev))
		return NOTIFY_OK;
	if (action == BUS_NOTIFY_ADD_DEVICE)
		bind_begin(b);
	else if (action == BUS_NOTIFY_BOUND_DRIVER ||
		 action == BUS_NOTIFY_REMOVED_DEVICE)
		was_over(b);
	else if (action == BUS_NOTIFY_DRIVER_NOT_BOUND && !was_over(b))
		vkv_pci_log(b->pci, KERN_WARNING,
			    "the driver %s did not take the device; its message above says why\n",
			    dev_driver_string(dev));
	return NOTIFY_OK;
}

int vkv_bind_start(struct vkv_bind *b, struct vkv_pci *pci)
{
	int err;

	b->pci = pci;
	b->notifier.notifier_call = driver_event;
	INIT_DELAYED_WORK(&b->late, bind_late);
	err = bus_register_notifier(&pci_bus_type, &b->notifier);
	if (!err)
		bind_begin(b);
	return err;
}

void vkv_bind_stop(struct vkv_bind *b)
{
	bus_unregister_notifier(&pci_bus_type, &b->notifier);
	cancel_delayed_work_sync(&b->late);
}
