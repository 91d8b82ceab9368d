/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes histories: several threads use the same few keys of a nearly full
 * device.
 */
#ifndef HISTORY_RUN_H
#define HISTORY_RUN_H

#include <linux/types.h>

#include "native/ftl/variants.h"

/**
 * struct history_report - the result of a run
 * @failed: a message, or "" if all is well
 * @operations: number of operations recorded
 * @overlaps: operations that were invoked before the one before them returned
 * @full: number of stores that found no room
 * @collected: number of segments collected
 */
struct history_report {
	char failed[160];
	u64 operations;
	u64 overlaps;
	u64 full;
	u64 collected;
};

/**
 * history_run() - run threads, and check their answers
 * @variant: the parts of the core
 * @threads: 2 to HISTORY_THREADS - 1; the collector has another one
 * @rounds: how often the threads run to a barrier
 * @report: filled
 */
void history_run(const struct variant *variant, u32 threads, u32 rounds,
		 struct history_report *report);

#endif
