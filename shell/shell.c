// SPDX-License-Identifier: GPL-2.0
/*
 * One device: it is put together from its parts here, and taken apart.
 *
 *	memory -> device -> PCI function -> threads -> nvme driver
 *
 * The nvme driver binds last and unbinds first. It talks to the controller
 * while it does so, and the dispatcher has to be running then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/shell.h"

#include <linux/completion.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pci.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pci.h"
#include "shell/bind.h"
#include "shell/compat.h"
#include "shell/confine.h"
#include "shell/crc.h"
#include "shell/debugfs.h"
#include "shell/engine.h"
#include "shell/mem.h"
#include "shell/params.h"
#include "shell/peer.h"
#include "shell/settings.h"
#include "shell/sleep.h"
#include "shell/thread.h"
#include "shell/watch.h"
#include "vkv.h"

/* The numbers of devices. */
static DEFINE_IDA(numbers);
/* All devices that are up. They come and go one at a time. */
static LIST_HEAD(all);

/*
 * One device and its surroundings. The device knows this as its "host". Settings and
 * params change under the lock, while others read them.
 */
struct vkv_shell {
	struct mutex lock;
	struct vkv_settings settings;
	struct vkv_params params;
	unsigned int number;
	char name[VKV_NAME_SIZE];
	char label[VKV_NAME_SIZE + sizeof(": ")];
	struct vkv_mem mem;
	struct vkv_engine engine;
	struct vkv_confine confine;
	struct vkv_peers peers;
	struct vkv_dev *dev;
	struct vkv_pci *pci;
	struct vkv_threads threads;
	const struct vkv_shell *sharing; /* whose threads are used, when it starts */
	struct list_head link;		/* in the list of all */
	struct vkv_watch watch;
	struct vkv_bind bind;
	struct vkv_sleep sleep;
	struct vkv_debugfs debugfs;
};

/* ---- the services that the device calls: struct vkv_host_ops ---- */

/* Only a device that is not confined calls this. */
static void *host_map(void *host, u64 addr)
{
	struct vkv_shell *s = host;
	struct pci_dev *dev;
	void *ptr = NULL;
	bool reachable;

	rcu_read_lock();
	dev = vkv_pci_dev(s->pci);
	reachable = dev && vkv_pci_reachable(s->pci);
	if (reachable)
		ptr = vkv_mem_map_host(&dev->dev, addr);
	rcu_read_unlock();
	return reachable && !ptr ? vkv_peers_map(&s->peers, addr) : ptr;
}

static bool host_reachable(void *host)
{
	const struct vkv_shell *s = host;

	return vkv_pci_reachable(s->pci);
}

static void host_unmap(void *host, void *ptr)
{
}

static void host_raise(void *host, u16 vector)
{
	struct vkv_shell *s = host;

	vkv_pci_raise(s->pci, vector);
}

static void host_wake(void *host, unsigned int worker)
{
	struct vkv_shell *s = host;

	vkv_threads_wake(&s->threads, worker);
}

static void host_wake_dispatcher(void *host, unsigned int dispatcher)
{
	struct vkv_shell *s = host;

	vkv_threads_wake_dispatcher(&s->threads, dispatcher);
}

static void host_wake_collector(void *host)
{
	struct vkv_shell *s = host;

	vkv_threads_wake_collector(&s->threads);
}

static bool host_copy(void *host, struct vkv_offload *o, void *theirs,
		      void *ours, u32 len, bool to_host)
{
	struct vkv_shell *s = host;

	return s->engine.chan &&
	       vkv_engine_copy(&s->engine, o, theirs, ours, len, to_host);
}

static int host_copied(void *host, struct vkv_offload *o)
{
	struct vkv_shell *s = host;

	return vkv_engine_wait(&s->engine, o);
}

static void host_warn(void *host, const char *text)
{
	struct vkv_shell *s = host;

	vkv_pci_log(s->pci, KERN_WARNING, "%s\n", text);
}

static u64 host_clock(void *host)
{
	return ktime_get_ns();
}

static const struct vkv_host_ops host_ops = {
	.map = host_map,
	.unmap = host_unmap,
	.reachable = host_reachable,
	.raise = host_raise,
	.wake = host_wake,
	.wake_dispatcher = host_wake_dispatcher,
	.wake_collector = host_wake_collector,
	.copy = host_copy,
	.copied = host_copied,
	.warn = host_warn,
	.clock = host_clock,
};

/* ---- assembly ---- */

