// SPDX-License-Identifier: GPL-2.0
/*
 * The error information log (base specification, section 5.16.1.2).
 *
 * Entries and counters live as long as the module; a controller reset clears
 * none of them.
 */
#include "ctrl/error_log.h"

#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"

void vkv_error_log_init(struct vkv_dev *dev)
{
	spin_lock_init(&dev->errors->lock);
}

static bool is_media_error(u16 status)
{
	return status == NVME_SC_KV_UNRECOVERED ||
	       status == NVME_SC_VENDOR_UNRECOVERED ||
	       status == NVME_SC_WRITE_FAULT || status == NVME_SC_READ_ERROR;
}

static void fill_entry(struct nvme_error_entry *e, const struct vkv_cmd *cmd)
{
	u16 location = cmd->location & VKV_FIELD_KNOWN ?
			       cmd->location & ~VKV_FIELD_KNOWN :
			       0xffff;

	e->sqid = cpu_to_le16(cmd->sq->qid);
	e->cid = cmd->sqe.cid;
	e->status = cpu_to_le16(cmd->status << 1);
	e->location = cpu_to_le16(location);
	e->lba = cpu_to_le64(cmd->req.lba);
	e->nsid = cmd->sqe.nsid;
}

static struct nvme_error_entry *new_entry(struct vkv_error_log *log)
{
	struct nvme_error_entry *e =
		&log->error[log->nr_errors++ % VKV_NR_ERRORS];

	lockdep_assert_held(&log->lock);
	memset(e, 0, sizeof(*e));
	e->error_count = cpu_to_le64(log->nr_errors);
	return e;
}

void vkv_error_log_add(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	struct vkv_error_log *log = dev->errors;

	spin_lock(&log->lock);
	fill_entry(new_entry(log), cmd);
	log->media_errors += is_media_error(cmd->status);
	spin_unlock(&log->lock);
}

/* All ones stand where no command is meant. */
void vkv_error_log_alone(struct vkv_dev *dev, u16 status)
{
	struct vkv_error_log *log = dev->errors;
	struct nvme_error_entry *e;

	spin_lock(&log->lock);
	e = new_entry(log);
	e->sqid = cpu_to_le16(0xffff);
	e->cid = cpu_to_le16(0xffff);
	e->status = cpu_to_le16(status << 1);
	e->location = cpu_to_le16(0xffff);
	log->media_errors += is_media_error(status);
	spin_unlock(&log->lock);
}

u32 vkv_error_log_page(struct vkv_dev *dev, struct nvme_error_entry *page,
		       bool with_lbas)
{
	struct vkv_error_log *log = dev->errors;
	u64 i;

	spin_lock(&log->lock);
	for (i = 0; i < min_t(u64, log->nr_errors, VKV_NR_ERRORS); i++) {
		page[i] = log->error[(log->nr_errors - 1 - i) % VKV_NR_ERRORS];
		if (!with_lbas)
			page[i].lba = 0;
	}
	spin_unlock(&log->lock);
	return VKV_NR_ERRORS * sizeof(*page);
}

void vkv_error_log_counts(struct vkv_dev *dev, u64 *errors, u64 *media_errors)
{
	struct vkv_error_log *log = dev->errors;

	spin_lock(&log->lock);
	*errors = log->nr_errors;
	*media_errors = log->media_errors;
	spin_unlock(&log->lock);
}
