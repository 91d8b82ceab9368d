// SPDX-License-Identifier: GPL-2.0
/*
 * NVMe statuses.
 *
 * The FTL and the walks over host buffers answer with an errno. Each command
 * set has statuses of its own for it, so there is a function for each of them
 * here.
 */
#include "ctrl/status.h"

#include <linux/errno.h>

#include "ctrl/command.h"
#include "nvme_kv.h"

/* A write of a part of a unit reads the unit first, so it can meet damage. */
u16 vkv_status_of_block(const struct vkv_cmd *cmd, int err)
{
	switch (err) {
	case -ENOSPC:
		return NVME_SC_CAPACITY;
	case -EIO:
		return cmd->sqe.opcode == NVME_NVM_READ ? NVME_SC_READ_ERROR :
							  NVME_SC_WRITE_FAULT;
	default:
		return NVME_SC_INTERNAL;
	}
}

u16 vkv_status_of_vendor(const struct vkv_cmd *cmd, int err)
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

u16 vkv_status_of_standard(const struct vkv_cmd *cmd, int err)
{
	switch (err) {
	case -ENOENT:
		return NVME_SC_KV_NO_KEY;
	case -EEXIST:
		return NVME_SC_KV_KEY_EXISTS;
	case -ENOSPC:
		return NVME_SC_CAPACITY;
	default:
		return NVME_SC_KV_UNRECOVERED;
	}
}

u16 vkv_status_of_transfer(int err)
{
	switch (err) {
	case -EINVAL:
		return NVME_SC_PRP_OFFSET;
	case -ENOLINK:
		return NVME_SC_SGL_SEGMENT;
	case -E2BIG:
		return NVME_SC_SGL_NUMBER;
	case -EMSGSIZE:
		return NVME_SC_SGL_LENGTH;
	case -EPROTOTYPE:
		return NVME_SC_SGL_TYPE;
	default:
		return NVME_SC_DATA_TRANSFER;
	}
}

int vkv_status_of_reading(int err)
{
	if (!err)
		return 0;
	return err == -EHWPOISON ? -EIO : vkv_status_of_transfer(err);
}

bool vkv_status_is_error(u16 status)
{
	switch (status & ~NVME_SC_DNR) {
	case NVME_SC_SUCCESS:
	case NVME_SC_ABORT_REQUESTED:
	case NVME_SC_KV_NO_KEY:
	case NVME_SC_KV_KEY_EXISTS:
	case NVME_SC_VENDOR_NO_KEY:
	case NVME_SC_VENDOR_EXISTS:
	case NVME_SC_VENDOR_ITER_END:
		return false;
	}
	return true;
}
