/* SPDX-License-Identifier: GPL-2.0 */
/* A command from fetch to completion; ctrl/command.c says which way it goes. */
#ifndef VKV_COMMAND_H
#define VKV_COMMAND_H

#include <asm/byteorder.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>

#include "ctrl/ns.h"
#include "ctrl/opcode.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "timing/timing.h"

struct vkv_dev;
struct vkv_sq;
struct vkv_worker;

#define VKV_NR_CMDS 4096u	/* commands of a dispatcher; a power of two */
#define VKV_NR_ADMIN_CMDS 64u	/* on top of them */
#define VKV_ENDED_MAX 32u	/* completions that are posted at once */

/* A field of the submission entry, for vkv_cmd.location; 0 is "unknown". */
#define VKV_FIELD(byte, bit) ((byte) | (bit) << 8)
#define VKV_FIELD_KNOWN 0x8000
#define VKV_FIELD_OPCODE VKV_FIELD_KNOWN
#define VKV_FIELD_FUSE VKV_FIELD(1, 0)
#define VKV_FIELD_PSDT VKV_FIELD(1, 6)
#define VKV_FIELD_NSID VKV_FIELD(4, 0)

struct vkv_cmd {
	struct nvme_sqe sqe;		/* the one copy of the host's entry */
	struct vkv_sq *sq;
	u64 arrival;			/* ns */
	struct list_head link;		/* parked, held, or pending admin */
	struct llist_node free;
	struct vkv_cmd *target;		/* of an Abort: the command it names */
	bool live;			/* false: ended and free; admin/abort.c */
	bool abort;			/* end it; written by the dispatcher */

	/* From here to the key set or zeroed at the fetch: vkv_cmds_alloc(). */
	u16 row;			/* which statistics count it: ctrl/stats.c */
	u16 status;
	u16 location;			/* of vkv_reject(), for the error log */
	u8 lookup;			/* of enum vkv_lookup */
	bool executed;			/* only its completion is left */
	bool aborted;			/* ended so; written by the owner */
	bool progressed;		/* -EAGAIN, but it got on */
	bool timed;			/* a model says when it is due */
	bool indexed;			/* it has read the index */
	const struct vkv_way *way;	/* NULL for admin commands */
	const struct vkv_opcode *op;
	struct vkv_ns *ns;
	struct vkv_worker *worker;	/* NULL: the dispatcher's */
	u64 begun;			/* ns, its execution; 0 before */
	u64 ended;			/* ns, ready to be posted; set then */
	u64 bytes;			/* of values and blocks moved */
	u64 due;			/* ns, from the timing model; 0 without */
	u32 result;			/* completion DW0 */
	u32 result1;			/* completion DW1 */

	/* The request, dialect-free. */
	struct {
		struct vkv_key key;	/* length 0: none; hash 0: not computed */
		bool key_by_prp;	/* its bytes lie in host memory */
		u8 option;
		u32 flags;		/* of enum vkv_store_flags */
		u32 offset;		/* into the value, bytes */
		u32 len;		/* bytes to move */
		u64 lba;
		u64 nr_lbas;
		u64 progress;		/* bytes or stores a parked command has done */
		u64 aside;		/* bytes charged for the rest of its work */
		u32 count;		/* keys it has returned */
		u8 key_bytes[16];
	} req;

	struct vkv_latency latency;	/* of the model: due - arrival, if above 0 */
};

/* Commands that have ended and are posted together; of one owner. */
struct vkv_ended {
	unsigned int nr;
	struct vkv_cmd *cmd[VKV_ENDED_MAX];
};

/* Free commands: one dispatcher takes them, any thread gives them back. */
struct vkv_cmd_pool {
	struct llist_node *here;
	struct llist_head back;
};

/* All commands of a device, and the pool of the admin queue's. */
struct vkv_cmd_table {
	struct vkv_cmd *cmd;
	unsigned int nr;
	struct vkv_cmd_pool admin;
};

/**
 * vkv_cmds_alloc() - commands from the pool
 * @sq: where their entries come from; they count as in flight
 * @cmd: filled; each is live once its entry is there, which the caller says
 * @nr: how many are wanted
 *
 * Context: @sq's dispatcher.
 * Return: how many there are; fewer than @nr when all others are in use.
 */
