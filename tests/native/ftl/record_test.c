// SPDX-License-Identifier: GPL-2.0
/* Tests the states of records in the reserved memory, and damaged records. */
#include "native/ftl/suite.h"
#include "ftl/core.h"
#include "ftl/record.h"
#include "ftl/space/log.h"

/* States */

/* Returns the record that has this piece of the key's value. */
static struct vkv_record *record_of(const struct vkv_piece *piece, u32 key_len)
{
	return piece->data - key_len - sizeof(struct vkv_record);
}

/* Returns the record of a stored value of one piece. */
static struct vkv_record *stored(struct kunit *test, struct world *w,
				 const struct vkv_key *key)
{
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, key, 0, 1, &w->view,
					     &w->fp), 0);
	KUNIT_ASSERT_EQ(test, w->view.nr, 1);
	return record_of(&w->view.piece[0], key->len);
}

static void store_some(struct kunit *test, struct world *w,
		       const struct vkv_key *key, u32 size)
{
	pattern(scratch, size, key->data[0]);
	KUNIT_ASSERT_EQ(test, world_store(w, key, scratch, size, 0), 0);
}

static void states_are_final(struct kunit *test)
{
	struct vkv_record rec = { .state = VKV_RECORD_UNBORN };

	vkv_record_born(&rec);
	KUNIT_EXPECT_EQ(test, vkv_record_state(&rec), VKV_RECORD_LIVE);
	vkv_record_died(&rec);
	KUNIT_EXPECT_EQ(test, vkv_record_state(&rec), VKV_RECORD_DEAD);
	vkv_record_born(&rec);
	KUNIT_EXPECT_EQ(test, vkv_record_state(&rec), VKV_RECORD_DEAD);
	/* A version may be overwritten before its own commit has ended. */
	rec.state = VKV_RECORD_UNBORN;
	vkv_record_died(&rec);
	vkv_record_born(&rec);
	KUNIT_EXPECT_EQ(test, vkv_record_state(&rec), VKV_RECORD_DEAD);
}

static void states_of_a_store(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("key");
	struct vkv_record *first, *second, *third;

	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 100, 0), 0);
	first = record_of(&w->txn.piece[0], key.len);
	KUNIT_EXPECT_EQ(test, first->state, VKV_RECORD_UNBORN);
	KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->ctx, &w->txn, &w->fp), 0);
	KUNIT_EXPECT_EQ(test, first->state, VKV_RECORD_LIVE);
	CHECK(test, w);

	store_some(test, w, &key, 100);
	second = stored(test, w, &key);
	KUNIT_EXPECT_EQ(test, first->state, VKV_RECORD_DEAD);
	KUNIT_EXPECT_EQ(test, second->state, VKV_RECORD_LIVE);

	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 100, 0), 0);
	third = record_of(&w->txn.piece[0], key.len);
	vkv_ftl_abort(w->ctx, &w->txn);
	KUNIT_EXPECT_EQ(test, second->state, VKV_RECORD_LIVE);
	KUNIT_EXPECT_EQ(test, third->state, VKV_RECORD_UNBORN);
	CHECK(test, w);

	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	KUNIT_EXPECT_EQ(test, second->state, VKV_RECORD_DEAD);
	KUNIT_EXPECT_EQ(test, third->state, VKV_RECORD_UNBORN);
	CHECK(test, w);
}

/*
 * A failed commit leaves no LIVE record of its own, and keeps the other
 * version.
 */
static void states_of_a_lost_race(struct kunit *test)
{
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("raced");
	const u32 head_len = sizeof(struct vkv_fragment_key);
	struct vkv_record *lost, *won;
	u32 i;

	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, 5 * FRAGMENT,
			VKV_STORE_IF_ABSENT, &txn, &w->fp), 0);
	store_some(test, w, &key, 100);
	won = stored(test, w, &key);
	KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp), -EEXIST);
	KUNIT_EXPECT_EQ(test, won->state, VKV_RECORD_LIVE);
	for (i = 0; i < txn.nr; i++) {
		lost = record_of(&txn.piece[i], head_len);
		KUNIT_EXPECT_EQ(test, lost->type, VKV_RECORD_FRAGMENT);
		KUNIT_EXPECT_EQ(test, lost->state, VKV_RECORD_DEAD);
	}
	CHECK(test, w);
}

