// SPDX-License-Identifier: GPL-2.0
/*
 * The table of mapped pages: what is counted, and that nobody uses a page that
 * is not mapped, whatever other threads do.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "ctrl/mapping.h"

#define PAGE 4096ull
#define END (1ull << 36)

static struct vkv_mappings *create(struct kunit *test)
{
	struct vkv_mappings *m = NULL;

	KUNIT_ASSERT_EQ(test, vkv_mappings_create(END, 0, &m), 0);
	return m;
}

/* May the device use the page? */
static bool usable(struct vkv_mappings *m, u64 addr, enum vkv_access access)
{
	atomic64_t *page = vkv_mapping_find(m, addr);
	unsigned long flags;

	if (!page || !vkv_mapping_use(page, access, &flags))
		return false;
	vkv_mapping_end(page, flags);
	return true;
}

static unsigned int ways(struct vkv_mappings *m, u64 addr)
{
	return (usable(m, addr, VKV_FROM_HOST) ? VKV_FROM_HOST : 0) |
	       (usable(m, addr, VKV_TO_HOST) ? VKV_TO_HOST : 0);
}

static void directions_test(struct kunit *test)
{
	static const enum vkv_access all[] = { VKV_FROM_HOST, VKV_TO_HOST,
					       VKV_BOTH_WAYS };
	struct vkv_mappings *m = create(test);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, ways(m, 5 * PAGE), 0u);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 5 * PAGE, PAGE, all[i]), 0);
		KUNIT_EXPECT_EQ(test, ways(m, 5 * PAGE), (unsigned int)all[i]);
		KUNIT_EXPECT_EQ(test, ways(m, 6 * PAGE - 1), (unsigned int)all[i]);
		KUNIT_EXPECT_EQ(test, ways(m, 5 * PAGE - 1), 0u);
		KUNIT_EXPECT_EQ(test, ways(m, 6 * PAGE), 0u);
		KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 1ull);
		vkv_mappings_remove(m, 5 * PAGE, PAGE, all[i]);
		KUNIT_EXPECT_EQ(test, ways(m, 5 * PAGE), 0u);
	}
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 0ull);
	vkv_mappings_destroy(m);
}

/* Two buffers in one page, and one that lies across the end of 1 GiB. */
static void shared_pages_test(struct kunit *test)
{
	struct vkv_mappings *m = create(test);
	u64 gib = 1ull << 30;

	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 100, 8, VKV_FROM_HOST), 0);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 200, 8, VKV_TO_HOST), 0);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 300, 8, VKV_FROM_HOST), 0);
	vkv_mappings_remove(m, 100, 8, VKV_FROM_HOST);
	KUNIT_EXPECT_EQ(test, ways(m, 0), (unsigned int)VKV_BOTH_WAYS);
	vkv_mappings_remove(m, 300, 8, VKV_FROM_HOST);
	KUNIT_EXPECT_EQ(test, ways(m, 0), (unsigned int)VKV_TO_HOST);
	vkv_mappings_remove(m, 200, 8, VKV_TO_HOST);
	KUNIT_EXPECT_EQ(test, ways(m, 0), 0u);

	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, gib - 1, 2 * PAGE, VKV_TO_HOST), 0);
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 3ull);
	KUNIT_EXPECT_EQ(test, ways(m, gib - PAGE - 1), 0u);
	KUNIT_EXPECT_EQ(test, ways(m, gib + 2 * PAGE - 2), (unsigned int)VKV_TO_HOST);
	KUNIT_EXPECT_EQ(test, ways(m, gib + 2 * PAGE), 0u);
	vkv_mappings_remove(m, gib - 1, 2 * PAGE, VKV_TO_HOST);
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 0ull);
	vkv_mappings_destroy(m);
}

static void limits_test(struct kunit *test)
{
	struct vkv_mappings *m = create(test);
	atomic64_t *page;

	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, END - PAGE, PAGE, VKV_TO_HOST), 0);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, END - PAGE, PAGE + 1, VKV_TO_HOST), -ERANGE);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, END, 1, VKV_TO_HOST), -ERANGE);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, ~0ull - 10, 100, VKV_TO_HOST), -ERANGE);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 0, 0, VKV_TO_HOST), -ERANGE);
	KUNIT_EXPECT_FALSE(test, usable(m, END, VKV_TO_HOST));
	KUNIT_EXPECT_FALSE(test, usable(m, ~0ull, VKV_TO_HOST));
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 1ull);

	/* As many mappings as the word can count, and one more. */
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 0, PAGE, VKV_FROM_HOST), 0);
	page = vkv_mapping_find(m, 0);
	atomic64_set(page, VKV_MAPPING_READS & ~VKV_MAPPING_FULL);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 0, PAGE, VKV_FROM_HOST), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 0, PAGE, VKV_TO_HOST), 0);
	KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, 0, PAGE, VKV_BOTH_WAYS), -EOVERFLOW);
	KUNIT_EXPECT_EQ(test, (u64)atomic64_read(page),
			(VKV_MAPPING_READS & ~VKV_MAPPING_FULL) | VKV_MAPPING_WRITE);
	vkv_mappings_destroy(m);
}

