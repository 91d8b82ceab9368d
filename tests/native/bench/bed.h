/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device to be measured: an FTL over memory that a number of keys fill to
 * the level asked for.
 */
#ifndef BENCH_BED_H
#define BENCH_BED_H

#include <linux/types.h>

#include "kv_ftl.h"
#include "native/bench/memory.h"

/*
 * Contexts of the threads that store and retrieve, and that of the collector.
 */
#define BED_WORKERS 2u
#define BED_COLLECTOR BED_WORKERS
#define BED_CTX (BED_WORKERS + 1)

/**
 * struct bed_config - a device to be measured
 * @value: bytes of a value, at least 8
 * @keys: keys stored; made fewer where the memory does not hold them
 * @fill: per cent of the capacity that they take
 * @index: name of the index, NULL for the default
 * @victim: name of the victim policy, NULL for the default
 */
struct bed_config {
	u32 value;
	u64 keys;
	unsigned int fill;
	const char *index;
	const char *victim;
};

/**
 * struct bed - a device and its contents
 * @cfg: with the keys it really has
 * @mem: the memory that it lies in
 * @size: bytes of @mem that belong to the device
 * @ftl: the device
 * @removed: keys that were deleted, as a number of KEYS_ONCE
 */
struct bed {
	struct bed_config cfg;
	struct memory *mem;
	u64 size;
	struct vkv_ftl *ftl;
	u64 removed;
};

/**
 * bed_create() - make an empty device of the right size
 * @bed: filled
 * @cfg: see there
 * @mem: mapped; as much of it as the device takes is populated
 *
 * Return: 0, or what vkv_ftl_create() said, or -ENOMEM.
 */
int bed_create(struct bed *bed, const struct bed_config *cfg,
	       struct memory *mem);

/**
 * bed_destroy() - end of a device
 * @bed: from bed_create()
 */
void bed_destroy(struct bed *bed);

#endif
