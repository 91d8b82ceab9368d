// SPDX-License-Identifier: GPL-2.0
/*
 * Tests each index alone. A record is just a number in an array. The page
 * allocator fails at random, and pages are moved.
 */
#include <kunit/test.h>
#include <stdlib.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "native/ftl/index_pages.h"

#include "ftl/index/index.h"

#define PAGES 4096u
/*
 * The plain index is tested with few keys. The extendible index needs more
 * keys, until its directory takes pages.
 */
#define FEW_KEYS 60000u
#define KEYS 600000u
#define SIZE (16ull << 20)
/* Old trails, which are used again at any age. */
#define TRAILS 997u

/* The state of a test. Location n+1 is the record of key n, with hash_of(n). */
struct bed {
	const struct vkv_index_ops *ops;
	struct vkv_index *ix;
	struct index_pages pages;
	u64 squeeze;		/* divides all hashes */
	u32 keys;
	u32 nr;
	bool there[KEYS];
	struct vkv_trail trail[TRAILS];
	char why[160];
};

static struct bed bed;

static u64 bed_random(void)
{
	return index_pages_random(&bed.pages);
}

static u64 hash_of(u64 n)
{
	u64 x = (n + 1) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9ull;
	return (x ^ x >> 29) / bed.squeeze;
}

static bool match(void *arg, u64 loc)
{
	return *(u64 *)arg == loc - 1;
}

/*
 * A third of the trails is reused as it is. A third is brought up to date by an
 * approach. A third has a glance as well.
 */
static struct vkv_trail *trail_of(u64 n)
{
	struct vkv_trail *trail = &bed.trail[n % TRAILS];

	if (trail->hash != hash_of(n))
		*trail = (struct vkv_trail){ .hash = hash_of(n) };
	if (n % 3)
		bed.ops->approach(bed.ix, trail);
	if (n % 3 == 1)
		bed.ops->glance(bed.ix, trail);
	return trail;
}

static int change(u64 n, u64 expect, u64 loc, u64 *found)
{
	return bed.ops->change(bed.ix, trail_of(n), match, &n, expect, loc,
			       found);
}

static u64 find(u64 n)
{
	u32 reads = 0;

	return bed.ops->lookup(bed.ix, trail_of(n), match, &n, &reads);
}

static int bed_init(const struct vkv_index_ops *ops, u32 keys)
{
	struct vkv_index_env env = {
		.size = SIZE,
		.page_alloc = index_page_alloc,
		.page_free = index_page_free,
		.arg = &bed.pages,
	};

	memset(&bed, 0, sizeof(bed));
	bed.ops = ops;
	bed.keys = keys;
	bed.squeeze = 1;
	bed.pages.nr = PAGES;
	bed.pages.limit = PAGES - 1;
	bed.pages.rng = 5;
	bed.pages.mem = malloc(PAGES * VKV_PAGE_SIZE);
	env.mem = bed.pages.mem;
	return bed.ops->create(&env, &bed.ix);
}

static void bed_exit(struct kunit *test)
{
	bed.ops->destroy(bed.ix);
	free(bed.pages.mem);
}

#define CHECK(test)							\
	KUNIT_ASSERT_TRUE_MSG(test, !bed.ops->check(bed.ix, bed.why,	\
			      sizeof(bed.why)), "checker: %s", bed.why)

/* Inserts or removes key @n. This may fail only for want of a page. */
static void toggle(struct kunit *test, u64 n)
{
	u64 found = ~0ull;
	int err;

	if (bed.there[n]) {
		KUNIT_ASSERT_EQ(test, change(n, n + 1, 0, &found), 0);
		KUNIT_ASSERT_EQ(test, found, n + 1);
		bed.there[n] = false;
		bed.nr--;
		return;
	}
	err = change(n, 0, n + 1, &found);
	KUNIT_ASSERT_EQ(test, found, 0);
	if (err) {
		if (err == -ENOSPC && bed.squeeze > 1)
			return;
		KUNIT_ASSERT_EQ(test, err, -EAGAIN);
		/* A split needs two pages. */
		KUNIT_ASSERT_TRUE(test, bed.pages.refuse || bed.pages.used + 2 > bed.pages.limit);
		return;
	}
	bed.there[n] = true;
	bed.nr++;
}

