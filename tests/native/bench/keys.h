/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A key is only a number until it is used. Nothing is stored but the state of a
 * generator. Keys are made in batches, outside of the measured time.
 */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <linux/types.h>

#define KEY_BYTES 16u
/* Keys of a batch. They fit the L1 cache. */
#define KEY_BATCH 128u

/* How a generator chooses numbers below @nr. */
enum key_choice {
	KEYS_IN_ORDER,		/* in order, from @at on */
	KEYS_ONCE,		/* each number once, in a scattered order */
	KEYS_UNIFORM,
	KEYS_ZIPF,		/* theta 0.99; popular numbers are scattered */
	KEYS_ABSENT,		/* numbers of keys that are never stored */
};

/**
 * struct key_source - state of a generator
 * @choice: how numbers are chosen
 * @nr: numbers to choose from
 * @at: the next number, for choices that go in order
 * @rng: state of the random numbers, for the other choices
 * @zeta: constant of Zipf's distribution
 * @eta: constant of Zipf's distribution
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
 * @number: the number of each key
 * @tag: the first 8 bytes of each key's value
 * @key: the bytes of each key
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

/* Returns a random number below @nr, which is below 1 << 32. */
static inline u64 key_below(u64 *rng, u64 nr)
{
	return (key_random(rng) >> 32) * nr >> 32;
}

/**
 * keys_start() - set up a generator
 * @keys: filled
 * @choice: how numbers are chosen
 * @nr: numbers to choose from, below 1 << 32
 * @at: first number, for choices that go in order
 * @seed: seed of the random choices
 */
void keys_start(struct key_source *keys, enum key_choice choice, u64 nr,
		u64 at, u64 seed);

/**
 * keys_batch() - make the next keys
 * @keys: the generator
 * @batch: its first @nr keys are filled
 * @nr: at most KEY_BATCH
 */
void keys_batch(struct key_source *keys, struct key_batch *batch, u32 nr);

#endif
