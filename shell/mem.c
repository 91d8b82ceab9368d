// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of the device.
 *
 * The memory comes from one of two places. It was kept from the kernel at boot
 * (on x86 by memmap=SIZE$START; then memmap_start= names the place). Or it is
 * taken out of the running system: memory blocks are taken offline and removed,
 * as if memory modules were pulled out, and are plugged in again at unload. In both
 * cases the memory is outside of System RAM afterwards. This is why the nvme
 * driver can claim and map the BAR, and why the module may choose the caching
 * type of a mapping.
 *
 *	start                                        end - 1M
 *	| storage: the FTL's, write-back             | BAR 0, unused rest |
 *
 * The storage comes first, so that it keeps the alignment of the whole and is
 * mapped with large pages. The BAR is mapped in the way that agrees with the
 * nvme driver's mapping of the same pages (vkv_map_bar() in shell/compat.h).
 * /proc/iomem keeps the drivers of other devices off. All
 * of the memory is one resource there, and it holds the storage (busy) and the
 * window of the PCI bus (the nvme driver makes it busy).
 *
 * No code here reads or clears the whole memory. Its content at load is
 * arbitrary. Nothing is written to the memory before all of it is claimed, since
 * it may belong to another driver until then.
 *
 * Taking blocks from the system. A block (128 MiB on small machines) can be
 * removed only when every page in it is free or can be moved. The kernel prints
 * a page dump when it tries and fails. So the blocks are looked through first,
 * from the top of a node down, until there are enough in a row. Blocks are
 * removed and given back one by one, because a removal must not span two System
 * RAM resources, and each block that was given back is one. After a block went
 * offline and before it is removed, nobody uses it; then it gets entries of its
 * own in the linear mapping (vkv_split_linear_mapping() says why). This needs a
 * page of memory. Without one, the block goes online again, and the load fails.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/mem.h"

#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/notifier.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "shell/compat.h"
#include "shell/firmware.h"
#include "shell/params.h"
#include "vkv.h"
#include "vkv_assert.h"

/* The running system keeps at least so much when memory is taken from it. */
#define SYSTEM_RESERVE (128ull << 20)
/* A page for a table is asked for so often, with pauses. */
#define SPLIT_TRIES 10u
#define SPLIT_RETRY_US 1000u

/* ---- printing ---- */

struct size_text {
	char text[24];
};

/* Writes a size in the largest exact unit, such as 512M. */
static struct size_text size_text(u64 size)
{
	static const char units[] = "\0KMGT";
	struct size_text out;
	unsigned int i = 0;

	while (size && !(size & 1023) && i < sizeof(units) - 2) {
		size >>= 10;
		i++;
	}
	snprintf(out.text, sizeof(out.text), "%llu%c", size, units[i]);
	return out;
}

/* ---- blocks in and out of the running system ---- */

static u64 block_start(const struct vkv_mem *mem, unsigned int i)
{
	return mem->start + i * (u64)memory_block_size_bytes();
}

static unsigned int nr_blocks(const struct vkv_mem *mem)
{
	return div64_u64(mem->size, memory_block_size_bytes());
}

/*
 * Is this page free, or can it be moved? This is a guess: nothing is locked.
 * Huge pages that were reserved (nr_hugepages) would be dissolved, and the system
 * would not get them back at unload.
 */
static bool page_is_movable(struct page *page, int nid)
{
	if (PageReserved(page) || page_to_nid(page) != nid || PageHuge(page))
		return false;
	return !page_ref_count(page) || PageLRU(page);
}

static bool block_is_movable(u64 start, int nid)
{
	unsigned long pfn = PHYS_PFN(start);
	unsigned long end = pfn + PHYS_PFN(memory_block_size_bytes());
	struct page *page;

	if (region_intersects(start, memory_block_size_bytes(),
			      IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) !=
	    REGION_INTERSECTS)
		return false;
	if (!vkv_memory_removable(pfn))
		return false;
	for (; pfn < end; pfn++) {
		page = pfn_to_online_page(pfn);
		if (!page || !page_is_movable(page, nid))
			return false;
	}
	cond_resched();
	return true;
}

