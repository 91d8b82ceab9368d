// SPDX-License-Identifier: GPL-2.0
/*
 * Host buffers described by Physical Region Pages (base specification, section
 * 4.1.1): PRP1 with an offset, then PRP2 as a second page or as a list, whose
 * last entry points to the next list when more than one page is left.
 *
 * Entries come from host memory, can have any value, and are read once. A list
 * that points to itself ends with the transfer, since every page of a list
 * moves at least 511 pages of data.
 */
#include "ctrl/prp.h"

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/barrier.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/host.h"
#include "ctrl/sgl.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "vkv_assert.h"

#define FIELD_PRP1 24
#define FIELD_KEY 48		/* CDW12 */

/* From this size on, copying past the caches was measured to be faster. */
#define LARGE_MIN 16384u
/* A shorter piece is copied here: handing it to an engine takes longer. */
#define OFFLOAD_MIN 512u

/* A buffer whose PRP1 is not valid: no byte of it may be touched. */
static void init_none(struct vkv_xfer *x)
{
	x->in_page = 0;
	x->left = 0;
	x->listed = false;
}

static void init(struct vkv_xfer *x, u64 prp1, u64 prp2, u32 len)
{
	x->addr = prp1;
	x->in_page = min_t(u32, len, VKV_PAGE - prp1 % VKV_PAGE);
	x->left = len - x->in_page;
	x->prp2 = prp2;
	x->listed = false;
	x->nr_read = 0;
	x->nr_used = 0;
}

static void xfer_begin(struct vkv_xfer *x, struct vkv_dev *dev,
		       struct vkv_cmd *cmd, u8 field)
{
	x->dev = dev;
	x->cmd = cmd;
	x->field = field;
	x->is_sgl = false;
	x->discard = false;
	x->large = false;
}

void vkv_xfer_init(struct vkv_xfer *x, struct vkv_dev *dev,
		   struct vkv_cmd *cmd, u32 len)
{
	xfer_begin(x, dev, cmd, FIELD_PRP1);
	if (unlikely(cmd->sqe.flags & NVME_SQE_PSDT)) {
		x->is_sgl = true;
		x->in_page = 0;
		vkv_sgl_init(&x->sgl, &cmd->sqe, len);
		return;
	}
	/* Section 4.1.1: its offset is a multiple of a dword. */
	if (unlikely(le64_to_cpu(cmd->sqe.prp1) % sizeof(__le32)))
		init_none(x);
	else
		init(x, le64_to_cpu(cmd->sqe.prp1), le64_to_cpu(cmd->sqe.prp2),
		     len);
}

void vkv_xfer_init_key(struct vkv_xfer *x, struct vkv_dev *dev,
		       struct vkv_cmd *cmd, u32 len)
{
	const struct nvme_sqe *sqe = &cmd->sqe;

	xfer_begin(x, dev, cmd, FIELD_KEY);
	init(x,
	     le32_to_cpu(sqe->cdw12) | (u64)le32_to_cpu(sqe->cdw13) << 32,
	     le32_to_cpu(sqe->cdw14) | (u64)le32_to_cpu(sqe->cdw15) << 32, len);
}

void vkv_xfer_expect(struct vkv_xfer *x, u32 len)
{
	x->large = len >= LARGE_MIN;
	x->offload.nr = 0;
}

int vkv_xfer_settle(struct vkv_xfer *x, int err)
{
	int copied = 0;

	if (likely(!x->large))
		return err;
	wmb();	/* bytes past the caches, before everything that is written next */
	if (x->offload.nr)
		copied = x->dev->cfg.ops->copied(x->dev->cfg.host, &x->offload);
	return err ? err : copied;
}

/*
 * Reads the next PRP entries: as many as the transfer needs, this page of the
 * list has, and x->entry[] takes.
 */
static int read_entries(struct vkv_xfer *x)
{
	u32 room = (VKV_PAGE - x->list % VKV_PAGE) / sizeof(__le64);
	u32 nr = min(DIV_ROUND_UP(x->left, VKV_PAGE), room), i;
	struct vkv_host_use use;
	__le64 *p = vkv_host_begin(x->dev, x->list, VKV_FROM_HOST, &use);

	if (!p)
		return -EFAULT;
	VKV_ASSERT(!(x->list % sizeof(__le64)));
	nr = min(nr, VKV_PRP_BATCH);
	for (i = 0; i < nr; i++)
		x->entry[i] = le64_to_cpu(READ_ONCE(p[i]));
	vkv_host_end(x->dev, &use, p);
	x->list += nr * sizeof(*p);
	x->nr_read = nr;
	x->nr_used = 0;
	return 0;
}

static int read_entry(struct vkv_xfer *x, u64 *entry)
{
	int ret = x->nr_used < x->nr_read ? 0 : read_entries(x);

	if (!ret)
		*entry = x->entry[x->nr_used++];
	return ret;
}

/* Has the last entry of a page been read? */
static bool is_end_of_list(const struct vkv_xfer *x)
{
	return x->nr_used == x->nr_read && !(x->list % VKV_PAGE);
}

/* The next data page's entry, from a list that may go on in another page. */
static int next_listed(struct vkv_xfer *x, u64 *entry)
{
	int ret = read_entry(x, entry);

	if (ret || !is_end_of_list(x) || x->left <= VKV_PAGE)
		return ret;
	if (*entry % VKV_PAGE)
		return -EINVAL;
	x->list = *entry;
	return read_entry(x, entry);
}

