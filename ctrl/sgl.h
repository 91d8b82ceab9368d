/* SPDX-License-Identifier: GPL-2.0 */
/* Host buffers described by scatter gather lists; see ctrl/sgl.c. */
#ifndef VKV_SGL_H
#define VKV_SGL_H

#include <linux/types.h>

struct nvme_sqe;
struct vkv_xfer;

/*
 * A command may have VKV_SGL_DESCRIPTORS descriptors, those of segments
 * included, and two more for each VKV_SGL_BYTES bytes, which is enough for a
 * segment for every logical block. So the time of a walk is in proportion to
 * its bytes.
 */
#define VKV_SGL_DESCRIPTORS 1024u
#define VKV_SGL_BYTES 512u

/* Where a walk over an SGL is. */
struct vkv_sgl {
	u64 first[2];		/* the descriptor in the command, until it is used */
	bool started;
	bool reading;		/* the host's buffer is a destination */
	bool last;		/* this segment is the last one */
	u64 segment;		/* next descriptor of this segment */
	u32 nr;			/* descriptors left in it */
	u32 budget;		/* descriptors left for the command */
	u64 block;		/* next byte of this data block */
	u32 block_left;		/* its bytes, beyond what the walk has taken */
};

/**
 * vkv_sgl_init() - begin to walk a command's SGL
 * @sgl: the walk's
 * @sqe: SGL1 where PRP1 and PRP2 are otherwise
 * @len: bytes of the whole transfer
 */
void vkv_sgl_init(struct vkv_sgl *sgl, const struct nvme_sqe *sqe, u32 len);

/**
 * vkv_sgl_next() - the next bytes of the buffer, up to a page's end
 * @x: the walk; addr, in_page and discard are set
 *
 * This uses one descriptor at most. It may describe no byte; then in_page is 0.
 *
 * Return: 0; -EFAULT (no memory there), -ENOLINK (segment descriptor invalid),
 * -E2BIG (number of descriptors), -EMSGSIZE (the buffer is too short),
 * -EPROTOTYPE (descriptor type).
 */
int __must_check vkv_sgl_next(struct vkv_xfer *x);

#endif
