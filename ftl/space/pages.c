// SPDX-License-Identifier: GPL-2.0
/*
 * Index pages.
 *
 * The first page of a META segment has a word for each of its other pages:
 *
 *	0			free
 *	USED | cookie		in use, for what the index calls by this cookie
 *	page number, LIMBO_END	in limbo; the next page there
 *
 * Limbo. A page that was given back may still be read by who found it before,
 * so it is free only when every slot has passed a quiescent point. Pages in
 * limbo are two queues. Those that come join the young one. When the old one is
 * empty, the young one takes its place and the next epoch as stamp; when that is
 * past, the pages of the old one are free. As the queues are linked by the words
 * of the pages, they have no limit. Each page that comes or goes takes a few
 * out, and each step of the collector many, so none has to take all.
 *
 * Draining. When free pages could be a segment, the one with the fewest used is
 * drained: page_victim() names its pages one by one for the index to move. New
 * pages come from where most are used. Pages in limbo count as used in both.
 */
#include "ftl/space/log.h"

#include <linux/kernel.h>
#include <linux/string.h>

#define NONE VKV_NO_SEGMENT
#define META_MAGIC 0x564d4554u
#define LIMBO_END (VKV_PAGE_USED - 1)
/* Pages taken out of limbo at a time, by a page and by the collector. */
#define DRAIN_FEW 4u
#define DRAIN_MANY 4096u

/* What page @i of a META segment is used for; i = 0 is the magic number. */
u32 *vkv_page_words(const struct vkv_space *sp, const struct vkv_segment *seg)
{
	return vkv_segment_mem(sp, vkv_segment_number(sp, seg));
}

static struct vkv_segment *segment_of(const struct vkv_space *sp, u32 page)
{
	return &sp->seg[page / (sp->segment_size / VKV_PAGE_SIZE)];
}

static u32 *word_of(const struct vkv_space *sp, u32 page)
{
	return vkv_page_words(sp, segment_of(sp, page)) +
	       page % (sp->segment_size / VKV_PAGE_SIZE);
}

static u32 page_number(const struct vkv_space *sp,
		       const struct vkv_segment *seg, u32 i)
{
	return vkv_segment_number(sp, seg) *
	       (sp->segment_size / VKV_PAGE_SIZE) + i;
}

static bool is_draining(const struct vkv_space *sp,
			const struct vkv_segment *seg)
{
	return sp->draining == vkv_segment_number(sp, seg);
}

/* @more pages of the segment are used. */
static void add_used(struct vkv_space *sp, struct vkv_segment *seg, int more)
{
	u8 level;

	lockdep_assert_held(&sp->page_lock);
	seg->used += more;
	level = vkv_meta_level(sp, seg);
	if (is_draining(sp, seg) || level == seg->level)
		return;
	vkv_levels_del(&sp->meta, seg, seg->level);
	vkv_levels_add(&sp->meta, seg, level);
}

static void add_pages(struct vkv_space *sp, int nr)
{
	lockdep_assert_held(&sp->page_lock);
	WRITE_ONCE(sp->nr_pages, sp->nr_pages + nr);
}

static void drop_meta(struct vkv_space *sp, struct vkv_segment *seg)
{
	lockdep_assert_held(&sp->page_lock);
	sp->nr_meta--;
	if (is_draining(sp, seg))
		sp->draining = NONE;
	else
		vkv_levels_del(&sp->meta, seg, seg->level);
	WRITE_ONCE(seg->level, VKV_LEVEL_NONE);
	spin_lock(&sp->lock);
	vkv_space_pend(sp, seg);
	spin_unlock(&sp->lock);
}

/* Limbo */

static void limbo_put(struct vkv_space *sp, struct vkv_limbo *limbo, u32 page)
{
	*word_of(sp, page) = LIMBO_END;
	if (limbo->nr++)
		*word_of(sp, limbo->last) = page;
	else
		limbo->first = page;
	limbo->last = page;
}

static u32 limbo_take(struct vkv_space *sp, struct vkv_limbo *limbo)
{
	u32 page = limbo->first;
	u32 *word = word_of(sp, page);

	limbo->first = *word;
	limbo->nr--;
	*word = 0;
	return page;
}

/* Are there old pages, and are they out of everybody's reach? */
static bool is_ripe(struct vkv_space *sp)
{
	bool ripe;

	lockdep_assert_held(&sp->page_lock);
	if (!sp->old.nr && !sp->young.nr)
		return false;
	spin_lock(&sp->lock);
	if (!sp->old.nr) {
		sp->old = sp->young;
		sp->young.nr = 0;
		sp->old_stamp = vkv_space_next_epoch(sp);
	}
	ripe = sp->old_stamp <= vkv_space_oldest_epoch(sp);
	spin_unlock(&sp->lock);
	return ripe;
}

