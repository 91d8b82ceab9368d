// SPDX-License-Identifier: GPL-2.0
/*
 * Dispatcher, two workers, collector and host have threads, for
 * ThreadSanitizer. There are deep queues and an oracle for each key. Resets and
 * queue deletions come at any time.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <stdlib.h>
#include <string.h>

#include "native/ctrl/loopback.h"
#include "native/ftl/version_value.h"

#define NR_KEYS 48u
#define DEPTH 24u

struct job {
	bool busy;
	bool asked;	/* an Abort has named this job */
	bool aborted;	/* aborted, and not yet looked at */
	u16 cid;
	u8 opcode;
	u32 key;
	u32 version;
	u64 buf;
};

struct oracle {
	u32 version;	/* 0: absent */
	bool busy;
};

static u64 state = 0x2545f4914f6cdd1dull;

static u32 rnd(u32 below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 16) % below;
}

static void submit(struct loop *l, struct job *j, u8 opcode, u32 key, u32 version)
{
	struct nvme_sqe sqe = { .opcode = opcode, .nsid = cpu_to_le32(2) };

	j->busy = true;
	j->asked = false;
	j->opcode = opcode;
	j->key = key;
	j->version = version;
	sqe.cdw11 = cpu_to_le32(4);
	memcpy(sqe.key_low, &key, 4);
	sqe.prp1 = cpu_to_le64(j->buf);
	sqe.prp2 = cpu_to_le64(j->buf + LOOP_PAGE);
	if (opcode == NVME_KV_STORE) {
		fill(loop_at(l, j->buf), key, version);
		sqe.cdw10 = cpu_to_le32(value_len(version));
	} else {
		sqe.cdw10 = cpu_to_le32(2 * LOOP_PAGE);
	}
	j->cid = loop_submit(l, 1, &sqe);
}

static void check(struct kunit *test, struct loop *l, struct job *j,
		  struct oracle *o, const struct loop_answer *a)
{
	switch (j->opcode) {
	case NVME_KV_STORE:
		KUNIT_EXPECT_EQ(test, a->status, 0);
		o->version = j->version;
		break;
	case NVME_KV_DELETE:
		KUNIT_EXPECT_EQ(test, a->status, 0);
		o->version = 0;
		break;
	default:
		KUNIT_EXPECT_EQ(test, a->status,
				o->version ? 0 : NVME_SC_KV_NO_KEY);
		if (o->version)
			KUNIT_EXPECT_TRUE(test, holds(loop_at(l, j->buf), j->key,
						      o->version));
	}
	o->busy = false;
	j->busy = false;
}

static void take_all(struct kunit *test, struct loop *l, struct job *jobs,
		     struct oracle *oracle)
{
	struct loop_answer a;
	unsigned int i;

	while (loop_poll(l, 1, &a)) {
		for (i = 0; i < DEPTH; i++)
			if (jobs[i].busy && jobs[i].cid == a.cid)
				break;
		KUNIT_ASSERT_LT(test, i, DEPTH);
		check(test, l, &jobs[i], &oracle[jobs[i].key], &a);
	}
}

static void send_some(struct loop *l, struct job *jobs, struct oracle *oracle,
		      u32 *version)
{
	static const u8 ops[] = { NVME_KV_STORE, NVME_KV_STORE, NVME_KV_RETRIEVE,
				  NVME_KV_RETRIEVE, NVME_KV_DELETE };
	unsigned int i;

	for (i = 0; i < DEPTH; i++) {
		u32 key = rnd(NR_KEYS);

		/* One command at a time on a key keeps the oracle exact. */
		if (jobs[i].busy || oracle[key].busy)
			continue;
		oracle[key].busy = true;
		submit(l, &jobs[i], ops[rnd(ARRAY_SIZE(ops))], key, ++*version);
	}
}

/* Waits until every command has completed. */
static void settle(struct kunit *test, struct loop *l, struct job *jobs,
		   struct oracle *oracle)
{
	unsigned int i, n;

	do {
		take_all(test, l, jobs, oracle);
		loop_rounds(l, 1);
		for (i = n = 0; i < DEPTH; i++)
			n += jobs[i].busy;
	} while (n);
}

