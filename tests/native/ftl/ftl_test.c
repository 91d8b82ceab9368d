// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the FTL core alone, in one thread at a time. The promises of kv_ftl.h
 * are checked. An oracle keeps every key and value in an array.
 */
#include "native/ftl/suite.h"

static u64 segment_size(const struct world *w)
{
	return clamp_t(u64, w->size / 256, 256 << 10, 4 << 20);
}

/* Expects an empty device. Only the first pages of the indexes are in use. */
static void expect_empty(struct kunit *test, struct world *w)
{
	struct vkv_usage usage;
	u64 bytes, keys;
	u32 i;

	KUNIT_ASSERT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
	usage = world_usage(w);
	KUNIT_EXPECT_EQ(test, usage.used, 0);
	KUNIT_EXPECT_EQ(test, usage.keys, 0);
	KUNIT_EXPECT_EQ(test, usage.live, 0);
	KUNIT_EXPECT_LE(test, usage.physical - usage.free,
			(1 + usage.index / segment_size(w)) * segment_size(w));
	for (i = 0; i < VKV_NR_KEYSPACES; i++) {
		vkv_ftl_keyspace_usage(w->ftl, i, &bytes, &keys);
		KUNIT_EXPECT_EQ(test, bytes, 0);
		KUNIT_EXPECT_EQ(test, keys, 0);
	}
}

/* Creation */

static void create_arguments(struct kunit *test)
{
	struct world *w = test->priv;
	struct vkv_ftl_config cfg = {
		.size = 16 * MIB, .nr_ctx = 2, .op_permille = 70,
	}, bad;
	struct vkv_ftl *ftl = NULL;

	cfg.mem = aligned_alloc(4096, 16 * MIB);
	KUNIT_ASSERT_NOT_NULL(test, cfg.mem);
#define REFUSE(...) do {						\
	bad = cfg;							\
	__VA_ARGS__;							\
	KUNIT_EXPECT_EQ(test, vkv_ftl_create(&bad, &ftl), -EINVAL);	\
} while (0)
	REFUSE(bad.size = VKV_FTL_SIZE_MIN - 1);
	REFUSE(bad.nr_ctx = 0);
	REFUSE(bad.nr_ctx = 64);
	REFUSE(bad.nr_keyspaces = VKV_NR_KEYSPACES + 1);
	REFUSE(bad.op_permille = 9);
	REFUSE(bad.op_permille = 501);
	REFUSE(bad.index = "no such index");
	REFUSE(bad.space = "");
	REFUSE(bad.mem = NULL);
	REFUSE(bad.mem = cfg.mem + 512);
	/* Locations could not name all of it. */
	bad = cfg;
	bad.size = VKV_FTL_SIZE_MAX + MIB;
	KUNIT_EXPECT_EQ(test, vkv_ftl_create(&bad, &ftl), -EFBIG);
	cfg.index = world_index;
	cfg.space = "log";
	KUNIT_EXPECT_EQ(test, vkv_ftl_create(&cfg, &ftl), 0);
	KUNIT_EXPECT_TRUE(test, vkv_ftl_ctx(ftl, 1) != NULL);
	KUNIT_EXPECT_TRUE(test, vkv_ftl_ctx(ftl, 2) == NULL);
	vkv_ftl_destroy(ftl);
	vkv_ftl_destroy(NULL);
	free(cfg.mem);
	(void)w;
}

static void create_without_memory(struct kunit *test)
{
	struct vkv_ftl_config cfg = {
		.size = 16 * MIB, .nr_ctx = 2, .nr_keyspaces = 2,
		.index = world_index,
	};
	long live = shim_slab_live;
	struct vkv_ftl *ftl = NULL;
	int nr = 0;
	int err;

	cfg.mem = aligned_alloc(4096, 16 * MIB);
	KUNIT_ASSERT_NOT_NULL(test, cfg.mem);
	do {
		shim_slab_fail = ++nr;
		err = vkv_ftl_create(&cfg, &ftl);
		if (!err)
			break;
		KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		KUNIT_EXPECT_EQ(test, shim_slab_live, live);
	} while (nr < 100);
	shim_slab_fail = 0;
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GT(test, nr, 4);
	vkv_ftl_destroy(ftl);
	free(cfg.mem);
}

/* A core is created without touching most of its memory. */
static void create_is_lazy(struct kunit *test)
{
	struct world *w = start(test, 256 * MIB);
	unsigned char *resident = malloc(256 * MIB / 4096);
	u64 touched = 0;
	u64 i;

	KUNIT_ASSERT_EQ(test, mincore(w->mem, w->size, resident), 0);
	for (i = 0; i < w->size / 4096; i++)
		touched += resident[i] & 1;
	free(resident);
	KUNIT_EXPECT_LT(test, touched, w->size / 4096 / 100);
}

/* Values */

static const u32 sizes[] = {
	0, 1, 15, 16, 17, 63, 64, 512, 1000, 4095, 4096, 4097,
	FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 2 * FRAGMENT - 1, 2 * FRAGMENT,
	2 * FRAGMENT + 1, 65536, 100000, 1 << 20, (2 << 20) - 1, 2 << 20,
};

static void values_of_all_sizes(struct kunit *test)
{
	struct world *w = start(test, 32 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 i, round;

	for (round = 0; round < 3; round++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			struct vkv_key key = numbered(buf, i);

			pattern(scratch, sizes[i], i + 100 * round);
			KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
							  sizes[i], 0), 0);
			CHECK(test, w);
		}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct vkv_key key = numbered(buf, i);

		pattern(scratch, sizes[i], i + 200);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, sizes[i]),
				0);
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct vkv_key key = numbered(buf, i);

		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
		KUNIT_EXPECT_EQ(test, world_delete(w, &key), -ENOENT);
		CHECK(test, w);
	}
	expect_empty(test, w);
}

static void keys_of_all_lengths(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 len;

	memset(buf, 0, sizeof(buf));
	for (len = 1; len <= VKV_KEY_MAX; len++) {
		struct vkv_key key = { buf, len, 4 };

		pattern(scratch, len, len);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, len,
						  VKV_STORE_IF_ABSENT), 0);
	}
	CHECK(test, w);
	for (len = 1; len <= VKV_KEY_MAX; len++) {
		struct vkv_key key = { buf, len, 4 };

		pattern(scratch, len, len);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, len), 0);
		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
		if (len < VKV_KEY_MAX) {
			key.len++;
			KUNIT_EXPECT_NE(test, vkv_ftl_lookup(w->ctx, &key, 0,
					0, &w->view, &w->fp), -ENOENT);
		}
	}
	expect_empty(test, w);
}

static void keys_that_look_alike(struct kunit *test, u64 mask)
{
	static const struct vkv_key keys[] = {
		{ (const u8 *)"ab", 2, 0 },   { (const u8 *)"ab\0", 3, 0 },
		{ (const u8 *)"abc", 3, 0 },  { (const u8 *)"a", 1, 0 },
		{ (const u8 *)"ab", 2, 1 },   { (const u8 *)"\0", 1, 0 },
		{ (const u8 *)"\0\0", 2, 0 }, { (const u8 *)"ab\0\0", 4, 0 },
	};
	struct world *w;
	u32 i, j;

	collide(mask);
	w = start(test, 16 * MIB);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		for (j = i; j < ARRAY_SIZE(keys); j++)
			KUNIT_EXPECT_EQ(test, world_delete(w, &keys[j]),
					-ENOENT);
		pattern(scratch, 50, i);
		KUNIT_ASSERT_EQ(test, world_store(w, &keys[i], scratch, 50, 0),
				0);
	}
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		for (j = i; j < ARRAY_SIZE(keys); j++) {
			pattern(scratch, 50, j);
			KUNIT_EXPECT_EQ(test, world_expect(w, &keys[j], scratch,
							   50), 0);
		}
		KUNIT_EXPECT_EQ(test, world_delete(w, &keys[i]), 0);
	}
	expect_empty(test, w);
	world_exit(w);
	w->ftl = NULL;
}

/*
 * Keys have different hashes first, then equal ones, so that only the records
 * tell them apart.
 */
static void keys_are_length_and_bytes(struct kunit *test)
{
	keys_that_look_alike(test, ~0ull);
	keys_that_look_alike(test, 0);
}

