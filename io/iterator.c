// SPDX-License-Identifier: GPL-2.0
/*
 * The vendor dialect's iterators: open, read, close, and the kind that deletes.
 *
 * An iterator is a cursor in a keyspace and a filter on the first four bytes of
 * keys. One command uses it at a time: it->owner is set, under vkv_iters.lock,
 * from the command's first execution to its end, over any number of rounds.
 * Other commands that read it are parked meanwhile.
 *
 * A delete iterator is a job of the worker that opened it (it->worker), which
 * does a step a round. Closing it only clears it->open; the slot is free when
 * the worker has let go of it.
 */
#include "io/iterator.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/ns.h"
#include "ctrl/prp.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "timing/timing.h"
#include "vkv_assert.h"

/* A command or a job looks at so many times 64 keys in one round. */
#define BUDGET 64u
#define DELETES_PER_ROUND 64u

void vkv_iters_init(struct vkv_dev *dev)
{
	spin_lock_init(&dev->iters->lock);
}

/* --- open and close --- */

enum vkv_iter_type vkv_iter_type(u8 option)
{
	switch (option & ~NVME_VENDOR_ITER_OPEN) {
	case NVME_VENDOR_ITER_KEY:
		return VKV_ITER_KEY;
	case NVME_VENDOR_ITER_KEY_VALUE:
		return VKV_ITER_KEY_VALUE;
	case NVME_VENDOR_ITER_DELETE:
		return VKV_ITER_DELETE;
	default:
		return 0;
	}
}

/* The iterator whose handle is in CDW11[7:0]. */
static struct vkv_iter *find_open(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	u32 handle = vkv_cmd_cdw11(cmd) & 0xff;
	struct vkv_iter *it;

	lockdep_assert_held(&dev->iters->lock);
	if (!handle || handle > NVME_VENDOR_NR_ITERATORS)
		return NULL;
	it = &dev->iters->iter[handle - 1];
	return it->open ? it : NULL;
}

/* A free slot; NULL when there is none, or the same iterator is @open. */
static struct vkv_iter *find_slot(struct vkv_dev *dev, u8 keyspace, u32 prefix,
				  u32 mask, bool *open)
{
	struct vkv_iter *slot = NULL;
	unsigned int i;

	lockdep_assert_held(&dev->iters->lock);
	*open = false;
	for (i = NVME_VENDOR_NR_ITERATORS; i-- > 0;) {
		struct vkv_iter *it = &dev->iters->iter[i];

		if (!it->open && !it->worker)
			slot = it;
		if (it->open && it->keyspace == keyspace &&
		    it->prefix == prefix && it->mask == mask)
			*open = true;
	}
	return *open ? NULL : slot;
}

static int open_iter(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	u32 prefix = le32_to_cpu(cmd->sqe.cdw12);
	u32 mask = le32_to_cpu(cmd->sqe.cdw13);
	struct vkv_dev *dev = w->dev;
	struct vkv_iter *it;
	bool open;

	spin_lock(&dev->iters->lock);
	it = find_slot(dev, cmd->req.key.keyspace, prefix, mask, &open);
	if (!it) {
		spin_unlock(&dev->iters->lock);
		return open ? NVME_SC_VENDOR_ITER_OPEN :
			      NVME_SC_VENDOR_ITER_NONE_FREE;
	}
	memset(it, 0, sizeof(*it));
	it->open = true;
	it->type = vkv_iter_type(cmd->req.option);
	it->keyspace = cmd->req.key.keyspace;
	it->vendor_keyspace = !!cmd->sqe.nsid;
	it->ns = cmd->ns->nsid - 1;
	it->prefix = prefix;
	it->mask = mask;
	if (it->type == VKV_ITER_DELETE) {
		it->worker = w;
		w->nr_jobs++;
	}
	spin_unlock(&dev->iters->lock);
	cmd->result = it - dev->iters->iter + 1;
	return 0;
}

static int close_iter(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_dev *dev = w->dev;
	struct vkv_iter *it;
	int ret = 0;

	spin_lock(&dev->iters->lock);
	it = find_open(dev, cmd);
	if (!it)
		ret = NVME_SC_VENDOR_ITER_HANDLE;
	else if (it->owner)
		ret = -EAGAIN;
	else
		it->open = false;
	spin_unlock(&dev->iters->lock);
	return ret;
}