static void states_of_fragments(struct kunit *test)
{
	static struct vkv_view before;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("object");
	const u32 size = 3 * FRAGMENT + 100, len = sizeof(struct vkv_fragment_key);
	u32 i;

	pattern(scratch, 2 * size, 1);
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, size, 0), 0);
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, size, &before,
					     &w->fp), 0);
	KUNIT_ASSERT_EQ(test, before.nr, 4);
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch + size, size,
					  VKV_STORE_APPEND), 0);
	/*
	 * An append replaces the last fragment by a longer one. The others
	 * stay.
	 */
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, record_of(&before.piece[i], len)->state,
				i < 3 ? VKV_RECORD_LIVE : VKV_RECORD_DEAD);
	CHECK(test, w);
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 2 * size, &before,
					     &w->fp), 0);
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	for (i = 0; i < before.nr; i++)
		KUNIT_EXPECT_EQ(test, record_of(&before.piece[i], len)->state,
				VKV_RECORD_DEAD);
	CHECK(test, w);
}

/* Stores @nr keys of 1,000 bytes, with garbage around each hundredth key. */
static void make_garbage(struct kunit *test, struct world *w, u32 nr)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 1000, n);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1000, 0),
				0);
	}
	for (n = 0; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 16);

		if (n % 100)
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	vkv_ftl_idle(w->ctx);
}

static void expect_rest(struct kunit *test, struct world *w, u32 nr)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < nr; n += 100) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 1000, n);
		KUNIT_ASSERT_EQ(test, world_expect(w, &key, scratch, 1000), 0);
	}
}

static void states_of_a_collection(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_record *before[50];
	u8 buf[VKV_KEY_MAX];
	u32 n, moved = 0;

	make_garbage(test, w, 5000);
	for (n = 0; n < 50; n++) {
		struct vkv_key key = plain(buf, n * 100, 16);

		before[n] = stored(test, w, &key);
		KUNIT_EXPECT_EQ(test, before[n]->state, VKV_RECORD_LIVE);
	}
	/*
	 * The view of this context keeps the old places from being used again.
	 */
	while (vkv_ftl_collect(w->gc, true))
		;
	for (n = 0; n < 50; n++) {
		struct vkv_key key = plain(buf, n * 100, 16);
		struct vkv_record *now = stored(test, w, &key);

		KUNIT_EXPECT_EQ(test, now->state, VKV_RECORD_LIVE);
		if (now == before[n])
			continue;
		KUNIT_EXPECT_EQ(test, before[n]->state, VKV_RECORD_DEAD);
		KUNIT_EXPECT_EQ(test, now->seq, before[n]->seq);
		moved++;
	}
	KUNIT_EXPECT_GT(test, moved, 40);
	/*
	 * A live record may be moved again, but garbage is not. Moving the
	 * garbage would write a hundred times as much.
	 */
	KUNIT_EXPECT_LE(test, world_usage(w).gc_written, 4 * 50 * 1040);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
	expect_rest(test, w, 5000);
}

/* Stores a key, and returns the sequence number of the new version. */
static u64 make_version(struct kunit *test, struct world *w,
			struct vkv_ftl_ctx *ctx, const struct vkv_key *key)
{
	static struct vkv_txn txn;
	u64 seq;

	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(ctx, key, 100, 0, &txn, &w->fp),
			0);
	txn_fill(&txn, scratch, 100);
	KUNIT_ASSERT_EQ(test, vkv_ftl_commit(ctx, &txn, &w->fp), 0);
	seq = stored(test, w, key)->seq;
	vkv_ftl_idle(ctx);
	return seq;
}

