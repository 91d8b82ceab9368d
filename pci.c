// SPDX-License-Identifier: GPL-2.0
/*
 * The virtual PCI function.
 *
 * The function is on a root bus of its own, in a PCI domain of its own. It is
 * an NVMe controller, as a root complex integrated endpoint. Its config space
 * is struct config below, which the pci_ops of the bus read and write. BAR 0 is
 * real memory (shell/mem.c) that the nvme driver and the dispatcher share.
 *
 * Interrupts. The bus has an MSI irq domain of its own, so neither vectors of
 * the CPUs nor the interrupt remapping hardware take part. The domain carries
 * the bus token of Intel's VMD, because the remapping code would take the MSIs
 * of any other function for itself. Each entry of the MSI-X table is a struct
 * vector. A raise takes this way:
 *
 *	worker	    vkv_pci_raise()   pending = true; unless queued or masked:
 *	     |			      queued = true, and
 *	     |-- the vector's CPU is this one:  irq_work, an interrupt to itself
 *	     `-- it is another one:		smp_call_function_single_async()
 *	interrupt   vector_deliver()  pending = false, generic_handle_irq(),
 *				      queued = false; again if pending by now
 *
 *  - queued is true while the call or the irq_work is under way, so neither is
 *    ever queued twice. pending keeps a raise that comes meanwhile.
 *  - A masked vector stays pending. Unmasking queues it.
 *  - The call runs outside of an interrupt when it finds the CPU polling in its
 *    idle loop. Then it queues the irq_work, because handlers expect an
 *    interrupt.
 *  - A CPU that went offline refuses the call. Then the raising CPU delivers.
 *  - free_irq() masks the vector and waits until it is not queued. By then the
 *    call or the irq_work has run the handler or has seen the mask.
 *  - Raising a free vector does nothing.
 *
 * The irq core calls mask, unmask, set_affinity and retrigger with its own lock
 * held. So vector.lock nests inside that lock, and is not held around handlers.
 */
#include "pci.h"

#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/irq.h>
#include <linux/irq_work.h>
#include <linux/irqdomain.h>
#include <linux/pci.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "shell/compat.h"
#include "shell/confine.h"
#include "shell/mem.h"
#include "shell/msi.h"
#include "vkv.h"
#include "vkv_assert.h"

/*
 * Firmware numbers its PCI domains from 0 up. Some programs read no more than
 * four hexadecimal digits of a number, so ours should have four.
 */
#define DOMAIN_FIRST 0xf000

#define CLASS_NVME 0x010802u
#define CONFIG_SIZE 256

#define CAP_PM 0x40
#define CAP_MSIX 0x48
#define CAP_EXP 0x60

/**
 * struct config - config space
 * @value: the bytes that a read returns
 * @write: the bits that a write sets and clears
 * @clear: the bits that writing a 1 clears
 */
struct config {
	u8 value[CONFIG_SIZE];
	u8 write[CONFIG_SIZE];
	u8 clear[CONFIG_SIZE];
};

/* An entry of the MSI-X table; the top of the file explains it. */
struct vector {
	raw_spinlock_t lock;	/* protects all that follows */
	unsigned int virq;	/* 0: the vector is free */
	unsigned int cpu;
	bool masked;
	bool pending;
	bool queued;
	call_single_data_t csd;
	struct irq_work work;
};

struct vkv_pci {
	struct vkv_pci_sysdata sysdata;
	raw_spinlock_t config_lock;	/* protects config */
	struct config config;
	int domain_nr;
	bool domain_with_bridge;	/* the bridge gives the number back */
	struct resource window;
	struct resource busn;
	struct notifier_block notifier;
	struct vkv_confine *confine;
	struct vkv_dev *vkv;
	struct fwnode_handle *fwnode;
	struct msi_domain_info msi;
	struct irq_domain *domain;
	struct pci_bus *bus;
	char name[sizeof("12345678:00:00.0")];
	const char *device_name;
	struct pci_dev __rcu *dev;	/* NULL between a removal and a rescan */
	struct vector vector[VKV_NR_VECTORS];
};

