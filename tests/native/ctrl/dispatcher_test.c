// SPDX-License-Identifier: GPL-2.0
/*
 * Dispatchers carry out some commands themselves. These complete while workers
 * with threads of their own are held. The last tests are about when a
 * dispatcher runs again.
 */
#include "native/ctrl/world.h"

#define LIMIT 4096u
#define MANY 40u	/* below LOOP_DEPTH */

static unsigned int succeeded(struct kunit *test, struct loop *l)
{
	struct loop_answer a;
	unsigned int n;

	for (n = 0; loop_poll(l, 1, &a); n++)
		KUNIT_EXPECT_EQ(test, a.status, 0);
	return n;
}

/* Sends @nr commands at once. Returns how many complete without workers. */
static unsigned int answered(struct kunit *test, struct loop *l,
			     struct nvme_sqe *sqe, unsigned int nr)
{
	unsigned int i, n;

	l->hold_workers = true;
	for (i = 0; i < nr; i++)
		loop_submit(l, 1, sqe);
	loop_rounds(l, 20);
	n = succeeded(test, l);
	l->hold_workers = false;
	loop_rounds(l, 20);
	KUNIT_EXPECT_EQ(test, n + succeeded(test, l), nr);
	return n;
}

static struct nvme_sqe vendor_entry(struct loop *l, u8 opcode, u32 len)
{
	struct nvme_sqe sqe = entry(opcode, 1, len / 4, 0);

	set_vendor_key(l, &sqe, KEY("key"));
	if (len)
		set_prps(l, &sqe, loop_pages(l, len / LOOP_PAGE + 1), len);
	return sqe;
}

static unsigned int vendor_answered(struct kunit *test, struct loop *l,
				    u8 opcode, u32 len, unsigned int nr)
{
	u64 m = mark(l);
	struct nvme_sqe sqe = vendor_entry(l, opcode, len);
	unsigned int n = answered(test, l, &sqe, nr);

	release(l, m);
	return n;
}

static unsigned int block_answered(struct kunit *test, struct loop *l,
				   u8 opcode, u32 len)
{
	u64 m = mark(l);
	struct nvme_sqe sqe = entry(opcode, 1, 0, 0);
	unsigned int n;

	sqe.cdw12 = cpu_to_le32(len / 512 - 1);
	set_prps(l, &sqe, loop_pages(l, len / LOOP_PAGE + 1), len);
	n = answered(test, l, &sqe, 1);
	release(l, m);
	return n;
}

/* The dispatcher carries out a single command if it is brief and short. */
static void brief_test(struct kunit *test)
{
	struct loop *l = start_with(test, 1, LIMIT, NULL);
	struct nvme_sqe at_offset = vendor_entry(l, NVME_VENDOR_STORE, 64);

	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_STORE, 64, 1), 1u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_STORE, LIMIT, 1), 1u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_STORE, LIMIT + 4, 1), 0u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_RETRIEVE, LIMIT, 1), 1u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_RETRIEVE, LIMIT + 4, 1), 0u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_EXIST, 0, 1), 1u);
	at_offset.mptr = cpu_to_le64(NVME_VENDOR_OFFSET_UNIT);
	KUNIT_EXPECT_EQ(test, answered(test, l, &at_offset, 1), 0u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_APPEND, 64, 1), 0u);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_DELETE, 0, 1), 1u);
	KUNIT_EXPECT_NE(test, v_exist(l, KEY("key")), 0);

	KUNIT_EXPECT_EQ(test, block_answered(test, l, NVME_NVM_WRITE, LIMIT), 1u);
	KUNIT_EXPECT_EQ(test, block_answered(test, l, NVME_NVM_WRITE, LIMIT + 512), 0u);
	KUNIT_EXPECT_EQ(test, block_answered(test, l, NVME_NVM_READ, LIMIT), 1u);
	KUNIT_EXPECT_EQ(test, block_answered(test, l, NVME_NVM_WRITE_ZEROES, 512), 0u);
	KUNIT_EXPECT_EQ(test, block_answered(test, l, NVME_NVM_FLUSH, 512), 1u);
	stop(test, l);
}

