// SPDX-License-Identifier: GPL-2.0
/*
 * The module parameters. Every check is here that needs no resource: no memory,
 * no DMA channel, no thread has been taken yet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/params.h"

#include <linux/compat.h>
#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/isolation.h>
#include <linux/sched/prio.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "kv_ftl.h"
#include "shell/compat.h"
#include "shell/mem.h"
#include "timing/timing.h"
#include "vkv_assert.h"

#define SIZE_MIN (VKV_FTL_SIZE_MIN + VKV_MEM_BAR_SPACE)
#define SIZE_LIMIT (VKV_FTL_SIZE_MAX + VKV_MEM_BAR_SPACE)
#define OP_MAX 50u
#define IDLE_US_MAX 100000u
/* Room for a message that names all keys of a timing model. */
#define WHY_SIZE 700u
#define INLINE_MAX 65536u

/*
 * A kernel in lockdown refuses parameters that choose hardware, because they
 * could make a module write to memory that is not its own.
 */
static char *memmap_start;
module_param_hw(memmap_start, charp, iomem, 0444);
MODULE_PARM_DESC(memmap_start,
		 "start of memory reserved at boot, on x86 with the kernel argument memmap=SIZE$START (K, M, G, T); without it, memory is taken out of the running system");

static char *memmap_size;
module_param(memmap_size, charp, 0444);
MODULE_PARM_DESC(memmap_size, "memory for the device (K, M, G, T); required");

static char *cpus;
module_param(cpus, charp, 0444);
MODULE_PARM_DESC(cpus,
		 "CPUs: the first run a dispatcher each, the others a worker each; default: the last ones");

static char *dispatchers = "1";
module_param(dispatchers, charp, 0444);
MODULE_PARM_DESC(dispatchers,
		 "threads that fetch commands, each from I/O queues of its own, 1..8; default: 1");

static char *namespaces = "block,kv";
module_param(namespaces, charp, 0444);
MODULE_PARM_DESC(namespaces,
		 "namespaces 1.. of the device: block or kv, each optionally :CAP; default: block,kv");

static char *index;
module_param(index, charp, 0444);
MODULE_PARM_DESC(index, "name of the index");

static char *space;
module_param(space, charp, 0444);
MODULE_PARM_DESC(space, "name of the space manager");

static char *victim;
module_param(victim, charp, 0444);
MODULE_PARM_DESC(victim, "name of the victim policy");

static char *timing;
module_param(timing, charp, 0444);
MODULE_PARM_DESC(timing,
		 "timing: NAME[:KEY=VALUE...], a model or a profile, one for all namespaces or a list; default: none");

static char *op;
module_param(op, charp, 0444);
MODULE_PARM_DESC(op, "over-provisioning in percent, 1..50; default: 7");

static char *verify = "header";
module_param(verify, charp, 0444);
MODULE_PARM_DESC(verify,
		 "what is checked when it is read: header (default), or value: values have a CRC-32C, too");

static char *poll = "adaptive";
module_param(poll, charp, 0444);
MODULE_PARM_DESC(poll,
		 "adaptive: sleep when idle (default); busy: never sleep");

static char *poll_idle_us = "40000";
module_param(poll_idle_us, charp, 0444);
MODULE_PARM_DESC(poll_idle_us,
		 "longest sleep of an idle dispatcher in us, 20..100000; default: 40000");

static char *inline_bytes = "4096";
module_param(inline_bytes, charp, 0444);
MODULE_PARM_DESC(inline_bytes,
		 "brief commands of up to so many bytes are carried out by their dispatcher, 0 (none) to 65536; default: 4096");

/* With dma=open, commands read and write all memory. */
static char *dma;
module_param_hw(dma, charp, dma_addr, 0444);
MODULE_PARM_DESC(dma,
		 "confined: the device reaches the memory that its driver has mapped; open: all memory; default: confined");

static char *engine;
module_param_hw(engine, charp, dma, 0444);
MODULE_PARM_DESC(engine,
		 "channel of a DMA engine that copies values of 16K and more, such as dma0chan0; default: none");

