// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics: histograms compared with sorted samples, sums over threads,
 * resets, and the texts.
 */
#include "native/ctrl/world.h"

#define NR_SAMPLES 5000u
#define ROW_ADMIN_UNKNOWN VKV_ROW_UNKNOWN

/* --- histograms --- */

static unsigned int slow_bucket_of(u64 value)
{
	unsigned int i;

	for (i = 0; i + 1 < VKV_NR_BUCKETS; i++)
		if (value < vkv_bucket_from(i + 1))
			break;
	return i;
}

static void bucket_bounds(struct kunit *test)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, vkv_bucket_from(0), 0ull);
	KUNIT_EXPECT_EQ(test, vkv_bucket_from(VKV_NR_BUCKETS - 1), 1ull << 40);
	for (i = 0; i < VKV_NR_BUCKETS; i++) {
		u64 from = vkv_bucket_from(i), to = vkv_bucket_from(i + 1);

		KUNIT_ASSERT_LT(test, from, to);
		KUNIT_EXPECT_EQ(test, vkv_bucket_of(from), i);
		KUNIT_EXPECT_EQ(test, vkv_bucket_of(to - 1), i);
		/* There are eight buckets for each power of two. */
		if (i >= 8 && i + 1 < VKV_NR_BUCKETS)
			KUNIT_EXPECT_LE(test, (to - from) * 8, from);
	}
}

static void bucket_search(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < 20000; i++) {
		u64 value = ((u64)rnd(~0u) << 32 | rnd(~0u)) >> rnd(64);

		KUNIT_ASSERT_EQ(test, vkv_bucket_of(value), slow_bucket_of(value));
	}
	KUNIT_EXPECT_EQ(test, vkv_bucket_of(~0ull), VKV_NR_BUCKETS - 1);
}

/* --- rows --- */

static unsigned int find_row(struct loop *l, u32 nsid, u8 opcode)
{
	unsigned int row;

	for (row = 0; row < VKV_NR_ROWS; row++) {
		u32 found;
		const struct vkv_opcode *op;

		if (!vkv_stats_has_row(l->dev, row))
			continue;
		op = vkv_stats_name_row(l->dev, row, &found);
		if (op && found == nsid && op->opcode == opcode)
			return row;
	}
	return ~0u;
}

static u64 count_of(struct loop *l, u32 nsid, u8 opcode,
		    enum vkv_row_counter counter)
{
	unsigned int row = find_row(l, nsid, opcode);

	return row == ~0u ? ~0ull : vkv_stats_row(l->dev, row, counter);
}

#define EXPECT_ROW(l, nsid, opcode, counter, n) \
	KUNIT_EXPECT_EQ(test, count_of(l, nsid, opcode, counter), (u64)(n))

/* Two rows with the same name could not be told apart. */
static void rows_have_one_name(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	unsigned int row;

	for (row = 0; row < VKV_NR_ROWS; row++) {
		u32 nsid;
		const struct vkv_opcode *op;

		if (!vkv_stats_has_row(l->dev, row))
			continue;
		op = vkv_stats_name_row(l->dev, row, &nsid);
		if (op)
			KUNIT_EXPECT_EQ(test, find_row(l, nsid, op->opcode), row);
		else
			KUNIT_EXPECT_EQ(test, row, ROW_ADMIN_UNKNOWN);
	}
	stop(test, l);
}

