// SPDX-License-Identifier: GPL-2.0
/*
 * Extendible hashing.
 *
 * A bucket is a page (ftl/index/bucket.h). The leading bits of a key's place
 * lead to it over a directory (ftl/index/dir.h). A bucket that is nearly full
 * is split by one more bit, and two halves that have become small are merged
 * (ftl/index/table.c). Nothing else changes, so no operation waits for more
 * than one bucket. Places are distributed such that at any size some buckets
 * are about to be split and others just have been. So a key takes 12 bytes
 * while the index grows (11.5 to 12.5 beyond some thousand keys) and 14 while
 * it shrinks, at any size.
 *
 * Keys that are too much alike to be told apart by splits go to annexes of their
 * bucket (ftl/index/bucket.h). So no key is refused while there are pages.
 *
 * Readers take no lock. They find the page in the directory, read one or two
 * lines, and are done when they have found their key. A page that is not used
 * any more keeps its contents until the reader's next quiescent point. A key
 * that was not found may have been moving meanwhile. So a reader notes the
 * sequence count of the page first, and makes sure that the directory still
 * leads to this page. If the count has changed in the end, it begins again:
 *
 *	reader				writer
 *	  find page			  lock
 *	  note count			  (split: fill two pages)
 *	  find page again		  count odd
 *	  read lines, annexes		  move an entry, or change the directory
 *	  compare count			  count even, unlock
 *
 * Writers lock the bucket. Locks and counts belong to stripes of page numbers,
 * because pages come and go. A writer that has the lock makes sure that the
 * directory still leads to this page.
 *
 * Trails. The count of a page's stripe changes whenever an entry moves, or a
 * slot of the directory stops leading where it led. So a thread that has noted page and
 * count need not look into the directory again while the count is the same, be
 * it in the next step or much later.
 */
#include "ftl/index/index.h"

#include <linux/atomic.h>
#include <linux/bitrev.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "ftl/index/bucket.h"
#include "ftl/index/dir.h"
#include "ftl/index/table.h"
#include "vkv_assert.h"

/* Removals between two attempts to merge. */
#define MERGE_EVERY 16u
/* Pages for a split before the old one is back. */
#define SPARE_PAGES 3u

static u32 extendible_base_pages(u64 size)
{
	struct vkv_entry_format fmt;

	vkv_entry_format_init(&fmt, size);
	return (1u << fmt.min_depth) + SPARE_PAGES;
}

static u64 extendible_position(struct vkv_index *ix, u64 hash)
{
	return vkv_place_of(&ix->fmt, hash).x;
}

/* Finding */

/*
 * The page of a place, and the count of its stripe when the directory led
 * there.
 */
static noinline u32 find_page(struct vkv_index *ix, u32 reversed, u32 *seq)
{
	struct vkv_stripe *s;
	u32 page;

	do {
		page = vkv_dir_find_reversed(&ix->dir, reversed);
		s = vkv_table_stripe(ix, page);
		*seq = read_seqcount_begin(&s->seq);
	} while (vkv_dir_find_reversed(&ix->dir, reversed) != page);
	return page;
}

/*
 * The same, if no thread changes anything there and nothing is damaged, as is
 * nearly always so.
 */
static bool glance_at_page(struct vkv_index *ix, u32 reversed, u32 *page,
			   u32 *seq)
{
	const struct vkv_dir *dir = &ix->dir;
	/* Read before the page; pairs with vkv_sturdy_set(). */
	u64 word = smp_load_acquire(&vkv_dir_slot(dir, reversed)->word);

	*page = word & VKV_STURDY_MASK;
	*seq = raw_read_seqcount(&vkv_table_stripe(ix, *page)->seq);
	return !(*seq & 1) && *page && vkv_sturdy_good(word, dir->end) &&
	       READ_ONCE(vkv_dir_slot(dir, reversed)->word) == word;
}

static void ext_follow(struct vkv_index *ix, struct vkv_trail *trail)
{
	struct vkv_place at = vkv_place_of(&ix->fmt, trail->hash);
	u32 reversed = bitrev32(at.x);
	u32 page, seq;

	if (unlikely(!glance_at_page(ix, reversed, &page, &seq)))
		page = find_page(ix, reversed, &seq);
	trail->seq = seq;
	trail->tag = at.tag;
	trail->page = vkv_table_bucket_or_lost(ix, page);
	trail->guard = vkv_table_stripe(ix, page);
	trail->line = at.first;
	trail->slot = 0;
}

