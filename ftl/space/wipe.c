// SPDX-License-Identifier: GPL-2.0
/*
 * Overwriting what was stored, once nothing is stored any more.
 *
 * A segment keeps the bytes of removed records until it is used again. It also
 * keeps the bytes that the memory held before the device was made. A wipe
 * zeroes segments that nobody uses: a free one, which it takes off the list
 * meanwhile, or a retired one. In a segment of index pages, a wipe zeroes the
 * free pages. Any other segment has to be collected first.
 *
 * A segment that was zeroed is not stale until it has been used again.
 */
#include "ftl/space/wipe.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ftl/space/log.h"
#include "vkv_assert.h"

static void wipe_zero(struct vkv_space *sp, struct vkv_segment *seg)
{
	memset(vkv_segment_mem(sp, vkv_segment_number(sp, seg)), 0,
	       sp->segment_size);
}

/*
 * Returns the state of the segment. A free or retired one is taken if it is
 * stale.
 */
static u8 wipe_look(struct vkv_space *sp, struct vkv_segment *seg, bool *stale)
{
	u8 state;

	spin_lock(&sp->lock);
	state = seg->state;
	*stale = seg->stale;
	if (*stale && (state == VKV_SEG_FREE || state == VKV_SEG_RETIRED)) {
		seg->state = VKV_SEG_WIPING;
		list_del_init(&seg->list);
		if (state == VKV_SEG_FREE)
			vkv_segment_add_free(sp, -1);
	}
	spin_unlock(&sp->lock);
	return state;
}

static void wipe_taken(struct vkv_space *sp, struct vkv_segment *seg, u8 state)
{
	wipe_zero(sp, seg);
	spin_lock(&sp->lock);
	seg->stale = false;
	if (state == VKV_SEG_FREE) {
		vkv_segment_set_state(sp, seg, state, &sp->free);
		vkv_segment_add_free(sp, 1);
	} else {
		/* Nobody was asked meanwhile what leads to it. */
		seg->stamp = VKV_STAMP_DAMAGED;
		vkv_segment_set_state(sp, seg, state, &sp->retired);
	}
	spin_unlock(&sp->lock);
}

/*
 * Zeroes one page under the lock, if it is free. The last page ends the
 * segment. A META segment can only become anything else under this lock.
 */
static int wipe_page(struct vkv_space *sp, struct vkv_segment *seg, u32 i)
{
	void *mem = vkv_segment_mem(sp, vkv_segment_number(sp, seg));
	bool here;

	spin_lock(&sp->page_lock);
	here = READ_ONCE(seg->state) == VKV_SEG_META;
	if (here && vkv_page_words(sp, seg)[i] == VKV_PAGE_FREE)
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
	u8 state = wipe_look(sp, seg, &stale);

	switch (state) {
	case VKV_SEG_FREE:
	case VKV_SEG_RETIRED:
		if (stale)
			wipe_taken(sp, seg, state);
		return !stale;
	case VKV_SEG_META:
		return stale ? wipe_meta(sp, seg) : 1;
	case VKV_SEG_FULL:
	case VKV_SEG_PARKED:
	case VKV_SEG_VICTIM:
		return -EBUSY;
	default:
		return -EAGAIN;
	}
}
