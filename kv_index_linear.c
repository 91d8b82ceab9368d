// SPDX-License-Identifier: GPL-2.0
/*
 * Linear hashing in shards.
 *
 * The low bits of a hash choose the shard, the next ones the bucket. A shard
 * has buckets 0..nr_buckets-1 and grows or shrinks by one bucket at a time, at
 * the end, so no operation ever waits for more than a bucket to be split:
 *
 *	bucket   0 ... B-2^L-1 | B-2^L ... 2^L-1 | 2^L ... B-1
 *	bits        L + 1      |        L        |    L + 1
 *
 * A bucket is a cache line: seven entries and a link to an overflow bucket. An
 * entry is a location (36 bits) and a tag (28 bits). The tag holds hash bits
 * from the first that can ever tell two buckets of a shard apart, so a split
 * reads the tags and never a record; what of the tag lies above the bits that
 * address the bucket saves reading records that are not the one meant (at 10
 * billion keys 9 such bits are left, at 100 million 16).
 *
 * Entries of a chain have no gaps, and overflow buckets 0..nr_overflow-1 of a
 * shard have none either: the last one moves into a hole, which is why each
 * knows the bucket whose chain it is in. So memory is given back page by page
 * from the end. Bucket pages are found over a table of two levels (root, leaf),
 * which makes every page movable: exactly one place knows where it is.
 *
 * Memory: buckets are split while 64 bytes of every bucket, overflow included,
 * are at most 13.5 bytes an entry, and merged when they are more than 15. A
 * chain's length is Poisson distributed, which leaves overflow at a quarter of
 * the buckets. BASE_PAGES covers what is rounded up to pages in a shard.
 *
 * Threads: the shard's lock for everything in it, for the time of a bucket. The
 * page allocator is called under it. Readers lock too, for now; the version
 * that every change increments is also what readers without lock would need.
 */
#include "kv_index.h"

#include <linux/align.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define SLOTS 7u
#define BUCKETS_PER_PAGE 64u
#define LINKS_PER_PAGE 1024u
#define MIN_LEVEL 6
#define MIN_BUCKETS (1u << MIN_LEVEL)
#define TAG_BITS 28
#define LOC_MASK ((1ull << VKV_LOC_BITS) - 1)
#define MAX_SHARDS 64u
/* Leaves of either kind in a root page. */
#define LEAVES 512u
#define MAX_BUCKETS (LEAVES * LINKS_PER_PAGE * BUCKETS_PER_PAGE)
/* A root, two leaves, and what trim_pages() leaves unused at either end. */
#define BASE_PAGES 6u

static_assert(TAG_BITS + VKV_LOC_BITS == 64);

struct bucket {
	u64 entry[SLOTS];
	u32 next;	/* overflow bucket + 1, 0 for none */
	u32 owner;	/* of an overflow bucket: whose chain it is in */
};

static_assert(sizeof(struct bucket) == 64);

enum kind {
	PRIMARY,
	OVERFLOW,
	LEAF,
	ROOT,
};

struct shard {
	spinlock_t lock;	/* everything below and the pages */
	u32 nr_buckets;
	u32 nr_overflow;
	u32 nr_pages[2];	/* of PRIMARY and OVERFLOW */
	u32 root;
	u32 spare_pages;	/* leaves and root */
	u64 nr;
	u64 version;
} ____cacheline_aligned_in_smp;

struct vkv_index {
	struct vkv_index_env env;
	unsigned int shard_bits;
	struct shard shard[];
};

/* Where the entries of one hash are. */
struct place {
	struct shard *sh;
	u64 hash;	/* its bits above those of the shard */
	u64 tag;	/* in its bits of the entry */
};

static unsigned int shard_bits(u64 size)
{
	u64 shards = clamp_t(u64, size >> 22, 1, MAX_SHARDS);

	return ilog2(shards);
}

static u32 linear_base_pages(u64 size)
{
	return BASE_PAGES << shard_bits(size);
}

