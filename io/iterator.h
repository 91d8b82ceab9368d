/* SPDX-License-Identifier: GPL-2.0 */
/* Iterators of the vendor dialect. */
#ifndef VKV_ITERATOR_H
#define VKV_ITERATOR_H

#include <linux/types.h>

#include "kv_ftl.h"

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

enum vkv_iter_type {
	VKV_ITER_KEY = 1,
	VKV_ITER_KEY_VALUE = 2,
	VKV_ITER_DELETE = 3,
};

/* A vendor iterator; the state and its fields change under dev->iter_lock. */
struct vkv_iter {
	bool open;
	struct vkv_cmd *owner;		/* whose the cursor is now */
	bool eof;
	enum vkv_iter_type type;
	u8 keyspace;
	u8 vendor_keyspace;		/* 0 or 1, as the host names it */
	u8 ns;				/* whose keyspace it is, from 0 */
	u32 prefix;			/* as the host's u32 */
	u32 mask;
	struct vkv_worker *worker;	/* of a delete iterator; its are also: */
	bool through;			/* no key is left */
	u64 due;			/* ns, when what it has done is done */
	struct vkv_cursor cursor;
	struct vkv_cursor begin;	/* where the owner found it */
};

/**
 * vkv_iter_decode_request() - decode of opcode B1h, open or close
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_iter_decode_request(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_iter_decode_read() - decode of opcode B2h
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_iter_decode_read(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_iter_exec_request() - open or close
 * @w: this worker; it gets the job of a delete iterator
 * @cmd: the command
 *
 * Return: 0, an NVMe status, or -EAGAIN.
 */
int vkv_iter_exec_request(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_iter_exec_read() - keys, or a key and its value, to the host
 * @w: this worker
 * @cmd: the command
 *
 * Return: 0, an NVMe status, or -EAGAIN.
 */
int vkv_iter_exec_read(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_iter_job() - a step of each of a worker's delete iterators
 * @w: this worker
 *
 * A step comes when the timing model says that the one before is done.
 *
 * Return: VKV_NOW when there was something to do, the time in ns when there will
 * be, or VKV_NEVER.
 */
u64 vkv_iter_job(struct vkv_worker *w);

/**
 * vkv_iter_drop() - let go of iterators whose command is about to be dropped
 * @dev: the device
 * @cmd: the command
 */
void vkv_iter_drop(struct vkv_dev *dev, const struct vkv_cmd *cmd);

/**
 * vkv_iter_close_all() - controller reset; no command is left
 * @dev: the device
 */
void vkv_iter_close_all(struct vkv_dev *dev);

#endif