static void fill_config(struct vkv_dev_config *cfg, struct vkv_shell *s)
{
	const struct vkv_params *p = &s->params;

	cfg->bar = s->mem.bar;
	cfg->bar_simple = !vkv_bar_takes_atomics();
	cfg->mem = s->mem.storage;
	cfg->mem_size = s->mem.storage_size;
	cfg->nr_workers = p->nr_workers;
	cfg->nr_dispatchers = p->nr_dispatchers;
	cfg->inline_bytes = p->inline_bytes;
	cfg->nr_vectors = VKV_NR_VECTORS;
	cfg->ops = &host_ops;
	cfg->host = s;
	cfg->mappings = s->confine.mappings;
	memcpy(cfg->ns, p->ns, sizeof(cfg->ns));
	cfg->nr_ns = p->nr_ns;
	cfg->index = p->index;
	cfg->space = p->space;
	cfg->victim = p->victim;
	cfg->timing = p->timing;
	cfg->op_permille = p->op_permille;
	cfg->value_crc = p->verify_values ? vkv_crc : NULL;
	get_random_bytes(cfg->seed, sizeof(cfg->seed));
	snprintf(cfg->serial, sizeof(cfg->serial), "VKVSSD%04u", s->number + 1);
	cfg->number = s->number;
	cfg->pci_id = VKV_PCI_VENDOR;
}

static int create_device(struct vkv_shell *s)
{
	struct vkv_dev_config *cfg = kzalloc(sizeof(*cfg), GFP_KERNEL);
	int err;

	if (!cfg)
		return -ENOMEM;
	fill_config(cfg, s);
	err = vkv_dev_create(cfg, &s->dev);
	if (err == -EINVAL)
		vkv_params_err(&s->params,
			       "memmap_size=%s is too small for %u workers; give more, or fewer cpus=\n",
			       s->params.size_text, cfg->nr_workers);
	kfree(cfg);
	return err;
}

static const char *list_cpus(char *buf, size_t size, const unsigned int *cpu,
			     unsigned int nr)
{
	unsigned int i;
	int n = 0;

	for (i = 0; i < nr; i++)
		n += scnprintf(buf + n, size - n, "%s%u", i ? "," : "", cpu[i]);
	return buf;
}

static void announce(const struct vkv_shell *s)
{
	const struct vkv_params *p = &s->params;
	/* Each CPU's number has at most five digits; a comma follows it. */
	char dispatchers[6 * VKV_NR_DISPATCHERS];
	char workers[6 * VKV_NR_WORKERS];

	vkv_pci_log(s->pci, KERN_INFO,
		    "vKVSSD %s with %lluM (memory=%s), dispatcher%s on CPU %s, worker%s on CPU %s\n",
		    s->name, s->mem.storage_size >> 20,
		    vkv_mem_kind_name(s->mem.kind),
		    p->nr_dispatchers == 1 ? "" : "s",
		    list_cpus(dispatchers, sizeof(dispatchers),
			      p->dispatcher_cpu, p->nr_dispatchers),
		    p->nr_workers == 1 ? "" : "s",
		    list_cpus(workers, sizeof(workers), p->worker_cpu,
			      p->nr_workers));
}

static void add_files(struct vkv_shell *s)
{
	s->debugfs.dev = s->dev;
	s->debugfs.params = &s->params;
	s->debugfs.mem = &s->mem;
	s->debugfs.mappings = s->confine.mappings;
	s->debugfs.name = s->name;
	s->debugfs.lock = &s->lock;
	vkv_debugfs_create(&s->debugfs, vkv_pci_name(s->pci));
}

static void put_crc(const struct vkv_shell *s)
{
	if (s->params.verify_values)
		vkv_crc_put();
}

/* The device is made over these. */
static int get_resources(struct vkv_shell *s)
{
	int err = s->params.verify_values ? vkv_crc_get() : 0;

	if (err)
		return err;
	err = vkv_mem_get(&s->mem, &s->params);
	if (err)
		goto put_crc;
	if (!s->sharing)
		err = vkv_params_near(&s->params, s->mem.nid);
	if (err)
		goto put_memory;
	err = vkv_engine_get(&s->engine, &s->params, &s->mem);
	if (err)
		goto put_memory;
	vkv_peers_init(&s->peers, s->mem.bar_start);
	if (s->params.confined)
		err = vkv_confine_create(&s->confine);
	if (!err)
		return 0;
	vkv_engine_put(&s->engine);
put_memory:
	vkv_mem_put(&s->mem);
put_crc:
	put_crc(s);
	return err;
}