/* A user may store keys that look like those of fragments. */
static void keys_like_fragments(struct kunit *test)
{
	struct vkv_key big = text("a value of many fragments");
	struct world *w;
	u64 object;
	u32 nr;

	collide(0);
	w = start(test, 16 * MIB);

	pattern(scratch, 100000, 1);
	KUNIT_ASSERT_EQ(test, world_store(w, &big, scratch, 100000, 0), 0);
	for (object = 0; object < 12; object++)
		for (nr = 0; nr < 12; nr++) {
			u8 buf[12];
			struct vkv_key key = { buf, 12, 0 };

			memcpy(buf, &object, 8);
			memcpy(buf + 8, &nr, 4);
			KUNIT_EXPECT_EQ(test, world_delete(w, &key), -ENOENT);
			KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 3,
						VKV_STORE_IF_ABSENT), 0);
		}
	KUNIT_EXPECT_EQ(test, world_expect(w, &big, scratch, 100000), 0);
	CHECK(test, w);
}

static void arguments_out_of_range(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key none = { (const u8 *)"", 0, 0 };
	struct vkv_key far = { (const u8 *)"x", 1, VKV_NR_KEYSPACES };
	struct vkv_key good = text("x");

	KUNIT_EXPECT_EQ(test, world_store(w, &none, scratch, 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, world_store(w, &far, scratch, 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, world_reserve(w, &good, VKV_IO_MAX + 1, 0),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, world_delete(w, &none), -EINVAL);
	KUNIT_EXPECT_EQ(test, world_delete(w, &far), -EINVAL);
	KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &far, 0, 1, &w->view,
					     &w->fp), -EINVAL);
	KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &good, 0, VKV_IO_MAX + 1,
					     &w->view, &w->fp), -EINVAL);
	expect_empty(test, w);
}

static void create_with_keyspaces(struct kunit *test, struct world *w,
				  u64 size, unsigned int nr)
{
	struct vkv_ftl_config cfg = {
		.mem = w->mem, .size = size, .nr_ctx = WORLD_CTX,
		.nr_keyspaces = nr, .index = world_index,
	};

	vkv_ftl_destroy(w->ftl);
	w->ftl = NULL;
	KUNIT_ASSERT_EQ(test, vkv_ftl_create(&cfg, &w->ftl), 0);
	w->ctx = vkv_ftl_ctx(w->ftl, 0);
	w->other = vkv_ftl_ctx(w->ftl, 1);
	w->gc = vkv_ftl_ctx(w->ftl, WORLD_CTX - 1);
}

static void expect_no_keyspace(struct kunit *test, struct world *w, u8 keyspace)
{
	struct vkv_key key = { (const u8 *)"x", 1, keyspace };
	struct vkv_cursor cursor = {};
	u32 budget = 100;

	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), -EINVAL);
	KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 1, &w->view,
					     &w->fp), -EINVAL);
	KUNIT_EXPECT_EQ(test, vkv_ftl_next(w->ctx, keyspace, &cursor, NULL,
			NULL, &budget, &key, &w->fp), -EINVAL);
	key.keyspace = keyspace;
	vkv_ftl_seek(w->ctx, &key, &cursor);
	KUNIT_EXPECT_EQ(test, cursor.done, 1);
	KUNIT_EXPECT_EQ(test, budget, 100);
}

/*
 * Stores the same key in each keyspace. Each has its own value, and no other
 * key.
 */
static void use_keyspaces(struct kunit *test, struct world *w, u32 nr)
{
	struct vkv_key key = text("the same everywhere");
	struct vkv_cursor cursor;
	struct vkv_key next;
	u32 i, budget;

	for (i = 0; i < nr; i++) {
		key.keyspace = i;
		pattern(scratch, 2 * FRAGMENT, i);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
				i % 2 ? 100 : 2 * FRAGMENT, 0), 0);
	}
	CHECK(test, w);
	for (i = 0; i < nr; i++) {
		key.keyspace = i;
		pattern(scratch, 2 * FRAGMENT, i);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch,
				i % 2 ? 100 : 2 * FRAGMENT), 0);
		cursor = (struct vkv_cursor){};
		budget = 1 << 20;
		KUNIT_EXPECT_EQ(test, vkv_ftl_next(w->ctx, i, &cursor, NULL,
				NULL, &budget, &next, &w->fp), 0);
		KUNIT_EXPECT_EQ(test, next.keyspace, i);
		KUNIT_EXPECT_EQ(test, vkv_ftl_next(w->ctx, i, &cursor, NULL,
				NULL, &budget, &next, &w->fp), -ENOENT);
		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
		CHECK(test, w);
	}
}

static void keyspaces_are_bounded(struct kunit *test)
{
	static const struct {
		u64 size;
		u32 nr, is;
	} cases[] = {
		{ 16 * MIB, 0, 1 }, { 16 * MIB, 1, 1 }, { 16 * MIB, 3, 3 },
		{ 256 * MIB, 20, 20 },
	};
	struct world *w = start(test, 256 * MIB);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		create_with_keyspaces(test, w, cases[i].size, cases[i].nr);
		use_keyspaces(test, w, cases[i].is);
		expect_no_keyspace(test, w, cases[i].is);
		expect_no_keyspace(test, w, 255);
	}
}

static void lookup_windows(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	const u64 size = 10 * FRAGMENT + 77;
	u32 i;

	pattern(scratch, size, 5);
	for (i = 0; i < 2; i++) {
		/*
		 * Tests a value of several fragments, then one of a single
		 * record.
		 */
		u64 whole = i ? 5000 : size;
		struct vkv_key key = text(i ? "small" : "big");
		int n;

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, whole, 0),
				0);
		for (n = 0; n < 500; n++) {
			u64 offset = below(w, whole + 100);
			u32 len = below(w, 2 * whole);
			u64 left = offset < whole ? whole - offset : 0;

			KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key,
					offset, len, &w->view, &w->fp), 0);
			KUNIT_EXPECT_EQ(test, w->view.size, whole);
			KUNIT_EXPECT_TRUE(test, view_equals(&w->view,
					scratch + offset,
					min_t(u64, len, left)));
		}
	}
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &(struct vkv_key){
			(const u8 *)"big", 3, 0 }, ~0ull, 100, &w->view,
			&w->fp), 0);
	KUNIT_EXPECT_EQ(test, w->view.nr, 0);
}

/* Conditions */

static void store_conditions(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("conditional");

	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 10,
					  VKV_STORE_IF_PRESENT), -ENOENT);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	pattern(scratch, 10, 1);
	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 10,
					  VKV_STORE_IF_ABSENT), 0);
	pattern(scratch, 10, 2);
	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 10,
					  VKV_STORE_IF_ABSENT), -EEXIST);
	pattern(scratch, 10, 1);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 10), 0);
	pattern(scratch, 20, 3);
	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 20,
					  VKV_STORE_IF_PRESENT), 0);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 20), 0);
	KUNIT_EXPECT_EQ(test, world_reserve(w, &key, 30, 0), 0);
	vkv_ftl_abort(w->ctx, &w->txn);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 20), 0);
	CHECK(test, w);
}

/* Opens two transactions on one key, and commits one after the other. */
static int race(struct world *w, struct vkv_txn *first, u32 first_flags,
		u32 second_flags, u64 size)
{
	struct vkv_key key = text("raced");
	int err;

	err = vkv_ftl_reserve(w->other, &key, size, second_flags, first,
			      &w->fp);
	if (err)
		return err;
	pattern(scratch, size, 2);
	if (!txn_fill(first, scratch, size))
		return -EILSEQ;
	pattern(scratch, size, 1);
	err = world_store(w, &key, scratch, size, first_flags);
	if (err)
		return err;
	return vkv_ftl_commit(w->other, first, &w->fp);
}

