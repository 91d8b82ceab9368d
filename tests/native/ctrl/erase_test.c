// SPDX-License-Identifier: GPL-2.0
/* Format NVM and Sanitize: base specification 2.0, sections 5.14 and 5.24. */
#include "native/ctrl/world.h"
#include "ftl/record.h"

#define NR_KEYS 3000u

static u16 format(struct loop *l, u32 nsid, u32 dw10)
{
	return admin(l, NVME_ADMIN_FORMAT, nsid, dw10, 0, 0);
}

static u16 submit_format(struct loop *l, u32 nsid)
{
	struct nvme_sqe sqe = entry(NVME_ADMIN_FORMAT, nsid, 0, 0);

	return loop_submit(l, 0, &sqe);
}

static void get_log(struct kunit *test, struct loop *l, u8 lid, u64 page, u32 len)
{
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    lid | (len / 4 - 1) << 16, 0, page), 0);
}

static u64 used(struct loop *l, u32 nsid)
{
	return vkv_ns_used(l->dev, &l->dev->ns[nsid - 1]);
}

/* Stores blocks and keys, in every keyspace of both namespaces. */
static void fill(struct kunit *test, struct loop *l)
{
	u8 data[4096];
	u32 i;

	memset(data, 'd', sizeof(data));
	for (i = 0; i < NR_KEYS; i++) {
		const struct vkey k = { &i, 4 };

		KUNIT_ASSERT_EQ(test, v_store(l, k, &i, 4), 0);
		KUNIT_ASSERT_EQ(test, vendor(l, NVME_VENDOR_STORE, 0, k, 0, 0, &i,
					     4).status, 0);
		KUNIT_ASSERT_EQ(test, standard(l, NVME_KV_STORE, k, 0, &i, 4)
				.status, 0);
	}
	for (i = 0; i < 300; i++)
		KUNIT_ASSERT_EQ(test, block(l, NVME_NVM_WRITE, i * 8, 8, data)
				.status, 0);
}

static void expect_full(struct kunit *test, struct loop *l)
{
	u32 i = 7;
	const struct vkey k = { &i, 4 };
	u8 buf[512];

	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, k, &i, 4));
	KUNIT_EXPECT_TRUE(test, v_holds(l, 0, k, &i, 4));
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 17, 1, buf).status, 0);
	KUNIT_EXPECT_EQ(test, buf[3], 'd');
}

/* Expects that namespace 1 has neither keys nor blocks. */
static void expect_empty(struct kunit *test, struct loop *l)
{
	u8 buf[512], zero[512] = { 0 };
	u32 i;

	KUNIT_EXPECT_EQ(test, used(l, 1), 0ull);
	for (i = 0; i < NR_KEYS; i += 61) {
		const struct vkey k = { &i, 4 };

		KUNIT_EXPECT_EQ(test, v_exist(l, k), NVME_SC_VENDOR_NO_KEY);
		KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_EXIST, 0, k, 0, 0, NULL,
					     0).status, NVME_SC_VENDOR_NO_KEY);
	}
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 17, 1, buf).status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(buf, zero, 512), 0);
}

/* --- Format --- */

static void format_one_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 other;
	u32 i = 7;

	fill(test, l);
	other = used(l, 2);
	KUNIT_EXPECT_EQ(test, format(l, 1, 0), 0);
	expect_empty(test, l);
	KUNIT_EXPECT_EQ(test, used(l, 2), other);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_EXIST, (struct vkey){ &i, 4 }, 0,
				       NULL, 0).status, 0);
	/* Formats the KV namespace, with a user data erase. */
	KUNIT_EXPECT_EQ(test, format(l, 2, 1 << 9), 0);
	KUNIT_EXPECT_EQ(test, used(l, 2), 0ull);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_EXIST, (struct vkey){ &i, 4 }, 0,
				       NULL, 0).status, NVME_SC_KV_NO_KEY);
	/* Both namespaces can be used again. */
	fill(test, l);
	expect_full(test, l);
	/* A Format of namespace 2 leaves namespace 1 alone. */
	other = used(l, 1);
	KUNIT_EXPECT_EQ(test, format(l, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, used(l, 2), 0ull);
	KUNIT_EXPECT_EQ(test, used(l, 1), other);
	expect_full(test, l);
	stop(test, l);
}

