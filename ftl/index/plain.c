// SPDX-License-Identifier: GPL-2.0
/*
 * The plain index: the one to start from when writing another.
 *
 * The top bits of a hash choose one of a fixed number of buckets. A bucket is a
 * chain of pages, which are all full but for the first:
 *
 *	head[bucket] -> next | nr  | entry 0 ... entry nr-1
 *	                 |
 *	                 `---> next | 510 | entry 0 ... entry 509
 *
 * An entry is a location (36 bits) and a tag (28 bits). The tag is the position
 * of the entry: the top bits of the hash, with those of the bucket among them.
 * A new entry goes behind the last one of the first page. That entry also fills
 * the hole when another is removed. A page that becomes empty is freed at once.
 *
 * Memory. A full page has 510 entries, which are charged for nearly two pages.
 * So only the first page of a bucket can be more than its entries pay for. base_pages()
 * has one page for each bucket, and one for a page that is being moved.
 *
 * Pages. Exactly one place knows where a page is: the bucket's head, or the
 * page before it. The bucket is the cookie, so every page can be moved.
 *
 * Damage. Any bit of a page may be wrong. So the two numbers in its header are
 * sturdy (ftl/index/sturdy.h), and an entry whose location is beyond the end is
 * passed over. If a number is beyond mending, the chain or the page seems to
 * end early.
 *
 * Threads. One lock protects everything, and lookups take it, too. They hold it
 * while they read records whose tags agree. ftl/index/extendible.c shows how to
 * look up without a lock. Costs grow with the chain: with 1 KiB values a bucket
 * has some 256 entries, with tiny ones some thousands.
 */
#include "ftl/index/index.h"

#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "ftl/index/sturdy.h"
#include "vkv_assert.h"

/* A bucket for so much memory of the device, as a power of two. */
#define BUCKET_SHIFT 20
#define MIN_BITS 4
#define TAG_BITS (64 - VKV_LOC_BITS)
#define LOC_MASK ((1ull << VKV_LOC_BITS) - 1)
#define PER_PAGE 510u
#define PER_LINE 8u

/**
 * struct bucket_page - a page of a bucket
 * @next: number of the next page, 0 for none
 * @nr: number of its entries, at least 1
 * @entry: the entries
 */
struct bucket_page {
	struct vkv_sturdy next;
	struct vkv_sturdy nr;
	u64 entry[PER_PAGE];
};

static_assert(sizeof(struct bucket_page) == VKV_PAGE_SIZE);

/**
 * struct vkv_index - the index "plain"
 * @env: what it lives on
 * @end: every page number is below this
 * @loc_end: every location is below this
 * @bits: number of top bits of a hash that choose the bucket
 * @lock: protects what follows, and the pages
 * @nr_pages: pages in use
 * @head: for each bucket the number of its first page, 0 for none
 */
struct vkv_index {
	struct vkv_index_env env;
	u32 end;
	u64 loc_end;
	int bits;
	spinlock_t lock;	/* all below, and the pages */
	u32 nr_pages;
	u32 *head;
};

static int bucket_bits(u64 size)
{
	return clamp(ilog2(size >> BUCKET_SHIFT | 1), MIN_BITS,
		     VKV_COOKIE_BITS);
}

static u32 plain_base_pages(u64 size)
{
	return (1u << bucket_bits(size)) + 1;
}

static u64 plain_tag(u64 hash)
{
	return hash >> VKV_LOC_BITS;
}

static u64 plain_entry(u64 hash, u64 loc)
{
	return plain_tag(hash) << VKV_LOC_BITS | loc;
}

static u32 plain_bucket_of(const struct vkv_index *ix, u64 pos)
{
	return pos >> (TAG_BITS - ix->bits);
}

static u32 *plain_head_of(struct vkv_index *ix, u64 hash)
{
	return &ix->head[plain_bucket_of(ix, plain_tag(hash))];
}

static struct bucket_page *plain_page_at(const struct vkv_index *ix, u32 nr)
{
	return nr ? ix->env.mem + (u64)nr * VKV_PAGE_SIZE : NULL;
}