static void commands_are_counted(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe bad = entry(0xee, 1, 0, 0);
	u8 buf[4096] = { 1 };

	v_store(l, KEY("a"), buf, 1000);
	v_store(l, KEY("b"), buf, 24);
	v_exist(l, KEY("a"));
	v_exist(l, KEY("none"));
	vendor(l, NVME_VENDOR_STORE, 1, KEY("a"), 2, 0, buf, 100);
	standard(l, NVME_KV_STORE, KEY("s"), 0, buf, 500);
	standard(l, NVME_KV_RETRIEVE, KEY("s"), 0, buf, 500);
	standard(l, NVME_KV_RETRIEVE, KEY("none"), 0, buf, 500);
	standard(l, NVME_KV_DELETE, KEY("none"), 0, NULL, 0);
	block(l, NVME_NVM_WRITE, 0, 8, buf);
	block(l, NVME_NVM_READ, 0, 4, buf);
	loop_do(l, 1, &bad);

	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_ROW_COMMANDS, 3);
	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_ROW_BYTES, 1024);
	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_STATUS_OK, 2);
	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_STATUS_EXISTS, 1);
	EXPECT_ROW(l, 1, NVME_VENDOR_EXIST, VKV_ROW_HITS, 1);
	EXPECT_ROW(l, 1, NVME_VENDOR_EXIST, VKV_ROW_MISSES, 1);
	EXPECT_ROW(l, 1, NVME_VENDOR_EXIST, VKV_STATUS_NO_KEY, 1);
	EXPECT_ROW(l, 2, NVME_KV_STORE, VKV_ROW_BYTES, 500);
	EXPECT_ROW(l, 2, NVME_KV_RETRIEVE, VKV_ROW_COMMANDS, 2);
	EXPECT_ROW(l, 2, NVME_KV_RETRIEVE, VKV_ROW_HITS, 1);
	EXPECT_ROW(l, 2, NVME_KV_RETRIEVE, VKV_ROW_BYTES, 500);
	/* Deleting an absent key is no error, but counts as a miss. */
	EXPECT_ROW(l, 2, NVME_KV_DELETE, VKV_STATUS_OK, 1);
	EXPECT_ROW(l, 2, NVME_KV_DELETE, VKV_ROW_MISSES, 1);
	EXPECT_ROW(l, 1, NVME_NVM_WRITE, VKV_ROW_BYTES, 4096);
	EXPECT_ROW(l, 1, NVME_NVM_READ, VKV_ROW_BYTES, 2048);
	KUNIT_EXPECT_EQ(test, vkv_stats_row(l->dev, ROW_ADMIN_UNKNOWN,
					    VKV_STATUS_INVALID), 1ull);
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(l->dev, VKV_COUNT_ERRORS), 1ull);
	stop(test, l);
}

/* An iterator read counts for its iterator's namespace, with any NSID. */
static void iterator_reads_are_counted(struct kunit *test)
{
	static const u32 nsid[] = { 0, 1, 2, 3, 77, NVME_NSID_ALL };
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_REQUEST, 1, 0,
				    NVME_VENDOR_ITER_OPEN << 8 |
				    NVME_VENDOR_ITER_KEY << 8);
	u64 page = loop_pages(l, 1);
	u32 i;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	KUNIT_ASSERT_EQ(test, loop_do(l, 1, &sqe).dw0, 1u);
	for (i = 0; i < ARRAY_SIZE(nsid); i++) {
		sqe = entry(NVME_VENDOR_ITER_READ, nsid[i], 1024, 1);
		sqe.prp1 = cpu_to_le64(page);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
				NVME_SC_VENDOR_ITER_END);
		KUNIT_EXPECT_EQ(test, *(u32 *)loop_at(l, page), !i);
	}
	EXPECT_ROW(l, 1, NVME_VENDOR_ITER_READ, VKV_ROW_COMMANDS, i);
	sqe.cdw11 = cpu_to_le32(2);
	sqe.nsid = cpu_to_le32(2);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_VENDOR_ITER_HANDLE);
	EXPECT_ROW(l, 1, NVME_VENDOR_ITER_READ, VKV_ROW_COMMANDS, i);
	KUNIT_EXPECT_EQ(test, vkv_stats_row(l->dev, ROW_ADMIN_UNKNOWN,
					    VKV_ROW_COMMANDS), 1ull);
	stop(test, l);
}

/* --- distributions --- */

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static u64 end_of_bucket(u64 value)
{
	return vkv_bucket_from(vkv_bucket_of(value) + 1) - 1;
}

