// SPDX-License-Identifier: GPL-2.0
/*
 * The threads that run the rounds of devices, and when they sleep.
 *
 * A crew is the threads of a device: one for each dispatcher and each worker, and one
 * for the collector. Devices with share= use the crew of another one: each thread makes
 * a round of each device in turn. A device joins and leaves a crew while its threads are
 * parked, which takes no longer than a round. A crew ends with its last device, which
 * need not be the one that it was made for.
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
#include <linux/slab.h>
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

/**
 * struct vkv_crew - threads, and how they behave
 * @nr_devices: how many devices use it
 * @cpus: hears of CPUs that come back
 * @watches_cpus: is @cpus in use?
 * @number: the number of the device that it was made for, which is part of the names
 * @busy: do they never sleep?
 * @idle_us: the longest sleep of an idle dispatcher in us
 * @nice: the nice value of the dispatchers and the workers
 * @fifo: the real-time priority of the dispatchers and the workers, 0 for none
 * @collector: collects garbage
 * @dispatcher: fetch commands
 * @nr_dispatchers: how many of @dispatcher there are
 * @worker: execute commands
 * @nr_workers: how many of @worker there are
 */
struct vkv_crew {
	unsigned int nr_devices;
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

/*
 * Returns the time when a round begins. A real-time thread may sleep first. So may a
 * thread that other devices join or leave.
 */
static u64 thread_round_begin(struct vkv_thread *self)
{
	u64 now;

	if (unlikely(kthread_should_park()))
		kthread_parkme();
	now = ktime_get_ns();
	if (likely(!READ_ONCE(self->crew->fifo)) || now < self->way_at)
		return now;
	give_way(self, now);
	note_rest(self);
	return ktime_get_ns();
}

/* ---- sleeping until woken ---- */

static bool has_work(const struct vkv_thread *self)
{
	const struct vkv_unit *u;

	list_for_each_entry(u, &self->units, link)
		if (u->worker && vkv_worker_pending(u->worker))
			return true;
	return READ_ONCE(self->wanted);
}

static void thread_slept(const struct vkv_thread *self, u64 ns)
{
	const struct vkv_unit *u;

	list_for_each_entry(u, &self->units, link) {
		if (u->worker)
			vkv_worker_slept(u->worker, ns);
		else if (u->dispatcher)
			vkv_dispatcher_slept(u->dispatcher, ns);
	}
}

/* Sleeps until woken, or until @when (in ns) or up to @slack ns later. */
static void sleep_until(struct vkv_thread *self, u64 when, u64 slack)
{
	ktime_t expires = ns_to_ktime(when);
	u64 begin = ktime_get_ns();

	VKV_ASSERT(current == self->task);
	WRITE_ONCE(self->asleep, true);
	set_current_state(TASK_IDLE);	/* a full barrier: thread_wake() */
	if (!has_work(self) && !kthread_should_stop() &&
	    !kthread_should_park()) {
		if (when == VKV_NEVER)
			schedule();
		else
			schedule_hrtimeout_range(&expires, slack,
						 HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(self->asleep, false);
	thread_slept(self, ktime_get_ns() - begin);
	if (READ_ONCE(self->crew->fifo))
		note_rest(self);
}

/* A device that has no threads yet, or none any more, has nobody to wake. */
static void thread_wake(struct vkv_thread *thread)
{
	smp_mb();	/* the work comes first, then asleep: sleep_until() */
	if (READ_ONCE(thread->asleep)) {
		VKV_ASSERT(thread->task);
		wake_up_process(thread->task);
	}
}

/* When commands come in quick succession, only the first writes to wanted. */
static void want(struct vkv_thread *thread)
{
	if (!thread)
		return;
	if (!READ_ONCE(thread->wanted))
		WRITE_ONCE(thread->wanted, true);
	thread_wake(thread);
}

void vkv_threads_wake(struct vkv_threads *t, unsigned int worker)
{
	VKV_ASSERT(worker < VKV_NR_WORKERS);
	if (t->worker[worker].thread)
		thread_wake(t->worker[worker].thread);
}

void vkv_threads_wake_dispatcher(struct vkv_threads *t, unsigned int dispatcher)
{
	VKV_ASSERT(dispatcher < VKV_NR_DISPATCHERS);
	want(t->dispatcher[dispatcher].thread);
}

void vkv_threads_wake_collector(struct vkv_threads *t)
{
	want(t->collector.thread);
}

/* ---- dispatchers ---- */

static void dispatcher_rest(struct vkv_thread *self, u64 now, u64 active,
			    u64 next)
{
	const struct vkv_crew *crew = self->crew;
	u64 ns;

	if (READ_ONCE(crew->busy) || now - active < SPIN_NS) {
		relax();
		return;
	}
	ns = clamp((now - active) / 16, SLEEP_MIN_US * NSEC_PER_USEC,
		   (u64)READ_ONCE(crew->idle_us) * NSEC_PER_USEC);
	ns = min(ns, max(next, now + SLEEP_MIN_US * NSEC_PER_USEC) - now);
	sleep_until(self, now + ns, ns / 4);
}

/* The earliest of what the rounds of all units return. */
static u64 dispatchers_round(const struct vkv_thread *self, u64 now)
{
	const struct vkv_unit *u;
	u64 next = VKV_NEVER;

	list_for_each_entry(u, &self->units, link)
		next = min(next, vkv_dispatcher_round(u->dispatcher, now));
	return next;
}

static int run_dispatcher(void *arg)
{
	struct vkv_thread *self = arg;
	u64 now, next, active = ktime_get_ns();

	while (!kthread_should_stop()) {
		now = thread_round_begin(self);
		next = dispatchers_round(self, now);
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

static u64 workers_round(const struct vkv_thread *self, u64 now)
{
	const struct vkv_unit *u;
	u64 next = VKV_NEVER;

	list_for_each_entry(u, &self->units, link)
		next = min(next, vkv_worker_round(u->worker, now));
	return next;
}

static int run_worker(void *arg)
{
	struct vkv_thread *self = arg;
	u64 now, next, active = ktime_get_ns();

	while (!kthread_should_stop()) {
		now = thread_round_begin(self);
		next = workers_round(self, now);
		if (next == VKV_NOW) {
			active = now;
			cond_resched_tasks_rcu_qs();
		} else if (READ_ONCE(self->crew->busy) || now - active < SPIN_NS ||
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

static u64 collectors_round(const struct vkv_thread *self)
{
	const struct vkv_unit *u;
	u64 next = VKV_NEVER;

	list_for_each_entry(u, &self->units, link)
		next = min(next, vkv_collector_round(u->collected,
						     ktime_get_ns()));
	return next;
}

static int run_collector(void *arg)
{
	struct vkv_thread *self = arg;
	u64 next;

	while (!kthread_should_stop()) {
		if (unlikely(kthread_should_park()))
			kthread_parkme();
		WRITE_ONCE(self->wanted, false);
		smp_mb();	/* a wake-up from here on counts for the next */
		next = collectors_round(self);
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
static int set_priority(const struct vkv_crew *crew, const struct vkv_thread *thread)
{
	const struct sched_attr attr = {
		.size = sizeof(attr),
		.sched_policy = crew->fifo ? SCHED_FIFO : SCHED_NORMAL,
		.sched_nice = crew->nice,
		.sched_priority = crew->fifo,
	};

	return thread == &crew->collector ?
		       0 :
		       sched_setattr_nocheck(thread->task, &attr);
}

/* It is parked, so that it meets a crew that is complete. */
static int thread_start(struct vkv_crew *crew, struct vkv_thread *thread,
			int (*run)(void *arg), const char *name, int cpu)
{
	struct task_struct *task;

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
	return set_priority(crew, thread);
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
static void name_thread(const struct vkv_crew *crew, char *name, size_t size,
			const char *what, const char *brief)
{
	if (crew->number)
		snprintf(name, size, "vkv%u_%s", crew->number, brief);
	else
		snprintf(name, size, "vkv_%s", what);
}

static int start_collector(struct vkv_crew *crew)
{
	char name[NAME_SIZE];

	name_thread(crew, name, sizeof(name), "collector", "collect");
	return thread_start(crew, &crew->collector, run_collector, name, -1);
}

static int start_worker(struct vkv_crew *crew, unsigned int i, int cpu)
{
	char name[NAME_SIZE];

	name_thread(crew, name, sizeof(name), "worker", "work");
	snprintf(name + strlen(name), sizeof(name) - strlen(name), "/%u", i);
	return thread_start(crew, &crew->worker[i], run_worker, name, cpu);
}

/* The first dispatcher keeps the name that it had when there was only one. */
static int start_dispatcher(struct vkv_crew *crew, unsigned int i, int cpu)
{
	char name[NAME_SIZE];

	name_thread(crew, name, sizeof(name), i ? "dispatch" : "dispatcher",
		    "disp");
	if (i)
		snprintf(name + strlen(name), sizeof(name) - strlen(name),
			 "/%u", i);
	return thread_start(crew, &crew->dispatcher[i], run_dispatcher, name, cpu);
}

static int start_all(struct vkv_crew *crew, const struct vkv_params *p)
{
	unsigned int i;
	int err = start_collector(crew);

	for (i = 0; i < crew->nr_workers && !err; i++)
		err = start_worker(crew, i, p->worker_cpu[i]);
	for (i = 0; i < crew->nr_dispatchers && !err; i++)
		err = start_dispatcher(crew, i, p->dispatcher_cpu[i]);
	return err;
}

/* ---- all threads of a crew ---- */

static void for_each_thread_of(struct vkv_crew *crew,
			       void (*fn)(struct vkv_thread *thread))
{
	unsigned int i;

	for (i = 0; i < crew->nr_dispatchers; i++)
		fn(&crew->dispatcher[i]);
	for (i = 0; i < crew->nr_workers; i++)
		fn(&crew->worker[i]);
	fn(&crew->collector);
}

static void thread_init(struct vkv_thread *thread)
{
	INIT_LIST_HEAD(&thread->units);
}

static void thread_park(struct vkv_thread *thread)
{
	kthread_park(thread->task);
}

static void thread_unpark(struct vkv_thread *thread)
{
	kthread_unpark(thread->task);
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
	const struct vkv_crew *crew = hlist_entry(node, struct vkv_crew, cpus);
	unsigned int i;

	for (i = 0; i < crew->nr_dispatchers; i++)
		bind_again(&crew->dispatcher[i], cpu);
	for (i = 0; i < crew->nr_workers; i++)
		bind_again(&crew->worker[i], cpu);
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
static int watch_cpus(struct vkv_crew *crew)
{
	int err = cpuhp_state_add_instance(cpus_state, &crew->cpus);

	crew->watches_cpus = !err;
	return err;
}

static void unwatch_cpus(struct vkv_crew *crew)
{
	if (crew->watches_cpus)
		cpuhp_state_remove_instance(cpus_state, &crew->cpus);
	crew->watches_cpus = false;
}

/* ---- crews ---- */

static void crew_destroy(struct vkv_crew *crew)
{
	unwatch_cpus(crew);
	for_each_thread_of(crew, thread_stop);
	for_each_thread_of(crew, thread_put);
	kvfree(crew);
}

static struct vkv_crew *new_crew(const struct vkv_params *p, unsigned int number)
{
	struct vkv_crew *crew = kvzalloc(sizeof(*crew), GFP_KERNEL);
	unsigned int i;

	if (!crew)
		return NULL;
	crew->number = number;
	crew->busy = p->busy;
	crew->idle_us = p->idle_us;
	crew->nice = p->nice;
	crew->fifo = p->fifo;
	crew->nr_workers = p->nr_workers;
	crew->nr_dispatchers = p->nr_dispatchers;
	crew->collector.crew = crew;
	for (i = 0; i < crew->nr_workers; i++)
		crew->worker[i].crew = crew;
	for (i = 0; i < crew->nr_dispatchers; i++)
		crew->dispatcher[i].crew = crew;
	for_each_thread_of(crew, thread_init);
	return crew;
}

/* All threads are parked. */
static int crew_create(const struct vkv_params *p, unsigned int number,
		       struct vkv_crew **out)
{
	struct vkv_crew *crew = new_crew(p, number);
	int err;

	if (!crew)
		return -ENOMEM;
	err = start_all(crew, p);
	if (!err)
		err = watch_cpus(crew);
	if (err) {
		crew_destroy(crew);
		return err;
	}
	for_each_thread_of(crew, thread_park);
	*out = crew;
	return 0;
}

/* ---- units ---- */

static void unit_join(struct vkv_unit *u, struct vkv_thread *thread)
{
	u->thread = thread;
	list_add_tail(&u->link, &thread->units);
}

static void unit_leave(struct vkv_unit *u)
{
	list_del(&u->link);
	u->thread = NULL;
}

static void join(struct vkv_threads *t, struct vkv_dev *dev, struct vkv_crew *crew)
{
	unsigned int i;

	for (i = 0; i < crew->nr_workers; i++) {
		t->worker[i].worker = vkv_dev_worker(dev, i);
		unit_join(&t->worker[i], &crew->worker[i]);
	}
	for (i = 0; i < crew->nr_dispatchers; i++) {
		t->dispatcher[i].dispatcher = vkv_dev_dispatcher(dev, i);
		unit_join(&t->dispatcher[i], &crew->dispatcher[i]);
	}
	t->collector.collected = dev;
	unit_join(&t->collector, &crew->collector);
	t->crew = crew;
	t->nr_dispatchers = crew->nr_dispatchers;
	crew->nr_devices++;
}

static void leave(struct vkv_threads *t, struct vkv_crew *crew)
{
	unsigned int i;

	for (i = 0; i < crew->nr_workers; i++)
		unit_leave(&t->worker[i]);
	for (i = 0; i < crew->nr_dispatchers; i++)
		unit_leave(&t->dispatcher[i]);
	unit_leave(&t->collector);
	t->crew = NULL;
	crew->nr_devices--;
}

int vkv_threads_start(struct vkv_threads *t, struct vkv_dev *dev,
		      const struct vkv_params *p, unsigned int number,
		      const struct vkv_threads *other)
{
	struct vkv_crew *crew = other ? other->crew : NULL;
	int err = 0;

	if (crew)
		for_each_thread_of(crew, thread_park);
	else
		err = crew_create(p, number, &crew);
	if (err)
		return err;
	join(t, dev, crew);
	for_each_thread_of(crew, thread_unpark);
	return 0;
}

void vkv_threads_stop(struct vkv_threads *t)
{
	struct vkv_crew *crew = t->crew;

	for_each_thread_of(crew, thread_park);
	leave(t, crew);
	if (crew->nr_devices)
		for_each_thread_of(crew, thread_unpark);
	else
		crew_destroy(crew);
}

static int change_priority(const struct vkv_crew *crew)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < crew->nr_dispatchers && !err; i++)
		err = set_priority(crew, &crew->dispatcher[i]);
	for (i = 0; i < crew->nr_workers && !err; i++)
		err = set_priority(crew, &crew->worker[i]);
	return err;
}

int vkv_threads_change(struct vkv_threads *t, const struct vkv_params *p)
{
	struct vkv_crew *crew = t->crew;
	unsigned int i;

	WRITE_ONCE(crew->busy, p->busy);
	WRITE_ONCE(crew->idle_us, p->idle_us);
	crew->nice = p->nice;
	WRITE_ONCE(crew->fifo, p->fifo);
	/* One that sleeps would sleep for as long as it was told before. */
	for (i = 0; i < crew->nr_dispatchers; i++)
		vkv_threads_wake_dispatcher(t, i);
	return change_priority(crew);
}
