// SPDX-License-Identifier: GPL-2.0
/*
 * Admin commands, carried out by the dispatcher.
 *
 * A handler returns the command's status, or HELD when the command stays: an
 * Asynchronous Event Request until there is an event, a Delete I/O Submission
 * Queue until the queue's commands are gone, an Identify until its turn.
 */
#include "admin.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "dev.h"

#define HELD 0xffff
/* From a feature's setter: it has put the value where it belongs itself. */
#define KEPT 0xfffe

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

	vkv_xfer_init(&x, dev, &cmd->sqe, len);
	ret = vkv_xfer_to_host(&x, buf, len);
	return ret ? vkv_xfer_status(ret) : NVME_SC_SUCCESS;
}

static u16 from_host(struct vkv_dev *dev, struct vkv_cmd *cmd, void *buf,
		     u32 len)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, dev, &cmd->sqe, len);
	ret = vkv_xfer_from_host(&x, buf, len);
	return ret ? vkv_xfer_status(ret) : NVME_SC_SUCCESS;
}

/* --- queues (base specification, sections 5.4, 5.5, 5.6, 5.7) --- */

static u16 queue_error(int err)
{
	switch (err) {
	case -EINVAL:
		return NVME_SC_PRP_OFFSET;
	case -EFAULT:
		return NVME_SC_DATA_TRANSFER;
	default:
		return NVME_SC_INTERNAL;
	}
}

static u16 create_cq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);
	u32 size = (cdw10(cmd) >> 16) + 1;
	u16 vector = cdw11(cmd) >> 16;
	bool irq = cdw11(cmd) & 2;
	int ret;

	if (!qid || qid > VKV_NR_IO_QUEUES || dev->cq[qid])
		return NVME_SC_QID_INVALID;
	if (size < 2 || size > VKV_QUEUE_DEPTH || NVME_CC_IOCQES(dev->cc) != 4)
		return NVME_SC_QUEUE_SIZE;
	if (!(cdw11(cmd) & 1))
		return NVME_SC_INVALID_FIELD;
	if (vector >= dev->cfg.nr_vectors)
		return NVME_SC_VECTOR_INVALID;
	ret = vkv_cq_create(dev, qid, size, le64_to_cpu(cmd->sqe.prp1), vector,
			    irq);
	return ret ? queue_error(ret) : NVME_SC_SUCCESS;
}

static u16 create_sq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);
	u32 size = (cdw10(cmd) >> 16) + 1;
	u16 cqid = cdw11(cmd) >> 16;
	int ret;

	if (!cqid || cqid > VKV_NR_IO_QUEUES || !dev->cq[cqid])
		return NVME_SC_CQ_INVALID;
	if (!qid || qid > VKV_NR_IO_QUEUES || dev->sq[qid])
		return NVME_SC_QID_INVALID;
	if (size < 2 || size > VKV_QUEUE_DEPTH || NVME_CC_IOSQES(dev->cc) != 6)
		return NVME_SC_QUEUE_SIZE;
	if (!(cdw11(cmd) & 1))
		return NVME_SC_INVALID_FIELD;
	ret = vkv_sq_create(dev, qid, size, le64_to_cpu(cmd->sqe.prp1),
			    dev->cq[cqid]);
	return ret ? queue_error(ret) : NVME_SC_SUCCESS;
}

static u16 delete_cq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);

	if (!qid || qid > VKV_NR_IO_QUEUES || !dev->cq[qid])
		return NVME_SC_QID_INVALID;
	if (dev->cq[qid]->nr_sqs)
		return NVME_SC_DELETE_ORDER;
	vkv_cq_free(dev, qid);
	return NVME_SC_SUCCESS;
}

static u16 delete_sq(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 qid = cdw10(cmd);

	if (!qid || qid > VKV_NR_IO_QUEUES || !dev->sq[qid] ||
	    dev->sq[qid]->state != VKV_SQ_LIVE)
		return NVME_SC_QID_INVALID;
	WRITE_ONCE(dev->sq[qid]->state, VKV_SQ_DELETING);
	list_add_tail(&cmd->link, &dev->deleting);
	vkv_drain_begin(dev);
	return HELD;
}