unsigned int vkv_cmds_alloc(struct vkv_sq *sq, struct vkv_cmd **cmd,
			    unsigned int nr);

/**
 * vkv_cmd_complete() - complete a command now
 * @dev: the device
 * @cmd: the command; not the caller's any more
 * @status: NVMe status; the command's results are set
 * @held: the caller's list, where it waits when its completion queue is full
 *
 * Context: the thread that owns the command.
 */
void vkv_cmd_complete(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		      struct list_head *held);

/**
 * vkv_cmd_end() - like vkv_cmd_complete(), but posted with others
 * @dev: the device
 * @cmd: the command; not the caller's any more
 * @status: NVMe status; the command's results are set
 * @ended: the caller's; to be flushed in the same round
 * @held: the caller's list
 *
 * Context: the worker that owns the command.
 */
void vkv_cmd_end(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		 struct vkv_ended *ended, struct list_head *held);

/**
 * vkv_cmds_flush() - post all commands that have ended
 * @dev: the device
 * @ended: the caller's; empty afterwards
 * @held: the caller's list
 *
 * Context: the thread that owns the commands.
 */
void vkv_cmds_flush(struct vkv_dev *dev, struct vkv_ended *ended,
		    struct list_head *held);

/**
 * vkv_cmds_retry() - post held completions again
 * @dev: the device
 * @held: the caller's list
 *
 * Context: the thread that owns the list.
 * Return: true when one was posted.
 */
bool vkv_cmds_retry(struct vkv_dev *dev, struct list_head *held);

/**
 * vkv_cmds_drop() - end the commands whose queues are going away
 * @dev: the device
 * @list: of the caller
 *
 * Context: the thread that owns the list.
 */
void vkv_cmds_drop(struct vkv_dev *dev, struct list_head *list);

/**
 * vkv_cmd_release() - a command ends before its execution has ended
 * @dev: the device
 * @cmd: any; it gives back what it holds (vkv_opcode.drop)
 *
 * Context: the thread that owns the command.
 */
void vkv_cmd_release(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_list_contains() - is a command on this list?
 * @list: of the caller
 * @cmd: any command
 *
 * Context: the thread that owns the list.
 * Return: true when it is.
 */
bool vkv_list_contains(const struct list_head *list, const struct vkv_cmd *cmd);

/**
 * vkv_list_take() - take a command from a list
 * @list: of the caller
 * @cmd: any command
 *
 * Context: the thread that owns the list.
 * Return: false when it is not there.
 */
bool vkv_list_take(struct list_head *list, struct vkv_cmd *cmd);

/**
 * vkv_reject() - name the field that is wrong, for the error log
 * @cmd: the command
 * @field: VKV_FIELD() or VKV_FIELD_OPCODE
 * @status: NVMe status
 *
 * Context: the thread that owns the command.
 * Return: @status.
 */
static inline u16 vkv_reject(struct vkv_cmd *cmd, u16 field, u16 status)
{
	cmd->location = field | VKV_FIELD_KNOWN;
	return status;
}

/**
 * vkv_cmd_in() - a command is of a namespace
 * @cmd: its way is known
 * @ns: which
 *
 * Context: dispatcher.
 */
static inline void vkv_cmd_in(struct vkv_cmd *cmd, struct vkv_ns *ns)
{
	cmd->ns = ns;
	cmd->row = ns->first_row + cmd->way->row;
	cmd->timed = ns->timed;
}

/* Fields of a command's entry, in the host's byte order. */

static inline u32 vkv_cmd_nsid(const struct vkv_cmd *cmd)
{
	return le32_to_cpu(cmd->sqe.nsid);
}

static inline u32 vkv_cmd_cdw10(const struct vkv_cmd *cmd)
{
	return le32_to_cpu(cmd->sqe.cdw10);
}

static inline u32 vkv_cmd_cdw11(const struct vkv_cmd *cmd)
{
	return le32_to_cpu(cmd->sqe.cdw11);
}

#endif
