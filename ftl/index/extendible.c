// SPDX-License-Identifier: GPL-2.0
/*
 * Extendible hashing.
 *
 * A bucket is a page (ftl/index/bucket.h), found over a directory by the leading
 * bits of a key's place (ftl/index/dir.h). One that is nearly full is split by
 * one more bit, two halves that have become small are merged; nothing else
 * changes, so no operation waits for more than one bucket. Places are
 * distributed such that at any size some buckets are about to be split and
 * others just have been: a key takes 12 bytes while the index grows (11.5 to
 * 12.5 beyond some thousand keys) and 14 while it shrinks, at any size.
 *
 * Threads. Readers take no lock: they find the page in the directory, read one
 * or two lines, and are done when they have found their key. Pages that are not
 * used any more keep their contents until the reader's next quiescent point. A
 * key that was not found may have been moving meanwhile. So a reader notes the
 * sequence count of the page first, makes sure that the directory still leads
 * to this page, and begins again if the count has changed in the end:
 *
 *	reader				writer
 *	  find page			  lock
 *	  note count			  (split: fill two pages)
 *	  find page again		  count odd
 *	  read lines			  move an entry, or change the directory
 *	  compare count			  count even, unlock
 *
 * Writers lock the bucket; locks and counts belong to stripes of page numbers,
 * as pages come and go. Who has locked makes sure that the directory still leads
 * to this page. Two buckets are locked for a merge only, the second one without
 * waiting. The lock of the directory comes last.
 *
 * Trails. The count of a page's stripe changes whenever something stops to lead
 * to it. So who has noted page and count need not look into the directory again
 * while the count is the same, be it in the next step or much later.
 *
 * A split fills two fresh pages and leaves the old one as it is, so that those
 * who are reading it find all that was there when they began.
 */
#include "ftl/index/index.h"

#include <linux/atomic.h>
#include <linux/bitrev.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ftl/index/bucket.h"
#include "ftl/index/dir.h"

#define STRIPES 64u
/* Beyond this few entries would find a place. */
#define SPLIT_AT 500u
/* Far enough below that a bucket is not split and merged in turn. */
#define MERGE_AT 420u
/* Removals between two attempts to merge. */
#define MERGE_EVERY 16u
/* Buckets that one step of tidying looks at. */
#define TIDY_STEP 16u
/* The first bucket, and the two pages of a split before the old one is back. */
#define BASE_PAGES 4u
#define COOKIE_BUCKET 0u

/* Apart: readers look at counts that stay, while writers take the locks. */
struct stripe {
	spinlock_t lock		/* buckets whose pages have this stripe */
		____cacheline_aligned_in_smp;
	seqcount_spinlock_t seq ____cacheline_aligned_in_smp;
};

struct vkv_index {
	struct vkv_index_env env;
	struct vkv_entry_format fmt;
	atomic_t nr_buckets;
	/* Entries were removed since tidy() last found nothing to merge. */
	bool untidy;
	bool merged;		/* in this pass of tidy() */
	u32 tidy_at;		/* place where it goes on */
	struct vkv_dir dir;
	struct stripe stripe[STRIPES];
};

static u32 extendible_base_pages(u64 size)
{
	return BASE_PAGES;
}

static struct vkv_bucket *bucket_at(const struct vkv_index *ix, u32 page)
{
	return ix->env.mem + (u64)page * VKV_PAGE_SIZE;
}

static u32 page_of(const struct vkv_index *ix, const struct vkv_bucket *b)
{
	return ((void *)b - ix->env.mem) / VKV_PAGE_SIZE;
}

static struct stripe *stripe_of(struct vkv_index *ix, u32 page)
{
	return &ix->stripe[page % STRIPES];
}

static struct vkv_bucket *find_bucket(struct vkv_index *ix, u32 x)
{
	return bucket_at(ix, vkv_dir_find(&ix->dir, x));
}

static u64 extendible_position(struct vkv_index *ix, u64 hash)
{
	return vkv_place_of(&ix->fmt, hash).x >> (32 - ix->fmt.tag_bits);
}

/* Locking */

