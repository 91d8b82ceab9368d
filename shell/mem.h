/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of the device, and access to the memory of the host. */
#ifndef VKV_MEM_H
#define VKV_MEM_H

#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct vkv_params;

/* Start and size of the memory are multiples of this. */
#define VKV_MEM_ALIGN SZ_1M
/* The end of the memory is for BAR 0. All before it is the FTL's storage. */
#define VKV_MEM_BAR_SPACE SZ_1M

/**
 * struct vkv_mem - the memory of one device
 * @start: the physical address of the first byte
 * @size: the bytes in all
 * @nid: the NUMA node, NUMA_NO_NODE when it is not known
 * @res: all of the memory in /proc/iomem; BAR 0 and the storage are below it
 * @storage: the FTL's part, mapped write-back
 * @bar: BAR 0
 * @from_system: was the memory taken out of the running system?
 * @movable: a bit for each memory block that was taken: was it in ZONE_MOVABLE?
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

/**
 * vkv_mem_storage_size() - how large the FTL's part is
 * @mem: the memory
 *
 * Context: any.
 * Return: its size in bytes.
 */
static inline u64 vkv_mem_storage_size(const struct vkv_mem *mem)
{
	return mem->size - VKV_MEM_BAR_SPACE;
}

/**
 * vkv_mem_bar_start() - where BAR 0 is
 * @mem: the memory
 *
 * Context: any.
 * Return: its physical address.
 */
static inline u64 vkv_mem_bar_start(const struct vkv_mem *mem)
{
	return mem->start + vkv_mem_storage_size(mem);
}

/**
 * vkv_mem_get() - take memory and map it
 * @mem: filled; zeroed before
 * @p: the settings that the user asked for
 *
 * When this fails, one line of the log says why.
 *
 * Context: may sleep.
 * Return: 0; -EBUSY when the memory is in use; -ENODEV when there is no memory
 * at the place; -ENOMEM when the system cannot spare it; -EINTR.
 */
int __must_check vkv_mem_get(struct vkv_mem *mem, const struct vkv_params *p);

/**
 * vkv_mem_put() - unmap memory and give it back
 * @mem: from vkv_mem_get()
 *
 * Context: may sleep; nothing uses the memory any more.
 */
void vkv_mem_put(struct vkv_mem *mem);

/**
 * vkv_mem_map_host() - find the memory behind a bus address
 * @dma: the function that uses the address; it may have an IOMMU
 * @addr: the bus address
 *
 * Only memory of the running system can be reached: no hole, no other device,
 * no kernel image, and not the device's own memory. Any thread may use the
 * pointer, for as long as the host owns the page. Nothing has to be unmapped.
 *
 * Context: any.
 * Return: a pointer that is good up to the end of the page; NULL when there is
 * no such memory.
 */
void *vkv_mem_map_host(struct device *dma, u64 addr);

#endif
