/* SPDX-License-Identifier: GPL-2.0 */
/* Makes histories: threads on a few keys of a device that is nearly full. */
#ifndef HISTORY_RUN_H
#define HISTORY_RUN_H

#include <linux/types.h>

#include "native/ftl/variants.h"

/**
 * struct history_report - the result of a run
 * @failed: says what is wrong, "" when nothing is
 * @operations: recorded
 * @overlaps: operations that were invoked before the one before them returned
 * @full: stores for which there was no room
 * @collected: segments
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
 * @threads: 2 to HISTORY_THREADS - 1, beside the collector
 * @rounds: times that they run to a barrier
 * @report: filled
 */
void history_run(const struct variant *variant, u32 threads, u32 rounds,
		 struct history_report *report);

#endif
