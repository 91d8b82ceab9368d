// SPDX-License-Identifier: GPL-2.0
/*
 * Makes histories.
 *
 * All threads work on the same few keys. Each thread also stores keys of its
 * own, the filling, so that the collector is busy. All threads run to a
 * barrier. Then every key is read once more, which ends its history. The next
 * history begins with this value.
 *
 * A value is a row of chunks: one for the store, and one for each append. A
 * chunk has its tag, its size, and bytes that are computed from the tag. So a
 * value proves which chunks it is made of.
 */
#include "native/ftl/history_run.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <linux/atomic.h>

#include "native/ftl/history.h"
#include "ftl/hash.h"
#include "native/ftl/variant_world.h"

#define WORKERS_MAX (HISTORY_THREADS - 1)
#define READER (HISTORY_THREADS - 1)
#define KEYS 3u
#define OPS_PER_ROUND 48u
#define FRAGMENT 8192u
#define CHUNK_MIN 16u
#define VALUE_MAX (2u << 20)
/* Bytes that the filling leaves free for the shared keys. */
#define ROOM (64u << 10)
#define FILLING_MAX 2048u
/* One in so many keys of the filling is deleted again. */
#define THIN 4u

enum { SHARED, FILLING };

/* True in the threads of a run, false in the thread that prepares it. */
static __thread bool may_pass;

struct run {
	struct world w;		/* the reader's context and the device */
	struct history history[KEYS];
	struct history_report *report;
	pthread_barrier_t begin, end;
	atomic64_t clock;
	atomic64_t full;
	atomic_t running;
	atomic_t starved;
	u32 threads;
	u32 filling;
};

struct worker {
	struct run *run;
	struct vkv_ftl_ctx *ctx;
	struct world w;		/* random numbers, view and transaction */
	u32 nr;
	u64 tags;
	u8 *data;
	pthread_t thread;
};

static_assert(OPS_PER_ROUND <= HISTORY_OPS);

static struct vkv_key make_key(const u32 *nr, u8 keyspace)
{
	return (struct vkv_key){
		.data = (const u8 *)nr, .len = sizeof(*nr), .keyspace = keyspace };
}

/*
 * The linker makes the core call these functions at two places where another
 * thread can overtake it: after it released a lock, and before it looks for a
 * key.
 */
static void let_pass(void)
{
	static __thread u32 x;

	x = x * 1664525 + 1013904223;
	if (may_pass && !(x >> 29))
		sched_yield();
}

int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
u64 __real_vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len);
u64 __wrap_vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len);

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	int err = __real_pthread_mutex_unlock(mutex);

	let_pass();
	return err;
}

u64 __wrap_vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len)
{
	let_pass();
	return __real_vkv_hash(key, data, len);
}

/* Lets other threads run, sometimes until all segments are reused. */
static void give_way(struct worker *me)
{
	u32 n = below(&me->w, 32) ? below(&me->w, 4) : 300;
	s64 until = atomic64_read(&me->run->clock) + 150;

	while (n-- && atomic64_read(&me->run->clock) < until)
		sched_yield();
}

/* Values */

static void make_chunk(u8 *data, u64 tag, u64 size)
{
	pattern(data + CHUNK_MIN, size - CHUNK_MIN, tag);
	memcpy(data, &tag, sizeof(tag));
	memcpy(data + sizeof(tag), &size, sizeof(size));
}

static bool chunk_intact(const u8 *data, u64 tag, u64 size)
{
	static __thread u8 should[6 * FRAGMENT];

	if (size > sizeof(should))
		return false;
	make_chunk(should, tag, size);
	return !memcmp(should, data, size);
}

static u64 gather(u8 *to, const struct vkv_view *view)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < view->nr; i++) {
		if (view->piece[i].len > VALUE_MAX - at)
			return 0;
		memcpy(to + at, view->piece[i].data, view->piece[i].len);
		at += view->piece[i].len;
	}
	return at;
}

/* Returns the state that a view shows. */
static struct value read_value(u8 *buf, const struct vkv_view *view)
{
	struct value v = { .size = view->size };
	u64 end = gather(buf, view);
	u64 at = 0;
	u64 tag, size;

