// SPDX-License-Identifier: GPL-2.0
/*
 * How the table grows and shrinks: buckets are split, merged and moved.
 *
 * A split fills two fresh pages and leaves the old one as it is, so threads
 * that are reading it find all that was there when they began. A merge fills
 * one fresh page. In both cases the directory is changed while the counts of
 * the old pages are odd. Two buckets are locked for a merge only, the second
 * one without waiting. The lock of the directory comes last.
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

struct vkv_bucket *vkv_table_lock(struct vkv_index *ix, u32 x,
				  struct vkv_stripe **stripe) __acquires(stripe)
{
	for (;;) {
		u32 page = vkv_dir_find(&ix->dir, x);
		struct vkv_stripe *s = vkv_table_stripe(ix, page);

		spin_lock(&s->lock);
		if (vkv_dir_find(&ix->dir, x) == page) {
			*stripe = s;
			return vkv_table_bucket(ix, page);
		}
		spin_unlock(&s->lock);
	}
}

/* Pages */

static struct vkv_bucket *table_get(struct vkv_index *ix)
{
	u32 page = ix->env.page_alloc(ix->env.arg, VKV_COOKIE_BUCKET);

	if (!page)
		return NULL;
	atomic_inc(&ix->nr_buckets);
	return vkv_table_bucket(ix, page);
}

static void table_put(struct vkv_index *ix, struct vkv_bucket *b)
{
	atomic_dec(&ix->nr_buckets);
	ix->env.page_free(ix->env.arg, vkv_table_page(ix, b));
}

/* Splitting and merging */

static bool table_get_halves(struct vkv_index *ix, struct vkv_bucket *half[2])
{
	half[0] = table_get(ix);
	half[1] = half[0] ? table_get(ix) : NULL;
	if (half[1])
		return true;
	if (half[0])
		table_put(ix, half[0]);
	return false;
}

int vkv_table_split(struct vkv_index *ix, struct vkv_bucket *b,
		    struct vkv_stripe *s)
{
	struct vkv_bucket *half[2];
	int err;

	lockdep_assert_held(&s->lock);
	err = vkv_dir_prepare(&ix->dir, b->x, b->depth);
	if (err)
		return err;
	if (!table_get_halves(ix, half)) {
		vkv_dir_cancel(&ix->dir, b->x, b->depth);
		return -EAGAIN;
	}
	vkv_bucket_split(&ix->fmt, b, half);
	VKV_ASSERT(half[0]->nr + half[1]->nr == b->nr);
	write_seqcount_begin(&s->seq);
	vkv_dir_split(&ix->dir, b->x, b->depth, vkv_table_page(ix, half[0]),
		      vkv_table_page(ix, half[1]));
	write_seqcount_end(&s->seq);
	table_put(ix, b);
	return 0;
}

/* A place in the bucket that this one could be merged with. */
static u32 table_buddy(const struct vkv_bucket *b)
{
	return b->x ^ 1u << (32 - b->depth);
}

static bool table_merge(struct vkv_index *ix, struct vkv_bucket *const half[2],
			struct vkv_stripe *a, struct vkv_stripe *b)
{
	struct vkv_bucket *whole = table_get(ix);

	lockdep_assert_held(&a->lock);
	lockdep_assert_held(&b->lock);
	VKV_ASSERT(half[0]->x < half[1]->x);
	if (!whole)
		return false;
	if (!vkv_bucket_merge(&ix->fmt, half, whole)) {
		table_put(ix, whole);
		return false;
	}
	write_seqcount_begin(&a->seq);
	if (b != a)
		write_seqcount_begin_nested(&b->seq, SINGLE_DEPTH_NESTING);
	vkv_dir_merge(&ix->dir, whole->x, whole->depth + 1,
		      vkv_table_page(ix, whole));
	if (b != a)
		write_seqcount_end(&b->seq);
	write_seqcount_end(&a->seq);
	table_put(ix, half[0]);
	table_put(ix, half[1]);
	return true;
}

static bool table_merge_small(struct vkv_index *ix, struct vkv_bucket *b,
			      struct vkv_stripe *s, u32 page,
			      struct vkv_stripe *other)
{
	struct vkv_bucket *buddy = vkv_table_bucket(ix, page);
	struct vkv_bucket *half[2] = { b, buddy };

	if (vkv_dir_find(&ix->dir, table_buddy(b)) != page ||
	    buddy->depth != b->depth || b->nr + buddy->nr > VKV_MERGE_AT)
		return false;
	if (buddy->x < b->x)
		swap(half[0], half[1]);
	return table_merge(ix, half, s, other);
}

bool vkv_table_try_merge(struct vkv_index *ix, struct vkv_bucket *b,
			 struct vkv_stripe *s)
{
	struct vkv_stripe *other;
	bool done;
	u32 page;

	lockdep_assert_held(&s->lock);
	if (!vkv_dir_may_merge(&ix->dir, b->depth) || b->nr > VKV_MERGE_AT)
		return false;
	page = vkv_dir_find(&ix->dir, table_buddy(b));
	other = vkv_table_stripe(ix, page);
	if (other == s)
		return table_merge_small(ix, b, s, page, s);
	if (!spin_trylock(&other->lock))
		return false;
	done = table_merge_small(ix, b, s, page, other);
	spin_unlock(&other->lock);
	return done;
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
		struct vkv_stripe *s;
		struct vkv_bucket *b = vkv_table_lock(ix, ix->tidy_at, &s);
		u32 next = vkv_bucket_last(b) + 1;

		if (vkv_table_try_merge(ix, b, s))
			ix->merged = true;
		spin_unlock(&s->lock);
		ix->tidy_at = next;
		if (!next)
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

bool vkv_table_move(struct vkv_index *ix, u32 from, u32 to)
{
	struct vkv_bucket *b = vkv_table_bucket(ix, from);
	struct vkv_stripe *s = vkv_table_stripe(ix, from);
	bool found;

	spin_lock(&s->lock);
	/*
	 * The page may have any contents; but if it is in use, it is a bucket.
	 */
	found = vkv_dir_find(&ix->dir, READ_ONCE(b->x)) == from;
	if (found) {
		memcpy(vkv_table_bucket(ix, to), b, sizeof(*b));
		write_seqcount_begin(&s->seq);
		vkv_dir_replace(&ix->dir, b->x, b->depth, to);
		write_seqcount_end(&s->seq);
	}
	spin_unlock(&s->lock);
	return found;
}

/* Life */

void vkv_table_destroy(struct vkv_index *ix)
{
	vkv_dir_exit(&ix->dir);
}

int vkv_table_create(struct vkv_index *ix)
{
	struct vkv_bucket *b;
	u32 i;

	for (i = 0; i < VKV_STRIPES; i++) {
		spin_lock_init(&ix->stripe[i].lock);
		seqcount_spinlock_init(&ix->stripe[i].seq,
				       &ix->stripe[i].lock);
	}
	b = table_get(ix);
	if (!b || vkv_dir_init(&ix->dir, &ix->env, vkv_table_page(ix, b)))
		return -ENOMEM;
	vkv_bucket_init(b, 0, 0);
	return 0;
}
