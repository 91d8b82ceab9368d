/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VKV_ASSERT() checks a rule that the code relies on, such as "this ring is
 * never full" or "only the dispatcher calls this". It does so in the native
 * tests, and in kernels that are built to find mistakes. A production kernel
 * evaluates nothing.
 *
 * An assertion is about the project's own code. It must hold whatever a host
 * sends: a bad command gets a status instead.
 */
#ifndef VKV_ASSERT_H
#define VKV_ASSERT_H

#include <linux/bug.h>
#include <linux/kconfig.h>

#if defined(VKV_DEBUG) || IS_ENABLED(CONFIG_KASAN) || \
	IS_ENABLED(CONFIG_KCSAN) || IS_ENABLED(CONFIG_PROVE_LOCKING)
#define VKV_ASSERTING 1
#define VKV_ASSERT(cond) ((void)WARN_ON_ONCE(!(cond)))
#else
#define VKV_ASSERTING 0
/* The condition is compiled, so that it cannot rot, and not evaluated. */
#define VKV_ASSERT(cond) ((void)sizeof(!!(cond)))
#endif

#endif
