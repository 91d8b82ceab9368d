/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions and architectures, hidden behind
 * functions. No other file asks for an architecture.
 *
 * Distributions take changes of newer kernels into older ones, so the version
 * of a kernel says little. Kbuild looks into the kernel's headers instead, and
 * defines VKV_HAS_... for what they declare.
 */
#ifndef VKV_COMPAT_H
#define VKV_COMPAT_H

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/irq.h>
#include <linux/libnvdimm.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/set_memory.h>
#include <linux/types.h>

#ifdef VKV_HAS_UNALIGNED_H
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
#ifdef CONFIG_X86
#include <asm/memtype.h>
#include <asm/pgtable_types.h>
#include <xen/xen.h>
#endif

#ifndef CONFIG_64BIT
#error "vkvssd needs a 64-bit kernel: it keeps pointers into host memory"
#endif
#ifndef CONFIG_MEMORY_HOTREMOVE
#error "vkvssd needs CONFIG_MEMORY_HOTREMOVE"
#endif
#ifndef CONFIG_PCI_MSI
#error "vkvssd needs CONFIG_PCI_MSI"
#endif

#ifndef VKV_HAS_USLEEP_RANGE_IDLE
#define usleep_range_idle usleep_idle_range
#endif

/* ---- the PCI function ---- */

/*
 * The architecture decides where the PCI domain of a bus is kept. x86 looks for
 * it behind bus->sysdata, the others look in the host bridge.
 */
struct vkv_pci_sysdata {
#ifdef CONFIG_X86
	struct pci_sysdata arch;
#endif
};

static inline void vkv_bridge_set_domain(struct pci_host_bridge *bridge,
					 struct vkv_pci_sysdata *sysdata,
					 int domain, int nid)
{
#ifdef CONFIG_X86
	sysdata->arch.domain = domain;
	sysdata->arch.node = nid;
#else
	bridge->domain_nr = domain;
#endif
	bridge->sysdata = sysdata;
}

/*
 * Newer kernels keep a list of the PCI domains that no firmware numbers. This
 * takes the first number from @first up that is not on the list. Return: the
 * number, or a negative errno.
 */
static inline int vkv_domain_get(int first)
{
#ifdef VKV_HAS_EMUL_DOMAIN
	return pci_bus_find_emul_domain_nr(0, first, INT_MAX);
#else
	return first;
#endif
}

static inline void vkv_domain_put(int domain)
{
#ifdef VKV_HAS_EMUL_DOMAIN
	pci_bus_release_emul_domain_nr(domain);
#endif
}

/* Does a host bridge give the number back that it was given? */
static inline bool vkv_bridge_puts_domain(void)
{
	return !IS_ENABLED(CONFIG_X86);
}

/*
 * CPUs carry out the function's DMA, through their caches. x86 takes this for
 * granted. Others believe that a device without a firmware node bypasses the
 * caches.
 */
static inline void vkv_set_dma_coherent(struct device *dev)
{
#ifdef VKV_HAS_DEV_FLAG_DMA_COHERENT
	dev_set_dma_coherent(dev);
#elif defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_DEVICE) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU) || \
	defined(CONFIG_ARCH_HAS_SYNC_DMA_FOR_CPU_ALL)
	dev->dma_coherent = true;
#endif
}

/*
 * An interrupt may move to another CPU at any time. This was a flag once; now
 * it is the default.
 */
static inline void vkv_irq_set_movable(unsigned int virq)
{
#ifdef VKV_HAS_IRQ_MOVE_PCNTXT
	irq_set_status_flags(virq, IRQ_MOVE_PCNTXT);
#endif
}

/*
 * An operation that maps memory is given a page and an offset, or a physical
 * address, which newer kernels also use for the registers of other devices.
 */
#ifdef VKV_HAS_MAP_PHYS
#define VKV_DMA_MAP_OP map_phys
#define VKV_DMA_UNMAP_OP unmap_phys
#define VKV_DMA_MAP_WHAT phys_addr_t where
#define VKV_DMA_MAP_PHYS where
#else
#define VKV_DMA_MAP_OP map_page
#define VKV_DMA_UNMAP_OP unmap_page
#define VKV_DMA_MAP_WHAT struct page *page, unsigned long offset
#define VKV_DMA_MAP_PHYS (page_to_phys(page) + offset)
#endif

static inline bool vkv_dma_is_mmio(unsigned long attrs)
{
#ifdef DMA_ATTR_MMIO
	return attrs & DMA_ATTR_MMIO;
#else
	return false;
#endif
}

/* Can a device have DMA operations of its own? */
static inline bool vkv_has_dma_ops(void)
{
	return IS_ENABLED(CONFIG_ARCH_HAS_DMA_OPS) ||
	       IS_ENABLED(CONFIG_DMA_OPS);
}

/*
 * The memory of another PCI device, for CPUs that copy to and from it as they do
 * with other memory. x86 keeps its accesses in order when it does not cache them.
 * Elsewhere such memory takes no unaligned access.
 */