/* Completes the deletions whose queues have no command left. */
static bool finish_deletions(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	if (list_empty(&dev->deleting))
		return false;
	vkv_cmds_drop(dev, &dev->held);
	list_for_each_entry_safe(cmd, next, &dev->deleting, link) {
		u16 qid = cdw10(cmd);

		if (atomic_read_acquire(&dev->sq[qid]->inflight))
			continue;
		vkv_sq_free(dev, qid);
		list_del(&cmd->link);
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->held);
		worked = true;
	}
	if (list_empty(&dev->deleting) && dev->state == VKV_CTRL_READY)
		WRITE_ONCE(dev->drain, false);
	return worked;
}

/* --- asynchronous events (section 5.2) --- */

static void deliver_events(struct vkv_dev *dev)
{
	unsigned int i = 0;

	while (i < dev->nr_events && dev->nr_aers) {
		u32 event = dev->event[i], type = BIT(event & 7);
		struct vkv_cmd *cmd;

		if (dev->events_masked & type) {
			i++;
			continue;
		}
		dev->events_masked |= type;
		dev->nr_events--;
		memmove(&dev->event[i], &dev->event[i + 1],
			(dev->nr_events - i) * sizeof(dev->event[0]));
		cmd = list_first_entry(&dev->aers, struct vkv_cmd, link);
		list_del(&cmd->link);
		dev->nr_aers--;
		cmd->result = event;
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->held);
	}
}

/* Dispatcher only. An event that already waits is not queued twice. */
void vkv_event(struct vkv_dev *dev, u32 event)
{
	unsigned int i;

	for (i = 0; i < dev->nr_events; i++)
		if (dev->event[i] == event)
			return;
	if (dev->nr_events == VKV_NR_EVENTS)
		return;
	dev->event[dev->nr_events++] = event;
	deliver_events(dev);
}

/* The host has read a log: events of the types that point to it may come again. */
void vkv_event_read(struct vkv_dev *dev, u8 log)
{
	if (log == NVME_LOG_ERROR)
		dev->events_masked &= ~BIT(0);
	else if (log == NVME_LOG_SMART)
		dev->events_masked &= ~BIT(1);
	else if (log == NVME_LOG_CHANGED_NS)
		dev->events_masked &= ~BIT(2);
	deliver_events(dev);
}

static u16 async_event(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (dev->nr_aers == VKV_NR_AERS)
		return NVME_SC_AER_LIMIT;
	list_add_tail(&cmd->link, &dev->aers);
	dev->nr_aers++;
	deliver_events(dev);
	return HELD;
}

/*
 * Only a held Asynchronous Event Request is worth the search: every other
 * command ends by itself at once or at its time. DW0 bit 0: not aborted.
 */
static u16 abort_command(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	__le16 cid = cpu_to_le16(cdw10(cmd) >> 16);
	struct vkv_cmd *aer;

	cmd->result = 1;
	if (cdw10(cmd) & 0xffff)
		return NVME_SC_SUCCESS;
	list_for_each_entry(aer, &dev->aers, link) {
		if (aer->sqe.cid != cid)
			continue;
		list_del(&aer->link);
		dev->nr_aers--;
		vkv_cmd_complete(dev, aer, NVME_SC_ABORT_REQUESTED, &dev->held);
		cmd->result = 0;
		break;
	}
	return NVME_SC_SUCCESS;
}

static u16 identify(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (!vkv_identify_is_early(dev, cmd))
		return vkv_identify(dev, cmd);
	list_add_tail(&cmd->link, &dev->early);
	return HELD;
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
	return NVME_SC_SUCCESS;
}

/* --- features (section 5.27) --- */

#define FEATURE_NS 0x1		/* per namespace */

struct feature {
	u8 fid;
	u8 flags;
	u32 initial;
	u32 valid;	/* bits of CDW11 that may be set */
	u16 (*get)(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value);
	u16 (*set)(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value);
};

static u16 set_power(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	/* One power state. */
	return value & 0x1f ? NVME_SC_INVALID_FIELD : NVME_SC_SUCCESS;
}

/* TMPSEL 0 is the composite temperature, 15 means all; THSEL 1 is "under". */
static u16 temperature_select(u32 value, bool set, bool *under)
{
	u32 sensor = (value >> 16) & 0xf, threshold = (value >> 20) & 3;

	if ((sensor && !(set && sensor == 0xf)) || threshold > 1)
		return NVME_SC_INVALID_FIELD;
	*under = threshold;
	return NVME_SC_SUCCESS;
}

