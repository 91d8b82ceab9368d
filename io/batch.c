// SPDX-License-Identifier: GPL-2.0
/*
 * The vendor dialect's batch of up to eight stores.
 *
 * The host's buffer has a head with a descriptor for each store, then each
 * store's key and value. All values are in place before the first key changes,
 * so a batch that cannot be stored as a whole changes nothing (docs/limits.md
 * has the exceptions).
 */
#include "io/batch.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/prp.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "io/vendor.h"
#include "io/verbs.h"
#include "vkv_assert.h"

struct batch {
	unsigned int nr;
	struct nvme_vendor_batch_sub sub[NVME_VENDOR_BATCH_MAX];
	struct vkv_ask ask[NVME_VENDOR_BATCH_MAX];
};

static_assert(NVME_VENDOR_BATCH_MAX <= VKV_STORES_MAX);

static u32 padded(u32 len)
{
	return ALIGN(len, NVME_VENDOR_BATCH_UNIT);
}

/* Offset of the value in a sub-command. */
static u32 sub_value_at(const struct nvme_vendor_batch_sub *sub)
{
	return NVME_VENDOR_BATCH_UNIT + padded(sub->key_size);
}

/* Bytes of a whole sub-command. */
static u32 sub_size(const struct nvme_vendor_batch_sub *sub)
{
	return sub_value_at(sub) + padded(le32_to_cpu(sub->value_size));
}

/* A sub-command's own NSID is its command's, or left zero. */
static u16 check_sub(const struct vkv_cmd *cmd,
		     const struct nvme_vendor_batch_sub *sub)
{
	u32 flags = 0;

	if (sub->opcode != NVME_VENDOR_STORE)
		return NVME_SC_INVALID_FIELD;
	if (!sub->key_size)
		return NVME_SC_VENDOR_KEY_SIZE;
	if (le32_to_cpu(sub->value_size) > VKV_IO_MAX)
		return NVME_SC_VENDOR_VALUE_SIZE;
	if (sub->nsid && sub->nsid != vkv_cmd_nsid(cmd))
		return NVME_SC_VENDOR_KEYSPACE;
	return vkv_vendor_store_flags(sub->option, &flags);
}

/* Every sub-command is checked before the first has an effect. */
static u16 check_batch(const struct vkv_cmd *cmd, const struct batch *b)
{
	u64 end = NVME_VENDOR_BATCH_HEAD;
	unsigned int i;
	u16 status;

	for (i = 0; i < b->nr; i++) {
		status = check_sub(cmd, &b->sub[i]);
		if (status)
			return status;
		end += sub_size(&b->sub[i]);
	}
	return end > cmd->req.len ? NVME_SC_VENDOR_VALUE_SIZE : NVME_SC_SUCCESS;
}

/* Notes the key, the length and the conditions of the @i-th sub-command. */
static int read_ask(struct vkv_worker *w, struct vkv_cmd *cmd,
		    struct vkv_xfer *x, struct batch *b, unsigned int i)
{
	const struct nvme_vendor_batch_sub *sub = &b->sub[i];
	u32 len = le32_to_cpu(sub->value_size);
	struct vkv_key key = { w->batch_key[i], sub->key_size,
			       cmd->req.key.keyspace };
	u32 flags = 0;
	int ret;

	ret = vkv_xfer_skip(x, NVME_VENDOR_BATCH_UNIT);
	if (!ret)
		ret = vkv_xfer_from_host(x, w->batch_key[i], sub->key_size);
	if (!ret)
		ret = vkv_xfer_skip(x, padded(sub->key_size) - sub->key_size +
					       padded(len));
	if (ret)
		return vkv_status_of_transfer(ret);
	vkv_vendor_store_flags(sub->option, &flags);
	b->ask[i] = (struct vkv_ask){ key, len, flags };
	return 0;
}

