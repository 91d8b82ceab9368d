// SPDX-License-Identifier: GPL-2.0
/*
 * The meaning of a device's settings. Every check is here that needs no resource:
 * no memory, no DMA channel, no thread has been taken yet.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/params.h"

#include <linux/cpumask.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/ioport.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/sched/prio.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "kv_ftl.h"
#include "shell/compat.h"
#include "shell/mem.h"
#include "shell/mem/kind.h"
#include "shell/settings.h"
#include "timing/timing.h"
#include "vkv_assert.h"

#define SIZE_MIN (VKV_FTL_SIZE_MIN + VKV_MEM_BAR_SPACE)
#define SIZE_LIMIT (VKV_FTL_SIZE_MAX + VKV_MEM_BAR_SPACE)
#define OP_MAX 50u
#define MIN_CAP 4096u
#define IDLE_US_MAX 100000u
/* Room for a message that names all keys of a timing model. */
#define WHY_SIZE 700u
#define INLINE_MAX 65536u

/* The text of a setting, by its name. */
#define TEXT(p, name) vkv_setting((p)->settings, VKV_SETTING_##name)

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

static int get_size(const struct vkv_params *p, enum vkv_setting setting,
		    u64 *val)
{
	const char *s = vkv_setting(p->settings, setting);
	char *end;
	int err = parse_size(s, &end, val);

	if (!err && *end)
		err = -EINVAL;
	if (err)
		vkv_params_err(
			p,
			"%s=%s is %s; give a number of bytes such as 512M or 1G\n",
			vkv_setting_name(setting), s,
			err == -ERANGE ? "too big" : "not a size");
	return err;
}

static int get_number(const struct vkv_params *p, enum vkv_setting setting,
		      unsigned int min, unsigned int max, unsigned int *val)
{
	const char *s = vkv_setting(p->settings, setting);
	int err = kstrtouint(s, 0, val);

	if (!err && (*val < min || *val > max))
		err = -ERANGE;
	if (err)
		vkv_params_err(p, "%s=%s is not a number from %u to %u\n",
			       vkv_setting_name(setting), s, min, max);
	return err;
}

/* ---- memory ---- */

static int get_memmap_size(struct vkv_params *p)
{
	const char *text = TEXT(p, memmap_size);
	int err;

	if (!text) {
		vkv_params_err(
			p,
			"memmap_size is missing; say how much memory the device gets, such as memmap_size=1G\n");
		return -EINVAL;
	}
	err = get_size(p, VKV_SETTING_memmap_size, &p->size);
	if (err)
		return err;
	p->size_text = text;
	if (p->size < SIZE_MIN) {
		vkv_params_err(
			p, "memmap_size=%s is too small; give at least %lluM\n",
			text, SIZE_MIN / SZ_1M);
		return -EINVAL;
	}
	if (p->size > SIZE_LIMIT) {
		vkv_params_err(
			p, "memmap_size=%s is too large; give at most %lluM\n",
			text, SIZE_LIMIT / SZ_1M);
		return -EFBIG;
	}
	if (!IS_ALIGNED(p->size, VKV_MEM_ALIGN)) {
		vkv_params_err(
			p,
			"memmap_size=%s is not a multiple of 1M; give %lluM\n",
			text, p->size / SZ_1M);
		return -EINVAL;
	}
	return 0;
}

static int get_memmap_start(struct vkv_params *p)
{
	const char *text = TEXT(p, memmap_start);
	u64 limit = iomem_resource.end, last;
	int err;

	p->has_start = text;
	if (!p->has_start)
		return 0;
	err = get_size(p, VKV_SETTING_memmap_start, &p->start);
	if (err)
		return err;
	p->start_text = text;
	if (!IS_ALIGNED(p->start, VKV_MEM_ALIGN)) {
		vkv_params_err(
			p, "memmap_start=%s is not aligned to 1M; give %lluM\n",
			text, p->start / SZ_1M + 1);
		return -EINVAL;
	}
	if (p->size && (check_add_overflow(p->start, p->size - 1, &last) ||
			last > limit)) {
		vkv_params_err(
			p,
			"memmap_start=%s memmap_size=%s lies beyond the last physical address of this CPU, %#llx; give less\n",
			text, p->size_text, limit);
		return -ERANGE;
	}
	return 0;
}

