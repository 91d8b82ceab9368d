/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A timing model: it gets the footprint of an operation, and says when the
 * operation is complete.
 *
 * Time is virtual, in integer nanoseconds. A model reads no clock and draws no
 * random numbers, so the same operations at the same times have the same
 * answers everywhere. To add a model, write a file with its struct
 * vkv_timing_ops, declare that below, and name it in the table of
 * timing/spec.c.
 */
#ifndef VKV_TIMING_MODEL_H
#define VKV_TIMING_MODEL_H

#include <linux/types.h>

#include "ftl/footprint.h"

/* Parameters of a model, at most. */
#define VKV_TIMING_KEYS_MAX 40u

/**
 * struct vkv_latency - where the time of an operation goes, in ns
 * @queueing: waiting for a part of the device that is busy
 * @index: reading pages of the index from the media
 * @media: reading and writing records
 * @transfer: work of the controller, and moving bytes between media, controller
 *	and host
 *
 * The parts add up to the time from arrival to completion.
 */
struct vkv_latency {
	u64 queueing;
	u64 index;
	u64 media;
	u64 transfer;
};

/**
 * struct vkv_timing_usage - what a model has charged since its creation
 * @nr_dies: number of dies; vkv_timing_die_busy() knows them
 * @index_hits: pages of the index that were found in the device's DRAM
 * @index_misses: pages of the index that were read from the media
 * @media_reads: pages that were read
 * @media_programs: pages that were programmed
 * @media_erases: blocks that were erased
 * @buffered: bytes in the write buffer at the last operation
 *
 * All are zero in a model without such parts.
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
 * @name: its name, as in "name=value"
 * @min: smallest value
 * @max: largest value
 * @value: the value it has unless the user gives one
 */
struct vkv_timing_key {
	const char *name;
	u64 min;
	u64 max;
	u64 value;
};

/**
 * struct vkv_timing_layout - how the reserved memory is divided
 * @size: bytes of reserved memory
 * @segment: bytes of a segment of the log; a power of two. The first
 *	VKV_SEGMENT_HEAD of them are unused
 * @share: number of instances that divide the erases among them
 */
struct vkv_timing_layout {
	u64 size;
	u32 segment;
	u32 share;
};

/**
 * struct vkv_timing_ops - a model
 * @name: its name in the timing= parameter
 * @keys: its parameters, in the order of the values that @create gets
 * @nr_keys: number of @keys, at most VKV_TIMING_KEYS_MAX
 * @places: whether it uses the places of a footprint
 * @create: makes the model's state; NULL when out of memory. May sleep
 * @destroy: frees the state
 * @schedule: when an operation is complete that arrived at @arrival and touched
 *	@fp; in ns, never before @arrival. Fills @latency, which the caller has
 *	zeroed. Several threads may call it at once
 * @usage: adds what this model has charged; may be NULL
 * @die_busy: for how many ns die @i has been busy; NULL if there are no dies
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

#endif
