// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the speed of the FTL core, beside the time that the machine's memory
 * takes in any case. No time is asserted, but answers are checked.
 */
#include <getopt.h>
#include <stdlib.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "native/bench/floor.h"
#include "native/bench/phase.h"
#include "native/bench/report.h"
#include "native/bench/targets.h"
#include "native/bench/team.h"

#define MILLION 1000000ull
/* The most memory of devices and floors together. Floors get a third. */
#define MEMORY_MAX (7800ull << 20)
#define PAUSES_NS 5000000000ull
#define TURNS 8

/* The set of operations that is measured on a device. */
enum depth {
	DEPTH_STORE,	/* only the fill, by two threads */
	DEPTH_ONE,	/* everything, in one thread */
	DEPTH_TWO,	/* everything, in one thread and in two */
};

struct plan {
	u32 value;
	u64 keys;
	unsigned int fill;
	enum depth depth;
	bool verify;		/* values have sums */
};

struct run {
	const char *index;
	const char *victim;
	u64 nr;			/* operations of a phase */
	unsigned int warm;	/* per cent of the log to overwrite first */
	struct memory device;
	struct memory ground;
	struct report report;
	struct scene scene;
	u64 wrong;
};

static struct run run = { .nr = 1000000, .warm = 100 };

static const char *const choices[] = {
	[KEYS_IN_ORDER] = "order",
	[KEYS_ONCE] = "once",
	[KEYS_UNIFORM] = "uniform",
	[KEYS_ZIPF] = "zipf",
	[KEYS_ABSENT] = "absent",
};

/* The targets judge the first device of 64 and the first of 4,096 bytes. */
static const struct plan plan_default[] = {
	{ 64, 10 * MILLION, 95, DEPTH_TWO },
	{ 64, 10 * MILLION, 95, DEPTH_STORE },
	{ 4096, MILLION, 95, DEPTH_ONE },
	{ 4096, MILLION, 95, DEPTH_ONE, true },
	{ 16, MILLION, 80, DEPTH_ONE },
	{ 64, MILLION, 50, DEPTH_ONE },
	{ 64, MILLION, 80, DEPTH_ONE },
	{ 64, MILLION, 80, DEPTH_ONE, true },
	{ 64, MILLION, 99, DEPTH_ONE },
	{ 1024, MILLION, 80, DEPTH_ONE },
};

static const struct plan plan_quick[] = {
	{ 64, 2 * MILLION, 95, DEPTH_TWO },
	{ 64, 2 * MILLION, 95, DEPTH_STORE },
	{ 64, 2 * MILLION, 95, DEPTH_ONE, true },
	{ 4096, MILLION / 4, 80, DEPTH_ONE },
	{ 4096, MILLION / 4, 80, DEPTH_ONE, true },
	{ 16, MILLION, 50, DEPTH_ONE },
};

static struct row row_of(const struct bed *bed, const char *name,
			 const char *choice, unsigned int threads)
{
	return (struct row){
		.name = name,
		.choice = choice,
		.value = bed->cfg.value,
		.keys = bed->cfg.keys,
		.fill = bed->cfg.fill,
		.verify = bed->cfg.verify,
		.threads = threads,
	};
}

static double amplification(const struct phase_result *p)
{
	u64 host = p->after.host_written - p->before.host_written;
	u64 gc = p->after.gc_written - p->before.gc_written;

	return host ? (double)(host + gc) / host : 0;
}

static const char *choice_of(const struct phase *phase)
{
	switch (phase->op) {
	case PHASE_STORE:
		return choices[KEYS_IN_ORDER];
	case PHASE_MISS:
		return choices[KEYS_ABSENT];
	case PHASE_DELETE:
		return choices[KEYS_ONCE];
	default:
		return choices[phase->choice];
	}
}

/* Runs a phase and counts its wrong answers. Nothing is reported here. */
static void do_phase(struct bed *bed, const struct phase *phase,
		     struct phase_result *result)
{
	phase_run(bed, phase, result);
	if (result->wrong) {
		fprintf(stderr, "bench: %llu wrong answers of %s\n",
			result->wrong, phase_name(phase->op));
		run.wrong += result->wrong;
	}
}

