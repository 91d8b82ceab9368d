// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the space manager alone: pages in limbo, levels, generations, and low
 * memory. A record is nothing but a length here.
 */
#include <kunit/test.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "native/ftl/world.h"
#include "ftl/index/index.h"
#include "ftl/record.h"
#include "ftl/space/log.h"
#include "ftl/space/pages.h"
#include "ftl/space/space.h"
#include "ftl/space/victim.h"

#define MIB (1ull << 20)
#define SHIFT 18
#define SEGMENT (1u << SHIFT)
#define SLOTS 4u
#define COLLECTOR (SLOTS - 1)
#define RECORD_MAX 8704u
#define SEGMENTS_MAX 1024u
#define RECORD 4096u
/* Number of records of RECORD bytes that fit a segment. */
#define PER_SEGMENT 63u
/* Segments that the space manager keeps for the collector. */
#define RESERVE 2u

struct bed {
	const struct vkv_space_ops *ops;
	struct vkv_space *sp;
	void *mem;
	u64 rng;
	u32 live[SEGMENTS_MAX];
	char why[160];
};

static struct bed bed;

static u64 bed_random(void)
{
	bed.rng = bed.rng * 6364136223846793005ull + 1442695040888963407ull;
	return bed.rng >> 24;
}

static void setup(struct kunit *test, u64 size, const char *victim)
{
	struct vkv_space_config cfg = {
		.size = size,
		.nr_slots = SLOTS,
		.segment_shift = SHIFT,
		.record_max = RECORD_MAX,
		.reserve_max = SEGMENT,
		.index_pages = 64,
		.victim = vkv_victim_find(victim),
	};

	bed.ops = &vkv_space_log;
	bed.mem = aligned_alloc(4096, size);
	KUNIT_ASSERT_NOT_NULL(test, bed.mem);
	bed.rng = size;
	cfg.mem = bed.mem;
	KUNIT_ASSERT_NOT_NULL(test, cfg.victim);
	KUNIT_ASSERT_EQ(test, bed.ops->create(&cfg, &bed.sp), 0);
}

static void suite_exit(struct kunit *test)
{
	if (bed.sp)
		bed.ops->destroy(bed.sp);
	free(bed.mem);
	memset(&bed, 0, sizeof(bed));
}

static struct vkv_space_stat stat_now(void)
{
	struct vkv_space_stat stat;

	bed.ops->stat(bed.sp, &stat);
	return stat;
}

static u32 nr_free(void)
{
	return stat_now().free >> SHIFT;
}

#define CHECK(test) do {						\
	int __err = bed.ops->check(bed.sp, bed.live, bed.why,		\
				   sizeof(bed.why));			\
	KUNIT_ASSERT_TRUE_MSG(test, !__err, "checker: %s", bed.why);	\
} while (0)

static u32 unit(u64 loc)
{
	return bed.ops->unit(bed.sp, loc);
}

static void add_live(u64 loc, s32 bytes)
{
	bed.ops->live(bed.sp, loc, bytes);
	bed.live[unit(loc)] += bytes;
}

/* Appends one live record, and returns 0 if there is no room. */
static u64 append(unsigned int slot, enum vkv_space_class class, u32 bytes)
{
	u64 loc;

	bed.ops->enter(bed.sp, slot);
	if (bed.ops->reserve(bed.sp, slot, class, &bytes, 1, &loc))
		return 0;
	add_live(loc, bytes);
	return loc;
}

/* Fills a segment of one slot. The next append will close it. */
static u32 append_segment(unsigned int slot, enum vkv_space_class class)
{
	u64 loc = 0;
	u32 i;

	for (i = 0; i < PER_SEGMENT; i++) {
		loc = append(slot, class, RECORD);
		if (!loc)
			return VKV_NO_SEGMENT;
	}
	return unit(loc);
}

/* Returns the location of a segment's first record. */
static u64 first_of(u32 segment)
{
	return ((u64)segment << SHIFT >> VKV_LOC_SHIFT) + 1;
}

static void everybody(void (*op)(struct vkv_space *sp, unsigned int slot))
{
	u32 i;

	for (i = 0; i < SLOTS; i++)
		op(bed.sp, i);
}

/* Releases a victim, as the collector does after moving everything. */
static void release(u32 victim)
{
	add_live(first_of(victim), -(s32)bed.live[victim]);
	bed.ops->release(bed.sp, victim);
}

/* Collects every segment with garbage, and drops its live records. */
static void empty_all(void)
{
	u32 victim;

	while ((victim = bed.ops->victim(bed.sp, true)) != VKV_NO_SEGMENT)
		release(victim);
	everybody(bed.ops->quiesce);
	bed.ops->harvest(bed.sp);
}

