// SPDX-License-Identifier: GPL-2.0
/*
 * Batches (opcode 85h): their layout, several stores of the same key, and
 * batches that wait for the collector.
 */
#include "native/ctrl/batch.h"

#include <unistd.h>

#define IF_ABSENT NVME_VENDOR_STORE_IDEMPOTENT
#define EXISTS NVME_SC_VENDOR_EXISTS
#define NO_KEY NVME_SC_VENDOR_NO_KEY
#define CAPACITY NVME_SC_VENDOR_CAPACITY

/* Submits the batch. Its PRP list is made only once. */
static u16 batch_submit(struct batch *b, unsigned int qid)
{
	if (!b->sqe.opcode)
		b->sqe = batch_entry(b);
	return loop_submit(b->l, qid, &b->sqe);
}

/* Sends a batch that claims to have @len bytes and @nr stores. */
static u16 batch_as(struct batch b, u32 len, u32 nr)
{
	b.len = len;
	b.nr = nr;
	b.sqe = batch_entry(&b);
	return loop_do(b.l, 1, &b.sqe).status;
}

/* --- their form --- */

static void forms_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct batch b = batch_in(l, 8192);

	batch_add(&b, KEY("one"), "first", 5, 0);
	batch_add(&b, KEY("a key longer than sixteen bytes"), "second", 6, 0);
	batch_add(&b, KEY("three"), "third", 5, IF_ABSENT);
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 3), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("one"), "first", 5));
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1,
			  KEY("a key longer than sixteen bytes"), "second", 6));
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("three"), "third", 5));

	/* "three" exists now, so the batch fails, and no key is stored. */
	KUNIT_EXPECT_EQ(test, v_delete(l, KEY("one")), 0);
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 3), EXISTS);
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("one")), NO_KEY);

	KUNIT_EXPECT_EQ(test, batch_as(b, b.len - 4, 3),
			NVME_SC_VENDOR_VALUE_SIZE);
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 9), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 0), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, batch_as(b, 256, 1), NVME_SC_VENDOR_VALUE_SIZE);
	b.buf[1] = 0;
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 3), NVME_SC_VENDOR_KEY_SIZE);
	b.buf[1] = 3;
	memset(b.buf + 4, 0xff, 4);
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 3), NVME_SC_VENDOR_VALUE_SIZE);
	b.buf[0] = NVME_VENDOR_RETRIEVE;
	KUNIT_EXPECT_EQ(test, batch_as(b, b.len, 3), NVME_SC_INVALID_FIELD);
	stop(test, l);
}

/* --- a key more than once --- */

struct twice {
	const char *option;	/* of the stores of "key", in their order */
	bool present;		/* it is there before */
	u16 status;
};

/* Stores "key" as often as @t says, between two other keys, in a batch. */
static void one_twice(struct kunit *test, struct loop *l, const struct twice *t,
		      u32 size)
{
	struct batch b = batch_in(l, 200000);
	u8 *v = calloc(1, size + 10);
	struct vkv_usage before, after;
	u32 nr = strlen(t->option), i;
	u16 cid;
	struct loop_answer a;

	if (t->present)
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("key"), "old", 3), 0);
	vkv_ftl_usage(l->dev->ftl, &before);
	batch_add(&b, KEY("first"), "f", 1, 0);
	for (i = 0; i < nr; i++) {
		memset(v, '0' + i, size + 10);
		batch_add(&b, KEY("key"), v, size + i, t->option[i] - '0');
	}
	batch_add(&b, KEY("last"), "l", 1, 0);
	cid = batch_submit(&b, 1);
	loop_rounds(l, 3);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a) && a.cid == cid);
	KUNIT_EXPECT_TRUE_MSG(test, a.status == t->status,
			      "options %s, %u bytes, %d: %03x", t->option,
			      size, t->present, a.status);
	vkv_ftl_usage(l->dev->ftl, &after);
	if (t->status) {
		KUNIT_EXPECT_EQ(test, before.used, after.used);
		KUNIT_EXPECT_EQ(test, before.keys, after.keys);
		KUNIT_EXPECT_EQ(test, v_exist(l, KEY("first")), NO_KEY);
		KUNIT_EXPECT_EQ(test, v_holds(l, 1, KEY("key"), "old", 3),
				t->present);
	} else {
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("key"), v,
						size + nr - 1));
		KUNIT_EXPECT_EQ(test, v_exist(l, KEY("last")), 0);
	}
	v_delete(l, KEY("first"));
	v_delete(l, KEY("key"));
	v_delete(l, KEY("last"));
	free(v);
}

