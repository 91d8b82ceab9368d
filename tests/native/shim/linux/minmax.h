/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#define min(a, b) __extension__({				\
	__typeof__(a) __a = (a); __typeof__(b) __b = (b);	\
	(void)(&__a == &__b);					\
	__a < __b ? __a : __b; })
#define max(a, b) __extension__({				\
	__typeof__(a) __a = (a); __typeof__(b) __b = (b);	\
	(void)(&__a == &__b);					\
	__a > __b ? __a : __b; })
#define min3(a, b, c) min(min(a, b), c)
#define max3(a, b, c) max(max(a, b), c)
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define min_not_zero(a, b) __extension__({			\
	__typeof__(a) __x = (a); __typeof__(b) __y = (b);	\
	__x == 0 ? __y : (__y == 0 ? __x : min(__x, __y)); })
#define clamp(v, lo, hi) min(max(v, lo), hi)
#define clamp_t(type, v, lo, hi) clamp((type)(v), (type)(lo), (type)(hi))
#define clamp_val(v, lo, hi) clamp_t(__typeof__(v), v, lo, hi)
#define swap(a, b) \
	do { __typeof__(a) __t = (a); (a) = (b); (b) = __t; } while (0)

#endif