static int get_path(struct vkv_params *p)
{
	p->path = TEXT(p, path);
	return 0;
}

/* A setting that one kind needs is a mistake beside another. */
static int check_memory(const struct vkv_params *p)
{
	if (p->has_start != (p->memory == &vkv_mem_reserved)) {
		vkv_params_err(
			p, "memory=%s %s memmap_start=; %s\n",
			vkv_mem_kind_name(p->memory),
			p->has_start ? "has no" : "needs",
			p->has_start ?
				"leave one of them out" :
				"give the start of memory that was reserved at boot");
		return -EINVAL;
	}
	if (!p->path != (p->memory != &vkv_mem_file)) {
		vkv_params_err(
			p, "memory=%s %s path=; %s\n",
			vkv_mem_kind_name(p->memory),
			p->path ? "has no" : "needs",
			p->path ?
				"leave one of them out" :
				"name a file of hugetlbfs, tmpfs or a DAX file system");
		return -EINVAL;
	}
	return 0;
}

static int get_memory(struct vkv_params *p)
{
	const char *memory = TEXT(p, memory);

	if (!memory) {
		p->memory = p->has_start ? &vkv_mem_reserved :
			    p->path	 ? &vkv_mem_file :
					   &vkv_mem_pages;
		return 0;
	}
	p->memory = vkv_mem_find(memory);
	if (p->memory)
		return 0;
	vkv_params_err(
		p,
		"memory=%s is unknown; give pages, reserved, blocks or file\n",
		memory);
	return -EINVAL;
}

static int get_bar_start(struct vkv_params *p)
{
	int err;

	p->has_bar_start = TEXT(p, bar_start);
	if (!p->has_bar_start)
		return 0;
	err = get_size(p, VKV_SETTING_bar_start, &p->bar_start);
	if (!err && !IS_ALIGNED(p->bar_start, VKV_BAR_SIZE)) {
		vkv_params_err(
			p, "bar_start=%s is not aligned to 64K; give %#llx\n",
			TEXT(p, bar_start),
			round_up(p->bar_start, (u64)VKV_BAR_SIZE));
		err = -EINVAL;
	}
	return err;
}

static int get_node(struct vkv_params *p)
{
	unsigned int node;
	int err;

	p->node = NUMA_NO_NODE;
	if (!TEXT(p, node))
		return 0;
	err = get_number(p, VKV_SETTING_node, 0, MAX_NUMNODES - 1, &node);
	if (err)
		return err;
	if (!node_state(node, N_MEMORY)) {
		vkv_params_err(p, "node=%u has no memory; choose from %*pbl\n",
			       node, nodemask_pr_args(&node_states[N_MEMORY]));
		return -ENODEV;
	}
	p->node = node;
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
	const char *cpus = TEXT(p, cpus);
	unsigned int cpu, k;

	if (kstrtouint(s, 10, &cpu)) {
		vkv_params_err(
			p,
			"cpus=%s: '%s' is not a CPU number; give a list such as cpus=1,2\n",
			cpus, s);
		return -EINVAL;
	}
	if (cpu >= nr_cpu_ids || !cpu_online(cpu)) {
		vkv_params_err(p, "cpus=%s: CPU %u is %s; choose from %*pbl\n",
			       cpus, cpu,
			       cpu < nr_cpu_ids && cpu_present(cpu) ?
				       "offline" :
				       "not there",
			       cpumask_pr_args(cpu_online_mask));
		return -ENODEV;
	}
	for (k = 0; k < i; k++) {
		if (get_cpu_set(p, k) != cpu)
			continue;
		vkv_params_err(
			p, "cpus=%s: CPU %u is named twice; name each once\n",
			cpus, cpu);
		return -EINVAL;
	}
	if (i >= p->nr_dispatchers + VKV_NR_WORKERS) {
		vkv_params_err(
			p,
			"cpus=%s names too many; give %u and at most %u workers\n",
			cpus, p->nr_dispatchers, VKV_NR_WORKERS);
		return -EINVAL;
	}
	set_cpu(p, i, cpu);
	return 0;
}

