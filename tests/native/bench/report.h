/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The figures of a benchmark: as a table for people, and as JSON for programs.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdio.h>
#include <linux/types.h>

#include "native/bench/measure.h"

#define REPORT_ROWS 1024u
#define REPORT_TARGETS 32u

/**
 * struct row - one line of the table; times in ns
 * @floor: the row is a floor of the machine, not an operation of the FTL
 * @name: name of the operation or of the floor
 * @choice: name of the choice of keys
 * @value: size of a value, in bytes
 * @keys: number of keys stored
 * @fill: wanted level of the device, in per cent of its capacity
 * @verify: values have checksums
 * @filled: level before the first operation, in per cent of the capacity
 * @threads: number of threads at the same time
 * @nr: operations measured one by one
 * @ns: mean time with the collector's steps, without the cost of the clock and
 *	without waits for a CPU
 * @burst_ns: mean time where operations may overlap, 0 when not measured
 * @waited: part of the time in which threads waited for a CPU, in per cent
 * @p50: median of single operations, with the cost of the clock; batches with
 *	a wait for a CPU are left out, as in the next three
 * @p99: 99 % of the operations take no longer
 * @p9999: 99.99 % of the operations take no longer
 * @longest: the longest operation
 * @longest_all: the longest operation of all batches
 * @over: number of operations longer than OVER_FACTOR times @p50
 * @rate: operations a second, of all threads
 * @steps: number of collector steps between operations
 * @step_ns: the collector's share of @ns
 * @step_p50: median of the collector's steps
 * @step_p99: 99 % of the steps take no longer
 * @step_longest: the longest step
 * @retries: how often an operation had to wait for the collector
 * @amplification: bytes written for every byte stored, 0 when none was stored
 * @index: bytes of index for every key
 */
struct row {
	bool floor;
	const char *name;
	const char *choice;
	u32 value;
	u64 keys;
	unsigned int fill;
	bool verify;
	double filled;
	unsigned int threads;
	u64 nr;
	double ns;
	double burst_ns;
	double waited;
	double p50;
	double p99;
	double p9999;
	double longest;
	double longest_all;
	u64 over;
	double rate;
	u64 steps;
	double step_ns;
	double step_p50;
	double step_p99;
	double step_longest;
	u64 retries;
	double amplification;
	double index;
};

#define OVER_FACTOR 200u

/**
 * struct target - a figure, and the limit that it should keep
 * @name: the two figures that are compared
 * @value: the measured ratio, or the measured bytes
 * @limit: the limit of @value
 * @least: @limit is the least that is allowed, not the most
 * @beside: a remark to print beside it, or an empty string
 */
struct target {
	char name[96];
	double value;
	double limit;
	bool least;
	char beside[160];
};

/**
 * struct report - all figures of a run
 * @nr_rows: rows in @row
 * @row: in the order of measuring
 * @nr_targets: targets in @target
 * @target: in the order of adding
 */
struct report {
	u32 nr_rows;
	struct row row[REPORT_ROWS];
	u32 nr_targets;
	struct target target[REPORT_TARGETS];
};

/**
 * row_times() - fill the times of a row from a measure
 * @row: its times are filled
 * @m: measured
 */
void row_times(struct row *row, const struct measure *m);

/**
 * report_row() - add a row, and print it
 * @r: the report
 * @row: copied
 */
void report_row(struct report *r, const struct row *row);

/**
 * report_target() - add a target, and print it
 * @r: the report
 * @target: copied
 */
void report_target(struct report *r, const struct target *target);

/**
 * print_target() - print a target in one line
 * @target: a target
 */
void print_target(const struct target *target);

/**
 * target_met() - tell whether a target is met
 * @target: a target
 */
bool target_met(const struct target *target);

/**
 * report_missed() - count the targets that are not met
 * @r: the report
 */
u32 report_missed(const struct report *r);

/**
 * json_targets() - write targets as a JSON member, without a comma
 * @f: the file
 * @target: the first target
 * @nr: number of targets
 */
void json_targets(FILE *f, const struct target *target, u32 nr);

/**
 * report_json() - write everything as one JSON object
 * @r: the report
 * @file: name of a file
 * @threads: the largest number of threads that was used
 *
 * Return: 0 or -EIO.
 */
int report_json(const struct report *r, const char *file, unsigned int threads);

#endif
