// SPDX-License-Identifier: GPL-2.0
/*
 * Stores that are reserved together. All of them get room, or none. A key may
 * come more than once. Stores that could not be made visible keep their charge.
 */
#include "native/ftl/suite.h"

#define NR VKV_STORES_MAX

static struct vkv_txn txn[NR];

static int fill_from(const struct vkv_ask *ask, u32 first, u32 nr)
{
	u32 i;

	for (i = first; i < nr; i++) {
		pattern(scratch, ask[i].size, i);
		if (!txn_fill(&txn[i], scratch, ask[i].size))
			return -EILSEQ;
	}
	return 0;
}

/* Tries the stores from *@done on. *@aside may have bytes after -EAGAIN. */
static int try_all(struct world *w, const struct vkv_ask *ask, u32 nr,
		   unsigned int *done, u64 *aside)
{
	u32 first = *done;
	int err;

	vkv_ftl_use_aside(w->ctx, aside);
	err = vkv_ftl_reserve_all(w->ctx, ask + first, nr - first, txn + first,
				  &w->fp);
	if (!err)
		err = fill_from(ask, first, nr);
	if (!err) {
		err = vkv_ftl_commit_all(w->ctx, txn + first, nr - first, done,
					 &w->fp);
		*done += first;
	}
	vkv_ftl_use_aside(w->ctx, NULL);
	return err;
}

static void give_back(struct world *w, const struct vkv_ask *ask, u64 *aside)
{
	vkv_ftl_give_back(w->ftl, ask->key.keyspace, *aside);
	*aside = 0;
}

static int finish_all(struct world *w, const struct vkv_ask *ask, u32 nr,
		      unsigned int done, u64 aside)
{
	int err, i;

	for (i = 0; i < WORLD_PATIENCE; i++) {
		err = try_all(w, ask, nr, &done, &aside);
		vkv_ftl_quiesce(w->ctx);
		if (err != -EAGAIN)
			break;
		world_round(w, false);
	}
	give_back(w, ask, &aside);
	return done == (err ? 0 : nr) ? err : -EILSEQ;
}

static int store_all(struct world *w, const struct vkv_ask *ask, u32 nr)
{
	return finish_all(w, ask, nr, 0, 0);
}

/* Expects the value of store @i. */
static int expect(struct world *w, const struct vkv_ask *ask, u32 i)
{
	pattern(scratch, ask[i].size, i);
	return world_expect(w, &ask[i].key, scratch, ask[i].size);
}

static void arguments(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_ask ask[NR + 1];
	u32 i;

	for (i = 0; i < NR + 1; i++)
		ask[i] = (struct vkv_ask){ text("key"), VKV_IO_MAX / NR, 0 };
#define REFUSED(nr) \
	KUNIT_EXPECT_EQ(test, vkv_ftl_reserve_all(w->ctx, ask, nr, txn, \
						  &w->fp), -EINVAL)
	REFUSED(0);
	REFUSED(NR + 1);
	ask[3].size++;
	REFUSED(NR);
	ask[3].size = ~0ull;
	REFUSED(NR);
	ask[3].size = 1;
	ask[3].flags = VKV_STORE_APPEND;
	REFUSED(NR);
	ask[3].flags = 0;
	ask[3].key.len = 0;
	REFUSED(NR);
	ask[3].key = text("key");
	KUNIT_EXPECT_EQ(test, store_all(w, ask, NR), 0);
	KUNIT_EXPECT_EQ(test, expect(w, ask, NR - 1), 0);
	CHECK(test, w);
}

