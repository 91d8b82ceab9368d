/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The load of a host in a benchmark: commands of one kind, some of them in
 * flight at a time.
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <linux/types.h>

#include "native/bench/host.h"

enum load_op {
	LOAD_EMPTY,	/* Flush, which does nothing */
	LOAD_EXIST,
	LOAD_MISS,	/* Exist of an absent key */
	LOAD_RETRIEVE,
	LOAD_STORE,	/* overwrites with a value of the same size */
	LOAD_NR_OPS,
};

/**
 * struct load - a kind of command, and the host that sends it
 * @h: the host, used by this load alone
 * @q: the host's queue
 * @op: the operation
 * @value: size of a value, in bytes
 * @keys: number of keys that are stored
 * @depth: commands at a time
 * @nr: number of commands
 * @begun: number of commands submitted
 * @ended: number of commands completed
 * @wrong: number of wrong answers
 * @rng: random numbers that choose keys
 * @buffer: a buffer for each command at a time
 * @list: a PRP list for each command at a time
 * @number: the key's number of each command at a time
 * @free: the commands that are not in use
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
 * load_memory() - host memory that a load needs, in bytes
 * @value: size of a value, in bytes
 * @depth: commands at a time, at most
 */
u64 load_memory(u32 value, u32 depth);

/**
 * load_prepare() - allocate the buffers of a load
 * @l: the load; @h, @q, @value and @keys are set
 * @depth: commands at a time, at most
 */
void load_prepare(struct load *l, u32 depth);

/**
 * load_fill() - store the keys in the FTL, without commands
 * @l: prepared
 *
 * Return: 0, or a negative errno.
 */
int load_fill(struct load *l);

/**
 * load_start() - start a run
 * @l: a prepared load; @op is set
 * @depth: commands at a time
 * @nr: number of commands
 */
void load_start(struct load *l, u32 depth, u64 nr);

/**
 * load_submit() - submit commands until @depth are in flight
 * @l: started
 */
void load_submit(struct load *l);

/**
 * load_reap() - take the completions there are, and check the answers
 * @l: started
 *
 * Return: false when all commands are complete.
 */
bool load_reap(struct load *l);

#endif