struct census {
	u8 seen[KEYS];
	u64 from, last;		/* bounds of the positions expected */
	u32 wrong;
};

static void visit(void *arg, u64 pos, u64 loc)
{
	struct census *c = arg;

	c->seen[loc - 1]++;
	if (pos < c->from || pos > c->last ||
	    pos != bed.ops->position(bed.ix, hash_of(loc - 1)))
		c->wrong++;
}

/* Scans part by part. Every key from @from on must come exactly once. */
static void expect_scan(struct kunit *test, u64 from)
{
	u64 end = bed.ops->position(bed.ix, ~0ull);
	struct census *c = calloc(1, sizeof(*c));
	u64 at, last = 0;
	u32 n;

	for (at = from; at <= end; at = last + 1) {
		c->from = at;
		c->last = end;
		bed.ops->scan(bed.ix, at, &last, visit, c);
		KUNIT_ASSERT_GE(test, last, at);
		KUNIT_ASSERT_LE(test, last, end);
	}
	for (n = 0; n < bed.keys; n++) {
		u64 pos = bed.ops->position(bed.ix, hash_of(n));

		KUNIT_ASSERT_EQ(test, c->seen[n], bed.there[n] && pos >= from);
	}
	KUNIT_EXPECT_EQ(test, c->wrong, 0);
	free(c);
}

static void expect_all(struct kunit *test)
{
	u64 end = bed.ops->position(bed.ix, ~0ull);
	struct census *c = calloc(1, sizeof(*c));
	u32 n;

	for (n = 0; n < bed.keys; n++)
		KUNIT_ASSERT_EQ(test, find(n), bed.there[n] ? n + 1 : 0);
	expect_scan(test, 0);
	expect_scan(test, bed_random() % end);
	c->last = end;
	bed.ops->walk(bed.ix, visit, c);
	for (n = 0; n < bed.keys; n++)
		KUNIT_ASSERT_EQ(test, c->seen[n], bed.there[n]);
	KUNIT_EXPECT_EQ(test, c->wrong, 0);
	free(c);
	KUNIT_EXPECT_EQ(test, bed.pages.used, bed.ops->nr_pages(bed.ix));
	CHECK(test);
}

static u32 page_bound(void)
{
	return bed.ops->base_pages(SIZE) + bed.nr * 16 / VKV_PAGE_SIZE;
}

static void grow_and_shrink(struct kunit *test)
{
	u32 round, n;

	for (round = 0; round < 2; round++) {
		for (n = 0; n < bed.keys; n++) {
			toggle(test, n);
			KUNIT_ASSERT_LE(test, bed.pages.used, page_bound());
		}
		expect_all(test);
		for (n = bed.keys; n--;) {
			toggle(test, n);
			KUNIT_ASSERT_LE(test, bed.pages.used, page_bound());
		}
		expect_all(test);
		KUNIT_EXPECT_EQ(test, bed.nr, 0);
	}
}

