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

#include "dev.h"

#define FIRST_VENDOR_OPCODE 0x80

#define FIELD_FUSE VKV_FIELD(1, 0)
#define FIELD_PSDT VKV_FIELD(1, 6)
#define FIELD_NSID VKV_FIELD(4, 0)

static void init_set(struct vkv_dev *dev, const struct vkv_command_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		dev->op[set->id][set->ops[i].opcode] = &set->ops[i];
}

void vkv_io_init(struct vkv_dev *dev)
{
	init_set(dev, &vkv_block_set);
	init_set(dev, &vkv_vendor_set);
	init_set(dev, &vkv_standard_set);
}

/* In the vendor dialect the NSID names a keyspace, in its own decoders. */
static u16 find_set(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 nsid = le32_to_cpu(cmd->sqe.nsid);

	cmd->ns = vkv_ns_find(dev, nsid);
	if (cmd->sqe.opcode >= FIRST_VENDOR_OPCODE) {
		if (cmd->ns && cmd->ns->kind != VKV_NS_BLOCK)
			return vkv_reject(cmd, VKV_FIELD_OPCODE,
					  NVME_SC_INVALID_OPCODE);
		cmd->set = &vkv_vendor_set;
		return NVME_SC_SUCCESS;
	}
	/* Flush may name every namespace; it is the same in each. */
	if (nsid == NVME_NSID_ALL && cmd->sqe.opcode == NVME_NVM_FLUSH)
		cmd->ns = &dev->ns[0];
	if (!cmd->ns)
		return vkv_reject(cmd, FIELD_NSID, NVME_SC_INVALID_NS);
	cmd->set = cmd->ns->kind == VKV_NS_KV ? &vkv_standard_set :
						&vkv_block_set;
	return NVME_SC_SUCCESS;
}

/* Dispatcher: fills the request, or says what is wrong with the entry. */
u16 vkv_io_decode(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = find_set(dev, cmd);
	u8 psdt;

	if (status)
		return status;
	cmd->op = dev->op[cmd->set->id][cmd->sqe.opcode];
	if (!cmd->op)
		return vkv_reject(cmd, VKV_FIELD_OPCODE, NVME_SC_INVALID_OPCODE);
	if (cmd->sqe.flags & NVME_SQE_FUSE)
		return vkv_reject(cmd, FIELD_FUSE, NVME_SC_INVALID_FIELD);
	/* An SGL of metadata (10b) is not there, as there is no metadata. */
	psdt = cmd->sqe.flags & NVME_SQE_PSDT;
	if (psdt != NVME_SQE_PSDT_PRP && psdt != NVME_SQE_PSDT_SGL)
		return vkv_reject(cmd, FIELD_PSDT, NVME_SC_INVALID_FIELD);
	status = cmd->op->decode(dev, cmd);
	if (unlikely(dev->erase.erased) && !status &&
	    cmd->op->effects & NVME_EFFECT_LBCC)
		dev->erase.erased = false;
	return status;
}

/* Worker: an NVMe status, or -EAGAIN for "again next round". */
int vkv_io_exec(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	int ret = cmd->op->exec(w, cmd);

	return ret >= 0 || ret == -EAGAIN ? ret : cmd->set->status(cmd, ret);
}

/* --- verbs --- */

/* The key of a request; one that lies in host memory is copied, once. */
int vkv_kv_key(struct vkv_worker *w, struct vkv_cmd *cmd, struct vkv_key *key)
{
	struct vkv_xfer x;
	int ret;

	key->len = cmd->req.key_len;
	key->keyspace = cmd->req.keyspace;
	key->data = cmd->req.key;
	key->hash = cmd->req.hash;
	if (!cmd->req.key_by_prp)
		return 0;
	vkv_xfer_init_key(&x, w->dev, cmd, key->len);
	ret = vkv_xfer_from_host(&x, w->key, key->len);
	key->data = w->key;
	return ret ? vkv_xfer_status(ret) : 0;
}

/* Does a capped namespace hold @len more bytes of value under @key? */
bool vkv_ns_has_room(struct vkv_worker *w, const struct vkv_ns *ns,
		     const struct vkv_key *key, u64 len, bool append)
{
	struct vkv_footprint fp = { 0 };
	u64 used;

	if (!ns->capped)
		return true;
	used = vkv_ns_used(w->dev, ns);
	/* Records' headers and padding make the estimate a lower one. */
	if (used + len + key->len <= ns->cap)
		return true;
	if (append || vkv_ftl_lookup(w->ctx, key, 0, 0, &w->view, &fp))
		return false;
	return w->view.size >= len;
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
	ret = put(txn, pos, cmd->req.len, &x, NULL);
	if (!ret)
		return 0;
	vkv_ftl_abort(w->ctx, txn);
	return vkv_xfer_status(ret);
}