/* ---- config space ---- */

static void init16(struct config *c, unsigned int at, u16 value, u16 write)
{
	put_unaligned_le16(value, c->value + at);
	put_unaligned_le16(write, c->write + at);
}

static void init32(struct config *c, unsigned int at, u32 value, u32 write)
{
	put_unaligned_le32(value, c->value + at);
	put_unaligned_le32(write, c->write + at);
}

static void init_header(struct config *c, u64 bar)
{
	init16(c, PCI_VENDOR_ID, VKV_PCI_VENDOR, 0);
	init16(c, PCI_DEVICE_ID, VKV_PCI_DEVICE, 0);
	init16(c, PCI_COMMAND, 0,
	       PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY |
	       PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
	init16(c, PCI_STATUS, PCI_STATUS_CAP_LIST, 0);
	put_unaligned_le16(PCI_STATUS_ERROR_BITS, c->clear + PCI_STATUS);
	init32(c, PCI_CLASS_REVISION, CLASS_NVME << 8 | 1, 0);
	c->value[PCI_CACHE_LINE_SIZE] = 0;
	c->write[PCI_CACHE_LINE_SIZE] = 0xff;
	init32(c, PCI_BASE_ADDRESS_0,
	       lower_32_bits(bar) | PCI_BASE_ADDRESS_MEM_TYPE_64,
	       ~(VKV_BAR_SIZE - 1));
	init32(c, PCI_BASE_ADDRESS_1, upper_32_bits(bar), ~0u);
	init16(c, PCI_SUBSYSTEM_VENDOR_ID, VKV_PCI_VENDOR, 0);
	init16(c, PCI_SUBSYSTEM_ID, VKV_PCI_DEVICE, 0);
	c->write[PCI_INTERRUPT_LINE] = 0xff;
}

static void init_capabilities(struct config *c)
{
	c->value[PCI_CAPABILITY_LIST] = CAP_PM;
	init16(c, CAP_PM, PCI_CAP_ID_PM | CAP_MSIX << 8, 0);
	init16(c, CAP_PM + PCI_PM_PMC, 3, 0);
	init16(c, CAP_PM + PCI_PM_CTRL, PCI_PM_CTRL_NO_SOFT_RESET,
	       PCI_PM_CTRL_STATE_MASK);

	init16(c, CAP_MSIX, PCI_CAP_ID_MSIX | CAP_EXP << 8, 0);
	init16(c, CAP_MSIX + PCI_MSIX_FLAGS, VKV_NR_VECTORS - 1,
	       PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
	init32(c, CAP_MSIX + PCI_MSIX_TABLE, VKV_BAR_MSIX_TABLE, 0);
	init32(c, CAP_MSIX + PCI_MSIX_PBA, VKV_BAR_MSIX_PBA, 0);

	init16(c, CAP_EXP, PCI_CAP_ID_EXP, 0);
	init16(c, CAP_EXP + PCI_EXP_FLAGS, 2 | PCI_EXP_TYPE_RC_END << 4, 0);
	init32(c, CAP_EXP + PCI_EXP_DEVCAP,
	       PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR, 0);
	init16(c, CAP_EXP + PCI_EXP_DEVCTL,
	       PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN |
	       PCI_EXP_DEVCTL_READRQ_512B,
	       PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE |
	       PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
	       PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_NOSNOOP_EN |
	       PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_READRQ);
}

static void init_config(struct config *c, u64 bar)
{
	init_header(c, bar);
	init_capabilities(c);
}

static struct vkv_pci *bus_to_pci(struct pci_bus *bus)
{
	return container_of(bus->sysdata, struct vkv_pci, sysdata);
}

static int config_read(struct pci_bus *bus, unsigned int devfn, int where,
		       int size, u32 *value)
{
	const struct config *c = &bus_to_pci(bus)->config;
	u32 v = 0;
	int i;

	if (devfn)
		return PCIBIOS_DEVICE_NOT_FOUND;
	for (i = 0; i < size && where + i < CONFIG_SIZE; i++)
		v |= (u32)c->value[where + i] << (8 * i);
	*value = v;
	return PCIBIOS_SUCCESSFUL;
}

static void write_byte(struct config *c, unsigned int at, u8 byte)
{
	u8 value = (c->value[at] & ~c->write[at]) | (byte & c->write[at]);

	/* Other threads read the command register without the lock. */
	WRITE_ONCE(c->value[at], value & ~(byte & c->clear[at]));
}

/* Does this write ask for a function level reset? The bit reads as zero. */
static bool is_reset(int where, int size, u32 value)
{
	int high = CAP_EXP + PCI_EXP_DEVCTL + 1;

	return where <= high && high < where + size &&
	       (value >> (8 * (high - where))) & (PCI_EXP_DEVCTL_BCR_FLR >> 8);
}

static int config_write(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 value)
{
	struct vkv_pci *pci = bus_to_pci(bus);
	unsigned long flags;
	int i;

	if (devfn)
		return PCIBIOS_DEVICE_NOT_FOUND;
	raw_spin_lock_irqsave(&pci->config_lock, flags);
	for (i = 0; i < size && where + i < CONFIG_SIZE; i++)
		write_byte(&pci->config, where + i, value >> (8 * i));
	if (is_reset(where, size, value))
		init_config(&pci->config, pci->window.start);
	raw_spin_unlock_irqrestore(&pci->config_lock, flags);
	if (is_reset(where, size, value))
		vkv_dev_function_reset(pci->vkv);
	return PCIBIOS_SUCCESSFUL;
}

/* The PCI core calls this when it has made the bus, and then scans the bus. */
static int add_bus(struct pci_bus *bus)
{
	dev_set_msi_domain(&bus->dev, bus_to_pci(bus)->domain);
	return 0;
}

static struct pci_ops bus_ops = {
	.add_bus = add_bus,
	.read = config_read,
	.write = config_write,
};

/* ---- raising vectors ---- */

static void vector_queue(struct vector *v)
{
	lockdep_assert_held(&v->lock);
	VKV_ASSERT(irqs_disabled());
	if (!v->virq || !v->pending || v->masked || v->queued)
		return;
	v->queued = true;
	if (v->cpu == smp_processor_id() ||
	    smp_call_function_single_async(v->cpu, &v->csd))
		irq_work_queue(&v->work);
}

/* Interrupts are off. */
static void vector_deliver(struct vector *v)
{
	unsigned int virq = 0;

	VKV_ASSERT(irqs_disabled());
	raw_spin_lock(&v->lock);
	VKV_ASSERT(v->queued);
	if (v->pending && !v->masked) {
		v->pending = false;
		virq = v->virq;
	}
	raw_spin_unlock(&v->lock);

	if (virq)
		generic_handle_irq(virq);

	raw_spin_lock(&v->lock);
	v->queued = false;
	vector_queue(v);
	raw_spin_unlock(&v->lock);
}

static void vector_work(struct irq_work *work)
{
	vector_deliver(container_of(work, struct vector, work));
}

static void vector_call(void *arg)
{
	struct vector *v = arg;

	if (in_hardirq())
		vector_deliver(v);
	else
		irq_work_queue(&v->work);
}

static void vector_raise(struct vector *v)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&v->lock, flags);
	if (v->virq) {
		v->pending = true;
		vector_queue(v);
	}
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

void vkv_pci_raise(struct vkv_pci *pci, u16 vector)
{
	if (vector < VKV_NR_VECTORS)
		vector_raise(&pci->vector[vector]);
}

/* ---- the irq chip ---- */

static void chip_mask(struct irq_data *d)
{
	struct vector *v = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&v->lock, flags);
	v->masked = true;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	vkv_msi_mask_entry(d);
}