static void conditions_hold_at_commit(struct kunit *test)
{
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("raced");
	u64 size = 3 * FRAGMENT + 5;

	KUNIT_EXPECT_EQ(test, race(w, &txn, 0, VKV_STORE_IF_ABSENT, size),
			-EEXIST);
	pattern(scratch, size, 1);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, size), 0);
	vkv_ftl_quiesce(w->other);
	CHECK(test, w);

	/* Without a condition the later commit wins, on any base. */
	KUNIT_EXPECT_EQ(test, race(w, &txn, 0, 0, 100), 0);
	pattern(scratch, 100, 2);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 100), 0);
	vkv_ftl_quiesce(w->other);
	CHECK(test, w);

	/* Appends do not lose one another's bytes. */
	KUNIT_EXPECT_EQ(test, race(w, &txn, VKV_STORE_APPEND, VKV_STORE_APPEND,
				   100), -EAGAIN);
	vkv_ftl_quiesce(w->other);
	CHECK(test, w);

	/*
	 * The key is deleted before the commit, so now the whole value is
	 * charged.
	 */
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, 100, 0, &txn,
					      &w->fp), 0);
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp), 0);
	vkv_ftl_quiesce(w->other);
	CHECK(test, w);

	/* The key is present at the reserve, and deleted before the commit. */
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, size,
			VKV_STORE_IF_PRESENT, &txn, &w->fp), 0);
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp), -ENOENT);
	vkv_ftl_quiesce(w->other);
	expect_empty(test, w);
}

static void appends_race(struct kunit *test)
{
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("raced");
	static const struct {
		u32 base, first, second;
	} cases[] = {
		/* Appends in the last fragment, beyond it, at its border. */
		{ 3 * FRAGMENT + 10, 20, 30 },
		{ 3 * FRAGMENT + 10, 20, 2 * FRAGMENT },
		{ 3 * FRAGMENT + 10, 2 * FRAGMENT, 20 },
		{ 3 * FRAGMENT + 10, 2 * FRAGMENT, 3 * FRAGMENT },
		{ 3 * FRAGMENT, 20, 30 },
		{ 3 * FRAGMENT, 2 * FRAGMENT, 30 },
		{ 3 * FRAGMENT, 20, 2 * FRAGMENT },
		{ 100, 20, 30 },
		{ 100, 20, 2 * FRAGMENT },
		{ 100, 2 * FRAGMENT, 20 },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 base = cases[i].base, first = cases[i].first;

		pattern(scratch, base + first, i);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, base, 0),
				0);
		KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key,
				cases[i].second, VKV_STORE_APPEND, &txn,
				&w->fp), 0);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch + base,
				first, VKV_STORE_APPEND), 0);
		KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp),
				-EAGAIN);
		vkv_ftl_quiesce(w->other);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch,
						   base + first), 0);
		CHECK(test, w);
		/* The append also races a delete, and a store. */
		KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key,
				cases[i].second, VKV_STORE_APPEND, &txn,
				&w->fp), 0);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
				base + first, 0), 0);
		KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp),
				-EAGAIN);
		CHECK(test, w);
		KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key,
				cases[i].second, VKV_STORE_APPEND, &txn,
				&w->fp), 0);
		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
		KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp),
				-EAGAIN);
		vkv_ftl_quiesce(w->other);
		CHECK(test, w);
	}
	expect_empty(test, w);
}

static void replace_is_exact(struct kunit *test)
{
	static struct vkv_view base;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("unit");

	/* The base says that the key is absent, and it is. */
	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 512, 0), 0);
	pattern(scratch, 512, 1);
	txn_fill(&w->txn, scratch, 512);
	KUNIT_EXPECT_EQ(test, vkv_ftl_replace(w->ctx, &w->txn, NULL, &w->fp),
			0);
	/* The base says that the key is absent, but now it exists. */
	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 512, 0), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_replace(w->ctx, &w->txn, NULL, &w->fp),
			-EAGAIN);
	/* The value is unchanged between lookup and commit. */
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, 512, &base,
					     &w->fp), 0);
	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 512, 0), 0);
	txn_fill(&w->txn, scratch, 512);
	KUNIT_EXPECT_EQ(test, vkv_ftl_replace(w->ctx, &w->txn, &base, &w->fp),
			0);
	/*
	 * The value changed before the reserve, so the old view is no base any
	 * more.
	 */
	KUNIT_ASSERT_EQ(test, world_reserve(w, &key, 512, 0), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_replace(w->ctx, &w->txn, &base, &w->fp),
			-EAGAIN);
	/* The value changes between reserve and commit. */
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->other, &key, 0, 512, &base,
					     &w->fp), 0);
	{
		static struct vkv_txn txn;

		KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, 512, 0,
						      &txn, &w->fp), 0);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 512, 0), 0);
		KUNIT_EXPECT_EQ(test, vkv_ftl_replace(w->other, &txn, &base,
						      &w->fp), -EAGAIN);
	}
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 512), 0);
	CHECK(test, w);
}

/* A record that the collector has moved is still the same version. */
static void collection_is_no_change(struct kunit *test)
{
	static struct vkv_txn append, store;
	static struct vkv_view base;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key big = text("appended"), small = text("replaced");
	u8 buf[VKV_KEY_MAX];
	u32 n;

	pattern(scratch, 6 * FRAGMENT, 1);
	KUNIT_ASSERT_EQ(test, world_store(w, &big, scratch, 3 * FRAGMENT + 9,
					  0), 0);
	KUNIT_ASSERT_EQ(test, world_store(w, &small, scratch, 512, 0), 0);
	for (n = 0; n < 200; n++) {
		struct vkv_key key = numbered(buf, n);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 5000, 0),
				0);
		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	vkv_ftl_idle(w->ctx);
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &big, 2 * FRAGMENT,
			VKV_STORE_APPEND, &append, &w->fp), 0);
	txn_fill(&append, scratch + 3 * FRAGMENT + 9, 2 * FRAGMENT);
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->other, &small, 0, 512, &base,
					     &w->fp), 0);
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &small, 512, 0, &store,
					      &w->fp), 0);
	pattern(store.piece[0].data, 512, 2);
	while (vkv_ftl_collect(w->gc, true))
		;
	KUNIT_EXPECT_GT(test, world_usage(w).gc_written, 3 * FRAGMENT);
	KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &append, &w->fp), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_replace(w->other, &store, &base, &w->fp),
			0);
	vkv_ftl_quiesce(w->other);
	KUNIT_EXPECT_EQ(test, world_expect(w, &big, scratch,
					   5 * FRAGMENT + 9), 0);
	pattern(scratch, 512, 2);
	KUNIT_EXPECT_EQ(test, world_expect(w, &small, scratch, 512), 0);
	CHECK(test, w);
}

/* The collector leaves open transactions alone, even of several segments. */
static void transactions_are_safe(struct kunit *test)
{
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("in the making");
	u8 buf[VKV_KEY_MAX];
	const u64 size = 1500000;
	u32 n;

	/* The commit will need index pages, so the index gets some now. */
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, VKV_IO_MAX, 0), 0);
	for (n = 0; n < 2; n++) {
		struct vkv_key k = numbered(buf, 10 + n);

		KUNIT_ASSERT_EQ(test, world_store(w, &k, scratch, VKV_IO_MAX,
						  0), 0);
	}
	vkv_ftl_idle(w->ctx);
	KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &key, size, 0, &txn,
					      &w->fp), 0);
	for (n = 0; n < 3000; n++) {
		struct vkv_key k = numbered(buf, n % 10);
		int err = vkv_ftl_reserve(w->ctx, &k, 60000, 0, &w->txn,
					  &w->fp);

		if (!err)
			KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->ctx, &w->txn,
							     &w->fp), 0);
		vkv_ftl_quiesce(w->ctx);
		vkv_ftl_collect(w->gc, true);
	}
	pattern(scratch, size, 5);
	KUNIT_ASSERT_TRUE(test, txn_fill(&txn, scratch, size));
	KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp), 0);
	vkv_ftl_quiesce(w->other);
	CHECK(test, w);
	for (n = 0; n < 10; n++) {
		struct vkv_key k = numbered(buf, n);

		KUNIT_ASSERT_EQ(test, world_delete(w, &k), 0);
	}
	KUNIT_EXPECT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, size), 0);
	CHECK(test, w);
}

