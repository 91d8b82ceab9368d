// SPDX-License-Identifier: GPL-2.0
/* The controller behind a loopback host, as a driver and its users see it. */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <stdlib.h>
#include <string.h>

#include "native/ctrl/world.h"

/* --- registers and states --- */

static void registers_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_VS), NVME_VS_2_0);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CAP) & 0xffff, 1023u);
	/* Writes do not change read-only registers. */
	loop_set_reg(l, NVME_REG_CAP, 0);
	loop_set_reg(l, NVME_REG_VS, 7);
	loop_set_reg(l, NVME_REG_CSTS, 0xffffffff);
	loop_rounds(l, 1);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CAP) & 0xffff, 1023u);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_VS), NVME_VS_2_0);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);

	KUNIT_EXPECT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CC) >> 4 & 7, 6u);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, l->maps, 0u);
	loop_destroy(l);
}

static void bad_cc_test(struct kunit *test)
{
	static const u32 bad[] = { 1 << 4, 1 << 7, 1 << 11 };
	struct loop *l = loop_create(DEV_SIZE, 1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		loop_set_reg(l, NVME_REG_CC, NVME_CC_EN | bad[i]);
		loop_rounds(l, 5);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_CFS);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		loop_rounds(l, 5);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	}
	/* The admin queues are at addresses without memory. */
	loop_set_reg(l, NVME_REG_AQA, 31 | 31 << 16);
	loop_set_reg(l, NVME_REG_ASQ, 0x1000);
	loop_set_reg(l, NVME_REG_ACQ, 0x2000);
	loop_set_reg(l, NVME_REG_CC, NVME_CC_EN | 6 << 16 | 4 << 20);
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_CFS);
	loop_set_reg(l, NVME_REG_CC, 0);
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, l->warnings, 4u);
	/* The controller still serves a host that enables it correctly. */
	KUNIT_EXPECT_EQ(test, loop_enable(l, 1), 0);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_destroy(l);
}

/*
 * A controller that could not start is not ready, so its host need not wait for
 * a reset. The dispatcher does not see CC.EN between one start and the next.
 */
static void missed_reset_test(struct kunit *test)
{
	static const struct {
		unsigned int reg;
		u32 wrong;
	} rows[] = {
		{ NVME_REG_CC, NVME_CC_EN | 1 << 11 | 6 << 16 | 4 << 20 },
		{ NVME_REG_AQA, 31 },
		{ NVME_REG_ASQ, 0x3000 },
		{ NVME_REG_ACQ, 0x3000 },
	};
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i;
	u32 right;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		right = loop_reg(l, rows[i].reg);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		loop_set_reg(l, rows[i].reg, rows[i].wrong);
		loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) | NVME_CC_EN);
		loop_rounds(l, 5);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_CFS);
		/* CC.EN goes down and up. */
		loop_set_reg(l, rows[i].reg, right);
		KUNIT_EXPECT_EQ(test, loop_enable(l, 1), 0);
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	}
	KUNIT_EXPECT_EQ(test, l->warnings, 4u);
	stop(test, l);
}

static void shutdown_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);

	loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) | 1 << 14);
	loop_rounds(l, 10);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
			NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	loop_set_reg(l, NVME_REG_CC, 0);
	KUNIT_EXPECT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

static void queue_errors_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	const u8 ccq = NVME_ADMIN_CREATE_CQ, csq = NVME_ADMIN_CREATE_SQ;

	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 0 | 7 << 16, 3, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 1 | 7 << 16, 3, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 9999 | 7 << 16, 3, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 3, 3, page), NVME_SC_QUEUE_SIZE);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 3 | 1024 << 16, 3, page),
			NVME_SC_QUEUE_SIZE);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 3 | 7 << 16, 2, page),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 3 | 7 << 16, 3 | 8 << 16, page),
			NVME_SC_VECTOR_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 3 | 7 << 16, 3, page + 64),
			NVME_SC_PRP_OFFSET);
	KUNIT_EXPECT_EQ(test, admin(l, ccq, 0, 3 | 7 << 16, 3, 4096),
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, admin(l, csq, 0, 3 | 7 << 16, 1 | 3 << 16, page),
			NVME_SC_CQ_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, csq, 0, 3 | 7 << 16, 1 | 0 << 16, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, csq, 0, 1 | 7 << 16, 1 | 1 << 16, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_CQ, 0, 1, 0, 0),
			NVME_SC_DELETE_ORDER);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_CQ, 0, 5, 0, 0),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_SQ, 0, 0, 0, 0),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_SQ, 0, 2, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_SQ, 0, 2, 0, 0),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_CQ, 0, 2, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

static void identify_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	/* PRP1 has an offset, so the page goes on at PRP2. */
	u64 addr = loop_pages(l, 3) + 8;
	struct nvme_sqe sqe = entry(NVME_ADMIN_IDENTIFY, 0, NVME_CNS_CTRL, 0);
	const struct nvme_id_ctrl *id = loop_at(l, addr);
	const u8 *guard = loop_at(l, addr + 4096);

	set_prps(l, &sqe, addr, 4096);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(id->mn, "vKVSSD Virtual SSD  ", 20), 0);
	KUNIT_EXPECT_EQ(test, id->nn, cpu_to_le32(VKV_NR_NAMESPACES));
	KUNIT_EXPECT_EQ(test, *guard, 0);

	sqe.cdw10 = cpu_to_le32(NVME_CNS_ACTIVE_LIST);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, 0);
	KUNIT_EXPECT_EQ(test, ((u32 *)id)[0], 1u);
	KUNIT_EXPECT_EQ(test, ((u32 *)id)[1], 2u);
	KUNIT_EXPECT_EQ(test, ((u32 *)id)[2], 0u);

	sqe.cdw10 = cpu_to_le32(NVME_CNS_NS);
	sqe.nsid = cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, 0);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, 0);
	sqe.cdw10 = cpu_to_le32(NVME_CNS_NS_DESCS);
	sqe.nsid = cpu_to_le32(2);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, 0);
	KUNIT_EXPECT_EQ(test, ((u8 *)id)[20], 4);
	KUNIT_EXPECT_EQ(test, ((u8 *)id)[21], 1);
	KUNIT_EXPECT_EQ(test, ((u8 *)id)[24], 1);

	sqe.nsid = cpu_to_le32(9);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, NVME_SC_INVALID_NS);
	sqe.cdw10 = cpu_to_le32(0xee);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status,
			NVME_SC_INVALID_FIELD);
	stop(test, l);
}

