/* SPDX-License-Identifier: GPL-2.0 */
/* The irq domain of the function's MSI-X vectors, on every kernel. */
#ifndef VKV_MSI_H
#define VKV_MSI_H

#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>

/**
 * vkv_msi_create_domain() - make an irq domain for the functions of a bus
 * @fwnode: the domain's name
 * @info: its operations msi_init, msi_free and get_hwirq, and its chip. It
 *	outlives the domain. This function sets its flags
 * @nr_vectors: hardware interrupt numbers are below this
 *
 * The function's vectors are allocated in the domain when the PCI core enables
 * MSI-X. irq_domain_remove() ends it.
 *
 * Context: may sleep.
 * Return: the domain; NULL when there is no memory.
 */
struct irq_domain *vkv_msi_create_domain(struct fwnode_handle *fwnode,
					 struct msi_domain_info *info,
					 unsigned int nr_vectors);

/**
 * vkv_msi_mask_entry() - mask a vector in the MSI-X table
 * @d: the vector, as the chip's irq_mask gets it
 *
 * Context: the irq core's descriptor lock is held; does not sleep.
 */
void vkv_msi_mask_entry(struct irq_data *d);

/**
 * vkv_msi_unmask_entry() - unmask a vector in the MSI-X table
 * @d: the vector, as the chip's irq_unmask gets it
 *
 * Context: the irq core's descriptor lock is held; does not sleep.
 */
void vkv_msi_unmask_entry(struct irq_data *d);

#endif