/* A change needs the expected entry, and changes only that one. */
static void expectations(struct kunit *test)
{
	u64 found;

	KUNIT_EXPECT_EQ(test, change(1, 5, 7, &found), -ESTALE);
	KUNIT_EXPECT_EQ(test, found, 0);
	KUNIT_EXPECT_EQ(test, change(1, 0, 2, &found), 0);
	KUNIT_EXPECT_EQ(test, change(1, 0, 2, &found), -ESTALE);
	KUNIT_EXPECT_EQ(test, found, 2);
	KUNIT_EXPECT_TRUE(test, bed.ops->move(bed.ix, hash_of(1), 2, 2));
	KUNIT_EXPECT_FALSE(test, bed.ops->move(bed.ix, hash_of(1), 3, 2));
	KUNIT_EXPECT_FALSE(test, bed.ops->move(bed.ix, hash_of(2), 2, 9));
	KUNIT_EXPECT_EQ(test, change(1, VKV_LOC_ANY, 0, &found), 0);
	KUNIT_EXPECT_EQ(test, found, 2);
	KUNIT_EXPECT_EQ(test, change(1, VKV_LOC_ANY, 0, &found), 0);
	KUNIT_EXPECT_EQ(test, found, 0);
	KUNIT_EXPECT_FALSE(test, bed.ops->move(bed.ix, hash_of(1), 2, 2));
}

/* After an approach, a glance finds the same entry as a lookup, or nothing. */
static void glances(struct kunit *test)
{
	u32 n, seen = 0;
	u64 found;

	for (n = 0; n < 5000; n++)
		KUNIT_ASSERT_EQ(test, change(n, 0, n + 1, &found), 0);
	for (n = 0; n < 5000; n++) {
		struct vkv_trail trail = { .hash = hash_of(n) };
		u64 loc;

		bed.ops->approach(bed.ix, &trail);
		loc = bed.ops->glance(bed.ix, &trail);
		KUNIT_ASSERT_TRUE(test, !loc || loc == n + 1);
		seen += !!loc;
	}
	/* A glance misses entries in their second line, but these are few. */
	KUNIT_EXPECT_GT(test, seen, 4000);
}

/* Positions have the same order as hashes. */
static void positions(struct kunit *test)
{
	u64 last = bed.ops->position(bed.ix, 0);
	u64 hash = 0;
	u32 i;

	for (i = 0; i < 100000; i++) {
		u64 step = bed_random() << 7;
		u64 pos;

		if (hash + step < hash)
			break;
		hash += step;
		pos = bed.ops->position(bed.ix, hash);
		KUNIT_ASSERT_GE(test, pos, last);
		last = pos;
	}
	KUNIT_EXPECT_GT(test, i, 1000);
	KUNIT_EXPECT_GE(test, bed.ops->position(bed.ix, ~0ull), last);
}

/* Nothing is lost when pages run out. With pages again, the index recovers. */
static void pages_run_out(struct kunit *test)
{
	u32 i, n, refused;

	bed.pages.limit = bed.ops->base_pages(SIZE) + 40;
	for (n = 0; n < bed.keys && bed.nr == n; n++)
		toggle(test, n);
	KUNIT_EXPECT_GT(test, bed.nr, 1000);
	KUNIT_EXPECT_LT(test, bed.nr, bed.pages.limit * 512);
	expect_all(test);
	/* A delete always works, and it makes room. */
	for (i = 0; i < 1000; i++)
		toggle(test, i);
	expect_all(test);
	bed.pages.limit = PAGES - 1;
	bed.pages.refuse = 2;
	for (i = 0; i < 100000; i++)
		toggle(test, bed_random() % bed.keys);
	bed.pages.refuse = 1;
	for (n = 0, refused = 0; n < bed.keys && refused < 1000; n++)
		if (!bed.there[n]) {
			toggle(test, n);
			refused += !bed.there[n];
		}
	KUNIT_EXPECT_EQ(test, refused, 1000);
	expect_all(test);
	bed.pages.refuse = 0;
	for (i = 0; i < 20000 && bed.ops->tidy(bed.ix); i++)
		;
	KUNIT_EXPECT_FALSE(test, bed.ops->tidy(bed.ix));
	expect_all(test);
	for (n = 0; n < bed.keys; n++)
		if (bed.there[n])
			toggle(test, n);
	expect_all(test);
	KUNIT_EXPECT_LE(test, bed.pages.used, page_bound());
}

/*
 * All keys lie in a corner of the order, so deep buckets lie beside shallow
 * ones. An index may refuse keys that it cannot tell apart. It must keep the
 * keys that it has.
 */
