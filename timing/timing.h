/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timing models: an operation's footprint in, a completion time out.
 *
 * Virtual time in integer nanoseconds; a model reads no clock and draws no
 * random numbers, so the same operations at the same times give the same
 * answers everywhere. Another model is one file with a struct vkv_timing_ops and
 * one line in the table of timing/spec.c.
 *
 * Namespaces whose SPECs are the same text share one instance of the hardware.
 */
#ifndef VKV_KV_TIMING_H
#define VKV_KV_TIMING_H

#include <linux/types.h>

#include "kv_ftl.h"

struct vkv_timing;

/* Instances of models in one device. */
#define VKV_TIMING_MAX 16u
/* Keys of one model. */
#define VKV_TIMING_KEYS_MAX 40u

/**
 * struct vkv_latency - where an operation's time goes, in ns
 * @queueing: waiting for a part of the device that is busy
 * @index: reading parts of the index from the media
 * @media: reading and writing records
 * @transfer: the controller's work, and moving bytes between media, controller
 *	and host
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
 * struct vkv_timing_key - a parameter of a model
 * @name: as in "name=value"
 * @min: smallest value
 * @max: largest value
 * @value: when nobody says anything
 */
struct vkv_timing_key {
	const char *name;
	u64 min;
	u64 max;
	u64 value;
};

/**
 * struct vkv_timing_layout - what the reserved memory looks like
 * @size: bytes
 * @segment: bytes of a segment of the log, VKV_SEGMENT_HEAD of them unused
 * @share: instances that divide the erases among them
 */
struct vkv_timing_layout {
	u64 size;
	u32 segment;
	u32 share;
};

/**
 * struct vkv_timing_ops - one model
 * @name: what the timing= parameter calls it
 * @keys: its parameters, in the order of the values that @create gets
 * @nr_keys: how many, at most VKV_TIMING_KEYS_MAX
 * @places: it asks where an operation touched something
 * @create: makes the model's state; returns NULL when out of memory
 * @destroy: frees it
 * @schedule: when an operation that arrived at @arrival and touched @fp is
 *	complete, ns, never before @arrival; @latency, zeroed by the caller, is
 *	filled. Called by several threads at once
 * @usage: adds what the model has of it; may be NULL
 * @die_busy: for how long die @i has been busy, ns; NULL without @usage.nr_dies
 */
struct vkv_timing_ops {
	const char *name;
	const struct vkv_timing_key *keys;
	u32 nr_keys;
	bool places;
	void *(*create)(const u64 *value,
			const struct vkv_timing_layout *layout);
	void (*destroy)(void *state);
	u64 (*schedule)(void *state, const struct vkv_footprint *fp,
			u64 arrival, struct vkv_latency *latency);
	void (*usage)(void *state, struct vkv_timing_usage *usage);
	u64 (*die_busy)(void *state, unsigned int i);
};

extern const struct vkv_timing_ops vkv_timing_none_ops;
extern const struct vkv_timing_ops vkv_timing_simple_ops;
extern const struct vkv_timing_ops vkv_timing_nand_ops;

/**
 * struct vkv_timing_config - what a device's timing is made from
 * @spec: as vkv_timing_check() takes it; NULL for "none"
 * @nr_ns: namespaces
 * @owner: namespace (from 0) of each keyspace
 * @size: bytes of reserved memory
 * @segment: bytes of a segment of the log
 */
struct vkv_timing_config {
	const char *spec;
	unsigned int nr_ns;
	u8 owner[VKV_NR_KEYSPACES];
	u64 size;
	u32 segment;
};

/**
 * vkv_timing_check() - can this be the timing of a device?
 * @spec: SPEC[,SPEC...]: one for all namespaces, or one for each. A SPEC is
 *	NAME[:KEY=VALUE...], the NAME that of a model or a profile. A VALUE may
 *	end in K, M, G or T
 * @nr_ns: namespaces
 * @why: says what is wrong, and what to give instead
 * @why_len: its size
 *
 * Return: 0, -EINVAL, -ERANGE for a value.
 */
int __must_check vkv_timing_check(const char *spec, unsigned int nr_ns,
				  char *why, size_t why_len);

/**
 * vkv_timing_create() - the timing of a device
 * @cfg: see there
 * @out: filled
 *
 * Context: may sleep. Return: 0, as vkv_timing_check(), -ENOMEM.
 */
int __must_check vkv_timing_create(const struct vkv_timing_config *cfg,
				   struct vkv_timing **out);

/**
 * vkv_timing_destroy() - free it
 * @timing: may be NULL
 */
void vkv_timing_destroy(struct vkv_timing *timing);

/**
 * vkv_timing_wants_places() - are the places of footprints of any use?
 * @timing: the timing
 * @ns: namespace, from 0
 */
bool vkv_timing_wants_places(const struct vkv_timing *timing, unsigned int ns);

/**
 * vkv_timing_schedule() - when an operation is complete
 * @timing: the timing
 * @ns: namespace, from 0
 * @fp: what it touched
 * @arrival: when the device saw it, ns
 * @latency: filled
 *
 * Context: any, several threads at once. Return: ns, at least @arrival.
 */
u64 vkv_timing_schedule(struct vkv_timing *timing, unsigned int ns,
			const struct vkv_footprint *fp, u64 arrival,
			struct vkv_latency *latency);

/**
 * vkv_timing_collect() - charge the collector's work
 * @timing: the timing
 * @fp: what a step touched
 * @now: ns
 *
 * Each place is charged to the hardware of the namespace whose key it was about;
 * an erase in equal parts to all. Context: one thread at a time.
 * Return: ns, when all of it is done.
 */
u64 vkv_timing_collect(struct vkv_timing *timing,
		       const struct vkv_footprint *fp, u64 now);

/**
 * vkv_timing_usage() - what the models have charged
 * @timing: the timing
 * @usage: filled
 *
 * Context: any.
 */
void vkv_timing_usage(struct vkv_timing *timing,
		      struct vkv_timing_usage *usage);

/**
 * vkv_timing_die_busy() - how long a die has been busy
 * @timing: the timing
 * @i: below vkv_timing_usage.nr_dies
 *
 * Context: any. Return: ns since the model's creation.
 */
u64 vkv_timing_die_busy(struct vkv_timing *timing, unsigned int i);

/**
 * vkv_timing_info() - the timing in effect, as text
 * @timing: the timing
 * @buf: filled with lines "name value"
 * @len: its size
 *
 * Return: characters written, never more than @len.
 */
size_t vkv_timing_info(const struct vkv_timing *timing, char *buf, size_t len);

#endif