	if (end != view->size || !end)
		v.id = HISTORY_TORN;
	while (at < end && v.id != HISTORY_TORN) {
		size = 0;
		if (end - at >= CHUNK_MIN) {
			memcpy(&tag, buf + at, sizeof(tag));
			memcpy(&size, buf + at + sizeof(tag), sizeof(size));
		}
		if (size < CHUNK_MIN || size > end - at ||
		    !chunk_intact(buf + at, tag, size))
			v.id = HISTORY_TORN;
		else
			v.id = history_append(v.id, tag);
		at += size;
	}
	return v;
}

/* Chooses a small size, or sometimes one of several fragments. */
static u64 any_size(struct worker *me)
{
	return CHUNK_MIN + below(&me->w, below(&me->w, 3) ? 200 : 4 * FRAGMENT);
}

/* Operations. Each is tried once. After -EAGAIN it is tried again later. */

static int write_chunk(struct worker *me, const struct vkv_key *key,
		       struct op *op)
{
	struct world *w = &me->w;
	int err = vkv_ftl_reserve(me->ctx, key, op->size, op->flags, &w->txn,
				  &w->fp);

	if (err)
		return err;
	make_chunk(me->data, op->tag, op->size);
	if (!txn_fill(&w->txn, me->data, op->size))
		op->seen.id = HISTORY_TORN;
	give_way(me);
	return 0;
}

static int try_store(struct worker *me, const struct vkv_key *key,
		     struct op *op)
{
	int err = write_chunk(me, key, op);

	return err ?: vkv_ftl_commit(me->ctx, &me->w.txn, &me->w.fp);
}

static int try_retrieve(struct worker *me, const struct vkv_key *key,
			struct op *op)
{
	struct world *w = &me->w;
	u32 len = op->kind == OP_EXISTS ? 0 : VKV_IO_MAX;
	int err = vkv_ftl_lookup(me->ctx, key, 0, len, &w->view, &w->fp);

	op->seen = (struct value){};
	if (err)
		return err;
	give_way(me);
	if (op->kind == OP_EXISTS)
		op->seen.size = w->view.size;
	else
		op->seen = read_value(me->data, &w->view);
	return 0;
}

static int try_replace(struct worker *me, const struct vkv_key *key,
		       struct op *op)
{
	struct world *w = &me->w;
	int err = try_retrieve(me, key, op);
	bool there = !err;

	if (err && err != -ENOENT)
		return err;
	err = write_chunk(me, key, op);
	return err ?: vkv_ftl_replace(me->ctx, &w->txn, there ? &w->view : NULL,
				      &w->fp);
}

static int try_op(struct worker *me, const struct vkv_key *key, struct op *op)
{
	switch (op->kind) {
	case OP_STORE: return try_store(me, key, op);
	case OP_REPLACE: return try_replace(me, key, op);
	case OP_DELETE: return vkv_ftl_delete(me->ctx, key, &me->w.fp);
	default: return try_retrieve(me, key, op);
	}
}

/* Repeats an operation until it has an answer. */
static void perform(struct worker *me, const struct vkv_key *key, struct op *op)
{
	u32 tries = 0;

	op->invoked = atomic64_inc_return(&me->run->clock);
	do {
		op->err = try_op(me, key, op);
		vkv_ftl_quiesce(me->ctx);
		if (op->err == -EAGAIN)
			sched_yield();
	} while (op->err == -EAGAIN && ++tries < 50 * WORLD_PATIENCE);
	op->returned = atomic64_inc_return(&me->run->clock);
	if (op->err == -EAGAIN)
		atomic_set(&me->run->starved, 1);
	if (op->err == -ENOSPC)
		atomic64_inc(&me->run->full);
}

