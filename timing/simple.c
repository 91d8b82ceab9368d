// SPDX-License-Identifier: GPL-2.0
/*
 * The model "simple": I/O units that work in parallel. Each is busy for a fixed
 * time with a unit of bytes, and each direction has a fixed delay before and a
 * trailing time behind. The parameters have the names and the meaning that they
 * have in NVMeVirt.
 *
 * The bytes of an operation are divided into units of 1 << io_unit_shift. These
 * go round the nr_io_units, and begin at the one where the first record lies.
 * The operation is complete when the last unit is. The time at which an I/O
 * unit is free only grows, by compare and exchange, so threads share the model
 * without a lock. Only records count: the cost of the index is part of the
 * delays.
 */
#include "timing/model.h"

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "vkv_assert.h"

#define UNITS_MAX 64u

enum {
	READ_TIME,
	READ_DELAY,
	READ_TRAILING,
	WRITE_TIME,
	WRITE_DELAY,
	WRITE_TRAILING,
	IO_UNIT_SHIFT,
	NR_IO_UNITS,
	NR_KEYS,
};

#define NS_MAX 1000000000ull

static const struct vkv_timing_key simple_keys[] = {
	[READ_TIME] = { "read_time", 0, NS_MAX, 600 },
	[READ_DELAY] = { "read_delay", 0, NS_MAX, 15000 },
	[READ_TRAILING] = { "read_trailing", 0, NS_MAX, 1200 },
	[WRITE_TIME] = { "write_time", 0, NS_MAX, 500 },
	[WRITE_DELAY] = { "write_delay", 0, NS_MAX, 5000 },
	[WRITE_TRAILING] = { "write_trailing", 0, NS_MAX, 1200 },
	[IO_UNIT_SHIFT] = { "io_unit_shift", 9, 20, 12 },
	[NR_IO_UNITS] = { "nr_io_units", 1, UNITS_MAX, 8 },
};

/* The costs of one direction, in ns. */
struct direction {
	u64 time;
	u64 delay;
	u64 trailing;
};

/*
 * The bytes of an operation in one direction, and the place of the first one.
 */
struct demand {
	u64 at;
	u64 bytes;
	bool any;
};

struct simple {
	u32 shift;
	u32 nr;
	struct direction reading;
	struct direction writing;
	atomic64_t free_at[UNITS_MAX];
};

static void *simple_create(const u64 *value,
			   const struct vkv_timing_layout *layout)
{
	struct simple *s = kzalloc(sizeof(*s), GFP_KERNEL);

	if (!s)
		return NULL;
	s->shift = value[IO_UNIT_SHIFT];
	s->nr = value[NR_IO_UNITS];
	s->reading = (struct direction){ value[READ_TIME], value[READ_DELAY],
					 value[READ_TRAILING] };
	s->writing = (struct direction){ value[WRITE_TIME], value[WRITE_DELAY],
					 value[WRITE_TRAILING] };
	return s;
}

static void simple_destroy(void *state)
{
	kfree(state);
}

/* Occupies an I/O unit, not before @from; returns when it is free again. */
static u64 simple_occupy(atomic64_t *free_at, u64 from, u64 time)
{
	s64 old = atomic64_read(free_at);
	u64 end;

	do {
		end = max_t(u64, from, old) + time;
	} while (!atomic64_try_cmpxchg(free_at, &old, (s64)end));
	return end;
}

static u64 units_of(const struct simple *s, u64 bytes)
{
	return max_t(u64, 1, (bytes + (1ull << s->shift) - 1) >> s->shift);
}

static u64 simple_transfer(struct simple *s, const struct direction *dir,
			   const struct demand *demand, u64 arrival)
{
	u64 units = units_of(s, demand->bytes);
	u32 first = (demand->at >> s->shift) % s->nr;
	u64 last = arrival + dir->delay;
	u64 share;
	u32 i;

	VKV_ASSERT(s->nr && s->nr <= UNITS_MAX);
	for (i = 0; i < s->nr && i < units; i++) {
		/* The units of bytes that this I/O unit gets. */
		share = (units - i + s->nr - 1) / s->nr;
		last = max(last, simple_occupy(&s->free_at[(first + i) % s->nr],
					       arrival + dir->delay,
					       share * dir->time));
	}
	return last + dir->trailing;
}

static u64 idle_time(const struct simple *s, const struct direction *dir,
		     u64 bytes)
{
	return dir->delay + dir->trailing +
	       (units_of(s, bytes) + s->nr - 1) / s->nr * dir->time;
}

static void add_up(const struct vkv_footprint *fp, struct demand *reads,
		   struct demand *writes)
{
	u32 i;

	for (i = 0; i < fp->nr; i++) {
		const struct vkv_touch *t = &fp->touch[i];
		struct demand *d = t->kind == VKV_TOUCH_READ ? reads :
				   t->kind == VKV_TOUCH_WRITE ? writes : NULL;

		if (!d)
			continue;
		if (!d->any)
			d->at = t->at;
		d->any = true;
		d->bytes += t->len;
	}
}

static u64 simple_schedule(void *state, const struct vkv_footprint *fp,
			   u64 arrival, struct vkv_latency *latency)
{
	struct demand reads = {}, writes = {};
	u64 end = arrival, idle = 0;
	struct simple *s = state;

	add_up(fp, &reads, &writes);
	if (reads.any || !writes.any) {
		end = simple_transfer(s, &s->reading, &reads, end);
		idle += idle_time(s, &s->reading, reads.bytes);
	}
	if (writes.any) {
		end = simple_transfer(s, &s->writing, &writes, end);
		idle += idle_time(s, &s->writing, writes.bytes);
	}
	/*
	 * An idle device needs this time for the media; the rest was waiting.
	 */
	latency->media = min(end - arrival, idle);
	latency->queueing = end - arrival - latency->media;
	return end;
}

const struct vkv_timing_ops vkv_timing_simple_ops = {
	.name = "simple",
	.keys = simple_keys,
	.nr_keys = NR_KEYS,
	.places = true,
	.create = simple_create,
	.destroy = simple_destroy,
	.schedule = simple_schedule,
};
