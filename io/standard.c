// SPDX-License-Identifier: GPL-2.0
/*
 * The Key Value Command Set (CSI 1): decoding, and List.
 *
 * Keys of 1 to 16 bytes are in CDW2-3 and CDW14-15, byte 0 lowest.
 */
#include "io/standard.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/ns.h"
#include "ctrl/prp.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "vkv_assert.h"

/* List looks at so many times 64 keys before other commands run. */
#define LIST_BUDGET 64u

static u16 standard_decode_key(struct vkv_cmd *cmd, u16 wrong_length)
{
	u32 dw11 = vkv_cmd_cdw11(cmd);
	u32 len = dw11 & 0xff;

	cmd->req.option = dw11 >> 8;
	cmd->req.key.keyspace = cmd->ns->keyspace;
	if (!len || len > NVME_KV_KEY_MAX)
		return vkv_reject(cmd, VKV_FIELD(44, 0), wrong_length);
	cmd->req.key.len = len;
	cmd->req.key.data = cmd->req.key_bytes;
	memcpy(cmd->req.key_bytes, cmd->sqe.key_low, 8);
	memcpy(cmd->req.key_bytes + 8, cmd->sqe.key_high, 8);
	return NVME_SC_SUCCESS;
}

static u16 check_options(struct vkv_cmd *cmd, u8 known)
{
	if (!(cmd->req.option & ~known))
		return NVME_SC_SUCCESS;
	return vkv_reject(cmd, VKV_FIELD(45, 0), NVME_SC_INVALID_FIELD);
}

u16 vkv_standard_decode_store(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const u8 both = NVME_KV_STORE_IF_PRESENT | NVME_KV_STORE_IF_ABSENT;
	u16 status = standard_decode_key(cmd, NVME_SC_KV_KEY_SIZE);

	if (!status)
		status = check_options(cmd, both | NVME_KV_STORE_NO_COMPRESS);
	if (status)
		return status;
	if ((cmd->req.option & both) == both)
		return vkv_reject(cmd, VKV_FIELD(45, 0), NVME_SC_INVALID_FIELD);
	if (cmd->req.option & NVME_KV_STORE_IF_PRESENT)
		cmd->req.flags |= VKV_STORE_IF_PRESENT;
	if (cmd->req.option & NVME_KV_STORE_IF_ABSENT)
		cmd->req.flags |= VKV_STORE_IF_ABSENT;
	cmd->req.len = vkv_cmd_cdw10(cmd);
	if (cmd->req.len > VKV_IO_MAX)
		return vkv_reject(cmd, VKV_FIELD(40, 0), NVME_SC_KV_VALUE_SIZE);
	return NVME_SC_SUCCESS;
}

/* A host buffer. No byte is moved beyond it, so any content of it will do. */
static u16 decode_buffer(struct vkv_cmd *cmd, u32 least)
{
	cmd->req.len = vkv_cmd_cdw10(cmd);
	if (cmd->req.len >= least && cmd->req.len <= VKV_IO_MAX)
		return NVME_SC_SUCCESS;
	return vkv_reject(cmd, VKV_FIELD(40, 0), NVME_SC_INVALID_FIELD);
}

u16 vkv_standard_decode_retrieve(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = standard_decode_key(cmd, NVME_SC_INVALID_FIELD);

	if (!status)
		status = check_options(cmd, NVME_KV_RETRIEVE_RAW);
	return status ? status : decode_buffer(cmd, 0);
}

/* Key length 0 means the beginning. */
u16 vkv_standard_decode_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_buffer(cmd, sizeof(__le32));

	if (status)
		return status;
	status = standard_decode_key(cmd, NVME_SC_INVALID_FIELD);
	return vkv_cmd_cdw11(cmd) & 0xff ? status : NVME_SC_SUCCESS;
}

u16 vkv_standard_decode_delete(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	/* Feature 20h, bit 0: an absent key is an error. */
	if (READ_ONCE(cmd->ns->kv_config) & 1)
		cmd->req.flags = VKV_STORE_IF_PRESENT;
	return standard_decode_key(cmd, NVME_SC_INVALID_FIELD);
}

u16 vkv_standard_decode_exist(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return standard_decode_key(cmd, NVME_SC_INVALID_FIELD);
}

u16 vkv_standard_decode_flush(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return NVME_SC_SUCCESS;
}

/* --- List --- */

static int begin_list(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_scan *scan = &w->scan;
	const struct vkv_key *key = &cmd->req.key;
	int ret;

	memset(&scan->cursor, 0, sizeof(scan->cursor));
	scan->bytes = sizeof(__le32);
	scan->count = 0;
	if (key->len) {
		ret = vkv_ftl_lookup(w->ctx, key, 0, 0, &w->view, &w->fp);
		if (ret && ret != -ENOENT)
			return ret;
		if (!ret)
			vkv_ftl_seek(w->ctx, key, &scan->cursor);
	}
	scan->owner = cmd;
	return 0;
}

/* One key to the buffer; -ENOSPC when there is no room for it. */
static int list_put_key(struct vkv_scan *scan, struct vkv_xfer *x,
			const struct vkv_key *key, u32 room)
{
	u8 record[ALIGN(2 + VKV_KEY_MAX, 4)] = { 0 };
	u32 len = ALIGN(2 + key->len, 4);
	int ret;

	VKV_ASSERT(key->len <= NVME_KV_KEY_MAX);
	if (scan->bytes + len > room)
		return -ENOSPC;
	record[0] = key->len;
	memcpy(record + 2, key->data, key->len);
	ret = vkv_xfer_to_host(x, record, len);
	if (ret)
		return vkv_status_of_transfer(ret);
	scan->bytes += len;
	scan->count++;
	return 0;
}

static int list_keys(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct vkv_xfer *x)
{
	u32 budget = LIST_BUDGET;
	struct vkv_key key;
	int ret;

	do {
		ret = vkv_ftl_next(w->ctx, cmd->req.key.keyspace, &w->scan.cursor,
				   NULL, NULL, &budget, &key, &w->fp);
		if (!ret)
			ret = list_put_key(&w->scan, x, &key, cmd->req.len);
	} while (!ret);
	return ret;
}

static int end_list(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	__le32 count = cpu_to_le32(w->scan.count);
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_to_host(&x, &count, sizeof(count));
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	return ret ? vkv_status_of_transfer(ret) : 0;
}

/* A worker lists for one command at a time; a long one goes on next round. */
int vkv_standard_list(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_xfer x;
	int ret = 0;

	if (w->scan.owner && w->scan.owner != cmd)
		return -EAGAIN;
	if (!w->scan.owner)
		ret = begin_list(w, cmd);
	if (ret)
		return ret;
	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_skip(&x, w->scan.bytes);
	if (ret)
		ret = vkv_status_of_transfer(ret);
	else
		ret = list_keys(w, cmd, &x);
	if (ret == -EAGAIN) {
		cmd->progressed = true;
		return ret;
	}
	w->scan.owner = NULL;
	return ret == -ENOENT || ret == -ENOSPC ? end_list(w, cmd) : ret;
}

void vkv_standard_drop_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_worker *w = cmd->worker;

	/* A command without a worker has failed to decode. */
	if (w && w->scan.owner == cmd)
		w->scan.owner = NULL;
}
