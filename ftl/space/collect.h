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
 * vkv_space_spare() - vkv_space_ops.spare
 * @sp: the space manager
 * @segment: a victim
 *
 * Context: the collector's thread.
 */
void vkv_space_spare(struct vkv_space *sp, u32 segment);

/**
 * vkv_space_settled() - vkv_space_ops.settled
 * @sp: the space manager
 * @idle: it found nothing to do
 *
 * Context: the collector's thread.
 */
void vkv_space_settled(struct vkv_space *sp, bool idle);

/**
 * vkv_space_vain() - vkv_space_ops.vain
 * @sp: the space manager
 *
 * Context: any; takes no lock.
 * Return: the number of steps.
 */
u64 vkv_space_vain(struct vkv_space *sp);

/**
 * vkv_space_in_vain() - vkv_space_ops.in_vain
 * @sp: the space manager
 * @since: vkv_space_vain() when the wait began
 *
 * Context: any; takes no lock.
 * Return: true when it is of no use to wait for the collector.
 */
bool vkv_space_in_vain(struct vkv_space *sp, u64 since);

#endif