bool vkv_iters_close(struct vkv_dev *dev, u32 namespaces)
{
	bool closed = true;
	unsigned int i;

	spin_lock(&dev->iters->lock);
	for (i = 0; i < NVME_VENDOR_NR_ITERATORS; i++) {
		struct vkv_iter *it = &dev->iters->iter[i];

		if (!(namespaces & BIT(it->ns)))
			continue;
		if (!it->owner)
			it->open = false;
		closed &= !it->open && !it->worker;
	}
	spin_unlock(&dev->iters->lock);
	return closed;
}

int vkv_iter_request(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	return cmd->req.option == NVME_VENDOR_ITER_CLOSE ? close_iter(w, cmd) :
							   open_iter(w, cmd);
}

/* --- read --- */

void vkv_iter_enter_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct vkv_iter *it;

	spin_lock(&dev->iters->lock);
	it = find_open(dev, cmd);
	if (it)
		vkv_cmd_in(cmd, &dev->ns[it->ns]);
	spin_unlock(&dev->iters->lock);
}

/* The first four bytes, as a little-endian number, under the mask. */
static bool matches(const struct vkv_key *key, void *arg)
{
	const struct vkv_iter *it = arg;
	__le32 first = 0;

	memcpy(&first, key->data, min_t(u32, key->len, sizeof(first)));
	return (le32_to_cpu(first) & it->mask) == it->prefix;
}

static int next_match(struct vkv_worker *w, struct vkv_cmd *cmd,
		      struct vkv_iter *it, u32 *budget, struct vkv_key *key)
{
	return vkv_ftl_next(w->ctx, it->keyspace, &it->cursor, matches, it,
			    budget, key, &w->fp);
}

/* A key as {u32 length, bytes, padding}; -ENOSPC when it does not fit. */
static int iter_put_key(struct vkv_cmd *cmd, struct vkv_xfer *x,
			const struct vkv_key *key, u32 room)
{
	u8 record[4 + ALIGN(VKV_KEY_MAX, 4)] = { 0 };
	u32 len = 4 + ALIGN(key->len, 4);
	int ret;

	if (cmd->req.progress + len > room)
		return -ENOSPC;
	record[0] = key->len;
	memcpy(record + 4, key->data, key->len);
	ret = vkv_xfer_to_host(x, record, len);
	if (ret)
		return vkv_status_of_transfer(ret);
	cmd->req.progress += len;
	cmd->req.count++;
	return 0;
}

static int put_count(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	__le32 count = cpu_to_le32(cmd->req.count);
	struct vkv_xfer x;
	int ret;

	cmd->result = cmd->req.progress;
	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_to_host(&x, &count, sizeof(count));
	return ret ? vkv_status_of_transfer(ret) : 0;
}

/*
 * Sends keys until the buffer is full or the budget spent. The cursor stays
 * before a key that did not fit.
 */
static int read_keys(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct vkv_iter *it)
{
	u32 room = min(cmd->req.len, NVME_VENDOR_ITER_BUFFER);
	struct vkv_cursor before;
	u32 budget = BUDGET;
	struct vkv_xfer x;
	struct vkv_key key;
	int ret;

	if (!cmd->req.progress)
		cmd->req.progress = sizeof(__le32);
	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_skip(&x, cmd->req.progress);
	if (ret)
		return vkv_status_of_transfer(ret);
	do {
		before = it->cursor;
		ret = next_match(w, cmd, it, &budget, &key);
		if (!ret)
			ret = iter_put_key(cmd, &x, &key, room);
	} while (!ret);
	if (ret == -ENOSPC) {
		it->cursor = before;
		return cmd->req.count ? put_count(w, cmd) :
					NVME_SC_VENDOR_VALUE_SIZE;
	}
	if (ret != -ENOENT)
		return ret;
	ret = put_count(w, cmd);
	return ret ? ret : NVME_SC_VENDOR_ITER_END;
}