/*
 * Linux 6.12 scans namespaces in parallel. So the descriptors of the second
 * namespace wait until the first one has its device node, but not forever.
 */
static void namespace_order_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_sqe descs = entry(NVME_ADMIN_IDENTIFY, 2, NVME_CNS_NS_DESCS, 0);
	struct loop_answer a;
	u16 cid;

	descs.prp1 = cpu_to_le64(page);
	cid = loop_submit(l, 0, &descs);
	loop_rounds(l, 100);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_IDENTIFY, 1, NVME_CNS_NS, 0,
				    page), 0);
	loop_rounds(l, 100);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	descs = entry(NVME_ADMIN_IDENTIFY, 1, NVME_CNS_NS, 0);
	descs.prp1 = cpu_to_le64(page);
	loop_submit(l, 0, &descs);
	loop_rounds(l, 100);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, cid);
	KUNIT_EXPECT_EQ(test, a.status, 0);

	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	descs = entry(NVME_ADMIN_IDENTIFY, 2, NVME_CNS_NS_DESCS, 0);
	descs.prp1 = cpu_to_le64(page);
	loop_submit(l, 0, &descs);
	loop_rounds(l, 100);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	l->now += 1000000000;
	loop_rounds(l, 2);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	/* A reset comes while the descriptors wait. */
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	loop_submit(l, 0, &descs);
	loop_rounds(l, 3);
	stop(test, l);
}

/* Unless CC.CSS is 110b, the host does not know of other command sets. */
static void css_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);
	struct nvme_sqe sqe = entry(NVME_KV_EXIST, 2, 0, 1);
	u32 v;

	KUNIT_EXPECT_EQ(test, loop_enable_css(l, NVME_CC_CSS_NVM, 1), 0);
	/* The KV namespace is inactive now, which is not invalid (3.2.1). */
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_FIELD);
	/* Neither is one that no namespace has yet. */
	sqe.nsid = cpu_to_le32(VKV_NR_NAMESPACES);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_FIELD);
	sqe.nsid = cpu_to_le32(VKV_NR_NAMESPACES + 1);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_NS);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_FORMAT, 2, 0, 0, 0),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_GET_FEATURES,
				      NVME_FEAT_KEY_VALUE, 2, 0, &v),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_SET_FEATURES,
				      NVME_FEAT_KEY_VALUE, NVME_NSID_ALL, 1, &v),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

static void features_test(struct kunit *test)
{
	const u8 get = NVME_ADMIN_GET_FEATURES, set = NVME_ADMIN_SET_FEATURES;
	struct loop *l = start(test, DEV_SIZE);
	u32 v;

	KUNIT_EXPECT_EQ(test, feature(l, get, NVME_FEAT_NR_QUEUES, 0, 0, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 6u | 6u << 16);
	KUNIT_EXPECT_EQ(test, feature(l, set, NVME_FEAT_NR_QUEUES, 0, 0, &v),
			NVME_SC_SEQUENCE);
	KUNIT_EXPECT_EQ(test, feature(l, set, NVME_FEAT_KEY_VALUE, 2, 1, &v), 0);
	KUNIT_EXPECT_EQ(test, feature(l, get, NVME_FEAT_KEY_VALUE, 2, 0, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 1u);
	KUNIT_EXPECT_EQ(test, feature(l, get, NVME_FEAT_KEY_VALUE, 1, 0, &v),
			NVME_SC_INVALID_FIELD);
	/*
	 * SEL 011b (CDW10[10:8]) asks for capabilities. The namespace must have
	 * the feature for that, too.
	 */
	KUNIT_EXPECT_EQ(test, feature(l, get, 3 << 8 | NVME_FEAT_KEY_VALUE, 1, 0,
				      &v), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, get, 3 << 8 | NVME_FEAT_KEY_VALUE, 2, 0,
				      &v), 0);
	KUNIT_EXPECT_EQ(test, v, 6u);
	/* NSFEAT.DAE is 0, so DULBE cannot be set. */
	KUNIT_EXPECT_EQ(test, feature(l, set, NVME_FEAT_ERROR_RECOVERY, 1,
				      1 << 16, &v), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, get, NVME_FEAT_KEY_VALUE, 7, 0, &v),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, get, NVME_FEAT_KEY_VALUE, 17, 0, &v),
			NVME_SC_INVALID_NS);
	KUNIT_EXPECT_EQ(test, feature(l, set, NVME_FEAT_IRQ_COALESCE, 1, 1, &v),
			NVME_SC_NOT_NS_SPECIFIC);
	KUNIT_EXPECT_EQ(test, feature(l, set, NVME_FEAT_IRQ_COALESCE, 0, 5, &v), 0);
	KUNIT_EXPECT_EQ(test, feature(l, get, NVME_FEAT_IRQ_COALESCE, 0, 0, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 5u);
	KUNIT_EXPECT_EQ(test, feature(l, get, 0xee, 0, 0, &v),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_ABORT, 0, 0, 0, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 1u);
	KUNIT_EXPECT_EQ(test, admin(l, 0x7f, 0, 0, 0, 0), NVME_SC_INVALID_OPCODE);
	KUNIT_EXPECT_EQ(test, admin(l, 0xc1, 0, 0, 0, 0), NVME_SC_INVALID_OPCODE);
	stop(test, l);
}

