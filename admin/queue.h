/* SPDX-License-Identifier: GPL-2.0 */
/* The queue commands (base specification, sections 5.4 to 5.7). */
#ifndef VKV_ADMIN_QUEUE_H
#define VKV_ADMIN_QUEUE_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;

/**
 * vkv_create_cq() - Create I/O Completion Queue
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher, in a pause, like everything here.
 * Return: NVMe status.
 */
u16 vkv_create_cq(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_create_sq() - Create I/O Submission Queue
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_create_sq(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_delete_cq() - Delete I/O Completion Queue
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_delete_cq(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_delete_sq() - Delete I/O Submission Queue
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status, or VKV_HELD until the queue's commands have ended.
 */
u16 vkv_delete_sq(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_delete_round() - complete the deletions whose queues have no command left
 * @dev: the device
 *
 * Return: true when there was one, or when it waits for a pause.
 */
bool vkv_delete_round(struct vkv_dev *dev);

#endif
