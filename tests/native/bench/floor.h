/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Floors: the time that the machine's memory takes, whatever the FTL does.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <linux/types.h>

#include "native/bench/measure.h"
#include "native/bench/memory.h"

enum floor_kind {
	FLOOR_ACCESS,		/* one read at a random place of the index */
	FLOOR_FETCH,		/* that read leads to a value, which is copied */
	FLOOR_PLACE,		/* it leads to where a value is copied to */
	FLOOR_COPY_OUT,		/* memcpy() of a value from a random place */
	FLOOR_COPY_IN,		/* memcpy() of a value to a random place */
	NR_FLOORS,
};

/**
 * struct floor_ground - memory of the size that a device touches
 * @mem: holds both parts
 * @index: bytes of the first part, read at random
 * @log: bytes of the part behind it, that values lie in
 * @value: bytes of a value
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
 * floor_prepare() - make the ground ready
 * @ground: sizes; cut down to what @mem has
 *
 * Return: 0, -ENOMEM.
 */
int floor_prepare(struct floor_ground *ground);

/**
 * floor_run() - measure one
 * @ground: from floor_prepare()
 * @kind: which
 * @threads: at the same time
 * @nr: operations of each thread; half of them are measured in bursts
 * @m: added to
 */
void floor_run(const struct floor_ground *ground, enum floor_kind kind,
	       unsigned int threads, u64 nr, struct measure *m);

#endif
