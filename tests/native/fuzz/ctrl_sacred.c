// SPDX-License-Identifier: GPL-2.0
/*
 * Checks the items that a program must not change. See the header.
 *
 * Some commands name the items that they change in host memory: the keys of a
 * batch, or the ranges of Dataset Management. Host memory may change at any
 * time. So such a command counts as naming every item in reach. But an item is
 * given up only if the FTL was also asked to change its key. A key-value item
 * that the FTL is asked to change must have been named.
 */
#include "native/fuzz/ctrl_sacred.h"

#include <string.h>

#include "native/ctrl/world.h"
#include "native/fuzz/fuzz.h"

#define SIZE_MAX_ITEM 20000u

enum kind { STANDARD, VENDOR, BLOCK };

struct item {
	enum kind kind;
	u32 nsid;
	const char *key;
	u32 size;		/* in bytes; for blocks, their number */
	u64 lba;
	u8 keyspace;
	bool named;		/* an entry has named it */
	bool touched;		/* the FTL was asked to change it */
};

static struct item items[] = {
	{ STANDARD, 2, "S", 5 },
	{ STANDARD, 2, "Sacred", 3000 },
	{ STANDARD, 2, "Sacred key no. 2", SIZE_MAX_ITEM },
	{ VENDOR, 1, "Svendor", 40 },
	{ VENDOR, 1, "Sixteen bytes...", 9000 },
	{ VENDOR, 0, "S", 600 },
	{ BLOCK, 1, NULL, 13, 1001 },
	{ BLOCK, 1, NULL, 32, 2048 },
};

static bool checking;

int __real_vkv_ftl_delete(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
			  struct vkv_footprint *fp);
int __wrap_vkv_ftl_delete(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
			  struct vkv_footprint *fp);
int __real_vkv_ftl_reserve(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
			   u64 size, u32 flags, struct vkv_txn *txn,
			   struct vkv_footprint *fp);
int __wrap_vkv_ftl_reserve(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
			   u64 size, u32 flags, struct vkv_txn *txn,
			   struct vkv_footprint *fp);
int __real_vkv_ftl_reserve_all(struct vkv_ftl_ctx *ctx,
			       const struct vkv_ask *ask, unsigned int nr,
			       struct vkv_txn *txn, struct vkv_footprint *fp);
int __wrap_vkv_ftl_reserve_all(struct vkv_ftl_ctx *ctx,
			       const struct vkv_ask *ask, unsigned int nr,
			       struct vkv_txn *txn, struct vkv_footprint *fp);

/* --- requests to the FTL --- */

static bool in_unit(const struct item *it, const struct vkv_key *key)
{
	__le64 unit;

	if (key->len != sizeof(unit))
		return false;
	memcpy(&unit, key->data, sizeof(unit));
	return le64_to_cpu(unit) >= it->lba / 8 &&
	       le64_to_cpu(unit) <= (it->lba + it->size - 1) / 8;
}

static bool is_key(const struct item *it, const void *key, u32 len)
{
	return len == strlen(it->key) && !memcmp(key, it->key, len);
}

static void touch(const struct vkv_key *key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items) && !checking; i++) {
		struct item *it = &items[i];

		if (it->keyspace != key->keyspace)
			continue;
		if (it->kind == BLOCK) {
			it->touched |= in_unit(it, key);
		} else if (is_key(it, key->data, key->len)) {
			MUST(it->named, "nobody named \"%s\"", it->key);
			it->touched = true;
		}
	}
}

int __wrap_vkv_ftl_delete(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
			  struct vkv_footprint *fp)
{
	touch(key);
	return __real_vkv_ftl_delete(ctx, key, fp);
}

int __wrap_vkv_ftl_reserve(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
			   u64 size, u32 flags, struct vkv_txn *txn,
			   struct vkv_footprint *fp)
{
	touch(key);
	return __real_vkv_ftl_reserve(ctx, key, size, flags, txn, fp);
}

int __wrap_vkv_ftl_reserve_all(struct vkv_ftl_ctx *ctx,
			       const struct vkv_ask *ask, unsigned int nr,
			       struct vkv_txn *txn, struct vkv_footprint *fp)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		touch(&ask[i].key);
	return __real_vkv_ftl_reserve_all(ctx, ask, nr, txn, fp);
}

/* --- items that entries name --- */

static bool names_standard(const struct item *it, const struct nvme_sqe *sqe)
{
	u32 len = le32_to_cpu(sqe->cdw11) & 0xff;
	u8 key[16];

	memcpy(key, sqe->key_low, 8);
	memcpy(key + 8, sqe->key_high, 8);
	return (sqe->opcode == NVME_KV_STORE || sqe->opcode == NVME_KV_DELETE) &&
	       is_key(it, key, len);
}

static bool has_prefix(const struct item *it, const struct nvme_sqe *sqe)
{
	u32 option = le32_to_cpu(sqe->cdw11) >> 8;
	__le32 first = 0;

	memcpy(&first, it->key, min_t(size_t, strlen(it->key), 4));
	return option & NVME_VENDOR_ITER_DELETE &&
	       (first & sqe->cdw13) == sqe->cdw12;
}

static bool names_vendor(const struct item *it, const struct nvme_sqe *sqe)
{
	switch (sqe->opcode) {
	case NVME_VENDOR_STORE:
	case NVME_VENDOR_APPEND:
	case NVME_VENDOR_DELETE:
		return is_key(it, sqe->vendor_key,
			      (le32_to_cpu(sqe->cdw11) & 0xff) + 1);
	case NVME_VENDOR_BATCH:
		return true;
	case NVME_VENDOR_ITER_REQUEST:
		return has_prefix(it, sqe);
	default:
		return false;
	}
}

