// SPDX-License-Identifier: GPL-2.0
/*
 * A host that changes everything while commands are in progress. It resets and
 * shuts down the controller, deletes and creates queues, sends Aborts, formats
 * either namespace, sanitizes, and changes interrupt coalescing. One or two
 * dispatchers, two workers and the collector have threads.
 *
 * Each key has one command at a time. A store or delete that is aborted or
 * never completes was carried out or not. Then its key has two possible
 * versions, until a Retrieve has found one of them. An erasure makes every key
 * uncertain. A command that was submitted before the end of the erasure proves
 * nothing. The value of a key must always be one whole version of this key.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <stdlib.h>
#include <string.h>

#include "native/ctrl/loopback.h"
#include "native/ftl/version_value.h"

#define NR_KEYS 64u
#define NR_QUEUES 2u
#define DEPTH 20u
#define STEPS 800u
#define SEED 0x9e3779b97f4a7c15ull
#define NSID_KV 2u
#define ABORTED NVME_SC_ABORT_REQUESTED
#define DELETED NVME_SC_ABORT_SQ_DELETED

struct key {
	u32 version;		/* 0: absent */
	u32 maybe;		/* the other possible version */
	bool uncertain;
	bool any;		/* perhaps erased: any version, or none */
	bool busy;
};

struct job {
	bool busy;
	u16 cid;
	u8 opcode;
	u32 qid;
	u32 key;
	u32 version;
	u32 epoch;
	u64 buf;
};

struct storm {
	struct loop *l;
	struct key key[NR_KEYS];
	struct job job[DEPTH];
	u64 mark;		/* host pages after those of the jobs */
	u32 version;
	u32 epoch;		/* changes when an erasure begins or ends */
	bool erasing;		/* the command has not completed */
	bool erases_keys;	/* it erases the KV namespace */
	u16 erase_cid;
	unsigned int aborts;	/* Aborts in progress */
	unsigned int seen_others;
	u64 state;
	u64 answers, resets, deletions, erasures, told;
};

static u32 rnd(struct storm *s, u32 below)
{
	s->state ^= s->state << 13;
	s->state ^= s->state >> 7;
	s->state ^= s->state << 17;
	return (s->state >> 16) % below;
}

/* --- I/O --- */

static void submit(struct storm *s, struct job *j, u8 opcode, u32 key)
{
	struct nvme_sqe sqe = { .opcode = opcode, .nsid = cpu_to_le32(NSID_KV) };

	j->busy = true;
	j->opcode = opcode;
	j->qid = 1 + rnd(s, NR_QUEUES);
	j->key = key;
	j->version = opcode == NVME_KV_STORE ? ++s->version : 0;
	j->epoch = s->epoch;
	s->key[key].busy = true;
	sqe.cdw11 = cpu_to_le32(4);
	memcpy(sqe.key_low, &key, 4);
	sqe.prp1 = cpu_to_le64(j->buf);
	sqe.prp2 = cpu_to_le64(j->buf + LOOP_PAGE);
	sqe.cdw10 = cpu_to_le32(2 * LOOP_PAGE);
	if (opcode == NVME_KV_STORE) {
		fill(loop_at(s->l, j->buf), key, j->version);
		sqe.cdw10 = cpu_to_le32(value_len(j->version));
	}
	j->cid = loop_submit(s->l, j->qid, &sqe);
}

static void send_some(struct storm *s)
{
	static const u8 ops[] = { NVME_KV_STORE, NVME_KV_STORE, NVME_KV_RETRIEVE,
				  NVME_KV_RETRIEVE, NVME_KV_DELETE };
	unsigned int i;

	for (i = 0; i < DEPTH; i++) {
		u32 nr = rnd(s, NR_KEYS);
		struct key *k = &s->key[nr];

		if (s->job[i].busy || k->busy)
			continue;
		submit(s, &s->job[i], k->uncertain || k->any ?
		       NVME_KV_RETRIEVE : ops[rnd(s, ARRAY_SIZE(ops))], nr);
	}
}

static void end(struct storm *s, struct job *j)
{
	s->key[j->key].busy = false;
	j->busy = false;
}

/* The command was carried out or not. Nobody knows. */
static void end_unknown(struct storm *s, struct job *j)
{
	struct key *k = &s->key[j->key];

	end(s, j);
	if (j->opcode == NVME_KV_RETRIEVE)
		return;
	k->uncertain = true;
	k->maybe = j->version;
}