static void init_jobs(struct loop *l, struct job *jobs)
{
	unsigned int i;

	for (i = 0; i < DEPTH; i++)
		jobs[i].buf = loop_pages(l, 2);
}

/* Makes a device with a dispatcher that carries out short reads. */
static struct loop *create(u32 inline_bytes)
{
	const struct vkv_dev_config cfg = {
		.mem_size = 32 << 20,
		.nr_workers = 2,
		.inline_bytes = inline_bytes,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.serial = "VKVTEST0",
	};

	return loop_create_cfg(&cfg);
}

/* Checks the device when its threads have stopped and it is disabled. */
static void check_and_destroy(struct kunit *test, struct loop *l)
{
	char why[200] = "";

	KUNIT_EXPECT_EQ(test, l->maps, 0u);
	KUNIT_EXPECT_TRUE_MSG(test, !vkv_ftl_check(l->dev->ftl, why,
						   sizeof(why)), "%s", why);
	loop_destroy(l);
}

static void do_oracle(struct kunit *test, u32 inline_bytes)
{
	struct loop *l = create(inline_bytes);
	struct oracle oracle[NR_KEYS] = { 0 };
	struct job jobs[DEPTH] = { 0 };
	u32 version = 0;

	KUNIT_ASSERT_NOT_NULL(test, l);
	init_jobs(l, jobs);
	loop_start_threads(l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	while (version < 30000) {
		send_some(l, jobs, oracle, &version);
		take_all(test, l, jobs, oracle);
	}
	settle(test, l, jobs, oracle);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_stop_threads(l);
	check_and_destroy(test, l);
}

/* Finds out whether a command without a completion was carried out. */
static void learn(struct kunit *test, struct loop *l, struct job *j,
		  struct oracle *o)
{
	u32 before = o->version, after = before;
	struct loop_answer a;

	if (j->opcode == NVME_KV_STORE)
		after = j->version;
	else if (j->opcode == NVME_KV_DELETE)
		after = 0;
	submit(l, j, NVME_KV_RETRIEVE, j->key, 0);
	while (!loop_poll(l, 1, &a))
		loop_rounds(l, 1);
	if (a.status)
		o->version = 0;
	else
		memcpy(&o->version, loop_at(l, j->buf) + 4, 4);
	KUNIT_EXPECT_TRUE(test, o->version == before || o->version == after);
	if (!a.status)
		KUNIT_EXPECT_TRUE(test, holds(loop_at(l, j->buf), j->key,
					      o->version));
	o->busy = false;
	j->busy = false;
}

/*
 * Queues are deleted while commands are everywhere. The effects of completed
 * commands stay.
 */
static void do_reset(struct kunit *test, u32 inline_bytes)
{
	struct loop *l = create(inline_bytes);
	struct nvme_sqe del = { .opcode = NVME_ADMIN_DELETE_SQ };
	struct oracle oracle[NR_KEYS] = { 0 };
	struct job jobs[DEPTH] = { 0 };
	u32 i, n, used, version = 0;

	KUNIT_ASSERT_NOT_NULL(test, l);
	init_jobs(l, jobs);
	used = l->used;
	del.cdw10 = cpu_to_le32(1);
	loop_start_threads(l);
	for (i = 0; i < 150; i++) {
		l->used = used;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
		for (n = rnd(20); n; n--) {
			send_some(l, jobs, oracle, &version);
			take_all(test, l, jobs, oracle);
		}
		if (rnd(2))
			KUNIT_EXPECT_EQ(test, loop_do(l, 0, &del).status, 0);
		KUNIT_ASSERT_EQ(test, loop_disable(l), 0);
		l->used = used;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
		for (n = 0; n < DEPTH; n++)
			if (jobs[n].busy)
				learn(test, l, &jobs[n], &oracle[jobs[n].key]);
		KUNIT_ASSERT_EQ(test, loop_disable(l), 0);
	}
	loop_stop_threads(l);
	check_and_destroy(test, l);
}

/*
 * Aborts at random (base specification 2.0, section 5.1). Every command and
 * every Abort completes exactly once. An aborted store was carried out or not,
 * with nothing in between.
 */
struct aborts {
	u16 cid[4];
	unsigned int nr;
	unsigned int done;
	unsigned int won;	/* Aborts that stopped their commands */
};

static void take_aborts(struct kunit *test, struct loop *l, struct aborts *ab)
{
	struct loop_answer a;
	unsigned int i;

	while (loop_poll(l, 0, &a)) {
		for (i = 0; i < ab->nr && ab->cid[i] != a.cid; i++)
			;
		KUNIT_ASSERT_LT(test, i, ab->nr);
		KUNIT_EXPECT_EQ(test, a.status, 0);
		ab->cid[i] = ab->cid[--ab->nr];
		ab->done++;
		ab->won += !(a.dw0 & 1);
	}
}

static void abort_some(struct loop *l, struct job *jobs, struct aborts *ab)
{
	struct nvme_sqe sqe = { .opcode = NVME_ADMIN_ABORT };
	struct job *j = &jobs[rnd(DEPTH)];

	if (!j->busy || j->asked || ab->nr == ARRAY_SIZE(ab->cid))
		return;
	j->asked = true;
	sqe.cdw10 = cpu_to_le32(1 | (u32)j->cid << 16);
	ab->cid[ab->nr++] = loop_submit(l, 0, &sqe);
}

/* Like take_all(), but an aborted job stays busy until learn() has looked. */
static void take_or_abort(struct kunit *test, struct loop *l, struct job *jobs,
			  struct oracle *oracle)
{
	struct loop_answer a;
	unsigned int i;

	while (loop_poll(l, 1, &a)) {
		for (i = 0; i < DEPTH; i++)
			if (jobs[i].busy && jobs[i].cid == a.cid)
				break;
		KUNIT_ASSERT_LT(test, i, DEPTH);
		KUNIT_EXPECT_FALSE(test, jobs[i].aborted);
		if (a.status == NVME_SC_ABORT_REQUESTED)
			jobs[i].aborted = true;
		else
			check(test, l, &jobs[i], &oracle[jobs[i].key], &a);
	}
}

/* Waits for all completions. Returns how many commands were aborted. */
static unsigned int settle_aborts(struct kunit *test, struct loop *l,
				  struct job *jobs, struct oracle *oracle,
				  struct aborts *ab)
{
	unsigned int i, waiting, aborted = 0;

	do {
		take_aborts(test, l, ab);
		take_or_abort(test, l, jobs, oracle);
		loop_rounds(l, 1);
		for (i = waiting = 0; i < DEPTH; i++)
			waiting += jobs[i].busy && !jobs[i].aborted;
	} while (waiting || ab->nr);
	for (i = 0; i < DEPTH; i++) {
		if (!jobs[i].aborted)
			continue;
		jobs[i].aborted = false;
		learn(test, l, &jobs[i], &oracle[jobs[i].key]);
		aborted++;
	}
	return aborted;
}

static void abort_test(struct kunit *test)
{
	/* Commands take some time, so that Aborts can meet them. */
	const struct vkv_dev_config cfg = {
		.mem_size = 32 << 20,
		.nr_workers = 2,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.timing = "simple",
		.serial = "VKVTEST0",
	};
	struct loop *l = loop_create_cfg(&cfg);
	struct oracle oracle[NR_KEYS] = { 0 };
	struct job jobs[DEPTH] = { 0 };
	struct aborts ab = { 0 };
	u32 i, version = 0;
	unsigned int aborted = 0;

	KUNIT_ASSERT_NOT_NULL(test, l);
	init_jobs(l, jobs);
	loop_start_threads(l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	while (ab.done < 2000 || !ab.won) {
		for (i = rnd(8); i; i--) {
			send_some(l, jobs, oracle, &version);
			loop_rounds(l, rnd(3));
			abort_some(l, jobs, &ab);
			take_aborts(test, l, &ab);
			take_or_abort(test, l, jobs, oracle);
		}
		aborted += settle_aborts(test, l, jobs, oracle, &ab);
	}
	/* The Aborts and the aborted commands report the same number. */
	KUNIT_EXPECT_EQ(test, aborted, ab.won);
	KUNIT_EXPECT_LT(test, ab.won, ab.done);
	kunit_info(test, "%u of %u aborted", ab.won, ab.done);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_stop_threads(l);
	check_and_destroy(test, l);
}

/* --- Format beside commands --- */

/* Takes completions. A command may have failed because of the Format. */
static void take_formatting(struct kunit *test, struct loop *l, struct job *jobs,
			    struct oracle *oracle)
{
	struct loop_answer a;
	unsigned int i;

	while (loop_poll(l, 1, &a)) {
		for (i = 0; i < DEPTH; i++)
			if (jobs[i].busy && jobs[i].cid == a.cid)
				break;
		KUNIT_ASSERT_LT(test, i, DEPTH);
		KUNIT_EXPECT_TRUE(test, !a.status ||
				  a.status == NVME_SC_KV_NO_KEY ||
				  a.status == NVME_SC_FORMATTING);
		if (jobs[i].opcode == NVME_KV_STORE && !a.status)
			oracle[jobs[i].key].version = jobs[i].version;
		oracle[jobs[i].key].busy = false;
		jobs[i].busy = false;
	}
}

/* Sends commands during a Format. Returns how many keys are stored after it. */
static unsigned int format_once(struct kunit *test, struct loop *l,
				struct job *jobs, struct oracle *oracle,
				u32 *version)
{
	struct nvme_sqe sqe = { .opcode = NVME_ADMIN_FORMAT,
				.nsid = cpu_to_le32(2) };
	unsigned int i, busy, stored = 0;
	struct loop_answer a;

	loop_submit(l, 0, &sqe);
	do {
		send_some(l, jobs, oracle, version);
		take_formatting(test, l, jobs, oracle);
	} while (!loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.status, 0);
	do {
		take_formatting(test, l, jobs, oracle);
		loop_rounds(l, 1);
		for (i = busy = 0; i < DEPTH; i++)
			busy += jobs[i].busy;
	} while (busy);
	/* Each key has the version that was stored last, or none. */
	for (i = 0; i < NR_KEYS; i++) {
		submit(l, &jobs[0], NVME_KV_RETRIEVE, i, 0);
		while (!loop_poll(l, 1, &a))
			loop_rounds(l, 1);
		if (!a.status)
			KUNIT_EXPECT_TRUE(test, holds(loop_at(l, jobs[0].buf), i,
						      oracle[i].version));
		stored += !a.status;
		jobs[0].busy = false;
		oracle[i].busy = false;
	}
	return stored;
}

static void do_format(struct kunit *test, u32 inline_bytes)
{
	struct loop *l = create(inline_bytes);
	struct oracle oracle[NR_KEYS] = { 0 };
	struct job jobs[DEPTH] = { 0 };
	u64 bytes, keys, stored = 0;
	u32 i, version = 0;

	KUNIT_ASSERT_NOT_NULL(test, l);
	init_jobs(l, jobs);
	loop_start_threads(l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	for (i = 0; i < 60; i++)
		stored = format_once(test, l, jobs, oracle, &version);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_stop_threads(l);
	vkv_ftl_keyspace_usage(l->dev->ftl, l->dev->ns[1].keyspace, &bytes,
			       &keys);
	KUNIT_EXPECT_EQ(test, keys, stored);
	check_and_destroy(test, l);
}

static void oracle_test(struct kunit *test)
{
	do_oracle(test, 0);
}

static void oracle_inline_test(struct kunit *test)
{
	do_oracle(test, 2 * LOOP_PAGE);
}

static void reset_test(struct kunit *test)
{
	do_reset(test, 0);
}

static void reset_inline_test(struct kunit *test)
{
	do_reset(test, 2 * LOOP_PAGE);
}

static void format_test(struct kunit *test)
{
	do_format(test, 0);
}

static void format_inline_test(struct kunit *test)
{
	do_format(test, 2 * LOOP_PAGE);
}

static struct kunit_case thread_cases[] = {
	KUNIT_CASE(oracle_test),
	KUNIT_CASE(oracle_inline_test),
	KUNIT_CASE(reset_test),
	KUNIT_CASE(reset_inline_test),
	KUNIT_CASE(abort_test),
	KUNIT_CASE(format_test),
	KUNIT_CASE(format_inline_test),
	{}
};

static struct kunit_suite thread_suite = {
	.name = "thread",
	.test_cases = thread_cases,
};

kunit_test_suite(thread_suite);
