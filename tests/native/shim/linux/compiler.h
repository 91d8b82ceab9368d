/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in for the kernel header of this name. */
/*
 * User-space headers define more of these names with every release, so each
 * stands behind a guard (tests/native/shim-guards checks all shims).
 */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __must_check
#define __must_check __attribute__((warn_unused_result))
#endif
#ifndef __maybe_unused
#define __maybe_unused __attribute__((unused))
#endif
#ifndef __always_unused
#define __always_unused __attribute__((unused))
#endif
#ifndef __packed
#define __packed __attribute__((packed))
#endif
#ifndef __aligned
#define __aligned(x) __attribute__((aligned(x)))
#endif
#ifndef __printf
#define __printf(a, b) __attribute__((format(printf, a, b)))
#endif
#ifndef __cold
#define __cold __attribute__((cold))
#endif
#ifndef __pure
#define __pure __attribute__((pure))
#endif
#ifndef __attribute_const__
#define __attribute_const__ __attribute__((const))
#endif
#ifndef __used
#define __used __attribute__((used))
#endif
#ifndef __counted_by
#define __counted_by(member)
#endif
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#ifndef __user
#define __user
#endif
#ifndef __iomem
#define __iomem
#endif
#ifndef __force
#define __force
#endif
#ifndef __percpu
#define __percpu
#endif
#ifndef __rcu
#define __rcu
#endif
#ifndef __init
#define __init
#endif
#ifndef __exit
#define __exit
#endif
#ifndef __initconst
#define __initconst
#endif
#ifndef __read_mostly
#define __read_mostly
#endif
#ifndef __acquires
#define __acquires(x)
#endif
#ifndef __releases
#define __releases(x)
#endif
#ifndef __must_hold
#define __must_hold(x)
#endif
#ifndef __acquire
#define __acquire(x) ((void)0)
#endif
#ifndef __release
#define __release(x) ((void)0)
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "=r"(v) : "0"(v))

/*
 * In the kernel these are volatile accesses, which ThreadSanitizer would call a
 * race. Relaxed atomics are the same instructions.
 */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define data_race(x) (x)

#endif