static u16 get_temperature(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	bool under;
	u16 status = temperature_select(cdw11(cmd), false, &under);

	*value = under ? dev->feat.under_temperature : *value & 0xffff;
	return status;
}

static u16 set_temperature(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	bool under;
	u16 status = temperature_select(value, true, &under);

	if (status || !under)
		return status;
	dev->feat.under_temperature = value;
	return KEPT;
}

static bool have_io_queues(const struct vkv_dev *dev)
{
	return dev->nr_sq_slots > 1 || dev->nr_cq_slots > 1;
}

static u32 nr_io_queues(const struct vkv_dev *dev)
{
	return min_t(u32, VKV_NR_IO_QUEUES, max_t(u32, 1, dev->cfg.nr_vectors - 1));
}

static u16 get_nr_queues(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	u32 max = nr_io_queues(dev) - 1;

	*value = min(*value & 0xffff, max) | min(*value >> 16, max) << 16;
	return NVME_SC_SUCCESS;
}

static u16 set_nr_queues(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	if ((value & 0xffff) == 0xffff || value >> 16 == 0xffff)
		return NVME_SC_INVALID_FIELD;
	if (have_io_queues(dev))
		return NVME_SC_SEQUENCE;
	cmd->result = value;
	return get_nr_queues(dev, cmd, &cmd->result);
}

static u16 get_irq_config(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	u16 vector = cdw11(cmd);

	if (vector >= dev->cfg.nr_vectors)
		return NVME_SC_INVALID_FIELD;
	*value = vector;
	if (dev->feat.irq_uncoalesced[vector / 64] & BIT_ULL(vector % 64))
		*value |= BIT(16);
	return NVME_SC_SUCCESS;
}

static u16 set_irq_config(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	u16 vector = value;
	u64 bit = BIT_ULL(vector % 64);

	if (vector >= dev->cfg.nr_vectors)
		return NVME_SC_INVALID_FIELD;
	if (value & BIT(16))
		dev->feat.irq_uncoalesced[vector / 64] |= bit;
	else
		dev->feat.irq_uncoalesced[vector / 64] &= ~bit;
	return KEPT;
}

/* Milliseconds as the host set them, or since the device was made. */
static u64 timestamp(const struct vkv_dev *dev)
{
	const struct vkv_features *f = &dev->feat;

	return f->timestamp + div_u64(dev->now - f->timestamp_at, 1000000);
}

static u16 get_timestamp(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	__le64 data = cpu_to_le64((timestamp(dev) & GENMASK_ULL(47, 0)) |
				  (u64)dev->feat.timestamp_origin << 49);

	*value = 0;
	return vkv_admin_to_host(dev, cmd, &data, sizeof(data));
}

static u16 set_timestamp(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	__le64 data;
	u16 status = from_host(dev, cmd, &data, sizeof(data));

	if (status)
		return status;
	dev->feat.timestamp = le64_to_cpu(data) & GENMASK_ULL(47, 0);
	dev->feat.timestamp_at = dev->now;
	dev->feat.timestamp_origin = 1;
	return KEPT;
}

static u32 host_id_size(const struct vkv_cmd *cmd)
{
	return cdw11(cmd) & 1 ? 16 : 8;
}

static u16 get_host_id(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	*value = 0;
	return vkv_admin_to_host(dev, cmd, dev->feat.host_id,
				 host_id_size(cmd));
}

static u16 set_host_id(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	u8 id[16] = { 0 };
	u16 status = from_host(dev, cmd, id, host_id_size(cmd));

	if (status)
		return status;
	memcpy(dev->feat.host_id, id, sizeof(id));
	return KEPT;
}

static u16 set_profile(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	/* One combination of command sets, at index 0 (Identify CNS 1Ch). */
	return value & 0x1ff ? NVME_SC_COMMAND_SET : NVME_SC_SUCCESS;
}

static u16 get_kv_config(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	if (cmd->ns->kind != VKV_NS_KV)
		return NVME_SC_INVALID_FIELD;
	*value = READ_ONCE(cmd->ns->kv_config);
	return NVME_SC_SUCCESS;
}

static u16 set_kv_config(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	if (cmd->ns->kind != VKV_NS_KV)
		return NVME_SC_INVALID_FIELD;
	WRITE_ONCE(cmd->ns->kv_config, value);
	return KEPT;
}