static int parse_cpus(struct vkv_params *p, char *list)
{
	const char *cpus = TEXT(p, cpus);
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
		vkv_params_err(
			p,
			"cpus=%s names %u, but dispatchers=%u need one each; name more, or give dispatchers=%u\n",
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
		vkv_params_err(
			p,
			"dispatchers=%u need a CPU each, and %u may be used; give dispatchers=%u, or cpus=\n",
			p->nr_dispatchers, total, total);
		return -EINVAL;
	}
	p->nr_workers =
		min(clamp(total / 4, 1u, 4u), total - p->nr_dispatchers);
	for_each_cpu(cpu, mask) {
		if (left <= p->nr_dispatchers + p->nr_workers)
			set_cpu(p, left - 1, cpu);
		left--;
	}
	return 0;
}

/* @near: those that are wanted; others are chosen when there are too few of them. */
static int choose_cpus(struct vkv_params *p, const struct cpumask *near)
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
	if (cpumask_weight_and(mask, near) > p->nr_dispatchers)
		cpumask_and(mask, mask, near);
	err = choose_cpus_from(p, mask);
	free_cpumask_var(mask);
	return err;
}

static int read_cpus(struct vkv_params *p)
{
	char *list;
	int err;

	list = kstrdup(TEXT(p, cpus), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	err = parse_cpus(p, list);
	kfree(list);
	return err;
}

static int get_dispatchers(struct vkv_params *p)
{
	return get_number(p, VKV_SETTING_dispatchers, 1, VKV_NR_DISPATCHERS,
			  &p->nr_dispatchers);
}

/*
 * When the dispatchers take all CPUs, the one worker that has to be shares the
 * CPU of the first dispatcher.
 */
static int get_cpus(struct vkv_params *p)
{
	int err = TEXT(p, cpus) ? read_cpus(p) :
				    choose_cpus(p, cpu_online_mask);

	if (!err && !p->nr_workers) {
		p->worker_cpu[0] = p->dispatcher_cpu[0];
		p->nr_workers = 1;
	}
	return err;
}

int vkv_params_near(struct vkv_params *p, int nid)
{
	if (TEXT(p, cpus) || nid == NUMA_NO_NODE || nr_online_nodes == 1)
		return 0;
	return choose_cpus(p, cpumask_of_node(nid));
}

/* ---- namespaces ---- */

static const char *const kinds[] = {
	[VKV_NS_BLOCK] = "block",
	[VKV_NS_KV] = "kv",
	[VKV_NS_NONE] = "none",
};

const char *vkv_ns_kind_name(enum vkv_ns_kind kind)
{
	return kinds[kind];
}

int vkv_ns_kind_parse(const char *name, enum vkv_ns_kind *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kinds[i], name)) {
			*kind = i;
			return 0;
		}
	return -EINVAL;
}

int vkv_params_cap(const struct vkv_params *p, const char *text, u64 *cap)
{
	char *end = "";

	if (parse_size(text, &end, cap) || *end || *cap < MIN_CAP ||
	    (p->size && *cap > p->size))
		return -EINVAL;
	return 0;
}

static int add_namespace(struct vkv_params *p, char *s)
{
	const char *namespaces = TEXT(p, namespaces);
	char *kind = strsep(&s, ":");
	struct vkv_ns_config *ns = &p->ns[p->nr_ns];

	if (p->nr_ns == VKV_NR_NAMESPACES) {
		vkv_params_err(
			p, "namespaces=%s names too many; give at most %u\n",
			namespaces, VKV_NR_NAMESPACES);
		return -EINVAL;
	}
	if (vkv_ns_kind_parse(kind, &ns->kind)) {
		vkv_params_err(
			p,
			"namespaces=%s: '%s' is no kind; give block, kv or none, such as namespaces=block,kv:256M\n",
			namespaces, kind);
		return -EINVAL;
	}
	ns->cap = 0;
	if (s && vkv_params_cap(p, s, &ns->cap)) {
		vkv_params_err(
			p,
			"namespaces=%s: ':%s' is no cap; give a size from 4K up to memmap_size=%s\n",
			namespaces, s, p->size_text ?: "");
		return -EINVAL;
	}
	p->nr_ns++;
	return 0;
}