static void put_resources(struct vkv_shell *s)
{
	vkv_peers_unmap(&s->peers);
	vkv_confine_destroy(&s->confine);
	vkv_engine_put(&s->engine);
	vkv_mem_put(&s->mem);
	put_crc(s);
}

static int assemble(struct vkv_shell *s)
{
	int err = create_device(s);

	if (err)
		return err;
	err = vkv_pci_create(s->dev, s->name, &s->mem, &s->confine, &s->pci);
	if (err)
		goto destroy_device;
	err = vkv_threads_start(&s->threads, s->dev, &s->params, s->number,
				s->sharing ? &s->sharing->threads : NULL);
	if (err)
		goto destroy_pci;
	err = vkv_bind_start(&s->bind, s->pci);
	if (err)
		goto stop_threads;
	vkv_watch_start(&s->watch, &s->threads, s->pci);
	vkv_sleep_start(&s->sleep, s->pci);
	add_files(s);
	announce(s);
	vkv_pci_add(s->pci);
	return 0;

stop_threads:
	vkv_threads_stop(&s->threads);
destroy_pci:
	vkv_pci_destroy(s->pci);
destroy_device:
	vkv_dev_destroy(s->dev);
	return err;
}

static void take_apart(struct vkv_shell *s)
{
	vkv_bind_stop(&s->bind);
	vkv_pci_remove(s->pci);
	vkv_debugfs_destroy(&s->debugfs);
	vkv_watch_stop(&s->watch);
	vkv_threads_stop(&s->threads);
	vkv_sleep_stop(&s->sleep);
	vkv_pci_destroy(s->pci);
	vkv_dev_destroy(s->dev);
}

static void destroy(struct vkv_shell *s)
{
	vkv_settings_clear(&s->settings);
	ida_free(&numbers, s->number);
	kvfree(s);
}

static int create(const char *name, const struct vkv_settings *settings,
		  struct vkv_shell **out)
{
	struct vkv_shell *s = kvzalloc(sizeof(*s), GFP_KERNEL);
	int number;

