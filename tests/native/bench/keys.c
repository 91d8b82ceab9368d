// SPDX-License-Identifier: GPL-2.0
/*
 * Chooses keys. Zipf's distribution is drawn as in Gray et al., "Quickly
 * generating billion-record synthetic databases" (1994). The constant zeta is
 * the sum of all 1 / rank^theta. With it, a single power turns a uniform number
 * into a rank.
 */
#include "native/bench/keys.h"

#include <math.h>
#include <linux/minmax.h>
#include <linux/string.h>

#define THETA 0.99
/* So many terms of zeta are added up; an integral stands for the rest. */
#define ZETA_TERMS 100000u
#define ABSENT (1ull << 40)

static double zeta(u64 nr)
{
	u64 terms = min_t(u64, nr, ZETA_TERMS), i;
	double sum = 0, from = terms + 0.5, to = nr + 0.5;

	for (i = 1; i <= terms; i++)
		sum += pow(i, -THETA);
	return sum + (pow(to, 1 - THETA) - pow(from, 1 - THETA)) / (1 - THETA);
}

static void start_zipf(struct key_source *keys)
{
	double zeta2 = 1 + pow(0.5, THETA);

	keys->zeta = zeta(keys->nr);
	keys->eta = (1 - pow(2.0 / keys->nr, 1 - THETA)) /
		    (1 - zeta2 / keys->zeta);
}

static u64 zipf_rank(struct key_source *keys)
{
	double u = (key_random(&keys->rng) >> 11) * (1 / 9007199254740992.0);
	double z = u * keys->zeta;

	if (z < 1)
		return 0;
	if (z < 1 + pow(0.5, THETA))
		return 1;
	return min_t(u64, keys->nr - 1, keys->nr *
		     pow(keys->eta * u - keys->eta + 1, 1 / (1 - THETA)));
}

/*
 * Permutes the numbers below @nr. The permutation of the next power of 2 is
 * repeated until the number is below @nr.
 */
static u64 scatter(u64 x, u64 nr)
{
	u64 mask = ~0ull >> __builtin_clzll(nr | 1);

	do {
		x = x * 0x9e3779b97f4a7c15ull & mask;
		x ^= x >> (64 - __builtin_clzll(mask)) / 2;
	} while (x >= nr);
	return x;
}

static u64 next_number(struct key_source *keys)
{
	switch (keys->choice) {
	case KEYS_IN_ORDER:
		return keys->at++;
	case KEYS_ONCE:
		return scatter(keys->at++, keys->nr);
	case KEYS_ZIPF:
		return scatter(zipf_rank(keys), keys->nr);
	case KEYS_ABSENT:
		return ABSENT + (key_random(&keys->rng) >> 24);
	default:
		return key_below(&keys->rng, keys->nr);
	}
}

void keys_start(struct key_source *keys, enum key_choice choice, u64 nr,
		u64 at, u64 seed)
{
	*keys = (struct key_source){
		.choice = choice,
		.nr = nr,
		.at = at,
		.rng = key_mix(seed + 1),
	};
	if (choice == KEYS_ZIPF)
		start_zipf(keys);
}

void keys_batch(struct key_source *keys, struct key_batch *batch, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		u64 n = next_number(keys);
		u64 word[2] = { key_mix(n), key_mix(~n) };

		batch->number[i] = n;
		batch->tag[i] = key_mix(word[0]);
		memcpy(batch->key[i], word, KEY_BYTES);
	}
}