/* Each version has a larger number than the last, whichever context stores. */
static void versions_grow(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u64 newest[7] = { 0 };
	u8 buf[VKV_KEY_MAX];
	u32 i;

	for (i = 0; i < 3000; i++) {
		u32 n = below(w, ARRAY_SIZE(newest));
		struct vkv_key key = plain(buf, n, 16);
		struct vkv_ftl_ctx *ctx = below(w, 3) ? w->ctx : w->other;
		u64 seq = make_version(test, w, ctx, &key);

		KUNIT_ASSERT_GT(test, seq, newest[n]);
		newest[n] = seq;
		if (!below(w, 10))
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	CHECK(test, w);
}

/* A transaction is open while everything around it is collected. */
static void unborn_is_left_alone(struct kunit *test)
{
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("open");
	struct vkv_record *rec;

	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, 100, 0, &txn,
					      &w->fp), 0);
	rec = record_of(&txn.piece[0], key.len);
	make_garbage(test, w, 5000);
	while (vkv_ftl_collect(w->gc, true))
		;
	KUNIT_EXPECT_GT(test, world_usage(w).collected, 10);
	KUNIT_EXPECT_EQ(test, rec->state, VKV_RECORD_UNBORN);
	pattern(txn.piece[0].data, 100, 7);
	KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp), 0);
	KUNIT_EXPECT_EQ(test, rec->state, VKV_RECORD_LIVE);
	vkv_ftl_quiesce(w->other);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	pattern(scratch, 100, 7);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 100), 0);
	CHECK(test, w);
}

static void checker_sees_states(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("key");
	struct vkv_record *rec[3];
	static const u32 other[3][2] = {
		{ VKV_RECORD_LIVE, VKV_RECORD_UNBORN },
		{ VKV_RECORD_UNBORN, VKV_RECORD_DEAD },
		{ VKV_RECORD_LIVE, 77 },
	};
	u32 i, j;

	/* One record is dead, one is live, and one was never born. */
	store_some(test, w, &key, 100);
	rec[0] = stored(test, w, &key);
	store_some(test, w, &key, 100);
	rec[1] = stored(test, w, &key);
	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 100, 0), 0);
	rec[2] = record_of(&w->txn.piece[0], key.len);
	vkv_ftl_abort(w->ctx, &w->txn);
	for (i = 0; i < 3; i++)
		for (j = 0; j < 2; j++) {
			u32 state = rec[i]->state;
			bool matters = i == 1 || other[i][j] == VKV_RECORD_LIVE ||
				       other[i][j] == 77;

			rec[i]->state = other[i][j];
			KUNIT_EXPECT_EQ(test, world_check(w),
					matters ? -EUCLEAN : 0);
			rec[i]->state = state;
			CHECK(test, w);
		}
}

/*
 * Wrong states cost the collector extra work, and it corrects them. No value is
 * lost.
 */
static void damaged_states(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 n;

	make_garbage(test, w, 5000);
	for (n = 0; n < 5000; n += 100) {
		struct vkv_key key = plain(buf, n, 16);

		stored(test, w, &key)->state = n % 200 ? VKV_RECORD_DEAD :
							 VKV_RECORD_UNBORN;
	}
	KUNIT_EXPECT_EQ(test, world_check(w), -EUCLEAN);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_GT(test, world_usage(w).collected, 10);
	expect_rest(test, w, 5000);
	/*
	 * New stores use the freed segments. No key may still lead to old
	 * contents.
	 */
	for (n = 0; n < 20000; n++) {
		struct vkv_key key = plain(buf, n % 1000, 20);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1500, 0),
				0);
	}
	expect_rest(test, w, 5000);
}

/* The collector cannot move a record with a damaged key. Its segment stays. */
static void damaged_key(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	struct vkv_key key = plain(buf, 700, 16);
	struct vkv_record *rec;
	u32 n;

	make_garbage(test, w, 5000);
	rec = stored(test, w, &key);
	rec->key[9] ^= 1;
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_GT(test, world_usage(w).collected, 10);
	for (n = 0; n < 20000; n++) {
		u8 other[VKV_KEY_MAX];
		struct vkv_key k = plain(other, n % 1000, 20);

		KUNIT_ASSERT_EQ(test, world_store(w, &k, scratch, 1500, 0), 0);
	}
	rec->key[9] ^= 1;
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	expect_rest(test, w, 5000);
	CHECK(test, w);
}

/* Damage */

