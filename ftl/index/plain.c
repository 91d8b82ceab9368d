// SPDX-License-Identifier: GPL-2.0
/*
 * The plain index: the one to start from when writing another.
 *
 * The top bits of a hash choose one of a fixed number of buckets. A bucket is a
 * chain of pages, all of them full but for the first:
 *
 *	head[bucket] -> next | nr  | entry 0 ... entry nr-1
 *	                 |
 *	                 `---> next | 511 | entry 0 ... entry 510
 *
 * An entry is a location (36 bits) and a tag (28 bits). The tag is the entry's
 * position: the top bits of the hash, those of the bucket among them. A new entry
 * goes behind the last one of the first page, which also fills the hole when an
 * entry is removed; a page that becomes empty is freed at once.
 *
 * Memory: a full page has 511 entries, which are charged for two pages. So only
 * the first page of a bucket can be more than its entries pay for, and
 * base_pages has one for each bucket, and one for a page that is being moved.
 *
 * Pages: exactly one place knows where a page is, the bucket's head or the page
 * before it. With the bucket as its cookie, every page can be moved.
 *
 * Threads: one lock for everything, and lookups take it too. They hold it while
 * they read records whose tags agree. How to look up without a lock is shown by
 * ftl/index/extendible.c. Costs grow with the chain: with 1 KiB values a bucket
 * has some 256 entries, with tiny ones some thousands.
 */
#include "ftl/index/index.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/* Memory of the device for each bucket. */
#define BUCKET_SHIFT 20
#define MIN_BITS 4
#define TAG_BITS (64 - VKV_LOC_BITS)
#define LOC_MASK ((1ull << VKV_LOC_BITS) - 1)
#define PER_PAGE 511u
#define PER_LINE 8u

struct bucket_page {
	u32 next;	/* 0: none */
	u32 nr;		/* entries */
	u64 entry[PER_PAGE];
};

static_assert(sizeof(struct bucket_page) == VKV_PAGE_SIZE);