static void report_result(const struct bed *bed, const struct phase *phase,
			  const struct phase_result *p)
{
	struct row row = row_of(bed, phase_name(phase->op), choice_of(phase),
				phase->threads);

	row_times(&row, &p->m);
	row.filled = p->before.used * 100.0 / p->before.capacity;
	row.retries = p->retries;
	row.amplification = amplification(p);
	row.index = p->after.keys ? (double)p->after.index / p->after.keys : 0;
	report_row(&run.report, &row);
}

static void report_phase(struct bed *bed, const struct phase *phase)
{
	static struct phase_result p;

	do_phase(bed, phase, &p);
	report_result(bed, phase, &p);
}

/* Large values take longer, so fewer operations are done with them. */
static u64 operations(const struct bed *bed)
{
	return bed->cfg.value < 1024 ? run.nr : run.nr / 4;
}

static void do_op(struct bed *bed, enum phase_op op, enum key_choice choice,
		  unsigned int threads)
{
	struct phase phase = {
		.op = op,
		.choice = choice,
		.threads = threads,
		.nr = operations(bed) * threads,
		.bursts = true,
	};

	if (op == PHASE_DELETE)
		phase.nr = min(phase.nr, bed->cfg.keys / 8 * threads);
	report_phase(bed, &phase);
}

static void fill_bed(struct bed *bed, unsigned int threads)
{
	struct phase phase = {
		.op = PHASE_STORE,
		.threads = threads,
		.nr = bed->cfg.keys,
	};

	report_phase(bed, &phase);
}

/* Overwrites until the mix of live and dead records in the log is steady. */
static void warm_up(struct bed *bed)
{
	static struct phase_result p;
	struct vkv_usage usage;
	struct phase phase = {
		.op = PHASE_OVERWRITE,
		.choice = KEYS_UNIFORM,
		.threads = 1,
	};

	vkv_ftl_usage(bed->ftl, &usage);
	phase.nr = usage.physical / (usage.live / bed->cfg.keys) *
		   run.warm / 100;
	do_phase(bed, &phase, &p);
}

static void report_floor(const struct bed *bed, enum floor_kind kind,
			 unsigned int threads, const struct measure *m)
{
	struct row row = row_of(bed, floor_name(kind), "floor", threads);

	row_times(&row, m);
	row.floor = true;
	report_row(&run.report, &row);
}

/* The ground is as large as the memory that the device uses. */
static void prepare_ground(const struct bed *bed, struct floor_ground *ground)
{
	struct vkv_usage usage;

	vkv_ftl_usage(bed->ftl, &usage);
	*ground = (struct floor_ground){
		.mem = &run.ground,
		.index = usage.index,
		.log = usage.live,
		.value = bed->cfg.value,
	};
	if (floor_prepare(ground)) {
		fprintf(stderr, "bench: no memory for the floors\n");
		exit(2);
	}
}

/* Runs a phase once more and adds its times to @sum. */
static void take_turn(struct bed *bed, const struct phase *phase,
		      struct phase_result *sum)
{
	static struct phase_result p;

	do_phase(bed, phase, &p);
	measure_merge(&p.m, &sum->m);
	p.m.rate = 1e9 / measure_ns(&p.m);
	*sum = p;
}

/*
 * Takes turns between retrieves and floors, because their times are compared.
 * The other load of the machine changes with time, and so it affects both
 * alike.
 */
static void do_retrieves(struct bed *bed, const struct floor_ground *ground)
{
	static struct phase_result hits, misses;
	static struct measure floors[NR_FLOORS];
	u64 nr = operations(bed) / TURNS;
	struct phase hit = { PHASE_HIT, KEYS_UNIFORM, 1, nr, true };
	struct phase miss = { PHASE_MISS, KEYS_ABSENT, 1, nr, true };
	int turn, kind;

	memset(&hits, 0, sizeof(hits));
	memset(&misses, 0, sizeof(misses));
	memset(floors, 0, sizeof(floors));
	for (turn = 0; turn < TURNS; turn++) {
		take_turn(bed, &hit, &hits);
		for (kind = 0; kind < NR_FLOORS; kind++)
			floor_run(ground, kind, 1, nr, &floors[kind]);
		take_turn(bed, &miss, &misses);
	}
	for (kind = 0; kind < NR_FLOORS; kind++) {
		floors[kind].rate = 1e9 / measure_ns(&floors[kind]);
		report_floor(bed, kind, 1, &floors[kind]);
	}
	report_result(bed, &hit, &hits);
	report_result(bed, &miss, &misses);
}

