// SPDX-License-Identifier: GPL-2.0
/*
 * How the table grows and shrinks: buckets are split, merged and moved.
 *
 * A split fills two fresh pages and leaves the old one as it is, so threads
 * that are reading it find all that was there when they began. A merge fills
 * one fresh page. In both cases the directory is changed while the counts of
 * the old pages are odd. Two buckets are locked for a merge only, the second
 * one without waiting. The lock of the directory comes last.
 *
 * Annexes belong to their bucket and its lock. A split distributes their
 * entries, too, and a bucket with an annex is never merged.
 *
 * Damage. Splitting or merging by a wrong place or depth would lead places away
 * from other buckets. So vkv_table_range() asks the directory. A bucket whose
 * slot in the directory is beyond mending is lost with its entries, and the next
 * store makes an empty one. Other slots may still lead to the lost one. So a
 * page is given back or moved only if its own words say the same as the
 * directory: then no other slot leads to it. Else it stays taken for ever.
 */
#include "ftl/index/table.h"

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "vkv_assert.h"

/* Buckets that one step of tidying looks at. */
#define TIDY_STEP 16u

const struct vkv_bucket vkv_lost_bucket;

struct vkv_bucket *vkv_table_lock(struct vkv_index *ix, u32 x,
				  struct vkv_stripe **stripe) __acquires(stripe)
{
	for (;;) {
		u32 page = vkv_dir_find(&ix->dir, x);
		struct vkv_stripe *s = vkv_table_stripe(ix, page);

		spin_lock(&s->lock);
		if (vkv_dir_find(&ix->dir, x) == page) {
			*stripe = s;
			return vkv_table_bucket_or_lost(ix, page);
		}
		spin_unlock(&s->lock);
	}
}

/* Places */

static bool same_range(struct vkv_range a, struct vkv_range b)
{
	return a.x == b.x && a.depth == b.depth;
}

/* The places of a bucket by the directory; @guess: what may be its depth. */
static struct vkv_range table_true_range(const struct vkv_index *ix,
					 const struct vkv_bucket *b, u32 x,
					 u32 guess)
{
	u32 page = vkv_bucket_is_lost(b) ? 0 : vkv_table_page(ix, b);
	u32 depth = vkv_dir_depth(&ix->dir, x, page, guess);

	return (struct vkv_range){ x & vkv_depth_mask(depth), depth };
}

/* Does a bucket say itself that these are its places? */
static bool says_range(const struct vkv_bucket *b, struct vkv_range range)
{
	struct vkv_range said;

	return vkv_bucket_range(b, &said) && same_range(said, range);
}

/* Mends the copies of what a bucket or an annex says of its places. */
static void mend_copies(struct vkv_bucket *b)
{
	struct vkv_range said;

	if (unlikely(b->id[0] != b->id[1] || b->id[0] != b->id[2]) &&
	    vkv_bucket_range(b, &said))
		vkv_bucket_set_range(b, said);
}

struct vkv_range vkv_table_range(struct vkv_index *ix, struct vkv_bucket *b,
				 u32 x)
{
	struct vkv_bucket *page;
	struct vkv_range said;

	/* Nothing differs in a lost bucket, so nothing is written to it. */
	for (page = b; page; page = vkv_table_annex(ix, page))
		mend_copies(page);
	vkv_bucket_range(b, &said);
	return table_true_range(ix, b, x, said.depth);
}

/* Pages */

static struct vkv_bucket *table_get_page(struct vkv_index *ix, u32 cookie)
{
	u32 page = ix->env.page_alloc(ix->env.arg, cookie);

	if (!page)
		return NULL;
	atomic_inc(&ix->nr_buckets);
	return vkv_table_bucket(ix, page);
}

static struct vkv_bucket *table_get(struct vkv_index *ix)
{
	return table_get_page(ix, VKV_COOKIE_BUCKET);
}

static void table_put(struct vkv_index *ix, struct vkv_bucket *b)
{
	atomic_dec(&ix->nr_buckets);
	ix->env.page_free(ix->env.arg, vkv_table_page(ix, b));
}

static void table_put_annexes(struct vkv_index *ix, struct vkv_bucket *b)
{
	struct vkv_bucket *annex, *next;

	for (annex = vkv_table_annex(ix, b); annex; annex = next) {
		next = vkv_table_annex(ix, annex);
		table_put(ix, annex);
	}
}

