/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that a device counts: each name stands once, in the lists below.
 *
 * Every thread counts for itself, and it alone writes its numbers.
 * ctrl/stats_read.h has the sums.
 */
#ifndef VKV_STATS_H
#define VKV_STATS_H

#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "ctrl/dev.h"
#include "ctrl/histogram.h"
#include "ctrl/opcode.h"

struct vkv_cmd;
struct vkv_dev;
struct vkv_opcode;
struct vkv_timing;
struct vkv_timing_usage;
struct vkv_usage;
struct vkv_worker;

/* Counters of the whole device. */
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
	x(INDEX_WRITES, index_writes)					\
	x(REFUSED, dma_refused)

/* Counters of a thread. */
#define VKV_THREAD_COUNTERS(x)						\
	x(ROUNDS, rounds)						\
	x(BUSY_ROUNDS, busy_rounds)					\
	x(SLEEPS, sleeps)						\
	x(SLEPT_NS, slept_ns)						\
	x(COMMANDS, commands)						\
	x(PARKED, parked)						\
	x(HELD, held)

/*
 * Counters of an opcode in a namespace, then its commands by class of status.
 */
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

/* The parts of a command's time. */
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

/*
 * Rows of statistics come in groups. Group 0 has a row for each admin opcode, and
 * one for unknown opcodes. A namespace's group has the number of its NSID, and a
 * row for each opcode. It gets its memory when its namespace is made for the first
 * time. A row's number has its group in its upper bits.
 */
#define VKV_ROW_UNKNOWN VKV_NR_ADMIN_OPCODES
#define VKV_ROW_SHIFT 5
#define VKV_ROWS_MAX (1u << VKV_ROW_SHIFT)
#define VKV_NR_ROW_GROUPS (VKV_NR_NAMESPACES + 1)
#define VKV_NR_ROWS (VKV_NR_ROW_GROUPS << VKV_ROW_SHIFT)
static_assert(VKV_ROW_UNKNOWN < VKV_ROWS_MAX);

static inline unsigned int vkv_row_group(unsigned int row)
{
	return row >> VKV_ROW_SHIFT;
}

static inline unsigned int vkv_row_in_group(unsigned int row)
{
	return row & (VKV_ROWS_MAX - 1);
}

/* The outcome of a command's lookup of its key; 0 when it made none. */
enum vkv_lookup {
	VKV_LOOKUP_HIT = 1,
	VKV_LOOKUP_MISS,
};

/* A timed command completed this much after it was due is late. */
#define VKV_LATE_NS 50000u

/**
 * struct vkv_row - an opcode in a namespace, as one thread saw it
 * @count: by enum vkv_row_counter; commands are counted by status only
 * @untimed_ns: the sum of the times in @untimed
 * @untimed: total and lateness at once, of commands without a model's time
 * @sum: of the times in @part, ns
 * @part: by enum vkv_part. Total and lateness have the commands with a model's
 *	time, the other parts have all commands where the part is not 0
 */
struct vkv_row {
	u64 count[VKV_NR_ROW_COUNTERS];
	u64 untimed_ns;
	struct vkv_histogram untimed;
	u64 sum[VKV_NR_PARTS];
	struct vkv_histogram part[VKV_NR_PARTS];
};

/**
 * struct vkv_tally - the counters of one thread
 * @count: by enum vkv_counter
 * @lateness: ns from when a command was due until it was completed; only commands
 *	with a model's time are here, the others are in the rows
 * @depth: commands that a queue held each time that some were taken from it. For
 *	a dispatcher, all that are in flight in the submission queue; for a worker,
 *	those on the ring and those that are not due yet
 */
struct vkv_tally {
	u64 count[VKV_NR_COUNTERS];
	struct vkv_histogram lateness;
	struct vkv_histogram depth;
};

/**
 * struct vkv_thread_stats - the statistics of one thread, which alone writes them
 * @tally: since the load
 * @base: what it was at the last reset; written by vkv_dev_reset_stats()
 * @pending: commands that were executed and not due when the last round ended
 * @rows: the rows of each group; NULL for a group that has none yet, and for the
 *	collector
 */
