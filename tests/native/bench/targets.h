/* SPDX-License-Identifier: GPL-2.0 */
/* The targets of the FTL: ratios of two figures of the same run. */
#ifndef BENCH_TARGETS_H
#define BENCH_TARGETS_H

#include "native/bench/report.h"

/**
 * struct scene - the devices that the targets judge
 * @keys: keys of the device with values of 64 bytes, 0 if not measured
 * @fill: its level, in per cent
 * @big_keys: keys of the device with values of 4,096 bytes, 0 if not measured
 * @big_fill: its level, in per cent
 * @pauses: pauses of an empty loop, right after the first store
 */
struct scene {
	u64 keys;
	unsigned int fill;
	u64 big_keys;
	unsigned int big_fill;
	struct pauses pauses;
};

/**
 * targets_add() - compare the figures with the targets
 * @r: its rows are compared, and the targets are added to it
 * @scene: the devices to judge
 */
void targets_add(struct report *r, const struct scene *scene);

#endif