/* Gives back a bucket that its places do not lead to any more. */
static void table_put_old(struct vkv_index *ix, struct vkv_bucket *b,
			  struct vkv_range range)
{
	if (unlikely(!says_range(b, range)))
		return;
	table_put_annexes(ix, b);
	table_put(ix, b);
}

/* Annexes */

u64 *vkv_table_search_annexes(const struct vkv_index *ix, struct vkv_bucket *b,
			      const struct vkv_place *at, vkv_match_fn match,
			      void *arg, u64 *loc, u32 *reads)
{
	struct vkv_bucket *annex = b;
	u64 *slot;

	while ((annex = vkv_table_annex(ix, annex))) {
		*reads += VKV_BUCKET_LINES;
		slot = vkv_annex_find(&ix->fmt, annex, at, match, arg, loc);
		if (slot)
			return slot;
	}
	return NULL;
}

static bool same_location(void *arg, u64 loc)
{
	return *(u64 *)arg == loc;
}

u64 *vkv_table_search_loc(const struct vkv_index *ix, struct vkv_bucket *b,
			  const struct vkv_place *at, u64 loc)
{
	u32 reads = 0;
	u64 found;

	return vkv_table_search(ix, b, at, same_location, &loc, &found, &reads);
}

/* Puts an empty annex in front of the others. */
static struct vkv_bucket *add_annex(struct vkv_index *ix, struct vkv_bucket *b,
				    struct vkv_range range)
{
	struct vkv_bucket *annex = table_get_page(ix, VKV_COOKIE_ANNEX);

	if (!annex)
		return NULL;
	vkv_bucket_init(annex, range);
	vkv_sturdy_set(&annex->annex, vkv_sturdy_get(&b->annex, ix->dir.end));
	vkv_sturdy_set(&b->annex, vkv_table_page(ix, annex));
	return annex;
}

/* Puts an entry into an annex of a bucket. */
static bool annex_put(struct vkv_index *ix, struct vkv_bucket *b,
		      struct vkv_range range, u64 entry)
{
	struct vkv_bucket *annex = vkv_table_annex(ix, b);

	if (!annex || !vkv_annex_add(&ix->fmt, annex, entry)) {
		annex = add_annex(ix, b, range);
		if (!annex)
			return false;
		vkv_annex_add(&ix->fmt, annex, entry);
	}
	b->nr++;
	return true;
}

int vkv_table_spill(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
		    const struct vkv_place *at, u64 loc)
{
	struct vkv_range range = vkv_table_range(ix, b, x);

	if (!annex_put(ix, b, range, at->tag | loc))
		return -EAGAIN;
	vkv_bucket_spill(b, at);
	return 0;
}

/* The last entry of the first annex fills the gap. */
static void remove_from_annex(struct vkv_index *ix, struct vkv_bucket *b,
			      u64 *slot)
{
	struct vkv_bucket *annex = vkv_table_annex(ix, b);
	u64 *last = annex ? vkv_annex_last(&ix->fmt, annex) : NULL;

	if (last && last != slot)
		/* The record is written before; pairs with vkv_slot_loc(). */
		smp_store_release(slot, *last);
	else
		vkv_slot_clear(slot);
	if (last)
		vkv_slot_clear(last);
	if (annex && !vkv_annex_last(&ix->fmt, annex)) {
		vkv_sturdy_set(&b->annex,
			       vkv_sturdy_get(&annex->annex, ix->dir.end));
		table_put(ix, annex);
	}
}

void vkv_table_remove(struct vkv_index *ix, struct vkv_bucket *b,
		      struct vkv_stripe *s, u64 *slot)
{
	lockdep_assert_held(&s->lock);
	if (likely((size_t)(slot - vkv_bucket_slots(b)) < VKV_BUCKET_SLOTS)) {
		vkv_slot_clear(slot);
	} else {
		write_seqcount_begin(&s->seq);
		remove_from_annex(ix, b, slot);
		write_seqcount_end(&s->seq);
	}
	if (b->nr)
		b->nr--;
}

/* Buckets that are lost */