/* Only the last store of a key stays, whatever the sizes of the others. */
static void same_key(struct kunit *test)
{
	static const u32 sizes[] = { 0, 1, 100, FRAGMENT, FRAGMENT + 1,
				     4 * FRAGMENT + 7 };
	struct world *w = start(test, 16 * MIB);
	struct vkv_ask ask[4];
	u32 turn, i;

	for (turn = 0; turn < 1296; turn++) {
		u32 x = turn;

		for (i = 0; i < 4; i++, x /= ARRAY_SIZE(sizes))
			ask[i] = (struct vkv_ask){
				text(i == 1 ? "other" : "key"),
				sizes[x % ARRAY_SIZE(sizes)],
				i ? VKV_STORE_IF_PRESENT : 0,
			};
		ask[1].flags = 0;
		KUNIT_ASSERT_EQ(test, store_all(w, ask, 4), 0);
		KUNIT_ASSERT_EQ(test, expect(w, ask, 3), 0);
		KUNIT_ASSERT_EQ(test, expect(w, ask, 1), 0);
		KUNIT_ASSERT_EQ(test, world_usage(w).keys, 2);
		if (turn % 50 == 0)
			CHECK(test, w);
		if (turn % 3)
			continue;
		KUNIT_EXPECT_EQ(test, world_delete(w, &ask[0].key), 0);
		KUNIT_EXPECT_EQ(test, world_delete(w, &ask[1].key), 0);
		KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	}
	KUNIT_ASSERT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
}

/* Another context changes the key between the reserve and the commit. */
static void others_come_between(struct kunit *test)
{
	static const u32 sizes[] = { 10, 3 * FRAGMENT + 5 };
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("key");
	struct vkv_ask ask[2] = { { key, 0, 0 },
				  { key, 0, VKV_STORE_IF_PRESENT } };
	struct vkv_ask one = { key, 50, 0 };
	unsigned int done;
	u32 turn;

	for (turn = 0; turn < 16; turn++) {
		ask[0].size = sizes[turn & 1];
		ask[1].size = sizes[turn >> 1 & 1];
		if (turn & 4)
			KUNIT_ASSERT_EQ(test, store_all(w, &one, 1), 0);
		KUNIT_ASSERT_EQ(test, vkv_ftl_reserve_all(w->ctx, ask, 2, txn,
							  &w->fp), 0);
		KUNIT_ASSERT_EQ(test, fill_from(ask, 0, 2), 0);
		if (turn & 8) {
			static struct vkv_txn between;

			KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key,
					20, 0, &between, &w->fp), 0);
			KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->other, &between,
							     &w->fp), 0);
		} else {
			KUNIT_EXPECT_EQ(test, vkv_ftl_delete(w->other, &key,
					&w->fp), turn & 4 ? 0 : -ENOENT);
		}
		KUNIT_EXPECT_EQ(test, vkv_ftl_commit_all(w->ctx, txn, 2, &done,
							 &w->fp), 0);
		KUNIT_EXPECT_EQ(test, done, 2);
		vkv_ftl_quiesce(w->ctx);
		vkv_ftl_quiesce(w->other);
		KUNIT_EXPECT_EQ(test, expect(w, ask, 1), 0);
		CHECK(test, w);
		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
		KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	}
}

/* A condition sees earlier stores of the batch. A failure changes nothing. */
static void conditions(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("key");
	struct vkv_ask ask[3] = { { text("first"), 10, 0 }, { key, 20, 0 },
				  { key, 30, VKV_STORE_IF_ABSENT } };

	KUNIT_EXPECT_EQ(test, store_all(w, ask, 3), -EEXIST);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).host_written, 0);
	ask[1].flags = VKV_STORE_IF_PRESENT;
	KUNIT_EXPECT_EQ(test, store_all(w, ask, 3), -ENOENT);
	ask[1].flags = VKV_STORE_IF_ABSENT;
	ask[2].flags = VKV_STORE_IF_PRESENT;
	KUNIT_EXPECT_EQ(test, store_all(w, ask, 3), 0);
	KUNIT_EXPECT_EQ(test, expect(w, ask, 2), 0);
	KUNIT_EXPECT_EQ(test, store_all(w, ask, 3), -EEXIST);
	CHECK(test, w);
}

/* Fills the device with small values, and returns their number. */
static u32 fill_up(struct kunit *test, struct world *w, u32 size)
{
	u8 buf[VKV_KEY_MAX];
	u32 nr = 0;
	int err;

	do {
		struct vkv_key key = plain(buf, nr++, 8);

		err = world_store(w, &key, scratch, size, 0);
	} while (!err);
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	return nr - 1;
}