static void format_all_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);

	fill(test, l);
	KUNIT_EXPECT_EQ(test, format(l, NVME_NSID_ALL, 0), 0);
	expect_empty(test, l);
	KUNIT_EXPECT_EQ(test, used(l, 2), 0ull);
	/* The namespaces are empty already. */
	KUNIT_EXPECT_EQ(test, format(l, NVME_NSID_ALL, 0), 0);
	stop(test, l);
}

static void format_errors_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);

	fill(test, l);
	KUNIT_EXPECT_EQ(test, format(l, 0, 0), NVME_SC_INVALID_NS);
	KUNIT_EXPECT_EQ(test, format(l, 3, 0), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, format(l, 17, 0), NVME_SC_INVALID_NS);
	KUNIT_EXPECT_EQ(test, format(l, 1, 1), NVME_SC_INVALID_FORMAT);
	KUNIT_EXPECT_EQ(test, format(l, 1, 1 << 12), NVME_SC_INVALID_FORMAT);
	KUNIT_EXPECT_EQ(test, format(l, 1, 1 << 5), NVME_SC_INVALID_FORMAT);
	/* FNA announces no cryptographic erase. */
	KUNIT_EXPECT_EQ(test, format(l, 1, 2 << 9), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, format(l, 1, 7 << 9), NVME_SC_INVALID_FIELD);
	expect_full(test, l);
	stop(test, l);
}

/* Runs an erasure up to the round in which its worker has done all. */
static void run_job(struct kunit *test, struct loop *l)
{
	unsigned int i;

	l->woken = 0;
	for (i = 0; i < 5000 && l->dev->erase->job != VKV_JOB_DONE; i++) {
		KUNIT_ASSERT_EQ(test, l->woken & 1, 0u);
		loop_rounds(l, 1);
	}
	KUNIT_ASSERT_LT(test, i, 5000u);
}

/*
 * The first dispatcher may sleep through a long erasure. The worker wakes it at
 * the end, because nobody else would.
 */
static void erase_wake_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_ADMIN_SANITIZE, 0, 2, 0);
	struct loop_answer a;

	fill(test, l);
	submit_format(l, 1);
	run_job(test, l);
	KUNIT_EXPECT_EQ(test, l->woken & 1, 1u);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	loop_rounds(l, 2);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	loop_submit(l, 0, &sqe);
	run_job(test, l);
	KUNIT_EXPECT_EQ(test, l->woken & 1, 1u);
	loop_rounds(l, 2);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	stop(test, l);
}

/* Section 5.14: a Format blocks its namespace and no other. */
static void format_meanwhile_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_id_ns *id = loop_at(l, page);
	struct loop_answer a;
	u32 i = 7;
	u16 cid;

	fill(test, l);
	cid = submit_format(l, 1);
	loop_rounds(l, 5);
	KUNIT_ASSERT_FALSE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("k")), NVME_SC_FORMATTING);
	KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_EXIST, 0, KEY("k"), 0, 0, NULL,
				     0).status, NVME_SC_FORMATTING);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_EXIST, (struct vkey){ &i, 4 }, 0,
				       NULL, 0).status, 0);
	KUNIT_EXPECT_EQ(test, format(l, 2, 0), NVME_SC_FORMATTING);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_SANITIZE, 0, 2, 0, 0),
			NVME_SC_FORMATTING);
	/* The format progress indicator says that something is left. */
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_IDENTIFY, 1, NVME_CNS_NS, 0,
				    page), 0);
	KUNIT_EXPECT_EQ(test, id->fpi & 0x80, 0x80);
	KUNIT_EXPECT_GT(test, id->fpi & 0x7f, 0);
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);
	loop_rounds(l, 2000);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.cid, cid);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_IDENTIFY, 1, NVME_CNS_NS, 0,
				    page), 0);
	KUNIT_EXPECT_EQ(test, id->fpi, 0x80);
	KUNIT_EXPECT_EQ(test, id->nuse, 0ull);
	expect_empty(test, l);
	stop(test, l);
}

