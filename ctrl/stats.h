/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device counts: each name once, in the lists below.
 *
 * Every thread counts for itself, and alone writes what it counts; readers add
 * the threads up. Nothing is ever set back: a reset remembers what there was,
 * and readers subtract that.
 */
#ifndef VKV_STATS_H
#define VKV_STATS_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;
struct vkv_opcode;
struct vkv_timing_usage;
struct vkv_usage;
struct vkv_worker;

/* Of the whole device. */
#define VKV_DEVICE_COUNTERS(x)						\
	x(READS, reads)							\
	x(WRITES, writes)						\
	x(READ_BYTES, read_bytes)					\
	x(WRITTEN_BYTES, written_bytes)					\
	x(OTHERS, other_commands)					\
	x(ERRORS, failed_commands)					\
	x(ADMIN, admin_commands)					\
	x(TIMED, timed_commands)					\
	x(LATE, late_commands)						\
	x(LOOKUPS, index_commands)					\
	x(INDEX_READS, index_reads)					\
	x(INDEX_WRITES, index_writes)

/* Of a thread. */
#define VKV_THREAD_COUNTERS(x)						\
	x(ROUNDS, rounds)						\
	x(BUSY_ROUNDS, busy_rounds)					\
	x(SLEEPS, sleeps)						\
	x(SLEPT_NS, slept_ns)						\
	x(COMMANDS, commands)						\
	x(PARKED, parked)						\
	x(HELD, held)

/* Of an opcode in a namespace; then its commands by status, in classes. */
#define VKV_ROW_COUNTERS(x)						\
	x(COMMANDS, commands)						\
	x(BYTES, bytes)							\
	x(HITS, hits)							\
	x(MISSES, misses)

#define VKV_STATUS_CLASSES(x)						\
	x(OK, ok)							\
	x(NO_KEY, no_key)						\
	x(EXISTS, exists)						\
	x(END, end)							\
	x(CAPACITY, capacity)						\
	x(ABORTED, aborted)						\
	x(INVALID, invalid)						\
	x(FAILED, failed)

/* Where a command's time went. */
#define VKV_PARTS(x)							\
	x(TOTAL, total)							\
	x(QUEUEING, queueing)						\
	x(INDEX, index)							\
	x(MEDIA, media)							\
	x(TRANSFER, transfer)						\
	x(LATENESS, lateness)

#define VKV_COUNTER_ENUM(id, name) VKV_COUNT_##id,
#define VKV_THREAD_ENUM(id, name) VKV_THREAD_##id,
#define VKV_ROW_ENUM(id, name) VKV_ROW_##id,
#define VKV_STATUS_ENUM(id, name) VKV_STATUS_##id,
#define VKV_PART_ENUM(id, name) VKV_PART_##id,

enum vkv_counter {
	VKV_DEVICE_COUNTERS(VKV_COUNTER_ENUM)
	VKV_NR_DEVICE_COUNTERS,
	VKV_BEFORE_THREAD_COUNTERS = VKV_NR_DEVICE_COUNTERS - 1,
	VKV_THREAD_COUNTERS(VKV_THREAD_ENUM)
	VKV_NR_COUNTERS,
};

enum vkv_row_counter {
	VKV_ROW_COUNTERS(VKV_ROW_ENUM)
	VKV_FIRST_STATUS,
	VKV_BEFORE_STATUS = VKV_FIRST_STATUS - 1,
	VKV_STATUS_CLASSES(VKV_STATUS_ENUM)
	VKV_NR_ROW_COUNTERS,
};

enum vkv_part {
	VKV_PARTS(VKV_PART_ENUM)
	VKV_NR_PARTS,
};

/* What a command's lookup of its key found; 0 when it made none. */
enum vkv_lookup {
	VKV_LOOKUP_HIT = 1,
	VKV_LOOKUP_MISS,
};

/* A timed command completed this much after it was due is late. */
#define VKV_LATE_NS 50000u

/*
 * Buckets of a histogram: eight a power of two, from single nanoseconds to 2^40,
 * and one for what is longer.
 */
