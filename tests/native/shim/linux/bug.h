/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: a warning of the kernel ends the test. */
#ifndef SHIM_LINUX_BUG_H
#define SHIM_LINUX_BUG_H

#include <stdio.h>
#include <stdlib.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>

#define BUG() do {							\
	fprintf(stderr, "BUG at %s:%d\n", __FILE__, __LINE__);		\
	abort();							\
} while (0)
#define BUG_ON(cond) do { if (unlikely(cond)) BUG(); } while (0)
#define WARN_ON(cond) __extension__({ \
	int __c = !!(cond); if (unlikely(__c)) BUG(); __c; })
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define WARN(cond, fmt, ...) WARN_ON(cond)
#define WARN_ONCE(cond, fmt, ...) WARN_ON(cond)

#endif