static u32 *page_at(struct vkv_index *ix, u32 page)
{
	return ix->env.mem + (u64)page * VKV_PAGE_SIZE;
}

/* The place that knows where leaf @nr of @kind is. */
static u32 *leaf_ref(struct vkv_index *ix, struct shard *sh, enum kind kind,
		     u32 nr)
{
	return page_at(ix, sh->root) + kind * LEAVES + nr;
}

/* The place that knows where bucket page @nr of @kind is. */
static u32 *page_ref(struct vkv_index *ix, struct shard *sh, enum kind kind,
		     u32 nr)
{
	u32 leaf = *leaf_ref(ix, sh, kind, nr / LINKS_PER_PAGE);

	return page_at(ix, leaf) + nr % LINKS_PER_PAGE;
}

static struct bucket *bucket_at(struct vkv_index *ix, struct shard *sh,
				enum kind kind, u32 nr)
{
	u32 page = *page_ref(ix, sh, kind, nr / BUCKETS_PER_PAGE);

	return (struct bucket *)page_at(ix, page) + nr % BUCKETS_PER_PAGE;
}

static struct bucket *bucket_next(struct vkv_index *ix, struct shard *sh,
				  const struct bucket *b)
{
	return b->next ? bucket_at(ix, sh, OVERFLOW, b->next - 1) : NULL;
}

static u32 bucket_of(const struct shard *sh, u64 hash)
{
	u32 level = ilog2(sh->nr_buckets);
	u32 nr = hash & ((2ull << level) - 1);

	return nr < sh->nr_buckets ? nr : nr & ((1u << level) - 1);
}

static u64 tag_of(const struct vkv_index *ix, u64 hash)
{
	return hash >> (ix->shard_bits + MIN_LEVEL) << VKV_LOC_BITS;
}

static struct shard *shard_of(struct vkv_index *ix, u64 hash)
{
	return &ix->shard[hash & ((1u << ix->shard_bits) - 1)];
}

static struct place place_of(struct vkv_index *ix, u64 hash)
{
	return (struct place){
		.sh = shard_of(ix, hash),
		.hash = hash >> ix->shard_bits,
		.tag = tag_of(ix, hash),
	};
}

static void changed(struct shard *sh)
{
	lockdep_assert_held(&sh->lock);
	WRITE_ONCE(sh->version, sh->version + 1);
}

/* Pages */

static u32 cookie_of(struct vkv_index *ix, struct shard *sh, enum kind kind,
		     u32 nr)
{
	return (u32)(sh - ix->shard) | (u32)kind << 6 | nr << 8;
}

static u32 page_get(struct vkv_index *ix, struct shard *sh, enum kind kind,
		    u32 nr)
{
	return ix->env.page_alloc(ix->env.arg, cookie_of(ix, sh, kind, nr));
}

static void page_put(struct vkv_index *ix, u32 page)
{
	ix->env.page_free(ix->env.arg, page);
}

/* Adds the leaf that page @nr of @kind is to be found in, if it is new. */
static bool add_leaf(struct vkv_index *ix, struct shard *sh, enum kind kind,
		     u32 nr)
{
	u32 leaf;

	if (nr % LINKS_PER_PAGE)
		return true;
	if (nr / LINKS_PER_PAGE >= LEAVES)
		return false;
	leaf = page_get(ix, sh, LEAF, kind * LEAVES + nr / LINKS_PER_PAGE);
	if (!leaf)
		return false;
	*leaf_ref(ix, sh, kind, nr / LINKS_PER_PAGE) = leaf;
	sh->spare_pages++;
	return true;
}

static void drop_leaf(struct vkv_index *ix, struct shard *sh, enum kind kind,
		      u32 nr)
{
	if (nr % LINKS_PER_PAGE)
		return;
	page_put(ix, *leaf_ref(ix, sh, kind, nr / LINKS_PER_PAGE));
	sh->spare_pages--;
}

