/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Levels: segments on lists by how many of their bytes, or pages, are in use.
 */
#ifndef VKV_SPACE_LEVEL_H
#define VKV_SPACE_LEVEL_H

#include <linux/list.h>
#include <linux/types.h>

#include "ftl/space/segment.h"

#define VKV_NR_LEVELS 64u
#define VKV_LEVEL_SHIFT 6
/* The list of full segments without garbage, behind those of the levels. */
#define VKV_LEVEL_REST VKV_NR_LEVELS
/* Two values of vkv_segment.level that are no list. */
#define VKV_LEVEL_NONE 255u	/* the segment is on no list of levels */
#define VKV_LEVEL_MOVING 254u	/* it is about to be put on one */

struct vkv_space;

/**
 * struct vkv_levels - segments by how much of them is in use
 * @map: bit for each level that has a segment
 * @list: one for each level, and VKV_LEVEL_REST; the segment that has been
 *	there for longest is the first
 */
struct vkv_levels {
	u64 map;
	struct list_head list[VKV_NR_LEVELS + 1];
};

/* The level of a full segment of 1 << @shift bytes, with @live bytes in use. */
static inline u8 vkv_level_of_full(const struct vkv_segment *seg, u32 live,
				   u32 shift)
{
	if (!vkv_segment_has_garbage(seg, live))
		return VKV_LEVEL_REST;
	return live >> (shift - VKV_LEVEL_SHIFT);
}

/* The level of a segment of index pages, which has @pages of them. */
static inline u8 vkv_level_of_meta(const struct vkv_segment *seg, u32 pages)
{
	return seg->used * VKV_NR_LEVELS / pages;
}

static inline struct vkv_segment *vkv_levels_first(const struct vkv_levels *l,
						   u32 level)
{
	return list_first_entry(&l->list[level], struct vkv_segment, list);
}

/**
 * vkv_levels_init() - make all lists empty
 * @l: the levels
 */
void vkv_levels_init(struct vkv_levels *l);

/**
 * vkv_levels_add() - put a segment on the list of a level
 * @l: the levels
 * @seg: the segment, on no list
 * @level: which list; also becomes @seg->level
 *
 * Context: the lock of the lists is held.
 */
void vkv_levels_add(struct vkv_levels *l, struct vkv_segment *seg, u8 level);

/**
 * vkv_levels_del() - take a segment off its list
 * @l: the levels
 * @seg: the segment; its own @level does not change
 * @level: the list it is on
 *
 * Context: the lock of the lists is held.
 */
void vkv_levels_del(struct vkv_levels *l, struct vkv_segment *seg, u8 level);

/**
 * vkv_levels_file() - put a full segment on the list of its level
 * @sp: the space manager
 * @seg: the segment, in state FULL
 *
 * Context: the lock is held.
 */
void vkv_levels_file(struct vkv_space *sp, struct vkv_segment *seg);

/**
 * vkv_space_add_live() - vkv_space_ops.live
 * @sp: the space manager
 * @loc: location of a record
 * @bytes: how many more bytes are live there; negative for fewer
 *
 * Context: any. Takes the lock only when the segment changes its level.
 */
void vkv_space_add_live(struct vkv_space *sp, u64 loc, s32 bytes);

#endif
