// SPDX-License-Identifier: GPL-2.0
/* Aborts of commands everywhere (base specification 2.0, section 5.1). */
#include "native/ctrl/world.h"

#define ACL 3u

static u16 submit_abort(struct loop *l, u16 sqid, u16 cid)
{
	struct nvme_sqe sqe = entry(NVME_ADMIN_ABORT, 0, sqid | (u32)cid << 16, 0);

	return loop_submit(l, 0, &sqe);
}

/*
 * Makes rounds until the Abort completes, with @dw0 in DW0. The command that it
 * names must have completed by then, with @status.
 */
static void expect_abort(struct kunit *test, struct loop *l, u16 sqid, u16 cid,
			 u16 status, u32 dw0)
{
	u16 abort = submit_abort(l, sqid, cid);
	struct loop_answer a;
	unsigned int i;

	for (i = 0; i < 1000; i++) {
		loop_rounds(l, 1);
		if (loop_poll(l, 0, &a))
			break;
	}
	KUNIT_EXPECT_EQ(test, a.cid, abort);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, dw0);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, sqid, &a));
	KUNIT_EXPECT_EQ(test, a.cid, cid);
	KUNIT_EXPECT_EQ(test, a.status, status);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, sqid, &a));
}

static struct nvme_sqe exist(char key)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_EXIST, 1, 0, 0);

	sqe.vendor_key[0] = key;
	return sqe;
}

/* Section 5.1: an Abort of an unknown command, or of itself, is no error. */
static void abort_nothing_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_ADMIN_ABORT, 0, 1 | 0x7777 << 16, 0);
	struct loop_answer a = loop_do(l, 0, &sqe);

	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, 1u);
	sqe.cdw10 = cpu_to_le32(0x4444);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).dw0, 1u);
	sqe.cdw10 = cpu_to_le32((u32)(l->cid + 1) << 16);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).dw0, 1u);
	stop(test, l);
}

/* A command on a worker's ring is aborted, and never executed. */
static void abort_ring_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_VENDOR_DELETE, 1, 0, 0);
	struct loop_answer a;
	u16 cid;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "value", 5), 0);
	sqe.vendor_key[0] = 'k';
	l->hold_workers = true;
	cid = loop_submit(l, 1, &sqe);
	loop_rounds(l, 2);
	submit_abort(l, 1, cid);
	loop_rounds(l, 2);
	/* The Abort waits for the worker. */
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	l->hold_workers = false;
	loop_rounds(l, 2);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_ABORT_REQUESTED);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("k"), "value", 5));
	stop(test, l);
}

/* A parked command is aborted: deallocating everything needs many rounds. */
static void abort_parked_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_dsm_range *r = loop_at(l, page);
	struct nvme_sqe sqe = entry(NVME_NVM_DSM, 1, 0, NVME_DSM_DEALLOCATE);
	u16 cid;

	r->nlb = cpu_to_le32(l->dev->ns[0].nr_lbas);
	sqe.prp1 = cpu_to_le64(page);
	cid = loop_submit(l, 1, &sqe);
	loop_rounds(l, 2);
	expect_abort(test, l, 1, cid, NVME_SC_ABORT_REQUESTED, 0);
	stop(test, l);
}

#define LIST_PAGES 16u

/* A List is aborted in the middle. Its worker can make another List. */
static void abort_list_test(struct kunit *test)
{
	struct loop *l = start(test, 256 * MIB);
	u32 len = LIST_PAGES * LOOP_PAGE;
	struct nvme_sqe sqe = entry(NVME_KV_LIST, 2, len, 0);
	u64 buffer = loop_pages(l, LIST_PAGES);
	u8 buf[64];
	u32 i;
	u16 cid;

	for (i = 0; i < 8000; i++)
		KUNIT_ASSERT_EQ(test, standard(l, NVME_KV_STORE,
				(struct vkey){ &i, 4 }, 0, &i, 4).status, 0);
	set_prps(l, &sqe, buffer, len);
	for (i = 0; i < 4; i++) {
		cid = loop_submit(l, 1, &sqe);
		loop_rounds(l, 1);
		KUNIT_ASSERT_FALSE(test, loop_poll(l, 1, &(struct loop_answer){ 0 }));
		expect_abort(test, l, 1, cid, NVME_SC_ABORT_REQUESTED, 0);
	}
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_LIST, KEY(""), 0, buf, 64)
			.status, 0);
	stop(test, l);
}

