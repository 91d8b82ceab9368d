/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_ASM_PROCESSOR_H
#define SHIM_ASM_PROCESSOR_H

#include <sched.h>

/*
 * A native test may have few cores, so a thread that waits gives its core away.
 */
#define cpu_relax() ((void)sched_yield())

#endif
