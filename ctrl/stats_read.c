// SPDX-License-Identifier: GPL-2.0
/*
 * Reading the statistics, and resetting them.
 *
 * Nothing is ever set back. A reset writes the value of a number to a second
 * place, its base, and readers subtract it. They read the base first: whatever
 * base they see, the number that they see afterwards is no smaller, so the
 * difference is never negative. For that, a base is stored with release and
 * loaded with acquire order. No reader takes a lock or disturbs a writer, and
 * no value is torn. Two numbers that are read together may be some commands
 * apart.
 */
#include "ctrl/stats_read.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <asm/barrier.h>

#include "ctrl/dev.h"
#include "ctrl/histogram.h"
#include "ctrl/stats.h"
#include "kv_ftl.h"
#include "timing/timing.h"
#include "vkv_assert.h"

static const u32 quantiles[VKV_NR_QUANTILES] = VKV_QUANTILES;

static u64 load_base(const u64 *base)
{
	/*
	 * Pairs with store_base(): the number that it was made from, or a
	 * larger one.
	 */
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

u64 vkv_stats_own(const struct vkv_thread_stats *s, enum vkv_counter counter)
{
	return since(&s->tally.count[counter], &s->base.count[counter]);
}

u64 vkv_stats_counter(const struct vkv_dev *dev, enum vkv_counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < vkv_stats_nr_threads(dev); i++)
		sum += vkv_stats_own(&dev->stats->thread[i], counter);
	return sum;
}

u64 vkv_dev_counter(const struct vkv_dev *dev, enum vkv_counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < vkv_stats_nr_threads(dev); i++)
		sum += READ_ONCE(dev->stats->thread[i].tally.count[counter]);
	return sum;
}

/* A number of a row, of which every thread has one. */
struct cell {
	unsigned int row;
	size_t at; /* in struct vkv_row, in u64s */
};

#define CELL(row, member)						\
	((struct cell){ row, offsetof(struct vkv_row, member) / sizeof(u64) })

static u64 *cell_of(struct vkv_row *const *rows, struct cell c)
{
	struct vkv_row *group = READ_ONCE(rows[vkv_row_group(c.row)]);

	return (u64 *)&group[vkv_row_in_group(c.row)] + c.at;
}

/* Adds a number of the rows up. The collector has no rows. */
static u64 sum_rows(const struct vkv_dev *dev, struct cell c)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < vkv_stats_nr_threads(dev) - 1; i++)
		sum += READ_ONCE(*cell_of(dev->stats->thread[i].rows, c));
	return sum;
}

static u64 rows_since(const struct vkv_dev *dev, struct cell c)
{
	u64 before = load_base(cell_of(dev->stats->row_base, c));

	return sum_rows(dev, c) - before;
}

static u64 row_since(const struct vkv_dev *dev, unsigned int row,
		     enum vkv_row_counter counter)
{
	return rows_since(dev, CELL(row, count[counter]));
}

u64 vkv_stats_row(const struct vkv_dev *dev, unsigned int row,
		  enum vkv_row_counter counter)
{
	u64 sum = 0;
	int i;

	VKV_ASSERT(vkv_stats_has_row(dev, row));
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
	u64 n;

	VKV_ASSERT(vkv_stats_has_row(dev, row) && i < VKV_NR_BUCKETS);
	n = rows_since(dev, CELL(row, part[part].bucket[i]));
	return has_untimed(part) ?
		       n + rows_since(dev, CELL(row, untimed.bucket[i])) :
		       n;
}

static u64 sum_of(const struct vkv_dev *dev, unsigned int row,
		  enum vkv_part part)
{
	u64 ns = rows_since(dev, CELL(row, sum[part]));

	return has_untimed(part) ? ns + rows_since(dev, CELL(row, untimed_ns)) :
				   ns;
}

/* All commands of a thread, in a bucket of its lateness. */
static u64 late_bucket(const struct vkv_dev *dev,
		       const struct vkv_thread_stats *s, unsigned int i)
{
	u64 sum = READ_ONCE(s->tally.lateness.bucket[i]);
	unsigned int group, row;

	if (s == vkv_stats_collector(dev))
		return sum;
	for (group = 0; group < VKV_NR_ROW_GROUPS; group++)
		for (row = 0; row < vkv_stats_rows_in(dev, group); row++)
			sum += READ_ONCE(s->rows[group][row].untimed.bucket[i]);
	return sum;
}

static u64 late_since(const struct vkv_dev *dev,
		      const struct vkv_thread_stats *s, unsigned int i)
{
	u64 before = load_base(&s->base.lateness.bucket[i]);

	return late_bucket(dev, s, i) - before;
}

/* --- distributions --- */

/* A histogram: of a row of a device, or of depth or lateness of threads. */
struct source {
	const struct vkv_dev *dev;
	unsigned int row;
	enum vkv_part part;
	const struct vkv_thread_stats *thread;
	unsigned int nr_threads; /* from @thread on */
	bool late;
};

static u64 depths(const struct source *s, unsigned int i)
{
	const struct vkv_thread_stats *t;
	u64 sum = 0;

	for (t = s->thread; t < s->thread + s->nr_threads; t++)
		sum += since(&t->tally.depth.bucket[i],
			     &t->base.depth.bucket[i]);
	return sum;
}