static void checker_sees_damage(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("a key in the log");
	u8 *value;

	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 100, 0), 0);
	CHECK(test, w);
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 100, &w->view,
					     &w->fp), 0);
	/* Flips a bit of the key, and one of the header before it. */
	value = w->view.piece[0].data;
	value[-1] ^= 1;
	KUNIT_EXPECT_EQ(test, world_check(w), -EUCLEAN);
	value[-1] ^= 1;
	CHECK(test, w);
	value[-key.len - 16] ^= 1;
	KUNIT_EXPECT_EQ(test, world_check(w), -EUCLEAN);
	value[-key.len - 16] ^= 1;
	CHECK(test, w);
	shim_slab_fail = 1;
	KUNIT_EXPECT_EQ(test, world_check(w), -ENOMEM);
	shim_slab_fail = 2;
	KUNIT_EXPECT_EQ(test, world_check(w), -ENOMEM);
	shim_slab_fail = 0;
}

/*
 * Random bytes over records cause no crash, no endless loop and no stray
 * access.
 */
static void damaged_records(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 n, i;

	for (n = 0; n < 5000; n++) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 500, 0), 0);
	}
	for (n = 0; n < 5000; n += 7) {
		struct vkv_key key = plain(buf, n, 16);
		u8 *value;

		KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 500,
						     &w->view, &w->fp), 0);
		value = w->view.piece[0].data;
		for (i = 0; i < 40; i++)
			value[-1 - (int)i] = world_random(w);
	}
	KUNIT_EXPECT_EQ(test, world_check(w), -EUCLEAN);
	for (n = 0; n < 5000; n += 2) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	/*
	 * The collector leaves damaged segments alone. All other keys are still
	 * there.
	 */
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	for (n = 1; n < 5000; n += 2) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 500,
				&w->view, &w->fp), n % 7 ? 0 : -EIO);
	}
}

/* The keys are found, but their records have wrong lengths. */
static void damaged_lengths(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < 5000; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 500, n);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 500, 0), 0);
	}
	for (n = 0; n < 5000; n += 7) {
		struct vkv_key key = plain(buf, n, 16);
		u32 len = (1 << 20) + below(w, 1 << 16);

		KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 500,
						     &w->view, &w->fp), 0);
		memcpy(w->view.piece[0].data - 16 - 20, &len, sizeof(len));
		KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 500,
						     &w->view, &w->fp), -EIO);
		KUNIT_EXPECT_EQ(test, world_reserve(w, &key, 1,
						    VKV_STORE_APPEND), -EIO);
	}
	KUNIT_EXPECT_EQ(test, world_check(w), -EUCLEAN);
	for (n = 0; n < 5000; n += 2) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	/*
	 * New stores use everything that seems free. The other keys stay
	 * intact.
	 */
	for (n = 0; n < 10000; n++) {
		struct vkv_key key = plain(buf, n % 1000, 20);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1500, 0),
				0);
	}
	for (n = 1; n < 5000; n += 2) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 500, n);
		if (n % 7)
			KUNIT_ASSERT_EQ(test, world_expect(w, &key, scratch,
							   500), 0);
		else
			KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0,
					500, &w->view, &w->fp), -EIO);
	}
}

/* Wipes until the wipe succeeds or fails. */
static int wipe_all(struct world *w)
{
	struct vkv_wipe wipe = {};
	int err = -EAGAIN, i;

	vkv_ftl_idle(w->ctx);
	for (i = 0; i < WORLD_PATIENCE && err == -EAGAIN; i++) {
		err = vkv_ftl_wipe(w->ftl, &wipe);
		if (!wipe.next || i % 7 == 0)
			vkv_ftl_collect(w->gc, false);
	}
	return err;
}

/*
 * Some keys cannot be removed, because the records of their damaged segment
 * could not be moved. That ends the wipe, and these keys stay as they are. The
 * free space has been zeroed by then.
 */
static void wiped_in_vain(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key one = text("one"), two = text("two");

	pattern(scratch, 9000, 5);
	KUNIT_ASSERT_EQ(test, world_store(w, &one, scratch, 9000, 0), 0);
	memset(w->mem + w->size - 300, 0x77, 200);
	KUNIT_EXPECT_EQ(test, wipe_all(w), -EIO);
	KUNIT_EXPECT_EQ(test, world_expect(w, &one, scratch, 9000), 0);
	KUNIT_EXPECT_FALSE(test, memchr(w->mem + w->size - 300, 0x77, 200));
	KUNIT_ASSERT_EQ(test, world_delete(w, &one), 0);
	KUNIT_EXPECT_EQ(test, wipe_all(w), 0);
	KUNIT_EXPECT_FALSE(test, memmem(w->mem, w->size, scratch, 64));
	KUNIT_ASSERT_EQ(test, world_store(w, &two, scratch, 9000, 0), 0);
	KUNIT_EXPECT_EQ(test, world_expect(w, &two, scratch, 9000), 0);
}

