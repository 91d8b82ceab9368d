// SPDX-License-Identifier: GPL-2.0
/*
 * Flips bits in the pages of an index while it works. It must not fault, must
 * end, and may lose only the keys whose entries were hit. The test knows how
 * entries lie in pages, so it knows which key a flipped bit belongs to.
 */
#include <kunit/test.h>
#include <stdlib.h>
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "native/ftl/index_pages.h"

#include "ftl/index/dir.h"
#include "ftl/index/index.h"

#define PAGES 2048u
/* Not a power of two, so a location has bits for places beyond the end. */
#define SIZE (9ull << 20)
#define KEYS 60000u
#define LOCS (SIZE / VKV_ALIGN - 1)
#define ROUNDS 30u
#define FLIPS 400u

/* The state of a test. A record is the number of its key. */
struct bed {
	const struct vkv_index_ops *ops;
	struct vkv_index *ix;
	struct index_pages pages;
	u32 *record;		/* by location; the last one ends the memory */
	bool hit_page[PAGES];
	u32 same;		/* so many keys share a hash */
	u32 corner;		/* first bits that all hashes share */
	u32 loc_bits;
	u32 header;		/* bytes before the entries of a page */
	u32 nr;
	bool there[KEYS];
	bool hit[KEYS];		/* an entry of the key was damaged */
	u8 seen[KEYS];
	u64 from, last;		/* positions of the part that is listed */
	u32 outside;		/* entries that came from elsewhere */
	u32 moves, refused;
};

static struct bed bed;

static u64 bed_random(void)
{
	return index_pages_random(&bed.pages);
}

static u64 hash_of(u64 n)
{
	u64 x = (n / bed.same + 1) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9ull;
	return (x ^ x >> 29) >> bed.corner;
}

/* Locations are spread over the whole range, up to the last one. */
static u64 loc_of(u64 n)
{
	return LOCS - 1 - n * 9;
}

static u32 page_alloc(void *arg, u32 cookie)
{
	u32 page = index_page_alloc(arg, cookie);

	bed.hit_page[page] = false;
	return page;
}

static bool match(void *arg, u64 loc)
{
	return bed.record[loc] == *(u64 *)arg + 1;
}

static int change(u64 n, u64 expect, u64 loc, u64 *found)
{
	struct vkv_trail trail = { .hash = hash_of(n) };

	return bed.ops->change(bed.ix, &trail, match, &n, expect, loc, found);
}

static u64 find(u64 n)
{
	struct vkv_trail trail = { .hash = hash_of(n) };
	u32 reads = 0;

	if (n % 2) {
		bed.ops->approach(bed.ix, &trail);
		bed.ops->glance(bed.ix, &trail);
	}
	return bed.ops->lookup(bed.ix, &trail, match, &n, &reads);
}

static int bed_init(const struct vkv_index_ops *ops, u32 same, u32 corner,
		    u32 loc_bits, u32 header)
{
	struct vkv_index_env env = {
		/* The index must not believe in more pages than there are. */
		.size = SIZE,
		.page_alloc = page_alloc,
		.page_free = index_page_free,
		.arg = &bed.pages,
	};
	u32 n;

	memset(&bed, 0, sizeof(bed));
	bed.ops = ops;
	bed.same = same;
	bed.corner = corner;
	bed.loc_bits = loc_bits;
	bed.header = header;
	bed.pages.nr = PAGES;
	bed.pages.limit = PAGES - 1;
	bed.pages.rng = 7;
	bed.pages.mem = malloc(SIZE);
	bed.record = calloc(LOCS, sizeof(*bed.record));
	if (!bed.pages.mem || !bed.record)
		return -ENOMEM;
	for (n = 0; n < KEYS; n++)
		bed.record[loc_of(n)] = n + 1;
	env.mem = bed.pages.mem;
	return bed.ops->create(&env, &bed.ix);
}

static void bed_exit(struct kunit *test)
{
	bed.ops->destroy(bed.ix);
	free(bed.pages.mem);
	free(bed.record);
}

/* Flipping bits */

static u64 *word_at(u32 page, u32 at)
{
	return (u64 *)(bed.pages.mem + (u64)page * VKV_PAGE_SIZE + at);
}

