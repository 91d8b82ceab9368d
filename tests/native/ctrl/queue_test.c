// SPDX-License-Identifier: GPL-2.0
/*
 * Queues, and the states of the controller (base specification 2.0, sections
 * 3.1.3, 3.5, 3.6, and 5.4 to 5.7).
 */
#include "native/ctrl/world.h"

#define CCQ NVME_ADMIN_CREATE_CQ
#define CSQ NVME_ADMIN_CREATE_SQ
#define DCQ NVME_ADMIN_DELETE_CQ
#define DSQ NVME_ADMIN_DELETE_SQ
#define QUEUE(qid, entries) ((qid) | ((entries) - 1u) << 16)
#define SQES(n) ((n) << 16)
#define CQES(n) ((n) << 20)

/*
 * Sections 5.4 and 5.5: queue identifiers must be below the number that feature
 * 07h has allocated.
 */
static void allocated_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page;
	u32 v;

	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 0), 0);
	page = loop_pages(l, 1);
	/* Two completion queues, one submission queue (0's based). */
	KUNIT_EXPECT_EQ(test, feature(l, NVME_ADMIN_SET_FEATURES,
				      NVME_FEAT_NR_QUEUES, 0, 1 << 16 | 0, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 1u << 16);
	KUNIT_EXPECT_EQ(test, admin(l, CCQ, 0, QUEUE(3, 8), 3, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, CCQ, 0, QUEUE(2, 8), 3, page), 0);
	KUNIT_EXPECT_EQ(test, admin(l, CSQ, 0, QUEUE(2, 8), 1 | 2 << 16, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, CSQ, 0, QUEUE(1, 8), 1 | 2 << 16, page), 0);
	/*
	 * A queue identifier is in use. Then queues are deleted in the wrong
	 * order, and in the right one.
	 */
	KUNIT_EXPECT_EQ(test, admin(l, CSQ, 0, QUEUE(1, 8), 1 | 2 << 16, page),
			NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, DCQ, 0, 2, 0, 0), NVME_SC_DELETE_ORDER);
	KUNIT_EXPECT_EQ(test, admin(l, DSQ, 0, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, DCQ, 0, 2, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, DCQ, 0, 0, 0, 0), NVME_SC_QID_INVALID);
	KUNIT_EXPECT_EQ(test, admin(l, DSQ, 0, 0, 0, 0), NVME_SC_QID_INVALID);
	stop(test, l);
}

/* Submission queues share a completion queue. It must be deleted last. */
static void shared_cq_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);

	KUNIT_EXPECT_EQ(test, admin(l, CSQ, 0, QUEUE(3, 8), 1 | 1 << 16, page), 0);
	KUNIT_EXPECT_EQ(test, admin(l, DSQ, 0, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, DCQ, 0, 1, 0, 0), NVME_SC_DELETE_ORDER);
	KUNIT_EXPECT_EQ(test, admin(l, DSQ, 0, 3, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, DCQ, 0, 1, 0, 0), 0);
	stop(test, l);
}

static void enable_raw(struct loop *l, u32 cc)
{
	loop_set_reg(l, NVME_REG_CC, cc | NVME_CC_EN);
	loop_rounds(l, 5);
}

/* Section 3.1.3.5: entry sizes are checked when an I/O queue is created. */
static void entry_size_test(struct kunit *test)
{
	static const u32 bad[] = { SQES(6), CQES(4), SQES(5) | CQES(4),
				   SQES(6) | CQES(5) };
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i;
	u64 page;
	bool cq_fits;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 0), 0);
		/*
		 * Enables the controller again, with the same admin queues and
		 * other entry sizes.
		 */
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		l->q[0].tail = 0;
		l->q[0].head = 0;
		l->q[0].phase = 1;
		memset(l->q[0].cq, 0, 32 * 16);
		enable_raw(l, NVME_CC_CSS_CSI << 4 | bad[i]);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
		page = loop_pages(l, 1);
		cq_fits = NVME_CC_IOCQES(bad[i]) == 4;
		KUNIT_EXPECT_EQ(test, admin(l, CCQ, 0, QUEUE(1, 8), 3, page),
				cq_fits ? 0 : NVME_SC_QUEUE_SIZE);
		if (cq_fits)
			KUNIT_EXPECT_EQ(test, admin(l, CSQ, 0, QUEUE(1, 8),
						    1 | 1 << 16, page),
					NVME_SC_QUEUE_SIZE);
	}
	stop(test, l);
}

