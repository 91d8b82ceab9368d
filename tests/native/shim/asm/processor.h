/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_ASM_PROCESSOR_H
#define SHIM_ASM_PROCESSOR_H

#include <sched.h>

/* Two cores for everybody: a native waiter gives its core away. */
#define cpu_relax() ((void)sched_yield())

#endif
