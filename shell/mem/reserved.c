// SPDX-License-Identifier: GPL-2.0
/*
 * memory=reserved: memory that was kept from the kernel at boot, on x86 by
 * memmap=SIZE$START. The setting memmap_start= names the place.
 *
 * No code here reads or clears the whole memory. Its content is arbitrary. Nothing is
 * written to the memory before all of it is claimed, since it may belong to another
 * driver until then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/numa.h>
#include <linux/slab.h>

#include "shell/compat.h"
#include "shell/firmware.h"
#include "shell/mem.h"
#include "shell/mem/extent.h"
#include "shell/mem/kind.h"
#include "shell/mem/size.h"
#include "shell/params.h"

/*
 * Writes to the memory past the caches and reads it back. A place without
 * memory does not keep the value.
 */
static int try_place(u64 addr)
{
	void __iomem *io = ioremap(addr, sizeof(u64));
	bool good;

	if (!io)
		return -ENOMEM;
	writeq(0x5a5a1234a5a5fedcull, io);
	good = readq(io) == 0x5a5a1234a5a5fedcull;
	writeq(addr, io);
	good = good && readq(io) == addr;
	iounmap(io);
	return good ? 0 : -ENODEV;
}

static int find_memory(u64 start, u64 size)
{
	int err;

	if (vkv_absent_memory_aborts() && !vkv_firmware_has_memory(start, size))
		return -ENODEV;
	err = try_place(start);
	return err ? err : try_place(start + size - sizeof(u64));
}

static int check_place(const struct vkv_params *p)
{
	int err = find_memory(p->start, p->size);

	if (err == -ENODEV)
		vkv_params_err(p, "memmap_start=%s memmap_size=%s: there is no memory; give the start of RAM that was reserved at boot with " VKV_BOOT_ARGUMENT "\n",
			       p->start_text, p->size_text);
	else if (err)
		vkv_params_err(p, "memmap_start=%s memmap_size=%s cannot be mapped\n",
			       p->start_text, p->size_text);
	return err;
}

static int check_system_ram(const struct vkv_params *p)
{
	struct vkv_size_text start = vkv_size_text(p->start);
	struct vkv_size_text size = vkv_size_text(p->size);

	if (region_intersects(p->start, p->size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) == REGION_DISJOINT)
		return 0;
	vkv_params_err(p, "memmap_start=%s memmap_size=%s overlaps System RAM; " VKV_HOW_TO_RESERVE ", or leave memmap_start out\n",
		       p->start_text, p->size_text, size.text, start.text, size.text,
		       start.text);
	return -EBUSY;
}

static int claim(struct vkv_extent *e, const struct vkv_params *p)
{
	int err = vkv_extent_claim(e);

	if (err)
		vkv_params_err(p, "memmap_start=%s memmap_size=%s overlaps another device's memory; see /proc/iomem for a free place\n",
			       p->start_text, p->size_text);
	return err;
}

static int take_range(struct vkv_extent *e, struct vkv_mem *mem,
		      const struct vkv_params *p)
{
	int err = check_system_ram(p);

	if (!err)
		err = claim(e, p);
	if (err)
		return err;
	err = check_place(p);
	if (!err)
		err = vkv_extent_map(e, mem, p);
	if (err)
		vkv_extent_release(e);
	return err;
}

static int reserved_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	struct vkv_extent *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int err;

	if (!e)
		return -ENOMEM;
	e->start = p->start;
	e->size = p->size;
	e->busy = p->size - VKV_MEM_BAR_SPACE;
	mem->own = e;
	mem->nid = phys_to_target_node(p->start);
	err = take_range(e, mem, p);
	if (err)
		kfree(e);
	return err;
}

static void reserved_put(struct vkv_mem *mem)
{
	vkv_extent_unmap(mem);
	vkv_extent_release(mem->own);
	kfree(mem->own);
}

const struct vkv_mem_kind vkv_mem_reserved = {
	.name = "reserved",
	.get = reserved_get,
	.put = reserved_put,
};
