/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernel versions and architectures, in terms of the
 * newest: the only file with LINUX_VERSION_CODE, and with #ifdef of an
 * architecture.
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
 * The PCI domain of a bus is the architecture's to say: x86 looks for it behind
 * bus->sysdata, the others in the host bridge.
 */
#ifdef CONFIG_X86
typedef struct pci_sysdata vkv_pci_sysdata;

static inline void vkv_bridge_set_domain(struct pci_host_bridge *bridge,
					 vkv_pci_sysdata *sysdata, int domain,
					 int nid)
{
	sysdata->domain = domain;
	sysdata->node = nid;
	bridge->sysdata = sysdata;
}
#else
typedef struct { int unused; } vkv_pci_sysdata;

static inline void vkv_bridge_set_domain(struct pci_host_bridge *bridge,
					 vkv_pci_sysdata *sysdata, int domain,
					 int nid)
{
	bridge->domain_nr = domain;
	bridge->sysdata = sysdata;
}
#endif

/* 6.15 replaced the flag "may change CPU at any time" by its opposite. */
static inline void vkv_irq_set_movable(unsigned int virq)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	irq_set_status_flags(virq, IRQ_MOVE_PCNTXT);
#endif
}

/*
 * May the kernel write to this page through its linear mapping? Not to text of
 * modules, nor to memory that was taken out of the mapping.
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
 * When less than 1 GiB of memory is removed, x86 takes a leaf of 1 GiB in the
 * linear mapping for a table (remove_pud_table(), 6.1 and 6.12): it clears words
 * of the first page of that GiB that look like entries, and where none remains it
 * drops the mapping of all of it and frees the page. Before that, the leaf has to
 * be made a table. A change of the caching type of some of what it maps does
 * that; nobody may be using those 2 MiB. Return: 0, or a negative errno.
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