/* A batch has the effect of its stores one after the other, or none at all. */
static void twice_test(struct kunit *test)
{
	static const struct twice rows[] = {
		{ "00", false, 0 }, { "00", true, 0 }, { "000000", true, 0 },
		{ "02", false, EXISTS }, { "02", true, EXISTS },
		{ "20", false, 0 }, { "20", true, EXISTS },
		{ "22", false, EXISTS }, { "28", false, 0 },
		{ "08", false, 0 }, { "08", true, 0 }, { "0888", false, 0 },
		{ "80", false, NO_KEY }, { "80", true, 0 }, { "88", true, 0 },
		{ "88", false, NO_KEY }, { "82", true, EXISTS },
		{ "82", false, NO_KEY }, { "002", false, EXISTS },
	};
	static const u32 sizes[] = { 1, 8190, 25000 };
	struct loop *l = start(test, DEV_SIZE);
	u64 m = mark(l);
	unsigned int i, s;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			one_twice(test, l, &rows[i], sizes[s]);
			release(l, m);
		}
	stop(test, l);
}

/* --- waiting --- */

/* Everything but the collector makes rounds. */
static void rounds_without_collector(struct loop *l, unsigned int n)
{
	unsigned int i;

	for (; n; n--) {
		l->now += 1000;
		loop_dispatchers_round(l);
		for (i = 0; i < l->cfg.nr_workers; i++)
			vkv_worker_round(vkv_dev_worker(l->dev, i), l->now);
	}
}

static bool answered(struct loop *l, u16 cid, struct loop_answer *a)
{
	while (loop_poll(l, 1, a))
		if (a->cid == cid)
			return true;
	return false;
}

/* Overwrites a value until a store has to wait for the collector. */
static u16 use_up_segments(struct loop *l)
{
	u64 addr = loop_pages(l, 16);
	struct loop_answer a;
	u16 cid;

	do {
		struct nvme_sqe sqe = entry(NVME_VENDOR_STORE, 1, 15000, 2);

		memcpy(sqe.vendor_key, "big", 3);
		set_prps(l, &sqe, addr, 60000);
		cid = loop_submit(l, 1, &sqe);
		rounds_without_collector(l, 2);
	} while (answered(l, cid, &a));
	return cid;
}

static u32 nr_there(struct loop *l)
{
	struct vkv_usage u;

	vkv_ftl_usage(l->dev->ftl, &u);
	return u.keys;
}

/*
 * Sends batches of eight new keys, numbered from *@n on. Stops when a batch
 * waits for a free index page after some of its keys are stored. Returns true
 * if that happened.
 */
static bool stop_in_the_middle(struct loop *l, u32 *n, u16 *cid)
{
	struct loop_answer a;
	u32 before, i, tries;

	for (tries = 0; tries < 300; tries++) {
		struct batch b = batch_in(l, 4 * LOOP_PAGE);

		before = nr_there(l);
		for (i = 0; i < 8; i++, (*n)++)
			batch_add(&b, (struct vkey){ n, 4 }, n, 4, IF_ABSENT);
		*cid = batch_submit(&b, 1);
		rounds_without_collector(l, 2);
		if (!answered(l, *cid, &a))
			return nr_there(l) > before;
	}
	return false;
}

/*
 * A batch waits in the middle. It must not fail then because its first keys
 * exist already. If a reset drops it, it must not keep any capacity; stop()
 * checks that.
 */
static void late_collector(struct kunit *test, bool drop)
{
	struct loop *l = start(test, 17 * MIB);
	u32 n = 0, stopped = 0, turns;
	struct loop_answer a = { 0 };
	u64 m = mark(l);
	u16 cid;
	u32 i;

	for (turns = 0; turns < 200 && stopped < 4; turns++) {
		use_up_segments(l);
		if (stop_in_the_middle(l, &n, &cid)) {
			stopped++;
			if (drop)
				break;
			for (i = 0; !answered(l, cid, &a) && i < 5000; i++)
				loop_rounds(l, 1);
			KUNIT_EXPECT_EQ(test, a.cid, cid);
			KUNIT_EXPECT_EQ(test, a.status, 0);
			/* "big" is stored, too. */
			KUNIT_EXPECT_EQ(test, nr_there(l), n + 1);
		}
		loop_rounds(l, 500);
		answered(l, 0, &a);
		release(l, m);
	}
	KUNIT_EXPECT_GE(test, stopped, drop ? 1 : 4);
	stop(test, l);
}

