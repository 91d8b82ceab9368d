// SPDX-License-Identifier: GPL-2.0
/*
 * Counting, and adding up what was counted.
 *
 * A number has one writer, the thread that owns it, and only grows; it is read
 * at any time by anybody. A reset writes what a number was to a second place,
 * its base, which readers read first: whatever base they see, the numbers they
 * see afterwards are no smaller, so the difference is never negative. (Each base
 * is stored with release and loaded with acquire order for that.) Nobody takes a
 * lock, no writer is disturbed, and no value is torn; two numbers read together
 * may be some commands apart.
 *
 * What a command costs is kept low by counting nothing that can be told from
 * something else. Commands are the sum of their statuses. Without a model's time
 * a command's total is its lateness, so it is counted once, in its row, where
 * readers also find it for the lateness of its thread. The other parts are
 * counted only where they are not 0: readers infer how many are.
 */
#include "ctrl/stats.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "ctrl/dev.h"

const u32 vkv_quantiles[VKV_NR_QUANTILES] = { 50000, 90000, 99000, 99900, 99990 };

/* --- histograms --- */

/* Without branches for what is usual: the step is in the bits below the highest. */
static __always_inline unsigned int bucket_of(u64 value)
{
	unsigned int high;

	if (unlikely(value < VKV_BUCKET_STEPS))
		return value;
	high = ilog2(value) - VKV_BUCKET_STEPS_SHIFT;
	return min_t(unsigned int, VKV_NR_BUCKETS - 1,
		     high * VKV_BUCKET_STEPS + (value >> high));
}

unsigned int vkv_bucket_of(u64 value)
{
	return bucket_of(value);
}

u64 vkv_bucket_from(unsigned int i)
{
	unsigned int high = i / VKV_BUCKET_STEPS;

	if (i >= VKV_NR_BUCKETS)
		return ~0ull;
	if (!high)
		return i;
	return (u64)(i % VKV_BUCKET_STEPS + VKV_BUCKET_STEPS) << (high - 1);
}

static void add(u64 *number, u64 n)
{
	WRITE_ONCE(*number, *number + n);
}

static __always_inline void sample(struct vkv_histogram *h, u64 value)
{
	add(&h->bucket[bucket_of(value)], 1);
}

/* --- rows: admin opcodes, unknown ones, the opcodes of each namespace --- */

static unsigned int rows_of(const struct vkv_ns *ns)
{
	return ns->kind == VKV_NS_KV ? vkv_standard_set.nr :
				       vkv_block_set.nr + vkv_vendor_set.nr;
}

static unsigned int number_rows(struct vkv_dev *dev)
{
	unsigned int i, n = vkv_admin_set.nr + 1;

	for (i = 0; i < dev->nr_ns; i++) {
		dev->ns[i].first_row = n;
		n += rows_of(&dev->ns[i]);
	}
	return n;
}

static const struct vkv_opcode *name_of(const struct vkv_ns *ns,
					unsigned int row)
{
	if (ns->kind == VKV_NS_KV)
		return &vkv_standard_set.ops[row];
	if (row < vkv_block_set.nr)
		return &vkv_block_set.ops[row];
	return &vkv_vendor_set.ops[row - vkv_block_set.nr];
}

const struct vkv_opcode *vkv_stats_name_row(const struct vkv_dev *dev,
					    unsigned int row, u32 *nsid)
{
	const struct vkv_ns *ns = &dev->ns[dev->nr_ns - 1];

	*nsid = 0;
	if (row < vkv_admin_set.nr)
		return &vkv_admin_set.ops[row];
	if (row == vkv_admin_set.nr)
		return NULL;
	while (row < ns->first_row)
		ns--;
	*nsid = ns->nsid;
	return name_of(ns, row - ns->first_row);
}

/* --- making and unmaking --- */

static unsigned int nr_threads(const struct vkv_dev *dev)
{
	return dev->nr_workers + dev->nr_dispatchers + 1;
}

static struct vkv_row *alloc_rows(const struct vkv_dev *dev)
{
	return kvcalloc(dev->nr_rows, sizeof(struct vkv_row), GFP_KERNEL);
}

static int create_dies(struct vkv_dev *dev)
{
	struct vkv_timing_usage usage;

	vkv_timing_usage(dev->timing, &usage);
	dev->nr_dies = usage.nr_dies;
	if (!dev->nr_dies)
		return 0;
	dev->die_base = kvcalloc(dev->nr_dies, sizeof(*dev->die_base),
				 GFP_KERNEL);
	return dev->die_base ? 0 : -ENOMEM;
}

