// SPDX-License-Identifier: GPL-2.0
/*
 * Tests damaged and poisoned values, with and without sums of values
 * (ftl/value.c). AddressSanitizer sees ordinary reads of poisoned bytes.
 */
#include <sanitizer/asan_interface.h>

#include "native/ftl/suite.h"
#include "ftl/record.h"

#define SIZE 3000u

static struct world *verified(struct kunit *test, bool verify)
{
	world_verify = verify;
	return start(test, 16 * MIB);
}

static int look_at(struct world *w, const struct vkv_key *key, u64 offset,
		   u32 len)
{
	return vkv_ftl_lookup(w->ctx, key, offset, len, &w->view, &w->fp);
}

/* The byte of a stored value, in the memory. */
static u8 *byte_of(struct kunit *test, struct world *w,
		   const struct vkv_key *key, u64 at)
{
	u8 *byte;

	KUNIT_ASSERT_EQ(test, look_at(w, key, at, 1), 0);
	byte = w->view.piece[0].data;
	vkv_ftl_quiesce(w->ctx);
	return byte;
}

static void put(struct kunit *test, struct world *w, const struct vkv_key *key,
		u32 size)
{
	pattern(scratch, size, 1);
	KUNIT_ASSERT_EQ(test, world_store(w, key, scratch, size, 0), 0);
	KUNIT_ASSERT_EQ(test, world_expect(w, key, scratch, size), 0);
}

/* Every bit of a value counts, whichever part of it is asked for. */
static void every_bit(struct kunit *test)
{
	struct world *w = verified(test, true);
	struct vkv_key key = text("key");
	u8 *byte;
	u32 i;

	put(test, w, &key, 100);
	for (i = 0; i < 800; i++) {
		byte = byte_of(test, w, &key, i / 8);
		*byte ^= 1 << i % 8;
		KUNIT_ASSERT_EQ(test, look_at(w, &key, 0, 100), -EIO);
		KUNIT_ASSERT_EQ(test, look_at(w, &key, 50, 1), -EIO);
		KUNIT_ASSERT_EQ(test, look_at(w, &key, 0, 0), 0);
		*byte ^= 1 << i % 8;
	}
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 100), 0);
	CHECK(test, w);
}

/* Sizes around the buffer that a value is verified in. */
static void every_size(struct kunit *test)
{
	static const u32 sizes[] = {
		0, 1, 7, 8, 9, 511, 4095, 4096, 4097, FRAGMENT - 1, FRAGMENT,
		FRAGMENT + 1, 5 * FRAGMENT + 3, VKV_IO_MAX,
	};
	struct world *w = verified(test, true);
	struct vkv_key key = text("key");
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 *byte;

		put(test, w, &key, sizes[i]);
		CHECK(test, w);
		if (!sizes[i])
			continue;
		byte = byte_of(test, w, &key, sizes[i] - 1);
		*byte ^= 0x80;
		KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, VKV_IO_MAX), -EIO);
	}
}

/* Storing it again repairs a value, and so does a delete. */
static void repaired(struct kunit *test)
{
	struct world *w = verified(test, true);
	struct vkv_key key = text("key");

	put(test, w, &key, SIZE);
	*byte_of(test, w, &key, 7) ^= 1;
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, SIZE), -EIO);
	put(test, w, &key, SIZE);
	*byte_of(test, w, &key, 7) ^= 1;
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, SIZE), -ENOENT);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
}

/* Only the fragments that are asked for are read. */
static void fragments(struct kunit *test)
{
	struct world *w = verified(test, true);
	struct vkv_key key = text("object");
	const u32 size = 5 * FRAGMENT;

	put(test, w, &key, size);
	*byte_of(test, w, &key, 2 * FRAGMENT + 5) ^= 1;
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, size), -EIO);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, 2 * FRAGMENT), 0);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 3 * FRAGMENT - 1, 1), -EIO);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 3 * FRAGMENT, FRAGMENT), 0);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, size, 1), 0);
	vkv_ftl_quiesce(w->ctx);
	put(test, w, &key, size);
	CHECK(test, w);
}

/* What an append copies from the version before is verified. */
static void appends(struct kunit *test)
{
	static const u32 sizes[] = { SIZE, 2 * FRAGMENT + SIZE };
	struct world *w = verified(test, true);
	struct vkv_key key = text("grows");
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		const u32 size = sizes[i];

		put(test, w, &key, size);
		pattern(scratch, size + 100, 1);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch + size, 100,
						  VKV_STORE_APPEND), 0);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch,
						   size + 100), 0);
		CHECK(test, w);
		*byte_of(test, w, &key, size - 1) ^= 4;
		KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 100,
						  VKV_STORE_APPEND), -EIO);
	}
}

static u64 place(struct kunit *test, struct world *w, const struct vkv_key *key)
{
	KUNIT_ASSERT_EQ(test, look_at(w, key, 0, 0), 0);
	vkv_ftl_quiesce(w->ctx);
	return w->view.loc;
}