/* Section 3.1.3.6, CFS: after a fatal error nothing works until a reset. */
static void fatal_test(struct kunit *test)
{
	static const u32 bad_cc[] = { 1 << 4, 5 << 4, 7 << 4, 1 << 7, 15 << 7,
				      1 << 11, 7 << 11 };
	static const struct {
		unsigned int reg;
		u32 value;
	} bad_queue[] = {
		{ NVME_REG_AQA, 0 },
		{ NVME_REG_AQA, 31 },
		{ NVME_REG_AQA, 31 << 16 },
		{ NVME_REG_ASQ, 0x3000 },
		{ NVME_REG_ACQ, 0x3000 },
	};
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i, n = ARRAY_SIZE(bad_cc) + ARRAY_SIZE(bad_queue);
	struct nvme_sqe sqe = entry(NVME_ADMIN_KEEP_ALIVE, 0, 0, 0);
	struct loop_answer a;

	for (i = 0; i < n; i++) {
		unsigned int q = i - ARRAY_SIZE(bad_cc);
		u32 cc = SQES(6) | CQES(4) | NVME_CC_CSS_CSI << 4;

		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		if (i < ARRAY_SIZE(bad_cc))
			cc = bad_cc[i];
		else
			loop_set_reg(l, bad_queue[q].reg, bad_queue[q].value);
		enable_raw(l, cc);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_CFS);
		loop_submit(l, 0, &sqe);
		loop_rounds(l, 50);
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, l->maps, 0u);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		loop_rounds(l, 2);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	}
	KUNIT_EXPECT_EQ(test, l->warnings, n);
	stop(test, l);
}

/*
 * Section 3.6: a normal (01b) and an abrupt (10b) shutdown come while commands
 * are in progress.
 */
static void shutdown_busy_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	/* A Write Zeroes is not brief, so it is carried out by a worker. */
	struct nvme_sqe sqe = entry(NVME_NVM_WRITE_ZEROES, 1, 0, 0);
	struct loop_answer a;
	unsigned int shn, i;

	for (shn = 1; shn <= 2; shn++) {
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("keep"), "value", 5), 0);
		l->hold_workers = true;
		for (i = 0; i < 20; i++)
			loop_submit(l, 1 + i % 2, &sqe);
		loop_rounds(l, 2);
		loop_set_reg(l, NVME_REG_CC,
			     loop_reg(l, NVME_REG_CC) | shn << 14);
		loop_rounds(l, 5);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
				NVME_CSTS_RDY | NVME_CSTS_SHST_BUSY);
		l->hold_workers = false;
		loop_rounds(l, 10);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
				NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
		/* Nothing is fetched after the shutdown. */
		while (loop_poll(l, 1, &a))
			;
		loop_submit(l, 1, &sqe);
		loop_submit(l, 0, &sqe);
		loop_rounds(l, 20);
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 1, &a));
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
		loop_set_reg(l, NVME_REG_CC, 0);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("keep"), "value", 5));
	}
	stop(test, l);
}

/*
 * Sections 3.6.1 and 3.9: after CSTS shows the end of a shutdown, or CFS, there
 * are no completions. The Format goes on to its end, and its event is not
 * reported.
 */
static void quiet_test(struct kunit *test)
{
	struct nvme_sqe format = entry(NVME_ADMIN_FORMAT, 1, 0, 0);
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	struct nvme_sqe zeroes = entry(NVME_NVM_WRITE_ZEROES, 1, 0, 0);
	struct loop *l = start(test, DEV_SIZE);
	struct loop_answer a;
	unsigned int fatal;
	u32 v;

	for (fatal = 0; fatal <= 1; fatal++) {
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
		feature(l, NVME_ADMIN_SET_FEATURES, NVME_FEAT_ASYNC_EVENT, 0,
			NVME_AEC_NS_ATTR, &v);
		feature(l, NVME_ADMIN_SET_FEATURES, NVME_FEAT_KEEP_ALIVE, 0,
			1000, &v);
		l->hold_workers = true;
		loop_submit(l, 0, &aer);
		loop_submit(l, 0, &format);
		loop_submit(l, 2, &zeroes);
		loop_rounds(l, 2);
		if (fatal) {
			l->now += 3000000000ull;
		} else {
			loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) |
						     1 << 14);
		}
		loop_rounds(l, 20);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY |
				(fatal ? NVME_CSTS_CFS : NVME_CSTS_SHST_BUSY));
		l->hold_workers = false;
		loop_rounds(l, 3);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY |
				(fatal ? NVME_CSTS_CFS : NVME_CSTS_SHST_DONE));
		/* A shutdown waits for commands, CFS drops them. */
		KUNIT_EXPECT_EQ(test, loop_poll(l, 2, &a), !fatal);
		loop_rounds(l, 3000);
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 2, &a));
		KUNIT_EXPECT_FALSE(test, l->dev->quiesce.drain);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		KUNIT_EXPECT_EQ(test, v_exist(l, KEY("k")), NVME_SC_VENDOR_NO_KEY);
	}
	stop(test, l);
}