static bool add_page(struct vkv_index *ix, struct shard *sh, enum kind kind)
{
	u32 nr = sh->nr_pages[kind];
	u32 page;

	if (!add_leaf(ix, sh, kind, nr))
		return false;
	page = page_get(ix, sh, kind, nr);
	if (!page) {
		drop_leaf(ix, sh, kind, nr);
		return false;
	}
	*page_ref(ix, sh, kind, nr) = page;
	sh->nr_pages[kind]++;
	return true;
}

static void drop_page(struct vkv_index *ix, struct shard *sh, enum kind kind)
{
	u32 nr = --sh->nr_pages[kind];

	page_put(ix, *page_ref(ix, sh, kind, nr));
	drop_leaf(ix, sh, kind, nr);
}

static bool room_for(struct vkv_index *ix, struct shard *sh, enum kind kind,
		     u32 buckets)
{
	return buckets <= sh->nr_pages[kind] * BUCKETS_PER_PAGE ||
	       add_page(ix, sh, kind);
}

/*
 * Overflow pages go when they have been empty for half a page, so that an
 * alternation at the border costs nothing.
 */
static void trim_pages(struct vkv_index *ix, struct shard *sh)
{
	u32 slack = sh->nr_buckets > MIN_BUCKETS ? BUCKETS_PER_PAGE / 2 : 0;

	while (sh->nr_pages[PRIMARY] >
	       DIV_ROUND_UP(sh->nr_buckets, BUCKETS_PER_PAGE))
		drop_page(ix, sh, PRIMARY);
	while (sh->nr_pages[OVERFLOW] >
	       DIV_ROUND_UP(sh->nr_overflow + slack, BUCKETS_PER_PAGE))
		drop_page(ix, sh, OVERFLOW);
}

/* Chains */

static u32 bucket_fill(const struct bucket *b)
{
	u32 n = 0;

	while (n < SLOTS && b->entry[n])
		n++;
	return n;
}

static void bucket_init(struct bucket *b, u32 owner)
{
	memset(b, 0, sizeof(*b));
	b->owner = owner;
}

static struct bucket *chain_last(struct vkv_index *ix, struct shard *sh,
				 u32 bucket)
{
	struct bucket *b = bucket_at(ix, sh, PRIMARY, bucket);

	while (b->next)
		b = bucket_next(ix, sh, b);
	return b;
}

/* Appends an entry to a chain; false when there is no page for it. */
static bool chain_add(struct vkv_index *ix, struct shard *sh, u32 bucket,
		      u64 entry)
{
	struct bucket *b = chain_last(ix, sh, bucket);
	u32 n = bucket_fill(b);

	if (n == SLOTS) {
		if (!room_for(ix, sh, OVERFLOW, sh->nr_overflow + 1))
			return false;
		b->next = ++sh->nr_overflow;
		b = bucket_next(ix, sh, b);
		bucket_init(b, bucket);
		n = 0;
	}
	b->entry[n] = entry;
	return true;
}

/* The link of a chain that leads to overflow bucket @nr. */
static u32 *chain_link(struct vkv_index *ix, struct shard *sh, u32 bucket,
		       u32 nr)
{
	struct bucket *b = bucket_at(ix, sh, PRIMARY, bucket);

	while (b->next && b->next != nr + 1)
		b = bucket_next(ix, sh, b);
	return &b->next;
}

/* Removes overflow bucket @nr, the empty end of its chain. */
static void overflow_remove(struct vkv_index *ix, struct shard *sh, u32 nr)
{
	struct bucket *hole = bucket_at(ix, sh, OVERFLOW, nr);
	u32 last = sh->nr_overflow - 1;

	*chain_link(ix, sh, hole->owner, nr) = 0;
	if (nr != last) {
		struct bucket *b = bucket_at(ix, sh, OVERFLOW, last);

		*chain_link(ix, sh, b->owner, last) = nr + 1;
		*hole = *b;
	}
	sh->nr_overflow = last;
}

