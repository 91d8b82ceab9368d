/* SPDX-License-Identifier: GPL-2.0 */
/* I/O commands: opcode tables, and the verbs that the dialects share. */
#ifndef VKV_IO_H
#define VKV_IO_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

/**
 * struct vkv_opcode - one row of an opcode table
 * @opcode: NVMe opcode
 * @name: for people
 * @effects: for the commands supported and effects log
 * @decode: checks every field of the entry and fills the command's request;
 *	runs in the dispatcher; returns an NVMe status. Admin commands are
 *	carried out here, too
 * @exec: carries the request out; runs in a worker; returns 0, a negative
 *	errno, or a positive NVMe status; -EAGAIN parks the command for the next
 *	round
 * @brief: takes no longer than its req.len bytes need to be moved, unless a large
 *	value goes with it: the dispatcher may carry it out
 */
struct vkv_opcode {
	u8 opcode;
	const char *name;
	u32 effects;
	u16 (*decode)(struct vkv_dev *dev, struct vkv_cmd *cmd);
	int (*exec)(struct vkv_worker *w, struct vkv_cmd *cmd);
	bool brief;
};

/* A command set: its opcodes, and what an errno means in it. */
struct vkv_command_set {
	const struct vkv_opcode *ops;
	unsigned int nr;
	u16 (*status)(const struct vkv_cmd *cmd, int err);
};

/**
 * struct vkv_way - where an opcode leads, in a kind of namespace
 * @op: its row of a table; NULL when there is none
 * @set: the command set of that table
 * @row: behind vkv_ns.first_row, for its statistics
 */
struct vkv_way {
	const struct vkv_opcode *op;
	const struct vkv_command_set *set;
	u16 row;
};

extern const struct vkv_command_set vkv_block_set;
extern const struct vkv_command_set vkv_vendor_set;
extern const struct vkv_command_set vkv_standard_set;

/**
 * vkv_io_init() - opcodes can be looked up
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_io_init(struct vkv_dev *dev);

/**
 * vkv_io_decode() - find a command's set and row, and fill its request
 * @dev: the device
 * @cmd: its entry is there
 *
 * Context: dispatcher. Return: NVMe status; 0 when it can be executed.
 */
u16 vkv_io_decode(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_io_exec() - carry a decoded command out
 * @w: this worker
 * @cmd: decoded
 *
 * Return: NVMe status, or -EAGAIN for "again next round".
 */
int vkv_io_exec(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_store() - store, append, or store at an offset
 * @w: this worker
 * @cmd: the command
 *
 * Like all verbs, the exec of an opcode table's row.
 * Return: 0, an NVMe status, or a negative errno for the set's status().
 */
int vkv_kv_store(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_retrieve() - value to the host, its whole size to DW0
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_kv_retrieve(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_delete() - remove a key; an absent one matters by req.flags
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_kv_delete(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_kv_exist() - is the key there?
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_kv_exist(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_io_flush() - what was written before is on the media
 * @w: this worker
 * @cmd: the command
 *
 * Return: like vkv_kv_store().
 */
int vkv_io_flush(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_io_drop() - a command will not go on
 * @w: this worker
 * @cmd: any; what was set aside for the rest of it is given back
 */
void vkv_io_drop(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_vendor_keyspace() - the keyspace that a vendor command's NSID names
 * @dev: the device
 * @cmd: its keyspace and ns are set
 *
 * Context: dispatcher. Return: NVMe status.
 */
u16 vkv_vendor_keyspace(struct vkv_dev *dev, struct vkv_cmd *cmd);

#endif