/* Section 3.6: a disabled controller can be shut down, too. */
static void shutdown_disabled_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);

	loop_rounds(l, 1);
	loop_set_reg(l, NVME_REG_CC, 1 << 14);
	loop_rounds(l, 3);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_SHST_DONE);
	loop_set_reg(l, NVME_REG_CC, 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

/* Section 4.1, FUSE: fused operations are not announced, so each is refused. */
static void fused_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe;
	u8 fuse;

	for (fuse = 1; fuse <= 3; fuse++) {
		sqe = entry(NVME_NVM_FLUSH, 1, 0, 0);
		sqe.flags = fuse;
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
				NVME_SC_INVALID_FIELD);
		sqe = entry(NVME_ADMIN_KEEP_ALIVE, 0, 0, 0);
		sqe.flags = fuse;
		KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status,
				NVME_SC_INVALID_FIELD);
	}
	/* There is no metadata, so the device ignores the metadata pointer. */
	sqe = entry(NVME_NVM_FLUSH, 1, 0, 0);
	sqe.mptr = cpu_to_le64(12345);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	sqe = entry(NVME_KV_EXIST, 2, 0, 1);
	sqe.mptr = cpu_to_le64(12345);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_KV_NO_KEY);
	stop(test, l);
}

#define LARGE (2 * LOOP_PAGE)

static u16 submit_retrieve(struct loop *l, u64 page)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_RETRIEVE, 1, LARGE / 4, 0);

	sqe.cdw12 = cpu_to_le32('k');
	sqe.prp1 = cpu_to_le64(page);
	sqe.prp2 = cpu_to_le64(page + LOOP_PAGE);
	return loop_submit(l, 1, &sqe);
}

static bool is_untouched(struct loop *l, u64 page)
{
	const u8 *p = loop_at(l, page);
	unsigned int i;

	for (i = 0; i < LARGE && p[i] == 0xee; i++)
		;
	return i == LARGE;
}

/*
 * PCI: without bus mastering a function does not touch the host's memory. Some
 * driver may have waited in vain for a reset. It relies on this, because its
 * buffers then belong to somebody else.
 */
static void bus_master_test(struct kunit *test)
{
	/* Workers carry out Retrieves here, so that the test can hold them. */
	struct loop *l = start_timed(test, NULL);
	u64 page = loop_pages(l, 2);
	struct loop_answer a, b;
	static u8 value[LARGE];

	memset(value, 0x55, LARGE);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, LARGE), 0);
	memset(loop_at(l, page), 0xee, LARGE);
	l->hold_workers = true;
	submit_retrieve(l, page);
	loop_rounds(l, 3);
	l->unreachable = true;
	l->hold_workers = false;
	submit_retrieve(l, page);
	loop_rounds(l, 20);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_TRUE(test, is_untouched(l, page));

	/* One command has lost its data. The other is fetched only now. */
	l->unreachable = false;
	loop_rounds(l, 20);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 1, &b));
	KUNIT_EXPECT_EQ(test, a.status + b.status, NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_TRUE(test, !memcmp(loop_at(l, page), value, LARGE));

	/* A reset does not need the host's memory. */
	memset(loop_at(l, page), 0xee, LARGE);
	l->hold_workers = true;
	submit_retrieve(l, page);
	loop_rounds(l, 3);
	l->unreachable = true;
	l->hold_workers = false;
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_TRUE(test, is_untouched(l, page));
	/*
	 * The controller is enabled too early. It gets ready as soon as it can
	 * reach its admin queues.
	 */
	KUNIT_ASSERT_EQ(test, loop_enable(l, 0), -1);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	KUNIT_EXPECT_EQ(test, l->warnings, 0u);
	l->unreachable = false;
	loop_rounds(l, 2);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("l"), "value", 5), 0);
	stop(test, l);
}

/* --- doorbells that cannot be right (section 5.2) --- */

/* Each write of a bad value is an error, even of the same value. */
static void bad_doorbell_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 errors = 0;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		loop_doorbell(l, 1, i % 2, 5000);
		loop_rounds(l, 5);
		KUNIT_EXPECT_EQ(test, l->dev->errors->nr_errors, ++errors);
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	}
	stop(test, l);
}