/*
 * Many commands come at once. The dispatcher carries out all small reads. It
 * shares the others with the workers.
 */
static void many_test(struct kunit *test)
{
	struct loop *l = start_with(test, 1, LIMIT, NULL);
	unsigned int n;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("key"), "value", 5), 0);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_EXIST, 0, MANY), MANY);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_RETRIEVE, 1024, MANY), MANY);
	n = vendor_answered(test, l, NVME_VENDOR_RETRIEVE, LIMIT, MANY);
	KUNIT_EXPECT_GE(test, n, 8u);
	KUNIT_EXPECT_LT(test, n, MANY / 2);
	n = vendor_answered(test, l, NVME_VENDOR_STORE, 64, MANY);
	KUNIT_EXPECT_GE(test, n, 8u);
	KUNIT_EXPECT_LT(test, n, MANY / 2);
	stop(test, l);
}

/* With several dispatchers, each carries out all brief and short commands. */
static void several_test(struct kunit *test)
{
	struct loop *l = start_with(test, 2, LIMIT, NULL);

	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_STORE, 64, MANY), MANY);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_RETRIEVE, LIMIT, MANY), MANY);
	KUNIT_EXPECT_EQ(test, vendor_answered(test, l, NVME_VENDOR_STORE, LIMIT + 4, 1), 0u);
	stop(test, l);
}

/*
 * A store waits for the collector. The dispatcher sleeps meanwhile, so that the
 * collector can run. It tries the store again within 1 ms.
 */
static void parked_test(struct kunit *test)
{
	struct loop *l = start_with(test, 1, LIMIT, NULL);
	struct vkv_dispatcher *d = vkv_dev_dispatcher(l->dev, 0);
	struct nvme_sqe sqe = vendor_entry(l, NVME_VENDOR_STORE, LIMIT);
	struct loop_answer a;
	unsigned int i, n = 0;
	u64 next;

	/* All segments fill up with old versions, and there is no collector. */
	for (i = 0; i <= 2 * DEV_SIZE / LIMIT && n == i; i++) {
		loop_submit(l, 1, &sqe);
		loop_dispatchers_round(l);
		n += loop_poll(l, 1, &a);
	}
	KUNIT_ASSERT_LT(test, n, i);
	for (i = 0; i < 3; i++) {
		next = vkv_dispatcher_round(d, ++l->now);
		KUNIT_EXPECT_GT(test, next, l->now);
		KUNIT_EXPECT_LE(test, next, l->now + 1000000);
	}
	loop_rounds(l, 200);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, vkv_dispatcher_round(d, ++l->now), VKV_NEVER);
	stop(test, l);
}

/*
 * A sleeping dispatcher is woken when its queues are deleted. The first
 * dispatcher is woken when another one has seen a bad doorbell, because it
 * reports that.
 */
static void wake_test(struct kunit *test)
{
	struct loop *l = start_with(test, 3, 0, NULL);

	loop_rounds(l, 5);
	l->woken = 0;
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, l->woken, 0u);
	loop_doorbell(l, 2, false, 0x1234);
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, l->woken, 1u << 0);
	l->woken = 0;
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, l->woken, 1u << 1 | 1u << 2);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	stop(test, l);
}

static struct kunit_case dispatcher_cases[] = {
	KUNIT_CASE(wake_test),
	KUNIT_CASE(parked_test),
	KUNIT_CASE(brief_test),
	KUNIT_CASE(many_test),
	KUNIT_CASE(several_test),
	{}
};

static struct kunit_suite dispatcher_suite = {
	.name = "dispatcher",
	.test_cases = dispatcher_cases,
};

kunit_test_suite(dispatcher_suite);