/* Expects the summary of @sample, which is sorted here. */
static void expect_summary(struct kunit *test, const struct vkv_summary *sum,
			   u64 *sample, unsigned int n)
{
	static const u32 quantiles[VKV_NR_QUANTILES] = VKV_QUANTILES;
	unsigned int q;
	u64 total = 0;

	qsort(sample, n, sizeof(*sample), compare);
	KUNIT_ASSERT_EQ(test, sum->count, (u64)n);
	for (q = 0; q < n; q++)
		total += sample[q];
	KUNIT_EXPECT_EQ(test, sum->mean, total / n);
	for (q = 0; q < VKV_NR_QUANTILES; q++) {
		u64 rank = ((u64)n * quantiles[q] + 99999) / 100000;

		KUNIT_EXPECT_EQ(test, sum->at[q], end_of_bucket(sample[rank - 1]));
	}
	KUNIT_EXPECT_EQ(test, sum->max, end_of_bucket(sample[n - 1]));
}

/*
 * Records a Retrieve in namespace 2 that ended @after its arrival and was due
 * @due after it.
 */
static void pretend(struct loop *l, unsigned int worker, u64 after, u64 due,
		    u64 media)
{
	struct vkv_worker *w = vkv_dev_worker(l->dev, worker);
	struct vkv_sq sq = { .qid = 1 };
	struct vkv_cmd cmd = {
		.sq = &sq,
		.worker = w,
		.ns = &l->dev->ns[1],
		.arrival = 1000,
		.begun = 1000,
		.due = 1000 + due,
		.latency.media = media,
	};

	cmd.row = find_row(l, 2, NVME_KV_RETRIEVE);
	cmd.ended = 1000 + after;
	vkv_stats_record((struct vkv_cmd *[]){ &cmd }, 1);
}

static void percentiles(struct kunit *test)
{
	static u64 total[NR_SAMPLES], media[NR_SAMPLES], late[NR_SAMPLES];
	struct loop *l = start(test, DEV_SIZE);
	unsigned int row = find_row(l, 2, NVME_KV_RETRIEVE), i;
	struct vkv_summary sum;

	for (i = 0; i < NR_SAMPLES; i++) {
		/*
		 * A third of the samples have no media time. Histograms leave
		 * these out, so the reader has to add them.
		 */
		media[i] = i % 3 ? 1 + (rnd(1u << 30) >> rnd(24)) : 0;
		late[i] = rnd(1u << 30) >> rnd(30);
		total[i] = media[i] + late[i];
		pretend(l, i % 2, total[i], media[i], media[i]);
	}
	vkv_stats_summary(l->dev, row, VKV_PART_TOTAL, &sum);
	expect_summary(test, &sum, total, NR_SAMPLES);
	vkv_stats_summary(l->dev, row, VKV_PART_MEDIA, &sum);
	expect_summary(test, &sum, media, NR_SAMPLES);
	vkv_stats_summary(l->dev, row, VKV_PART_LATENESS, &sum);
	expect_summary(test, &sum, late, NR_SAMPLES);
	vkv_stats_summary(l->dev, row, VKV_PART_INDEX, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, (u64)NR_SAMPLES);
	KUNIT_EXPECT_EQ(test, sum.max, 0ull);
	/* Each worker has recorded half of the samples. */
	vkv_stats_lateness(l->dev, vkv_dev_worker(l->dev, 1)->stats, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, (u64)NR_SAMPLES / 2);
	stop(test, l);
}

/* A worker's round may begin before its commands arrive. */
static void arrives_during_a_round(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_KV_EXIST, 2, 0, 1);
	unsigned int row = find_row(l, 2, NVME_KV_EXIST), i;
	struct vkv_summary sum;
	struct loop_answer a;

	loop_submit(l, 1, &sqe);
	l->now += 5000;
	loop_dispatchers_round(l);
	for (i = 0; i < 2; i++)
		vkv_worker_round(vkv_dev_worker(l->dev, i), l->now - 5000);
	KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
	for (i = 0; i < VKV_NR_PARTS; i++) {
		vkv_stats_summary(l->dev, row, i, &sum);
		KUNIT_EXPECT_EQ(test, sum.count, 1ull);
		KUNIT_EXPECT_EQ(test, sum.max, 0ull);
	}
	stop(test, l);
}

