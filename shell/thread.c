// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that run a device's rounds, and when they sleep.
 *
 * A dispatcher has to look at memory that the host writes, which wakes nobody.
 * It spins for a while after the last command, then sleeps a sixteenth of the
 * time it has been idle, up to poll_idle_us: a pause in the traffic grows by a
 * sixteenth at most, and an idle device costs next to nothing. Commands of the
 * kernel's own driver are announced (watch.c): then it is woken, and spins. What
 * its own worker has to try again, as the collector has to come first, is not
 * slept through.
 *
 * A worker is woken by whoever gives it commands, and wakes by itself for the
 * next completion that is due: a little early, and spins the rest of the way.
 * The collector sleeps until woken, or until the media has done its last step.
 *
 * No wake-up is lost: a sleeper says that it is asleep, then looks again; a
 * waker makes its work visible, then looks whether somebody is asleep. With a
 * full barrier between the two on both sides, one of them sees the other.
 *
 * Everybody who spins lets others run: a CPU may have other tasks, and with few
 * CPUs the host's own are among them. A real-time thread (fifo=) that only yields
 * lets nobody of lower priority run, so all of them sleep for REST_NS of every
 * PERIOD_NS, at the same time, as several can be on one CPU: ordinary tasks, the
 * kernel's own threads and the watchdogs get that much of it at least, and the
 * threads stay below what the kernel stops real-time tasks for (95 %).
 */
#include "shell/thread.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/stat.h>
#include <linux/sched/task.h>
#include <linux/topology.h>
#include <uapi/linux/sched/types.h>

#include "shell/params.h"

/* How long to spin after the last thing done. */
#define SPIN_NS (100 * NSEC_PER_USEC)
/* Waking up takes about this long. */
#define WAKE_NS (30 * NSEC_PER_USEC)
#define SLACK_NS (5 * NSEC_PER_USEC)
#define SLEEP_MIN_US 20ull
/* Of each period real-time threads leave the beginning to others. */
#define PERIOD_NS (5 * NSEC_PER_MSEC)
#define REST_NS (400 * NSEC_PER_USEC)

/* Whoever else wants this CPU has more to do than we, so yield() is right. */
static void relax(void)
{
	if (single_task_running())
		cpu_relax();
	else
		yield();
	cond_resched_tasks_rcu_qs();
}

/* ---- real-time threads ---- */

static u32 in_period(u64 now)
{
	u32 ns;

	div_u64_rem(now, PERIOD_NS, &ns);
	return ns;
}

/* It has just slept. */
static void note_rest(struct vkv_thread *self)
{
	u64 now = ktime_get_ns();

	self->way_at = now + PERIOD_NS - in_period(now);
}

/*
 * Others have this period's beginning, or as long from now if it is over, and
 * their part of what was run beyond it: of a round that took long, or of the time
 * in which a virtual CPU stood still.
 */
static void give_way(const struct vkv_thread *self, u64 now)
{
	u32 ns = in_period(now);
	u64 rest = (ns < REST_NS ? REST_NS - ns : REST_NS) +
		   div_u64(now - self->way_at, PERIOD_NS / REST_NS);
	unsigned long us = div_u64(rest, NSEC_PER_USEC);

	usleep_idle_range(us + 1, us + 20);
}

/* The time at which a round begins. */
static u64 begin_round(struct vkv_thread *self)
{
	u64 now = ktime_get_ns();

	if (likely(!self->all->fifo) || now < self->way_at)
		return now;
	give_way(self, now);
	note_rest(self);
	return ktime_get_ns();
}

/* ---- sleeping until woken ---- */

static bool has_work(const struct vkv_thread *self)
{
	return self->worker ? vkv_worker_pending(self->worker) :
			      READ_ONCE(self->wanted);
}

static void count_sleep(const struct vkv_thread *self, u64 ns)
{
	if (self->worker)
		vkv_worker_slept(self->worker, ns);
	else if (self->dispatcher)
		vkv_dispatcher_slept(self->dispatcher, ns);
}