static u64 bucket(const struct source *s, unsigned int i)
{
	if (s->late)
		return late_since(s->dev, s->thread, i);
	if (s->dev)
		return vkv_stats_bucket(s->dev, s->row, s->part, i);
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

/* Samples that a quantile covers: rounded up, and one at least. */
static u64 covered(u64 count, u32 quantile)
{
	return div_u64(count * quantile + 99999, 100000);
}

/* @zeroes: samples of 0, which the histogram leaves out. */
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
		       seen >= covered(sum->count, quantiles[q]))
			sum->at[q++] = sum->count ? vkv_bucket_from(i + 1) - 1 :
						    0;
	}
}

void vkv_stats_summary(const struct vkv_dev *dev, unsigned int row,
		       enum vkv_part part, struct vkv_summary *sum)
{
	const struct source s = { .dev = dev, .row = row, .part = part };
	const struct source all = { .dev = dev,
				    .row = row,
				    .part = VKV_PART_TOTAL };
	u64 n = samples(&s), count = samples(&all);

	*sum = (struct vkv_summary){ 0 };
	summarize(&s, count > n ? count - n : 0, sum);
	if (sum->count)
		sum->mean = div64_u64(sum_of(dev, row, part), sum->count);
}

void vkv_stats_lateness(const struct vkv_dev *dev,
			const struct vkv_thread_stats *s,
			struct vkv_summary *sum)
{
	const struct source all = { .dev = dev, .thread = s, .late = true };

	*sum = (struct vkv_summary){ 0 };
	summarize(&all, 0, sum);
}

void vkv_stats_depths(const struct vkv_thread_stats *s, unsigned int nr,
		      struct vkv_summary *sum)
{
	const struct source all = { .thread = s, .nr_threads = nr };

	*sum = (struct vkv_summary){ 0 };
	summarize(&all, 0, sum);
}

/* --- the FTL's and the timing model's own numbers --- */

void vkv_stats_usage(const struct vkv_dev *dev, struct vkv_usage *usage)
{
	const struct vkv_usage_base *base = &dev->stats->usage_base;
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
	const struct vkv_usage_base *base = &dev->stats->usage_base;
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
	u64 before;

	VKV_ASSERT(i < dev->stats->nr_dies);
	before = load_base(&dev->stats->die_base[i]);
	return vkv_timing_die_busy(dev->timing, i) - before;
}

/* --- reset --- */

static void reset_tally(const struct vkv_dev *dev, struct vkv_thread_stats *s)
{
	const struct vkv_tally *from = &s->tally;
	struct vkv_tally *to = &s->base;
	unsigned int i;

	for (i = 0; i < VKV_NR_COUNTERS; i++)
		store_base(&to->count[i], READ_ONCE(from->count[i]));
	for (i = 0; i < VKV_NR_BUCKETS; i++) {
		store_base(&to->lateness.bucket[i], late_bucket(dev, s, i));
		store_base(&to->depth.bucket[i],
			   READ_ONCE(from->depth.bucket[i]));
	}
}

static void reset_row(struct vkv_dev *dev, unsigned int row)
{
	struct cell c = { .row = row };

	for (c.at = 0; c.at < sizeof(struct vkv_row) / sizeof(u64); c.at++)
		store_base(cell_of(dev->stats->row_base, c), sum_rows(dev, c));
}

void vkv_stats_reset_rows(struct vkv_dev *dev, unsigned int group)
{
	unsigned int row;

	for (row = 0; row < vkv_stats_rows_in(dev, group); row++)
		reset_row(dev, (group << VKV_ROW_SHIFT) + row);
}

static void reset_all_rows(struct vkv_dev *dev)
{
	unsigned int group;

	for (group = 0; group < VKV_NR_ROW_GROUPS; group++)
		vkv_stats_reset_rows(dev, group);
}

static void reset_usage(struct vkv_dev *dev)
{
	struct vkv_usage_base *base = &dev->stats->usage_base;
	struct vkv_usage usage;

	vkv_ftl_usage(dev->ftl, &usage);
	store_base(&base->host_written, usage.host_written);
	store_base(&base->gc_written, usage.gc_written);
	store_base(&base->collected, usage.collected);
}

static void reset_timing(struct vkv_dev *dev)
{
	struct vkv_usage_base *base = &dev->stats->usage_base;
	struct vkv_timing_usage usage;
	unsigned int i;

	vkv_timing_usage(dev->timing, &usage);
	store_base(&base->index_hits, usage.index_hits);
	store_base(&base->index_misses, usage.index_misses);
	store_base(&base->media_reads, usage.media_reads);
	store_base(&base->media_programs, usage.media_programs);
	store_base(&base->media_erases, usage.media_erases);
	for (i = 0; i < dev->stats->nr_dies; i++)
		store_base(&dev->stats->die_base[i],
			   vkv_timing_die_busy(dev->timing, i));
}

void vkv_dev_reset_stats(struct vkv_dev *dev)
{
	unsigned int i;

	mutex_lock(&dev->tables);
	for (i = 0; i < vkv_stats_nr_threads(dev); i++)
		reset_tally(dev, &dev->stats->thread[i]);
	reset_all_rows(dev);
	reset_usage(dev);
	reset_timing(dev);
	mutex_unlock(&dev->tables);
}
