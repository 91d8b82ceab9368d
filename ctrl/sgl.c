// SPDX-License-Identifier: GPL-2.0
/*
 * Host buffers described by scatter gather lists (base specification, section
 * 4.1.2): data blocks at any address and of any length, bit buckets, and
 * segments of such descriptors, each but the last ending in a descriptor of the
 * next one.
 *
 * Descriptors come from host memory, can have any value, and are read once.
 * Each one that is read is counted, so segments that form a ring, and blocks
 * without a byte, come to an end. An SGL longer than the transfer is fine (SGLS
 * bit 18).
 *
 * The vendor dialect counts a value in dwords, and scripts give just the bytes
 * that they have, or fewer than they say. With PRPs this goes well, since the
 * driver's page has more. Newer drivers describe passthrough buffers by SGLs,
 * to the byte. So such a value goes on with zeros behind its SGL, and what is
 * retrieved ends there.
 */
#include "ctrl/sgl.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "ctrl/dev.h"
#include "ctrl/host.h"
#include "ctrl/prp.h"
#include "vkv_assert.h"

struct descriptor {
	u64 addr;
	u32 len;
	u8 type;
};

void vkv_sgl_init(struct vkv_sgl *sgl, const struct nvme_sqe *sqe, u32 len)
{
	sgl->first[0] = le64_to_cpu(sqe->prp1);
	sgl->first[1] = le64_to_cpu(sqe->prp2);
	sgl->started = false;
	/* Bit 0 of an opcode, in every dialect: data from the host. */
	sgl->reading = !(sqe->opcode & 1);
	sgl->last = true;
	sgl->nr = 1;
	sgl->budget = VKV_SGL_DESCRIPTORS + len / VKV_SGL_BYTES * 2;
	sgl->block_left = 0;
}

/* Reads @nr qwords, all in one page. */
static int read_qwords(struct vkv_dev *dev, u64 addr, u64 *value, u32 nr)
{
	struct vkv_host_use use;
	__le64 *p = vkv_host_begin(dev, addr, VKV_FROM_HOST, &use);
	u32 i;

	VKV_ASSERT(addr % VKV_PAGE + nr * sizeof(u64) <= VKV_PAGE);
	if (!p)
		return -EFAULT;
	for (i = 0; i < nr; i++)
		value[i] = le64_to_cpu(READ_ONCE(p[i]));
	vkv_host_end(dev, &use, p);
	return 0;
}

/* A descriptor can lie across the end of a page, a qword cannot. */
static int read_descriptor(struct vkv_dev *dev, struct vkv_sgl *sgl, u64 *qword)
{
	u32 here = (VKV_PAGE - sgl->segment % VKV_PAGE) / sizeof(u64);
	int ret = 0;

	if (!sgl->started) {
		qword[0] = sgl->first[0];
		qword[1] = sgl->first[1];
		sgl->started = true;
	} else {
		ret = read_qwords(dev, sgl->segment, qword, min(here, 2u));
		if (!ret && here < 2)
			ret = read_qwords(dev, sgl->segment + 8, &qword[1], 1);
		sgl->segment += NVME_SGL_DESCRIPTOR;
	}
	sgl->nr--;
	return ret;
}

static int next_descriptor(struct vkv_dev *dev, struct vkv_sgl *sgl,
			   struct descriptor *d)
{
	u64 qword[2];
	int ret;

	if (!sgl->nr)
		return sgl->last ? -EMSGSIZE : -ENOLINK;
	if (!sgl->budget)
		return -E2BIG;
	sgl->budget--;
	ret = read_descriptor(dev, sgl, qword);
	if (ret)
		return ret;
	d->addr = qword[0];
	d->len = lower_32_bits(qword[1]);
	d->type = qword[1] >> 56;
	return 0;
}

/*
 * A segment descriptor is the last of its segment, and not in the last segment.
 */
static int enter_segment(struct vkv_sgl *sgl, const struct descriptor *d,
			 bool in_command)
{
	if (sgl->nr)
		return -E2BIG;
	if (sgl->last && !in_command)
		return -ENOLINK;
	if (!d->len || d->len % NVME_SGL_DESCRIPTOR || d->addr % sizeof(u64))
		return -ENOLINK;
	sgl->segment = d->addr;
	sgl->nr = d->len / NVME_SGL_DESCRIPTOR;
	sgl->last = d->type == NVME_SGL_LAST_SEGMENT;
	return 0;
}

static int use_descriptor(struct vkv_xfer *x, const struct descriptor *d,
			  bool in_command)
{
	struct vkv_sgl *sgl = &x->sgl;

	switch (d->type) {
	case NVME_SGL_DATA_BLOCK:
		sgl->block = d->addr;
		sgl->block_left = d->len;
		return 0;
	case NVME_SGL_BIT_BUCKET:
		/*
		 * No data come out of a bucket: in a source it has no length.
		 */
		x->discard = true;
		x->in_page = sgl->reading ? d->len : 0;
		return 0;
	case NVME_SGL_SEGMENT:
	case NVME_SGL_LAST_SEGMENT:
		return enter_segment(sgl, d, in_command);
	default:
		return -EPROTOTYPE;
	}
}

static void take_from_block(struct vkv_xfer *x)
{
	struct vkv_sgl *sgl = &x->sgl;

	x->addr = sgl->block;
	x->in_page = min_t(u32, sgl->block_left,
			   VKV_PAGE - sgl->block % VKV_PAGE);
	sgl->block += x->in_page;
	sgl->block_left -= x->in_page;
}

static bool is_vendor_value(const struct vkv_cmd *cmd)
{
	return cmd->sqe.opcode == NVME_VENDOR_STORE ||
	       cmd->sqe.opcode == NVME_VENDOR_RETRIEVE;
}

static int take_padding(struct vkv_xfer *x)
{
	x->discard = true;
	x->in_page = VKV_PAGE;
	return 0;
}

int vkv_sgl_next(struct vkv_xfer *x)
{
	bool in_command = !x->sgl.started;
	struct descriptor d;
	int ret;

	x->discard = false;
	if (!x->sgl.block_left) {
		ret = next_descriptor(x->dev, &x->sgl, &d);
		if (ret == -EMSGSIZE && is_vendor_value(x->cmd))
			return take_padding(x);
		if (!ret)
			ret = use_descriptor(x, &d, in_command);
		if (ret)
			return ret;
	}
	if (x->sgl.block_left)
		take_from_block(x);
	return 0;
}