static void one_corner(struct kunit *test)
{
	u32 n;

	bed.squeeze = 1 << 12;
	for (n = 0; n < FEW_KEYS; n++)
		toggle(test, n);
	KUNIT_EXPECT_GE(test, bed.nr, 3000);
	expect_all(test);
	for (n = 0; n < FEW_KEYS; n++)
		if (bed.there[n] && n % 8)
			toggle(test, n);
	expect_all(test);
	for (n = 0; n < FEW_KEYS; n++)
		if (bed.there[n])
			toggle(test, n);
	while (bed.ops->tidy(bed.ix))
		;
	KUNIT_EXPECT_LE(test, bed.pages.used, page_bound());
	expect_all(test);
}

/* Moves page @from to another place, as the collector does. */
static void wander(struct kunit *test, u32 from)
{
	u32 cookie = bed.pages.cookie[from] - 1;
	u32 to = index_page_alloc(&bed.pages, cookie);

	KUNIT_ASSERT_NE(test, to, 0);
	/* The index must refuse a move from a place where the page is not. */
	KUNIT_ASSERT_FALSE(test, bed.ops->page_move(bed.ix, cookie, to, from));
	KUNIT_ASSERT_TRUE(test, bed.ops->page_move(bed.ix, cookie, from, to));
	index_page_free(&bed.pages, from);
}

static void pages_wander(struct kunit *test)
{
	u32 round, i, moved = 0;

	for (round = 0; round < 40; round++) {
		for (i = 0; i < bed.keys / 20; i++)
			toggle(test, bed_random() % bed.keys);
		for (i = 1; i < PAGES; i++)
			if (bed.pages.cookie[i] && bed_random() % 4 == 0) {
				wander(test, i);
				moved++;
			}
		if (round % 8 == 0)
			expect_all(test);
	}
	KUNIT_EXPECT_GT(test, moved, 500);
	/* The index must refuse cookies of pages that are gone. */
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_FALSE(test,
				   bed.ops->page_move(bed.ix, (u32)bed_random(),
						      0, 1));
	expect_all(test);
}

static void create_without_pages(struct kunit *test)
{
	struct vkv_index_env env = {
		.mem = bed.pages.mem,
		.size = SIZE,
		.page_alloc = index_page_alloc,
		.page_free = index_page_free,
		.arg = &bed.pages,
	};
	struct vkv_index *other;
	u32 base = bed.pages.used;
	u32 i;

	/* Creating another index fails while pages are lacking, and keeps none. */
	for (i = 0; i < base; i++) {
		bed.pages.limit = bed.pages.used + i;
		KUNIT_EXPECT_EQ(test, bed.ops->create(&env, &other), -EAGAIN);
		KUNIT_EXPECT_EQ(test, bed.pages.used, base);
	}
	bed.pages.limit = bed.pages.used + base;
	KUNIT_ASSERT_EQ(test, bed.ops->create(&env, &other), 0);
	bed.ops->destroy(other);
	KUNIT_EXPECT_GE(test, bed.ops->base_pages(SIZE), base);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(grow_and_shrink),
	KUNIT_CASE(expectations),
	KUNIT_CASE(glances),
	KUNIT_CASE(positions),
	KUNIT_CASE(pages_run_out),
	KUNIT_CASE(one_corner),
	KUNIT_CASE(pages_wander),
	KUNIT_CASE(create_without_pages),
	{}
};

static int extendible_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible, KEYS);
}

static int plain_init(struct kunit *test)
{
	return bed_init(&vkv_index_plain, FEW_KEYS);
}

static struct kunit_suite extendible = {
	.name = "extendible",
	.init = extendible_init,
	.exit = bed_exit,
	.test_cases = cases,
};

static struct kunit_suite plain = {
	.name = "plain",
	.init = plain_init,
	.exit = bed_exit,
	.test_cases = cases,
};

kunit_test_suites(&extendible, &plain);
