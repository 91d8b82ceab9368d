/* SPDX-License-Identifier: GPL-2.0 */
/* I/O commands: the way in. */
#ifndef VKV_IO_H
#define VKV_IO_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

/**
 * vkv_io_decode() - find a command's row of the opcode table, and fill its request
 * @dev: the device
 * @cmd: its entry is there
 *
 * Context: dispatcher.
 *
 * Return: NVMe status; 0 when it can be executed.
 */
u16 vkv_io_decode(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_io_exec() - carry a decoded command out
 * @w: this worker
 * @cmd: decoded
 *
 * Context: @w's thread.
 *
 * Return: NVMe status, or -EAGAIN for "again next round".
 */
int vkv_io_exec(struct vkv_worker *w, struct vkv_cmd *cmd);

#endif
