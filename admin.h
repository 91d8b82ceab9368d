/* SPDX-License-Identifier: GPL-2.0 */
/* Admin commands: queues, identify, log pages. */
#ifndef VKV_ADMIN_H
#define VKV_ADMIN_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_command_set;
struct vkv_dev;
struct vkv_ns;

extern const struct vkv_command_set vkv_admin_set;

/* From a handler: the command stays with it. No NVMe status. */
#define VKV_HELD 0xffff

/**
 * vkv_admin_dispatch() - carry an admin command out, or keep it
 * @dev: the device
 * @cmd: fetched from queue 0
 *
 * Context: dispatcher, like everything here.
 */
void vkv_admin_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_admin_round() - go on with what waits: deletions, full queues
 * @dev: the device
 *
 * Return: true when something was done.
 */
bool vkv_admin_round(struct vkv_dev *dev);

/**
 * vkv_admin_drop() - reset: end what the dispatcher holds, unanswered
 * @dev: the device
 */
void vkv_admin_drop(struct vkv_dev *dev);

/**
 * vkv_nr_io_queues() - I/O queue pairs that a host can have
 * @dev: the device
 */
u32 vkv_nr_io_queues(const struct vkv_dev *dev);

/**
 * vkv_admin_to_host() - a page of data for the host
 * @dev: the device
 * @cmd: whose data pointer
 * @buf: our bytes
 * @len: how many
 *
 * Return: NVMe status.
 */
u16 vkv_admin_to_host(struct vkv_dev *dev, struct vkv_cmd *cmd, const void *buf,
		      u32 len);

/**
 * vkv_admin_from_host() - a little data of the host's
 * @dev: the device
 * @cmd: whose data pointer
 * @buf: where to
 * @len: how many bytes
 *
 * Return: NVMe status.
 */
u16 vkv_admin_from_host(struct vkv_dev *dev, struct vkv_cmd *cmd, void *buf,
			u32 len);

/**
 * vkv_identify() - Identify (section 5.17)
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_identify(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_identify_is_early() - would this answer let a namespace overtake another?
 * @dev: the device
 * @cmd: an Identify
 *
 * Linux from 6.10 on scans namespaces side by side and numbers their nodes as
 * they come. That namespace 1 is /dev/nvme0n1 everywhere, the identification
 * descriptors of the later ones wait until the earlier ones have their nodes, as
 * far as that can be seen from outside, and for a fraction of a second at most.
 *
 * Return: true when the command should wait.
 */
bool vkv_identify_is_early(struct vkv_dev *dev, const struct vkv_cmd *cmd);

/**
 * vkv_get_log() - Get Log Page (section 5.16)
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_get_log(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_ns_used() - bytes charged to a namespace
 * @dev: the device
 * @ns: which
 *
 * Context: any thread. Return: never above the namespace's size.
 */
u64 vkv_ns_used(const struct vkv_dev *dev, const struct vkv_ns *ns);

#endif
