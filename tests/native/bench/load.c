// SPDX-License-Identifier: GPL-2.0
#include "native/bench/load.h"

#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "native/bench/keys.h"

#define KV_NSID 2
#define LIST_ENTRIES (VKV_PAGE / sizeof(__le64))

static const char *const names[LOAD_NR_OPS] = {
	[LOAD_EMPTY] = "empty",
	[LOAD_EXIST] = "exist",
	[LOAD_MISS] = "miss",
	[LOAD_RETRIEVE] = "retrieve",
	[LOAD_STORE] = "store",
};

static const u8 opcodes[LOAD_NR_OPS] = {
	[LOAD_EMPTY] = NVME_KV_FLUSH,
	[LOAD_EXIST] = NVME_KV_EXIST,
	[LOAD_MISS] = NVME_KV_EXIST,
	[LOAD_RETRIEVE] = NVME_KV_RETRIEVE,
	[LOAD_STORE] = NVME_KV_STORE,
};

const char *load_name(enum load_op op)
{
	return names[op];
}

u64 load_memory(u32 value, u32 depth)
{
	return (ALIGN(value, VKV_PAGE) + VKV_PAGE) * (u64)depth;
}

static u8 *buffer_of(const struct load *l, u16 slot)
{
	return l->buffer + (u64)slot * ALIGN(l->value, VKV_PAGE);
}

static __le64 *list_of(const struct load *l, u16 slot)
{
	return l->list + slot * LIST_ENTRIES;
}

void load_prepare(struct load *l, u32 depth)
{
	u32 pages = ALIGN(l->value, VKV_PAGE) / VKV_PAGE;
	u32 slot, i;

	l->buffer = host_pages(l->h, (u64)depth * ALIGN(l->value, VKV_PAGE));
	l->list = host_pages(l->h, depth * VKV_PAGE);
	for (slot = 0; slot < depth; slot++) {
		u64 first = host_address(buffer_of(l, slot));

		for (i = 1; i < pages; i++)
			list_of(l, slot)[i - 1] =
				cpu_to_le64(first + i * VKV_PAGE);
	}
}

static void make_key(u64 number, u64 key[2])
{
	key[0] = number;
	key[1] = key_mix(number);
}

static int store(struct load *l, struct vkv_ftl_ctx *ctx, u64 number)
{
	struct vkv_footprint fp = {};
	static struct vkv_txn txn;
	struct vkv_key key = {
		.len = KEY_BYTES,
		.keyspace = l->h->dev->ns[KV_NSID - 1].keyspace,
	};
	u64 bytes[2];
	int err;

	make_key(number, bytes);
	key.data = (u8 *)bytes;
	err = vkv_ftl_reserve(ctx, &key, l->value, 0, &txn, &fp);
	if (err)
		return err;
	memcpy(txn.piece[0].data, &number, sizeof(number));
	err = vkv_ftl_commit(ctx, &txn, &fp);
	vkv_ftl_idle(ctx);
	return err;
}

int load_fill(struct load *l)
{
	struct vkv_ftl_ctx *ctx = vkv_ftl_ctx(l->h->dev->ftl, 0);
	int err = 0;
	u64 i;

	for (i = 0; i < l->keys && !err; i++)
		err = store(l, ctx, i);
	return err;
}

void load_start(struct load *l, u32 depth, u64 nr)
{
	u32 i;

	l->depth = depth;
	l->nr = nr;
	l->begun = 0;
	l->ended = 0;
	for (i = 0; i < depth; i++)
		l->free[i] = i;
}

static void point_at(struct nvme_sqe *sqe, const struct load *l, u16 slot)
{
	const void *second = buffer_of(l, slot) + VKV_PAGE;

	sqe->prp1 = cpu_to_le64(host_address(buffer_of(l, slot)));
	if (l->value > 2 * VKV_PAGE)
		second = list_of(l, slot);
	sqe->prp2 = cpu_to_le64(host_address(second));
}

static void submit(struct load *l, u16 slot)
{
	struct nvme_sqe *sqe = host_next_sqe(l->q);
	u64 number = key_below(&l->rng, l->keys);
	u64 key[2];

	l->number[slot] = number;
	make_key(l->op == LOAD_MISS ? number + l->keys : number, key);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = opcodes[l->op];
	sqe->cid = cpu_to_le16(slot);
	sqe->nsid = cpu_to_le32(KV_NSID);
	memcpy(sqe->key_low, &key[0], sizeof(key[0]));
	memcpy(sqe->key_high, &key[1], sizeof(key[1]));
	sqe->cdw11 = cpu_to_le32(KEY_BYTES);
	if (l->op < LOAD_RETRIEVE)
		return;
	sqe->cdw10 = cpu_to_le32(l->value);
	point_at(sqe, l, slot);
	if (l->op == LOAD_STORE)
		memcpy(buffer_of(l, slot), &number, sizeof(number));
}

void load_submit(struct load *l)
{
	while (l->begun < l->nr && l->begun - l->ended < l->depth) {
		submit(l, l->free[l->begun++ % l->depth]);
		WRITE_ONCE(l->q->submitted, l->q->submitted + 1);
	}
	host_doorbell(l->h, l->q);
}

static bool is_right(const struct load *l, const struct nvme_cqe *cqe, u16 slot)
{
	u16 status = le32_to_cpu(cqe->cid_status) >> 17;
	u64 tag;

	if (l->op == LOAD_MISS)
		return status == NVME_SC_KV_NO_KEY;
	if (l->op != LOAD_RETRIEVE || status)
		return !status;
	memcpy(&tag, buffer_of(l, slot), sizeof(tag));
	return tag == l->number[slot] && le32_to_cpu(cqe->dw0) == l->value;
}

bool load_reap(struct load *l)
{
	const struct nvme_cqe *cqe;

	while ((cqe = host_next_cqe(l->q))) {
		u16 slot = le32_to_cpu(cqe->cid_status);

		l->wrong += !is_right(l, cqe, slot);
		l->free[l->ended++ % l->depth] = slot;
	}
	return l->ended < l->nr;
}
