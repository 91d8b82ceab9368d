// SPDX-License-Identifier: GPL-2.0
/*
 * The invariants of the log of segments: every segment and every page is in
 * exactly one place, and every counter is right.
 */
#include "ftl/space/check.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>

#include "ftl/space/level.h"
#include "ftl/space/log.h"
#include "ftl/space/pages.h"

#define NONE VKV_NO_SEGMENT

/* A check that is under way, and where its complaint goes. */
struct report {
	const struct vkv_space *sp;
	char *why;
	size_t why_len;
};

static int space_complain(const struct report *r, const char *what, u32 segment,
			  u64 has, u64 should)
{
	scnprintf(r->why, r->why_len, "space: %s, segment %u: %llu, not %llu",
		  what, segment, has, should);
	return -EUCLEAN;
}

static u32 count_list(const struct list_head *list)
{
	const struct list_head *at;
	u32 nr = 0;

	list_for_each(at, list)
		nr++;
	return nr;
}

static u32 count_levels(const struct vkv_levels *l)
{
	u32 nr = 0;
	u32 i;

	for (i = 0; i <= VKV_LEVEL_REST; i++)
		nr += count_list(&l->list[i]);
	return nr;
}

static bool state_has_records(const struct vkv_segment *seg)
{
	return seg->state != VKV_SEG_FREE && seg->state != VKV_SEG_META &&
	       seg->state != VKV_SEG_PENDING;
}

static int check_space_segment(const struct report *r, u32 nr, u32 live)
{
	const struct vkv_segment *seg = &r->sp->seg[nr];
	bool levels = seg->state == VKV_SEG_FULL ||
		      (seg->state == VKV_SEG_META && r->sp->draining != nr);

	if (atomic_read(&seg->live) != (int)live)
		return space_complain(r, "live bytes", nr,
				      atomic_read(&seg->live), live);
	if (!state_has_records(seg) && live)
		return space_complain(r, "live where none should be", nr, live,
				      0);
	if (seg->fill > r->sp->segment_size)
		return space_complain(r, "fill", nr, seg->fill,
				      r->sp->segment_size);
	if (state_has_records(seg) &&
	    live + sizeof(struct vkv_segment_head) > seg->fill)
		return space_complain(r, "more live than filled", nr, live,
				      seg->fill);
	if (seg->generation >= VKV_NR_GENERATIONS)
		return space_complain(r, "generation", nr, seg->generation, 0);
	if (!levels && seg->level != VKV_LEVEL_NONE)
		return space_complain(r, "level without a list", nr, seg->level,
				      VKV_LEVEL_NONE);
	return 0;
}

/* Index pages */

/* Adds the pages of one segment that are in use, and those in limbo. */
static int check_meta_segment(const struct report *r, u32 nr, u64 *pages,
			      u64 *limbo)
{
	const struct vkv_space *sp = r->sp;
	const struct vkv_segment *seg = &sp->seg[nr];
	const u32 *word = vkv_page_words(sp, seg);
	u32 used = 0, waiting = 0, i;

	for (i = 1; i <= vkv_pages_per_segment(sp); i++) {
		used += !!(word[i] & VKV_PAGE_USED);
		waiting += word[i] != VKV_PAGE_FREE &&
			   !(word[i] & VKV_PAGE_USED);
	}
	if (used + waiting != seg->used)
		return space_complain(r, "pages used", nr, seg->used,
				      used + waiting);
	if (!seg->used)
		return space_complain(r, "no page used", nr, 0, 1);
	*pages += used;
	*limbo += waiting;
	return 0;
}

/* Follows the queue as far as it should go. */
static int check_limbo_queue(const struct report *r,
			     const struct vkv_limbo *limbo)
{
	u32 per_segment = r->sp->segment_size / VKV_PAGE_SIZE;
	u32 page = limbo->first;
	u32 i;

	for (i = 0; i < limbo->nr; i++) {
		u32 nr = page / per_segment;

		if (nr >= r->sp->nr_segments ||
		    r->sp->seg[nr].state != VKV_SEG_META)
			return space_complain(r, "page in limbo", nr, page, 0);
		if (i == limbo->nr - 1 && page != limbo->last)
			return space_complain(r, "last page in limbo", nr, page,
					      limbo->last);
		page = vkv_page_words(r->sp,
				      &r->sp->seg[nr])[page % per_segment];
		if (!vkv_page_in_limbo(page))
			return space_complain(r, "page in limbo is used", nr,
					      page, 0);
		page &= VKV_PAGE_NUMBER;
	}
	return 0;
}

static int check_index_pages(const struct report *r)
{
	const struct vkv_space *sp = r->sp;
	u64 pages = 0, limbo = 0;
	int err = 0;
	u32 i;

	for (i = 0; !err && i < sp->nr_segments; i++)
		if (sp->seg[i].state == VKV_SEG_META)
			err = check_meta_segment(r, i, &pages, &limbo);
	if (!err && pages != sp->nr_pages)
		err = space_complain(r, "pages in all", 0, sp->nr_pages, pages);
	if (!err && limbo != (u64)sp->young.nr + sp->old.nr)
		err = space_complain(r, "pages in limbo", 0,
				     (u64)sp->young.nr + sp->old.nr, limbo);
	if (!err && sp->old.nr && sp->old_stamp > sp->epoch)
		err = space_complain(r, "stamp of limbo", 0, sp->old_stamp,
				     sp->epoch);
	if (!err)
		err = check_limbo_queue(r, &sp->young);
	if (!err)
		err = check_limbo_queue(r, &sp->old);
	return err;
}