static int put_pair(struct vkv_worker *w, struct vkv_cmd *cmd,
		    const struct vkv_key *key)
{
	struct vkv_xfer x;
	unsigned int i;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	ret = vkv_xfer_to_host(&x, key->data, key->len);
	if (!ret)
		ret = vkv_xfer_zero(&x, NVME_VENDOR_ITER_VALUE_AT - key->len);
	for (i = 0; !ret && i < w->view.nr; i++)
		ret = vkv_xfer_to_host(&x, w->view.piece[i].data,
				       w->view.piece[i].len);
	if (ret)
		return vkv_status_of_reading(ret);
	cmd->result = (u32)key->len << 24 | min_t(u64, w->view.size, 0xffffff);
	vkv_worker_count(w, VKV_COUNT_READS, 1);
	for (i = 0; i < w->view.nr; i++)
		vkv_cmd_moved(cmd, VKV_COUNT_READ_BYTES, w->view.piece[i].len);
	return 0;
}

/*
 * Sends one key and its value. A value larger than any command can carry is cut
 * to the part that fits; otherwise it would block the iterator for ever.
 */
static int read_pair(struct vkv_worker *w, struct vkv_cmd *cmd,
		     struct vkv_iter *it)
{
	const u32 most = VKV_IO_MAX - NVME_VENDOR_ITER_VALUE_AT;
	struct vkv_cursor before;
	u32 budget = BUDGET, room;
	struct vkv_key key;
	int ret;

	if (cmd->req.len < NVME_VENDOR_ITER_VALUE_AT)
		return NVME_SC_VENDOR_VALUE_SIZE;
	room = cmd->req.len - NVME_VENDOR_ITER_VALUE_AT;
	do {
		before = it->cursor;
		ret = next_match(w, cmd, it, &budget, &key);
		if (ret)
			return ret == -ENOENT ? NVME_SC_VENDOR_ITER_END : ret;
		ret = vkv_ftl_lookup(w->ctx, &key, 0, room, &w->view, &w->fp);
		/* Absent again: deleted since, look further. */
	} while (ret == -ENOENT);
	if (ret == -EAGAIN)
		it->cursor = before;
	if (ret)
		return ret;
	if (min_t(u64, w->view.size, most) > room)
		return NVME_SC_VENDOR_VALUE_SIZE;
	return put_pair(w, cmd, &key);
}

/* Takes the iterator for this command. */
static int iter_acquire(struct vkv_dev *dev, struct vkv_cmd *cmd,
			struct vkv_iter **out)
{
	struct vkv_iter *it;
	int ret = 0;

	spin_lock(&dev->iters->lock);
	it = find_open(dev, cmd);
	/* It may have been closed since, and the handle be another one's. */
	if (!it || cmd->ns != &dev->ns[it->ns])
		ret = NVME_SC_VENDOR_ITER_HANDLE;
	else if (it->type == VKV_ITER_DELETE)
		ret = NVME_SC_VENDOR_ITER_FAILED;
	else if (it->owner && it->owner != cmd)
		ret = -EAGAIN;
	else if (!it->owner)
		it->begin = it->cursor;
	if (!ret)
		it->owner = cmd;
	spin_unlock(&dev->iters->lock);
	*out = it;
	return ret;
}

/* A command that failed has not moved the iterator. */
static void iter_release(struct vkv_dev *dev, struct vkv_iter *it, int ret)
{
	spin_lock(&dev->iters->lock);
	if (ret == NVME_SC_VENDOR_ITER_END)
		it->eof = true;
	else if (ret)
		it->cursor = it->begin;
	it->owner = NULL;
	spin_unlock(&dev->iters->lock);
}

int vkv_iter_read(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_iter *it;
	int ret = iter_acquire(w->dev, cmd, &it);

	if (ret)
		return ret;
	ret = it->type == VKV_ITER_KEY ? read_keys(w, cmd, it) :
					 read_pair(w, cmd, it);
	if (ret == -EAGAIN)
		cmd->progressed = true;
	else
		iter_release(w->dev, it, ret);
	return ret;
}

void vkv_iter_drop(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	unsigned int i;

	spin_lock(&dev->iters->lock);
	for (i = 0; i < NVME_VENDOR_NR_ITERATORS; i++)
		if (dev->iters->iter[i].owner == cmd) {
			dev->iters->iter[i].cursor = dev->iters->iter[i].begin;
			dev->iters->iter[i].owner = NULL;
		}
	spin_unlock(&dev->iters->lock);
}

