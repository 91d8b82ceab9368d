// SPDX-License-Identifier: GPL-2.0
/*
 * Admin commands, carried out by the dispatcher.
 *
 * A handler returns the command's status, or VKV_HELD when the command stays: an
 * Asynchronous Event Request until there is an event, an Abort until the command
 * it names has ended, a Delete I/O Submission Queue until the queue's commands
 * are gone, a Format until the last key is, an Identify until its turn.
 */
#include "admin.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "ctrl/dev.h"

/* Fields of the queue commands. */
#define FIELD_QID VKV_FIELD(40, 0)
#define FIELD_QSIZE VKV_FIELD(42, 0)
#define FIELD_PC VKV_FIELD(44, 0)
#define FIELD_VECTOR VKV_FIELD(46, 0)
#define FIELD_CQID VKV_FIELD(46, 0)
#define FIELD_PRP1 VKV_FIELD(24, 0)
#define FIELD_FUSE VKV_FIELD(1, 0)
#define FIELD_PSDT VKV_FIELD(1, 6)

static u32 cdw10(const struct vkv_cmd *cmd)
{
	return le32_to_cpu(cmd->sqe.cdw10);
}

static u32 cdw11(const struct vkv_cmd *cmd)
{
	return le32_to_cpu(cmd->sqe.cdw11);
}

u16 vkv_admin_to_host(struct vkv_dev *dev, struct vkv_cmd *cmd, const void *buf,
		      u32 len)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, dev, cmd, len);
	ret = vkv_xfer_to_host(&x, buf, len);
	return ret ? vkv_xfer_status(ret) : NVME_SC_SUCCESS;
}

u16 vkv_admin_from_host(struct vkv_dev *dev, struct vkv_cmd *cmd, void *buf,
			u32 len)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, dev, cmd, len);
	ret = vkv_xfer_from_host(&x, buf, len);
	return ret ? vkv_xfer_status(ret) : NVME_SC_SUCCESS;
}

/* --- queues (base specification, sections 5.4, 5.5, 5.6, 5.7) --- */

u32 vkv_nr_io_queues(const struct vkv_dev *dev)
{
	return min_t(u32, VKV_NR_IO_QUEUES, max_t(u32, 1, dev->cfg.nr_vectors - 1));
}

/* The highest identifier that feature 07h has allocated; counts are 0's based. */
static u16 last_qid(const struct vkv_dev *dev, bool cq)
{
	u32 value = vkv_feature_value(dev, NVME_FEAT_NR_QUEUES);

	return min(cq ? value >> 16 : value & 0xffff,
		   vkv_nr_io_queues(dev) - 1) + 1;
}

static u16 queue_error(struct vkv_cmd *cmd, int err)
{
	switch (err) {
	case 0:
		return NVME_SC_SUCCESS;
	case -EINVAL:
		return vkv_reject(cmd, FIELD_PRP1, NVME_SC_PRP_OFFSET);
	case -EFAULT:
		return vkv_reject(cmd, FIELD_PRP1, NVME_SC_DATA_TRANSFER);
	default:
		return NVME_SC_INTERNAL;
	}
}

/* What Create I/O Completion Queue and Submission Queue have in common. */
static u16 check_queue(struct vkv_cmd *cmd, u32 size, bool entry_size_set)
{
	if (size < 2 || size > VKV_QUEUE_DEPTH || !entry_size_set)
		return vkv_reject(cmd, FIELD_QSIZE, NVME_SC_QUEUE_SIZE);
	/* CAP.CQR: queues are physically contiguous. */
	if (!(cdw11(cmd) & 1))
		return vkv_reject(cmd, FIELD_PC, NVME_SC_INVALID_FIELD);
	return NVME_SC_SUCCESS;
}

static u16 create_cq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);
	u32 size = (cdw10(cmd) >> 16) + 1;
	u16 vector = cdw11(cmd) >> 16;
	bool irq = cdw11(cmd) & 2;
	u16 status;

	if (!qid || qid > last_qid(dev, true) || dev->cq[qid])
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	status = check_queue(cmd, size, NVME_CC_IOCQES(dev->cc) == 4);
	if (status)
		return status;
	if (vector >= dev->cfg.nr_vectors)
		return vkv_reject(cmd, FIELD_VECTOR, NVME_SC_VECTOR_INVALID);
	return queue_error(cmd, vkv_cq_create(dev, qid, size,
					      le64_to_cpu(cmd->sqe.prp1),
					      vector, irq));
}

static u16 create_sq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);
	u32 size = (cdw10(cmd) >> 16) + 1;
	u16 cqid = cdw11(cmd) >> 16;
	u16 status;

	/* The admin queue's is not for I/O; others may just not be there. */
	if (!cqid)
		return vkv_reject(cmd, FIELD_CQID, NVME_SC_QID_INVALID);
	if (cqid > VKV_NR_IO_QUEUES || !dev->cq[cqid])
		return vkv_reject(cmd, FIELD_CQID, NVME_SC_CQ_INVALID);
	if (!qid || qid > last_qid(dev, false) || dev->sq[qid])
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	status = check_queue(cmd, size, NVME_CC_IOSQES(dev->cc) == 6);
	if (status)
		return status;
	return queue_error(cmd, vkv_sq_create(dev, qid, size,
					      le64_to_cpu(cmd->sqe.prp1),
					      dev->cq[cqid]));
}

static u16 delete_cq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);

	if (!qid || qid > VKV_NR_IO_QUEUES || !dev->cq[qid])
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	if (dev->cq[qid]->nr_sqs)
		return vkv_reject(cmd, FIELD_QID, NVME_SC_DELETE_ORDER);
	vkv_cq_free(dev, qid);
	return NVME_SC_SUCCESS;
}

