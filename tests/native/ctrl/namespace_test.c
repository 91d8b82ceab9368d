// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces that come, go and change: Namespace Management and Attachment (base
 * specification 2.0, sections 5.22 and 5.23), and the changes of the shell.
 */
#include <errno.h>

#include "native/ctrl/world.h"

#define NR VKV_NR_NAMESPACES
#define BLOCKS 2048u			/* of 512 bytes: a small block namespace */
#define BYTES (BLOCKS * 512ull)

/* ---- commands ---- */

static struct loop_answer create_ns(struct loop *l, u8 csi, u64 nsze, u64 ncap)
{
	struct nvme_sqe sqe = entry(NVME_ADMIN_NS_MANAGEMENT, 0, 0, csi << 24);
	u64 m = mark(l), page = loop_pages(l, 1);
	struct nvme_id_ns *want = loop_at(l, page);
	struct loop_answer a;

	want->nsze = cpu_to_le64(nsze);
	want->ncap = cpu_to_le64(ncap);
	sqe.prp1 = cpu_to_le64(page);
	a = loop_do(l, 0, &sqe);
	memset(want, 0, sizeof(*want));
	release(l, m);
	return a;
}

static u16 delete_ns(struct loop *l, u32 nsid)
{
	return admin(l, NVME_ADMIN_NS_MANAGEMENT, nsid, 1, 0, 0);
}

static u16 attach_list(struct loop *l, u32 nsid, u32 select, u16 nr, u16 id)
{
	u64 m = mark(l), page = loop_pages(l, 1);
	__le16 *list = loop_at(l, page);
	u16 status;

	list[0] = cpu_to_le16(nr);
	list[1] = cpu_to_le16(id);
	status = admin(l, NVME_ADMIN_NS_ATTACHMENT, nsid, select, 0, page);
	list[0] = list[1] = 0;
	release(l, m);
	return status;
}

static u16 attach_ns(struct loop *l, u32 nsid)
{
	return attach_list(l, nsid, 0, 1, 1);
}

static u16 detach_ns(struct loop *l, u32 nsid)
{
	return attach_list(l, nsid, 1, 1, 1);
}

/* Creates a namespace and attaches it. */
static u32 new_ns(struct kunit *test, struct loop *l, enum vkv_ns_kind kind)
{
	struct loop_answer a = kind == VKV_NS_KV ?
				       create_ns(l, NVME_CSI_KV, BYTES, 0) :
				       create_ns(l, NVME_CSI_NVM, BLOCKS, BLOCKS);

	KUNIT_ASSERT_EQ(test, a.status, 0);
	KUNIT_ASSERT_EQ(test, attach_ns(l, a.dw0), 0);
	return a.dw0;
}

static struct nvme_sqe kv_entry(struct loop *l, u32 nsid, u8 opcode, u32 n,
				u32 len, u64 buf)
{
	struct nvme_sqe sqe = entry(opcode, nsid, len, 4);

	memcpy(sqe.key_low, &n, 4);
	set_prps(l, &sqe, buf, len);
	return sqe;
}

/* Key @n of a KV namespace has @n as its value. */
static u16 kv_store(struct loop *l, u32 nsid, u32 n)
{
	u64 m = mark(l), buf = loop_pages(l, 1);
	struct nvme_sqe sqe = kv_entry(l, nsid, NVME_KV_STORE, n, 4, buf);
	u16 status;

	memcpy(loop_at(l, buf), &n, 4);
	status = loop_do(l, 1, &sqe).status;
	release(l, m);
	return status;
}

static u16 kv_holds(struct loop *l, u32 nsid, u32 n)
{
	u64 m = mark(l), buf = loop_pages(l, 1);
	struct nvme_sqe sqe = kv_entry(l, nsid, NVME_KV_RETRIEVE, n, 4, buf);
	u16 status;

	memset(loop_at(l, buf), 0xee, 4);
	status = loop_do(l, 1, &sqe).status;
	if (!status && memcmp(loop_at(l, buf), &n, 4))
		status = 0xbad;
	release(l, m);
	return status;
}

/* Writes or reads one block, full of @byte. */
static u16 one_block(struct loop *l, u32 nsid, u8 opcode, u64 lba, u8 byte)
{
	u64 m = mark(l), buf = loop_pages(l, 1);
	struct nvme_sqe sqe = entry(opcode, nsid, (u32)lba, lba >> 32);
	u8 *data = loop_at(l, buf);
	u16 status;

	sqe.prp1 = cpu_to_le64(buf);
	memset(data, opcode == NVME_NVM_WRITE ? byte : 0xee, 512);
	status = loop_do(l, 1, &sqe).status;
	if (!status && (data[0] != byte || data[511] != byte))
		status = 0xbad;
	release(l, m);
	return status;
}

static u16 write_block(struct loop *l, u32 nsid, u64 lba, u8 byte)
{
	return one_block(l, nsid, NVME_NVM_WRITE, lba, byte);
}

static u16 block_holds(struct loop *l, u32 nsid, u64 lba, u8 byte)
{
	return one_block(l, nsid, NVME_NVM_READ, lba, byte);
}