int vkv_stats_create(struct vkv_dev *dev)
{
	unsigned int i;

	dev->nr_rows = number_rows(dev);
	dev->row_base = alloc_rows(dev);
	dev->stats = kvcalloc(nr_threads(dev), sizeof(*dev->stats), GFP_KERNEL);
	if (!dev->row_base || !dev->stats)
		return -ENOMEM;
	/* The collector carries out no commands. */
	for (i = 0; i < nr_threads(dev) - 1; i++) {
		dev->stats[i].row = alloc_rows(dev);
		if (!dev->stats[i].row)
			return -ENOMEM;
		dev->stats[i].nr_rows = dev->nr_rows;
	}
	for (i = 0; i < dev->nr_workers; i++)
		dev->worker[i]->stats = &dev->stats[i];
	for (i = 0; i < dev->nr_dispatchers; i++)
		dev->dispatcher[i].stats = &dev->stats[dev->nr_workers + i];
	return create_dies(dev);
}

void vkv_stats_destroy(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; dev->stats && i < nr_threads(dev); i++)
		kvfree(dev->stats[i].row);
	kvfree(dev->stats);
	kvfree(dev->row_base);
	kvfree(dev->die_base);
}

struct vkv_stats *vkv_stats_collector(const struct vkv_dev *dev)
{
	return &dev->stats[nr_threads(dev) - 1];
}

/* --- counting --- */

void vkv_stats_depth(struct vkv_stats *s, u32 depth)
{
	sample(&s->tally.depth, depth);
}

void vkv_stats_round(struct vkv_stats *s, bool worked)
{
	add(&s->tally.count[VKV_THREAD_ROUNDS], 1);
	if (worked)
		add(&s->tally.count[VKV_THREAD_BUSY_ROUNDS], 1);
}

static void count_sleep(struct vkv_stats *s, u64 ns)
{
	add(&s->tally.count[VKV_THREAD_SLEEPS], 1);
	add(&s->tally.count[VKV_THREAD_SLEPT_NS], ns);
}

void vkv_dispatcher_slept(struct vkv_dispatcher *d, u64 ns)
{
	count_sleep(d->stats, ns);
}

void vkv_worker_slept(struct vkv_worker *worker, u64 ns)
{
	count_sleep(worker->stats, ns);
}

static enum vkv_row_counter class_of_error(u16 status)
{
	switch (status & ~NVME_SC_DNR) {
	case NVME_SC_KV_NO_KEY:
	case NVME_SC_VENDOR_NO_KEY:
		return VKV_STATUS_NO_KEY;
	case NVME_SC_KV_KEY_EXISTS:
	case NVME_SC_VENDOR_EXISTS:
		return VKV_STATUS_EXISTS;
	case NVME_SC_VENDOR_ITER_END:
		return VKV_STATUS_END;
	case NVME_SC_CAPACITY:
	case NVME_SC_VENDOR_CAPACITY:
		return VKV_STATUS_CAPACITY;
	case NVME_SC_ABORT_REQUESTED:
	case NVME_SC_ABORT_SQ_DELETED:
		return VKV_STATUS_ABORTED;
	case NVME_SC_INTERNAL:
	case NVME_SC_SANITIZE_FAILED:
	case NVME_SC_KV_UNRECOVERED:
	case NVME_SC_VENDOR_UNRECOVERED:
	case NVME_SC_VENDOR_ITER_FAILED:
		return VKV_STATUS_FAILED;
	default:
		return VKV_STATUS_INVALID;
	}
}

static enum vkv_row_counter class_of(u16 status)
{
	return likely(!status) ? VKV_STATUS_OK : class_of_error(status);
}

static_assert(VKV_ROW_BYTES + VKV_LOOKUP_HIT == VKV_ROW_HITS);
static_assert(VKV_ROW_BYTES + VKV_LOOKUP_MISS == VKV_ROW_MISSES);

static void count_error(struct vkv_stats *s, const struct vkv_cmd *cmd)
{
	if (cmd->sq->qid && vkv_status_is_error(cmd->status))
		vkv_stats_count(s, VKV_COUNT_ERRORS, 1);
}

static void count_row(struct vkv_row *row, const struct vkv_cmd *cmd)
{
	if (cmd->bytes)
		add(&row->count[VKV_ROW_BYTES], cmd->bytes);
	if (cmd->lookup)
		add(&row->count[VKV_ROW_BYTES + cmd->lookup], 1);
}