	if (!s)
		return -ENOMEM;
	number = ida_alloc_max(&numbers, VKV_NR_DEVICES - 1, GFP_KERNEL);
	if (number < 0) {
		if (number == -ENOSPC)
			pr_err("%s: there are %u devices already; take one down first\n",
			       name, VKV_NR_DEVICES);
		kvfree(s);
		return number;
	}
	mutex_init(&s->lock);
	s->number = number;
	strscpy(s->name, name, sizeof(s->name));
	snprintf(s->label, sizeof(s->label), "%s%s", name, *name ? ": " : "");
	if (vkv_settings_copy(&s->settings, settings)) {
		destroy(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

static const struct vkv_shell *find_shell(const char *name)
{
	const struct vkv_shell *s;

	list_for_each_entry(s, &all, link)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

/* A device with share= has the other one's CPUs, and as many of everything. */
static int share_threads(struct vkv_shell *s)
{
	struct vkv_params *p = &s->params;
	const struct vkv_params *theirs;

	s->sharing = p->share ? find_shell(p->share) : NULL;
	if (!p->share)
		return 0;
	if (!s->sharing) {
		vkv_params_err(p, "share=%s: no device of this name is up; give the name of one that is, or nothing\n",
			       p->share);
		return -ENODEV;
	}
	theirs = &s->sharing->params;
	p->nr_dispatchers = theirs->nr_dispatchers;
	p->nr_workers = theirs->nr_workers;
	memcpy(p->dispatcher_cpu, theirs->dispatcher_cpu, sizeof(p->dispatcher_cpu));
	memcpy(p->worker_cpu, theirs->worker_cpu, sizeof(p->worker_cpu));
	return 0;
}

static int start(struct vkv_shell *s)
{
	int err = vkv_params_get(&s->params, &s->settings, s->label);

	if (!err)
		err = share_threads(s);
	if (!err)
		err = get_resources(s);
	if (err)
		return err;
	err = assemble(s);
	s->sharing = NULL;
	if (err)
		put_resources(s);
	return err;
}

int vkv_shell_create(const char *name, const struct vkv_settings *settings,
		     struct vkv_shell **out)
{
	struct vkv_shell *s;
	int err = create(name, settings, &s);

	if (err)
		return err;
	err = start(s);
	if (err) {
		destroy(s);
		return err;
	}
	list_add_tail(&s->link, &all);
	*out = s;
	return 0;
}

/* ---- changes ---- */

/* A change that the device makes, and that somebody waits for who may give up. */
struct waiting {
	struct vkv_change change;
	struct completion ended;
	int err;
	refcount_t users;
	char timing[];
};

static void waiting_put(struct waiting *w)
{
	if (refcount_dec_and_test(&w->users))
		kfree(w);
}

static void change_ended(struct vkv_change *change, int err)
{
	struct waiting *w = container_of(change, struct waiting, change);

	w->err = err;
	complete(&w->ended);
	waiting_put(w);
}

/* A timing's text may go when the one who waits has given up. */
static struct waiting *new_waiting(const struct vkv_change *change)
{
	size_t size = change->timing ? strlen(change->timing) + 1 : 0;
	struct waiting *w = kzalloc(struct_size(w, timing, size), GFP_KERNEL);

	if (!w)
		return NULL;
	w->change = *change;
	w->change.done = change_ended;
	if (size)
		w->change.timing = memcpy(w->timing, change->timing, size);
	init_completion(&w->ended);
	refcount_set(&w->users, 2);
	return w;
}

int vkv_shell_ask(struct vkv_shell *s, const struct vkv_change *change)
{
	struct waiting *w = new_waiting(change);
	int err = 0;

	if (!w)
		return -ENOMEM;
	if (!vkv_dev_change(s->dev, &w->change)) {
		kfree(w);
		return -EBUSY;
	}
	if (wait_for_completion_killable(&w->ended))
		err = -EINTR;
	else
		err = w->err;
	waiting_put(w);
	return err;
}

void vkv_shell_ns(struct vkv_shell *s, u32 nsid, struct vkv_ns_state *state)
{
	vkv_dev_ns(s->dev, nsid, state);
}

static int apply_op(struct vkv_shell *s, const struct vkv_params *p)
{
	const struct vkv_change change = { .kind = VKV_CHANGE_OP,
					   .op_permille = p->op_permille };
	int err = vkv_shell_ask(s, &change);

	if (err == -ENOSPC)
		vkv_params_err(p, "op=%s leaves less space than is used; give less, or delete something first\n",
			       vkv_setting(p->settings, VKV_SETTING_op) ?: "");
	return err;
}

static int apply_timing(struct vkv_shell *s, const struct vkv_params *p)
{
	const struct vkv_change change = { .kind = VKV_CHANGE_TIMING,
					   .timing = p->timing };

	return vkv_shell_ask(s, &change);
}

static int apply(struct vkv_shell *s, enum vkv_setting setting,
		 const struct vkv_params *p)
{
	switch (setting) {
	case VKV_SETTING_poll:
	case VKV_SETTING_poll_idle_us:
	case VKV_SETTING_nice:
	case VKV_SETTING_fifo:
		return vkv_threads_change(&s->threads, p);
	case VKV_SETTING_victim:
		vkv_dev_set_victim(s->dev, p->victim);
		return 0;
	case VKV_SETTING_inline_bytes:
		return vkv_dev_set_inline(s->dev, p->inline_bytes);
	case VKV_SETTING_op:
		return apply_op(s, p);
	case VKV_SETTING_timing:
		return apply_timing(s, p);
	default:
		return -EBUSY;
	}
}

/* Nothing refers to the old text when the lock is free again. */
static void keep(struct vkv_shell *s, enum vkv_setting setting, char *text,
		 const struct vkv_params *p)
{
	char *old;

	mutex_lock(&s->lock);
	old = s->settings.text[setting];
	s->settings.text[setting] = text;
	s->params = *p;
	s->params.settings = &s->settings;
	mutex_unlock(&s->lock);
	kfree(old);
}

static int change_to(struct vkv_shell *s, enum vkv_setting setting, char *text)
{
	struct vkv_settings settings = s->settings;
	struct vkv_params *p = kmemdup(&s->params, sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	settings.text[setting] = text;
	p->settings = &settings;
	err = vkv_params_update(p, setting);
	if (!err)
		err = apply(s, setting, p);
	if (!err)
		keep(s, setting, text, p);
	kfree(p);
	return err;
}

int vkv_shell_change(struct vkv_shell *s, enum vkv_setting setting,
		     const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	err = change_to(s, setting, copy);
	if (err)
		kfree(copy);
	return err;
}

void vkv_shell_destroy(struct vkv_shell *s)
{
	list_del(&s->link);
	take_apart(s);
	put_resources(s);
	destroy(s);
}

const char *vkv_shell_function(const struct vkv_shell *s)
{
	return vkv_pci_name(s->pci);
}
