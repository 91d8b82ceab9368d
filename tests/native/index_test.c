// SPDX-License-Identifier: GPL-2.0
/*
 * The index by itself: over an array of records that are numbers, with a page
 * allocator that fails as it likes, and pages that wander.
 */
#include <kunit/test.h>
#include <stdlib.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "kv_index.h"

#define PAGES 4096u
#define KEYS 60000u
#define SIZE (16ull << 20)

/* Location n+1 is the record of key n; its hash is hash_of(n). */
struct bed {
	const struct vkv_index_ops *ops;
	struct vkv_index *ix;
	u8 *mem;
	u32 cookie[PAGES];	/* 0: free, else the cookie + 1 */
	u32 used;
	u32 limit;		/* pages it may have at a time */
	u32 refuse;		/* one of so many requests fails; 0: none */
	u64 rng;
	bool there[KEYS];
	u32 nr;
	char why[160];
};

static struct bed bed;

static u64 bed_random(void)
{
	bed.rng = bed.rng * 6364136223846793005ull + 1442695040888963407ull;
	return bed.rng >> 24;
}

static u64 hash_of(u64 n)
{
	u64 x = (n + 1) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 29;
}

static u32 page_alloc(void *arg, u32 cookie)
{
	u32 i;

	if (bed.used >= bed.limit ||
	    (bed.refuse && bed_random() % bed.refuse == 0))
		return 0;
	for (i = 1 + bed_random() % (PAGES - 1); bed.cookie[i];)
		i = i % (PAGES - 1) + 1;
	bed.cookie[i] = cookie + 1;
	bed.used++;
	memset(bed.mem + i * VKV_PAGE_SIZE, 0xee, VKV_PAGE_SIZE);
	return i;
}

static void page_free(void *arg, u32 page)
{
	if (!page || page >= PAGES || !bed.cookie[page])
		abort();
	bed.cookie[page] = 0;
	bed.used--;
	memset(bed.mem + page * VKV_PAGE_SIZE, 0xdd, VKV_PAGE_SIZE);
}

static bool match(void *arg, u64 loc)
{
	return *(u64 *)arg == loc - 1;
}

static int change(u64 n, u64 expect, u64 loc, u64 *found)
{
	return bed.ops->change(bed.ix, hash_of(n), match, &n, expect, loc,
			       found);
}

static u64 find(u64 n)
{
	u32 reads = 0;

	return bed.ops->lookup(bed.ix, hash_of(n), match, &n, &reads);
}

static int bed_init(struct kunit *test)
{
	struct vkv_index_env env = {
		.size = SIZE,
		.page_alloc = page_alloc,
		.page_free = page_free,
	};

	memset(&bed, 0, sizeof(bed));
	bed.ops = &vkv_index_linear;
	bed.limit = PAGES - 1;
	bed.rng = 5;
	bed.mem = malloc(PAGES * VKV_PAGE_SIZE);
	env.mem = bed.mem;
	return bed.ops->create(&env, &bed.ix);
}

static void bed_exit(struct kunit *test)
{
	bed.ops->destroy(bed.ix);
	free(bed.mem);
}

#define CHECK(test)							\
	KUNIT_ASSERT_TRUE_MSG(test, !bed.ops->check(bed.ix, bed.why,	\
			      sizeof(bed.why)), "checker: %s", bed.why)

/* Inserts or removes key @n, which may fail only for want of a page. */
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
		KUNIT_ASSERT_EQ(test, err, -EAGAIN);
		KUNIT_ASSERT_TRUE(test, bed.refuse || bed.used == bed.limit);
		return;
	}
	bed.there[n] = true;
	bed.nr++;
}

static void visit(void *arg, u64 loc)
{
	((u8 *)arg)[loc - 1]++;
}

static void expect_all(struct kunit *test)
{
	u8 *seen = calloc(KEYS, 1);
	u64 pos = 0, last, version;
	u32 n;

	for (n = 0; n < KEYS; n++)
		KUNIT_ASSERT_EQ(test, find(n), bed.there[n] ? n + 1 : 0);
	/* A scan from bucket to bucket meets all of them once. */
	do {
		bed.ops->scan(bed.ix, pos, &last, &version, visit, seen);
		KUNIT_ASSERT_GE(test, last, pos);
		KUNIT_ASSERT_TRUE(test, bed.ops->unchanged(bed.ix, pos,
							   version));
		pos = last + 1;
	} while (pos);
	for (n = 0; n < KEYS; n++)
		KUNIT_ASSERT_EQ(test, seen[n], bed.there[n]);
	memset(seen, 0, KEYS);
	bed.ops->walk(bed.ix, visit, seen);
	for (n = 0; n < KEYS; n++)
		KUNIT_ASSERT_EQ(test, seen[n], bed.there[n]);
	free(seen);
	KUNIT_EXPECT_EQ(test, bed.used, bed.ops->pages(bed.ix));
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
		for (n = 0; n < KEYS; n++) {
			toggle(test, n);
			KUNIT_ASSERT_LE(test, bed.used, page_bound());
		}
		expect_all(test);
		for (n = KEYS; n--;) {
			toggle(test, n);
			KUNIT_ASSERT_LE(test, bed.used, page_bound());
		}
		expect_all(test);
		KUNIT_EXPECT_EQ(test, bed.nr, 0);
	}
}