static void chip_unmask(struct irq_data *d)
{
	struct vector *v = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	vkv_msi_unmask_entry(d);
	raw_spin_lock_irqsave(&v->lock, flags);
	v->masked = false;
	vector_queue(v);
	raw_spin_unlock_irqrestore(&v->lock, flags);
}

static void chip_ack(struct irq_data *d)
{
}

static int chip_set_affinity(struct irq_data *d, const struct cpumask *mask,
			     bool force)
{
	struct vector *v = irq_data_get_irq_chip_data(d);
	unsigned int cpu = force ? cpumask_first(mask) :
				   cpumask_any_and(mask, cpu_online_mask);
	unsigned long flags;

	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	raw_spin_lock_irqsave(&v->lock, flags);
	v->cpu = cpu;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	irq_data_update_effective_affinity(d, cpumask_of(cpu));
	return IRQ_SET_MASK_OK_DONE;
}

static int chip_retrigger(struct irq_data *d)
{
	vector_raise(irq_data_get_irq_chip_data(d));
	return 1;
}

/* free_irq() masks the vector, and calls this until it is not queued. */
static int chip_get_state(struct irq_data *d, enum irqchip_irq_state which,
			  bool *state)
{
	struct vector *v = irq_data_get_irq_chip_data(d);

	if (which != IRQCHIP_STATE_ACTIVE)
		return -EINVAL;
	*state = READ_ONCE(v->queued);
	return 0;
}