static void overload_is_counted(struct kunit *test)
{
	struct vkv_dev_config cfg = {
		.mem_size = DEV_SIZE, .nr_workers = 1, .nr_vectors = 4,
		.ns = { { VKV_NS_BLOCK }, { VKV_NS_KV } }, .nr_ns = 2,
		.timing = "simple",
	};
	struct loop *l = loop_create_cfg(&cfg);
	struct nvme_sqe sqe = entry(NVME_KV_EXIST, 2, 0, 1);
	struct loop_answer a;

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	standard(l, NVME_KV_EXIST, KEY("x"), 0, NULL, 0);
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(l->dev, VKV_COUNT_TIMED), 1ull);
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(l->dev, VKV_COUNT_LATE), 0ull);
	l->hold_workers = true;
	loop_submit(l, 1, &sqe);
	loop_rounds(l, 1);
	l->now += 10 * VKV_LATE_NS;
	l->hold_workers = false;
	loop_rounds(l, 2);
	KUNIT_EXPECT_TRUE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(l->dev, VKV_COUNT_LATE), 1ull);
	stop(test, l);
}

/* With a timing model, the parts of a command's time add up to all of it. */
static void parts_add_up(struct kunit *test)
{
	struct loop *l = start_timed(test, "nand:channels=1:dies=1:key=3000");
	u64 total, sum = 0;
	struct vkv_summary part;
	unsigned int row = find_row(l, 2, NVME_KV_EXIST), i;
	struct nvme_sqe sqe = entry(NVME_KV_EXIST, 2, 0, 1);
	struct loop_answer a;

	for (i = 0; i < 32; i++)
		loop_submit(l, 1, &sqe);
	l->hold_workers = true;
	loop_rounds(l, 3);
	l->hold_workers = false;
	loop_rounds(l, 400);
	for (i = 0; i < 32; i++)
		KUNIT_EXPECT_TRUE(test, loop_poll(l, 1, &a));
	vkv_stats_summary(l->dev, row, VKV_PART_TOTAL, &part);
	KUNIT_EXPECT_EQ(test, part.count, 32ull);
	total = part.mean;
	KUNIT_EXPECT_GT(test, total, 0ull);
	for (i = 0; i < VKV_NR_PARTS; i++) {
		if (i == VKV_PART_TOTAL)
			continue;
		vkv_stats_summary(l->dev, row, i, &part);
		sum += part.mean;
	}
	/* Each mean was rounded down. */
	KUNIT_EXPECT_LE(test, sum, total);
	KUNIT_EXPECT_GE(test, sum + VKV_NR_PARTS, total);
	stop(test, l);
}

/* Returns the time of a Flush that has to write the whole write buffer. */
static u64 flush_takes(struct kunit *test, u32 nsid)
{
	struct loop *l = start_timed(test, "pm983-kv");
	struct nvme_sqe sqe = entry(NVME_NVM_FLUSH, nsid, 0, 0);
	static u8 buf[600000];
	u64 from;
	u32 i;

	for (i = 0; i < 4; i++)
		standard(l, NVME_KV_STORE, (struct vkey){ &i, 4 }, 0, buf,
			 500000);
	from = l->now;
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	from = l->now - from;
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(l->dev, VKV_COUNT_OTHERS), 1ull);
	stop(test, l);
	return from;
}

static void flush_is_the_same(struct kunit *test)
{
	u64 took = flush_takes(test, 1);

	KUNIT_EXPECT_GT(test, took, 100000ull);
	KUNIT_EXPECT_EQ(test, flush_takes(test, 2), took);
}