static bool is_directory(u32 page)
{
	return bed.ops == &vkv_index_extendible && (bed.pages.cookie[page] - 1) & 1;
}

static u32 used_page(void)
{
	u32 page;

	do
		page = bed_random() % PAGES;
	while (!bed.pages.cookie[page]);
	return page;
}

/* A damaged entry costs the key that it leads to. */
static void note_hit(u32 page, u32 at)
{
	u64 loc = *word_at(page, at) & ((1ull << bed.loc_bits) - 1);

	bed.hit_page[page] = true;
	if (!is_directory(page) && at >= bed.header && loc < LOCS &&
	    bed.record[loc])
		bed.hit[bed.record[loc] - 1] = true;
}

static void flip(u32 page, u32 at)
{
	note_hit(page, at);
	*word_at(page, at) ^= 1ull << bed_random() % 64;
}

/* A used page that is one of the directory or is none; 0 if there is none. */
static u32 page_of_kind(bool directory)
{
	u32 tries = 1000;
	u32 page = 0;

	while (--tries) {
		page = used_page();
		if (is_directory(page) == directory)
			return page;
	}
	return 0;
}

/*
 * One flip in eight hits a header, one the directory, and the others any word.
 * So headers and slots are hit far more often than their share.
 */
static void flip_some(u32 nr)
{
	while (nr--) {
		u32 page = nr % 8 > 1 ? 0 : page_of_kind(nr % 8);
		u32 end = page && !is_directory(page) ? bed.header :
							VKV_PAGE_SIZE;

		flip(page ?: used_page(), bed_random() % (end / 8) * 8);
	}
}

/* Working */

/* Storing a key again makes it readable again, whatever was hit. */
static void store(struct kunit *test, u64 n)
{
	u64 was = find(n);
	u64 found;

	KUNIT_ASSERT_TRUE(test, was == loc_of(n) || !was);
	if (!bed.hit[n])
		KUNIT_ASSERT_EQ(test, was, bed.there[n] ? loc_of(n) : 0);
	KUNIT_ASSERT_EQ(test, change(n, was, loc_of(n), &found), 0);
	KUNIT_ASSERT_EQ(test, found, was);
	bed.there[n] = true;
	KUNIT_ASSERT_EQ(test, find(n), loc_of(n));
}

static void delete(struct kunit *test, u64 n)
{
	u64 found;

	KUNIT_ASSERT_EQ(test, change(n, VKV_LOC_ANY, 0, &found), 0);
	if (!bed.hit[n])
		KUNIT_ASSERT_EQ(test, found, bed.there[n] ? loc_of(n) : 0);
	bed.there[n] = false;
	if (!bed.hit[n])
		KUNIT_ASSERT_EQ(test, find(n), 0);
}

static void work(struct kunit *test, u32 grow_percent)
{
	u32 i;

	for (i = 0; i < KEYS / 8; i++) {
		u64 n = bed_random() % KEYS;

		if (bed_random() % 100 < grow_percent)
			store(test, n);
		else
			delete(test, n);
	}
}

/* Counts a key that comes where it belongs; what is damaged may come anywhere. */
static void visit(void *arg, u64 pos, u64 loc)
{
	u32 n = bed.record[loc];

	bed.outside += pos < bed.from || pos > bed.last;
	if (n && pos == bed.ops->position(bed.ix, hash_of(n - 1)))
		bed.seen[n - 1]++;
}

static void expect_seen(struct kunit *test)
{
	u32 n;

	for (n = 0; n < KEYS; n++)
		if (!bed.hit[n])
			KUNIT_ASSERT_EQ(test, bed.seen[n], bed.there[n]);
	memset(bed.seen, 0, sizeof(bed.seen));
}

static void expect_lists(struct kunit *test)
{
	u64 end = bed.ops->position(bed.ix, ~0ull);

	for (bed.from = 0; bed.from <= end; bed.from = bed.last + 1) {
		bed.ops->scan(bed.ix, bed.from, &bed.last, visit, NULL);
		KUNIT_ASSERT_GE(test, bed.last, bed.from);
		KUNIT_ASSERT_LE(test, bed.last, end);
	}
	KUNIT_EXPECT_EQ(test, bed.outside, 0);
	expect_seen(test);
	bed.from = 0;
	bed.ops->walk(bed.ix, visit, NULL);
	expect_seen(test);
}

