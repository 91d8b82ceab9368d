/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments with damaged records. The essay is in ftl/space/retire.c.
 */
#ifndef VKV_SPACE_RETIRE_H
#define VKV_SPACE_RETIRE_H

#include <linux/types.h>

struct vkv_space;

/**
 * vkv_space_retire() - vkv_space_ops.retire
 * @sp: the space manager
 * @segment: a victim
 *
 * Context: the collector's thread.
 */
void vkv_space_retire(struct vkv_space *sp, u32 segment);

/**
 * vkv_space_doubt() - vkv_space_ops.doubt
 * @sp: the space manager
 *
 * Context: the collector's thread.
 * Return: the number of retired segments.
 */
u32 vkv_space_doubt(struct vkv_space *sp);

/**
 * vkv_space_retired() - vkv_space_ops.retired
 * @sp: the space manager
 * @loc: a location in the memory
 *
 * Context: the collector's thread; may be under locks of the index.
 * Return: true when it is in a retired segment.
 */
bool vkv_space_retired(struct vkv_space *sp, u64 loc);

/**
 * vkv_space_witness() - vkv_space_ops.witness
 * @sp: the space manager
 * @loc: a location in the memory
 * @bytes: bytes of the record there, 0 if it is damaged
 *
 * Context: the collector's thread; may be under locks of the index.
 */
void vkv_space_witness(struct vkv_space *sp, u64 loc, u32 bytes);

/**
 * vkv_space_revive() - vkv_space_ops.revive
 * @sp: the space manager
 * @all: nothing leads to any segment
 *
 * Context: with @all any; else the collector's thread.
 * Return: true if any segment was revived.
 */
bool vkv_space_revive(struct vkv_space *sp, bool all);

/**
 * vkv_space_mended() - vkv_space_ops.mended
 * @sp: the space manager
 * @segment: a victim
 *
 * Context: the collector's thread.
 * Return: true when it was retired once.
 */
bool vkv_space_mended(struct vkv_space *sp, u32 segment);

#endif