/* The tail goes round the ring and past the head while the queue is full. */
static void overrun_test(struct kunit *test)
{
	struct nvme_sqe sqe = entry(NVME_ADMIN_KEEP_ALIVE, 0, 0, 0);
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i, n, sent = 0;
	struct loop_answer a;

	/* Completions wait for room, until no command is free. */
	for (n = 0; n < 5; n++) {
		for (i = 0; i < 20; i++)
			loop_submit(l, 0, &sqe);
		sent += 20;
		loop_rounds(l, 5);
	}
	n = l->dev->queues.sq[0]->head;
	KUNIT_ASSERT_NE(test, n, l->q[0].tail);
	loop_doorbell(l, 0, false, (n + 1) % l->q[0].size);
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, l->dev->errors->nr_errors, 1ull);
	KUNIT_EXPECT_EQ(test, l->dev->queues.sq[0]->tail, l->q[0].tail);
	/* No command is lost. */
	for (i = 0; i < sent; i++) {
		loop_rounds(l, 2);
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_EQ(test, a.status, 0);
	}
	stop(test, l);
}

/* --- many queues, deep ones --- */

#define DEEP 1024u
#define MANY 64u
#define OUTSTANDING (DEEP - 1)

struct deep_queue {
	struct nvme_sqe *sq;
	struct nvme_cqe *cq;
	u32 tail;
	u32 head;
	u16 phase;
	u32 done;
	u8 seen[DEEP];
};

struct deep {
	struct loop *l;
	unsigned int nr;
	struct deep_queue q[MANY];
};

static void deep_create(struct kunit *test, struct deep *d, unsigned int i)
{
	u64 sq = loop_pages(d->l, DEEP * sizeof(struct nvme_sqe) / LOOP_PAGE);
	u64 cq = loop_pages(d->l, DEEP * sizeof(struct nvme_cqe) / LOOP_PAGE);
	u32 qid = i + 1;

	d->q[i] = (struct deep_queue){ .sq = loop_at(d->l, sq),
				       .cq = loop_at(d->l, cq), .phase = 1 };
	KUNIT_ASSERT_EQ(test, admin(d->l, CCQ, 0, QUEUE(qid, DEEP),
				    3 | qid << 16, cq), 0);
	KUNIT_ASSERT_EQ(test, admin(d->l, CSQ, 0, QUEUE(qid, DEEP),
				    1 | qid << 16, sq), 0);
}

static struct deep *deep_start(struct kunit *test, unsigned int nr,
			       unsigned int workers)
{
	const char *bytes = getenv("LOOP_INLINE");
	const struct vkv_dev_config cfg = {
		.mem_size = DEV_SIZE,
		.nr_workers = workers,
		.inline_bytes = bytes ? strtoul(bytes, NULL, 0) : 0,
		.nr_vectors = MANY + 1,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.serial = "VKVTEST0",
	};
	struct deep *d = calloc(1, sizeof(*d));
	unsigned int i;

	d->nr = nr;
	d->l = loop_create_cfg(&cfg);
	KUNIT_ASSERT_NOT_NULL(test, d->l);
	KUNIT_ASSERT_EQ(test, loop_enable(d->l, 0), 0);
	for (i = 0; i < nr; i++)
		deep_create(test, d, i);
	return d;
}

static void deep_submit(struct deep *d, unsigned int i, u16 cid)
{
	struct deep_queue *q = &d->q[i];
	struct nvme_sqe sqe = entry(NVME_KV_EXIST, 2, 0, 4);

	sqe.cid = cpu_to_le16(cid);
	memcpy(sqe.key_low, &cid, sizeof(cid));
	q->sq[q->tail] = sqe;
	q->tail = (q->tail + 1) % DEEP;
}

static void deep_ring(struct deep *d, unsigned int i)
{
	loop_doorbell(d->l, i + 1, false, d->q[i].tail);
	loop_doorbell(d->l, i + 1, true, d->q[i].head);
}

/* Takes the next completion. Returns false if there is none. */
static bool deep_poll(struct kunit *test, struct deep *d, unsigned int i,
		      u16 *cid)
{
	struct deep_queue *q = &d->q[i];
	const struct nvme_cqe *cqe = &q->cq[q->head];
	u32 high = le32_to_cpu(smp_load_acquire(&cqe->cid_status));

	if (((high >> 16) & 1) != q->phase)
		return false;
	KUNIT_EXPECT_EQ(test, high >> 17, NVME_SC_KV_NO_KEY);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(cqe->sq_id), i + 1);
	*cid = high % DEEP;
	q->done++;
	q->head = (q->head + 1) % DEEP;
	if (!q->head)
		q->phase ^= 1;
	return true;
}

