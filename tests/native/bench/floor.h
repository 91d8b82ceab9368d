/* SPDX-License-Identifier: GPL-2.0 */
/* Floors: the time that the memory of the machine takes in any case. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <linux/types.h>

#include "native/bench/measure.h"
#include "native/bench/memory.h"

enum floor_kind {
	FLOOR_ACCESS,		/* reads at a random place of the index */
	FLOOR_FETCH,		/* reads the index, then copies the value out */
	FLOOR_PLACE,		/* reads the index, then copies a value in */
	FLOOR_COPY_OUT,		/* memcpy() of a value from a random place */
	FLOOR_COPY_IN,		/* memcpy() of a value to a random place */
	NR_FLOORS,
};

/**
 * struct floor_ground - memory of the size that a device uses
 * @mem: memory of both parts
 * @index: size of the first part, in bytes; it is read at random places
 * @log: size of the second part, in bytes; values lie there
 * @value: size of a value, in bytes
 */
struct floor_ground {
	struct memory *mem;
	u64 index;
	u64 log;
	u32 value;
};

/**
 * floor_name() - the name of a floor in a report
 * @kind: the floor
 */
const char *floor_name(enum floor_kind kind);

/**
 * floor_prepare() - fill the ground
 * @ground: its sizes; lowered to the size of @mem
 *
 * Return: 0 or -ENOMEM.
 */
int floor_prepare(struct floor_ground *ground);

/**
 * floor_run() - measure one floor
 * @ground: from floor_prepare()
 * @kind: the floor
 * @threads: number of threads at the same time
 * @nr: operations of each thread; half of them are measured in bursts
 * @m: the times are added here
 */
void floor_run(const struct floor_ground *ground, enum floor_kind kind,
	       unsigned int threads, u64 nr, struct measure *m);

#endif