/* A view stays whole until the quiescent point, whatever others do. */
static void views_are_pinned(struct kunit *test)
{
	static struct vkv_view view;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("pinned");
	const u64 size = 5 * FRAGMENT + 100;
	u8 *other = malloc(VKV_IO_MAX);
	u64 before;
	u32 n;

	pattern(scratch, size, 1);
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, size, 0), 0);
	vkv_ftl_idle(w->ctx);
	KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->other, &key, 0, VKV_IO_MAX,
					     &view, &w->fp), 0);
	/* Overwrites the device several times, while the view is held. */
	before = world_usage(w).host_written;
	for (n = 0; n < 100000; n++) {
		int err = vkv_ftl_reserve(w->ctx, &key, size, 0, &w->txn,
					  &w->fp);

		pattern(other, size, n + 2);
		if (err == -EAGAIN) {
			vkv_ftl_quiesce(w->ctx);
			if (!vkv_ftl_collect(w->gc, true))
				break;
			continue;
		}
		KUNIT_ASSERT_EQ(test, err, 0);
		txn_fill(&w->txn, other, size);
		/* The index may be the first that finds no room. */
		err = vkv_ftl_commit(w->ctx, &w->txn, &w->fp);
		KUNIT_ASSERT_TRUE(test, !err || err == -EAGAIN);
		vkv_ftl_quiesce(w->ctx);
		if (err && !vkv_ftl_collect(w->gc, true))
			break;
	}
	/* In the end the view alone must be in the way. */
	KUNIT_EXPECT_LT(test, n, 100000);
	KUNIT_EXPECT_GT(test, world_usage(w).host_written - before, 10 * MIB);
	KUNIT_EXPECT_TRUE(test, view_equals(&view, scratch, size));
	vkv_ftl_quiesce(w->other);
	KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, size, 0), 0);
	free(other);
	CHECK(test, w);
}

/* Appending */

static void append_steps(struct kunit *test)
{
	static const u32 steps[] = {
		0, 1, 15, 100, 4000, 0, FRAGMENT - 4116, 1, FRAGMENT - 1,
		FRAGMENT, 0, 3 * FRAGMENT, 17, 5 * FRAGMENT + 3, 100000, 1,
	};
	struct world *w = start(test, 32 * MIB);
	u8 *all = malloc(4 << 20);
	u32 split;
	u64 i;

	/*
	 * Each turn stores some steps together, and appends the rest one by
	 * one.
	 */
	pattern(all, 4 << 20, 9);
	for (split = 0; split < ARRAY_SIZE(steps); split++) {
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = numbered(buf, split);
		u64 size = 0;

		for (i = 0; i < split; i++)
			size += steps[i];
		if (split)
			KUNIT_ASSERT_EQ(test, world_store(w, &key, all, size,
							  0), 0);
		for (; i < ARRAY_SIZE(steps); i++) {
			KUNIT_ASSERT_EQ(test, world_store(w, &key, all + size,
					steps[i], VKV_STORE_APPEND), 0);
			size += steps[i];
			KUNIT_ASSERT_EQ(test, world_expect(w, &key, all, size),
					0);
		}
		CHECK(test, w);
		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	}
	free(all);
	expect_empty(test, w);
}

static void append_aborted(struct kunit *test)
{
	static const u32 bases[] = { 0, 100, FRAGMENT, FRAGMENT + 1,
				     3 * FRAGMENT, 3 * FRAGMENT + 100 };
	static const u32 more[] = { 0, 10, FRAGMENT, 3 * FRAGMENT };
	struct world *w = start(test, 16 * MIB);
	struct vkv_key key = text("kept");
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(bases); i++) {
		u64 used;

		pattern(scratch, bases[i], i);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, bases[i],
						  0), 0);
		used = world_usage(w).used;
		for (j = 0; j < ARRAY_SIZE(more); j++) {
			KUNIT_ASSERT_EQ(test, world_reserve(w, &key, more[j],
					VKV_STORE_APPEND), 0);
			vkv_ftl_abort(w->ctx, &w->txn);
			KUNIT_EXPECT_EQ(test, world_usage(w).used, used);
			KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch,
							   bases[i]), 0);
			CHECK(test, w);
		}
	}
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	expect_empty(test, w);
}

/*
 * Appends 2 MiB at a time, up to 2 GiB. The cost of a step does not grow. A
 * delete removes it all.
 */
static void append_to_the_limit(struct kunit *test)
{
	struct world *w = start(test, 4096 * MIB);
	struct vkv_key key = text("grows");
	u64 first = 0, last = 0, size;

	/* The value's bytes are never touched, so they take no memory. */
	for (size = 0; size < VKV_VALUE_MAX; size += VKV_IO_MAX) {
		struct vkv_footprint fp = {};

		KUNIT_ASSERT_EQ(test, world_reserve(w, &key, VKV_IO_MAX,
						    VKV_STORE_APPEND), 0);
		KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->ctx, &w->txn, &fp), 0);
		vkv_ftl_quiesce(w->ctx);
		last = fp.index_writes;
		first = first ?: last;
	}
	KUNIT_EXPECT_EQ(test, first, last);
	KUNIT_EXPECT_EQ(test, world_reserve(w, &key, 1, VKV_STORE_APPEND),
			-EFBIG);
	KUNIT_EXPECT_EQ(test, vkv_ftl_lookup(w->ctx, &key, VKV_VALUE_MAX - 5,
					     100, &w->view, &w->fp), 0);
	KUNIT_EXPECT_EQ(test, w->view.size, VKV_VALUE_MAX);
	KUNIT_EXPECT_EQ(test, w->view.piece[0].len, 5);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	CHECK(test, w);
	KUNIT_EXPECT_TRUE(test, vkv_ftl_wants_collect(w->ftl));
	expect_empty(test, w);
	KUNIT_EXPECT_FALSE(test, vkv_ftl_wants_collect(w->ftl));
}

/* Beside an oracle */

struct entry {
	u8 *data;	/* NULL: absent */
	u64 size;
};

struct oracle {
	struct world *w;
	struct entry *entry;
	u32 nr;
};

static void oracle_set(struct oracle *o, u32 n, const u8 *data, u64 size,
		       bool append)
{
	struct entry *e = &o->entry[n];
	u64 old = append && e->data ? e->size : 0;

	e->data = realloc(e->data, old + size + 1);
	memcpy(e->data + old, data, size);
	e->size = old + size;
}

static void oracle_drop(struct oracle *o, u32 n)
{
	free(o->entry[n].data);
	o->entry[n].data = NULL;
}

static int oracle_agrees(struct oracle *o, u32 n)
{
	struct entry *e = &o->entry[n];
	u8 buf[VKV_KEY_MAX];
	struct vkv_key key = numbered(buf, n);

	if (e->data)
		return world_expect(o->w, &key, e->data, e->size);
	return vkv_ftl_lookup(o->w->ctx, &key, 0, 0, &o->w->view,
			      &o->w->fp) == -ENOENT ? 0 : -EILSEQ;
}

static u64 some_size(struct world *w)
{
	switch (below(w, 12)) {
	case 0: return below(w, VKV_IO_MAX + 1);
	case 1: return below(w, 10) * FRAGMENT + below(w, 3);
	case 2: return below(w, 5 * FRAGMENT);
	case 3: return 4096;
	case 4: return below(w, FRAGMENT);
	default: return below(w, 600);
	}
}

/* Does one random store. The oracle predicts the outcome. */
static int random_store(struct oracle *o, u32 n, u64 *full)
{
	static const u32 flags[] = {
		0, 0, 0, 0, VKV_STORE_IF_ABSENT, VKV_STORE_IF_PRESENT,
		VKV_STORE_APPEND, VKV_STORE_APPEND,
		VKV_STORE_APPEND | VKV_STORE_IF_PRESENT,
	};
	struct world *w = o->w;
	u32 flag = flags[below(w, ARRAY_SIZE(flags))];
	u64 size = some_size(w);
	bool there = o->entry[n].data;
	u8 buf[VKV_KEY_MAX];
	struct vkv_key key = numbered(buf, n);
	int expect = 0;
	int err;

	if ((flag & VKV_STORE_IF_ABSENT) && there)
		expect = -EEXIST;
	if ((flag & VKV_STORE_IF_PRESENT) && !there)
		expect = -ENOENT;
	pattern(scratch, size, world_random(w));
	err = world_store(w, &key, scratch, size, flag);
	if (!expect && err == -ENOSPC) {
		++*full;
		return 0;
	}
	if (err != expect)
		return err ?: -EILSEQ;
	if (!err)
		oracle_set(o, n, scratch, size, flag & VKV_STORE_APPEND);
	return 0;
}