static u32 expect_keys(struct kunit *test)
{
	u32 n, hits = 0;

	for (n = 0; n < KEYS; n++) {
		u64 loc = find(n);

		KUNIT_ASSERT_TRUE(test, !loc || loc == loc_of(n));
		if (!bed.hit[n])
			KUNIT_ASSERT_EQ(test, loc, bed.there[n] ? loc : 0);
		if (!bed.hit[n] && bed.there[n])
			KUNIT_ASSERT_EQ(test, loc, loc_of(n));
		hits += bed.hit[n];
	}
	return hits;
}

/* Moves a page, as the collector does. Only a page that was hit may refuse. */
static void wander(struct kunit *test, u32 from)
{
	u32 cookie = bed.pages.cookie[from] - 1;
	u32 to = page_alloc(&bed.pages, cookie);

	KUNIT_ASSERT_NE(test, to, 0);
	bed.moves++;
	if (bed.ops->page_move(bed.ix, cookie, from, to)) {
		bed.hit_page[to] = bed.hit_page[from];
		index_page_free(&bed.pages, from);
		return;
	}
	KUNIT_ASSERT_TRUE(test, bed.hit_page[from]);
	bed.refused++;
	index_page_free(&bed.pages, to);
}

static void wander_all(struct kunit *test)
{
	u32 i;

	for (i = 1; i < PAGES; i++)
		if (bed.pages.cookie[i] && bed_random() % 8 == 0)
			wander(test, i);
}

static void tidy(void)
{
	u32 i;

	for (i = 0; i < 2000 && bed.ops->tidy(bed.ix); i++)
		;
}

/* Keys whose entries were not hit stay, while the index grows and shrinks. */
static void only_hit_entries_are_lost(struct kunit *test)
{
	u32 round, hits = 0;

	for (round = 0; round < ROUNDS; round++) {
		/* Two rounds of growth, then two of decline. */
		work(test, round % 4 < 2 ? 90 : 25);
		flip_some(FLIPS);
		wander_all(test);
		tidy();
		if (round % 5 == 0) {
			expect_lists(test);
			hits = expect_keys(test);
		}
	}
	printf("# %u of %u keys hit, %u of %u pages stayed where they were\n",
	       hits, KEYS, bed.refused, bed.moves);
	KUNIT_EXPECT_GT(test, hits, 100);
	KUNIT_EXPECT_LT(test, bed.refused * 100, bed.moves);
}

/* Every word of the directory and of the headers takes a flip in turn. */
static void every_word_of_structure(struct kunit *test)
{
	u32 page, at, bit;

	work(test, 100);
	work(test, 100);
	for (page = 1; page < PAGES; page++) {
		u32 end = is_directory(page) ? VKV_PAGE_SIZE : bed.header;

		if (!bed.pages.cookie[page])
			continue;
		for (at = 0; at < end; at += 8)
			for (bit = 0; bit < 64; bit += 9)
				*word_at(page, at) ^=
					at / 8 % 7 == bit % 7 ? 1ull << bit : 0;
	}
	KUNIT_EXPECT_EQ(test, expect_keys(test), 0);
	expect_lists(test);
	work(test, 50);
	KUNIT_EXPECT_EQ(test, expect_keys(test), 0);
}

/*
 * Far more damage than can be mended. Nothing is expected of the keys but that
 * a lookup finds the right one or none, and that calls end.
 */
static void storm(struct kunit *test)
{
	u32 round, i;
	u64 found;

	for (round = 0; round < 60; round++) {
		for (i = 0; i < 4000; i++) {
			u64 n = bed_random() % KEYS, loc = find(n);
			u64 to = bed_random() % 3 ? loc_of(n) : 0;

			KUNIT_ASSERT_TRUE(test, !loc || loc == loc_of(n));
			(void)change(n, VKV_LOC_ANY, 0, &found);
			(void)change(n, 0, to, &found);
			(void)bed.ops->move(bed.ix, hash_of(n), loc_of(n),
					    loc_of(n));
			(void)bed.ops->page(bed.ix, hash_of(n));
		}
		for (i = 0; i < 20000; i++)
			flip(used_page(),
			     bed_random() % (VKV_PAGE_SIZE / 8) * 8);
		memset(bed.hit, true, sizeof(bed.hit));
		memset(bed.hit_page, true, sizeof(bed.hit_page));
		expect_lists(test);
		wander_all(test);
		tidy();
	}
	printf("# %u pages in use\n", bed.pages.used);
}

