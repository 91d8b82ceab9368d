/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values that can be believed. The essay is in ftl/value.c.
 */
#ifndef VKV_FTL_VALUE_H
#define VKV_FTL_VALUE_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/record.h"

/**
 * vkv_value_seal() - note the sum of a value
 * @ftl: the core
 * @rec: its record, whose value is complete, but not visible yet
 */
void vkv_value_seal(const struct vkv_ftl *ftl, struct vkv_record *rec);

/**
 * vkv_value_agrees() - is the sum of a value the right one?
 * @ctx: this thread's
 * @rec: an intact record, but no head
 *
 * Return: false when the value was damaged, or its memory is poisoned.
 */
bool vkv_value_agrees(struct vkv_ftl_ctx *ctx, const struct vkv_record *rec);

/**
 * vkv_value_intact() - is a value what was committed, as far as is known?
 * @ctx: this thread's
 * @rec: an intact record, but no head
 *
 * Return: false when it was damaged, or was found damaged when it was moved.
 */
static inline bool vkv_value_intact(struct vkv_ftl_ctx *ctx,
				    const struct vkv_record *rec)
{
	if (likely(!ctx->ftl->value_crc))
		return likely(!rec->value_sum);
	return vkv_value_agrees(ctx, rec);
}

/**
 * vkv_value_move() - copy a value to the copy of its record
 * @ftl: the core
 * @to: the copy, with header and key
 * @from: the record
 *
 * A value that is damaged is not intact in the copy either.
 * Return: true when this is the first time that damage is found in the value.
 */
bool vkv_value_move(const struct vkv_ftl *ftl, struct vkv_record *to,
		    const struct vkv_record *from);

#endif
