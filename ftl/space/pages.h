/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages of 4 KiB for the index, in segments of their own.
 */
#ifndef VKV_SPACE_PAGES_H
#define VKV_SPACE_PAGES_H

#include <linux/build_bug.h>
#include <linux/types.h>

#include "ftl/layout.h"
#include "ftl/space/segment.h"

/*
 * The word of a page that is free. It differs in many bits from nearly all words of
 * other pages, and in two bits at least from any: in bit 31 and in the number of
 * the index, or in the bits of limbo. So a page in use hardly ever looks free.
 */
#define VKV_PAGE_FREE 0x2a5c3a69u
/* In the word of a page: it is in use. The rest of the word is its cookie + 1. */
#define VKV_PAGE_USED (1u << 31)
/*
 * In the word of a page: it is in limbo. The lower bits are the number of the
 * next page there, 0 for none.
 */
#define VKV_PAGE_LIMBO (5u << 28)
#define VKV_PAGE_NUMBER ((1u << 28) - 1)

/* Every page number fits. */
static_assert(VKV_LOC_BITS + VKV_LOC_SHIFT - 12 <= 28);

struct vkv_space;

static inline bool vkv_page_in_limbo(u32 word)
{
	return (word & ~VKV_PAGE_NUMBER) == VKV_PAGE_LIMBO;
}

/**
 * struct vkv_limbo - pages that were given back, in the order in which they
 * came;
 *	the word of each has the number of the next one
 * @first: the page that came first
 * @last: the page that came last
 * @nr: how many there are
 */
struct vkv_limbo {
	u32 first;
	u32 last;
	u32 nr;
};

/**
 * vkv_page_words() - what the pages of a segment are used for
 * @sp: the space manager
 * @seg: the segment, in state META
 *
 * Context: page_lock is held.
 * Return: a word for each page; number 0, of the page with the words, is a
 * magic number.
 */
u32 *vkv_page_words(const struct vkv_space *sp, const struct vkv_segment *seg);

/**
 * vkv_space_page_alloc() - vkv_space_ops.page_alloc
 * @sp: the space manager
 * @cookie: below VKV_PAGE_USED - 1
 *
 * Context: any; may be under locks of the index.
 * Return: the page, 0.
 */
u32 vkv_space_page_alloc(struct vkv_space *sp, u32 cookie);

/**
 * vkv_space_page_free() - vkv_space_ops.page_free
 * @sp: the space manager
 * @page: in use
 *
 * Context: any; may be under locks of the index.
 */
void vkv_space_page_free(struct vkv_space *sp, u32 page);

/**
 * vkv_space_page_victim() - vkv_space_ops.page_victim
 * @sp: the space manager
 * @eager: name a page even if enough segments are free
 * @cookie: filled with the cookie of the page
 *
 * Context: the collector's thread.
 * Return: the page, 0.
 */
u32 vkv_space_page_victim(struct vkv_space *sp, bool eager, u32 *cookie);

/**
 * vkv_space_page_doubt() - vkv_space_ops.page_doubt
 * @sp: the space manager
 * @page: what vkv_space_page_victim() returned
 *
 * Context: the collector's thread.
 */
void vkv_space_page_doubt(struct vkv_space *sp, u32 page);

/**
 * vkv_space_drain_limbo() - free a bounded number of pages that nobody reads
 * @sp: the space manager
 *
 * Context: any.
 * Return: true if any page became free.
 */
bool vkv_space_drain_limbo(struct vkv_space *sp);

#endif
