/* SPDX-License-Identifier: GPL-2.0 */
/* A device as its user sees it: settings, and a switch for its power. */
#ifndef VKV_DEVICE_H
#define VKV_DEVICE_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "shell/settings.h"
#include "shell/shell.h"

/**
 * struct vkv_device - a device that runs or not
 * @name: its name
 * @label: begins each line of the log about it
 * @lock: protects what follows; it may be held for long
 * @settings: what it is made from when it is powered up
 * @next_cap: for each NSID without a namespace, what the next one may hold (bytes; 0:
 *	all that the device has)
 * @shell: what was made, NULL while it is powered down
 */
struct vkv_device {
	char name[VKV_NAME_SIZE];
	char label[VKV_NAME_SIZE + sizeof(": ")];
	struct mutex lock;
	struct vkv_settings settings;
	u64 next_cap[VKV_NR_NAMESPACES];
	struct vkv_shell *shell;
};

/**
 * vkv_device_init() - begin with defaults, powered down
 * @d: filled; zeroed before
 * @name: its name, shorter than VKV_NAME_SIZE
 *
 * Context: any.
 */
void vkv_device_init(struct vkv_device *d, const char *name);

/**
 * vkv_device_clear() - power down, and free the settings
 * @d: from vkv_device_init(); it may be used again
 *
 * Context: may sleep.
 */
void vkv_device_clear(struct vkv_device *d);

/**
 * vkv_device_get() - copy the text of a setting
 * @d: the device
 * @setting: below VKV_NR_SETTINGS
 * @buf: gets the text, or the default; empty if there is no default
 * @size: the bytes of @buf
 *
 * Context: may sleep.
 * Return: the length of the text, which is cut at @size.
 */
size_t vkv_device_get(struct vkv_device *d, enum vkv_setting setting, char *buf,
		      size_t size);

/**
 * vkv_device_set() - give a setting another text
 * @d: the device
 * @setting: below VKV_NR_SETTINGS
 * @text: the text; empty for the default
 *
 * When the text is wrong, or cannot change now, one line of the log says why and
 * what to do about it, and nothing changes.
 *
 * Context: may sleep.
 * Return: 0, -EBUSY while the device runs, -ENOMEM, or what vkv_params_check()
 * returns.
 */
int __must_check vkv_device_set(struct vkv_device *d, enum vkv_setting setting,
				const char *text);

/**
 * vkv_device_copy() - take over all settings, unchecked
 * @d: the device, just from vkv_device_init()
 * @settings: the settings
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int __must_check vkv_device_copy(struct vkv_device *d,
				 const struct vkv_settings *settings);

/**
 * vkv_device_power() - make the device, or take it down
 * @d: the device
 * @on: up or down? Nothing happens if it is there already
 *
 * Context: may sleep.
 * Return: 0, or what vkv_shell_create() returns.
 */
int __must_check vkv_device_power(struct vkv_device *d, bool on);

/**
 * vkv_device_runs() - is it powered up?
 * @d: the device
 *
 * Context: may sleep.
 */
bool vkv_device_runs(struct vkv_device *d);

/**
 * vkv_device_function() - copy the name of its PCI function
 * @d: the device
 * @buf: gets the name; empty while it is powered down
 * @size: the bytes of @buf
 *
 * Context: may sleep.
 * Return: the length of the name.
 */
size_t vkv_device_function(struct vkv_device *d, char *buf, size_t size);

#endif
