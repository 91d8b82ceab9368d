// SPDX-License-Identifier: GPL-2.0
/*
 * Abort.
 *
 * The command to abort belongs to a worker, or waits in a list of the
 * dispatcher. Nobody takes it away from its owner: the dispatcher sets
 * cmd->abort and has the worker look through its commands; the owner, who reads
 * the flag before it holds or posts a command, and in rounds that have begun
 * since also before it executes one, ends it with Command Abort Requested and
 * sets cmd->aborted, or has posted it already. The Abort waits for that end, so
 * the aborted command's completion comes first.
 *
 * cmd->live is set by who fetches and cleared by the owner, with release order,
 * behind its last touch; what the owner wrote before can be read then, until the
 * command is taken out of the pool again. It is not while cmd->abort is set,
 * which the Abort clears when it has its answer. (That nobody fetches while a
 * command is looked for and marked is vkv_pause()'s.)
 *
 * A command that was aborted may have been carried out: it may have waited only
 * for its completion.
 */
#include "admin/abort.h"

#include <linux/compiler.h>
#include <linux/kernel.h>

#include "ctrl/dev.h"

static bool is_live(const struct vkv_cmd *cmd)
{
	/* Pairs with the end of a command: cmd->aborted is there. */
	return smp_load_acquire(&cmd->live);
}

/* The live command with this CID in this submission queue. */
static struct vkv_cmd *find(struct vkv_dev *dev, u16 sqid, __le16 cid)
{
	unsigned int i;

	for (i = 0; i < dev->nr_cmds; i++) {
		struct vkv_cmd *cmd = &dev->cmds[i];

		if (is_live(cmd) && cmd->sq->qid == sqid && cmd->sqe.cid == cid)
			return cmd;
	}
	return NULL;
}

/* Those that wait for nothing but their turn end at once. */
static bool abort_waiting(struct vkv_dev *dev, struct vkv_cmd *target)
{
	if (!vkv_event_take(dev, target) && !vkv_list_take(&dev->early, target))
		return false;
	vkv_cmd_complete(dev, target, NVME_SC_ABORT_REQUESTED, &dev->held);
	return true;
}

/* Other admin commands are under way and end by themselves. */
static bool can_abort(struct vkv_dev *dev, struct vkv_cmd *target)
{
	return target->sq->qid || vkv_list_contains(&dev->held, target);
}

static void ask(struct vkv_dev *dev, struct vkv_cmd *cmd,
		struct vkv_cmd *target)
{
	cmd->target = target;
	list_add_tail(&cmd->link, &dev->aborts);
	dev->nr_aborts++;
	WRITE_ONCE(target->abort, true);
	vkv_sweeps_update(dev);
}

u16 vkv_abort(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 dw10 = le32_to_cpu(cmd->sqe.cdw10);
	struct vkv_cmd *target;

	if (dev->nr_aborts == VKV_NR_ABORTS)
		return NVME_SC_ABORT_LIMIT;
	target = find(dev, dw10, cpu_to_le16(dw10 >> 16));
	cmd->result = 1;
	if (!target || target == cmd)
		return NVME_SC_SUCCESS;
	if (can_abort(dev, target)) {
		ask(dev, cmd, target);
		return VKV_HELD;
	}
	cmd->result = !abort_waiting(dev, target);
	return NVME_SC_SUCCESS;
}

/* Does no other Abort wait for the same command? */
static bool is_last(const struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	const struct vkv_cmd *other;

	list_for_each_entry(other, &dev->aborts, link)
		if (other != cmd && other->target == cmd->target)
			return false;
	return true;
}

static void resolve(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	cmd->result = !cmd->target->aborted;
	if (is_last(dev, cmd))
		/* Pairs with vkv_cmds_alloc(): what was read is not needed. */
		smp_store_release(&cmd->target->abort, false);
	cmd->target = NULL;
}

bool vkv_abort_round(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	list_for_each_entry_safe(cmd, next, &dev->aborts, link) {
		if (is_live(cmd->target))
			continue;
		resolve(dev, cmd);
		list_del(&cmd->link);
		dev->nr_aborts--;
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->held);
		worked = true;
	}
	if (worked)
		vkv_sweeps_update(dev);
	return worked;
}

bool vkv_abort_wanted(const struct vkv_dev *dev, unsigned int worker)
{
	const struct vkv_cmd *cmd;

	list_for_each_entry(cmd, &dev->aborts, link)
		if (cmd->target->worker && cmd->target->worker->id == worker)
			return true;
	return false;
}

void vkv_aborts_reset(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd;

	list_for_each_entry(cmd, &dev->aborts, link)
		WRITE_ONCE(cmd->target->abort, false);
	vkv_cmds_drop(dev, &dev->aborts);
	dev->nr_aborts = 0;
	vkv_sweeps_update(dev);
}
