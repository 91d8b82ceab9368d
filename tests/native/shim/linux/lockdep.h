/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: lockdep_assert_held() looks whether the lock is held. */
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
