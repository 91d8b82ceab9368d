/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The timing of a device: which model each namespace has, and when an operation
 * is complete.
 *
 * Namespaces whose SPECs are the same text share one instance of the hardware.
 */
#ifndef VKV_TIMING_TIMING_H
#define VKV_TIMING_TIMING_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "ftl/footprint.h"
#include "timing/model.h"

/* Instances of models in one device, at most. */
#define VKV_TIMING_MAX 16u

struct vkv_timing;

/**
 * struct vkv_timing_config - what a device's timing is made from
 * @spec: as vkv_timing_check() takes it; NULL for "none"
 * @nr_ns: namespaces, 1..VKV_TIMING_MAX
 * @size: bytes of reserved memory
 * @segment: bytes of a segment of the log
 */
struct vkv_timing_config {
	const char *spec;
	unsigned int nr_ns;
	u64 size;
	u32 segment;
};

/**
 * vkv_timing_check() - can this be the timing of a device?
 * @spec: SPEC[,SPEC...]: one for all namespaces, or one for each. A SPEC is
 *	NAME[:KEY=VALUE...]. NAME is that of a model or of a profile. VALUE is a
 *	decimal number and may end in K, M, G or T
 * @nr_ns: namespaces
 * @why: filled with what is wrong, and what to give instead
 * @why_len: its size
 *
 * Return: 0, -EINVAL, -ERANGE for a value.
 */
int __must_check vkv_timing_check(const char *spec, unsigned int nr_ns,
				  char *why, size_t why_len);

/**
 * vkv_timing_create() - make the timing of a device
 * @cfg: see there
 * @out: becomes the timing
 *
 * Context: may sleep.
 * Return: 0, -EINVAL, -ERANGE, -ENOMEM.
 */
int __must_check vkv_timing_create(const struct vkv_timing_config *cfg,
				   struct vkv_timing **out);

/**
 * vkv_timing_destroy() - free what vkv_timing_create() made
 * @timing: may be NULL
 *
 * Context: may sleep.
 */
void vkv_timing_destroy(struct vkv_timing *timing);

/**
 * vkv_timing_wants_places() - does the model use the places of a footprint?
 * @timing: the timing
 * @ns: namespace, from 0
 *
 * Return: true when the model of the namespace uses them.
 */
bool vkv_timing_wants_places(const struct vkv_timing *timing, unsigned int ns);

/**
 * vkv_timing_schedule() - when is an operation complete?
 * @timing: the timing
 * @ns: namespace, from 0
 * @fp: what the operation touched
 * @arrival: when the device saw it, in ns
 * @latency: filled
 *
 * Context: any, several threads at once.
 * Return: ns, at least @arrival.
 */
u64 vkv_timing_schedule(struct vkv_timing *timing, unsigned int ns,
			const struct vkv_footprint *fp, u64 arrival,
			struct vkv_latency *latency);

/**
 * vkv_timing_collect() - charge the work of the FTL's collector
 * @timing: the timing
 * @fp: what a step touched, at most VKV_TOUCHES places
 * @now: ns
 *
 * Each place is charged to the hardware of the namespace whose key it was
 * about. An erase is charged to all, in equal parts.
 * Context: one thread at a time.
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
 * vkv_timing_die_busy() - for how long has a die been busy?
 * @timing: the timing
 * @i: below vkv_timing_usage.nr_dies
 *
 * Context: any.
 * Return: ns since the model's creation.
 */
u64 vkv_timing_die_busy(struct vkv_timing *timing, unsigned int i);

/**
 * vkv_timing_own() - whose is a keyspace? At first, all are of namespace 0
 * @timing: the timing
 * @keyspace: below VKV_NR_KEYSPACES
 * @ns: namespace, from 0, that it belongs to from now on
 *
 * Context: any, also while other threads use the timing.
 */
void vkv_timing_own(struct vkv_timing *timing, u8 keyspace, unsigned int ns);

/**
 * vkv_timing_info() - describe the timing in effect
 * @timing: the timing
 * @namespaces: which of them to name, a bit each
 * @buf: filled with lines "name value"
 * @len: its size
 *
 * Return: characters written, never more than @len.
 */
size_t vkv_timing_info(const struct vkv_timing *timing, u32 namespaces, char *buf,
		       size_t len);

#endif