static u16 get_recovery(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	if (cmd->ns->kind != VKV_NS_BLOCK)
		return NVME_SC_INVALID_FIELD;
	*value = cmd->ns->error_recovery;
	return NVME_SC_SUCCESS;
}

static u16 set_recovery(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 value)
{
	if (cmd->ns->kind != VKV_NS_BLOCK)
		return NVME_SC_INVALID_FIELD;
	cmd->ns->error_recovery = value;
	return KEPT;
}

/* Without a getter or setter of its own a feature is its CDW11. */
static const struct feature features[] = {
	{ NVME_FEAT_ARBITRATION, 0, 0x7, 0xffffff07 },
	{ NVME_FEAT_POWER, 0, 0, 0xff, .set = set_power },
	{ NVME_FEAT_TEMPERATURE, 0, 343, 0x3fffff,
	  .get = get_temperature, .set = set_temperature },
	{ NVME_FEAT_ERROR_RECOVERY, FEATURE_NS, 0, 0x1ffff,
	  .get = get_recovery, .set = set_recovery },
	{ NVME_FEAT_WRITE_CACHE, 0, 1, 0x1 },
	{ NVME_FEAT_NR_QUEUES, 0, 0xfffefffe, 0xffffffff,
	  .get = get_nr_queues, .set = set_nr_queues },
	{ NVME_FEAT_IRQ_COALESCE, 0, 0, 0xffff },
	{ NVME_FEAT_IRQ_CONFIG, 0, 0, 0x1ffff,
	  .get = get_irq_config, .set = set_irq_config },
	{ NVME_FEAT_WRITE_ATOMICITY, 0, 0, 0x1 },
	{ NVME_FEAT_ASYNC_EVENT, 0, 0, 0xffffffff },
	{ NVME_FEAT_TIMESTAMP, 0, 0, 0xffffffff,
	  .get = get_timestamp, .set = set_timestamp },
	{ NVME_FEAT_KEEP_ALIVE, 0, 0, 0xffffffff },
	{ NVME_FEAT_COMMAND_SET_PROFILE, 0, 0, 0x1ff, .set = set_profile },
	{ NVME_FEAT_KEY_VALUE, FEATURE_NS, 0, 0x1,
	  .get = get_kv_config, .set = set_kv_config },
	{ NVME_FEAT_HOST_ID, 0, 0, 0x1,
	  .get = get_host_id, .set = set_host_id },
};
static_assert(ARRAY_SIZE(features) <= VKV_NR_FEATURES);

static const struct feature *find_feature(u8 fid)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (features[i].fid == fid)
			return &features[i];
	return NULL;
}

/* A controller reset sets every feature back; namespaces' too. */
void vkv_features_reset(struct vkv_dev *dev)
{
	unsigned int i;

	memset(&dev->feat, 0, sizeof(dev->feat));
	for (i = 0; i < ARRAY_SIZE(features); i++)
		dev->feat.value[i] = features[i].initial;
	dev->feat.timestamp_at = dev->created_at;
	for (i = 0; i < dev->nr_ns; i++) {
		dev->ns[i].kv_config = 0;
		dev->ns[i].error_recovery = 0;
		dev->ns[i].identified = 0;
	}
}

/* The namespace of a namespace's feature; others take none, or all. */
static u16 feature_ns(struct vkv_dev *dev, struct vkv_cmd *cmd,
		      const struct feature *f, bool set)
{
	u32 nsid = le32_to_cpu(cmd->sqe.nsid);

	if (!(f->flags & FEATURE_NS))
		return set && nsid && nsid != NVME_NSID_ALL ?
			       NVME_SC_NOT_NS_SPECIFIC :
			       NVME_SC_SUCCESS;
	cmd->ns = vkv_ns_find(dev, nsid);
	return cmd->ns ? NVME_SC_SUCCESS : NVME_SC_INVALID_NS;
}

static u16 get_features(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct feature *f = find_feature(cdw10(cmd));
	u32 select = (cdw10(cmd) >> 8) & 7;
	u16 status;

	if (!f || select > 3)
		return NVME_SC_INVALID_FIELD;
	status = feature_ns(dev, cmd, f, false);
	if (status)
		return status;
	if (select == 3) {
		/* Capabilities: changeable, namespace specific; none is saved. */
		cmd->result = 4 | (f->flags & FEATURE_NS ? 2 : 0);
		return NVME_SC_SUCCESS;
	}
	cmd->result = select ? f->initial : dev->feat.value[f - features];
	return f->get && !select ? f->get(dev, cmd, &cmd->result) :
				   NVME_SC_SUCCESS;
}