static u16 identify_to(struct loop *l, u8 cns, u32 nsid, u8 csi, void *page)
{
	u64 m = mark(l), addr = loop_pages(l, 1);
	u16 status = admin(l, NVME_ADMIN_IDENTIFY, nsid, cns, csi << 24, addr);

	memcpy(page, loop_at(l, addr), LOOP_PAGE);
	memset(loop_at(l, addr), 0, LOOP_PAGE);
	release(l, m);
	return status;
}

/* The namespaces of a list, a bit for each NSID. */
static u32 listed(struct loop *l, u8 cns, u8 csi)
{
	static __le32 list[LOOP_PAGE / 4];
	u32 set = 0, i;

	if (identify_to(l, cns, 0, csi, list))
		return ~0u;
	for (i = 0; i < NR && list[i]; i++)
		set |= 1u << le32_to_cpu(list[i]);
	return set;
}

/* ---- creating and attaching ---- */

static void create_forms_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	static const struct {
		u8 csi;
		u64 nsze, ncap;
		u16 status;
	} rows[] = {
		{ NVME_CSI_NVM, 8, 8, 0 },
		{ NVME_CSI_NVM, 80, 8, 0 },
		{ NVME_CSI_NVM, 8, 80, NVME_SC_INVALID_FIELD },
		{ NVME_CSI_NVM, 0, 0, NVME_SC_INVALID_FIELD },
		{ NVME_CSI_NVM, ~0ull, 8, NVME_SC_NS_CAPACITY },
		{ NVME_CSI_NVM, 1 << 20, 1 << 20, NVME_SC_NS_CAPACITY },
		{ NVME_CSI_KV, BYTES, 0, 0 },
		{ NVME_CSI_KV, 0, 0, NVME_SC_INVALID_FIELD },
		{ NVME_CSI_KV, 1, 0, NVME_SC_INVALID_FIELD },
		{ NVME_CSI_KV, DEV_SIZE, 0, NVME_SC_NS_CAPACITY },
		{ NVME_CSI_KV, ~0ull, 0, NVME_SC_NS_CAPACITY },
		{ NVME_CSI_ZONED, 8, 8, NVME_SC_CSI_UNSUPPORTED },
	};
	u32 i, nsid = 2;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct loop_answer a = create_ns(l, rows[i].csi, rows[i].nsze,
						 rows[i].ncap);

		KUNIT_EXPECT_TRUE_MSG(test, a.status == rows[i].status,
				      "row %u: %03x", i, a.status);
		if (!rows[i].status)
			KUNIT_EXPECT_EQ(test, a.dw0, ++nsid);
	}
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_NS_MANAGEMENT, 0, 2, 0, 0),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_NS_MANAGEMENT, 0, 0, 0, 1),
			NVME_SC_PRP_OFFSET);
	KUNIT_EXPECT_EQ(test, delete_ns(l, 9), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, delete_ns(l, NR + 1), NVME_SC_INVALID_NS);
	KUNIT_EXPECT_EQ(test, attach_ns(l, 9), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, attach_ns(l, NVME_NSID_ALL), NVME_SC_INVALID_NS);
	KUNIT_EXPECT_EQ(test, attach_list(l, 3, 0, 0, 1), NVME_SC_CTRL_LIST);
	KUNIT_EXPECT_EQ(test, attach_list(l, 3, 0, 1, 2), NVME_SC_CTRL_LIST);
	KUNIT_EXPECT_EQ(test, attach_list(l, 3, 0, 2048, 1), NVME_SC_CTRL_LIST);
	KUNIT_EXPECT_EQ(test, attach_list(l, 3, 2, 1, 1), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, attach_ns(l, 1), NVME_SC_NS_ATTACHED);
	KUNIT_EXPECT_EQ(test, detach_ns(l, 3), NVME_SC_NS_NOT_ATTACHED);
	stop(test, l);
}