static struct vkv_place place_on(const struct vkv_trail *trail)
{
	return (struct vkv_place){ .tag = trail->tag, .first = trail->line };
}

/* As long as the count stays, nothing has led away from the page. */
static bool is_current(const struct vkv_trail *trail)
{
	const struct vkv_stripe *s = trail->guard;

	return trail->page && raw_read_seqcount(&s->seq) == trail->seq;
}

static void extendible_approach(struct vkv_index *ix, struct vkv_trail *trail)
{
	const struct vkv_bucket *b;

	ext_follow(ix, trail);
	b = trail->page;
	prefetch(b->line[trail->line]);
}

/* Called in the round of the approach, so the page of the trail is a bucket. */
static u64 extendible_glance(struct vkv_index *ix, struct vkv_trail *trail)
{
	const struct vkv_bucket *b = trail->page;
	struct vkv_place at = place_on(trail);
	u32 i;

	if (!b)
		return 0;
	for (i = 0; i < VKV_LINE_SLOTS; i++) {
		u64 entry = READ_ONCE(b->line[at.first][i]);

		if (vkv_entry_is_alike(&ix->fmt, entry, at.tag)) {
			trail->slot = i;
			return vkv_entry_loc(&ix->fmt, entry);
		}
	}
	vkv_bucket_fetch_second(&ix->fmt, b, &at);
	return 0;
}

/* The slot on the trail, where the entry is if it has been seen before. */
static u64 *slot_on(const struct vkv_trail *trail)
{
	struct vkv_bucket *b = trail->page;

	return &b->line[trail->line][trail->slot];
}

/* Searches from the beginning of the line. */
static noinline u64 ext_search(struct vkv_index *ix, struct vkv_trail *trail,
			       vkv_match_fn match, void *arg, u32 *reads)
{
	const struct vkv_stripe *s;
	struct vkv_place at;
	u64 loc;

	for (;;) {
		if (!is_current(trail))
			ext_follow(ix, trail);
		at = place_on(trail);
		if (vkv_table_search(ix, trail->page, &at, match, arg, &loc,
				     reads))
			return loc;
		s = trail->guard;
		if (!read_seqcount_retry(&s->seq, trail->seq))
			return 0;
	}
}

static u64 extendible_lookup(struct vkv_index *ix, struct vkv_trail *trail,
			     vkv_match_fn match, void *arg, u32 *reads)
{
	u64 loc = 0;

	if (likely(is_current(trail)))
		loc = vkv_slot_loc(&ix->fmt, slot_on(trail), trail->tag);
	if (unlikely(!loc || !match(arg, loc)))
		return ext_search(ix, trail, match, arg, reads);
	++*reads;
	return loc;
}

static u32 extendible_page(struct vkv_index *ix, u64 hash)
{
	return vkv_dir_find(&ix->dir, vkv_place_of(&ix->fmt, hash).x);
}

static u32 extendible_part(struct vkv_index *ix, u64 pos)
{
	return vkv_dir_find(&ix->dir, pos);
}

/* Changing */

/* Adds an entry to a locked bucket; -EXFULL when there is no room for it. */
static int ext_add(struct vkv_index *ix, struct vkv_bucket *b,
		   struct vkv_stripe *s, const struct vkv_place *at, u64 loc)
{
	bool room;

	lockdep_assert_held(&s->lock);
	VKV_ASSERT(loc && !(loc & ~ix->fmt.loc_mask));
	if (vkv_bucket_add(&ix->fmt, b, at, loc))
		return 0;
	write_seqcount_begin(&s->seq);
	room = vkv_bucket_make_room(&ix->fmt, b, at);
	write_seqcount_end(&s->seq);
	return room && vkv_bucket_add(&ix->fmt, b, at, loc) ? 0 : -EXFULL;
}