/* Commands that are fetched, or taken from a ring, at once: one sample. */
static void depths_are_sampled(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_VENDOR_APPEND, 1, 0, 0);
	struct vkv_summary sum;
	u64 samples = 0;
	unsigned int i;

	vkv_dev_reset_stats(l->dev);
	l->hold_workers = true;
	for (i = 0; i < 6; i++)
		loop_submit(l, 1, &sqe);
	loop_rounds(l, 1);
	vkv_stats_depths(l->dev->dispatcher[0].stats, 1, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 1ull);
	KUNIT_EXPECT_EQ(test, sum.max, 6ull);
	l->hold_workers = false;
	loop_rounds(l, 2);
	for (i = 0; i < 2; i++) {
		vkv_stats_depths(vkv_dev_worker(l->dev, i)->stats, 1, &sum);
		KUNIT_EXPECT_EQ(test, sum.max, 3ull);
		samples += sum.count;
	}
	KUNIT_EXPECT_EQ(test, samples, 2ull);
	stop(test, l);
}

/* --- resets --- */

static u64 late_samples(struct loop *l)
{
	struct vkv_summary a, b;

	vkv_stats_lateness(l->dev, vkv_dev_worker(l->dev, 0)->stats, &a);
	vkv_stats_lateness(l->dev, vkv_dev_worker(l->dev, 1)->stats, &b);
	return a.count + b.count;
}

static void reset_begins_anew(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 before = vkv_dev_counter(l->dev, VKV_COUNT_WRITES);
	unsigned int row = find_row(l, 1, NVME_VENDOR_STORE);
	struct vkv_usage usage;
	struct vkv_summary sum;
	u8 buf[100] = { 0 };

	v_store(l, KEY("a"), buf, 100);
	vkv_dev_reset_stats(l->dev);
	vkv_stats_usage(l->dev, &usage);
	KUNIT_EXPECT_EQ(test, usage.host_written, 0ull);
	KUNIT_EXPECT_EQ(test, usage.keys, 1ull);
	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_ROW_COMMANDS, 0);
	KUNIT_EXPECT_EQ(test, late_samples(l), 0ull);
	v_store(l, KEY("b"), buf, 100);
	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_ROW_COMMANDS, 1);
	KUNIT_EXPECT_EQ(test, late_samples(l), 1ull);
	vkv_stats_summary(l->dev, row, VKV_PART_TOTAL, &sum);
	KUNIT_EXPECT_EQ(test, sum.count, 1ull);
	KUNIT_EXPECT_EQ(test, vkv_stats_counter(l->dev, VKV_COUNT_WRITES), 1ull);
	/* A reset does not change the counts of the SMART log. */
	KUNIT_EXPECT_EQ(test, vkv_dev_counter(l->dev, VKV_COUNT_WRITES),
			before + 2);
	stop(test, l);
}

struct reader {
	struct loop *l;
	unsigned int row;
	u64 most;	/* no counter may be larger */
	u32 wrong;
	u32 rounds;
	bool stop;
};

static void *reset_and_read(void *arg)
{
	struct reader *r = arg;
	struct vkv_dev *dev = r->l->dev;
	struct vkv_summary sum;

	while (!READ_ONCE(r->stop)) {
		if (r->rounds++ % 4 == 0)
			vkv_dev_reset_stats(dev);
		vkv_stats_summary(dev, r->row, VKV_PART_TOTAL, &sum);
		r->wrong += sum.count > r->most;
		r->wrong += vkv_stats_row(dev, r->row, VKV_ROW_COMMANDS) > r->most;
		r->wrong += vkv_stats_counter(dev, VKV_COUNT_WRITES) > r->most;
	}
	return NULL;
}