/* Makes some slots of the directory what they never were. */
static void smash_slots(u32 nr)
{
	while (nr--) {
		u32 page = page_of_kind(true);

		if (page)
			*word_at(page, bed_random() % (VKV_PAGE_SIZE / 8) * 8) =
				bed_random() << 24 ^ bed_random();
	}
	memset(bed.hit, true, sizeof(bed.hit));
	memset(bed.hit_page, true, sizeof(bed.hit_page));
}

static void store_all(struct kunit *test)
{
	u32 n;

	for (n = 0; n < KEYS; n++)
		store(test, n);
	for (n = 0; n < KEYS; n++)
		KUNIT_ASSERT_EQ(test, find(n), loc_of(n));
}

/*
 * A bucket whose slot is beyond mending is lost, but not the room for its keys:
 * when all keys are stored again, all are there.
 */
static void whole_words(struct kunit *test)
{
	u32 round, n;

	for (round = 0; round < 10; round++) {
		work(test, round % 4 < 2 ? 90 : 25);
		smash_slots(200);
		expect_keys(test);
		wander_all(test);
		tidy();
	}
	store_all(test);
	for (n = 0; n < KEYS; n++)
		delete(test, n);
	tidy();
	store_all(test);
}

static u64 listed[2 * KEYS][2];
static u32 nr_listed;

static void note_entry(void *arg, u64 pos, u64 loc)
{
	if (nr_listed < ARRAY_SIZE(listed)) {
		listed[nr_listed][0] = pos;
		listed[nr_listed++][1] = loc;
	}
}

static void count_entry(void *arg, u64 pos, u64 loc)
{
	++*(u32 *)arg;
}

/* Whatever can be listed can be removed, in whatever slot it is. */
static void forgets_what_it_lists(struct kunit *test)
{
	u32 left = 0;
	u32 i;

	for (i = 0; i < 8; i++)
		work(test, 100);
	for (i = 0; i < 20000; i++)
		flip(used_page(), bed_random() % (VKV_PAGE_SIZE / 8) * 8);
	nr_listed = 0;
	bed.ops->walk(bed.ix, note_entry, NULL);
	KUNIT_EXPECT_GT(test, nr_listed, KEYS / 4);
	for (i = 0; i < nr_listed; i++)
		KUNIT_ASSERT_TRUE(test, bed.ops->forget(bed.ix, listed[i][0],
							listed[i][1]));
	bed.ops->walk(bed.ix, count_entry, &left);
	KUNIT_EXPECT_EQ(test, left, 0);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(only_hit_entries_are_lost),
	KUNIT_CASE(every_word_of_structure),
	KUNIT_CASE(storm),
	KUNIT_CASE(whole_words),
	KUNIT_CASE(forgets_what_it_lists),
	{}
};

/* All hashes lie in a corner of the order, so the directory has pages. */
static int extendible_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible, 1, 5, 20, 64);
}

/* So many keys share a hash that buckets have annexes. */
static int crowded_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible, 40, 4, 20, 64);
}

static int plain_init(struct kunit *test)
{
	return bed_init(&vkv_index_plain, 1, 0, VKV_LOC_BITS, 16);
}

static struct kunit_suite extendible = {
	.name = "extendible",
	.init = extendible_init,
	.exit = bed_exit,
	.test_cases = cases,
};

static struct kunit_suite crowded = {
	.name = "extendible, crowded",
	.init = crowded_init,
	.exit = bed_exit,
	.test_cases = cases,
};

static struct kunit_suite plain = {
	.name = "plain",
	.init = plain_init,
	.exit = bed_exit,
	.test_cases = cases,
};

kunit_test_suites(&extendible, &crowded, &plain);