static int random_step(struct oracle *o, u64 *full)
{
	struct world *w = o->w;
	u32 n = below(w, o->nr);
	u8 buf[VKV_KEY_MAX];
	struct vkv_key key = numbered(buf, n);

	switch (below(w, 10)) {
	case 0:
	case 1:
		if (world_delete(w, &key) !=
		    (o->entry[n].data ? 0 : -ENOENT))
			return -EILSEQ;
		oracle_drop(o, n);
		return 0;
	case 2:
		if (!below(w, 20))
			world_round(w, true);
		return 0;
	case 3:
	case 4:
		return oracle_agrees(o, n);
	default:
		return random_store(o, n, full);
	}
}

static void oracle_all(struct kunit *test, struct oracle *o)
{
	u32 n;

	for (n = 0; n < o->nr; n++)
		KUNIT_ASSERT_TRUE_MSG(test, !oracle_agrees(o, n),
				      "key %u is not what was stored", n);
}

static void random_run(struct kunit *test, u64 size, u32 nr, u32 steps,
		       u32 check_every, u64 seed)
{
	struct world *w = start(test, size);
	struct oracle o = { .w = w, .nr = nr };
	u64 full = 0;
	u32 i;

	o.entry = calloc(nr, sizeof(*o.entry));
	w->rng = seed;
	for (i = 0; i < steps; i++) {
		int err = random_step(&o, &full);

		KUNIT_ASSERT_TRUE_MSG(test, !err, "step %u of seed %llu: %d", i,
				      seed, err);
		if (i % check_every == 0)
			CHECK(test, w);
	}
	oracle_all(test, &o);
	KUNIT_ASSERT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
	oracle_all(test, &o);
	for (i = 0; i < nr; i++) {
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = numbered(buf, i);

		KUNIT_EXPECT_EQ(test, world_delete(w, &key),
				o.entry[i].data ? 0 : -ENOENT);
		oracle_drop(&o, i);
	}
	free(o.entry);
	kunit_info(test, "%llu MiB: %llu of %u steps found it full",
		   size / MIB, full, steps);
	KUNIT_EXPECT_GT(test, full, 0);
	expect_empty(test, w);
	world_exit(w);
	w->ftl = NULL;
}

static void random_operations(struct kunit *test)
{
	u64 seed;

	/* There are few keys, and all are checked after every step. */
	for (seed = 1; seed <= 3; seed++)
		random_run(test, 16 * MIB, 150, 1500, 1, seed);
	/* There are more keys, and the device is mostly nearly full. */
	random_run(test, 16 * MIB, 2000, 20000, 500, 77);
	random_run(test, 64 * MIB, 4000, 15000, 1000, 78);
}

/*
 * Keeps few bits of each hash: the highest, the middle or the lowest ones. So
 * nearly all keys collide.
 */
static void random_collisions(struct kunit *test)
{
	static const u64 masks[] = { 7ull << 61, 7ull << 36, 7ull << 20, 0 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		collide(masks[i]);
		random_run(test, 16 * MIB, 150, 1500, 50, 4 + i);
	}
}

/* Full devices */

struct mix {
	const char *name;
	u32 nr;
	u32 size[4];
	u8 key_len;
};

static const struct mix mixes[] = {
	{ "empty", 1, { 0 }, 8 },
	{ "64 B", 1, { 64 }, 16 },
	{ "1000 B, 255-byte keys", 1, { 1000 }, 255 },
	{ "4 KiB", 1, { 4096 }, 16 },
	{ "largest record", 1, { FRAGMENT }, 255 },
	{ "just in fragments", 1, { FRAGMENT + 1 }, 255 },
	{ "100 KB", 1, { 100000 }, 16 },
	{ "2 MiB", 1, { 2 << 20 }, 16 },
	{ "mixed", 4, { 30, 5000, FRAGMENT, 70000 }, 40 },
	{ "tails", 4, { FRAGMENT, 16, FRAGMENT - 300, 100 }, 200 },
};

/* Stores new keys until the capacity is reached, and returns their number. */
static u32 fill(struct kunit *test, struct world *w, const struct mix *mix)
{
	u32 refused = 0;
	u32 n = 0;

	while (refused < mix->nr) {
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = plain(buf, n, mix->key_len);
		u32 size = mix->size[n % mix->nr];
		int err;

		pattern(scratch, min(size, 64u), n);
		err = world_store(w, &key, scratch, size, VKV_STORE_IF_ABSENT);
		if (!err) {
			n++;
			continue;
		}
		KUNIT_ASSERT_EQ(test, err, -ENOSPC);
		/*
		 * The refusal is right: one more value of this size would not
		 * fit.
		 */
		refused = mix->nr;
	}
	return n;
}

static void expect_full(struct kunit *test, struct world *w,
			const struct mix *mix, u32 nr)
{
	u32 n;

	for (n = 0; n < nr; n++) {
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = plain(buf, n, mix->key_len);
		u32 size = mix->size[n % mix->nr];
		u32 head = min(size, 64u);

		pattern(scratch, head, n);
		KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0, head,
						     &w->view, &w->fp), 0);
		KUNIT_ASSERT_EQ(test, w->view.size, size);
		KUNIT_ASSERT_TRUE(test, view_equals(&w->view, scratch, head));
		vkv_ftl_quiesce(w->ctx);
	}
}

/* Rewrites random keys with their old sizes, which always succeeds. */
static void rewrite(struct kunit *test, struct world *w, const struct mix *mix,
		    u32 nr, u64 bytes)
{
	u64 target = world_usage(w).host_written + bytes;

	while (world_usage(w).host_written < target) {
		u32 n = below(w, nr);
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = plain(buf, n, mix->key_len);
		u32 size = mix->size[n % mix->nr];

		pattern(scratch, min(size, 64u), n);
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, size,
						  VKV_STORE_IF_PRESENT), 0);
	}
}

static void empty(struct kunit *test, struct world *w, const struct mix *mix,
		  u32 nr)
{
	u32 n;

	for (n = 0; n < nr; n++) {
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = plain(buf, n, mix->key_len);

		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
}

static void fill_device(struct kunit *test, u64 size, const struct mix *mix,
			unsigned int nr_ctx, unsigned int op)
{
	struct world *w = test->priv;
	struct vkv_usage usage;
	u32 nr, again;

	KUNIT_ASSERT_EQ(test, world_init(w, size, nr_ctx, op), 0);
	nr = fill(test, w, mix);
	KUNIT_ASSERT_GT(test, nr, 0);
	usage = world_usage(w);
	/* Less capacity is left than the largest value of the mix needs. */
	KUNIT_EXPECT_GT(test, usage.used + 2150000, usage.capacity);
	if (mix->size[0] < 5000 && mix->nr == 1)
		KUNIT_EXPECT_GT(test, usage.used + 6000, usage.capacity);
	CHECK(test, w);
	expect_full(test, w, mix, nr);
	rewrite(test, w, mix, nr, size / 2);
	CHECK(test, w);
	expect_full(test, w, mix, nr);
	empty(test, w, mix, nr);
	KUNIT_EXPECT_EQ(test, world_usage(w).used, 0);
	again = fill(test, w, mix);
	KUNIT_EXPECT_EQ(test, again, nr);
	expect_full(test, w, mix, nr);
	empty(test, w, mix, nr);
	expect_empty(test, w);
	world_exit(w);
	w->ftl = NULL;
}

static void full_small_devices(struct kunit *test)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(mixes); i++) {
		fill_device(test, 16 * MIB, &mixes[i], WORLD_CTX, 0);
		fill_device(test, 16 * MIB, &mixes[i], 10, 10);
	}
}

static void full_larger_devices(struct kunit *test)
{
	u32 i;

	for (i = 3; i < ARRAY_SIZE(mixes); i++)
		fill_device(test, (i & 1 ? 32 : 64) * MIB, &mixes[i],
			    WORLD_CTX, 0);
}

