/* SPDX-License-Identifier: GPL-2.0 */
/* The vendor dialect: decoding. */
#ifndef VKV_VENDOR_H
#define VKV_VENDOR_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;

/**
 * vkv_vendor_decode_store() - store (81h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_store(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_append() - append (83h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_append(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_batch() - batch of stores (85h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_batch(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_retrieve() - retrieve (90h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_retrieve(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_delete() - delete (A1h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_delete(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_iter_request() - open or close an iterator (B1h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_iter_request(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_iter_read() - read from an iterator (B2h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_iter_read(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_decode_exist() - exist (B3h)
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_vendor_decode_exist(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_vendor_store_flags() - the conditions of a store
 * @option: of a store, or of a sub-command of a batch
 * @flags: conditions of enum vkv_store_flags are added
 *
 * Context: any.
 * Return: NVMe status.
 */
u16 vkv_vendor_store_flags(u8 option, u32 *flags);

#endif