static void choose_op(struct worker *me, struct op *op)
{
	static const struct {
		enum op_kind kind;
		u32 flags;
	} choices[] = {
		{ OP_STORE, 0 }, { OP_STORE, 0 },
		{ OP_STORE, VKV_STORE_IF_ABSENT },
		{ OP_STORE, VKV_STORE_IF_ABSENT },
		{ OP_STORE, VKV_STORE_IF_PRESENT },
		{ OP_STORE, VKV_STORE_APPEND },
		{ OP_STORE, VKV_STORE_APPEND },
		{ OP_STORE, VKV_STORE_APPEND | VKV_STORE_IF_PRESENT },
		{ OP_REPLACE, 0 }, { OP_REPLACE, 0 },
		{ OP_RETRIEVE, 0 }, { OP_RETRIEVE, 0 }, { OP_RETRIEVE, 0 },
		{ OP_RETRIEVE, 0 }, { OP_EXISTS, 0 },
		{ OP_DELETE, 0 }, { OP_DELETE, 0 },
	};
	u32 n = below(&me->w, ARRAY_SIZE(choices));

	*op = (struct op){
		.kind = choices[n].kind,
		.flags = choices[n].flags,
		.tag = (u64)(me->nr + 1) << 48 | ++me->tags,
		.size = any_size(me),
	};
}

/*
 * Overwrites one key of this thread's filling. This makes garbage, and the
 * collector has live records to move.
 */
static void churn(struct worker *me)
{
	struct run *run = me->run;
	u32 per = run->filling / run->threads;
	u32 nr = me->nr * per + below(&me->w, per);
	struct vkv_key key = make_key(&nr, FILLING);
	struct world *w = &me->w;

	if (nr % THIN &&
	    !vkv_ftl_reserve(me->ctx, &key, FRAGMENT, 0, &w->txn, &w->fp) &&
	    vkv_ftl_commit(me->ctx, &w->txn, &w->fp) == -ENOENT)
		atomic_set(&run->starved, 1);
	vkv_ftl_quiesce(me->ctx);
}

static void one_round(struct worker *me)
{
	u32 i;

	for (i = 0; i < OPS_PER_ROUND; i++) {
		u32 nr = below(&me->w, KEYS);
		struct history *h = &me->run->history[nr];
		struct vkv_key key = make_key(&nr, SHARED);
		struct op *op = &h->op[me->nr][h->nr[me->nr]++];

		choose_op(me, op);
		perform(me, &key, op);
		while (below(&me->w, 3))
			churn(me);
	}
	vkv_ftl_idle(me->ctx);
}

static void *work(void *arg)
{
	struct worker *me = arg;

	may_pass = true;
	for (;;) {
		pthread_barrier_wait(&me->run->begin);
		if (!atomic_read(&me->run->running))
			return NULL;
		one_round(me);
		pthread_barrier_wait(&me->run->end);
	}
}

static void *collect(void *arg)
{
	struct run *run = arg;
	u32 i = 0;

	may_pass = true;
	while (atomic_read(&run->running))
		if (!vkv_ftl_collect(run->w.gc, !(++i % 4)))
			sched_yield();
	return NULL;
}

/* The device */

static int fill(struct run *run, u64 leave)
{
	static u8 data[FRAGMENT];
	int err = 0;

	while (!err && run->filling < FILLING_MAX &&
	       vkv_ftl_room(run->w.ftl) >= leave) {
		struct vkv_key key = make_key(&run->filling, FILLING);

		err = world_store(&run->w, &key, data, FRAGMENT, 0);
		run->filling++;
	}
	return err;
}

/*
 * Fills the device nearly, with holes in every segment. The last values stay.
 */
static int fill_device(struct run *run)
{
	int err = fill(run, ROOM);
	u32 end = run->filling;
	u32 nr;

	for (nr = 0; !err && nr < end; nr += THIN) {
		struct vkv_key key = make_key(&nr, FILLING);

		err = world_delete(&run->w, &key);
	}
	if (!err)
		err = fill(run, ROOM);
	run->filling = end;
	return err;
}

/* Checking */

static void count_overlaps(struct run *run, const struct history *h)
{
	u32 a, b, i, j;

	for (a = 0; a < run->threads; a++)
		for (b = 0; b < a; b++)
			for (i = j = 0; i < h->nr[a] && j < h->nr[b];) {
				const struct op *x = &h->op[a][i];
				const struct op *y = &h->op[b][j];

				run->report->overlaps +=
					x->invoked < y->returned &&
					y->invoked < x->returned;
				if (x->returned < y->returned)
					i++;
				else
					j++;
			}
	for (a = 0; a < run->threads; a++)
		run->report->operations += h->nr[a];
}