#define VKV_BUCKET_STEPS_SHIFT 3
#define VKV_BUCKET_STEPS (1u << VKV_BUCKET_STEPS_SHIFT)
#define VKV_BUCKET_BITS 40u
#define VKV_NR_BUCKETS \
	((VKV_BUCKET_BITS - VKV_BUCKET_STEPS_SHIFT + 1) * VKV_BUCKET_STEPS + 1)

struct vkv_histogram {
	u64 bucket[VKV_NR_BUCKETS];
};

/**
 * struct vkv_row - an opcode in a namespace, as one thread saw it
 * @count: by enum vkv_row_counter; of commands only those by status
 * @untimed_ns: the sum of what @untimed counts
 * @untimed: total and lateness at once, of commands without a model's time
 * @sum: of @part, ns
 * @part: by enum vkv_part; in total and lateness the commands with a model's
 *	time, in the others all, but only where it is not 0
 */
struct vkv_row {
	u64 count[VKV_NR_ROW_COUNTERS];
	u64 untimed_ns;
	struct vkv_histogram untimed;
	u64 sum[VKV_NR_PARTS];
	struct vkv_histogram part[VKV_NR_PARTS];
};

/**
 * struct vkv_tally - what one thread counted of itself
 * @count: by enum vkv_counter
 * @lateness: ns from when a command was due until it was completed; here only of
 *	commands with a model's time, the others are in the rows
 * @depth: commands a queue held each time that some were taken from it: in flight
 *	in the submission queue, with them (dispatcher); on the ring and waiting to
 *	be due (worker)
 */
struct vkv_tally {
	u64 count[VKV_NR_COUNTERS];
	struct vkv_histogram lateness;
	struct vkv_histogram depth;
};

/**
 * struct vkv_stats - the statistics of one thread, who alone writes them
 * @tally: since the load
 * @base: what it was at the last reset; written by vkv_dev_reset_stats()
 * @pending: commands that were executed and not due when the last round ended
 * @row: a row for each opcode in each namespace; NULL for the collector
 * @nr_rows: how many
 */
struct vkv_stats {
	struct vkv_tally tally ____cacheline_aligned_in_smp;
	u32 pending;
	struct vkv_tally base ____cacheline_aligned_in_smp;
	struct vkv_row *row;
	unsigned int nr_rows;
};

#define VKV_NR_QUANTILES 5u
/* Of 100,000. */
extern const u32 vkv_quantiles[VKV_NR_QUANTILES];

/**
 * struct vkv_summary - a distribution in a few numbers
 * @count: samples
 * @mean: 0 where no sum is kept
 * @at: what the parts named by vkv_quantiles are not above
 * @max: what none is above; each of these is the end of a bucket
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
 * Return: below VKV_NR_BUCKETS.
 */
unsigned int vkv_bucket_of(u64 value);

/**
 * vkv_bucket_from() - the least value that a bucket counts
 * @i: 0..VKV_NR_BUCKETS; the last one is beyond any value
 */
u64 vkv_bucket_from(unsigned int i);

/**
 * vkv_stats_create() - room for all there is to count
 * @dev: its workers and namespaces are there
 *
 * Context: may sleep. Return: 0, -ENOMEM.
 */
int __must_check vkv_stats_create(struct vkv_dev *dev);

/**
 * vkv_stats_destroy() - free it
 * @dev: may have none
 */
void vkv_stats_destroy(struct vkv_dev *dev);

/**
 * vkv_stats_count() - add to a counter
 * @s: of this thread
 * @counter: which
 * @n: how much
 */
static inline void vkv_stats_count(struct vkv_stats *s,
				   enum vkv_counter counter, u64 n)
{
	WRITE_ONCE(s->tally.count[counter], s->tally.count[counter] + n);
}

/**
 * vkv_stats_depth() - commands were taken from a queue
 * @s: of this thread
 * @depth: commands there were, these among them
 */
void vkv_stats_depth(struct vkv_stats *s, u32 depth);

/**
 * vkv_stats_round() - a round has ended
 * @s: of this thread
 * @worked: it did something
 */
void vkv_stats_round(struct vkv_stats *s, bool worked);

