// SPDX-License-Identifier: GPL-2.0
/*
 * Measures write amplification: equal values are overwritten at random, and the
 * result is compared with known figures.
 *
 * The live share u is the number of live record bytes, divided by the bytes of
 * the segments that records may use. These segments are the physical ones,
 * without the segments of the index (rounded up) and without the free ones that
 * are held back. The figure is the average over a window. Write amplification
 * is (host_written + gc_written) / host_written in this window. The window
 * begins after the device has been overwritten several times.
 *
 * The figures expected for uniform overwrites are known. With many records in a
 * segment, greedy collects like first in, first out. Then u = (1 - p) / -ln(p),
 * and the amplification is 1 / (1 - p). With fewer records the figures are from
 * simulations.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "native/ftl/world.h"

#define MIB (1ull << 20)
/* The largest device whose segments have the smallest size. */
#define SIZE (127 * MIB)
#define SEGMENT (256u << 10)
#define KEY_LEN 8u
#define HEADER 24u
/* Number of fills before the window. With little live data fewer are enough. */
#define WARM_UP 4u
#define WINDOW 2u

/* Records that fill a segment up to 48 bytes. */
struct shape {
	const char *name;
	u32 record;
	u32 per_segment;
};

static const struct shape records_63 = { "63 a segment", 4160, 63 };
static const struct shape records_260 = { "260 a segment", 1008, 260 };

/* Live shares, in thousandths. */
static const u32 shares[] = { 700, 800, 850, 900, 930 };
static const u32 greedy_64[] = { 1836, 2604, 3363, 4842, 6659 };
static const u32 greedy_256[] = { 1867, 2674, 3486, 5107, 7174 };
static const u32 cost_benefit_64[] = { 1840, 2630, 3410, 4930, 6820 };

static struct world world;
static u8 value[8192];

struct bench {
	struct kunit *test;
	struct world *w;
	const struct shape *shape;
	u32 nr;			/* number of keys */
	u32 hot;		/* per cent of the keys that are hot */
	u32 hit;		/* per cent of the overwrites on hot keys */
};

/* The figures of a window. */
struct result {
	u64 share;		/* in millionths */
	u64 wa;			/* in thousandths */
};

static void store(struct bench *b, u32 n)
{
	const struct vkv_key key = {
		.data = (const u8 *)&(u64){ n }, .len = KEY_LEN,
	};
	struct world *w = b->w;

	KUNIT_ASSERT_EQ(b->test,
			world_store(w, &key, value,
				    b->shape->record - HEADER - KEY_LEN, 0), 0);
	while (vkv_ftl_wants_collect(w->ftl) && world_round(w, false))
		;
}

static void drop(struct bench *b, u32 n)
{
	const struct vkv_key key = {
		.data = (const u8 *)&(u64){ n }, .len = KEY_LEN,
	};

	KUNIT_ASSERT_EQ(b->test, world_delete(b->w, &key), 0);
}

static u32 choose(struct bench *b)
{
	u32 hot = (u64)b->nr * b->hot / 100;

	if (!hot)
		return below(b->w, b->nr);
	if (below(b->w, 100) < b->hit)
		return below(b->w, hot);
	return hot + below(b->w, b->nr - hot);
}

/* Bytes of the segments that records may use now. */
static u64 usable_bytes(const struct vkv_usage *usage)
{
	u64 index = DIV_ROUND_UP(usage->index, SEGMENT - 4096) * SEGMENT;

	return usage->physical - usage->free - index;
}

/* Overwrites @nr keys. Returns the mean of usable_bytes() meanwhile. */
static u64 overwrite(struct bench *b, u64 nr)
{
	struct vkv_usage usage;
	u64 sum = 0;
	u64 i;

	for (i = 0; i < nr; i++) {
		store(b, choose(b));
		if (i % 256)
			continue;
		usage = world_usage(b->w);
		sum += usable_bytes(&usage);
	}
	return sum / DIV_ROUND_UP(nr, 256);
}

/* Chooses how many keys give the share, if records can use @bytes. */
static void set_keys(struct bench *b, u64 bytes, u32 share)
{
	u32 nr = bytes * share / 1000 / b->shape->record;

	while (b->nr < nr)
		store(b, b->nr++);
	while (b->nr > nr)
		drop(b, --b->nr);
}

