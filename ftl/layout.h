/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the reserved memory is measured: index and space manager both work by
 * these sizes, and know nothing else of one another.
 */
#ifndef VKV_FTL_LAYOUT_H
#define VKV_FTL_LAYOUT_H

/* An index lives in pages of this size; the space manager hands them out. */
#define VKV_PAGE_SIZE 4096u
/* Records begin at multiples of this. A location counts these units. */
#define VKV_ALIGN 16u
#define VKV_LOC_SHIFT 4
/* Every location is below 1 << VKV_LOC_BITS. */
#define VKV_LOC_BITS 36

#endif
