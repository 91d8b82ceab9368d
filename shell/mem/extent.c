// SPDX-License-Identifier: GPL-2.0
/*
 * Physical memory outside of System RAM.
 *
 *	start                                        end - 1M
 *	| storage: the FTL's, write-back             | BAR 0, unused rest |
 *
 * Because this is no System RAM, the nvme driver can claim and map the BAR, and the
 * module may choose the caching type of a mapping. The storage comes first, so that
 * it keeps the alignment of the whole and is mapped with large pages. The BAR is
 * mapped in the way that agrees with the nvme driver's mapping of the same pages
 * (vkv_map_bar() in shell/compat.h).
 *
 * /proc/iomem keeps the drivers of other devices off. All of the memory is one
 * resource there, and it holds the storage (busy) and the window of the PCI bus
 * (the nvme driver makes it busy).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/mem/extent.h"

#include <linux/errno.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "shell/compat.h"
#include "shell/mem.h"
#include "shell/params.h"
#include "vkv.h"
#include "vkv_assert.h"

/* arm64's entry for a reserved-memory node with no-map has no descriptor. */
static bool is_reserved_node(const struct resource *res)
{
	return res->parent == &iomem_resource && !strcmp(res->name, "reserved") &&
	       !(res->flags & IORESOURCE_BUSY);
}

/* Is the memory below this entry of /proc/iomem free for a driver to claim? */
static bool is_reserved(const struct resource *parent)
{
	return parent == &iomem_resource ||
	       parent->desc == IORES_DESC_RESERVED ||
	       parent->desc == IORES_DESC_SOFT_RESERVED ||
	       is_reserved_node(parent);
}

/*
 * A request fails when the region is taken, and when there is no memory for the
 * entry. The second try makes the latter unlikely, so that a user does not look
 * in vain for a device in the way.
 */
static struct resource *take_region(u64 start, u64 size, const char *name)
{
	return request_mem_region(start, size, name) ?:
		       request_mem_region(start, size, name);
}

/*
 * Finds the entry of /proc/iomem that the memory lies in. It claims all of the
 * memory for a moment, which fails when a part of it is in use. A claim alone
 * does not tell enough: it also succeeds in the window of a PCI bus.
 */
static struct resource *find_parent(const struct vkv_extent *e)
{
	struct resource *res = take_region(e->start, e->size,
					   KBUILD_MODNAME);
	struct resource *parent;

	if (!res)
		return NULL;
	parent = res->parent;
	release_mem_region(e->start, e->size);
	return is_reserved(parent) ? parent : NULL;
}

int vkv_extent_claim(struct vkv_extent *e)
{
	struct resource *parent = find_parent(e);
	struct resource res = DEFINE_RES_MEM_NAMED(e->start, e->size,
						   KBUILD_MODNAME);

	VKV_ASSERT(IS_ALIGNED(e->start, VKV_BAR_SIZE));
	VKV_ASSERT(e->size >= e->busy);
	e->res = res;
	if (!parent || request_resource(parent, &e->res))
		return -EBUSY;
	if (!e->busy ||
	    take_region(e->start, e->busy, KBUILD_MODNAME " storage"))
		return 0;
	release_resource(&e->res);
	return -EBUSY;
}

void vkv_extent_release(struct vkv_extent *e)
{
	if (e->busy)
		release_mem_region(e->start, e->busy);
	release_resource(&e->res);
}

int vkv_extent_map(struct vkv_extent *e, struct vkv_mem *mem,
		   const struct vkv_params *p)
{
	mem->storage_start = e->start;
	mem->storage_size = e->busy;
	mem->bar_start = e->start + e->busy;
	mem->bar_parent = &e->res;
	mem->storage = memremap(e->start, e->busy, MEMREMAP_WB);
	if (!mem->storage)
		goto fail;
	mem->bar = vkv_map_bar(mem->bar_start, VKV_BAR_SIZE);
	if (mem->bar)
		return 0;
	memunmap(mem->storage);
fail:
	vkv_params_err(p, "the memory at %#llx cannot be mapped\n", e->start);
	return -ENOMEM;
}

void vkv_extent_unmap(struct vkv_mem *mem)
{
	vkv_unmap_bar(mem->bar);
	memunmap(mem->storage);
}
