/* SPDX-License-Identifier: GPL-2.0 */
/* A phase: many operations of one kind on a device, in one or more threads. */
#ifndef BENCH_PHASE_H
#define BENCH_PHASE_H

#include "native/bench/bed.h"
#include "native/bench/keys.h"
#include "native/bench/measure.h"

enum phase_op {
	PHASE_STORE,		/* of absent keys */
	PHASE_OVERWRITE,
	PHASE_HIT,		/* retrieve of a stored key */
	PHASE_MISS,
	PHASE_MIXED,		/* retrieve and overwrite in turn */
	PHASE_DELETE,
	NR_PHASE_OPS,
};

/**
 * struct phase - a number of operations of one kind
 * @op: the operation
 * @choice: the choice of keys; store, miss and delete have their own
 * @threads: number of threads, up to BED_WORKERS
 * @nr: operations of all threads together
 * @bursts: measure half of the operations in bursts
 */
struct phase {
	enum phase_op op;
	enum key_choice choice;
	unsigned int threads;
	u64 nr;
	bool bursts;
};

/**
 * struct phase_result - the figures of a phase
 * @m: the times
 * @wrong: operations with a wrong answer; must be 0
 * @retries: how often an operation had to wait for the collector
 * @before: usage of the device before the phase
 * @after: usage of the device after the phase
 */
struct phase_result {
	struct measure m;
	u64 wrong;
	u64 retries;
	struct vkv_usage before;
	struct vkv_usage after;
};

/**
 * phase_name() - the name of an operation in a report
 * @op: the operation
 */
const char *phase_name(enum phase_op op);

/**
 * phase_run() - run a phase
 * @bed: a device; its keys are stored, unless this phase stores them
 * @phase: the operations
 * @result: filled
 */
void phase_run(struct bed *bed, const struct phase *phase,
	       struct phase_result *result);

#endif