/* No device writes to this address, but the table needs one. */
static void chip_compose(struct irq_data *d, struct msi_msg *msg)
{
	memset(msg, 0, sizeof(*msg));
	msg->data = irqd_to_hwirq(d);
}

static struct irq_chip chip = {
	.name = "VKV-MSIX",
	.irq_mask = chip_mask,
	.irq_unmask = chip_unmask,
	.irq_ack = chip_ack,
	.irq_set_affinity = chip_set_affinity,
	.irq_retrigger = chip_retrigger,
	.irq_get_irqchip_state = chip_get_state,
	.irq_compose_msi_msg = chip_compose,
	.flags = IRQCHIP_SKIP_SET_WAKE | IRQCHIP_AFFINITY_PRE_STARTUP,
};

/* ---- the irq domain ---- */

static irq_hw_number_t msi_hwirq(struct msi_domain_info *info,
				 msi_alloc_info_t *arg)
{
	return arg->desc->msi_index;
}

static int msi_init(struct irq_domain *domain, struct msi_domain_info *info,
		    unsigned int virq, irq_hw_number_t hwirq,
		    msi_alloc_info_t *arg)
{
	struct vkv_pci *pci = container_of(info, struct vkv_pci, msi);
	struct vector *v = &pci->vector[hwirq];
	unsigned long flags;

	if (hwirq >= VKV_NR_VECTORS)
		return -EINVAL;
	irq_domain_set_info(domain, virq, hwirq, info->chip, v, handle_edge_irq,
			    NULL, "edge");
	vkv_irq_set_movable(virq);
	raw_spin_lock_irqsave(&v->lock, flags);
	v->virq = virq;
	v->cpu = cpumask_first(cpu_online_mask);
	v->masked = true;
	v->pending = false;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	return 0;
}

static void msi_free(struct irq_domain *domain, struct msi_domain_info *info,
		     unsigned int virq)
{
	struct irq_data *d = irq_domain_get_irq_data(domain, virq);
	struct vector *v = irq_data_get_irq_chip_data(d);
	unsigned long flags;

	raw_spin_lock_irqsave(&v->lock, flags);
	v->virq = 0;
	v->pending = false;
	raw_spin_unlock_irqrestore(&v->lock, flags);
	while (READ_ONCE(v->queued))
		usleep_range(10, 50);
	VKV_ASSERT(!READ_ONCE(v->pending));
}

static struct msi_domain_ops msi_ops = {
	.get_hwirq = msi_hwirq,
	.msi_init = msi_init,
	.msi_free = msi_free,
};

static void init_vectors(struct vkv_pci *pci)
{
	struct vector *v;

	for (v = pci->vector; v < pci->vector + VKV_NR_VECTORS; v++) {
		raw_spin_lock_init(&v->lock);
		INIT_CSD(&v->csd, vector_call, v);
		v->work = IRQ_WORK_INIT_HARD(vector_work);
	}
}

