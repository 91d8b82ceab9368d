/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_VMALLOC_H
#define SHIM_LINUX_VMALLOC_H

#include <linux/slab.h>

#define vmalloc(size) shim_alloc(size, GFP_KERNEL)
#define vzalloc(size) shim_alloc(size, GFP_KERNEL | __GFP_ZERO)
#define vfree(p) shim_free(p)

#endif