static int count_store(struct vkv_worker *w, struct vkv_cmd *cmd, int ret)
{
	if (!ret) {
		vkv_worker_count(w, VKV_COUNT_WRITES, 1);
		vkv_worker_count(w, VKV_COUNT_WRITTEN_BYTES, cmd->req.len);
	}
	return ret;
}

/*
 * A store at an offset changes a part of a stored value, or extends it: the new
 * version is written out of place and replaces the one it was made from.
 */
static int store_part(struct vkv_worker *w, struct vkv_cmd *cmd,
		      const struct vkv_key *key)
{
	struct vkv_txn *txn = &w->txn[0];
	u64 end = (u64)cmd->req.offset + cmd->req.len;
	int ret;

	ret = vkv_ftl_lookup(w->ctx, key, 0, VKV_IO_MAX, &w->view, &cmd->fp);
	if (ret == -ENOENT && !(cmd->req.flags & VKV_STORE_IF_PRESENT))
		return -ERANGE;
	if (ret)
		return ret;
	if (cmd->req.offset > w->view.size)
		return -ERANGE;
	if (max(end, w->view.size) > VKV_IO_MAX)
		return -EFBIG;
	ret = vkv_ftl_reserve(w->ctx, key, max(end, w->view.size),
			      cmd->req.flags, txn, &cmd->fp);
	if (ret)
		return ret;
	put_view(txn, &w->view);
	ret = fill_from_host(w, cmd, txn, cmd->req.offset);
	if (ret)
		return ret;
	return vkv_ftl_replace(w->ctx, txn, &w->view, &cmd->fp);
}

int vkv_kv_store(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_txn *txn = &w->txn[0];
	struct vkv_key key;
	int ret;

	ret = vkv_kv_key(w, cmd, &key);
	if (ret)
		return ret;
	if (!vkv_ns_has_room(w, cmd->ns, &key, cmd->req.len,
			     cmd->req.flags & VKV_STORE_APPEND))
		return -ENOSPC;
	if (cmd->req.offset)
		return count_store(w, cmd, store_part(w, cmd, &key));
	ret = vkv_ftl_reserve(w->ctx, &key, cmd->req.len, cmd->req.flags, txn,
			      &cmd->fp);
	if (ret)
		return ret;
	ret = fill_from_host(w, cmd, txn, 0);
	if (ret)
		return ret;
	return count_store(w, cmd, vkv_ftl_commit(w->ctx, txn, &cmd->fp));
}

static int send_view(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	const struct vkv_view *view = &w->view;
	struct vkv_xfer x;
	unsigned int i;
	int ret;

	vkv_xfer_init(&x, w->dev, cmd, cmd->req.len);
	for (i = 0; i < view->nr; i++) {
		ret = vkv_xfer_to_host(&x, view->piece[i].data,
				       view->piece[i].len);
		if (ret)
			return vkv_xfer_status(ret);
		vkv_worker_count(w, VKV_COUNT_READ_BYTES, view->piece[i].len);
	}
	return 0;
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
	struct vkv_key key;
	int ret;

	ret = vkv_kv_key(w, cmd, &key);
	if (ret)
		return ret;
	ret = vkv_ftl_lookup(w->ctx, &key, cmd->req.offset, cmd->req.len,
			     &w->view, &cmd->fp);
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
	struct vkv_key key;
	int ret;

	ret = vkv_kv_key(w, cmd, &key);
	if (ret)
		return ret;
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	ret = vkv_ftl_delete(w->ctx, &key, &cmd->fp);
	note_lookup(cmd, ret);
	return ret == -ENOENT && !(cmd->req.flags & VKV_STORE_IF_PRESENT) ?
		       0 :
		       ret;
}

int vkv_kv_exist(struct vkv_worker *w, struct vkv_cmd *cmd)
{
	struct vkv_key key;
	int ret;

	ret = vkv_kv_key(w, cmd, &key);
	if (ret)
		return ret;
	vkv_worker_count(w, VKV_COUNT_OTHERS, 1);
	ret = vkv_ftl_lookup(w->ctx, &key, 0, 0, &w->view, &cmd->fp);
	note_lookup(cmd, ret);
	return ret;
}
