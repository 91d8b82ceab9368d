// SPDX-License-Identifier: GPL-2.0
#include "ftl/hash.h"

#include <linux/math64.h>
#include <linux/siphash.h>
#include <linux/string.h>

#include "vkv_assert.h"

/* Bytes that one multiplication takes in. */
#define BLOCK 16u

void vkv_hash_init(struct vkv_hash_key *key, const u64 seed[2], u32 number)
{
	const siphash_key_t sip = { { seed[0], seed[1] } };
	u32 i;

	for (i = 0; i < VKV_HASH_WORDS; i++) {
		u32 which[2] = { number, i };

		key->word[i] = siphash(which, sizeof(which), &sip);
	}
}

static u64 load64(const u8 *p)
{
	u64 x;

	memcpy(&x, p, sizeof(x));
	return x;
}

static u64 load32(const u8 *p)
{
	u32 x;

	memcpy(&x, p, sizeof(x));
	return x;
}

/* Multiplies to 128 bits, and XORs the halves. */
static u64 fold(u64 a, u64 b)
{
	return a * b ^ mul_u64_u64_shr(a, b, 64);
}

/* Loads up to seven bytes as two words, which may overlap. */
static void load_few(const u8 *p, u32 len, u64 *a, u64 *b)
{
	if (len >= 4) {
		*a = load32(p);
		*b = load32(p + len - 4);
	} else {
		*a = (u64)p[0] << 8 | p[len / 2];
		*b = p[len - 1];
	}
}

u64 vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len)
{
	const u64 *secret = key->word;
	u64 before = secret[1] ^ len;
	const u8 *p = data;
	u64 a, b;

	VKV_ASSERT(len);
	for (; len > BLOCK; len -= BLOCK, p += BLOCK)
		before += fold(load64(p) ^ secret[0], load64(p + 8) ^ before);
	if (len >= 8) {
		a = load64(p);
		b = load64(p + len - 8);
	} else {
		load_few(p, len, &a, &b);
	}
	/*
	 * The words are mixed in once more. Otherwise a factor of 0, which one
	 * key in 2^64 has, would make the other factor meaningless.
	 */
	return fold((a ^ secret[0]) * (b ^ before) ^ a ^ secret[2],
		    mul_u64_u64_shr(a ^ secret[0], b ^ before, 64) ^ b ^
			    secret[3]);
}
