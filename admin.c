// SPDX-License-Identifier: GPL-2.0
/*
 * Admin commands, carried out by the dispatcher. Their handlers are in admin/,
 * a file for each subject; each command has a row in the table of opcodes
 * (ctrl/opcode.c).
 *
 * A handler returns the command's status, or VKV_HELD when the command stays
 * with it: an Asynchronous Event Request until there is an event, an Abort
 * until the command that it names has ended, a Delete I/O Submission Queue
 * until the queue's commands have ended, a Format until the last key is gone,
 * a Namespace Management until the namespace is gone, an Identify until it may be
 * answered.
 */
#include "admin.h"

#include <linux/kernel.h>

#include "admin/abort.h"
#include "admin/change.h"
#include "admin/erase.h"
#include "admin/event.h"
#include "admin/identify.h"
#include "admin/queue.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/opcode.h"
#include "ctrl/stats.h"
#include "nvme_kv.h"

void vkv_admin_init(struct vkv_dev *dev)
{
	INIT_LIST_HEAD(&dev->admin->held);
	INIT_LIST_HEAD(&dev->admin->deleting);
	INIT_LIST_HEAD(&dev->admin->early);
}

static const struct vkv_opcode *find_op(const struct vkv_command_set *set,
					u8 opcode)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		if (set->ops[i].opcode == opcode)
			return &set->ops[i];
	return NULL;
}

static u16 carry_out(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct vkv_command_set *set = &dev->opcodes.set[VKV_SET_ADMIN];

	cmd->op = find_op(set, cmd->sqe.opcode);
	if (!cmd->op)
		return vkv_reject(cmd, VKV_FIELD_OPCODE, NVME_SC_INVALID_OPCODE);
	cmd->row = cmd->op - set->ops;
	if (cmd->sqe.flags & NVME_SQE_FUSE)
		return vkv_reject(cmd, VKV_FIELD_FUSE, NVME_SC_INVALID_FIELD);
	/* Over PCIe admin commands use PRPs only (section 4.1). */
	if (cmd->sqe.flags & NVME_SQE_PSDT)
		return vkv_reject(cmd, VKV_FIELD_PSDT, NVME_SC_INVALID_FIELD);
	return cmd->op->admin(dev, cmd);
}

void vkv_admin_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	VKV_ASSERT(!cmd->sq->qid);
	vkv_stats_count(dev->dispatcher[0].stats, VKV_COUNT_ADMIN, 1);
	status = carry_out(dev, cmd);
	if (status != VKV_HELD)
		vkv_cmd_complete(dev, cmd, status, &dev->admin->held);
}

u16 vkv_keep_alive(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	dev->ctrl.kept_alive_at = dev->now;
	return NVME_SC_SUCCESS;
}

bool vkv_admin_round(struct vkv_dev *dev)
{
	bool worked = vkv_delete_round(dev);

	worked |= vkv_identify_round(dev);
	worked |= vkv_abort_round(dev);
	worked |= vkv_erase_round(dev);
	worked |= vkv_change_round(dev);
	worked |= vkv_cmds_retry(dev, &dev->admin->held);
	return worked;
}

bool vkv_admin_waits(const struct vkv_dev *dev)
{
	return vkv_aborts_wait(dev) || !list_empty(&dev->admin->early) ||
	       vkv_erase_ends(dev) || vkv_change_waits(dev);
}

void vkv_admin_drop(struct vkv_dev *dev)
{
	vkv_events_reset(dev);
	vkv_aborts_reset(dev);
	vkv_cmds_drop(dev, &dev->admin->deleting);
	vkv_cmds_drop(dev, &dev->admin->early);
	vkv_cmds_drop(dev, &dev->erase->waiting);
	vkv_cmds_drop(dev, &dev->admin->held);
}
