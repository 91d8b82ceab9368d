// SPDX-License-Identifier: GPL-2.0
/*
 * The vendor dialect (opcodes 81h to B3h): decoding and statuses.
 *
 * The NSID names a keyspace: a block namespace's own, or with 0, which a stock
 * Linux host cannot send, one beside it in the first block namespace. Keys of
 * up to 16 bytes are in CDW12-15, longer ones where CDW12-15 point to.
 */
#include "io.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "ctrl/dev.h"

#define FIELD_NSID VKV_FIELD(4, 0)
#define FIELD_OFFSET VKV_FIELD(16, 0)
#define FIELD_LENGTH VKV_FIELD(40, 0)
#define FIELD_KEY_LEN VKV_FIELD(44, 0)
#define FIELD_OPTION VKV_FIELD(45, 0)

static struct vkv_ns *first_block_ns(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_ns; i++)
		if (dev->ns[i].kind == VKV_NS_BLOCK)
			return &dev->ns[i];
	return NULL;
}

/* cmd->ns is set already when the NSID is a block namespace's. */
static u16 decode_keyspace(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns;

	if (cmd->ns) {
		cmd->req.key.keyspace = cmd->ns->keyspace;
		return NVME_SC_SUCCESS;
	}
	ns = cmd->sqe.nsid ? NULL : first_block_ns(dev);
	if (!ns)
		return vkv_reject(cmd, FIELD_NSID, NVME_SC_VENDOR_KEYSPACE);
	vkv_cmd_in(cmd, ns);
	cmd->req.key.keyspace = ns->keyspace0;
	return NVME_SC_SUCCESS;
}

/* Keyspace, option and key: the fields of every command on one key. */
static u16 decode_key(struct vkv_dev *dev, struct vkv_cmd *cmd, u8 options)
{
	u32 dw11 = le32_to_cpu(cmd->sqe.cdw11);
	u32 len = (dw11 & 0xff) + 1;
	u16 status = decode_keyspace(dev, cmd);

	if (status)
		return status;
	cmd->req.option = dw11 >> 8;
	if (len > VKV_KEY_MAX)
		return vkv_reject(cmd, FIELD_KEY_LEN, NVME_SC_VENDOR_KEY_SIZE);
	if (cmd->req.option & ~options)
		return vkv_reject(cmd, FIELD_OPTION, NVME_SC_VENDOR_OPTION);
	cmd->req.key.len = len;
	cmd->req.key_by_prp = len > NVME_VENDOR_INLINE_KEY;
	cmd->req.key.data = cmd->sqe.vendor_key;
	return NVME_SC_SUCCESS;
}

/* The value's offset in CDW4, which is the low half of MPTR. */
static u16 decode_offset(struct vkv_cmd *cmd)
{
	cmd->req.offset = lower_32_bits(le64_to_cpu(cmd->sqe.mptr));
	if (cmd->req.offset % NVME_VENDOR_OFFSET_UNIT)
		return vkv_reject(cmd, FIELD_OFFSET,
				  NVME_SC_VENDOR_OFFSET_ALIGN);
	return NVME_SC_SUCCESS;
}

/* A value's length, exact: whole dwords less what does not belong to it. */
static u16 decode_length(struct vkv_cmd *cmd, u32 invalid)
{
	u64 len = (u64)le32_to_cpu(cmd->sqe.cdw10) * 4;

	if (len > VKV_IO_MAX || invalid > len)
		return vkv_reject(cmd, FIELD_LENGTH,
				  NVME_SC_VENDOR_VALUE_SIZE);
	cmd->req.len = len - invalid;
	return NVME_SC_SUCCESS;
}

static u16 store_flags(u8 option, u32 *flags)
{
	const u8 both = NVME_VENDOR_STORE_IDEMPOTENT |
			NVME_VENDOR_STORE_UPDATE_ONLY;

	if ((option & ~NVME_VENDOR_STORE_OPTIONS) || (option & both) == both)
		return NVME_SC_VENDOR_OPTION;
	if (option & NVME_VENDOR_STORE_IDEMPOTENT)
		*flags |= VKV_STORE_IF_ABSENT;
	if (option & NVME_VENDOR_STORE_UPDATE_ONLY)
		*flags |= VKV_STORE_IF_PRESENT;
	return NVME_SC_SUCCESS;
}

static u16 decode_store(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_key(dev, cmd, NVME_VENDOR_STORE_OPTIONS);

	if (!status && store_flags(cmd->req.option, &cmd->req.flags))
		return vkv_reject(cmd, FIELD_OPTION, NVME_SC_VENDOR_OPTION);
	if (!status)
		status = decode_offset(cmd);
	if (!status)
		status = decode_length(cmd, (le32_to_cpu(cmd->sqe.cdw11) >> 16) &
						    3);
	return status;
}

static u16 decode_append(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_store(dev, cmd);

	if (status)
		return status;
	/* An append says by itself where it goes. */
	if (cmd->req.offset)
		return vkv_reject(cmd, FIELD_OFFSET,
				  NVME_SC_VENDOR_VALUE_OFFSET);
	cmd->req.flags |= VKV_STORE_APPEND;
	return NVME_SC_SUCCESS;
}

static u16 decode_retrieve(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_key(dev, cmd, NVME_VENDOR_RETRIEVE_OPTIONS);

	if (!status)
		status = decode_offset(cmd);
	if (!status)
		status = decode_length(cmd, 0);
	if (cmd->req.option & NVME_VENDOR_RETRIEVE_SIZE)
		cmd->req.len = 0;
	return status;
}

