/* SPDX-License-Identifier: GPL-2.0 */
/* Iterators of the vendor dialect. */
#ifndef VKV_ITERATOR_H
#define VKV_ITERATOR_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "kv_ftl.h"
#include "nvme_kv.h"

struct vkv_cmd;
struct vkv_dev;
struct vkv_worker;

enum vkv_iter_type {
	VKV_ITER_KEY = 1,
	VKV_ITER_KEY_VALUE = 2,
	VKV_ITER_DELETE = 3,
};

/* An iterator; its fields change under vkv_iters.lock. */
struct vkv_iter {
	bool open;
	struct vkv_cmd *owner;		/* the command that uses the cursor now */
	bool eof;
	enum vkv_iter_type type;
	u8 keyspace;
	u8 vendor_keyspace;		/* 0 or 1, as the host names it */
	u8 ns;				/* index of its namespace */
	u32 prefix;			/* as the host's u32 */
	u32 mask;
	struct vkv_worker *worker;	/* of a delete iterator, which owns also: */
	bool through;			/* no key is left */
	u64 due;			/* ns, when the media has done its last step */
	struct vkv_cursor cursor;
	struct vkv_cursor begin;	/* where the owner found it */
};

/* All of a device; an iterator's cursor is its owner's, without the lock. */
struct vkv_iters {
	spinlock_t lock;		/* protects @iter, but not cursors */
	struct vkv_iter iter[NVME_VENDOR_NR_ITERATORS];
};

/**
 * vkv_iters_init() - no iterator is open
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_iters_init(struct vkv_dev *dev);

/**
 * vkv_iter_type() - the type that an option names
 * @option: of an iterate request
 *
 * Context: any.
 * Return: 0 when it names none.
 */
enum vkv_iter_type vkv_iter_type(u8 option);

/**
 * vkv_iters_close() - close all iterators of some namespaces
 * @dev: the device
 * @namespaces: a bit each; no new iterator comes there
 *
 * Context: any thread.
 * Return: false while a command or a worker still uses one of them.
 */
bool vkv_iters_close(struct vkv_dev *dev, u32 namespaces);

/**
 * vkv_iter_enter_ns() - a read is of its iterator's namespace
 * @dev: the device
 * @cmd: a read from an iterator; its namespace is set if its handle is valid
 *
 * Context: dispatcher; takes vkv_iters.lock.
 */
void vkv_iter_enter_ns(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_iter_request() - open or close
 * @w: this worker; it gets the job of a delete iterator
 * @cmd: the command
 *
 * Return: 0, an NVMe status, or -EAGAIN.
 */
int vkv_iter_request(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_iter_read() - keys, or a key and its value, to the host
 * @w: this worker
 * @cmd: the command
 *
 * Return: 0, an NVMe status, or -EAGAIN.
 */
int vkv_iter_read(struct vkv_worker *w, struct vkv_cmd *cmd);

/**
 * vkv_iter_job() - a step of each of a worker's delete iterators
 * @w: this worker
 *
 * A step comes when the timing model says that the one before is done.
 *
 * Return: VKV_NOW when there was something to do, the time in ns when there
 * will be, or VKV_NEVER.
 */
u64 vkv_iter_job(struct vkv_worker *w);

/**
 * vkv_iter_drop() - a command that reads will not go on
 * @dev: the device
 * @cmd: the command; its iterator is where it was before
 *
 * Context: the thread that owns the command; takes vkv_iters.lock.
 */
void vkv_iter_drop(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_iter_page() - the vendor dialect's log page D0h
 * @dev: the device
 * @log: NVME_VENDOR_NR_ITERATORS entries, zeroed before
 *
 * Context: any; takes vkv_iters.lock.
 * Return: bytes.
 */
u32 vkv_iter_page(struct vkv_dev *dev, struct nvme_vendor_iter_entry *log);

/**
 * vkv_iter_close_all() - controller reset; no command is left
 * @dev: the device
 */
void vkv_iter_close_all(struct vkv_dev *dev);

#endif
