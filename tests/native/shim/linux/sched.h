/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include <pthread.h>
#include <asm/processor.h>

/* Tells threads apart; it points to nothing. */
#define current ((const void *)pthread_self())

#define cond_resched() ((void)0)
#define need_resched() 0

#endif
