// SPDX-License-Identifier: GPL-2.0
/*
 * No key is refused while there are pages, however alike the hashes are.
 *
 * An index over 1 TiB, which is the most that locations can name, gets only the
 * keys of a small corner of all hashes. Their number there is the same as if the
 * whole index had many billions of keys, so the same number of them collide. Of
 * all corners, the last one has the most keys for a bucket. In other cases few
 * hashes are shared by many keys.
 */
#include <kunit/test.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>

#include "ftl/index/index.h"

#define SIZE (1ull << (VKV_LOC_BITS + VKV_LOC_SHIFT))
#define MEM (4ull << 30)
#define PAGES ((u32)(MEM / VKV_PAGE_SIZE))
/* The corner has 1 / (1 << CORNER) of all hashes. */
#define CORNER 16u

struct bed {
	const struct vkv_index_ops *ops;
	struct vkv_index *ix;
	u8 *mem;
	u32 *freed;
	u32 nr_freed;
	u32 next;
	u32 used;
	u64 (*hash)(u64 n);
	u32 few;		/* number of hashes, if they are few */
	char why[160];
};

static struct bed bed;

static u32 page_alloc(void *arg, u32 cookie)
{
	u32 page = bed.nr_freed ? bed.freed[--bed.nr_freed] : bed.next++;

	if (page >= PAGES)
		return 0;
	bed.used++;
	return page;
}

static void page_free(void *arg, u32 page)
{
	bed.freed[bed.nr_freed++] = page;
	bed.used--;
}

static bool match(void *arg, u64 loc)
{
	return *(u64 *)arg == loc - 1;
}

static u64 mix(u64 n)
{
	u64 x = (n + 1) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9ull;
	return x ^ x >> 29;
}

static u64 in_last_corner(u64 n)
{
	return ~(mix(n) >> CORNER);
}

static u64 one_of_few(u64 n)
{
	return mix(n % bed.few);
}

static int bed_init(const struct vkv_index_ops *ops)
{
	struct vkv_index_env env = {
		.size = SIZE,
		.page_alloc = page_alloc,
		.page_free = page_free,
	};

	memset(&bed, 0, sizeof(bed));
	bed.ops = ops;
	bed.next = 1;
	bed.freed = malloc(PAGES * sizeof(*bed.freed));
	bed.mem = mmap(NULL, MEM, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	env.mem = bed.mem;
	return bed.ops->create(&env, &bed.ix);
}

static void bed_exit(struct kunit *test)
{
	bed.ops->destroy(bed.ix);
	munmap(bed.mem, MEM);
	free(bed.freed);
}

static int change(u64 n, u64 expect, u64 loc)
{
	struct vkv_trail trail = { .hash = bed.hash(n) };
	u64 found;

	return bed.ops->change(bed.ix, &trail, match, &n, expect, loc, &found);
}

static u64 find(u64 n, u32 *reads)
{
	struct vkv_trail trail = { .hash = bed.hash(n) };

	return bed.ops->lookup(bed.ix, &trail, match, &n, reads);
}

static void visit(void *arg, u64 pos, u64 loc)
{
	if (pos == bed.ops->position(bed.ix, bed.hash(loc - 1)))
		++*(u64 *)arg;
}

static u64 count_listed(void)
{
	u64 end = bed.ops->position(bed.ix, ~0ull);
	u64 at, last, nr = 0;

	for (at = 0; at <= end; at = last + 1)
		bed.ops->scan(bed.ix, at, &last, visit, &nr);
	return nr;
}

static void check(struct kunit *test)
{
	KUNIT_ASSERT_TRUE_MSG(test, !bed.ops->check(bed.ix, bed.why,
						    sizeof(bed.why)),
			      "checker: %s", bed.why);
	KUNIT_EXPECT_EQ(test, bed.used, bed.ops->nr_pages(bed.ix));
}

/* Stores keys, finds and lists them all, and deletes them again. */
static void fill_and_empty(struct kunit *test, u64 keys, const char *what)
{
	u32 base = bed.used, reads = 0;
	u64 n, refused = 0;

	for (n = 0; n < keys; n++)
		refused += !!change(n, 0, n + 1);
	printf("# %s: %llu of %llu keys refused, %llu bytes a key\n", what,
	       refused, keys, (u64)(bed.used - base) * VKV_PAGE_SIZE / keys);
	KUNIT_EXPECT_EQ(test, refused, 0);
	for (n = 0; n < keys; n++)
		KUNIT_ASSERT_EQ(test, find(n, &reads), n + 1);
	KUNIT_EXPECT_EQ(test, find(keys, &reads), 0);
	KUNIT_EXPECT_EQ(test, count_listed(), keys);
	check(test);
	for (n = 0; n < keys; n++)
		KUNIT_ASSERT_EQ(test, change(n, n + 1, 0), 0);
	while (bed.ops->tidy(bed.ix))
		;
	check(test);
	KUNIT_EXPECT_EQ(test, count_listed(), 0);
}

static void ten_billion(struct kunit *test)
{
	bed.hash = in_last_corner;
	fill_and_empty(test, 10000000000ull >> CORNER, "10^10 keys");
}

static void twenty_billion(struct kunit *test)
{
	bed.hash = in_last_corner;
	fill_and_empty(test, 20000000000ull >> CORNER, "2 * 10^10 keys");
}

/* More than fit into 1 TiB: buckets are full that cannot be split any more. */
static void forty_billion(struct kunit *test)
{
	bed.hash = in_last_corner;
	fill_and_empty(test, 40000000000ull >> CORNER, "4 * 10^10 keys");
}

static void few_hashes(struct kunit *test)
{
	static const u32 few[] = { 1, 2, 17, 300, 4000 };
	char what[32];
	u32 i;

	bed.hash = one_of_few;
	for (i = 0; i < ARRAY_SIZE(few); i++) {
		bed.few = few[i];
		snprintf(what, sizeof(what), "%u hashes", few[i]);
		fill_and_empty(test, 4000 * (1 + ilog2(few[i])), what);
	}
}

/* Pages that run out are the only reason to refuse a key. */
static void no_pages(struct kunit *test)
{
	u32 reads = 0;
	u64 n, nr = 0;

	bed.hash = one_of_few;
	bed.few = 3;
	bed.next = PAGES - 40;
	for (n = 0; n < 40 * 512; n++) {
		int err = change(n, 0, n + 1);

		if (err) {
			KUNIT_ASSERT_EQ(test, err, -EAGAIN);
			KUNIT_ASSERT_EQ(test, find(n, &reads), 0);
			break;
		}
		nr++;
	}
	KUNIT_EXPECT_GT(test, nr, 10000);
	for (n = 0; n < nr; n += 7)
		KUNIT_ASSERT_EQ(test, find(n, &reads), n + 1);
	check(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(ten_billion),
	KUNIT_CASE(twenty_billion),
	KUNIT_CASE(forty_billion),
	KUNIT_CASE(few_hashes),
	KUNIT_CASE(no_pages),
	{}
};

static int extendible_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible);
}

static struct kunit_suite extendible = {
	.name = "extendible",
	.init = extendible_init,
	.exit = bed_exit,
	.test_cases = cases,
};

kunit_test_suites(&extendible);
