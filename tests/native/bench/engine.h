/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a load: the device's rounds in one thread with the host, or in two.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "native/bench/load.h"

/**
 * struct timing - where the time of a run went, in ticks
 * @nr: commands
 * @dispatcher: its rounds that did something
 * @worker: likewise
 * @dispatcher_rounds: how many did something
 * @worker_rounds: likewise
 * @all: from the first command to the last completion
 * @irqs: interrupts
 */
struct timing {
	u64 nr;
	u64 dispatcher;
	u64 worker;
	u64 dispatcher_rounds;
	u64 worker_rounds;
	u64 all;
	u64 irqs;
};

enum spread {
	SPREAD_NONE,		/* all in one thread */
	SPREAD_WORKER,		/* the worker has its own; the host is the dispatcher's */
	SPREAD_DISPATCHERS,	/* two of them, with a host each; no worker */
};

/**
 * engine_run() - carry commands out, and time the device
 * @l: prepared; for two dispatchers, two of them, with queues of one each
 * @depth: commands at a time, of each load
 * @nr: commands, of each load
 * @spread: over threads
 * @t: filled, the sums
 */
void engine_run(struct load *l, u32 depth, u64 nr, enum spread spread,
		struct timing *t);

/**
 * engine_count() - carry commands out under an instruction counter
 * @l: prepared
 * @depth: commands at a time
 * @nr: commands
 *
 * The device runs in counted_rounds(), and nowhere else does anything count.
 */
void engine_count(struct load *l, u32 depth, u64 nr);

/**
 * engine_copy() - the floor: copy values out of memory, or into it
 * @l: prepared; @op says which
 * @ground: memory in the device's place
 * @depth: buffers that take turns
 * @nr: copies
 *
 * Return: ticks of all.
 */
u64 engine_copy(struct load *l, const struct memory *ground, u32 depth, u64 nr);

#endif