/* Until woken, or until a time in ns, which may be missed by @slack ns. */
static void sleep_until(struct vkv_thread *self, u64 when, u64 slack)
{
	ktime_t expires = ns_to_ktime(when);
	u64 begin = ktime_get_ns();

	WRITE_ONCE(self->asleep, true);
	set_current_state(TASK_IDLE);	/* a full barrier: wake() */
	if (!has_work(self) && !kthread_should_stop()) {
		if (when == VKV_NEVER)
			schedule();
		else
			schedule_hrtimeout_range(&expires, slack,
						 HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(self->asleep, false);
	count_sleep(self, ktime_get_ns() - begin);
	if (self->all->fifo)
		note_rest(self);
}

static void wake(struct vkv_thread *thread)
{
	smp_mb();	/* the work first, then who sleeps: sleep_until() */
	if (READ_ONCE(thread->asleep))
		wake_up_process(thread->task);
}

void vkv_threads_wake(struct vkv_threads *t, unsigned int worker)
{
	wake(&t->worker[worker]);
}

/* Commands in quick succession find the word said, and write nothing. */
void vkv_threads_wake_dispatcher(struct vkv_threads *t, unsigned int dispatcher)
{
	struct vkv_thread *thread = &t->dispatcher[dispatcher];

	if (!READ_ONCE(thread->wanted))
		WRITE_ONCE(thread->wanted, true);
	wake(thread);
}

void vkv_threads_wake_collector(struct vkv_threads *t)
{
	WRITE_ONCE(t->collector.wanted, true);
	wake(&t->collector);
}

/* ---- dispatchers ---- */

static void rest(struct vkv_thread *self, u64 now, u64 active, u64 next)
{
	const struct vkv_threads *t = self->all;
	u64 ns;

	if (t->busy || now - active < SPIN_NS) {
		relax();
		return;
	}
	ns = clamp((now - active) / 16, SLEEP_MIN_US * NSEC_PER_USEC,
		   (u64)t->idle_us * NSEC_PER_USEC);
	ns = min(ns, max(next, now + SLEEP_MIN_US * NSEC_PER_USEC) - now);
	sleep_until(self, now + ns, ns / 4);
}

static int run_dispatcher(void *arg)
{
	struct vkv_thread *self = arg;
	u64 now, next, active = ktime_get_ns();

	while (!kthread_should_stop()) {
		now = begin_round(self);
		next = vkv_dispatcher_round(self->dispatcher, now);
		if (next == VKV_NOW) {
			active = now;
			cond_resched_tasks_rcu_qs();
		} else {
			/* A command on its way counts as one that is there. */
			if (READ_ONCE(self->wanted)) {
				WRITE_ONCE(self->wanted, false);
				active = now;
			}
			rest(self, now, active, next);
		}
	}
	return 0;
}

/* ---- workers ---- */

static int run_worker(void *arg)
{
	struct vkv_thread *self = arg;
	u64 now, next, active = ktime_get_ns();

	while (!kthread_should_stop()) {
		now = begin_round(self);
		next = vkv_worker_round(self->worker, now);
		if (next == VKV_NOW) {
			active = now;
			cond_resched_tasks_rcu_qs();
		} else if (self->all->busy || now - active < SPIN_NS ||
			   next < now + WAKE_NS) {
			relax();
		} else {
			sleep_until(self, next == VKV_NEVER ? VKV_NEVER :
							      next - WAKE_NS,
				    SLACK_NS);
		}
	}
	return 0;
}

/* ---- the collector ---- */

static int run_collector(void *arg)
{
	struct vkv_thread *self = arg;
	u64 next;

	while (!kthread_should_stop()) {
		WRITE_ONCE(self->wanted, false);
		smp_mb();	/* a wake-up after this is for the next round */
		next = vkv_collector_round(self->all->dev, ktime_get_ns());
		if (next == VKV_NOW) {
			WRITE_ONCE(self->wanted, true);
			cond_resched_tasks_rcu_qs();
		} else {
			sleep_until(self, next, 0);
		}
	}
	return 0;
}

/* ---- starting and stopping ---- */

/* The collector stays what it is: it can do what it does a little later. */
static int set_priority(struct vkv_threads *t, struct task_struct *task)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = SCHED_FIFO,
		.sched_priority = t->fifo,
	};

	set_user_nice(task, t->nice);
	return t->fifo ? sched_setattr_nocheck(task, &attr) : 0;
}

