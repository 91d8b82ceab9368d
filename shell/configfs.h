/* SPDX-License-Identifier: GPL-2.0 */
/* Devices as directories: /sys/kernel/config/vkvssd/NAME/. */
#ifndef VKV_CONFIGFS_H
#define VKV_CONFIGFS_H

#include <linux/types.h>

struct vkv_settings;

/**
 * vkv_configfs_there() - is the kernel's configfs there?
 *
 * Context: any. The answer does not change while the module is loaded.
 */
bool vkv_configfs_there(void);

/**
 * vkv_configfs_init() - make the directory of all devices
 *
 * Does nothing when the kernel's configfs is not there.
 *
 * Context: the module's init function; may sleep.
 * Return: 0 or an error of configfs.
 */
int __must_check vkv_configfs_init(void);

/**
 * vkv_configfs_exit() - the opposite of vkv_configfs_init()
 *
 * Context: may sleep. Users have made no directory.
 */
void vkv_configfs_exit(void);

/**
 * vkv_configfs_first() - power up a device, and show its directory
 * @name: its name
 * @settings: its settings
 *
 * Nobody can remove this directory. vkv_configfs_exit() does.
 *
 * Context: the module's init function, once, after vkv_configfs_init(); may sleep.
 * Return: 0, -ENOMEM, an error of configfs, or what vkv_device_power() returns.
 */
int __must_check vkv_configfs_first(const char *name,
				    const struct vkv_settings *settings);

#endif
