/* SPDX-License-Identifier: GPL-2.0 */
/* The module parameters, parsed and checked. */
#ifndef VKV_PARAMS_H
#define VKV_PARAMS_H

#include <linux/types.h>

#include "vkv.h"

/**
 * struct vkv_params - what the user asked for
 * @start: first byte of reserved memory; only when @has_start
 * @size: bytes of memory for the device, BAR included
 * @has_start: false: take memory out of the running system
 * @start_text: @start as the user wrote it
 * @size_text: @size as the user wrote it
 * @dispatcher_cpu: where the dispatchers run
 * @nr_dispatchers: 1..VKV_NR_DISPATCHERS
 * @worker_cpu: where the workers run
 * @nr_workers: 1..VKV_NR_WORKERS
 * @ns: the namespaces
 * @nr_ns: 1..VKV_NR_NAMESPACES
 * @index: name, NULL for the default
 * @space: name, NULL for the default
 * @victim: name, NULL for the default
 * @timing: name, NULL for the default
 * @op_permille: over-provisioning, 0 for the default
 * @busy: never sleep
 * @idle_us: longest sleep of an idle dispatcher
 * @nice: of the dispatchers and the workers
 * @fifo: their priority as real-time threads, 0: they are none
 * @dma: channel that copies large values, NULL for none
 * @inline_bytes: brief commands up to this are the dispatchers' own; 0: none
 */
struct vkv_params {
	u64 start;
	u64 size;
	bool has_start;
	const char *start_text;
	const char *size_text;
	unsigned int dispatcher_cpu[VKV_NR_DISPATCHERS];
	unsigned int nr_dispatchers;
	unsigned int worker_cpu[VKV_NR_WORKERS];
	unsigned int nr_workers;
	struct vkv_ns_config ns[VKV_NR_NAMESPACES];
	unsigned int nr_ns;
	const char *index;
	const char *space;
	const char *victim;
	const char *timing;
	unsigned int op_permille;
	bool busy;
	u32 idle_us;
	int nice;
	unsigned int fifo;
	const char *dma;
	u32 inline_bytes;
};

/**
 * vkv_params_get() - parse and check what the module was loaded with
 * @p: filled
 *
 * Context: the module's init function. Says what is wrong, and what to do about
 * it, in one line of the log. Return: 0, -EINVAL, -ERANGE, -ENODEV, -ENOMEM.
 */
int __must_check vkv_params_get(struct vkv_params *p);

#endif