static void late_collector_test(struct kunit *test)
{
	late_collector(test, false);
}

static void dropped_in_the_middle_test(struct kunit *test)
{
	late_collector(test, true);
}

/* Fills the device with small values beside the eight of a batch. */
static struct batch fill(struct kunit *test, struct loop *l, u32 len, u32 *small)
{
	struct batch b = batch_in(l, VKV_IO_MAX);
	u8 *v = calloc(1, len);
	u32 i;

	for (i = 0; i < 8; i++) {
		struct vkey k = { (char[]){ 'b', '0' + i }, 2 };

		KUNIT_EXPECT_EQ(test, v_store(l, k, v, len), 0);
		memset(v, '0' + i, len);
		batch_add(&b, k, v, len, 0);
	}
	for (*small = 0; !v_store(l, (struct vkey){ small, 4 }, v, 3000);)
		++*small;
	free(v);
	return b;
}

/* Sends the batch sixteen times at once, and waits for all completions. */
static void sixteen(struct kunit *test, struct batch *b)
{
	u32 i, patience, left = 16;
	struct loop_answer a;

	for (i = 0; i < left; i++)
		batch_submit(b, 1);
	for (patience = 0; left && patience < 20000; patience++) {
		loop_rounds(b->l, 1);
		if (b->l->threads)
			usleep(1000);
		while (loop_poll(b->l, 1, &a)) {
			left--;
			KUNIT_EXPECT_TRUE(test, !a.status ||
					  a.status == CAPACITY);
		}
	}
	KUNIT_ASSERT_EQ(test, left, 0u);
}

/*
 * Batches wait for the collector of a full device. All of them complete. They
 * write no more than they were asked to.
 */
static void full_device(struct kunit *test, bool threads)
{
	struct loop *l = loop_create(17 * MIB, threads ? 4 : 2);
	struct vkv_usage before, after;
	u32 small, turn;
	struct batch b;

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	b = fill(test, l, 255000, &small);
	vkv_ftl_usage(l->dev->ftl, &before);
	if (threads)
		loop_start_threads(l);
	for (turn = 0; turn < 10; turn++)
		sixteen(test, &b);
	if (threads)
		loop_stop_threads(l);
	vkv_ftl_usage(l->dev->ftl, &after);
	KUNIT_EXPECT_LT(test, after.host_written - before.host_written,
			160 * VKV_IO_MAX);
	stop(test, l);
}

static void full_device_test(struct kunit *test)
{
	full_device(test, false);
}

static void full_device_with_threads_test(struct kunit *test)
{
	full_device(test, true);
}

/* Small stores, as many as a queue holds, compete for each free segment. */
static void among_small_stores_test(struct kunit *test)
{
	struct loop *l = start(test, 17 * MIB);
	u32 small, turn, r, left = 0;
	u64 page = loop_pages(l, 1);
	struct loop_answer a;
	struct batch b;

	b = fill(test, l, 100000, &small);
	for (turn = 0; turn < 10; turn++) {
		batch_submit(&b, 2);
		for (r = 0; !loop_poll(l, 2, &a) && r < 5000; r++) {
			for (; left < 60; left++) {
				struct nvme_sqe sqe = entry(NVME_VENDOR_STORE,
							    1, 750, 3);
				u32 k = rnd(small);

				memcpy(sqe.vendor_key, &k, 4);
				sqe.prp1 = cpu_to_le64(page);
				loop_submit(l, 1, &sqe);
			}
			loop_rounds(l, 1);
			while (loop_poll(l, 1, &a))
				left--;
		}
		KUNIT_ASSERT_LT(test, r, 5000);
		KUNIT_EXPECT_EQ(test, a.status, 0);
	}
	stop(test, l);
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(forms_test),
	KUNIT_CASE(twice_test),
	KUNIT_CASE(late_collector_test),
	KUNIT_CASE(dropped_in_the_middle_test),
	KUNIT_CASE(full_device_test),
	KUNIT_CASE(full_device_with_threads_test),
	KUNIT_CASE(among_small_stores_test),
	{}
};

static struct kunit_suite batch_suite = {
	.name = "batch",
	.test_cases = batch_cases,
};

kunit_test_suite(batch_suite);
