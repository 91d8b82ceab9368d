// SPDX-License-Identifier: GPL-2.0
/*
 * Index pages.
 *
 * The first page of a META segment has a word for each of its other pages:
 *
 *	VKV_PAGE_FREE		the page is free
 *	USED | cookie + 1	it is in use; the index knows it by this cookie
 *	LIMBO | page number	it is in limbo; this is the next page there
 *	anything else		the word is damaged; the page may be in use
 *
 * Damage. A word with one flipped bit never looks free, and hardly any word with
 * several does. A page or cookie in a word is used only after it was checked.
 * When a queue of limbo has come apart, both are made again from all words. A
 * page whose word is damaged is left alone, until the index gives it back.
 *
 * Limbo. A page that was given back may still be read by a thread that found it
 * earlier. So it is free only when every slot has passed a quiescent point.
 * Pages in limbo form two queues. A page joins the young queue. When the old
 * queue is empty, the young one takes its place, with the next epoch as its
 * stamp. When that epoch is past, the pages of the old queue are free. The
 * queues are linked by the words of their pages, so they have no limit. Each
 * page that is handed out or given back takes a few pages out of limbo, and
 * each step of the collector takes out many. So no single caller has to take
 * all.
 *
 * Draining. When the free pages together would fill a segment, the segment with
 * the fewest used pages is drained: page_victim() names its pages one by one,
 * and the index moves them. New pages come from the segment with the most used
 * pages. For both choices, pages in limbo and pages with a damaged word count as
 * used.
 */
#include "ftl/space/pages.h"

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ftl/space/epoch.h"
#include "ftl/space/level.h"
#include "ftl/space/log.h"
#include "vkv_assert.h"

#define NONE VKV_NO_SEGMENT
#define META_MAGIC 0x564d4554u
/* A word that is none of the others. */
#define UNKNOWN 1u
/* A page that the index has disowned so often is not named again. */
#define DOUBTS 8u
/* Pages that a page which comes or goes takes out of limbo. */
#define DRAIN_FEW 4u
/* Pages that a step of the collector takes out of limbo. */
#define DRAIN_MANY 4096u

u32 *vkv_page_words(const struct vkv_space *sp, const struct vkv_segment *seg)
{
	return vkv_segment_mem(sp, vkv_segment_number(sp, seg));
}

static struct vkv_segment *page_segment(const struct vkv_space *sp, u32 page)
{
	return &sp->seg[page / (sp->segment_size / VKV_PAGE_SIZE)];
}

static u32 *page_word(const struct vkv_space *sp, u32 page)
{
	return vkv_page_words(sp, page_segment(sp, page)) +
	       page % (sp->segment_size / VKV_PAGE_SIZE);
}

static u32 page_number(const struct vkv_space *sp,
		       const struct vkv_segment *seg, u32 i)
{
	return vkv_segment_number(sp, seg) *
	       (sp->segment_size / VKV_PAGE_SIZE) + i;
}

static bool page_is_draining(const struct vkv_space *sp,
			     const struct vkv_segment *seg)
{
	return sp->draining == vkv_segment_number(sp, seg);
}

/* @more pages of the segment are used; fewer, if it is negative. */
static void pages_add_used(struct vkv_space *sp, struct vkv_segment *seg,
			   int more)
{
	u8 level;

	lockdep_assert_held(&sp->page_lock);
	seg->used += more;
	sp->used_pages += more;
	VKV_ASSERT(seg->used <= vkv_pages_per_segment(sp));
	level = vkv_level_of_meta(seg, vkv_pages_per_segment(sp));
	if (page_is_draining(sp, seg) || level == seg->level)
		return;
	vkv_levels_del(&sp->meta, seg, seg->level);
	vkv_levels_add(&sp->meta, seg, level);
}

static void pages_add(struct vkv_space *sp, int nr)
{
	lockdep_assert_held(&sp->page_lock);
	WRITE_ONCE(sp->nr_pages, sp->nr_pages + nr);
}

static void pages_drop_meta(struct vkv_space *sp, struct vkv_segment *seg)
{
	lockdep_assert_held(&sp->page_lock);
	sp->nr_meta--;
	if (page_is_draining(sp, seg))
		sp->draining = NONE;
	else
		vkv_levels_del(&sp->meta, seg, seg->level);
	WRITE_ONCE(seg->level, VKV_LEVEL_NONE);
	spin_lock(&sp->lock);
	vkv_segment_pend(sp, seg);
	spin_unlock(&sp->lock);
}

/* Limbo */