static int create_irq_domain(struct vkv_pci *pci)
{
	init_vectors(pci);
	pci->msi = (struct msi_domain_info) {
		.ops = &msi_ops,
		.chip = &chip,
	};
	pci->fwnode = irq_domain_alloc_named_id_fwnode("VKV-MSIX",
						       pci->domain_nr);
	if (!pci->fwnode)
		return -ENOMEM;
	pci->domain = vkv_msi_create_domain(pci->fwnode, &pci->msi,
					    VKV_NR_VECTORS);
	if (!pci->domain) {
		irq_domain_free_fwnode(pci->fwnode);
		return -ENOMEM;
	}
	return 0;
}

static void destroy_irq_domain(struct vkv_pci *pci)
{
	irq_domain_remove(pci->domain);
	irq_domain_free_fwnode(pci->fwnode);
}

/* ---- bus and function ---- */

/* Is any bus in this PCI domain? Its first bus may have any number. */
static bool domain_is_free(int nr)
{
	unsigned int bus;

	for (bus = 0; bus < 256; bus++)
		if (pci_find_bus(nr, bus))
			return false;
	return true;
}

static int choose_domain(void)
{
	int nr = vkv_domain_get(DOMAIN_FIRST), used;

	while (nr >= 0 && !domain_is_free(nr)) {
		used = nr;
		nr = vkv_domain_get(used + 1);
		vkv_domain_put(used);
	}
	return nr;
}

static void put_domain(struct vkv_pci *pci)
{
	if (!pci->domain_with_bridge)
		vkv_domain_put(pci->domain_nr);
}

static int add_window(struct pci_host_bridge *bridge, struct resource *res,
		      struct resource_entry **entry)
{
	pci_add_resource(&bridge->windows, res);
	if (list_empty(&bridge->windows))
		return -ENOMEM;
	*entry = list_last_entry(&bridge->windows, struct resource_entry, node);
	return (*entry)->res == res ? 0 : -ENOMEM;
}

/*
 * When pci_register_host_bridge() fails, it leaves the bridge in one of three
 * states. The bridge is as before; or its windows are on a list that is gone;
 * or the reference that its creator had is put as well (when the bus could not
 * be registered). Only the caller has another reference.
 */
static void free_failed_bridge(struct pci_host_bridge *bridge,
			       struct resource_entry *busn,
			       struct resource_entry *window)
{
	if (list_empty(&bridge->windows)) {
		resource_list_free_entry(busn);
		resource_list_free_entry(window);
	}
	if (kref_read(&bridge->dev.kobj.kref) > 1)
		pci_free_host_bridge(bridge);
}

/*
 * The name of the device, for udev's rules. It is a file of the bridge, because
 * that one is there before anything that gets a name: function, controller,
 * namespaces.
 */
static ssize_t vkvssd_name_show(struct device *dev,
				struct device_attribute *attr, char *buf)
{
	struct vkv_pci *pci = container_of(to_pci_host_bridge(dev)->sysdata,
					   struct vkv_pci, sysdata);

	return sysfs_emit(buf, "%s\n", pci->device_name);
}

static DEVICE_ATTR_RO(vkvssd_name);

static struct attribute *bridge_attrs[] = {
	&dev_attr_vkvssd_name.attr,
	NULL,
};
ATTRIBUTE_GROUPS(bridge);

static int scan_bus(struct vkv_pci *pci, int nid)
{
	struct pci_host_bridge *bridge = pci_alloc_host_bridge(0);
	struct resource_entry *busn, *window;
	int err;

	if (!bridge)
		return -ENOMEM;
	vkv_bridge_set_domain(bridge, &pci->sysdata, pci->domain_nr, nid);
	pci->domain_with_bridge = vkv_bridge_puts_domain();
	bridge->ops = &bus_ops;
	bridge->dev.groups = bridge_groups;
	err = add_window(bridge, &pci->busn, &busn);
	if (!err)
		err = add_window(bridge, &pci->window, &window);
	if (err) {
		pci_free_host_bridge(bridge);
		return err;
	}
	get_device(&bridge->dev);
	err = pci_scan_root_bus_bridge(bridge);
	if (err)
		free_failed_bridge(bridge, busn, window);
	else
		pci->bus = bridge->bus;
	put_device(&bridge->dev);
	return err;
}