static struct bucket_page *plain_next(const struct vkv_index *ix,
				      struct bucket_page *p)
{
	return plain_page_at(ix, vkv_sturdy_get(&p->next, ix->end));
}

/* Number of entries in a page. */
static u32 plain_nr(struct bucket_page *p)
{
	return vkv_sturdy_get(&p->nr, PER_PAGE + 1);
}

/* The location in an entry; 0 when it is beyond the end. */
static u64 plain_loc(const struct vkv_index *ix, u64 entry)
{
	u64 loc = entry & LOC_MASK;

	return loc < ix->loc_end ? loc : 0;
}

static void plain_approach(struct vkv_index *ix, struct vkv_trail *trail)
{
	prefetch(plain_page_at(ix, READ_ONCE(*plain_head_of(ix, trail->hash))));
}

/*
 * The position in a page of the entry with this tag that @match accepts; behind
 * the last one if there is none.
 */
static u32 plain_find_in(const struct vkv_index *ix,
			 const struct bucket_page *p, u32 nr, u64 tag,
			 vkv_match_fn match, void *arg)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		u64 loc = plain_loc(ix, p->entry[i]);

		if (p->entry[i] >> VKV_LOC_BITS == tag && loc &&
		    match(arg, loc))
			break;
	}
	return i;
}

/* The entry with this hash that @match accepts, or NULL. */
static u64 *plain_find(struct vkv_index *ix, u64 hash, vkv_match_fn match,
		       void *arg, u32 *reads)
{
	struct bucket_page *p;
	u32 i, nr;

	lockdep_assert_held(&ix->lock);
	for (p = plain_page_at(ix, *plain_head_of(ix, hash)); p;
	     p = plain_next(ix, p)) {
		nr = plain_nr(p);
		i = plain_find_in(ix, p, nr, plain_tag(hash), match, arg);
		*reads += DIV_ROUND_UP(min_t(u32, i + 1, nr), PER_LINE);
		if (i < nr)
			return &p->entry[i];
	}
	return NULL;
}

/* A vkv_match_fn that accepts one location. */
static bool matches_location(void *arg, u64 loc)
{
	return *(u64 *)arg == loc;
}

static u64 plain_lookup(struct vkv_index *ix, struct vkv_trail *trail,
			vkv_match_fn match, void *arg, u32 *reads)
{
	u64 *entry;
	u64 loc;

	spin_lock(&ix->lock);
	entry = plain_find(ix, trail->hash, match, arg, reads);
	loc = entry ? plain_loc(ix, *entry) : 0;
	spin_unlock(&ix->lock);
	return loc;
}

/* A vkv_match_fn that accepts any: the first with the tag is the likely one. */
static bool matches_any(void *arg, u64 loc)
{
	return true;
}

static u64 plain_glance(struct vkv_index *ix, struct vkv_trail *trail)
{
	u32 reads = 0;

	return plain_lookup(ix, trail, matches_any, NULL, &reads);
}

static u32 plain_part(struct vkv_index *ix, u64 pos)
{
	return READ_ONCE(ix->head[plain_bucket_of(ix, pos)]);
}

static u32 plain_page(struct vkv_index *ix, u64 hash)
{
	return plain_part(ix, plain_tag(hash));
}

static int plain_insert(struct vkv_index *ix, u64 hash, u64 loc)
{
	u32 *head = plain_head_of(ix, hash);
	struct bucket_page *p = plain_page_at(ix, *head);
	u32 nr = p ? plain_nr(p) : PER_PAGE;
	u32 page;

	lockdep_assert_held(&ix->lock);
	if (nr == PER_PAGE) {
		page = ix->env.page_alloc(ix->env.arg, head - ix->head);
		if (!page)
			return -EAGAIN;
		p = plain_page_at(ix, page);
		vkv_sturdy_set(&p->next, *head);
		nr = 0;
		WRITE_ONCE(*head, page);
		WRITE_ONCE(ix->nr_pages, ix->nr_pages + 1);
	}
	VKV_ASSERT(loc && !(loc & ~LOC_MASK));
	p->entry[nr] = plain_entry(hash, loc);
	vkv_sturdy_set(&p->nr, nr + 1);
	return 0;
}