static void logs_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 2);
	u8 *p = loop_at(l, page);
	const u8 get = NVME_ADMIN_GET_LOG;
	struct nvme_sqe bad = entry(0x7e, 1, 0, 0);

	KUNIT_EXPECT_EQ(test, admin(l, get, 0, 0xee, 0, page),
			NVME_SC_LOG_INVALID);
	/*
	 * The read is longer than the log. Zeroes fill the rest, and no byte
	 * behind the buffer changes.
	 */
	memset(p, 0xff, 2 * LOOP_PAGE);
	KUNIT_EXPECT_EQ(test, admin(l, get, 0, NVME_LOG_FIRMWARE | 255 << 16, 0,
				    page), 0);
	KUNIT_EXPECT_EQ(test, p[0], 1);
	KUNIT_EXPECT_EQ(test, p[1023], 0);
	KUNIT_EXPECT_EQ(test, p[1024], 0xff);
	/* A failed command leaves an entry in the error log. */
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &bad).status, NVME_SC_INVALID_OPCODE);
	KUNIT_EXPECT_EQ(test, admin(l, get, 0, NVME_LOG_ERROR | 15 << 16, 0,
				    page), 0);
	KUNIT_EXPECT_EQ(test, *(u16 *)(p + 8), 1);
	KUNIT_EXPECT_EQ(test, *(u16 *)(p + 12), NVME_SC_INVALID_OPCODE << 1);
	stop(test, l);
}

static void events_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	struct nvme_sqe ab;
	struct loop_answer a;
	u16 cid[5];
	unsigned int i;

	for (i = 0; i < 5; i++)
		cid[i] = loop_submit(l, 0, &aer);
	loop_rounds(l, 5);
	/* The controller holds four requests. The fifth is too many. */
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, cid[4]);
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_AER_LIMIT);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	/* A doorbell value beyond the queue's end causes just one event. */
	loop_doorbell(l, 1, false, 5000);
	loop_rounds(l, 20);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, cid[0]);
	KUNIT_EXPECT_EQ(test, a.dw0, NVME_AEN_DOORBELL_VALUE);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	loop_doorbell(l, 1, false, l->q[1].tail);
	/* A held request is aborted. */
	ab = entry(NVME_ADMIN_ABORT, 0, cid[1] << 16, 0);
	loop_submit(l, 0, &ab);
	loop_rounds(l, 3);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, cid[1]);
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_ABORT_REQUESTED);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

/* Completions wait while the completion queue is full, and none is lost. */
static void cq_full_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_VENDOR_EXIST, 1, 0, 0);
	bool seen[3 * LOOP_DEPTH + 1] = { 0 };
	struct loop_answer a;
	unsigned int i, n = 0;
	u16 first = l->cid + 1;

	for (i = 0; i < 3 * LOOP_DEPTH; i++) {
		loop_submit(l, 1, &sqe);
		loop_rounds(l, 3);
	}
	while (loop_poll(l, 1, &a)) {
		KUNIT_EXPECT_EQ(test, a.status, NVME_SC_VENDOR_NO_KEY);
		KUNIT_EXPECT_FALSE(test, seen[(u16)(a.cid - first)]);
		seen[(u16)(a.cid - first)] = true;
		n++;
		loop_rounds(l, 3);
	}
	KUNIT_EXPECT_EQ(test, n, 3 * LOOP_DEPTH);
	stop(test, l);
}

/* Held workers have all memory for commands. Admin commands still work. */
static void pool_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_VENDOR_EXIST, 1, 0, 0);
	unsigned int i;

	l->hold_workers = true;
	for (i = 0; i < VKV_NR_CMDS + 10; i++) {
		loop_submit(l, 1, &sqe);
		loop_rounds(l, 1);
	}
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0), 0);
	l->hold_workers = false;
	stop(test, l);
}

/* A reset, or the deletion of a queue, comes while commands are everywhere. */
static void reset_in_flight_test(struct kunit *test)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_EXIST, 1, 0, 0);
	struct nvme_sqe del = entry(NVME_ADMIN_DELETE_SQ, 0, 1, 0);
	struct loop_answer a;
	unsigned int round, i;
	struct loop *l = start(test, DEV_SIZE);

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("keep"), "value", 5), 0);
	for (round = 0; round < 40; round++) {
		l->hold_workers = round % 2;
		for (i = 0; i < rnd(100); i++) {
			loop_submit(l, 1 + i % 2, &sqe);
			if (!rnd(4))
				loop_rounds(l, 1);
		}
		l->hold_workers = false;
		if (round % 3 == 0) {
			a = loop_do(l, 0, &del);
			KUNIT_EXPECT_EQ(test, a.status, 0);
		}
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		KUNIT_EXPECT_EQ(test, l->maps, 0u);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("keep"), "value", 5));
	}
	stop(test, l);
}

/* --- PRPs --- */

static void prp_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const u32 len = 2 * MIB;
	u8 *value = malloc(len);
	struct nvme_sqe sqe;
	u64 page = loop_pages(l, 4), *list = loop_at(l, page);
	u32 i;

	for (i = 0; i < len; i++)
		value[i] = rnd(256);
	/* 2 MiB at an offset take 513 pages: the PRP list has two. */
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("big"), value, len), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("big"), value, len));
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "old", 3), 0);

	/* Each wrong PRP has a status of its own, and the old value stays. */
	sqe = entry(NVME_VENDOR_STORE, 1, 3 * 1024, 0);
	sqe.vendor_key[0] = 'k';
	sqe.prp1 = cpu_to_le64(4096);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_DATA_TRANSFER);
	sqe.prp1 = cpu_to_le64(page);
	sqe.prp2 = cpu_to_le64(page + 4);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_PRP_OFFSET);
	sqe.prp2 = cpu_to_le64(page);
	list[0] = cpu_to_le64(page + 512);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_PRP_OFFSET);
	list[0] = cpu_to_le64(~0ull << 12);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("k"), "old", 3));
	/* A PRP list that points to itself does not loop forever. */
	for (i = 0; i < 512; i++)
		list[i] = cpu_to_le64(page);
	sqe.cdw10 = cpu_to_le32(len / 4);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	free(value);
	stop(test, l);
}

/* --- the vendor dialect --- */

