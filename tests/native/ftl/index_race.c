// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the index with several threads. Readers look for keys that are always
 * there. Meanwhile other keys come and go, buckets are split and merged, pages
 * move, and locations change. A freed page is never reused here, because no
 * reader passes a quiescent point.
 */
#include <kunit/test.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "ftl/index/index.h"

#define PAGES (1u << 18)
#define SIZE (1ull << 30)
#define STABLE 3000u
#define CHURN 9000u
#define WAVES 12u
#define WRITERS 2u
#define MOVED (1ull << 18)	/* a location moves by this, and back */

struct bed {
	const struct vkv_index_ops *ops;
	struct vkv_index *ix;
	u8 *mem;
	atomic_t next;
	u64 squeeze;		/* divides all hashes */
	u32 same;		/* so many keys share a hash */
	u32 cookie[PAGES];	/* 0: free, else the cookie + 1 */
	atomic_t writing;
	atomic_t missed;
	atomic64_t looked;
};

static struct bed bed;

static u64 hash_of(u64 n)
{
	u64 x = (n / bed.same + 1) * 0x9e3779b97f4a7c15ull;

	x ^= x >> 31;
	x *= 0xbf58476d1ce4e5b9ull;
	return (x ^ x >> 29) / bed.squeeze;
}

static u32 page_alloc(void *arg, u32 cookie)
{
	u32 page = atomic_inc_return(&bed.next);

	if (page >= PAGES)
		abort();
	WRITE_ONCE(bed.cookie[page], cookie + 1);
	return page;
}

static void page_free(void *arg, u32 page)
{
	WRITE_ONCE(bed.cookie[page], 0);
}

static bool match(void *arg, u64 loc)
{
	return (loc & (MOVED - 1)) == *(u64 *)arg + 1;
}

static void expect_stable(u64 n, u64 loc)
{
	if ((loc & (MOVED - 1)) != n + 1)
		atomic_inc(&bed.missed);
}

static void *reader(void *arg)
{
	struct vkv_trail *trails = calloc(STABLE, sizeof(*trails));
	u64 rng = (unsigned long)arg;

	do {
		struct vkv_trail *trail;
		u32 reads = 0;
		u64 n;

		rng = rng * 6364136223846793005ull + 1442695040888963407ull;
		n = (rng >> 32) % STABLE;
		trail = &trails[n];
		trail->hash = hash_of(n);
		/* The other half of the trails may be old. */
		if (rng >> 31 & 1) {
			bed.ops->approach(bed.ix, trail);
			bed.ops->glance(bed.ix, trail);
		}
		expect_stable(n, bed.ops->lookup(bed.ix, trail, match, &n,
						 &reads));
		atomic64_inc(&bed.looked);
	} while (atomic_read(&bed.writing));
	free(trails);
	return NULL;
}

/* Adds and removes its keys, again and again. */
static void *writer(void *arg)
{
	u64 first = STABLE + (unsigned long)arg * CHURN;
	struct vkv_trail *trails = calloc(CHURN, sizeof(*trails));
	u64 found, n;
	u32 wave;

	for (wave = 0; wave < WAVES; wave++) {
		for (n = first; n < first + CHURN; n++) {
			trails[n - first].hash = hash_of(n);
			if (bed.ops->change(bed.ix, &trails[n - first], match,
					    &n, 0, n + 1, &found))
				atomic_inc(&bed.missed);
		}
		for (n = first; n < first + CHURN; n++)
			if (bed.ops->change(bed.ix, &trails[n - first], match,
					    &n, n + 1, 0, &found))
				atomic_inc(&bed.missed);
	}
	free(trails);
	atomic_dec(&bed.writing);
	return NULL;
}

static void move_page(u32 from)
{
	u32 cookie = READ_ONCE(bed.cookie[from]);
	u32 to;

	if (!cookie)
		return;
	to = page_alloc(NULL, cookie - 1);
	if (bed.ops->page_move(bed.ix, cookie - 1, from, to))
		page_free(NULL, from);
	else
		page_free(NULL, to);
}

