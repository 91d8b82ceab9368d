// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail. Only creating and verifying a core allocate memory.
 * Each of their allocations fails in turn.
 */
#include <kunit/test.h>
#include <stdlib.h>

#include "native/ftl/variant_world.h"

/* Neither call makes as many allocations. */
#define ALLOCATIONS_MAX 1000
#define VALUE_BYTES (5u << 13)

static void suite_exit(struct kunit *test)
{
	shim_slab_fail = 0;
}

/*
 * Fails each allocation in turn. Returns the number of the first one not
 * reached.
 */
static int create_all(struct kunit *test, const struct vkv_ftl_config *cfg)
{
	long live = shim_slab_live;
	struct vkv_ftl *ftl = NULL;
	int nr = 0;
	int err;

	do {
		shim_slab_fail = ++nr;
		err = vkv_ftl_create(cfg, &ftl);
		KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
		if (err)
			KUNIT_EXPECT_EQ(test, shim_slab_live, live);
	} while (err == -ENOMEM && nr < ALLOCATIONS_MAX);
	shim_slab_fail = 0;
	KUNIT_ASSERT_EQ(test, err, 0);
	vkv_ftl_destroy(ftl);
	return nr;
}

static void create_fails(struct kunit *test)
{
	u32 i;

	for (i = 0; i < NR_VARIANTS; i++) {
		void *mem = aligned_alloc(4096, VKV_FTL_SIZE_MIN);
		struct vkv_ftl_config cfg = variant_config(&variants[i], mem,
							   VKV_FTL_SIZE_MIN, 2);

		KUNIT_ASSERT_NOT_NULL(test, mem);
		KUNIT_EXPECT_GT(test, create_all(test, &cfg), 1);
		free(mem);
	}
}

/* Stores values of one record and of several, and deletes one value. */
static void populate(struct kunit *test, struct world *w)
{
	static u8 data[VALUE_BYTES];
	u32 nr;

	for (nr = 0; nr < 100; nr++) {
		struct vkv_key key = {
			.data = (const u8 *)&nr, .len = sizeof(nr) };
		u64 size = nr % 3 ? nr : VALUE_BYTES;

		KUNIT_ASSERT_EQ(test, world_store(w, &key, data, size, 0), 0);
		if (nr % 5 == 0)
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
}

/* The checker reports lack of memory. With memory it finds nothing wrong. */
static int check_all(struct kunit *test, struct world *w)
{
	long live = shim_slab_live;
	int nr = 0;
	int err;

	do {
		memset(w->why, 'x', sizeof(w->why));
		shim_slab_fail = ++nr;
		err = world_check(w);
		KUNIT_EXPECT_TRUE(test, !err || err == -ENOMEM);
		KUNIT_EXPECT_EQ(test, shim_slab_live, live);
		KUNIT_EXPECT_TRUE(test, memchr(w->why, 0, sizeof(w->why)));
		KUNIT_EXPECT_EQ(test, !w->why[0], !err);
	} while (err == -ENOMEM && nr < ALLOCATIONS_MAX);
	shim_slab_fail = 0;
	KUNIT_EXPECT_EQ(test, err, 0);
	return nr;
}

static void check_fails(struct kunit *test)
{
	static struct world w;
	u32 i;

	for (i = 0; i < NR_VARIANTS; i++) {
		KUNIT_ASSERT_EQ(test, world_of(&w, &variants[i], WORLD_CTX), 0);
		populate(test, &w);
		KUNIT_EXPECT_GT(test, check_all(test, &w), 1);
		world_exit(&w);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(create_fails),
	KUNIT_CASE(check_fails),
	{}
};

static struct kunit_suite suite = {
	.name = "memory",
	.exit = suite_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