static void fill(struct bench *b, u32 share)
{
	u64 bytes = world_usage(b->w).physical - 16 * SEGMENT;
	u32 i;

	set_keys(b, bytes * 97 / 100, share);
	for (i = 0; i < 2; i++)
		set_keys(b, overwrite(b, b->nr), share);
}

static struct result measure(struct bench *b)
{
	u64 host, moved, bytes;
	struct vkv_usage before, after;

	overwrite(b, (u64)b->nr * WARM_UP);
	before = world_usage(b->w);
	bytes = overwrite(b, (u64)b->nr * WINDOW);
	after = world_usage(b->w);
	host = after.host_written - before.host_written;
	moved = after.gc_written - before.gc_written;
	return (struct result){
		.share = (u64)b->nr * b->shape->record * 1000000 / bytes,
		.wa = (host + moved) * 1000 / host,
	};
}

static struct result run(struct kunit *test, const char *victim,
			 const struct shape *shape, u32 share, u32 hot, u32 hit)
{
	struct bench b = {
		.test = test, .w = &world, .shape = shape,
		.hot = hot, .hit = hit,
	};
	struct result result;

	KUNIT_ASSERT_EQ(test, world_init_victim(&world, SIZE, WORLD_CTX, 10,
						victim), 0);
	fill(&b, share);
	result = measure(&b);
	KUNIT_ASSERT_TRUE_MSG(test, !world_settle(&world) && !world_check(&world),
			      "checker: %s", world.why);
	world_exit(&world);
	world.ftl = NULL;
	/* The figures are comparable only with the share asked for. */
	KUNIT_EXPECT_GE(test, result.share, share * 998);
	KUNIT_EXPECT_LE(test, result.share, share * 1003);
	return result;
}

static void uniform(struct kunit *test, const char *victim,
		    const struct shape *shape, const u32 *expected)
{
	u32 i;

	kunit_info(test, "%s, %s: share, amplification, expected", victim,
		   shape->name);
	for (i = 0; i < ARRAY_SIZE(shares); i++) {
		struct result r = run(test, victim, shape, shares[i], 0, 0);

		kunit_info(test, "0.%06llu %llu.%03llu %u.%03u", r.share,
			   r.wa / 1000, r.wa % 1000, expected[i] / 1000,
			   expected[i] % 1000);
		KUNIT_EXPECT_LE(test, r.wa * 100, expected[i] * 105);
		KUNIT_EXPECT_GE(test, r.wa * 100, expected[i] * 95);
	}
}

/* 80 % of the overwrites go to 20 % of the keys. Results are thousandths. */
static void skewed(struct kunit *test, const char *victim, u64 *skew, u64 *even)
{
	*even = run(test, victim, &records_63, 800, 0, 0).wa;
	*skew = run(test, victim, &records_63, 800, 20, 80).wa;
	kunit_info(test, "%s, 80 %% to 20 %%: %llu.%03llu, uniform %llu.%03llu",
		   victim, *skew / 1000, *skew % 1000, *even / 1000,
		   *even % 1000);
}

static void uniform_greedy(struct kunit *test)
{
	uniform(test, "greedy", &records_63, greedy_64);
}

static void uniform_greedy_small(struct kunit *test)
{
	uniform(test, "greedy", &records_260, greedy_256);
}

static void uniform_cost_benefit(struct kunit *test)
{
	uniform(test, "cost-benefit", &records_63, cost_benefit_64);
}

/* Greedy gains nothing by skew; without generations the figure is 3.02. */
static void skewed_greedy(struct kunit *test)
{
	u64 skew, even;

	skewed(test, "greedy", &skew, &even);
	KUNIT_EXPECT_LT(test, skew, 3020 * 95 / 100);
}

static void skewed_cost_benefit(struct kunit *test)
{
	u64 skew, even;

	skewed(test, "cost-benefit", &skew, &even);
	KUNIT_EXPECT_LE(test, skew * 10, even * 9);
}

static void suite_exit(struct kunit *test)
{
	if (world.ftl)
		world_exit(&world);
	world.ftl = NULL;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(uniform_greedy),
	KUNIT_CASE(uniform_greedy_small),
	KUNIT_CASE(uniform_cost_benefit),
	KUNIT_CASE(skewed_greedy),
	KUNIT_CASE(skewed_cost_benefit),
	{}
};

static struct kunit_suite suite = {
	.name = "wa",
	.exit = suite_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
