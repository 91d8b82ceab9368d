/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of the device: where it comes from; and the host's memory. */
#ifndef VKV_MEM_H
#define VKV_MEM_H

#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct vkv_params;

/* Start and size of the memory are multiples of this. */
#define VKV_MEM_ALIGN SZ_1M
/* At the end of the memory, for BAR 0; what is before is the FTL's. */
#define VKV_MEM_BAR_SPACE SZ_1M

/**
 * struct vkv_mem - the memory of one device
 * @start: first byte, physical
 * @size: bytes in all
 * @nid: its NUMA node, NUMA_NO_NODE when not known
 * @res: all of it in /proc/iomem; BAR and storage are below it
 * @storage: the FTL's part, mapped write-back
 * @bar: BAR 0, mapped write-through
 * @from_system: it was taken out of the running system
 * @movable: one bit for each such memory block: it was ZONE_MOVABLE
 */
struct vkv_mem {
	u64 start;
	u64 size;
	int nid;
	struct resource res;
	void *storage;
	void *bar;
	bool from_system;
	unsigned long *movable;
};

static inline u64 vkv_mem_storage_size(const struct vkv_mem *mem)
{
	return mem->size - VKV_MEM_BAR_SPACE;
}

static inline u64 vkv_mem_bar_start(const struct vkv_mem *mem)
{
	return mem->start + vkv_mem_storage_size(mem);
}

/**
 * vkv_mem_get() - get hold of memory and map it
 * @mem: filled
 * @p: what the user asked for
 *
 * Context: may sleep. Says in one line of the log what is wrong. Return: 0;
 * -EBUSY when the memory is somebody's, -ENODEV when there is none at the
 * place, -ENOMEM when the system cannot spare it, -EINTR.
 */
int __must_check vkv_mem_get(struct vkv_mem *mem, const struct vkv_params *p);

/**
 * vkv_mem_put() - give it back
 * @mem: from vkv_mem_get()
 *
 * Context: may sleep.
 */
void vkv_mem_put(struct vkv_mem *mem);

/**
 * vkv_mem_map_host() - the memory behind a bus address
 * @dma: the function that uses the address, for its IOMMU
 * @addr: bus address
 *
 * Memory of the running system only: no hole, no device, no kernel image, none
 * of the device's own. The pointer is good for any thread and for as long as
 * the host owns the page; nothing has to be unmapped.
 * Context: any. Return: NULL when there is no such memory.
 */
void *vkv_mem_map_host(struct device *dma, u64 addr);

#endif