/*
 * An executed command that waits for its time is aborted. The worker's other
 * commands still complete in time.
 */
static void abort_heap_test(struct kunit *test)
{
	struct loop *l = start_timed(test, "simple");
	struct loop_answer a;
	struct nvme_sqe sqe;
	u16 cid[8];
	unsigned int i, n = 0;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("a"), "value", 5), 0);
	for (i = 0; i < 8; i++) {
		sqe = exist('a');
		cid[i] = loop_submit(l, 1, &sqe);
	}
	loop_rounds(l, 3);
	KUNIT_ASSERT_FALSE(test, loop_poll(l, 1, &a));
	expect_abort(test, l, 1, cid[3], NVME_SC_ABORT_REQUESTED, 0);
	loop_rounds(l, 100);
	while (loop_poll(l, 1, &a)) {
		KUNIT_EXPECT_EQ(test, a.status, 0);
		KUNIT_EXPECT_NE(test, a.cid, cid[3]);
		n++;
	}
	KUNIT_EXPECT_EQ(test, n, 7u);
	stop(test, l);
}

/*
 * A completion is held because its queue is full. An Abort changes its status,
 * and it still waits for room.
 */
static void abort_held_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = exist('x');
	struct loop_answer a = { 0 };
	unsigned int i;
	u16 cid = 0, abort;

	for (i = 0; i < LOOP_DEPTH + 10; i++) {
		cid = loop_submit(l, 1, &sqe);
		loop_rounds(l, 3);
	}
	abort = submit_abort(l, 1, cid);
	loop_rounds(l, 10);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	for (i = 0; i < LOOP_DEPTH + 10; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
		KUNIT_EXPECT_EQ(test, a.status, a.cid == cid ?
				NVME_SC_ABORT_REQUESTED : NVME_SC_VENDOR_NO_KEY);
		loop_rounds(l, 3);
	}
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, abort);
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	stop(test, l);
}

/* The same for a command that the decoder rejected. The dispatcher holds it. */
static void abort_refused_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(0x7e, 1, 0, 0);
	struct loop_answer a = { 0 };
	unsigned int i, aborted = 0;
	u16 cid = 0;

	for (i = 0; i < LOOP_DEPTH + 10; i++) {
		cid = loop_submit(l, 1, &sqe);
		loop_rounds(l, 3);
	}
	submit_abort(l, 1, cid);
	loop_rounds(l, 2);
	for (i = 0; i < LOOP_DEPTH + 10; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
		aborted += a.status == NVME_SC_ABORT_REQUESTED;
		loop_rounds(l, 3);
	}
	KUNIT_EXPECT_EQ(test, aborted, 1u);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	stop(test, l);
}

/*
 * The aborted command completes, and its memory is used for another command,
 * before the Abort looks at it.
 */
static void abort_reused_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);
	struct nvme_sqe sqe = exist('x');
	struct loop_answer a = { 0 };
	u16 cid, target = 0;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	/*
	 * The completion queue is full, no memory for commands is left, and
	 * entries wait to be fetched.
	 */
	for (i = 0; i < VKV_NR_CMDS + LOOP_DEPTH + 9; i++) {
		cid = loop_submit(l, 1, &sqe);
		if (i == LOOP_DEPTH - 1)
			target = cid;
		loop_rounds(l, 1);
	}
	submit_abort(l, 1, target);
	loop_rounds(l, 3);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	for (i = 0; i < LOOP_DEPTH; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
		loop_rounds(l, 3);
	}
	KUNIT_EXPECT_EQ(test, a.cid, target);
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_ABORT_REQUESTED);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	stop(test, l);
}

