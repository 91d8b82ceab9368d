// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that run a device's rounds, and when they sleep.
 *
 * A dispatcher has to look at memory that the host writes, which wakes nobody.
 * It spins for a while after the last command. Then it sleeps for a sixteenth
 * of the time that it has been idle, up to poll_idle_us. So a pause in the
 * traffic grows by a sixteenth at most, and an idle device costs next to
 * nothing. The kernel's own nvme driver announces its commands (shell/watch.c):
 * then the dispatcher is woken, and spins. A dispatcher executes some commands
 * itself. When one of them has to wait for the collector's next step, the
 * dispatcher sleeps no longer than until then.
 *
 * A thread that gives commands to a worker wakes it. A worker also wakes by
 * itself, a little before the next completion is due, and spins until then. The
 * collector sleeps until woken, or until the modelled media has done the
 * collector's last step.
 *
 * No wake-up is lost. A sleeper sets asleep, then looks for work again. A waker
 * makes the work visible, then looks at asleep. Both have a full barrier in
 * between, so at least one of them sees what the other has written.
 *
 * A thread that spins lets others run. A CPU may have other tasks, and with few
 * CPUs the host's own are among them. A real-time thread (fifo=) that only
 * yields lets no task of lower priority run. So all real-time threads sleep for
 * REST_NS of every PERIOD_NS. They do so at the same time, because several can
 * be on one CPU. Ordinary tasks, the kernel's own threads and the watchdogs get
 * at least that part of the CPU. And the threads stay below the limit at which
 * the kernel stops real-time tasks (95 %).
 *
 * When a CPU goes offline, the kernel moves its thread to other CPUs, and lets
 * it stay there. So the thread is bound again when its CPU comes back. Suspend
 * takes all CPUs but one offline, too.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/thread.h"

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
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

#include "shell/compat.h"
#include "shell/params.h"
#include "vkv_assert.h"

/* Room for the longest name, such as vkv4294967295_disp/4294967295. */
#define NAME_SIZE 32u

/* A thread that has done something spins for so long before it sleeps. */
#define SPIN_NS (100 * NSEC_PER_USEC)
/* To wake up takes about so long. */
#define WAKE_NS (30 * NSEC_PER_USEC)
#define SLACK_NS (5 * NSEC_PER_USEC)
#define SLEEP_MIN_US 20ull
/* Real-time threads leave the beginning of each period to other tasks. */
#define PERIOD_NS (5 * NSEC_PER_MSEC)
#define REST_NS (400 * NSEC_PER_USEC)

/*
 * Any other task that wants this CPU has more to do than a thread that waits.
 * So yield() is right here, although checkpatch warns of it.
 */
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

/* Notes that the thread has just slept. */
static void note_rest(struct vkv_thread *self)
{
	u64 now = ktime_get_ns();

	self->way_at = now + PERIOD_NS - in_period(now);
}

/*
 * Sleeps for the rest of this period's beginning, or for as long from now on if
 * that is over. The thread may have run into later periods, by a long round, or
 * because a virtual CPU stood still. Then it also sleeps for the other tasks'
 * part of that time.
 */
static void give_way(const struct vkv_thread *self, u64 now)
{
	u32 ns = in_period(now);
	u64 rest = (ns < REST_NS ? REST_NS - ns : REST_NS) +
		   div_u64(now - self->way_at, PERIOD_NS / REST_NS);
	unsigned long us = div_u64(rest, NSEC_PER_USEC);

	VKV_ASSERT(now >= self->way_at);
	usleep_range_idle(us + 1, us + 20);
}

/* Returns the time when a round begins. A real-time thread may sleep first. */
static u64 thread_round_begin(struct vkv_thread *self)
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

static void thread_slept(const struct vkv_thread *self, u64 ns)
{
	if (self->worker)
		vkv_worker_slept(self->worker, ns);
	else if (self->dispatcher)
		vkv_dispatcher_slept(self->dispatcher, ns);
}

