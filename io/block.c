// SPDX-License-Identifier: GPL-2.0
/*
 * The NVM Command Set: block I/O over the same FTL.
 *
 * A unit of 4 KiB is a value. Its key is its number, in a keyspace of the
 * namespace's own. Units never written are absent and read as zeroes. A write
 * of part of a unit makes a new version of it from the old one, and begins
 * again if another command changed it meanwhile. A command that has to wait
 * keeps the number of bytes that it has done in req.progress, and the room for
 * the others in req.aside.
 */
#include "io/block.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/ns.h"
#include "ctrl/prp.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "io/verbs.h"
#include "vkv_assert.h"

/* A command without data handles so many units before other commands run. */
#define UNITS_PER_ROUND 1024u

struct unit {
	__le64 nr;
	struct vkv_key key;
	u32 offset;		/* bytes into the unit */
	u32 len;		/* bytes of it that the command touches */
};

/* The unit at byte @pos, as far as @end. */
static void unit_at(struct unit *u, const struct vkv_ns *ns, u64 pos, u64 end)
{
	VKV_ASSERT(pos < end);
	u->nr = cpu_to_le64(pos >> VKV_UNIT_SHIFT);
	u->key.data = (const u8 *)&u->nr;
	u->key.len = sizeof(u->nr);
	u->key.keyspace = ns->keyspace_block;
	u->key.hash = 0;
	u->offset = pos % VKV_UNIT;
	u->len = min_t(u64, VKV_UNIT - u->offset, end - pos);
}

static bool range_valid(const struct vkv_ns *ns, u64 lba, u64 nr)
{
	return lba <= ns->nr_lbas && nr <= ns->nr_lbas - lba;
}

u16 vkv_block_decode_range(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	cmd->req.lba = vkv_cmd_cdw10(cmd) |
		       (u64)vkv_cmd_cdw11(cmd) << 32;
	cmd->req.nr_lbas = (le32_to_cpu(cmd->sqe.cdw12) & 0xffff) + 1;
	if (range_valid(cmd->ns, cmd->req.lba, cmd->req.nr_lbas))
		return NVME_SC_SUCCESS;
	return vkv_reject(cmd, VKV_FIELD(40, 0), NVME_SC_LBA_RANGE);
}

u16 vkv_block_decode_transfer(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = vkv_block_decode_range(dev, cmd);
	u64 len = cmd->req.nr_lbas << VKV_LBA_SHIFT;

	if (status)
		return status;
	if (len > VKV_IO_MAX)
		return vkv_reject(cmd, VKV_FIELD(48, 0), NVME_SC_INVALID_FIELD);
	cmd->req.len = len;
	return NVME_SC_SUCCESS;
}

u16 vkv_block_decode_flush(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return NVME_SC_SUCCESS;
}

/*
 * The ranges of Dataset Management lie in host memory; the worker reads them.
 */
u16 vkv_block_decode_dsm(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return NVME_SC_SUCCESS;
}

static int read_unit(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct vkv_xfer *x, const struct unit *u)
{
	unsigned int i;
	int ret;

	ret = vkv_ftl_lookup(w->ctx, &u->key, u->offset, u->len, &w->view,
			     &w->fp);
	if (ret == -ENOENT) {
		ret = vkv_xfer_zero(x, u->len);
		return ret ? vkv_status_of_transfer(ret) : 0;
	}
	if (ret)
		return ret;
	for (i = 0; i < w->view.nr && !ret; i++)
		ret = vkv_xfer_to_host(x, w->view.piece[i].data,
				       w->view.piece[i].len);
	return vkv_status_of_reading(ret);
}

/* Writes a new version of a unit: the old one with @u's part changed. */
static int write_part(struct vkv_worker *w, struct vkv_cmd *cmd,
		      struct vkv_xfer *x, const struct unit *u)
{
	struct vkv_txn *txn = &w->txn[0];
	const struct vkv_view *base = &w->view;
	unsigned int i;
	u32 pos = 0;
	int ret;

	ret = vkv_ftl_lookup(w->ctx, &u->key, 0, VKV_UNIT, &w->view, &w->fp);
	if (ret == -ENOENT)
		base = NULL;
	else if (ret)
		return ret;
	memset(w->buf, 0, VKV_UNIT);
	for (i = 0; base && i < base->nr; i++) {
		if (copy_mc_to_kernel(w->buf + pos, base->piece[i].data,
				      base->piece[i].len))
			return -EIO;
		pos += base->piece[i].len;
	}
	if (x)
		ret = vkv_xfer_from_host(x, w->buf + u->offset, u->len);
	else
		memset(w->buf + u->offset, 0, u->len);
	if (x && ret)
		return vkv_status_of_transfer(ret);
	ret = vkv_ftl_reserve(w->ctx, &u->key, VKV_UNIT, 0, txn, &w->fp);
	if (ret)
		return ret;
	for (i = 0, pos = 0; i < txn->nr; pos += txn->piece[i++].len)
		memcpy(txn->piece[i].data, w->buf + pos, txn->piece[i].len);
	return vkv_ftl_replace(w->ctx, txn, base, &w->fp);
}