static void plain_drop(struct vkv_index *ix, u64 hash, u64 *entry)
{
	u32 *head = plain_head_of(ix, hash);
	struct bucket_page *p = plain_page_at(ix, *head);
	u32 page = *head;
	u32 nr = plain_nr(p);

	lockdep_assert_held(&ix->lock);
	*entry = nr ? p->entry[nr - 1] : 0;
	if (nr > 1) {
		vkv_sturdy_set(&p->nr, nr - 1);
		return;
	}
	WRITE_ONCE(*head, vkv_sturdy_get(&p->next, ix->end));
	WRITE_ONCE(ix->nr_pages, ix->nr_pages - 1);
	ix->env.page_free(ix->env.arg, page);
}

static int plain_change(struct vkv_index *ix, struct vkv_trail *trail,
			vkv_match_fn match, void *arg, u64 expect, u64 loc,
			u64 *found)
{
	u64 hash = trail->hash;
	u64 *entry = NULL;
	u32 reads = 0;
	int err = 0;

	spin_lock(&ix->lock);
	if (expect && expect != VKV_LOC_ANY)
		entry = plain_find(ix, hash, matches_location, &expect, &reads);
	if (!entry)
		entry = plain_find(ix, hash, match, arg, &reads);
	*found = entry ? plain_loc(ix, *entry) : 0;
	if (expect != VKV_LOC_ANY && *found != expect)
		err = -ESTALE;
	else if (entry && loc)
		*entry = plain_entry(hash, loc);
	else if (entry)
		plain_drop(ix, hash, entry);
	else if (loc)
		err = plain_insert(ix, hash, loc);
	spin_unlock(&ix->lock);
	return err;
}

static bool plain_move(struct vkv_index *ix, u64 hash, u64 from, u64 to)
{
	u32 reads = 0;
	u64 *entry;

	spin_lock(&ix->lock);
	entry = plain_find(ix, hash, matches_location, &from, &reads);
	if (entry)
		*entry = plain_entry(hash, to);
	spin_unlock(&ix->lock);
	return entry;
}

static bool plain_forget(struct vkv_index *ix, u64 pos, u64 loc)
{
	u64 hash = pos << VKV_LOC_BITS;
	u32 reads = 0;
	u64 *entry;

	spin_lock(&ix->lock);
	entry = plain_find(ix, hash, matches_location, &loc, &reads);
	if (entry)
		plain_drop(ix, hash, entry);
	spin_unlock(&ix->lock);
	return entry;
}

/* A damaged tag may belong to another bucket. */
static void plain_visit_page(struct vkv_index *ix, u32 bucket,
			     struct bucket_page *p, u64 from,
			     vkv_visit_fn visit, void *arg)
{
	u32 nr = plain_nr(p);
	u32 i;

	for (i = 0; i < nr; i++) {
		u64 loc = plain_loc(ix, p->entry[i]);
		u64 pos = p->entry[i] >> VKV_LOC_BITS;

		if (loc && pos >= from && plain_bucket_of(ix, pos) == bucket)
			visit(arg, pos, loc);
	}
}

static void plain_visit_bucket(struct vkv_index *ix, u32 bucket, u64 from,
			       vkv_visit_fn visit, void *arg)
{
	struct bucket_page *p;

	for (p = plain_page_at(ix, ix->head[bucket]); p; p = plain_next(ix, p))
		plain_visit_page(ix, bucket, p, from, visit, arg);
}

static void plain_scan(struct vkv_index *ix, u64 pos, u64 *last,
		       vkv_visit_fn visit, void *arg)
{
	u32 bucket = plain_bucket_of(ix, pos);

	*last = ((bucket + 1ull) << (TAG_BITS - ix->bits)) - 1;
	spin_lock(&ix->lock);
	plain_visit_bucket(ix, bucket, pos, visit, arg);
	spin_unlock(&ix->lock);
}

/* Makes a bucket lead to page @to instead of page @from. */
static bool plain_relink(struct vkv_index *ix, u32 bucket, u32 from, u32 to)
{
	struct bucket_page *p = plain_page_at(ix, ix->head[bucket]);

	if (ix->head[bucket] == from) {
		WRITE_ONCE(ix->head[bucket], to);
		return true;
	}
	while (p && vkv_sturdy_get(&p->next, ix->end) != from)
		p = plain_next(ix, p);
	if (p)
		vkv_sturdy_set(&p->next, to);
	return p;
}