static bool names_blocks(const struct item *it, const struct nvme_sqe *sqe)
{
	u64 lba = le32_to_cpu(sqe->cdw10) | (u64)le32_to_cpu(sqe->cdw11) << 32;
	u64 nr = (le32_to_cpu(sqe->cdw12) & 0xffff) + 1;

	switch (sqe->opcode) {
	case NVME_NVM_WRITE:
	case NVME_NVM_WRITE_ZEROES:
		return lba < it->lba + it->size && lba + nr > it->lba;
	default:
		return sqe->opcode == NVME_NVM_DSM;
	}
}

static bool names(const struct item *it, const struct vkv_cmd *cmd)
{
	const struct nvme_sqe *sqe = &cmd->sqe;

	if (!cmd->sq->qid)
		return sqe->opcode == NVME_ADMIN_FORMAT ||
		       sqe->opcode == NVME_ADMIN_SANITIZE;
	if (le32_to_cpu(sqe->nsid) != it->nsid)
		return false;
	switch (it->kind) {
	case STANDARD:
		return names_standard(it, sqe);
	case VENDOR:
		return names_vendor(it, sqe);
	default:
		return names_blocks(it, sqe);
	}
}

void sacred_fetched(const struct vkv_cmd *cmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		items[i].named |= names(&items[i], cmd);
}

/* --- a correct host --- */

static u32 bytes_of(const struct item *it)
{
	return it->kind == BLOCK ? it->size << VKV_LBA_SHIFT : it->size;
}

static struct vkey key_of(const struct item *it)
{
	return (struct vkey){ it->key, strlen(it->key) };
}

static u16 store_item(struct loop *l, const struct item *it, u8 *buf)
{
	switch (it->kind) {
	case STANDARD:
		return standard(l, NVME_KV_STORE, key_of(it), 0, buf,
				it->size).status;
	case VENDOR:
		return vendor(l, NVME_VENDOR_STORE, it->nsid, key_of(it), 0, 0,
			      buf, it->size).status;
	default:
		return block(l, NVME_NVM_WRITE, it->lba, it->size, buf).status;
	}
}

static bool holds(struct loop *l, const struct item *it, const u8 *want)
{
	static u8 got[SIZE_MAX_ITEM + 8];
	struct loop_answer a;

	memset(got, 0xee, sizeof(got));
	switch (it->kind) {
	case STANDARD:
		a = standard(l, NVME_KV_RETRIEVE, key_of(it), 0, got, it->size);
		break;
	case VENDOR:
		return v_holds(l, it->nsid, key_of(it), want, it->size);
	default:
		a = block(l, NVME_NVM_READ, it->lba, it->size, got);
		a.dw0 = it->size;
		break;
	}
	return !a.status && a.dw0 == it->size && !memcmp(got, want, bytes_of(it));
}

static u8 keyspace_of(const struct loop *l, const struct item *it)
{
	const struct vkv_ns *ns = &l->dev->ns[it->nsid ? it->nsid - 1 : 0];

	if (it->kind == BLOCK)
		return ns->keyspace_block;
	return it->nsid ? ns->keyspace : ns->keyspace0;
}

/* Returns the bytes of an item. The items share one array, filled only once. */
static u8 *bytes_for(const struct item *it)
{
	static u8 bytes[SIZE_MAX_ITEM + 64 * ARRAY_SIZE(items)];

	if (!bytes[0])
		fuzz_fill(bytes, sizeof(bytes), 1);
	return bytes + 64 * (it - items);
}

void sacred_store(struct loop *l)
{
	unsigned int i;

	checking = true;
	for (i = 0; i < ARRAY_SIZE(items); i++) {
		MUST(!store_item(l, &items[i], bytes_for(&items[i])), "item %u",
		     i);
		items[i].keyspace = keyspace_of(l, &items[i]);
	}
	for (i = 0; i < ARRAY_SIZE(items); i++) {
		items[i].named = false;
		items[i].touched = false;
	}
	checking = false;
}

void sacred_check(struct loop *l)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(items); i++)
		if (!items[i].named || !items[i].touched)
			MUST(holds(l, &items[i], bytes_for(&items[i])),
			     "item %u changed", i);
}

static bool serves(struct loop *l, const struct item *it, u64 seed)
{
	static u8 buf[SIZE_MAX_ITEM];

	fuzz_fill(buf, bytes_of(it), seed);
	return !store_item(l, it, buf) && holds(l, it, buf);
}

static bool serves_all(struct loop *l)
{
	static const struct item others[] = {
		{ STANDARD, 2, "another", 5000 },
		{ VENDOR, 1, "another", 5000 },
		{ VENDOR, 0, "another", 50 },
		{ BLOCK, 1, NULL, 17, 3003 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (!serves(l, &others[i], 100 + i))
			return false;
	return true;
}

/* A program may have filled the device, so a Format makes room again. */
void sacred_serve(struct loop *l)
{
	checking = true;
	if (!serves_all(l)) {
		MUST(vkv_ftl_room(l->dev->ftl) < MIB ||
		     l->dev->ns[1].cap - vkv_ns_used(l->dev, &l->dev->ns[1]) < MIB,
		     "a device that is not full does not serve");
		MUST(!admin(l, NVME_ADMIN_FORMAT, NVME_NSID_ALL, 0, 0, 0),
		     "Format");
		MUST(serves_all(l), "an empty device does not serve");
	}
	checking = false;
}