/* A thread that reads everything that debugfs shows. */
static void *read_tables(void *arg)
{
	struct reader *r = arg;
	struct vkv_dev *dev = r->l->dev;
	char *text = malloc(1 << 16);
	unsigned int table, part;

	while (!READ_ONCE(r->stop)) {
		r->rounds++;
		for (table = 0; table + 1 < VKV_NR_TABLES; table++)
			for (part = 0; part < vkv_table_parts(dev, table); part++)
				if (vkv_table_part(dev, table, part, text,
						   1 << 16) == 1 << 16)
					r->wrong++;
	}
	free(text);
	return NULL;
}

static void reset_under_load(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct reader r = { .l = l, .most = 400,
			    .row = find_row(l, 1, NVME_VENDOR_STORE) };
	pthread_t a, b;
	struct reader r2;
	u8 buf[64] = { 0 };
	unsigned int i;

	loop_start_threads(l);
	r2 = r;
	pthread_create(&a, NULL, reset_and_read, &r);
	pthread_create(&b, NULL, read_tables, &r2);
	for (i = 0; i < 400; i++)
		v_store(l, KEY("k"), buf, sizeof(buf));
	WRITE_ONCE(r.stop, true);
	WRITE_ONCE(r2.stop, true);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	loop_stop_threads(l);
	KUNIT_EXPECT_EQ(test, r.wrong + r2.wrong, 0u);
	KUNIT_EXPECT_GT(test, r.rounds, 0u);
	KUNIT_EXPECT_GT(test, r2.rounds, 0u);
	KUNIT_EXPECT_EQ(test, vkv_dev_counter(l->dev, VKV_COUNT_WRITES), 400ull);
	vkv_dev_reset_stats(l->dev);
	EXPECT_ROW(l, 1, NVME_VENDOR_STORE, VKV_ROW_COMMANDS, 0);
	stop(test, l);
}

/* --- texts --- */

/* Reads a whole table, like a file in debugfs. */
static char *read_table(struct loop *l, const char *name)
{
	unsigned int table, part;
	size_t size = 1 << 20, n = 0;
	char *text = calloc(1, size);

	for (table = 0; table < VKV_NR_TABLES; table++)
		if (!strcmp(vkv_table_name(table), name))
			break;
	for (part = 0; part < vkv_table_parts(l->dev, table); part++)
		n += vkv_table_part(l->dev, table, part, text + n, size - n);
	return text;
}

/* Reads log page C0h in 4 KiB pieces, like nvme-cli. Failure: NULL. */
static char *read_log(struct loop *l, u32 size)
{
	char *text = calloc(1, size + 1);
	u64 addr = loop_pages(l, 1);
	u32 at;

	for (at = 0; at < size; at += LOOP_PAGE) {
		struct nvme_sqe sqe = entry(NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
					    0x03ff0000 | NVME_LOG_VENDOR_STATS, 0);

		sqe.prp1 = cpu_to_le64(addr);
		sqe.cdw12 = cpu_to_le32(at);
		if (loop_do(l, 0, &sqe).status)
			return NULL;
		memcpy(text + at, loop_at(l, addr), LOOP_PAGE);
	}
	return text;
}

static void expect_lines(struct kunit *test, const char *log, char *table,
			 const char *from)
{
	char *line, *rest = table;

	while ((line = strsep(&rest, "\n")) && rest) {
		char whole[400];

		/*
		 * These counts change between both reads: admin commands and
		 * the collector's steps.
		 */
		if (!strncmp(line, "0 ", 2) || !strncmp(line, "collector", 9))
			continue;
		snprintf(whole, sizeof(whole), "\n%s\n", line);
		KUNIT_EXPECT_TRUE_MSG(test, strstr(log, whole), "%s: %s", from,
				      line);
	}
}

