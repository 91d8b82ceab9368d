/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms, and the few numbers that sum one up. */
#ifndef VKV_HISTOGRAM_H
#define VKV_HISTOGRAM_H

#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/types.h>

/*
 * Buckets: eight for each power of two, from single nanoseconds to 2^40, and
 * one for longer times.
 */
#define VKV_BUCKET_STEPS_SHIFT 3
#define VKV_BUCKET_STEPS (1u << VKV_BUCKET_STEPS_SHIFT)
#define VKV_BUCKET_BITS 40u
#define VKV_NR_BUCKETS \
	((VKV_BUCKET_BITS - VKV_BUCKET_STEPS_SHIFT + 1) * VKV_BUCKET_STEPS + 1)

struct vkv_histogram {
	u64 bucket[VKV_NR_BUCKETS];
};

/* p50, p90, p99, p99.9 and p99.99, in parts of 100,000. */
#define VKV_NR_QUANTILES 5u
#define VKV_QUANTILES { 50000, 90000, 99000, 99900, 99990 }

/**
 * struct vkv_summary - a distribution in a few numbers
 * @count: samples
 * @mean: 0 where no sum is kept
 * @at: the quantiles of VKV_QUANTILES
 * @max: no sample is above it. Quantiles and maximum are ends of buckets
 */
struct vkv_summary {
	u64 count;
	u64 mean;
	u64 at[VKV_NR_QUANTILES];
	u64 max;
};

/**
 * vkv_bucket_of() - the bucket that counts a value
 * @value: any
 *
 * The bits below the highest one choose the step.
 * Context: any.
 *
 * Return: below VKV_NR_BUCKETS.
 */
static __always_inline unsigned int vkv_bucket_of(u64 value)
{
	unsigned int high;

	if (unlikely(value < VKV_BUCKET_STEPS))
		return value;
	high = ilog2(value) - VKV_BUCKET_STEPS_SHIFT;
	return min_t(unsigned int, VKV_NR_BUCKETS - 1,
		     high * VKV_BUCKET_STEPS + (value >> high));
}

/**
 * vkv_bucket_from() - the least value that a bucket counts
 * @i: 0..VKV_NR_BUCKETS; the last one is beyond any value
 *
 * Context: any.
 * Return: the value.
 */
static inline u64 vkv_bucket_from(unsigned int i)
{
	unsigned int high = i / VKV_BUCKET_STEPS;

	if (i >= VKV_NR_BUCKETS)
		return ~0ull;
	if (!high)
		return i;
	return (u64)(i % VKV_BUCKET_STEPS + VKV_BUCKET_STEPS) << (high - 1);
}

#endif
