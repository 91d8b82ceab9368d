// SPDX-License-Identifier: GPL-2.0
/* Lists keys while they and the rest of the device change. */
#include "native/ftl/suite.h"

static u32 list_all(struct kunit *test, struct world *w, u8 keyspace,
		    u8 *seen, u32 nr, u32 disturb)
{
	struct vkv_cursor cursor = {};
	struct vkv_key key;
	u64 pos = 0;
	u32 count = 0;
	u32 budget = 1 << 30;
	int err;

	while (!(err = vkv_ftl_next(w->ctx, keyspace, &cursor, NULL, NULL,
				    &budget, &key, &w->fp))) {
		u32 n;

		KUNIT_ASSERT_EQ(test, key.keyspace, keyspace);
		KUNIT_ASSERT_GE(test, cursor.pos, pos);
		pos = cursor.pos;
		memcpy(&n, key.data, sizeof(n));
		KUNIT_ASSERT_TRUE(test, n < nr);
		seen[n]++;
		count++;
		vkv_ftl_quiesce(w->ctx);
		if (disturb && count % disturb == 0) {
			/* Keys of the upper half come and go. */
			u8 buf[VKV_KEY_MAX];
			u32 other = nr / 2 + below(w, nr / 2);
			struct vkv_key k = plain(buf, other, 16);

			k.keyspace = keyspace;
			if (world_delete(w, &k))
				KUNIT_ASSERT_EQ(test, world_store(w, &k,
						scratch, below(w, 200), 0), 0);
			if (!below(w, 50))
				world_round(w, true);
		}
	}
	KUNIT_EXPECT_EQ(test, err, -ENOENT);
	KUNIT_EXPECT_EQ(test, cursor.done, 1);
	KUNIT_EXPECT_EQ(test, vkv_ftl_next(w->ctx, keyspace, &cursor, NULL,
			NULL, &budget, &key, &w->fp), -ENOENT);
	return count;
}

static void list_everything_once(struct kunit *test)
{
	struct world *w = start(test, 32 * MIB);
	const u32 nr = 20000;
	u8 *seen = calloc(nr, 1);
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 16);

		key.keyspace = 2 + n % 2;
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
				n % 500 ? 30 : 3 * FRAGMENT, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, list_all(test, w, 2, seen, nr, 0), nr / 2);
	KUNIT_EXPECT_EQ(test, list_all(test, w, 3, seen, nr, 0), nr / 2);
	KUNIT_EXPECT_EQ(test, list_all(test, w, 0, seen, nr, 0), 0);
	for (n = 0; n < nr; n++)
		KUNIT_ASSERT_EQ(test, seen[n], 1);
	free(seen);
}

static void list_while_changing(struct kunit *test)
{
	struct world *w = start(test, 32 * MIB);
	const u32 nr = 40000;
	u8 *seen = calloc(nr, 1);
	u8 buf[VKV_KEY_MAX];
	u32 n, round;

	/* The lower half of the keys stays. The table grows, then shrinks. */
	for (n = 0; n < nr / 2; n++) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 30, 0), 0);
	}
	for (round = 0; round < 2; round++) {
		memset(seen, 0, nr);
		list_all(test, w, 0, seen, nr, 1);
		for (n = 0; n < nr / 2; n++)
			KUNIT_ASSERT_EQ(test, seen[n], 1);
		for (; n < nr; n++)
			KUNIT_ASSERT_LE(test, seen[n], 1);
	}
	CHECK(test, w);
	free(seen);
}

static bool is_even(const struct vkv_key *key, void *arg)
{
	++*(u32 *)arg;
	return !(key->data[0] & 1);
}

