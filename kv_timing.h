/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timing models: an operation's footprint in, a completion time out.
 *
 * Virtual time in integer nanoseconds; a model reads no clock. Another model is
 * one new file with a struct vkv_timing_ops and one line in the table of
 * kv_timing.c.
 */
#ifndef VKV_KV_TIMING_H
#define VKV_KV_TIMING_H

#include <linux/types.h>

#include "kv_ftl.h"

struct vkv_timing;

/**
 * struct vkv_latency - where an operation's time goes, in ns
 * @queueing: waiting for a part of the device that is busy
 * @index: reading parts of the index from the media
 * @media: reading and writing records
 * @transfer: moving bytes between media, controller and host
 *
 * The parts add up to the time between arrival and completion.
 */
struct vkv_latency {
	u64 queueing;
	u64 index;
	u64 media;
	u64 transfer;
};

/**
 * struct vkv_timing_usage - what a model has charged since its creation
 * @nr_dies: dies that vkv_timing_die_busy() knows
 * @index_hits: parts of the index found in the device's DRAM
 * @index_misses: parts of the index read from the media
 * @media_reads: pages read
 * @media_programs: pages programmed
 * @media_erases: blocks erased
 * @buffered: bytes in the write buffer at the last operation
 *
 * All zero in a model that has no such parts.
 */
struct vkv_timing_usage {
	unsigned int nr_dies;
	u64 index_hits;
	u64 index_misses;
	u64 media_reads;
	u64 media_programs;
	u64 media_erases;
	u64 buffered;
};

/**
 * struct vkv_timing_ops - one model
 * @name: what the timing= parameter calls it
 * @create: makes the model's state; returns NULL when out of memory
 * @destroy: frees it
 * @schedule: when an operation that arrived at @arrival and touched @fp is
 *	complete, ns, never before @arrival; @latency, zeroed by the caller, is
 *	filled. Called by several threads at once
 * @usage: fills what the model has of it; may be NULL
 * @die_busy: for how long die @i has been busy, ns; NULL without @usage.nr_dies
 */
struct vkv_timing_ops {
	const char *name;
	void *(*create)(void);
	void (*destroy)(void *state);
	u64 (*schedule)(void *state, const struct vkv_footprint *fp,
			u64 arrival, struct vkv_latency *latency);
	void (*usage)(void *state, struct vkv_timing_usage *usage);
	u64 (*die_busy)(void *state, unsigned int i);
};

extern const struct vkv_timing_ops vkv_timing_none_ops;
extern const struct vkv_timing_ops vkv_timing_simple_ops;

/**
 * vkv_timing_has() - is there a model of this name?
 * @name: any
 */
bool vkv_timing_has(const char *name);

/**
 * vkv_timing_create() - a model by name
 * @name: NULL for "none"
 * @out: the model
 *
 * Context: may sleep. Return: 0, -EINVAL for an unknown name, -ENOMEM.
 */
int __must_check vkv_timing_create(const char *name, struct vkv_timing **out);

/**
 * vkv_timing_destroy() - free a model
 * @timing: may be NULL
 */
void vkv_timing_destroy(struct vkv_timing *timing);

/**
 * vkv_timing_schedule() - when an operation is complete
 * @timing: the model
 * @fp: what it touched
 * @arrival: when the device saw it, ns
 * @latency: filled
 *
 * Context: any, several threads at once. Return: ns, at least @arrival.
 */
u64 vkv_timing_schedule(struct vkv_timing *timing,
			const struct vkv_footprint *fp, u64 arrival,
			struct vkv_latency *latency);

/**
 * vkv_timing_usage() - what the model has charged
 * @timing: the model
 * @usage: filled
 *
 * Context: any.
 */
void vkv_timing_usage(struct vkv_timing *timing,
		      struct vkv_timing_usage *usage);

/**
 * vkv_timing_die_busy() - how long a die has been busy
 * @timing: the model
 * @i: below vkv_timing_usage.nr_dies
 *
 * Context: any. Return: ns since the model's creation.
 */
u64 vkv_timing_die_busy(struct vkv_timing *timing, unsigned int i);

#endif
