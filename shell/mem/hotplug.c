// SPDX-License-Identifier: GPL-2.0
/*
 * Memory blocks in and out of the running system.
 *
 * Memory blocks are taken offline and removed, as if memory modules were pulled
 * out, and are plugged in again later. Meanwhile their memory is outside of System
 * RAM.
 *
 * A block (128 MiB on small machines) can be removed only when every page in it is
 * free or can be moved. The kernel prints a page dump when it tries and fails. So
 * the blocks are looked through first, from the top of a node down, until there are
 * enough in a row. Blocks are removed and given back one by one, because a removal
 * must not span two System RAM resources, and each block that was given back is
 * one. After a block went offline and before it is removed, nobody uses it; then it
 * gets entries of its own in the linear mapping (vkv_split_linear_mapping() says
 * why). This needs a page of memory. Without one, the block goes online again, and
 * nothing is taken.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/mem/hotplug.h"

#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/notifier.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "shell/compat.h"
#include "shell/mem/size.h"
#include "shell/params.h"
#include "vkv_assert.h"

/* The running system keeps at least so much when memory is taken from it. */
#define SYSTEM_RESERVE (128ull << 20)
/* A page for a table is asked for so often, with pauses. */
#define SPLIT_TRIES 10u
#define SPLIT_RETRY_US 1000u

static u64 block_start(const struct vkv_blocks *b, unsigned int i)
{
	return b->start + i * (u64)memory_block_size_bytes();
}

static unsigned int nr_blocks(const struct vkv_blocks *b)
{
	return div64_u64(b->size, memory_block_size_bytes());
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
static void online_block(const struct vkv_blocks *b, unsigned int i)
{
	u64 start = block_start(b, i);
	int err;

	if (pfn_to_online_page(PHYS_PFN(start)))
		return;
	err = set_block_state(start, test_bit(i, b->movable) ?
					     "online_movable" :
					     "online_kernel");
	if (!pfn_to_online_page(PHYS_PFN(start)))
		pr_err("memory block %#llx cannot be put online (error %d); try: echo online > /sys/devices/system/memory/memory%llu/state\n",
		       start, err,
		       div64_u64(start, memory_block_size_bytes()));
}

static void give_block(const struct vkv_blocks *b, unsigned int i)
{
	u64 start = block_start(b, i);
	int err = add_memory(b->nid, start, memory_block_size_bytes(),
			     MHP_NONE);

	if (err)
		pr_err("memory block %#llx cannot be given back (error %d); it is lost until the next boot\n",
		       start, err);
	else
		online_block(b, i);
}

static void give_blocks(const struct vkv_blocks *b, unsigned int from)
{
	unsigned int i;

	for (i = from; i < nr_blocks(b); i++)
		give_block(b, i);
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

static int take_block(const struct vkv_blocks *b, unsigned int i)
{
	u64 start = block_start(b, i);
	int err = offline_block(start);

	if (!err)
		err = remove_memory(start, memory_block_size_bytes());
	if (err)
		online_block(b, i);
	return err;
}

/*
 * Takes all blocks, or none when this fails. Then *left is the
 * number of blocks below the one that failed.
 */
static int take_blocks(struct vkv_blocks *b, unsigned int *left)
{
	unsigned int i = nr_blocks(b);
	struct page *page;
	u64 start;
	int err;

	while (i--) {
		start = block_start(b, i);
		page = pfn_to_page(PHYS_PFN(start));
		__assign_bit(i, b->movable, is_zone_movable_page(page));
		err = take_block(b, i);
		if (err) {
			give_blocks(b, i + 1);
			*left = i;
			return err;
		}
	}
	return 0;
}

/* Returns -EBUSY when there are not enough blocks in a row. */
static int take_from_node(struct vkv_blocks *b, int nid)
{
	u64 block = memory_block_size_bytes();
	u64 low = PFN_PHYS(NODE_DATA(nid)->node_start_pfn);
	u64 at = round_down(PFN_PHYS(pgdat_end_pfn(NODE_DATA(nid))), block);
	unsigned int run = 0;
	int err;

	b->nid = nid;
	while (at >= low + block && !signal_pending(current)) {
		at -= block;
		run = block_is_movable(at, nid) ? run + 1 : 0;
		if (run < nr_blocks(b))
			continue;
		b->start = at;
		err = take_blocks(b, &run);
		if (!err || err == -ENOMEM)
			return err;
	}
	return signal_pending(current) ? -EINTR : -EBUSY;
}

static int take_from_system(struct vkv_blocks *b, const struct vkv_params *p,
			    const char *what)
{
	u64 available = (u64)si_mem_available() << PAGE_SHIFT;
	int nid, err;

	if (b->size + SYSTEM_RESERVE > available) {
		vkv_params_err(p, "%s: the running system can spare %lluM only; give less, or reserve memory at boot with " VKV_BOOT_ARGUMENT "\n",
			       what,
			       (available - min(available, SYSTEM_RESERVE)) >> 20);
		return -ENOMEM;
	}
	for_each_online_node(nid) {
		err = take_from_node(b, nid);
		if (err == -ENOMEM)
			vkv_params_err(p, "%s: there is no memory left to take memory out of the running system; give less\n",
				       what);
		if (err != -EBUSY)
			return err;
	}
	if (vkv_boot_memory_stays())
		vkv_params_err(p, "only memory that was plugged in after boot can be taken here\n");
	vkv_params_err(p, "%s: no %u memory blocks of %s in a row are free of unmovable and reserved huge pages; give less, or boot with movablecore=%s, or with " VKV_BOOT_ARGUMENT "\n",
		       what, nr_blocks(b),
		       vkv_size_text(memory_block_size_bytes()).text,
		       vkv_size_text(b->size).text);
	return -ENOMEM;
}

int vkv_blocks_take(struct vkv_blocks *b, u64 size, const struct vkv_params *p,
		    const char *what)
{
	int err;

	b->size = roundup(size, (u64)memory_block_size_bytes());
	b->movable = bitmap_zalloc(nr_blocks(b), GFP_KERNEL);
	if (!b->movable)
		return -ENOMEM;
	err = take_from_system(b, p, what);
	if (err)
		bitmap_free(b->movable);
	return err;
}

void vkv_blocks_give(struct vkv_blocks *b)
{
	give_blocks(b, 0);
	bitmap_free(b->movable);
}