/* Limbo */

static bool handed_out(u32 page, u32 pages)
{
	u32 i;

	for (i = 0; i < pages; i++)
		if (bed.ops->page_alloc(bed.sp, i) == page)
			return true;
	return false;
}

static void limbo_waits_for_readers(struct kunit *test)
{
	u32 page, other;

	setup(test, 64 * MIB, NULL);
	page = bed.ops->page_alloc(bed.sp, 7);
	other = bed.ops->page_alloc(bed.sp, 8);
	KUNIT_ASSERT_NE(test, page, 0);
	bed.ops->enter(bed.sp, 0);
	bed.ops->page_free(bed.sp, page);
	KUNIT_EXPECT_EQ(test, stat_now().index_pages, 1);
	KUNIT_EXPECT_FALSE(test, bed.ops->harvest(bed.sp));
	KUNIT_EXPECT_FALSE(test, handed_out(page, 300));
	/*
	 * A slot that enters later cannot have found the page. A slot that was
	 * there still can.
	 */
	bed.ops->enter(bed.sp, 1);
	KUNIT_EXPECT_FALSE(test, bed.ops->harvest(bed.sp));
	bed.ops->page_free(bed.sp, other);
	KUNIT_EXPECT_FALSE(test, handed_out(page, 300));
	bed.ops->quiesce(bed.sp, 0);
	KUNIT_EXPECT_TRUE(test, bed.ops->harvest(bed.sp));
	CHECK(test);
	/* The second slot may have found the other page. */
	everybody(bed.ops->idle);
	KUNIT_EXPECT_TRUE(test, bed.ops->harvest(bed.sp));
	KUNIT_EXPECT_TRUE(test, handed_out(page, 100));
	CHECK(test);
}

static void limbo_ignores_idle_slots(struct kunit *test)
{
	u32 page;

	setup(test, 16 * MIB, NULL);
	everybody(bed.ops->enter);
	everybody(bed.ops->idle);
	page = bed.ops->page_alloc(bed.sp, 0);
	bed.ops->page_alloc(bed.sp, 1);
	bed.ops->page_free(bed.sp, page);
	KUNIT_EXPECT_TRUE(test, handed_out(page, 63));
	CHECK(test);
}

/* One step empties both queues, as an idle collector takes no more steps. */
static void limbo_drains_at_once(struct kunit *test)
{
	u32 page[3], i;

	setup(test, 16 * MIB, NULL);
	for (i = 0; i < 3; i++)
		page[i] = bed.ops->page_alloc(bed.sp, i);
	bed.ops->enter(bed.sp, 0);
	for (i = 0; i < 3; i++)
		bed.ops->page_free(bed.sp, page[i]);
	KUNIT_EXPECT_LT(test, stat_now().free, stat_now().physical);
	bed.ops->idle(bed.sp, 0);
	KUNIT_EXPECT_TRUE(test, bed.ops->harvest(bed.sp));
	KUNIT_EXPECT_EQ(test, stat_now().free, stat_now().physical);
	CHECK(test);
}

/* All pages are in limbo at once. They stay unchanged, and all come back. */
static void limbo_without_limit(struct kunit *test)
{
	static u32 page[6000];
	u32 i, steps = 0;
	u64 kept;

	setup(test, 32 * MIB, NULL);
	bed.ops->enter(bed.sp, 2);
	for (i = 0; i < 6000; i++) {
		page[i] = bed.ops->page_alloc(bed.sp, i);
		KUNIT_ASSERT_NE(test, page[i], 0);
		memset(bed.mem + (u64)page[i] * VKV_PAGE_SIZE, i % 251 + 1,
		       VKV_PAGE_SIZE);
	}
	kept = stat_now().free;
	for (i = 0; i < 6000; i++)
		bed.ops->page_free(bed.sp, page[i * 7 % 6000]);
	CHECK(test);
	KUNIT_EXPECT_EQ(test, stat_now().index_pages, 0);
	KUNIT_EXPECT_FALSE(test, bed.ops->harvest(bed.sp));
	KUNIT_EXPECT_EQ(test, stat_now().free, kept);
	for (i = 0; i < 6000; i++) {
		const u8 *data = bed.mem + (u64)page[i] * VKV_PAGE_SIZE;

		KUNIT_ASSERT_EQ(test, data[0], i % 251 + 1);
		KUNIT_ASSERT_EQ(test, data[VKV_PAGE_SIZE - 1], i % 251 + 1);
	}
	bed.ops->idle(bed.sp, 2);
	for (; bed.ops->harvest(bed.sp); steps++)
		CHECK(test);
	KUNIT_EXPECT_GT(test, steps, 0);
	KUNIT_EXPECT_LE(test, steps, 4);
	KUNIT_EXPECT_EQ(test, stat_now().free, stat_now().physical);
	CHECK(test);
}

