/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The invariants of the log.
 */
#ifndef VKV_SPACE_CHECK_H
#define VKV_SPACE_CHECK_H

#include <linux/types.h>

struct vkv_space;

/**
 * vkv_space_check() - vkv_space_ops.check
 * @sp: the space manager; nothing else may run
 * @live: for each segment, the bytes of its live records
 * @why: filled with a message
 * @why_len: its size
 *
 * Return: 0, -EUCLEAN.
 */
int vkv_space_check(struct vkv_space *sp, const u32 *live, char *why,
		    size_t why_len);

#endif
