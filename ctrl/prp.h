/* SPDX-License-Identifier: GPL-2.0 */
/* Host buffers described by PRPs or SGLs. */
#ifndef VKV_PRP_H
#define VKV_PRP_H

#include <linux/types.h>

#include "ctrl/sgl.h"
#include "vkv.h"

struct vkv_cmd;
struct vkv_dev;

/* Entries of a PRP list that are read at once. */
#define VKV_PRP_BATCH 16u

/* A host buffer, walked front to back; see ctrl/prp.c and ctrl/sgl.c. */
struct vkv_xfer {
	struct vkv_dev *dev;
	struct vkv_cmd *cmd;
	u8 field;			/* byte of the entry in use */
	u64 addr;			/* next byte */
	u32 in_page;			/* bytes left of the current page */
	bool is_sgl;
	bool discard;			/* these bytes go nowhere: a bit bucket */
	bool large;			/* copied in the way that is best for large data */
	struct vkv_offload offload;
	union {
		struct {
			u32 left;	/* bytes in the pages after it */
			u64 prp2;
			u64 list;	/* next entry to be read, once listed */
			bool listed;
			u8 nr_read;	/* entries of @entry */
			u8 nr_used;
			u64 entry[VKV_PRP_BATCH];
		};
		struct vkv_sgl sgl;
	};
};

/**
 * vkv_xfer_init() - begin to walk a command's data pointer
 * @x: the walk
 * @dev: whose host
 * @cmd: the command; an error is located in it
 * @len: bytes of the whole transfer
 */
void vkv_xfer_init(struct vkv_xfer *x, struct vkv_dev *dev,
		   struct vkv_cmd *cmd, u32 len);

/**
 * vkv_xfer_init_key() - begin to walk a vendor key that is too long for its command
 * @x: the walk
 * @dev: whose host
 * @cmd: PRP1 in CDW12-13, PRP2 in CDW14-15
 * @len: bytes of the key
 */
void vkv_xfer_init_key(struct vkv_xfer *x, struct vkv_dev *dev,
		       struct vkv_cmd *cmd, u32 len);

/**
 * vkv_xfer_expect() - how much will be moved between the host and the memory
 * @x: the walk, just begun
 * @len: bytes
 *
 * Large transfers are copied by an engine where there is one
 * (vkv_host_ops.copy). Otherwise large data from the host is written past the
 * caches: it is not read soon, and its place in the memory need not be read
 * before it is written. vkv_xfer_settle() has to follow.
 */
void vkv_xfer_expect(struct vkv_xfer *x, u32 len);

/**
 * vkv_xfer_settle() - wait until everything that was moved is there
 * @x: the walk; also when it has failed
 * @err: how it ended
 *
 * A thread that sees anything written after this call sees the moved bytes,
 * too. (Bytes written past the caches are not ordered by a release.)
 * Context: may sleep.
 * Return: @err unless it is 0; 0, -EIO.
 */
int __must_check vkv_xfer_settle(struct vkv_xfer *x, int err);

/**
 * vkv_xfer_to_host() - the next bytes, from us to the host
 * @x: the walk
 * @buf: our bytes
 * @len: how many; with all before, not above the transfer's length
 *
 * Context: any thread.
 * Return: 0, -EINVAL (a PRP has an offset it may not have, or the transfer is
 * over), -EFAULT (the host has no memory there), -EHWPOISON (our bytes cannot be
 * read), or an error of vkv_sgl_next().
 */
int __must_check vkv_xfer_to_host(struct vkv_xfer *x, const void *buf, u32 len);

/**
 * vkv_xfer_from_host() - the next bytes, from the host to us
 * @x: the walk
 * @buf: where to
 * @len: how many
 *
 * Return: like vkv_xfer_to_host().
 */
int __must_check vkv_xfer_from_host(struct vkv_xfer *x, void *buf, u32 len);

/**
 * vkv_xfer_skip() - pass over the next bytes
 * @x: the walk
 * @len: how many
 *
 * Return: like vkv_xfer_to_host().
 */
int __must_check vkv_xfer_skip(struct vkv_xfer *x, u32 len);

/**
 * vkv_xfer_check() - pass over the next bytes, if the host has memory for them
 * @x: the walk
 * @len: how many
 *
 * Return: like vkv_xfer_to_host().
 */
int __must_check vkv_xfer_check(struct vkv_xfer *x, u32 len);

/**
 * vkv_xfer_zero() - the next bytes of the host become zero
 * @x: the walk
 * @len: how many
 *
 * Return: like vkv_xfer_to_host().
 */
int __must_check vkv_xfer_zero(struct vkv_xfer *x, u32 len);

/**
 * vkv_xfer_page_to_host() - a page of data for the host
 * @dev: the device
 * @cmd: whose data pointer
 * @buf: our bytes
 * @len: how many
 *
 * Context: the thread that owns the command.
 * Return: NVMe status.
 */
u16 vkv_xfer_page_to_host(struct vkv_dev *dev, struct vkv_cmd *cmd,
			  const void *buf, u32 len);

/**
 * vkv_xfer_page_from_host() - a page of data from the host
 * @dev: the device
 * @cmd: whose data pointer
 * @buf: where to
 * @len: how many bytes
 *
 * Context: the thread that owns the command.
 * Return: NVMe status.
 */
u16 vkv_xfer_page_from_host(struct vkv_dev *dev, struct vkv_cmd *cmd, void *buf,
			    u32 len);

#endif
