/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host and its buffer. The bytes of the buffer are scattered over memory, and
 * PRPs or SGLs describe them. No command may change the bytes around them.
 */
#ifndef ORACLE_HOST_H
#define ORACLE_HOST_H

#include "native/dice.h"
#include "native/ctrl/loopback.h"

#define HOST_PAGES 600u
#define HOST_EXTENTS 600u
#define HOST_NOWHERE 4096u	/* an address without memory */

/**
 * struct host_extent - a piece of the buffer
 * @addr: its address
 * @len: its length
 * @pointer: the PRP entry, or the address in the SGL descriptor, that points to
 *	it
 */
struct host_extent {
	u64 addr;
	u32 len;
	__le64 *pointer;
};

struct host {
	struct loop *l;
	struct dice *dice;
	u64 region;		/* pages for buffers */
	u64 lists;		/* pages for PRP lists and SGL segments */
	u64 keys;		/* pages for keys, and for answers to admin commands */
	u16 page[HOST_PAGES];	/* pages of the region, shuffled */
	struct host_extent extent[HOST_EXTENTS];
	u32 nr;
};

void host_init(struct host *h, struct loop *l, struct dice *dice);

/*
 * Makes a buffer of @len bytes, and lets @sqe describe it in some way. When the
 * host reads (@reading), the device writes to the buffer; then parts of it may
 * be bit buckets.
 */
void host_describe(struct host *h, struct nvme_sqe *sqe, u32 len, bool reading);

/* These write and read all of the buffer. */
void host_put(struct host *h, const u8 *from);
void host_get(struct host *h, u8 *to);

/*
 * Has the command, which is complete, changed only the first @n bytes of the
 * buffer? This looks at all pages of the buffer, and ends its use.
 */
bool host_clean(struct host *h, u32 n);
/* The same for all pages, when there is no buffer. */
bool host_all_clean(struct host *h);

/*
 * Makes one of the buffer's pointers a bad one. Returns the status for that, or
 * 0 when the buffer has no pointer.
 */
u16 host_break(struct host *h, const struct nvme_sqe *sqe);

/*
 * Puts a key of the vendor dialect into the entry, or where CDW12-15 point to.
 */
void host_name(struct host *h, struct nvme_sqe *sqe, const u8 *name, u32 len);

#endif
