/* SPDX-License-Identifier: GPL-2.0 */
/* Changes that the shell asks for (vkv_dev_change()). */
#ifndef VKV_CHANGE_H
#define VKV_CHANGE_H

#include <linux/types.h>

struct vkv_change;
struct vkv_dev;
struct vkv_timing;

enum vkv_change_state {
	VKV_CHANGE_WAITS,	/* there is none, or it has not begun */
	VKV_CHANGE_ERASING,	/* until its erasure has ended */
	VKV_CHANGE_FENCING,	/* until no thread uses the old timing */
};

/**
 * struct vkv_changes - the change that is under way
 * @change: what the shell asks for; NULL: nothing. The shell sets it, and the
 *	dispatcher clears it
 * @state: the dispatcher's
 * @old: the timing that is to be freed; the dispatcher's
 */
struct vkv_changes {
	struct vkv_change *change;
	enum vkv_change_state state;
	struct vkv_timing *old;
};

/**
 * vkv_change_round() - begin or go on with a change
 * @dev: the device
 *
 * Context: dispatcher; may sleep.
 * Return: true when something was done.
 */
bool vkv_change_round(struct vkv_dev *dev);

/**
 * vkv_change_waits() - does a change wait for something that no thread reports?
 * @dev: the device
 *
 * Context: dispatcher.
 */
bool vkv_change_waits(const struct vkv_dev *dev);

/**
 * vkv_change_drop() - the device goes: a change that is under way fails
 * @dev: no round runs any more
 *
 * Context: may sleep.
 */
void vkv_change_drop(struct vkv_dev *dev);

#endif
