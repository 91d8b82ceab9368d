// SPDX-License-Identifier: GPL-2.0
/* The kinds of memory that a device can have, and the memory of the host. */
#include "shell/mem.h"

#include <linux/errno.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "shell/compat.h"
#include "shell/mem/kind.h"
#include "shell/params.h"
#include "vkv_assert.h"

static const struct vkv_mem_kind *const kinds[] = {
	&vkv_mem_pages,
	&vkv_mem_reserved,
	&vkv_mem_blocks,
	&vkv_mem_file,
};

const struct vkv_mem_kind *vkv_mem_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i]->name, name))
			return kinds[i];
	return NULL;
}

const char *vkv_mem_kind_name(const struct vkv_mem_kind *kind)
{
	return kind->name;
}

int vkv_mem_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	int err;

	mem->kind = p->memory;
	err = mem->kind->get(mem, p);
	VKV_ASSERT(err || (mem->storage && mem->bar && mem->bar_parent));
	return err;
}

void vkv_mem_put(struct vkv_mem *mem)
{
	mem->kind->put(mem);
}

/* ---- the host's memory ---- */

static phys_addr_t to_physical(struct device *dma, u64 addr)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dma);

	if (!domain || !(domain->type & __IOMMU_DOMAIN_PAGING))
		return addr;
	return iommu_iova_to_phys(domain, addr);
}

/*
 * The page of zeros is part of the kernel image, but a host may let a device
 * read from it.
 */
static bool page_is_usable(struct page *page)
{
	return (!PageReserved(page) || is_zero_pfn(page_to_pfn(page))) &&
	       vkv_page_writable(page);
}

void *vkv_mem_map_host(struct device *dma, u64 addr)
{
	phys_addr_t phys = to_physical(dma, addr);
	struct page *page = pfn_to_online_page(PHYS_PFN(phys));

	if (!page || !page_is_usable(page))
		return NULL;
	return page_address(page) + offset_in_page(phys);
}