/**
 * vkv_stats_record() - commands are about to be completed
 * @cmd: of one thread; their statuses and the time of their end are set
 * @nr: how many, one at least
 *
 * Context: the thread whose commands they are.
 */
void vkv_stats_record(struct vkv_cmd *const *cmd, unsigned int nr);

/**
 * vkv_stats_held() - a completion waits for room in its queue
 * @cmd: recorded before
 *
 * Context: the thread whose command it is.
 */
void vkv_stats_held(const struct vkv_cmd *cmd);

/**
 * vkv_stats_collector() - the collector's statistics
 * @dev: the device
 */
struct vkv_stats *vkv_stats_collector(const struct vkv_dev *dev);

/**
 * vkv_stats_counter() - a counter, since the last reset
 * @dev: the device
 * @counter: which
 *
 * Context: any. Return: the sum over all threads.
 */
u64 vkv_stats_counter(const struct vkv_dev *dev, enum vkv_counter counter);

/**
 * vkv_stats_own() - a counter of one thread, since the last reset
 * @s: whose
 * @counter: which
 *
 * Context: any.
 */
u64 vkv_stats_own(const struct vkv_stats *s, enum vkv_counter counter);

/**
 * vkv_stats_row() - a counter of an opcode, since the last reset
 * @dev: the device
 * @row: below vkv_dev.nr_rows
 * @counter: which
 *
 * Context: any.
 */
u64 vkv_stats_row(const struct vkv_dev *dev, unsigned int row,
		  enum vkv_row_counter counter);

/**
 * vkv_stats_bucket() - one number of an opcode's distribution, since the reset
 * @dev: the device
 * @row: below vkv_dev.nr_rows
 * @part: which distribution
 * @i: below VKV_NR_BUCKETS
 *
 * Samples of 0 are not among them, but in total and lateness. Context: any.
 */
u64 vkv_stats_bucket(const struct vkv_dev *dev, unsigned int row,
		     enum vkv_part part, unsigned int i);

/**
 * vkv_stats_summary() - a part of an opcode's latency, since the last reset
 * @dev: the device
 * @row: below vkv_dev.nr_rows
 * @part: which
 * @sum: filled, ns
 *
 * Context: any.
 */
void vkv_stats_summary(const struct vkv_dev *dev, unsigned int row,
		       enum vkv_part part, struct vkv_summary *sum);

/**
 * vkv_stats_lateness() - of one thread's completions, since the last reset
 * @s: whose
 * @sum: filled, ns
 *
 * Context: any.
 */
void vkv_stats_lateness(const struct vkv_stats *s, struct vkv_summary *sum);

/**
 * vkv_stats_depths() - of threads' queues, since the last reset
 * @s: of the first thread
 * @nr: how many
 * @sum: filled, commands
 *
 * Context: any.
 */
void vkv_stats_depths(const struct vkv_stats *s, unsigned int nr,
		      struct vkv_summary *sum);

/* As struct vkv_usage and struct vkv_timing_usage were at the last reset. */
struct vkv_usage_base {
	u64 host_written;
	u64 gc_written;
	u64 collected;
	u64 index_hits;
	u64 index_misses;
	u64 media_reads;
	u64 media_programs;
	u64 media_erases;
};

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
 * @i: below vkv_dev.nr_dies
 *
 * Context: any. Return: ns.
 */
u64 vkv_stats_die(const struct vkv_dev *dev, unsigned int i);

/**
 * vkv_stats_name_row() - what a row counts
 * @dev: the device
 * @row: below vkv_dev.nr_rows
 * @nsid: filled; 0 for the admin queue
 *
 * Return: the opcode; NULL for commands whose opcode is unknown.
 */
const struct vkv_opcode *vkv_stats_name_row(const struct vkv_dev *dev,
					    unsigned int row, u32 *nsid);

/**
 * vkv_dev_counter() - a counter's sum over the threads, since the load
 * @dev: the device
 * @counter: which
 *
 * Context: any thread.
 */
u64 vkv_dev_counter(const struct vkv_dev *dev, enum vkv_counter counter);

#endif