static int write_whole(struct vkv_worker *w, struct vkv_cmd *cmd,
		       struct vkv_xfer *x, const struct unit *u)
{
	struct vkv_txn *txn = &w->txn[0];
	unsigned int i;
	int ret;

	ret = vkv_ftl_reserve(w->ctx, &u->key, VKV_UNIT, 0, txn, &w->fp);
	if (ret)
		return ret;
	for (i = 0; i < txn->nr; i++) {
		ret = vkv_xfer_from_host(x, txn->piece[i].data,
					 txn->piece[i].len);
		if (ret) {
			vkv_ftl_abort(w->ctx, txn);
			return vkv_status_of_transfer(ret);
		}
	}
	return vkv_ftl_commit(w->ctx, txn, &w->fp);
}

static int write_unit(struct vkv_worker *w, struct vkv_cmd *cmd,
		      struct vkv_xfer *x, const struct unit *u)
{
	return u->len == VKV_UNIT ? write_whole(w, cmd, x, u) :
				    write_part(w, cmd, x, u);
}

/* Writes zeroes by removing the unit: an absent unit reads as zeroes. */
static int zero_unit(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct vkv_xfer *x, const struct unit *u)
{
	int ret;

	if (u->len == VKV_UNIT) {
		ret = vkv_ftl_delete(w->ctx, &u->key, &w->fp);
		return ret == -ENOENT ? 0 : ret;
	}
	ret = vkv_ftl_lookup(w->ctx, &u->key, 0, 0, &w->view, &w->fp);
	if (ret == -ENOENT)
		return 0;
	return ret ? ret : write_part(w, cmd, NULL, u);
}

/* Calls @fn for every unit from @pos to @end that is not done yet. */
static int for_units(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct vkv_xfer *x, u64 pos, u64 end, u32 *budget,
		     int (*fn)(struct vkv_worker *w, struct vkv_cmd *cmd,
			       struct vkv_xfer *x, const struct unit *u))
{
	struct unit u;
	int ret;

	while (pos < end) {
		if (!(*budget)--) {
			*budget = 0;
			return -EAGAIN;
		}
		unit_at(&u, cmd->ns, pos, end);
		ret = fn(w, cmd, x, &u);
		if (ret)
			return ret;
		pos += u.len;
		cmd->req.progress += u.len;
		cmd->progressed = true;
	}
	return 0;
}

static int transfer_units(struct vkv_worker *w, struct vkv_cmd *cmd,
			  int (*fn)(struct vkv_worker *w, struct vkv_cmd *cmd,
				    struct vkv_xfer *x, const struct unit *u))
{
	u64 start = cmd->req.lba << VKV_LBA_SHIFT;
	u32 budget = UNITS_PER_ROUND;
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_skip(&x, cmd->req.progress);
	if (ret)
		return vkv_status_of_transfer(ret);
	return for_units(w, cmd, &x, start + cmd->req.progress,
			 start + cmd->req.len, &budget, fn);
}

int vkv_block_read(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret = transfer_units(w, cmd, read_unit);

	if (!ret) {
		vkv_worker_count(w, VKV_COUNT_READS, 1);
		vkv_cmd_moved(cmd, VKV_COUNT_READ_BYTES, cmd->req.len);
	}
	return ret;
}

/* Bytes of all units that a transfer touches. */
static u64 span(const struct vkv_cmd *cmd)
{
	u64 start = cmd->req.lba << VKV_LBA_SHIFT;

	return ALIGN(start + cmd->req.len, VKV_UNIT) -
	       ALIGN_DOWN(start, VKV_UNIT);
}

/*
 * Can the whole buffer be reached? (A host that changes its PRP list after this
 * check harms only itself.)
 */
static int check_buffer(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_check(&x, cmd->req.len);
	return ret ? vkv_status_of_transfer(ret) : 0;
}

/* Bytes of the units that a write has still to add. */
static u64 growth(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	u64 pos = cmd->req.lba << VKV_LBA_SHIFT, end = pos + cmd->req.len;
	struct vkv_footprint unpaid = {};
	u64 sum = 0;
	struct unit u;

	for (pos += cmd->req.progress; pos < end; pos += u.len) {
		unit_at(&u, cmd->ns, pos, end);
		if (vkv_ftl_lookup(w->ctx, &u.key, 0, 0, &w->view, &unpaid))
			sum += VKV_UNIT;
	}
	return sum;
}