/* Sleeps until woken, or until @when (in ns) or up to @slack ns later. */
static void sleep_until(struct vkv_thread *self, u64 when, u64 slack)
{
	ktime_t expires = ns_to_ktime(when);
	u64 begin = ktime_get_ns();

	VKV_ASSERT(current == self->task);
	WRITE_ONCE(self->asleep, true);
	set_current_state(TASK_IDLE);	/* a full barrier: thread_wake() */
	if (!has_work(self) && !kthread_should_stop()) {
		if (when == VKV_NEVER)
			schedule();
		else
			schedule_hrtimeout_range(&expires, slack,
						 HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(self->asleep, false);
	thread_slept(self, ktime_get_ns() - begin);
	if (self->all->fifo)
		note_rest(self);
}

static void thread_wake(struct vkv_thread *thread)
{
	smp_mb();	/* the work comes first, then asleep: sleep_until() */
	if (READ_ONCE(thread->asleep)) {
		VKV_ASSERT(thread->task);
		wake_up_process(thread->task);
	}
}

void vkv_threads_wake(struct vkv_threads *t, unsigned int worker)
{
	VKV_ASSERT(worker < VKV_NR_WORKERS);
	thread_wake(&t->worker[worker]);
}

/* When commands come in quick succession, only the first writes to wanted. */
void vkv_threads_wake_dispatcher(struct vkv_threads *t, unsigned int dispatcher)
{
	struct vkv_thread *thread = &t->dispatcher[dispatcher];

	VKV_ASSERT(dispatcher < VKV_NR_DISPATCHERS);
	if (!READ_ONCE(thread->wanted))
		WRITE_ONCE(thread->wanted, true);
	thread_wake(thread);
}

void vkv_threads_wake_collector(struct vkv_threads *t)
{
	WRITE_ONCE(t->collector.wanted, true);
	thread_wake(&t->collector);
}

/* ---- dispatchers ---- */

static void dispatcher_rest(struct vkv_thread *self, u64 now, u64 active,
			    u64 next)
{
	const struct vkv_threads *t = self->all;
	u64 ns;

	if (READ_ONCE(t->busy) || now - active < SPIN_NS) {
		relax();
		return;
	}
	ns = clamp((now - active) / 16, SLEEP_MIN_US * NSEC_PER_USEC,
		   (u64)READ_ONCE(t->idle_us) * NSEC_PER_USEC);
	ns = min(ns, max(next, now + SLEEP_MIN_US * NSEC_PER_USEC) - now);
	sleep_until(self, now + ns, ns / 4);
}

static int run_dispatcher(void *arg)
{
	struct vkv_thread *self = arg;
	u64 now, next, active = ktime_get_ns();

	while (!kthread_should_stop()) {
		now = thread_round_begin(self);
		next = vkv_dispatcher_round(self->dispatcher, now);
		if (next == VKV_NOW) {
			active = now;
			cond_resched_tasks_rcu_qs();
		} else {
			/* A command on its way counts like one that came. */
			if (READ_ONCE(self->wanted)) {
				WRITE_ONCE(self->wanted, false);
				active = now;
			}
			dispatcher_rest(self, now, active, next);
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
		now = thread_round_begin(self);
		next = vkv_worker_round(self->worker, now);
		if (next == VKV_NOW) {
			active = now;
			cond_resched_tasks_rcu_qs();
		} else if (READ_ONCE(self->all->busy) || now - active < SPIN_NS ||
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
		smp_mb();	/* a wake-up from here on counts for the next */
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

/* The collector is an ordinary thread: its work can wait a little. */
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

static int thread_start(struct vkv_threads *t, struct vkv_thread *thread,
			int (*run)(void *arg), const char *name, int cpu)
{
	struct task_struct *task;
	int err = 0;

	thread->all = t;
	thread->cpu = cpu;
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

static void thread_stop(struct vkv_thread *thread)
{
	if (thread->task)
		kthread_stop(thread->task);
}

/* Comes after all threads have stopped, because they wake one another. */
static void thread_put(struct vkv_thread *thread)
{
	if (thread->task)
		put_task_struct(thread->task);
	thread->task = NULL;
}

/*
 * The kernel shows 15 characters of a name. The threads of the first device have
 * no number in front.
 */
static void name_thread(const struct vkv_threads *t, char *name, size_t size,
			const char *what, const char *brief)
{
	if (t->number)
		snprintf(name, size, "vkv%u_%s", t->number, brief);
	else
		snprintf(name, size, "vkv_%s", what);
}

static int start_collector(struct vkv_threads *t)
{
	char name[NAME_SIZE];

	name_thread(t, name, sizeof(name), "collector", "collect");
	return thread_start(t, &t->collector, run_collector, name, -1);
}

static int start_worker(struct vkv_threads *t, unsigned int i, int cpu)
{
	char name[NAME_SIZE];

	name_thread(t, name, sizeof(name), "worker", "work");
	snprintf(name + strlen(name), sizeof(name) - strlen(name), "/%u", i);
	t->worker[i].worker = vkv_dev_worker(t->dev, i);
	return thread_start(t, &t->worker[i], run_worker, name, cpu);
}

/* The first dispatcher keeps the name that it had when there was only one. */
static int start_dispatcher(struct vkv_threads *t, unsigned int i, int cpu)
{
	char name[NAME_SIZE];

	name_thread(t, name, sizeof(name), i ? "dispatch" : "dispatcher", "disp");
	if (i)
		snprintf(name + strlen(name), sizeof(name) - strlen(name),
			 "/%u", i);
	t->dispatcher[i].dispatcher = vkv_dev_dispatcher(t->dev, i);
	return thread_start(t, &t->dispatcher[i], run_dispatcher, name, cpu);
}

/*
 * A thread that wakes others starts after them, because it must not meet a NULL
 * task. So the first dispatcher is the last thread. The other dispatchers do
 * nothing before it has made queues.
 */
static int start_all(struct vkv_threads *t, const struct vkv_params *p)
{
	unsigned int i;
	int err = start_collector(t);

	for (i = 0; i < t->nr_workers && !err; i++)
		err = start_worker(t, i, p->worker_cpu[i]);
	for (i = t->nr_dispatchers; i-- > 0 && !err;)
		err = start_dispatcher(t, i, p->dispatcher_cpu[i]);
	return err;
}

/* ---- CPUs that come back ---- */

static void bind_again(const struct vkv_thread *thread, unsigned int cpu)
{
	if (thread->task && thread->cpu == cpu &&
	    set_cpus_allowed_ptr(thread->task, cpumask_of(cpu)))
		pr_warn("a thread cannot go back to CPU %u\n", cpu);
}

/* Runs on the CPU that has come online. */
static int cpu_is_back(unsigned int cpu, struct hlist_node *node)
{
	const struct vkv_threads *t = hlist_entry(node, struct vkv_threads,
						  cpus);
	unsigned int i;

	for (i = 0; i < t->nr_dispatchers; i++)
		bind_again(&t->dispatcher[i], cpu);
	for (i = 0; i < t->nr_workers; i++)
		bind_again(&t->worker[i], cpu);
	return 0;
}

static int cpus_state;

int vkv_threads_init(void)
{
	int state = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN,
					    KBUILD_MODNAME ":online",
					    cpu_is_back, NULL);

	if (state < 0)
		return state;
	cpus_state = state;
	return 0;
}

void vkv_threads_exit(void)
{
	cpuhp_remove_multi_state(cpus_state);
}

/* This calls back at once for each CPU that is online. */
static int watch_cpus(struct vkv_threads *t)
{
	int err = cpuhp_state_add_instance(cpus_state, &t->cpus);

	t->watches_cpus = !err;
	return err;
}

static void unwatch_cpus(struct vkv_threads *t)
{
	if (t->watches_cpus)
		cpuhp_state_remove_instance(cpus_state, &t->cpus);
	t->watches_cpus = false;
}

int vkv_threads_start(struct vkv_threads *t, struct vkv_dev *dev,
		      const struct vkv_params *p, unsigned int number)
{
	int err;

	t->dev = dev;
	t->number = number;
	t->busy = p->busy;
	t->idle_us = p->idle_us;
	t->nice = p->nice;
	t->fifo = p->fifo;
	t->nr_workers = p->nr_workers;
	t->nr_dispatchers = p->nr_dispatchers;
	err = start_all(t, p);
	if (!err)
		err = watch_cpus(t);
	if (err)
		vkv_threads_stop(t);
	return err;
}

static void change_priority(struct vkv_threads *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_dispatchers; i++)
		set_user_nice(t->dispatcher[i].task, t->nice);
	for (i = 0; i < t->nr_workers; i++)
		set_user_nice(t->worker[i].task, t->nice);
}

void vkv_threads_change(struct vkv_threads *t, const struct vkv_params *p)
{
	unsigned int i;

	WRITE_ONCE(t->busy, p->busy);
	WRITE_ONCE(t->idle_us, p->idle_us);
	t->nice = p->nice;
	change_priority(t);
	/* One that sleeps would sleep for as long as it was told before. */
	for (i = 0; i < t->nr_dispatchers; i++)
		vkv_threads_wake_dispatcher(t, i);
}

void vkv_threads_stop(struct vkv_threads *t)
{
	unsigned int i;

	unwatch_cpus(t);
	for (i = 0; i < t->nr_dispatchers; i++)
		thread_stop(&t->dispatcher[i]);
	for (i = 0; i < t->nr_workers; i++)
		thread_stop(&t->worker[i]);
	thread_stop(&t->collector);

	for (i = 0; i < t->nr_dispatchers; i++)
		thread_put(&t->dispatcher[i]);
	for (i = 0; i < t->nr_workers; i++)
		thread_put(&t->worker[i]);
	thread_put(&t->collector);
}