/* Some keys that lie beside another one, and move with it until deleted. */
static void add_company(struct kunit *test, struct world *w)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 1000; n < 1003; n++) {
		struct vkv_key other = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, world_store(w, &other, scratch, 9, 0), 0);
	}
}

static void delete_one_of_company(struct world *w)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 1000; n < 1003; n++) {
		struct vkv_key other = plain(buf, n, 16);

		if (!world_delete(w, &other))
			break;
	}
}

/*
 * Makes garbage beside @key, so that the collector moves it. Returns how many
 * damaged values the collector has reported.
 */
static u32 move(struct kunit *test, struct world *w, const struct vkv_key *key)
{
	u64 before = place(test, w, key);
	struct vkv_footprint fp = {};
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < 300; n++) {
		struct vkv_key other = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, world_store(w, &other, scratch, SIZE, 0),
				0);
		KUNIT_ASSERT_EQ(test, world_delete(w, &other), 0);
	}
	delete_one_of_company(w);
	vkv_ftl_idle(w->ctx);
	for (n = 0; n < WORLD_PATIENCE; n++)
		if (!vkv_ftl_collect_noting(w->gc, true, &fp))
			break;
	KUNIT_EXPECT_NE(test, place(test, w, key), before);
	return fp.damaged;
}

/* The collector reports a damaged value once, and makes no good one of it. */
static void collected(struct kunit *test)
{
	struct world *w = verified(test, true);
	struct vkv_key key = text("key");
	u32 i;

	put(test, w, &key, SIZE);
	add_company(test, w);
	*byte_of(test, w, &key, SIZE / 2) ^= 1;
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, move(test, w, &key), !i);
		KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, SIZE), -EIO);
	}
	put(test, w, &key, SIZE);
	KUNIT_EXPECT_EQ(test, move(test, w, &key), 0);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, SIZE), 0);
	CHECK(test, w);
}

/* Poison */

/* A poisoned value is never read in the ordinary way, and is refused. */
static void poison_is_refused(struct kunit *test)
{
	struct world *w = verified(test, true);
	struct vkv_key key = text("key");
	u8 *byte;

	put(test, w, &key, 2 * FRAGMENT);
	byte = byte_of(test, w, &key, FRAGMENT + 4200);
	ASAN_POISON_MEMORY_REGION(byte, 8);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, 2 * FRAGMENT), -EIO);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, FRAGMENT), 0);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, FRAGMENT, 1), -EIO);
	vkv_ftl_quiesce(w->ctx);
	put(test, w, &key, 2 * FRAGMENT);
	ASAN_UNPOISON_MEMORY_REGION(byte, 8);
	CHECK(test, w);
}

static void poison_is_not_appended(struct kunit *test, bool verify)
{
	struct world *w = verified(test, verify);
	struct vkv_key key = text("key");
	u64 used;
	u8 *byte;

	put(test, w, &key, SIZE);
	used = world_usage(w).used;
	byte = byte_of(test, w, &key, 1000);
	ASAN_POISON_MEMORY_REGION(byte, 8);
	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 100,
					  VKV_STORE_APPEND), -EIO);
	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 3 * FRAGMENT,
					  VKV_STORE_APPEND), -EIO);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, used);
	ASAN_UNPOISON_MEMORY_REGION(byte, 8);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, SIZE), 0);
}

static void poisoned_append(struct kunit *test)
{
	poison_is_not_appended(test, false);
}

static void poisoned_append_verified(struct kunit *test)
{
	poison_is_not_appended(test, true);
}

/* The collector cannot save the bytes, and says so, once. */
static void collect_poison(struct kunit *test, bool verify)
{
	struct world *w = verified(test, verify);
	struct vkv_key key = text("key");
	u8 *byte;

	put(test, w, &key, SIZE);
	add_company(test, w);
	byte = byte_of(test, w, &key, SIZE - 8);
	ASAN_POISON_MEMORY_REGION(byte, 8);
	KUNIT_EXPECT_EQ(test, move(test, w, &key), 1);
	ASAN_UNPOISON_MEMORY_REGION(byte, 8);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, SIZE), -EIO);
	KUNIT_EXPECT_EQ(test, move(test, w, &key), 0);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, SIZE), -EIO);
	KUNIT_EXPECT_EQ(test, look_at(w, &key, 0, 0), 0);
	put(test, w, &key, SIZE);
	CHECK(test, w);
}

static void collected_poison(struct kunit *test)
{
	collect_poison(test, false);
}

static void collected_poison_verified(struct kunit *test)
{
	collect_poison(test, true);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(every_bit),
	KUNIT_CASE(every_size),
	KUNIT_CASE(repaired),
	KUNIT_CASE(fragments),
	KUNIT_CASE(appends),
	KUNIT_CASE(collected),
	KUNIT_CASE(poison_is_refused),
	KUNIT_CASE(poisoned_append),
	KUNIT_CASE(poisoned_append_verified),
	KUNIT_CASE(collected_poison),
	KUNIT_CASE(collected_poison_verified),
	{}
};

ftl_test_suite("value", cases);