static int get_namespaces(struct vkv_params *p)
{
	char *list = kstrdup(TEXT(p, namespaces), GFP_KERNEL);
	char *rest = list, *s;
	int err = 0;

	if (!list)
		return -ENOMEM;
	while (!err && (s = strsep(&rest, ",")))
		err = add_namespace(p, s);
	kfree(list);
	return err;
}

int vkv_params_namespaces(struct vkv_params *p, const struct vkv_settings *settings)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->settings = settings;
	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		p->ns[i].kind = VKV_NS_NONE;
	/* Nobody hears of a size that is missing or wrong still. */
	if (get_memmap_size(p))
		p->size = 0;
	return get_namespaces(p);
}

/* ---- the other parameters ---- */

/* Comes after the namespaces, because timing= may name a model for each. */
static int get_timing(struct vkv_params *p)
{
	const char *timing = TEXT(p, timing);
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
		vkv_params_err(p, "timing=%s: %s\n", timing, why);
	kfree(why);
	return err;
}

static int get_index(struct vkv_params *p)
{
	p->index = vkv_ftl_index_name(TEXT(p, index));
	if (p->index)
		return 0;
	vkv_params_err(p,
		       "index=%s is unknown; leave it out, or see the README\n",
		       TEXT(p, index));
	return -EINVAL;
}

static int get_space(struct vkv_params *p)
{
	p->space = vkv_ftl_space_name(TEXT(p, space));
	if (p->space)
		return 0;
	vkv_params_err(p,
		       "space=%s is unknown; leave it out, or see the README\n",
		       TEXT(p, space));
	return -EINVAL;
}

static int get_victim(struct vkv_params *p)
{
	p->victim = vkv_ftl_victim_name(TEXT(p, victim));
	if (p->victim)
		return 0;
	vkv_params_err(
		p, "victim=%s is unknown; leave it out, or see the README\n",
		TEXT(p, victim));
	return -EINVAL;
}

static int get_op(struct vkv_params *p)
{
	unsigned int percent;
	int err;

	if (!TEXT(p, op))
		return 0;
	err = get_number(p, VKV_SETTING_op, 1, OP_MAX, &percent);
	p->op_permille = err ? 0 : percent * 10;
	return err;
}

static int get_verify(struct vkv_params *p)
{
	const char *verify = TEXT(p, verify);
	p->verify_values = !strcmp(verify, "value");
	if (p->verify_values || !strcmp(verify, "header"))
		return 0;
	vkv_params_err(p, "verify=%s is unknown; give header or value\n",
		       verify);
	return -EINVAL;
}

static int get_poll(struct vkv_params *p)
{
	const char *poll = TEXT(p, poll);

	p->busy = !strcmp(poll, "busy");
	if (p->busy || !strcmp(poll, "adaptive"))
		return 0;
	vkv_params_err(p, "poll=%s is unknown; give adaptive or busy\n", poll);
	return -EINVAL;
}

static int get_poll_idle_us(struct vkv_params *p)
{
	return get_number(p, VKV_SETTING_poll_idle_us, 20, IDLE_US_MAX,
			  &p->idle_us);
}

/* A kernel for few machines may leave DMA operations of devices out. */
static int get_dma(struct vkv_params *p)
{
	const char *dma = TEXT(p, dma);
	bool open = dma && !strcmp(dma, "open");

	p->confined = !open && vkv_has_dma_ops();
	if (dma && !open && strcmp(dma, "confined")) {
		vkv_params_err(
			p,
			"dma=%s is unknown; give confined or open (engine= names a DMA channel)\n",
			dma);
		return -EINVAL;
	}
	if (p->confined || open)
		return 0;
	if (dma) {
		vkv_params_err(
			p,
			"dma=confined needs a kernel with CONFIG_ARCH_HAS_DMA_OPS; give dma=open\n");
		return -EOPNOTSUPP;
	}
	if (p->label)
		pr_warn("%swithout CONFIG_ARCH_HAS_DMA_OPS the device reaches all memory (dma=open)\n",
			p->label);
	return 0;
}

