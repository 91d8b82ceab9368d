/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Appending records to the log.
 */
#ifndef VKV_SPACE_APPEND_H
#define VKV_SPACE_APPEND_H

#include <linux/types.h>

#include "ftl/space/space.h"

/**
 * vkv_append_reserve() - vkv_space_ops.reserve
 * @sp: the space manager
 * @slot: the caller's own
 * @class: on whose behalf
 * @bytes: sizes of the records
 * @nr: how many, at least 1
 * @loc: filled with their locations
 *
 * Context: any. Takes the lock only when the open segment has no room.
 * Return: 0, -EAGAIN.
 */
int vkv_append_reserve(struct vkv_space *sp, unsigned int slot,
		       enum vkv_space_class class, const u32 *bytes,
		       unsigned int nr, u64 *loc);

#endif
