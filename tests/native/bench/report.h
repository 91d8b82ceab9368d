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
 * @floor: of the machine, not of the FTL
 * @name: of the operation or of the floor
 * @choice: of the keys
 * @value: bytes of a value
 * @keys: keys stored
 * @fill: of the capacity, wanted, per cent
 * @filled: of the capacity, before the first operation, per cent
 * @threads: at the same time
 * @nr: operations measured one by one
 * @ns: mean, the collector's steps included; the cost of the clock and what was
 *	waited for a CPU are taken off
 * @burst_ns: the same where operations may overlap, 0 when not measured
 * @waited: for a CPU that other programs had, per cent of the time
 * @p50: median of single operations; the clock's cost is in it. Without batches
 *	in which the thread waited for a CPU, as the next three
 * @p99: 99 % take no longer
 * @p9999: 99.99 % take no longer
 * @longest: of them
 * @longest_all: of all operations
 * @over: operations longer than OVER_FACTOR times @p50
 * @rate: operations a second, of all threads
 * @steps: of the collector between operations
 * @step_ns: the collector's share of @ns
 * @step_p50: median of its steps
 * @step_p99: 99 % take no longer
 * @step_longest: of them
 * @retries: operations that had to wait for the collector
 * @amplification: bytes written for every byte stored, 0 when none was
 * @index: bytes of index for every key
 */
struct row {
	bool floor;
	const char *name;
	const char *choice;
	u32 value;
	u64 keys;
	unsigned int fill;
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
 * @name: says which two figures are compared
 * @value: the ratio (or the bytes) measured
 * @limit: the value that it should have
 * @least: @value is to be at least, not at most @limit
 * @beside: something to be seen beside it, or empty
 */
struct target {
	char name[96];
	double value;
	double limit;
	bool least;
	char beside[160];
};

/**
 * struct report - all of it
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
 * row_times() - take the times over from a measure
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
 * print_target() - print it in one line
 * @target: a target
 */
void print_target(const struct target *target);

/**
 * target_met() - is it?
 * @target: a target
 */
bool target_met(const struct target *target);

/**
 * report_missed() - targets that are not met
 * @r: the report
 */
u32 report_missed(const struct report *r);

/**
 * json_targets() - write targets as a JSON member, without a comma
 * @f: where to
 * @target: the first
 * @nr: how many
 */
void json_targets(FILE *f, const struct target *target, u32 nr);

/**
 * report_json() - write everything as one JSON object
 * @r: the report
 * @file: name of a file
 * @threads: most threads that there were
 *
 * Return: 0, -EIO.
 */
int report_json(const struct report *r, const char *file, unsigned int threads);

#endif
