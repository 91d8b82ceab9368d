/* SPDX-License-Identifier: GPL-2.0 */
/* The error information log and SMART: what went wrong, how much was done. */
#ifndef VKV_HEALTH_H
#define VKV_HEALTH_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "nvme_kv.h"

struct vkv_cmd;
struct vkv_dev;

#define VKV_NR_ERRORS 64u		/* ELPE + 1 */

/* A field of the submission entry, for vkv_cmd.location; 0 is "unknown". */
#define VKV_FIELD(byte, bit) ((byte) | (bit) << 8)
#define VKV_FIELD_KNOWN 0x8000
#define VKV_FIELD_OPCODE VKV_FIELD_KNOWN

struct vkv_health {
	spinlock_t lock;		/* protects the next three */
	struct nvme_error_entry error[VKV_NR_ERRORS];
	u64 nr_errors;			/* ever; the log keeps the last */
	u64 media_errors;

	/* Dispatcher only. */
	u8 reported;			/* critical warnings that were events */
};

/**
 * vkv_reject() - name the field that is wrong, for the error log
 * @cmd: the command
 * @field: VKV_FIELD() or VKV_FIELD_OPCODE
 * @status: NVMe status
 *
 * Return: @status.
 */
u16 vkv_reject(struct vkv_cmd *cmd, u16 field, u16 status);

/**
 * vkv_health_init() - an empty log
 * @dev: the device
 */
void vkv_health_init(struct vkv_dev *dev);

/**
 * vkv_health_log() - an error for the log
 * @dev: the device
 * @cmd: the command that failed, its status set
 *
 * Context: any thread.
 */
void vkv_health_log(struct vkv_dev *dev, const struct vkv_cmd *cmd);

/**
 * vkv_health_log_alone() - an error that is no command's
 * @dev: the device
 * @status: the NVMe status that says it best
 *
 * Context: any thread.
 */
void vkv_health_log_alone(struct vkv_dev *dev, u16 status);

/**
 * vkv_health_check() - do critical warnings call for an event?
 * @dev: the device
 *
 * Each warning that feature 0Bh lets through is an event when it begins.
 * Context: dispatcher; after thresholds or the feature have changed.
 */
void vkv_health_check(struct vkv_dev *dev);

/**
 * vkv_health_error_page() - log page 01h into dev->page, newest entry first
 * @dev: the device
 *
 * Return: bytes.
 */
u32 vkv_health_error_page(struct vkv_dev *dev);

/**
 * vkv_health_smart_page() - log page 02h into dev->page
 * @dev: the device
 *
 * Return: bytes.
 */
u32 vkv_health_smart_page(struct vkv_dev *dev);

#endif