static void list_with_budget(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_cursor cursor = {};
	struct vkv_key key;
	u32 asked = 0, count = 0, pauses = 0;
	u8 buf[VKV_KEY_MAX];
	u32 n;
	int err;

	for (n = 0; n < 1000; n++) {
		key = plain(buf, n, 9);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	do {
		u32 budget = 3;

		err = vkv_ftl_next(w->ctx, 0, &cursor, is_even, &asked,
				   &budget, &key, &w->fp);
		if (!err) {
			KUNIT_EXPECT_EQ(test, key.data[0] & 1, 0);
			count++;
		}
		pauses += err == -EAGAIN;
		vkv_ftl_quiesce(w->ctx);
	} while (err != -ENOENT);
	KUNIT_EXPECT_EQ(test, count, 500);
	KUNIT_EXPECT_GE(test, asked, 1000);
	/* An empty keyspace may cause pauses, but it returns no key. */
	cursor = (struct vkv_cursor){};
	do {
		u32 budget = 3;

		err = vkv_ftl_next(w->ctx, 4, &cursor, NULL, NULL, &budget,
				   &key, &w->fp);
		pauses++;
	} while (err == -EAGAIN && pauses < 100000);
	KUNIT_EXPECT_EQ(test, err, -ENOENT);
	KUNIT_EXPECT_LT(test, pauses, 100000);
}

/* All keys are in one bucket at one position, so their bytes make the order. */
static void list_collisions(struct kunit *test)
{
	const u32 nr = 200;
	u8 *seen = calloc(nr, 1);
	struct world *w;
	struct vkv_cursor cursor = {};
	struct vkv_key key;
	u32 budget = 1 << 20;
	u8 buf[VKV_KEY_MAX];
	u32 n;

	collide(0);
	w = start(test, 16 * MIB);
	for (n = 0; n < nr; n++) {
		key = plain(buf, n, 16);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, list_all(test, w, 0, seen, nr, 0), nr);
	for (n = 0; n < nr; n++)
		KUNIT_ASSERT_EQ(test, seen[n], 1);
	for (n = 0; n < nr; n++) {
		key = plain(buf, n, 16);
		vkv_ftl_seek(w->ctx, &key, &cursor);
		KUNIT_ASSERT_EQ(test, vkv_ftl_next(w->ctx, 0, &cursor, NULL,
				NULL, &budget, &key, &w->fp), 0);
		KUNIT_ASSERT_TRUE(test, !memcmp(key.data, buf, 16));
	}
	free(seen);
}

static void list_from_a_key(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_cursor cursor = {}, from;
	struct vkv_key key, next;
	u32 budget = 1 << 30;
	u8 buf[VKV_KEY_MAX], kept[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < 500; n++) {
		key = plain(buf, n, 9);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	for (n = 0; n < 499; n++) {
		KUNIT_ASSERT_EQ(test, vkv_ftl_next(w->ctx, 0, &cursor, NULL,
				NULL, &budget, &key, &w->fp), 0);
		memcpy(kept, key.data, key.len);
		key.data = kept;
		/*
		 * A stored key is the next after a seek, whatever was listed
		 * before.
		 */
		from = cursor;
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
		KUNIT_ASSERT_EQ(test, vkv_ftl_next(w->ctx, 0, &from, NULL,
				NULL, &budget, &next, &w->fp), 0);
		vkv_ftl_seek(w->ctx, &key, &from);
		KUNIT_ASSERT_EQ(test, vkv_ftl_next(w->ctx, 0, &from, NULL,
				NULL, &budget, &next, &w->fp), 0);
		KUNIT_ASSERT_TRUE(test, next.len == key.len &&
				  !memcmp(next.data, kept, key.len));
		/*
		 * After a seek to an absent key, the key behind its place is
		 * next.
		 */
		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
		vkv_ftl_seek(w->ctx, &key, &from);
		KUNIT_ASSERT_EQ(test, vkv_ftl_next(w->ctx, 0, &from, NULL,
				NULL, &budget, &next, &w->fp), 0);
		KUNIT_ASSERT_TRUE(test, from.pos > cursor.pos);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
}

/* Keys whose order by bytes and length is easy to get wrong. */
static struct vkv_key tricky(u8 *buf, u32 n)
{
	u32 len = 1 + n % 7;

	memset(buf, 0, 8);
	buf[0] = n / 7 % 5 ? 0 : 0xff;
	memcpy(buf + len - 1, &n, 1);
	memcpy(buf + len, &n, 4);
	return (struct vkv_key){ .data = buf, .len = len + n % 5 };
}

/* The order of two keys, computed independently of the FTL. */
static int order(struct world *w, const struct vkv_key *a,
		 const struct vkv_key *b)
{
	struct vkv_cursor ca, cb;
	int diff;

	vkv_ftl_seek(w->ctx, a, &ca);
	vkv_ftl_seek(w->ctx, b, &cb);
	if (ca.pos != cb.pos)
		return ca.pos < cb.pos ? -1 : 1;
	diff = memcmp(a->data, b->data, min(a->len, b->len));
	return diff ?: (int)a->len - b->len;
}

/* Lists keyspace 0, and returns the number of keys. They must be in order. */
static u32 expect_order(struct kunit *test, struct world *w, bool rounds)
{
	u8 buf[VKV_KEY_MAX];
	struct vkv_key last = { .data = buf }, key;
	struct vkv_cursor cursor = {};
	u32 budget = 1 << 20, count = 0;

	while (!vkv_ftl_next(w->ctx, 0, &cursor, NULL, NULL, &budget, &key,
			     &w->fp)) {
		if (last.len)
			KUNIT_ASSERT_TRUE(test, order(w, &last, &key) < 0);
		memcpy(buf, key.data, key.len);
		last.len = key.len;
		count++;
		if (rounds)
			vkv_ftl_quiesce(w->ctx);
	}
	KUNIT_EXPECT_EQ(test, cursor.done, 1);
	vkv_ftl_quiesce(w->ctx);
	return count;
}

static void list_in_order(struct kunit *test)
{
	/* There are one position, eight, and as many as keys. */
	static const u64 masks[] = { 0, 7ull << 61, ~0ull };
	u8 buf[VKV_KEY_MAX];
	struct world *w;
	u64 keys, bytes;
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		collide(masks[i]);
		w = start(test, 16 * MIB);
		for (n = 0; n < 200; n++) {
			struct vkv_key key = tricky(buf, n);

			KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
							  n % 50, 0), 0);
		}
		vkv_ftl_keyspace_usage(w->ftl, 0, &bytes, &keys);
		KUNIT_EXPECT_GT(test, keys, 120);
		KUNIT_EXPECT_EQ(test, expect_order(test, w, false), keys);
		KUNIT_EXPECT_EQ(test, expect_order(test, w, true), keys);
		CHECK(test, w);
		world_exit(w);
		w->ftl = NULL;
	}
}

