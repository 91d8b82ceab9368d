// SPDX-License-Identifier: GPL-2.0
/*
 * The irq domain of the function's MSI-X vectors.
 *
 * Kernels have two ways to make one. In the older way a bus has one domain, and
 * its chip is the chip of the vectors. In the newer way the PCI core makes a
 * domain for each function when the function enables MSI-X:
 *
 *	the function's domain	the PCI core's chip: writes the MSI-X table
 *	     | parent
 *	our domain		our chip: raises and delivers (pci.c)
 *
 * The core's chip passes each call on to ours. The older way ended with 6.19;
 * kernels that have both get the older one.
 *
 * Both carry the bus token of Intel's VMD; pci.c says why.
 */
#include "shell/msi.h"

#ifdef VKV_HAS_PCI_MSI_CREATE_IRQ_DOMAIN

struct irq_domain *vkv_msi_create_domain(struct fwnode_handle *fwnode,
					 struct msi_domain_info *info,
					 unsigned int nr_vectors)
{
	struct irq_domain *domain;

	info->flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS |
		      MSI_FLAG_PCI_MSIX;
	domain = pci_msi_create_irq_domain(fwnode, info, NULL);
	if (domain)
		irq_domain_update_bus_token(domain, DOMAIN_BUS_VMD_MSI);
	return domain;
}

void vkv_msi_mask_entry(struct irq_data *d)
{
	pci_msi_mask_irq(d);
}

void vkv_msi_unmask_entry(struct irq_data *d)
{
	pci_msi_unmask_irq(d);
}

#else

static void free_vectors(struct irq_domain *domain, unsigned int virq,
			 unsigned int nr)
{
	struct msi_domain_info *info = domain->host_data;

	while (nr--)
		info->ops->msi_free(domain, info, virq + nr);
}

static int alloc_vectors(struct irq_domain *domain, unsigned int virq,
			 unsigned int nr, void *arg)
{
	struct msi_domain_info *info = domain->host_data;
	irq_hw_number_t hwirq = info->ops->get_hwirq(info, arg);
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = info->ops->msi_init(domain, info, virq + i, hwirq + i,
					  arg);
		if (err) {
			free_vectors(domain, virq, i);
			return err;
		}
	}
	return 0;
}

static const struct irq_domain_ops domain_ops = {
	.alloc = alloc_vectors,
	.free = free_vectors,
};

/* The PCI core asks this before it makes the domain of a function. */
static bool init_function(struct device *dev, struct irq_domain *domain,
			  struct irq_domain *parent,
			  struct msi_domain_info *info)
{
	const struct msi_parent_ops *ops = parent->msi_parent_ops;

	if (info->bus_token != DOMAIN_BUS_PCI_DEVICE_MSIX)
		return false;
	info->flags &= ops->supported_flags;
	info->flags |= ops->required_flags;
	info->chip->irq_ack = irq_chip_ack_parent;
	info->chip->flags |= IRQCHIP_SKIP_SET_WAKE |
			     IRQCHIP_AFFINITY_PRE_STARTUP;
	return true;
}

static const struct msi_parent_ops parent_ops = {
	.supported_flags = MSI_GENERIC_FLAGS_MASK | MSI_FLAG_PCI_MSIX,
	.required_flags = MSI_FLAG_USE_DEF_DOM_OPS | MSI_FLAG_USE_DEF_CHIP_OPS |
			  MSI_FLAG_PCI_MSI_MASK_PARENT,
	.bus_select_token = DOMAIN_BUS_VMD_MSI,
	.prefix = "VKV-",
	.init_dev_msi_info = init_function,
};

struct irq_domain *vkv_msi_create_domain(struct fwnode_handle *fwnode,
					 struct msi_domain_info *info,
					 unsigned int nr_vectors)
{
	struct irq_domain_info domain = {
		.fwnode = fwnode,
		.size = nr_vectors,
		.ops = &domain_ops,
		.host_data = info,
	};

	return msi_create_parent_irq_domain(&domain, &parent_ops);
}

/* The PCI core's chip has written the table already. */
void vkv_msi_mask_entry(struct irq_data *d)
{
}

void vkv_msi_unmask_entry(struct irq_data *d)
{
}

#endif