static char *nice = "0";
module_param(nice, charp, 0444);
MODULE_PARM_DESC(nice,
		 "nice value of the dispatchers and the workers, -20..19; default: 0");

static char *fifo = "0";
module_param(fifo, charp, 0444);
MODULE_PARM_DESC(fifo,
		 "real-time priority (SCHED_FIFO) of the dispatchers and the workers, 1..99; default: 0, none");

/* ---- numbers ---- */

/*
 * Like memparse(), but returns -EINVAL for a text that is no number and -ERANGE
 * for one that is too big.
 */
static int parse_size(const char *s, char **end, u64 *val)
{
	static const char units[] = "KMGT";
	size_t n = strspn(s, "0123456789abcdefABCDEFxX");
	char digits[32];
	const char *unit;
	int err;

	if (n >= sizeof(digits))
		return -ERANGE;
	strscpy(digits, s, n + 1);
	err = kstrtoull(digits, 0, val);
	if (err)
		return err;
	unit = s[n] ? strchr(units, toupper(s[n])) : NULL;
	*end = (char *)s + n + !!unit;
	if (unit && check_shl_overflow(*val, 10 * (unit - units + 1), val))
		return -ERANGE;
	return 0;
}

static int get_size(const char *name, const char *s, u64 *val)
{
	char *end;
	int err = parse_size(s, &end, val);

	if (!err && *end)
		err = -EINVAL;
	if (err)
		pr_err("%s=%s is %s; give a number of bytes such as 512M or 1G\n",
		       name, s, err == -ERANGE ? "too big" : "not a size");
	return err;
}

static int get_number(const char *name, const char *s, unsigned int min,
		      unsigned int max, unsigned int *val)
{
	int err = kstrtouint(s, 0, val);

	if (!err && (*val < min || *val > max))
		err = -ERANGE;
	if (err)
		pr_err("%s=%s is not a number from %u to %u\n", name, s, min,
		       max);
	return err;
}

/* ---- memory ---- */

static int get_memory_size(struct vkv_params *p)
{
	int err;

	if (!memmap_size || !*memmap_size) {
		pr_err("memmap_size is missing; say how much memory the device gets, such as memmap_size=1G\n");
		return -EINVAL;
	}
	err = get_size("memmap_size", memmap_size, &p->size);
	if (err)
		return err;
	p->size_text = memmap_size;
	if (p->size < SIZE_MIN) {
		pr_err("memmap_size=%s is too small; give at least %lluM\n",
		       memmap_size, SIZE_MIN / SZ_1M);
		return -EINVAL;
	}
	if (p->size > SIZE_LIMIT) {
		pr_err("memmap_size=%s is too large; give at most %lluM\n",
		       memmap_size, SIZE_LIMIT / SZ_1M);
		return -EFBIG;
	}
	if (!IS_ALIGNED(p->size, VKV_MEM_ALIGN)) {
		pr_err("memmap_size=%s is not a multiple of 1M; give %lluM\n",
		       memmap_size, p->size / SZ_1M);
		return -EINVAL;
	}
	return 0;
}

static int get_memory_start(struct vkv_params *p)
{
	u64 limit = iomem_resource.end, last;
	int err;

	p->has_start = memmap_start && *memmap_start;
	if (!p->has_start)
		return 0;
	err = get_size("memmap_start", memmap_start, &p->start);
	if (err)
		return err;
	p->start_text = memmap_start;
	if (!IS_ALIGNED(p->start, VKV_MEM_ALIGN)) {
		pr_err("memmap_start=%s is not aligned to 1M; give %lluM\n",
		       memmap_start, p->start / SZ_1M + 1);
		return -EINVAL;
	}
	if (check_add_overflow(p->start, p->size - 1, &last) || last > limit) {
		pr_err("memmap_start=%s memmap_size=%s lies beyond the last physical address of this CPU, %#llx; give less\n",
		       memmap_start, memmap_size, limit);
		return -ERANGE;
	}
	return 0;
}

/* ---- CPUs ---- */