/* A namespace that is not attached keeps its contents, and nothing gets at them. */
static void attachment_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	static u8 page[LOOP_PAGE];
	struct nvme_id_ns *id = (void *)page;
	u32 kv, blk;

	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ACTIVE_LIST, 0), 0x6u);
	blk = create_ns(l, NVME_CSI_NVM, BLOCKS, BLOCKS).dw0;
	KUNIT_EXPECT_EQ(test, blk, 3u);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ACTIVE_LIST, 0), 0x6u);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ALLOCATED_LIST, 0), 0xeu);
	KUNIT_EXPECT_EQ(test, identify_to(l, NVME_CNS_NS, blk, 0, page), 0);
	KUNIT_EXPECT_EQ(test, id->nsze, 0ull);
	KUNIT_EXPECT_EQ(test, identify_to(l, NVME_CNS_ALLOCATED_NS, blk, 0, page),
			0);
	KUNIT_EXPECT_EQ(test, id->nsze, cpu_to_le64(BLOCKS));
	KUNIT_EXPECT_EQ(test, write_block(l, blk, 0, 1), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, identify_to(l, NVME_CNS_NS_CTRL_LIST, blk, 0, page),
			0);
	KUNIT_EXPECT_EQ(test, page[0], 0);
	KUNIT_ASSERT_EQ(test, attach_ns(l, blk), 0);
	kv = new_ns(test, l, VKV_NS_KV);
	KUNIT_EXPECT_EQ(test, kv, 4u);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ACTIVE_LIST, 0), 0x1eu);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_CSI_ACTIVE_LIST, 1), 0x14u);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_CSI_ACTIVE_LIST, 0), 0xau);
	KUNIT_EXPECT_EQ(test, identify_to(l, NVME_CNS_NS_CTRL_LIST, kv, 0, page),
			0);
	KUNIT_EXPECT_EQ(test, page[0], 1);
	KUNIT_EXPECT_EQ(test, page[2], 1);
	KUNIT_EXPECT_EQ(test, write_block(l, blk, BLOCKS - 1, 7), 0);
	KUNIT_EXPECT_EQ(test, write_block(l, blk, BLOCKS, 7), NVME_SC_LBA_RANGE);
	KUNIT_EXPECT_EQ(test, kv_store(l, kv, 5), 0);
	/* Other namespaces do not see what is in it. */
	KUNIT_EXPECT_EQ(test, kv_holds(l, 2, 5), NVME_SC_KV_NO_KEY);
	KUNIT_EXPECT_EQ(test, block_holds(l, 1, BLOCKS - 1, 0), 0);
	KUNIT_ASSERT_EQ(test, detach_ns(l, kv), 0);
	KUNIT_EXPECT_EQ(test, kv_holds(l, kv, 5), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_CSI_ACTIVE_LIST, 1), 0x4u);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_CSI_ALLOCATED_LIST, 1), 0x14u);
	KUNIT_ASSERT_EQ(test, attach_ns(l, kv), 0);
	KUNIT_EXPECT_EQ(test, kv_holds(l, kv, 5), 0);
	KUNIT_EXPECT_EQ(test, block_holds(l, blk, BLOCKS - 1, 7), 0);
	stop(test, l);
}

/* A namespace never holds more than it may. */
static void capacity_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	static u8 page[LOOP_PAGE];
	struct nvme_id_ctrl *id = (void *)page;
	u64 total, left;
	u32 n, blk, kv;

	KUNIT_ASSERT_EQ(test, identify_to(l, NVME_CNS_CTRL, 0, 0, page), 0);
	total = le64_to_cpu(id->tnvmcap[0]);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(id->unvmcap[0]), total);
	KUNIT_EXPECT_TRUE(test, le16_to_cpu(id->oacs) & 8);
	kv = create_ns(l, NVME_CSI_KV, 64 << 10, 0).dw0;
	/* It looks larger than it is. */
	blk = create_ns(l, NVME_CSI_NVM, BLOCKS, 64).dw0;
	KUNIT_ASSERT_EQ(test, attach_ns(l, kv), 0);
	KUNIT_ASSERT_EQ(test, attach_ns(l, blk), 0);
	KUNIT_ASSERT_EQ(test, identify_to(l, NVME_CNS_CTRL, 0, 0, page), 0);
	left = le64_to_cpu(id->unvmcap[0]);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(id->tnvmcap[0]) - left,
			(64ull << 10) + 64 * 512);
	for (n = 0; !kv_store(l, kv, n); n++)
		KUNIT_ASSERT_LT(test, n, (64u << 10) / 16);
	KUNIT_EXPECT_GT(test, n, (64u << 10) / 200);
	KUNIT_EXPECT_EQ(test, kv_store(l, kv, n), NVME_SC_CAPACITY);
	for (n = 0; n < 8; n++)
		KUNIT_EXPECT_EQ(test, write_block(l, blk, BLOCKS - 8 * n - 8, 9), 0);
	KUNIT_EXPECT_EQ(test, write_block(l, blk, 0, 9), NVME_SC_CAPACITY);
	/* The others have the rest. */
	KUNIT_EXPECT_EQ(test, kv_store(l, 2, 1), 0);
	stop(test, l);
}

/* ---- deleting ---- */