static void time_part(struct vkv_row *row, enum vkv_part part, u64 ns)
{
	if (!ns)
		return;
	add(&row->sum[part], ns);
	sample(&row->part[part], ns);
}

/*
 * By the model's time, whose parts add up to the total: that a worker came late to
 * the command is lateness. One that is dropped may end before.
 */
static void time_timed(struct vkv_row *row, struct vkv_tally *t,
		       const struct vkv_cmd *cmd)
{
	u64 late = cmd->ended > cmd->due ? cmd->ended - cmd->due : 0;
	u64 total = cmd->ended - cmd->arrival;
	unsigned int bucket = bucket_of(late);

	add(&row->sum[VKV_PART_TOTAL], total);
	sample(&row->part[VKV_PART_TOTAL], total);
	time_part(row, VKV_PART_QUEUEING, cmd->latency.queueing);
	time_part(row, VKV_PART_INDEX, cmd->latency.index);
	time_part(row, VKV_PART_MEDIA, cmd->latency.media);
	time_part(row, VKV_PART_TRANSFER, cmd->latency.transfer);
	add(&t->count[VKV_COUNT_TIMED], 1);
	if (late > VKV_LATE_NS)
		add(&t->count[VKV_COUNT_LATE], 1);
	add(&row->sum[VKV_PART_LATENESS], late);
	add(&row->part[VKV_PART_LATENESS].bucket[bucket], 1);
	add(&t->lateness.bucket[bucket], 1);
}

static __always_inline void time_untimed(struct vkv_row *row,
					 const struct vkv_cmd *cmd)
{
	u64 total = cmd->ended - cmd->arrival;

	add(&row->untimed_ns, total);
	sample(&row->untimed, total);
	if (cmd->begun)
		time_part(row, VKV_PART_QUEUEING, cmd->begun - cmd->arrival);
}

/* What is not usual: a status, or a model's time. */
static noinline void record_other(struct vkv_stats *s, struct vkv_row *row,
				  const struct vkv_cmd *cmd)
{
	add(&row->count[class_of(cmd->status)], 1);
	if (cmd->status)
		count_error(s, cmd);
	if (cmd->due > cmd->arrival)
		time_timed(row, &s->tally, cmd);
	else
		time_untimed(row, cmd);
}

static void record(struct vkv_stats *s, const struct vkv_cmd *cmd)
{
	struct vkv_row *row = &s->row[cmd->row];

	count_row(row, cmd);
	/* Without a model's time a command is due when it arrives. */
	if (unlikely(cmd->status || cmd->due > cmd->arrival)) {
		record_other(s, row, cmd);
		return;
	}
	add(&row->count[VKV_STATUS_OK], 1);
	time_untimed(row, cmd);
}

static struct vkv_stats *stats_of(const struct vkv_cmd *cmd)
{
	return cmd->worker ? cmd->worker->stats : cmd->sq->dispatcher->stats;
}

void vkv_stats_held(const struct vkv_cmd *cmd)
{
	add(&stats_of(cmd)->tally.count[VKV_THREAD_HELD], 1);
}

void vkv_stats_record(struct vkv_cmd *const *cmd, unsigned int nr)
{
	struct vkv_stats *s = stats_of(cmd[0]);
	unsigned int i;

	add(&s->tally.count[VKV_THREAD_COMMANDS], nr);
	for (i = 0; i < nr; i++)
		record(s, cmd[i]);
}

/* --- reading --- */

static u64 load_base(const u64 *base)
{
	/* Pairs with store_base(): what it was made from is seen, or more. */
	return smp_load_acquire(base);
}

static void store_base(u64 *base, u64 value)
{
	/* Pairs with load_base(). */
	smp_store_release(base, value);
}

static u64 since(const u64 *number, const u64 *base)
{
	u64 before = load_base(base);

	return READ_ONCE(*number) - before;
}

u64 vkv_stats_own(const struct vkv_stats *s, enum vkv_counter counter)
{
	return since(&s->tally.count[counter], &s->base.count[counter]);
}

u64 vkv_stats_counter(const struct vkv_dev *dev, enum vkv_counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < nr_threads(dev); i++)
		sum += vkv_stats_own(&dev->stats[i], counter);
	return sum;
}

u64 vkv_dev_counter(const struct vkv_dev *dev, enum vkv_counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < nr_threads(dev); i++)
		sum += READ_ONCE(dev->stats[i].tally.count[counter]);
	return sum;
}

