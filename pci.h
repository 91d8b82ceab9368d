/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual PCI function: its bus, config space and MSI-X vectors. */
#ifndef VKV_PCI_H
#define VKV_PCI_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

struct device;
struct pci_dev;
struct vkv_confine;
struct vkv_dev;
struct vkv_mem;
struct vkv_pci;

#define VKV_PCI_VENDOR 0x564bu	/* "VK"; no vendor has this ID */
#define VKV_PCI_DEVICE 0x5653u	/* "VS" */

/**
 * vkv_pci_create() - make a bus in a PCI domain of its own, with a function on
 * it
 * @vkv: the device behind the function; a reset of the function resets it
 * @name: the name of the device, which a file in sysfs shows (vkvssd_name, of the
 *	host bridge); it stays until vkv_pci_destroy()
 * @mem: the memory that has BAR 0
 * @confine: the function's DMA operations
 * @out: set to the function, which the kernel knows, but no driver yet
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, or an error of the PCI core.
 */
int __must_check vkv_pci_create(struct vkv_dev *vkv, const char *name,
				struct vkv_mem *mem, struct vkv_confine *confine,
				struct vkv_pci **out);

/**
 * vkv_pci_add() - let drivers bind to the function
 * @pci: from vkv_pci_create()
 *
 * The nvme driver may enable the controller before this returns.
 *
 * Context: may sleep; the device's threads run.
 */
void vkv_pci_add(struct vkv_pci *pci);

/**
 * vkv_pci_remove() - unplug the function
 * @pci: from vkv_pci_create()
 *
 * The nvme driver shuts the controller down meanwhile. Afterwards raising
 * vectors is still safe, and does nothing.
 *
 * Context: may sleep; the device's threads still run.
 */
void vkv_pci_remove(struct vkv_pci *pci);

/**
 * vkv_pci_destroy() - free the function and its bus
 * @pci: from vkv_pci_create(); vkv_pci_remove() has been called if
 *	vkv_pci_add() was
 *
 * Context: may sleep; no thread raises vectors.
 */
void vkv_pci_destroy(struct vkv_pci *pci);

/**
 * vkv_pci_raise() - raise an MSI-X vector
 * @pci: from vkv_pci_create()
 * @vector: the entry of the MSI-X table; one that is out of range does nothing
 *
 * Context: any; spinlocks may be held.
 */
void vkv_pci_raise(struct vkv_pci *pci, u16 vector);

/**
 * vkv_pci_reachable() - is bus mastering enabled?
 * @pci: from vkv_pci_create()
 *
 * Context: any.
 * Return: true when the device may touch host memory.
 */
bool vkv_pci_reachable(const struct vkv_pci *pci);

/**
 * vkv_pci_dev() - find the function as the kernel knows it
 * @pci: from vkv_pci_create()
 *
 * Context: any; rcu_read_lock() is held.
 * Return: the PCI device, valid until rcu_read_unlock(). NULL after somebody
 * removed it by hand, until a rescan of the bus brings another one.
 */
struct pci_dev *vkv_pci_dev(const struct vkv_pci *pci);

/**
 * vkv_pci_has() - is this device our function?
 * @pci: from vkv_pci_create()
 * @dev: any device, or NULL
 *
 * Context: any.
 * Return: true for every PCI device that the function ever had.
 */
bool vkv_pci_has(const struct vkv_pci *pci, const struct device *dev);

/**
 * vkv_pci_name() - the place of the function, such as f000:00:00.0
 * @pci: from vkv_pci_create()
 *
 * Context: any.
 * Return: a text that stays until vkv_pci_destroy().
 */
const char *vkv_pci_name(const struct vkv_pci *pci);

/**
 * vkv_pci_log() - write a line to the kernel's log that names the function
 * @pci: from vkv_pci_create()
 * @level: such as KERN_WARNING
 * @format: as of printk(); ends with a newline
 *
 * Context: any.
 */
void __printf(3, 4) vkv_pci_log(const struct vkv_pci *pci, const char *level,
				const char *format, ...);

#endif
