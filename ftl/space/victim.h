/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a victim policy is: it says how much a segment is worth collecting, from
 * what lives in it and for how long it has been full. To add one, write its
 * score, and name its ops in ftl/space/victim.c.
 */
#ifndef VKV_KV_VICTIM_H
#define VKV_KV_VICTIM_H

#include <linux/types.h>

/**
 * struct vkv_victim_ops - a victim policy
 * @name: parameter value that selects it
 * @score: how much a full segment is worth collecting; the greatest is
 *	collected. @live bytes of its @size live, less than all; @age segments
 *	were begun since it was filled. Called with a lock held
 */
struct vkv_victim_ops {
	const char *name;
	u64 (*score)(u32 live, u32 size, u64 age);
};

/**
 * vkv_victim_find() - the victim policy of a name
 * @name: any, NULL for the default
 *
 * Return: NULL when there is none.
 */
const struct vkv_victim_ops *vkv_victim_find(const char *name);

#endif