/* Is there such a page, in a segment of index pages? */
static bool pages_has(struct vkv_space *sp, u32 page)
{
	u32 per_segment = sp->segment_size / VKV_PAGE_SIZE;

	lockdep_assert_held(&sp->page_lock);
	return page / per_segment < sp->nr_segments && page % per_segment &&
	       READ_ONCE(page_segment(sp, page)->state) == VKV_SEG_META;
}

static void limbo_link(struct vkv_space *sp, struct vkv_limbo *limbo, u32 page)
{
	*page_word(sp, page) = VKV_PAGE_LIMBO;
	if (limbo->nr++)
		*page_word(sp, limbo->last) = VKV_PAGE_LIMBO | page;
	else
		limbo->first = page;
	limbo->last = page;
}

/* Links the pages of a segment that are in limbo, and counts what is used. */
static void limbo_scan(struct vkv_space *sp, struct vkv_segment *seg)
{
	const u32 *word = vkv_page_words(sp, seg);
	u32 used = 0;
	u32 i;

	for (i = 1; i <= vkv_pages_per_segment(sp); i++) {
		used += word[i] != VKV_PAGE_FREE;
		if (vkv_page_in_limbo(word[i]))
			limbo_link(sp, &sp->old, page_number(sp, seg, i));
	}
	pages_add_used(sp, seg, (int)used - seg->used);
}

/* A queue has come apart: finds all pages that are in limbo. */
static noinline void limbo_rebuild(struct vkv_space *sp)
{
	u32 i;

	lockdep_assert_held(&sp->page_lock);
	sp->young.nr = 0;
	sp->old.nr = 0;
	for (i = 0; i < sp->nr_segments; i++)
		if (READ_ONCE(sp->seg[i].state) == VKV_SEG_META)
			limbo_scan(sp, &sp->seg[i]);
	spin_lock(&sp->lock);
	sp->old_stamp = vkv_epoch_next(sp);
	spin_unlock(&sp->lock);
}

/* Takes the first page; 0 when the queue has come apart. */
static u32 limbo_take(struct vkv_space *sp, struct vkv_limbo *limbo)
{
	u32 page = limbo->first;

	VKV_ASSERT(limbo->nr);
	if (!pages_has(sp, page) || !vkv_page_in_limbo(*page_word(sp, page)))
		return 0;
	limbo->first = *page_word(sp, page) & VKV_PAGE_NUMBER;
	limbo->nr--;
	*page_word(sp, page) = VKV_PAGE_FREE;
	return page;
}

/* Are there old pages, and can no slot reach them any more? */
static bool limbo_is_ripe(struct vkv_space *sp)
{
	bool ripe;

	lockdep_assert_held(&sp->page_lock);
	if (!sp->old.nr && !sp->young.nr)
		return false;
	spin_lock(&sp->lock);
	if (!sp->old.nr) {
		sp->old = sp->young;
		sp->young.nr = 0;
		sp->old_stamp = vkv_epoch_next(sp);
	}
	ripe = sp->old_stamp <= vkv_epoch_oldest(sp);
	spin_unlock(&sp->lock);
	return ripe;
}

static void limbo_reuse(struct vkv_space *sp, u32 page)
{
	struct vkv_segment *seg = page_segment(sp, page);

	pages_add_used(sp, seg, -1);
	if (!seg->used)
		pages_drop_meta(sp, seg);
}

/* Takes pages from both queues in turn: the young one may be ripe at once. */
static bool limbo_drain(struct vkv_space *sp, u32 max)
{
	bool any = false;
	u32 turn, page;

	lockdep_assert_held(&sp->page_lock);
	for (turn = 0; turn < 2 && max && limbo_is_ripe(sp); turn++) {
		for (; max && sp->old.nr; max--) {
			page = limbo_take(sp, &sp->old);
			if (unlikely(!page)) {
				limbo_rebuild(sp);
				return true;
			}
			limbo_reuse(sp, page);
		}
		any = true;
	}
	return any;
}

bool vkv_space_drain_limbo(struct vkv_space *sp)
{
	bool any;

	spin_lock(&sp->page_lock);
	any = limbo_drain(sp, DRAIN_MANY);
	spin_unlock(&sp->page_lock);
	return any;
}

/* Pages that come and go */

static void pages_clear(const struct vkv_space *sp,
			const struct vkv_segment *seg)
{
	u32 *word = vkv_page_words(sp, seg);
	u32 i;

	memset(word, 0, VKV_PAGE_SIZE);
	word[0] = META_MAGIC;
	for (i = 1; i <= vkv_pages_per_segment(sp); i++)
		word[i] = VKV_PAGE_FREE;
}

