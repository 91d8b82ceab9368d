// SPDX-License-Identifier: GPL-2.0
/* Measures the length of a tick and the cost of a reading. */
#include "native/bench/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/minmax.h>

#define CALIBRATION_NS 100000000ull
#define READINGS 256u
#define TRIES 2000u
#define LONG_READING_NS 50000
#define READINGS_PER_LOOK 4096u

static double ns_per_tick = 1;
static double cost_ticks;
/*
 * The open file /proc/thread-self/schedstat. Its fields: ns run, ns waited,
 * slices.
 */
static __thread int schedstat = -1;

/* Stores readings into an array, as the measured loops do. */
static u64 time_readings(u64 *stamp)
{
	u64 begin = clock_ticks();
	u32 i;

	for (i = 0; i < READINGS; i++)
		stamp[i] = clock_ticks();
	return stamp[READINGS - 1] - begin;
}

static void measure_length(void)
{
	u64 ns = clock_ns(), ticks = clock_ticks();

	while (clock_ns() - ns < CALIBRATION_NS)
		;
	ticks = clock_ticks() - ticks;
	ns = clock_ns() - ns;
	ns_per_tick = (double)ns / ticks;
}

/* Takes the fastest try, because other work on the machine slows the others. */
static void measure_cost(void)
{
	u64 stamp[READINGS], best = ~0ull;
	u32 i;

	for (i = 0; i < TRIES; i++)
		best = min(best, time_readings(stamp));
	cost_ticks = (double)best / READINGS;
}

void clock_calibrate(void)
{
	measure_length();
	measure_cost();
}

double clock_to_ns(double ticks)
{
	return ticks * ns_per_tick;
}

double clock_cost(void)
{
	return cost_ticks;
}

void clock_thread_begin(void)
{
	schedstat = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

void clock_thread_end(void)
{
	if (schedstat >= 0)
		close(schedstat);
	schedstat = -1;
}

u64 clock_waited(void)
{
	u64 ran, waited = 0;
	char text[96];
	ssize_t len;

	len = pread(schedstat, text, sizeof(text) - 1, 0);
	if (len <= 0)
		return 0;
	text[len] = 0;
	if (sscanf(text, "%llu %llu", &ran, &waited) != 2)
		return 0;
	return waited / ns_per_tick;
}

u64 clock_begin(u64 *waited)
{
	u64 before, begin;
	u32 tries = TRIES;

	do {
		before = clock_ticks();
		*waited = clock_waited();
		begin = clock_ticks();
	} while (begin - before > LONG_READING_NS / ns_per_tick && --tries);
	return begin;
}

/*
 * Takes some readings. If another thread had the CPU meanwhile, the pause
 * counts in @longest_all only.
 */
static u64 look(struct pauses *p, u64 limit)
{
	u64 waited = clock_waited();
	u64 last = clock_ticks(), longest = 0, over = 0, t;
	u32 i;

	for (i = 0; i < READINGS_PER_LOOK; i++) {
		t = clock_ticks();
		longest = max(longest, t - last);
		over += t - last > limit;
		last = t;
	}
	p->longest_all = max(p->longest_all, longest);
	if (clock_waited() == waited) {
		p->longest = max(p->longest, longest);
		p->over += over;
	}
	return last;
}

struct pauses clock_pauses(u64 ns, u64 limit)
{
	u64 begin = clock_ticks(), end = begin + (u64)(ns / ns_per_tick), t;
	struct pauses p = {};

	do {
		t = look(&p, limit);
	} while (t < end);
	p.ticks = t - begin;
	return p;
}
