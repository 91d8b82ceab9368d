// SPDX-License-Identifier: GPL-2.0
/*
 * Helps a guest to sleep.
 *
 * A guest's virtio devices are kept awake. Some of their drivers lose the device
 * when it sleeps, and the guest's files with it.
 *
 * A guest has no device that wakes it from suspend-to-idle. So a thread does it
 * after wake_ms. It keeps its CPU busy until then, since all timers stand still.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/suspend.h>

static uint wake_ms;
module_param(wake_ms, uint, 0644);
MODULE_PARM_DESC(wake_ms, "wake the guest after so many ms; 0: do not");

static struct task_struct *waker;

static void keep_awake(bool awake)
{
	struct pci_dev *dev = NULL;

	while ((dev = pci_get_device(PCI_VENDOR_ID_REDHAT_QUMRANET, PCI_ANY_ID,
				     dev)))
		dev_pm_syscore_device(&dev->dev, awake);
}

static int wake(void *unused)
{
	uint ms;

	for (ms = 0; ms < wake_ms; ms++) {
		mdelay(1);
		cond_resched();
	}
	pm_system_wakeup();
	while (!kthread_should_stop())
		usleep_range(1000, 2000);
	return 0;
}

static void stop_waker(void)
{
	if (!IS_ERR_OR_NULL(waker))
		kthread_stop(waker);
	waker = NULL;
}

static int sleep_event(struct notifier_block *nb, unsigned long action,
		       void *data)
{
	if (action == PM_SUSPEND_PREPARE && wake_ms)
		waker = kthread_run(wake, NULL, "vkvssd_waker");
	else if (action == PM_POST_SUSPEND)
		stop_waker();
	return NOTIFY_DONE;
}

static struct notifier_block notifier = { .notifier_call = sleep_event };

static int __init awake_init(void)
{
	keep_awake(true);
	return register_pm_notifier(&notifier);
}

static void __exit awake_exit(void)
{
	unregister_pm_notifier(&notifier);
	stop_waker();
	keep_awake(false);
}

module_init(awake_init);
module_exit(awake_exit);

MODULE_DESCRIPTION("Helps a guest to sleep, for tests of vKVSSD");
MODULE_LICENSE("GPL");
