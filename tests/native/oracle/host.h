/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host's buffer: bytes scattered over memory, described by PRPs or SGLs, and
 * around them others that nobody may change.
 */
#ifndef ORACLE_HOST_H
#define ORACLE_HOST_H

#include "native/dice.h"
#include "native/ctrl/loopback.h"

#define HOST_PAGES 600u
#define HOST_EXTENTS 600u
#define HOST_NOWHERE 4096u	/* there is no memory */

/**
 * struct host_extent - bytes that follow one another
 * @addr: where they are
 * @len: how many
 * @pointer: the PRP entry, or the SGL descriptor's address, that says so
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
	u16 page[HOST_PAGES];	/* the region's, shuffled */
	struct host_extent extent[HOST_EXTENTS];
	u32 nr;
};

void host_init(struct host *h, struct loop *l, struct dice *dice);

/*
 * A buffer of @len bytes that @sqe describes, somehow. What is written to can
 * have parts that are thrown away: not what the device reads (@reading is the
 * host's view).
 */
void host_describe(struct host *h, struct nvme_sqe *sqe, u32 len, bool reading);

/* Over all of the buffer. */
void host_put(struct host *h, const u8 *from);
void host_get(struct host *h, u8 *to);

/*
 * The command is done: has it changed only the first @n bytes of the buffer?
 * Looks at its pages; the buffer is no more.
 */
bool host_clean(struct host *h, u32 n);
/* The same for all pages, when there is no buffer. */
bool host_all_clean(struct host *h);

/*
 * Makes one of the buffer's pointers a bad one: the status for it, 0 when there
 * was none.
 */
u16 host_break(struct host *h, const struct nvme_sqe *sqe);

/* A key of the vendor dialect; inline, or where CDW12-15 point to. */
void host_name(struct host *h, struct nvme_sqe *sqe, const u8 *name, u32 len);

#endif
