/* SPDX-License-Identifier: GPL-2.0 */
/* Identify (base specification, section 5.17). */
#ifndef VKV_IDENTIFY_H
#define VKV_IDENTIFY_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;

/**
 * vkv_identify() - an Identify command
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher, like everything here.
 * Return: NVMe status, or VKV_HELD when its answer would let a namespace
 * overtake another one (admin/identify.c says why).
 */
u16 vkv_identify(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_identify_round() - answer held commands that may be answered now
 * @dev: the device
 *
 * Return: true when there was one.
 */
bool vkv_identify_round(struct vkv_dev *dev);

/**
 * vkv_identify_reset() - the host has identified nothing: the controller is enabled
 * @dev: the device
 */
void vkv_identify_reset(struct vkv_dev *dev);

#endif
