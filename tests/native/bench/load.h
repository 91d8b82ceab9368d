/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The load of a host in a benchmark: commands of one kind, a number of them at
 * a time.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <linux/types.h>

#include "native/bench/host.h"

enum load_op {
	LOAD_EMPTY,	/* Flush, which does nothing */
	LOAD_EXIST,
	LOAD_MISS,	/* Exist of a key that is not there */
	LOAD_RETRIEVE,
	LOAD_STORE,	/* over a value of the same size */
	LOAD_NR_OPS,
};

/**
 * struct load - a kind of command, and the host that sends it
 * @h: a host of its own
 * @q: its queue
 * @op: what is asked for
 * @value: bytes of a value
 * @keys: keys that there are
 * @depth: commands at a time
 * @nr: commands in all
 * @begun: submitted
 * @ended: completed
 * @wrong: answers that are
 * @rng: of keys
 * @buffer: one for each command at a time
 * @list: PRP lists, likewise
 * @number: the key, likewise
 * @free: those that are not in use
 */
struct load {
	struct host *h;
	struct host_queue *q;
	enum load_op op;
	u32 value;
	u64 keys;
	u32 depth;
	u64 nr;
	u64 begun;
	u64 ended;
	u64 wrong;
	u64 rng;
	u8 *buffer;
	__le64 *list;
	u64 number[HOST_DEPTH];
	u16 free[HOST_DEPTH];
};

/**
 * load_name() - the name of an operation
 * @op: the operation
 */
const char *load_name(enum load_op op);

/**
 * load_memory() - bytes of host memory that loads need
 * @value: bytes of a value
 * @depth: commands at a time, at most
 */
u64 load_memory(u32 value, u32 depth);

/**
 * load_prepare() - buffers
 * @l: @h, @q, @value and @keys are set
 * @depth: commands at a time, at most
 */
void load_prepare(struct load *l, u32 depth);

/**
 * load_fill() - store the keys, past the queues
 * @l: prepared
 *
 * Return: 0, or a negative errno.
 */
int load_fill(struct load *l);

/**
 * load_start() - begin
 * @l: prepared; @op is set
 * @depth: commands at a time
 * @nr: commands in all
 */
void load_start(struct load *l, u32 depth, u64 nr);

/**
 * load_submit() - as many commands as may be under way
 * @l: started
 */
void load_submit(struct load *l);

/**
 * load_reap() - take the completions there are, and look at the answers
 * @l: started
 *
 * Return: false when all commands are complete.
 */
bool load_reap(struct load *l);

#endif
