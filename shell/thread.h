/* SPDX-License-Identifier: GPL-2.0 */
/* The threads that run a device's rounds. */
#ifndef VKV_THREAD_H
#define VKV_THREAD_H

#include <linux/types.h>

#include "vkv.h"

struct task_struct;
struct vkv_params;
struct vkv_threads;

/**
 * struct vkv_thread - one thread
 * @all: the threads it belongs to
 * @task: NULL when not running
 * @worker: NULL when it runs none
 * @dispatcher: NULL when it runs none
 * @asleep: it sleeps, or is about to look a last time whether it may
 * @wanted: the collector's: there is garbage; a dispatcher's: a command is
 *	on its way
 * @way_at: ns, when it has to give way to others if it has not slept by then;
 *	its own
 */
struct vkv_thread {
	struct vkv_threads *all;
	struct task_struct *task;
	struct vkv_worker *worker;
	struct vkv_dispatcher *dispatcher;
	bool asleep;
	bool wanted;
	u64 way_at;
};

/**
 * struct vkv_threads - the threads of one device
 * @dev: the device
 * @busy: never sleep
 * @idle_us: longest sleep of an idle dispatcher
 * @nice: of the dispatchers and the workers
 * @fifo: their real-time priority, or 0
 * @collector: collects garbage
 * @dispatcher: fetch commands
 * @nr_dispatchers: how many
 * @worker: execute commands
 * @nr_workers: how many
 */
struct vkv_threads {
	struct vkv_dev *dev;
	bool busy;
	u32 idle_us;
	int nice;
	unsigned int fifo;
	struct vkv_thread collector;
	struct vkv_thread dispatcher[VKV_NR_DISPATCHERS];
	unsigned int nr_dispatchers;
	struct vkv_thread worker[VKV_NR_WORKERS];
	unsigned int nr_workers;
};

/**
 * vkv_threads_start() - start them all
 * @t: zeroed before
 * @dev: the device
 * @p: CPUs and polling
 *
 * Context: may sleep. Return: 0, -ENOMEM, -EINTR, or why the scheduler refused.
 */
int __must_check vkv_threads_start(struct vkv_threads *t, struct vkv_dev *dev,
				   const struct vkv_params *p);

/**
 * vkv_threads_stop() - stop them all
 * @t: from vkv_threads_start()
 *
 * Context: may sleep.
 */
void vkv_threads_stop(struct vkv_threads *t);

/**
 * vkv_threads_wake() - commands wait for a worker
 * @t: started or not
 * @worker: below vkv_threads.nr_workers
 *
 * Context: any.
 */
void vkv_threads_wake(struct vkv_threads *t, unsigned int worker);

/**
 * vkv_threads_wake_dispatcher() - a doorbell is about to be rung
 * @t: started
 * @dispatcher: below vkv_threads.nr_dispatchers
 *
 * Cheap while the dispatcher is awake. Context: any.
 */
void vkv_threads_wake_dispatcher(struct vkv_threads *t,
				 unsigned int dispatcher);

/**
 * vkv_threads_wake_collector() - there is garbage to collect
 * @t: started or not
 *
 * Context: any.
 */
void vkv_threads_wake_collector(struct vkv_threads *t);

#endif
