/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in; glibc includes a header of this name, too. */
#ifndef SHIM_LINUX_ERRNO_H
#define SHIM_LINUX_ERRNO_H

#include_next <linux/errno.h>

#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

#endif
