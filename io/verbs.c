// SPDX-License-Identifier: GPL-2.0
/*
 * The verbs that the command sets share: store, retrieve, delete and exist, and
 * Flush. A worker executes them on a request without dialect (vkv_cmd.req).
 */
#include "io/verbs.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/prp.h"
#include "ctrl/stats.h"
#include "ctrl/status.h"
#include "ctrl/worker.h"
#include "kv_ftl.h"

/* A key that lies in host memory is copied, once for each execution. */
static noinline int fetch_key(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_key *key = &cmd->req.key;
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init_key(&x, w->dev, cmd, key->len);
	ret = vkv_xfer_from_host(&x, w->key, key->len);
	key->data = w->key;
	return ret ? vkv_status_of_transfer(ret) : 0;
}

/* The key of a request: 0 or an NVMe status. */
static int get_key(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	return unlikely(cmd->req.key_by_prp) ? fetch_key(w, cmd) : 0;
}

/*
 * Writes @len bytes at @pos of a new value. They come from the host over @x, or
 * from another version at @from when @x is NULL.
 */
static int put_bytes(const struct vkv_txn *txn, u64 pos, u32 len,
		     struct vkv_xfer *x, const void *from)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < txn->nr && len && !ret; i++) {
		const struct vkv_piece *p = &txn->piece[i];
		u32 n;

		if (pos >= p->len) {
			pos -= p->len;
			continue;
		}
		n = min_t(u64, len, p->len - pos);
		if (x) {
			ret = vkv_xfer_from_host(x, p->data + pos, n);
		} else {
			ret = copy_mc_to_kernel(p->data + pos, from, n) ? -EIO :
									  0;
			from += n;
		}
		len -= n;
		pos = 0;
	}
	return ret;
}

/* Writes a version that is stored; -EIO when it cannot be read. */
static int put_view(const struct vkv_txn *txn, const struct vkv_view *view)
{
	u64 pos = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < view->nr && !ret; i++) {
		ret = put_bytes(txn, pos, view->piece[i].len, NULL,
				view->piece[i].data);
		pos += view->piece[i].len;
	}
	return ret;
}

static int fill_from_host(struct vkv_worker *w, struct vkv_cmd *cmd,
			  struct vkv_txn *txn, u64 pos)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	vkv_xfer_expect(&x, cmd->req.len);
	ret = put_bytes(txn, pos, cmd->req.len, &x, NULL);
	ret = vkv_xfer_settle(&x, ret);
	if (!ret)
		return 0;
	vkv_ftl_abort(w->ctx, txn);
	return vkv_status_of_transfer(ret);
}

static int count_store(struct vkv_worker *w, struct vkv_cmd *cmd, int ret)
{
	if (!ret) {
		vkv_worker_count(w, VKV_COUNT_WRITES, 1);
		vkv_cmd_moved(cmd, VKV_COUNT_WRITTEN_BYTES, cmd->req.len);
	}
	return ret;
}

/*
 * A store at an offset changes a part of a stored value, or extends it. The new
 * version is written out of place, in one transaction, so it has VKV_IO_MAX
 * bytes at most. It replaces exactly the version that it was made from.
 */
static int store_part(struct vkv_worker *w, struct vkv_cmd *cmd,
		      const struct vkv_key *key)
{
	struct vkv_txn *txn = &w->txn[0];
	u64 end = (u64)cmd->req.offset + cmd->req.len;
	int ret;

	ret = vkv_ftl_lookup(w->ctx, key, 0, VKV_IO_MAX, &w->view, &w->fp);
	if (ret == -ENOENT && !(cmd->req.flags & VKV_STORE_IF_PRESENT))
		return -ERANGE;
	if (ret)
		return ret;
	if (cmd->req.flags & VKV_STORE_IF_ABSENT)
		return -EEXIST;
	if (cmd->req.offset > w->view.size)
		return -ERANGE;
	if (max(end, w->view.size) > VKV_IO_MAX)
		return -EFBIG;
	ret = vkv_ftl_reserve(w->ctx, key, max(end, w->view.size),
			      cmd->req.flags, txn, &w->fp);
	if (ret)
		return ret;
	ret = put_view(txn, &w->view);
	if (ret) {
		vkv_ftl_abort(w->ctx, txn);
		return ret;
	}
	ret = fill_from_host(w, cmd, txn, cmd->req.offset);
	if (ret)
		return ret;
	return vkv_ftl_replace(w->ctx, txn, &w->view, &w->fp);
}

