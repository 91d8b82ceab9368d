// SPDX-License-Identifier: GPL-2.0
/*
 * Does operations as a worker of the device does them. A retrieve is a lookup,
 * a copy to a buffer and a quiescent point. A store is a reserve, a copy, a
 * commit and a quiescent point.
 *
 * The collector has a thread of its own if there is a CPU for it. Otherwise a
 * thread that stores or deletes takes a collector step when one is wanted. The
 * mean includes these steps, because they delay the operations. The times of
 * single operations do not include them, because in the device another thread
 * takes them.
 */
#include "native/bench/phase.h"

#include <sched.h>
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "native/bench/team.h"

#define BUFFER 4096u
/* An operation that has to wait more often than this counts as wrong. */
#define PATIENCE 1000000u

/* The state that all threads of a phase share. */
struct crew {
	struct bed *bed;
	const struct phase *phase;
	bool own_collector;
	spinlock_t gc_lock;	/* protects the collector's context */
	atomic_t running;
};

struct worker {
	struct crew *crew;
	struct vkv_ftl *ftl;
	struct vkv_ftl_ctx *ctx;	/* the worker's or the collector's */
	int (*op)(struct worker *w, u32 i);
	int expect;
	bool writes;
	u64 nr;
	u64 wrong;
	u64 retries;
	struct key_source keys;
	struct key_batch batch;
	u64 took[KEY_BATCH];
	struct lap lap;
	u8 buffer[BUFFER] __aligned(64);
	struct vkv_footprint fp;
	struct vkv_view view;
	struct vkv_txn txn;
	struct measure m;
};

static struct vkv_key key_of(const struct worker *w, u32 i)
{
	return (struct vkv_key){ .data = w->batch.key[i], .len = KEY_BYTES };
}

static bool tag_wrong(const struct worker *w, u32 i)
{
	u64 tag;

	memcpy(&tag, w->buffer, sizeof(tag));
	return tag != w->batch.tag[i];
}

static int do_retrieve(struct worker *w, u32 i)
{
	u32 size = w->crew->bed->cfg.value;
	struct vkv_key key = key_of(w, i);
	u8 *to = w->buffer;
	unsigned int p;
	int err;

	err = vkv_ftl_lookup(w->ctx, &key, 0, size, &w->view, &w->fp);
	for (p = 0; !err && p < w->view.nr; p++) {
		memcpy(to, w->view.piece[p].data, w->view.piece[p].len);
		to += w->view.piece[p].len;
	}
	vkv_ftl_quiesce(w->ctx);
	if (!err && (to != w->buffer + size || tag_wrong(w, i)))
		err = -EIO;
	return err;
}

static int store(struct worker *w, u32 i, u32 flags)
{
	struct vkv_key key = key_of(w, i);
	const u8 *from = w->buffer;
	unsigned int p;
	int err;

	memcpy(w->buffer, &w->batch.tag[i], sizeof(u64));
	err = vkv_ftl_reserve(w->ctx, &key, w->crew->bed->cfg.value, flags,
			      &w->txn, &w->fp);
	if (!err) {
		for (p = 0; p < w->txn.nr; p++) {
			memcpy(w->txn.piece[p].data, from, w->txn.piece[p].len);
			from += w->txn.piece[p].len;
		}
		err = vkv_ftl_commit(w->ctx, &w->txn, &w->fp);
	}
	vkv_ftl_quiesce(w->ctx);
	return err;
}

static int do_store(struct worker *w, u32 i)
{
	return store(w, i, 0);
}

static int do_mixed(struct worker *w, u32 i)
{
	return i % 2 ? do_store(w, i) : do_retrieve(w, i);
}

static int do_delete(struct worker *w, u32 i)
{
	struct vkv_key key = key_of(w, i);
	int err = vkv_ftl_delete(w->ctx, &key, &w->fp);

	vkv_ftl_quiesce(w->ctx);
	return err;
}

static const struct {
	const char *name;
	int (*op)(struct worker *w, u32 i);
	int expect;
	bool writes;
} ops[NR_PHASE_OPS] = {
	[PHASE_STORE] = { "store", do_store, 0, true },
	[PHASE_OVERWRITE] = { "overwrite", do_store, 0, true },
	[PHASE_HIT] = { "hit", do_retrieve, 0, false },
	[PHASE_MISS] = { "miss", do_retrieve, -ENOENT, false },
	[PHASE_MIXED] = { "mixed", do_mixed, 0, true },
	[PHASE_DELETE] = { "delete", do_delete, 0, true },
};

const char *phase_name(enum phase_op op)
{
	return ops[op].name;
}

/* Takes one step, unless another thread is in a step. */
static bool step(struct worker *w)
{
	struct crew *crew = w->crew;

	if (!spin_trylock(&crew->gc_lock))
		return false;
	vkv_ftl_collect(vkv_ftl_ctx(w->ftl, BED_COLLECTOR), false);
	spin_unlock(&crew->gc_lock);
	return true;
}

/*
 * Lets the collector run, from @now on, and returns the time at the end. If the
 * thread only waited for others, it returns @now: the wait counts as the
 * operation's.
 */
static u64 let_collect(struct worker *w, u64 now)
{
	u64 waited = clock_waited(), end;

	if (w->crew->own_collector || !step(w)) {
		sched_yield();
		return now;
	}
	end = clock_ticks();
	w->m.nr_steps++;
	if (clock_waited() == waited)
		histogram_add(&w->m.steps, end - now);
	return clock_ticks();
}