static int start(struct vkv_threads *t, struct vkv_thread *thread,
		 int (*run)(void *arg), const char *name, int cpu)
{
	struct task_struct *task;
	int err = 0;

	thread->all = t;
	note_rest(thread);
	task = kthread_create_on_node(run, thread,
				      cpu < 0 ? NUMA_NO_NODE : cpu_to_node(cpu),
				      "%s", name);
	if (IS_ERR(task))
		return PTR_ERR(task);
	if (cpu >= 0)
		kthread_bind(task, cpu);
	thread->task = get_task_struct(task);
	if (thread != &t->collector)
		err = set_priority(t, task);
	if (!err)
		wake_up_process(task);
	return err;
}

static void stop(struct vkv_thread *thread)
{
	if (thread->task)
		kthread_stop(thread->task);
}

/* Only when all have stopped: they wake one another. */
static void forget(struct vkv_thread *thread)
{
	if (thread->task)
		put_task_struct(thread->task);
	thread->task = NULL;
}

static int start_worker(struct vkv_threads *t, unsigned int i, int cpu)
{
	char name[sizeof("vkv_worker/4294967295")];

	snprintf(name, sizeof(name), "vkv_worker/%u", i);
	t->worker[i].worker = vkv_dev_worker(t->dev, i);
	return start(t, &t->worker[i], run_worker, name, cpu);
}

/* The first has always had this name. */
static int start_dispatcher(struct vkv_threads *t, unsigned int i, int cpu)
{
	char name[sizeof("vkv_dispatch/4294967295")] = "vkv_dispatcher";

	if (i)
		snprintf(name, sizeof(name), "vkv_dispatch/%u", i);
	t->dispatcher[i].dispatcher = vkv_dev_dispatcher(t->dev, i);
	return start(t, &t->dispatcher[i], run_dispatcher, name, cpu);
}

/*
 * Those who wake others start last, as they must not meet a NULL task: the first
 * dispatcher behind the others, who do nothing before it has made queues.
 */
static int start_all(struct vkv_threads *t, const struct vkv_params *p)
{
	unsigned int i;
	int err = start(t, &t->collector, run_collector, "vkv_collector", -1);

	for (i = 0; i < t->nr_workers && !err; i++)
		err = start_worker(t, i, p->worker_cpu[i]);
	for (i = t->nr_dispatchers; i-- > 0 && !err;)
		err = start_dispatcher(t, i, p->dispatcher_cpu[i]);
	return err;
}

int vkv_threads_start(struct vkv_threads *t, struct vkv_dev *dev,
		      const struct vkv_params *p)
{
	int err;

	t->dev = dev;
	t->busy = p->busy;
	t->idle_us = p->idle_us;
	t->nice = p->nice;
	t->fifo = p->fifo;
	t->nr_workers = p->nr_workers;
	t->nr_dispatchers = p->nr_dispatchers;
	err = start_all(t, p);
	if (err)
		vkv_threads_stop(t);
	return err;
}

void vkv_threads_stop(struct vkv_threads *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_dispatchers; i++)
		stop(&t->dispatcher[i]);
	for (i = 0; i < t->nr_workers; i++)
		stop(&t->worker[i]);
	stop(&t->collector);

	for (i = 0; i < t->nr_dispatchers; i++)
		forget(&t->dispatcher[i]);
	for (i = 0; i < t->nr_workers; i++)
		forget(&t->worker[i]);
	forget(&t->collector);
}
