// SPDX-License-Identifier: GPL-2.0
/*
 * Overwriting what was stored, once nothing is stored any more.
 *
 * What a segment held stays in it until it is used again, and what the memory
 * held before the device was there as well. A wipe zeroes a segment that nobody
 * has: a free one, which is taken off the list meanwhile, or a retired one. Of a
 * segment with index pages it zeroes those that are free. Any other has to be
 * collected first.
 *
 * A segment that was zeroed is not stale until it has been in use.
 */
#include "ftl/space/log.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

static void zero_segment(struct vkv_space *sp, struct vkv_segment *seg)
{
	memset(vkv_segment_mem(sp, vkv_segment_number(sp, seg)), 0,
	       sp->segment_size);
}

/* Returns the state that the segment had; a free one is taken if it is stale. */
static u8 look(struct vkv_space *sp, struct vkv_segment *seg, bool *stale)
{
	u8 state;

	spin_lock(&sp->lock);
	state = seg->state;
	*stale = seg->stale;
	if (state == VKV_SEG_FREE && seg->stale) {
		seg->state = VKV_SEG_WIPING;
		list_del_init(&seg->list);
		WRITE_ONCE(sp->nr_free, sp->nr_free - 1);
	}
	spin_unlock(&sp->lock);
	return state;
}

static void wipe_taken(struct vkv_space *sp, struct vkv_segment *seg)
{
	zero_segment(sp, seg);
	spin_lock(&sp->lock);
	seg->stale = false;
	vkv_segment_set_state(sp, seg, VKV_SEG_FREE, &sp->free);
	WRITE_ONCE(sp->nr_free, sp->nr_free + 1);
	spin_unlock(&sp->lock);
}

/*
 * A page at a time under the lock; the segment is through with its last one. Only
 * who holds it makes anything else of an index segment.
 */
static int wipe_page(struct vkv_space *sp, struct vkv_segment *seg, u32 i)
{
	void *mem = vkv_segment_mem(sp, vkv_segment_number(sp, seg));
	bool here;

	spin_lock(&sp->page_lock);
	here = READ_ONCE(seg->state) == VKV_SEG_META;
	if (here && !vkv_page_words(sp, seg)[i])
		memset(mem + i * VKV_PAGE_SIZE, 0, VKV_PAGE_SIZE);
	if (here && i == vkv_pages_per_segment(sp))
		seg->stale = false;
	spin_unlock(&sp->page_lock);
	return here ? 0 : -EAGAIN;
}

static int wipe_meta(struct vkv_space *sp, struct vkv_segment *seg)
{
	int err = 0;
	u32 i;

	for (i = 1; i <= vkv_pages_per_segment(sp) && !err; i++)
		err = wipe_page(sp, seg, i);
	return err;
}

int vkv_space_wipe(struct vkv_space *sp, u32 segment)
{
	struct vkv_segment *seg = &sp->seg[segment];
	bool stale;

	switch (look(sp, seg, &stale)) {
	case VKV_SEG_FREE:
		if (stale)
			wipe_taken(sp, seg);
		return !stale;
	case VKV_SEG_META:
		return stale ? wipe_meta(sp, seg) : 1;
	case VKV_SEG_RETIRED:
		if (stale)
			zero_segment(sp, seg);
		seg->stale = false;
		return !stale;
	case VKV_SEG_FULL:
	case VKV_SEG_PARKED:
	case VKV_SEG_VICTIM:
		return -EBUSY;
	default:
		return -EAGAIN;
	}
}