int vkv_table_adopt(struct vkv_index *ix, u32 x, struct vkv_stripe *s)
{
	struct vkv_bucket *b = table_get(ix);
	bool lost;

	lockdep_assert_held(&s->lock);
	if (!b)
		return -EAGAIN;
	vkv_bucket_init(b, (struct vkv_range){});
	write_seqcount_begin(&s->seq);
	lost = vkv_dir_adopt(&ix->dir, x, vkv_table_page(ix, b));
	write_seqcount_end(&s->seq);
	if (lost)
		vkv_bucket_set_range(b, table_true_range(ix, b, x, 0));
	else
		table_put(ix, b);
	return 0;
}

/* Splitting and merging */

/* Distributes the entries of annexes to annexes of the halves. */
static bool split_annexes(struct vkv_index *ix, struct vkv_bucket *b,
			  const struct vkv_range part[2],
			  struct vkv_bucket *half[2])
{
	u32 parent = part[0].depth - 1;
	struct vkv_bucket *from = b;
	u32 i;

	while ((from = vkv_table_annex(ix, from)))
		for (i = 0; i < VKV_BUCKET_SLOTS; i++) {
			u64 entry = vkv_bucket_slots(from)[i];
			u32 side = vkv_entry_half(&ix->fmt, entry, parent);

			if (!vkv_entry_is_free(&ix->fmt, entry) &&
			    !annex_put(ix, half[side], part[side], entry))
				return false;
		}
	return true;
}

static void table_put_half(struct vkv_index *ix, struct vkv_bucket *half)
{
	if (!half)
		return;
	table_put_annexes(ix, half);
	table_put(ix, half);
}

/* Fills two fresh buckets with the entries of @b. */
static bool table_make_halves(struct vkv_index *ix, struct vkv_bucket *b,
			      struct vkv_range range,
			      struct vkv_bucket *half[2])
{
	const struct vkv_range part[2] = {
		{ range.x, range.depth + 1 },
		{ range.x | 1u << (31 - range.depth), range.depth + 1 },
	};

	half[0] = table_get(ix);
	half[1] = half[0] ? table_get(ix) : NULL;
	if (half[1]) {
		vkv_bucket_split(&ix->fmt, b, part, half);
		if (split_annexes(ix, b, part, half))
			return true;
	} else if (half[0]) {
		vkv_bucket_init(half[0], part[0]);
	}
	table_put_half(ix, half[0]);
	table_put_half(ix, half[1]);
	return false;
}

/* Counts the entries of a page that go to each half. */
static void count_halves(const struct vkv_index *ix, struct vkv_bucket *page,
			 u32 depth, u32 nr[2])
{
	u32 i;

	for (i = 0; i < VKV_BUCKET_SLOTS; i++) {
		u64 entry = vkv_bucket_slots(page)[i];

		if (!vkv_entry_is_free(&ix->fmt, entry))
			nr[vkv_entry_half(&ix->fmt, entry, depth)]++;
	}
}

bool vkv_table_split_helps(struct vkv_index *ix, struct vkv_bucket *b, u32 x)
{
	u32 depth = vkv_table_range(ix, b, x).depth;
	struct vkv_bucket *page;
	u32 nr[2] = {};

	for (page = b; page; page = vkv_table_annex(ix, page))
		count_halves(ix, page, depth, nr);
	return min(nr[0], nr[1]) >= (nr[0] + nr[1]) / 8;
}

int vkv_table_split(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
		    struct vkv_stripe *s)
{
	struct vkv_range range = vkv_table_range(ix, b, x);
	struct vkv_bucket *half[2];
	int err;

	lockdep_assert_held(&s->lock);
	err = vkv_dir_prepare(&ix->dir, range.x, range.depth);
	if (err)
		return err;
	if (!table_make_halves(ix, b, range, half)) {
		vkv_dir_cancel(&ix->dir, range.x, range.depth);
		return -EAGAIN;
	}
	write_seqcount_begin(&s->seq);
	vkv_dir_split(&ix->dir, range.x, range.depth,
		      vkv_table_page(ix, half[0]), vkv_table_page(ix, half[1]));
	write_seqcount_end(&s->seq);
	table_put_old(ix, b, range);
	return 0;
}

/* The places of the bucket that this one could be merged with. */
static struct vkv_range table_buddy(struct vkv_range range)
{
	range.x ^= 1u << (32 - range.depth);
	return range;
}

