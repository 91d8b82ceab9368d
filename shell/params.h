/* SPDX-License-Identifier: GPL-2.0 */
/* The settings of a device, parsed and checked. */
#ifndef VKV_PARAMS_H
#define VKV_PARAMS_H

#include <linux/printk.h>
#include <linux/types.h>

#include "shell/settings.h"
#include "vkv.h"

struct vkv_mem_kind;

/**
 * struct vkv_params - the settings that the user asked for
 * @settings: the texts that these were parsed from
 * @label: begins each line of the log about a setting; NULL: there is none
 * @start: the first byte of reserved memory; valid only with @has_start
 * @size: the bytes of memory for the device, BAR 0 included
 * @has_start: was @start given?
 * @memory: the kind of memory
 * @path: the file of memory=file, or NULL
 * @bar_start: the place of BAR 0; valid only with @has_bar_start
 * @has_bar_start: was a place named?
 * @node: the NUMA node for memory=pages, or NUMA_NO_NODE
 * @start_text: @start as the user wrote it
 * @size_text: @size as the user wrote it
 * @dispatcher_cpu: the CPU of each dispatcher
 * @nr_dispatchers: how many dispatchers, 1..VKV_NR_DISPATCHERS
 * @worker_cpu: the CPU of each worker
 * @nr_workers: how many workers, 1..VKV_NR_WORKERS
 * @share: the name of the device whose threads this one uses, or NULL
 * @ns: the namespaces
 * @nr_ns: how many namespaces, 1..VKV_NR_NAMESPACES
 * @index: the name of the index
 * @space: the name of the space manager
 * @victim: the name of the victim policy
 * @timing: the timing of the namespaces, NULL for the default
 * @op_permille: over-provisioning in thousandths, 0 for the default
 * @verify_values: do values have checksums, too?
 * @busy: do the threads never sleep?
 * @idle_us: the longest sleep of an idle dispatcher in us
 * @nice: the nice value of the dispatchers and the workers
 * @fifo: the real-time priority of the dispatchers and the workers, 0 for none
 * @confined: does the device reach mapped memory only?
 * @engine: the name of the DMA channel that copies large values, NULL for none
 * @inline_bytes: dispatchers themselves execute brief commands of up to so many
 *	bytes; 0: none
 */
struct vkv_params {
	const struct vkv_settings *settings;
	const char *label;
	u64 start;
	u64 size;
	bool has_start;
	const struct vkv_mem_kind *memory;
	const char *path;
	u64 bar_start;
	bool has_bar_start;
	int node;
	const char *start_text;
	const char *size_text;
	unsigned int dispatcher_cpu[VKV_NR_DISPATCHERS];
	unsigned int nr_dispatchers;
	unsigned int worker_cpu[VKV_NR_WORKERS];
	unsigned int nr_workers;
	const char *share;
	struct vkv_ns_config ns[VKV_NR_NAMESPACES];
	unsigned int nr_ns;
	const char *index;
	const char *space;
	const char *victim;
	const char *timing;
	unsigned int op_permille;
	bool verify_values;
	bool busy;
	u32 idle_us;
	int nice;
	unsigned int fifo;
	bool confined;
	const char *engine;
	u32 inline_bytes;
};

/*
 * One line of the log says what is wrong with a setting, if anybody wants to know.
 * The message names the setting, its text, and the remedy.
 */
#define vkv_params_err(p, fmt, ...) do {				\
	if ((p)->label)							\
		pr_err("%s" fmt, (p)->label, ##__VA_ARGS__);		\
} while (0)

/**
 * vkv_params_get() - parse and check the settings of a device
 * @p: filled with what they mean; refers to @settings and @label
 * @settings: the texts
 * @label: begins each line of the log, such as "fast: "; may be empty
 *
 * When a setting is wrong, one line of the log says what is wrong with it and
 * what to do about it.
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -ERANGE, -EFBIG, -ENODEV, -EOPNOTSUPP, -ENOMEM.
 */
int __must_check vkv_params_get(struct vkv_params *p,
				const struct vkv_settings *settings,
				const char *label);

/**
 * vkv_params_update() - parse one setting again, whose text has changed
 * @p: from vkv_params_get()
 * @setting: one that may change while the device runs
 *
 * Context: may sleep.
 * Return: as vkv_params_get().
 */
int __must_check vkv_params_update(struct vkv_params *p,
				   enum vkv_setting setting);

/**
 * vkv_params_namespaces() - the namespaces that a device begins with
 * @p: ns and size are filled; a namespace that is not there is VKV_NS_NONE
 * @settings: all texts; others may be missing or wrong
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int __must_check vkv_params_namespaces(struct vkv_params *p,
				       const struct vkv_settings *settings);

/**
 * vkv_params_cap() - parse what a namespace may hold
 * @p: its size counts, unless it is 0
 * @text: a size
 * @cap: filled, in bytes
 *
 * Return: 0 or -EINVAL.
 */
int __must_check vkv_params_cap(const struct vkv_params *p, const char *text,
				u64 *cap);

/**
 * vkv_ns_kind_name() - the word for a kind of namespace
 * @kind: VKV_NS_NONE is one, too
 */
const char *vkv_ns_kind_name(enum vkv_ns_kind kind);

/**
 * vkv_ns_kind_parse() - the kind of namespace that a word stands for
 * @name: the word
 * @kind: filled
 *
 * Return: 0 or -EINVAL.
 */
int __must_check vkv_ns_kind_parse(const char *name, enum vkv_ns_kind *kind);

/**
 * vkv_params_near() - choose CPUs near the memory, unless the user has named some
 * @p: from vkv_params_get()
 * @nid: the node of the memory, or NUMA_NO_NODE
 *
 * A node with too few CPUs does not count.
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int __must_check vkv_params_near(struct vkv_params *p, int nid);

/**
 * vkv_params_check() - check one setting of a device
 * @settings: all texts
 * @label: begins a line of the log
 * @setting: the one to check; others may be missing or wrong
 *
 * Whether it is in harmony with all others is found by vkv_params_get().
 *
 * Context: may sleep.
 * Return: as vkv_params_get().
 */
int __must_check vkv_params_check(const struct vkv_settings *settings,
				  const char *label, enum vkv_setting setting);

#endif