/* Takes the last entry off a chain that has one. */
static u64 chain_pop(struct vkv_index *ix, struct shard *sh, u32 bucket)
{
	struct bucket *b = bucket_at(ix, sh, PRIMARY, bucket);
	u32 nr = 0;
	u64 entry;
	u32 n;

	while (b->next) {
		nr = b->next;
		b = bucket_next(ix, sh, b);
	}
	n = bucket_fill(b);
	if (!n)
		return 0;
	entry = b->entry[n - 1];
	b->entry[n - 1] = 0;
	if (n == 1 && nr)
		overflow_remove(ix, sh, nr - 1);
	return entry;
}

/* Removes the entry at @slot, which is in the chain of @bucket. */
static void chain_remove(struct vkv_index *ix, struct shard *sh, u32 bucket,
			 u64 *slot)
{
	struct bucket *last = chain_last(ix, sh, bucket);
	u64 *end = &last->entry[bucket_fill(last) - 1];

	*slot = *end;
	chain_pop(ix, sh, bucket);
}

/* Growth */

static u64 memory(const struct shard *sh)
{
	return 64ull * ((u64)sh->nr_buckets + sh->nr_overflow);
}

static bool wants_split(const struct shard *sh)
{
	return 2 * (memory(sh) + 64) <= 27 * sh->nr &&
	       sh->nr_buckets < MAX_BUCKETS;
}

static bool wants_merge(const struct shard *sh)
{
	return sh->nr_buckets > MIN_BUCKETS && memory(sh) > 15 * sh->nr;
}

/* Entry @k of a chain, NULL behind its end. */
static u64 *chain_at(struct vkv_index *ix, struct shard *sh, u32 bucket, u32 k)
{
	struct bucket *b = bucket_at(ix, sh, PRIMARY, bucket);

	for (; b && k >= SLOTS; k -= SLOTS)
		b = bucket_next(ix, sh, b);
	return b && b->entry[k] ? &b->entry[k] : NULL;
}

/*
 * Distributes the chain of @from over it and @to by one bit of the tags. What
 * moves first gives its place at the end of the old chain back, so that both
 * together never need more overflow buckets than the one had. Overflow buckets
 * may change places with every removal, hence the counting.
 */
static void split_chain(struct vkv_index *ix, struct shard *sh, u32 from,
			u32 to, u64 bit)
{
	u64 *slot;
	u32 k = 0;

	while ((slot = chain_at(ix, sh, from, k))) {
		u64 entry = *slot;

		if (!(entry & bit)) {
			k++;
			continue;
		}
		chain_remove(ix, sh, from, slot);
		chain_add(ix, sh, to, entry);
	}
}

static bool split(struct vkv_index *ix, struct shard *sh)
{
	u32 to = sh->nr_buckets;
	u32 level = ilog2(to);
	u32 from = to - (1u << level);

	if (!room_for(ix, sh, PRIMARY, to + 1))
		return false;
	changed(sh);
	bucket_init(bucket_at(ix, sh, PRIMARY, to), 0);
	sh->nr_buckets++;
	split_chain(ix, sh, from, to,
		    1ull << (VKV_LOC_BITS + level - MIN_LEVEL));
	return true;
}

static bool merge(struct vkv_index *ix, struct shard *sh)
{
	u32 from = sh->nr_buckets - 1;
	u32 to = from - (1u << ilog2(from));
	u64 entry;

	/* One overflow bucket more is all that the longer chain can need. */
	if (!room_for(ix, sh, OVERFLOW, sh->nr_overflow + 1))
		return false;
	changed(sh);
	while ((entry = chain_pop(ix, sh, from)))
		chain_add(ix, sh, to, entry);
	sh->nr_buckets--;
	return true;
}

/* Each insert and removal does a little more than its share. */
static void rebalance(struct vkv_index *ix, struct shard *sh)
{
	int i;

	for (i = 0; i < 2 && wants_split(sh); i++)
		if (!split(ix, sh))
			break;
	for (i = 0; i < 2 && wants_merge(sh); i++)
		if (!merge(ix, sh))
			break;
	trim_pages(ix, sh);
}