/* Deletes, stores and moves other keys, before and behind the cursor. */
static void disturb(struct kunit *test, struct world *w, u32 nr)
{
	u8 buf[VKV_KEY_MAX];
	/* Odd keys come and go. Even keys only move. */
	u32 n = below(w, nr);
	struct vkv_key key = plain(buf, n, 16);

	if (n % 2 && !vkv_ftl_delete(w->other, &key, &w->fp))
		return;
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, 20, 0, &w->txn,
					      &w->fp), 0);
	KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->other, &w->txn, &w->fp), 0);
}

/*
 * Every even key is returned once. Meanwhile it is overwritten, its neighbours
 * are removed, and quiescent points come at any place.
 */
static void list_collisions_while_changing(struct kunit *test)
{
	static const u64 masks[] = { 0, 3ull << 62, 63ull << 58 };
	const u32 nr = 200;
	u8 *seen = calloc(nr, 1);
	u8 buf[VKV_KEY_MAX];
	struct vkv_cursor cursor;
	struct vkv_key key;
	struct world *w;
	u32 i, n, budget;

	for (i = 0; i < 3 * ARRAY_SIZE(masks); i++) {
		collide(masks[i / 3]);
		w = start(test, 16 * MIB);
		w->rng = i + 1;
		for (n = 0; n < nr; n++) {
			key = plain(buf, n, 16);
			KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 20,
							  0), 0);
		}
		memset(seen, 0, nr);
		cursor = (struct vkv_cursor){};
		budget = 1 << 20;
		while (!vkv_ftl_next(w->ctx, 0, &cursor, NULL, NULL, &budget,
				     &key, &w->fp)) {
			memcpy(&n, key.data, sizeof(n));
			KUNIT_ASSERT_TRUE(test, n < nr);
			seen[n]++;
			for (n = below(w, 8); n; n--)
				disturb(test, w, nr);
			vkv_ftl_quiesce(w->other);
			if (!below(w, 1 + 20 * (i % 3)))
				vkv_ftl_quiesce(w->ctx);
			if (!below(w, 30))
				vkv_ftl_collect(w->gc, true);
		}
		for (n = 0; n < nr; n++) {
			KUNIT_ASSERT_LE(test, seen[n], 1);
			KUNIT_ASSERT_TRUE(test, seen[n] || n % 2);
		}
		vkv_ftl_quiesce(w->ctx);
		CHECK(test, w);
		world_exit(w);
		w->ftl = NULL;
	}
	free(seen);
}

static int list_one(struct world *w, u8 keyspace, struct vkv_cursor *cursor,
		    u32 *n)
{
	u32 budget = 1 << 20;
	struct vkv_key key;
	int err = vkv_ftl_next(w->ctx, keyspace, cursor, NULL, NULL, &budget,
			       &key, &w->fp);

	if (err)
		return err;
	memcpy(n, key.data, sizeof(*n));
	return key.keyspace == keyspace ? 0 : -EILSEQ;
}

/*
 * A context remembers keys for one round and one listing. Neither another
 * listing nor a later round uses them.
 */
