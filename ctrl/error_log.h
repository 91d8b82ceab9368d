/* SPDX-License-Identifier: GPL-2.0 */
/* The error information log (log page 01h). */
#ifndef VKV_ERROR_LOG_H
#define VKV_ERROR_LOG_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "nvme_kv.h"

struct vkv_cmd;
struct vkv_dev;

#define VKV_NR_ERRORS 64u		/* ELPE + 1 */

struct vkv_error_log {
	spinlock_t lock;		/* protects the rest */
	struct nvme_error_entry error[VKV_NR_ERRORS];
	u64 nr_errors;			/* ever; the log keeps the last */
	u64 media_errors;
};

/**
 * vkv_error_log_init() - an empty log
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_error_log_init(struct vkv_dev *dev);

/**
 * vkv_error_log_add() - a command has failed
 * @dev: the device
 * @cmd: the command, its status set
 *
 * Context: any thread.
 */
void vkv_error_log_add(struct vkv_dev *dev, const struct vkv_cmd *cmd);

/**
 * vkv_error_log_alone() - an error that is no command's
 * @dev: the device
 * @status: the NVMe status that says it best
 *
 * Context: any thread.
 */
void vkv_error_log_alone(struct vkv_dev *dev, u16 status);

/**
 * vkv_error_log_page() - log page 01h, newest entry first
 * @dev: the device
 * @page: VKV_NR_ERRORS entries, zeroed before
 * @with_lbas: say which blocks errors were about
 *
 * Context: any thread.
 * Return: bytes.
 */
u32 vkv_error_log_page(struct vkv_dev *dev, struct nvme_error_entry *page,
		       bool with_lbas);

/**
 * vkv_error_log_counts() - how much has gone wrong
 * @dev: the device
 * @errors: entries there ever were
 * @media_errors: errors among them that damaged memory has caused
 *
 * Context: any thread.
 */
void vkv_error_log_counts(struct vkv_dev *dev, u64 *errors, u64 *media_errors);

#endif