static void vendor_exact_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 value[70], buf[70];
	struct loop_answer a;
	u32 len;

	memset(value, 'v', sizeof(value));
	for (len = 0; len < 66; len++) {
		value[len ? len - 1 : 0] = len;
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("exact"), value, len), 0);
		memset(buf, 0xee, sizeof(buf));
		a = vendor(l, NVME_VENDOR_RETRIEVE, 1, KEY("exact"), 0, 0, buf,
			   68);
		KUNIT_EXPECT_EQ(test, a.status, 0);
		KUNIT_EXPECT_EQ(test, a.dw0, len);
		KUNIT_EXPECT_EQ(test, memcmp(buf, value, len), 0);
		/* No byte after the value is written. */
		KUNIT_EXPECT_EQ(test, buf[len], 0);
	}
	/* A short buffer gets what fits. DW0 has the whole size. */
	a = vendor(l, NVME_VENDOR_RETRIEVE, 1, KEY("exact"), 0, 0, buf, 8);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, 65u);
	a = vendor(l, NVME_VENDOR_RETRIEVE, 1, KEY("exact"), 2, 0, NULL, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, 65u);
	stop(test, l);
}

static void vendor_keys_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe;
	char k[256];
	u32 len;

	/* Keys have every length, and each one is a prefix of the next. */
	memset(k, 'k', sizeof(k));
	for (len = 1; len <= 255; len++)
		KUNIT_EXPECT_EQ(test, v_store(l, (struct vkey){ k, len }, &len,
					      sizeof(len)), 0);
	for (len = 1; len <= 255; len++)
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, (struct vkey){ k, len },
						&len, sizeof(len)));
	/* The key has 256 bytes. */
	sqe = entry(NVME_VENDOR_STORE, 1, 1, 255);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_VENDOR_KEY_SIZE);
	/* The key has 17 bytes, and its address has no memory. */
	sqe = entry(NVME_VENDOR_STORE, 1, 1, 16);
	sqe.prp1 = cpu_to_le64(loop_pages(l, 1));
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_DATA_TRANSFER);
	for (len = 255; len >= 1; len--)
		KUNIT_EXPECT_EQ(test, v_delete(l, (struct vkey){ k, len }), 0);
	KUNIT_EXPECT_EQ(test, v_delete(l, (struct vkey){ k, 9 }),
			NVME_SC_VENDOR_NO_KEY);
	stop(test, l);
}

static void vendor_options_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const struct vkey k = KEY("option");

#define V(op, option, offset, buf, len) \
	vendor(l, NVME_VENDOR_##op, 1, k, option, offset, buf, len).status
	KUNIT_EXPECT_EQ(test, V(STORE, 8, 0, "a", 1), NVME_SC_VENDOR_NO_KEY);
	KUNIT_EXPECT_EQ(test, V(STORE, 2, 0, "a", 1), 0);
	KUNIT_EXPECT_EQ(test, V(STORE, 2, 0, "b", 1), NVME_SC_VENDOR_EXISTS);
	KUNIT_EXPECT_EQ(test, V(STORE, 8, 0, "c", 1), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, "c", 1));
	KUNIT_EXPECT_EQ(test, V(STORE, 10, 0, "c", 1), NVME_SC_VENDOR_OPTION);
	KUNIT_EXPECT_EQ(test, V(STORE, 16, 0, "c", 1), NVME_SC_VENDOR_OPTION);
	KUNIT_EXPECT_EQ(test, V(RETRIEVE, 4, 0, NULL, 0), NVME_SC_VENDOR_OPTION);
	KUNIT_EXPECT_EQ(test, V(DELETE, 2, 0, NULL, 0), NVME_SC_VENDOR_OPTION);
	KUNIT_EXPECT_EQ(test, V(EXIST, 0, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, V(DELETE, 1, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, V(EXIST, 0, 0, NULL, 0), NVME_SC_VENDOR_NO_KEY);
	KUNIT_EXPECT_EQ(test, V(DELETE, 1, 0, NULL, 0), NVME_SC_VENDOR_NO_KEY);
	KUNIT_EXPECT_EQ(test, V(DELETE, 0, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, V(RETRIEVE, 0, 0, NULL, 0), NVME_SC_VENDOR_NO_KEY);
	stop(test, l);
}

static void vendor_offset_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const struct vkey k = KEY("offset");
	u8 value[3000], buf[3000];
	struct loop_answer a;
	u32 i;

	for (i = 0; i < sizeof(value); i++)
		value[i] = i * 7;
	KUNIT_EXPECT_EQ(test, v_store(l, k, value, 2000), 0);
	a = vendor(l, NVME_VENDOR_RETRIEVE, 1, k, 0, 1024, buf, 2000);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, 2000u);
	KUNIT_EXPECT_EQ(test, memcmp(buf, value + 1024, 2000 - 1024), 0);
	KUNIT_EXPECT_EQ(test, V(RETRIEVE, 0, 100, buf, 4),
			NVME_SC_VENDOR_OFFSET_ALIGN);
	KUNIT_EXPECT_EQ(test, V(RETRIEVE, 0, 2048, buf, 4),
			NVME_SC_VENDOR_VALUE_OFFSET);
	/* A store at an offset replaces a part, or extends the value. */
	memset(value + 512, 'x', 100);
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 512, value + 512, 100), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, value, 2000));
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 1536, value + 1536, 1464), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, value, 3000));
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 3072, value, 8),
			NVME_SC_VENDOR_VALUE_OFFSET);
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 3, value, 8),
			NVME_SC_VENDOR_OFFSET_ALIGN);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, value, 3000));
	stop(test, l);
}

