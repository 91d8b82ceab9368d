// SPDX-License-Identifier: GPL-2.0
/*
 * Values that can be believed.
 *
 * The checksum of a record covers the header, the key and a head, but not the
 * bytes of a value. With vkv_ftl_config.value_crc, the header also has the
 * CRC32C of the value. The commit computes it, wherever the bytes came from.
 * It is compared wherever a value is read: by a lookup, by an append that copies the
 * last bytes of the version before, and by the collector. Without it the sum
 * of every value is 0, so there is nothing to compute.
 *
 * Poison. The processor may have found that memory is beyond its own repair. An
 * ordinary read of it ends the kernel. copy_mc_to_kernel() survives it, where
 * the architecture can do that. So a value is copied to a buffer first when it
 * is verified, and the sum is that of the buffer.
 *
 * A value that is found damaged when it is moved stays damaged. Its copy gets a
 * sum that is wrong for sure, which is the complement of the right one. So
 * nobody takes it for good, and it is reported only once.
 */
#include "ftl/value.h"

#include <linux/kconfig.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>

/*
 * The right sum of a value in memory that can be read. A head has none: it is
 * part of the checksum.
 */
static u32 value_sum(const struct vkv_ftl *ftl, const struct vkv_record *rec)
{
	if (!ftl->value_crc || rec->type == VKV_RECORD_HEAD)
		return 0;
	return ftl->value_crc(~0u, vkv_record_value(rec), rec->value_len);
}

void vkv_value_seal(const struct vkv_ftl *ftl, struct vkv_record *rec)
{
	rec->value_sum = value_sum(ftl, rec);
}

/* The sum of bytes that may be poisoned: false when they are. */
static bool sum_poisoned(struct vkv_ftl_ctx *ctx, const void *bytes, u32 len,
			 u32 *sum)
{
	u32 n;

	for (; len; len -= n, bytes += n) {
		n = min_t(u32, len, sizeof(ctx->value));
		if (copy_mc_to_kernel(ctx->value, bytes, n))
			return false;
		*sum = ctx->ftl->value_crc(*sum, ctx->value, n);
	}
	return true;
}

bool vkv_value_agrees(struct vkv_ftl_ctx *ctx, const struct vkv_record *rec)
{
	u32 sum = ~0u;

	if (!IS_ENABLED(CONFIG_ARCH_HAS_COPY_MC))
		return rec->value_sum == value_sum(ctx->ftl, rec);
	return sum_poisoned(ctx, vkv_record_value(rec), rec->value_len, &sum) &&
	       rec->value_sum == sum;
}

bool vkv_value_move(const struct vkv_ftl *ftl, struct vkv_record *to,
		    const struct vkv_record *from)
{
	u32 before = from->value_sum;
	u32 sum;

	if (from->type == VKV_RECORD_HEAD) {
		memcpy(vkv_record_value(to), vkv_record_value(from),
		       from->value_len);
		return false;
	}
	if (copy_mc_to_kernel(vkv_record_value(to), vkv_record_value(from),
			      from->value_len)) {
		memset(vkv_record_value(to), 0, from->value_len);
		before = ~value_sum(ftl, to) ^ 1;
	}
	to->value_sum = before;
	sum = value_sum(ftl, to);
	if (likely(before == sum))
		return false;
	to->value_sum = ~sum;
	return before != ~sum;
}