/* Deleting a value of very many fragments gives its room back at once. */
static void huge_values(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key huge = text("huge");
	u32 round;

	for (round = 0; round < 4; round++) {
		u64 size = 0;
		u32 nr;
		int err;

		while (!(err = world_store(w, &huge, scratch, 300000,
					   VKV_STORE_APPEND)))
			size += 300000;
		KUNIT_ASSERT_EQ(test, err, -ENOSPC);
		KUNIT_EXPECT_GT(test, size, 1024 * FRAGMENT);
		KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &huge, 0, 1,
						     &w->view, &w->fp), 0);
		KUNIT_EXPECT_EQ(test, w->view.size, size);
		CHECK(test, w);
		if (round & 1)
			KUNIT_EXPECT_EQ(test, world_delete(w, &huge), 0);
		else
			KUNIT_EXPECT_EQ(test, world_store(w, &huge, scratch, 0,
							  0), 0);
		CHECK(test, w);
		nr = fill(test, w, &mixes[3]);
		KUNIT_EXPECT_GT(test, nr * 4096ull, size - size / 20);
		expect_full(test, w, &mixes[3], nr);
		CHECK(test, w);
		empty(test, w, &mixes[3], nr);
	}
}

static u32 thin_out(struct kunit *test, struct world *w, const struct mix *mix,
		    u32 nr, u32 keep)
{
	u32 n;

	for (n = 0; n < nr; n++) {
		u8 buf[VKV_KEY_MAX];
		struct vkv_key key = plain(buf, n, mix->key_len);

		if (n % keep)
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	return (nr + keep - 1) / keep;
}

/*
 * Fills the device with one mix of values, keeps a tenth of the keys, and goes
 * on with another mix at once. The old keys leave the index full of gaps.
 */
static void full_of_something_else(struct kunit *test)
{
	static const struct {
		u32 from, to;
	} ways[] = { { 0, 3 }, { 0, 7 }, { 1, 8 }, { 3, 0 }, { 0, 8 } };
	struct world *w = start(test, 16 * MIB);
	u32 i, n;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		const struct mix *from = &mixes[ways[i].from];
		const struct mix *to = &mixes[ways[i].to];
		struct vkv_usage usage;
		u32 nr, left, more;

		nr = fill(test, w, from);
		left = thin_out(test, w, from, nr, 10);
		more = fill(test, w, to);
		usage = world_usage(w);
		KUNIT_EXPECT_EQ(test, usage.keys, left + more);
		KUNIT_EXPECT_GT(test, usage.used + 2150000, usage.capacity);
		expect_full(test, w, to, more);
		rewrite(test, w, to, more, w->size / 4);
		for (n = 0; n < nr; n += 10) {
			u8 buf[VKV_KEY_MAX];
			struct vkv_key key = plain(buf, n, from->key_len);

			KUNIT_ASSERT_EQ(test, vkv_ftl_lookup(w->ctx, &key, 0,
					0, &w->view, &w->fp), 0);
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
		}
		CHECK(test, w);
		empty(test, w, to, more);
	}
	expect_empty(test, w);
}

/* A reserve already counts against the quota, for all contexts. */
static void quota_holds_at_reserve(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key a = { (u8 *)"a", 1, 2 }, b = { (u8 *)"b", 1, 3 };
	struct vkv_key apart = { (u8 *)"a", 1, 1 };
	struct vkv_txn *other = calloc(1, sizeof(*other));

	KUNIT_ASSERT_EQ(test, vkv_ftl_set_quota(w->ftl, 2, 2, 12000), 0);
	KUNIT_ASSERT_EQ(test, world_reserve(w, &a, 7000, 0), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_reserve(w->other, &b, 7000, 0, other,
					      &w->fp), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vkv_ftl_reserve(w->other, &apart, 7000, 0, other,
					      &w->fp), 0);
	vkv_ftl_abort(w->other, other);
	KUNIT_EXPECT_LT(test, vkv_ftl_keyspace_room(w->ftl, 3), 5000);
	KUNIT_EXPECT_GT(test, vkv_ftl_keyspace_room(w->ftl, 1), MIB);
	vkv_ftl_abort(w->ctx, &w->txn);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 3), 12000);
	KUNIT_EXPECT_EQ(test, vkv_ftl_reserve(w->other, &b, 7000, 0, other,
					      &w->fp), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, other, &w->fp), 0);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_store(w, &a, scratch, 7000, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, world_store(w, &b, scratch, 11000, 0), 0);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_delete(w, &b), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 2), 12000);
	CHECK(test, w);
	free(other);
}

/*
 * A store of the context uses its bytes set aside first. No other store may use
 * them.
 */
static void aside_is_used_first(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key a = { (u8 *)"a", 1, 2 }, b = { (u8 *)"b", 1, 2 };
	u64 aside = 10000, left;

	KUNIT_ASSERT_EQ(test, vkv_ftl_set_quota(w->ftl, 2, 1, 20000), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_aside(w->ftl, 2, 20001), -ENOSPC);
	KUNIT_ASSERT_EQ(test, vkv_ftl_set_aside(w->ftl, 2, aside), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 2), 10000);
	KUNIT_EXPECT_EQ(test, world_store(w, &a, scratch, 11000, 0), -ENOSPC);
	vkv_ftl_use_aside(w->ctx, &aside);
	KUNIT_ASSERT_EQ(test, world_reserve(w, &a, 7000, 0), 0);
	KUNIT_EXPECT_LT(test, aside, 3000);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 2), 10000);
	vkv_ftl_abort(w->ctx, &w->txn);
	KUNIT_EXPECT_EQ(test, aside, 10000);
	KUNIT_EXPECT_EQ(test, world_store(w, &a, scratch, 7000, 0), 0);
	left = aside;
	/*
	 * The same store needs no more. Another key needs what is left and some
	 * more.
	 */
	KUNIT_EXPECT_EQ(test, world_store(w, &a, scratch, 7000, 0), 0);
	KUNIT_EXPECT_EQ(test, aside, left);
	KUNIT_EXPECT_EQ(test, world_store(w, &b, scratch, 7000, 0), 0);
	KUNIT_EXPECT_EQ(test, aside, 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 2), 2 * left);
	vkv_ftl_use_aside(w->ctx, NULL);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_delete(w, &a), 0);
	KUNIT_EXPECT_EQ(test, world_delete(w, &b), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 2), 20000);
	CHECK(test, w);
}

/* A quota may change while keys are there, but not below what they take. */
static void quota_changes(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key a = { (u8 *)"a", 1, 2 };

	KUNIT_ASSERT_EQ(test, vkv_ftl_set_quota(w->ftl, 2, 2, 12000), 0);
	KUNIT_ASSERT_EQ(test, world_store(w, &a, scratch, 11000, 0), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_quota(w->ftl, 2, 2, 11000), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_quota(w->ftl, 2, 2, 11900), 0);
	KUNIT_EXPECT_EQ(test, world_store(w, &a, scratch, 12000, 0), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_quota(w->ftl, 2, 2, 20000), 0);
	KUNIT_EXPECT_EQ(test, world_store(w, &a, scratch, 12000, 0), 0);
	CHECK(test, w);
	KUNIT_EXPECT_EQ(test, world_delete(w, &a), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_keyspace_room(w->ftl, 2), 20000);
	CHECK(test, w);
}

/* More over-provisioning is refused when keys take its room. */
static void op_changes(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u64 before = world_usage(w).capacity;
	u32 n;

	KUNIT_EXPECT_EQ(test, vkv_ftl_set_op(w->ftl, 500), 0);
	KUNIT_EXPECT_LT(test, world_usage(w).capacity, before * 6 / 10);
	KUNIT_EXPECT_EQ(test, vkv_ftl_op_permille(w->ftl), 500);
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_op(w->ftl, 0), 0);
	KUNIT_EXPECT_EQ(test, world_usage(w).capacity, before);
	for (n = 0; world_usage(w).used < before * 7 / 10; n++) {
		struct vkv_key key = { (u8 *)&n, 4, 1 };

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 4000, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_op(w->ftl, 500), -ENOSPC);
	KUNIT_EXPECT_EQ(test, world_usage(w).capacity, before);
	KUNIT_EXPECT_EQ(test, vkv_ftl_set_op(w->ftl, 200), 0);
	CHECK(test, w);
	/* It holds what it says. */
	for (n = 0; vkv_ftl_room(w->ftl) > 4096; n++) {
		u32 name = n + 1000000;
		struct vkv_key key = { (u8 *)&name, 4, 1 };

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 4000, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, vkv_ftl_op_permille(w->ftl), 200);
	CHECK(test, w);
}

