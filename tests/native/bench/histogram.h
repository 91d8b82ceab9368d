/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A histogram of times. Each power of two has 128 buckets, so a percentile is
 * exact to 0.8 %. Recording takes a few instructions. No branch in it depends
 * on earlier times.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <linux/minmax.h>
#include <linux/types.h>

#define HISTOGRAM_SHIFT 7
#define HISTOGRAM_BUCKETS ((40 - HISTOGRAM_SHIFT + 1) << HISTOGRAM_SHIFT)

/**
 * struct histogram - times in ticks
 * @nr: number of times
 * @sum: sum of all times
 * @longest: the longest time
 * @bucket: number of times in each bucket
 */
struct histogram {
	u64 nr;
	u64 sum;
	u64 longest;
	u32 bucket[HISTOGRAM_BUCKETS];
};

static inline u32 histogram_index(u64 x)
{
	int shift = 63 - __builtin_clzll(x | 1 << HISTOGRAM_SHIFT) -
		    HISTOGRAM_SHIFT;
	u64 i = ((u64)shift << HISTOGRAM_SHIFT) + (x >> shift);

	return min_t(u64, i, HISTOGRAM_BUCKETS - 1);
}

/* Returns the smallest time of a bucket. */
static inline u64 histogram_value(u32 i)
{
	u32 shift = i >> HISTOGRAM_SHIFT;

	if (!shift)
		return i;
	shift--;
	return (u64)(i - (shift << HISTOGRAM_SHIFT)) << shift;
}

static inline void histogram_add(struct histogram *h, u64 x)
{
	h->nr++;
	h->sum += x;
	h->longest = max(h->longest, x);
	h->bucket[histogram_index(x)]++;
}

static inline void histogram_merge(struct histogram *to,
				   const struct histogram *from)
{
	u32 i;

	to->nr += from->nr;
	to->sum += from->sum;
	to->longest = max(to->longest, from->longest);
	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

/* Returns the quantile @part (0..1), or 0 if the histogram is empty. */
static inline u64 histogram_part(const struct histogram *h, double part)
{
	u64 want = part * h->nr, sum = 0;
	u32 i;

	if (!h->nr)
		return 0;
	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		sum += h->bucket[i];
		if (sum > want)
			return min(histogram_value(i), h->longest);
	}
	return h->longest;
}

/* Counts the times above @limit, to the precision of a bucket. */
static inline u64 histogram_over(const struct histogram *h, u64 limit)
{
	u64 sum = 0;
	u32 i;

	for (i = histogram_index(limit) + 1; i < HISTOGRAM_BUCKETS; i++)
		sum += h->bucket[i];
	return sum;
}

#endif