/* A Format comes while one command is on a ring and another is parked. */
static void format_waiting_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_dsm_range *r = loop_at(l, page);
	struct nvme_sqe dsm = entry(NVME_NVM_DSM, 1, 0, NVME_DSM_DEALLOCATE);
	/* An Append is not brief, so it is carried out by a worker. */
	struct nvme_sqe append = entry(NVME_VENDOR_APPEND, 1, 1, 0);
	struct loop_answer a;
	unsigned int i;

	fill(test, l);
	r->nlb = cpu_to_le32(l->dev->ns[0].nr_lbas);
	dsm.prp1 = cpu_to_le64(page);
	append.prp1 = cpu_to_le64(loop_pages(l, 1));
	loop_submit(l, 1, &dsm);
	loop_rounds(l, 1);
	l->hold_workers = true;
	loop_submit(l, 1, &append);
	loop_rounds(l, 1);
	submit_format(l, 1);
	loop_rounds(l, 20);
	/* The fence waits for the workers. */
	KUNIT_EXPECT_GT(test, used(l, 1), 0ull);
	l->hold_workers = false;
	loop_rounds(l, 2000);
	for (i = 0; i < 2; i++) {
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
		KUNIT_EXPECT_EQ(test, a.status, NVME_SC_FORMATTING);
	}
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.status, 0);
	expect_empty(test, l);
	stop(test, l);
}

/* The Format erases no key until every worker has ended its current round. */
static void format_fence_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct loop_answer a;
	unsigned int i;
	u64 before;

	fill(test, l);
	before = used(l, 1);
	submit_format(l, 1);
	for (i = 0; i < 200; i++) {
		l->now += 1000;
		loop_dispatchers_round(l);
		vkv_worker_round(vkv_dev_worker(l->dev, 0), l->now);
	}
	KUNIT_EXPECT_EQ(test, used(l, 1), before);
	KUNIT_EXPECT_TRUE(test, vkv_worker_pending(vkv_dev_worker(l->dev, 1)));
	vkv_worker_round(vkv_dev_worker(l->dev, 1), l->now);
	KUNIT_EXPECT_FALSE(test, vkv_worker_pending(vkv_dev_worker(l->dev, 1)));
	loop_rounds(l, 2000);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	expect_empty(test, l);
	stop(test, l);
}

/* An iterator read is blocked with its iterator's namespace. */
static void format_iterator_test(struct kunit *test)
{
	static const u32 nsid[] = { 2, 77, 1 };
	const struct vkv_dev_config cfg = {
		.mem_size = DEV_SIZE,
		.nr_workers = 2,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_BLOCK, 0 } },
		.nr_ns = 2,
		.serial = "VKVTEST0",
	};
	struct loop *l = loop_create_cfg(&cfg);
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_REQUEST, 2, 0,
				    (NVME_VENDOR_ITER_OPEN |
				     NVME_VENDOR_ITER_KEY) << 8);
	struct loop_answer a;
	unsigned int i, n;
	u32 handle;

	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_STORE, 2, KEY("key"), 0, 0,
				     "v", 1).status, 0);
	a = loop_do(l, 1, &sqe);
	KUNIT_EXPECT_EQ(test, a.status, 0);
	handle = a.dw0;
	submit_format(l, 2);
	/* The fence waits for worker 1, which makes no round. */
	for (i = 0; i < ARRAY_SIZE(nsid); i++) {
		sqe = entry(NVME_VENDOR_ITER_READ, nsid[i], 1024, handle);
		sqe.prp1 = cpu_to_le64(loop_pages(l, 1));
		loop_submit(l, 1, &sqe);
		for (n = 0; n < 5; n++) {
			loop_dispatchers_round(l);
			vkv_worker_round(vkv_dev_worker(l->dev, 0), l->now);
		}
		if (loop_poll(l, 1, &a))
			KUNIT_EXPECT_EQ(test, a.status, NVME_SC_FORMATTING);
	}
	loop_rounds(l, 2000);
	while (loop_poll(l, 1, &a))
		KUNIT_EXPECT_EQ(test, a.status, NVME_SC_FORMATTING);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 0, &a));
	stop(test, l);
}

