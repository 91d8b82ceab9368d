/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a load. The device's rounds share the host's thread, or have their own.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "native/bench/load.h"

/**
 * struct timing - the times of a run, in ticks
 * @nr: number of commands
 * @dispatcher: time of the dispatcher's rounds that did something
 * @worker: time of the worker's rounds that did something
 * @dispatcher_rounds: number of the dispatcher's rounds that did something
 * @worker_rounds: number of the worker's rounds that did something
 * @all: time from the first command to the last completion
 * @rate: commands per tick, all hosts together; the time that a host's thread
 *	waited for a CPU does not count
 * @waited: part of their time that the hosts' threads waited for a CPU, 0 to 1
 * @irqs: number of interrupts
 */
struct timing {
	u64 nr;
	u64 dispatcher;
	u64 worker;
	u64 dispatcher_rounds;
	u64 worker_rounds;
	u64 all;
	double rate;
	double waited;
	u64 irqs;
};

enum spread {
	SPREAD_NONE,		/* one thread does everything */
	SPREAD_WORKER,		/* the worker has its own thread */
	SPREAD_DISPATCHERS,	/* two dispatchers with hosts, no worker */
	SPREAD_DEVICES,		/* two devices with hosts, a thread for each */
};

/**
 * engine_run() - carry commands out, and time the device
 * @l: a prepared load; for two dispatchers two of them, with separate queues;
 *	for two devices one of each
 * @depth: commands of each load at a time
 * @nr: number of commands of each load
 * @spread: how host, dispatchers and worker share threads
 * @t: filled with the sums
 */
void engine_run(struct load *l, u32 depth, u64 nr, enum spread spread,
		struct timing *t);

/**
 * engine_count() - carry commands out under an instruction counter
 * @l: prepared
 * @depth: commands at a time
 * @nr: number of commands
 *
 * The device runs in counted_rounds(). The counter counts nothing else.
 */
void engine_count(struct load *l, u32 depth, u64 nr);

/**
 * engine_copy() - measure the floor: copy values out of memory, or into it
 * @l: a prepared load; its @op chooses the direction
 * @ground: memory that stands for the device's
 * @depth: number of buffers that take turns
 * @nr: number of copies
 *
 * Return: ticks of all copies together.
 */
u64 engine_copy(struct load *l, const struct memory *ground, u32 depth, u64 nr);

#endif
