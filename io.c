// SPDX-License-Identifier: GPL-2.0
/*
 * I/O commands: which command set an entry belongs to, and the key-value verbs
 * that both dialects share.
 *
 * Decoding happens in the dispatcher and turns an entry into a request without
 * dialect (struct vkv_cmd.req); execution happens in a worker. To add a command,
 * write its two functions and a row in its command set's table.
 */
#include "io.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/dev.h"

#define FIRST_VENDOR_OPCODE 0x80

#define FIELD_FUSE VKV_FIELD(1, 0)
#define FIELD_PSDT VKV_FIELD(1, 6)
#define FIELD_NSID VKV_FIELD(4, 0)

static void init_ways(struct vkv_dev *dev, enum vkv_ns_kind kind,
		      const struct vkv_command_set *set, u16 first_row)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		dev->way[kind][set->ops[i].opcode] = (struct vkv_way){
			.op = &set->ops[i],
			.set = set,
			.row = first_row + i,
		};
}

/* A block namespace has the vendor dialect's opcodes behind its own. */
void vkv_io_init(struct vkv_dev *dev)
{
	init_ways(dev, VKV_NS_BLOCK, &vkv_block_set, 0);
	init_ways(dev, VKV_NS_BLOCK, &vkv_vendor_set, vkv_block_set.nr);
	init_ways(dev, VKV_NS_KV, &vkv_standard_set, 0);
}

/* An SGL of metadata (10b) is not there, as there is no metadata. */
static u16 check_flags(struct vkv_cmd *cmd)
{
	if (cmd->sqe.flags & NVME_SQE_FUSE)
		return vkv_reject(cmd, FIELD_FUSE, NVME_SC_INVALID_FIELD);
	if ((cmd->sqe.flags & NVME_SQE_PSDT) != NVME_SQE_PSDT_SGL)
		return vkv_reject(cmd, FIELD_PSDT, NVME_SC_INVALID_FIELD);
	return NVME_SC_SUCCESS;
}

static __always_inline u16 decode(struct vkv_dev *dev, struct vkv_cmd *cmd,
				  struct vkv_ns *ns, const struct vkv_way *way)
{
	u16 status;

	if (unlikely(!way->op))
		return vkv_reject(cmd, VKV_FIELD_OPCODE, NVME_SC_INVALID_OPCODE);
	cmd->way = way;
	cmd->op = way->op;
	if (ns)
		vkv_cmd_in(cmd, ns);
	if (unlikely(cmd->sqe.flags & (NVME_SQE_FUSE | NVME_SQE_PSDT))) {
		status = check_flags(cmd);
		if (status)
			return status;
	}
	return way->op->decode(dev, cmd);
}

/* An iterator's read has a handle: its NSID may be any, so another's, too. */
static bool is_elsewhere(const struct vkv_ns *ns, u8 opcode)
{
	return opcode == NVME_VENDOR_ITER_READ && ns->kind != VKV_NS_BLOCK;
}

/*
 * In the vendor dialect an NSID that is no namespace's may name a keyspace, in
 * its own decoders. Flush may name every namespace; it is the same in each.
 */
static noinline u16 decode_nowhere(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 nsid = le32_to_cpu(cmd->sqe.nsid);
	u8 opcode = cmd->sqe.opcode;

	cmd->timed = dev->ns[0].timed;
	if (opcode >= FIRST_VENDOR_OPCODE)
		return decode(dev, cmd, NULL, &dev->way[VKV_NS_BLOCK][opcode]);
	if (nsid == NVME_NSID_ALL && opcode == NVME_NVM_FLUSH)
		return decode(dev, cmd, &dev->ns[0], &dev->ns[0].ways[opcode]);
	return vkv_reject(cmd, FIELD_NSID, vkv_ns_status(dev, nsid));
}

/* Dispatcher: fills the request, or says what is wrong with the entry. */
u16 vkv_io_decode(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns = vkv_ns_find(dev, le32_to_cpu(cmd->sqe.nsid));

	if (unlikely(!ns || is_elsewhere(ns, cmd->sqe.opcode)))
		return decode_nowhere(dev, cmd);
	return decode(dev, cmd, ns, &ns->ways[cmd->sqe.opcode]);
}

/* Worker: an NVMe status, or -EAGAIN for "again next round". */
int vkv_io_exec(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret = cmd->op->exec(w, cmd);

	return ret >= 0 || ret == -EAGAIN ? ret : cmd->way->set->status(cmd, ret);
}

/* --- verbs --- */

/* A key that lies in host memory is copied, once for each execution. */
static noinline int fetch_key(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_key *key = &cmd->req.key;
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init_key(&x, w->dev, cmd, key->len);
	ret = vkv_xfer_from_host(&x, w->key, key->len);
	key->data = w->key;
	return ret ? vkv_xfer_status(ret) : 0;
}

/* The key of a request: 0 or an NVMe status. */
static int get_key(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	return unlikely(cmd->req.key_by_prp) ? fetch_key(w, cmd) : 0;
}

/* @len bytes to @pos of what a transaction stores: the host's, or ours @from. */
static int put(const struct vkv_txn *txn, u64 pos, u32 len, struct vkv_xfer *x,
	       const void *from)
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
			memcpy(p->data + pos, from, n);
			from += n;
		}
		len -= n;
		pos = 0;
	}
	return ret;
}

static void put_view(const struct vkv_txn *txn, const struct vkv_view *view)
{
	u64 pos = 0;
	unsigned int i;

	for (i = 0; i < view->nr; i++) {
		put(txn, pos, view->piece[i].len, NULL, view->piece[i].data);
		pos += view->piece[i].len;
	}
}

static int fill_from_host(struct vkv_worker *w, struct vkv_cmd *cmd,
			  struct vkv_txn *txn, u64 pos)
{
	struct vkv_xfer x;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	vkv_xfer_expect(&x, cmd->req.len);
	ret = put(txn, pos, cmd->req.len, &x, NULL);
	ret = vkv_xfer_settle(&x, ret);
	if (!ret)
		return 0;
	vkv_ftl_abort(w->ctx, txn);
	return vkv_xfer_status(ret);
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
 * A store at an offset changes a part of a stored value, or extends it: the new
 * version is written out of place, in one transaction, so it has VKV_IO_MAX bytes
 * at most. It replaces the one it was made from.
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
	put_view(txn, &w->view);
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
	ret = vkv_xfer_settle(&x, ret);
	return ret ? vkv_xfer_status(ret) : 0;
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
	return ret == -ENOENT && !(cmd->req.flags & VKV_STORE_IF_PRESENT) ?
		       0 :
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

/* Nothing is volatile on its way to the log; the write buffer has its time. */
int vkv_io_flush(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	vkv_touch(&w->fp, VKV_TOUCH_FLUSH, 0, 0, 0);
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	return 0;
}

/* A quota is of all keyspaces of a namespace. */
void vkv_io_drop(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	if (!cmd->req.aside)
		return;
	vkv_ftl_give_back(w->dev->ftl, cmd->ns->keyspace, cmd->req.aside);
	cmd->req.aside = 0;
}
