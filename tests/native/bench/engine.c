// SPDX-License-Identifier: GPL-2.0
#include "native/bench/engine.h"

#include <linux/compiler.h>
#include <linux/align.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "native/bench/clock.h"
#include "native/bench/keys.h"
#include "native/bench/team.h"

/* Steps that the collector takes between two rounds, at most. */
#define COLLECTOR_STEPS 64u

/* One part of a run: a dispatcher and the host that feeds it. */
struct run {
	struct load *l;
	struct timing t;
	unsigned int dispatcher;
	bool with_worker;	/* the worker has the same thread */
	u64 begin;		/* in ticks */
	u64 end;
	u64 waited;
	bool done;
	struct timing apart ____cacheline_aligned_in_smp; /* worker thread's */
};

struct member {
	struct run *run;
	bool host;
};

/* The device's time. It never goes back, even from one load to the next. */
static u64 now_of(const struct load *l)
{
	return 1000000000ull + READ_ONCE(l->q->submitted);
}

/* Runs the collector, untimed: in a real device it has a thread of its own. */
static void collect(struct load *l)
{
	unsigned int i;

	for (i = 0; i < COLLECTOR_STEPS; i++)
		if (vkv_collector_round(l->h->dev, now_of(l)) != VKV_NOW)
			break;
}

/* Adds the time since the reading @last to @sum, if the round did something. */
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
	struct vkv_dispatcher *d = vkv_dev_dispatcher(run->l->h->dev,
						      run->dispatcher);
	u64 next = vkv_dispatcher_round(d, now_of(run->l));

	return charge(&run->t.dispatcher, &run->t.dispatcher_rounds, last,
		      next == VKV_NOW);
}

static u64 run_worker(struct run *run, struct timing *t, u64 last)
{
	struct vkv_worker *w = vkv_dev_worker(run->l->h->dev, 0);
	u64 next = vkv_worker_round(w, now_of(run->l));

	return charge(&t->worker, &t->worker_rounds, last, next == VKV_NOW);
}

static void run_host(struct run *run)
{
	u64 last, waited = clock_waited();
	bool more = true;

	run->begin = clock_ticks();
	while (more) {
		load_submit(run->l);
		last = run_dispatcher(run, clock_ticks());
		if (run->with_worker)
			run_worker(run, &run->t, last);
		more = load_reap(run->l);
		if (run->l->op == LOAD_STORE && run->with_worker)
			collect(run->l);
	}
	run->end = clock_ticks();
	run->waited = clock_waited() - waited;
	WRITE_ONCE(run->done, true);
}

static void run_other(struct run *run)
{
	u64 last = clock_ticks();

	while (!READ_ONCE(run->done)) {
		last = run_worker(run, &run->apart, last);
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

static void add_up(struct timing *t, const struct run *run, unsigned int nr)
{
	u64 begin = ~0ull, end = 0, time, waited;
	unsigned int i;

	*t = (struct timing){ 0 };
	for (i = 0; i < nr; i++) {
		t->nr += run[i].l->nr;
		t->dispatcher += run[i].t.dispatcher;
		t->worker += run[i].t.worker + run[i].apart.worker;
		t->dispatcher_rounds += run[i].t.dispatcher_rounds;
		t->worker_rounds += run[i].t.worker_rounds +
				    run[i].apart.worker_rounds;
		t->irqs += run[i].l->q->irqs;
		time = run[i].end - run[i].begin;
		waited = min(run[i].waited, time - 1);
		t->rate += (double)run[i].l->nr / (time - waited);
		t->waited += (double)waited / time / nr;
		begin = min(begin, run[i].begin);
		end = max(end, run[i].end);
	}
	t->all = end - begin;
}

void engine_run(struct load *l, u32 depth, u64 nr, enum spread spread,
		struct timing *t)
{
	unsigned int i, loads = spread >= SPREAD_DISPATCHERS ? 2 : 1;
	struct run run[2] = { { .l = &l[0] }, { .l = &l[1] } };
	struct member member[2] = { { &run[0], true },
				    { &run[loads - 1], loads == 2 } };

	run[1].dispatcher = spread == SPREAD_DISPATCHERS;
	run[0].with_worker = spread == SPREAD_NONE || spread == SPREAD_DEVICES;
	run[1].with_worker = spread == SPREAD_DEVICES;
	for (i = 0; i < loads; i++) {
		load_start(&l[i], depth, nr);
		l[i].q->irqs = 0;
	}
	team_run(spread == SPREAD_NONE ? 1 : 2, run_member, member,
		 sizeof(member[0]));
	add_up(t, run, loads);
}

/* The instruction counter finds this function by its name. */
noinline void counted_rounds(struct load *l);

void counted_rounds(struct load *l)
{
	vkv_dispatcher_round(vkv_dev_dispatcher(l->h->dev, 0), now_of(l));
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
