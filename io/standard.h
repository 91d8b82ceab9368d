/* SPDX-License-Identifier: GPL-2.0 */
/* The Key Value Command Set. */
#ifndef VKV_STANDARD_H
#define VKV_STANDARD_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

/**
 * vkv_standard_decode_flush() - Flush
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_standard_decode_flush(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_standard_decode_store() - Store
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_standard_decode_store(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_standard_decode_retrieve() - Retrieve
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_standard_decode_retrieve(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_standard_decode_list() - List
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_standard_decode_list(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_standard_decode_delete() - Delete
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_standard_decode_delete(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_standard_decode_exist() - Exist
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_standard_decode_exist(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_standard_list() - keys of the namespace to the host
 * @w: this worker
 * @cmd: the command
 *
 * Context: worker.
 * Return: 0, an NVMe status, or a negative errno; -EAGAIN parks the command.
 */
int vkv_standard_list(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_standard_drop_list() - a List command will not go on
 * @dev: the device
 * @cmd: the command; its worker may list for another one
 *
 * Context: the thread that owns the command.
 */
void vkv_standard_drop_list(struct vkv_dev *dev, struct vkv_cmd *cmd);

#endif
