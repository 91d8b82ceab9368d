// SPDX-License-Identifier: GPL-2.0
/*
 * memory=blocks: memory that is taken out of the running system in one piece
 * (shell/mem/hotplug.c), for people who want physically contiguous memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "shell/mem.h"
#include "shell/mem/extent.h"
#include "shell/mem/hotplug.h"
#include "shell/mem/kind.h"
#include "shell/mem/size.h"
#include "shell/params.h"

struct blocks {
	struct vkv_blocks taken;
	struct vkv_extent extent;
};

static int claim_and_map(struct blocks *b, struct vkv_mem *mem,
			 const struct vkv_params *p)
{
	struct vkv_extent *e = &b->extent;
	int err;

	e->start = b->taken.start;
	e->size = b->taken.size;
	e->busy = e->size - VKV_MEM_BAR_SPACE;
	err = vkv_extent_claim(e);
	if (err) {
		vkv_params_err(p, "the memory at %#llx was claimed by another driver meanwhile; try again\n",
			       e->start);
		return err;
	}
	err = vkv_extent_map(e, mem, p);
	if (err)
		vkv_extent_release(e);
	return err;
}

static void say_rounded(const struct blocks *b, const struct vkv_params *p)
{
	if (b->taken.size != p->size)
		pr_info("%smemmap_size=%s is rounded up to %s, whole memory blocks\n",
			p->label, p->size_text,
			vkv_size_text(b->taken.size).text);
}

static int take_whole(struct blocks *b, struct vkv_mem *mem,
		      const struct vkv_params *p)
{
	char what[40];
	int err;

	snprintf(what, sizeof(what), "memmap_size=%s", p->size_text);
	err = vkv_blocks_take(&b->taken, p->size, p, what);
	if (err)
		return err;
	mem->nid = b->taken.nid;
	err = claim_and_map(b, mem, p);
	if (err)
		vkv_blocks_give(&b->taken);
	else
		say_rounded(b, p);
	return err;
}

static int blocks_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	struct blocks *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return -ENOMEM;
	mem->own = b;
	err = take_whole(b, mem, p);
	if (err)
		kfree(b);
	return err;
}

static void blocks_put(struct vkv_mem *mem)
{
	struct blocks *b = mem->own;

	vkv_extent_unmap(mem);
	vkv_extent_release(&b->extent);
	vkv_blocks_give(&b->taken);
	kfree(b);
}

const struct vkv_mem_kind vkv_mem_blocks = {
	.name = "blocks",
	.get = blocks_get,
	.put = blocks_put,
};