static void list_sees_what_is_there(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_cursor cursor = {}, fresh = {};
	u8 buf[VKV_KEY_MAX];
	u32 i, n, count;
	struct vkv_key key;

	collide(0);
	for (i = 0; i < 10; i++) {
		key = plain(buf, i, 8);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	KUNIT_ASSERT_EQ(test, list_one(w, 0, &cursor, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 0);
	/* Another context deletes a key and stores one in this round. */
	key = plain(buf, 1, 8);
	KUNIT_ASSERT_EQ(test, vkv_ftl_delete(w->other, &key, &w->fp), 0);
	key = plain(buf, 10, 8);
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, 1, 0, &w->txn,
					      &w->fp), 0);
	KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->other, &w->txn, &w->fp), 0);
	/* A new listing returns exactly the keys that are there. */
	for (count = 0; !list_one(w, 0, &fresh, &n); count++)
		KUNIT_EXPECT_NE(test, n, 1);
	KUNIT_EXPECT_EQ(test, count, 10);
	/* An old listing does so as well after a quiescent point. */
	KUNIT_ASSERT_EQ(test, list_one(w, 0, &cursor, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 2);
	key = plain(buf, 3, 8);
	KUNIT_ASSERT_EQ(test, vkv_ftl_delete(w->other, &key, &w->fp), 0);
	vkv_ftl_quiesce(w->ctx);
	KUNIT_ASSERT_EQ(test, list_one(w, 0, &cursor, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 4);
	key = plain(buf, 5, 8);
	KUNIT_ASSERT_EQ(test, vkv_ftl_delete(w->other, &key, &w->fp), 0);
	vkv_ftl_idle(w->ctx);
	KUNIT_ASSERT_EQ(test, list_one(w, 0, &cursor, &n), 0);
	KUNIT_EXPECT_EQ(test, n, 6);
}

/* Several listings of one context take turns within a round. */
static void list_several_at_once(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_cursor cursor[4] = {};
	u8 buf[VKV_KEY_MAX];
	u8 seen[4][200] = {};
	u32 left = 4 * 200, i, n;
	int err;

	/* Both keyspaces have the same positions, with over 64 keys each. */
	collide(1ull << 63);
	for (n = 0; n < 400; n++) {
		struct vkv_key key = plain(buf, n / 2, 12);

		key.keyspace = n % 2;
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	while (left) {
		i = below(w, 4);
		err = list_one(w, i % 2, &cursor[i], &n);
		if (err == -ENOENT)
			continue;
		KUNIT_ASSERT_EQ(test, err, 0);
		KUNIT_ASSERT_TRUE(test, n < 200 && !seen[i][n]);
		seen[i][n] = 1;
		left--;
	}
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, list_one(w, i % 2, &cursor[i], &n),
				-ENOENT);
}

static bool count_and_refuse(const struct vkv_key *key, void *arg)
{
	++*(u32 *)arg;
	return false;
}

/* The budget bounds the work: each part that is read has at most 64 keys. */
static void list_is_bounded(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_cursor cursor = {};
	u32 asked, budget, calls = 0, sum = 0, n;
	u8 buf[VKV_KEY_MAX];
	struct vkv_key key;
	int err;

	collide(15ull << 60);
	for (n = 0; n < 700; n++) {
		key = plain(buf, n, 9);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	do {
		budget = 2;
		asked = 0;
		err = vkv_ftl_next(w->ctx, 0, &cursor, count_and_refuse, &asked,
				   &budget, &key, &w->fp);
		KUNIT_ASSERT_LE(test, asked, 2 * 64);
		sum += asked;
		calls++;
		vkv_ftl_quiesce(w->ctx);
	} while (err == -EAGAIN && calls < 1000);
	KUNIT_EXPECT_EQ(test, err, -ENOENT);
	KUNIT_EXPECT_EQ(test, sum, 700);
	KUNIT_EXPECT_GE(test, calls, 700 / 128);
	budget = 0;
	cursor = (struct vkv_cursor){};
	KUNIT_EXPECT_EQ(test, vkv_ftl_next(w->ctx, 0, &cursor, NULL, NULL,
			&budget, &key, &w->fp), -EAGAIN);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(list_everything_once),
	KUNIT_CASE(list_while_changing),
	KUNIT_CASE(list_with_budget),
	KUNIT_CASE(list_collisions),
	KUNIT_CASE(list_from_a_key),
	KUNIT_CASE(list_in_order),
	KUNIT_CASE(list_collisions_while_changing),
	KUNIT_CASE(list_sees_what_is_there),
	KUNIT_CASE(list_several_at_once),
	KUNIT_CASE(list_is_bounded),
	{}
};

ftl_test_suite("ftl_list", cases);
