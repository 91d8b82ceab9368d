/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: what claims that a lock is held is believed only if it is. */
#ifndef SHIM_LINUX_LOCKDEP_H
#define SHIM_LINUX_LOCKDEP_H

#include <stdlib.h>
#include <linux/spinlock.h>

#ifdef NDEBUG
#define lockdep_assert_held(l) ((void)(l))
#else
#define lockdep_assert_held(l) do {				\
	if (!pthread_mutex_trylock(&(l)->mutex))		\
		abort();					\
} while (0)
#endif

#endif
