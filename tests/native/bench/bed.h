/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A device to be measured: an FTL over memory. Its keys fill it to a chosen
 * level.
 */
#ifndef BENCH_BED_H
#define BENCH_BED_H

#include <linux/types.h>

#include "kv_ftl.h"
#include "native/bench/memory.h"

/*
 * The contexts of the threads that store and retrieve. The collector's context
 * follows.
 */
#define BED_WORKERS 2u
#define BED_COLLECTOR BED_WORKERS
#define BED_CTX (BED_WORKERS + 1)

/**
 * struct bed_config - a device to be measured
 * @value: size of a value, in bytes, at least 8
 * @keys: number of keys to store; lowered if the memory does not hold them
 * @fill: part of the capacity that the keys take, in per cent
 * @index: name of the index, NULL for the default
 * @victim: name of the victim policy, NULL for the default
 * @verify: values have sums
 */
struct bed_config {
	u32 value;
	u64 keys;
	unsigned int fill;
	const char *index;
	const char *victim;
	bool verify;
};

/**
 * struct bed - a device and its contents
 * @cfg: its configuration, with the number of keys that it really has
 * @mem: the memory that it lies in
 * @size: bytes of @mem that belong to the device
 * @ftl: the device
 * @removed: number of keys that were deleted, in the order of KEYS_ONCE
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
 * @cfg: the configuration
 * @mem: mapped memory; the part that the device takes is populated
 *
 * Return: 0, -ENOMEM, or the error of vkv_ftl_create().
 */
int bed_create(struct bed *bed, const struct bed_config *cfg,
	       struct memory *mem);

/**
 * bed_destroy() - destroy a device
 * @bed: from bed_create()
 */
void bed_destroy(struct bed *bed);

#endif