/* Index pages move until they fill as few segments as possible. */
static void pages_are_gathered(struct kunit *test)
{
	static u32 page[3000];
	u32 per_segment = SEGMENT / VKV_PAGE_SIZE - 1;
	u32 i, left = 0, moved = 0, cookie, from, meta;

	setup(test, 32 * MIB, NULL);
	for (i = 0; i < 3000; i++)
		page[i] = bed.ops->page_alloc(bed.sp, i);
	for (i = 0; i < 3000; i++) {
		if (bed_random() % 10) {
			bed.ops->page_free(bed.sp, page[i]);
			page[i] = 0;
		}
		left += page[i] != 0;
	}
	KUNIT_EXPECT_EQ(test, bed.ops->page_victim(bed.sp, false, &cookie), 0);
	while ((from = bed.ops->page_victim(bed.sp, true, &cookie))) {
		KUNIT_ASSERT_EQ(test, from, page[cookie]);
		page[cookie] = bed.ops->page_alloc(bed.sp, cookie);
		KUNIT_ASSERT_NE(test, page[cookie], 0);
		bed.ops->page_free(bed.sp, from);
		bed.ops->harvest(bed.sp);
		KUNIT_ASSERT_LE(test, ++moved, 3000);
	}
	meta = (stat_now().physical - stat_now().free) >> SHIFT;
	KUNIT_EXPECT_GT(test, moved, 0);
	KUNIT_EXPECT_EQ(test, stat_now().index_pages, left);
	KUNIT_EXPECT_EQ(test, meta, DIV_ROUND_UP(left, per_segment));
	CHECK(test);
}

/* The segment with the fewest pages is the victim. Limbo is not room. */
static void pages_to_be_drained(struct kunit *test)
{
	const u32 in_one = SEGMENT / VKV_PAGE_SIZE;
	const u32 nr = 2 * (in_one - 1);
	u32 page[2 * 64 + 1], few, cookie, i;

	setup(test, 16 * MIB, NULL);
	for (i = 0; i < nr; i++)
		page[i] = bed.ops->page_alloc(bed.sp, i);
	bed.ops->enter(bed.sp, 0);
	for (i = 0; i < 10; i++)
		bed.ops->page_free(bed.sp, page[i]);
	for (i = nr / 2; i < nr - 3; i++)
		bed.ops->page_free(bed.sp, page[i]);
	page[nr] = bed.ops->page_alloc(bed.sp, nr);
	few = page[nr] / in_one;
	KUNIT_ASSERT_NE(test, page[0] / in_one, few);
	KUNIT_ASSERT_NE(test, page[nr - 1] / in_one, few);
	KUNIT_EXPECT_EQ(test, bed.ops->page_victim(bed.sp, true, &cookie), 0);
	bed.ops->idle(bed.sp, 0);
	bed.ops->harvest(bed.sp);
	KUNIT_EXPECT_EQ(test, bed.ops->page_victim(bed.sp, true, &cookie),
			page[cookie]);
	KUNIT_EXPECT_EQ(test, cookie, nr);
	CHECK(test);
}

/* The index disowns the page until it is not named any more. */
static void disown(struct kunit *test, u32 page)
{
	u32 times = 0;
	u32 cookie;

	for (; bed.ops->page_victim(bed.sp, true, &cookie) == page; times++) {
		KUNIT_ASSERT_LT(test, times, 100);
		bed.ops->page_doubt(bed.sp, page);
	}
	KUNIT_EXPECT_GT(test, times, 1);
}

/* Another bit of the word may flip later, and the page looks used again. */
static void pages_that_no_index_owns(struct kunit *test)
{
	const u32 in_one = SEGMENT / VKV_PAGE_SIZE;
	const u32 nr = in_one;
	u32 page[64], cookie, i;
	u32 *word;

	setup(test, 16 * MIB, NULL);
	for (i = 0; i < nr; i++)
		page[i] = bed.ops->page_alloc(bed.sp, i);
	bed.ops->page_free(bed.sp, page[0]);
	bed.ops->harvest(bed.sp);
	KUNIT_ASSERT_EQ(test, bed.ops->page_victim(bed.sp, true, &cookie),
			page[nr - 1]);
	word = vkv_page_words(bed.sp, &bed.sp->seg[page[nr - 1] / in_one]);
	for (i = 0; i < 3; i++) {
		word[page[nr - 1] % in_one] |= VKV_PAGE_USED;
		disown(test, page[nr - 1]);
	}
}