/* A new namespace has nothing of one that had the same NSID, and another NGUID. */
static void deletion_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	static u8 page[LOOP_PAGE];
	u8 before[16];
	u32 n, round, kind;

	for (round = 0; round < 6; round++) {
		u32 blk = new_ns(test, l, VKV_NS_BLOCK);
		u32 kv = new_ns(test, l, VKV_NS_KV);

		KUNIT_EXPECT_EQ(test, blk + kv, 7u);
		identify_to(l, NVME_CNS_NS_DESCS, blk, 0, page);
		KUNIT_EXPECT_NE(test, memcmp(page + 4, before, 16), 0);
		memcpy(before, page + 4, 16);
		for (n = 0; n < 50; n++) {
			KUNIT_ASSERT_EQ(test, block_holds(l, blk, 8 * n, 0), 0);
			KUNIT_ASSERT_EQ(test, write_block(l, blk, 8 * n, n + 1), 0);
			KUNIT_ASSERT_EQ(test, kv_holds(l, kv, n),
					NVME_SC_KV_NO_KEY);
			KUNIT_ASSERT_EQ(test, kv_store(l, kv, n), 0);
		}
		/* In turn, so that each NSID has both kinds. */
		KUNIT_EXPECT_EQ(test, delete_ns(l, kv), 0);
		KUNIT_EXPECT_EQ(test, kv_holds(l, kv, 1), NVME_SC_INVALID_FIELD);
		KUNIT_EXPECT_EQ(test, block_holds(l, blk, 8, 2), 0);
		KUNIT_EXPECT_EQ(test, delete_ns(l, blk), 0);
		KUNIT_EXPECT_EQ(test, delete_ns(l, blk), NVME_SC_INVALID_FIELD);
		KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ALLOCATED_LIST, 0), 6u);
		if (round & 1)
			KUNIT_ASSERT_EQ(test, create_ns(l, NVME_CSI_KV, BYTES,
							0).dw0, 3u);
		for (kind = 0; round & 1 && kind < 1; kind++) {
			KUNIT_ASSERT_EQ(test, attach_ns(l, 3), 0);
			KUNIT_EXPECT_EQ(test, kv_holds(l, 3, 1),
					NVME_SC_KV_NO_KEY);
			KUNIT_ASSERT_EQ(test, delete_ns(l, 3), 0);
		}
	}
	KUNIT_EXPECT_EQ(test, kv_store(l, 2, 1), 0);
	stop(test, l);
}

static void all_namespaces_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 round, i;

	for (round = 0; round < 3; round++) {
		for (i = round ? 1 : 3; i <= NR; i++)
			KUNIT_ASSERT_EQ(test, new_ns(test, l, (i + round) % 2), i);
		KUNIT_EXPECT_EQ(test, create_ns(l, NVME_CSI_KV, BYTES, 0).status,
				NVME_SC_NSID_UNAVAILABLE);
		KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ACTIVE_LIST, 0), 0x1fffeu);
		for (i = 1; i <= NR; i++) {
			u16 status = l->dev->ns[i - 1].kind == VKV_NS_KV ?
					     kv_store(l, i, i) :
					     write_block(l, i, i, i);

			KUNIT_EXPECT_EQ(test, status, 0);
		}
		KUNIT_EXPECT_EQ(test, delete_ns(l, NVME_NSID_ALL), 0);
		KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ALLOCATED_LIST, 0), 0u);
		KUNIT_EXPECT_EQ(test, kv_holds(l, 2, 2), NVME_SC_INVALID_FIELD);
		KUNIT_EXPECT_EQ(test, delete_ns(l, NVME_NSID_ALL), 0);
	}
	/* Nothing that names all namespaces finds one. */
	KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_EXIST, 0, KEY("k"), 0, 0, NULL,
				     0).status, NVME_SC_VENDOR_KEYSPACE);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_FORMAT, NVME_NSID_ALL, 0, 0, 0),
			0);
	stop(test, l);
}

/* Commands that are on their way end, and the namespace goes only then. */
static void deletion_waits_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 kv = new_ns(test, l, VKV_NS_KV);
	struct nvme_sqe del = entry(NVME_ADMIN_NS_MANAGEMENT, kv, 1, 0);
	struct nvme_sqe store = kv_entry(l, kv, NVME_KV_STORE, 1, 4,
					 loop_pages(l, 1));
	struct nvme_sqe again = store;
	struct loop_answer a;
	u32 i;

	l->hold_workers = true;
	loop_submit(l, 1, &store);
	loop_rounds(l, 5);
	loop_submit(l, 0, &del);
	loop_rounds(l, 50);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_TRUE(test, l->dev->ns[kv - 1].exists);
	loop_submit(l, 1, &again);
	l->hold_workers = false;
	loop_rounds(l, 50);
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
		if (a.cid == again.cid)
			KUNIT_EXPECT_EQ(test, a.status, NVME_SC_INVALID_FIELD);
		else
			KUNIT_EXPECT_EQ(test, a.status, NVME_SC_INVALID_NS);
	}
	for (i = 0; i < 100 && !loop_poll(l, 0, &a); i++) {
		l->now += 1000000;
		loop_rounds(l, 5);
	}
	KUNIT_EXPECT_EQ(test, a.cid, del.cid);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_FALSE(test, l->dev->ns[kv - 1].exists);
	stop(test, l);
}

/* A command that was executed waits for its time. It has the namespace until then. */
static void deletion_waits_for_time_test(struct kunit *test)
{
	struct loop *l = start_timed(test, "simple:read_delay=5000000");
	u32 kv = new_ns(test, l, VKV_NS_KV);
	struct nvme_sqe del = entry(NVME_ADMIN_NS_MANAGEMENT, kv, 1, 0);
	struct nvme_sqe get = kv_entry(l, kv, NVME_KV_RETRIEVE, 1, 4,
				       loop_pages(l, 1));
	struct loop_answer a, b;
	bool got = false;
	u32 i;

	KUNIT_ASSERT_EQ(test, kv_store(l, kv, 1), 0);
	loop_submit(l, 1, &get);
	loop_rounds(l, 5);
	loop_submit(l, 0, &del);
	for (i = 0; i < 1000 && !loop_poll(l, 0, &b); i++) {
		l->now += 100000;
		loop_rounds(l, 3);
		got |= loop_poll(l, 1, &a);
	}
	KUNIT_EXPECT_EQ(test, b.status, 0);
	KUNIT_EXPECT_TRUE(test, got);
	KUNIT_EXPECT_EQ(test, a.cid, get.cid);
	stop(test, l);
}

