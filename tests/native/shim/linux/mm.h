/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <asm/page.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#endif
