/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Native stand-in: value-returning operations are full barriers, the others
 * relaxed.
 */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/types.h>
#include <asm/barrier.h>

#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

#define SHIM_ATOMIC(p, type, val)					\
static inline val p##_read(const type *v)				\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);		\
}									\
static inline val p##_read_acquire(const type *v)			\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);		\
}									\
static inline void p##_set(type *v, val i)				\
{									\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline void p##_set_release(type *v, val i)			\
{									\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);		\
}									\
static inline void p##_add(val i, type *v)				\
{									\
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline val p##_fetch_add(val i, type *v)			\
{									\
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline val p##_add_return_release(val i, type *v)		\
{									\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_RELEASE);	\
}									\
static inline val p##_dec_return_release(type *v)			\
{									\
	return __atomic_sub_fetch(&v->counter, 1, __ATOMIC_RELEASE);	\
}									\
static inline void p##_sub(val i, type *v)				\
{									\
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline val p##_fetch_sub(val i, type *v)			\
{									\
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline void p##_and(val i, type *v)				\
{									\
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline val p##_fetch_and(val i, type *v)			\
{									\
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline void p##_or(val i, type *v)				\
{									\
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
static inline val p##_fetch_or(val i, type *v)			\
{									\
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline val p##_add_return(val i, type *v)			\
{									\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline val p##_sub_return(val i, type *v)			\
{									\
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline void p##_inc(type *v)					\
{									\
	p##_add(1, v);							\
}									\
static inline val p##_inc_return(type *v)				\
{									\
	return p##_add_return(1, v);					\
}									\
static inline bool p##_inc_and_test(type *v)				\
{									\
	return !p##_add_return(1, v);					\
}									\
static inline void p##_dec(type *v)					\
{									\
	p##_sub(1, v);							\
}									\
static inline val p##_dec_return(type *v)				\
{									\
	return p##_sub_return(1, v);					\
}									\
static inline bool p##_dec_and_test(type *v)				\
{									\
	return !p##_sub_return(1, v);					\
}									\
static inline val p##_xchg(type *v, val i)				\
{									\
	return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
static inline val p##_cmpxchg(type *v, val old, val i)			\
{									\
	__atomic_compare_exchange_n(&v->counter, &old, i, false,	\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	return old;							\
}									\
static inline bool p##_try_cmpxchg(type *v, val *old, val i)		\
{									\
	return __atomic_compare_exchange_n(&v->counter, old, i, false,	\
					   __ATOMIC_SEQ_CST,		\
					   __ATOMIC_SEQ_CST);		\
}									\
static inline bool p##_add_unless(type *v, val i, val unless)		\
{									\
	val old = p##_read(v);						\
	do {								\
		if (old == unless)					\
			return false;					\
	} while (!p##_try_cmpxchg(v, &old, old + i));			\
	return true;							\
}

SHIM_ATOMIC(atomic, atomic_t, int)
SHIM_ATOMIC(atomic64, atomic64_t, s64)
SHIM_ATOMIC(atomic_long, atomic_long_t, long)

#define atomic_inc_not_zero(v) atomic_add_unless(v, 1, 0)

#define xchg(ptr, v) __atomic_exchange_n(ptr, v, __ATOMIC_SEQ_CST)
#define cmpxchg(ptr, o, n) __extension__({				\
	__typeof__(*(ptr)) __o = (o);					\
	__atomic_compare_exchange_n(ptr, &__o, n, false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);	\
	__o; })
#define cmpxchg64 cmpxchg
#define try_cmpxchg(ptr, oldp, n)					\
	__atomic_compare_exchange_n(ptr, oldp, n, false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define smp_store_mb(var, v) __atomic_store_n(&(var), v, __ATOMIC_SEQ_CST)

#endif