static int read_value(struct vkv_xfer *x, const struct vkv_txn *txn,
		      const struct nvme_vendor_batch_sub *sub)
{
	u32 len = le32_to_cpu(sub->value_size);
	int ret = vkv_xfer_skip(x, sub_value_at(sub));
	unsigned int i;

	for (i = 0; i < txn->nr && !ret; i++)
		ret = vkv_xfer_from_host(x, txn->piece[i].data,
					 txn->piece[i].len);
	return ret ?: vkv_xfer_skip(x, padded(len) - len);
}

/* Moves @x to the beginning of sub-command @first. */
static int seek_sub(struct vkv_xfer *x, struct vkv_dev *dev,
		    struct vkv_cmd *cmd, const struct batch *b,
		    unsigned int first)
{
	u32 at = NVME_VENDOR_BATCH_HEAD;

	vkv_xfer_init(x, dev, cmd, cmd->req.len);
	while (first--)
		at += sub_size(&b->sub[first]);
	return vkv_xfer_skip(x, at);
}

static int read_asks(struct vkv_worker *w, struct vkv_cmd *cmd, struct batch *b,
		     unsigned int first)
{
	struct vkv_xfer x;
	unsigned int i;
	int ret = seek_sub(&x, w->dev, cmd, b, first);

	if (ret)
		return vkv_status_of_transfer(ret);
	for (i = first; i < b->nr && !ret; i++)
		ret = read_ask(w, cmd, &x, b, i);
	return ret;
}

static int read_values(struct vkv_worker *w, struct vkv_cmd *cmd,
		       const struct batch *b, unsigned int first)
{
	struct vkv_xfer x;
	unsigned int i;
	int ret = seek_sub(&x, w->dev, cmd, b, first);

	for (i = first; i < b->nr && !ret; i++)
		ret = read_value(&x, &w->txn[i], &b->sub[i]);
	if (!ret)
		return 0;
	for (i = first; i < b->nr; i++)
		vkv_ftl_abort(w->ctx, &w->txn[i]);
	return vkv_status_of_transfer(ret);
}

/* When the rest has to wait, stores that were made are not made again. */
static int commit_subs(struct vkv_worker *w, struct vkv_cmd *cmd,
		       const struct batch *b, unsigned int first)
{
	unsigned int done;
	int ret = vkv_ftl_commit_all(w->ctx, &w->txn[first], b->nr - first,
				     &done, &w->fp);

	vkv_worker_count(w, VKV_COUNT_WRITES, done);
	cmd->req.progress += done;
	cmd->progressed = done;
	if (!ret)
		vkv_cmd_moved(cmd, VKV_COUNT_WRITTEN_BYTES, cmd->req.len);
	return ret;
}

/* All values are in place before the first key changes. */
static int store_batch(struct vkv_worker *w, struct vkv_cmd *cmd,
		       struct batch *b)
{
	unsigned int first = cmd->req.progress;
	int ret;

	VKV_ASSERT(first < b->nr && b->nr <= NVME_VENDOR_BATCH_MAX);
	ret = read_asks(w, cmd, b, first);
	if (!ret)
		ret = vkv_ftl_reserve_all(w->ctx, &b->ask[first], b->nr - first,
					  &w->txn[first], &w->fp);
	if (!ret)
		ret = read_values(w, cmd, b, first);
	return ret ?: commit_subs(w, cmd, b, first);
}

static int read_head(struct vkv_worker *w, struct vkv_cmd *cmd, struct batch *b)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_from_host(&x, b->sub, sizeof(b->sub));
	return ret ? vkv_status_of_transfer(ret) : check_batch(cmd, b);
}

int vkv_batch_store(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct batch b = { .nr = vkv_cmd_cdw11(cmd) >> 24 };
	int ret = read_head(w, cmd, &b);

	if (!ret) {
		vkv_ftl_use_aside(w->ctx, &cmd->req.aside);
		ret = store_batch(w, cmd, &b);
		vkv_ftl_use_aside(w->ctx, NULL);
	}
	if (ret != -EAGAIN)
		vkv_io_give_back(w->dev, cmd);
	return ret;
}