int vkv_kv_store(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_txn *txn = &w->txn[0];
	const struct vkv_key *key = &cmd->req.key;
	int ret;

	ret = get_key(w, cmd);
	if (ret)
		return ret;
	if (cmd->req.offset)
		return count_store(w, cmd, store_part(w, cmd, key));
	ret = vkv_ftl_reserve(w->ctx, key, cmd->req.len, cmd->req.flags, txn,
			      &w->fp);
	if (ret)
		return ret;
	ret = fill_from_host(w, cmd, txn, 0);
	if (ret)
		return ret;
	return count_store(w, cmd, vkv_ftl_commit(w->ctx, txn, &w->fp));
}

static int send_view(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct vkv_view *view = &w->view;
	struct vkv_xfer x;
	unsigned int i;
	int ret = 0;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	vkv_xfer_expect(&x, cmd->req.len);
	for (i = 0; i < view->nr && !ret; i++) {
		ret = vkv_xfer_to_host(&x, view->piece[i].data,
				       view->piece[i].len);
		if (!ret)
			vkv_cmd_moved(cmd, VKV_COUNT_READ_BYTES,
				      view->piece[i].len);
	}
	return vkv_status_of_reading(vkv_xfer_settle(&x, ret));
}

static void note_lookup(struct vkv_cmd *cmd, int ret)
{
	if (!ret)
		cmd->lookup = VKV_LOOKUP_HIT;
	else if (ret == -ENOENT)
		cmd->lookup = VKV_LOOKUP_MISS;
}

/* DW0 is the whole value's size, however much of it was asked for. */
int vkv_kv_retrieve(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct vkv_key *key = &cmd->req.key;
	int ret;

	ret = get_key(w, cmd);
	if (ret)
		return ret;
	ret = vkv_ftl_lookup(w->ctx, key, cmd->req.offset, cmd->req.len,
			     &w->view, &w->fp);
	note_lookup(cmd, ret);
	if (ret)
		return ret;
	if (cmd->req.offset && cmd->req.offset >= w->view.size)
		return -ERANGE;
	cmd->result = w->view.size;
	vkv_worker_count(w, VKV_COUNT_READS, 1);
	return send_view(w, cmd);
}

int vkv_kv_delete(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct vkv_key *key = &cmd->req.key;
	int ret;

	ret = get_key(w, cmd);
	if (ret)
		return ret;
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	ret = vkv_ftl_delete(w->ctx, key, &w->fp);
	note_lookup(cmd, ret);
	return ret == -ENOENT && !(cmd->req.flags & VKV_STORE_IF_PRESENT) ? 0 :
									    ret;
}

int vkv_kv_exist(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct vkv_key *key = &cmd->req.key;
	int ret;

	ret = get_key(w, cmd);
	if (ret)
		return ret;
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	ret = vkv_ftl_lookup(w->ctx, key, 0, 0, &w->view, &w->fp);
	note_lookup(cmd, ret);
	return ret;
}

/*
 * Stored values are in the log already. A Flush only takes the time of the
 * timing model's write buffer.
 */
int vkv_io_flush(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	vkv_touch(&w->fp, VKV_TOUCH_FLUSH, 0, 0, 0);
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	return 0;
}

/* Any keyspace of the namespace will do: one quota covers them all. */
void vkv_io_give_back(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (!cmd->req.aside)
		return;
	VKV_ASSERT(cmd->ns);
	vkv_ftl_give_back(dev->ftl, cmd->ns->keyspace, cmd->req.aside);
	cmd->req.aside = 0;
}