/* The first CPUs are the dispatchers', the others the workers'. */
static void set_cpu(struct vkv_params *p, unsigned int i, unsigned int cpu)
{
	VKV_ASSERT(i < p->nr_dispatchers + VKV_NR_WORKERS);
	if (i < p->nr_dispatchers)
		p->dispatcher_cpu[i] = cpu;
	else
		p->worker_cpu[i - p->nr_dispatchers] = cpu;
}

static unsigned int get_cpu_set(const struct vkv_params *p, unsigned int i)
{
	return i < p->nr_dispatchers ? p->dispatcher_cpu[i] :
				       p->worker_cpu[i - p->nr_dispatchers];
}

static int name_cpu(struct vkv_params *p, unsigned int i, const char *s)
{
	unsigned int cpu, k;

	if (kstrtouint(s, 10, &cpu)) {
		pr_err("cpus=%s: '%s' is not a CPU number; give a list such as cpus=1,2\n",
		       cpus, s);
		return -EINVAL;
	}
	if (cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		pr_err("cpus=%s: CPU %u is %s; choose from %*pbl\n", cpus, cpu,
		       cpu < nr_cpu_ids && cpu_present(cpu) ? "offline" :
		       "not there", cpumask_pr_args(cpu_online_mask));
		return -ENODEV;
	}
	for (k = 0; k < i; k++) {
		if (get_cpu_set(p, k) != cpu)
			continue;
		pr_err("cpus=%s: CPU %u is named twice; name each once\n", cpus,
		       cpu);
		return -EINVAL;
	}
	if (i >= p->nr_dispatchers + VKV_NR_WORKERS) {
		pr_err("cpus=%s names too many; give %u and at most %u workers\n",
		       cpus, p->nr_dispatchers, VKV_NR_WORKERS);
		return -EINVAL;
	}
	set_cpu(p, i, cpu);
	return 0;
}

static int parse_cpus(struct vkv_params *p, char *list)
{
	unsigned int n = 0;
	char *s;
	int err;

	while ((s = strsep(&list, ","))) {
		err = name_cpu(p, n, s);
		if (err)
			return err;
		n++;
	}
	if (n < p->nr_dispatchers) {
		pr_err("cpus=%s names %u, but dispatchers=%u need one each; name more, or give dispatchers=%u\n",
		       cpus, n, p->nr_dispatchers, n);
		return -EINVAL;
	}
	p->nr_workers = n - p->nr_dispatchers;
	return 0;
}

/*
 * Chooses CPUs from the last one down: first the dispatchers', then the
 * workers'. There is a worker for every four CPUs: at least one, at most four.
 * (Interrupts and the first processes gather on CPU 0. Isolated CPUs are left
 * alone: their owner decides which threads run there.)
 */
static int choose_cpus_from(struct vkv_params *p, const struct cpumask *mask)
{
	unsigned int total = cpumask_weight(mask);
	unsigned int left = total, cpu;

	if (total < p->nr_dispatchers) {
		pr_err("dispatchers=%u need a CPU each, and %u may be used; give dispatchers=%u, or cpus=\n",
		       p->nr_dispatchers, total, total);
		return -EINVAL;
	}
	p->nr_workers = min(clamp(total / 4, 1u, 4u),
			    total - p->nr_dispatchers);
	for_each_cpu(cpu, mask) {
		if (left <= p->nr_dispatchers + p->nr_workers)
			set_cpu(p, left - 1, cpu);
		left--;
	}
	return 0;
}

static int choose_cpus(struct vkv_params *p)
{
	cpumask_var_t mask;
	int err;

	if (!zalloc_cpumask_var(&mask, GFP_KERNEL))
		return -ENOMEM;
	/* Since 7.0, changes of a cpuset replace the mask and free the old one. */
	rcu_read_lock();
	if (!cpumask_and(mask, cpu_online_mask,
			 housekeeping_cpumask(HK_TYPE_DOMAIN)))
		cpumask_copy(mask, cpu_online_mask);
	rcu_read_unlock();
	err = choose_cpus_from(p, mask);
	free_cpumask_var(mask);
	return err;
}

