// SPDX-License-Identifier: GPL-2.0
/*
 * The table of the pages that the host has mapped for the device. It is the
 * device's IOMMU: the device touches a page of the host only while it is
 * mapped, and only in the way that it is mapped for.
 *
 * Every page that was ever mapped has a word. A mapping adds one to the word's
 * number of readable mappings, of writable ones, or of both, for each page that
 * it covers, and an unmapping subtracts it. Two mappings may share a page.
 *
 *	device				host
 *
 *	add a use to the word
 *	is the page mapped this way?
 *	     no: give the use back,
 *		 refuse
 *	     yes: copy
 *	give the use back		subtract the mapping from the word
 *					while the word has uses: wait
 *					the page is the host's own again
 *
 * Both sides change the same word, so one of them is first. If the use is
 * first, the unmapping waits until the copy has ended. If the unmapping is
 * first, the use is refused. The wait is as short as the copy of a page,
 * because the device's threads copy with interrupts off.
 *
 * The words lie in leaves (2 MiB of the host's memory each), the leaves in nodes
 * (1 GiB each). A mapping makes them when it is the first there. They are kept
 * until the table goes, so nobody needs a lock to read them, and the device may
 * keep pointers to the words of its queues. A leaf has a page: a 512th of the
 * memory that was ever mapped.
 *
 * A copy that a DMA engine makes is looked up when it begins. It cannot be
 * waited for in an interrupt. So a command that names a page of another one's
 * buffer can have the engine write to the page for a moment after the other
 * command has ended.
 */
#include "ctrl/mapping.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <asm/processor.h>

#include "vkv_assert.h"

#define PAGE_BYTES (1ull << VKV_MAPPING_PAGE_SHIFT)
#define NODE_BYTES (1ull << VKV_MAPPING_NODE_SHIFT)
/* Larger addresses are refused: their top level would take megabytes. */
#define END_MAX (1ull << 48)

int vkv_mappings_create(u64 end, uintptr_t to_pointer,
			struct vkv_mappings **out)
{
	u64 nr = DIV_ROUND_UP_ULL(min(end, END_MAX), NODE_BYTES);
	struct vkv_mappings *m = kvzalloc(struct_size(m, node, nr), GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	m->nr_nodes = nr;
	m->to_pointer = to_pointer;
	*out = m;
	return 0;
}

static void free_node(struct vkv_mapping_node *node)
{
	unsigned int i;

	for (i = 0; node && i < VKV_MAPPING_SLOTS; i++)
		kfree(node->leaf[i]);
	kfree(node);
}

void vkv_mappings_destroy(struct vkv_mappings *m)
{
	u64 i;

	for (i = 0; m && i < m->nr_nodes; i++)
		free_node(m->node[i]);
	kvfree(m);
}

/* A node or a leaf, made now if it is not there. Interrupts make mappings, too. */
static void *get_level(void **place, size_t size)
{
	/* Pairs with itself, below. */
	void *new, *old = smp_load_acquire(place);

	if (likely(old))
		return old;
	new = kzalloc(size, GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return NULL;
	/* Pairs with vkv_mapping_find(): it is zeroed before it is there. */
	old = cmpxchg(place, NULL, new);
	if (old)
		kfree(new);
	return old ?: new;
}

static atomic64_t *get_page(struct vkv_mappings *m, u64 addr)
{
	struct vkv_mapping_node *node =
		get_level(&m->node[addr >> VKV_MAPPING_NODE_SHIFT],
			  sizeof(*node));
	unsigned int i = (addr >> VKV_MAPPING_LEAF_SHIFT) % VKV_MAPPING_SLOTS;

	if (!node || !get_level(&node->leaf[i],
				sizeof(struct vkv_mapping_leaf)))
		return NULL;
	return vkv_mapping_find(m, addr);
}

static u64 mapping_of(enum vkv_access access)
{
	return (access & VKV_FROM_HOST ? VKV_MAPPING_READ : 0) |
	       (access & VKV_TO_HOST ? VKV_MAPPING_WRITE : 0);
}

static int add_mapping(struct vkv_mappings *m, u64 addr, u64 mapping)
{
	atomic64_t *page = vkv_mapping_find(m, addr) ?: get_page(m, addr);

	if (!page)
		return -ENOMEM;
	if (likely(!(atomic64_add_return(mapping, page) & VKV_MAPPING_FULL)))
		return 0;
	atomic64_sub(mapping, page);
	return -EOVERFLOW;
}

static u64 first_page(u64 addr)
{
	return ALIGN_DOWN(addr, PAGE_BYTES);
}

int vkv_mappings_add(struct vkv_mappings *m, u64 addr, u64 len,
		     enum vkv_access access)
{
	u64 mapping = mapping_of(access), page, last;
	int err = 0;

	if (!len || check_add_overflow(addr, len - 1, &last) ||
	    last >> VKV_MAPPING_NODE_SHIFT >= m->nr_nodes)
		return -ERANGE;
	for (page = first_page(addr); page <= last; page += PAGE_BYTES) {
		err = add_mapping(m, page, mapping);
		if (err)
			break;
	}
	if (err && page > addr)
		vkv_mappings_remove(m, addr, page - addr, access);
	return err;
}

/*
 * A thread that uses the page for a way in which it is still mapped is waited
 * for as well. It does no harm, and does not last.
 */
static void remove_page(struct vkv_mappings *m, u64 addr, u64 mapping)
{
	atomic64_t *page = vkv_mapping_find(m, addr);
	u64 word;

	if (WARN_ON_ONCE(!page))
		return;
	/* Pairs with vkv_mapping_use(). */
	word = atomic64_sub_return(mapping, page);
	WARN_ON_ONCE(word & VKV_MAPPING_FULL);
	if (word & VKV_MAPPING_READS && word & VKV_MAPPING_WRITES)
		return;
	/* Pairs with vkv_mapping_end(): the device has touched it before. */
	while (atomic64_read_acquire(page) & VKV_MAPPING_USES)
		cpu_relax();
}

void vkv_mappings_remove(struct vkv_mappings *m, u64 addr, u64 len,
			 enum vkv_access access)
{
	u64 page, last = addr + len - 1, mapping = mapping_of(access);

	for (page = first_page(addr); page <= last; page += PAGE_BYTES)
		remove_page(m, page, mapping);
}

static u64 mapped_pages(const struct vkv_mapping_leaf *leaf)
{
	unsigned int i;
	u64 nr = 0;

	for (i = 0; leaf && i < VKV_MAPPING_SLOTS; i++)
		nr += !!(atomic64_read(&leaf->page[i]) & ~VKV_MAPPING_USES);
	return nr;
}

u64 vkv_mappings_count(const struct vkv_mappings *m)
{
	const struct vkv_mapping_node *node;
	unsigned int j;
	u64 i, nr = 0;

	for (i = 0; i < m->nr_nodes; i++) {
		/* Pairs with get_level(), as does the next one. */
		node = smp_load_acquire(&m->node[i]);
		for (j = 0; node && j < VKV_MAPPING_SLOTS; j++)
			nr += mapped_pages(smp_load_acquire(&node->leaf[j]));
	}
	return nr;
}
