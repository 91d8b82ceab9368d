// SPDX-License-Identifier: GPL-2.0
/*
 * The model "simple": parallel I/O units, each busy for a time per 4 KiB, and
 * a fixed delay and trailing time by direction.
 *
 * An operation's units of 4 KiB go round the I/O units from where its first
 * record lies; it is complete when the last of them is. A unit's free time only
 * grows, by compare and exchange, so that workers share the model without a
 * lock.
 */
#include "kv_timing.h"

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#define NR_UNITS 8u
#define UNIT_SHIFT 12

/* What one direction costs, ns. */
struct direction {
	u32 delay;
	u32 per_unit;
	u32 trailing;
};

static const struct direction reading = { 15000, 600, 1200 };
static const struct direction writing = { 5000, 500, 1200 };

struct simple {
	atomic64_t free_at[NR_UNITS];
};

static void *simple_create(void)
{
	return kzalloc(sizeof(struct simple), GFP_KERNEL);
}

static void simple_destroy(void *state)
{
	kfree(state);
}

/* Occupies one I/O unit from @from at the earliest; when is it free again? */
static u64 occupy(atomic64_t *free_at, u64 from, u64 time)
{
	s64 old = atomic64_read(free_at);
	u64 end;

	do {
		end = max_t(u64, from, old) + time;
	} while (!atomic64_try_cmpxchg(free_at, &old, (s64)end));
	return end;
}

static u64 transfer(struct simple *s, const struct direction *dir,
		    u32 first, u64 bytes, u64 arrival)
{
	u64 units = max_t(u64, 1, (bytes + (1 << UNIT_SHIFT) - 1) >> UNIT_SHIFT);
	u64 last = arrival;
	u64 share;
	u32 i;

	for (i = 0; i < NR_UNITS && i < units; i++) {
		/* Units of 4 KiB that fall to this I/O unit. */
		share = (units - i + NR_UNITS - 1) / NR_UNITS;
		last = max(last, occupy(&s->free_at[(first + i) % NR_UNITS],
					arrival + dir->delay,
					share * dir->per_unit));
	}
	return last + dir->trailing;
}

/* The units' time is the media's; what does not fit in was spent waiting. */
static void explain(struct vkv_latency *latency, u64 total, u64 idle)
{
	latency->media = min(total, idle);
	latency->queueing = total - latency->media;
}

static u64 idle_time(const struct direction *dir, u64 bytes)
{
	u64 units = max_t(u64, 1, (bytes + (1 << UNIT_SHIFT) - 1) >> UNIT_SHIFT);

	return dir->delay + dir->trailing +
	       (units + NR_UNITS - 1) / NR_UNITS * dir->per_unit;
}

static u64 simple_schedule(void *state, const struct vkv_footprint *fp,
			   u64 arrival, struct vkv_latency *latency)
{
	u64 end = arrival, idle = 0;

	if (fp->media_reads || !fp->media_writes) {
		end = transfer(state, &reading, fp->unit, fp->read_bytes, end);
		idle += idle_time(&reading, fp->read_bytes);
	}
	if (fp->media_writes) {
		end = transfer(state, &writing, fp->unit, fp->write_bytes, end);
		idle += idle_time(&writing, fp->write_bytes);
	}
	explain(latency, end - arrival, idle);
	return end;
}

const struct vkv_timing_ops vkv_timing_simple_ops = {
	.name = "simple",
	.create = simple_create,
	.destroy = simple_destroy,
	.schedule = simple_schedule,
};
