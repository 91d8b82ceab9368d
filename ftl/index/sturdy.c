// SPDX-License-Identifier: GPL-2.0
#include "ftl/index/sturdy.h"

#include <linux/atomic.h>
#include <linux/bitops.h>

/* So many wrong bits are mended. */
#define MENDABLE 4u

/* Is this the number of the damaged word? */
static bool is_meant(u64 word, u32 nr, u32 end)
{
	return nr < end && hweight64(vkv_sturdy_word(nr) ^ word) <= MENDABLE;
}

/* A bit of a number, or none. */
static u32 bit_of(u32 i)
{
	return i < VKV_STURDY_BITS ? 1u << i : 0;
}

/* The number that differs from @nr in three bits at most; 0 for none. */
static u32 find_meant(u64 word, u32 end)
{
	const u32 none = VKV_STURDY_BITS;
	u32 nr = word & VKV_STURDY_MASK;
	u32 i, j, k;

	for (i = 0; i <= none; i++)
		for (j = i; j <= none; j++)
			for (k = j; k <= none; k++) {
				u32 flips = bit_of(i) ^ bit_of(j) ^ bit_of(k);

				if (is_meant(word, nr ^ flips, end))
					return nr ^ flips;
			}
	return 0;
}

/* Nothing is written if another thread has changed the number meanwhile. */
noinline u32 vkv_sturdy_mend(struct vkv_sturdy *s, u64 word, u32 end)
{
	u32 nr = find_meant(word, end);

	cmpxchg(&s->word, word, vkv_sturdy_word(nr));
	return nr;
}