static struct vkv_bucket *lock_bucket(struct vkv_index *ix, u32 x,
				      struct stripe **stripe)
	__acquires(stripe)
{
	for (;;) {
		u32 page = vkv_dir_find(&ix->dir, x);
		struct stripe *s = stripe_of(ix, page);

		spin_lock(&s->lock);
		if (vkv_dir_find(&ix->dir, x) == page) {
			*stripe = s;
			return bucket_at(ix, page);
		}
		spin_unlock(&s->lock);
	}
}

/* Pages */

static struct vkv_bucket *bucket_get(struct vkv_index *ix)
{
	u32 page = ix->env.page_alloc(ix->env.arg, COOKIE_BUCKET);

	if (!page)
		return NULL;
	atomic_inc(&ix->nr_buckets);
	return bucket_at(ix, page);
}

static void bucket_put(struct vkv_index *ix, struct vkv_bucket *b)
{
	atomic_dec(&ix->nr_buckets);
	ix->env.page_free(ix->env.arg, page_of(ix, b));
}

/* Splitting and merging */

static bool get_halves(struct vkv_index *ix, struct vkv_bucket *half[2])
{
	half[0] = bucket_get(ix);
	half[1] = half[0] ? bucket_get(ix) : NULL;
	if (half[1])
		return true;
	if (half[0])
		bucket_put(ix, half[0]);
	return false;
}

static int split(struct vkv_index *ix, struct vkv_bucket *b, struct stripe *s)
{
	struct vkv_bucket *half[2];
	int err;

	lockdep_assert_held(&s->lock);
	err = vkv_dir_prepare(&ix->dir, b->x, b->depth);
	if (err)
		return err;
	if (!get_halves(ix, half)) {
		vkv_dir_cancel(&ix->dir, b->x, b->depth);
		return -EAGAIN;
	}
	vkv_bucket_split(&ix->fmt, b, half);
	write_seqcount_begin(&s->seq);
	vkv_dir_split(&ix->dir, b->x, b->depth, page_of(ix, half[0]),
		      page_of(ix, half[1]));
	write_seqcount_end(&s->seq);
	bucket_put(ix, b);
	return 0;
}

/* A place in the bucket that this one could be merged with. */
static u32 buddy_of(const struct vkv_bucket *b)
{
	return b->x ^ 1u << (32 - b->depth);
}

static bool merge(struct vkv_index *ix, struct vkv_bucket *const half[2],
		  struct stripe *a, struct stripe *b)
{
	struct vkv_bucket *whole = bucket_get(ix);

	lockdep_assert_held(&a->lock);
	lockdep_assert_held(&b->lock);
	if (!whole)
		return false;
	if (!vkv_bucket_merge(&ix->fmt, half, whole)) {
		bucket_put(ix, whole);
		return false;
	}
	write_seqcount_begin(&a->seq);
	if (b != a)
		write_seqcount_begin_nested(&b->seq, SINGLE_DEPTH_NESTING);
	vkv_dir_merge(&ix->dir, whole->x, whole->depth + 1,
		      page_of(ix, whole));
	if (b != a)
		write_seqcount_end(&b->seq);
	write_seqcount_end(&a->seq);
	bucket_put(ix, half[0]);
	bucket_put(ix, half[1]);
	return true;
}

static bool merge_small(struct vkv_index *ix, struct vkv_bucket *b,
			struct stripe *s, u32 page, struct stripe *other)
{
	struct vkv_bucket *buddy = bucket_at(ix, page);
	struct vkv_bucket *half[2] = { b, buddy };

	if (vkv_dir_find(&ix->dir, buddy_of(b)) != page ||
	    buddy->depth != b->depth || b->nr + buddy->nr > MERGE_AT)
		return false;
	if (buddy->x < b->x)
		swap(half[0], half[1]);
	return merge(ix, half, s, other);
}

/* Merges a locked bucket with its other half, if both have become small. */
static bool try_merge(struct vkv_index *ix, struct vkv_bucket *b,
		      struct stripe *s)
{
	struct stripe *other;
	bool done;
	u32 page;

	lockdep_assert_held(&s->lock);
	if (!vkv_dir_may_merge(&ix->dir, b->depth) || b->nr > MERGE_AT)
		return false;
	page = vkv_dir_find(&ix->dir, buddy_of(b));
	other = stripe_of(ix, page);
	if (other == s)
		return merge_small(ix, b, s, page, s);
	if (!spin_trylock(&other->lock))
		return false;
	done = merge_small(ix, b, s, page, other);
	spin_unlock(&other->lock);
	return done;
}