static void ext_drop(struct vkv_index *ix, struct vkv_bucket *b, u64 hash,
		     struct vkv_stripe *s, u64 *slot)
{
	lockdep_assert_held(&s->lock);
	vkv_table_remove(ix, b, s, slot);
	if (b->nr > VKV_MERGE_AT || b->nr % MERGE_EVERY)
		return;
	WRITE_ONCE(ix->untidy, true);
	vkv_table_try_merge(ix, b, vkv_place_of(&ix->fmt, hash).x, s);
}

/*
 * Should a bucket be split that has no room for an entry? Annexes are for keys
 * that a split does not tell apart.
 */
static bool ext_should_split(struct vkv_index *ix, struct vkv_bucket *b, u32 x)
{
	if (!vkv_table_annex(ix, b))
		return b->nr >= VKV_SPLIT_MIN;
	return b->nr >= VKV_SPLIT_ANNEXES_AT &&
	       b->nr % VKV_SPLIT_ANNEXES_EVERY == 0 &&
	       vkv_table_split_helps(ix, b, x);
}

/*
 * Makes room for an entry that finds none. Return: 0, -EXFULL after a split,
 * -EAGAIN.
 */
static noinline int ext_make_room(struct vkv_index *ix, struct vkv_bucket *b,
				  u64 hash, struct vkv_stripe *s,
				  const struct vkv_place *at, u64 loc)
{
	u32 x = vkv_place_of(&ix->fmt, hash).x;
	int err = -ENOSPC;

	if (ext_should_split(ix, b, x))
		err = vkv_table_split(ix, b, x, s);
	if (err == -ENOSPC)
		return vkv_table_spill(ix, b, x, at, loc);
	return err ?: -EXFULL;
}

/* Adds an entry; splits the bucket when it is full or nearly so. */
static int ext_insert(struct vkv_index *ix, struct vkv_bucket *b, u64 hash,
		      struct vkv_stripe *s, const struct vkv_place *at, u64 loc)
{
	if (unlikely(ext_add(ix, b, s, at, loc)))
		return ext_make_room(ix, b, hash, s, at, loc);
	/* The bucket is split early, so that no room has to be made in it. */
	if (unlikely(b->nr >= VKV_SPLIT_AT) && !vkv_table_annex(ix, b))
		(void)vkv_table_split(ix, b, vkv_place_of(&ix->fmt, hash).x, s);
	return 0;
}

/* Makes a bucket where one is lost; -EXFULL: begin again. */
static noinline int ext_adopt(struct vkv_index *ix, u64 hash,
			      struct vkv_stripe *s)
{
	return vkv_table_adopt(ix, vkv_place_of(&ix->fmt, hash).x, s) ?:
	       -EXFULL;
}

/* The slot whose entry has this location. */
static u64 *find_loc(struct vkv_index *ix, const struct vkv_trail *trail,
		     u64 loc)
{
	const struct vkv_place at = place_on(trail);

	if (vkv_slot_loc(&ix->fmt, slot_on(trail), trail->tag) == loc)
		return slot_on(trail);
	return vkv_table_search_loc(ix, trail->page, &at, loc);
}

/*
 * As vkv_index_ops.change(); -EXFULL when there is another bucket now: begin
 * again.
 */
static int change_locked(struct vkv_index *ix, struct vkv_trail *trail,
			 struct vkv_stripe *s, vkv_match_fn match, void *arg,
			 u64 expect, u64 loc, u64 *found)
{
	const struct vkv_place at = place_on(trail);
	struct vkv_bucket *b = trail->page;
	u64 *slot = NULL;
	u32 reads = 0;

	lockdep_assert_held(&s->lock);
	if (expect && expect != VKV_LOC_ANY) {
		*found = expect;
		slot = find_loc(ix, trail, expect);
	}
	if (!slot)
		slot = vkv_table_search(ix, b, &at, match, arg, found, &reads);
	if (!slot)
		*found = 0;
	if (expect != VKV_LOC_ANY && *found != expect)
		return -ESTALE;
	if (!slot && unlikely(vkv_bucket_is_lost(b)))
		return loc ? ext_adopt(ix, trail->hash, s) : 0;
	if (!slot)
		return loc ? ext_insert(ix, b, trail->hash, s, &at, loc) : 0;
	if (loc)
		vkv_slot_set(&ix->fmt, slot, loc);
	else
		ext_drop(ix, b, trail->hash, s, slot);
	return 0;
}

