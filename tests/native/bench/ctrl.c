// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the speed of the controller with its queues. It is compared with an
 * empty command through the same queues, and with memcpy(). No time is
 * asserted, but answers are checked.
 *
 * Other programs may use the machine meanwhile, so each row is the best of
 * several short runs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "native/bench/clock.h"
#include "native/bench/engine.h"
#include "native/bench/environment.h"
#include "native/bench/report.h"

#define RUNS 20u
#define NR_ROWS_MAX 128u
#define NR_TARGETS_MAX 16u
#define DEPTH_MAX 256u
#define GROUND (256ull << 20)
#define NR_LOADS 2u

/* A device, and the commands to be measured on it. */
struct plan {
	u32 value;
	u64 keys;
	u64 device;		/* size in bytes */
	u64 nr;			/* commands of a run */
	enum load_op first;	/* measure from this operation on */
};

struct result {
	enum load_op op;
	u32 value;
	u32 depth;
	enum spread spread;
	double rate;		/* commands a second, as the host saw them */
	double device;		/* device time of a command, ns */
	double dispatcher;
	double worker;
	double irqs;		/* interrupts per command */
	double copy;		/* memcpy() of one value, ns */
	double to_one;		/* two devices: rate, in units of one */
	double waited;		/* two devices: their threads waited so long, 0..1 */
};

static const struct plan plans[] = {
	{ 64, 1000000, 384ull << 20, 20000, LOAD_EMPTY },
	{ 4096, 65536, 640ull << 20, 10000, LOAD_RETRIEVE },
	{ 262144, 1024, 640ull << 20, 400, LOAD_RETRIEVE },
};

static const u32 depths[] = { 1, 32, 256 };

static struct result results[NR_ROWS_MAX];
static unsigned int nr_results;
static struct target targets[NR_TARGETS_MAX];
static unsigned int nr_targets;
static unsigned int runs = RUNS;
static u32 inline_bytes;
static bool open_memory;
static unsigned int dispatchers = 1;
static struct memory ground;
static u64 wrong;

static double per_command(double ticks, const struct timing *t)
{
	return clock_to_ns(ticks) / t->nr;
}

/* Each round's time includes one reading of the clock, which is taken off. */
static double per_round(u64 ticks, u64 rounds, const struct timing *t)
{
	return per_command(max(ticks - clock_cost() * rounds, 0.0), t);
}

static bool better(const struct timing *a, const struct timing *b,
		   enum spread spread)
{
	if (spread)
		return a->all < b->all;
	return a->dispatcher + a->worker < b->dispatcher + b->worker;
}

static void best_of(struct load *l, u32 depth, u64 nr, enum spread spread,
		    struct timing *best)
{
	struct timing t;
	unsigned int i;

	for (i = 0; i < runs; i++) {
		engine_run(l, depth, nr, spread, &t);
		if (!i || better(&t, best, spread))
			*best = t;
	}
}

static double best_copy(struct load *l, u32 depth, u64 nr)
{
	u64 best = ~0ull;
	unsigned int i;

	if (l->op < LOAD_RETRIEVE)
		return 0;
	for (i = 0; i < runs; i++)
		best = min(best, engine_copy(l, &ground, depth, nr));
	return clock_to_ns(best) / nr;
}

static const char *const spreads[] = {
	[SPREAD_NONE] = "1",
	[SPREAD_WORKER] = "2",
	[SPREAD_DISPATCHERS] = "2d",
	[SPREAD_DEVICES] = "2x",
};

static void print_head(void)
{
	printf("%-9s %7s %5s %3s %10s %10s %10s %8s %8s %7s %9s\n", "command",
	       "value", "depth", "thr", "device/s", "host/s", "dispatcher",
	       "worker", "device", "irqs", "memcpy");
}

static void print_result(const struct result *r)
{
	printf("%-9s %7u %5u %3s %10.0f %10.0f %10.1f %8.1f %8.1f %7.3f %9.1f\n",
	       load_name(r->op), r->value, r->depth, spreads[r->spread],
	       1e9 / r->device, r->rate, r->dispatcher, r->worker, r->device,
	       r->irqs, r->copy);
	fflush(stdout);
}

static void add_result(const struct result *r)
{
	if (nr_results == NR_ROWS_MAX)
		exit(2);
	if (!nr_results)
		print_head();
	results[nr_results++] = *r;
	print_result(r);
}

