/* SPDX-License-Identifier: GPL-2.0 */
/* A piece of physical memory that is not System RAM. */
#ifndef VKV_MEM_EXTENT_H
#define VKV_MEM_EXTENT_H

#include <linux/ioport.h>
#include <linux/types.h>

struct vkv_mem;
struct vkv_params;

/**
 * struct vkv_extent - memory in a row
 * @start: the physical address of the first byte
 * @size: the bytes in all
 * @busy: so many bytes from @start are for this module alone; the rest may hold
 *	the windows of PCI buses
 * @res: all of it in /proc/iomem
 */
struct vkv_extent {
	u64 start;
	u64 size;
	u64 busy;
	struct resource res;
};

/**
 * vkv_extent_claim() - keep the drivers of other devices off
 * @e: has start, size and busy
 *
 * Context: may sleep.
 * Return: 0, or -EBUSY when a part of it is in use or in a place for others.
 */
int __must_check vkv_extent_claim(struct vkv_extent *e);

/**
 * vkv_extent_release() - the opposite of vkv_extent_claim()
 * @e: the memory
 *
 * Context: may sleep; nothing uses the memory any more.
 */
void vkv_extent_release(struct vkv_extent *e);

/**
 * vkv_extent_map() - make memory the storage and the BAR of a device
 * @e: claimed; its last VKV_MEM_BAR_SPACE bytes are for the BAR
 * @mem: gets both
 * @p: the settings, for a line of the log
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int __must_check vkv_extent_map(struct vkv_extent *e, struct vkv_mem *mem,
				const struct vkv_params *p);

/**
 * vkv_extent_unmap() - the opposite of vkv_extent_map()
 * @mem: the memory
 *
 * Context: may sleep.
 */
void vkv_extent_unmap(struct vkv_mem *mem);

#endif
