/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The clock of the benchmarks, in ticks. It is the cycle counter where there is
 * one.
 *
 * A reading waits for earlier loads to end, and later loads wait for the
 * reading. So the time between two readings covers the operation between them,
 * and neighbouring operations do not overlap. Stores may still be pending.
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
 * @longest: longest time between two readings, in ticks
 * @over: number of pauses longer than the limit
 * @longest_all: like @longest, with the pauses in which the thread waited for
 *	a CPU
 * @ticks: length of the loop, in ticks
 */
struct pauses {
	u64 longest;
	u64 over;
	u64 longest_all;
	u64 ticks;
};

/**
 * clock_calibrate() - measure the length of a tick and the cost of a reading
 *
 * Takes a tenth of a second. Call it before the functions below.
 */
void clock_calibrate(void);

/**
 * clock_to_ns() - convert ticks to nanoseconds
 * @ticks: any number of ticks
 */
double clock_to_ns(double ticks);

/**
 * clock_cost() - cost of one reading in the measured loops, in ticks
 */
double clock_cost(void);

/**
 * clock_thread_begin() - prepare the calling thread for measuring
 */
void clock_thread_begin(void);

/**
 * clock_thread_end() - end the calling thread's measuring
 */
void clock_thread_end(void);

/**
 * clock_waited() - time that this thread was ready but had no CPU, in ticks
 *
 * Other programs share the CPUs, and their time is not a cost of the operation.
 * The time that a thread sleeps on a lock does not count. The answer is 0 where
 * the kernel does not count this time, and outside of clock_thread_begin() and
 * clock_thread_end(). A call takes about a microsecond.
 */
u64 clock_waited(void);

/**
 * clock_begin() - begin to time something
 * @waited: filled with clock_waited() at the beginning
 *
 * Reads the clock again if the thread lost its CPU between the two readings.
 * Return: the time in ticks.
 */
u64 clock_begin(u64 *waited);

/**
 * clock_pauses() - read the clock and do nothing else
 * @ns: for how long
 * @limit: pauses longer than this many ticks are counted
 *
 * The pauses are those that the machine causes by itself.
 */
struct pauses clock_pauses(u64 ns, u64 limit);

#endif
