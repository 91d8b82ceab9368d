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

#endif