/* Does the collector's work: moves pages and records, and gives memory back. */
static void *collector(void *arg)
{
	u32 from = 1;
	u64 n = 0;

	while (atomic_read(&bed.writing)) {
		u64 loc = n % STABLE + 1;
		u64 to = n / STABLE % 2 ? loc : loc + MOVED;
		u64 was = n / STABLE % 2 ? loc + MOVED : loc;

		if (!bed.ops->move(bed.ix, hash_of(n % STABLE), was, to))
			atomic_inc(&bed.missed);
		if (++n % 64)
			continue;
		bed.ops->tidy(bed.ix);
		if (from < atomic_read(&bed.next))
			move_page(from++);
	}
	return NULL;
}

static void visit(void *arg, u64 pos, u64 loc)
{
	++*(u64 *)arg;
}

static void run(struct kunit *test)
{
	pthread_t thread[WRITERS + 3];
	u64 found, n, nr = 0;
	char why[160] = "";
	u32 i;

	for (n = 0; n < STABLE; n++) {
		struct vkv_trail trail = { .hash = hash_of(n) };

		KUNIT_ASSERT_EQ(test, bed.ops->change(bed.ix, &trail, match, &n,
						      0, n + 1, &found), 0);
	}
	atomic_set(&bed.writing, WRITERS);
	for (i = 0; i < WRITERS; i++)
		pthread_create(&thread[i], NULL, writer, (void *)(long)i);
	pthread_create(&thread[i++], NULL, reader, (void *)1l);
	pthread_create(&thread[i++], NULL, reader, (void *)2l);
	pthread_create(&thread[i++], NULL, collector, NULL);
	while (i--)
		pthread_join(thread[i], NULL);
	printf("# %lld lookups, %d pages\n",
	       (long long)atomic64_read(&bed.looked), atomic_read(&bed.next));
	KUNIT_EXPECT_EQ(test, atomic_read(&bed.missed), 0);
	KUNIT_EXPECT_TRUE_MSG(test, !bed.ops->check(bed.ix, why, sizeof(why)),
			      "checker: %s", why);
	bed.ops->walk(bed.ix, visit, &nr);
	KUNIT_EXPECT_EQ(test, nr, STABLE);
}

static int bed_init(const struct vkv_index_ops *ops, u64 squeeze, u32 same)
{
	struct vkv_index_env env = {
		.size = SIZE,
		.page_alloc = page_alloc,
		.page_free = page_free,
	};

	memset(&bed, 0, sizeof(bed));
	bed.ops = ops;
	bed.squeeze = squeeze;
	bed.same = same;
	bed.mem = mmap(NULL, (size_t)PAGES * VKV_PAGE_SIZE,
		       PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	env.mem = bed.mem;
	return bed.ops->create(&env, &bed.ix);
}

static void bed_exit(struct kunit *test)
{
	bed.ops->destroy(bed.ix);
	munmap(bed.mem, (size_t)PAGES * VKV_PAGE_SIZE);
}

static int shallow_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible, 1, 1);
}

/*
 * All hashes lie in a corner of the order. So pages of the directory come and
 * go.
 */
static int deep_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible, 2048, 1);
}

/* Many keys share a hash. So annexes come and go. */
static int crowded_init(struct kunit *test)
{
	return bed_init(&vkv_index_extendible, 1, 50);
}

static int plain_init(struct kunit *test)
{
	return bed_init(&vkv_index_plain, 1, 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(run),
	{}
};

static struct kunit_suite shallow = {
	.name = "extendible",
	.init = shallow_init,
	.exit = bed_exit,
	.test_cases = cases,
};

static struct kunit_suite deep = {
	.name = "extendible, deep",
	.init = deep_init,
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

kunit_test_suites(&shallow, &deep, &crowded, &plain);
