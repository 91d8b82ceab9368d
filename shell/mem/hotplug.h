/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that is taken out of the running system. */
#ifndef VKV_MEM_HOTPLUG_H
#define VKV_MEM_HOTPLUG_H

#include <linux/types.h>

struct vkv_params;

/**
 * struct vkv_blocks - memory blocks in a row that the system does not have now
 * @start: the physical address of the first byte
 * @size: the bytes in all, a multiple of the size of a block
 * @nid: the NUMA node
 * @movable: a bit for each block: was it in ZONE_MOVABLE?
 */
struct vkv_blocks {
	u64 start;
	u64 size;
	int nid;
	unsigned long *movable;
};

/**
 * vkv_blocks_take() - take blocks out of the running system
 * @b: filled
 * @size: as many bytes at least
 * @p: the settings, for lines of the log
 * @what: what the memory is for, such as "memmap_size=1G"
 *
 * When this fails, one line of the log says why.
 *
 * Context: may sleep, for long.
 * Return: 0; -ENOMEM when the system cannot spare it; -EINTR.
 */
int __must_check vkv_blocks_take(struct vkv_blocks *b, u64 size,
				 const struct vkv_params *p, const char *what);

/**
 * vkv_blocks_give() - give blocks back
 * @b: from vkv_blocks_take()
 *
 * Context: may sleep; nothing uses the memory any more.
 */
void vkv_blocks_give(struct vkv_blocks *b);

#endif