static void log_has_the_tables(struct kunit *test)
{
	static const char *const names[] = { "commands", "latency", "space",
					     "index", "dies" };
	struct loop *l = start(test, DEV_SIZE);
	u8 buf[1000] = { 0 };
	unsigned int i, length;
	char *log;

	for (i = 0; i < 50; i++) {
		standard(l, NVME_KV_STORE, ((struct vkey){ &i, 4 }), 0, buf, 1000);
		standard(l, NVME_KV_RETRIEVE, ((struct vkey){ &i, 4 }), 0, buf, 99);
		v_exist(l, KEY("none"));
	}
	KUNIT_ASSERT_EQ(test, l->dev->report->size % LOOP_PAGE, 0);
	log = read_log(l, l->dev->report->size);
	KUNIT_ASSERT_NOT_NULL(test, log);
	KUNIT_ASSERT_TRUE(test, strstr(log, "version 1\nlength ") == log);
	length = strtoul(log + strlen("version 1\nlength "), NULL, 10);
	KUNIT_EXPECT_EQ(test, strlen(log), length);
	KUNIT_EXPECT_TRUE(test, strstr(log, "\nwrites 50\n"));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		char *table = read_table(l, names[i]);

		KUNIT_EXPECT_TRUE(test, strstr(table, "version 1\n") == table);
		expect_lines(test, log, table, names[i]);
		free(table);
	}
	free(log);
	stop(test, l);
}

/* A buffer that is too small is reported, and not written past. */
static void parts_stay_in_bounds(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 buf[100] = { 0 };
	unsigned int table, part, len;

	v_store(l, KEY("a"), buf, 100);
	for (table = 0; table < VKV_NR_TABLES; table++)
		for (part = 0; part < vkv_table_parts(l->dev, table); part++)
			for (len = 1; len < 300; len += 59) {
				char *text = malloc(len);
				size_t n = vkv_table_part(l->dev, table, part,
							  text, len);

				KUNIT_EXPECT_LE(test, n, len);
				if (n && n < len)
					KUNIT_EXPECT_EQ(test, text[n - 1], '\n');
				free(text);
			}
	stop(test, l);
}

/* The log has room for the largest number of namespaces and workers. */
static void largest_report_fits(struct kunit *test)
{
	struct vkv_dev_config cfg = {
		.mem_size = 512 * MIB, .nr_workers = 4, .nr_vectors = 4,
		.nr_ns = VKV_NR_NAMESPACES,
	};
	struct loop *l = loop_create_cfg(&cfg);
	unsigned int i, row;
	size_t length;

	KUNIT_ASSERT_NOT_NULL(test, l);
	for (row = 0; row < VKV_NR_ROWS; row++) {
		struct vkv_row *r = l->dev->stats->thread[0].rows[vkv_row_group(row)] +
				    vkv_row_in_group(row);

		for (i = 0; vkv_stats_has_row(l->dev, row) &&
			    i < sizeof(*r) / sizeof(u64); i++)
			((u64 *)r)[i] = ~0ull / (4 * VKV_NR_BUCKETS);
	}
	vkv_report_fill(l->dev);
	length = strlen(l->dev->report->text);
	KUNIT_EXPECT_LT(test, length, l->dev->report->size);
	/* The text has its last table. */
	KUNIT_EXPECT_TRUE(test, strstr(l->dev->report->text, "\ndie busy_ns\n"));
	loop_destroy(l);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(bucket_bounds),
	KUNIT_CASE(bucket_search),
	KUNIT_CASE(rows_have_one_name),
	KUNIT_CASE(commands_are_counted),
	KUNIT_CASE(iterator_reads_are_counted),
	KUNIT_CASE(percentiles),
	KUNIT_CASE(arrives_during_a_round),
	KUNIT_CASE(overload_is_counted),
	KUNIT_CASE(parts_add_up),
	KUNIT_CASE(flush_is_the_same),
	KUNIT_CASE(depths_are_sampled),
	KUNIT_CASE(reset_begins_anew),
	KUNIT_CASE(reset_under_load),
	KUNIT_CASE(log_has_the_tables),
	KUNIT_CASE(parts_stay_in_bounds),
	KUNIT_CASE(largest_report_fits),
	{}
};

static struct kunit_suite suite = { .name = "stats", .test_cases = cases };

kunit_test_suite(suite);