static bool is_erasing_keys(const struct storm *s)
{
	return s->erasing && s->erases_keys;
}

/* Checks what a Retrieve has found, and notes it if that is certain. */
static void learn(struct kunit *test, struct storm *s, const struct job *j,
		  bool there)
{
	const u8 *data = loop_at(s->l, j->buf);
	struct key *k = &s->key[j->key];
	u32 found = 0;

	if (there) {
		memcpy(&found, data + 4, 4);
		KUNIT_EXPECT_TRUE(test, found && found <= s->version &&
				  holds(data, j->key, found));
	}
	if (!k->any)
		KUNIT_EXPECT_TRUE(test, found == k->version ||
				  (k->uncertain && found == k->maybe));
	if (is_erasing_keys(s) || j->epoch != s->epoch)
		return;
	k->version = found;
	k->uncertain = false;
	k->any = false;
	s->told++;
}

static void check(struct kunit *test, struct storm *s, struct job *j, u16 status)
{
	struct key *k = &s->key[j->key];

	switch (status) {
	case ABORTED:
	case DELETED:
		end_unknown(s, j);
		return;
	case NVME_SC_FORMATTING:
	case NVME_SC_SANITIZING:
		KUNIT_EXPECT_TRUE(test, s->epoch);
		k->any = true;
		end(s, j);
		return;
	}
	end(s, j);
	if (j->opcode == NVME_KV_RETRIEVE) {
		KUNIT_EXPECT_TRUE(test, !status || status == NVME_SC_KV_NO_KEY);
		learn(test, s, j, !status);
		return;
	}
	KUNIT_EXPECT_EQ(test, status, 0);
	if (is_erasing_keys(s) || j->epoch != s->epoch)
		k->any = true;
	else
		k->version = j->version;
}

static void take_io(struct kunit *test, struct storm *s)
{
	struct loop_answer a;
	unsigned int qid, i;

	for (qid = 1; qid <= NR_QUEUES; qid++)
		while (loop_poll(s->l, qid, &a)) {
			for (i = 0; i < DEPTH; i++)
				if (s->job[i].busy && s->job[i].cid == a.cid &&
				    s->job[i].qid == qid)
					break;
			/* Each command completes once. */
			KUNIT_ASSERT_LT(test, i, DEPTH);
			check(test, s, &s->job[i], a.status);
			s->answers++;
		}
}

/* --- erasures --- */

static void all_uncertain(struct storm *s)
{
	unsigned int i;

	for (i = 0; i < NR_KEYS; i++)
		s->key[i].any = true;
}

static void begin_erasure(struct storm *s, u8 opcode, u32 nsid, u32 cdw10)
{
	struct nvme_sqe sqe = { .opcode = opcode, .nsid = cpu_to_le32(nsid),
				.cdw10 = cpu_to_le32(cdw10) };

	s->erases_keys = nsid != 1;
	if (s->erases_keys) {
		all_uncertain(s);
		s->epoch++;
	}
	s->erasing = true;
	s->erasures++;
	s->erase_cid = loop_submit(s->l, 0, &sqe);
}

static void end_erasure(struct storm *s)
{
	if (is_erasing_keys(s)) {
		s->epoch++;
		all_uncertain(s);
	}
	s->erasing = false;
}

/* --- admin --- */

static void take_admin(struct kunit *test, struct storm *s)
{
	struct loop_answer a;

	while (loop_poll(s->l, 0, &a)) {
		if (s->erasing && a.cid == s->erase_cid) {
			KUNIT_EXPECT_TRUE(test, !a.status ||
					  a.status == NVME_SC_FORMATTING ||
					  a.status == NVME_SC_SANITIZING);
			end_erasure(s);
			continue;
		}
		KUNIT_EXPECT_EQ(test, a.status & ~NVME_SC_ABORT_LIMIT, 0);
		s->aborts--;
	}
}

static void take_all(struct kunit *test, struct storm *s)
{
	take_io(test, s);
	take_admin(test, s);
}

/* Sends a command and waits for it. Earlier Aborts may complete, too. */
static u16 admin(struct kunit *test, struct storm *s, u8 opcode, u32 cdw10,
		 u32 cdw11)
{
	struct nvme_sqe sqe = { .opcode = opcode, .cdw10 = cpu_to_le32(cdw10),
				.cdw11 = cpu_to_le32(cdw11) };
	u16 status = loop_do(s->l, 0, &sqe).status;

	s->aborts -= s->l->nr_others - s->seen_others;
	s->seen_others = s->l->nr_others;
	return status;
}

