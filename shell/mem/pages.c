// SPDX-License-Identifier: GPL-2.0
/*
 * memory=pages: ordinary memory, virtually contiguous, with huge pages where there
 * are any. This works on a machine that has run for weeks, at any size.
 *
 * The kernel gives a thread memory of the node that its CPU is on, while there is
 * any. So the allocation runs on a CPU of the node that node= names. A node without
 * CPUs gets small pages, as the kernel has no other way for modules.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include <linux/numa.h>
#include <linux/topology.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "shell/mem.h"
#include "shell/mem/bars.h"
#include "shell/mem/kind.h"
#include "shell/params.h"

/* The system keeps at least so much. */
#define PAGES_RESERVE (128ull << 20)

static int check_available(const struct vkv_params *p)
{
	u64 available = (u64)si_mem_available() << PAGE_SHIFT;

	if (p->size <= available && available - p->size >= PAGES_RESERVE)
		return 0;
	vkv_params_err(p, "memmap_size=%s: the system can spare %lluM only; give less\n",
		       p->size_text,
		       (available - min(available, PAGES_RESERVE)) >> 20);
	return -ENOMEM;
}

/* The pages are not cleared: the FTL reads nothing that it has not written. */
static long allocate(void *arg)
{
	struct vkv_mem *mem = arg;

	mem->storage = vmalloc_huge(mem->storage_size,
				    GFP_KERNEL | __GFP_RETRY_MAYFAIL |
				    __GFP_NOWARN);
	return 0;
}

static void allocate_on_node(struct vkv_mem *mem, int nid)
{
	unsigned int cpu = cpumask_any_and(cpumask_of_node(nid),
					   cpu_online_mask);

	if (cpu < nr_cpu_ids)
		work_on_cpu(cpu, allocate, mem);
	else
		mem->storage = vmalloc_node(mem->storage_size, nid);
}

/* Without node=, the pages are near the threads that use them. */
static int choose_node(const struct vkv_params *p)
{
	if (p->node != NUMA_NO_NODE || nr_online_nodes == 1)
		return p->node;
	return cpu_to_node(p->dispatcher_cpu[0]);
}

static int pages_get(struct vkv_mem *mem, const struct vkv_params *p)
{
	int err = check_available(p);

	if (err)
		return err;
	err = vkv_bars_get(mem, p);
	if (err)
		return err;
	mem->storage_size = p->size;
	mem->nid = choose_node(p);
	if (mem->nid == NUMA_NO_NODE)
		allocate(mem);
	else
		allocate_on_node(mem, mem->nid);
	if (mem->storage)
		return 0;
	vkv_params_err(p, "memmap_size=%s: there is not so much memory; give less\n",
		       p->size_text);
	vkv_bars_put(mem);
	return -ENOMEM;
}

static void pages_put(struct vkv_mem *mem)
{
	vfree(mem->storage);
	vkv_bars_put(mem);
}

const struct vkv_mem_kind vkv_mem_pages = {
	.name = "pages",
	.get = pages_get,
	.put = pages_put,
};
