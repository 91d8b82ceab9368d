/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of the device, and access to the memory of the host. */
#ifndef VKV_MEM_H
#define VKV_MEM_H

#include <linux/ioport.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct device;
struct vkv_extent;
struct vkv_mem_kind;
struct vkv_params;

/* Start and size of the memory are multiples of this. */
#define VKV_MEM_ALIGN SZ_1M
/*
 * Memory that is not System RAM has BAR 0 at its end. All before it is the FTL's
 * storage.
 */
#define VKV_MEM_BAR_SPACE SZ_1M

/**
 * struct vkv_mem - the memory of one device
 * @kind: where it comes from
 * @storage: the FTL's part, mapped write-back
 * @storage_size: its bytes
 * @storage_start: its physical address; 0 if it is not physically contiguous
 * @bar: BAR 0, mapped
 * @bar_start: the physical address of BAR 0
 * @bar_parent: the entry of /proc/iomem that BAR 0 lies in
 * @bar_place: what shell/mem/bars.c has claimed for this device alone
 * @nid: the NUMA node, NUMA_NO_NODE when it is not known
 * @own: the kind's own data
 */
struct vkv_mem {
	const struct vkv_mem_kind *kind;
	void *storage;
	u64 storage_size;
	u64 storage_start;
	void *bar;
	u64 bar_start;
	struct resource *bar_parent;
	struct vkv_extent *bar_place;
	int nid;
	void *own;
};

/**
 * vkv_mem_find() - find a kind of memory by its name
 * @name: the name
 *
 * Context: any.
 * Return: the kind, NULL if there is none of this name.
 */
const struct vkv_mem_kind *vkv_mem_find(const char *name);

/**
 * vkv_mem_kind_name() - the name of a kind of memory
 * @kind: the kind
 *
 * Context: any.
 * Return: a constant string.
 */
const char *vkv_mem_kind_name(const struct vkv_mem_kind *kind);

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
