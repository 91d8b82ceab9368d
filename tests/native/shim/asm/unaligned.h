/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. The kernel's header had this name until 6.11. */
#ifndef SHIM_ASM_UNALIGNED_H
#define SHIM_ASM_UNALIGNED_H

#include <linux/unaligned.h>

#endif
