/* SPDX-License-Identifier: GPL-2.0 */
/* The controller's registers and its states. */
#ifndef VKV_CTRL_H
#define VKV_CTRL_H

#include <linux/types.h>

#define VKV_KEEP_ALIVE_MS 100u		/* KAS, in ms */

struct vkv_dev;

enum vkv_ctrl_state {
	VKV_CTRL_DISABLED,
	VKV_CTRL_READY,
	VKV_CTRL_SHUTTING,		/* CC.SHN set, commands draining */
	VKV_CTRL_SHUT,
	VKV_CTRL_RESETTING,		/* CC.EN cleared, commands draining */
	VKV_CTRL_FATAL,			/* CSTS.CFS, until CC.EN is cleared */
};

/* Where the host wants the admin queues, in its registers. */
struct vkv_admin_registers {
	u64 asq;
	u64 acq;
	u32 aqa;
};

/* The dispatcher's, but for @function_reset and @queue_lost. */
struct vkv_ctrl {
	enum vkv_ctrl_state state;	/* changes in pauses; others read it */
	u32 cc;				/* as last acted on */
	struct vkv_admin_registers tried;	/* when last enabled */
	u32 csts;
	u64 cap;
	unsigned int next_register;	/* the next one to clear reserved bits in */
	u64 keep_alive_ns;		/* 0: off */
	u64 kept_alive_at;		/* ns */
	bool function_reset;		/* set by any thread, taken by the dispatcher */
	bool queue_lost;		/* set by any thread, taken by the dispatcher */
};

/**
 * vkv_ctrl_round() - act on what the host wrote to the registers
 * @dev: the device
 *
 * Context: dispatcher.
 * Return: true when something changed.
 */
bool vkv_ctrl_round(struct vkv_dev *dev);

/**
 * vkv_ctrl_reset_registers() - the BAR as after power on
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_ctrl_reset_registers(struct vkv_dev *dev);

#endif
