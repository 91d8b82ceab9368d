/* SPDX-License-Identifier: GPL-2.0 */
/* The DMA operations of the function, which confine it to mapped memory. */
#ifndef VKV_CONFINE_H
#define VKV_CONFINE_H

#include <linux/dma-map-ops.h>
#include <linux/types.h>

#include "vkv.h"

/**
 * struct vkv_confine - one device's DMA operations
 * @ops: they are found in struct device, and lead to the rest
 * @mappings: what its driver has mapped; NULL for a device that is not confined
 */
struct vkv_confine {
	struct dma_map_ops ops;
	struct vkv_mappings *mappings;
};

/**
 * vkv_confine_create() - make a table of mappings, and the operations
 * @c: filled; zeroed before
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_confine_create(struct vkv_confine *c);

/**
 * vkv_confine_destroy() - free the table
 * @c: from vkv_confine_create(), or zeroed; no device uses it any more
 *
 * A line of the log says so when a driver has left pages mapped.
 *
 * Context: may sleep.
 */
void vkv_confine_destroy(struct vkv_confine *c);

/**
 * vkv_confine_device() - give the operations to a device
 * @c: from vkv_confine_create(), or zeroed, which does nothing
 * @dev: the device; no driver has mapped memory for it yet
 *
 * Context: any.
 */
void vkv_confine_device(struct vkv_confine *c, struct device *dev);

#endif
