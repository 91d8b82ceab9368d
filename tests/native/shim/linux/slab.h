/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: allocations fail on demand and live ones are counted. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>
#include <string.h>
#include <linux/gfp.h>
#include <linux/overflow.h>

/* How many objects of the whole program are allocated and not freed. */
extern long shim_slab_live;
/* The number of the allocation that fails: 1 is the next one, 0 is none. */
extern long shim_slab_fail;

void *shim_alloc(size_t size, gfp_t flags);
void shim_free(const void *p);

#define kmalloc(size, flags) shim_alloc(size, flags)
#define kzalloc(size, flags) shim_alloc(size, (flags) | __GFP_ZERO)
#define kmalloc_array(n, size, flags) shim_alloc(size_mul(n, size), flags)
#define kcalloc(n, size, flags) \
	shim_alloc(size_mul(n, size), (flags) | __GFP_ZERO)
#define kfree(p) shim_free(p)
#define kvmalloc kmalloc
#define kvzalloc kzalloc
#define kvmalloc_array kmalloc_array
#define kvcalloc kcalloc
#define kvfree kfree
#define kzalloc_node(size, flags, node) kzalloc(size, flags)
#define kvzalloc_node(size, flags, node) kvzalloc(size, flags)
#define kmemdup(src, len, flags) __extension__({	\
	size_t __n = (len);				\
	void *__p = shim_alloc(__n, flags);		\
	__p ? memcpy(__p, src, __n) : NULL; })

#endif
