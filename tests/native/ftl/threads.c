// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the FTL core with several threads and its collector, on a nearly full
 * device. Every thread has keys of its own and knows their values. All threads
 * also share keys, whose values prove that they are whole:
 *
 *	whole	a tag, and bytes that are computed from it
 *	count	a number, read, increased and replaced
 *	log	appended to, 16 bytes a time
 *	token	created if absent, and deleted; only one thread can win
 */
#include <pthread.h>
#include <linux/atomic.h>

#include "native/ftl/suite.h"

#define THREADS 3
#define OWN_KEYS 2500
#define SHARED_KEYS 20
#define LOG_LIMIT (6 * FRAGMENT)
#ifndef ROUNDS
#define ROUNDS 40000
#endif

/* Keyspaces */
enum { OWN, WHOLE, COUNT, LOG, TOKEN };

struct log_entry {
	u32 thread;
	u32 nr;
	u64 sum;
};

struct shared {
	struct vkv_ftl *ftl;
	atomic_t running;
	atomic_t failed;
	atomic64_t counted;
	atomic64_t tokens;
	atomic64_t full;
};

struct worker {
	struct world w;		/* own context, buffers and random numbers */
	struct shared *shared;
	u32 nr;
	u32 logged;
	u64 version[OWN_KEYS];	/* 0: absent */
	u8 *data;
	pthread_t thread;
};

#define SIZE_MAX_OWN (3 * FRAGMENT)

static void fail(struct worker *me, const char *what, int err)
{
	printf("# thread %u: %s: %d\n", me->nr, what, err);
	atomic_set(&me->shared->failed, 1);
}

static u64 size_of(u64 tag)
{
	u64 x = tag * 0x9e3779b97f4a7c15ull;

	return x >> 61 ? 16 + (x >> 32) % 2000 : 16 + (x >> 32) % SIZE_MAX_OWN;
}

static struct vkv_key make_key(u64 *buf, u8 keyspace, u32 nr)
{
	*buf = nr;
	return (struct vkv_key){
		.data = (u8 *)buf, .len = sizeof(*buf), .keyspace = keyspace };
}

/* Stores a value, and tries again after -EAGAIN, in the next round. */
static int store(struct worker *me, const struct vkv_key *key, u64 size,
		 u32 flags)
{
	struct world *w = &me->w;
	int err;

	do {
		err = vkv_ftl_reserve(w->ctx, key, size, flags, &w->txn,
				      &w->fp);
		if (!err && !txn_fill(&w->txn, me->data, size))
			fail(me, "pieces", 0);
		if (!err)
			err = vkv_ftl_commit(w->ctx, &w->txn, &w->fp);
		vkv_ftl_quiesce(w->ctx);
		if (err == -EAGAIN)
			sched_yield();
	} while (err == -EAGAIN && !atomic_read(&me->shared->failed));
	if (err == -ENOSPC)
		atomic64_inc(&me->shared->full);
	return err;
}

static void step_own(struct worker *me)
{
	struct world *w = &me->w;
	u32 n = below(w, OWN_KEYS);
	struct vkv_key key;
	u64 buf, tag;
	int err;

	key = make_key(&buf, OWN, me->nr * OWN_KEYS + n);
	if (me->version[n])
		pattern(me->data, size_of(me->version[n]), me->version[n]);
	err = vkv_ftl_lookup(w->ctx, &key, 0, VKV_IO_MAX, &w->view, &w->fp);
	if (err != (me->version[n] ? 0 : -ENOENT))
		fail(me, "own key", err);
	else if (!err && (w->view.size != size_of(me->version[n]) ||
			  !view_equals(&w->view, me->data, w->view.size)))
		fail(me, "own value", 0);
	vkv_ftl_quiesce(w->ctx);
	if (!below(w, 4)) {
		err = vkv_ftl_delete(w->ctx, &key, &w->fp);
		if (err != (me->version[n] ? 0 : -ENOENT))
			fail(me, "own delete", err);
		me->version[n] = 0;
		return;
	}
	tag = world_random(w) | 1;
	pattern(me->data, size_of(tag), tag);
	err = store(me, &key, size_of(tag), 0);
	if (!err)
		me->version[n] = tag;
	else if (err != -ENOSPC && !atomic_read(&me->shared->failed))
		fail(me, "own store", err);
}