/* Writes a key of a new keyspace, and reads it. */
static void use_keyspace(struct kunit *test, struct world *w, u8 keyspace,
			 bool block)
{
	u32 len = block ? 4096 : 5000 + keyspace;
	struct vkv_key key = { (u8 *)"key", 3, keyspace };

	pattern(scratch, len, keyspace);
	KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, len, 0), 0);
	KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, len), 0);
}

/* Keyspaces come one by one while keys are there, until all have come. */
static void keyspaces_come(struct kunit *test)
{
	struct world *w = start(test, 64 * MIB);
	struct vkv_key missing = { (u8 *)"key", 3, WORLD_KEYSPACES };
	u64 capacity = world_usage(w).capacity;
	u8 keyspace;
	u32 n;

	KUNIT_EXPECT_EQ(test, world_store(w, &missing, scratch, 1, 0), -EINVAL);
	for (n = WORLD_KEYSPACES; n < VKV_NR_KEYSPACES; n++) {
		KUNIT_ASSERT_EQ(test, vkv_ftl_open_keyspace(w->ftl, n % 3 == 0,
							    &keyspace), 0);
		KUNIT_ASSERT_EQ(test, keyspace, n);
		use_keyspace(test, w, keyspace, n % 3 == 0);
	}
	CHECK(test, w);
	KUNIT_EXPECT_LT(test, world_usage(w).capacity, capacity);
	KUNIT_EXPECT_EQ(test, vkv_ftl_open_keyspace(w->ftl, false, &keyspace),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, world_usage(w).keys, n - WORLD_KEYSPACES);
}

/* On a device that is full, a keyspace does not come, and nothing is lost. */
static void keyspace_needs_room(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	u64 capacity = world_usage(w).capacity;
	u8 keyspace = 0;
	int err;
	u32 n;

	for (n = 0; vkv_ftl_room(w->ftl) >= 4200; n++) {
		struct vkv_key key = { (u8 *)&n, 4, 1 };

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 4000, 0), 0);
	}
	while (vkv_ftl_room(w->ftl) >= 200) {
		struct vkv_key key = { (u8 *)&n, 4, 1 };

		n++;
		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 1, 0), 0);
	}
	/* The first ones may fit into what was rounded up. */
	while (!(err = vkv_ftl_open_keyspace(w->ftl, true, &keyspace)))
		KUNIT_ASSERT_EQ(test, world_usage(w).capacity, capacity);
	KUNIT_EXPECT_EQ(test, err, -ENOSPC);
	KUNIT_ASSERT_LT(test, keyspace, VKV_NR_KEYSPACES - 1);
	KUNIT_EXPECT_EQ(test, world_usage(w).capacity, capacity);
	CHECK(test, w);
	for (n = 0; n < 100; n++) {
		struct vkv_key key = { (u8 *)&n, 4, 1 };

		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	KUNIT_ASSERT_EQ(test, vkv_ftl_open_keyspace(w->ftl, false, &keyspace), 0);
	KUNIT_EXPECT_LT(test, world_usage(w).capacity, capacity);
	use_keyspace(test, w, keyspace, false);
	CHECK(test, w);
}

static void block_units(struct kunit *test)
{
	static const u64 device[] = { 16 * MIB, 32 * MIB, 64 * MIB };
	u32 d;

	for (d = 0; d < 2 * ARRAY_SIZE(device); d++) {
		u64 size = device[d / 2];
		struct world *w = test->priv;
		struct vkv_usage usage;
		u8 *version;
		u32 nr, n;

		KUNIT_ASSERT_EQ(test, world_init(w, size, WORLD_CTX,
						 d & 1 ? 10 : 0), 0);
		vkv_ftl_set_block(w->ftl, 1);
		nr = world_usage(w).capacity / 4096;
		version = calloc(nr, 1);
		for (n = 0; n < nr + size / 4096; n++) {
			u64 lba = n < nr ? n : below(w, nr);
			struct vkv_key key = { (u8 *)&lba, 8, 1 };

			pattern(scratch, 4096, lba + 1000000 * ++version[lba]);
			KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
							  4096, 0), 0);
		}
		usage = world_usage(w);
		KUNIT_EXPECT_EQ(test, usage.used, (u64)nr * 4096);
		CHECK(test, w);
		for (n = 0; n < nr; n++) {
			u64 lba = n;
			struct vkv_key key = { (u8 *)&lba, 8, 1 };

			pattern(scratch, 4096, lba + 1000000 * version[lba]);
			KUNIT_ASSERT_EQ(test, world_expect(w, &key, scratch,
							   4096), 0);
		}
		{
			u64 lba = nr;
			struct vkv_key key = { (u8 *)&lba, 8, 1 };
			struct vkv_key kv = text("k");

			KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch,
							  4096, 0), -ENOSPC);
			KUNIT_EXPECT_EQ(test, world_store(w, &kv, scratch, 0,
							  0), -ENOSPC);
			KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch,
							  4097, 0), -EINVAL);
		}
		free(version);
		world_exit(w);
		w->ftl = NULL;
	}
}

/* A commit over a changed version may need a charge that no longer fits. */
static void capacity_holds_at_commit(struct kunit *test)
{
	const struct mix *mix = &mixes[4];
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	struct vkv_key key;
	u64 used;
	u32 nr;

	nr = fill(test, w, mix);
	key = plain(buf, 3, mix->key_len);
	do {
		world_round(w, false);
	} while (vkv_ftl_reserve(w->other, &key, mix->size[0], 0, &txn,
				 &w->fp) == -EAGAIN);
	KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	key = plain(buf, nr, mix->key_len);
	used = world_usage(w).used;
	/*
	 * The open transaction holds the collector up, so there must be room
	 * already.
	 */
	if (!vkv_ftl_reserve(w->ctx, &key, mix->size[0], 0, &w->txn, &w->fp)) {
		KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->ctx, &w->txn, &w->fp),
				0);
		KUNIT_EXPECT_GT(test, world_usage(w).used, used);
		KUNIT_EXPECT_EQ(test, vkv_ftl_commit(w->other, &txn, &w->fp),
				-EAGAIN);
	} else {
		KUNIT_FAIL(test, "no room for the second key");
	}
	CHECK(test, w);
}

static void update_storm(struct kunit *test)
{
	static const u32 sizes[] = { 64, 1024 };
	struct world *w = start(test, 16 * MIB);
	u8 buf[VKV_KEY_MAX];
	u32 round, n;

	for (round = 0; round < 2; round++)
		for (n = 0; n < 2000; n++) {
			struct vkv_key key = plain(buf, n, 16);

			pattern(scratch, sizes[round], n * 2 + round);
			KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch,
							  sizes[round], 0), 0);
		}
	for (n = 0; n < 2000; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 1024, n * 2 + 1);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 1024), 0);
	}
	for (n = 0; n < 2000; n += 2) {
		struct vkv_key key = plain(buf, n, 16);

		KUNIT_EXPECT_EQ(test, world_delete(w, &key), 0);
	}
	for (n = 0; n < 2000; n++) {
		struct vkv_key key = plain(buf, n, 16);

		pattern(scratch, 1024, n * 2 + 1);
		KUNIT_EXPECT_EQ(test, world_expect(w, &key, scratch, 1024),
				n & 1 ? 0 : -ENOENT);
	}
	CHECK(test, w);
}

/* Makes small stores until one of them would have to wait for the collector. */
static void small_stores(struct kunit *test, struct world *w, u32 nr)
{
	u8 buf[VKV_KEY_MAX];
	int err = 0;

	while (!err) {
		struct vkv_key key = plain(buf, below(w, nr), 16);

		err = vkv_ftl_reserve(w->ctx, &key, 4096, 0, &w->txn, &w->fp);
		if (!err)
			KUNIT_ASSERT_EQ(test, vkv_ftl_commit(w->ctx, &w->txn,
							     &w->fp), 0);
		vkv_ftl_quiesce(w->ctx);
	}
	KUNIT_ASSERT_EQ(test, err, -EAGAIN);
}

