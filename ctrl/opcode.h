/* SPDX-License-Identifier: GPL-2.0 */
/* The table of all opcodes, and where an opcode leads in a namespace. */
#ifndef VKV_OPCODE_H
#define VKV_OPCODE_H

#include <linux/types.h>

#include "vkv.h"

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

/* The command sets of the table. */
enum vkv_set {
	VKV_SET_ADMIN,
	VKV_SET_BLOCK,		/* NVM Command Set */
	VKV_SET_VENDOR,		/* vendor dialect, on block namespaces */
	VKV_SET_STANDARD,	/* Key Value Command Set */
	VKV_NR_SETS,
};

/* Rows of the admin command set, which need a place in statistics. */
#define VKV_NR_ADMIN_OPCODES 15u

/**
 * struct vkv_opcode - one row of the table
 * @opcode: NVMe opcode
 * @name: for people
 * @effects: for the commands supported and effects log
 * @admin: carries an admin command out; runs in the dispatcher; returns an NVMe
 *	status, or VKV_HELD when the command stays with it. NULL for I/O commands
 * @decode: checks every field of an I/O command's entry and fills its request;
 *	runs in the dispatcher; returns an NVMe status
 * @exec: carries the request out; runs in a worker; returns 0, a negative errno,
 *	or a positive NVMe status; -EAGAIN parks the command for the next round
 * @drop: gives back what a command holds that ends before its execution has
 *	ended; runs in the thread that owns the command; NULL: it holds nothing
 * @brief: the execution takes no longer than req.len bytes need to be moved
 *	(unless a large value goes with it), so the dispatcher may do it
 */
struct vkv_opcode {
	u8 opcode;
	const char *name;
	u32 effects;
	u16 (*admin)(struct vkv_dev *dev, struct vkv_cmd *cmd);
	u16 (*decode)(struct vkv_dev *dev, struct vkv_cmd *cmd);
	int (*exec)(struct vkv_worker *w, struct vkv_cmd *cmd);
	void (*drop)(struct vkv_dev *dev, struct vkv_cmd *cmd);
	bool brief;
};

/**
 * struct vkv_command_set - the rows of a command set
 * @ops: its rows
 * @nr: how many
 * @status: the NVMe status of a negative errno from @ops' exec (ctrl/status.c)
 */
struct vkv_command_set {
	const struct vkv_opcode *ops;
	unsigned int nr;
	u16 (*status)(const struct vkv_cmd *cmd, int err);
};

/**
 * struct vkv_way - where an opcode leads, in a kind of namespace
 * @op: its row of the table; NULL when there is none
 * @set: the command set of that row
 * @row: behind vkv_ns.first_row, for the command's statistics
 */
struct vkv_way {
	const struct vkv_opcode *op;
	const struct vkv_command_set *set;
	u16 row;
};

/**
 * struct vkv_opcodes - the table, as a device uses it
 * @set: by enum vkv_set
 * @way: of I/O commands, by kind of namespace and opcode
 */
struct vkv_opcodes {
	const struct vkv_command_set *set;
	struct vkv_way way[VKV_NR_NS_KINDS][256];
};

/**
 * vkv_opcodes_init() - opcodes can be looked up
 * @ops: filled
 *
 * Context: any, before the first round.
 */
void vkv_opcodes_init(struct vkv_opcodes *ops);

#endif
