/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looking a page up in the table of the pages that the host has mapped, and
 * keeping it mapped while it is used; ctrl/mapping.c has the essay.
 */
#ifndef VKV_MAPPING_H
#define VKV_MAPPING_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "vkv.h"

/* An address: the top level, a node's leaf, a leaf's page, a byte of the page. */
#define VKV_MAPPING_SLOTS 512u
#define VKV_MAPPING_PAGE_SHIFT 12
#define VKV_MAPPING_LEAF_SHIFT 21
#define VKV_MAPPING_NODE_SHIFT 30

/*
 * A page's word: how many threads use it now, how many mappings let the device
 * read it, and how many let it write. The highest bit of each of the last two
 * stays clear.
 */
#define VKV_MAPPING_USE 1ull
#define VKV_MAPPING_USES GENMASK_ULL(11, 0)
#define VKV_MAPPING_READ BIT_ULL(12)
#define VKV_MAPPING_READS GENMASK_ULL(37, 12)
#define VKV_MAPPING_WRITE BIT_ULL(38)
#define VKV_MAPPING_WRITES GENMASK_ULL(63, 38)
#define VKV_MAPPING_FULL (BIT_ULL(37) | BIT_ULL(63))

struct vkv_mapping_leaf {
	atomic64_t page[VKV_MAPPING_SLOTS];
};

/* Its slots point to leaves. */
struct vkv_mapping_node {
	void *leaf[VKV_MAPPING_SLOTS];
};

/**
 * struct vkv_mappings - the pages that the host has mapped
 * @to_pointer: what is added to a bus address to get at its memory
 * @nr_nodes: how many @node has
 * @node: made when a page below it is mapped for the first time, and kept
 */
struct vkv_mappings {
	uintptr_t to_pointer;
	u64 nr_nodes;
	void *node[];
};

/**
 * vkv_mapping_find() - the word of a page
 * @m: the table
 * @addr: a bus address in the page
 *
 * Context: any.
 * Return: the word, which stays as long as the table; NULL when the page was
 * never mapped.
 */
static inline atomic64_t *vkv_mapping_find(const struct vkv_mappings *m,
					   u64 addr)
{
	const struct vkv_mapping_node *node;
	struct vkv_mapping_leaf *leaf;

	if (unlikely(addr >> VKV_MAPPING_NODE_SHIFT >= m->nr_nodes))
		return NULL;
	/* Pairs with get_level(), as does the next one. */
	node = smp_load_acquire(&m->node[addr >> VKV_MAPPING_NODE_SHIFT]);
	if (unlikely(!node))
		return NULL;
	leaf = smp_load_acquire(
		&node->leaf[(addr >> VKV_MAPPING_LEAF_SHIFT) %
			    VKV_MAPPING_SLOTS]);
	if (unlikely(!leaf))
		return NULL;
	return &leaf->page[(addr >> VKV_MAPPING_PAGE_SHIFT) %
			   VKV_MAPPING_SLOTS];
}

/**
 * vkv_mapping_use() - begin to use a page
 * @page: its word
 * @access: one way
 * @flags: to be handed to vkv_mapping_end()
 *
 * An unmapping waits for the end, perhaps in an interrupt of this CPU. So
 * interrupts are off until then, and the use is short.
 *
 * Context: any thread.
 * Return: false when the page is not mapped, or not for this way. Then nothing
 * has begun.
 */
static inline bool vkv_mapping_use(atomic64_t *page, enum vkv_access access,
				   unsigned long *flags)
{
	u64 right = access == VKV_TO_HOST ? VKV_MAPPING_WRITES :
					    VKV_MAPPING_READS;

	local_irq_save(*flags);
	/* Pairs with vkv_mappings_remove(). */
	if (likely(atomic64_add_return(VKV_MAPPING_USE, page) & right))
		return true;
	atomic64_sub(VKV_MAPPING_USE, page);
	local_irq_restore(*flags);
	return false;
}

/**
 * vkv_mapping_end() - end the use of a page
 * @page: its word
 * @flags: from vkv_mapping_use()
 *
 * Context: the thread that began.
 */
static inline void vkv_mapping_end(atomic64_t *page, unsigned long flags)
{
	/* Pairs with vkv_mappings_remove(): the page was touched before. */
	atomic64_dec_return_release(page);
	local_irq_restore(flags);
}

#endif
