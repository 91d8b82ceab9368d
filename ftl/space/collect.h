/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The segment that is collected next.
 */
#ifndef VKV_SPACE_COLLECT_H
#define VKV_SPACE_COLLECT_H

#include <linux/types.h>

struct vkv_space;

/**
 * vkv_space_victim() - vkv_space_ops.victim
 * @sp: the space manager
 * @eager: look for garbage even if enough segments are free
 *
 * Context: the collector's thread.
 * Return: number of the segment, VKV_NO_SEGMENT.
 */
u32 vkv_space_victim(struct vkv_space *sp, bool eager);

/**
 * vkv_space_release() - vkv_space_ops.release
 * @sp: the space manager
 * @segment: a victim
 *
 * Context: the collector's thread.
 */
void vkv_space_release(struct vkv_space *sp, u32 segment);

/**
 * vkv_space_retire() - vkv_space_ops.retire
 * @sp: the space manager
 * @segment: a victim
 *
 * Context: the collector's thread.
 */
void vkv_space_retire(struct vkv_space *sp, u32 segment);

#endif