/* A reset drops the Format command. The whole namespace is still erased. */
static void format_reset_test(struct kunit *test)
{
	unsigned int round;
	struct loop *l = start(test, DEV_SIZE);

	for (round = 0; round < 6; round++) {
		fill(test, l);
		submit_format(l, 1);
		loop_rounds(l, round * 2);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		KUNIT_EXPECT_EQ(test, l->maps, 0u);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		loop_rounds(l, 2000);
		if (round)
			expect_empty(test, l);
		else
			KUNIT_EXPECT_EQ(test, format(l, 1, 0), 0);
	}
	stop(test, l);
}

/* Sections 5.2 and 5.16.1.5: the changed namespace list, read once. */
static void format_event_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	u64 page = loop_pages(l, 1);
	__le32 *list = loop_at(l, page);
	u32 v;

	loop_submit(l, 0, &aer);
	KUNIT_EXPECT_EQ(test, format(l, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_SET_FEATURES,
				      NVME_FEAT_ASYNC_EVENT, 0, NVME_AEC_NS_ATTR,
				      &v), 0);
	KUNIT_EXPECT_EQ(test, format(l, 1, 0), 0);
	KUNIT_ASSERT_EQ(test, l->nr_others, 1u);
	KUNIT_EXPECT_EQ(test, l->other[0].dw0, NVME_AEN_NS_ATTR);
	get_log(test, l, NVME_LOG_CHANGED_NS, page, 4096);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[0]), 1u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[1]), 2u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[2]), 0u);
	get_log(test, l, NVME_LOG_CHANGED_NS, page, 4096);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[0]), 0u);
	stop(test, l);
}

/* --- Sanitize --- */

static u16 sanitize(struct loop *l, u32 dw10)
{
	return admin(l, NVME_ADMIN_SANITIZE, 0, dw10, 0, 0);
}

static void sanitize_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_sanitize_log *log = loop_at(l, page);
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	struct nvme_sqe beyond = entry(NVME_NVM_READ, 1, ~0u, 1);
	const struct nvme_error_entry *errors = loop_at(l, page);
	const struct nvme_id_ns *id = loop_at(l, page);
	struct loop_answer a;
	u32 before, i;

	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &beyond).status, NVME_SC_LBA_RANGE);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat), NVME_SANITIZE_ERASED);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sprog), 0xffff);
	fill(test, l);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat), NVME_SANITIZE_NEVER);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(log->block_time), 1u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(log->crypto_time), 0xffffffffu);

	loop_submit(l, 0, &aer);
	/* The Sanitize command completes, and the operation goes on. */
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	KUNIT_EXPECT_GT(test, used(l, 1), 0ull);
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);
	for (i = before = 0; i < 20; i++) {
		get_log(test, l, NVME_LOG_SANITIZE, page, 512);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat),
				NVME_SANITIZE_RUNNING);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(log->scdw10), 2u);
		KUNIT_EXPECT_GE(test, le16_to_cpu(log->sprog), before);
		before = le16_to_cpu(log->sprog);
	}
	KUNIT_EXPECT_GT(test, before, 0u);
	KUNIT_EXPECT_LT(test, before, 0xffffu);
	/*
	 * No Format is in progress, so FPI says so. The error log does not
	 * reveal an LBA (section 8.20, log page 01h).
	 */
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_IDENTIFY, 1, NVME_CNS_NS, 0,
				    page), 0);
	KUNIT_EXPECT_EQ(test, id->fpi, 0x80);
	get_log(test, l, NVME_LOG_ERROR, page, 64);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(errors->status), NVME_SC_LBA_RANGE << 1);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(errors->lba), 0ull);
	/* Commands that touch user data fail. Others are carried out. */
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("k")), NVME_SC_SANITIZING);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_EXIST, KEY("k"), 0, NULL, 0)
			.status, NVME_SC_SANITIZING);
	KUNIT_EXPECT_EQ(test, format(l, 1, 0), NVME_SC_SANITIZING);
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), NVME_SC_SANITIZING);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, 0,
				    NVME_LOG_VENDOR_ITERATORS | 63 << 16, 0, page),
			NVME_SC_SANITIZING);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0), 0);
	get_log(test, l, NVME_LOG_SMART, page, 512);
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);

	loop_rounds(l, 3000);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.dw0, NVME_AEN_SANITIZE);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat),
			NVME_SANITIZE_DONE | NVME_SANITIZE_ERASED);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sprog), 0xffff);
	expect_empty(test, l);
	KUNIT_EXPECT_EQ(test, used(l, 2), 0ull);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat), NVME_SANITIZE_DONE);
	stop(test, l);
}

