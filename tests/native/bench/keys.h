/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys are numbers until they are used: nothing is stored but the state of a
 * generator. Batches of them are made outside of the time that is measured.
 */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <linux/types.h>

#define KEY_BYTES 16u
/* Operations between two batches of keys; their keys fit the L1 cache. */
#define KEY_BATCH 128u

/* Which numbers come, out of those below @nr. */
enum key_choice {
	KEYS_IN_ORDER,		/* from @at on */
	KEYS_ONCE,		/* all of them, in a scattered order */
	KEYS_UNIFORM,
	KEYS_ZIPF,		/* theta 0.99, the popular ones scattered */
	KEYS_ABSENT,		/* of keys that nobody stores */
};

/**
 * struct key_source - state of a generator
 * @choice: which numbers come
 * @nr: numbers there are
 * @at: for those that go in order
 * @rng: for those that do not
 * @zeta: constants of Zipf's distribution
 * @eta: likewise
 */
struct key_source {
	enum key_choice choice;
	u64 nr;
	u64 at;
	u64 rng;
	double zeta;
	double eta;
};

/**
 * struct key_batch - some keys, ready for use
 * @number: which
 * @tag: first 8 bytes of their values
 * @key: their bytes
 */
struct key_batch {
	u64 number[KEY_BATCH];
	u64 tag[KEY_BATCH];
	u8 key[KEY_BATCH][KEY_BYTES];
};

static inline u64 key_mix(u64 x)
{
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ull;
	x = (x ^ x >> 32) * 0xd6e8feb86659fd93ull;
	return x ^ x >> 32;
}

static inline u64 key_random(u64 *rng)
{
	*rng += 0x9e3779b97f4a7c15ull;
	return key_mix(*rng);
}

/* A random number below @nr, which is below 1 << 32. */
static inline u64 key_below(u64 *rng, u64 nr)
{
	return (key_random(rng) >> 32) * nr >> 32;
}

/**
 * keys_start() - set up a generator
 * @keys: filled
 * @choice: which numbers come
 * @nr: of so many, below 1 << 32
 * @at: where those that go in order begin
 * @seed: of the random ones
 */
void keys_start(struct key_source *keys, enum key_choice choice, u64 nr,
		u64 at, u64 seed);

/**
 * keys_batch() - the next keys
 * @keys: the generator
 * @batch: filled, up to @nr
 * @nr: at most KEY_BATCH
 */
void keys_batch(struct key_source *keys, struct key_batch *batch, u32 nr);

#endif