/* Operations */

/* The page, and its stripe's count when the directory led to it. */
static noinline u32 find_page(struct vkv_index *ix, u32 reversed, u32 *seq)
{
	struct stripe *s;
	u32 page;

	do {
		page = vkv_dir_find_reversed(&ix->dir, reversed);
		s = stripe_of(ix, page);
		*seq = read_seqcount_begin(&s->seq);
	} while (vkv_dir_find_reversed(&ix->dir, reversed) != page);
	return page;
}

/* The same, if nobody is changing anything there: nearly always. */
static bool glance_at_page(struct vkv_index *ix, u32 reversed, u32 *page,
			   u32 *seq)
{
	*page = vkv_dir_find_reversed(&ix->dir, reversed);
	*seq = raw_read_seqcount(&stripe_of(ix, *page)->seq);
	return !(*seq & 1) &&
	       vkv_dir_find_reversed(&ix->dir, reversed) == *page;
}

static void follow(struct vkv_index *ix, struct vkv_trail *trail)
{
	struct vkv_place at = vkv_place_of(&ix->fmt, trail->hash);
	u32 reversed = bitrev32(at.x);
	u32 page, seq;

	if (unlikely(!glance_at_page(ix, reversed, &page, &seq)))
		page = find_page(ix, reversed, &seq);
	trail->seq = seq;
	trail->tag = at.tag;
	trail->page = bucket_at(ix, page);
	trail->guard = stripe_of(ix, page);
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
	const struct stripe *s = trail->guard;

	return trail->page && raw_read_seqcount(&s->seq) == trail->seq;
}

static void extendible_approach(struct vkv_index *ix, struct vkv_trail *trail)
{
	const struct vkv_bucket *b;

	follow(ix, trail);
	b = trail->page;
	prefetch(b->line[trail->line]);
}

/* In the round of the approach, so that there is a bucket behind it. */
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