static void wait_erasure(struct kunit *test, struct storm *s)
{
	while (s->erasing) {
		send_some(s);
		take_all(test, s);
	}
}

static void step_abort(struct kunit *test, struct storm *s)
{
	struct nvme_sqe sqe = { .opcode = NVME_ADMIN_ABORT };
	struct job *j = &s->job[rnd(s, DEPTH)];

	if (!j->busy || s->aborts >= 8)
		return;
	sqe.cdw10 = cpu_to_le32(j->qid | (u32)j->cid << 16);
	loop_submit(s->l, 0, &sqe);
	s->aborts++;
}

static void step_coalescing(struct kunit *test, struct storm *s)
{
	u32 vector = rnd(s, 8), setting = rnd(s, 4) << 8 | rnd(s, 4);

	wait_erasure(test, s);
	KUNIT_EXPECT_EQ(test, admin(test, s, NVME_ADMIN_SET_FEATURES,
				    NVME_FEAT_IRQ_COALESCE, setting), 0);
	KUNIT_EXPECT_EQ(test, admin(test, s, NVME_ADMIN_SET_FEATURES,
				    NVME_FEAT_IRQ_CONFIG,
				    vector | rnd(s, 2) << 16), 0);
}

/* Forgets the commands of a queue that is gone. Each was carried out or not. */
static void forget_queue(struct storm *s, u32 qid)
{
	unsigned int i;

	for (i = 0; i < DEPTH; i++)
		if (s->job[i].busy && (!qid || s->job[i].qid == qid))
			end_unknown(s, &s->job[i]);
}

static void step_queue(struct kunit *test, struct storm *s)
{
	u32 qid = 1 + rnd(s, NR_QUEUES);

	wait_erasure(test, s);
	/* Nothing is submitted to the queue until it exists again. */
	KUNIT_EXPECT_EQ(test, admin(test, s, NVME_ADMIN_DELETE_SQ, qid, 0), 0);
	take_io(test, s);
	forget_queue(s, qid);
	KUNIT_EXPECT_EQ(test, admin(test, s, NVME_ADMIN_DELETE_CQ, qid, 0), 0);
	KUNIT_ASSERT_EQ(test, loop_create_queue(s->l, qid), 0);
	s->aborts -= s->l->nr_others - s->seen_others;
	s->seen_others = s->l->nr_others;
	s->deletions++;
}

static void step_reset(struct kunit *test, struct storm *s)
{
	struct loop *l = s->l;

	/* Sometimes the host shuts down first, and may not wait for it. */
	if (rnd(s, 2)) {
		loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) |
						     (1 + rnd(s, 2)) << 14);
		loop_rounds(l, rnd(s, 3));
	}
	if (!rnd(s, 3))
		vkv_dev_function_reset(l->dev);
	KUNIT_ASSERT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, __atomic_load_n(&l->maps, __ATOMIC_RELAXED), 0u);
	take_all(test, s);
	end_erasure(s);
	s->aborts = 0;
	forget_queue(s, 0);
	l->used = s->mark;
	KUNIT_ASSERT_EQ(test, loop_enable(l, NR_QUEUES), 0);
	s->seen_others = l->nr_others;
	s->resets++;
}

static void step_erase(struct kunit *test, struct storm *s)
{
	static const u32 nsid[] = { 1, 1, 1, NSID_KV, NVME_NSID_ALL };

	wait_erasure(test, s);
	if (rnd(s, 4))
		begin_erasure(s, NVME_ADMIN_FORMAT,
			      nsid[rnd(s, ARRAY_SIZE(nsid))], rnd(s, 2) << 9);
	else
		begin_erasure(s, NVME_ADMIN_SANITIZE, 0,
			      NVME_SANITIZE_BLOCK_ERASE);
}

static void step_nothing(struct kunit *test, struct storm *s)
{
}

static void (*const steps[])(struct kunit *test, struct storm *s) = {
	step_abort, step_abort, step_abort, step_abort, step_abort,
	step_nothing, step_nothing, step_coalescing, step_queue, step_queue,
	step_reset, step_erase,
};