/* What is found is what is changed, and only that. */
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

static void versions(struct kunit *test)
{
	u64 pos = vkv_bitrev64(hash_of(3));
	u8 *seen = calloc(KEYS, 1);
	u64 last, version, found;

	KUNIT_EXPECT_EQ(test, vkv_bitrev64(pos), hash_of(3));
	KUNIT_ASSERT_EQ(test, change(3, 0, 4, &found), 0);
	bed.ops->scan(bed.ix, pos, &last, &version, visit, seen);
	KUNIT_EXPECT_EQ(test, seen[3], 1);
	KUNIT_EXPECT_TRUE(test, bed.ops->unchanged(bed.ix, pos, version));
	KUNIT_EXPECT_TRUE(test, bed.ops->move(bed.ix, hash_of(3), 4, 9));
	KUNIT_EXPECT_FALSE(test, bed.ops->unchanged(bed.ix, pos, version));
	free(seen);
}

/* Without pages nothing is lost, and afterwards it recovers. */
static void pages_run_out(struct kunit *test)
{
	u32 i, n, refused;

	bed.limit = 40;
	for (n = 0; n < KEYS && bed.nr == n; n++)
		toggle(test, n);
	KUNIT_EXPECT_GT(test, bed.nr, 1000);
	KUNIT_EXPECT_LT(test, bed.nr, 40 * 512);
	expect_all(test);
	/* Deleting always works, and makes room. */
	for (i = 0; i < 1000; i++)
		toggle(test, i);
	expect_all(test);
	bed.limit = PAGES - 1;
	bed.refuse = 2;
	for (i = 0, refused = 0; i < 100000; i++) {
		u32 before = bed.nr;

		toggle(test, bed_random() % KEYS);
		refused += bed.nr == before;
	}
	KUNIT_EXPECT_GT(test, refused, 10);
	expect_all(test);
	bed.refuse = 0;
	for (i = 0; i < 20000 && bed.ops->tidy(bed.ix); i++)
		;
	KUNIT_EXPECT_FALSE(test, bed.ops->tidy(bed.ix));
	expect_all(test);
	for (n = 0; n < KEYS; n++)
		if (bed.there[n])
			toggle(test, n);
	expect_all(test);
	KUNIT_EXPECT_LE(test, bed.used, page_bound());
}

/* Moves page @from elsewhere, as the collector does. */
static void wander(struct kunit *test, u32 from)
{
	u32 cookie = bed.cookie[from] - 1;
	u32 to = page_alloc(NULL, cookie);

	KUNIT_ASSERT_NE(test, to, 0);
	/* It is not there, nor under the cookie of another. */
	KUNIT_ASSERT_FALSE(test, bed.ops->page_move(bed.ix, cookie, to, from));
	KUNIT_ASSERT_TRUE(test, bed.ops->page_move(bed.ix, cookie, from, to));
	page_free(NULL, from);
}

static void pages_wander(struct kunit *test)
{
	u32 round, i, moved = 0;

	for (round = 0; round < 40; round++) {
		for (i = 0; i < 3000; i++)
			toggle(test, bed_random() % KEYS);
		for (i = 1; i < PAGES; i++)
			if (bed.cookie[i] && bed_random() % 4 == 0) {
				wander(test, i);
				moved++;
			}
		if (round % 8 == 0)
			expect_all(test);
	}
	KUNIT_EXPECT_GT(test, moved, 500);
	/* Cookies of pages that are no more are refused. */
	for (i = 0; i < 1000; i++)
		KUNIT_EXPECT_FALSE(test, bed.ops->page_move(bed.ix,
				(u32)bed_random(), 0, 1));
	expect_all(test);
}

static void create_without_pages(struct kunit *test)
{
	struct vkv_index_env env = {
		.mem = bed.mem,
		.size = SIZE,
		.page_alloc = page_alloc,
		.page_free = page_free,
	};
	struct vkv_index *other;
	u32 base = bed.used;
	u32 i;

	/* As many pages as it takes; what it got is not given back. */
	for (i = 0; i < base; i++) {
		bed.limit = bed.used + i;
		KUNIT_EXPECT_EQ(test, bed.ops->create(&env, &other), -ENOMEM);
	}
	bed.limit = bed.used + base;
	KUNIT_ASSERT_EQ(test, bed.ops->create(&env, &other), 0);
	bed.ops->destroy(other);
	KUNIT_EXPECT_GE(test, bed.ops->base_pages(SIZE), base);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(grow_and_shrink),
	KUNIT_CASE(expectations),
	KUNIT_CASE(versions),
	KUNIT_CASE(pages_run_out),
	KUNIT_CASE(pages_wander),
	KUNIT_CASE(create_without_pages),
	{}
};

static struct kunit_suite suite = {
	.name = "index",
	.init = bed_init,
	.exit = bed_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