static u16 delete_sq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);

	if (!qid || qid > VKV_NR_IO_QUEUES || !dev->sq[qid] ||
	    dev->sq[qid]->state != VKV_SQ_LIVE)
		return vkv_reject(cmd, FIELD_QID, NVME_SC_QID_INVALID);
	WRITE_ONCE(dev->sq[qid]->state, VKV_SQ_DELETING);
	list_add_tail(&cmd->link, &dev->deleting);
	vkv_drain_begin(dev);
	return VKV_HELD;
}

/* Completes the deletions whose queues have no command left. */
static bool finish_deletions(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	if (list_empty(&dev->deleting))
		return false;
	if (!vkv_pause(dev))
		return true;
	vkv_cmds_drop(dev, &dev->held);
	list_for_each_entry_safe(cmd, next, &dev->deleting, link) {
		u16 qid = cdw10(cmd);

		if (vkv_sq_inflight(dev->sq[qid]))
			continue;
		vkv_sq_free(dev, qid);
		list_del(&cmd->link);
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->held);
		worked = true;
	}
	if (list_empty(&dev->deleting) && dev->state == VKV_CTRL_READY)
		vkv_drain_end(dev);
	return worked;
}

/* --- others --- */

static u16 identify(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (!vkv_identify_is_early(dev, cmd))
		return vkv_identify(dev, cmd);
	list_add_tail(&cmd->link, &dev->early);
	return VKV_HELD;
}

static bool identify_early(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	list_for_each_entry_safe(cmd, next, &dev->early, link) {
		if (vkv_identify_is_early(dev, cmd))
			continue;
		list_del(&cmd->link);
		vkv_cmd_complete(dev, cmd, vkv_identify(dev, cmd), &dev->held);
		worked = true;
	}
	return worked;
}

static u16 keep_alive(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	dev->kept_alive_at = dev->now;
	return NVME_SC_SUCCESS;
}

/* --- dispatch --- */

#define SUPPORTED NVME_EFFECT_CSUPP
#define ERASES (NVME_EFFECT_CHANGES | NVME_EFFECT_ALONE)

static const struct vkv_opcode admin_ops[] = {
	{ NVME_ADMIN_DELETE_SQ, "delete I/O SQ", SUPPORTED, delete_sq },
	{ NVME_ADMIN_CREATE_SQ, "create I/O SQ", SUPPORTED, create_sq },
	{ NVME_ADMIN_GET_LOG, "get log page", SUPPORTED, vkv_get_log },
	{ NVME_ADMIN_DELETE_CQ, "delete I/O CQ", SUPPORTED, delete_cq },
	{ NVME_ADMIN_CREATE_CQ, "create I/O CQ", SUPPORTED, create_cq },
	{ NVME_ADMIN_IDENTIFY, "identify", SUPPORTED, identify },
	{ NVME_ADMIN_ABORT, "abort", SUPPORTED, vkv_abort },
	{ NVME_ADMIN_SET_FEATURES, "set features", SUPPORTED,
	  vkv_set_features },
	{ NVME_ADMIN_GET_FEATURES, "get features", SUPPORTED,
	  vkv_get_features },
	{ NVME_ADMIN_ASYNC_EVENT, "async event request", SUPPORTED,
	  vkv_event_request },
	{ NVME_ADMIN_KEEP_ALIVE, "keep alive", SUPPORTED, keep_alive },
	{ NVME_ADMIN_FORMAT, "format NVM", ERASES | NVME_EFFECT_NCC,
	  vkv_format },
	{ NVME_ADMIN_SANITIZE, "sanitize", ERASES, vkv_sanitize },
};

const struct vkv_command_set vkv_admin_set = {
	.ops = admin_ops,
	.nr = ARRAY_SIZE(admin_ops),
};

static const struct vkv_opcode *find_op(u8 opcode)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(admin_ops); i++)
		if (admin_ops[i].opcode == opcode)
			return &admin_ops[i];
	return NULL;
}

static u16 carry_out(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	cmd->op = find_op(cmd->sqe.opcode);
	if (!cmd->op)
		return vkv_reject(cmd, VKV_FIELD_OPCODE, NVME_SC_INVALID_OPCODE);
	cmd->row = cmd->op - admin_ops;
	if (cmd->sqe.flags & NVME_SQE_FUSE)
		return vkv_reject(cmd, FIELD_FUSE, NVME_SC_INVALID_FIELD);
	/* Over PCIe admin commands use PRPs only (section 4.1). */
	if (cmd->sqe.flags & NVME_SQE_PSDT)
		return vkv_reject(cmd, FIELD_PSDT, NVME_SC_INVALID_FIELD);
	return cmd->op->decode(dev, cmd);
}

void vkv_admin_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status;

	vkv_stats_count(dev->dispatcher[0].stats, VKV_COUNT_ADMIN, 1);
	status = carry_out(dev, cmd);
	if (status != VKV_HELD)
		vkv_cmd_complete(dev, cmd, status, &dev->held);
}

/* What waits: deletions, aborts, and completions for a full queue. */
bool vkv_admin_round(struct vkv_dev *dev)
{
	bool worked = finish_deletions(dev);

	worked |= identify_early(dev);
	worked |= vkv_abort_round(dev);
	worked |= vkv_erase_round(dev);
	worked |= vkv_cmds_retry(dev, &dev->held);
	return worked;
}

/* Reset: what the dispatcher holds ends, unanswered. */
void vkv_admin_drop(struct vkv_dev *dev)
{
	vkv_events_reset(dev);
	vkv_aborts_reset(dev);
	vkv_cmds_drop(dev, &dev->deleting);
	vkv_cmds_drop(dev, &dev->early);
	vkv_cmds_drop(dev, &dev->erase.format);
	vkv_cmds_drop(dev, &dev->held);
}