/* Is there room for as much as all workers can set aside at once, and more? */
static bool is_plenty(const struct vkv_dev *dev, u8 keyspace)
{
	return vkv_ftl_keyspace_room(dev->ftl, keyspace) >
	       (dev->nr_workers + 2ull) * VKV_IO_MAX;
}

static int set_aside(struct vkv_worker *w, struct vkv_cmd *cmd, u64 need)
{
	int ret = vkv_ftl_set_aside(w->dev->ftl, cmd->ns->keyspace_block, need);

	if (!ret)
		cmd->req.aside = need;
	return ret;
}

/*
 * Takes room for every unit that a write will add. While there is plenty of
 * room, all its units count. Otherwise the units are looked up, so that the
 * write takes no room that other commands need.
 */
static int take_room(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	if (is_plenty(w->dev, cmd->ns->keyspace_block) &&
	    !set_aside(w, cmd, span(cmd)))
		return 0;
	return set_aside(w, cmd, growth(w, cmd));
}

/* A write that has to wait gives back the room that it does not need. */
static void keep_needed(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	u64 need;

	if (!cmd->req.aside)
		return;
	need = min(growth(w, cmd), cmd->req.aside);
	vkv_ftl_give_back(w->dev->ftl, cmd->ns->keyspace_block,
			  cmd->req.aside - need);
	cmd->req.aside = need;
}

/*
 * Every reason for a write to fail, except damage, is found before the first of
 * its units changes.
 */
static int prepare_write(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret;

	/* One unit is all or nothing by itself. */
	if (span(cmd) == VKV_UNIT)
		return 0;
	ret = check_buffer(w, cmd);
	return ret ? ret : take_room(w, cmd);
}

int vkv_block_write(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	bool begins = !cmd->req.progress && !cmd->req.aside;
	int ret = begins ? prepare_write(w, cmd) : 0;

	if (ret)
		return ret;
	vkv_ftl_use_aside(w->ctx, &cmd->req.aside);
	ret = transfer_units(w, cmd, write_unit);
	vkv_ftl_use_aside(w->ctx, NULL);
	if (ret == -EAGAIN) {
		if (begins)
			keep_needed(w, cmd);
		return ret;
	}
	vkv_io_give_back(w->dev, cmd);
	if (!ret) {
		vkv_worker_count(w, VKV_COUNT_WRITES, 1);
		vkv_cmd_moved(cmd, VKV_COUNT_WRITTEN_BYTES, cmd->req.len);
	}
	return ret;
}

int vkv_block_write_zeroes(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	u64 start = cmd->req.lba << VKV_LBA_SHIFT;
	u32 budget = UNITS_PER_ROUND;

	return for_units(w, cmd, NULL, start + cmd->req.progress,
			 start + (cmd->req.nr_lbas << VKV_LBA_SHIFT), &budget,
			 zero_unit);
}

/* --- Dataset Management --- */

static unsigned int nr_ranges(const struct vkv_cmd *cmd)
{
	return (vkv_cmd_cdw10(cmd) & 0xff) + 1;
}

static int read_ranges(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct nvme_dsm_range *r = (const void *)w->ranges;
	unsigned int i, nr = nr_ranges(cmd);
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, nr * sizeof(*r));
	ret = vkv_xfer_from_host(&x, w->ranges, nr * sizeof(*r));
	if (ret)
		return vkv_status_of_transfer(ret);
	for (i = 0; i < nr; i++)
		if (!range_valid(cmd->ns, le64_to_cpu(r[i].slba),
				 le32_to_cpu(r[i].nlb)))
			return NVME_SC_LBA_RANGE;
	return 0;
}

/*
 * req.progress counts over all ranges. A list that has changed is checked
 * again.
 */
static int deallocate(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct nvme_dsm_range *r = (const void *)w->ranges;
	u64 done = cmd->req.progress;
	u32 budget = UNITS_PER_ROUND;
	unsigned int i;
	int ret;

	for (i = 0; i < nr_ranges(cmd); i++) {
		u64 start = le64_to_cpu(r[i].slba) << VKV_LBA_SHIFT;
		u64 len = (u64)le32_to_cpu(r[i].nlb) << VKV_LBA_SHIFT;
		u64 skip = min(done, len);

		done -= skip;
		ret = for_units(w, cmd, NULL, start + skip, start + len,
				&budget, zero_unit);
		if (ret)
			return ret;
	}
	return 0;
}

int vkv_block_dsm(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret = read_ranges(w, cmd);

	if (ret)
		return ret;
	if (!(vkv_cmd_cdw11(cmd) & NVME_DSM_DEALLOCATE))
		return 0;
	return deallocate(w, cmd);
}