/*
 * Takes the function that the kernel has now, or NULL, and lets go of the one
 * before. The lock of rescans and removals is held.
 */
static void set_function(struct vkv_pci *pci, struct pci_dev *dev)
{
	struct pci_dev *old = rcu_replace_pointer(pci->dev, pci_dev_get(dev),
						  true);

	if (!old)
		return;
	synchronize_rcu();
	pci_dev_put(old);
}

/*
 * BAR 0 has to stay where its memory is. So it is claimed before the PCI core
 * looks for a place. The core would find none, because it does not take
 * reserved memory for one.
 */
static void function_added(struct vkv_pci *pci, struct pci_dev *dev)
{
	vkv_set_dma_coherent(&dev->dev);
	vkv_confine_device(pci->confine, &dev->dev);
	if (pci_claim_resource(dev, 0))
		pci_err(dev, "BAR 0 cannot be claimed\n");
	set_function(pci, dev);
}

/*
 * The first scan calls this when it has found the function. Users may remove
 * the function by hand, and have the bus scanned again. Then the function has
 * another struct pci_dev.
 */
static int function_event(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	struct vkv_pci *pci = container_of(nb, struct vkv_pci, notifier);
	struct pci_dev *dev = to_pci_dev(data);

	/* Each device hears of the functions of all others, too. */
	if (dev->bus->ops != &bus_ops || bus_to_pci(dev->bus) != pci)
		return NOTIFY_OK;
	if (action == BUS_NOTIFY_ADD_DEVICE)
		function_added(pci, dev);
	else if (action == BUS_NOTIFY_REMOVED_DEVICE)
		set_function(pci, NULL);
	return NOTIFY_OK;
}

/*
 * Removing the bus puts the reference of the bus to the bridge, but not the one
 * that pci_alloc_host_bridge() gave.
 */
static void remove_bus(struct vkv_pci *pci)
{
	struct pci_host_bridge *bridge = to_pci_host_bridge(pci->bus->bridge);

	pci_stop_root_bus(pci->bus);
	pci_remove_root_bus(pci->bus);
	pci_free_host_bridge(bridge);
}

/*
 * A function whose device_add() failed stays on its bus. pci_destroy_dev()
 * believes that it is gone already, and leaves it, and so the bus, in memory.
 * So its last reference is put here, when nothing can find it any more.
 */
static void remove_failed_bus(struct vkv_pci *pci, struct pci_dev *dev)
{
	bool left = dev && !dev->dev.kobj.parent;

	remove_bus(pci);
	pci_dev_put(dev);
	if (left)
		pci_dev_put(dev);
}

/* Makes the bus, and looks whether the scan has brought a whole function. */
static int scan_function(struct vkv_pci *pci, int nid)
{
	int err = scan_bus(pci, nid);
	struct pci_dev *dev;

	if (err)
		return err;
	dev = pci_get_slot(pci->bus, 0);
	if (!dev || !dev->resource[0].parent) {
		remove_failed_bus(pci, dev);
		return -ENODEV;
	}
	strscpy(pci->name, pci_name(dev), sizeof(pci->name));
	pci_dev_put(dev);
	return 0;
}

static int create_bus(struct vkv_pci *pci, int nid)
{
	int err;

	pci_lock_rescan_remove();
	pci->domain_nr = choose_domain();
	err = min(pci->domain_nr, 0);
	if (err)
		goto unlock;
	err = create_irq_domain(pci);
	if (err)
		goto put_domain;
	err = scan_function(pci, nid);
	if (err)
		goto destroy_irq_domain;
	pci_unlock_rescan_remove();
	return 0;

destroy_irq_domain:
	destroy_irq_domain(pci);
put_domain:
	put_domain(pci);
unlock:
	pci_unlock_rescan_remove();
	return err;
}

