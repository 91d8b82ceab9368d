/* SPDX-License-Identifier: GPL-2.0 */
/* One device and all that it needs of the kernel. */
#ifndef VKV_SHELL_H
#define VKV_SHELL_H

#include <linux/types.h>

#include "shell/settings.h"
#include "vkv.h"

/* Devices that work at the same time. */
#define VKV_NR_DEVICES 64u
/* Room for the name of a device. */
#define VKV_NAME_SIZE 33u

struct vkv_shell;

/**
 * vkv_shell_create() - make a device, and show it to the nvme driver
 * @name: its name, shorter than VKV_NAME_SIZE
 * @settings: what it is made from; this function copies them
 * @out: the device
 *
 * When a setting is wrong or something is missing, one line of the log says what,
 * and what to do about it.
 *
 * Context: may sleep. One call at a time.
 * Return: 0, -EINVAL, -ERANGE, -EFBIG, -ENODEV, -EOPNOTSUPP, -EBUSY, -ENOSPC,
 * -ENOMEM.
 */
int __must_check vkv_shell_create(const char *name,
				  const struct vkv_settings *settings,
				  struct vkv_shell **out);

/**
 * vkv_shell_change() - change a setting while the device runs
 * @s: from vkv_shell_create()
 * @setting: one that vkv_setting_is_live()
 * @text: a text that vkv_params_check() accepts
 *
 * Context: may sleep. One call at a time.
 * Return: 0; -EBUSY when this device cannot change it now; -EINTR when a signal came
 * first, and the change is under way still; else what vkv_change.done gets.
 */
int __must_check vkv_shell_change(struct vkv_shell *s,
				  enum vkv_setting setting, const char *text);

/**
 * vkv_shell_ask() - have the device make a change, and wait for it
 * @s: from vkv_shell_create()
 * @change: the change, without vkv_change.done
 *
 * Context: may sleep for long.
 * Return: as vkv_shell_change(); -EBUSY also while another change is under way, whose
 * caller did not wait.
 */
int __must_check vkv_shell_ask(struct vkv_shell *s,
			       const struct vkv_change *change);

/**
 * vkv_shell_ns() - what is there under an NSID?
 * @s: from vkv_shell_create()
 * @nsid: 1..VKV_NR_NAMESPACES
 * @state: filled
 *
 * Context: any.
 */
void vkv_shell_ns(struct vkv_shell *s, u32 nsid, struct vkv_ns_state *state);

/**
 * vkv_shell_destroy() - take a device away from its driver, and free everything
 * @s: from vkv_shell_create()
 *
 * Context: may sleep. One call at a time.
 */
void vkv_shell_destroy(struct vkv_shell *s);

/**
 * vkv_shell_function() - the name of a device's PCI function
 * @s: from vkv_shell_create()
 *
 * Context: any.
 * Return: a string that lives as long as @s.
 */
const char *vkv_shell_function(const struct vkv_shell *s);

#endif