/* Lists */

/* Every segment is in one place, and every place knows its number. */
static int check_segment_census(const struct report *r)
{
	const struct vkv_space *sp = r->sp;
	u32 open = 0, closing = 0, parked = 0, all, i, g;
	u32 meta = count_levels(&sp->meta) + (sp->draining != NONE);

	for (g = 0; g < VKV_NR_GENERATIONS; g++)
		parked += count_list(&sp->parked[g]);
	for (i = 0; i < sp->cfg.nr_slots; i++) {
		for (g = 0; g < VKV_NR_GENERATIONS; g++)
			open += sp->slot[i].open[g] != NONE;
		closing += count_list(&sp->slot[i].closing);
	}
	all = count_list(&sp->free) + open + closing + parked +
	      count_levels(&sp->full) + count_list(&sp->pending) +
	      sp->nr_victims + meta + count_list(&sp->retired);
	if (count_list(&sp->free) != sp->nr_free)
		return space_complain(r, "free segments", 0, sp->nr_free,
				      count_list(&sp->free));
	if (meta != sp->nr_meta)
		return space_complain(r, "index segments", 0, sp->nr_meta,
				      meta);
	if (open + parked > vkv_space_open_max(sp))
		return space_complain(r, "open segments", 0, open + parked,
				      vkv_space_open_max(sp));
	if (all != sp->nr_segments)
		return space_complain(r, "segments in all", 0, all,
				      sp->nr_segments);
	return 0;
}

static int check_segment_list(const struct report *r,
			      const struct list_head *list,
			      enum vkv_segment_state state)
{
	const struct vkv_segment *seg;

	list_for_each_entry(seg, list, list)
		if (seg->state != state)
			return space_complain(r, "state",
					      vkv_segment_number(r->sp, seg),
					      seg->state, state);
	return 0;
}

static u8 level_that_belongs(const struct vkv_space *sp,
			     const struct vkv_segment *seg)
{
	if (seg->state == VKV_SEG_META)
		return vkv_level_of_meta(seg, vkv_pages_per_segment(sp));
	return vkv_level_of_full(seg, vkv_segment_live(seg),
				 sp->cfg.segment_shift);
}

static int check_level_lists(const struct report *r, const struct vkv_levels *l,
			     enum vkv_segment_state state)
{
	const struct vkv_segment *seg;
	int err = 0;
	u32 i;

	for (i = 0; !err && i <= VKV_LEVEL_REST; i++) {
		bool mapped = i < VKV_NR_LEVELS && (l->map >> i & 1);

		err = check_segment_list(r, &l->list[i], state);
		if (!err && i < VKV_NR_LEVELS &&
		    mapped != !list_empty(&l->list[i]))
			err = space_complain(r, "map of levels", 0, mapped,
					     !mapped);
		list_for_each_entry(seg, &l->list[i], list) {
			u8 right = level_that_belongs(r->sp, seg);

			if (!err && (seg->level != i || right != i))
				err = space_complain(r, "level",
						     vkv_segment_number(r->sp,
									seg),
						     i, right);
		}
	}
	return err;
}

static int check_open_generation(const struct report *r, u32 g)
{
	const struct vkv_space *sp = r->sp;
	const struct vkv_segment *seg;
	u32 i;

	list_for_each_entry(seg, &sp->parked[g], list)
		if (seg->state != VKV_SEG_PARKED || seg->generation != g)
			return space_complain(r, "generation of a parked one",
					      vkv_segment_number(sp, seg),
					      seg->generation, g);
	for (i = 0; i < sp->cfg.nr_slots; i++) {
		if (sp->slot[i].open[g] == NONE)
			continue;
		seg = &sp->seg[sp->slot[i].open[g]];
		if (seg->state != VKV_SEG_OPEN || seg->generation != g)
			return space_complain(r, "generation of an open one",
					      vkv_segment_number(sp, seg),
					      seg->generation, g);
	}
	return 0;
}

static int check_segment_lists(const struct report *r)
{
	int err = check_segment_list(r, &r->sp->free, VKV_SEG_FREE);
	u32 g;

	if (!err)
		err = check_segment_list(r, &r->sp->pending, VKV_SEG_PENDING);
	if (!err)
		err = check_segment_list(r, &r->sp->retired, VKV_SEG_RETIRED);
	if (!err)
		err = check_level_lists(r, &r->sp->full, VKV_SEG_FULL);
	if (!err)
		err = check_level_lists(r, &r->sp->meta, VKV_SEG_META);
	for (g = 0; !err && g < VKV_NR_GENERATIONS; g++)
		err = check_open_generation(r, g);
	return err;
}

int vkv_space_check(struct vkv_space *sp, const u32 *live, char *why,
		    size_t why_len)
{
	const struct report r = { .sp = sp, .why = why, .why_len = why_len };
	int err = 0;
	u32 i;

	for (i = 0; !err && i < sp->nr_segments; i++)
		err = check_space_segment(&r, i, live[i]);
	if (!err)
		err = check_segment_lists(&r);
	if (!err)
		err = check_segment_census(&r);
	if (!err)
		err = check_index_pages(&r);
	return err;
}