struct vkv_index {
	struct vkv_index_env env;
	int bits;	/* of a hash, that choose the bucket */
	spinlock_t lock;	/* everything below, and the pages */
	u32 nr_pages;
	u32 *head;	/* of each bucket; 0: none */
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

static u64 position(u64 hash)
{
	return hash >> VKV_LOC_BITS;
}

static u64 make_entry(u64 hash, u64 loc)
{
	return position(hash) << VKV_LOC_BITS | loc;
}

static u32 bucket_of(const struct vkv_index *ix, u64 pos)
{
	return pos >> (TAG_BITS - ix->bits);
}

static u32 *head_of(struct vkv_index *ix, u64 hash)
{
	return &ix->head[bucket_of(ix, position(hash))];
}

static struct bucket_page *page_at(const struct vkv_index *ix, u32 nr)
{
	return nr ? ix->env.mem + (u64)nr * VKV_PAGE_SIZE : NULL;
}

static void plain_approach(struct vkv_index *ix, struct vkv_trail *trail)
{
	prefetch(page_at(ix, READ_ONCE(*head_of(ix, trail->hash))));
}

/* The entry with this hash that @match accepts, or NULL. */
static u64 *find(struct vkv_index *ix, u64 hash, vkv_match_fn match, void *arg,
		 u32 *reads)
{
	u64 tag = position(hash);
	struct bucket_page *p;
	u32 i;

	lockdep_assert_held(&ix->lock);
	for (p = page_at(ix, *head_of(ix, hash)); p; p = page_at(ix, p->next)) {
		for (i = 0; i < p->nr; i++) {
			*reads += i % PER_LINE == 0;
			if (p->entry[i] >> VKV_LOC_BITS == tag &&
			    match(arg, p->entry[i] & LOC_MASK))
				return &p->entry[i];
		}
	}
	return NULL;
}

/* A match: is it this very location? */
static bool is_location(void *arg, u64 loc)
{
	return *(u64 *)arg == loc;
}

static u64 plain_lookup(struct vkv_index *ix, struct vkv_trail *trail,
			vkv_match_fn match, void *arg, u32 *reads)
{
	u64 *entry;
	u64 loc;

	spin_lock(&ix->lock);
	entry = find(ix, trail->hash, match, arg, reads);
	loc = entry ? *entry & LOC_MASK : 0;
	spin_unlock(&ix->lock);
	return loc;
}

/* A match: the first with this tag is the likely one. */
static bool is_any(void *arg, u64 loc)
{
	return true;
}

static u64 plain_glance(struct vkv_index *ix, struct vkv_trail *trail)
{
	u32 reads = 0;

	return plain_lookup(ix, trail, is_any, NULL, &reads);
}

static u32 plain_part(struct vkv_index *ix, u64 pos)
{
	return READ_ONCE(ix->head[bucket_of(ix, pos)]);
}

static u32 plain_page(struct vkv_index *ix, u64 hash)
{
	return plain_part(ix, position(hash));
}

static int insert(struct vkv_index *ix, u64 hash, u64 loc)
{
	u32 *head = head_of(ix, hash);
	struct bucket_page *p = page_at(ix, *head);
	u32 nr;

	lockdep_assert_held(&ix->lock);
	if (!p || p->nr == PER_PAGE) {
		nr = ix->env.page_alloc(ix->env.arg, head - ix->head);
		if (!nr)
			return -EAGAIN;
		p = page_at(ix, nr);
		p->next = *head;
		p->nr = 0;
		WRITE_ONCE(*head, nr);
		WRITE_ONCE(ix->nr_pages, ix->nr_pages + 1);
	}
	p->entry[p->nr++] = make_entry(hash, loc);
	return 0;
}

static void drop(struct vkv_index *ix, u64 hash, u64 *entry)
{
	u32 *head = head_of(ix, hash);
	struct bucket_page *p = page_at(ix, *head);
	u32 nr = *head;

	lockdep_assert_held(&ix->lock);
	*entry = p->entry[--p->nr];
	if (p->nr)
		return;
	WRITE_ONCE(*head, p->next);
	WRITE_ONCE(ix->nr_pages, ix->nr_pages - 1);
	ix->env.page_free(ix->env.arg, nr);
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
		entry = find(ix, hash, is_location, &expect, &reads);
	if (!entry)
		entry = find(ix, hash, match, arg, &reads);
	*found = entry ? *entry & LOC_MASK : 0;
	if (expect != VKV_LOC_ANY && *found != expect)
		err = -ESTALE;
	else if (entry && loc)
		*entry = make_entry(hash, loc);
	else if (entry)
		drop(ix, hash, entry);
	else if (loc)
		err = insert(ix, hash, loc);
	spin_unlock(&ix->lock);
	return err;
}

static bool plain_move(struct vkv_index *ix, u64 hash, u64 from, u64 to)
{
	u32 reads = 0;
	u64 *entry;

	spin_lock(&ix->lock);
	entry = find(ix, hash, is_location, &from, &reads);
	if (entry)
		*entry = make_entry(hash, to);
	spin_unlock(&ix->lock);
	return entry;
}

static void visit_bucket(struct vkv_index *ix, u32 bucket, u64 pos,
			 vkv_visit_fn visit, void *arg)
{
	struct bucket_page *p;
	u32 i;

	for (p = page_at(ix, ix->head[bucket]); p; p = page_at(ix, p->next))
		for (i = 0; i < p->nr; i++)
			if (p->entry[i] >> VKV_LOC_BITS >= pos)
				visit(arg, p->entry[i] >> VKV_LOC_BITS,
				      p->entry[i] & LOC_MASK);
}

static void plain_scan(struct vkv_index *ix, u64 pos, u64 *last,
		       vkv_visit_fn visit, void *arg)
{
	u32 bucket = bucket_of(ix, pos);

	*last = ((bucket + 1ull) << (TAG_BITS - ix->bits)) - 1;
	spin_lock(&ix->lock);
	visit_bucket(ix, bucket, pos, visit, arg);
	spin_unlock(&ix->lock);
}

static bool plain_page_move(struct vkv_index *ix, u32 cookie, u32 from, u32 to)
{
	bool found;
	u32 *ref;

	if (cookie >= 1u << ix->bits)
		return false;
	spin_lock(&ix->lock);
	for (ref = &ix->head[cookie]; *ref && *ref != from;)
		ref = &page_at(ix, *ref)->next;
	found = *ref;
	if (found) {
		memcpy(page_at(ix, to), page_at(ix, from), VKV_PAGE_SIZE);
		WRITE_ONCE(*ref, to);
	}
	spin_unlock(&ix->lock);
	return found;
}

/* Nothing is ever unused. */
static bool plain_tidy(struct vkv_index *ix)
{
	return false;
}

static void plain_walk(struct vkv_index *ix, vkv_visit_fn visit, void *arg)
{
	u32 bucket;

	for (bucket = 0; bucket < 1u << ix->bits; bucket++) {
		visit_bucket(ix, bucket, 0, visit, arg);
		cond_resched();
	}
}

static u64 plain_pages(struct vkv_index *ix)
{
	return READ_ONCE(ix->nr_pages);
}

static bool page_sound(const struct vkv_index *ix, u32 bucket,
		       const struct bucket_page *p, bool first)
{
	u32 i;

	if (!p->nr || p->nr > PER_PAGE || (!first && p->nr < PER_PAGE))
		return false;
	for (i = 0; i < p->nr; i++)
		if (!(p->entry[i] & LOC_MASK) ||
		    bucket_of(ix, p->entry[i] >> VKV_LOC_BITS) != bucket)
			return false;
	return true;
}

static int plain_check(struct vkv_index *ix, char *why, size_t why_len)
{
	u32 bucket, nr, pages = 0;

	for (bucket = 0; bucket < 1u << ix->bits; bucket++) {
		for (nr = ix->head[bucket]; nr; nr = page_at(ix, nr)->next) {
			if (++pages <= ix->nr_pages &&
			    page_sound(ix, bucket, page_at(ix, nr),
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
	return position(hash);
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
	.scan = plain_scan,
	.page_move = plain_page_move,
	.tidy = plain_tidy,
	.walk = plain_walk,
	.pages = plain_pages,
	.check = plain_check,
};
