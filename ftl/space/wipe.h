/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Overwriting what is stored no more.
 */
#ifndef VKV_SPACE_WIPE_H
#define VKV_SPACE_WIPE_H

#include <linux/types.h>

struct vkv_space;

/**
 * vkv_space_wipe() - vkv_space_ops.wipe
 * @sp: the space manager, without a live record
 * @segment: number of the segment
 *
 * Context: one thread at a time.
 * Return: 0, 1, -EBUSY, -EAGAIN; see there.
 */
int vkv_space_wipe(struct vkv_space *sp, u32 segment);

#endif
