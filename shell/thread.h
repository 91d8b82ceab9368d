/* SPDX-License-Identifier: GPL-2.0 */
/* The threads that run the rounds of devices. shell/thread.c has the essay. */
#ifndef VKV_THREAD_H
#define VKV_THREAD_H

#include <linux/list.h>
#include <linux/types.h>

#include "vkv.h"

struct task_struct;
struct vkv_crew;
struct vkv_params;

/**
 * struct vkv_thread - one thread of a crew
 * @crew: the crew
 * @task: the kernel's task, NULL when there is none
 * @cpu: the CPU that it belongs on, negative for any
 * @units: what it runs; it changes only while the thread is parked, or does not exist
 * @asleep: does it sleep, or is about to look a last time whether it may?
 * @wanted: is it wanted? The collector is when there is garbage, a dispatcher
 *	when a command is on its way
 * @way_at: the time in ns at which it has to sleep if it has not slept by then;
 *	only the thread itself uses this
 */
struct vkv_thread {
	struct vkv_crew *crew;
	struct task_struct *task;
	int cpu;
	struct list_head units;
	bool asleep;
	bool wanted;
	u64 way_at;
};

/**
 * struct vkv_unit - a dispatcher, a worker or the collector of a device
 * @thread: the thread that runs its rounds
 * @link: in vkv_thread.units
 * @dispatcher: the dispatcher, or NULL
 * @worker: the worker, or NULL
 * @collected: the device whose collector it is, or NULL
 */
struct vkv_unit {
	struct vkv_thread *thread;
	struct list_head link;
	struct vkv_dispatcher *dispatcher;
	struct vkv_worker *worker;
	struct vkv_dev *collected;
};

/**
 * struct vkv_threads - the units of one device, and the crew that runs them
 * @crew: the crew, NULL when there is none
 * @collector: collects garbage
 * @dispatcher: fetch commands
 * @nr_dispatchers: how many of @dispatcher there are
 * @worker: execute commands
 */
struct vkv_threads {
	struct vkv_crew *crew;
	struct vkv_unit collector;
	struct vkv_unit dispatcher[VKV_NR_DISPATCHERS];
	unsigned int nr_dispatchers;
	struct vkv_unit worker[VKV_NR_WORKERS];
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
 * vkv_threads_start() - have the rounds of a device made
 * @t: filled; zeroed before
 * @dev: the device
 * @p: the settings; the CPUs and the ways to poll count here
 * @number: the number of the device, which is part of the names of new threads
 * @other: a device with as many dispatchers and workers, whose threads are to make
 *	them; NULL: new threads
 *
 * Context: may sleep. One call of this or vkv_threads_stop() at a time.
 * Return: 0, -ENOMEM, -EINTR, or an error of the scheduler.
 */
int __must_check vkv_threads_start(struct vkv_threads *t, struct vkv_dev *dev,
				   const struct vkv_params *p,
				   unsigned int number,
				   const struct vkv_threads *other);

/**
 * vkv_threads_change() - change how threads poll, and their nice value
 * @t: from vkv_threads_start()
 * @p: the settings; poll, poll_idle_us, nice and fifo count here
 *
 * Context: may sleep. One call at a time. The threads work meanwhile.
 * Return: 0, or an error of the scheduler.
 */
int __must_check vkv_threads_change(struct vkv_threads *t,
				    const struct vkv_params *p);

/**
 * vkv_threads_stop() - the rounds of a device end
 * @t: from vkv_threads_start()
 *
 * Threads that no other device uses end, too.
 *
 * Context: may sleep. The threads may wake one another meanwhile, but no other
 * code wakes them for this device.
 */
void vkv_threads_stop(struct vkv_threads *t);

/**
 * vkv_threads_wake() - wake a worker because commands wait for it
 * @t: the threads, started or not
 * @worker: the worker's number
 *
 * Context: any.
 */
void vkv_threads_wake(struct vkv_threads *t, unsigned int worker);

/**
 * vkv_threads_wake_dispatcher() - wake a dispatcher before a doorbell is rung
 * @t: the threads, started
 * @dispatcher: the dispatcher's number
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