/* Waits until every command has completed and every key is certain. */
static void settle(struct kunit *test, struct storm *s)
{
	unsigned int i, left;

	do {
		left = 0;
		send_some(s);
		take_all(test, s);
		loop_rounds(s->l, 1);
		for (i = 0; i < NR_KEYS; i++)
			left += s->key[i].any || s->key[i].uncertain;
	} while (left || s->erasing);
	do {
		take_all(test, s);
		loop_rounds(s->l, 1);
		for (i = left = 0; i < DEPTH; i++)
			left += s->job[i].busy;
	} while (left || s->aborts);
}

static void run_storm(struct kunit *test, struct storm *s)
{
	unsigned int i, n;

	for (i = 0; i < STEPS; i++) {
		for (n = rnd(s, 6); n; n--) {
			send_some(s);
			loop_rounds(s->l, rnd(s, 3));
			take_all(test, s);
		}
		steps[rnd(s, ARRAY_SIZE(steps))](test, s);
	}
	settle(test, s);
}

static void storm(struct kunit *test, const char *timing,
		  unsigned int dispatchers, u32 inline_bytes, u64 seed)
{
	const struct vkv_dev_config cfg = {
		.mem_size = 32 << 20,
		.nr_workers = 2,
		.nr_dispatchers = dispatchers,
		.inline_bytes = inline_bytes,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.timing = timing,
		.serial = "VKVTEST0",
	};
	struct storm *s = calloc(1, sizeof(*s));
	unsigned int i;
	char why[200];

	s->state = seed;
	s->l = loop_create_cfg(&cfg);
	KUNIT_ASSERT_NOT_NULL(test, s->l);
	for (i = 0; i < DEPTH; i++)
		s->job[i].buf = loop_pages(s->l, 2);
	s->mark = s->l->used;
	loop_start_threads(s->l);
	KUNIT_ASSERT_EQ(test, loop_enable(s->l, NR_QUEUES), 0);
	run_storm(test, s);
	KUNIT_EXPECT_EQ(test, loop_disable(s->l), 0);
	loop_stop_threads(s->l);
	kunit_info(test, "%llu answers, %llu resets, %llu deletions, %llu erasures, %llu told",
		   s->answers, s->resets, s->deletions, s->erasures, s->told);
	KUNIT_EXPECT_TRUE(test, s->resets && s->deletions && s->erasures &&
			  s->told > NR_KEYS);
	KUNIT_EXPECT_TRUE_MSG(test, !vkv_ftl_check(s->l->dev->ftl, why,
						   sizeof(why)), "%s", why);
	loop_destroy(s->l);
	free(s);
}

static void storm_test(struct kunit *test)
{
	storm(test, NULL, 1, 0, SEED);
}

/* Each I/O queue has a dispatcher of its own. */
static void storm_of_two_test(struct kunit *test)
{
	storm(test, NULL, 2, 4096, SEED);
}

/* Commands wait for their time, so resets and Aborts meet them everywhere. */
static void slow_storm_test(struct kunit *test)
{
	storm(test, "simple", 1, 0, SEED);
}

static void slow_storm_of_two_test(struct kunit *test)
{
	storm(test, "simple", 2, 0, SEED);
}

/* A failed assertion ends this thread's part of the test. */
static void *storm_beside(void *arg)
{
	struct kunit *test = arg;

	if (!setjmp(test->out))
		storm(test, NULL, 2, 4096, SEED + 1);
	return NULL;
}

/*
 * Two devices in one program, each with a host of its own. They share nothing, so
 * ThreadSanitizer finds nothing, and each host has right answers.
 */
static void two_devices_test(struct kunit *test)
{
	struct kunit beside = { 0 };
	pthread_t thread;

	KUNIT_ASSERT_EQ(test, pthread_create(&thread, NULL, storm_beside,
					     &beside), 0);
	storm(test, "simple", 1, 0, SEED);
	pthread_join(thread, NULL);
	KUNIT_EXPECT_FALSE(test, beside.failed);
}

static struct kunit_case storm_cases[] = {
	KUNIT_CASE(storm_test),
	KUNIT_CASE(storm_of_two_test),
	KUNIT_CASE(slow_storm_test),
	KUNIT_CASE(slow_storm_of_two_test),
	KUNIT_CASE(two_devices_test),
	{}
};

static struct kunit_suite storm_suite = {
	.name = "storm",
	.test_cases = storm_cases,
};

kunit_test_suite(storm_suite);