static void set_times(struct result *r, const struct timing *t)
{
	r->rate = 1e9 / per_command(t->all, t);
	r->dispatcher = per_round(t->dispatcher, t->dispatcher_rounds, t);
	r->worker = per_round(t->worker, t->worker_rounds, t);
	r->device = r->dispatcher + r->worker;
	r->irqs = (double)t->irqs / t->nr;
}

static void measure(struct load *l, enum load_op op, u32 depth, u64 nr,
		    enum spread spread)
{
	struct result r = { op, l->value, depth, spread };
	struct timing t;

	l[0].op = op;
	l[1].op = op;
	best_of(l, depth, nr, spread, &t);
	set_times(&r, &t);
	r.copy = best_copy(l, depth, nr);
	add_result(&r);
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * One device and two take turns, so that the rest of the machine is as busy for
 * both. The ratio is the median of those of all turns.
 */
static void measure_devices(struct load *l, enum load_op op, u64 nr)
{
	struct result r = { op, l->value, DEPTH_MAX, SPREAD_DEVICES };
	struct timing one, two, best;
	double ratio[RUNS];
	unsigned int i;

	l[0].op = op;
	l[1].op = op;
	for (i = 0; i < runs; i++) {
		engine_run(l, DEPTH_MAX, nr, SPREAD_NONE, &one);
		engine_run(l, DEPTH_MAX, nr, SPREAD_DEVICES, &two);
		ratio[i] = two.rate / one.rate;
		r.waited += two.waited / runs;
		if (!i || better(&two, &best, SPREAD_DEVICES))
			best = two;
	}
	qsort(ratio, runs, sizeof(ratio[0]), by_size);
	r.to_one = ratio[runs / 2];
	set_times(&r, &best);
	add_result(&r);
}

static void make_loads(struct host *h, struct load *l, const struct plan *plan)
{
	const struct host_config cfg = {
		.device = plan->device,
		.mem = NR_LOADS * load_memory(plan->value, DEPTH_MAX),
		.workers = 1,
		.dispatchers = dispatchers,
		.queues = NR_LOADS,
		.inline_bytes = inline_bytes,
		.open = open_memory,
	};
	unsigned int i;

	if (host_create(h, &cfg)) {
		fprintf(stderr, "bench: cannot make a device\n");
		exit(2);
	}
	for (i = 0; i < NR_LOADS; i++) {
		l[i] = (struct load){
			.h = h,
			.q = &h->q[1 + i],
			.value = plan->value,
			.keys = plan->keys,
			.rng = i,
		};
		load_prepare(&l[i], DEPTH_MAX);
	}
	if (load_fill(&l[0])) {
		fprintf(stderr, "bench: cannot fill the device\n");
		exit(2);
	}
}

static void do_plan(const struct plan *plan, u64 nr)
{
	static struct host h;
	static struct load l[NR_LOADS];
	unsigned int i;
	int op;

	fprintf(stderr, "bench: %llu keys of %u bytes\n", plan->keys,
		plan->value);
	make_loads(&h, l, plan);
	for (op = plan->first; op < LOAD_NR_OPS; op++) {
		for (i = 0; i < ARRAY_SIZE(depths); i++)
			measure(l, op, depths[i], nr, SPREAD_NONE);
		measure(l, op, DEPTH_MAX, nr, SPREAD_WORKER);
	}
	host_destroy(&h);
	wrong += l[0].wrong + l[1].wrong;
}

/* Measures commands that the dispatchers carry out themselves. */
static void do_dispatchers(const struct plan *plan, u64 nr)
{
	static struct host h;
	static struct load l[NR_LOADS];
	int op;

	if (plan->value > inline_bytes)
		return;
	dispatchers = NR_LOADS;
	make_loads(&h, l, plan);
	for (op = plan->first; op < LOAD_STORE; op++)
		measure(l, op, DEPTH_MAX, nr, SPREAD_DISPATCHERS);
	host_destroy(&h);
	wrong += l[0].wrong + l[1].wrong;
	dispatchers = 1;
}

/* Measures two devices beside one another: what one does must not slow the other. */
static void do_devices(const struct plan *plan, u64 nr)
{
	static struct host h[2];
	static struct load l[2][NR_LOADS], first[2];
	unsigned int i;
	int op;

	if (plan != plans)
		return;
	for (i = 0; i < ARRAY_SIZE(h); i++) {
		make_loads(&h[i], l[i], plan);
		first[i] = l[i][0];
	}
	for (op = plan->first; op < LOAD_NR_OPS; op++)
		measure_devices(first, op, nr);
	for (i = 0; i < ARRAY_SIZE(h); i++) {
		host_destroy(&h[i]);
		wrong += first[i].wrong;
	}
}

static const struct result *find(enum load_op op, u32 value, u32 depth,
				 enum spread spread)
{
	unsigned int i;

