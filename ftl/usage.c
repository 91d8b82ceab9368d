// SPDX-License-Identifier: GPL-2.0
/*
 * Usage: what keys are charged, and how much there is.
 *
 * A key is charged by its lengths alone: the bytes of all records that it
 * needs, and 16 bytes of index for each. A reserve charges the bytes by which
 * the key will grow, and a commit gives back those by which it shrank. So a
 * store that does not grow its key never fails for want of capacity. The
 * capacity is what the space manager is certain to hold, less the
 * over-provisioning. When a reserve finds no segments although the charge fits,
 * the collector can make some.
 *
 * The sum of all charges is one counter, because it is compared with the
 * capacity. A quota has one more for its keyspaces. Numbers that are only ever
 * reported are counted by each context for itself.
 *
 * The charge of a damaged record cannot be told. It stays, even when the record
 * is gone, until its keyspace is emptied.
 */
#include "ftl/usage.h"

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "vkv_assert.h"

/*
 * Over-provisioning for block units, in thousandths. Units are charged without
 * their headers and index entries, which take 12 thousandths.
 */
#define BLOCK_OP 16u

/* Charges */

static u64 usage_of_record(u32 key_len, u32 value_len)
{
	return vkv_record_bytes_for(key_len, value_len) + VKV_INDEX_CHARGE;
}

u64 vkv_charge(const struct vkv_ftl *ftl, u8 keyspace, u32 key_len, u64 size)
{
	const u32 hidden = sizeof(struct vkv_fragment_key);
	u32 rest = size & (ftl->fragment - 1);
	u64 charge;

	if (ftl->block[keyspace])
		return VKV_BLOCK_BYTES;
	if (size <= ftl->fragment)
		return usage_of_record(key_len, size);
	charge = usage_of_record(key_len, sizeof(struct vkv_head));
	charge += (size >> ilog2(ftl->fragment)) *
		  usage_of_record(hidden, ftl->fragment);
	if (rest)
		charge += usage_of_record(hidden, rest);
	return charge;
}

u64 vkv_charge_at(const struct vkv_ftl *ftl, u64 loc, u64 hash)
{
	const struct vkv_record *rec;

	if (!loc || !vkv_location_intact(ftl, loc, hash))
		return 0;
	rec = vkv_record_at(ftl, loc);
	return vkv_charge(ftl, rec->keyspace, rec->key_len,
			  vkv_record_value_size(rec));
}

static int usage_take(atomic64_t *counter, u64 bytes, u64 limit)
{
	s64 used = atomic64_read(counter);

	do {
		if (used + bytes > limit)
			return -ENOSPC;
	} while (!atomic64_try_cmpxchg(counter, &used, used + bytes));
	return 0;
}

static int usage_take_quota(struct vkv_ftl *ftl, struct vkv_quota *quota,
			    u64 bytes)
{
	int err = usage_take(&quota->used, bytes, READ_ONCE(quota->limit));

	if (err)
		return err;
	err = usage_take(&ftl->used, bytes, READ_ONCE(ftl->capacity));
	if (err)
		atomic64_sub(bytes, &quota->used);
	return err;
}

int vkv_charge_more(struct vkv_ftl *ftl, u8 keyspace, u64 bytes)
{
	struct vkv_quota *quota = ftl->quota_of[keyspace];

	return quota ? usage_take_quota(ftl, quota, bytes) :
		       usage_take(&ftl->used, bytes, READ_ONCE(ftl->capacity));
}

void vkv_charge_anyway(struct vkv_ftl *ftl, u8 keyspace, u64 bytes)
{
	struct vkv_quota *quota = ftl->quota_of[keyspace];

	atomic64_add(bytes, &ftl->used);
	if (quota)
		atomic64_add(bytes, &quota->used);
}

void vkv_charge_less(struct vkv_ftl *ftl, u8 keyspace, u64 bytes)
{
	struct vkv_quota *quota = ftl->quota_of[keyspace];

	if (!bytes)
		return;
	atomic64_sub(bytes, &ftl->used);
	if (quota)
		atomic64_sub(bytes, &quota->used);
	VKV_ASSERT(atomic64_read(&ftl->used) >= 0);
	VKV_ASSERT(!quota || atomic64_read(&quota->used) >= 0);
}

void vkv_usage_account(struct vkv_ftl_ctx *ctx, u8 keyspace, s64 bytes,
		       int keys)
{
	struct vkv_share *share = &ctx->share[keyspace];

	if (bytes)
		WRITE_ONCE(share->bytes, share->bytes + bytes);
	if (keys)
		WRITE_ONCE(share->keys, share->keys + keys);
}

void vkv_usage_clear(struct vkv_ftl *ftl, u8 keyspace)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < ftl->nr_ctx; i++) {
		struct vkv_share *share = &ftl->ctx[i].share[keyspace];

		bytes += share->bytes;
		WRITE_ONCE(share->bytes, 0);
		WRITE_ONCE(share->keys, 0);
	}
	vkv_charge_less(ftl, keyspace, bytes);
}

int vkv_ftl_set_aside(struct vkv_ftl *ftl, u8 keyspace, u64 bytes)
{
	return vkv_charge_more(ftl, keyspace, bytes);
}

