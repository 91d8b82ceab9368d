/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A core with its contexts and memory. The functions try again after -EAGAIN,
 * and run the collector in between, as every user of a core does.
 */
#ifndef FTL_WORLD_H
#define FTL_WORLD_H

#include <sys/mman.h>
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "kv_ftl.h"

#define WORLD_CTX 3
#define WORLD_KEYSPACES 5
/* An operation that gets -EAGAIN in more rounds than this has failed. */
#define WORLD_PATIENCE 20000

/* The parts of the next world, NULL for the defaults. */
static const char *world_index;
static const char *world_victim;
/* Whether its values have sums. */
static bool world_verify;

struct world {
	struct vkv_ftl *ftl;
	struct vkv_ftl_ctx *ctx;	/* context of the caller */
	struct vkv_ftl_ctx *other;	/* context of another thread */
	struct vkv_ftl_ctx *gc;
	void *mem;
	u64 size;
	u64 rng;
	struct vkv_footprint fp;
	struct vkv_txn txn;
	struct vkv_view view;
	char why[160];
};

static inline u64 world_random(struct world *w)
{
	u64 x = w->rng;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	w->rng = x;
	return x * 0x2545f4914f6cdd1dull;
}

static inline u64 below(struct world *w, u64 n)
{
	return world_random(w) % n;
}

/* The memory is not allocated until it is touched, and it is not all zeroes. */
static inline int world_init_victim(struct world *w, u64 size,
				    unsigned int nr_ctx,
				    unsigned int op_permille,
				    const char *victim)
{
	struct vkv_ftl_config cfg = {
		.size = size,
		.nr_ctx = nr_ctx,
		.nr_keyspaces = WORLD_KEYSPACES,
		.index = world_index,
		.op_permille = op_permille,
		.victim = victim ?: world_victim,
		.value_crc = world_verify ? crc32c : NULL,
		.seed = { 0x0123456789abcdefull, 0xfedcba9876543210ull },
	};
	int err;

	memset(w, 0, sizeof(*w));
	w->rng = size ^ 0x9e3779b97f4a7c15ull;
	w->size = size;
	w->mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (w->mem == MAP_FAILED)
		return -ENOMEM;
	cfg.mem = w->mem;
	err = vkv_ftl_create(&cfg, &w->ftl);
	if (err) {
		munmap(w->mem, size);
		return err;
	}
	w->ctx = vkv_ftl_ctx(w->ftl, 0);
	w->other = vkv_ftl_ctx(w->ftl, 1);
	w->gc = vkv_ftl_ctx(w->ftl, nr_ctx - 1);
	return 0;
}

static inline int world_init(struct world *w, u64 size, unsigned int nr_ctx,
			     unsigned int op_permille)
{
	return world_init_victim(w, size, nr_ctx, op_permille, NULL);
}

static inline void world_exit(struct world *w)
{
	vkv_ftl_destroy(w->ftl);
	munmap(w->mem, w->size);
}

/* Runs one round of each context. */
static inline bool world_round(struct world *w, bool eager)
{
	vkv_ftl_quiesce(w->ctx);
	vkv_ftl_quiesce(w->other);
	return vkv_ftl_collect(w->gc, eager);
}

/*
 * All contexts go idle, and the collector runs until it has nothing to do.
 * Returns -1 if it never ends.
 */
static inline int world_settle(struct world *w)
{
	int i;

	vkv_ftl_idle(w->ctx);
	vkv_ftl_idle(w->other);
	for (i = 0; i < WORLD_PATIENCE; i++)
		if (!vkv_ftl_collect(w->gc, true))
			return 0;
	return -1;
}

static inline int world_check(struct world *w)
{
	return vkv_ftl_check(w->ftl, w->why, sizeof(w->why));
}

static inline int world_reserve(struct world *w, const struct vkv_key *key,
				u64 size, u32 flags)
{
	int err, i;

	for (i = 0; i < WORLD_PATIENCE; i++) {
		err = vkv_ftl_reserve(w->ctx, key, size, flags, &w->txn,
				      &w->fp);
		if (err != -EAGAIN)
			return err;
		world_round(w, false);
	}
	return -EAGAIN;
}

/* Copies @data into the transaction; false if its pieces do not add up. */
static inline bool txn_fill(struct vkv_txn *txn, const u8 *data, u64 size)
{
	unsigned int i;
	u64 at = 0;

	for (i = 0; i < txn->nr; i++) {
		if (txn->piece[i].len > size - at)
			return false;
		memcpy(txn->piece[i].data, data + at, txn->piece[i].len);
		at += txn->piece[i].len;
	}
	return at == size;
}

static inline int world_store(struct world *w, const struct vkv_key *key,
			      const u8 *data, u64 size, u32 flags)
{
	int err, i;

	for (i = 0; i < WORLD_PATIENCE; i++) {
		err = world_reserve(w, key, size, flags);
		if (err)
			return err;
		if (!txn_fill(&w->txn, data, size)) {
			vkv_ftl_abort(w->ctx, &w->txn);
			return -EILSEQ;
		}
		err = vkv_ftl_commit(w->ctx, &w->txn, &w->fp);
		vkv_ftl_quiesce(w->ctx);
		if (err != -EAGAIN)
			return err;
		world_round(w, false);
	}
	return -EAGAIN;
}

/* Tells whether the view shows exactly the @size bytes of @data. */
static inline bool view_equals(const struct vkv_view *view, const u8 *data,
			       u64 size)
{
	unsigned int i;
	u64 at = 0;

	for (i = 0; i < view->nr; i++) {
		if (view->piece[i].len > size - at ||
		    memcmp(view->piece[i].data, data + at, view->piece[i].len))
			return false;
		at += view->piece[i].len;
	}
	return at == size;
}

/* Returns 0 if the key has exactly this value, of any size. */
static inline int world_expect(struct world *w, const struct vkv_key *key,
			       const u8 *data, u64 size)
{
	u64 at = 0;
	int err;

	do {
		u64 len = min_t(u64, size - at, VKV_IO_MAX);

		err = vkv_ftl_lookup(w->ctx, key, at, VKV_IO_MAX, &w->view,
				     &w->fp);
		if (err)
			return err;
		if (w->view.size != size ||
		    !view_equals(&w->view, data + at, len))
			return -EILSEQ;
		at += len;
		vkv_ftl_quiesce(w->ctx);
	} while (at < size);
	return 0;
}

static inline int world_delete(struct world *w, const struct vkv_key *key)
{
	int err = vkv_ftl_delete(w->ctx, key, &w->fp);

	vkv_ftl_quiesce(w->ctx);
	return err;
}

static inline struct vkv_usage world_usage(struct world *w)
{
	struct vkv_usage usage;

	vkv_ftl_usage(w->ftl, &usage);
	return usage;
}

/* Fills @data with bytes that depend on the place and on @seed. */
static inline void pattern(u8 *data, u64 size, u64 seed)
{
	u64 x = seed * 0x9e3779b97f4a7c15ull + 1;
	u64 i;

	for (i = 0; i < size; i++) {
		if (!(i & 7))
			x = x * 6364136223846793005ull + 1442695040888963407ull;
		data[i] = (u8)(x >> (8 * (i & 7)));
	}
}

#endif
