/* SPDX-License-Identifier: GPL-2.0 */
/* Get Log Page (base specification, section 5.16). */
#ifndef VKV_LOG_H
#define VKV_LOG_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;

/**
 * vkv_get_log() - a Get Log Page command
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_get_log(struct vkv_dev *dev, struct vkv_cmd *cmd);

#endif