void vkv_ftl_give_back(struct vkv_ftl *ftl, u8 keyspace, u64 bytes)
{
	vkv_charge_less(ftl, keyspace, bytes);
}

/* Numbers */

void vkv_ftl_usage(struct vkv_ftl *ftl, struct vkv_usage *usage)
{
	struct vkv_space_stat stat;
	u64 bytes, keys;
	unsigned int i;

	ftl->space_ops->stat(ftl->space, &stat);
	*usage = (struct vkv_usage){
		.capacity = READ_ONCE(ftl->capacity),
		.used = atomic64_read(&ftl->used),
		.physical = stat.physical,
		.free = stat.free,
		.live = stat.live,
		.index = stat.index_pages * VKV_PAGE_SIZE,
		.gc_written = READ_ONCE(ftl->gc.written),
		.collected = READ_ONCE(ftl->gc.collected),
		.segment = 1ull << ftl->segment_shift,
	};
	for (i = 0; i < ftl->nr_ctx; i++)
		usage->host_written += READ_ONCE(ftl->ctx[i].host_written);
	for (i = 0; i < vkv_nr_keyspaces(ftl); i++) {
		vkv_ftl_keyspace_usage(ftl, i, &bytes, &keys);
		usage->keys += keys;
	}
}

u64 vkv_ftl_room(struct vkv_ftl *ftl)
{
	u64 used = atomic64_read(&ftl->used);
	u64 capacity = READ_ONCE(ftl->capacity);

	return capacity - min(used, capacity);
}

u64 vkv_ftl_keyspace_room(struct vkv_ftl *ftl, u8 keyspace)
{
	struct vkv_quota *quota = ftl->quota_of[keyspace];
	u64 room = vkv_ftl_room(ftl);
	u64 used, limit;

	if (!quota)
		return room;
	used = atomic64_read(&quota->used);
	limit = READ_ONCE(quota->limit);
	return min(room, limit - min(used, limit));
}

/*
 * The contexts are read one after the other. So a key that one context stored
 * and another removed may be seen to go without having been seen to come.
 */
static u64 not_negative(u64 sum)
{
	return max_t(s64, sum, 0);
}

void vkv_ftl_keyspace_usage(struct vkv_ftl *ftl, u8 keyspace, u64 *bytes,
			    u64 *keys)
{
	unsigned int i;

	*bytes = 0;
	*keys = 0;
	for (i = 0; i < ftl->nr_ctx; i++) {
		const struct vkv_share *share =
			&ftl->ctx[i].share[keyspace % VKV_NR_KEYSPACES];

		*bytes += READ_ONCE(share->bytes);
		*keys += READ_ONCE(share->keys);
	}
	*bytes = not_negative(*bytes);
	*keys = not_negative(*keys);
}

u32 vkv_usage_op(const struct vkv_ftl *ftl)
{
	u32 i;

	for (i = 0; i < VKV_NR_KEYSPACES; i++)
		if (ftl->block[i])
			return max(ftl->op_permille, BLOCK_OP);
	return ftl->op_permille;
}

/*
 * The new capacity is there before the look at what is used. A store that has
 * read the old one may still pass it; the over-provisioning has room for that.
 */
int vkv_usage_change_capacity(struct vkv_ftl *ftl)
{
	u64 before = ftl->capacity;
	u64 certain = ftl->space_ops->certain(ftl->space);
	u64 now = ALIGN_DOWN(div_u64(certain * (1000 - vkv_usage_op(ftl)), 1000),
			     (u64)VKV_BLOCK_BYTES);

	WRITE_ONCE(ftl->capacity, now);
	smp_mb(); /* the capacity first, then what is used */
	if (now >= before || atomic64_read(&ftl->used) <= now)
		return 0;
	WRITE_ONCE(ftl->capacity, before);
	return -ENOSPC;
}

void vkv_ftl_set_block(struct vkv_ftl *ftl, u8 keyspace)
{
	int err;

	VKV_ASSERT(!atomic64_read(&ftl->used));
	ftl->block[keyspace % VKV_NR_KEYSPACES] = true;
	err = vkv_usage_change_capacity(ftl);
	VKV_ASSERT(!err);
}

/* Charges that were made without a quota are in none. */
static bool quota_fits(const struct vkv_ftl *ftl, u8 keyspace, unsigned int nr)
{
	u64 bytes, keys;

	for (; nr--; keyspace++) {
		vkv_ftl_keyspace_usage((struct vkv_ftl *)ftl, keyspace, &bytes,
				       &keys);
		if (bytes && !ftl->quota_of[keyspace])
			return false;
	}
	return true;
}

int vkv_ftl_set_quota(struct vkv_ftl *ftl, u8 keyspace, unsigned int nr,
		      u64 bytes)
{
	struct vkv_quota *quota = &ftl->quota[keyspace];
	u64 before = quota->limit;

	VKV_ASSERT(keyspace + nr <= VKV_NR_KEYSPACES);
	VKV_ASSERT(quota_fits(ftl, keyspace, nr));
	WRITE_ONCE(quota->limit, bytes);
	smp_mb(); /* the limit first, then what is used */
	if (bytes < before && atomic64_read(&quota->used) > bytes) {
		WRITE_ONCE(quota->limit, before);
		return -ENOSPC;
	}
	while (nr--)
		ftl->quota_of[keyspace++] = quota;
	return 0;
}
