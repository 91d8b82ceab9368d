// SPDX-License-Identifier: GPL-2.0
/* Tracks the completions of commands. See the header. */
#include "native/fuzz/ctrl_track.h"

#include <string.h>
#include <linux/minmax.h>

#include "native/fuzz/fuzz.h"

#define NR_CMDS (FUZZ_DISPATCHERS * VKV_NR_CMDS + VKV_NR_ADMIN_CMDS)

struct fate {
	const struct vkv_sq *sq;
	__le16 cid;
	u8 opcode;
	bool open;		/* fetched, neither posted nor dropped */
};

static struct {
	struct vkv_dev *dev;
	struct fate fate[NR_CMDS];
	unsigned int first;	/* lowest slot that was used so far */
	unsigned long long total;
} track;

void (*track_fetched)(const struct vkv_cmd *cmd);

/* The linker makes the callers of these functions call __wrap_*() instead. */
void __real_vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);
void __wrap_vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);
unsigned int __real_vkv_cq_post(struct vkv_dev *dev,
				struct vkv_cmd *const *cmd, unsigned int nr);
unsigned int __wrap_vkv_cq_post(struct vkv_dev *dev,
				struct vkv_cmd *const *cmd, unsigned int nr);
void __real_vkv_sq_free(struct vkv_dev *dev, u16 qid);
void __wrap_vkv_sq_free(struct vkv_dev *dev, u16 qid);

static struct fate *fate_of(const struct vkv_cmd *cmd)
{
	return &track.fate[cmd - track.dev->cmds.cmd];
}

void __wrap_vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct fate *f = fate_of(cmd);

	track.first = min_t(unsigned int, track.first, f - track.fate);
	MUST(!f->open || f->sq->state != VKV_SQ_LIVE,
	     "a command of queue %u ended without a completion", f->sq->qid);
	*f = (struct fate){ cmd->sq, cmd->sqe.cid, cmd->sqe.opcode, true };
	track.total++;
	if (track_fetched)
		track_fetched(cmd);
	__real_vkv_cmd_dispatch(dev, cmd);
}

/* Memory is neither damaged nor short here, so such a status is a bug. */
static bool is_excuse(u16 status)
{
	return status == NVME_SC_INTERNAL || status == NVME_SC_KV_UNRECOVERED ||
	       status == NVME_SC_VENDOR_UNRECOVERED || status > 0x7ff;
}

static void check_completion(const struct vkv_cmd *cmd, const struct vkv_sq *sq)
{
	const struct fate *f = fate_of(cmd);

	MUST(f->open, "two completions of opcode %02x", f->opcode);
	MUST(cmd->sq == sq, "completions of two queues at once");
	MUST(f->sq == sq && f->cid == cmd->sqe.cid,
	     "another command's completion");
	MUST(!is_excuse(cmd->status), "opcode %02x has status %03x", f->opcode,
	     cmd->status);
}

unsigned int __wrap_vkv_cq_post(struct vkv_dev *dev,
				struct vkv_cmd *const *cmd, unsigned int nr)
{
	const struct vkv_cq *cq = cmd[0]->sq->cq;
	unsigned int room, posted, i;

	room = (cq->head + cq->size - cq->tail - 1) % cq->size;
	for (i = 0; i < nr; i++)
		check_completion(cmd[i], cmd[0]->sq);
	posted = __real_vkv_cq_post(dev, cmd, nr);
	MUST(posted == min(nr, room), "completion queue %u", cq->qid);
	for (i = 0; i < posted; i++)
		fate_of(cmd[i])->open = false;
	return posted;
}

void __wrap_vkv_sq_free(struct vkv_dev *dev, u16 qid)
{
	unsigned int i;

	for (i = track.first; dev->queues.sq[qid] && i < track.dev->cmds.nr; i++) {
		struct fate *f = &track.fate[i];

		if (!f->open || f->sq != dev->queues.sq[qid])
			continue;
		MUST(!dev->cmds.cmd[i].live, "a command outlives queue %u", qid);
		f->open = false;
	}
	__real_vkv_sq_free(dev, qid);
}

void track_begin(struct vkv_dev *dev)
{
	track.dev = dev;
	track.first = dev->cmds.nr;
	memset(track.fate, 0, dev->cmds.nr * sizeof(track.fate[0]));
}

unsigned int track_waiting(void)
{
	unsigned int i, n = 0;

	for (i = track.first; i < track.dev->cmds.nr; i++) {
		const struct fate *f = &track.fate[i];

		if (!f->open)
			continue;
		MUST(track.dev->cmds.cmd[i].live || f->sq->state != VKV_SQ_LIVE,
		     "opcode %02x of queue %u is lost", f->opcode, f->sq->qid);
		n += f->sq->qid || f->opcode != NVME_ADMIN_ASYNC_EVENT;
	}
	return n;
}

void track_end(void)
{
	unsigned int i;

	for (i = track.first; i < track.dev->cmds.nr; i++)
		MUST(!track.fate[i].open && !track.dev->cmds.cmd[i].live,
		     "a command outlives the reset");
}

unsigned long long track_total(void)
{
	return track.total;
}