int vkv_pci_create(struct vkv_dev *vkv, const char *name, struct vkv_mem *mem,
		   struct vkv_confine *confine, struct vkv_pci **out)
{
	struct vkv_pci *pci = kvzalloc(sizeof(*pci), GFP_KERNEL);
	u64 bar = mem->bar_start;
	struct resource window = DEFINE_RES_MEM_NAMED(bar, VKV_BAR_SIZE,
						      "vkvssd BAR 0");
	struct resource busn = DEFINE_RES_NAMED(0, 1, "vkvssd buses",
						IORESOURCE_BUS);
	int err;

	if (!pci)
		return -ENOMEM;
	raw_spin_lock_init(&pci->config_lock);
	init_config(&pci->config, bar);
	pci->vkv = vkv;
	pci->device_name = name;
	pci->confine = confine;
	pci->busn = busn;
	pci->window = window;
	pci->notifier.notifier_call = function_event;
	err = bus_register_notifier(&pci_bus_type, &pci->notifier);
	if (err)
		goto free;
	err = request_resource(mem->bar_parent, &pci->window);
	if (err)
		goto unregister_notifier;
	err = create_bus(pci, mem->nid);
	if (err)
		goto release_window;
	*out = pci;
	return 0;

release_window:
	release_resource(&pci->window);
unregister_notifier:
	bus_unregister_notifier(&pci_bus_type, &pci->notifier);
free:
	kvfree(pci);
	return err;
}

void vkv_pci_add(struct vkv_pci *pci)
{
	pci_lock_rescan_remove();
	pci_bus_add_devices(pci->bus);
	pci_unlock_rescan_remove();
}

void vkv_pci_remove(struct vkv_pci *pci)
{
	pci_lock_rescan_remove();
	pci_stop_root_bus(pci->bus);
	pci_unlock_rescan_remove();
}

/*
 * msi_free() has waited until no vector is queued. But the interrupt that has
 * delivered a vector touches its irq_work once more after that.
 */
static void end_vectors(struct vkv_pci *pci)
{
	struct vector *v;

	for (v = pci->vector; v < pci->vector + VKV_NR_VECTORS; v++)
		irq_work_sync(&v->work);
}

void vkv_pci_destroy(struct vkv_pci *pci)
{
	pci_lock_rescan_remove();
	remove_bus(pci);
	VKV_ASSERT(!rcu_access_pointer(pci->dev));
	put_domain(pci);
	pci_unlock_rescan_remove();
	destroy_irq_domain(pci);
	release_resource(&pci->window);
	bus_unregister_notifier(&pci_bus_type, &pci->notifier);
	end_vectors(pci);
	kvfree(pci);
}

bool vkv_pci_reachable(const struct vkv_pci *pci)
{
	return READ_ONCE(pci->config.value[PCI_COMMAND]) & PCI_COMMAND_MASTER;
}

struct pci_dev *vkv_pci_dev(const struct vkv_pci *pci)
{
	return rcu_dereference(pci->dev);
}

bool vkv_pci_has(const struct vkv_pci *pci, const struct device *dev)
{
	return dev && dev->parent == pci->bus->bridge;
}

const char *vkv_pci_name(const struct vkv_pci *pci)
{
	return pci->name;
}

void vkv_pci_log(const struct vkv_pci *pci, const char *level,
		 const char *format, ...)
{
	struct va_format text = { .fmt = format };
	struct pci_dev *dev;
	va_list args;

	va_start(args, format);
	text.va = &args;
	rcu_read_lock();
	dev = vkv_pci_dev(pci);
	if (dev)
		dev_printk(level, &dev->dev, "%pV", &text);
	else
		pr_warn(KBUILD_MODNAME " %s: %pV", pci->name, &text);
	rcu_read_unlock();
	va_end(args);
}