/* The largest possible batch finds room, even on a full device. */
static void most_on_a_full_device(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[NR][VKV_KEY_MAX];
	struct vkv_ask ask[NR];
	struct vkv_usage usage;
	u32 i, nr;

	for (i = 0; i < NR; i++)
		ask[i] = (struct vkv_ask){ plain(buf[i], 1u << 31 | i,
						 VKV_KEY_MAX),
					   VKV_IO_MAX / NR };
	KUNIT_ASSERT_EQ(test, store_all(w, ask, NR), 0);
	nr = fill_up(test, w, 700);
	for (i = 0; i < 60; i++) {
		u32 n;

		for (n = 0; n < 300; n++) {
			u8 small[8];
			struct vkv_key key = plain(small, below(w, nr), 8);

			KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
							  700, 0), 0);
		}
		usage = world_usage(w);
		KUNIT_ASSERT_EQ(test, store_all(w, ask, NR), 0);
		/* The batch wrote nothing while it waited for room. */
		KUNIT_EXPECT_LT(test, world_usage(w).host_written,
				usage.host_written + VKV_IO_MAX + 32768);
	}
	for (i = 0; i < NR; i++)
		KUNIT_EXPECT_EQ(test, expect(w, ask, i), 0);
	ask[3].key = text("one more");
	usage = world_usage(w);
	KUNIT_EXPECT_EQ(test, store_all(w, ask, NR), -ENOSPC);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, usage.used);
	KUNIT_EXPECT_EQ(test, world_usage(w).host_written, usage.host_written);
	CHECK(test, w);
}

/*
 * Overwrites a key until a store would have to wait for the collector. The size
 * is random, so the room that is left in the last segment differs.
 */
static void use_up_segments(struct kunit *test, struct world *w)
{
	u64 size = 20000 + below(w, 100000);
	struct vkv_key key = text("big");
	int err;

	do {
		err = vkv_ftl_reserve(w->other, &key, size, 0, &w->txn,
				      &w->fp);
		if (!err)
			err = vkv_ftl_commit(w->other, &w->txn, &w->fp);
		vkv_ftl_idle(w->other);
	} while (!err);
	KUNIT_EXPECT_EQ(test, err, -EAGAIN);
}

/*
 * Stores batches of new keys until the index finds no page in the middle of
 * one. *@done is the number of stores that were committed. Returns false if
 * something else failed first.
 */
static bool stop_in_the_middle(struct world *w, struct vkv_ask *ask,
			       u8 buf[NR][VKV_KEY_MAX], u32 *n,
			       unsigned int *done, u64 *aside)
{
	int err;
	u32 i;

	do {
		for (i = 0; i < NR; i++)
			ask[i] = (struct vkv_ask){ plain(buf[i], (*n)++, 8),
						   0, VKV_STORE_IF_ABSENT };
		*done = 0;
		err = try_all(w, ask, NR, done, aside);
		vkv_ftl_idle(w->ctx);
	} while (!err);
	return err == -EAGAIN && *done;
}

/* A charge that was set aside stays: the rest of the batch is stored later. */
static void charge_is_kept(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[NR][VKV_KEY_MAX];
	struct vkv_ask ask[NR];
	unsigned int done = 0;
	u32 n = 1 << 30, turns;
	u64 aside = 0;

	/* The plain index takes pages rarely, and many at once. */
	if (variant->index == &vkv_index_plain)
		return;
	for (turns = 0; turns < 100; turns++) {
		use_up_segments(test, w);
		if (stop_in_the_middle(w, ask, buf, &n, &done, &aside))
			break;
		give_back(w, ask, &aside);
		KUNIT_ASSERT_EQ(test, world_settle(w), 0);
		CHECK(test, w);
	}
	KUNIT_ASSERT_LT(test, turns, 100);
	KUNIT_EXPECT_GT(test, aside, 0);
	KUNIT_ASSERT_EQ(test, world_settle(w), 0);
	fill_up(test, w, 0);
	KUNIT_EXPECT_EQ(test, finish_all(w, ask, NR, done, aside), 0);
	for (n = 0; n < NR; n++)
		KUNIT_EXPECT_EQ(test, expect(w, ask, n), 0);
	CHECK(test, w);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(arguments),
	KUNIT_CASE(same_key),
	KUNIT_CASE(others_come_between),
	KUNIT_CASE(conditions),
	KUNIT_CASE(most_on_a_full_device),
	KUNIT_CASE(charge_is_kept),
	{}
};

ftl_test_suite("batch", cases);
