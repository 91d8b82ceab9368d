/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The targets of the FTL: ratios within one run.
 */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include "native/bench/report.h"

/**
 * struct scene - the devices that the targets are about
 * @keys: of 64 bytes, with everything measured on them
 * @fill: their level
 * @big_keys: of 4,096 bytes
 * @big_fill: their level
 * @pauses: of an empty loop, right after the first store
 */
struct scene {
	u64 keys;
	unsigned int fill;
	u64 big_keys;
	unsigned int big_fill;
	struct pauses pauses;
};

/**
 * targets_add() - compare, and add what could be compared
 * @r: rows in, targets out
 * @scene: whose rows
 */
void targets_add(struct report *r, const struct scene *scene);

#endif