static bool wants_collect(const struct worker *w)
{
	return w->writes && !w->crew->own_collector &&
	       vkv_ftl_wants_collect(w->ftl);
}

/* Does operation @i, which begins at @begin. Returns the time at its end. */
static u64 do_one(struct worker *w, u32 i, u64 begin)
{
	u32 patience = PATIENCE;
	u64 end;
	int err;

	w->took[i] = 0;
	for (;;) {
		err = w->op(w, i);
		end = clock_ticks();
		if (err != -EAGAIN || !patience--)
			break;
		w->took[i] += end - begin;
		w->retries++;
		begin = let_collect(w, end);
	}
	w->took[i] += end - begin;
	w->wrong += err != w->expect;
	return wants_collect(w) ? let_collect(w, end) : end;
}

static void time_each(struct worker *w, u32 nr)
{
	u64 last;
	u32 i;

	lap_begin(&w->lap);
	last = w->lap.begin;
	for (i = 0; i < nr; i++)
		last = do_one(w, i, last);
	lap_each(&w->m, &w->lap, last, w->took, nr);
}

static void time_burst(struct worker *w, u32 nr)
{
	u32 patience = PATIENCE, i;
	int err;

	lap_begin(&w->lap);
	for (i = 0; i < nr; i++) {
		while ((err = w->op(w, i)) == -EAGAIN && patience--)
			if (w->crew->own_collector || !step(w))
				sched_yield();
		w->wrong += err != w->expect;
		if (wants_collect(w))
			step(w);
	}
	lap_burst(&w->m, &w->lap, clock_ticks(), nr);
}

static void run_worker(struct worker *w)
{
	u64 left = w->nr;
	u32 nr, turn;

	for (turn = 0; left && w->wrong < KEY_BATCH; turn++, left -= nr) {
		nr = min_t(u64, left, KEY_BATCH);
		keys_batch(&w->keys, &w->batch, nr);
		memset(&w->fp, 0, sizeof(w->fp));
		if (w->crew->phase->bursts && turn % 2)
			time_burst(w, nr);
		else
			time_each(w, nr);
	}
	vkv_ftl_idle(w->ctx);
	atomic_dec(&w->crew->running);
}

static void run_collector(struct worker *w)
{
	while (atomic_read(&w->crew->running))
		if (!vkv_ftl_collect(w->ctx, false))
			sched_yield();
	vkv_ftl_idle(w->ctx);
}

static void run_member(void *arg)
{
	struct worker *w = arg;

	if (w->op)
		run_worker(w);
	else
		run_collector(w);
}

/* Stores take all keys in order. Deletes take the keys that are left. */
static void choose_keys(struct worker *w, u32 nr)
{
	const struct phase *phase = w->crew->phase;
	struct bed *bed = w->crew->bed;
	enum key_choice choice = phase->choice;
	static u64 seed;
	u64 at = 0;

	switch (phase->op) {
	case PHASE_STORE:
		choice = KEYS_IN_ORDER;
		at = nr * (phase->nr / phase->threads);
		break;
	case PHASE_DELETE:
		choice = KEYS_ONCE;
		at = bed->removed;
		bed->removed += w->nr;
		break;
	case PHASE_MISS:
		choice = KEYS_ABSENT;
		break;
	default:
		break;
	}
	keys_start(&w->keys, choice, bed->cfg.keys, at, seed++);
}

static void worker_init(struct worker *w, struct crew *crew, u32 nr)
{
	const struct phase *phase = crew->phase;

	memset(w, 0, sizeof(*w));
	w->crew = crew;
	w->ftl = crew->bed->ftl;
	if (nr == phase->threads) {
		w->ctx = vkv_ftl_ctx(w->ftl, BED_COLLECTOR);
		return;
	}
	w->ctx = vkv_ftl_ctx(w->ftl, nr);
	w->op = ops[phase->op].op;
	w->expect = ops[phase->op].expect;
	w->writes = ops[phase->op].writes;
	w->nr = phase->nr / phase->threads;
	if (nr == phase->threads - 1)
		w->nr += phase->nr % phase->threads;
	choose_keys(w, nr);
}

void phase_run(struct bed *bed, const struct phase *phase,
	       struct phase_result *result)
{
	static struct worker worker[BED_CTX];
	struct crew crew = {
		.bed = bed,
		.phase = phase,
		.own_collector = phase->threads > 1 &&
				 team_cpus() > phase->threads,
	};
	u32 i, members = phase->threads + crew.own_collector;

	memset(result, 0, sizeof(*result));
	spin_lock_init(&crew.gc_lock);
	atomic_set(&crew.running, phase->threads);
	for (i = 0; i < members; i++)
		worker_init(&worker[i], &crew, i);
	vkv_ftl_usage(bed->ftl, &result->before);
	team_run(members, run_member, worker, sizeof(worker[0]));
	vkv_ftl_idle(vkv_ftl_ctx(bed->ftl, BED_COLLECTOR));
	vkv_ftl_usage(bed->ftl, &result->after);
	for (i = 0; i < phase->threads; i++) {
		measure_merge(&result->m, &worker[i].m);
		result->wrong += worker[i].wrong;
		result->retries += worker[i].retries;
	}
}
