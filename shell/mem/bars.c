// SPDX-License-Identifier: GPL-2.0
/*
 * Places for BARs of devices whose storage is System RAM.
 *
 * The nvme driver claims and maps a BAR as if it were registers, and the kernel
 * allows neither for System RAM. So a BAR needs some other memory. One memory block
 * is taken out of the running system for all BARs, when the first device needs a
 * place, and is given back when no device has one. Where the system cannot spare
 * a block, bar_start= names 64 KiB that were reserved at boot.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/mem/bars.h"

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "shell/compat.h"
#include "shell/mem.h"
#include "shell/mem/extent.h"
#include "shell/mem/hotplug.h"
#include "shell/params.h"
#include "shell/shell.h"
#include "vkv.h"
#include "vkv_assert.h"

/* The block that all share. One device at a time comes or goes. */
static struct {
	struct vkv_blocks taken;
	struct vkv_extent extent;
	unsigned int users;
	DECLARE_BITMAP(used, VKV_NR_DEVICES);
} pool;

static int claim_pool(const struct vkv_params *p)
{
	int err;

	pool.extent.start = pool.taken.start;
	pool.extent.size = pool.taken.size;
	pool.extent.busy = 0;
	err = vkv_extent_claim(&pool.extent);
	if (err)
		vkv_params_err(p, "the memory at %#llx was claimed by another driver meanwhile; try again\n",
			       pool.extent.start);
	return err;
}

static int fill_pool(const struct vkv_params *p)
{
	int err;

	err = vkv_blocks_take(&pool.taken,
			      (u64)VKV_NR_DEVICES * VKV_BAR_SIZE, p,
			      "memory for BARs (bar_start= can name some)");
	if (err)
		return err;
	err = claim_pool(p);
	if (err)
		vkv_blocks_give(&pool.taken);
	return err;
}

static void empty_pool(void)
{
	vkv_extent_release(&pool.extent);
	vkv_blocks_give(&pool.taken);
}

static int get_from_pool(struct vkv_mem *mem, const struct vkv_params *p)
{
	unsigned int i;
	int err = pool.users ? 0 : fill_pool(p);

	if (err)
		return err;
	i = find_first_zero_bit(pool.used, VKV_NR_DEVICES);
	/* There are no more devices than places. */
	VKV_ASSERT(i < VKV_NR_DEVICES);
	__set_bit(i, pool.used);
	pool.users++;
	mem->bar_start = pool.extent.start + (u64)i * VKV_BAR_SIZE;
	mem->bar_parent = &pool.extent.res;
	return 0;
}

static void put_to_pool(struct vkv_mem *mem)
{
	u64 at = mem->bar_start - pool.extent.start;

	__clear_bit(at / VKV_BAR_SIZE, pool.used);
	if (!--pool.users)
		empty_pool();
}

/* A place that was reserved at boot, for one device. */
static int get_place(struct vkv_mem *mem, const struct vkv_params *p)
{
	struct vkv_extent *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int err;

	if (!e)
		return -ENOMEM;
	e->start = p->bar_start;
	e->size = VKV_BAR_SIZE;
	err = vkv_extent_claim(e);
	if (err) {
		vkv_params_err(p, "bar_start=%#llx: the 64 KiB there are not reserved and free; see /proc/iomem\n",
			       p->bar_start);
		kfree(e);
		return err;
	}
	mem->bar_place = e;
	mem->bar_start = e->start;
	mem->bar_parent = &e->res;
	return 0;
}

static void put(struct vkv_mem *mem)
{
	if (!mem->bar_place) {
		put_to_pool(mem);
		return;
	}
	vkv_extent_release(mem->bar_place);
	kfree(mem->bar_place);
	mem->bar_place = NULL;
}

int vkv_bars_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	int err = p->has_bar_start ? get_place(mem, p) : get_from_pool(mem, p);

	if (err)
		return err;
	mem->bar = vkv_map_bar(mem->bar_start, VKV_BAR_SIZE);
	if (mem->bar)
		return 0;
	vkv_params_err(p, "the memory at %#llx cannot be mapped\n",
		       mem->bar_start);
	put(mem);
	return -ENOMEM;
}

void vkv_bars_put(struct vkv_mem *mem)
{
	vkv_unmap_bar(mem->bar);
	put(mem);
}
