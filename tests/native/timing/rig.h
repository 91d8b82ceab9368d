/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FTL and a timing model in virtual time. A host keeps a number of commands
 * in flight, and sends the next one when one completes. Everything runs in one
 * thread, and each run gives exactly the same times.
 */
#ifndef TIMING_RIG_H
#define TIMING_RIG_H

#include <linux/types.h>

#include "kv_ftl.h"
#include "timing/timing.h"

#define RIG_DEPTH_MAX 1024u

/*
 * The number that rig_churn() computes of all its times on this device. It
 * changes with the model or the FTL, but not with the machine.
 */
#define RIG_GOLDEN_SPEC "pm983-kv:dram=65536:pages=64:suspend=20000"
#define RIG_GOLDEN_SIZE (64ull << 20)
#define RIG_GOLDEN 0xc84f12f3854a1816ull

/* The kind of a command. */
enum rig_op {
	RIG_STORE,
	RIG_READ,
	RIG_EXIST,
	RIG_DELETE,
};

/**
 * struct rig_load - the commands that the host sends
 * @op: kind of the commands
 * @mix: part of the commands that are @other instead, in thousandths
 * @other: the other kind
 * @size: bytes of a value
 * @batch: number of successive keys of one command, like the units of a block
 *	command
 * @depth: commands in flight, at most RIG_DEPTH_MAX
 * @nr: number of commands
 * @first: first key
 * @keys: number of keys to choose from; 0: in order from @first on
 * @hot: part of the keys that get 4 of 5 commands, in thousandths; 0: all keys
 *	alike
 */
struct rig_load {
	enum rig_op op;
	u32 mix;
	enum rig_op other;
	u32 size;
	u32 batch;
	u32 depth;
	u32 nr;
	u64 first;
	u64 keys;
	u32 hot;
};

/**
 * struct rig_result - the figures of a load
 * @ns: time from the first arrival to the last completion
 * @mean: mean latency of all commands, ns
 * @mean_read: mean latency of the reads, ns
 * @p95_read: 95 % of the reads take no longer, ns
 * @kops: thousandths of a thousand commands a second
 * @bytes_us: values moved, in thousandths of a byte per microsecond (MB/s)
 */
struct rig_result {
	u64 ns;
	u64 mean;
	u64 mean_read;
	u64 p95_read;
	u64 kops;
	u64 bytes_us;
};

/**
 * struct rig - a device in virtual time
 * @ftl: the FTL
 * @timing: its timing
 * @now: time of the next arrival, ns
 * @hash: hash of all completion times
 * @missed: number of commands with an unexpected result
 * @latency: latency of the last command
 * @key_len: bytes of a key, 4 to 255; 8 unless changed
 *
 * The other members are private.
 */
struct rig {
	struct vkv_ftl *ftl;
	struct vkv_timing *timing;
	u64 now;
	u64 hash;
	u64 missed;
	struct vkv_latency latency;
	u32 key_len;

	/* private: */
	struct vkv_ftl_ctx *ctx;
	struct vkv_ftl_ctx *gc;
	u64 gc_due;
	u64 rng;
	struct vkv_footprint fp;
	struct vkv_touch touch[VKV_TOUCHES];
	struct vkv_footprint gc_fp;
	struct vkv_touch gc_touch[VKV_TOUCHES];
	u64 part_due;
	struct vkv_txn txn;
	struct vkv_view view;
	u64 end[RIG_DEPTH_MAX];
};

/*
 * Makes a device of @size bytes in the caller's memory @mem, with block units
 * or keys. Returns false on failure.
 */
bool rig_init(struct rig *r, const char *spec, void *mem, u64 size, bool block);
void rig_exit(struct rig *r);

/*
 * Does a command on one key. It arrives at @r->now. Returns its completion
 * time.
 */
u64 rig_do(struct rig *r, enum rig_op op, u64 number, u32 size);

/* Does a Flush. Returns its completion time. */
u64 rig_flush(struct rig *r);

/* Lets time pass until the device is idle. */
void rig_settle(struct rig *r);

/* Sends all commands of a load. May sleep. */
struct rig_result rig_run(struct rig *r, const struct rig_load *load);

/*
 * Overwrites and reads until the collector has worked for long. Returns the
 * figures of the reads.
 */
struct rig_result rig_churn(struct rig *r);

#endif
