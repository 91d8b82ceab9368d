// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the floors. The ground has two parts, as a device has: words that
 * stand for index entries, and values. A random word says where its value lies.
 * So the second access cannot begin before the first has ended. Values begin at
 * multiples of 16 bytes, as records do.
 */
#include "native/bench/floor.h"

#include <stdlib.h>
#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/string.h>

#include "native/bench/keys.h"
#include "native/bench/team.h"

#define BATCH KEY_BATCH
#define BUFFER 4096u
#define PLACE_SHIFT 4

struct runner {
	const struct floor_ground *ground;
	enum floor_kind kind;
	u64 nr;
	u64 rng;
	u64 slots;
	u64 places;
	const u64 *index;
	u8 *log;
	u64 sink;
	u64 random[BATCH];
	u64 took[BATCH];
	struct lap lap;
	u8 buffer[BUFFER] __aligned(64);
	struct measure m;
};

static const char *const names[NR_FLOORS] = {
	[FLOOR_ACCESS] = "access",
	[FLOOR_FETCH] = "fetch",
	[FLOOR_PLACE] = "place",
	[FLOOR_COPY_OUT] = "copy-out",
	[FLOOR_COPY_IN] = "copy-in",
};

const char *floor_name(enum floor_kind kind)
{
	return names[kind];
}

/* Turns a random word into a number below @nr. */
static u64 below(u64 word, u64 nr)
{
	return (word >> 32) * nr >> 32;
}

static u64 read_slot(const struct runner *r, u64 word)
{
	return READ_ONCE(r->index[below(word, r->slots)]);
}

static u8 *place_of(const struct runner *r, u64 word)
{
	return r->log + (below(word, r->places) << PLACE_SHIFT);
}

static void do_access(struct runner *r, u64 word)
{
	r->sink += read_slot(r, word);
}

static void do_fetch(struct runner *r, u64 word)
{
	u8 *place = place_of(r, read_slot(r, word));

	r->sink += READ_ONCE(*(u64 *)place);
	memcpy(r->buffer, place, r->ground->value);
}

static void do_place(struct runner *r, u64 word)
{
	u8 *place = place_of(r, read_slot(r, word));

	r->sink += READ_ONCE(*(u64 *)place);
	memcpy(place, r->buffer, r->ground->value);
}

static void do_copy_out(struct runner *r, u64 word)
{
	memcpy(r->buffer, place_of(r, word), r->ground->value);
}

static void do_copy_in(struct runner *r, u64 word)
{
	memcpy(place_of(r, word), r->buffer, r->ground->value);
}

/* Inlined for each kind of floor, so that no indirect call is timed. */
static __always_inline void
time_each(struct runner *r, void (*work)(struct runner *r, u64 word))
{
	struct lap *lap = &r->lap;
	u64 last, end;
	u32 i;

	lap_begin(lap);
	last = lap->begin;
	for (i = 0; i < BATCH; i++) {
		work(r, r->random[i]);
		end = clock_ticks();
		r->took[i] = end - last;
		last = end;
	}
	lap_each(&r->m, lap, last, r->took, BATCH);
}

static __always_inline void
time_burst(struct runner *r, void (*work)(struct runner *r, u64 word))
{
	u32 i;

	lap_begin(&r->lap);
	for (i = 0; i < BATCH; i++)
		work(r, r->random[i]);
	lap_burst(&r->m, &r->lap, clock_ticks(), BATCH);
}

static __always_inline void
run(struct runner *r, void (*work)(struct runner *r, u64 word))
{
	u64 done;
	u32 i;

	for (done = 0; done < r->nr; done += BATCH) {
		for (i = 0; i < BATCH; i++)
			r->random[i] = key_random(&r->rng);
		if (done / BATCH % 2)
			time_burst(r, work);
		else
			time_each(r, work);
	}
}

static void run_kind(void *arg)
{
	struct runner *r = arg;

	switch (r->kind) {
	case FLOOR_ACCESS:
		run(r, do_access);
		break;
	case FLOOR_FETCH:
		run(r, do_fetch);
		break;
	case FLOOR_PLACE:
		run(r, do_place);
		break;
	case FLOOR_COPY_OUT:
		run(r, do_copy_out);
		break;
	default:
		run(r, do_copy_in);
	}
}

int floor_prepare(struct floor_ground *ground)
{
	u64 *index = (u64 *)ground->mem->base;
	u64 rng = 3, i;
	int err;

	ground->index = ALIGN(ground->index, 4096);
	ground->log = ALIGN(ground->log, 4096);
	if (ground->index + ground->log > ground->mem->size)
		ground->log = ground->mem->size - ground->index;
	err = memory_populate(ground->mem, ground->index + ground->log);
	if (err)
		return err;
	for (i = 0; i < ground->index / sizeof(*index); i++)
		index[i] = key_random(&rng);
	return 0;
}

static void runner_init(struct runner *r, const struct floor_ground *ground,
			enum floor_kind kind, u64 nr, u64 seed)
{
	memset(r, 0, sizeof(*r));
	r->ground = ground;
	r->kind = kind;
	r->nr = nr;
	r->rng = key_mix(seed);
	r->index = (u64 *)ground->mem->base;
	r->slots = ground->index / sizeof(u64);
	r->log = ground->mem->base + ground->index;
	r->places = (ground->log - ground->value) >> PLACE_SHIFT;
}

void floor_run(const struct floor_ground *ground, enum floor_kind kind,
	       unsigned int threads, u64 nr, struct measure *m)
{
	static struct runner runner[TEAM_MAX];
	/* Each run has new places, so that they are not in the caches. */
	static u64 seed = 1000;
	unsigned int i;

	for (i = 0; i < threads; i++)
		runner_init(&runner[i], ground, kind, nr, seed++);
	team_run(threads, run_kind, runner, sizeof(runner[0]));
	for (i = 0; i < threads; i++)
		measure_merge(m, &runner[i].m);
}
