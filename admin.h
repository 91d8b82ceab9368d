/* SPDX-License-Identifier: GPL-2.0 */
/* Admin commands: the way in, and those that wait. */
#ifndef VKV_ADMIN_H
#define VKV_ADMIN_H

#include <linux/list.h>
#include <linux/types.h>

#include "ctrl/dev.h"

/* From a handler: the command stays with it. No NVMe status. */
#define VKV_HELD 0xffff

/* The dispatcher's. */
struct vkv_admin {
	struct list_head held;		/* commands that ended, the CQ is full */
	struct list_head deleting;	/* Delete I/O SQ, waiting for commands */
	struct list_head early;		/* Identify that would overtake another */
	bool answered;			/* an Identify Controller has ended */
	u32 changed;			/* namespaces for log page 04h, a bit each */
	u64 look_at;			/* ns: is a namespace still in use? */
	void (*deleted)(struct vkv_dev *dev); /* when namespaces are gone */
	u8 page[VKV_PAGE] __aligned(8);	/* for pages handed to the host */
};

/**
 * vkv_admin_init() - no command waits
 * @dev: the device
 *
 * Context: before the first round; the rest is for the dispatcher.
 */
void vkv_admin_init(struct vkv_dev *dev);

/**
 * vkv_admin_dispatch() - carry an admin command out, or keep it
 * @dev: the device; other dispatchers pause
 * @cmd: fetched from queue 0; not the caller's any more
 */
void vkv_admin_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_keep_alive() - a Keep Alive command (section 5.18)
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_keep_alive(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_admin_round() - go on with waiting commands: deletions, Aborts, full queues
 * @dev: the device
 *
 * Return: true when something was done.
 */
bool vkv_admin_round(struct vkv_dev *dev);

/**
 * vkv_admin_waits() - does a command wait for something that no thread reports?
 * @dev: the device
 *
 * Return: true when the dispatcher has to look again without being woken.
 */
bool vkv_admin_waits(const struct vkv_dev *dev);

/**
 * vkv_admin_drop() - reset: waiting commands end, unanswered
 * @dev: the device
 */
void vkv_admin_drop(struct vkv_dev *dev);

#endif