/*
 * A wipe waits for a thread that does not pass by for a long time. It does not
 * take this for damage.
 */
static void wiped_late(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key one = text("one");
	struct vkv_view view;

	pattern(scratch, 3000, 7);
	KUNIT_ASSERT_EQ(test, world_store(w, &one, scratch, 3000, 0), 0);
	/* The thread finds the record, and then does not pass by. */
	KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->other, &one, 0, 1, &view,
					     &w->fp), 0);
	KUNIT_ASSERT_EQ(test, world_delete(w, &one), 0);
	KUNIT_EXPECT_EQ(test, wipe_all(w), -EAGAIN);
	vkv_ftl_idle(w->other);
	KUNIT_EXPECT_EQ(test, wipe_all(w), 0);
	KUNIT_EXPECT_FALSE(test, memmem(w->mem, w->size, scratch, 64));
}

/* A wipe also covers a retired segment with a damaged record. */
static void wiped_though_retired(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("key");
	struct vkv_record *rec;

	pattern(scratch, 3000, 6);
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 3000, 0), 0);
	rec = stored(test, w, &key);
	KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	rec->value_len = ~0u;
	KUNIT_EXPECT_TRUE(test, memmem(w->mem, w->size, scratch, 64));
	KUNIT_EXPECT_EQ(test, wipe_all(w), 0);
	KUNIT_EXPECT_FALSE(test, memmem(w->mem, w->size, scratch, 64));
}

/* Damage that is repaired */

/* A test damages a header, a key, or both. */
enum damage { LENGTH, CHECKSUM, KEY, EVERYTHING, NR_DAMAGES };

static void harm(struct vkv_record *rec, enum damage damage)
{
	switch (damage) {
	case LENGTH:
		rec->value_len ^= 1 << 4;
		break;
	case CHECKSUM:
		rec->checksum ^= 1 << 20;
		break;
	case KEY:
		rec->key[1] ^= 1;
		break;
	default:
		memset(rec, 0xa5, sizeof(*rec) + 8);
	}
}

/* Stores @nr keys of 500 bytes, and damages the @bad first ones. */
static void store_and_harm(struct kunit *test, struct world *w, u32 nr, u32 bad)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 500, n);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 500, 0), 0);
	}
	for (n = 0; n < bad; n++) {
		struct vkv_key key = plain(buf, n, 16);

		harm(stored(test, w, &key), n % NR_DAMAGES);
	}
}

static void expect_all(struct kunit *test, struct world *w, u32 first, u32 nr)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = first; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 500, n);
		KUNIT_ASSERT_EQ(test, world_expect(w, &key, scratch, 500), 0);
	}
}

/* Damaged keys are refused, are stored again, and leave nothing behind. */
static void repaired_by_a_store(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 n;

	store_and_harm(test, w, 3000, 40);
	for (n = 0; n < 40; n++) {
		struct vkv_key key = plain(buf, n, 16);

		/* The checksum tells whose record it is, whatever its key. */
		KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 500,
						     &w->view, &w->fp),
				n % NR_DAMAGES == KEY ? 0 : -EIO);
		pattern(scratch, 500, n);
		KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 500,
						  VKV_STORE_IF_PRESENT), 0);
	}
	KUNIT_EXPECT_EQ(test, world_usage(w).keys, 3000);
	expect_all(test, w, 0, 3000);
	/* The segment of the damaged records is emptied and used again. */
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).live, 3000 * 544);
	expect_all(test, w, 0, 3000);
}

static void repaired_by_a_delete(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 n;

	store_and_harm(test, w, 3000, 40);
	for (n = 0; n < 40; n++) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
		KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 500,
						     &w->view, &w->fp),
				-ENOENT);
	}
	KUNIT_EXPECT_EQ(test, world_usage(w).keys, 2960);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).live, 2960 * 544);
	expect_all(test, w, 40, 3000);
}

