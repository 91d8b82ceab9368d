/* SPDX-License-Identifier: GPL-2.0 */
/* The vendor dialect's batch of stores. */
#ifndef VKV_BATCH_H
#define VKV_BATCH_H

struct vkv_cmd;
struct vkv_worker;

/**
 * vkv_batch_store() - carry a batch of stores out
 * @w: this worker
 * @cmd: the command
 *
 * Context: worker.
 * Return: 0, an NVMe status, or a negative errno; -EAGAIN parks the command.
 */
int vkv_batch_store(struct vkv_worker *w, struct vkv_cmd *cmd);

#endif