static int read_cpus(struct vkv_params *p)
{
	char *list;
	int err;

	list = kstrdup(cpus, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	err = parse_cpus(p, list);
	kfree(list);
	return err;
}

/*
 * When the dispatchers take all CPUs, the one worker that has to be shares the
 * CPU of the first dispatcher.
 */
static int get_cpus(struct vkv_params *p)
{
	int err = get_number("dispatchers", dispatchers, 1, VKV_NR_DISPATCHERS,
			     &p->nr_dispatchers);

	if (!err)
		err = cpus && *cpus ? read_cpus(p) : choose_cpus(p);
	if (!err && !p->nr_workers) {
		p->worker_cpu[0] = p->dispatcher_cpu[0];
		p->nr_workers = 1;
	}
	return err;
}

/* ---- namespaces ---- */

static int parse_kind(const char *s, enum vkv_ns_kind *kind)
{
	if (!strcmp(s, "block"))
		*kind = VKV_NS_BLOCK;
	else if (!strcmp(s, "kv"))
		*kind = VKV_NS_KV;
	else
		return -EINVAL;
	return 0;
}

static int add_namespace(struct vkv_params *p, char *s)
{
	char *kind = strsep(&s, ":");
	struct vkv_ns_config *ns = &p->ns[p->nr_ns];
	char *end = "";

	if (p->nr_ns == VKV_NR_NAMESPACES) {
		pr_err("namespaces=%s names too many; give at most %u\n",
		       namespaces, VKV_NR_NAMESPACES);
		return -EINVAL;
	}
	if (parse_kind(kind, &ns->kind)) {
		pr_err("namespaces=%s: '%s' is no kind; give block or kv, such as namespaces=block,kv:256M\n",
		       namespaces, kind);
		return -EINVAL;
	}
	ns->cap = 0;
	if (s && (parse_size(s, &end, &ns->cap) || *end || !ns->cap ||
		  ns->cap > p->size)) {
		pr_err("namespaces=%s: ':%s' is no cap; give a size up to memmap_size=%s\n",
		       namespaces, s, memmap_size);
		return -EINVAL;
	}
	p->nr_ns++;
	return 0;
}

static int get_namespaces(struct vkv_params *p)
{
	char *list = kstrdup(namespaces, GFP_KERNEL);
	char *rest = list, *s;
	int err = 0;

	if (!list)
		return -ENOMEM;
	while (!err && (s = strsep(&rest, ",")))
		err = add_namespace(p, s);
	kfree(list);
	return err;
}

/* ---- the other parameters ---- */

/* Comes after the namespaces, because timing= may name a model for each. */
static int get_timing(struct vkv_params *p)
{
	char *why;
	int err;

	p->timing = timing;
	if (!timing)
		return 0;
	why = kzalloc(WHY_SIZE, GFP_KERNEL);
	if (!why)
		return -ENOMEM;
	err = vkv_timing_check(timing, p->nr_ns, why, WHY_SIZE);
	if (err)
		pr_err("timing=%s: %s\n", timing, why);
	kfree(why);
	return err;
}

static int get_policies(struct vkv_params *p)
{
	unsigned int percent;
	int err;

	p->index = index;
	p->space = space;
	p->victim = victim;
	if (index && !vkv_ftl_has_index(index)) {
		pr_err("index=%s is unknown; leave it out, or see the README\n",
		       index);
		return -EINVAL;
	}
	if (space && !vkv_ftl_has_space(space)) {
		pr_err("space=%s is unknown; leave it out, or see the README\n",
		       space);
		return -EINVAL;
	}
	if (victim && !vkv_ftl_has_victim(victim)) {
		pr_err("victim=%s is unknown; leave it out, or see the README\n",
		       victim);
		return -EINVAL;
	}
	if (!op)
		return 0;
	err = get_number("op", op, 1, OP_MAX, &percent);
	p->op_permille = err ? 0 : percent * 10;
	return err;
}

static int get_verify(struct vkv_params *p)
{
	p->verify_values = !strcmp(verify, "value");
	if (p->verify_values || !strcmp(verify, "header"))
		return 0;
	pr_err("verify=%s is unknown; give header or value\n", verify);
	return -EINVAL;
}

static int get_poll(struct vkv_params *p)
{
	p->busy = !strcmp(poll, "busy");
	if (!p->busy && strcmp(poll, "adaptive")) {
		pr_err("poll=%s is unknown; give adaptive or busy\n", poll);
		return -EINVAL;
	}
	return get_number("poll_idle_us", poll_idle_us, 20, IDLE_US_MAX,
			  &p->idle_us);
}

/* A kernel for few machines may leave DMA operations of devices out. */
static int get_dma(struct vkv_params *p)
{
	bool open = dma && !strcmp(dma, "open");

	p->confined = !open && vkv_has_dma_ops();
	if (dma && !open && strcmp(dma, "confined")) {
		pr_err("dma=%s is unknown; give confined or open (engine= names a DMA channel)\n",
		       dma);
		return -EINVAL;
	}
	if (p->confined || open)
		return 0;
	if (dma) {
		pr_err("dma=confined needs a kernel with CONFIG_ARCH_HAS_DMA_OPS; give dma=open\n");
		return -EOPNOTSUPP;
	}
	pr_warn("without CONFIG_ARCH_HAS_DMA_OPS the device reaches all memory (dma=open)\n");
	return 0;
}

static int get_inline(struct vkv_params *p)
{
	return get_number("inline_bytes", inline_bytes, 0, INLINE_MAX,
			  &p->inline_bytes);
}

static int get_nice(struct vkv_params *p)
{
	int err = kstrtoint(nice, 0, &p->nice);

	if (!err && (p->nice < MIN_NICE || p->nice > MAX_NICE))
		err = -ERANGE;
	if (err)
		pr_err("nice=%s is not a number from %d to %d\n", nice,
		       MIN_NICE, MAX_NICE);
	return err;
}

static int get_fifo(struct vkv_params *p)
{
	return get_number("fifo", fifo, 0, MAX_RT_PRIO - 1, &p->fifo);
}

/*
 * The kernel only warns about a parameter that the module does not have, and
 * loads the module. A misspelt parameter should be an error. So this finds the
 * string of parameters in the system call that loads the module.
 */
static const char __user *loader_args(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long args[6];
	int nr = syscall_get_nr(current, regs);

	if (!current->mm || in_compat_syscall())
		return NULL;
	syscall_get_arguments(current, regs, args);
	if (nr == __NR_finit_module)
		return (const char __user *)args[1];
	if (nr == __NR_init_module)
		return (const char __user *)args[2];
	return NULL;
}

static bool name_equals(const char *a, const char *b)
{
	while (*a && (*a == *b || (*a == '-' && *b == '_'))) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool is_known(const char *name)
{
	const struct module *mod = THIS_MODULE;
	unsigned int i;

	for (i = 0; i < mod->num_kp; i++)
		if (name_equals(name, mod->kp[i].name))
			return true;
	return name_equals(name, "dyndbg") || name_equals(name, "async_probe");
}

static int check_names(void)
{
	const char __user *from = loader_args();
	char *args, *rest, *name, *value;
	int err = 0;

	if (!from)
		return 0;
	args = strndup_user(from, PAGE_SIZE);
	if (IS_ERR(args))
		return 0;
	rest = skip_spaces(args);
	while (!err && *rest) {
		rest = next_arg(rest, &name, &value);
		if (!value && !strcmp(name, "--"))
			break;
		if (is_known(name))
			continue;
		pr_err("%s=%s: there is no parameter '%s'; see modinfo -p\n",
		       name, value ?: "", name);
		err = -EINVAL;
	}
	kfree(args);
	return err;
}

int vkv_params_get(struct vkv_params *p)
{
	static int (*const step[])(struct vkv_params *p) = {
		get_memory_size, get_memory_start, get_cpus,
		get_namespaces, get_policies, get_verify, get_timing, get_poll,
		get_inline, get_dma, get_nice, get_fifo,
	};
	unsigned int i;
	int err = check_names();

	p->engine = engine && *engine ? engine : NULL;
	for (i = 0; i < ARRAY_SIZE(step) && !err; i++)
		err = step[i](p);
	VKV_ASSERT(err || (p->nr_workers && p->nr_workers <= VKV_NR_WORKERS));
	VKV_ASSERT(err || p->nr_ns);
	return err;
}