/* An aborted Asynchronous Event Request leaves room for another one. */
static void abort_event_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	struct loop_answer a;
	u16 cid = 0;
	u32 i;

	for (i = 0; i < 10; i++) {
		cid = loop_submit(l, 0, &aer);
		submit_abort(l, 0, cid);
		loop_rounds(l, 3);
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, a.cid, cid);
		KUNIT_EXPECT_EQ(test, a.status, NVME_SC_ABORT_REQUESTED);
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	}
	stop(test, l);
}

/* Figure 275, ACL: an Abort above the limit has an error of its own. */
static void abort_limit_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = exist('x');
	struct loop_answer a;
	u16 cid[ACL + 2], limit = 0;
	unsigned int i;

	l->hold_workers = true;
	for (i = 0; i < ACL + 2; i++)
		cid[i] = loop_submit(l, 1, &sqe);
	loop_rounds(l, 2);
	for (i = 0; i < ACL + 2; i++)
		limit = submit_abort(l, 1, cid[i]);
	loop_rounds(l, 3);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, limit);
	KUNIT_EXPECT_EQ(test, a.status, NVME_SC_ABORT_LIMIT);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	l->hold_workers = false;
	loop_rounds(l, 5);
	for (i = 0; i < ACL + 1; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, a.status, 0);
		KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	}
	for (i = 0; i < ACL + 2; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
		KUNIT_EXPECT_EQ(test, a.status, a.cid == cid[ACL + 1] ?
				NVME_SC_VENDOR_NO_KEY : NVME_SC_ABORT_REQUESTED);
	}
	stop(test, l);
}

/* Two Aborts name the same command. Both report what happened to it. */
static void abort_twice_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = exist('x');
	struct loop_answer a;
	u16 cid;

	l->hold_workers = true;
	cid = loop_submit(l, 1, &sqe);
	loop_rounds(l, 2);
	submit_abort(l, 1, cid);
	submit_abort(l, 1, cid);
	loop_rounds(l, 2);
	l->hold_workers = false;
	loop_rounds(l, 4);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, 0u);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 1, &a));
	stop(test, l);
}

/* A reset, or the deletion of the queue, comes while an Abort waits. */
static void abort_reset_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = exist('x');
	struct nvme_sqe del = entry(NVME_ADMIN_DELETE_SQ, 0, 1, 0);
	struct loop_answer a;
	unsigned int i, n = 0;
	u16 cid;

	l->hold_workers = true;
	cid = loop_submit(l, 1, &sqe);
	loop_rounds(l, 2);
	submit_abort(l, 1, cid);
	loop_rounds(l, 2);
	loop_submit(l, 0, &del);
	loop_rounds(l, 2);
	l->hold_workers = false;
	loop_rounds(l, 10);
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, a.status, 0);
	}
	while (loop_poll(l, 1, &a))
		n++;
	KUNIT_EXPECT_EQ(test, n, 1u);

	l->hold_workers = true;
	cid = loop_submit(l, 2, &sqe);
	loop_rounds(l, 2);
	submit_abort(l, 2, cid);
	loop_rounds(l, 2);
	loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) & ~NVME_CC_EN);
	loop_rounds(l, 5);
	l->hold_workers = false;
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

static struct kunit_case abort_cases[] = {
	KUNIT_CASE(abort_nothing_test),
	KUNIT_CASE(abort_ring_test),
	KUNIT_CASE(abort_parked_test),
	KUNIT_CASE(abort_list_test),
	KUNIT_CASE(abort_heap_test),
	KUNIT_CASE(abort_held_test),
	KUNIT_CASE(abort_refused_test),
	KUNIT_CASE(abort_reused_test),
	KUNIT_CASE(abort_event_test),
	KUNIT_CASE(abort_limit_test),
	KUNIT_CASE(abort_twice_test),
	KUNIT_CASE(abort_reset_test),
	{}
};

static struct kunit_suite abort_suite = {
	.name = "abort",
	.test_cases = abort_cases,
};

kunit_test_suite(abort_suite);
