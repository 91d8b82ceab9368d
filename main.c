// SPDX-License-Identifier: GPL-2.0
/*
 * The module: what it needs of the kernel, and the device that its parameters
 * describe.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>

#include "shell/configfs.h"
#include "shell/debugfs.h"
#include "shell/device.h"
#include "shell/insmod.h"
#include "shell/needs.h"
#include "shell/thread.h"
#include "vkv.h"

/* The name of the device that the parameters describe. */
#define FIRST_NAME KBUILD_MODNAME "0"

/* The device of the parameters when there is no configfs to show it. */
static struct vkv_device alone;

static int start_alone(void)
{
	int err;

	vkv_device_init(&alone, FIRST_NAME);
	err = vkv_device_copy(&alone, vkv_insmod_settings());
	if (!err)
		err = vkv_device_power(&alone, true);
	if (err)
		vkv_device_clear(&alone);
	return err;
}

static int start_first(void)
{
	if (!vkv_insmod_wants_device() && !vkv_configfs_there()) {
		pr_err("there is no configfs to make devices in; run: modprobe configfs, or give memmap_size=\n");
		return -ENODEV;
	}
	if (!vkv_insmod_wants_device())
		return 0;
	if (!vkv_configfs_there())
		return start_alone();
	return vkv_configfs_first(FIRST_NAME, vkv_insmod_settings());
}

static int start_files(void)
{
	int err = vkv_configfs_init();

	if (err)
		return err;
	err = start_first();
	if (err)
		vkv_configfs_exit();
	return err;
}

static int __init vkvssd_init(void)
{
	int err = vkv_needs_check();

	if (!err)
		err = vkv_insmod_check();
	if (!err)
		err = vkv_threads_init();
	if (err)
		return err;
	vkv_debugfs_init();
	err = start_files();
	if (!err)
		return 0;
	vkv_debugfs_exit();
	vkv_threads_exit();
	return err;
}

static void __exit vkvssd_exit(void)
{
	vkv_configfs_exit();
	if (!vkv_configfs_there())
		vkv_device_clear(&alone);
	vkv_debugfs_exit();
	vkv_threads_exit();
}

module_init(vkvssd_init);
module_exit(vkvssd_exit);

MODULE_SOFTDEP("pre: nvme");
MODULE_DESCRIPTION("Virtual NVMe key-value SSD");
MODULE_AUTHOR("The vKVSSD authors");
MODULE_VERSION(VKV_VERSION);
MODULE_LICENSE("GPL");