static void store_whole(struct worker *me, const struct vkv_key *key)
{
	u64 tag = world_random(&me->w);
	u64 size = size_of(tag);
	int err;

	pattern(me->data, size, tag);
	memcpy(me->data, &tag, sizeof(tag));
	err = store(me, key, size, 0);
	if (err && err != -ENOSPC && !atomic_read(&me->shared->failed))
		fail(me, "shared store", err);
}

static void read_whole(struct worker *me, const struct vkv_key *key)
{
	struct world *w = &me->w;
	u64 tag;
	int err;

	err = vkv_ftl_lookup(w->ctx, key, 0, VKV_IO_MAX, &w->view, &w->fp);
	if (err == -ENOENT || err == -EAGAIN)
		return;
	if (err) {
		fail(me, "shared lookup", err);
		return;
	}
	memcpy(&tag, w->view.piece[0].data, sizeof(tag));
	if (w->view.size != size_of(tag)) {
		fail(me, "size of a shared value", (int)w->view.size);
		return;
	}
	pattern(me->data, w->view.size, tag);
	memcpy(me->data, &tag, sizeof(tag));
	if (!view_equals(&w->view, me->data, w->view.size))
		fail(me, "a mix of versions", 0);
}

static void step_whole(struct worker *me)
{
	u64 buf;
	struct vkv_key key = make_key(&buf, WHOLE, below(&me->w, SHARED_KEYS));

	switch (below(&me->w, 8)) {
	case 0:
		if (vkv_ftl_delete(me->w.ctx, &key, &me->w.fp) == -EAGAIN)
			fail(me, "shared delete", 0);
		break;
	case 1:
	case 2:
	case 3:
		store_whole(me, &key);
		break;
	default:
		read_whole(me, &key);
	}
}

static void step_count(struct worker *me)
{
	struct world *w = &me->w;
	u64 buf, value = 0;
	struct vkv_key key = make_key(&buf, COUNT, below(w, 4));
	struct vkv_view *base = NULL;
	int err;

	err = vkv_ftl_lookup(w->ctx, &key, 0, 8, &w->view, &w->fp);
	if (!err) {
		base = &w->view;
		memcpy(&value, w->view.piece[0].data, sizeof(value));
	}
	err = vkv_ftl_reserve(w->ctx, &key, sizeof(value), 0, &w->txn, &w->fp);
	if (err)
		return;
	value++;
	memcpy(w->txn.piece[0].data, &value, sizeof(value));
	err = vkv_ftl_replace(w->ctx, &w->txn, base, &w->fp);
	if (!err)
		atomic64_inc(&me->shared->counted);
	else if (err != -EAGAIN)
		fail(me, "replace", err);
}

static u64 log_sum(u32 thread, u32 nr)
{
	return ((u64)thread << 32 | nr) * 0x9e3779b97f4a7c15ull;
}

/* The entries of one thread must be in its order, and none may be torn. */
static void read_log(struct worker *me, const struct vkv_key *key)
{
	struct world *w = &me->w;
	u32 last[THREADS] = {};
	u64 at = 0;
	u32 i;

	if (vkv_ftl_lookup(w->ctx, key, 0, VKV_IO_MAX, &w->view, &w->fp))
		return;
	for (i = 0; i < w->view.nr; i++) {
		memcpy(me->data + at, w->view.piece[i].data,
		       w->view.piece[i].len);
		at += w->view.piece[i].len;
	}
	if (at != w->view.size || at % sizeof(struct log_entry))
		fail(me, "size of a log", (int)at);
	for (i = 0; i < at / sizeof(struct log_entry); i++) {
		struct log_entry e;

		memcpy(&e, me->data + i * sizeof(e), sizeof(e));
		if (e.thread >= THREADS || e.sum != log_sum(e.thread, e.nr) ||
		    e.nr <= last[e.thread]) {
			fail(me, "log entry", i);
			return;
		}
		last[e.thread] = e.nr;
	}
}