static bool check_key(struct run *run, struct worker *reader,
		      struct checker *checker, u32 nr)
{
	struct history *h = &run->history[nr];
	struct vkv_key key = make_key(&nr, SHARED);
	struct op *last = &h->op[READER][0];
	enum verdict verdict;

	*last = (struct op){ .kind = OP_RETRIEVE };
	perform(reader, &key, last);
	h->nr[READER] = 1;
	verdict = history_check(checker, h);
	count_overlaps(run, h);
	if (verdict != LINEARIZABLE) {
		history_print(h);
		snprintf(run->report->failed, sizeof(run->report->failed),
			 "key %u: %s", nr, verdict == UNDECIDED ?
			 "the search grew too large" : "not linearizable");
		return false;
	}
	h->initial = last->seen;
	memset(h->nr, 0, sizeof(h->nr));
	return true;
}

static bool check_round(struct run *run, struct worker *reader,
			struct checker *checker)
{
	u32 i;

	if (atomic_read(&run->starved)) {
		snprintf(run->report->failed, sizeof(run->report->failed),
			 "an operation without end");
		return false;
	}
	for (i = 0; i < KEYS; i++)
		if (!check_key(run, reader, checker, i))
			return false;
	return true;
}

static void init_worker(struct worker *me, struct run *run, u32 nr, u32 ctx)
{
	memset(me, 0, sizeof(*me));
	me->run = run;
	me->nr = nr;
	me->ctx = vkv_ftl_ctx(run->w.ftl, ctx);
	me->w.rng = nr + 77;
	me->data = malloc(VALUE_MAX);
	if (!me->data)
		abort();
}

static void run_rounds(struct run *run, struct worker *reader, u32 rounds)
{
	struct checker *checker = history_checker();
	bool good = checker;

	while (good && rounds--) {
		pthread_barrier_wait(&run->begin);
		pthread_barrier_wait(&run->end);
		good = check_round(run, reader, checker);
		vkv_ftl_idle(reader->ctx);
	}
	free(checker);
}

static void run_threads(struct run *run, u32 rounds)
{
	static struct worker workers[WORKERS_MAX], reader;
	pthread_t collector;
	u32 i;

	pthread_barrier_init(&run->begin, NULL, run->threads + 1);
	pthread_barrier_init(&run->end, NULL, run->threads + 1);
	atomic_set(&run->running, 1);
	init_worker(&reader, run, READER, 0);
	for (i = 0; i < run->threads; i++) {
		init_worker(&workers[i], run, i, i + 1);
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
	}
	if (pthread_create(&collector, NULL, collect, run))
		abort();
	run_rounds(run, &reader, rounds);
	atomic_set(&run->running, 0);
	pthread_barrier_wait(&run->begin);
	for (i = 0; i < run->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		free(workers[i].data);
	}
	pthread_join(collector, NULL);
	free(reader.data);
	pthread_barrier_destroy(&run->begin);
	pthread_barrier_destroy(&run->end);
}

void history_run(const struct variant *variant, u32 threads, u32 rounds,
		 struct history_report *report)
{
	static struct run run;
	int err;

	memset(&run, 0, sizeof(run));
	memset(report, 0, sizeof(*report));
	run.report = report;
	run.threads = threads;
	err = world_of(&run.w, variant, threads + 2);
	if (!err) {
		err = fill_device(&run);
		vkv_ftl_idle(run.w.ctx);
		if (!err)
			run_threads(&run, rounds);
		if (!err && !report->failed[0] && world_check(&run.w))
			snprintf(report->failed, sizeof(report->failed), "%s",
				 run.w.why);
		report->full = atomic64_read(&run.full);
		report->collected = world_usage(&run.w).collected;
		world_exit(&run.w);
	}
	if (err)
		snprintf(report->failed, sizeof(report->failed), "start: %d",
			 err);
}
