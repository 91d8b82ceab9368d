/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual PCI function: bus, config space, MSI-X. */
#ifndef VKV_PCI_H
#define VKV_PCI_H

#include <linux/types.h>

struct pci_dev;
struct vkv_dev;
struct vkv_mem;
struct vkv_pci;

#define VKV_PCI_VENDOR 0x564bu	/* "VK"; nobody's */
#define VKV_PCI_DEVICE 0x5653u	/* "VS" */

/**
 * vkv_pci_create() - a bus in a PCI domain of its own, with the function on it
 * @vkv: the device that it is of, reset when the function is
 * @mem: of BAR 0
 * @out: the function, known to the kernel, but to no driver yet
 *
 * Context: may sleep. Return: 0, -ENOMEM, or an error of the PCI core.
 */
int __must_check vkv_pci_create(struct vkv_dev *vkv, struct vkv_mem *mem,
				struct vkv_pci **out);

/**
 * vkv_pci_add() - let drivers bind to the function
 * @pci: from vkv_pci_create()
 *
 * Context: may sleep. The nvme driver enables the controller from here on.
 */
void vkv_pci_add(struct vkv_pci *pci);

/**
 * vkv_pci_remove() - unplug the function
 * @pci: from vkv_pci_create()
 *
 * Context: may sleep. The nvme driver shuts the controller down, so the device
 * must still be running. Raising vectors goes on to be safe, and does nothing.
 */
void vkv_pci_remove(struct vkv_pci *pci);

/**
 * vkv_pci_destroy() - free everything
 * @pci: from vkv_pci_create(), removed if it had been added
 *
 * Context: may sleep.
 */
void vkv_pci_destroy(struct vkv_pci *pci);

/**
 * vkv_pci_raise() - raise an MSI-X vector
 * @pci: from vkv_pci_create()
 * @vector: entry of the MSI-X table; one out of range does nothing
 *
 * Context: any, spinlocks may be held.
 */
void vkv_pci_raise(struct vkv_pci *pci, u16 vector);

/**
 * vkv_pci_reachable() - is bus mastering enabled?
 * @pci: from vkv_pci_create()
 *
 * Context: any.
 */
bool vkv_pci_reachable(const struct vkv_pci *pci);

/**
 * vkv_pci_dev() - the function as the kernel knows it
 * @pci: from vkv_pci_create()
 */
struct pci_dev *vkv_pci_dev(const struct vkv_pci *pci);

#endif