/* Stores keys until the device is full. Returns their number. */
static u32 fill_up(struct kunit *test, struct world *w)
{
	u8 buf[VKV_KEY_MAX];
	u32 n;
	int err;

	for (n = 0;; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 500, n);
		err = world_store(w, &key, scratch, 500, 0);
		if (err)
			break;
	}
	KUNIT_ASSERT_EQ(test, err, -ENOSPC);
	return n;
}

static void repaired_when_full(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u32 nr = fill_up(test, w);
	u8 buf[VKV_KEY_MAX];
	u32 n;

	for (n = 0; n < 40; n++) {
		struct vkv_key key = plain(buf, n, 16);

		harm(stored(test, w, &key), n % NR_DAMAGES);
		pattern(scratch, 500, n);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 500, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, world_usage(w).keys, nr);
	KUNIT_EXPECT_EQ(test, vkv_ftl_room(w->ftl), 0);
	expect_all(test, w, 0, nr);
}

/*
 * A full device loses the garbage of many segments. Overwrites end, either way,
 * and the rest can be read. When the damaged keys are gone, all is as before.
 */
static void retire(struct kunit *test, u32 segments, bool fills)
{
	struct world *w = start(test, 64 * MIB);
	const u32 per_segment = (256 << 10) / 544;
	const u32 bad = segments * per_segment;
	u32 nr = fill_up(test, w), done = 0, refused = 0;
	u8 buf[VKV_KEY_MAX];
	u32 n, i;

	for (n = 0; n < bad; n += per_segment) {
		struct vkv_key key = plain(buf, n, 16);

		harm(stored(test, w, &key), n / per_segment % NR_DAMAGES);
	}
	for (i = 0; i < 2 * nr && refused < 100; i++) {
		struct vkv_key key = plain(buf, n = below(w, nr), 16);
		int err;

		if (n < bad && n % per_segment == 0)
			continue;
		pattern(scratch, 500, n);
		err = world_store(w, &key, scratch, 500, 0);
		KUNIT_ASSERT_TRUE(test, !err || err == -ENOSPC);
		refused += !!err;
		done += !err;
	}
	KUNIT_EXPECT_GT(test, done, 10000);
	KUNIT_EXPECT_EQ(test, refused, fills ? 100 : 0);
	for (n = 0; n < bad; n += per_segment) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	}
	for (i = 0; i < nr; i++) {
		struct vkv_key key = plain(buf, n = below(w, nr), 16);

		if (n < bad && n % per_segment == 0)
			continue;
		pattern(scratch, 500, n);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 500, 0), 0);
	}
	for (n = 0; n < nr; n++)
		if (n >= bad || n % per_segment)
			expect_all(test, w, n, n + 1);
}

/* Of 256: the over-provisioning is large enough. */
static void some_segments_retired(struct kunit *test)
{
	retire(test, 44, false);
}

static void many_segments_retired(struct kunit *test)
{
	retire(test, 80, true);
}

/* Damages the words of all pages that are free in segments of index pages. */
static void damage_free_pages(struct world *w)
{
	struct vkv_space *sp = w->ftl->space;
	u32 i, j;

	for (i = 0; i < sp->nr_segments; i++) {
		u32 *words = vkv_page_words(sp, &sp->seg[i]);

		if (sp->seg[i].state != VKV_SEG_META)
			continue;
		for (j = 1; j <= vkv_pages_per_segment(sp); j++)
			if (words[j] == VKV_PAGE_FREE)
				words[j] ^= 0x40;
	}
}

/*
 * The pages are lost, but the collector does not think that pages of other
 * segments fit there: it would move them in circles.
 */
static void damaged_free_pages(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u32 meta;

	store_and_harm(test, w, 10, 0);
	damage_free_pages(w);
	store_and_harm(test, w, 5000, 0);
	meta = w->ftl->space->nr_meta;
	KUNIT_EXPECT_GT(test, meta, 1);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_EQ(test, w->ftl->space->nr_meta, meta);
	expect_all(test, w, 0, 5000);
}

