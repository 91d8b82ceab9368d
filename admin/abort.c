// SPDX-License-Identifier: GPL-2.0
/*
 * Abort.
 *
 * The command to abort belongs to a worker, or waits in a list of the
 * dispatcher. It stays with its owner. The dispatcher sets cmd->abort and has
 * the worker look through its commands. The owner reads the flag before it
 * holds or posts a command, and, in rounds that have begun since, also before
 * it executes one. It ends the command with Command Abort Requested and sets
 * cmd->aborted, or it has posted the command already. The Abort waits for that
 * end, so the aborted command's completion comes first.
 *
 * The dispatcher that fetches a command sets cmd->live. The owner clears it
 * with release order after its last use of the command, so everything that it
 * wrote before can be read then, until the command is taken out of the pool
 * again. It is not taken out while cmd->abort is set; the Abort clears that
 * flag when it has its answer. While a command is looked for and marked,
 * vkv_pause() keeps other dispatchers from fetching.
 *
 * A command that was aborted may have been carried out: it may have waited only
 * for its completion.
 */
#include "admin/abort.h"

#include <linux/compiler.h>
#include <linux/kernel.h>

#include "admin.h"
#include "admin/event.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/quiesce.h"
#include "ctrl/worker.h"

void vkv_aborts_init(struct vkv_dev *dev)
{
	INIT_LIST_HEAD(&dev->aborts->waiting);
}

bool vkv_aborts_wait(const struct vkv_dev *dev)
{
	return dev->aborts->nr;
}

static bool is_live(const struct vkv_cmd *cmd)
{
	/* Pairs with the end of a command: cmd->aborted is there. */
	return smp_load_acquire(&cmd->live);
}

/* The live command with this CID in this submission queue. */
static struct vkv_cmd *find_live(struct vkv_dev *dev, u16 sqid, __le16 cid)
{
	unsigned int i;

	for (i = 0; i < dev->cmds.nr; i++) {
		struct vkv_cmd *cmd = &dev->cmds.cmd[i];

		if (is_live(cmd) && cmd->sq->qid == sqid && cmd->sqe.cid == cid)
			return cmd;
	}
	return NULL;
}

/*
 * An Asynchronous Event Request and an early Identify only wait in a list, so
 * the Abort ends them at once.
 */
static bool abort_waiting(struct vkv_dev *dev, struct vkv_cmd *target)
{
	if (!vkv_event_take(dev, target) &&
	    !vkv_list_take(&dev->admin->early, target))
		return false;
	vkv_cmd_complete(dev, target, NVME_SC_ABORT_REQUESTED,
			 &dev->admin->held);
	return true;
}

/*
 * I/O commands can be asked to end, and admin commands whose completion is
 * held. Other admin commands end by themselves.
 */
static bool can_abort(struct vkv_dev *dev, struct vkv_cmd *target)
{
	return target->sq->qid || vkv_list_contains(&dev->admin->held, target);
}

static bool abort_is_wanted(const struct vkv_dev *dev,
			    const struct vkv_worker *w)
{
	const struct vkv_cmd *cmd;

	list_for_each_entry(cmd, &dev->aborts->waiting, link)
		if (cmd->target->worker == w)
			return true;
	return false;
}

/* A worker sweeps while an Abort waits for a command that it has. */
static void tell_workers(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_workers; i++)
		dev->worker[i]->abort_wanted = abort_is_wanted(dev, dev->worker[i]);
	vkv_sweeps_update(dev);
}

static void ask(struct vkv_dev *dev, struct vkv_cmd *cmd,
		struct vkv_cmd *target)
{
	cmd->target = target;
	list_add_tail(&cmd->link, &dev->aborts->waiting);
	dev->aborts->nr++;
	WRITE_ONCE(target->abort, true);
	tell_workers(dev);
}

u16 vkv_abort(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 dw10 = vkv_cmd_cdw10(cmd);
	struct vkv_cmd *target;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	if (dev->aborts->nr == VKV_NR_ABORTS)
		return NVME_SC_ABORT_LIMIT;
	target = find_live(dev, dw10, cpu_to_le16(dw10 >> 16));
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

	list_for_each_entry(other, &dev->aborts->waiting, link)
		if (other != cmd && other->target == cmd->target)
			return false;
	return true;
}

static void resolve(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	VKV_ASSERT(cmd->target->abort);
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

	list_for_each_entry_safe(cmd, next, &dev->aborts->waiting, link) {
		if (is_live(cmd->target))
			continue;
		resolve(dev, cmd);
		list_del(&cmd->link);
		dev->aborts->nr--;
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->admin->held);
		worked = true;
	}
	if (worked)
		tell_workers(dev);
	return worked;
}

void vkv_aborts_reset(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd;

	list_for_each_entry(cmd, &dev->aborts->waiting, link)
		WRITE_ONCE(cmd->target->abort, false);
	vkv_cmds_drop(dev, &dev->aborts->waiting);
	dev->aborts->nr = 0;
	tell_workers(dev);
}