/* Measures reads in several threads. */
static void do_threads(struct bed *bed, const struct floor_ground *ground,
		       unsigned int threads)
{
	static struct measure m;

	memset(&m, 0, sizeof(m));
	floor_run(ground, FLOOR_FETCH, threads, operations(bed), &m);
	report_floor(bed, FLOOR_FETCH, threads, &m);
	do_op(bed, PHASE_HIT, KEYS_UNIFORM, threads);
	do_op(bed, PHASE_MISS, KEYS_ABSENT, threads);
}

/* Measures all operations in turn. After the warm-up the collector is busy. */
static void do_all(struct bed *bed, unsigned int threads)
{
	struct floor_ground ground;

	prepare_ground(bed, &ground);
	do_retrieves(bed, &ground);
	do_op(bed, PHASE_HIT, KEYS_ZIPF, 1);
	if (threads > 1)
		do_threads(bed, &ground, threads);
	warm_up(bed);
	do_op(bed, PHASE_OVERWRITE, KEYS_UNIFORM, 1);
	do_op(bed, PHASE_MIXED, KEYS_UNIFORM, 1);
	if (threads > 1) {
		do_op(bed, PHASE_OVERWRITE, KEYS_UNIFORM, threads);
		do_op(bed, PHASE_MIXED, KEYS_UNIFORM, threads);
	}
	do_op(bed, PHASE_OVERWRITE, KEYS_ZIPF, 1);
	do_op(bed, PHASE_MIXED, KEYS_ZIPF, 1);
	do_op(bed, PHASE_DELETE, KEYS_ONCE, 1);
	if (threads > 1)
		do_op(bed, PHASE_DELETE, KEYS_ONCE, threads);
}

/* Remembers the devices that the targets judge. */
static void note_scene(const struct bed *bed)
{
	struct scene *s = &run.scene;
	const struct row *store = &run.report.row[run.report.nr_rows - 1];

	if (bed->cfg.value == 64 && !s->keys) {
		s->keys = bed->cfg.keys;
		s->fill = bed->cfg.fill;
		s->pauses = clock_pauses(min_t(u64, store->ns * store->nr,
					       PAUSES_NS),
					 OVER_FACTOR * store->p50 /
					 clock_to_ns(1));
	}
	if (bed->cfg.value == 4096 && !s->big_keys) {
		s->big_keys = bed->cfg.keys;
		s->big_fill = bed->cfg.fill;
	}
}

static void do_plan(const struct plan *plan)
{
	struct bed_config cfg = {
		.value = plan->value,
		.keys = plan->keys,
		.fill = plan->fill,
		.index = run.index,
		.victim = run.victim,
		.verify = plan->verify,
	};
	struct bed bed;
	int err;

	fprintf(stderr, "bench: %llu keys of %u bytes, %u%% full%s\n",
		plan->keys, plan->value, plan->fill,
		plan->verify ? ", verify=value" : "");
	err = bed_create(&bed, &cfg, &run.device);
	if (err) {
		fprintf(stderr, "bench: cannot make a device: error %d\n", err);
		exit(2);
	}
	fill_bed(&bed, plan->depth == DEPTH_STORE ? 2 : 1);
	if (plan->depth != DEPTH_STORE) {
		note_scene(&bed);
		do_all(&bed, plan->depth == DEPTH_TWO ? 2 : 1);
	}
	bed_destroy(&bed);
}

static void do_plans(const struct plan *plan, u32 nr)
{
	u32 i;

	for (i = 0; i < nr && !run.wrong; i++)
		do_plan(&plan[i]);
}