struct vkv_thread_stats {
	struct vkv_tally tally ____cacheline_aligned_in_smp;
	u32 pending;
	struct vkv_tally base ____cacheline_aligned_in_smp;
	struct vkv_row *rows[VKV_NR_ROW_GROUPS];
};

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
 * struct vkv_stats - those of all threads, and what they were at the last reset
 * @thread: of each worker, each dispatcher, and the collector, in this order
 * @row_base: for each group the sums over all threads; NULL for one that has no
 *	rows yet
 * @die_base: ns that each die was busy; NULL without dies
 * @nr_dies: how many
 * @usage_base: of the FTL and the timing model
 */
struct vkv_stats {
	struct vkv_thread_stats *thread;
	struct vkv_row *row_base[VKV_NR_ROW_GROUPS];
	u64 *die_base;
	unsigned int nr_dies;
	struct vkv_usage_base usage_base;
};

/**
 * vkv_stats_nr_threads() - threads that count: workers, dispatchers, the collector
 * @dev: the device
 *
 * Context: any.
 * Return: how many.
 */
static inline unsigned int vkv_stats_nr_threads(const struct vkv_dev *dev)
{
	return dev->nr_workers + dev->nr_dispatchers + 1;
}

/**
 * vkv_stats_create() - room for all there is to count
 * @dev: its workers and namespaces are there
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_stats_create(struct vkv_dev *dev);

/**
 * vkv_stats_set_timing() - the numbers of another timing begin
 * @dev: the device
 * @timing: it has counted nothing yet
 *
 * Context: vkv_dev.tables is held, or before the first round; may sleep.
 * Return: 0; -ENOMEM, and nothing has changed.
 */
int __must_check vkv_stats_set_timing(struct vkv_dev *dev,
				      const struct vkv_timing *timing);

/**
 * vkv_stats_add_ns() - room for the opcodes of a namespace
 * @dev: the device
 * @ns: a namespace that nobody sees yet; its first row is filled
 *
 * Context: the dispatcher, or before the first round; may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_stats_add_ns(struct vkv_dev *dev, struct vkv_ns *ns);

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
static inline void vkv_stats_count(struct vkv_thread_stats *s,
				   enum vkv_counter counter, u64 n)
{
	WRITE_ONCE(s->tally.count[counter], s->tally.count[counter] + n);
}

/**
 * vkv_stats_depth() - commands were taken from a queue
 * @s: of this thread
 * @depth: commands there were, these among them
 */
void vkv_stats_depth(struct vkv_thread_stats *s, u32 depth);

/**
 * vkv_stats_round() - a round has ended
 * @s: of this thread
 * @worked: it did something
 */
void vkv_stats_round(struct vkv_thread_stats *s, bool worked);

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
 * vkv_stats_refused() - a command names memory that the device may not touch
 * @cmd: it has a submission queue
 *
 * Context: the thread whose command it is.
 */
void vkv_stats_refused(const struct vkv_cmd *cmd);

/**
 * vkv_stats_collector() - the collector's statistics
 * @dev: the device
 *
 * Return: never NULL.
 */
struct vkv_thread_stats *vkv_stats_collector(const struct vkv_dev *dev);

/**
 * vkv_stats_rows_in() - how many rows does a group have?
 * @dev: the device
 * @group: below VKV_NR_ROW_GROUPS
 *
 * Context: any.
 * Return: those that a namespace of either kind may need; 0 for a group that has
 * none yet.
 */
unsigned int vkv_stats_rows_in(const struct vkv_dev *dev, unsigned int group);

/**
 * vkv_stats_has_row() - is there a row of this number?
 * @dev: the device
 * @row: below VKV_NR_ROWS
 *
 * Context: any.
 */
bool vkv_stats_has_row(const struct vkv_dev *dev, unsigned int row);

/**
 * vkv_stats_name_row() - what a row counts
 * @dev: the device
 * @row: one that vkv_stats_has_row()
 * @nsid: filled; 0 for the admin queue
 *
 * Return: the opcode; NULL for commands whose opcode is unknown.
 */
const struct vkv_opcode *vkv_stats_name_row(const struct vkv_dev *dev,
					    unsigned int row, u32 *nsid);

#endif
