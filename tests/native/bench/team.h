/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that begin at the same time, each on a CPU of its own.
 */
#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

#include <linux/types.h>

#define TEAM_MAX 3u

/**
 * team_cpus() - number of CPUs that this program may use
 */
unsigned int team_cpus(void);

/**
 * team_run() - run a function in several threads and wait for all
 * @nr: number of threads, up to TEAM_MAX
 * @work: the function
 * @arg: argument of the first thread
 * @size: bytes from one argument to the next
 *
 * Thread i is pinned to the i-th CPU. With fewer CPUs, threads share some.
 * Exits the program when a thread cannot be made.
 */
void team_run(unsigned int nr, void (*work)(void *arg), void *arg, size_t size);

#endif
