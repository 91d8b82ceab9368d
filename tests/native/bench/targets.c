// SPDX-License-Identifier: GPL-2.0
/*
 * Compares figures with the targets. Both sides are means of operations
 * measured one by one, without the cost of the clock.
 */
#include "native/bench/targets.h"

#include <linux/array_size.h>
#include <linux/string.h>

#define SMALL 64u
#define BIG 4096u

/* An operation or a floor, and the floor that it is compared with. */
struct comparison {
	const char *name;
	const char *choice;
	const char *floor;
	double limit;
};

static const struct comparison small_ops[] = {
	{ "hit", "uniform", "fetch", 1.5 },
	{ "miss", "absent", "access", 1.2 },
	{ "store", "order", "place", 2.5 },
	{ "overwrite", "uniform", "place", 5 },
};

/* Here the limit is the least part of memcpy()'s bandwidth. */
static const struct comparison big_ops[] = {
	{ "hit", "uniform", "copy-out", 0.8 },
	{ "store", "order", "copy-in", 0.8 },
};

static const struct row *find(const struct report *r, const char *name,
			      const char *choice, u32 value, u64 keys,
			      unsigned int fill, unsigned int threads)
{
	const struct row *row;

	for (row = r->row; row < r->row + r->nr_rows; row++)
		if (!strcmp(row->name, name) && !strcmp(row->choice, choice) &&
		    row->value == value && row->keys == keys &&
		    row->fill == fill && row->threads == threads &&
		    !row->verify)
			return row;
	return NULL;
}

static const struct row *find_small(const struct report *r,
				    const struct scene *s, const char *name,
				    const char *choice, unsigned int threads)
{
	return find(r, name, choice, SMALL, s->keys, s->fill, threads);
}

static void add_small(struct report *r, const struct scene *s,
		      const struct comparison *c)
{
	const struct row *op = find_small(r, s, c->name, c->choice, 1);
	const struct row *floor = find_small(r, s, c->floor, "floor", 1);
	struct target t = { .limit = c->limit };
	int n;

	if (!op || !floor)
		return;
	t.value = op->ns / floor->ns;
	snprintf(t.name, sizeof(t.name),
		 "%s of %u bytes at %llu keys, %u%% full: time, in units of floor %s",
		 c->name, op->value, op->keys, op->fill, c->floor);
	n = snprintf(t.beside, sizeof(t.beside),
		     "%.1f to %.1f ns; medians %.2f", op->ns, floor->ns,
		     op->p50 / floor->p50);
	if (op->burst_ns > 0)
		snprintf(t.beside + n, sizeof(t.beside) - n,
			 "; in bursts %.1f to %.1f ns", op->burst_ns,
			 floor->burst_ns);
	report_target(r, &t);
}

static void add_big(struct report *r, const struct scene *s,
		    const struct comparison *c)
{
	const struct row *op = find(r, c->name, c->choice, BIG, s->big_keys,
				    s->big_fill, 1);
	const struct row *floor = find(r, c->floor, "floor", BIG, s->big_keys,
				       s->big_fill, 1);
	struct target t = { .limit = c->limit, .least = true };

	if (!op || !floor)
		return;
	t.value = floor->ns / op->ns;
	snprintf(t.name, sizeof(t.name),
		 "%s of %u bytes: bandwidth, as a part of memcpy's", c->name,
		 op->value);
	snprintf(t.beside, sizeof(t.beside), "%.2f to %.2f GB/s",
		 op->value / op->ns, floor->value / floor->ns);
	report_target(r, &t);
}

static void add_longest(struct report *r, const struct scene *s)
{
	const struct row *op = find_small(r, s, "store", "order", 1);
	struct target t = { .limit = OVER_FACTOR };

	if (!op)
		return;
	t.value = op->longest / op->p50;
	snprintf(t.name, sizeof(t.name),
		 "longest of %llu stores, growth included: time, in medians",
		 op->nr);
	snprintf(t.beside, sizeof(t.beside),
		 "%llu beyond it, with waits %.0f; an empty loop of %.1f s: longest %.0f, %llu beyond it, with waits %.0f",
		 op->over, op->longest_all / op->p50,
		 clock_to_ns(s->pauses.ticks) / 1e9,
		 clock_to_ns(s->pauses.longest) / op->p50, s->pauses.over,
		 clock_to_ns(s->pauses.longest_all) / op->p50);
	report_target(r, &t);
}

static void add_threads(struct report *r, const struct scene *s,
			const struct comparison *c)
{
	const struct row *one = find_small(r, s, c->name, c->choice, 1);
	const struct row *two = find_small(r, s, c->name, c->choice, 2);
	const struct row *floor1 = find_small(r, s, "fetch", "floor", 1);
	const struct row *floor2 = find_small(r, s, "fetch", "floor", 2);
	struct target t = { .limit = 1.7, .least = true };

	if (!one || !two || !floor1 || !floor2)
		return;
	t.value = two->rate / one->rate;
	snprintf(t.name, sizeof(t.name), "%s: rate of two threads, in units of one",
		 c->name);
	snprintf(t.beside, sizeof(t.beside),
		 "floor fetch %.2f; waited for a CPU: %.0f%%",
		 floor2->rate / floor1->rate, two->waited);
	report_target(r, &t);
}

void targets_add(struct report *r, const struct scene *scene)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(small_ops); i++)
		add_small(r, scene, &small_ops[i]);
	for (i = 0; i < ARRAY_SIZE(big_ops); i++)
		add_big(r, scene, &big_ops[i]);
	add_longest(r, scene);
	for (i = 0; i < ARRAY_SIZE(small_ops); i++)
		add_threads(r, scene, &small_ops[i]);
}