/* Operations */

static u64 *find(struct vkv_index *ix, const struct place *at,
		 vkv_match_fn match, void *arg, u32 *reads)
{
	u32 nr = bucket_of(at->sh, at->hash);
	struct bucket *b;
	u32 i;

	for (b = bucket_at(ix, at->sh, PRIMARY, nr); b;
	     b = bucket_next(ix, at->sh, b)) {
		++*reads;
		for (i = 0; i < SLOTS && b->entry[i]; i++) {
			if ((b->entry[i] ^ at->tag) & ~LOC_MASK)
				continue;
			if (match(arg, b->entry[i] & LOC_MASK))
				return &b->entry[i];
		}
	}
	return NULL;
}

static u64 linear_lookup(struct vkv_index *ix, u64 hash, vkv_match_fn match,
			 void *arg, u32 *reads)
{
	struct place at = place_of(ix, hash);
	u64 *slot;
	u64 loc;

	spin_lock(&at.sh->lock);
	slot = find(ix, &at, match, arg, reads);
	loc = slot ? *slot & LOC_MASK : 0;
	spin_unlock(&at.sh->lock);
	return loc;
}

static int insert(struct vkv_index *ix, const struct place *at, u64 loc)
{
	if (!chain_add(ix, at->sh, bucket_of(at->sh, at->hash), at->tag | loc))
		return -EAGAIN;
	at->sh->nr++;
	rebalance(ix, at->sh);
	return 0;
}

static void drop(struct vkv_index *ix, const struct place *at, u64 *slot)
{
	chain_remove(ix, at->sh, bucket_of(at->sh, at->hash), slot);
	at->sh->nr--;
	rebalance(ix, at->sh);
}

static int linear_change(struct vkv_index *ix, u64 hash, vkv_match_fn match,
			 void *arg, u64 expect, u64 loc, u64 *found)
{
	struct place at = place_of(ix, hash);
	u32 reads = 0;
	int err = 0;
	u64 *slot;

	spin_lock(&at.sh->lock);
	slot = find(ix, &at, match, arg, &reads);
	*found = slot ? *slot & LOC_MASK : 0;
	if (expect != VKV_LOC_ANY && *found != expect) {
		err = -ESTALE;
		goto unlock;
	}
	changed(at.sh);
	if (slot && loc)
		*slot = at.tag | loc;
	else if (slot)
		drop(ix, &at, slot);
	else if (loc)
		err = insert(ix, &at, loc);
unlock:
	spin_unlock(&at.sh->lock);
	return err;
}

static bool same_location(void *arg, u64 loc)
{
	return *(u64 *)arg == loc;
}

static bool linear_move(struct vkv_index *ix, u64 hash, u64 from, u64 to)
{
	struct place at = place_of(ix, hash);
	u32 reads = 0;
	u64 *slot;

	spin_lock(&at.sh->lock);
	slot = find(ix, &at, same_location, &from, &reads);
	if (slot && to != from) {
		*slot = at.tag | to;
		changed(at.sh);
	}
	spin_unlock(&at.sh->lock);
	return slot;
}

/* The last position of a bucket: the hash bits above its own are all ones. */
static u64 last_position(const struct vkv_index *ix, const struct shard *sh,
			 u32 bucket)
{
	u32 level = ilog2(sh->nr_buckets);
	u64 hash = (u64)bucket << ix->shard_bits | (u64)(sh - ix->shard);
	u32 bits = level;

	if (bucket >= 1u << level || bucket + (1u << level) < sh->nr_buckets)
		bits++;
	return vkv_bitrev64(hash | ~0ull << (ix->shard_bits + bits));
}