/* From the beginning of the line. */
static noinline u64 search(struct vkv_index *ix, struct vkv_trail *trail,
			   vkv_match_fn match, void *arg, u32 *reads)
{
	const struct stripe *s;
	struct vkv_place at;
	u64 loc;

	for (;;) {
		if (!is_current(trail))
			follow(ix, trail);
		at = place_on(trail);
		if (vkv_bucket_find(&ix->fmt, trail->page, &at, match, arg,
				    &loc, reads))
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
		return search(ix, trail, match, arg, reads);
	++*reads;
	return loc;
}

static u32 extendible_page(struct vkv_index *ix, u64 hash)
{
	return vkv_dir_find(&ix->dir, vkv_place_of(&ix->fmt, hash).x);
}

static u32 extendible_part(struct vkv_index *ix, u64 pos)
{
	return vkv_dir_find(&ix->dir, (u32)pos << (32 - ix->fmt.tag_bits));
}

/* Adds an entry to a locked bucket; -EXFULL when it must be split first. */
static int add(struct vkv_index *ix, struct vkv_bucket *b, struct stripe *s,
	       const struct vkv_place *at, u64 loc)
{
	bool room;

	lockdep_assert_held(&s->lock);
	if (vkv_bucket_add(&ix->fmt, b, at, loc))
		return 0;
	write_seqcount_begin(&s->seq);
	room = vkv_bucket_make_room(&ix->fmt, b, at);
	write_seqcount_end(&s->seq);
	return room && vkv_bucket_add(&ix->fmt, b, at, loc) ? 0 : -EXFULL;
}

static void drop(struct vkv_index *ix, struct vkv_bucket *b,
		 struct stripe *s, u64 *slot)
{
	lockdep_assert_held(&s->lock);
	write_seqcount_begin(&s->seq);
	vkv_bucket_remove(&ix->fmt, b, slot);
	write_seqcount_end(&s->seq);
	if (b->nr > MERGE_AT || b->nr % MERGE_EVERY)
		return;
	WRITE_ONCE(ix->untidy, true);
	try_merge(ix, b, s);
}

static int insert(struct vkv_index *ix, struct vkv_bucket *b, struct stripe *s,
		  const struct vkv_place *at, u64 loc)
{
	int err = add(ix, b, s, at, loc);

	/* Early, so that room for the next one need not be made. */
	if (!err && b->nr >= SPLIT_AT)
		(void)split(ix, b, s);
	if (err == -EXFULL)
		err = split(ix, b, s) ?: -EXFULL;
	return err;
}

/* -EXFULL when the bucket was split: begin again. */
/* The slot whose entry has this location. */
static u64 *find_loc(struct vkv_index *ix, const struct vkv_trail *trail,
		     u64 loc)
{
	const struct vkv_place at = place_on(trail);

	if (vkv_slot_loc(&ix->fmt, slot_on(trail), trail->tag) == loc)
		return slot_on(trail);
	return vkv_bucket_find_loc(&ix->fmt, trail->page, &at, loc);
}

static int change_locked(struct vkv_index *ix, struct vkv_trail *trail,
			 struct stripe *s, vkv_match_fn match, void *arg,
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
		slot = vkv_bucket_find(&ix->fmt, b, &at, match, arg, found,
				       &reads);
	if (!slot)
		*found = 0;
	if (expect != VKV_LOC_ANY && *found != expect)
		return -ESTALE;
	if (!slot)
		return loc ? insert(ix, b, s, &at, loc) : 0;
	if (loc)
		vkv_slot_set(&ix->fmt, slot, loc);
	else
		drop(ix, b, s, slot);
	return 0;
}

/* Locks the bucket that a trail leads to. */
static struct stripe *lock_trail(struct vkv_index *ix, struct vkv_trail *trail)
	__acquires(stripe)
{
	if (!trail->page)
		follow(ix, trail);
	for (;;) {
		struct stripe *s = trail->guard;

		spin_lock(&s->lock);
		if (is_current(trail))
			return s;
		spin_unlock(&s->lock);
		follow(ix, trail);
	}
}

static int extendible_change(struct vkv_index *ix, struct vkv_trail *trail,
			     vkv_match_fn match, void *arg, u64 expect, u64 loc,
			     u64 *found)
{
	int err;

	do {
		struct stripe *s = lock_trail(ix, trail);

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
	struct stripe *s;
	u64 *slot;

	b = lock_bucket(ix, at.x, &s);
	slot = vkv_bucket_find_loc(&ix->fmt, b, &at, from);
	if (slot && to != from)
		vkv_slot_set(&ix->fmt, slot, to);
	spin_unlock(&s->lock);
	return slot;
}

/* Calls @visit for entries from tag @from on. */
static void visit_bucket(const struct vkv_index *ix, const struct vkv_bucket *b,
			 u32 from, vkv_visit_fn visit, void *arg)
{
	u32 line, i;

	for (line = 0; line < VKV_BUCKET_LINES; line++)
		for (i = 0; i < VKV_LINE_SLOTS; i++) {
			u64 entry = b->line[line][i];
			u64 loc = vkv_entry_loc(&ix->fmt, entry);
			u32 tag = vkv_entry_tag(&ix->fmt, entry);

			if (!loc)
				break;
			if (tag >= from)
				visit(arg, tag, loc);
		}
}

static void extendible_scan(struct vkv_index *ix, u64 pos, u64 *last,
			    vkv_visit_fn visit, void *arg)
{
	u32 shift = 32 - ix->fmt.tag_bits;
	struct vkv_bucket *b;
	struct stripe *s;

	b = lock_bucket(ix, (u32)pos << shift, &s);
	*last = vkv_bucket_last(b) >> shift;
	visit_bucket(ix, b, pos, visit, arg);
	spin_unlock(&s->lock);
}

static bool bucket_move(struct vkv_index *ix, u32 from, u32 to)
{
	struct vkv_bucket *b = bucket_at(ix, from);
	struct stripe *s = stripe_of(ix, from);
	bool found;

	spin_lock(&s->lock);
	/* What is there may be anything; but if it is in use, it is a bucket. */
	found = vkv_dir_find(&ix->dir, READ_ONCE(b->x)) == from;
	if (found) {
		memcpy(bucket_at(ix, to), b, sizeof(*b));
		write_seqcount_begin(&s->seq);
		vkv_dir_replace(&ix->dir, b->x, b->depth, to);
		write_seqcount_end(&s->seq);
	}
	spin_unlock(&s->lock);
	return found;
}

static bool extendible_page_move(struct vkv_index *ix, u32 cookie, u32 from,
				 u32 to)
{
	if (cookie == COOKIE_BUCKET)
		return bucket_move(ix, from, to);
	return vkv_dir_page_move(&ix->dir, cookie >> 1, from, to);
}

/* The collector's thread only. */
static bool extendible_tidy(struct vkv_index *ix)
{
	u32 i;

	if (!ix->tidy_at) {
		if (!READ_ONCE(ix->untidy))
			return false;
		WRITE_ONCE(ix->untidy, false);
	}
	for (i = 0; i < TIDY_STEP; i++) {
		struct stripe *s;
		struct vkv_bucket *b = lock_bucket(ix, ix->tidy_at, &s);
		u32 next = vkv_bucket_last(b) + 1;

		if (try_merge(ix, b, s))
			ix->merged = true;
		spin_unlock(&s->lock);
		ix->tidy_at = next;
		if (!next)
			break;
	}
	if (!ix->tidy_at && ix->merged) {
		/* What was merged may be merged again. */
		ix->merged = false;
		WRITE_ONCE(ix->untidy, true);
	}
	return ix->tidy_at || READ_ONCE(ix->untidy);
}

static void extendible_walk(struct vkv_index *ix, vkv_visit_fn visit, void *arg)
{
	u32 x = 0;

	do {
		struct vkv_bucket *b = find_bucket(ix, x);

		visit_bucket(ix, b, 0, visit, arg);
		x = vkv_bucket_last(b) + 1;
		cond_resched();
	} while (x);
}

static u64 extendible_pages(struct vkv_index *ix)
{
	return atomic_read(&ix->nr_buckets) + READ_ONCE(ix->dir.nr_pages);
}

/* Verification */

static int complain(char *why, size_t why_len, const char *what, u32 where)
{
	scnprintf(why, why_len, "index: %s, at place %#x", what, where);
	return -EUCLEAN;
}

static int extendible_check(struct vkv_index *ix, char *why, size_t why_len)
{
	u32 buckets = 0;
	u32 x = 0;

	do {
		struct vkv_bucket *b = find_bucket(ix, x);

		if (b->x != x)
			return complain(why, why_len, "another bucket", x);
		if (!vkv_dir_leads(&ix->dir, x, b->depth, page_of(ix, b)))
			return complain(why, why_len, "directory", x);
		if (!vkv_bucket_valid(&ix->fmt, b))
			return complain(why, why_len, "entries", x);
		buckets++;
		x = vkv_bucket_last(b) + 1;
		cond_resched();
	} while (x);
	if (buckets != atomic_read(&ix->nr_buckets))
		return complain(why, why_len, "number of buckets", buckets);
	return 0;
}

/* Life */

static void extendible_destroy(struct vkv_index *ix)
{
	if (!ix)
		return;
	vkv_dir_exit(&ix->dir);
	kvfree(ix);
}

static int extendible_create(const struct vkv_index_env *env,
			     struct vkv_index **out)
{
	struct vkv_index *ix = kvzalloc(sizeof(*ix), GFP_KERNEL);
	struct vkv_bucket *b;
	u32 i;

	if (!ix)
		return -ENOMEM;
	ix->env = *env;
	vkv_entry_format_init(&ix->fmt, min_t(u32, order_base_2(env->size / 16),
					      VKV_LOC_BITS));
	for (i = 0; i < STRIPES; i++) {
		spin_lock_init(&ix->stripe[i].lock);
		seqcount_spinlock_init(&ix->stripe[i].seq,
				       &ix->stripe[i].lock);
	}
	b = bucket_get(ix);
	if (!b || vkv_dir_init(&ix->dir, &ix->env, page_of(ix, b))) {
		extendible_destroy(ix);
		return -ENOMEM;
	}
	vkv_bucket_init(b, 0, 0);
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
	.scan = extendible_scan,
	.page_move = extendible_page_move,
	.tidy = extendible_tidy,
	.walk = extendible_walk,
	.pages = extendible_pages,
	.check = extendible_check,
};
