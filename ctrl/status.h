/* SPDX-License-Identifier: GPL-2.0 */
/* NVMe statuses: the one place where an errno becomes one. */
#ifndef VKV_STATUS_H
#define VKV_STATUS_H

#include <linux/types.h>

struct vkv_cmd;

/**
 * vkv_status_of_block() - an errno in the NVM Command Set
 * @cmd: the command that failed
 * @err: negative errno from its execution
 *
 * Context: any.
 * Return: an NVMe status.
 */
u16 vkv_status_of_block(const struct vkv_cmd *cmd, int err);

/**
 * vkv_status_of_vendor() - an errno in the vendor dialect
 * @cmd: the command that failed
 * @err: negative errno from its execution
 *
 * Context: any.
 * Return: an NVMe status.
 */
u16 vkv_status_of_vendor(const struct vkv_cmd *cmd, int err);

/**
 * vkv_status_of_standard() - an errno in the Key Value Command Set
 * @cmd: the command that failed
 * @err: negative errno from its execution
 *
 * Context: any.
 * Return: an NVMe status.
 */
u16 vkv_status_of_standard(const struct vkv_cmd *cmd, int err);

/**
 * vkv_status_of_transfer() - an errno of a walk over a host buffer
 * @err: from a function of ctrl/prp.h, not 0
 *
 * Context: any.
 * Return: an NVMe status, the same in every command set.
 */
u16 vkv_status_of_transfer(int err);

/**
 * vkv_status_of_reading() - how sending a value to the host ended
 * @err: from a function of ctrl/prp.h, or 0
 *
 * Context: any.
 * Return: 0; -EIO when the value could not be read; an NVMe status when the
 * host's buffer is to blame.
 */
int vkv_status_of_reading(int err);

/**
 * vkv_status_is_error() - does a status say that something is wrong?
 * @status: NVMe status
 *
 * A missed key is an answer, and an aborted command was meant to be aborted.
 * Context: any.
 * Return: true when it does.
 */
bool vkv_status_is_error(u16 status);

#endif