static void step_log(struct worker *me)
{
	struct world *w = &me->w;
	u64 buf;
	struct vkv_key key = make_key(&buf, LOG, below(w, 3));
	struct log_entry e = { .thread = me->nr, .nr = ++me->logged };
	int err;

	read_log(me, &key);
	e.sum = log_sum(e.thread, e.nr);
	if (w->view.size > LOG_LIMIT && !below(w, 50)) {
		if (vkv_ftl_delete(w->ctx, &key, &w->fp) == -EAGAIN)
			fail(me, "log delete", 0);
		return;
	}
	vkv_ftl_quiesce(w->ctx);
	memcpy(me->data, &e, sizeof(e));
	err = store(me, &key, sizeof(e), VKV_STORE_APPEND);
	if (err && err != -ENOSPC && !atomic_read(&me->shared->failed))
		fail(me, "append", err);
}

static void step_token(struct worker *me)
{
	u64 buf;
	struct vkv_key key = make_key(&buf, TOKEN, below(&me->w, 4));
	int err;

	if (below(&me->w, 2)) {
		err = store(me, &key, 0, VKV_STORE_IF_ABSENT);
		if (!err)
			atomic64_inc(&me->shared->tokens);
	} else {
		err = vkv_ftl_delete(me->w.ctx, &key, &me->w.fp);
		if (!err)
			atomic64_dec(&me->shared->tokens);
	}
}

static void step_list(struct worker *me)
{
	struct vkv_cursor cursor = {};
	u32 budget = 40, n = 0;
	struct vkv_key key;
	u64 pos = 0;

	while (!vkv_ftl_next(me->w.ctx, OWN, &cursor, NULL, NULL, &budget,
			     &key, &me->w.fp)) {
		if (key.len != 8 || key.keyspace != OWN || cursor.pos < pos)
			fail(me, "listing", n);
		pos = cursor.pos;
		n++;
	}
}

static void *work(void *arg)
{
	struct worker *me = arg;
	u32 i;

	for (i = 0; i < ROUNDS && !atomic_read(&me->shared->failed); i++) {
		switch (below(&me->w, 16)) {
		case 0: step_list(me); break;
		case 1: step_token(me); break;
		case 2: step_log(me); break;
		case 3: step_count(me); break;
		case 4: case 5: case 6: case 7: step_whole(me); break;
		default: step_own(me);
		}
		if (below(&me->w, 50))
			vkv_ftl_quiesce(me->w.ctx);
		else
			vkv_ftl_idle(me->w.ctx);
	}
	vkv_ftl_idle(me->w.ctx);
	return NULL;
}

static void *gather(void *arg)
{
	struct shared *s = arg;
	struct vkv_ftl_ctx *ctx = vkv_ftl_ctx(s->ftl, THREADS);
	u32 i = 0;

	while (atomic_read(&s->running))
		if (!vkv_ftl_collect(ctx, !(++i % 8)))
			sched_yield();
	return NULL;
}

static u64 count_value(struct world *w, u32 nr)
{
	u64 buf, value = 0;
	struct vkv_key key = make_key(&buf, COUNT, nr);

	if (!vkv_ftl_lookup(w->ctx, &key, 0, 8, &w->view, &w->fp))
		memcpy(&value, w->view.piece[0].data, sizeof(value));
	return value;
}

static void start_worker(struct kunit *test, struct worker *me,
			 struct shared *shared, struct world *w, u32 nr,
			 void *(*run)(void *arg))
{
	memset(me, 0, sizeof(*me));
	me->w = *w;
	me->w.ctx = vkv_ftl_ctx(w->ftl, nr);
	me->w.rng = nr + 99;
	me->shared = shared;
	me->nr = nr;
	me->data = malloc(1 << 20);
	KUNIT_ASSERT_EQ(test, pthread_create(&me->thread, NULL, run, me), 0);
}