static void reuse(struct vkv_space *sp, u32 page)
{
	struct vkv_segment *seg = segment_of(sp, page);

	add_used(sp, seg, -1);
	if (!seg->used)
		drop_meta(sp, seg);
}

/* Of both queues in turn, as the young one may be ripe at once. */
static bool drain_limbo(struct vkv_space *sp, u32 max)
{
	bool any = false;
	u32 turn;

	lockdep_assert_held(&sp->page_lock);
	for (turn = 0; turn < 2 && max && is_ripe(sp); turn++) {
		for (; max && sp->old.nr; max--)
			reuse(sp, limbo_take(sp, &sp->old));
		any = true;
	}
	return any;
}

bool vkv_space_drain_limbo(struct vkv_space *sp)
{
	bool any;

	spin_lock(&sp->page_lock);
	any = drain_limbo(sp, DRAIN_MANY);
	spin_unlock(&sp->page_lock);
	return any;
}

/* Pages that come and go */

static struct vkv_segment *new_meta(struct vkv_space *sp)
{
	struct vkv_segment *seg = NULL;

	lockdep_assert_held(&sp->page_lock);
	spin_lock(&sp->lock);
	vkv_space_harvest(sp);
	if (sp->nr_free > VKV_SPACE_RESERVE) {
		seg = vkv_space_take_free(sp);
		seg->state = VKV_SEG_META;
		list_del_init(&seg->list);
	}
	spin_unlock(&sp->lock);
	if (!seg)
		return NULL;
	memset(vkv_page_words(sp, seg), 0, VKV_PAGE_SIZE);
	vkv_page_words(sp, seg)[0] = META_MAGIC;
	seg->used = 0;
	seg->hint = 1;
	vkv_levels_add(&sp->meta, seg, 0);
	sp->nr_meta++;
	return seg;
}

static u32 take_page(struct vkv_space *sp, struct vkv_segment *seg, u32 cookie)
{
	u32 nr = vkv_pages_per_segment(sp);
	u32 *word = vkv_page_words(sp, seg);
	u32 i = seg->hint;

	while (word[i])
		i = i % nr + 1;
	word[i] = cookie | VKV_PAGE_USED;
	seg->hint = i % nr + 1;
	add_pages(sp, 1);
	add_used(sp, seg, 1);
	return page_number(sp, seg, i);
}

u32 vkv_space_page_alloc(struct vkv_space *sp, u32 cookie)
{
	struct vkv_segment *seg;
	u32 page = 0;

	spin_lock(&sp->page_lock);
	drain_limbo(sp, DRAIN_FEW);
	if (sp->meta.map)
		seg = vkv_levels_first(&sp->meta, fls64(sp->meta.map) - 1);
	else
		seg = new_meta(sp);
	if (seg)
		page = take_page(sp, seg, cookie);
	spin_unlock(&sp->page_lock);
	return page;
}

void vkv_space_page_free(struct vkv_space *sp, u32 page)
{
	spin_lock(&sp->page_lock);
	limbo_put(sp, &sp->young, page);
	add_pages(sp, -1);
	drain_limbo(sp, DRAIN_FEW);
	spin_unlock(&sp->page_lock);
}

/* Draining */

/* The segment to be drained, if its pages fit into the others. */
static struct vkv_segment *drain(struct vkv_space *sp)
{
	u64 used = sp->nr_pages + sp->young.nr + sp->old.nr;
	struct vkv_segment *seg;

	lockdep_assert_held(&sp->page_lock);
	if (sp->draining != NONE)
		return &sp->seg[sp->draining];
	if ((u64)sp->nr_meta * vkv_pages_per_segment(sp) <
	    used + vkv_pages_per_segment(sp) || !sp->meta.map)
		return NULL;
	seg = vkv_levels_first(&sp->meta, __ffs64(sp->meta.map));
	vkv_levels_del(&sp->meta, seg, seg->level);
	WRITE_ONCE(seg->level, VKV_LEVEL_NONE);
	sp->draining = vkv_segment_number(sp, seg);
	return seg;
}

u32 vkv_space_page_victim(struct vkv_space *sp, bool eager, u32 *cookie)
{
	struct vkv_segment *seg;
	u32 page = 0;
	u32 i;

	if (!eager && !vkv_space_low(sp))
		return 0;
	spin_lock(&sp->page_lock);
	seg = drain(sp);
	for (i = 1; seg && i <= vkv_pages_per_segment(sp); i++) {
		u32 word = vkv_page_words(sp, seg)[i];

		if (word & VKV_PAGE_USED) {
			*cookie = word & ~VKV_PAGE_USED;
			page = page_number(sp, seg, i);
			break;
		}
	}
	spin_unlock(&sp->page_lock);
	return page;
}
