/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The FTL and a timing model in virtual time. A host keeps a number of commands
 * in flight, and sends the next one when one completes. All of it is one
 * thread, and repeats to the bit.
 */
#ifndef TIMING_RIG_H
#define TIMING_RIG_H

#include <linux/types.h>

#include "kv_ftl.h"
#include "timing/timing.h"

#define RIG_DEPTH_MAX 1024u

/*
 * The times of rig_churn() on such a device, all of them in one number. A
 * change of the model or of the FTL changes it; where it runs does not.
 */
#define RIG_GOLDEN_SPEC "pm983-kv:dram=65536:pages=64:suspend=20000"
#define RIG_GOLDEN_SIZE (64ull << 20)
#define RIG_GOLDEN 0x206aaa03210dcca8ull

/* The choice of the next key. */
enum rig_op {
	RIG_STORE,
	RIG_READ,
	RIG_EXIST,
	RIG_DELETE,
};

/**
 * struct rig_load - the commands that the host sends
 * @op: kind of the commands
 * @mix: thousandths of the commands that are @other instead
 * @other: the other kind
 * @size: bytes of a value
 * @batch: keys of one command, one behind the other: a block command's units
 * @depth: commands in flight, at most RIG_DEPTH_MAX
 * @nr: commands
 * @first: first key
 * @keys: keys to choose from; 0: in order from @first on
 * @hot: thousandths of the keys that 4 of 5 commands go to; 0: all alike
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
 * @ns: from the first arrival to the last completion
 * @mean: latency of all commands, ns
 * @mean_read: of the reads
 * @p95_read: likewise
 * @kops: commands a second, in thousands, thousandths of them
 * @bytes_us: bytes of values a microsecond, thousandths of them (MB/s)
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
 * @hash: of all completion times
 * @missed: commands that did not do what they should
 * @latency: of the last command
 * @key_len: bytes of a key, 4 to 255; 8 unless changed
 *
 * The rest is the rig's.
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
 * A device of @size bytes at @mem, the caller's, with block units or keys;
 * false when it cannot be.
 */
bool rig_init(struct rig *r, const char *spec, void *mem, u64 size, bool block);
void rig_exit(struct rig *r);

/* One command on one key, which arrives at @r->now; when is it complete? */
u64 rig_do(struct rig *r, enum rig_op op, u64 number, u32 size);

/* A Flush; likewise. */
u64 rig_flush(struct rig *r);

/* Lets time pass until the device has nothing to do. */
void rig_settle(struct rig *r);

/* Sends all of a load. Context: may sleep. */
struct rig_result rig_run(struct rig *r, const struct rig_load *load);

/*
 * Overwrites, and reads, until the collector is at work for long; of the reads.
 */
struct rig_result rig_churn(struct rig *r);

#endif