/* Locks the bucket that a trail leads to. */
static struct vkv_stripe *lock_trail(struct vkv_index *ix,
				     struct vkv_trail *trail) __acquires(stripe)
{
	if (!trail->page)
		ext_follow(ix, trail);
	for (;;) {
		struct vkv_stripe *s = trail->guard;

		spin_lock(&s->lock);
		if (is_current(trail))
			return s;
		spin_unlock(&s->lock);
		ext_follow(ix, trail);
	}
}

static int extendible_change(struct vkv_index *ix, struct vkv_trail *trail,
			     vkv_match_fn match, void *arg, u64 expect, u64 loc,
			     u64 *found)
{
	int err;

	do {
		struct vkv_stripe *s = lock_trail(ix, trail);

		err = change_locked(ix, trail, s, match, arg, expect, loc,
				    found);
		spin_unlock(&s->lock);
	} while (err == -EXFULL);
	return err;
}

static bool extendible_move(struct vkv_index *ix, u64 hash, u64 from, u64 to)
{
	struct vkv_place at = vkv_place_of(&ix->fmt, hash);
	struct vkv_bucket *b;
	struct vkv_stripe *s;
	u64 *slot;

	b = vkv_table_lock(ix, at.x, &s);
	slot = vkv_table_search_loc(ix, b, &at, from);
	if (slot && to != from)
		vkv_slot_set(&ix->fmt, slot, to);
	spin_unlock(&s->lock);
	return slot;
}

/* The slot in a page whose entry has this place and location. */
static u64 *find_in_page(const struct vkv_index *ix, struct vkv_bucket *b,
			 u32 x, u64 loc)
{
	u64 *slots = vkv_bucket_slots(b);
	u32 i;

	for (i = 0; i < VKV_BUCKET_SLOTS; i++)
		if (vkv_entry_loc(&ix->fmt, slots[i]) == loc &&
		    vkv_entry_place(&ix->fmt, slots[i], x) == x)
			return &slots[i];
	return NULL;
}

/* Looks at every slot: an entry can be in a line that it does not belong to. */
static bool extendible_forget(struct vkv_index *ix, u64 pos, u64 loc)
{
	struct vkv_bucket *b, *page;
	struct vkv_stripe *s;
	u64 *slot = NULL;

	b = vkv_table_lock(ix, pos, &s);
	for (page = b; page && !slot; page = vkv_table_annex(ix, page))
		slot = find_in_page(ix, page, pos, loc);
	if (slot) {
		vkv_table_remove(ix, b, s, slot);
		WRITE_ONCE(ix->untidy, true);
	}
	spin_unlock(&s->lock);
	return slot;
}

/* Listing */

/* A part of an index that is visited: places from @from to @last. */
struct visit {
	u32 from;
	u32 last;
	vkv_visit_fn call;
	void *arg;
};

static void visit_page(const struct vkv_index *ix, struct vkv_bucket *b,
		       const struct visit *visit)
{
	const u64 *slots = vkv_bucket_slots(b);
	u32 i;

	for (i = 0; i < VKV_BUCKET_SLOTS; i++) {
		u64 entry = READ_ONCE(slots[i]);
		u64 loc = vkv_entry_loc(&ix->fmt, entry);
		u32 x = vkv_entry_place(&ix->fmt, entry, visit->last);

		/* A damaged tag leads to another bucket. */
		if (loc && x >= visit->from && x <= visit->last)
			visit->call(visit->arg, x, loc);
	}
}

static void visit_bucket(const struct vkv_index *ix, struct vkv_bucket *b,
			 const struct visit *visit)
{
	for (; b; b = vkv_table_annex(ix, b))
		visit_page(ix, b, visit);
}

static void extendible_scan(struct vkv_index *ix, u64 pos, u64 *last,
			    vkv_visit_fn call, void *arg)
{
	struct visit visit = { .from = pos, .call = call, .arg = arg };
	struct vkv_bucket *b;
	struct vkv_stripe *s;

	b = vkv_table_lock(ix, pos, &s);
	visit.last = vkv_range_last(vkv_table_range(ix, b, pos));
	*last = visit.last;
	visit_bucket(ix, b, &visit);
	spin_unlock(&s->lock);
}

