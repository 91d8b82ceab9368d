/* SPDX-License-Identifier: GPL-2.0 */
/* Format NVM and Sanitize (base specification, sections 5.14 and 5.24). */
#ifndef VKV_ERASE_H
#define VKV_ERASE_H

#include <linux/list.h>
#include <linux/types.h>

#include "kv_ftl.h"

struct nvme_sanitize_log;
struct vkv_cmd;
struct vkv_dev;
struct vkv_ns;
struct vkv_worker;

enum vkv_erase_state {
	VKV_ERASE_IDLE,
	VKV_ERASE_FENCING,	/* until no worker executes for these namespaces */
	VKV_ERASE_RUNNING,
};

/* Which thread the job waits for; written with release order. */
enum vkv_erase_job {
	VKV_JOB_NONE,
	VKV_JOB_GO,		/* set by the dispatcher */
	VKV_JOB_DONE,		/* set by the worker */
};

/**
 * struct vkv_erasure - what is to be erased
 * @namespaces: whose contents, a bit each
 * @blocked: the status of their commands meanwhile; 0: they are carried out
 * @sanitize: is the memory of what was erased to be overwritten?
 * @from: of a block namespace only the units from this one on; 0: all contents
 * @end: called when it is done, in rounds of the dispatcher until it returns true.
 *	Until then the namespaces are blocked. @failed: something could not be erased
 */
struct vkv_erasure {
	u32 namespaces;
	u16 blocked;
	bool sanitize;
	u64 from;
	bool (*end)(struct vkv_dev *dev, bool failed);
};

struct vkv_erase {
	/* Dispatcher only. */
	enum vkv_erase_state state;
	struct vkv_erasure what; /* workers read it while they have the job */
	u64 total;		/* bytes there were */
	struct list_head waiting; /* the command that asked for it, if there is one */

	/* Written by the dispatcher, read by the workers. */
	u32 blocked;		/* namespaces, a bit each */
	u16 blocked_status;	/* of their commands; set before */

	u8 job;			/* enum vkv_erase_job */
	/* The job's; they belong to the worker between GO and DONE. */
	unsigned int next;	/* keyspace, in the order of the namespaces */
	bool failed;
	struct vkv_cursor cursor;
	struct vkv_purge purge;
	struct vkv_wipe wipe;

	bool erased;		/* global data erased; a worker that writes clears it */

	/* Sanitize status (log page 81h), dispatcher only. */
	u8 status;		/* SSTAT[2:0] */
	u32 scdw10;
};

/**
 * vkv_erase_init() - nothing is being erased
 * @dev: the device
 */
void vkv_erase_init(struct vkv_dev *dev);

/**
 * vkv_format() - Format NVM
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status, or VKV_HELD until it is done.
 */
u16 vkv_format(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_sanitize() - Sanitize; it goes on after the command's completion
 * @dev: the device
 * @cmd: the command
 *
 * Context: dispatcher.
 * Return: NVMe status, or VKV_HELD until no worker carries out commands any
 * more: from the completion on, none has an effect.
 */
u16 vkv_sanitize(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_erase_begin() - begin to erase
 * @dev: the device; vkv_erase_idle()
 * @what: copied
 *
 * Context: dispatcher.
 */
void vkv_erase_begin(struct vkv_dev *dev, const struct vkv_erasure *what);

/**
 * vkv_erase_idle() - is nothing being erased?
 * @dev: the device
 *
 * Context: dispatcher.
 */
bool vkv_erase_idle(const struct vkv_dev *dev);

/**
 * vkv_erase_complete() - complete the command that has waited for an erasure
 * @dev: the device
 * @status: NVMe status
 *
 * A reset may have dropped the command.
 * Context: dispatcher.
 */
void vkv_erase_complete(struct vkv_dev *dev, u16 status);

/**
 * vkv_sanitize_page() - log page 81h
 * @dev: the device
 * @log: filled; zeroed before
 *
 * Context: dispatcher.
 * Return: bytes.
 */
u32 vkv_sanitize_page(struct vkv_dev *dev, struct nvme_sanitize_log *log);

/**
 * vkv_sanitize_status() - may commands that touch user data be carried out?
 * @dev: the device
 *
 * Return: 0, Sanitize In Progress, or Sanitize Failed.
 */
u16 vkv_sanitize_status(const struct vkv_dev *dev);

/**
 * vkv_erase_blocks() - is a command's namespace being erased?
 * @dev: the device
 * @cmd: an I/O command
 *
 * Context: worker, about to execute it.
 * Return: 0, or the status that the command gets instead.
 */
u16 vkv_erase_blocks(const struct vkv_dev *dev, const struct vkv_cmd *cmd);

/**
 * vkv_erase_note() - a command is about to be carried out
 * @dev: the device; it is said to be erased
 * @cmd: decoded
 *
 * Context: worker.
 */
void vkv_erase_note(struct vkv_dev *dev, const struct vkv_cmd *cmd);

/**
 * vkv_erase_left() - how much of a namespace's Format is left?
 * @dev: the device
 * @ns: which
 *
 * Return: percent, 0 when none is under way.
 */
u8 vkv_erase_left(const struct vkv_dev *dev, const struct vkv_ns *ns);

/**
 * vkv_erase_ends() - is an erasure done, and waits for others to let it end?
 * @dev: the device
 *
 * Context: dispatcher.
 */
bool vkv_erase_ends(const struct vkv_dev *dev);

/**
 * vkv_erase_round() - the dispatcher's part: begin and end erasures
 * @dev: the device
 *
 * Return: true when it did something.
 */
bool vkv_erase_round(struct vkv_dev *dev);

/**
 * vkv_erase_step() - the worker's part: one bounded step
 * @w: this worker
 *
 * Return: true when there was something to do.
 */
bool vkv_erase_step(struct vkv_worker *w);

/**
 * vkv_erase_pending() - is there a step for this worker?
 * @w: this worker
 *
 * Return: true when there is.
 */
bool vkv_erase_pending(const struct vkv_worker *w);

#endif
