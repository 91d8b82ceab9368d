/* SPDX-License-Identifier: GPL-2.0 */
/* The module parameters. */
#ifndef VKV_INSMOD_H
#define VKV_INSMOD_H

#include <linux/types.h>

struct vkv_settings;

/**
 * vkv_insmod_check() - does the module have all parameters that it was given?
 *
 * Says so in the log when it does not.
 *
 * Context: the module's init function; may sleep.
 * Return: 0 or -EINVAL.
 */
int __must_check vkv_insmod_check(void);

/**
 * vkv_insmod_settings() - the settings that the module was loaded with
 *
 * Context: any, from the module's init function on.
 * Return: settings that do not change.
 */
const struct vkv_settings *vkv_insmod_settings(void);

/**
 * vkv_insmod_wants_device() - was the module loaded with any setting?
 *
 * Context: any, from the module's init function on.
 */
bool vkv_insmod_wants_device(void);

#endif