/* A damaged fragment is refused, and so is a fragment that is lost. */
static void damaged_fragments(struct kunit *test)
{
	static struct vkv_view before;
	struct world *w = start(test, 16 * MIB);
	const u32 size = 5 * FRAGMENT, len = sizeof(struct vkv_fragment_key);
	struct vkv_key key = text("object");
	u32 i;

	pattern(scratch, size, 1);
	for (i = 0; i < NR_DAMAGES; i++) {
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, size, 0),
				0);
		KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, size,
						     &before, &w->fp), 0);
		harm(record_of(&before.piece[2], len), i);
		KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, size,
						     &w->view, &w->fp),
				i == KEY ? 0 : -EIO);
		vkv_ftl_quiesce(w->ctx);
	}
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, size, 0), 0);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, size), 0);
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).live, 0);
	CHECK(test, w);
}

static int purge_all(struct world *w, u8 keyspace)
{
	struct vkv_purge purge = {};
	int err = -EAGAIN, i;

	for (i = 0; i < WORLD_PATIENCE && err == -EAGAIN; i++) {
		err = vkv_ftl_purge(w->ctx, keyspace, &purge);
		vkv_ftl_quiesce(w->ctx);
	}
	return err;
}

/* Deletes what can be listed. */
static void delete_listed(struct kunit *test, struct world *w)
{
	struct vkv_cursor cursor = {};
	struct vkv_key key;
	u32 budget = ~0u;

	while (!vkv_ftl_next(w->ctx, 0, &cursor, NULL, NULL, &budget, &key,
			     &w->fp)) {
		KUNIT_ASSERT_EQ(test, vkv_ftl_delete(w->ctx, &key, &w->fp), 0);
		vkv_ftl_quiesce(w->ctx);
	}
}

/* A purge leaves nothing of damaged records, nor of the fragments of heads. */
static void purged(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key other = text("other"), large = text("large");
	u64 left;

	other.keyspace = 1;
	pattern(scratch, 5 * FRAGMENT, 3);
	KUNIT_ASSERT_EQ(test, world_store(w, &other, scratch, 5 * FRAGMENT, 0),
			0);
	left = world_usage(w).used;
	KUNIT_ASSERT_EQ(test, world_store(w, &large, scratch, 5 * FRAGMENT, 0),
			0);
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &large, 0, 0, &w->view,
					     &w->fp), 0);
	harm(w->mem + (w->view.loc << VKV_LOC_SHIFT), CHECKSUM);
	vkv_ftl_quiesce(w->ctx);
	store_and_harm(test, w, 1000, 40);
	delete_listed(test, w);
	KUNIT_EXPECT_EQ(test, world_usage(w).keys, 42);
	KUNIT_EXPECT_EQ(test, purge_all(w, 0), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).keys, 1);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, left);
	pattern(scratch, 5 * FRAGMENT, 3);
	KUNIT_EXPECT_EQ(test, world_expect(w, &other, scratch, 5 * FRAGMENT),
			0);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_delete(w, &other), 0);
	KUNIT_EXPECT_EQ(test, purge_all(w, 1), 0);
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).live, 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	CHECK(test, w);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(states_are_final),
	KUNIT_CASE(states_of_a_store),
	KUNIT_CASE(states_of_a_lost_race),
	KUNIT_CASE(states_of_fragments),
	KUNIT_CASE(states_of_a_collection),
	KUNIT_CASE(versions_grow),
	KUNIT_CASE(unborn_is_left_alone),
	KUNIT_CASE(checker_sees_states),
	KUNIT_CASE(damaged_states),
	KUNIT_CASE(damaged_key),
	KUNIT_CASE(checker_sees_damage),
	KUNIT_CASE(damaged_records),
	KUNIT_CASE(damaged_lengths),
	KUNIT_CASE(repaired_by_a_store),
	KUNIT_CASE(repaired_by_a_delete),
	KUNIT_CASE(repaired_when_full),
	KUNIT_CASE(some_segments_retired),
	KUNIT_CASE(many_segments_retired),
	KUNIT_CASE(damaged_free_pages),
	KUNIT_CASE(damaged_fragments),
	KUNIT_CASE(purged),
	KUNIT_CASE(wiped_in_vain),
	KUNIT_CASE(wiped_late),
	KUNIT_CASE(wiped_though_retired),
	{}
};

ftl_test_suite("ftl_record", cases);
