/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions and architectures, hidden behind
 * functions. No other file asks for LINUX_VERSION_CODE or for an architecture.
 */
#ifndef VKV_COMPAT_H
#define VKV_COMPAT_H

#include <linux/irq.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/set_memory.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif
#ifdef CONFIG_X86
#include <asm/pgtable_types.h>
#endif

#ifndef CONFIG_64BIT
#error "vkvssd needs a 64-bit kernel: it keeps pointers into host memory"
#endif
#ifndef CONFIG_MEMORY_HOTREMOVE
#error "vkvssd needs CONFIG_MEMORY_HOTREMOVE"
#endif

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
 * An interrupt may move to another CPU at any time. Before 6.15 this was a
 * flag; since then it is the default.
 */
static inline void vkv_irq_set_movable(unsigned int virq)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	irq_set_status_flags(virq, IRQ_MOVE_PCNTXT);
#endif
}

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
 * x86 mistakes the leaf for a table (remove_pud_table(), 6.1 and 6.12). It
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

#endif
