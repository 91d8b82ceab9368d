/* SPDX-License-Identifier: GPL-2.0 */
/* Sizes in messages. */
#ifndef VKV_MEM_SIZE_H
#define VKV_MEM_SIZE_H

#include <linux/kernel.h>
#include <linux/types.h>

/**
 * struct vkv_size_text - a size to be printed
 * @text: such as 512M
 */
struct vkv_size_text {
	char text[24];
};

/**
 * vkv_size_text() - write a size in the largest exact unit
 * @size: in bytes
 *
 * Context: any.
 */
static inline struct vkv_size_text vkv_size_text(u64 size)
{
	static const char units[] = "\0KMGT";
	struct vkv_size_text out;
	unsigned int i = 0;

	while (size && !(size & 1023) && i < sizeof(units) - 2) {
		size >>= 10;
		i++;
	}
	snprintf(out.text, sizeof(out.text), "%llu%c", size, units[i]);
	return out;
}

#endif