static int get_inline_bytes(struct vkv_params *p)
{
	return get_number(p, VKV_SETTING_inline_bytes, 0, INLINE_MAX,
			  &p->inline_bytes);
}

static int get_nice(struct vkv_params *p)
{
	const char *nice = TEXT(p, nice);
	int err = kstrtoint(nice, 0, &p->nice);

	if (!err && (p->nice < MIN_NICE || p->nice > MAX_NICE))
		err = -ERANGE;
	if (err)
		vkv_params_err(p, "nice=%s is not a number from %d to %d\n",
			       nice, MIN_NICE, MAX_NICE);
	return err;
}

static int get_fifo(struct vkv_params *p)
{
	return get_number(p, VKV_SETTING_fifo, 0, MAX_RT_PRIO - 1, &p->fifo);
}

static int get_share(struct vkv_params *p)
{
	p->share = TEXT(p, share);
	return 0;
}

/* The threads are the other device's, so they behave as it says. */
static int check_share(struct vkv_params *p)
{
	static const enum vkv_setting theirs[] = {
		VKV_SETTING_dispatchers, VKV_SETTING_cpus,
		VKV_SETTING_poll, VKV_SETTING_poll_idle_us,
		VKV_SETTING_nice, VKV_SETTING_fifo,
	};
	unsigned int i;

	for (i = 0; p->share && i < ARRAY_SIZE(theirs); i++) {
		const char *text = p->settings->text[theirs[i]];

		if (!text || !*text)
			continue;
		vkv_params_err(p, "%s=%s beside share=%s; leave it out, or set it for %s\n",
			       vkv_setting_name(theirs[i]), text, p->share,
			       p->share);
		return -EINVAL;
	}
	return 0;
}

static int get_engine(struct vkv_params *p)
{
	p->engine = TEXT(p, engine);
	return 0;
}

/* ---- all of them ---- */

/* Each looks at one setting. It may use what the ones before have found. */
static int (*const get[])(struct vkv_params *p) = {
#define FUNCTION(name, ...) [VKV_SETTING_##name] = get_##name,
	VKV_SETTINGS(FUNCTION, FUNCTION, FUNCTION, FUNCTION)
};

int vkv_params_get(struct vkv_params *p, const struct vkv_settings *settings,
		   const char *label)
{
	unsigned int i;
	int err = 0;

	memset(p, 0, sizeof(*p));
	p->settings = settings;
	p->label = label;
	for (i = 0; i < ARRAY_SIZE(get) && !err; i++)
		err = get[i](p);
	if (!err)
		err = check_memory(p);
	if (!err)
		err = check_share(p);
	VKV_ASSERT(err || (p->nr_workers && p->nr_workers <= VKV_NR_WORKERS));
	VKV_ASSERT(err || p->nr_ns);
	return err;
}

int vkv_params_update(struct vkv_params *p, enum vkv_setting setting)
{
	int err;

	VKV_ASSERT(vkv_setting_is_live(setting));
	if (setting == VKV_SETTING_op)
		p->op_permille = 0;
	err = get[setting](p);
	return err ? err : check_share(p);
}

/* The settings before it may be missing or wrong still, and nobody hears of that. */
int vkv_params_check(const struct vkv_settings *settings, const char *label,
		     enum vkv_setting setting)
{
	struct vkv_params *p = kzalloc(sizeof(*p), GFP_KERNEL);
	unsigned int i;
	int err = 0;

	if (!p)
		return -ENOMEM;
	p->settings = settings;
	for (i = 0; i <= setting; i++) {
		p->label = i == setting ? label : NULL;
		err = get[i](p);
	}
	kfree(p);
	return err;
}