/* A store at an offset may not make a value larger than 2 MiB. */
static void vendor_offset_long_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const struct vkey k = KEY("offset");
	u8 *value = calloc(1, 2 * MIB);

	memset(value, 'a', 2 * MIB);
	KUNIT_EXPECT_EQ(test, v_store(l, k, value, 2 * MIB), 0);
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 512, value, 2 * MIB),
			NVME_SC_VENDOR_VALUE_SIZE);
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 2 * MIB, value, 4),
			NVME_SC_VENDOR_VALUE_SIZE);
	/* The option "only if absent" fails before the size matters. */
	KUNIT_EXPECT_EQ(test, V(STORE, 2, 512, value, 2 * MIB),
			NVME_SC_VENDOR_EXISTS);
	KUNIT_EXPECT_EQ(test, V(STORE, 2, 4 * MIB, value, 4),
			NVME_SC_VENDOR_EXISTS);
	memset(value + 512, 'b', 2 * MIB - 512);
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 512, value + 512, 2 * MIB - 512), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, value, 2 * MIB));
	KUNIT_EXPECT_EQ(test, V(APPEND, 0, 0, value, 4), 0);
	KUNIT_EXPECT_EQ(test, V(STORE, 0, 512, value, 4),
			NVME_SC_VENDOR_VALUE_SIZE);
	free(value);
	stop(test, l);
}

static void vendor_keyspaces_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const struct vkey k = KEY("space");

	KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_STORE, 0, k, 0, 0, "zero", 4)
			.status, 0);
	KUNIT_EXPECT_EQ(test, v_exist(l, k), NVME_SC_VENDOR_NO_KEY);
	KUNIT_EXPECT_EQ(test, v_store(l, k, "one", 3), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 0, k, "zero", 4));
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, "one", 3));
	KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_STORE, 7, k, 0, 0, "x", 1)
			.status, NVME_SC_VENDOR_KEYSPACE);
	/* The KV namespace does not have the vendor dialect. */
	KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_STORE, 2, k, 0, 0, "x", 1)
			.status, NVME_SC_INVALID_OPCODE);
	stop(test, l);
}

static void vendor_append_test(struct kunit *test)
{
	struct loop *l = start(test, 64 * MIB);
	const struct vkey k = KEY("append");
	u32 len = 5 * MIB, pos = 0, n, i;
	u8 *value = malloc(len), *buf = malloc(2 * MIB);
	struct loop_answer a;

	for (i = 0; i < len; i++)
		value[i] = rnd(256);
	while (pos < len) {
		n = min(len - pos, rnd(2) ? rnd(5000) : rnd(700000));
		KUNIT_ASSERT_EQ(test, V(APPEND, 0, 0, value + pos, n), 0);
		pos += n;
	}
	for (pos = 0; pos < len; pos += 2 * MIB) {
		a = vendor(l, NVME_VENDOR_RETRIEVE, 1, k, 0, pos, buf, 2 * MIB);
		KUNIT_EXPECT_EQ(test, a.status, 0);
		KUNIT_EXPECT_EQ(test, a.dw0, len);
		n = min_t(u32, len - pos, 2 * MIB);
		KUNIT_EXPECT_EQ(test, memcmp(buf, value + pos, n), 0);
	}
	KUNIT_EXPECT_EQ(test, V(APPEND, 0, 512, value, 4),
			NVME_SC_VENDOR_VALUE_OFFSET);
	KUNIT_EXPECT_EQ(test, v_delete(l, k), 0);
	KUNIT_EXPECT_EQ(test, V(APPEND, 8, 0, value, 4), NVME_SC_VENDOR_NO_KEY);
	free(value);
	free(buf);
	stop(test, l);
}

static void vendor_length_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_VENDOR_STORE, 1, 2 * MIB / 4 + 1, 0);

	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_VENDOR_VALUE_SIZE);
	/* The length is 4 GiB, which does not fit into 32 bits. */
	sqe.cdw10 = cpu_to_le32(0x40000000);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_VENDOR_VALUE_SIZE);
	/* The length would be negative. */
	sqe = entry(NVME_VENDOR_STORE, 1, 0, 3 << 16);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_VENDOR_VALUE_SIZE);
	sqe = entry(NVME_VENDOR_STORE, 1, 1, 0);
	sqe.flags = 0xc0;
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_FIELD);
	sqe = entry(0xee, 1, 1, 0);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_INVALID_OPCODE);
	stop(test, l);
}

/* --- iterators --- */

static struct loop_answer iter_request(struct loop *l, u8 option, u8 handle,
				       u32 prefix, u32 mask)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_REQUEST, 1, 0,
				    option << 8 | handle);

	sqe.cdw12 = cpu_to_le32(prefix);
	sqe.cdw13 = cpu_to_le32(mask);
	return loop_do(l, 1, &sqe);
}

static struct loop_answer iter_read(struct loop *l, u8 handle, u8 *buf, u32 len)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_READ, 1, len / 4, handle);
	u64 m = mark(l), addr = loop_pages(l, len / LOOP_PAGE + 2);
	struct loop_answer a;

	set_prps(l, &sqe, addr, len);
	a = loop_do(l, 2, &sqe);
	memcpy(buf, loop_at(l, addr), len);
	release(l, m);
	return a;
}

/*
 * Counts the keys "aaaaNNNN" of a key-only buffer in @seen, by their numbers.
 * Returns how many keys the buffer has.
 */
static u32 take_keys(struct kunit *test, const u8 *buf, u8 *seen)
{
	u32 n = *(u32 *)buf, i;
	const u8 *p = buf + 4;

	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_EQ(test, *(u32 *)p, 8u);
		KUNIT_EXPECT_EQ(test, memcmp(p + 4, "aaaa", 4), 0);
		seen[atoi((char[]){ p[8], p[9], p[10], p[11], 0 })]++;
		p += 12;
	}
	return n;
}

static void store_numbered(struct kunit *test, struct loop *l, u32 n)
{
	char k[16];
	u32 i;

	for (i = 0; i < n; i++) {
		snprintf(k, sizeof(k), "%s%04u", i % 2 ? "bbbb" : "aaaa", i);
		KUNIT_EXPECT_EQ(test, v_store(l, (struct vkey){ k, 8 }, &i, 4), 0);
	}
}

#define AAAA 0x61616161u

