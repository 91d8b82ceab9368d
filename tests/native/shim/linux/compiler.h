/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in for the kernel header of this name. */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#define __must_check __attribute__((warn_unused_result))
#define __maybe_unused __attribute__((unused))
#define __always_unused __attribute__((unused))
#define __packed __attribute__((packed))
#define __aligned(x) __attribute__((aligned(x)))
#define __printf(a, b) __attribute__((format(printf, a, b)))
#define __cold __attribute__((cold))
#define __pure __attribute__((pure))
#ifndef __attribute_const__
#define __attribute_const__ __attribute__((const))
#endif
#define __used __attribute__((used))
#define __counted_by(member)
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#define __user
#define __iomem
#define __force
#define __percpu
#define __rcu
#define __init
#define __exit
#define __initconst
#define __read_mostly
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define barrier() __asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "=r"(v) : "0"(v))

/*
 * The kernel's are volatile accesses, which ThreadSanitizer would call a
 * race; relaxed atomics are the same to the machine.
 */
#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define data_race(x) (x)

#endif