/* The rows' numbers of all threads; @at is a number's place in vkv_dev.row_base. */
static u64 sum_rows(const struct vkv_dev *dev, const u64 *at)
{
	size_t offset = at - (const u64 *)dev->row_base;
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < nr_threads(dev) - 1; i++)
		sum += READ_ONCE(((const u64 *)dev->stats[i].row)[offset]);
	return sum;
}

static u64 rows_since(const struct vkv_dev *dev, const u64 *at)
{
	u64 before = load_base(at);

	return sum_rows(dev, at) - before;
}

static u64 row_since(const struct vkv_dev *dev, unsigned int row,
		     enum vkv_row_counter counter)
{
	return rows_since(dev, &dev->row_base[row].count[counter]);
}

u64 vkv_stats_row(const struct vkv_dev *dev, unsigned int row,
		  enum vkv_row_counter counter)
{
	u64 sum = 0;
	int i;

	if (counter != VKV_ROW_COMMANDS)
		return row_since(dev, row, counter);
	for (i = VKV_FIRST_STATUS; i < VKV_NR_ROW_COUNTERS; i++)
		sum += row_since(dev, row, i);
	return sum;
}

/* Parts that commands without a model's time have, too. */
static bool has_untimed(enum vkv_part part)
{
	return part == VKV_PART_TOTAL || part == VKV_PART_LATENESS;
}

u64 vkv_stats_bucket(const struct vkv_dev *dev, unsigned int row,
		     enum vkv_part part, unsigned int i)
{
	const struct vkv_row *base = &dev->row_base[row];
	u64 n = rows_since(dev, &base->part[part].bucket[i]);

	return has_untimed(part) ?
		       n + rows_since(dev, &base->untimed.bucket[i]) :
		       n;
}

static u64 sum_of(const struct vkv_dev *dev, unsigned int row,
		  enum vkv_part part)
{
	const struct vkv_row *base = &dev->row_base[row];
	u64 ns = rows_since(dev, &base->sum[part]);

	return has_untimed(part) ? ns + rows_since(dev, &base->untimed_ns) : ns;
}

/* All commands of a thread, in a bucket of its lateness. */
static u64 late_bucket(const struct vkv_stats *s, unsigned int i)
{
	u64 sum = READ_ONCE(s->tally.lateness.bucket[i]);
	unsigned int row;

	for (row = 0; row < s->nr_rows; row++)
		sum += READ_ONCE(s->row[row].untimed.bucket[i]);
	return sum;
}

static u64 late_since(const struct vkv_stats *s, unsigned int i)
{
	u64 before = load_base(&s->base.lateness.bucket[i]);

	return late_bucket(s, i) - before;
}

/* --- distributions --- */

/* Where a histogram is: in the rows of a device, or depth or lateness of a thread. */
struct source {
	const struct vkv_dev *dev;
	unsigned int row;
	enum vkv_part part;
	const struct vkv_stats *thread;
	unsigned int nr_threads;	/* from @thread on */
	bool late;
};

static u64 depths(const struct source *s, unsigned int i)
{
	const struct vkv_stats *t;
	u64 sum = 0;

	for (t = s->thread; t < s->thread + s->nr_threads; t++)
		sum += since(&t->tally.depth.bucket[i], &t->base.depth.bucket[i]);
	return sum;
}

static u64 bucket(const struct source *s, unsigned int i)
{
	if (s->dev)
		return vkv_stats_bucket(s->dev, s->row, s->part, i);
	if (s->late)
		return late_since(s->thread, i);
	return depths(s, i);
}

static u64 samples(const struct source *s)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < VKV_NR_BUCKETS; i++)
		n += bucket(s, i);
	return n;
}

/* How many samples a quantile covers: rounded up, and one at least. */
static u64 covered(u64 count, u32 quantile)
{
	return div_u64(count * quantile + 99999, 100000);
}

/* @zeroes are those that the histogram lacks. */
static void summarize(const struct source *s, u64 zeroes,
		      struct vkv_summary *sum)
{
	u64 seen = zeroes, n;
	unsigned int i, q = 0;

	sum->count = samples(s) + zeroes;
	for (i = 0; i < VKV_NR_BUCKETS; i++) {
		n = bucket(s, i);
		seen += n;
		if (n)
			sum->max = vkv_bucket_from(i + 1) - 1;
		while (q < VKV_NR_QUANTILES &&
		       seen >= covered(sum->count, vkv_quantiles[q]))
			sum->at[q++] = sum->count ? vkv_bucket_from(i + 1) - 1 :
						    0;
	}
}