static void extendible_walk(struct vkv_index *ix, vkv_visit_fn call, void *arg)
{
	struct visit visit = { .call = call, .arg = arg };

	do {
		struct vkv_bucket *b = vkv_table_find(ix, visit.from);

		visit.last = vkv_range_last(vkv_table_range(ix, b, visit.from));
		visit_bucket(ix, b, &visit);
		visit.from = visit.last + 1;
		cond_resched();
	} while (visit.from);
}

/* Pages */

static bool extendible_page_move(struct vkv_index *ix, u32 cookie, u32 from,
				 u32 to)
{
	if (cookie == VKV_COOKIE_BUCKET)
		return vkv_table_move(ix, from, to);
	if (cookie == VKV_COOKIE_ANNEX)
		return vkv_table_move_annex(ix, from, to);
	return vkv_dir_page_move(&ix->dir, cookie >> 1, from, to);
}

static u64 extendible_pages(struct vkv_index *ix)
{
	return atomic_read(&ix->nr_buckets) + READ_ONCE(ix->dir.nr_pages);
}

/* Verification */

static int ext_complain(char *why, size_t why_len, const char *what, u32 where)
{
	scnprintf(why, why_len, "index: %s, at place %#x", what, where);
	return -EUCLEAN;
}

/* Adds the pages of a bucket to *@pages. */
static bool bucket_agrees(struct vkv_index *ix, struct vkv_bucket *b,
			  struct vkv_range range, u32 *pages)
{
	struct vkv_bucket *annex = b;
	u32 nr = 0;

	++*pages;
	if (!vkv_bucket_valid(&ix->fmt, b, range, &nr))
		return false;
	while ((annex = vkv_table_annex(ix, annex))) {
		if (!vkv_annex_valid(&ix->fmt, annex, range,
				     annex == vkv_table_annex(ix, b), &nr))
			return false;
		++*pages;
	}
	return nr == b->nr;
}

static int extendible_check(struct vkv_index *ix, char *why, size_t why_len)
{
	u32 pages = 0;
	u32 x = 0;

	do {
		struct vkv_bucket *b = vkv_table_find(ix, x);
		struct vkv_range range;

		if (vkv_bucket_is_lost(b))
			return ext_complain(why, why_len, "lost bucket", x);
		if (!vkv_bucket_range(b, &range) || range.x != x)
			return ext_complain(why, why_len, "another bucket", x);
		if (!vkv_dir_leads(&ix->dir, x, range.depth,
				   vkv_table_page(ix, b)))
			return ext_complain(why, why_len, "directory", x);
		if (!bucket_agrees(ix, b, range, &pages))
			return ext_complain(why, why_len, "entries", x);
		x = vkv_range_last(range) + 1;
		cond_resched();
	} while (x);
	if (pages != atomic_read(&ix->nr_buckets))
		return ext_complain(why, why_len, "number of buckets", pages);
	return 0;
}

/* Life */

static void extendible_destroy(struct vkv_index *ix)
{
	if (!ix)
		return;
	vkv_table_destroy(ix);
	kvfree(ix);
}

static int extendible_create(const struct vkv_index_env *env,
			     struct vkv_index **out)
{
	struct vkv_index *ix = kvzalloc(sizeof(*ix), GFP_KERNEL);
	int err;

	if (!ix)
		return -ENOMEM;
	ix->env = *env;
	vkv_entry_format_init(&ix->fmt, env->size);
	err = vkv_table_create(ix);
	if (err) {
		extendible_destroy(ix);
		return err;
	}
	*out = ix;
	return 0;
}

const struct vkv_index_ops vkv_index_extendible = {
	.name = "extendible",
	.base_pages = extendible_base_pages,
	.create = extendible_create,
	.destroy = extendible_destroy,
	.position = extendible_position,
	.approach = extendible_approach,
	.glance = extendible_glance,
	.lookup = extendible_lookup,
	.page = extendible_page,
	.part = extendible_part,
	.change = extendible_change,
	.move = extendible_move,
	.forget = extendible_forget,
	.scan = extendible_scan,
	.page_move = extendible_page_move,
	.tidy = vkv_table_tidy,
	.walk = extendible_walk,
	.nr_pages = extendible_pages,
	.check = extendible_check,
};