/* A reset drops the command. The namespace goes all the same. */
static void deletion_and_reset_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 i, kv = new_ns(test, l, VKV_NS_KV);
	struct nvme_sqe del = entry(NVME_ADMIN_NS_MANAGEMENT, kv, 1, 0);

	for (i = 0; i < 500; i++)
		KUNIT_ASSERT_EQ(test, kv_store(l, kv, i), 0);
	loop_submit(l, 0, &del);
	loop_rounds(l, 2);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	for (i = 0; i < 100 && l->dev->ns[kv - 1].exists; i++) {
		l->now += 1000000;
		loop_rounds(l, 5);
	}
	KUNIT_EXPECT_FALSE(test, l->dev->ns[kv - 1].exists);
	KUNIT_EXPECT_EQ(test, new_ns(test, l, VKV_NS_KV), kv);
	KUNIT_EXPECT_EQ(test, kv_holds(l, kv, 1), NVME_SC_KV_NO_KEY);
	stop(test, l);
}

/* The iterator has the keys whose lowest bits under the mask are 0. */
static u16 open_iterator(struct loop *l, u32 nsid, u8 option, u32 mask, u32 *handle)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_REQUEST, nsid, 0, option << 8);
	struct loop_answer a;

	sqe.cdw13 = cpu_to_le32(mask);
	a = loop_do(l, 1, &sqe);
	*handle = a.dw0 & 0xff;
	return a.status;
}

static u16 read_iterator(struct loop *l, u32 nsid, u32 handle)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_READ, nsid, 1024, handle);

	sqe.prp1 = cpu_to_le64(loop_pages(l, 1));
	return loop_do(l, 1, &sqe).status;
}

/*
 * An iterator ends with its namespace. One that deletes would otherwise delete the
 * keys of the next namespace.
 */
static void deletion_closes_iterators_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 i, handle, deleting, blk = new_ns(test, l, VKV_NS_BLOCK);

	for (i = 0; i < 2000; i++) {
		const struct vkey k = { &i, 4 };

		KUNIT_ASSERT_EQ(test, vendor(l, NVME_VENDOR_STORE, blk, k, 0, 0, &i,
					     4).status, 0);
	}
	KUNIT_ASSERT_EQ(test, open_iterator(l, blk, 0x01 | 0x04, 0, &handle), 0);
	KUNIT_ASSERT_EQ(test, open_iterator(l, blk, 0x01 | 0x10, 1,
					    &deleting), 0);
	KUNIT_EXPECT_EQ(test, read_iterator(l, blk, handle), 0);
	KUNIT_EXPECT_EQ(test, delete_ns(l, blk), 0);
	KUNIT_EXPECT_EQ(test, new_ns(test, l, VKV_NS_BLOCK), blk);
	KUNIT_EXPECT_EQ(test, read_iterator(l, blk, handle),
			NVME_SC_VENDOR_ITER_HANDLE);
	for (i = 0; i < 50; i++) {
		const struct vkey k = { &i, 4 };

		KUNIT_ASSERT_EQ(test, vendor(l, NVME_VENDOR_STORE, blk, k, 0, 0, &i,
					     4).status, 0);
	}
	loop_rounds(l, 1000);
	for (i = 0; i < 50; i++) {
		const struct vkey k = { &i, 4 };

		KUNIT_EXPECT_TRUE(test, v_holds(l, blk, k, &i, 4));
	}
	stop(test, l);
}

/* ---- events ---- */

static void expect_changed(struct kunit *test, struct loop *l, u32 nsid)
{
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	u64 m = mark(l), page = loop_pages(l, 1);
	__le32 *list = loop_at(l, page);

	loop_submit(l, 0, &aer);
	loop_rounds(l, 10);
	KUNIT_ASSERT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    NVME_LOG_CHANGED_NS | 1023 << 16, 0, page), 0);
	KUNIT_ASSERT_EQ(test, l->nr_others, 1u);
	KUNIT_EXPECT_EQ(test, l->other[0].dw0, NVME_AEN_NS_ATTR);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[0]), nsid);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[1]), 0u);
	l->nr_others = 0;
	memset(list, 0, LOOP_PAGE);
	release(l, m);
}

static void events_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 v, kv;

	KUNIT_ASSERT_EQ(test, feature(l, NVME_ADMIN_SET_FEATURES,
				      NVME_FEAT_ASYNC_EVENT, 0, NVME_AEC_NS_ATTR,
				      &v), 0);
	kv = create_ns(l, NVME_CSI_KV, BYTES, 0).dw0;
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);
	KUNIT_ASSERT_EQ(test, attach_ns(l, kv), 0);
	expect_changed(test, l, kv);
	KUNIT_ASSERT_EQ(test, detach_ns(l, kv), 0);
	expect_changed(test, l, kv);
	KUNIT_ASSERT_EQ(test, delete_ns(l, kv), 0);
	expect_changed(test, l, kv);
	stop(test, l);
}

