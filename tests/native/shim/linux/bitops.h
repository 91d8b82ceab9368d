/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/types.h>
#include <linux/bits.h>

#define BITS_TO_LONGS(nr) (((nr) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline unsigned long __ffs(unsigned long x)
{
	return (unsigned long)__builtin_ctzl(x);
}

static inline unsigned int __ffs64(u64 x)
{
	return (unsigned int)__builtin_ctzll(x);
}

static inline unsigned long __fls(unsigned long x)
{
	return 63 - (unsigned long)__builtin_clzl(x);
}

static inline unsigned int hweight32(u32 x)
{
	return (unsigned int)__builtin_popcount(x);
}

static inline unsigned long hweight64(u64 x)
{
	return (unsigned long)__builtin_popcountll(x);
}

#define hweight8(x) hweight32((u8)(x))
#define hweight16(x) hweight32((u16)(x))
#define hweight_long(x) hweight64(x)

static inline u32 rol32(u32 x, unsigned int n)
{
	return (x << (n & 31)) | (x >> (-n & 31));
}

static inline u32 ror32(u32 x, unsigned int n)
{
	return (x >> (n & 31)) | (x << (-n & 31));
}

static inline u64 rol64(u64 x, unsigned int n)
{
	return (x << (n & 63)) | (x >> (-n & 63));
}

static inline u64 ror64(u64 x, unsigned int n)
{
	return (x >> (n & 63)) | (x << (-n & 63));
}

static inline bool test_bit(unsigned long nr, const unsigned long *p)
{
	return __atomic_load_n(p + BIT_WORD(nr), __ATOMIC_RELAXED) &
	       BIT_MASK(nr);
}

static inline void set_bit(unsigned long nr, unsigned long *p)
{
	__atomic_fetch_or(p + BIT_WORD(nr), BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit(unsigned long nr, unsigned long *p)
{
	__atomic_fetch_and(p + BIT_WORD(nr), ~BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void clear_bit_unlock(unsigned long nr, unsigned long *p)
{
	__atomic_fetch_and(p + BIT_WORD(nr), ~BIT_MASK(nr), __ATOMIC_RELEASE);
}

static inline bool test_and_set_bit(unsigned long nr, unsigned long *p)
{
	return __atomic_fetch_or(p + BIT_WORD(nr), BIT_MASK(nr),
				 __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline bool test_and_clear_bit(unsigned long nr, unsigned long *p)
{
	return __atomic_fetch_and(p + BIT_WORD(nr), ~BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline void __set_bit(unsigned long nr, unsigned long *p)
{
	p[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *p)
{
	p[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline void __assign_bit(unsigned long nr, unsigned long *p, bool value)
{
	if (value)
		__set_bit(nr, p);
	else
		__clear_bit(nr, p);
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *p)
{
	bool old = p[BIT_WORD(nr)] & BIT_MASK(nr);

	__set_bit(nr, p);
	return old;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *p)
{
	bool old = p[BIT_WORD(nr)] & BIT_MASK(nr);

	__clear_bit(nr, p);
	return old;
}

static inline unsigned long find_next_bit(const unsigned long *p,
					  unsigned long size, unsigned long i)
{
	while (i < size && !test_bit(i, p))
		i++;
	return i < size ? i : size;
}

static inline unsigned long find_next_zero_bit(const unsigned long *p,
					       unsigned long size,
					       unsigned long i)
{
	while (i < size && test_bit(i, p))
		i++;
	return i < size ? i : size;
}

#define find_first_bit(p, size) find_next_bit(p, size, 0)
#define find_first_zero_bit(p, size) find_next_zero_bit(p, size, 0)
#define for_each_set_bit(bit, p, size)				\
	for ((bit) = find_first_bit(p, size); (bit) < (size);	\
	     (bit) = find_next_bit(p, size, (bit) + 1))

#endif