static struct vkv_segment *pages_new_meta(struct vkv_space *sp)
{
	struct vkv_segment *seg = NULL;

	lockdep_assert_held(&sp->page_lock);
	spin_lock(&sp->lock);
	vkv_segment_harvest(sp);
	if (sp->nr_free > VKV_SPACE_RESERVE) {
		seg = vkv_segment_take_free(sp);
		seg->state = VKV_SEG_META;
		list_del_init(&seg->list);
	}
	spin_unlock(&sp->lock);
	if (!seg)
		return NULL;
	pages_clear(sp, seg);
	seg->used = 0;
	seg->hint = 1;
	vkv_levels_add(&sp->meta, seg, 0);
	sp->nr_meta++;
	return seg;
}

/* A free page of the segment, 0 if its count of used pages was wrong. */
static u32 pages_find(struct vkv_space *sp, const struct vkv_segment *seg)
{
	const u32 *word = vkv_page_words(sp, seg);
	u32 nr = vkv_pages_per_segment(sp);
	u32 at = seg->hint, i;

	for (i = 0; i < nr; i++, at = at % nr + 1)
		if (word[at] == VKV_PAGE_FREE)
			return at;
	return 0;
}

static u32 pages_take(struct vkv_space *sp, struct vkv_segment *seg, u32 cookie)
{
	u32 nr = vkv_pages_per_segment(sp);
	u32 i = pages_find(sp, seg);

	if (unlikely(!i)) {
		pages_add_used(sp, seg, (int)nr - seg->used);
		return 0;
	}
	vkv_page_words(sp, seg)[i] = VKV_PAGE_USED | (cookie + 1);
	seg->hint = i % nr + 1;
	pages_add(sp, 1);
	pages_add_used(sp, seg, 1);
	return page_number(sp, seg, i);
}

u32 vkv_space_page_alloc(struct vkv_space *sp, u32 cookie)
{
	struct vkv_segment *seg;
	u32 page = 0;

	spin_lock(&sp->page_lock);
	limbo_drain(sp, DRAIN_FEW);
	do {
		if (sp->meta.map)
			seg = vkv_levels_first(&sp->meta,
					       fls64(sp->meta.map) - 1);
		else
			seg = pages_new_meta(sp);
		if (seg)
			page = pages_take(sp, seg, cookie);
	} while (seg && !page);
	spin_unlock(&sp->page_lock);
	return page;
}

/* A damaged index may give back a page that is not its own. */
void vkv_space_page_free(struct vkv_space *sp, u32 page)
{
	spin_lock(&sp->page_lock);
	if (likely(pages_has(sp, page) &&
		   !vkv_page_in_limbo(*page_word(sp, page)))) {
		limbo_link(sp, &sp->young, page);
		pages_add(sp, -1);
	}
	limbo_drain(sp, DRAIN_FEW);
	spin_unlock(&sp->page_lock);
}

/* Draining */

/*
 * The segment that is drained. One is chosen if its pages fit into the others.
 */
static struct vkv_segment *pages_drain(struct vkv_space *sp)
{
	struct vkv_segment *seg;

	lockdep_assert_held(&sp->page_lock);
	if (sp->draining != NONE)
		return &sp->seg[sp->draining];
	if ((u64)sp->nr_meta * vkv_pages_per_segment(sp) <
		    sp->used_pages + vkv_pages_per_segment(sp) ||
	    !sp->meta.map)
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

	if (!eager && !vkv_segment_is_low(sp))
		return 0;
	spin_lock(&sp->page_lock);
	seg = pages_drain(sp);
	for (i = 1; seg && i <= vkv_pages_per_segment(sp); i++) {
		u32 word = vkv_page_words(sp, seg)[i];

		if (word & VKV_PAGE_USED) {
			*cookie = (word & ~VKV_PAGE_USED) - 1;
			page = page_number(sp, seg, i);
			break;
		}
	}
	spin_unlock(&sp->page_lock);
	return page;
}

void vkv_space_page_doubt(struct vkv_space *sp, u32 page)
{
	spin_lock(&sp->page_lock);
	sp->doubts = sp->doubted == page ? sp->doubts + 1 : 1;
	sp->doubted = page;
	if (sp->doubts == DOUBTS) {
		if (*page_word(sp, page) & VKV_PAGE_USED)
			*page_word(sp, page) = UNKNOWN;
		/* More damage may let the word look like a used page's again. */
		sp->doubts = 0;
	}
	spin_unlock(&sp->page_lock);
}