/* ---- changes of the shell ---- */

static int outcome;

static void note_outcome(struct vkv_change *change, int err)
{
	outcome = err;
}

#define PENDING 12345

static int change(struct loop *l, struct vkv_change c)
{
	u32 i;

	c.done = note_outcome;
	outcome = PENDING;
	if (!vkv_dev_change(l->dev, &c))
		return -EBUSY;
	for (i = 0; i < 4000 && outcome == PENDING; i++) {
		l->now += 10000;
		loop_rounds(l, 2);
	}
	return outcome;
}

static int change_ns(struct loop *l, enum vkv_change_kind kind, u32 nsid)
{
	return change(l, (struct vkv_change){ .kind = kind, .nsid = nsid });
}

static int add_ns(struct loop *l, u32 nsid, enum vkv_ns_kind kind, u64 cap)
{
	return change(l, (struct vkv_change){ .kind = VKV_CHANGE_NS_ADD,
					      .nsid = nsid,
					      .ns = { kind, cap } });
}

static int resize_ns(struct loop *l, u32 nsid, u64 cap)
{
	return change(l, (struct vkv_change){ .kind = VKV_CHANGE_NS_RESIZE,
					      .nsid = nsid,
					      .ns = { .cap = cap } });
}

static void shell_namespaces_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct vkv_ns_state s;

	KUNIT_EXPECT_EQ(test, add_ns(l, 1, VKV_NS_KV, 0), -EEXIST);
	KUNIT_EXPECT_EQ(test, add_ns(l, 7, VKV_NS_NONE, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, add_ns(l, 7, VKV_NS_KV, DEV_SIZE), -ENOSPC);
	KUNIT_EXPECT_EQ(test, add_ns(l, 7, VKV_NS_KV, 0), 0);
	vkv_dev_ns(l->dev, 7, &s);
	KUNIT_EXPECT_EQ(test, s.kind, VKV_NS_KV);
	KUNIT_EXPECT_FALSE(test, s.attached);
	KUNIT_EXPECT_GT(test, s.size, DEV_SIZE / 2);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_DETACH, 7), -EALREADY);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_ATTACH, 7), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, 7, 3), 0);
	vkv_dev_ns(l->dev, 7, &s);
	KUNIT_EXPECT_TRUE(test, s.attached);
	KUNIT_EXPECT_GT(test, s.used, 0ull);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_FORMAT, 7), 0);
	KUNIT_EXPECT_EQ(test, kv_holds(l, 7, 3), NVME_SC_KV_NO_KEY);
	KUNIT_EXPECT_EQ(test, kv_store(l, 2, 3), 0);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_REMOVE, 7), 0);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_REMOVE, 7), -ENODEV);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_ATTACH, 7), -ENODEV);
	vkv_dev_ns(l->dev, 7, &s);
	KUNIT_EXPECT_EQ(test, s.kind, VKV_NS_NONE);
	KUNIT_EXPECT_EQ(test, kv_holds(l, 2, 3), 0);
	/* Also while no host is there. */
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, add_ns(l, 3, VKV_NS_KV, 0), 0);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_ATTACH, 3), 0);
	KUNIT_EXPECT_EQ(test, change_ns(l, VKV_CHANGE_NS_REMOVE, 2), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, listed(l, NVME_CNS_ACTIVE_LIST, 0), 0xau);
	stop(test, l);
}

/* Blocks behind the new end of a namespace do not come back. */
static void shell_resize_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 kv = new_ns(test, l, VKV_NS_KV), n;
	u32 blk = new_ns(test, l, VKV_NS_BLOCK);

	for (n = 0; n < BLOCKS; n += 8)
		KUNIT_ASSERT_EQ(test, write_block(l, blk, n, n / 8), 0);
	KUNIT_EXPECT_EQ(test, resize_ns(l, blk, BYTES / 2), -ENOSPC);
	KUNIT_EXPECT_EQ(test, resize_ns(l, blk, 100), -EINVAL);
	KUNIT_EXPECT_EQ(test, resize_ns(l, blk, DEV_SIZE), -ENOSPC);
	KUNIT_EXPECT_EQ(test, resize_ns(l, 9, BYTES), -ENODEV);
	KUNIT_EXPECT_EQ(test, block_holds(l, blk, BLOCKS - 8, 255), 0);
	/* Half of it goes, so that it fits; what is left lies on both sides. */
	for (n = BLOCKS / 4; n < BLOCKS * 3 / 4; n += 8) {
		struct nvme_sqe zero = entry(NVME_NVM_WRITE_ZEROES, blk, n, 0);

		zero.cdw12 = cpu_to_le32(7 | 1 << 25);
		KUNIT_ASSERT_EQ(test, loop_do(l, 1, &zero).status, 0);
	}
	KUNIT_EXPECT_EQ(test, resize_ns(l, blk, BYTES / 2), 0);
	KUNIT_EXPECT_EQ(test, block_holds(l, blk, BLOCKS / 2, 0),
			NVME_SC_LBA_RANGE);
	KUNIT_EXPECT_EQ(test, block_holds(l, blk, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, vkv_ns_used(l->dev, &l->dev->ns[blk - 1]), BYTES / 4);
	KUNIT_EXPECT_EQ(test, resize_ns(l, blk, BYTES), 0);
	KUNIT_EXPECT_EQ(test, block_holds(l, blk, BLOCKS - 8, 0), 0);
	KUNIT_EXPECT_EQ(test, block_holds(l, blk, BLOCKS / 4 - 8,
					  BLOCKS / 32 - 1), 0);
	KUNIT_EXPECT_EQ(test, resize_ns(l, kv, 4096), 0);
	for (n = 0; !kv_store(l, kv, n); n++)
		;
	KUNIT_EXPECT_LT(test, n, 100u);
	KUNIT_EXPECT_EQ(test, resize_ns(l, kv, 0), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, kv, n), 0);
	stop(test, l);
}

