/* SPDX-License-Identifier: GPL-2.0 */
/* The threads that run a device's rounds. */
#ifndef VKV_THREAD_H
#define VKV_THREAD_H

#include <linux/list.h>
#include <linux/types.h>

#include "vkv.h"

struct task_struct;
struct vkv_params;
struct vkv_threads;

/**
 * struct vkv_thread - one thread
 * @all: the threads of its device
 * @task: the kernel's task, NULL when there is none
 * @cpu: the CPU that it belongs on, negative for any
 * @worker: the worker that it runs, or NULL
 * @dispatcher: the dispatcher that it runs, or NULL
 * @asleep: does it sleep, or is about to look a last time whether it may?
 * @wanted: is it wanted? The collector is when there is garbage, a dispatcher
 *	when a command is on its way
 * @way_at: the time in ns at which it has to sleep if it has not slept by then;
 *	only the thread itself uses this
 */
struct vkv_thread {
	struct vkv_threads *all;
	struct task_struct *task;
	int cpu;
	struct vkv_worker *worker;
	struct vkv_dispatcher *dispatcher;
	bool asleep;
	bool wanted;
	u64 way_at;
};

/**
 * struct vkv_threads - the threads of one device
 * @dev: the device
 * @cpus: hears of CPUs that come back
 * @watches_cpus: is @cpus in use?
 * @number: the number of the device, which is part of their names
 * @busy: do they never sleep?
 * @idle_us: the longest sleep of an idle dispatcher in us
 * @nice: the nice value of the dispatchers and the workers
 * @fifo: the real-time priority of the dispatchers and the workers, 0 for none
 * @collector: the thread that collects garbage
 * @dispatcher: the threads that fetch commands
 * @nr_dispatchers: how many of @dispatcher there are
 * @worker: the threads that execute commands
 * @nr_workers: how many of @worker there are
 */
struct vkv_threads {
	struct vkv_dev *dev;
	struct hlist_node cpus;
	bool watches_cpus;
	unsigned int number;
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
 * vkv_threads_init() - begin to hear of CPUs that come back
 *
 * Context: the module's init function; may sleep.
 * Return: 0 or an error of the kernel's CPU hotplug.
 */
int __must_check vkv_threads_init(void);

/**
 * vkv_threads_exit() - end what vkv_threads_init() has begun
 *
 * Context: may sleep. No device is left.
 */
void vkv_threads_exit(void);

/**
 * vkv_threads_start() - start all threads of a device
 * @t: filled; zeroed before
 * @dev: the device
 * @p: the settings; the CPUs and the ways to poll count here
 * @number: the number of the device
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM, -EINTR, or an error of the scheduler.
 */
int __must_check vkv_threads_start(struct vkv_threads *t, struct vkv_dev *dev,
				   const struct vkv_params *p,
				   unsigned int number);

/**
 * vkv_threads_change() - change how threads poll, and their nice value
 * @t: from vkv_threads_start()
 * @p: the settings; poll, poll_idle_us and nice count here
 *
 * Context: may sleep. One call at a time. The threads work meanwhile.
 */
void vkv_threads_change(struct vkv_threads *t, const struct vkv_params *p);

/**
 * vkv_threads_stop() - stop all threads of a device
 * @t: from vkv_threads_start()
 *
 * Context: may sleep. The threads may wake one another meanwhile, but no other
 * code wakes them.
 */
void vkv_threads_stop(struct vkv_threads *t);

/**
 * vkv_threads_wake() - wake a worker because commands wait for it
 * @t: the threads, started or not
 * @worker: the worker's number, below vkv_threads.nr_workers
 *
 * Context: any.
 */
void vkv_threads_wake(struct vkv_threads *t, unsigned int worker);

/**
 * vkv_threads_wake_dispatcher() - wake a dispatcher before a doorbell is rung
 * @t: the threads, started
 * @dispatcher: the dispatcher's number, below vkv_threads.nr_dispatchers
 *
 * This is cheap while the dispatcher is awake.
 *
 * Context: any.
 */
void vkv_threads_wake_dispatcher(struct vkv_threads *t,
				 unsigned int dispatcher);

/**
 * vkv_threads_wake_collector() - wake the collector because there is garbage
 * @t: the threads, started or not
 *
 * Context: any.
 */
void vkv_threads_wake_collector(struct vkv_threads *t);

#endif