static u16 set_feature(struct vkv_dev *dev, struct vkv_cmd *cmd,
		       const struct feature *f)
{
	u32 value = cdw11(cmd);
	u16 status = NVME_SC_SUCCESS;

	if (value & ~f->valid)
		return NVME_SC_INVALID_FIELD;
	if (f->set)
		status = f->set(dev, cmd, value);
	if (status == KEPT)
		return NVME_SC_SUCCESS;
	if (!status)
		dev->feat.value[f - features] = value;
	return status;
}

/* For every namespace that takes it when the NSID names all. */
static u16 set_feature_all(struct vkv_dev *dev, struct vkv_cmd *cmd,
			   const struct feature *f)
{
	u16 status, last = NVME_SC_INVALID_FIELD;
	unsigned int i;

	for (i = 0; i < dev->nr_ns; i++) {
		cmd->ns = &dev->ns[i];
		status = set_feature(dev, cmd, f);
		if (!status)
			last = status;
	}
	return last;
}

static u16 set_features(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct feature *f = find_feature(cdw10(cmd));
	u16 status;

	if (!f)
		return NVME_SC_INVALID_FIELD;
	if (cdw10(cmd) & BIT(31))
		return NVME_SC_NOT_SAVEABLE;
	if (f->flags & FEATURE_NS && cmd->sqe.nsid == cpu_to_le32(NVME_NSID_ALL))
		return set_feature_all(dev, cmd, f);
	status = feature_ns(dev, cmd, f, true);
	return status ? status : set_feature(dev, cmd, f);
}

/* --- dispatch --- */

static const struct vkv_opcode admin_ops[] = {
	{ NVME_ADMIN_DELETE_SQ, "delete I/O SQ", 1, .decode = delete_sq },
	{ NVME_ADMIN_CREATE_SQ, "create I/O SQ", 1, .decode = create_sq },
	{ NVME_ADMIN_GET_LOG, "get log page", 1, .decode = vkv_get_log },
	{ NVME_ADMIN_DELETE_CQ, "delete I/O CQ", 1, .decode = delete_cq },
	{ NVME_ADMIN_CREATE_CQ, "create I/O CQ", 1, .decode = create_cq },
	{ NVME_ADMIN_IDENTIFY, "identify", 1, .decode = identify },
	{ NVME_ADMIN_ABORT, "abort", 1, .decode = abort_command },
	{ NVME_ADMIN_SET_FEATURES, "set features", 1, .decode = set_features },
	{ NVME_ADMIN_GET_FEATURES, "get features", 1, .decode = get_features },
	{ NVME_ADMIN_ASYNC_EVENT, "async event request", 1,
	  .decode = async_event },
	{ NVME_ADMIN_KEEP_ALIVE, "keep alive", 1, .decode = keep_alive },
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

void vkv_admin_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = NVME_SC_INVALID_FIELD;

	dev->admin_commands++;
	cmd->op = find_op(cmd->sqe.opcode);
	if (!cmd->op)
		status = NVME_SC_INVALID_OPCODE;
	else if (!(cmd->sqe.flags & (NVME_SQE_FUSE | NVME_SQE_PSDT)))
		status = cmd->op->decode(dev, cmd);
	if (status != HELD)
		vkv_cmd_complete(dev, cmd, status, &dev->held);
}

/* What waits: deletions, and completions for a full queue. */
bool vkv_admin_round(struct vkv_dev *dev)
{
	bool worked = finish_deletions(dev);

	worked |= identify_early(dev);
	worked |= vkv_cmds_retry(dev, &dev->held);
	return worked;
}

/* Reset: what the dispatcher holds ends, unanswered. */
void vkv_admin_drop(struct vkv_dev *dev)
{
	vkv_cmds_drop(dev, &dev->aers);
	vkv_cmds_drop(dev, &dev->deleting);
	vkv_cmds_drop(dev, &dev->early);
	vkv_cmds_drop(dev, &dev->held);
	dev->nr_aers = 0;
	dev->nr_events = 0;
	dev->events_masked = 0;
}