/* Controller reset: no command is left, so none has an owner. */
void vkv_iter_close_all(struct vkv_dev *dev)
{
	unsigned int i;

	spin_lock(&dev->iters->lock);
	for (i = 0; i < NVME_VENDOR_NR_ITERATORS; i++)
		dev->iters->iter[i].open = false;
	spin_unlock(&dev->iters->lock);
}

static void fill_entry_of(struct nvme_vendor_iter_entry *entry,
			  const struct vkv_iter *it)
{
	if (!it->open)
		return;
	entry->opened = 1;
	entry->type = it->type;
	entry->keyspace = it->vendor_keyspace;
	entry->prefix = cpu_to_le32(it->prefix);
	entry->bitmask = cpu_to_le32(it->mask);
	entry->is_eof = it->eof;
}

u32 vkv_iter_page(struct vkv_dev *dev, struct nvme_vendor_iter_entry *log)
{
	unsigned int i;

	spin_lock(&dev->iters->lock);
	for (i = 0; i < NVME_VENDOR_NR_ITERATORS; i++) {
		log[i].handle = i + 1;
		fill_entry_of(&log[i], &dev->iters->iter[i]);
	}
	spin_unlock(&dev->iters->lock);
	return NVME_VENDOR_NR_ITERATORS * sizeof(*log);
}

/* --- delete iterators --- */

/* A step of a delete iterator. */
struct job {
	struct vkv_worker *w;
	struct vkv_iter *it;
	struct vkv_footprint fp;
};

static void charge_job(struct vkv_footprint *fp)
{
	struct job *job = container_of(fp, struct job, fp);
	struct vkv_latency part;

	job->it->due = vkv_timing_schedule(vkv_dev_timing(job->w->dev),
					   job->it->ns, fp,
					   max(job->it->due, job->w->now),
					   &part);
	vkv_footprint_reset(fp);
}

/* Between two commands the worker's array for touched places is free. */
static void lend_job_touches(struct job *job)
{
	if (!vkv_timing_wants_places(vkv_dev_timing(job->w->dev), job->it->ns))
		return;
	job->fp.touch = job->w->touch;
	job->fp.max = ARRAY_SIZE(job->w->touch);
	job->fp.full = charge_job;
}

static void delete_step(struct vkv_worker *w, struct vkv_iter *it)
{
	struct job job = { .w = w, .it = it };
	u32 budget = BUDGET;
	struct vkv_key key;
	unsigned int n;
	int ret = 0;

	lend_job_touches(&job);
	for (n = 0; n < DELETES_PER_ROUND && !ret; n++) {
		ret = vkv_ftl_next(w->ctx, it->keyspace, &it->cursor, matches,
				   it, &budget, &key, &job.fp);
		/*
		 * Another command may have deleted the key first: all the same.
		 */
		if (!ret && vkv_ftl_delete(w->ctx, &key, &job.fp))
			continue;
	}
	it->through = ret == -ENOENT;
	charge_job(&job.fp);
}

static void end_job(struct vkv_worker *w, struct vkv_iter *it)
{
	VKV_ASSERT(it->worker == w && w->nr_jobs);
	spin_lock(&w->dev->iters->lock);
	it->eof = true;
	it->worker = NULL;
	w->nr_jobs--;
	spin_unlock(&w->dev->iters->lock);
}

/* Returns when a job can go on; VKV_NOW: it has done something. */
static u64 do_job(struct vkv_worker *w, struct vkv_iter *it)
{
	if (!READ_ONCE(it->open)) {
		end_job(w, it);
		return VKV_NOW;
	}
	if (it->due > w->now)
		return it->due;
	if (it->through)
		end_job(w, it);
	else
		delete_step(w, it);
	return VKV_NOW;
}

u64 vkv_iter_job(struct vkv_worker *w)
{
	u64 next = VKV_NEVER;
	unsigned int i;

	if (likely(!w->nr_jobs))
		return VKV_NEVER;
	for (i = 0; i < NVME_VENDOR_NR_ITERATORS; i++) {
		struct vkv_iter *it = &w->dev->iters->iter[i];

		if (READ_ONCE(it->worker) == w)
			next = min(next, do_job(w, it));
	}
	return next;
}