static u32 bits_between(u32 a, u32 b)
{
	return hweight32(a ^ b);
}

/* Several bits have to flip in a word before a page that is in use looks free. */
static void pages_in_use_never_look_free(struct kunit *test)
{
	u32 nr;

	for (nr = 0; nr < 1 << 20; nr++) {
		KUNIT_ASSERT_GT(test, bits_between(VKV_PAGE_FREE,
						   VKV_PAGE_USED | (nr + 1)), 4);
		KUNIT_ASSERT_GT(test, bits_between(VKV_PAGE_FREE,
						   VKV_PAGE_LIMBO | nr), 4);
	}
}

/* Levels */

static u32 level(u32 live)
{
	return live / (SEGMENT / 64);
}

/* Greedy takes the lowest level first, and collects all garbage in the end. */
static void victims_by_level(struct kunit *test)
{
	bool garbage[SEGMENTS_MAX] = { false };
	u32 victim, least, nr = 0, i, k;

	setup(test, 32 * MIB, "greedy");
	for (i = 0; i < 60; i++)
		KUNIT_ASSERT_NE(test, append_segment(0, VKV_SPACE_HOST),
				VKV_NO_SEGMENT);
	append(0, VKV_SPACE_HOST, RECORD);
	everybody(bed.ops->quiesce);
	CHECK(test);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, true), VKV_NO_SEGMENT);
	for (k = 0; k < 1500; k++) {
		i = bed_random() % 60;
		if (i % 5 == 0 || bed.live[i] < RECORD)
			continue;
		add_live(first_of(i), -(s32)RECORD / 2);
		garbage[i] = true;
	}
	/* A single unit of garbage counts. */
	add_live(first_of(0), -(s32)VKV_ALIGN);
	garbage[0] = true;
	CHECK(test);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, false), VKV_NO_SEGMENT);
	while ((victim = bed.ops->victim(bed.sp, true)) != VKV_NO_SEGMENT) {
		KUNIT_ASSERT_TRUE(test, garbage[victim]);
		for (least = SEGMENT, i = 0; i < 60; i++)
			if (garbage[i])
				least = min(least, bed.live[i]);
		KUNIT_EXPECT_EQ(test, level(bed.live[victim]), level(least));
		garbage[victim] = false;
		release(victim);
		nr++;
	}
	for (i = 0; i < 60; i++)
		KUNIT_EXPECT_FALSE(test, garbage[i]);
	KUNIT_EXPECT_GT(test, nr, 40);
	CHECK(test);
}

/* Cost-benefit takes the oldest of the segments with equal garbage. */
static void victims_by_age(struct kunit *test)
{
	u32 old, young, i;

	setup(test, 32 * MIB, "cost-benefit");
	old = append_segment(0, VKV_SPACE_HOST);
	for (i = 0; i < 40; i++)
		young = append_segment(0, VKV_SPACE_HOST);
	append_segment(0, VKV_SPACE_HOST);
	everybody(bed.ops->quiesce);
	add_live(first_of(young), -30 * (s32)RECORD);
	add_live(first_of(old), -10 * (s32)RECORD);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, true), old);
	release(old);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, true), young);
	release(young);
	CHECK(test);
}

static void scores(struct kunit *test)
{
	const struct vkv_victim_ops *greedy = vkv_victim_find("greedy");
	const struct vkv_victim_ops *cb = vkv_victim_find("cost-benefit");
	const u32 size = 4 << 20;
	u32 live;

	KUNIT_ASSERT_NOT_NULL(test, greedy);
	KUNIT_ASSERT_NOT_NULL(test, cb);
	KUNIT_EXPECT_TRUE(test, vkv_victim_find(NULL) == cb);
	KUNIT_EXPECT_TRUE(test, !vkv_victim_find("gready"));
	KUNIT_EXPECT_STREQ(test, vkv_ftl_victim_name("greedy"), "greedy");
	KUNIT_EXPECT_STREQ(test, vkv_ftl_victim_name(NULL), "cost-benefit");
	KUNIT_EXPECT_TRUE(test, !vkv_ftl_victim_name("greedy "));
	for (live = 0; live + 65536 < size; live += 65536) {
		KUNIT_EXPECT_GT(test, greedy->score(live, size, 5),
				greedy->score(live + 65536, size, 9));
		KUNIT_EXPECT_GT(test, cb->score(live, size, 5),
				cb->score(live + 65536, size, 5));
		KUNIT_EXPECT_GT(test, cb->score(live, size, 6),
				cb->score(live, size, 5));
		KUNIT_EXPECT_GE(test, cb->score(live, size, ~0ull >> 1),
				cb->score(live, size, 1u << 30));
	}
}

