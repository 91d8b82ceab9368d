/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sturdy numbers: small numbers in the reserved memory that survive flipped
 * bits.
 *
 * Everything in the reserved memory may be damaged. A damaged entry costs one
 * key, but a damaged number of a page would cost all that the page leads to. So
 * such a number is kept in a word of 64 bits, with a check of 36 bits:
 *
 *	bit 63 ... 28	27 ... 0
 *	check		number
 *
 * A word whose check is wrong is mended: the number becomes the one whose word
 * differs from it in four bits at most. If there is none, the number becomes 0.
 * Page numbers need 28 bits at most (VKV_LOC_BITS).
 */
#ifndef VKV_INDEX_STURDY_H
#define VKV_INDEX_STURDY_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "ftl/layout.h"

#define VKV_STURDY_BITS (VKV_LOC_BITS + VKV_LOC_SHIFT - 12)
#define VKV_STURDY_MASK ((1ull << VKV_STURDY_BITS) - 1)

/**
 * struct vkv_sturdy - a number
 * @word: the number and its check
 */
struct vkv_sturdy {
	u64 word;
};

/* The word of a number. The word of 0 is 0. */
static inline u64 vkv_sturdy_word(u32 nr)
{
	return (nr * 0x9e3779b97f4a7c15ull & ~VKV_STURDY_MASK) | nr;
}

/* Is the word undamaged, and its number below @end? */
static inline bool vkv_sturdy_good(u64 word, u32 end)
{
	u32 nr = word & VKV_STURDY_MASK;

	return vkv_sturdy_word(nr) == word && nr < end;
}

/**
 * vkv_sturdy_mend() - mend a number
 * @s: the number
 * @word: its word, which is damaged
 * @end: the number was below this
 *
 * Context: any; takes no lock.
 * Return: the number, or 0.
 */
u32 vkv_sturdy_mend(struct vkv_sturdy *s, u64 word, u32 end);

/**
 * vkv_sturdy_get() - read a number
 * @s: the number; is mended if need be
 * @end: the number is below this
 *
 * Context: any; takes no lock.
 * Return: the number; 0 if it cannot be mended.
 */
static inline u32 vkv_sturdy_get(struct vkv_sturdy *s, u32 end)
{
	/* Read before the page; pairs with vkv_sturdy_set(). */
	u64 word = smp_load_acquire(&s->word);

	if (likely(vkv_sturdy_good(word, end)))
		return word & VKV_STURDY_MASK;
	return vkv_sturdy_mend(s, word, end);
}

/**
 * vkv_sturdy_set() - write a number
 * @s: the number
 * @nr: below 1 << VKV_STURDY_BITS
 */
static inline void vkv_sturdy_set(struct vkv_sturdy *s, u32 nr)
{
	/* The page is filled before; pairs with vkv_sturdy_get(). */
	smp_store_release(&s->word, vkv_sturdy_word(nr));
}

#endif
