/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_DELAY_H
#define SHIM_LINUX_DELAY_H

#include <unistd.h>

#define usleep_range(lo, hi) usleep(lo)
#define udelay(us) usleep(us)

#endif
