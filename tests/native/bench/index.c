// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the size and the speed of an index while it grows from a thousand
 * entries to many millions. The index runs alone: the record of an entry is a
 * number, and pages come from an array.
 *
 * Sizes are spaced evenly on a logarithmic scale. So a saw-tooth shows, and the
 * mean does not depend on the places of its teeth.
 */
#include <getopt.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "native/bench/clock.h"
#include "native/bench/environment.h"
#include "native/bench/keys.h"
#include "native/bench/memory.h"
#include "native/bench/report.h"
#include "ftl/index/index.h"

#define KEYS_MIN 1000u
#define KEYS_MAX 1000000000u
#define NR_TARGETS 2
#define SAMPLES_PER_DECADE 100u
#define SAMPLES_PER_ROW 10u
#define ROWS_MAX 128u
#define LOOKUPS 20000u
/* Freed pages are not reused at once, because readers may still be in them. */
#define PAGES_KEPT 64u
/* The index is told that the reserved memory has this size. */
#define DEVICE_BYTES (16ull << 30)

struct sample {
	u64 keys;
	u64 bytes;
	u64 heap;
	double insert_ns;
	double lookup_ns;
	double lines;
};

/* The state of a run. Location n + 1 is the record of key n. */
struct bed {
	const struct vkv_index_ops *ops;
	struct vkv_index *ix;
	struct memory mem;
	u32 *freed;		/* a ring of page numbers */
	u32 nr_pages;
	u32 fresh;		/* the first page that was never used */
	u64 put;
	u64 taken;
	u64 used;
	u64 heap;		/* heap use before the index existed */
	u64 rng;
};

static struct bed bed = { .fresh = 1 };
static struct sample rows[ROWS_MAX];
static u32 nr_rows;

static const struct vkv_index_ops *const indexes[] = {
	&vkv_index_extendible,
	&vkv_index_plain,
};

static u32 page_alloc(void *arg, u32 cookie)
{
	u32 page;

	if (bed.put - bed.taken > PAGES_KEPT)
		page = bed.freed[bed.taken++ % bed.nr_pages];
	else if (bed.fresh < bed.nr_pages)
		page = bed.fresh++;
	else
		return 0;
	bed.used++;
	return page;
}

static void page_free(void *arg, u32 page)
{
	bed.freed[bed.put++ % bed.nr_pages] = page;
	bed.used--;
}

static bool match(void *arg, u64 loc)
{
	return *(u64 *)arg == loc - 1;
}

static u64 hash_of(u64 n)
{
	return key_mix(n + 1);
}

static u64 heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd - bed.heap;
}

static void give_up(const char *why, u64 keys)
{
	fprintf(stderr, "bench: %s at %llu keys\n", why, keys);
	exit(1);
}

static void insert(u64 n)
{
	struct vkv_trail trail = { .hash = hash_of(n) };
	u64 found;
	int err;

	err = bed.ops->change(bed.ix, &trail, match, &n, 0, n + 1, &found);
	if (err == -EAGAIN)
		give_up("no page", n);
	if (err || found)
		give_up("wrong answer of change()", n);
}

/* Measures the mean time of a lookup in ns. Lookups do not overlap. */
static double time_lookups(u64 keys, double *lines)
{
	u64 waited, begin = clock_begin(&waited), ticks = begin;
	u32 reads = 0, i;

	for (i = 0; i < LOOKUPS; i++) {
		u64 n = key_below(&bed.rng, keys);
		struct vkv_trail trail = { .hash = hash_of(n) };

		if (bed.ops->lookup(bed.ix, &trail, match, &n, &reads) !=
		    n + 1)
			give_up("wrong answer of lookup()", keys);
		/* This reading waits until the lookup has ended. */
		ticks = clock_ticks();
	}
	*lines = (double)reads / LOOKUPS;
	ticks -= begin + (clock_waited() - waited);
	return clock_to_ns((double)ticks / LOOKUPS - clock_cost());
}

static void print_row(const struct sample *s)
{
	printf("%11llu %9.2f %10.2f %9.1f %9.1f %7.2f\n", s->keys,
	       (double)s->bytes / s->keys, (double)s->heap / s->keys,
	       s->insert_ns, s->lookup_ns, s->lines);
	fflush(stdout);
}

static void add_row(u64 keys, double insert_ns)
{
	struct sample *s = &rows[nr_rows++];

	s->keys = keys;
	s->bytes = bed.used * VKV_PAGE_SIZE;
	s->heap = heap_bytes();
	s->insert_ns = insert_ns;
	s->lookup_ns = time_lookups(keys, &s->lines);
	print_row(s);
}

struct growth {
	double sum;
	u32 nr;
	double worst;
	u64 worst_at;
};

static void take_sample(struct growth *g, u64 keys)
{
	double bytes = (double)bed.used * VKV_PAGE_SIZE / keys;

	g->sum += bytes;
	g->nr++;
	if (bytes > g->worst) {
		g->worst = bytes;
		g->worst_at = keys;
	}
	if (bed.used != bed.ops->nr_pages(bed.ix))
		give_up("pages lost", keys);
}

static u64 sample_point(u32 i)
{
	return llround(KEYS_MIN * pow(10, (double)i / SAMPLES_PER_DECADE));
}

static void grow(u64 max_keys, struct growth *g)
{
	u64 n = 0, from = 0, end, ticks = 0, begin, waited;
	u32 i;

	for (i = 0; (end = sample_point(i)) <= max_keys; i++) {
		begin = clock_begin(&waited);
		while (n < end)
			insert(n++);
		ticks += clock_ticks() - begin - (clock_waited() - waited);
		take_sample(g, n);
		if (i % SAMPLES_PER_ROW == 0 && nr_rows < ROWS_MAX) {
			add_row(n, clock_to_ns((double)ticks / (n - from)));
			from = n;
			ticks = 0;
		}
	}
}

