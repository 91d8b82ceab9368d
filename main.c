// SPDX-License-Identifier: GPL-2.0
/*
 * The module: what it needs of the kernel, and the device that its parameters
 * describe.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/init.h>
#include <linux/module.h>

#include "shell/debugfs.h"
#include "shell/insmod.h"
#include "shell/needs.h"
#include "shell/shell.h"
#include "shell/thread.h"
#include "vkv.h"

static struct vkv_shell *first;

static int start_first(void)
{
	int err = vkv_insmod_check();

	if (!err)
		err = vkv_shell_create("", vkv_insmod_settings(), &first);
	return err;
}

static int __init vkvssd_init(void)
{
	int err = vkv_needs_check();

	if (err)
		return err;
	err = vkv_threads_init();
	if (err)
		return err;
	vkv_debugfs_init();
	err = start_first();
	if (!err)
		return 0;
	vkv_debugfs_exit();
	vkv_threads_exit();
	return err;
}

static void __exit vkvssd_exit(void)
{
	vkv_shell_destroy(first);
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
