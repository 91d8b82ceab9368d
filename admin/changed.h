/* SPDX-License-Identifier: GPL-2.0 */
/* The namespaces that have changed (base specification 2.0, section 5.16.1.5). */
#ifndef VKV_CHANGED_H
#define VKV_CHANGED_H

#include <linux/types.h>

struct vkv_dev;

/**
 * vkv_changed() - namespaces came, went, or changed
 * @dev: the device
 * @namespaces: a bit each
 *
 * The host is told if it wants to know.
 * Context: dispatcher, like everything here.
 */
void vkv_changed(struct vkv_dev *dev, u32 namespaces);

/**
 * vkv_changed_page() - log page 04h
 * @dev: the device
 * @list: filled; zeroed before
 *
 * Return: bytes.
 */
u32 vkv_changed_page(const struct vkv_dev *dev, __le32 *list);

/**
 * vkv_changed_read() - the host has read the page
 * @dev: the device
 */
void vkv_changed_read(struct vkv_dev *dev);

#endif