/* Takes all completions. Each identifier of a queue may come only once. */
static void deep_reap(struct kunit *test, struct deep *d, unsigned int i)
{
	u16 cid;

	while (deep_poll(test, d, i, &cid))
		KUNIT_EXPECT_EQ(test, d->q[i].seen[cid]++, 0);
	deep_ring(d, i);
}

/* Submits each command again when it has completed. */
static void deep_again(struct kunit *test, struct deep *d, unsigned int i)
{
	u16 cid;

	while (deep_poll(test, d, i, &cid))
		deep_submit(d, i, cid);
	deep_ring(d, i);
}

static void deep_stop(struct kunit *test, struct deep *d)
{
	stop(test, d->l);
	free(d);
}

static void deep_fill(struct deep *d)
{
	unsigned int i, cid;

	for (i = 0; i < d->nr; i++)
		for (cid = 0; cid < OUTSTANDING; cid++)
			deep_submit(d, i, cid);
	for (i = 0; i < d->nr; i++)
		deep_ring(d, i);
}

static bool deep_done(const struct deep *d)
{
	unsigned int i;

	for (i = 0; i < d->nr; i++)
		if (d->q[i].done < OUTSTANDING)
			return false;
	return true;
}

static void expect_all_once(struct kunit *test, struct deep *d)
{
	unsigned int i, n, cid;

	for (n = 0; n < 2000000 && !deep_done(d); n++) {
		loop_rounds(d->l, 1);
		for (i = 0; i < d->nr; i++)
			deep_reap(test, d, i);
	}
	for (i = 0; i < d->nr; i++)
		for (cid = 0; cid < OUTSTANDING; cid++)
			KUNIT_ASSERT_EQ(test, d->q[i].seen[cid], 1);
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(d->l->dev, VKV_THREAD_COMMANDS) -
			vkv_stats_counter(d->l->dev, VKV_COUNT_ADMIN),
			(u64)d->nr * OUTSTANDING);
}

/*
 * The host submits sixteen times as many commands as the device has memory for.
 * The others stay in the host's queues. Admin commands still work.
 */
static void deep_queues_test(struct kunit *test)
{
	struct deep *d = deep_start(test, MANY, 2);

	d->l->hold_workers = true;
	deep_fill(d);
	loop_rounds(d->l, 3 * DEEP * MANY / VKV_NR_CMDS);
	KUNIT_EXPECT_EQ(test, admin(d->l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0), 0);
	d->l->hold_workers = false;
	expect_all_once(test, d);
	deep_stop(test, d);
}

static void deep_threads_test(struct kunit *test)
{
	struct deep *d = deep_start(test, MANY, 4);

	loop_start_threads(d->l);
	deep_fill(d);
	expect_all_once(test, d);
	loop_stop_threads(d->l);
	deep_stop(test, d);
}

/* When commands become free, every queue gets its share. */
static void no_queue_starves_test(struct kunit *test)
{
	struct deep *d = deep_start(test, 8, 1);
	unsigned int i, round;

	d->l->hold_workers = true;
	deep_fill(d);
	loop_rounds(d->l, 3 * DEEP);
	d->l->hold_workers = false;
	for (round = 0; round < 400; round++) {
		loop_rounds(d->l, 1);
		for (i = 0; i < d->nr; i++)
			deep_again(test, d, i);
	}
	for (i = 0; i < d->nr; i++)
		KUNIT_EXPECT_GT(test, d->q[i].done, 400 * 64 / 8 / 2);
	deep_stop(test, d);
}

static struct kunit_case queue_cases[] = {
	KUNIT_CASE(deep_queues_test),
	KUNIT_CASE(deep_threads_test),
	KUNIT_CASE(no_queue_starves_test),
	KUNIT_CASE(bus_master_test),
	KUNIT_CASE(bad_doorbell_test),
	KUNIT_CASE(overrun_test),
	KUNIT_CASE(allocated_test),
	KUNIT_CASE(shared_cq_test),
	KUNIT_CASE(entry_size_test),
	KUNIT_CASE(fatal_test),
	KUNIT_CASE(shutdown_busy_test),
	KUNIT_CASE(quiet_test),
	KUNIT_CASE(shutdown_disabled_test),
	KUNIT_CASE(fused_test),
	{}
};

static struct kunit_suite queue_suite = {
	.name = "queue",
	.test_cases = queue_cases,
};

kunit_test_suite(queue_suite);