static void linear_scan(struct vkv_index *ix, u64 pos, u64 *last, u64 *version,
			vkv_visit_fn visit, void *arg)
{
	struct place at = place_of(ix, vkv_bitrev64(pos));
	struct bucket *b;
	u32 nr, i;

	spin_lock(&at.sh->lock);
	nr = bucket_of(at.sh, at.hash);
	*last = last_position(ix, at.sh, nr);
	*version = at.sh->version;
	for (b = bucket_at(ix, at.sh, PRIMARY, nr); b;
	     b = bucket_next(ix, at.sh, b))
		for (i = 0; i < SLOTS && b->entry[i]; i++)
			visit(arg, b->entry[i] & LOC_MASK);
	spin_unlock(&at.sh->lock);
}

static bool linear_unchanged(struct vkv_index *ix, u64 pos, u64 version)
{
	return READ_ONCE(shard_of(ix, vkv_bitrev64(pos))->version) == version;
}

/* The place that knows the page of a cookie, NULL when there is none. */
static u32 *cookie_ref(struct vkv_index *ix, struct shard *sh, u32 cookie)
{
	enum kind kind = cookie >> 6 & 3;
	u32 nr = cookie >> 8;
	u32 pages;

	if (kind == ROOT)
		return &sh->root;
	if (kind == LEAF && nr >= 2 * LEAVES)
		return NULL;
	if (kind == LEAF) {
		pages = sh->nr_pages[nr / LEAVES];
		return nr % LEAVES < DIV_ROUND_UP(pages, LINKS_PER_PAGE) ?
		       page_at(ix, sh->root) + nr : NULL;
	}
	return nr < sh->nr_pages[kind] ? page_ref(ix, sh, kind, nr) : NULL;
}

static bool linear_page_move(struct vkv_index *ix, u32 cookie, u32 from, u32 to)
{
	u32 nr = cookie & (MAX_SHARDS - 1);
	struct shard *sh = &ix->shard[nr];
	bool moved = false;
	u32 *ref;

	if (nr >= 1u << ix->shard_bits)
		return false;
	spin_lock(&sh->lock);
	ref = cookie_ref(ix, sh, cookie);
	if (ref && *ref == from) {
		memcpy(page_at(ix, to), page_at(ix, from), VKV_PAGE_SIZE);
		*ref = to;
		changed(sh);
		moved = true;
	}
	spin_unlock(&sh->lock);
	return moved;
}

static bool tidy_shard(struct vkv_index *ix, struct shard *sh)
{
	bool more;

	spin_lock(&sh->lock);
	rebalance(ix, sh);
	more = wants_merge(sh);
	spin_unlock(&sh->lock);
	return more;
}

static bool linear_tidy(struct vkv_index *ix)
{
	bool more = false;
	u32 i;

	for (i = 0; i < 1u << ix->shard_bits; i++)
		more |= tidy_shard(ix, &ix->shard[i]);
	return more;
}

static void walk_shard(struct vkv_index *ix, struct shard *sh,
		       vkv_visit_fn visit, void *arg)
{
	struct bucket *b;
	u32 nr, i;

	for (nr = 0; nr < sh->nr_buckets; nr++) {
		for (b = bucket_at(ix, sh, PRIMARY, nr); b;
		     b = bucket_next(ix, sh, b))
			for (i = 0; i < SLOTS && b->entry[i]; i++)
				visit(arg, b->entry[i] & LOC_MASK);
		cond_resched();
	}
}

static void linear_walk(struct vkv_index *ix, vkv_visit_fn visit, void *arg)
{
	u32 i;

	for (i = 0; i < 1u << ix->shard_bits; i++)
		walk_shard(ix, &ix->shard[i], visit, arg);
}

static u64 linear_pages(struct vkv_index *ix)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < 1u << ix->shard_bits; i++) {
		struct shard *sh = &ix->shard[i];

		spin_lock(&sh->lock);
		pages += sh->spare_pages + sh->nr_pages[PRIMARY] +
			 sh->nr_pages[OVERFLOW];
		spin_unlock(&sh->lock);
	}
	return pages;
}

/* Verification */