static bool plain_page_move(struct vkv_index *ix, u32 cookie, u32 from, u32 to)
{
	bool found;

	if (!from || cookie >= 1u << ix->bits)
		return false;
	spin_lock(&ix->lock);
	found = plain_relink(ix, cookie, from, to);
	if (found)
		memcpy(plain_page_at(ix, to), plain_page_at(ix, from),
		       VKV_PAGE_SIZE);
	spin_unlock(&ix->lock);
	return found;
}

/* This index frees empty pages at once, so there is nothing to tidy. */
static bool plain_tidy(struct vkv_index *ix)
{
	return false;
}

static void plain_walk(struct vkv_index *ix, vkv_visit_fn visit, void *arg)
{
	u32 bucket;

	for (bucket = 0; bucket < 1u << ix->bits; bucket++) {
		plain_visit_bucket(ix, bucket, 0, visit, arg);
		cond_resched();
	}
}

static u64 plain_pages(struct vkv_index *ix)
{
	return READ_ONCE(ix->nr_pages);
}

static bool plain_page_valid(const struct vkv_index *ix, u32 bucket,
			     struct bucket_page *p, bool first)
{
	u32 nr = plain_nr(p);
	u32 i;

	if (!nr || (!first && nr < PER_PAGE))
		return false;
	for (i = 0; i < nr; i++)
		if (!plain_loc(ix, p->entry[i]) ||
		    plain_bucket_of(ix, p->entry[i] >> VKV_LOC_BITS) != bucket)
			return false;
	return true;
}

static int plain_check(struct vkv_index *ix, char *why, size_t why_len)
{
	u32 bucket, nr, pages = 0;

	for (bucket = 0; bucket < 1u << ix->bits; bucket++) {
		for (nr = ix->head[bucket]; nr;
		     nr = vkv_sturdy_get(&plain_page_at(ix, nr)->next, ix->end)) {
			if (++pages <= ix->nr_pages &&
			    plain_page_valid(ix, bucket, plain_page_at(ix, nr),
					     nr == ix->head[bucket]))
				continue;
			scnprintf(why, why_len, "index: bucket %u", bucket);
			return -EUCLEAN;
		}
		cond_resched();
	}
	if (pages == ix->nr_pages)
		return 0;
	scnprintf(why, why_len, "index: %u pages, not %u", ix->nr_pages, pages);
	return -EUCLEAN;
}

static void plain_destroy(struct vkv_index *ix)
{
	kvfree(ix->head);
	kvfree(ix);
}

static int plain_create(const struct vkv_index_env *env, struct vkv_index **out)
{
	struct vkv_index *ix = kvzalloc(sizeof(*ix), GFP_KERNEL);

	if (!ix)
		return -ENOMEM;
	ix->env = *env;
	ix->bits = bucket_bits(env->size);
	ix->end = env->size / VKV_PAGE_SIZE;
	ix->loc_end = env->size / VKV_ALIGN - 1;
	spin_lock_init(&ix->lock);
	ix->head = kvcalloc(1u << ix->bits, sizeof(*ix->head), GFP_KERNEL);
	if (!ix->head) {
		plain_destroy(ix);
		return -ENOMEM;
	}
	*out = ix;
	return 0;
}

static u64 plain_position(struct vkv_index *ix, u64 hash)
{
	return plain_tag(hash);
}

const struct vkv_index_ops vkv_index_plain = {
	.name = "plain",
	.base_pages = plain_base_pages,
	.create = plain_create,
	.destroy = plain_destroy,
	.position = plain_position,
	.approach = plain_approach,
	.glance = plain_glance,
	.lookup = plain_lookup,
	.page = plain_page,
	.part = plain_part,
	.change = plain_change,
	.move = plain_move,
	.forget = plain_forget,
	.scan = plain_scan,
	.page_move = plain_page_move,
	.tidy = plain_tidy,
	.walk = plain_walk,
	.nr_pages = plain_pages,
	.check = plain_check,
};
