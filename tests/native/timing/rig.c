// SPDX-License-Identifier: GPL-2.0
#include "native/timing/rig.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#define CTX_NR 2
/* A store may wait for so many steps of the collector. */
#define PATIENCE 100000u

static u64 next_random(u64 *rng)
{
	u64 x = *rng += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static u64 below(struct rig *r, u64 nr)
{
	return next_random(&r->rng) % nr;
}

static void charge(struct vkv_footprint *fp)
{
	struct rig *r = container_of(fp, struct rig, fp);

	r->part_due = vkv_timing_schedule(r->timing, 0, fp, r->part_due,
					  &r->latency);
	vkv_footprint_reset(fp);
}

static void charge_collector(struct vkv_footprint *fp)
{
	struct rig *r = container_of(fp, struct rig, gc_fp);

	r->gc_due = max(r->gc_due, vkv_timing_collect(r->timing, fp, r->now));
	vkv_footprint_reset(fp);
}

static void lend(struct vkv_footprint *fp, struct vkv_touch *touch,
		 void (*full)(struct vkv_footprint *fp))
{
	*fp = (struct vkv_footprint){
		.touch = touch, .max = VKV_TOUCHES, .full = full,
	};
}

/* Takes one step. As in ctrl/collector.c, the next step waits for the media. */
static void collect(struct rig *r)
{
	if (r->now < r->gc_due)
		return;
	lend(&r->gc_fp, r->gc_touch, charge_collector);
	vkv_ftl_collect_noting(r->gc, false, &r->gc_fp);
	charge_collector(&r->gc_fp);
}

static int create_timing(struct rig *r, const char *spec, u64 size)
{
	const struct vkv_timing_config cfg = {
		.spec = spec,
		.nr_ns = 1,
		.size = size,
		.segment = vkv_ftl_segment(r->ftl),
	};

	return vkv_timing_create(&cfg, &r->timing);
}

bool rig_init(struct rig *r, const char *spec, void *mem, u64 size, bool block)
{
	const struct vkv_ftl_config cfg = {
		.mem = mem,
		.size = size,
		.nr_ctx = CTX_NR,
		.nr_keyspaces = 1,
		.seed = { 0x0123456789abcdefull, 0xfedcba9876543210ull },
	};

	memset(r, 0, sizeof(*r));
	r->key_len = 8;
	if (vkv_ftl_create(&cfg, &r->ftl))
		return false;
	if (block)
		vkv_ftl_set_block(r->ftl, 0);
	r->ctx = vkv_ftl_ctx(r->ftl, 0);
	r->gc = vkv_ftl_ctx(r->ftl, 1);
	return !create_timing(r, spec, size);
}

void rig_exit(struct rig *r)
{
	vkv_timing_destroy(r->timing);
	vkv_ftl_destroy(r->ftl);
}

/* Times do not depend on the bytes of a value, so none are copied. */
static int store(struct rig *r, const struct vkv_key *key, u32 size)
{
	const struct vkv_footprint before = r->fp;
	u32 i;
	int err;

	for (i = 0; i < PATIENCE; i++) {
		err = vkv_ftl_reserve(r->ctx, key, size, 0, &r->txn, &r->fp);
		if (!err)
			err = vkv_ftl_commit(r->ctx, &r->txn, &r->fp);
		if (err != -EAGAIN)
			return err;
		/* A failed try costs no time. */
		r->fp = before;
		vkv_ftl_idle(r->ctx);
		r->now = max(r->now, r->gc_due);
		collect(r);
	}
	return err;
}

static int do_one(struct rig *r, enum rig_op op, const struct vkv_key *key,
		  u32 size)
{
	if (op == RIG_STORE)
		return store(r, key, size);
	if (op == RIG_DELETE)
		return vkv_ftl_delete(r->ctx, key, &r->fp);
	return vkv_ftl_lookup(r->ctx, key, 0, op == RIG_READ ? size : 0,
			      &r->view, &r->fp);
}

static void make_key(const struct rig *r, u8 *data, u64 number,
		     struct vkv_key *key)
{
	memset(data, 0, VKV_KEY_MAX);
	memcpy(data, &number, min_t(u32, r->key_len, sizeof(number)));
	*key = (struct vkv_key){ .data = data, .len = r->key_len };
}

static u64 finish(struct rig *r)
{
	charge(&r->fp);
	vkv_ftl_idle(r->ctx);
	r->hash = (r->hash ^ r->part_due) * 0x100000001b3ull;
	return r->part_due;
}

static u64 do_batch(struct rig *r, enum rig_op op, u64 number, u32 size,
		    u32 batch)
{
	u8 data[VKV_KEY_MAX];
	struct vkv_key key;
	u32 i;

	if (vkv_ftl_wants_collect(r->ftl))
		collect(r);
	lend(&r->fp, r->touch, charge);
	r->part_due = r->now;
	for (i = 0; i < batch; i++) {
		make_key(r, data, number + i, &key);
		if (do_one(r, op, &key, size) && op != RIG_EXIST)
			r->missed++;
	}
	return finish(r);
}

u64 rig_do(struct rig *r, enum rig_op op, u64 number, u32 size)
{
	return do_batch(r, op, number, size, 1);
}

u64 rig_flush(struct rig *r)
{
	lend(&r->fp, r->touch, charge);
	r->part_due = r->now;
	vkv_touch(&r->fp, VKV_TOUCH_FLUSH, 0, 0, 0);
	return finish(r);
}

void rig_settle(struct rig *r)
{
	r->now = max(rig_flush(r), r->gc_due) + 1000000000ull;
}

/* --- loads --- */

static u64 choose(struct rig *r, const struct rig_load *load, u32 i)
{
	u32 batch = max(load->batch, 1u);
	u64 nr = load->keys / batch;
	u64 hot = nr * load->hot / 1000;

	if (!load->keys)
		return load->first + (u64)i * batch;
	if (hot)
		return load->first + batch * (below(r, 5) ? below(r, hot) :
					      hot + below(r, nr - hot));
	return load->first + batch * below(r, nr);
}

static u32 earliest(const struct rig *r, u32 depth)
{
	u32 best = 0;
	u32 i;

	for (i = 1; i < depth; i++)
		if (r->end[i] < r->end[best])
			best = i;
	return best;
}

static int compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void add_up(struct rig_result *res, const struct rig_load *load,
		   u64 *reads, u32 nr_reads)
{
	u64 bytes = (u64)load->nr * max(load->batch, 1u) * load->size;
	u32 i;

	res->kops = (u64)load->nr * 1000000000 / res->ns;
	res->bytes_us = bytes * 1000000 / res->ns;
	if (!nr_reads)
		return;
	for (i = 0; i < nr_reads; i++)
		res->mean_read += reads[i];
	res->mean_read /= nr_reads;
	sort(reads, nr_reads, sizeof(*reads), compare, NULL);
	res->p95_read = reads[(u64)nr_reads * 95 / 100];
}

struct rig_result rig_run(struct rig *r, const struct rig_load *load)
{
	u64 *reads = kvcalloc(load->nr, sizeof(*reads), GFP_KERNEL);
	struct rig_result res = {};
	u64 began = r->now, last = r->now, sum = 0;
	u32 i, slot, nr_reads = 0;

	for (i = 0; i < load->depth; i++)
		r->end[i] = began;
	for (i = 0; i < load->nr; i++) {
		enum rig_op op = below(r, 1000) < load->mix ? load->other :
							      load->op;
		u64 arrival;

		slot = earliest(r, load->depth);
		arrival = max(r->now, r->end[slot]);
		r->now = arrival;
		r->end[slot] = do_batch(r, op, choose(r, load, i), load->size,
					max(load->batch, 1u));
		/* The latency includes the wait for the collector. */
		sum += r->end[slot] - arrival;
		last = max(last, r->end[slot]);
		if (op == RIG_READ && reads)
			reads[nr_reads++] = r->end[slot] - arrival;
		cond_resched();
	}
	res.ns = last - began;
	res.mean = sum / load->nr;
	add_up(&res, load, reads, nr_reads);
	r->now = last;
	kvfree(reads);
	return res;
}

struct rig_result rig_churn(struct rig *r)
{
	struct rig_load load = {
		.op = RIG_STORE, .size = 2000, .depth = 32, .nr = 20000,
	};

	rig_run(r, &load);
	load.keys = load.nr;
	load.nr = 60000;
	load.mix = 300;
	load.other = RIG_READ;
	return rig_run(r, &load);
}