	for (i = 0; i < nr_results; i++)
		if (results[i].op == op && results[i].value == value &&
		    results[i].depth == depth && results[i].spread == spread)
			return &results[i];
	return NULL;
}

static void add_target(const struct target *t)
{
	targets[nr_targets++] = *t;
	print_target(t);
}

static void add_rate(enum load_op op, double limit)
{
	const struct result *r = find(op, 64, DEPTH_MAX, SPREAD_NONE);
	struct target t = { .limit = limit, .least = true };

	if (!r)
		return;
	t.value = 1e3 / r->device;
	snprintf(t.name, sizeof(t.name),
		 "%s of one device thread, million a second", load_name(op));
	add_target(&t);
}

static void add_bandwidth(enum load_op op)
{
	const struct result *r = find(op, 262144, 32, SPREAD_NONE);
	struct target t = { .limit = 0.85, .least = true };

	if (!r)
		return;
	t.value = r->copy / r->device;
	snprintf(t.name, sizeof(t.name),
		 "%s of %u bytes: bandwidth, as a part of memcpy's",
		 load_name(op), r->value);
	snprintf(t.beside, sizeof(t.beside), "%.2f to %.2f GB/s",
		 r->value / r->device, r->value / r->copy);
	add_target(&t);
}

static void add_threads(enum load_op op)
{
	const struct result *one = find(op, 64, DEPTH_MAX, SPREAD_NONE);
	const struct result *two = find(op, 64, DEPTH_MAX, SPREAD_DISPATCHERS);
	struct target t = { .limit = 1.7, .least = true };

	if (!one || !two)
		return;
	t.value = two->rate / one->rate;
	snprintf(t.name, sizeof(t.name),
		 "%s: rate of two dispatchers, in units of one",
		 load_name(op));
	add_target(&t);
}

static void add_devices(enum load_op op)
{
	const struct result *r = find(op, 64, DEPTH_MAX, SPREAD_DEVICES);
	struct target t = { .limit = 1.7, .least = true };

	if (!r)
		return;
	t.value = r->to_one;
	snprintf(t.name, sizeof(t.name),
		 "%s: rate of two devices, in units of one", load_name(op));
	snprintf(t.beside, sizeof(t.beside), "waited for a CPU: %.0f%%",
		 r->waited * 100);
	add_target(&t);
}

static void add_targets(void)
{
	add_rate(LOAD_EMPTY, 6);
	add_rate(LOAD_EXIST, 4);
	add_rate(LOAD_RETRIEVE, 3);
	add_rate(LOAD_STORE, 2);
	add_bandwidth(LOAD_RETRIEVE);
	add_bandwidth(LOAD_STORE);
	add_threads(LOAD_EXIST);
	add_threads(LOAD_RETRIEVE);
	add_devices(LOAD_EMPTY);
	add_devices(LOAD_RETRIEVE);
	add_devices(LOAD_STORE);
}

static void json_result(FILE *f, const struct result *r)
{
	fprintf(f, "    {\"command\": \"%s\", \"value_bytes\": %u, ",
		load_name(r->op), r->value);
	fprintf(f, "\"depth\": %u, \"threads\": %u, ", r->depth,
		r->spread ? 2 : 1);
	fprintf(f, "\"dispatchers\": %u, ",
		r->spread == SPREAD_DISPATCHERS ? 2 : 1);
	fprintf(f, "\"device_per_second\": %.0f, \"host_per_second\": %.0f, ",
		1e9 / r->device, r->rate);
	fprintf(f, "\"dispatcher_ns\": %.1f, \"worker_ns\": %.1f, ",
		r->dispatcher, r->worker);
	fprintf(f, "\"devices\": %u, ", r->spread == SPREAD_DEVICES ? 2 : 1);
	if (r->to_one)
		fprintf(f, "\"to_one_device\": %.3f, ", r->to_one);
	fprintf(f, "\"interrupts\": %.4f, \"memcpy_ns\": %.1f}", r->irqs,
		r->copy);
}

static int write_json(const char *file)
{
	FILE *f = fopen(file, "w");
	unsigned int i;

	if (!f)
		return -1;
	fprintf(f, "{\n");
	json_environment(f, 2);
	fprintf(f, "  \"native\": [\n");
	for (i = 0; i < nr_results; i++) {
		json_result(f, &results[i]);
		fprintf(f, "%s\n", i + 1 < nr_results ? "," : "");
	}
	fprintf(f, "  ],\n");
	json_targets(f, targets, nr_targets);
	fprintf(f, "\n}\n");
	return fclose(f) ? -1 : 0;
}

struct options {
	bool quick;
	bool one;
	enum load_op op;
	struct plan plan;
	u32 depth;
	const char *out;
};

static void usage(FILE *f)
{
	fprintf(f,
		"Usage: bench_ctrl [-q] [-a] [-i BYTES] [-o FILE]\n"
		"       bench_ctrl [-a] [-i BYTES] -c COMMAND:VALUE:DEPTH:NR\n\n"
		"Measures the controller natively. Prints a table (times in ns a command).\n\n"
		"  -q  quick: runs of a quarter of the length\n"
		"  -a  the device reaches all memory and looks no page up, as with dma=open\n"
		"  -i  reads of up to so many bytes are the dispatcher's own [0: none]\n"
		"  -o  write JSON there\n"
		"  -c  only this, once, and untimed: for an instruction counter\n");
}

/*
 * Parses COMMAND:VALUE:DEPTH:NR. There are few keys, because only instructions
 * are counted.
 */
static bool parse_case(struct options *o, const char *text)
{
	char name[16];
	int op;

	o->one = true;
	if (sscanf(text, "%15[^:]:%u:%u:%llu", name, &o->plan.value, &o->depth,
		   &o->plan.nr) != 4)
		return false;
	o->plan.device = 256ull << 20;
	o->plan.keys = min(20000ull, (64ull << 20) / max(o->plan.value, 1u));
	for (op = 0; op < LOAD_NR_OPS; op++)
		if (!strcmp(name, load_name(op)))
			break;
	o->op = op;
	return op < LOAD_NR_OPS && o->depth && o->depth <= DEPTH_MAX &&
	       o->plan.value && o->plan.value <= VKV_IO_MAX;
}

static void parse(struct options *o, int argc, char **argv)
{
	bool right = true;
	int c;

	while (right && (c = getopt(argc, argv, "aqo:c:i:h")) != -1) {
		switch (c) {
		case 'a':
			open_memory = true;
			break;
		case 'q':
			o->quick = true;
			break;
		case 'o':
			o->out = optarg;
			break;
		case 'c':
			right = parse_case(o, optarg);
			break;
		case 'i':
			inline_bytes = strtoul(optarg, NULL, 0);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			right = false;
		}
	}
	if (right)
		return;
	usage(stderr);
	exit(2);
}

static void count(const struct options *o)
{
	static struct host h;
	static struct load l[NR_LOADS];

	make_loads(&h, l, &o->plan);
	l[0].op = o->op;
	engine_count(&l[0], o->depth, o->plan.nr);
	wrong += l[0].wrong;
	host_destroy(&h);
}

static void measure_all(const struct options *o)
{
	unsigned int i;

	clock_calibrate();
	clock_thread_begin();
	if (memory_map(&ground, GROUND) || memory_populate(&ground, GROUND)) {
		fprintf(stderr, "bench: no memory\n");
		exit(2);
	}
	for (i = 0; i < ARRAY_SIZE(plans); i++) {
		do_plan(&plans[i], plans[i].nr / (o->quick ? 4 : 1));
		do_dispatchers(&plans[i], plans[i].nr / (o->quick ? 4 : 1));
		do_devices(&plans[i], plans[i].nr / (o->quick ? 4 : 1));
	}
	add_targets();
}

int main(int argc, char **argv)
{
	struct options o = {};

	parse(&o, argc, argv);
	if (o.one)
		count(&o);
	else
		measure_all(&o);
	if (o.out && write_json(o.out)) {
		fprintf(stderr, "bench: cannot write %s\n", o.out);
		return 2;
	}
	if (wrong)
		fprintf(stderr, "bench: %llu wrong answers\n", wrong);
	return wrong ? 1 : 0;
}
