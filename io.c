// SPDX-License-Identifier: GPL-2.0
/*
 * I/O commands: the way in.
 *
 * Decoding happens in the dispatcher and turns an entry into a request without
 * dialect (vkv_cmd.req); execution happens in a worker. Both look the opcode up
 * in the table (ctrl/opcode.c), whose rows name functions of the files in io/.
 */
#include "io.h"

#include <linux/compiler.h>
#include <linux/errno.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/ns.h"
#include "ctrl/opcode.h"
#include "ctrl/worker.h"
#include "nvme_kv.h"
#include "vkv_assert.h"

#define FIRST_VENDOR_OPCODE 0x80

/* There is no metadata, so there is no SGL of metadata (10b). */
static u16 check_flags(struct vkv_cmd *cmd)
{
	if (cmd->sqe.flags & NVME_SQE_FUSE)
		return vkv_reject(cmd, VKV_FIELD_FUSE, NVME_SC_INVALID_FIELD);
	if ((cmd->sqe.flags & NVME_SQE_PSDT) != NVME_SQE_PSDT_SGL)
		return vkv_reject(cmd, VKV_FIELD_PSDT, NVME_SC_INVALID_FIELD);
	return NVME_SC_SUCCESS;
}

static __always_inline u16 decode(struct vkv_dev *dev, struct vkv_cmd *cmd,
				  struct vkv_ns *ns, const struct vkv_way *way)
{
	u16 status;

	if (unlikely(!way->op))
		return vkv_reject(cmd, VKV_FIELD_OPCODE, NVME_SC_INVALID_OPCODE);
	cmd->way = way;
	cmd->op = way->op;
	if (ns)
		vkv_cmd_in(cmd, ns);
	if (unlikely(cmd->sqe.flags & (NVME_SQE_FUSE | NVME_SQE_PSDT))) {
		status = check_flags(cmd);
		if (status)
			return status;
	}
	return way->op->decode(dev, cmd);
}

/* A read of an iterator names it by a handle, and its NSID may be any. */
static bool is_elsewhere(const struct vkv_ns *ns, u8 opcode)
{
	return opcode == NVME_VENDOR_ITER_READ && ns->kind != VKV_NS_BLOCK;
}

static struct vkv_ns *first_visible(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (vkv_ns_visible(dev, &dev->ns[i]))
			return &dev->ns[i];
	return NULL;
}

/*
 * Decodes a command whose NSID leads to no visible namespace, or a read of an
 * iterator that names a KV namespace. In the vendor dialect an NSID may name a
 * keyspace, which the dialect's own decoders check. Flush may name all
 * namespaces; it is the same in each.
 */
static noinline u16 decode_nowhere(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 nsid = vkv_cmd_nsid(cmd);
	struct vkv_ns *ns;
	u8 opcode = cmd->sqe.opcode;

	cmd->timed = dev->ns[0].timed;
	if (opcode >= FIRST_VENDOR_OPCODE)
		return decode(dev, cmd, NULL,
			      &dev->opcodes.way[VKV_NS_BLOCK][opcode]);
	ns = nsid == NVME_NSID_ALL && opcode == NVME_NVM_FLUSH ?
		     first_visible(dev) :
		     NULL;
	if (ns)
		return decode(dev, cmd, ns, &ns->ways[opcode]);
	return vkv_reject(cmd, VKV_FIELD_NSID, vkv_ns_status(nsid));
}

u16 vkv_io_decode(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns = vkv_ns_find(dev, vkv_cmd_nsid(cmd));

	if (unlikely(!ns || is_elsewhere(ns, cmd->sqe.opcode)))
		return decode_nowhere(dev, cmd);
	return decode(dev, cmd, ns, &ns->ways[cmd->sqe.opcode]);
}

int vkv_io_exec(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret;

	vkv_worker_assert(w);
	VKV_ASSERT(!cmd->executed && cmd->worker == w);
	ret = cmd->op->exec(w, cmd);
	return ret >= 0 || ret == -EAGAIN ? ret :
					    cmd->way->set->status(cmd, ret);
}