/* While no thread waits, a victim must be worth copying. */
static void victims_worth_it(struct kunit *test)
{
	u32 first;

	setup(test, 16 * MIB, NULL);
	first = append_segment(0, VKV_SPACE_HOST);
	while (!bed.ops->low(bed.sp))
		append_segment(0, VKV_SPACE_HOST);
	everybody(bed.ops->quiesce);
	add_live(first_of(first), -(s32)RECORD);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, false), VKV_NO_SEGMENT);
	add_live(first_of(first), -6 * (s32)RECORD);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, false), first);
	release(first);
	everybody(bed.ops->idle);
	bed.ops->harvest(bed.sp);
	/* Now a thread has to wait, so any garbage is good enough. */
	while (append(0, VKV_SPACE_HOST, RECORD))
		;
	everybody(bed.ops->quiesce);
	KUNIT_EXPECT_EQ(test, nr_free(), RESERVE);
	add_live(first_of(first + 1), -(s32)VKV_ALIGN);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, false), first + 1);
	release(first + 1);
	CHECK(test);
}

/* Three threads in four rounds take off less than 20 segments hold. */
#define CHANGES 20000u
#define TURNS 20000u

static void *take_live_off(void *arg)
{
	u64 rng = *(u64 *)arg;
	u32 i;

	/* add_live() must not be used: its oracle is for one thread only. */
	for (i = 0; i < CHANGES; i++) {
		rng = rng * 6364136223846793005ull + 1442695040888963407ull;
		bed.ops->live(bed.sp, first_of((rng >> 33) % 20), -16);
	}
	return NULL;
}

/* Several threads change the same segments, which stay on the right lists. */
static void levels_race(struct kunit *test)
{
	u64 seed[3] = { 1, 2, 2 };
	pthread_t thread[3];
	u32 round, i, k;

	setup(test, 16 * MIB, NULL);
	for (i = 0; i < 21; i++)
		append_segment(0, VKV_SPACE_HOST);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 3; i++)
			KUNIT_ASSERT_EQ(test,
					pthread_create(&thread[i], NULL,
						       take_live_off, &seed[i]),
					0);
		/*
		 * Meanwhile the first round closes some segments, and they get
		 * a level.
		 */
		if (!round)
			bed.ops->quiesce(bed.sp, 0);
		for (i = 0; i < 3; i++)
			pthread_join(thread[i], NULL);
		for (i = 0; i < 3; i++) {
			u64 rng = seed[i];

			for (k = 0; k < CHANGES; k++) {
				rng = rng * 6364136223846793005ull +
				      1442695040888963407ull;
				bed.live[(rng >> 33) % 20] -= 16;
			}
			seed[i]++;
		}
		CHECK(test);
	}
}

/*
 * Spins, so that both threads go on at the same moment. With a single CPU the
 * other thread must get its turn, so it yields now and then.
 */
static void wait_for(const u32 *turn, u32 value)
{
	u32 i;

	for (i = 1; __atomic_load_n(turn, __ATOMIC_ACQUIRE) != value; i++)
		if (!(i % 2048))
			sched_yield();
}

/*
 * The live bytes of a segment change at the moment when it gets its first
 * level.
 */
