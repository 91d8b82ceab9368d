// SPDX-License-Identifier: GPL-2.0
/*
 * The queue commands: Create and Delete I/O Submission and Completion Queue
 * (base specification, sections 5.4 to 5.7).
 *
 * A Delete I/O Submission Queue command waits until the queue's commands have
 * ended: the queue is marked, and workers end them (ctrl/quiesce.c, drain).
 */
#include "admin/queue.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "admin.h"
#include "admin/feature.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/queue.h"
#include "ctrl/quiesce.h"
#include "ctrl/stats.h"
#include "nvme_kv.h"
#include "vkv_assert.h"

#define FIELD_QID VKV_FIELD(40, 0)
#define FIELD_QSIZE VKV_FIELD(42, 0)
#define FIELD_PC VKV_FIELD(44, 0)
#define FIELD_VECTOR VKV_FIELD(46, 0)
#define FIELD_CQID VKV_FIELD(46, 0)
#define FIELD_PRP1 VKV_FIELD(24, 0)

/*
 * The highest identifier that feature 07h has allocated; counts are 0's based.
 */
static u16 last_qid(const struct vkv_dev *dev, bool cq)
{
	u32 value = vkv_feature_value(dev, NVME_FEAT_NR_QUEUES);

	return min(cq ? value >> 16 : value & 0xffff,
		   vkv_nr_io_queues(&dev->cfg) - 1) +
	       1;
}

static u16 queue_error(struct vkv_cmd *cmd, int err)
{
	switch (err) {
	case 0:
		return NVME_SC_SUCCESS;
	case -EINVAL:
		return vkv_reject(cmd, FIELD_PRP1, NVME_SC_PRP_OFFSET);
	case -EFAULT:
		vkv_stats_refused(cmd);
		return vkv_reject(cmd, FIELD_PRP1, NVME_SC_DATA_TRANSFER);
	default:
		return NVME_SC_INTERNAL;
	}
}

/* Checks that Create I/O Completion Queue and Submission Queue share. */
static u16 check_queue(struct vkv_cmd *cmd, u32 size, bool entry_size_set)
{
	if (size < 2 || size > VKV_QUEUE_DEPTH || !entry_size_set)
		return vkv_reject(cmd, FIELD_QSIZE, NVME_SC_QUEUE_SIZE);
	/* CAP.CQR: queues are physically contiguous. */
	if (!(vkv_cmd_cdw11(cmd) & 1))
		return vkv_reject(cmd, FIELD_PC, NVME_SC_INVALID_FIELD);
	return NVME_SC_SUCCESS;
}

u16 vkv_create_cq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = vkv_cmd_cdw10(cmd);
	u32 size = (vkv_cmd_cdw10(cmd) >> 16) + 1;
	u16 vector = vkv_cmd_cdw11(cmd) >> 16;
	bool irq = vkv_cmd_cdw11(cmd) & 2;
	u16 status;

	if (!qid || qid > last_qid(dev, true) || dev->queues.cq[qid])
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	status = check_queue(cmd, size, NVME_CC_IOCQES(dev->ctrl.cc) == 4);
	if (status)
		return status;
	if (vector >= dev->cfg.nr_vectors)
		return vkv_reject(cmd, FIELD_VECTOR, NVME_SC_VECTOR_INVALID);
	return queue_error(cmd, vkv_cq_create(dev, qid, size,
					      le64_to_cpu(cmd->sqe.prp1),
					      vector, irq));
}

u16 vkv_create_sq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = vkv_cmd_cdw10(cmd);
	u32 size = (vkv_cmd_cdw10(cmd) >> 16) + 1;
	u16 cqid = vkv_cmd_cdw11(cmd) >> 16;
	u16 status;

	/* The admin queue's is not for I/O; others may just not be there. */
	if (!cqid)
		return vkv_reject(cmd, FIELD_CQID, NVME_SC_QID_INVALID);
	if (cqid > VKV_NR_IO_QUEUES || !dev->queues.cq[cqid])
		return vkv_reject(cmd, FIELD_CQID, NVME_SC_CQ_INVALID);
	if (!qid || qid > last_qid(dev, false) || dev->queues.sq[qid])
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	status = check_queue(cmd, size, NVME_CC_IOSQES(dev->ctrl.cc) == 6);
	if (status)
		return status;
	return queue_error(cmd, vkv_sq_create(dev, qid, size,
					      le64_to_cpu(cmd->sqe.prp1),
					      dev->queues.cq[cqid]));
}

u16 vkv_delete_cq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = vkv_cmd_cdw10(cmd);

	if (!qid || qid > VKV_NR_IO_QUEUES || !dev->queues.cq[qid])
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	if (dev->queues.cq[qid]->nr_sqs)
		return vkv_reject(cmd, FIELD_QID, NVME_SC_DELETE_ORDER);
	vkv_cq_free(dev, qid);
	return NVME_SC_SUCCESS;
}

u16 vkv_delete_sq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = vkv_cmd_cdw10(cmd);

	if (!qid || qid > VKV_NR_IO_QUEUES || !dev->queues.sq[qid] ||
	    dev->queues.sq[qid]->state != VKV_SQ_LIVE)
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	/*
	 * No other dispatcher looks at the queue: admin commands come in
	 * pauses.
	 */
	VKV_ASSERT(dev->nr_dispatchers == 1 || dev->quiesce.pause);
	WRITE_ONCE(dev->queues.sq[qid]->state, VKV_SQ_DELETING);
	list_add_tail(&cmd->link, &dev->admin->deleting);
	vkv_drain_begin(dev);
	return VKV_HELD;
}

/* Completes the deletions whose queues have no command left. */
bool vkv_delete_round(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	if (list_empty(&dev->admin->deleting))
		return false;
	if (!vkv_pause(dev))
		return true;
	vkv_cmds_drop(dev, &dev->admin->held);
	list_for_each_entry_safe(cmd, next, &dev->admin->deleting, link) {
		u16 qid = vkv_cmd_cdw10(cmd);

		if (vkv_sq_inflight(dev->queues.sq[qid]))
			continue;
		vkv_sq_free(dev, qid);
		list_del(&cmd->link);
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->admin->held);
		worked = true;
	}
	if (list_empty(&dev->admin->deleting) &&
	    dev->ctrl.state == VKV_CTRL_READY)
		vkv_drain_end(dev);
	return worked;
}