/*
 * A store may be fetched before the Sanitize ends and executed after that. It
 * counts as a write after the Sanitize.
 */
static void sanitize_end_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 2);
	struct nvme_sanitize_log *log = loop_at(l, page);
	struct nvme_sqe store = entry(NVME_VENDOR_STORE, 1, 1, 0);
	struct loop_answer a = { .status = NVME_SC_SANITIZING };
	unsigned int i;

	store.prp1 = cpu_to_le64(page + LOOP_PAGE);
	fill(test, l);
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	for (i = 0; i < 3000 && a.status == NVME_SC_SANITIZING; i++) {
		loop_submit(l, 1, &store);
		loop_rounds(l, 1);
		while (loop_poll(l, 1, &a) && a.status == NVME_SC_SANITIZING)
			;
	}
	KUNIT_EXPECT_EQ(test, a.status, 0);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat), NVME_SANITIZE_DONE);
	stop(test, l);
}

static bool answered_early;

/* Runs in the middle of a worker's round. Only dispatchers make rounds here. */
static void sanitize_meanwhile(struct loop *l)
{
	struct nvme_sqe sqe = entry(NVME_ADMIN_SANITIZE, 0, 2, 0);
	struct loop_answer a;
	unsigned int i;

	l->on_map = NULL;
	loop_submit(l, 0, &sqe);
	for (i = 0; i < 9; i++)
		loop_dispatchers_round(l);
	answered_early = loop_poll(l, 0, &a);
}

/*
 * A worker's round that began before a Sanitize may still carry out commands
 * that it found unblocked. The Sanitize must not complete before that round has
 * ended. Otherwise a store that completes after the Sanitize could be erased.
 */
static void sanitize_fence_test(struct kunit *test)
{
	struct loop *l = start_timed(test, NULL);
	u32 i = 7;
	const struct vkey k = { &i, 4 };
	struct nvme_sqe sqe = entry(NVME_NVM_READ, 1, 0, 0);
	struct loop_answer a;

	KUNIT_ASSERT_EQ(test, v_store(l, k, &i, 4), 0);
	sqe.prp1 = cpu_to_le64(loop_pages(l, 1));
	loop_submit(l, 1, &sqe);
	answered_early = true;
	l->on_map = sanitize_meanwhile;
	loop_rounds(l, 3);
	KUNIT_EXPECT_TRUE(test, !l->on_map);
	KUNIT_EXPECT_FALSE(test, answered_early);
	loop_rounds(l, 99);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_NE(test, v_exist(l, k), 0);
	stop(test, l);
}

static void sanitize_reset_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sanitize_log *log;
	u64 page;

	fill(test, l);
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	page = loop_pages(l, 1);
	log = loop_at(l, page);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat), NVME_SANITIZE_RUNNING);
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("k")), NVME_SC_SANITIZING);
	loop_rounds(l, 3000);
	expect_empty(test, l);
	stop(test, l);
}

static void sanitize_errors_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_sanitize_log *log = loop_at(l, page);
	u32 v;

	fill(test, l);
	KUNIT_EXPECT_EQ(test, sanitize(l, 0), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, sanitize(l, 3), NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, sanitize(l, 4), NVME_SC_INVALID_FIELD);
	/* Exit Failure Mode does nothing when there is no failure. */
	KUNIT_EXPECT_EQ(test, sanitize(l, 1), 0);
	/*
	 * SANICAP.NDI: a Sanitize without deallocation is refused. When feature
	 * 17h allows it, it deallocates nevertheless.
	 */
	KUNIT_EXPECT_EQ(test, sanitize(l, 2 | 1 << 9), NVME_SC_INVALID_FIELD);
	expect_full(test, l);
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_SET_FEATURES,
				      NVME_FEAT_SANITIZE, 0, 1, &v), 0);
	KUNIT_EXPECT_EQ(test, sanitize(l, 2 | 1 << 9), 0);
	loop_rounds(l, 3000);
	get_log(test, l, NVME_LOG_SANITIZE, page, 512);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sstat),
			NVME_SANITIZE_DEALLOCATED | NVME_SANITIZE_ERASED);
	expect_empty(test, l);
	stop(test, l);
}