static int write_block_file(struct vfsmount *sysfs, u64 start,
			    const char *state)
{
	char path[48];
	struct file *file;
	ssize_t n;
	loff_t pos = 0;

	snprintf(path, sizeof(path), "devices/system/memory/memory%llu/state",
		 div64_u64(start, memory_block_size_bytes()));
	file = file_open_root_mnt(sysfs, path, O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	n = kernel_write(file, state, strlen(state), &pos);
	filp_close(file, NULL);
	return n < 0 ? n : 0;
}

/*
 * The kernel does not export the functions that put a block online and offline,
 * but a file in sysfs does it. The module mounts sysfs for itself, because the
 * process that unloads the module may have no /sys.
 */
static int set_block_state(u64 start, const char *state)
{
	struct file_system_type *type = get_fs_type("sysfs");
	struct vfsmount *sysfs;
	int err;

	if (!type)
		return -ENODEV;
	sysfs = kern_mount(type);
	module_put(type->owner);
	if (IS_ERR(sysfs))
		return PTR_ERR(sysfs);
	err = write_block_file(sysfs, start, state);
	kern_unmount(sysfs);
	return err;
}

/* A block that was added is offline, unless the system is set up otherwise. */
static void online_block(const struct vkv_mem *mem, unsigned int i)
{
	u64 start = block_start(mem, i);
	int err;

	if (pfn_to_online_page(PHYS_PFN(start)))
		return;
	err = set_block_state(start, test_bit(i, mem->movable) ?
					     "online_movable" :
					     "online_kernel");
	if (!pfn_to_online_page(PHYS_PFN(start)))
		pr_err("memory block %#llx cannot be put online (error %d); try: echo online > /sys/devices/system/memory/memory%llu/state\n",
		       start, err,
		       div64_u64(start, memory_block_size_bytes()));
}

static void give_block(const struct vkv_mem *mem, unsigned int i)
{
	u64 start = block_start(mem, i);
	int err = add_memory(mem->nid, start, memory_block_size_bytes(),
			     MHP_NONE);

	if (err)
		pr_err("memory block %#llx cannot be given back (error %d); it is lost until the next boot\n",
		       start, err);
	else
		online_block(mem, i);
}

static void give_blocks(const struct vkv_mem *mem, unsigned int from)
{
	unsigned int i;

	for (i = from; i < nr_blocks(mem); i++)
		give_block(mem, i);
}

static int split_mapping(u64 start)
{
	void *linear = page_address(pfn_to_page(PHYS_PFN(start)));
	unsigned int tries = SPLIT_TRIES;
	int err;

	while ((err = vkv_split_linear_mapping(linear)) && --tries)
		fsleep(SPLIT_RETRY_US);
	return err;
}

/* A block that is being taken; the notifier learns when it is offline. */
struct taking {
	u64 start;
	int err;	/* of the split */
	struct notifier_block notifier;
};

static int block_changes(struct notifier_block *nb, unsigned long action,
			 void *data)
{
	struct taking *t = container_of(nb, struct taking, notifier);
	const struct memory_notify *what = data;

	if (action == MEM_OFFLINE && PFN_PHYS(what->start_pfn) == t->start &&
	    memory_block_size_bytes() < SZ_1G)
		t->err = split_mapping(t->start);
	return NOTIFY_OK;
}

/*
 * No memory can be allocated from the block any more after this, unless a user
 * puts it online again. Its mapping is split while that cannot happen, either.
 */
static int offline_block(u64 start)
{
	struct taking t = {
		.start = start,
		.notifier.notifier_call = block_changes,
	};
	int err = register_memory_notifier(&t.notifier);

	VKV_ASSERT(IS_ALIGNED(start, memory_block_size_bytes()));
	if (err)
		return err;
	err = set_block_state(start, "offline");
	unregister_memory_notifier(&t.notifier);
	return err ?: t.err;
}

static int take_block(const struct vkv_mem *mem, unsigned int i)
{
	u64 start = block_start(mem, i);
	int err = offline_block(start);

	if (!err)
		err = remove_memory(start, memory_block_size_bytes());
	if (err)
		online_block(mem, i);
	return err;
}

/*
 * Takes all blocks (mem->from_system), or none when this fails. Then *left is the
 * number of blocks below the one that failed.
 */
static int take_blocks(struct vkv_mem *mem, unsigned int *left)
{
	unsigned int i = nr_blocks(mem);
	struct page *page;
	u64 start;
	int err;

	while (i--) {
		start = block_start(mem, i);
		page = pfn_to_page(PHYS_PFN(start));
		__assign_bit(i, mem->movable, is_zone_movable_page(page));
		err = take_block(mem, i);
		if (err) {
			give_blocks(mem, i + 1);
			*left = i;
			return err;
		}
	}
	mem->from_system = true;
	return 0;
}

/* Returns -EBUSY when there are not enough blocks in a row. */
static int take_from_node(struct vkv_mem *mem, int nid)
{
	u64 block = memory_block_size_bytes();
	u64 low = PFN_PHYS(NODE_DATA(nid)->node_start_pfn);
	u64 at = round_down(PFN_PHYS(pgdat_end_pfn(NODE_DATA(nid))), block);
	unsigned int run = 0;
	int err;

	mem->nid = nid;
	while (at >= low + block && !signal_pending(current)) {
		at -= block;
		run = block_is_movable(at, nid) ? run + 1 : 0;
		if (run < nr_blocks(mem))
			continue;
		mem->start = at;
		err = take_blocks(mem, &run);
		if (!err || err == -ENOMEM)
			return err;
	}
	return signal_pending(current) ? -EINTR : -EBUSY;
}

static int take_from_system(struct vkv_mem *mem, const char *asked)
{
	u64 available = (u64)si_mem_available() << PAGE_SHIFT;
	int nid, err;

	if (mem->size + SYSTEM_RESERVE > available) {
		pr_err("memmap_size=%s: the running system can spare %lluM only; give less, or reserve memory at boot with " VKV_BOOT_ARGUMENT "\n",
		       asked,
		       (available - min(available, SYSTEM_RESERVE)) >> 20);
		return -ENOMEM;
	}
	for_each_online_node(nid) {
		err = take_from_node(mem, nid);
		if (err == -ENOMEM)
			pr_err("memmap_size=%s: there is no memory left to take memory out of the running system; give less\n",
			       asked);
		if (err != -EBUSY)
			return err;
	}
	if (vkv_boot_memory_stays())
		pr_err("only memory that was plugged in after boot can be taken here\n");
	pr_err("memmap_size=%s: no %u memory blocks of %s in a row are free of unmovable and reserved huge pages; give less, or boot with movablecore=%s, or with " VKV_BOOT_ARGUMENT "\n",
	       asked, nr_blocks(mem),
	       size_text(memory_block_size_bytes()).text,
	       size_text(mem->size).text);
	return -ENOMEM;
}

static int get_from_system(struct vkv_mem *mem, const struct vkv_params *p)
{
	u64 block = memory_block_size_bytes();
	int err;

	mem->size = roundup(p->size, block);
	mem->movable = bitmap_zalloc(nr_blocks(mem), GFP_KERNEL);
	if (!mem->movable)
		return -ENOMEM;
	err = take_from_system(mem, p->size_text);
	if (err)
		bitmap_free(mem->movable);
	else if (mem->size != p->size)
		pr_info("memmap_size=%s is rounded up to %s, as memory blocks are of %s\n",
			p->size_text, size_text(mem->size).text,
			size_text(block).text);
	return err;
}

static void put_to_system(struct vkv_mem *mem)
{
	if (!mem->from_system)
		return;
	give_blocks(mem, 0);
	bitmap_free(mem->movable);
}

/* ---- memory reserved at boot ---- */

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

static int check_memory(const struct vkv_params *p)
{
	int err = find_memory(p->start, p->size);

	if (err == -ENODEV)
		pr_err("memmap_start=%s memmap_size=%s: there is no memory; give the start of RAM that was reserved at boot with " VKV_BOOT_ARGUMENT "\n",
		       p->start_text, p->size_text);
	else if (err)
		pr_err("memmap_start=%s memmap_size=%s cannot be mapped\n",
		       p->start_text, p->size_text);
	return err;
}

static int check_system_ram(const struct vkv_params *p)
{
	struct size_text start = size_text(p->start);
	struct size_text size = size_text(p->size);

	if (region_intersects(p->start, p->size, IORESOURCE_SYSTEM_RAM,
			      IORES_DESC_NONE) == REGION_DISJOINT)
		return 0;
	pr_err("memmap_start=%s memmap_size=%s overlaps System RAM; " VKV_HOW_TO_RESERVE ", or leave memmap_start out\n",
	       p->start_text, p->size_text, size.text, start.text, size.text,
	       start.text);
	return -EBUSY;
}

/* arm64's entry for a reserved-memory node with no-map has no descriptor. */
static bool is_reserved_node(const struct resource *res)
{
	return res->parent == &iomem_resource && !strcmp(res->name, "reserved") &&
	       !(res->flags & IORESOURCE_BUSY);
}

/* Is the memory below this entry of /proc/iomem free for a driver to claim? */
static bool is_reserved(const struct resource *parent)
{
	return parent == &iomem_resource ||
	       parent->desc == IORES_DESC_RESERVED ||
	       parent->desc == IORES_DESC_SOFT_RESERVED ||
	       is_reserved_node(parent);
}

/*
 * A request fails when the region is taken, and when there is no memory for the
 * entry. The second try makes the latter unlikely, so that a user does not look
 * in vain for a device in the way.
 */
static struct resource *take_region(u64 start, u64 size, const char *name)
{
	return request_mem_region(start, size, name) ?:
		       request_mem_region(start, size, name);
}

/*
 * Finds the entry of /proc/iomem that the memory lies in. It claims all of the
 * memory for a moment, which fails when a part of it is in use. A claim alone
 * does not tell enough: it also succeeds in the window of a PCI bus.
 */
static struct resource *find_parent(const struct vkv_mem *mem)
{
	struct resource *res = take_region(mem->start, mem->size,
					   KBUILD_MODNAME);
	struct resource *parent;

	if (!res)
		return NULL;
	parent = res->parent;
	release_mem_region(mem->start, mem->size);
	return is_reserved(parent) ? parent : NULL;
}

static int get_from_boot(struct vkv_mem *mem, const struct vkv_params *p)
{
	mem->start = p->start;
	mem->size = p->size;
	mem->nid = NUMA_NO_NODE;
	return check_system_ram(p);
}

/* ---- memory of both kinds ---- */

static void say_busy(const struct vkv_mem *mem, const struct vkv_params *p)
{
	if (mem->from_system)
		pr_err("the memory at %#llx was claimed by another driver meanwhile; try again\n",
		       mem->start);
	else
		pr_err("memmap_start=%s memmap_size=%s overlaps another device's memory; see /proc/iomem for a free place\n",
		       p->start_text, p->size_text);
}

static int claim_memory(struct vkv_mem *mem)
{
	struct resource *parent = find_parent(mem);
	struct resource res = DEFINE_RES_MEM_NAMED(mem->start, mem->size,
						   KBUILD_MODNAME);

	VKV_ASSERT(IS_ALIGNED(mem->start, VKV_MEM_ALIGN));
	VKV_ASSERT(mem->size > VKV_MEM_BAR_SPACE);
	mem->res = res;
	if (!parent || request_resource(parent, &mem->res))
		return -EBUSY;
	if (take_region(mem->start, vkv_mem_storage_size(mem),
			KBUILD_MODNAME " storage"))
		return 0;
	release_resource(&mem->res);
	return -EBUSY;
}

static void release_memory(struct vkv_mem *mem)
{
	release_mem_region(mem->start, vkv_mem_storage_size(mem));
	release_resource(&mem->res);
}

static int map_memory(struct vkv_mem *mem)
{
	mem->storage = memremap(mem->start, vkv_mem_storage_size(mem),
				MEMREMAP_WB);
	if (!mem->storage)
		goto fail;
	mem->bar = vkv_map_bar(vkv_mem_bar_start(mem), VKV_BAR_SIZE);
	if (mem->bar)
		return 0;
	memunmap(mem->storage);
fail:
	pr_err("the memory at %#llx cannot be mapped\n", mem->start);
	return -ENOMEM;
}

static void unmap_memory(struct vkv_mem *mem)
{
	vkv_unmap_bar(mem->bar);
	memunmap(mem->storage);
}

int vkv_mem_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	int err = p->has_start ? get_from_boot(mem, p) :
				 get_from_system(mem, p);

	if (err)
		return err;
	err = claim_memory(mem);
	if (err) {
		say_busy(mem, p);
		goto put;
	}
	if (p->has_start)
		err = check_memory(p);
	if (!err)
		err = map_memory(mem);
	if (err)
		goto release;
	return 0;

release:
	release_memory(mem);
put:
	put_to_system(mem);
	return err;
}

void vkv_mem_put(struct vkv_mem *mem)
{
	unmap_memory(mem);
	release_memory(mem);
	put_to_system(mem);
}

/* ---- the host's memory ---- */

static phys_addr_t to_physical(struct device *dma, u64 addr)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dma);

	if (!domain || !(domain->type & __IOMMU_DOMAIN_PAGING))
		return addr;
	return iommu_iova_to_phys(domain, addr);
}

/*
 * The page of zeros is part of the kernel image, but a host may let a device
 * read from it.
 */
static bool page_is_usable(struct page *page)
{
	return (!PageReserved(page) || is_zero_pfn(page_to_pfn(page))) &&
	       vkv_page_writable(page);
}

void *vkv_mem_map_host(struct device *dma, u64 addr)
{
	phys_addr_t phys = to_physical(dma, addr);
	struct page *page = pfn_to_online_page(PHYS_PFN(phys));

	if (!page || !page_is_usable(page))
		return NULL;
	return page_address(page) + offset_in_page(phys);
}
