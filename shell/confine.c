// SPDX-License-Identifier: GPL-2.0
/*
 * The DMA operations of the function.
 *
 * A real drive reaches only the memory that its driver has mapped for it,
 * because an IOMMU stands between them. No IOMMU of the machine knows this
 * function. So the kernel is told to ask here when the driver maps memory. A bus
 * address is a physical address, as it is without an IOMMU, and each mapping is
 * noted in the device's table (ctrl/mapping.c).
 *
 * CPUs make the device's copies, through the linear mapping of all memory. So
 * the memory of a mapping needs a place there, which is all that is asked of it:
 * it may be ordinary, encrypted, or persistent memory. The kernel's own way of
 * mapping for devices without an IOMMU is left out, and with it the bounce
 * buffers that guests with encrypted memory use for all other devices.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/confine.h"

#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "shell/compat.h"
#include "vkv_assert.h"

static struct vkv_mappings *mappings_of(struct device *dev)
{
	return container_of(get_dma_ops(dev), struct vkv_confine, ops)->mappings;
}

static enum vkv_access ways_of(enum dma_data_direction dir)
{
	VKV_ASSERT(dir != DMA_NONE);
	if (dir == DMA_BIDIRECTIONAL)
		return VKV_BOTH_WAYS;
	return dir == DMA_TO_DEVICE ? VKV_FROM_HOST : VKV_TO_HOST;
}

/* The registers of other devices have no place in the linear mapping. */
static int map(struct device *dev, phys_addr_t phys, size_t size,
	       enum dma_data_direction dir, unsigned long attrs)
{
	if (vkv_dma_is_mmio(attrs) || !pfn_valid(PHYS_PFN(phys)))
		return -EIO;
	return vkv_mappings_add(mappings_of(dev), phys, size, ways_of(dir));
}

static dma_addr_t confined_map(struct device *dev, VKV_DMA_MAP_WHAT,
			       size_t size, enum dma_data_direction dir,
			       unsigned long attrs)
{
	phys_addr_t phys = VKV_DMA_MAP_PHYS;

	return map(dev, phys, size, dir, attrs) ? DMA_MAPPING_ERROR : phys;
}

static void confined_unmap(struct device *dev, dma_addr_t addr, size_t size,
			   enum dma_data_direction dir, unsigned long attrs)
{
	vkv_mappings_remove(mappings_of(dev), addr, size, ways_of(dir));
}

static void confined_unmap_sg(struct device *dev, struct scatterlist *sgl,
			      int nents, enum dma_data_direction dir,
			      unsigned long attrs)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(sgl, sg, nents, i)
		confined_unmap(dev, sg_dma_address(sg), sg_dma_len(sg), dir,
			       attrs);
}

static int confined_map_sg(struct device *dev, struct scatterlist *sgl,
			   int nents, enum dma_data_direction dir,
			   unsigned long attrs)
{
	struct scatterlist *sg;
	int i, err;

	for_each_sg(sgl, sg, nents, i) {
		err = map(dev, sg_phys(sg), sg->length, dir, attrs);
		if (err) {
			confined_unmap_sg(dev, sgl, i, dir, attrs);
			return err == -ENOMEM ? err : -EIO;
		}
		sg_dma_address(sg) = sg_phys(sg);
		sg_dma_len(sg) = sg->length;
	}
	return nents;
}

static void *confined_alloc(struct device *dev, size_t size, dma_addr_t *addr,
			    gfp_t gfp, unsigned long attrs)
{
	struct page *page = alloc_pages_node(dev_to_node(dev),
					     gfp | __GFP_ZERO, get_order(size));

	if (!page)
		return NULL;
	if (vkv_mappings_add(mappings_of(dev), page_to_phys(page), size,
			     VKV_BOTH_WAYS)) {
		__free_pages(page, get_order(size));
		return NULL;
	}
	*addr = page_to_phys(page);
	return page_address(page);
}

static void confined_free(struct device *dev, size_t size, void *p,
			  dma_addr_t addr, unsigned long attrs)
{
	vkv_mappings_remove(mappings_of(dev), addr, size, VKV_BOTH_WAYS);
	free_pages((unsigned long)p, get_order(size));
}

/* A bus address may have 64 bits. */
static int confined_supported(struct device *dev, u64 mask)
{
	return mask >= DMA_BIT_MASK(44);
}

static u64 confined_required_mask(struct device *dev)
{
	return DMA_BIT_MASK(64);
}

static const struct dma_map_ops confined_ops = {
	.alloc = confined_alloc,
	.free = confined_free,
	.VKV_DMA_MAP_OP = confined_map,
	.VKV_DMA_UNMAP_OP = confined_unmap,
	.map_sg = confined_map_sg,
	.unmap_sg = confined_unmap_sg,
	.dma_supported = confined_supported,
	.get_required_mask = confined_required_mask,
};

int vkv_confine_create(struct vkv_confine *c)
{
	struct page *zero = ZERO_PAGE(0);

	c->ops = confined_ops;
	return vkv_mappings_create(iomem_resource.end,
				   (uintptr_t)page_address(zero) -
					   page_to_phys(zero),
				   &c->mappings);
}

void vkv_confine_destroy(struct vkv_confine *c)
{
	u64 left = c->mappings ? vkv_mappings_count(c->mappings) : 0;

	if (left)
		pr_warn("the driver has left %llu pages mapped\n", left);
	vkv_mappings_destroy(c->mappings);
	c->mappings = NULL;
}

void vkv_confine_device(struct vkv_confine *c, struct device *dev)
{
	if (c->mappings)
		set_dma_ops(dev, &c->ops);
}