/* Finds bytes in the device's memory. Returns NULL if they are not there. */
static const u8 *find(struct loop *l, const void *what, u32 len)
{
	return memmem(l->cfg.mem, l->cfg.mem_size, what, len);
}

/*
 * Section 8.21: old data must not stay anywhere in the media. Here it is in
 * memory that was never used.
 */
static void sanitize_unused_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 before[64];

	/* loop_create() leaves this in free segments and index pages. */
	memset(before, 0xa5, sizeof(before));
	KUNIT_EXPECT_TRUE(test, find(l, before, sizeof(before)));
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	loop_rounds(l, 3000);
	KUNIT_EXPECT_FALSE(test, find(l, before, sizeof(before)));
	fill(test, l);
	expect_full(test, l);
	stop(test, l);
}

/*
 * Old data of other kinds does not stay either: replaced and deleted versions,
 * large values, blocks.
 */
static void sanitize_wipes_test(struct kunit *test)
{
	static const char *const gone[] = {
		"first value of a key", "second value of a key", "key of vendor",
		"key of standard", "a deleted value", "a block of data",
		"a large value", "what was there before",
	};
	struct loop *l = loop_create(DEV_SIZE, 2);
	u8 *buf = calloc(1, 300000), *mem = l->cfg.mem;
	const struct vkey key = KEY("key of vendor");
	unsigned int i;

	/* This place is far beyond the used memory. */
	memcpy(mem + DEV_SIZE - 5000, gone[7], strlen(gone[7]));
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	fill(test, l);
	memcpy(buf, gone[5], strlen(gone[5]));
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 4096, 8, buf).status, 0);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, v_store(l, key, gone[i], strlen(gone[i])), 0);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_STORE, KEY("key of standard"), 0,
				       (void *)gone[4], strlen(gone[4])).status, 0);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_DELETE, KEY("key of standard"), 0,
				       NULL, 0).status, 0);
	memcpy(buf + 250000, gone[6], strlen(gone[6]));
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("large"), buf, 300000), 0);
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		KUNIT_EXPECT_TRUE_MSG(test, find(l, gone[i], strlen(gone[i])),
				      "'%s' was not there", gone[i]);
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	loop_rounds(l, 6000);
	KUNIT_EXPECT_EQ(test, v_exist(l, key), NVME_SC_VENDOR_NO_KEY);
	for (i = 0; i < ARRAY_SIZE(gone); i++)
		KUNIT_EXPECT_TRUE_MSG(test, !find(l, gone[i], strlen(gone[i])),
				      "'%s' is still there", gone[i]);
	/* Another Sanitize erases everything that was stored since. */
	fill(test, l);
	KUNIT_EXPECT_EQ(test, v_store(l, key, gone[0], strlen(gone[0])), 0);
	expect_full(test, l);
	KUNIT_EXPECT_TRUE(test, find(l, gone[0], strlen(gone[0])));
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	loop_rounds(l, 6000);
	expect_empty(test, l);
	KUNIT_EXPECT_FALSE(test, find(l, gone[0], strlen(gone[0])));
	KUNIT_EXPECT_FALSE(test, find(l, "dddddddd", 8));
	free(buf);
	stop(test, l);
}

/*
 * A Sanitize fails, as if keys had remained. User data cannot be reached until
 * the host has dealt with that.
 */
