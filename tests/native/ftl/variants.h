/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The variants: all combinations of parts that a core can be made of. Tests
 * that must hold for all of them use this table.
 */
#ifndef VARIANTS_H
#define VARIANTS_H

#include <linux/array_size.h>
#include <linux/crc32c.h>
#include <linux/types.h>

#include "kv_ftl.h"
#include "ftl/index/index.h"

#define VARIANT_KEYSPACES 5

/**
 * struct variant - one combination of parts
 * @name: used in the names of tests
 * @index: the index
 * @victim: the victim policy
 * @verify: whether values have sums
 */
struct variant {
	const char *name;
	const struct vkv_index_ops *index;
	const char *victim;
	bool verify;
};

static const struct variant variants[] = {
	{ "extendible", &vkv_index_extendible, "cost-benefit", false },
	{ "plain", &vkv_index_plain, "greedy", true },
};

#define NR_VARIANTS ARRAY_SIZE(variants)

/* Makes a configuration. Its seed is fixed, so that a run can be repeated. */
static inline struct vkv_ftl_config
variant_config(const struct variant *variant, void *mem, u64 size,
	       unsigned int nr_ctx)
{
	return (struct vkv_ftl_config){
		.mem = mem,
		.size = size,
		.nr_ctx = nr_ctx,
		.nr_keyspaces = VARIANT_KEYSPACES,
		.index = variant->index->name,
		.victim = variant->victim,
		.value_crc = variant->verify ? crc32c : NULL,
		.seed = { 0x0123456789abcdefull, 0xfedcba9876543210ull },
	};
}

static inline const char *variant_name(const struct variant *variant)
{
	return variant->name;
}

#endif
