// SPDX-License-Identifier: GPL-2.0
#include "bench_engine.h"

#include <linux/compiler.h>
#include <linux/align.h>
#include <linux/string.h>

#include "bench_clock.h"
#include "bench_keys.h"
#include "bench_team.h"

/* Steps of the collector between two rounds, at most. */
#define COLLECTOR_STEPS 64u

struct run {
	struct load *l;
	struct timing *t;
	unsigned int threads;
	bool done;
};

struct member {
	struct run *run;
	bool host;
};

/* It never goes back, not from one load to the next either. */
static u64 now_of(const struct load *l)
{
	return 1000000000ull + READ_ONCE(l->h->submitted);
}

/* Outside of what is timed: it has a thread of its own otherwise. */
static void collect(struct load *l)
{
	unsigned int i;

	for (i = 0; i < COLLECTOR_STEPS; i++)
		if (vkv_collector_round(l->h->dev, now_of(l)) != VKV_NOW)
			break;
}

/* The time since the last reading goes to @sum, when there was something. */
static u64 charge(u64 *sum, u64 *rounds, u64 last, bool worked)
{
	u64 now = clock_ticks();

	if (worked) {
		*sum += now - last;
		++*rounds;
	}
	return now;
}

static u64 run_dispatcher(struct run *run, u64 last)
{
	struct vkv_dev *dev = run->l->h->dev;
	u64 next = vkv_dispatcher_round(dev, now_of(run->l));

	return charge(&run->t->dispatcher, &run->t->dispatcher_rounds, last,
		      next == VKV_NOW);
}

static u64 run_worker(struct run *run, u64 last)
{
	struct vkv_worker *w = vkv_dev_worker(run->l->h->dev, 0);
	u64 next = vkv_worker_round(w, now_of(run->l));

	return charge(&run->t->worker, &run->t->worker_rounds, last,
		      next == VKV_NOW);
}

static void run_host(struct run *run)
{
	bool more = true;
	u64 last;

	while (more) {
		load_submit(run->l);
		last = run_dispatcher(run, clock_ticks());
		if (run->threads == 1)
			run_worker(run, last);
		more = load_reap(run->l);
		if (run->l->op == LOAD_STORE && run->threads == 1)
			collect(run->l);
	}
	WRITE_ONCE(run->done, true);
}

static void run_other(struct run *run)
{
	u64 last = clock_ticks();

	while (!READ_ONCE(run->done)) {
		last = run_worker(run, last);
		if (run->l->op == LOAD_STORE)
			collect(run->l);
		last = clock_ticks();
	}
}

static void run_member(void *arg)
{
	struct member *m = arg;

	if (m->host)
		run_host(m->run);
	else
		run_other(m->run);
}

void engine_run(struct load *l, u32 depth, u64 nr, unsigned int threads,
		struct timing *t)
{
	struct run run = { .l = l, .t = t, .threads = threads };
	struct member member[2] = { { &run, true }, { &run, false } };
	u64 irqs = l->h->irqs, begin;

	load_start(l, depth, nr);
	*t = (struct timing){ .nr = nr };
	begin = clock_ticks();
	team_run(threads, run_member, member, sizeof(member[0]));
	t->all = clock_ticks() - begin;
	t->irqs = l->h->irqs - irqs;
}

/* Named on the command line of the instruction counter. */
noinline void counted_rounds(struct load *l);

void counted_rounds(struct load *l)
{
	vkv_dispatcher_round(l->h->dev, now_of(l));
	vkv_worker_round(vkv_dev_worker(l->h->dev, 0), now_of(l));
}

void engine_count(struct load *l, u32 depth, u64 nr)
{
	bool more = true;

	load_start(l, depth, nr);
	while (more) {
		load_submit(l);
		counted_rounds(l);
		more = load_reap(l);
		if (l->op == LOAD_STORE)
			collect(l);
	}
}

static u8 *place_of(struct load *l, const struct memory *ground)
{
	return ground->base +
	       key_below(&l->rng, ground->ready / l->value) * l->value;
}

u64 engine_copy(struct load *l, const struct memory *ground, u32 depth, u64 nr)
{
	u64 stride = ALIGN(l->value, VKV_PAGE);
	u64 i, begin = clock_ticks();

	for (i = 0; i < nr; i++) {
		u8 *buffer = l->buffer + i % depth * stride;

		if (l->op == LOAD_STORE)
			memcpy(place_of(l, ground), buffer, l->value);
		else
			memcpy(buffer, place_of(l, ground), l->value);
	}
	return clock_ticks() - begin;
}
