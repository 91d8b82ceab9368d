/* SPDX-License-Identifier: GPL-2.0 */
/* Sums of what the threads have counted. */
#ifndef VKV_STATS_READ_H
#define VKV_STATS_READ_H

#include <linux/types.h>

#include "ctrl/stats.h"

struct vkv_dev;
struct vkv_summary;
struct vkv_timing_usage;
struct vkv_usage;

/**
 * vkv_stats_counter() - a counter, since the last reset
 * @dev: the device
 * @counter: which
 *
 * Context: any.
 * Return: the sum over all threads.
 */
u64 vkv_stats_counter(const struct vkv_dev *dev, enum vkv_counter counter);

/**
 * vkv_stats_own() - a counter of one thread, since the last reset
 * @s: whose
 * @counter: which
 *
 * Context: any.
 * Return: the counter.
 */
u64 vkv_stats_own(const struct vkv_thread_stats *s, enum vkv_counter counter);

/**
 * vkv_stats_row() - a counter of an opcode, since the last reset
 * @dev: the device
 * @row: one that vkv_stats_has_row()
 * @counter: which
 *
 * Context: any.
 * Return: the sum over all threads.
 */
u64 vkv_stats_row(const struct vkv_dev *dev, unsigned int row,
		  enum vkv_row_counter counter);

/**
 * vkv_stats_bucket() - one number of an opcode's distribution, since the reset
 * @dev: the device
 * @row: one that vkv_stats_has_row()
 * @part: which distribution
 * @i: below VKV_NR_BUCKETS
 *
 * Samples of 0 are not among them, but in total and lateness.
 * Context: any.
 * Return: samples in this bucket.
 */
u64 vkv_stats_bucket(const struct vkv_dev *dev, unsigned int row,
		     enum vkv_part part, unsigned int i);

/**
 * vkv_stats_summary() - a part of an opcode's latency, since the last reset
 * @dev: the device
 * @row: one that vkv_stats_has_row()
 * @part: which
 * @sum: filled, ns
 *
 * Context: any.
 */
void vkv_stats_summary(const struct vkv_dev *dev, unsigned int row,
		       enum vkv_part part, struct vkv_summary *sum);

/**
 * vkv_stats_lateness() - of one thread's completions, since the last reset
 * @dev: the device
 * @s: whose
 * @sum: filled, ns
 *
 * Context: any.
 */
void vkv_stats_lateness(const struct vkv_dev *dev,
			const struct vkv_thread_stats *s,
			struct vkv_summary *sum);

/**
 * vkv_stats_depths() - of threads' queues, since the last reset
 * @s: of the first thread
 * @nr: how many
 * @sum: filled, commands
 *
 * Context: any.
 */
void vkv_stats_depths(const struct vkv_thread_stats *s, unsigned int nr,
		      struct vkv_summary *sum);

/**
 * vkv_stats_usage() - vkv_ftl_usage(), what was written since the last reset
 * @dev: the device
 * @usage: filled
 *
 * Context: any.
 */
void vkv_stats_usage(const struct vkv_dev *dev, struct vkv_usage *usage);

/**
 * vkv_stats_timing() - vkv_timing_usage(), since the last reset
 * @dev: the device
 * @usage: filled
 *
 * Context: any.
 */
void vkv_stats_timing(const struct vkv_dev *dev,
		      struct vkv_timing_usage *usage);

/**
 * vkv_stats_die() - how long a die has been busy since the last reset
 * @dev: the device
 * @i: below vkv_stats.nr_dies
 *
 * Context: any.
 * Return: ns.
 */
u64 vkv_stats_die(const struct vkv_dev *dev, unsigned int i);

/**
 * vkv_dev_counter() - a counter's sum over the threads, since the load
 * @dev: the device
 * @counter: which
 *
 * Context: any thread.
 * Return: the sum.
 */
u64 vkv_dev_counter(const struct vkv_dev *dev, enum vkv_counter counter);

/**
 * vkv_stats_reset_rows() - let a group of rows begin at 0 again
 * @dev: the device
 * @group: below VKV_NR_ROW_GROUPS; it has rows
 *
 * Context: may sleep.
 */
void vkv_stats_reset_rows(struct vkv_dev *dev, unsigned int group);

#endif