/* Merges two buckets, the first of which is at @range. */
static bool table_merge(struct vkv_index *ix, struct vkv_bucket *const half[2],
			struct vkv_range range, struct vkv_stripe *a,
			struct vkv_stripe *b)
{
	struct vkv_bucket *whole = table_get(ix);
	struct vkv_range all = { range.x, range.depth - 1 };

	lockdep_assert_held(&a->lock);
	lockdep_assert_held(&b->lock);
	if (!whole)
		return false;
	if (!vkv_bucket_merge(&ix->fmt, half, whole, all)) {
		table_put(ix, whole);
		return false;
	}
	write_seqcount_begin(&a->seq);
	if (b != a)
		write_seqcount_begin_nested(&b->seq, SINGLE_DEPTH_NESTING);
	vkv_dir_merge(&ix->dir, range.x, range.depth, vkv_table_page(ix, whole));
	if (b != a)
		write_seqcount_end(&b->seq);
	write_seqcount_end(&a->seq);
	table_put_old(ix, half[0], range);
	table_put_old(ix, half[1], table_buddy(range));
	return true;
}

static bool table_merge_small(struct vkv_index *ix, struct vkv_bucket *b,
			      struct vkv_range range, struct vkv_stripe *s,
			      u32 page, struct vkv_stripe *other)
{
	struct vkv_range buddy_range = table_buddy(range);
	struct vkv_bucket *buddy = vkv_table_bucket(ix, page);
	struct vkv_bucket *half[2] = { b, buddy };

	if (vkv_dir_find(&ix->dir, buddy_range.x) != page || buddy == b ||
	    !same_range(vkv_table_range(ix, buddy, buddy_range.x),
			buddy_range) ||
	    vkv_table_annex(ix, b) || vkv_table_annex(ix, buddy) ||
	    (u64)b->nr + buddy->nr > VKV_MERGE_AT)
		return false;
	if (buddy_range.x < range.x) {
		swap(half[0], half[1]);
		range = buddy_range;
	}
	return table_merge(ix, half, range, s, other);
}

bool vkv_table_try_merge(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
			 struct vkv_stripe *s)
{
	struct vkv_stripe *other;
	struct vkv_range range;
	bool done;
	u32 page;

	lockdep_assert_held(&s->lock);
	if (b->nr > VKV_MERGE_AT)
		return false;
	range = vkv_table_range(ix, b, x);
	if (!vkv_dir_may_merge(&ix->dir, range.depth))
		return false;
	page = vkv_dir_find(&ix->dir, table_buddy(range).x);
	if (!page)
		return false;
	other = vkv_table_stripe(ix, page);
	if (other == s)
		return table_merge_small(ix, b, range, s, page, s);
	if (!spin_trylock(&other->lock))
		return false;
	done = table_merge_small(ix, b, range, s, page, other);
	spin_unlock(&other->lock);
	return done;
}

/* Looks at the bucket of a place. Returns the first place behind it. */
static u32 tidy_bucket(struct vkv_index *ix, u32 x)
{
	struct vkv_stripe *s;
	struct vkv_bucket *b = vkv_table_lock(ix, x, &s);
	u32 next = vkv_range_last(vkv_table_range(ix, b, x)) + 1;

	if (!vkv_bucket_is_lost(b) && vkv_table_try_merge(ix, b, x, s))
		ix->merged = true;
	spin_unlock(&s->lock);
	return next;
}

bool vkv_table_tidy(struct vkv_index *ix)
{
	u32 i;

	if (!ix->tidy_at) {
		if (!READ_ONCE(ix->untidy))
			return false;
		WRITE_ONCE(ix->untidy, false);
	}
	for (i = 0; i < TIDY_STEP; i++) {
		ix->tidy_at = tidy_bucket(ix, ix->tidy_at);
		if (!ix->tidy_at)
			break;
	}
	if (!ix->tidy_at && ix->merged) {
		/* A bucket that was merged may be merged again. */
		ix->merged = false;
		WRITE_ONCE(ix->untidy, true);
	}
	return ix->tidy_at || READ_ONCE(ix->untidy);
}

/* Moving */

