/* SPDX-License-Identifier: GPL-2.0 */
/* The times that one thread measures, of single operations and of bursts. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "native/bench/clock.h"
#include "native/bench/histogram.h"

/**
 * struct measure - times of operations, in ticks
 * @each: times of single operations, with the reading of the clock; loops in
 *	which the thread waited for a CPU are left out
 * @longest: the longest single operation of all loops
 * @steps: times of collector steps that never waited for a CPU
 * @nr_steps: number of all collector steps
 * @nr: operations in loops that read the clock after each operation
 * @ticks: time of these loops with the collector's steps, without waits for a
 *	CPU
 * @burst_nr: operations in loops that read the clock only at both ends
 * @burst_ticks: time of these loops, without waits for a CPU
 * @waited: time that the thread waited for a CPU
 * @rate: operations a second of all threads, of the loops of @nr
 */
struct measure {
	struct histogram each;
	u64 longest;
	struct histogram steps;
	u64 nr_steps;
	u64 nr;
	u64 ticks;
	u64 burst_nr;
	u64 burst_ticks;
	u64 waited;
	double rate;
};

/**
 * struct lap - a loop that is being timed
 * @waited: clock_waited() at the beginning
 * @begin: time of the beginning
 */
struct lap {
	u64 waited;
	u64 begin;
};

static inline void lap_begin(struct lap *lap)
{
	lap->begin = clock_begin(&lap->waited);
}

/* Adds a loop of @nr operations that ended at @end; @took has their times. */
static inline void lap_each(struct measure *m, const struct lap *lap, u64 end,
			    const u64 *took, u32 nr)
{
	u64 waited = clock_waited() - lap->waited;
	u32 i;

	m->nr += nr;
	m->ticks += end - lap->begin - min(waited, end - lap->begin);
	m->waited += waited;
	for (i = 0; i < nr; i++) {
		m->longest = max(m->longest, took[i]);
		if (!waited)
			histogram_add(&m->each, took[i]);
	}
}

/* Adds a loop of @nr operations that read the clock only at both ends. */
static inline void lap_burst(struct measure *m, const struct lap *lap, u64 end,
			     u32 nr)
{
	u64 waited = clock_waited() - lap->waited;

	m->burst_nr += nr;
	m->burst_ticks += end - lap->begin - min(waited, end - lap->begin);
	m->waited += waited;
}

/* Mean time of an operation in ns, with the collector's steps in between. */
static inline double measure_ns(const struct measure *m)
{
	return m->nr ? clock_to_ns((double)m->ticks / m->nr - clock_cost()) : 0;
}

/* The collector's part of measure_ns(), without the operations themselves. */
static inline double measure_step_ns(const struct measure *m)
{
	const struct histogram *h = &m->each;

	if (!h->nr || !m->nr_steps)
		return 0;
	return measure_ns(m) -
	       clock_to_ns((double)h->sum / h->nr - clock_cost());
}

/*
 * Mean time of an operation in a burst, in ns. The CPU may begin the next
 * operation before the end of one.
 */
static inline double measure_burst_ns(const struct measure *m)
{
	return m->burst_nr ? clock_to_ns((double)m->burst_ticks / m->burst_nr) :
			     0;
}

/* The part of the time in which the thread waited for a CPU, in per cent. */
static inline double measure_waited(const struct measure *m)
{
	u64 all = m->ticks + m->burst_ticks + m->waited;

	return all ? 100.0 * m->waited / all : 0;
}

/* Adds the times of another thread that ran at the same time. */
static inline void measure_merge(struct measure *to, const struct measure *from)
{
	histogram_merge(&to->each, &from->each);
	histogram_merge(&to->steps, &from->steps);
	to->longest = max(to->longest, from->longest);
	to->nr += from->nr;
	to->nr_steps += from->nr_steps;
	to->ticks += from->ticks;
	to->burst_nr += from->burst_nr;
	to->burst_ticks += from->burst_ticks;
	to->waited += from->waited;
	to->rate += from->nr ? 1e9 / measure_ns(from) : 0;
}

#endif