static void shell_op_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct vkv_change c = { .kind = VKV_CHANGE_OP, .op_permille = 400 };
	struct vkv_usage before, after;

	vkv_ftl_usage(l->dev->ftl, &before);
	KUNIT_EXPECT_EQ(test, change(l, c), 0);
	vkv_ftl_usage(l->dev->ftl, &after);
	KUNIT_EXPECT_LT(test, after.capacity, before.capacity * 7 / 10);
	KUNIT_EXPECT_EQ(test, vkv_dev_op_permille(l->dev), 400u);
	/* A file system may be there. */
	KUNIT_EXPECT_EQ(test, l->dev->ns[0].cap, before.capacity);
	c.op_permille = 0;
	KUNIT_EXPECT_EQ(test, change(l, c), 0);
	vkv_ftl_usage(l->dev->ftl, &after);
	KUNIT_EXPECT_EQ(test, after.capacity, before.capacity);
	stop(test, l);
}

static u64 time_of_retrieve(struct loop *l)
{
	u64 before = l->now;

	return kv_holds(l, 2, 1) ? ~0ull : l->now - before;
}

static void shell_timing_test(struct kunit *test)
{
	struct loop *l = start_with(test, 2, 4096, NULL);
	struct vkv_change c = { .kind = VKV_CHANGE_TIMING };
	static char text[16384];
	u32 i;

	KUNIT_ASSERT_EQ(test, kv_store(l, 2, 1), 0);
	for (i = 0; i < 4; i++) {
		c.timing = "none,simple:read_delay=777000";
		KUNIT_EXPECT_EQ(test, change(l, c), 0);
		KUNIT_EXPECT_GE(test, time_of_retrieve(l), 777000ull);
		vkv_dev_timing_info(l->dev, text, sizeof(text));
		KUNIT_EXPECT_TRUE(test, strstr(text, "read_delay=777000"));
		c.timing = "pm983-kv";
		KUNIT_EXPECT_EQ(test, change(l, c), 0);
		KUNIT_EXPECT_GE(test, time_of_retrieve(l), 10000ull);
		vkv_dev_reset_stats(l->dev);
		KUNIT_EXPECT_GT(test, l->dev->stats->nr_dies, 0u);
		c.timing = NULL;
		KUNIT_EXPECT_EQ(test, change(l, c), 0);
		KUNIT_EXPECT_LT(test, time_of_retrieve(l), 10000ull);
		c.timing = "nosuch";
		KUNIT_EXPECT_EQ(test, change(l, c), -EINVAL);
	}
	stop(test, l);
}

/* A change that is under way when the device goes is told so, once. */
static void change_and_end_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct vkv_change c = { .kind = VKV_CHANGE_NS_REMOVE, .nsid = 2,
				.done = note_outcome };

	l->hold_workers = true;
	outcome = PENDING;
	KUNIT_EXPECT_TRUE(test, vkv_dev_change(l->dev, &c));
	KUNIT_EXPECT_FALSE(test, vkv_dev_change(l->dev, &c));
	loop_rounds(l, 10);
	KUNIT_EXPECT_EQ(test, outcome, PENDING);
	loop_destroy(l);
	KUNIT_EXPECT_EQ(test, outcome, -ENODEV);
}

/* ---- all together ---- */

struct place {
	enum vkv_ns_kind kind;
	bool attached;
	u8 has[64];
};

static void fill_place(struct kunit *test, struct loop *l, struct place *p, u32 nsid)
{
	u32 n = rnd(64);
	u16 want = p->attached ? 0 : NVME_SC_INVALID_FIELD;

	if (p->kind == VKV_NS_KV) {
		KUNIT_ASSERT_EQ(test, kv_store(l, nsid, n), want);
		p->has[n] |= p->attached;
		return;
	}
	KUNIT_ASSERT_EQ(test, write_block(l, nsid, 8 * n, 1 + n), want);
	if (p->attached)
		p->has[n] = 1 + n;
}