/* A mapping without memory for the table leaves nothing mapped. */
static void no_memory_test(struct kunit *test)
{
	struct vkv_mappings *m;
	unsigned int nth;
	u64 at = (1ull << 30) - 3 * PAGE;

	for (nth = 1; nth <= 4; nth++) {
		m = create(test);
		shim_slab_fail = nth;
		KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, at, 6 * PAGE, VKV_TO_HOST), -ENOMEM);
		KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 0ull);
		shim_slab_fail = 0;
		KUNIT_EXPECT_EQ(test, vkv_mappings_add(m, at, 6 * PAGE, VKV_TO_HOST), 0);
		KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 6ull);
		vkv_mappings_destroy(m);
	}
	shim_slab_fail = 1;
	KUNIT_EXPECT_EQ(test, vkv_mappings_create(END, 0, &m), -ENOMEM);
	shim_slab_fail = 0;
}

/* --- threads --- */

#define NR_PAGES 6u
#define ROUNDS 40000u

/*
 * The memory behind the pages. Without a lock, ThreadSanitizer sees every use that
 * overlaps with the time in which the page is the host's own.
 */
struct race {
	struct vkv_mappings *m;
	u64 base;
	u32 memory[NR_PAGES];
	bool stop;
	unsigned long used;
	unsigned long refused;
};

static void *use_pages(void *arg)
{
	struct race *r = arg;
	unsigned long flags, used = 0, refused = 0;
	atomic64_t *page;
	unsigned int i;

	for (i = 0; !__atomic_load_n(&r->stop, __ATOMIC_ACQUIRE); i++) {
		page = vkv_mapping_find(r->m, r->base + i % NR_PAGES * PAGE);
		if (!page || !vkv_mapping_use(page, VKV_TO_HOST, &flags)) {
			refused++;
			continue;
		}
		r->memory[i % NR_PAGES] = 1;
		vkv_mapping_end(page, flags);
		used++;
	}
	__atomic_fetch_add(&r->used, used, __ATOMIC_RELAXED);
	__atomic_fetch_add(&r->refused, refused, __ATOMIC_RELAXED);
	return NULL;
}

/* The host maps a page, unmaps it, and looks whether it is its own. */
static unsigned int map_pages(struct race *r)
{
	unsigned int i, wrong = 0, page;
	u32 *memory;

	for (i = 0; i < ROUNDS; i++) {
		page = i % NR_PAGES;
		memory = &r->memory[page];
		if (vkv_mappings_add(r->m, r->base + page * PAGE, PAGE, VKV_TO_HOST))
			wrong++;
		if (i % 8 == 0)
			sched_yield();
		vkv_mappings_remove(r->m, r->base + page * PAGE, PAGE, VKV_TO_HOST);
		*memory = 7;
		if (i % 8 == 1)
			sched_yield();
		wrong += *memory != 7;
	}
	return wrong;
}

static void race_test(struct kunit *test)
{
	struct race r = { .m = create(test), .base = (1ull << 30) - 3 * PAGE };
	pthread_t user;

	pthread_create(&user, NULL, use_pages, &r);
	KUNIT_EXPECT_EQ(test, map_pages(&r), 0u);
	__atomic_store_n(&r.stop, true, __ATOMIC_RELEASE);
	pthread_join(user, NULL);
	printf("# %lu uses, %lu refused\n", r.used, r.refused);
	KUNIT_EXPECT_GT(test, r.used, 0ul);
	KUNIT_EXPECT_GT(test, r.refused, 0ul);
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(r.m), 0ull);
	vkv_mappings_destroy(r.m);
}

/* Several threads need the same new levels of the table at the same moment. */
static void *add_far(void *arg)
{
	struct vkv_mappings *m = arg;
	unsigned long failed = 0;
	u64 i;

	for (i = 0; i < 2000; i++)
		failed += !!vkv_mappings_add(m, i << 24, PAGE, VKV_FROM_HOST);
	return (void *)failed;
}

static void growth_test(struct kunit *test)
{
	struct vkv_mappings *m = create(test);
	pthread_t other;
	void *failed;
	u64 i;

	pthread_create(&other, NULL, add_far, m);
	KUNIT_EXPECT_TRUE(test, !add_far(m));
	pthread_join(other, &failed);
	KUNIT_EXPECT_TRUE(test, !failed);
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 2000ull);
	for (i = 0; i < 2000; i++)
		vkv_mappings_remove(m, i << 24, PAGE, VKV_FROM_HOST);
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 2000ull);
	for (i = 0; i < 2000; i++)
		vkv_mappings_remove(m, i << 24, PAGE, VKV_FROM_HOST);
	KUNIT_EXPECT_EQ(test, vkv_mappings_count(m), 0ull);
	vkv_mappings_destroy(m);
}

static struct kunit_case mapping_cases[] = {
	KUNIT_CASE(directions_test),
	KUNIT_CASE(shared_pages_test),
	KUNIT_CASE(limits_test),
	KUNIT_CASE(no_memory_test),
	KUNIT_CASE(race_test),
	KUNIT_CASE(growth_test),
	{}
};

static struct kunit_suite mapping_suite = {
	.name = "mapping",
	.test_cases = mapping_cases,
};

kunit_test_suite(mapping_suite);