static void iterate_keys_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 buf[1024], seen[1000] = { 0 };
	struct loop_answer a;
	u32 i, keys = 0;

	store_numbered(test, l, 1000);
	a = iter_request(l, 5, 0, AAAA, ~0u);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, 1u);
	KUNIT_EXPECT_EQ(test, iter_read(l, 1, buf, 8).status,
			NVME_SC_VENDOR_VALUE_SIZE);
	do {
		a = iter_read(l, 1, buf, sizeof(buf));
		KUNIT_EXPECT_EQ(test, a.dw0, 4 + *(u32 *)buf * 12);
		keys += take_keys(test, buf, seen);
	} while (!a.status);
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_VENDOR_ITER_END);
	KUNIT_EXPECT_EQ(test, keys, 500u);
	for (i = 0; i < 1000; i += 2)
		KUNIT_EXPECT_EQ(test, seen[i], 1);
	KUNIT_EXPECT_EQ(test, iter_read(l, 1, buf, 1024).status,
			NVME_SC_VENDOR_ITER_END);
	KUNIT_EXPECT_EQ(test, iter_request(l, 2, 1, 0, 0).status, 0);
	KUNIT_EXPECT_EQ(test, iter_request(l, 2, 1, 0, 0).status,
			NVME_SC_VENDOR_ITER_HANDLE);
	stop(test, l);
}

static void iterate_pairs_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 buf[1024], seen[100] = { 0 };
	struct loop_answer a;
	u32 i, n = 0;

	store_numbered(test, l, 100);
	KUNIT_EXPECT_EQ(test, iter_request(l, 9, 0, AAAA, ~0u).dw0, 1u);
	KUNIT_EXPECT_EQ(test, iter_read(l, 1, buf, 512).status,
			NVME_SC_VENDOR_VALUE_SIZE);
	while (!(a = iter_read(l, 1, buf, sizeof(buf))).status) {
		KUNIT_EXPECT_EQ(test, a.dw0, 8u << 24 | 4);
		buf[8] = 0;
		i = *(u32 *)(buf + 512);
		KUNIT_EXPECT_EQ(test, (u32)atoi((char *)buf + 4), i);
		seen[i]++;
		n++;
	}
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_VENDOR_ITER_END);
	KUNIT_EXPECT_EQ(test, n, 50u);
	stop(test, l);
}

static void iterate_delete_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	const struct nvme_vendor_iter_entry *log = loop_at(l, page);
	u8 buf[1024];
	u32 i;

	store_numbered(test, l, 1000);
	KUNIT_EXPECT_EQ(test, iter_request(l, 0x11, 0, AAAA, ~0u).dw0, 1u);
	KUNIT_EXPECT_EQ(test, iter_read(l, 1, buf, 1024).status,
			NVME_SC_VENDOR_ITER_FAILED);
	for (i = 0; i < 1000; i++) {
		admin(l, NVME_ADMIN_GET_LOG, 0,
		      NVME_LOG_VENDOR_ITERATORS | 63 << 16, 0, page);
		if (log[0].is_eof)
			break;
		loop_rounds(l, 1);
	}
	KUNIT_EXPECT_EQ(test, log[0].opened, 1);
	KUNIT_EXPECT_EQ(test, log[0].type, 3);
	KUNIT_EXPECT_EQ(test, log[0].is_eof, 1);
	for (i = 0; i < 1000; i++) {
		char k[16];

		snprintf(k, sizeof(k), "%s%04u", i % 2 ? "bbbb" : "aaaa", i);
		KUNIT_EXPECT_EQ(test, v_exist(l, (struct vkey){ k, 8 }),
				i % 2 ? 0 : NVME_SC_VENDOR_NO_KEY);
	}
	stop(test, l);
}

static bool iter_is_eof(struct loop *l, u64 page)
{
	const struct nvme_vendor_iter_entry *log = loop_at(l, page);

	admin(l, NVME_ADMIN_GET_LOG, 0, NVME_LOG_VENDOR_ITERATORS | 63 << 16, 0,
	      page);
	return log[0].is_eof;
}

/* Deleting takes its time, as the model says. Other commands do not wait. */
static void iterate_delete_timed_test(struct kunit *test)
{
	struct loop *l = start_timed(test,
				     "nand:cmd=0:key=20000:read=1:channel=1000000");
	u64 page = loop_pages(l, 1), begun;
	u32 i;

	store_numbered(test, l, 400);
	begun = l->now;
	KUNIT_EXPECT_EQ(test, iter_request(l, 0x11, 0, AAAA, ~0u).dw0, 1u);
	KUNIT_EXPECT_EQ(test, v_exist(l, (struct vkey){ "bbbb0001", 8 }), 0);
	KUNIT_EXPECT_LT(test, l->now - begun, 200 * 20000u);
	for (i = 0; i < 10000 && !iter_is_eof(l, page); i++)
		loop_rounds(l, 1);
	KUNIT_EXPECT_GE(test, l->now - begun, 200 * 20000u);
	KUNIT_EXPECT_LT(test, l->now - begun, 220 * 20000u);
	KUNIT_EXPECT_EQ(test, v_exist(l, (struct vkey){ "aaaa0398", 8 }),
			NVME_SC_VENDOR_NO_KEY);
	stop(test, l);
}

static void iterate_errors_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 buf[64];
	u32 i;

	KUNIT_EXPECT_EQ(test, iter_read(l, 0, buf, 64).status,
			NVME_SC_VENDOR_ITER_HANDLE);
	KUNIT_EXPECT_EQ(test, iter_read(l, 17, buf, 64).status,
			NVME_SC_VENDOR_ITER_HANDLE);
	KUNIT_EXPECT_EQ(test, iter_read(l, 255, buf, 64).status,
			NVME_SC_VENDOR_ITER_HANDLE);
	KUNIT_EXPECT_EQ(test, iter_request(l, 2, 3, 0, 0).status,
			NVME_SC_VENDOR_ITER_HANDLE);
	KUNIT_EXPECT_EQ(test, iter_request(l, 7, 0, 0, 0).status,
			NVME_SC_VENDOR_OPTION);
	KUNIT_EXPECT_EQ(test, iter_request(l, 13, 0, 0, 0).status,
			NVME_SC_VENDOR_OPTION);
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, iter_request(l, 5, 0, i, ~0u).dw0, i + 1);
	KUNIT_EXPECT_EQ(test, iter_request(l, 5, 0, 3, ~0u).status,
			NVME_SC_VENDOR_ITER_OPEN);
	KUNIT_EXPECT_EQ(test, iter_request(l, 5, 0, 99, ~0u).status,
			NVME_SC_VENDOR_ITER_NONE_FREE);
	/* A reset closes all iterators. */
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, iter_request(l, 5, 0, 3, ~0u).dw0, 1u);
	stop(test, l);
}

