/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A victim policy says how much a segment is worth collecting. It decides by
 * the live bytes of the segment, and by how long the segment has been full. To
 * add another, write its score and name its ops in the table of
 * ftl/space/victim.c.
 */
#ifndef VKV_SPACE_VICTIM_H
#define VKV_SPACE_VICTIM_H

#include <linux/types.h>

/**
 * struct vkv_victim_ops - a victim policy
 * @name: value of the parameter that selects it
 * @score: how much a full segment is worth collecting; the segment with the
 *	greatest score is collected. @live of its @size bytes are live, fewer
 *	than all of them. @age segments were opened since it became full. Called
 *	with a spinlock held
 */
struct vkv_victim_ops {
	const char *name;
	u64 (*score)(u32 live, u32 size, u64 age);
};

/**
 * vkv_victim_find() - find a victim policy by its name
 * @name: any, NULL for the default
 *
 * Return: the policy, or NULL when none has this name.
 */
const struct vkv_victim_ops *vkv_victim_find(const char *name);

#endif