/* Copies the locked bucket of a place, and uses the copy. */
static bool table_move_from(struct vkv_index *ix, struct vkv_bucket *b, u32 x,
			    struct vkv_stripe *s, u32 to)
{
	struct vkv_range range = vkv_table_range(ix, b, x);

	lockdep_assert_held(&s->lock);
	if (unlikely(!says_range(b, range)))
		return false;
	memcpy(vkv_table_bucket(ix, to), b, sizeof(*b));
	write_seqcount_begin(&s->seq);
	vkv_dir_replace(&ix->dir, range.x, range.depth, to);
	write_seqcount_end(&s->seq);
	return true;
}

bool vkv_table_move(struct vkv_index *ix, u32 from, u32 to)
{
	struct vkv_bucket *b = vkv_table_bucket(ix, from);
	struct vkv_stripe *s = vkv_table_stripe(ix, from);
	struct vkv_range said;
	bool moved = false;

	spin_lock(&s->lock);
	/*
	 * The page may have any contents; but if it is in use, it is a bucket.
	 */
	if (vkv_bucket_range(b, &said) &&
	    vkv_dir_find(&ix->dir, said.x) == from)
		moved = table_move_from(ix, b, said.x, s, to);
	spin_unlock(&s->lock);
	return moved;
}

/* Copies an annex of a locked bucket, if it has that one. */
static bool move_annex_of(struct vkv_index *ix, struct vkv_bucket *b,
			  struct vkv_stripe *s, u32 from, u32 to)
{
	struct vkv_bucket *annex = vkv_table_bucket(ix, from);
	struct vkv_bucket *before = b, *at;

	lockdep_assert_held(&s->lock);
	while ((at = vkv_table_annex(ix, before)) && at != annex)
		before = at;
	if (!at)
		return false;
	memcpy(vkv_table_bucket(ix, to), annex, sizeof(*annex));
	write_seqcount_begin(&s->seq);
	vkv_sturdy_set(&before->annex, to);
	write_seqcount_end(&s->seq);
	return true;
}

bool vkv_table_move_annex(struct vkv_index *ix, u32 from, u32 to)
{
	struct vkv_stripe *s;
	struct vkv_range said;
	struct vkv_bucket *b;
	bool moved;

	if (!vkv_bucket_range(vkv_table_bucket(ix, from), &said))
		return false;
	b = vkv_table_lock(ix, said.x, &s);
	moved = !vkv_bucket_is_lost(b) && move_annex_of(ix, b, s, from, to);
	spin_unlock(&s->lock);
	return moved;
}

/* Life */

void vkv_table_destroy(struct vkv_index *ix)
{
	vkv_dir_exit(&ix->dir);
}

static void init_stripes(struct vkv_index *ix)
{
	u32 i;

	for (i = 0; i < VKV_STRIPES; i++) {
		spin_lock_init(&ix->stripe[i].lock);
		seqcount_spinlock_init(&ix->stripe[i].seq,
				       &ix->stripe[i].lock);
	}
}

/* Tags lack the first bits of a place, so there is a bucket for each of them. */
/* The place of bucket @i while all have this depth. */
static u32 place_of_bucket(u32 i, u32 depth)
{
	return (u64)i << (32 - depth);
}

static bool create_bucket(struct vkv_index *ix, u32 x, u32 depth)
{
	struct vkv_bucket *b = table_get(ix);
	struct vkv_range range = { .x = x, .depth = depth };

	if (!b)
		return false;
	vkv_bucket_init(b, range);
	vkv_dir_replace(&ix->dir, x, depth, vkv_table_page(ix, b));
	return true;
}

/* The first @nr buckets go, as the index could not be made. */
static void drop_buckets(struct vkv_index *ix, u32 nr)
{
	while (nr--)
		table_put(ix, vkv_table_find(ix, place_of_bucket(nr, ix->fmt.min_depth)));
}

int vkv_table_create(struct vkv_index *ix)
{
	u32 depth = ix->fmt.min_depth;
	u32 i;

	init_stripes(ix);
	if (vkv_dir_init(&ix->dir, &ix->env, depth))
		return -ENOMEM;
	for (i = 0; i < 1u << depth; i++)
		if (!create_bucket(ix, place_of_bucket(i, depth), depth)) {
			drop_buckets(ix, i);
			return -EAGAIN;
		}
	return 0;
}
