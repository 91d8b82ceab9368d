/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the suites of the FTL core. Each case has a world, keys have
 * numbers, and all cases run with each variant of the core.
 */
#ifndef FTL_SUITE_H
#define FTL_SUITE_H

#include <kunit/test.h>
#include <stdlib.h>

#include "native/ftl/world.h"
#include "native/ftl/hash_mask.h"
#include "native/ftl/variants.h"

#define MIB (1ull << 20)
/*
 * Size of a fragment on devices up to 128 MiB. A value of this size has one
 * record.
 */
#define FRAGMENT 8192u

static struct world world;
static u8 *scratch;	/* VKV_IO_MAX bytes */

static inline int suite_init(struct kunit *test)
{
	memset(&world, 0, sizeof(world));
	scratch = malloc(VKV_IO_MAX);
	test->priv = &world;
	return scratch ? 0 : -ENOMEM;
}

static inline void suite_exit(struct kunit *test)
{
	if (world.ftl)
		world_exit(&world);
	world.ftl = NULL;
	free(scratch);
	hash_mask = ~0ull;
	shim_slab_fail = 0;
}

#define CHECK(test, w) do {						\
	int __err = world_check(w);					\
	KUNIT_ASSERT_TRUE_MSG(test, !__err, "checker: %s", (w)->why);	\
} while (0)

static inline struct world *start(struct kunit *test, u64 size)
{
	struct world *w = test->priv;

	KUNIT_ASSERT_EQ(test, world_init(w, size, WORLD_CTX, 0), 0);
	return w;
}

/* Makes key @n. Its length and keyspace follow from @n. */
static inline struct vkv_key numbered(u8 *buf, u64 n)
{
	u64 x = (n + 1) * 0x9e3779b97f4a7c15ull;
	u32 len = n % 5 == 0 ? 8 + (x >> 40) % 248 : 8 + (x >> 40) % 25;

	pattern(buf, len, n);
	memcpy(buf, &n, sizeof(n));
	return (struct vkv_key){
		.data = buf,
		.len = len,
		.keyspace = n % 3,
	};
}

static inline struct vkv_key text(const char *s)
{
	return (struct vkv_key){ .data = (const u8 *)s, .len = strlen(s) };
}

/* Makes key @n with a given length, in keyspace 0. */
static inline struct vkv_key plain(u8 *buf, u32 n, u8 len)
{
	memset(buf, 0x5a, len);
	memcpy(buf, &n, min_t(size_t, len, sizeof(n)));
	return (struct vkv_key){ .data = buf, .len = len };
}

/* The variant whose cases are running. */
static const struct variant *variant;

/* Clears the bits of hashes that are not in @mask. */
static inline void collide(u64 mask)
{
	hash_mask = mask;
}

static inline int run_variants(const char *title, struct kunit_case *cases,
			       const char *only)
{
	struct kunit_suite suite = {
		.init = suite_init,
		.exit = suite_exit,
		.test_cases = cases,
	};
	int failed = 0, nr = 0;
	char name[50];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(variants); i++) {
		variant = &variants[i];
		world_index = variant->index->name;
		world_victim = variant->victim;
		world_verify = variant->verify;
		snprintf(name, sizeof(name), "%s/%s", title, variant->name);
		suite.name = name;
		failed += kunit_run_cases(&suite, only, &nr);
	}
	printf("1..%d\n", nr);
	return failed ? 1 : 0;
}

#define ftl_test_suite(title, cases)					\
	int main(int argc, char **argv)					\
	{								\
		return run_variants(title, cases,			\
				    argc > 1 ? argv[1] : NULL);		\
	}

#endif
