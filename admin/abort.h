/* SPDX-License-Identifier: GPL-2.0 */
/* The Abort command (base specification, section 5.1). */
#ifndef VKV_ABORT_H
#define VKV_ABORT_H

#include <linux/list.h>
#include <linux/types.h>

#define VKV_NR_ABORTS 4u		/* ACL + 1 */

struct vkv_cmd;
struct vkv_dev;

/* Aborts that wait for their commands; the dispatcher's. */
struct vkv_abort_queue {
	struct list_head waiting;
	unsigned int nr;
};

/**
 * vkv_aborts_init() - no Abort waits
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_aborts_init(struct vkv_dev *dev);

/**
 * vkv_abort() - an Abort command
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher, like everything here.
 *
 * Return: NVMe status, or VKV_HELD until the command that it names has ended.
 * DW0 bit 0 is 0 when that was aborted.
 */
u16 vkv_abort(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_abort_round() - complete the Aborts whose commands have ended
 * @dev: the device
 *
 * Return: true when there was one.
 */
bool vkv_abort_round(struct vkv_dev *dev);

/**
 * vkv_aborts_wait() - does an Abort wait?
 * @dev: the device
 *
 * Return: true when one does.
 */
bool vkv_aborts_wait(const struct vkv_dev *dev);

/**
 * vkv_aborts_reset() - drop the Aborts that wait; their queue is going away
 * @dev: the device
 */
void vkv_aborts_reset(struct vkv_dev *dev);

#endif