/* Does the tag agree with the place? */
static bool entry_fits(const struct shard *sh, u32 bucket, u64 entry)
{
	u64 hash = entry >> VKV_LOC_BITS << MIN_LEVEL |
		   (bucket & (MIN_BUCKETS - 1));

	return (entry & LOC_MASK) && bucket_of(sh, hash) == bucket;
}

/* Entries in a chain, or -1 when it is not in order. */
static s64 chain_check(struct vkv_index *ix, struct shard *sh, u32 bucket,
		       u64 *overflow)
{
	struct bucket *b = bucket_at(ix, sh, PRIMARY, bucket);
	s64 nr = 0;
	u32 i;

	for (;;) {
		u32 fill = bucket_fill(b);

		for (i = 0; i < SLOTS; i++)
			if (i < fill ? !entry_fits(sh, bucket, b->entry[i]) :
				       b->entry[i] != 0)
				return -1;
		nr += fill;
		if (!b->next)
			return nr;
		if (fill < SLOTS || b->next > sh->nr_overflow ||
		    ++*overflow > sh->nr_overflow)
			return -1;
		b = bucket_next(ix, sh, b);
		if (b->owner != bucket || !b->entry[0])
			return -1;
	}
}

static int shard_check(struct vkv_index *ix, struct shard *sh, char *why,
		       size_t why_len)
{
	u64 overflow = 0;
	u64 nr = 0;
	u32 i;

	for (i = 0; i < sh->nr_buckets; i++) {
		s64 n = chain_check(ix, sh, i, &overflow);

		if (n < 0) {
			scnprintf(why, why_len, "index: bucket %u of shard %u",
				  i, (u32)(sh - ix->shard));
			return -EUCLEAN;
		}
		nr += n;
		cond_resched();
	}
	if (nr == sh->nr && overflow == sh->nr_overflow)
		return 0;
	scnprintf(why, why_len,
		  "index: shard %u has %llu of %llu entries, %llu of %u overflow buckets",
		  (u32)(sh - ix->shard), nr, sh->nr, overflow,
		  sh->nr_overflow);
	return -EUCLEAN;
}

static int linear_check(struct vkv_index *ix, char *why, size_t why_len)
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < 1u << ix->shard_bits; i++)
		err = shard_check(ix, &ix->shard[i], why, why_len);
	return err;
}

/* Life */

static bool shard_init(struct vkv_index *ix, struct shard *sh)
{
	u32 i;

	spin_lock_init(&sh->lock);
	sh->root = page_get(ix, sh, ROOT, 0);
	if (!sh->root)
		return false;
	sh->spare_pages = 1;
	if (!add_page(ix, sh, PRIMARY))
		return false;
	for (i = 0; i < MIN_BUCKETS; i++)
		bucket_init(bucket_at(ix, sh, PRIMARY, i), 0);
	sh->nr_buckets = MIN_BUCKETS;
	return true;
}

static int linear_create(const struct vkv_index_env *env,
			 struct vkv_index **out)
{
	unsigned int bits = shard_bits(env->size);
	struct vkv_index *ix;
	u32 i;

	ix = kvzalloc(struct_size(ix, shard, 1u << bits), GFP_KERNEL);
	if (!ix)
		return -ENOMEM;
	ix->env = *env;
	ix->shard_bits = bits;
	for (i = 0; i < 1u << bits; i++)
		if (!shard_init(ix, &ix->shard[i])) {
			kvfree(ix);
			return -ENOMEM;
		}
	*out = ix;
	return 0;
}

static void linear_destroy(struct vkv_index *ix)
{
	kvfree(ix);
}

const struct vkv_index_ops vkv_index_linear = {
	.name = "linear",
	.base_pages = linear_base_pages,
	.create = linear_create,
	.destroy = linear_destroy,
	.lookup = linear_lookup,
	.change = linear_change,
	.move = linear_move,
	.scan = linear_scan,
	.unchanged = linear_unchanged,
	.page_move = linear_page_move,
	.tidy = linear_tidy,
	.walk = linear_walk,
	.pages = linear_pages,
	.check = linear_check,
};