/* --- the standard dialect --- */

static void standard_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const struct vkey k = KEY("sixteen-byte-key"), s = KEY("s");
	struct loop_answer a;
	u8 buf[64];
	u32 v;

#define S(op, key, option, buf, len) \
	standard(l, NVME_KV_##op, key, option, buf, len).status
	KUNIT_EXPECT_EQ(test, S(STORE, k, 1, "a", 1), NVME_SC_KV_NO_KEY);
	KUNIT_EXPECT_EQ(test, S(STORE, k, 2, "hello", 5), 0);
	KUNIT_EXPECT_EQ(test, S(STORE, k, 2, "a", 1), NVME_SC_KV_KEY_EXISTS);
	KUNIT_EXPECT_EQ(test, S(STORE, k, 3, "a", 1), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, S(STORE, k, 8, "a", 1), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, S(EXIST, k, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, S(EXIST, s, 0, NULL, 0), NVME_SC_KV_NO_KEY);
	a = standard(l, NVME_KV_RETRIEVE, k, 0, buf, 3);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, 5u);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "hel", 3), 0);
	a = standard(l, NVME_KV_RETRIEVE, k, 0, buf, 64);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "hello\0\0\0", 8), 0);
	KUNIT_EXPECT_EQ(test, S(RETRIEVE, s, 0, buf, 3), NVME_SC_KV_NO_KEY);
	/* The key lengths 0 and 17 are invalid. */
	KUNIT_EXPECT_EQ(test, S(STORE, KEY(""), 0, "a", 1), NVME_SC_KV_KEY_SIZE);
	KUNIT_EXPECT_EQ(test, S(STORE, KEY("seventeen-byte-ky"), 0, "a", 1),
			NVME_SC_KV_KEY_SIZE);
	KUNIT_EXPECT_EQ(test, S(EXIST, KEY(""), 0, NULL, 0),
			NVME_SC_INVALID_FIELD);
	/* Feature 20h decides whether Delete may name an absent key. */
	KUNIT_EXPECT_EQ(test, S(DELETE, k, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, S(DELETE, k, 0, NULL, 0), 0);
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_SET_FEATURES,
				      NVME_FEAT_KEY_VALUE, 2, 1, &v), 0);
	KUNIT_EXPECT_EQ(test, S(DELETE, k, 0, NULL, 0), NVME_SC_KV_NO_KEY);
	stop(test, l);
}

static void standard_size_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_KV_STORE, 2, 2 * MIB + 1, 1);

	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_KV_VALUE_SIZE);
	sqe.cdw10 = cpu_to_le32(0xffffffff);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_KV_VALUE_SIZE);
	sqe.opcode = 0x0d;
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_INVALID_OPCODE);
	sqe = entry(NVME_NVM_WRITE, 99, 0, 0);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_NS);
	stop(test, l);
}

static void list_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 seen[500] = { 0 }, buf[256];
	char k[16], last[17] = "";
	u32 i, n, total = 0, pages = 0;
	struct vkey from = KEY("");

	for (i = 0; i < 500; i++) {
		n = snprintf(k, sizeof(k), "key%u", i);
		KUNIT_EXPECT_EQ(test, S(STORE, ((struct vkey){ k, n }), 0, &i,
					4), 0);
		/* The keys of the other namespace must not be listed. */
		KUNIT_EXPECT_EQ(test, v_store(l, ((struct vkey){ k, n }), &i, 4),
				0);
	}
	do {
		const u8 *p = buf + 4;

		KUNIT_EXPECT_EQ(test, S(LIST, from, 0, buf, sizeof(buf)), 0);
		n = *(u32 *)buf;
		for (i = 0; i < n; i++) {
			u16 len = *(u16 *)p;

			memset(k, 0, sizeof(k));
			memcpy(k, p + 2, len);
			p += ALIGN(2 + len, 4);
			/*
			 * Each page but the first begins with the last key of
			 * the page before.
			 */
			if (!i && pages) {
				KUNIT_EXPECT_STREQ(test, k, last);
				continue;
			}
			seen[atoi(k + 3)]++;
			total++;
		}
		strcpy(last, k);
		from = (struct vkey){ last, strlen(last) };
		pages++;
	} while (n > 1);
	KUNIT_EXPECT_EQ(test, total, 500u);
	for (i = 0; i < 500; i++)
		KUNIT_EXPECT_EQ(test, seen[i], 1);
	/* A List from an absent key begins at the first key. */
	KUNIT_EXPECT_EQ(test, S(LIST, KEY("absent"), 0, buf, sizeof(buf)), 0);
	KUNIT_EXPECT_GT(test, *(u32 *)buf, 1u);
	KUNIT_EXPECT_EQ(test, S(LIST, KEY("key1"), 0, buf, 3),
			NVME_SC_INVALID_FIELD);
	stop(test, l);
}

/* --- block --- */

static void block_test(struct kunit *test)
{
	enum { NR = 400 };
	struct loop *l = start(test, DEV_SIZE);
	u8 *disk = calloc(NR, 512), *buf = malloc(NR * 512);
	u32 i, lba, n, j;

	for (i = 0; i < 1500; i++) {
		lba = rnd(NR);
		n = 1 + rnd(min(NR - lba, 70u));
		switch (rnd(4)) {
		case 0:
			memset(disk + lba * 512, 0, n * 512);
			KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE_ZEROES, lba,
						    n, NULL).status, 0);
			break;
		case 1:
			KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, lba, n, buf)
					.status, 0);
			KUNIT_EXPECT_EQ(test, memcmp(buf, disk + lba * 512,
						     n * 512), 0);
			break;
		default:
			for (j = 0; j < n * 512; j++)
				disk[lba * 512 + j] = rnd(256);
			KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, lba, n,
						    disk + lba * 512).status, 0);
		}
	}
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 0, NR, buf).status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(buf, disk, NR * 512), 0);
	free(disk);
	free(buf);
	stop(test, l);
}

