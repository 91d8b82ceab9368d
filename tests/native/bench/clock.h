/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock of the benchmarks: the cycle counter where there is one, in ticks.
 *
 * A reading waits for the loads before it and holds back those behind it. So
 * the time between two readings is what an operation takes from its beginning
 * to its end, and neighbours do not overlap. Stores may still be on their way.
 */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <time.h>
#include <linux/types.h>

static inline u64 clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static inline u64 clock_ticks(void)
{
#if defined(__x86_64__)
	u64 t;

	__builtin_ia32_lfence();
	t = __builtin_ia32_rdtsc();
	__builtin_ia32_lfence();
	return t;
#else
	return clock_ns();
#endif
}

/**
 * struct pauses - pauses of a loop that only reads the clock
 * @longest: ticks between two readings, at most
 * @over: how many were longer than the limit asked for
 * @longest_all: with those in which it waited for a CPU
 * @ticks: how long it looked
 */
struct pauses {
	u64 longest;
	u64 over;
	u64 longest_all;
	u64 ticks;
};

/**
 * clock_calibrate() - learn the length and the cost of a tick
 *
 * Takes a tenth of a second. Call it before the functions below.
 */
void clock_calibrate(void);

/**
 * clock_to_ns() - nanoseconds of a number of ticks
 * @ticks: any
 */
double clock_to_ns(double ticks);

/**
 * clock_cost() - ticks that one reading takes, as the loops here make them
 */
double clock_cost(void);

/**
 * clock_thread_begin() - a thread begins to measure
 */
void clock_thread_begin(void);

/**
 * clock_thread_end() - a thread is done
 */
void clock_thread_end(void);

/**
 * clock_waited() - ticks that this thread was ready to run and did not
 *
 * For CPUs are shared: what other programs took is nobody's cost here. Sleeping
 * on a lock is not in it. 0 where the kernel does not count it, and outside of
 * clock_thread_begin() and clock_thread_end(). Takes about a microsecond.
 */
u64 clock_waited(void);

/**
 * clock_begin() - begin to time something
 * @waited: clock_waited() at that time
 *
 * Tries again when the thread lost its CPU between the two readings.
 * Return: the time in ticks.
 */
u64 clock_begin(u64 *waited);

/**
 * clock_pauses() - read the clock and do nothing else
 * @ns: for how long
 * @limit: pauses longer than this many ticks are counted
 *
 * Shows what the machine does to a thread that does nothing wrong.
 */
struct pauses clock_pauses(u64 ns, u64 limit);

#endif