static void many_threads(struct kunit *test)
{
	static struct worker workers[THREADS];
	static struct world w;
	struct shared shared = {};
	pthread_t collector;
	u64 bytes, keys, sum = 0;
	u32 i;

	KUNIT_ASSERT_EQ(test, world_init(&w, 16ull << 20, THREADS + 1, 0), 0);
	shared.ftl = w.ftl;
	atomic_set(&shared.running, 1);
	KUNIT_ASSERT_EQ(test, pthread_create(&collector, NULL, gather,
					     &shared), 0);
	for (i = 0; i < THREADS; i++)
		start_worker(test, &workers[i], &shared, &w, i, work);
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	atomic_set(&shared.running, 0);
	pthread_join(collector, NULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&shared.failed), 0);
	KUNIT_EXPECT_TRUE_MSG(test, !world_check(&w), "checker: %s", w.why);
	for (i = 0; i < 4; i++)
		sum += count_value(&w, i);
	KUNIT_EXPECT_EQ(test, sum, atomic64_read(&shared.counted));
	KUNIT_EXPECT_GT(test, sum, 0);
	vkv_ftl_keyspace_usage(w.ftl, TOKEN, &bytes, &keys);
	KUNIT_EXPECT_EQ(test, keys, atomic64_read(&shared.tokens));
	KUNIT_EXPECT_EQ(test, world_settle(&w), 0);
	KUNIT_EXPECT_TRUE_MSG(test, !world_check(&w), "checker: %s", w.why);
	{
		struct vkv_usage usage = world_usage(&w);

		kunit_info(test, "%llu keys, %llu%% used, full %lld times, %llu segments collected, counted to %llu",
			   usage.keys, usage.used * 100 / usage.capacity,
			   (long long)atomic64_read(&shared.full),
			   usage.collected, sum);
		KUNIT_EXPECT_GT(test, usage.collected, 10);
	}
	for (i = 0; i < THREADS; i++)
		free(workers[i].data);
	world_exit(&w);
}

/*
 * All threads store and delete one key at once. So entries change between a
 * lookup and its change. Records also die before their commit has ended.
 */
static void *fight(void *arg)
{
	struct worker *me = arg;
	struct world *w = &me->w;
	u64 buf;
	struct vkv_key key = make_key(&buf, WHOLE, 0);
	u32 i;
	int err;

	for (i = 0; i < ROUNDS && !atomic_read(&me->shared->failed); i++) {
		if (below(w, 3))
			err = store(me, &key, 16, 0);
		else
			err = vkv_ftl_delete(w->ctx, &key, &w->fp);
		if (err && err != -ENOENT)
			fail(me, "fight", err);
		vkv_ftl_quiesce(w->ctx);
	}
	vkv_ftl_idle(w->ctx);
	return NULL;
}

static void one_key(struct kunit *test)
{
	static struct worker workers[THREADS];
	static struct world w;
	struct shared shared = {};
	pthread_t collector;
	u32 i;

	KUNIT_ASSERT_EQ(test, world_init(&w, 16ull << 20, THREADS + 1, 0), 0);
	shared.ftl = w.ftl;
	atomic_set(&shared.running, 1);
	KUNIT_ASSERT_EQ(test, pthread_create(&collector, NULL, gather,
					     &shared), 0);
	for (i = 0; i < THREADS; i++)
		start_worker(test, &workers[i], &shared, &w, i, fight);
	for (i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	atomic_set(&shared.running, 0);
	pthread_join(collector, NULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&shared.failed), 0);
	KUNIT_EXPECT_TRUE_MSG(test, !world_check(&w), "checker: %s", w.why);
	KUNIT_EXPECT_LE(test, world_usage(&w).keys, 1);
	for (i = 0; i < THREADS; i++)
		free(workers[i].data);
	world_exit(&w);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(many_threads),
	KUNIT_CASE(one_key),
	{}
};

ftl_test_suite("ftl_threads", cases);