static void *change_in_turn(void *arg)
{
	u32 *turn = arg;
	u32 i;

	for (i = 1; i <= TURNS; i++) {
		wait_for(&turn[0], i);
		bed.ops->live(bed.sp, first_of(turn[1]), -2 * (s32)RECORD);
		__atomic_store_n(&turn[2], i, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void first_level_race(struct kunit *test)
{
	u32 turn[3] = { 0 };
	pthread_t thread;
	u32 next, i, k;
	int err = 0;

	setup(test, 16 * MIB, NULL);
	next = unit(append(0, VKV_SPACE_HOST, SEGMENT - 16));
	KUNIT_ASSERT_EQ(test, pthread_create(&thread, NULL, change_in_turn,
					     turn), 0);
	for (i = 1; i <= TURNS; i++) {
		turn[1] = next;
		next = unit(append(0, VKV_SPACE_HOST, SEGMENT - 16));
		__atomic_store_n(&turn[0], i, __ATOMIC_RELEASE);
		for (k = 0; k < i % 128; k++)
			__atomic_load_n(&turn[2], __ATOMIC_ACQUIRE);
		bed.ops->quiesce(bed.sp, 0);
		wait_for(&turn[2], i);
		bed.live[turn[1]] -= 2 * RECORD;
		/*
		 * Continue after an error, because the other thread waits for
		 * its turns.
		 */
		if (!err)
			err = bed.ops->check(bed.sp, bed.live, bed.why,
					     sizeof(bed.why));
		empty_all();
	}
	pthread_join(thread, NULL);
	KUNIT_EXPECT_TRUE_MSG(test, !err, "checker: %s", bed.why);
}

/* Generations */

/*
 * Makes a victim with all but one record live. The next moved record continues
 * its generation.
 */
static u32 make_victim(struct kunit *test, u32 segment)
{
	u32 victim;

	add_live(first_of(segment), -(s32)RECORD);
	victim = bed.ops->victim(bed.sp, true);
	KUNIT_EXPECT_EQ(test, victim, segment);
	return victim;
}

static void generations_apart(struct kunit *test)
{
	u32 host, once, twice, often, other;

	setup(test, 32 * MIB, NULL);
	host = append_segment(0, VKV_SPACE_HOST);
	other = append_segment(0, VKV_SPACE_HOST);
	append(0, VKV_SPACE_HOST, RECORD);
	bed.ops->quiesce(bed.sp, 0);
	release(make_victim(test, host));
	once = append_segment(COLLECTOR, VKV_SPACE_GC);
	append(COLLECTOR, VKV_SPACE_GC, RECORD);
	bed.ops->quiesce(bed.sp, COLLECTOR);

	release(make_victim(test, once));
	twice = append_segment(COLLECTOR, VKV_SPACE_GC);
	append(COLLECTOR, VKV_SPACE_GC, RECORD);
	bed.ops->quiesce(bed.sp, COLLECTOR);
	KUNIT_EXPECT_NE(test, once, twice);

	/* A record that was moved twice joins others of its kind. */
	release(make_victim(test, twice));
	often = unit(append(COLLECTOR, VKV_SPACE_GC, RECORD));
	/* A record that was moved once does not join them. */
	release(make_victim(test, other));
	KUNIT_EXPECT_NE(test, unit(append(COLLECTOR, VKV_SPACE_GC, RECORD)),
			often);
	CHECK(test);
}

static void parked_keep_their_generation(struct kunit *test)
{
	u32 moved, host, i;

	setup(test, 32 * MIB, NULL);
	host = unit(append(0, VKV_SPACE_HOST, RECORD));
	moved = unit(append(COLLECTOR, VKV_SPACE_GC, RECORD));
	KUNIT_EXPECT_NE(test, host, moved);
	for (i = 0; i < 10; i++) {
		everybody(bed.ops->idle);
		CHECK(test);
		KUNIT_EXPECT_EQ(test, unit(append(i % 3, VKV_SPACE_HOST,
						  RECORD)), host);
		KUNIT_EXPECT_EQ(test, unit(append(COLLECTOR, VKV_SPACE_GC,
						  RECORD)), moved);
	}
	/* An eager collector takes parked segments with garbage last. */
	everybody(bed.ops->idle);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, true), VKV_NO_SEGMENT);
	add_live(first_of(host), -(s32)RECORD);
	KUNIT_EXPECT_EQ(test, bed.ops->victim(bed.sp, true), host);
	KUNIT_EXPECT_EQ(test, unit(append(COLLECTOR, VKV_SPACE_GC, RECORD)),
			moved);
	release(host);
	CHECK(test);
}

/* Low memory */

/* Appends until there is no room. *@host is the last segment written. */
static u32 append_all(u32 *host)
{
	u32 nr = 0;
	u64 loc;

	for (; (loc = append(0, VKV_SPACE_HOST, RECORD)); nr++)
		*host = unit(loc);
	bed.ops->quiesce(bed.sp, 0);
	return nr;
}

/*
 * Each victim has one record of garbage. The room that it frees is filled
 * again.
 */
static void collector_has_room(struct kunit *test)
{
	u32 host = 0, moved = 0, gained = 0, round, i, victim;
	u64 loc;

	setup(test, 16 * MIB, NULL);
	append_all(&host);
	KUNIT_EXPECT_EQ(test, nr_free(), RESERVE);
	KUNIT_EXPECT_EQ(test, bed.ops->page_alloc(bed.sp, 0), 0);
	for (round = 0; round < 200; round++) {
		do
			i = bed_random() % 64;
		while (bed.live[i] < PER_SEGMENT * RECORD || i == host ||
		       i == moved);
		add_live(first_of(i), -(s32)RECORD);
		victim = bed.ops->victim(bed.sp, false);
		KUNIT_ASSERT_NE(test, victim, VKV_NO_SEGMENT);
		for (; bed.live[victim] >= RECORD;) {
			loc = append(COLLECTOR, VKV_SPACE_GC, RECORD);
			KUNIT_ASSERT_NE(test, loc, 0);
			moved = unit(loc);
			add_live(first_of(victim), -(s32)RECORD);
		}
		release(victim);
		everybody(bed.ops->quiesce);
		bed.ops->harvest(bed.sp);
		KUNIT_ASSERT_GE(test, nr_free(), 1);
		CHECK(test);
		gained += append_all(&host);
	}
	KUNIT_EXPECT_GE(test, gained, 200 - 2 * PER_SEGMENT);
	KUNIT_EXPECT_LE(test, gained, 200);
}

/*
 * Stores key @n in context @who. All contexts pass by, as all have open
 * segments.
 */
static int store_as(struct world *w, u32 who, u32 nr, u32 n)
{
	const struct vkv_key key = { .data = (const u8 *)&n, .len = 4 };
	struct vkv_ftl_ctx *ctx = vkv_ftl_ctx(w->ftl, who);
	int err, i;
	u32 k;

	for (i = 0; i < WORLD_PATIENCE; i++) {
		err = vkv_ftl_reserve(ctx, &key, 4000, 0, &w->txn, &w->fp);
		if (!err)
			err = vkv_ftl_commit(ctx, &w->txn, &w->fp);
		for (k = 0; k < nr - 1; k++)
			vkv_ftl_quiesce(vkv_ftl_ctx(w->ftl, k));
		if (err != -EAGAIN)
			return err;
		vkv_ftl_collect(w->gc, false);
	}
	return -EAGAIN;
}

/* A slot that was served gives its ticket back, so no room is left for it. */
static void tickets_are_given_back(struct kunit *test)
{
	u32 victim[2], host = 0, i;

	setup(test, 16 * MIB, NULL);
	append_all(&host);
	KUNIT_EXPECT_EQ(test, append(1, VKV_SPACE_HOST, RECORD), 0);
	for (i = 0; i < 2; i++) {
		add_live(first_of(i), -(s32)bed.live[i]);
		victim[i] = bed.ops->victim(bed.sp, false);
		KUNIT_ASSERT_NE(test, victim[i], VKV_NO_SEGMENT);
		release(victim[i]);
	}
	everybody(bed.ops->quiesce);
	KUNIT_EXPECT_TRUE(test, bed.ops->harvest(bed.sp));
	/* Slot 0 is served and gives its ticket back, so slot 1 finds room. */
	KUNIT_EXPECT_NE(test, append(0, VKV_SPACE_HOST, RECORD), 0);
	KUNIT_EXPECT_NE(test, append(1, VKV_SPACE_HOST, RECORD), 0);
	CHECK(test);
}

/* Frees @nr segments. The victims begin at *@next. */
static void make_free(struct kunit *test, u32 nr, u32 *next)
{
	u32 victim;

	for (; nr; nr--, ++*next) {
		add_live(first_of(*next), -(s32)bed.live[*next]);
		victim = bed.ops->victim(bed.sp, false);
		KUNIT_ASSERT_NE(test, victim, VKV_NO_SEGMENT);
		release(victim);
	}
	KUNIT_EXPECT_TRUE(test, bed.ops->harvest(bed.sp));
}

/* Reserves records that need @nr more segments. */
static int reserve_segments(unsigned int slot, u32 nr)
{
	u32 bytes[4 * PER_SEGMENT];
	u64 loc[4 * PER_SEGMENT];
	u32 i;

	for (i = 0; i < nr * PER_SEGMENT; i++)
		bytes[i] = RECORD;
	bed.ops->enter(bed.sp, slot);
	return bed.ops->reserve(bed.sp, slot, VKV_SPACE_HOST, bytes, i, loc);
}

/* A thread is idle between its rounds, and keeps its place in the queue. */
static void tickets_outlive_a_round(struct kunit *test)
{
	u32 host = 0, next = 0, i;

	setup(test, 16 * MIB, NULL);
	append_all(&host);
	everybody(bed.ops->idle);
	for (i = 0; i < 3; i++) {
		/*
		 * The first slot asks, asks again for less, and then the other
		 * slot asks.
		 */
		KUNIT_EXPECT_EQ(test, reserve_segments(0, 3), -EAGAIN);
		KUNIT_EXPECT_EQ(test, append(0, VKV_SPACE_HOST, RECORD), 0);
		bed.ops->idle(bed.sp, 0);
		KUNIT_EXPECT_EQ(test, append(1, VKV_SPACE_HOST, RECORD), 0);
		bed.ops->idle(bed.sp, 1);
		if (i < 2)
			make_free(test, 1, &next);
	}
	make_free(test, 1, &next);
	KUNIT_EXPECT_EQ(test, reserve_segments(0, 3), 0);
	KUNIT_EXPECT_EQ(test, append(0, VKV_SPACE_HOST, RECORD), 0);
	bed.ops->idle(bed.sp, 0);
	make_free(test, 1, &next);
	/*
	 * The first slot loses its place if it does not ask again by its next
	 * idle point.
	 */
	bed.ops->idle(bed.sp, 0);
	KUNIT_EXPECT_NE(test, append(1, VKV_SPACE_HOST, RECORD), 0);
}

/* The device has as many contexts as it takes, all with open segments. */
static void many_slots_on_a_small_device(struct kunit *test)
{
	static struct world world;
	u32 nr = 64, keys = 0, i;
	int err;

	while (world_init(&world, 16 * MIB, nr, 0))
		KUNIT_ASSERT_GT(test, --nr, 2);
	KUNIT_EXPECT_GE(test, nr, 8);
	while (!(err = store_as(&world, keys % (nr - 1), nr, keys)))
		keys++;
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_EXPECT_LT(test, vkv_ftl_room(world.ftl), 4064);
	for (i = 0; i < 6 * keys; i++)
		KUNIT_ASSERT_EQ(test, store_as(&world, i % (nr - 1), nr,
					       below(&world, keys)), 0);
	KUNIT_ASSERT_TRUE_MSG(test, !world_check(&world), "checker: %s",
			      world.why);
	kunit_info(test, "%u contexts, %u keys", nr, keys);
	world_exit(&world);
}

/* Large devices */

/* Only the memory that is handed out is touched. */
static void large_device(struct kunit *test)
{
	struct vkv_space_config cfg = {
		.size = 1ull << 40,
		.nr_slots = SLOTS,
		.segment_shift = 22,
		.record_max = 66000,
		.reserve_max = 2 << 20,
		.index_pages = 384,
		.victim = vkv_victim_find(NULL),
	};

	bed.ops = &vkv_space_log;
	bed.mem = aligned_alloc(4096, 4 << 20);
	KUNIT_ASSERT_NOT_NULL(test, bed.mem);
	cfg.mem = bed.mem;
	KUNIT_ASSERT_EQ(test, bed.ops->create(&cfg, &bed.sp), 0);
	KUNIT_EXPECT_EQ(test, bed.ops->segments(bed.sp), 1u << 18);
	KUNIT_EXPECT_GT(test, bed.ops->certain(bed.sp), cfg.size / 100 * 98);
	KUNIT_EXPECT_EQ(test, append(0, VKV_SPACE_HOST, RECORD), 1);
	KUNIT_EXPECT_EQ(test, stat_now().free, cfg.size - (4 << 20));
	KUNIT_EXPECT_EQ(test, stat_now().live, RECORD);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(limbo_waits_for_readers),
	KUNIT_CASE(limbo_ignores_idle_slots),
	KUNIT_CASE(limbo_drains_at_once),
	KUNIT_CASE(limbo_without_limit),
	KUNIT_CASE(pages_are_gathered),
	KUNIT_CASE(pages_to_be_drained),
	KUNIT_CASE(pages_that_no_index_owns),
	KUNIT_CASE(pages_in_use_never_look_free),
	KUNIT_CASE(victims_by_level),
	KUNIT_CASE(victims_by_age),
	KUNIT_CASE(scores),
	KUNIT_CASE(victims_worth_it),
	KUNIT_CASE(levels_race),
	KUNIT_CASE(first_level_race),
	KUNIT_CASE(generations_apart),
	KUNIT_CASE(parked_keep_their_generation),
	KUNIT_CASE(collector_has_room),
	KUNIT_CASE(tickets_are_given_back),
	KUNIT_CASE(tickets_outlive_a_round),
	KUNIT_CASE(many_slots_on_a_small_device),
	KUNIT_CASE(large_device),
	{}
};

static struct kunit_suite suite = {
	.name = "space",
	.exit = suite_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
