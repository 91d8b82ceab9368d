// SPDX-License-Identifier: GPL-2.0
/* The hash of keys that look like people's keys must look random. */
#include <kunit/test.h>
#include <stdlib.h>
#include <linux/bitops.h>
#include <linux/string.h>

#include "ftl/hash.h"

#define KEYS 100000u
#define CELLS 1024u
#define LEN_MAX 255u
#define SAMPLES 2000u

static const u64 seed[2] = { 0x0123456789abcdefull, 0xfedcba9876543210ull };
static u64 hashes[KEYS];
static u32 cells[CELLS];

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* Tells whether two of the first @nr hashes are equal. */
static bool any_alike(u32 nr)
{
	u32 i;

	qsort(hashes, nr, sizeof(hashes[0]), compare);
	for (i = 1; i < nr; i++)
		if (hashes[i] == hashes[i - 1])
			return true;
	return false;
}

/*
 * Counts how often each value of ten bits of the hashes comes. Returns chi
 * square, divided by the degrees of freedom.
 */
static double unevenness(u32 nr, u32 shift)
{
	double mean = (double)nr / CELLS, sum = 0;
	u32 i;

	memset(cells, 0, sizeof(cells));
	for (i = 0; i < nr; i++)
		cells[hashes[i] >> shift & (CELLS - 1)]++;
	for (i = 0; i < CELLS; i++)
		sum += (cells[i] - mean) * (cells[i] - mean) / mean;
	return sum / (CELLS - 1);
}

static void expect_chance(struct kunit *test, u32 nr)
{
	u32 shift;

	for (shift = 0; shift <= 54; shift += 6)
		KUNIT_EXPECT_TRUE(test, unevenness(nr, shift) < 1.25);
	KUNIT_EXPECT_FALSE(test, any_alike(nr));
}

/* Keys of zeroes with a counter in them, at each place and for many lengths. */
static void test_counters(struct kunit *test)
{
	static const u8 lens[] = { 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32,
				   33, 64, 255 };
	struct vkv_hash_key key;
	u8 data[LEN_MAX];
	u32 i, at, n;

	vkv_hash_init(&key, seed, 0);
	for (i = 0; i < sizeof(lens); i++)
		for (at = 0; at + 4 <= lens[i]; at += lens[i] > 33 ? 61 : 4) {
			memset(data, 0, sizeof(data));
			for (n = 0; n < KEYS; n++) {
				memcpy(data + at, &n, sizeof(n));
				hashes[n] = vkv_hash(&key, data, lens[i]);
			}
			expect_chance(test, KEYS);
		}
}

/* Keys with a prefix and a decimal number, as in most benchmarks. */
static void test_decimals(struct kunit *test)
{
	struct vkv_hash_key key;
	char text[32];
	u32 n;

	vkv_hash_init(&key, seed, 0);
	for (n = 0; n < KEYS; n++) {
		snprintf(text, sizeof(text), "user%012u", n);
		hashes[n] = vkv_hash(&key, text, 16);
	}
	expect_chance(test, KEYS);
}

/* Keys that repeat one byte may differ in nothing but their lengths. */
static void test_lengths(struct kunit *test)
{
	struct vkv_hash_key key;
	u8 data[LEN_MAX];
	u32 nr = 0, byte, len;

	vkv_hash_init(&key, seed, 0);
	for (byte = 0; byte < 256; byte++) {
		memset(data, byte, sizeof(data));
		for (len = 1; len <= LEN_MAX; len++)
			hashes[nr++] = vkv_hash(&key, data, len);
	}
	expect_chance(test, nr);
}

/* A flipped bit of a key flips each bit of the hash in half of all cases. */
static void test_avalanche(struct kunit *test)
{
	static const u8 lens[] = { 3, 4, 7, 8, 12, 16, 20, 33 };
	struct vkv_hash_key key;
	u32 i, bit, n, out;

	vkv_hash_init(&key, seed, 0);
	for (i = 0; i < sizeof(lens); i++)
		for (bit = 0; bit < lens[i] * 8u; bit++) {
			u32 changed[64] = { 0 };
			u8 data[LEN_MAX];

			for (n = 0; n < SAMPLES; n++) {
				u64 x = (n + 1) * 0x9e3779b97f4a7c15ull;
				u64 diff;

				memset(data, n, sizeof(data));
				memcpy(data, &x, sizeof(x));
				diff = vkv_hash(&key, data, lens[i]);
				data[bit / 8] ^= 1u << bit % 8;
				diff ^= vkv_hash(&key, data, lens[i]);
				for (out = 0; out < 64; out++)
					changed[out] += diff >> out & 1;
			}
			for (out = 0; out < 64; out++) {
				KUNIT_EXPECT_GT(test, changed[out],
						SAMPLES * 4 / 10);
				KUNIT_EXPECT_LT(test, changed[out],
						SAMPLES * 6 / 10);
			}
		}
}

/* Equal keys hash differently in each index, and with each seed. */
static void test_secrets(struct kunit *test)
{
	static const char bytes[] = "the same bytes of up to forty characters";
	const u64 other[2] = { seed[0], seed[1] ^ 1 };
	struct vkv_hash_key key;
	u32 nr = 0, number, n;

	for (number = 0; number < 64; number++)
		for (n = 0; n < 64; n++) {
			vkv_hash_init(&key, n % 2 ? seed : other, number);
			hashes[nr++] = vkv_hash(&key, bytes, 8 + n / 2);
		}
	KUNIT_EXPECT_FALSE(test, any_alike(nr));
}

/*
 * Someone who knows the secret can choose keys that make a factor 0. Even then
 * the hashes differ.
 */
static void test_factor_of_zero(struct kunit *test)
{
	struct vkv_hash_key key;
	u64 data[2];
	u32 n;

	vkv_hash_init(&key, seed, 0);
	for (n = 0; n < KEYS; n++) {
		data[0] = key.word[0];
		data[1] = n;
		hashes[n] = vkv_hash(&key, data, sizeof(data));
	}
	KUNIT_EXPECT_FALSE(test, any_alike(KEYS));
	for (n = 0; n < KEYS; n++) {
		data[0] = n;
		data[1] = key.word[1] ^ sizeof(data);
		hashes[n] = vkv_hash(&key, data, sizeof(data));
	}
	KUNIT_EXPECT_FALSE(test, any_alike(KEYS));
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_counters),
	KUNIT_CASE(test_decimals),
	KUNIT_CASE(test_lengths),
	KUNIT_CASE(test_avalanche),
	KUNIT_CASE(test_secrets),
	KUNIT_CASE(test_factor_of_zero),
	{},
};

static struct kunit_suite suite = {
	.name = "ftl_hash",
	.test_cases = cases,
};
kunit_test_suite(suite);