static inline void __iomem *vkv_map_peer(phys_addr_t start, size_t size)
{
	return IS_ENABLED(CONFIG_X86) ? ioremap(start, size) :
					ioremap_wc(start, size);
}

/* ---- BAR 0 ---- */

/*
 * Maps BAR 0. The nvme driver maps the same pages by ioremap(), which asks for
 * uncached memory.
 *
 * x86 tracks the caching types of pages and gives the driver the type that is
 * there. Write-through is quick to read, and writes are seen at once. With a
 * write-back mapping the driver's request would fail.
 *
 * Others give the driver just that: Device memory. There it is not defined
 * how two mappings of different types behave, so ours is of this type, too. A
 * cache may still hold lines of the pages that were written before. They are
 * written back first, lest they replace registers later.
 */
static inline void *vkv_map_bar(u64 start, size_t size)
{
#ifdef CONFIG_X86
	return memremap(start, size, MEMREMAP_WT);
#else
	void *old = memremap(start, size, MEMREMAP_WB);

	if (!old)
		return NULL;
	arch_wb_cache_pmem(old, size);
	memunmap(old);
	return (__force void *)ioremap(start, size);
#endif
}

static inline void vkv_unmap_bar(void *bar)
{
#ifdef CONFIG_X86
	memunmap(bar);
#else
	iounmap((__force void __iomem *)bar);
#endif
}

/*
 * Does the mapping of BAR 0 take a compare-and-exchange? Device memory takes
 * loads and stores only.
 */
static inline bool vkv_bar_takes_atomics(void)
{
	return IS_ENABLED(CONFIG_X86);
}

/* ---- memory ---- */

/*
 * May the kernel write to this page through its linear mapping? It may not
 * write to the text of modules, nor to memory that was taken out of the
 * mapping.
 */
static inline bool vkv_page_writable(struct page *page)
{
#ifdef CONFIG_X86
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)page_address(page), &level);

	return pte && (pte_flags(*pte) & _PAGE_PRESENT) &&
	       (pte_flags(*pte) & _PAGE_RW);
#else
	return true;
#endif
}

/*
 * The linear mapping may have a leaf of 1 GiB. When less than that is removed,
 * x86 mistakes the leaf for a table (remove_pud_table(), 6.1 to 7.3). It
 * clears words of the first page of that GiB that look like entries. If none
 * remains, it drops the mapping of the whole GiB and frees the page. So the
 * leaf has to be made a table first. A change of the caching type of some of
 * its memory does that. Nobody may be using those 2 MiB. Return: 0, or a
 * negative errno.
 */
static inline int vkv_split_linear_mapping(void *start)
{
#ifdef CONFIG_X86
	unsigned long addr = (unsigned long)start;
	unsigned int level;
	int err;

	if (!lookup_address(addr, &level) || level < PG_LEVEL_1G)
		return 0;
	err = set_memory_uc(addr, PMD_SIZE / PAGE_SIZE);
	return err ? err : set_memory_wb(addr, PMD_SIZE / PAGE_SIZE);
#else
	return 0;
#endif
}

/*
 * Does an access to an address without memory end in an exception that stops
 * the machine? On x86 it does nothing.
 */
static inline bool vkv_absent_memory_aborts(void)
{
	return !IS_ENABLED(CONFIG_X86);
}

/*
 * How a user keeps memory from the kernel at boot, for messages. The printf
 * arguments of VKV_HOW_TO_RESERVE are the size and the start as texts, twice.
 */
#ifdef CONFIG_X86
#define VKV_BOOT_ARGUMENT "memmap="
#define VKV_HOW_TO_RESERVE \
	"boot with memmap=%s$%s (in /etc/default/grub: memmap=%s\\\\\\$%s)"
#else
#define VKV_BOOT_ARGUMENT "mem="
#define VKV_HOW_TO_RESERVE \
	"boot with a mem= that keeps the kernel off %s at %s, or with a node below reserved-memory in the device tree that has no-map and a reg of %s at %s"
#endif

/* Only x86 lets memory out of the running system that was there at boot. */
static inline bool vkv_boot_memory_stays(void)
{
	return !IS_ENABLED(CONFIG_X86);
}

static inline bool vkv_memory_removable(unsigned long pfn)
{
	return !vkv_boot_memory_stays() ||
	       !early_section(__pfn_to_section(pfn));
}

/* ---- kernels on which the device cannot work ---- */

/*
 * Without the page attribute table, x86 has no write-through mapping that it
 * also gives to the driver.
 */
static inline bool vkv_lacks_pat(void)
{
#ifdef CONFIG_X86
	return !pat_enabled();
#else
	return false;
#endif
}

/* A paravirtual Xen guest cannot reach memory by its physical address. */
static inline bool vkv_is_xen_pv(void)
{
#ifdef CONFIG_X86
	return xen_pv_domain();
#else
	return false;
#endif
}

#endif
