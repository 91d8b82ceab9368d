/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers that a seed repeats. */
#ifndef VKV_TESTS_DICE_H
#define VKV_TESTS_DICE_H

#include <linux/types.h>

struct dice {
	u64 state;
};

static inline u64 dice_next(struct dice *d)
{
	u64 z = d->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline u32 roll(struct dice *d, u32 below)
{
	return (dice_next(d) >> 32) % below;
}

static inline bool one_in(struct dice *d, u32 n)
{
	return !roll(d, n);
}

#endif
