// SPDX-License-Identifier: GPL-2.0
/*
 * Places on the media.
 *
 * The bytes of the log lie one behind the other. The pages of a segment make up
 * units, which are programmed at once. Units go round the dies, on one channel
 * after the other. A record that crosses the end of a page needs both pages. A
 * page holds as many bytes of log as its key says, which may be more than a
 * power of two: a drive keeps in its spare area what is a record's header here.
 * Pages of the index go round the dies one by one.
 */
#include "timing/nand_place.h"

#include <linux/math.h>
#include <linux/minmax.h>

#include "timing/nand.h"
#include "vkv_assert.h"

void vkv_nand_place_init(struct vkv_nand *n)
{
	u32 used = n->layout.segment - VKV_SEGMENT_HEAD;

	n->nr_dies = n->value[NAND_CHANNELS] * n->value[NAND_DIES];
	n->unit_pages = n->value[NAND_PLANES] * n->value[NAND_ONESHOT];
	n->segment_pages = DIV_ROUND_UP(used, (u32)n->value[NAND_PAGE]);
	n->segment_units = DIV_ROUND_UP(n->segment_pages, n->unit_pages);
}

u32 vkv_nand_unit_bytes(const struct vkv_nand *n)
{
	return n->unit_pages * n->value[NAND_PAGE];
}

void vkv_nand_place_of(const struct vkv_nand *n, u64 at,
		       struct vkv_nand_place *place)
{
	u32 segment = at / n->layout.segment;
	u32 used = at % n->layout.segment;
	u32 page_bytes = n->value[NAND_PAGE];
	u32 page, unit;

	used -= min(used, VKV_SEGMENT_HEAD);
	page = used / page_bytes;
	unit = page / n->unit_pages;
	place->page = segment * n->segment_pages + page;
	place->unit = segment * n->segment_units + unit;
	place->die = place->unit % n->nr_dies;
	place->offset = used % page_bytes;
	place->kind = n->value[NAND_ONESHOT] > 1 ?
			      page % n->unit_pages / n->value[NAND_PLANES] :
			      unit;
	place->kind %= n->value[NAND_CELL];
	VKV_ASSERT(page < n->segment_pages && unit < n->segment_units);
}

/* The last unit of a segment is as long as the rest of the segment. */
u64 vkv_nand_place_room(const struct vkv_nand *n, u64 at)
{
	u32 offset = at & (n->layout.segment - 1);
	u32 used = offset > VKV_SEGMENT_HEAD ? offset - VKV_SEGMENT_HEAD : 0;
	u32 unit = vkv_nand_unit_bytes(n);

	return min(unit - used % unit, n->layout.segment - offset);
}
