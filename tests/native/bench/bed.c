// SPDX-License-Identifier: GPL-2.0
/*
 * The size of a device follows from two figures. The first is the charge of one
 * key, and a small sample device measures it. The second is the part of the
 * memory that is capacity. It is found by trying sizes, since a device costs
 * little to create.
 */
#include "native/bench/bed.h"

#include <linux/align.h>
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "native/bench/keys.h"

#define SIZE_UNIT (1ull << 20)
#define SAMPLE_KEYS 64u
#define SAMPLE_SIZE (2 * VKV_FTL_SIZE_MIN)
#define TRIES 6u

static int create(struct bed *bed, u64 size)
{
	struct vkv_ftl_config cfg = {
		.mem = bed->mem->base,
		.size = size,
		.nr_ctx = BED_CTX,
		.index = bed->cfg.index,
		.victim = bed->cfg.victim,
		.value_crc = bed->cfg.verify ? crc32c : NULL,
		.nr_keyspaces = 1,
		.seed = { 0x0123456789abcdefull, 0xfedcba9876543210ull },
	};

	bed->size = size;
	return vkv_ftl_create(&cfg, &bed->ftl);
}

static int store_sample(struct bed *bed, u64 number)
{
	struct vkv_ftl_ctx *ctx = vkv_ftl_ctx(bed->ftl, 0);
	u64 bytes[KEY_BYTES / sizeof(u64)] = { number };
	struct vkv_key key = { .data = (u8 *)bytes, .len = KEY_BYTES };
	struct vkv_footprint fp = {};
	struct vkv_txn txn;
	int err;

	err = vkv_ftl_reserve(ctx, &key, bed->cfg.value, 0, &txn, &fp);
	if (!err)
		err = vkv_ftl_commit(ctx, &txn, &fp);
	vkv_ftl_quiesce(ctx);
	return err;
}

/* Measures the bytes of capacity that one key takes. */
static int sample_charge(struct bed *bed, u64 *charge)
{
	struct vkv_usage usage;
	u64 i;
	int err;

	err = create(bed, SAMPLE_SIZE);
	if (err)
		return err;
	for (i = 0; i < SAMPLE_KEYS && !err; i++)
		err = store_sample(bed, i);
	vkv_ftl_usage(bed->ftl, &usage);
	*charge = usage.used / SAMPLE_KEYS;
	bed_destroy(bed);
	return err;
}

static int capacity_of(struct bed *bed, u64 size, u64 *capacity)
{
	struct vkv_usage usage;
	int err = create(bed, size);

	if (err)
		return err;
	vkv_ftl_usage(bed->ftl, &usage);
	*capacity = usage.capacity;
	bed_destroy(bed);
	return 0;
}

/* Finds the size whose capacity is nearly @want. */
static int find_size(struct bed *bed, u64 want, u64 *size)
{
	u64 capacity;
	unsigned int i;
	int err;

	*size = want + want / 8;
	for (i = 0; i < TRIES; i++) {
		*size = max_t(u64, ALIGN(*size, SIZE_UNIT), VKV_FTL_SIZE_MIN);
		if (*size > bed->mem->size)
			return -ENOMEM;
		err = capacity_of(bed, *size, &capacity);
		if (err)
			return err;
		*size = (double)*size * want / capacity;
	}
	*size = max_t(u64, ALIGN(*size, SIZE_UNIT), VKV_FTL_SIZE_MIN);
	return *size > bed->mem->size ? -ENOMEM : 0;
}

int bed_create(struct bed *bed, const struct bed_config *cfg,
	       struct memory *mem)
{
	u64 charge, size;
	int err;

	memset(bed, 0, sizeof(*bed));
	bed->cfg = *cfg;
	bed->mem = mem;
	err = sample_charge(bed, &charge);
	if (err)
		return err;
	while ((err = find_size(bed, bed->cfg.keys * charge * 100 /
				bed->cfg.fill, &size)) == -ENOMEM &&
	       bed->cfg.keys > 1000)
		bed->cfg.keys -= bed->cfg.keys / 20;
	if (!err)
		err = memory_populate(mem, size);
	return err ? err : create(bed, size);
}

void bed_destroy(struct bed *bed)
{
	vkv_ftl_destroy(bed->ftl);
	bed->ftl = NULL;
}