static void make_bed(u64 max_keys)
{
	struct vkv_index_env env = {
		.size = DEVICE_BYTES,
		.page_alloc = page_alloc,
		.page_free = page_free,
	};
	/* Twice the most that a key may take, and some more for few keys. */
	u64 bytes = max_keys * 32 + (64ull << 20);

	if (memory_map(&bed.mem, bytes) ||
	    memory_populate(&bed.mem, bytes / 2)) {
		fprintf(stderr, "bench: no memory\n");
		exit(2);
	}
	bed.nr_pages = bed.mem.size / VKV_PAGE_SIZE;
	bed.freed = calloc(bed.nr_pages, sizeof(*bed.freed));
	env.mem = bed.mem.base;
	bed.heap = heap_bytes();
	if (!bed.freed || bed.ops->create(&env, &bed.ix)) {
		fprintf(stderr, "bench: cannot make an index\n");
		exit(2);
	}
}

static void make_targets(const struct growth *g, struct target *t)
{
	u32 i;

	t[0].value = g->sum / g->nr;
	t[0].limit = 12;
	snprintf(t[0].name, sizeof(t[0].name),
		 "index bytes a key, mean of %u sizes from %u to %llu keys",
		 g->nr, KEYS_MIN, rows[nr_rows - 1].keys);
	snprintf(t[0].beside, sizeof(t[0].beside),
		 "beside the pages, %.1f KiB of heap at the end",
		 rows[nr_rows - 1].heap / 1024.0);
	t[1].value = g->worst;
	t[1].limit = 16;
	snprintf(t[1].name, sizeof(t[1].name),
		 "index bytes a key, at the worst");
	snprintf(t[1].beside, sizeof(t[1].beside), "at %llu keys", g->worst_at);
	for (i = 0; i < NR_TARGETS; i++)
		print_target(&t[i]);
}

static void json_sample(FILE *f, const struct sample *s, bool last)
{
	fprintf(f,
		"    {\"keys\": %llu, \"bytes\": %llu, \"heap_bytes\": %llu, ",
		s->keys, s->bytes, s->heap);
	fprintf(f, "\"bytes_per_key\": %.3f, \"insert_ns\": %.1f, ",
		(double)s->bytes / s->keys, s->insert_ns);
	fprintf(f, "\"lookup_ns\": %.1f, \"lines_per_lookup\": %.3f}%s\n",
		s->lookup_ns, s->lines, last ? "" : ",");
}

static int write_json(const char *file, const struct target *t)
{
	FILE *f = fopen(file, "w");
	const struct sample *s;

	if (!f)
		return -EIO;
	fprintf(f, "{\n");
	json_environment(f, 1);
	fprintf(f, "  \"index\": \"%s\",\n  \"index_sizes\": [\n",
		bed.ops->name);
	for (s = rows; s < rows + nr_rows; s++)
		json_sample(f, s, s + 1 == rows + nr_rows);
	fprintf(f, "  ],\n");
	json_targets(f, t, NR_TARGETS);
	fprintf(f, "\n}\n");
	return fclose(f) ? -EIO : 0;
}

static void usage(FILE *f)
{
	fprintf(f,
		"Usage: bench_index [-n KEYS] [-i INDEX] [-o FILE] [--strict]\n\n"
		"Measures an index by itself while it grows.\n\n"
		"  -n  keys at the end [100000000]\n"
		"  -i  index [%s]\n"
		"  -o  write JSON there\n"
		"  --strict  fail when a target is missed\n",
		indexes[0]->name);
}

static const struct vkv_index_ops *find_index(const char *name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(indexes); i++)
		if (!strcmp(indexes[i]->name, name))
			return indexes[i];
	fprintf(stderr, "bench: no index '%s'\n", name);
	exit(2);
}

struct options {
	u64 keys;
	const char *out;
	bool strict;
};

/* Returns false if there is no such option. */
static bool take_option(struct options *o, int c)
{
	switch (c) {
	case 'n':
		o->keys = strtoull(optarg, NULL, 0);
		return o->keys >= KEYS_MIN && o->keys <= KEYS_MAX;
	case 'i':
		bed.ops = find_index(optarg);
		return true;
	case 'o':
		o->out = optarg;
		return true;
	case 's':
		o->strict = true;
		return true;
	default:
		return false;
	}
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "strict", no_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	int c;

	while ((c = getopt_long(argc, argv, "n:i:o:h", longs, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (!take_option(o, c)) {
			usage(stderr);
			exit(2);
		}
	}
}

static void measure(u64 keys, struct target *targets)
{
	struct growth growth = {};

	clock_calibrate();
	clock_thread_begin();
	make_bed(keys);
	printf("%11s %9s %10s %9s %9s %7s\n", "keys", "bytes/key",
	       "heap/key", "insert ns", "lookup ns", "lines");
	grow(keys, &growth);
	make_targets(&growth, targets);
}

int main(int argc, char **argv)
{
	struct options o = { .keys = 100000000 };
	struct target targets[NR_TARGETS] = {};
	bool met;

	bed.ops = indexes[0];
	parse(&o, argc, argv);
	measure(o.keys, targets);
	if (o.out && write_json(o.out, targets)) {
		fprintf(stderr, "bench: cannot write %s\n", o.out);
		return 2;
	}
	bed.ops->destroy(bed.ix);
	free(bed.freed);
	memory_unmap(&bed.mem);
	met = target_met(&targets[0]) && target_met(&targets[1]);
	return o.strict && !met ? 3 : 0;
}
