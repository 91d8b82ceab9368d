// SPDX-License-Identifier: GPL-2.0
/*
 * The vendor dialect (opcodes 81h to B3h): decoding.
 *
 * The NSID names a keyspace: a block namespace's own, or, with NSID 0, a second
 * one beside it in the first block namespace. (A stock Linux host cannot send
 * NSID 0.) Keys of up to 16 bytes are in CDW12-15; CDW12-15 point to longer
 * ones.
 */
#include "io/vendor.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/ns.h"
#include "io/iterator.h"
#include "kv_ftl.h"
#include "nvme_kv.h"

#define FIELD_OFFSET VKV_FIELD(16, 0)
#define FIELD_LENGTH VKV_FIELD(40, 0)
#define FIELD_KEY_LEN VKV_FIELD(44, 0)
#define FIELD_OPTION VKV_FIELD(45, 0)

/* cmd->ns is set already when the NSID is a block namespace's. */
static u16 decode_keyspace(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns;

	if (cmd->ns) {
		cmd->req.key.keyspace = cmd->ns->keyspace;
		return NVME_SC_SUCCESS;
	}
	ns = cmd->sqe.nsid ? NULL : vkv_ns_first_block(dev);
	if (!ns)
		return vkv_reject(cmd, VKV_FIELD_NSID, NVME_SC_VENDOR_KEYSPACE);
	vkv_cmd_in(cmd, ns);
	cmd->req.key.keyspace = ns->keyspace0;
	return NVME_SC_SUCCESS;
}

/* Keyspace, option and key: the fields of every command on one key. */
static u16 vendor_decode_key(struct vkv_dev *dev, struct vkv_cmd *cmd,
			     u8 options)
{
	u32 dw11 = vkv_cmd_cdw11(cmd);
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

/*
 * A value's exact length: whole dwords less the bytes that do not belong to it.
 */
static u16 decode_length(struct vkv_cmd *cmd, u32 invalid)
{
	u64 len = (u64)vkv_cmd_cdw10(cmd) * 4;

	if (len > VKV_IO_MAX || invalid > len)
		return vkv_reject(cmd, FIELD_LENGTH,
				  NVME_SC_VENDOR_VALUE_SIZE);
	cmd->req.len = len - invalid;
	return NVME_SC_SUCCESS;
}

u16 vkv_vendor_store_flags(u8 option, u32 *flags)
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

u16 vkv_vendor_decode_store(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = vendor_decode_key(dev, cmd, NVME_VENDOR_STORE_OPTIONS);

	if (!status && vkv_vendor_store_flags(cmd->req.option, &cmd->req.flags))
		return vkv_reject(cmd, FIELD_OPTION, NVME_SC_VENDOR_OPTION);
	if (!status)
		status = decode_offset(cmd);
	if (!status)
		status = decode_length(cmd, (vkv_cmd_cdw11(cmd) >> 16) & 3);
	return status;
}

u16 vkv_vendor_decode_append(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = vkv_vendor_decode_store(dev, cmd);

	if (status)
		return status;
	/* An append goes to the end, so it takes no offset. */
	if (cmd->req.offset)
		return vkv_reject(cmd, FIELD_OFFSET,
				  NVME_SC_VENDOR_VALUE_OFFSET);
	cmd->req.flags |= VKV_STORE_APPEND;
	return NVME_SC_SUCCESS;
}

u16 vkv_vendor_decode_retrieve(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = vendor_decode_key(dev, cmd, NVME_VENDOR_RETRIEVE_OPTIONS);

	if (!status)
		status = decode_offset(cmd);
	if (!status)
		status = decode_length(cmd, 0);
	if (cmd->req.option & NVME_VENDOR_RETRIEVE_SIZE)
		cmd->req.len = 0;
	return status;
}

u16 vkv_vendor_decode_delete(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = vendor_decode_key(dev, cmd, NVME_VENDOR_DELETE_CHECK);

	if (cmd->req.option & NVME_VENDOR_DELETE_CHECK)
		cmd->req.flags = VKV_STORE_IF_PRESENT;
	return status;
}

u16 vkv_vendor_decode_exist(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return vendor_decode_key(dev, cmd, 0);
}

u16 vkv_vendor_decode_batch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = decode_keyspace(dev, cmd);
	u32 nr = vkv_cmd_cdw11(cmd) >> 24;

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

u16 vkv_vendor_decode_iter_request(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u8 option = vkv_cmd_cdw11(cmd) >> 8;
	u16 status = decode_keyspace(dev, cmd);

	if (status)
		return status;
	cmd->req.option = option;
	if (option == NVME_VENDOR_ITER_CLOSE)
		return NVME_SC_SUCCESS;
	if ((option & NVME_VENDOR_ITER_OPEN) && vkv_iter_type(option))
		return NVME_SC_SUCCESS;
	return vkv_reject(cmd, FIELD_OPTION, NVME_SC_VENDOR_OPTION);
}

/* A read is of its iterator's namespace, whatever its NSID says. */
u16 vkv_vendor_decode_iter_read(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u64 len = (u64)vkv_cmd_cdw10(cmd) * 4;

	vkv_iter_enter_ns(dev, cmd);
	if (len < sizeof(__le32) || len > VKV_IO_MAX)
		return vkv_reject(cmd, FIELD_LENGTH, NVME_SC_VENDOR_VALUE_SIZE);
	cmd->req.len = len;
	return NVME_SC_SUCCESS;
}
