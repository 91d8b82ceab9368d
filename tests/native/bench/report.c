// SPDX-License-Identifier: GPL-2.0
#include "native/bench/report.h"

#include <stdlib.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "native/bench/environment.h"

void row_times(struct row *row, const struct measure *m)
{
	const struct histogram *h = &m->each, *s = &m->steps;

	row->nr = m->nr;
	row->waited = measure_waited(m);
	row->ns = measure_ns(m);
	row->burst_ns = measure_burst_ns(m);
	row->p50 = clock_to_ns(histogram_part(h, 0.5));
	row->p99 = clock_to_ns(histogram_part(h, 0.99));
	row->p9999 = clock_to_ns(histogram_part(h, 0.9999));
	row->longest = clock_to_ns(h->longest);
	row->longest_all = clock_to_ns(m->longest);
	row->over = histogram_over(h, OVER_FACTOR * histogram_part(h, 0.5));
	row->rate = m->rate;
	row->steps = m->nr_steps;
	row->step_ns = measure_step_ns(m);
	row->step_p50 = clock_to_ns(histogram_part(s, 0.5));
	row->step_p99 = clock_to_ns(histogram_part(s, 0.99));
	row->step_longest = clock_to_ns(s->longest);
}

static void print_head(void)
{
	printf("%-9s %-7s %5s %9s %4s %2s %7s %7s %7s %7s %8s %9s %7s %4s %6s %9s %5s %5s\n",
	       "operation", "keys", "value", "stored", "fill", "th", "mean",
	       "burst", "p50", "p99", "p99.99", "longest", "Mop/s", "wait", "gc",
	       "gc step", "wa", "index");
}

static void print_row(const struct row *row)
{
	printf("%s%-*s %-7s %5u %9llu %3u%% %2u %7.1f %7.1f %7.0f %7.0f %8.0f %9.0f %7.2f %3.0f%%",
	       row->name, 9 - (int)strlen(row->name), row->verify ? "+" : "",
	       row->choice, row->value, row->keys, row->fill,
	       row->threads, row->ns, row->burst_ns, row->p50, row->p99,
	       row->p9999, row->longest, row->rate / 1e6, row->waited);
	if (!row->floor)
		printf(" %6.1f %9.0f %5.2f %5.2f", row->step_ns,
		       row->step_longest, row->amplification, row->index);
	printf("\n");
	fflush(stdout);
}

void report_row(struct report *r, const struct row *row)
{
	if (r->nr_rows == REPORT_ROWS) {
		fprintf(stderr, "bench: too many rows\n");
		exit(2);
	}
	if (!r->nr_rows)
		print_head();
	r->row[r->nr_rows++] = *row;
	print_row(row);
}

bool target_met(const struct target *target)
{
	return target->least ? target->value >= target->limit :
			       target->value <= target->limit;
}

void print_target(const struct target *target)
{
	printf("%-6s %8.2f  %s %6.2f  %s%s%s\n",
	       target_met(target) ? "met" : "MISSED", target->value,
	       target->least ? ">=" : "<=", target->limit, target->name,
	       *target->beside ? "; " : "", target->beside);
	fflush(stdout);
}

void report_target(struct report *r, const struct target *target)
{
	if (r->nr_targets == REPORT_TARGETS) {
		fprintf(stderr, "bench: too many targets\n");
		exit(2);
	}
	r->target[r->nr_targets++] = *target;
	print_target(target);
}

u32 report_missed(const struct report *r)
{
	u32 i, missed = 0;

	for (i = 0; i < r->nr_targets; i++)
		missed += !target_met(&r->target[i]);
	return missed;
}

/* Ten digits are enough for every count and every time here. */
static void json_number(FILE *f, const char *name, double value)
{
	fprintf(f, ", \"%s\": %.10g", name, value);
}

static void json_times(FILE *f, const struct row *row)
{
	json_number(f, "operations", row->nr);
	json_number(f, "mean_ns", row->ns);
	json_number(f, "burst_ns", row->burst_ns);
	json_number(f, "p50_ns", row->p50);
	json_number(f, "p99_ns", row->p99);
	json_number(f, "p9999_ns", row->p9999);
	json_number(f, "longest_ns", row->longest);
	json_number(f, "longest_with_waits_ns", row->longest_all);
	json_number(f, "waited_percent", row->waited);
	json_number(f, "over_200_p50", row->over);
	json_number(f, "operations_per_second", row->rate);
}

static void json_device(FILE *f, const struct row *row)
{
	json_number(f, "filled_percent", row->filled);
	json_number(f, "gc_ns", row->step_ns);
	json_number(f, "gc_steps", row->steps);
	json_number(f, "gc_step_p50_ns", row->step_p50);
	json_number(f, "gc_step_p99_ns", row->step_p99);
	json_number(f, "gc_step_longest_ns", row->step_longest);
	json_number(f, "retries", row->retries);
	json_number(f, "write_amplification", row->amplification);
	json_number(f, "index_bytes_per_key", row->index);
}

static void json_row(FILE *f, const struct row *row)
{
	fprintf(f, "    {\"operation\": \"%s\", \"choice\": \"%s\"",
		row->name, row->choice);
	json_number(f, "value_bytes", row->value);
	json_number(f, "keys", row->keys);
	json_number(f, "fill_percent", row->fill);
	fprintf(f, ", \"verify\": \"%s\"", row->verify ? "value" : "header");
	json_number(f, "threads", row->threads);
	json_times(f, row);
	if (!row->floor)
		json_device(f, row);
	fprintf(f, "}");
}

static void json_rows(FILE *f, const struct report *r, const char *name,
		      bool floor)
{
	const char *between = "";
	u32 i;

	fprintf(f, "  \"%s\": [\n", name);
	for (i = 0; i < r->nr_rows; i++) {
		if (r->row[i].floor != floor)
			continue;
		fprintf(f, "%s", between);
		json_row(f, &r->row[i]);
		between = ",\n";
	}
	fprintf(f, "\n  ],\n");
}

static void json_target(FILE *f, const struct target *target)
{
	fprintf(f, "    {\"name\": \"%s\", \"beside\": \"%s\"",
		target->name, target->beside);
	json_number(f, "ratio", target->value);
	json_number(f, "limit", target->limit);
	fprintf(f, ", \"bound\": \"%s\", \"met\": %s}",
		target->least ? "least" : "most",
		target_met(target) ? "true" : "false");
}

void json_targets(FILE *f, const struct target *target, u32 nr)
{
	u32 i;

	fprintf(f, "  \"targets\": [");
	for (i = 0; i < nr; i++) {
		fprintf(f, "%s\n", i ? "," : "");
		json_target(f, &target[i]);
	}
	fprintf(f, "\n  ]");
}

int report_json(const struct report *r, const char *file, unsigned int threads)
{
	FILE *f = fopen(file, "w");

	if (!f)
		return -EIO;
	fprintf(f, "{\n");
	json_environment(f, threads);
	json_rows(f, r, "results", false);
	json_rows(f, r, "floors", true);
	json_targets(f, r->target, r->nr_targets);
	fprintf(f, "\n}\n");
	return fclose(f) ? -EIO : 0;
}