/* Measures all values, numbers of keys and levels, in one thread and in two. */
static void do_matrix(void)
{
	static const u32 values[] = { 64, 4096, 16, 1024 };
	static const unsigned int fills[] = { 95, 50, 80, 99 };
	u32 i;

	for (i = 0; i < 2 * ARRAY_SIZE(values) * ARRAY_SIZE(fills); i++) {
		u64 keys = i / 16 ? MILLION : 10 * MILLION;
		struct plan plan[2] = {
			{ values[i % 4], keys, fills[i / 4 % 4], DEPTH_TWO },
			{ values[i % 4], keys, fills[i / 4 % 4], DEPTH_STORE },
		};

		do_plans(plan, ARRAY_SIZE(plan));
	}
}

static void map_memory(u64 size)
{
	size = min(size, memory_available() / 4 * 3);
	if (memory_map(&run.ground, size / 3) ||
	    memory_map(&run.device, size - size / 3)) {
		fprintf(stderr, "bench: no memory\n");
		exit(2);
	}
}

static void usage(FILE *f)
{
	fprintf(f,
		"Usage: bench_ftl [-q | -f | -b VALUE:KEYS:FILL [-c]] [-i INDEX] [-v VICTIM]\n"
		"\t[-m MIB] [-o FILE] [--strict]\n\n"
		"Measures the FTL core. Prints a table (times in ns) and targets.\n\n"
		"  -q  quick: about a minute\n"
		"  -f  full: every combination\n"
		"  -b  one device: bytes of a value, keys, per cent of the capacity\n"
		"  -c  values have checksums (verify=value)\n"
		"  -i  index, -v victim policy [the defaults of the core]\n"
		"  -m  memory to use, at most [%llu]\n"
		"  -o  write JSON there\n"
		"  --strict  fail when a target is missed\n",
		MEMORY_MAX >> 20);
}

struct options {
	bool quick;
	bool full;
	bool strict;
	bool one;
	struct plan plan;
	const char *out;
	u64 memory;
};

/* Parses VALUE:KEYS:FILL. */
static bool parse_plan(struct plan *plan, const char *text)
{
	return sscanf(text, "%u:%llu:%u", &plan->value, &plan->keys,
		      &plan->fill) == 3 &&
	       plan->value >= 8 && plan->value <= 4096 &&
	       plan->keys >= 1000 && plan->keys < 1ull << 32 &&
	       plan->fill && plan->fill < 100;
}

/* Returns false if there is no such option. */
static bool take_option(struct options *o, int c)
{
	switch (c) {
	case 'q':
		o->quick = true;
		return true;
	case 'f':
		o->full = true;
		return true;
	case 's':
		o->strict = true;
		return true;
	case 'c':
		o->plan.verify = true;
		return true;
	case 'i':
		run.index = optarg;
		return true;
	case 'v':
		run.victim = optarg;
		return true;
	case 'm':
		o->memory = strtoull(optarg, NULL, 0) << 20;
		return true;
	case 'o':
		o->out = optarg;
		return true;
	case 'b':
		o->one = true;
		return parse_plan(&o->plan, optarg);
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

	while ((c = getopt_long(argc, argv, "qfcb:i:v:m:o:h", longs, NULL)) !=
	       -1) {
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

static void measure(const struct options *o)
{
	if (o->one) {
		do_plans(&o->plan, 1);
	} else if (o->full) {
		do_matrix();
	} else if (o->quick) {
		run.nr /= 4;
		run.warm = 50;
		do_plans(plan_quick, ARRAY_SIZE(plan_quick));
	} else {
		do_plans(plan_default, ARRAY_SIZE(plan_default));
	}
}

int main(int argc, char **argv)
{
	struct options o = {
		.plan = { .depth = DEPTH_TWO },
		.memory = MEMORY_MAX,
	};

	parse(&o, argc, argv);
	clock_calibrate();
	clock_thread_begin();
	map_memory(o.memory);
	measure(&o);
	targets_add(&run.report, &run.scene);
	if (o.out && report_json(&run.report, o.out, 2)) {
		fprintf(stderr, "bench: cannot write %s\n", o.out);
		return 2;
	}
	memory_unmap(&run.device);
	memory_unmap(&run.ground);
	if (run.wrong)
		return 1;
	return o.strict && report_missed(&run.report) ? 3 : 0;
}
