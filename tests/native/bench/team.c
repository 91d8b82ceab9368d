// SPDX-License-Identifier: GPL-2.0
#include "native/bench/team.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/string.h>

#include "native/bench/clock.h"

struct member {
	pthread_t thread;
	pthread_barrier_t *start;
	void (*work)(void *arg);
	void *arg;
	int cpu;
};

/* The program's own CPUs. A pinned thread is allowed fewer. */
static cpu_set_t allowed;

static void learn_cpus(void)
{
	if (!CPU_COUNT(&allowed))
		sched_getaffinity(0, sizeof(allowed), &allowed);
}

unsigned int team_cpus(void)
{
	learn_cpus();
	return CPU_COUNT(&allowed);
}

static int nth_cpu(unsigned int n)
{
	int cpu;

	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed) && !n--)
			return cpu;
	return 0;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void *member_main(void *arg)
{
	struct member *m = arg;

	pin(m->cpu);
	pthread_barrier_wait(m->start);
	clock_thread_begin();
	m->work(m->arg);
	clock_thread_end();
	return NULL;
}

void team_run(unsigned int nr, void (*work)(void *arg), void *arg, size_t size)
{
	struct member member[TEAM_MAX];
	pthread_barrier_t start;
	unsigned int i;

	learn_cpus();
	pthread_barrier_init(&start, NULL, nr);
	for (i = 0; i < nr; i++) {
		member[i] = (struct member){
			.start = &start,
			.work = work,
			.arg = (u8 *)arg + i * size,
			.cpu = nth_cpu(i % CPU_COUNT(&allowed)),
		};
		if (pthread_create(&member[i].thread, NULL, member_main,
				   &member[i])) {
			perror("pthread_create");
			exit(2);
		}
	}
	for (i = 0; i < nr; i++)
		pthread_join(member[i].thread, NULL);
	pthread_barrier_destroy(&start);
}