static u16 decode_delete(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_key(dev, cmd, NVME_VENDOR_DELETE_CHECK);

	if (cmd->req.option & NVME_VENDOR_DELETE_CHECK)
		cmd->req.flags = VKV_STORE_IF_PRESENT;
	return status;
}

static u16 decode_exist(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return decode_key(dev, cmd, 0);
}

static u16 decode_batch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_keyspace(dev, cmd);
	u32 nr = le32_to_cpu(cmd->sqe.cdw11) >> 24;

	if (!status)
		status = decode_length(cmd, 0);
	if (status)
		return status;
	if (!nr || nr > NVME_VENDOR_BATCH_MAX)
		return vkv_reject(cmd, VKV_FIELD(47, 0), NVME_SC_INVALID_FIELD);
	if (cmd->req.len < NVME_VENDOR_BATCH_HEAD)
		return vkv_reject(cmd, FIELD_LENGTH, NVME_SC_VENDOR_VALUE_SIZE);
	return NVME_SC_SUCCESS;
}

/* --- batch --- */

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

/* Bytes of a sub-command up to its value, and all of them. */
static u32 sub_value_at(const struct nvme_vendor_batch_sub *sub)
{
	return NVME_VENDOR_BATCH_UNIT + padded(sub->key_size);
}

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
	if (sub->nsid && sub->nsid != le32_to_cpu(cmd->sqe.nsid))
		return NVME_SC_VENDOR_KEYSPACE;
	return store_flags(sub->option, &flags);
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
	return end > cmd->req.len ? NVME_SC_VENDOR_VALUE_SIZE :
				    NVME_SC_SUCCESS;
}

/* What the @i-th sub-command stores, and under which conditions. */
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
		return vkv_xfer_status(ret);
	store_flags(sub->option, &flags);
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

/* To where the @first sub-command begins. */
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

static int read_asks(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct batch *b, unsigned int first)
{
	struct vkv_xfer x;
	unsigned int i;
	int ret = seek_sub(&x, w->dev, cmd, b, first);

	if (ret)
		return vkv_xfer_status(ret);
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
	return vkv_xfer_status(ret);
}

/* What has been stored is not stored again when the rest has to wait. */
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
	int ret = read_asks(w, cmd, b, first);

	if (!ret)
		ret = vkv_ftl_reserve_all(w->ctx, &b->ask[first],
					  b->nr - first, &w->txn[first],
					  &w->fp);
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
	return ret ? vkv_xfer_status(ret) : check_batch(cmd, b);
}

static int exec_batch(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct batch b = { .nr = le32_to_cpu(cmd->sqe.cdw11) >> 24 };
	int ret = read_head(w, cmd, &b);

	if (!ret) {
		vkv_ftl_use_aside(w->ctx, &cmd->req.aside);
		ret = store_batch(w, cmd, &b);
		vkv_ftl_use_aside(w->ctx, NULL);
	}
	if (ret != -EAGAIN)
		vkv_io_drop(w, cmd);
	return ret;
}

/* --- the table --- */

#define SUPPORTED NVME_EFFECT_CSUPP
#define CHANGES NVME_EFFECT_CHANGES

static const struct vkv_opcode vendor_ops[] = {
	{ NVME_VENDOR_STORE, "store", CHANGES, decode_store, vkv_kv_store,
	  true },
	{ NVME_VENDOR_APPEND, "append", CHANGES, decode_append, vkv_kv_store },
	{ NVME_VENDOR_BATCH, "batch", CHANGES, decode_batch, exec_batch },
	{ NVME_VENDOR_RETRIEVE, "retrieve", SUPPORTED, decode_retrieve,
	  vkv_kv_retrieve, true },
	{ NVME_VENDOR_DELETE, "delete", CHANGES, decode_delete, vkv_kv_delete,
	  true },
	{ NVME_VENDOR_ITER_REQUEST, "iterate request", CHANGES,
	  vkv_iter_decode_request, vkv_iter_exec_request },
	{ NVME_VENDOR_ITER_READ, "iterate read", SUPPORTED,
	  vkv_iter_decode_read, vkv_iter_exec_read },
	{ NVME_VENDOR_EXIST, "exist", SUPPORTED, decode_exist, vkv_kv_exist,
	  true },
};

static u16 vendor_status(const struct vkv_cmd *cmd, int err)
{
	switch (err) {
	case -ENOENT:
		return NVME_SC_VENDOR_NO_KEY;
	case -EEXIST:
		return NVME_SC_VENDOR_EXISTS;
	case -ENOSPC:
		return NVME_SC_VENDOR_CAPACITY;
	case -EFBIG:
		return cmd->req.offset ? NVME_SC_VENDOR_VALUE_SIZE :
					 NVME_SC_VENDOR_VALUE_MAX;
	case -ERANGE:
		return NVME_SC_VENDOR_VALUE_OFFSET;
	default:
		return NVME_SC_VENDOR_UNRECOVERED;
	}
}

const struct vkv_command_set vkv_vendor_set = {
	.ops = vendor_ops,
	.nr = ARRAY_SIZE(vendor_ops),
	.status = vendor_status,
};

u16 vkv_vendor_keyspace(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return decode_keyspace(dev, cmd);
}
