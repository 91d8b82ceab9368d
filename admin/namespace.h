/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Namespace Management and Namespace Attachment (base specification 2.0, sections
 * 5.23 and 5.22), and the same for the shell.
 */
#ifndef VKV_NAMESPACE_H
#define VKV_NAMESPACE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;
struct vkv_ns;

/**
 * vkv_namespace_management() - a Namespace Management command: create, delete
 * @dev: the device; other dispatchers pause
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status, or VKV_HELD until the namespaces are gone.
 */
u16 vkv_namespace_management(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_namespace_attachment() - a Namespace Attachment command
 * @dev: the device; other dispatchers pause
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status.
 */
u16 vkv_namespace_attachment(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_namespace_attach() - let the host see a namespace, or hide it, and tell it so
 * @dev: the device
 * @ns: one that exists
 * @attached: see it?
 *
 * Context: dispatcher, in a pause (ctrl/quiesce.h).
 * Return: 0, or -EALREADY.
 */
int __must_check vkv_namespace_attach(struct vkv_dev *dev, struct vkv_ns *ns,
				      bool attached);

/**
 * vkv_namespaces_delete() - begin to delete namespaces
 * @dev: the device; vkv_erase_idle()
 * @namespaces: a bit each; all of them exist
 * @end: called when they are gone
 *
 * Context: dispatcher, in a pause (ctrl/quiesce.h).
 */
void vkv_namespaces_delete(struct vkv_dev *dev, u32 namespaces,
			   void (*end)(struct vkv_dev *dev));

#endif