/* Small stores take every segment, but a large store must still be served. */
static void large_store_is_not_starved(struct kunit *test)
{
	struct world *w = start(test, 16 * MIB);
	struct vkv_key big = text("big");
	static struct vkv_txn txn;
	u32 tries, nr;

	pattern(scratch, VKV_IO_MAX, 3);
	KUNIT_ASSERT_EQ(test, world_store(w, &big, scratch, VKV_IO_MAX, 0), 0);
	nr = fill(test, w, &mixes[3]);
	small_stores(test, w, nr);
	for (tries = 0; tries < 3000; tries++) {
		int err = vkv_ftl_reserve(w->other, &big, VKV_IO_MAX, 0, &txn,
					  &w->fp);

		if (!err)
			break;
		KUNIT_ASSERT_EQ(test, err, -EAGAIN);
		vkv_ftl_quiesce(w->other);
		small_stores(test, w, nr);
		vkv_ftl_collect(w->gc, false);
	}
	kunit_info(test, "served after %u tries", tries);
	KUNIT_EXPECT_LT(test, tries, 3000);
	KUNIT_EXPECT_GT(test, tries, 0);
	CHECK(test, w);
}

/* A thread that failed and does not ask again must not hold up the others. */
static void waiters_may_leave(struct kunit *test)
{
	static struct vkv_txn txn;
	struct world *w = start(test, 16 * MIB);
	struct vkv_key big = text("big");
	u8 buf[VKV_KEY_MAX];
	u64 before;
	u32 nr, i;

	KUNIT_ASSERT_EQ(test, world_store(w, &big, scratch, VKV_IO_MAX, 0), 0);
	nr = fill(test, w, &mixes[3]);
	for (i = 0; i < 4; i++) {
		struct vkv_key key = plain(buf, below(w, nr), 16);

		small_stores(test, w, nr);
		vkv_ftl_idle(w->ctx);
		KUNIT_ASSERT_EQ(test, vkv_ftl_reserve(w->other, &big,
				VKV_IO_MAX, 0, &txn, &w->fp), -EAGAIN);
		if (i & 1)
			vkv_ftl_idle(w->other);
		before = world_usage(w).collected;
		KUNIT_EXPECT_EQ(test, world_store(w, &key, scratch, 4096, 0),
				0);
		/*
		 * One segment is enough here, although the other thread had
		 * asked for nine.
		 */
		KUNIT_EXPECT_LE(test, world_usage(w).collected - before, 8);
	}
	CHECK(test, w);
}

/* The index */

/* Bytes that the indexes may use in addition to 16 bytes for each key. */
static u64 index_base(const struct world *w)
{
	return (WORLD_KEYSPACES + 1) * VKV_PAGE_SIZE *
	       (u64)variant->index->base_pages(w->size);
}

static void index_grows_and_shrinks(struct kunit *test)
{
	struct world *w = start(test, 64 * MIB);
	u8 buf[VKV_KEY_MAX];
	u64 base = world_usage(w).index;
	u64 extra = index_base(w);
	u64 worst = 0;
	u32 nr = 400000;
	u32 n;

	for (n = 0; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 8);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 0, 0), 0);
		if (n % 100 == 0)
			KUNIT_ASSERT_LE(test, world_usage(w).index,
					16ull * n + extra);
		if (n > nr / 2)
			worst = max(worst, world_usage(w).index * 100 / n);
	}
	kunit_info(test, "%llu bytes of index for %u keys, worst %llu.%02llu",
		   world_usage(w).index, nr, worst / 100, worst % 100);
	KUNIT_EXPECT_LE(test, worst, 1600);
	CHECK(test, w);
	for (n = 0; n < nr; n++) {
		struct vkv_key key = plain(buf, n, 8);

		if (n % 20)
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
		if (n % 100 == 0)
			KUNIT_ASSERT_LE(test, world_usage(w).index,
					16 * world_usage(w).keys + extra);
	}
	CHECK(test, w);
	/* Index pages lie in all segments, which are free afterwards. */
	KUNIT_ASSERT_EQ(test, world_settle(w), 0);
	KUNIT_EXPECT_GT(test, world_usage(w).free, 61 * MIB);
	for (n = 0; n < nr; n += 20) {
		struct vkv_key key = plain(buf, n, 8);

		KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
	}
	KUNIT_EXPECT_LE(test, world_usage(w).index, 2 * base);
	expect_empty(test, w);
}

/* Spreads keys over two keyspaces, each with its own index. */
static struct vkv_key spread(u8 *buf, u32 n)
{
	struct vkv_key key = plain(buf, n, 8);

	key.keyspace = n % 2 ? 3 : 0;
	return key;
}

/* Stores the keys, and returns the position in the middle of the order. */
static u64 middle_position(struct kunit *test, struct world *w, u32 nr)
{
	struct vkv_cursor cursor;
	u8 buf[VKV_KEY_MAX];
	u64 last = 0;
	u32 n;

	for (n = 0; n < nr; n++) {
		struct vkv_key key = spread(buf, n);

		KUNIT_ASSERT_EQ(test, world_store(w, &key, scratch, 0, 0), 0);
		vkv_ftl_seek(w->ctx, &key, &cursor);
		last = max(last, cursor.pos);
	}
	return last / 2;
}

/* Half of each index is emptied. The pages left over are scattered at first. */
static void index_pages_are_gathered(struct kunit *test)
{
	struct world *w = start(test, 64 * MIB);
	u64 middle = middle_position(test, w, 300000);
	struct vkv_usage usage;
	u8 buf[VKV_KEY_MAX];
	u32 n, left = 0;

	for (n = 0; n < 300000; n++) {
		struct vkv_key key = spread(buf, n);
		struct vkv_cursor cursor;

		vkv_ftl_seek(w->ctx, &key, &cursor);
		if (cursor.pos > middle)
			KUNIT_ASSERT_EQ(test, world_delete(w, &key), 0);
		else
			left++;
	}
	KUNIT_ASSERT_EQ(test, world_settle(w), 0);
	CHECK(test, w);
	usage = world_usage(w);
	KUNIT_EXPECT_EQ(test, usage.keys, left);
	KUNIT_EXPECT_GT(test, left, 100000);
	KUNIT_EXPECT_LT(test, left, 200000);
	KUNIT_EXPECT_LT(test, usage.physical - usage.free,
			usage.live * 33 / 32 + usage.index * 65 / 64 +
			4 * segment_size(w));
	for (n = 0; n < 300000; n++) {
		struct vkv_key key = spread(buf, n);

		if (!world_delete(w, &key))
			left--;
	}
	KUNIT_EXPECT_EQ(test, left, 0);
	expect_empty(test, w);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(create_arguments),
	KUNIT_CASE(create_without_memory),
	KUNIT_CASE(create_is_lazy),
	KUNIT_CASE(values_of_all_sizes),
	KUNIT_CASE(keys_of_all_lengths),
	KUNIT_CASE(keys_are_length_and_bytes),
	KUNIT_CASE(keys_like_fragments),
	KUNIT_CASE(arguments_out_of_range),
	KUNIT_CASE(keyspaces_are_bounded),
	KUNIT_CASE(lookup_windows),
	KUNIT_CASE(store_conditions),
	KUNIT_CASE(conditions_hold_at_commit),
	KUNIT_CASE(appends_race),
	KUNIT_CASE(replace_is_exact),
	KUNIT_CASE(collection_is_no_change),
	KUNIT_CASE(transactions_are_safe),
	KUNIT_CASE(views_are_pinned),
	KUNIT_CASE(append_steps),
	KUNIT_CASE(append_aborted),
	KUNIT_CASE(append_to_the_limit),
	KUNIT_CASE(random_operations),
	KUNIT_CASE(random_collisions),
	KUNIT_CASE(full_small_devices),
	KUNIT_CASE(full_larger_devices),
	KUNIT_CASE(huge_values),
	KUNIT_CASE(full_of_something_else),
	KUNIT_CASE(quota_holds_at_reserve),
	KUNIT_CASE(aside_is_used_first),
	KUNIT_CASE(quota_changes),
	KUNIT_CASE(op_changes),
	KUNIT_CASE(keyspaces_come),
	KUNIT_CASE(keyspace_needs_room),
	KUNIT_CASE(block_units),
	KUNIT_CASE(capacity_holds_at_commit),
	KUNIT_CASE(update_storm),
	KUNIT_CASE(large_store_is_not_starved),
	KUNIT_CASE(waiters_may_leave),
	KUNIT_CASE(index_grows_and_shrinks),
	KUNIT_CASE(index_pages_are_gathered),
	{}
};

ftl_test_suite("ftl", cases);