static void sanitize_failure_test(struct kunit *test)
{
	static const u32 unrestricted[] = { 0, 1 << 3 };
	unsigned int i;
	struct loop *l = start(test, DEV_SIZE);

	for (i = 0; i < ARRAY_SIZE(unrestricted); i++) {
		fill(test, l);
		KUNIT_EXPECT_EQ(test, sanitize(l, 2 | unrestricted[i]), 0);
		loop_rounds(l, 1);
		l->dev->erase->failed = true;
		loop_rounds(l, 3000);
		KUNIT_EXPECT_EQ(test, v_exist(l, KEY("k")),
				NVME_SC_SANITIZE_FAILED);
		KUNIT_EXPECT_EQ(test, format(l, 1, 0), NVME_SC_SANITIZE_FAILED);
		KUNIT_EXPECT_EQ(test, sanitize(l, 1), unrestricted[i] ?
				0 : NVME_SC_SANITIZE_FAILED);
		KUNIT_EXPECT_EQ(test, v_exist(l, KEY("k")), unrestricted[i] ?
				NVME_SC_VENDOR_NO_KEY : NVME_SC_SANITIZE_FAILED);
		KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
		loop_rounds(l, 3000);
		expect_empty(test, l);
	}
	stop(test, l);
}

/* --- Damaged memory --- */

/*
 * Damages the records of some keys and blocks: lengths, checksums, keys, and
 * everything.
 */
static u32 harm_some(struct loop *l)
{
	u8 *mem = l->cfg.mem;
	u32 harmed = 0;
	u64 at;

	for (at = 0; at + 64 <= l->cfg.mem_size; at += VKV_ALIGN) {
		struct vkv_record *rec = (void *)(mem + at);
		bool key = rec->key_len == 4 && rec->value_len == 4;
		bool unit = rec->key_len == 8 && rec->value_len == 4096;

		if (rec->type != VKV_RECORD_VALUE ||
		    rec->state != VKV_RECORD_LIVE || (!key && !unit) ||
		    rec->seq % 100 > 3)
			continue;
		switch (harmed++ % 4) {
		case 0:
			rec->value_len ^= 1u << 30;
			break;
		case 1:
			rec->checksum ^= 1;
			break;
		case 2:
			rec->key[0] ^= 4;
			break;
		default:
			memset(rec, 0xff, 32);
		}
	}
	return harmed;
}

static void format_damaged_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fill(test, l);
		KUNIT_EXPECT_GT(test, harm_some(l), 100u);
		KUNIT_EXPECT_EQ(test, format(l, 1, 0), 0);
		expect_empty(test, l);
		KUNIT_EXPECT_GT(test, used(l, 2), 0ull);
		KUNIT_EXPECT_EQ(test, format(l, 2, 0), 0);
		KUNIT_EXPECT_EQ(test, used(l, 2), 0ull);
	}
	fill(test, l);
	expect_full(test, l);
	/* The damaged records are garbage by now, and are overwritten. */
	KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
	loop_rounds(l, 6000);
	stop(test, l);
}

static void sanitize_damaged_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fill(test, l);
		KUNIT_EXPECT_GT(test, harm_some(l), 100u);
		KUNIT_EXPECT_EQ(test, sanitize(l, 2), 0);
		loop_rounds(l, 6000);
		expect_empty(test, l);
		KUNIT_EXPECT_EQ(test, used(l, 2), 0ull);
	}
	fill(test, l);
	expect_full(test, l);
	stop(test, l);
}

static struct kunit_case erase_cases[] = {
	KUNIT_CASE(format_one_test),
	KUNIT_CASE(format_all_test),
	KUNIT_CASE(format_errors_test),
	KUNIT_CASE(format_meanwhile_test),
	KUNIT_CASE(format_waiting_test),
	KUNIT_CASE(erase_wake_test),
	KUNIT_CASE(format_fence_test),
	KUNIT_CASE(format_iterator_test),
	KUNIT_CASE(format_reset_test),
	KUNIT_CASE(format_event_test),
	KUNIT_CASE(sanitize_test),
	KUNIT_CASE(sanitize_end_test),
	KUNIT_CASE(sanitize_fence_test),
	KUNIT_CASE(sanitize_reset_test),
	KUNIT_CASE(sanitize_errors_test),
	KUNIT_CASE(sanitize_unused_test),
	KUNIT_CASE(sanitize_wipes_test),
	KUNIT_CASE(sanitize_failure_test),
	KUNIT_CASE(format_damaged_test),
	KUNIT_CASE(sanitize_damaged_test),
	{}
};

static struct kunit_suite erase_suite = {
	.name = "erase",
	.test_cases = erase_cases,
};

kunit_test_suite(erase_suite);