static int next_page(struct vkv_xfer *x)
{
	u64 entry = x->prp2;
	int ret = 0;

	if (!x->left)
		return -EINVAL;
	if (!x->listed)
		x->field += sizeof(__le64);	/* from PRP1 to PRP2 */
	if (!x->listed && x->left > VKV_PAGE) {
		if (x->prp2 % sizeof(__le64))
			return -EINVAL;
		x->listed = true;
		x->list = x->prp2;
	}
	if (x->listed)
		ret = next_listed(x, &entry);
	if (ret)
		return ret;
	if (entry % VKV_PAGE)
		return -EINVAL;
	x->addr = entry;
	x->in_page = min(x->left, VKV_PAGE);
	x->left -= x->in_page;
	return 0;
}

enum direction { TO_HOST, FROM_HOST, ZERO, SKIP, CHECK };

/*
 * Copies whole cache lines past the caches. A part of a line would have to be
 * read from memory, changed, and written back.
 */
static void stream(void *to, const void *from, u32 len)
{
	u32 head = min_t(u32, len, -(uintptr_t)to % L1_CACHE_BYTES);
	u32 lines = round_down(len - head, L1_CACHE_BYTES);

	memcpy(to, from, head);
	memcpy_flushcache(to + head, from + head, lines);
	memcpy(to + head + lines, from + head + lines, len - head - lines);
}

static enum vkv_access access_of(enum direction dir)
{
	return dir == TO_HOST || dir == ZERO ? VKV_TO_HOST : VKV_FROM_HOST;
}

/*
 * Hands a copy to an engine. The page is looked up, but not kept, because
 * engines are spoken to with interrupts on.
 */
static bool offload(struct vkv_xfer *x, void *buf, u32 len, enum direction dir)
{
	const struct vkv_host_ops *ops = x->dev->cfg.ops;
	struct vkv_host_use use;
	void *host;

	if (!x->large || !ops->copy || len < OFFLOAD_MIN || !buf)
		return false;
	host = vkv_host_begin(x->dev, x->addr, access_of(dir), &use);
	if (!host)
		return false;
	vkv_host_end(x->dev, &use, host);
	return ops->copy(x->dev->cfg.host, &x->offload, host, buf, len,
			 dir == TO_HOST);
}

/* Our memory may be poisoned. The host's is its own business. */
static int copy(struct vkv_xfer *x, void *host, void *buf, u32 len,
		enum direction dir)
{
	if (dir == TO_HOST)
		return copy_mc_to_kernel(host, buf, len) ? -EHWPOISON : 0;
	if (dir == ZERO)
		memset(host, 0, len);
	else if (x->large)
		stream(buf, host, len);
	else
		memcpy(buf, host, len);
	return 0;
}

static int move(struct vkv_xfer *x, void *buf, u32 len, enum direction dir)
{
	struct vkv_host_use use;
	int ret = 0;
	void *p;

	/* A bucket gives no bytes, so these are zeros behind an SGL. */
	if (x->discard && dir == FROM_HOST)
		memset(buf, 0, len);
	if (dir == SKIP || x->discard || !len || offload(x, buf, len, dir))
		return 0;
	p = vkv_host_begin(x->dev, x->addr, access_of(dir), &use);
	if (!p)
		return -EFAULT;
	if (dir != CHECK)
		ret = copy(x, p, buf, len, dir);
	vkv_host_end(x->dev, &use, p);
	return ret;
}

static int walk_pages(struct vkv_xfer *x, void *buf, u32 len,
		      enum direction dir)
{
	u32 n;
	int ret;

	while (len) {
		if (!x->in_page) {
			ret = x->is_sgl ? vkv_sgl_next(x) : next_page(x);
			if (ret)
				return ret;
		}
		n = min(len, x->in_page);
		ret = move(x, buf, n, dir);
		if (ret)
			return ret;
		x->addr += n;
		x->in_page -= n;
		if (buf)
			buf += n;
		len -= n;
	}
	return 0;
}

static int walk(struct vkv_xfer *x, void *buf, u32 len, enum direction dir)
{
	int ret = walk_pages(x, buf, len, dir);

	if (ret && ret != -EHWPOISON)
		vkv_reject(x->cmd, VKV_FIELD(x->field, 0), 0);
	if (ret == -EFAULT)
		vkv_stats_refused(x->cmd);
	return ret;
}

int vkv_xfer_to_host(struct vkv_xfer *x, const void *buf, u32 len)
{
	return walk(x, (void *)buf, len, TO_HOST);
}

int vkv_xfer_from_host(struct vkv_xfer *x, void *buf, u32 len)
{
	return walk(x, buf, len, FROM_HOST);
}

int vkv_xfer_skip(struct vkv_xfer *x, u32 len)
{
	return walk(x, NULL, len, SKIP);
}

int vkv_xfer_check(struct vkv_xfer *x, u32 len)
{
	return walk(x, NULL, len, CHECK);
}

int vkv_xfer_zero(struct vkv_xfer *x, u32 len)
{
	return walk(x, NULL, len, ZERO);
}

u16 vkv_xfer_page_to_host(struct vkv_dev *dev, struct vkv_cmd *cmd,
			  const void *buf, u32 len)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, dev, cmd, len);
	ret = vkv_xfer_to_host(&x, buf, len);
	return ret ? vkv_status_of_transfer(ret) : NVME_SC_SUCCESS;
}

u16 vkv_xfer_page_from_host(struct vkv_dev *dev, struct vkv_cmd *cmd, void *buf,
			    u32 len)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, dev, cmd, len);
	ret = vkv_xfer_from_host(&x, buf, len);
	return ret ? vkv_status_of_transfer(ret) : NVME_SC_SUCCESS;
}
