/* SPDX-License-Identifier: GPL-2.0 */
/* The NVM Command Set: block I/O. */
#ifndef VKV_BLOCK_H
#define VKV_BLOCK_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

/**
 * vkv_block_decode_flush() - Flush
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_block_decode_flush(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_block_decode_transfer() - Read and Write: a range of blocks and a buffer for it
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_block_decode_transfer(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_block_decode_range() - Write Zeroes: a range of blocks
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_block_decode_range(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_block_decode_dsm() - Dataset Management
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_block_decode_dsm(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_block_read() - blocks to the host
 * @w: this worker
 * @cmd: the command
 *
 * Context: worker.
 * Return: 0, an NVMe status, or a negative errno; -EAGAIN parks the command.
 */
int vkv_block_read(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_block_write() - blocks from the host
 * @w: this worker
 * @cmd: the command
 *
 * Context: worker.
 * Return: 0, an NVMe status, or a negative errno; -EAGAIN parks the command.
 */
int vkv_block_write(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_block_write_zeroes() - deallocate blocks, or zero parts of them
 * @w: this worker
 * @cmd: the command
 *
 * Context: worker.
 * Return: 0, an NVMe status, or a negative errno; -EAGAIN parks the command.
 */
int vkv_block_write_zeroes(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_block_dsm() - deallocate the blocks that the host names
 * @w: this worker
 * @cmd: the command
 *
 * Context: worker.
 * Return: 0, an NVMe status, or a negative errno; -EAGAIN parks the command.
 */
int vkv_block_dsm(struct vkv_worker *w, struct vkv_cmd *cmd);

#endif
