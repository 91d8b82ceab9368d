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

/* A host buffer, walked front to back; see prp.c and sgl.c. */
struct vkv_xfer {
	struct vkv_dev *dev;
	struct vkv_cmd *cmd;
	u8 field;			/* byte of the entry in use */
	u64 addr;			/* next byte */
	u32 in_page;			/* bytes left of the current page */
	bool is_sgl;
	bool discard;			/* these bytes go nowhere: a bit bucket */
	bool large;			/* copied the way that is best for much */
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
 * vkv_xfer_init_key() - begin to walk a vendor key too long for its command
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
 * Much is left to somebody else (struct vkv_host_ops), or what comes from the host
 * is written past the caches: it is not looked at soon, and its place in the memory
 * need not be read before it is written. vkv_xfer_settle() has to follow.
 */
void vkv_xfer_expect(struct vkv_xfer *x, u32 len);

/**
 * vkv_xfer_settle() - what was moved is there, for all who see what is written next
 * @x: the walk; also when it has failed
 * @err: how it ended
 *
 * Bytes written past the caches are not ordered like others, not even by a
 * release. Context: may sleep. Return: @err unless it is 0; 0, -EIO.
 */
int __must_check vkv_xfer_settle(struct vkv_xfer *x, int err);

/**
 * vkv_xfer_to_host() - the next bytes, from us to the host
 * @x: the walk
 * @buf: our bytes
 * @len: how many; with all before, not above the transfer's length
 *
 * Context: any thread. Return: 0, -EINVAL (a PRP has an offset it may not have, or
 * the transfer is over), -EFAULT (the host has no memory there), or what is wrong
 * with an SGL, as from vkv_sgl_next().
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
 * vkv_xfer_status() - what a failed walk is called in a completion
 * @err: from one of the above, not 0
 *
 * Return: NVMe status, the same in every command set.
 */
u16 vkv_xfer_status(int err);

#endif