void vkv_stats_summary(const struct vkv_dev *dev, unsigned int row,
		       enum vkv_part part, struct vkv_summary *sum)
{
	const struct source s = { .dev = dev, .row = row, .part = part };
	const struct source all = { .dev = dev, .row = row,
				    .part = VKV_PART_TOTAL };
	u64 n = samples(&s), count = samples(&all);

	*sum = (struct vkv_summary){ 0 };
	summarize(&s, count > n ? count - n : 0, sum);
	if (sum->count)
		sum->mean = div64_u64(sum_of(dev, row, part), sum->count);
}

void vkv_stats_lateness(const struct vkv_stats *s, struct vkv_summary *sum)
{
	const struct source all = { .thread = s, .late = true };

	*sum = (struct vkv_summary){ 0 };
	summarize(&all, 0, sum);
}

void vkv_stats_depths(const struct vkv_stats *s, unsigned int nr,
		      struct vkv_summary *sum)
{
	const struct source all = { .thread = s, .nr_threads = nr };

	*sum = (struct vkv_summary){ 0 };
	summarize(&all, 0, sum);
}

/* --- what the core and the timing model count --- */

void vkv_stats_usage(const struct vkv_dev *dev, struct vkv_usage *usage)
{
	const struct vkv_usage_base *base = &dev->usage_base;
	u64 host = load_base(&base->host_written);
	u64 gc = load_base(&base->gc_written);
	u64 collected = load_base(&base->collected);

	vkv_ftl_usage(dev->ftl, usage);
	usage->host_written -= host;
	usage->gc_written -= gc;
	usage->collected -= collected;
}

void vkv_stats_timing(const struct vkv_dev *dev, struct vkv_timing_usage *usage)
{
	const struct vkv_usage_base *base = &dev->usage_base;
	u64 hits = load_base(&base->index_hits);
	u64 misses = load_base(&base->index_misses);
	u64 reads = load_base(&base->media_reads);
	u64 programs = load_base(&base->media_programs);
	u64 erases = load_base(&base->media_erases);

	vkv_timing_usage(dev->timing, usage);
	usage->index_hits -= hits;
	usage->index_misses -= misses;
	usage->media_reads -= reads;
	usage->media_programs -= programs;
	usage->media_erases -= erases;
}

u64 vkv_stats_die(const struct vkv_dev *dev, unsigned int i)
{
	u64 before = load_base(&dev->die_base[i]);

	return vkv_timing_die_busy(dev->timing, i) - before;
}

/* --- reset --- */

static void reset_tally(struct vkv_stats *s)
{
	const struct vkv_tally *from = &s->tally;
	struct vkv_tally *to = &s->base;
	unsigned int i;

	for (i = 0; i < VKV_NR_COUNTERS; i++)
		store_base(&to->count[i], READ_ONCE(from->count[i]));
	for (i = 0; i < VKV_NR_BUCKETS; i++) {
		store_base(&to->lateness.bucket[i], late_bucket(s, i));
		store_base(&to->depth.bucket[i],
			   READ_ONCE(from->depth.bucket[i]));
	}
}

static void reset_rows(struct vkv_dev *dev)
{
	u64 *base = (u64 *)dev->row_base;
	size_t i, n = dev->nr_rows * (sizeof(*dev->row_base) / sizeof(*base));

	for (i = 0; i < n; i++)
		store_base(&base[i], sum_rows(dev, &base[i]));
}

static void reset_usage(struct vkv_dev *dev)
{
	struct vkv_usage_base *base = &dev->usage_base;
	struct vkv_usage usage;

	vkv_ftl_usage(dev->ftl, &usage);
	store_base(&base->host_written, usage.host_written);
	store_base(&base->gc_written, usage.gc_written);
	store_base(&base->collected, usage.collected);
}

static void reset_timing(struct vkv_dev *dev)
{
	struct vkv_usage_base *base = &dev->usage_base;
	struct vkv_timing_usage usage;
	unsigned int i;

	vkv_timing_usage(dev->timing, &usage);
	store_base(&base->index_hits, usage.index_hits);
	store_base(&base->index_misses, usage.index_misses);
	store_base(&base->media_reads, usage.media_reads);
	store_base(&base->media_programs, usage.media_programs);
	store_base(&base->media_erases, usage.media_erases);
	for (i = 0; i < dev->nr_dies; i++)
		store_base(&dev->die_base[i],
			   vkv_timing_die_busy(dev->timing, i));
}

void vkv_dev_reset_stats(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < nr_threads(dev); i++)
		reset_tally(&dev->stats[i]);
	reset_rows(dev);
	reset_usage(dev);
	reset_timing(dev);
}