static void block_range_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 nr = l->dev->ns[0].nr_lbas;
	u8 buf[1024], zero[1024] = { 0 };
	struct nvme_sqe sqe;
	struct nvme_dsm_range *r;
	u64 page = loop_pages(l, 1);

	memset(buf, 'b', sizeof(buf));
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, nr - 2, 2, buf).status, 0);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, nr - 1, 2, buf).status,
			NVME_SC_LBA_RANGE);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, ~0ull, 1, buf).status,
			NVME_SC_LBA_RANGE);
	sqe = entry(NVME_NVM_FLUSH, NVME_NSID_ALL, 0, 0);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	/* Deallocates all blocks. Then a range ends too far. */
	r = loop_at(l, page);
	r->nlb = cpu_to_le32(nr);
	sqe = entry(NVME_NVM_DSM, 1, 0, NVME_DSM_DEALLOCATE);
	sqe.prp1 = cpu_to_le64(page);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, nr - 2, 2, buf).status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(buf, zero, 1024), 0);
	KUNIT_EXPECT_EQ(test, vkv_ns_used(l->dev, &l->dev->ns[0]), 0ull);
	r->slba = cpu_to_le64(1);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_LBA_RANGE);
	stop(test, l);
}

/* --- capacity --- */

static void full_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 *value = malloc(100000);
	u32 n = 0, i, status;

	memset(value, 'f', 100000);
	for (;;) {
		*(u32 *)value = n;
		status = v_store(l, (struct vkey){ &n, 4 }, value, 100000);
		if (status)
			break;
		n++;
	}
	KUNIT_EXPECT_EQ(test, status, NVME_SC_VENDOR_CAPACITY);
	KUNIT_EXPECT_GT(test, n, 180u);
	KUNIT_EXPECT_EQ(test, S(STORE, KEY("k"), 0, value, 99000),
			NVME_SC_CAPACITY);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 0, 195, value).status,
			NVME_SC_CAPACITY);
	for (i = 0; i < n; i++) {
		*(u32 *)value = i;
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, (struct vkey){ &i, 4 },
						value, 100000));
	}
	/* A full device can be overwritten, deleted from, and filled again. */
	for (i = 0; i < n; i++) {
		*(u32 *)value = ~i;
		KUNIT_EXPECT_EQ(test, v_store(l, (struct vkey){ &i, 4 }, value,
					      100000), 0);
	}
	for (i = 0; i < n; i += 2)
		KUNIT_EXPECT_EQ(test, v_delete(l, (struct vkey){ &i, 4 }), 0);
	for (i = 0; i < n; i += 2)
		KUNIT_EXPECT_EQ(test, v_store(l, (struct vkey){ &i, 4 }, value,
					      100000), 0);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, v_delete(l, (struct vkey){ &i, 4 }), 0);
	KUNIT_EXPECT_EQ(test, vkv_ns_used(l->dev, &l->dev->ns[0]), 0ull);
	free(value);
	stop(test, l);
}

/* --- garbage --- */

/* Each garbage entry gets a status. The controller works after that. */
static void garbage_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 i, j, answered = 0;
	struct nvme_sqe sqe;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("keep"), "value", 5), 0);
	for (i = 0; i < 20000; i++) {
		for (j = 0; j < sizeof(sqe); j++)
			((u8 *)&sqe)[j] = rnd(4) ? rnd(256) : 0;
		sqe.nsid = cpu_to_le32(rnd(4));
		sqe.flags = rnd(8) ? 0 : sqe.flags;
		/* No garbage entry names the key "keep". */
		sqe.vendor_key[0] |= 0x80;
		if (loop_do(l, 1 + i % 2, &sqe).status != 0xffff)
			answered++;
	}
	KUNIT_EXPECT_EQ(test, answered, 20000u);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0), 0);
	stop(test, l);
}

static struct kunit_case ctrl_cases[] = {
	KUNIT_CASE(registers_test),
	KUNIT_CASE(bad_cc_test),
	KUNIT_CASE(missed_reset_test),
	KUNIT_CASE(shutdown_test),
	KUNIT_CASE(queue_errors_test),
	KUNIT_CASE(identify_test),
	KUNIT_CASE(namespace_order_test),
	KUNIT_CASE(css_test),
	KUNIT_CASE(features_test),
	KUNIT_CASE(logs_test),
	KUNIT_CASE(events_test),
	KUNIT_CASE(cq_full_test),
	KUNIT_CASE(pool_test),
	KUNIT_CASE(reset_in_flight_test),
	KUNIT_CASE(prp_test),
	KUNIT_CASE(vendor_exact_test),
	KUNIT_CASE(vendor_keys_test),
	KUNIT_CASE(vendor_options_test),
	KUNIT_CASE(vendor_offset_test),
	KUNIT_CASE(vendor_offset_long_test),
	KUNIT_CASE(vendor_keyspaces_test),
	KUNIT_CASE(vendor_append_test),
	KUNIT_CASE(vendor_length_test),
	KUNIT_CASE(iterate_keys_test),
	KUNIT_CASE(iterate_pairs_test),
	KUNIT_CASE(iterate_delete_test),
	KUNIT_CASE(iterate_delete_timed_test),
	KUNIT_CASE(iterate_errors_test),
	KUNIT_CASE(standard_test),
	KUNIT_CASE(standard_size_test),
	KUNIT_CASE(list_test),
	KUNIT_CASE(block_test),
	KUNIT_CASE(block_range_test),
	KUNIT_CASE(full_test),
	KUNIT_CASE(garbage_test),
	{}
};

static struct kunit_suite ctrl_suite = {
	.name = "ctrl",
	.test_cases = ctrl_cases,
};

kunit_test_suite(ctrl_suite);