static void check_place(struct kunit *test, struct loop *l, struct place *p,
			u32 nsid)
{
	u32 n;

	for (n = 0; n < 64 && p->attached; n++)
		if (p->kind == VKV_NS_KV)
			KUNIT_ASSERT_EQ(test, kv_holds(l, nsid, n),
					p->has[n] ? 0 : NVME_SC_KV_NO_KEY);
		else
			KUNIT_ASSERT_EQ(test, block_holds(l, nsid, 8 * n,
							  p->has[n]), 0);
}

static void random_step(struct kunit *test, struct loop *l, struct place *p,
			u32 nsid)
{
	switch (rnd(p->kind == VKV_NS_NONE ? 1 : 12)) {
	case 0:
		if (p->kind == VKV_NS_NONE) {
			enum vkv_ns_kind kind = rnd(2);

			KUNIT_ASSERT_EQ(test, add_ns(l, nsid, kind, BYTES), 0);
			memset(p, 0, sizeof(*p));
			p->kind = kind;
		} else if (rnd(2)) {
			KUNIT_ASSERT_EQ(test, delete_ns(l, nsid), 0);
			p->kind = VKV_NS_NONE;
		} else {
			KUNIT_ASSERT_EQ(test, change_ns(l, VKV_CHANGE_NS_REMOVE,
							nsid), 0);
			p->kind = VKV_NS_NONE;
		}
		return;
	case 1:
		KUNIT_ASSERT_EQ(test, attach_ns(l, nsid),
				p->attached ? NVME_SC_NS_ATTACHED : 0);
		p->attached = true;
		return;
	case 2:
		KUNIT_ASSERT_EQ(test, change_ns(l, VKV_CHANGE_NS_DETACH, nsid),
				p->attached ? 0 : -EALREADY);
		p->attached = false;
		return;
	case 3:
		KUNIT_ASSERT_EQ(test, change_ns(l, VKV_CHANGE_NS_FORMAT, nsid), 0);
		memset(p->has, 0, sizeof(p->has));
		return;
	case 4:
		check_place(test, l, p, nsid);
		return;
	default:
		fill_place(test, l, p, nsid);
	}
}

static void random_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct place place[NR];
	u32 i;

	KUNIT_ASSERT_EQ(test, delete_ns(l, NVME_NSID_ALL), 0);
	for (i = 0; i < NR; i++)
		place[i] = (struct place){ .kind = VKV_NS_NONE };
	for (i = 0; i < 4000; i++) {
		u32 nsid = 1 + rnd(NR);

		random_step(test, l, &place[nsid - 1], nsid);
	}
	for (i = 0; i < NR; i++)
		if (place[i].kind != VKV_NS_NONE)
			check_place(test, l, &place[i], i + 1);
	stop(test, l);
}

/*
 * With threads: keys are stored while their namespace goes and comes. Each command
 * ends, and a namespace that has just come is empty.
 */
static void threads_test(struct kunit *test)
{
	struct loop *l = start_with(test, 2, 4096, NULL);
	u32 round, i, kv;

	loop_start_threads(l);
	for (round = 0; round < 40; round++) {
		u64 buf = loop_pages(l, 1);
		struct nvme_sqe del;
		struct loop_answer a;
		u32 ended = 0;

		kv = new_ns(test, l, round % 2 ? VKV_NS_KV : VKV_NS_BLOCK);
		for (i = 0; i < 40; i++) {
			struct nvme_sqe sqe = kv_entry(l, kv, NVME_KV_STORE, i, 4,
						       buf);

			loop_submit(l, 1 + i % 2, &sqe);
		}
		del = entry(NVME_ADMIN_NS_MANAGEMENT, kv, 1, 0);
		KUNIT_EXPECT_EQ(test, loop_do(l, 0, &del).status, 0);
		while (ended < 40) {
			ended += loop_poll(l, 1, &a);
			ended += loop_poll(l, 2, &a);
		}
		KUNIT_EXPECT_FALSE(test, l->dev->ns[kv - 1].exists);
	}
	KUNIT_EXPECT_EQ(test, kv_store(l, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_stop_threads(l);
	loop_destroy(l);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(create_forms_test),
	KUNIT_CASE(attachment_test),
	KUNIT_CASE(capacity_test),
	KUNIT_CASE(deletion_test),
	KUNIT_CASE(all_namespaces_test),
	KUNIT_CASE(deletion_waits_test),
	KUNIT_CASE(deletion_waits_for_time_test),
	KUNIT_CASE(deletion_and_reset_test),
	KUNIT_CASE(deletion_closes_iterators_test),
	KUNIT_CASE(events_test),
	KUNIT_CASE(shell_namespaces_test),
	KUNIT_CASE(shell_resize_test),
	KUNIT_CASE(shell_op_test),
	KUNIT_CASE(shell_timing_test),
	KUNIT_CASE(change_and_end_test),
	KUNIT_CASE(random_test),
	KUNIT_CASE(threads_test),
	{ 0 },
};

static struct kunit_suite suite = {
	.name = "namespace",
	.test_cases = cases,
};
kunit_test_suite(suite);
