// SPDX-License-Identifier: GPL-2.0
/*
 * A DMA engine that copies large values.
 *
 * A worker begins the copies of a command's pages one after another, and then
 * waits for the last one only, because a channel ends them in order. When the
 * engine does not take a copy at once, the worker makes it itself. Several
 * workers share the channel.
 *
 * A copy that has begun cannot be taken back. The host gets its pages back when
 * the command completes, so the worker waits for the copy, however long it
 * takes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/dma.h"

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "shell/mem.h"
#include "vkv_assert.h"

/* So many copies are begun before the engine is told to run them. */
#define BATCH 8u
/* A wait spins for so long, and sleeps between two looks afterwards. */
#define SPIN_NS (10 * NSEC_PER_MSEC)
#define SLEEP_US 100u

static struct device *dma_engine(const struct vkv_dma *d)
{
	return d->chan->device->dev;
}

static bool has_name(struct dma_chan *chan, void *name)
{
	return !strcmp(dma_chan_name(chan), name);
}

static struct dma_chan *take_channel(const char *name)
{
	dma_cap_mask_t mask;

	dma_cap_zero(mask);
	dma_cap_set(DMA_MEMCPY, mask);
	return dma_request_channel(mask, has_name, (void *)name);
}

/* Memory that was kept from the kernel at boot may have struct pages or not. */
static int map_ours(struct vkv_dma *d)
{
	u64 size = vkv_mem_storage_size(d->mem);

	d->by_page = pfn_valid(PHYS_PFN(d->mem->start));
	if (d->by_page)
		d->ours = dma_map_page(dma_engine(d),
				       pfn_to_page(PHYS_PFN(d->mem->start)), 0,
				       size, DMA_BIDIRECTIONAL);
	else
		d->ours = dma_map_resource(dma_engine(d), d->mem->start, size,
					   DMA_BIDIRECTIONAL, 0);
	return dma_mapping_error(dma_engine(d), d->ours) ? -ENOMEM : 0;
}

static void unmap_ours(struct vkv_dma *d)
{
	u64 size = vkv_mem_storage_size(d->mem);

	if (d->by_page)
		dma_unmap_page(dma_engine(d), d->ours, size, DMA_BIDIRECTIONAL);
	else
		dma_unmap_resource(dma_engine(d), d->ours, size,
				   DMA_BIDIRECTIONAL, 0);
}

int vkv_dma_get(struct vkv_dma *d, const char *name, const struct vkv_mem *mem)
{
	int err;

	if (!name)
		return 0;
	d->mem = mem;
	d->chan = take_channel(name);
	if (!d->chan) {
		pr_err("dma=%s is no channel that is free and copies memory; choose from /sys/class/dma, or leave it out\n",
		       name);
		return -ENODEV;
	}
	err = map_ours(d);
	if (err) {
		pr_err("dma=%s does not reach the device's memory; choose another channel, or leave it out\n",
		       name);
		dma_release_channel(d->chan);
		d->chan = NULL;
	}
	return err;
}

void vkv_dma_put(struct vkv_dma *d)
{
	if (!d->chan)
		return;
	unmap_ours(d);
	dma_release_channel(d->chan);
}

/*
 * The host's driver has mapped this page for this device already, and two
 * pieces of a value may meet in one of its cache lines. A driver that maps a
 * cache line twice has to look after the caches itself, and to say so
 * (DMA_ATTR_SKIP_CPU_SYNC). The engine unmaps the page when the copy has ended.
 */
static struct dmaengine_unmap_data *map_host(struct vkv_dma *d, void *host,
					     u32 len, bool to_host)
{
	enum dma_data_direction dir = to_host ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	struct dmaengine_unmap_data *unmap;
	dma_addr_t addr;

	unmap = dmaengine_get_unmap_data(dma_engine(d), 1, GFP_NOWAIT);
	if (!unmap)
		return NULL;
	addr = dma_map_page_attrs(dma_engine(d), virt_to_page(host),
				  offset_in_page(host), len, dir,
				  DMA_ATTR_SKIP_CPU_SYNC);
	if (dma_mapping_error(dma_engine(d), addr)) {
		dmaengine_unmap_put(unmap);
		return NULL;
	}
	dma_sync_single_for_device(dma_engine(d), addr, len, dir);
	unmap->addr[0] = addr;
	unmap->len = len;
	unmap->to_cnt = !to_host;
	unmap->from_cnt = to_host;
	return unmap;
}

static bool dma_submit(struct vkv_dma *d, struct vkv_offload *o,
		   struct dmaengine_unmap_data *unmap, dma_addr_t ours,
		   bool to_host)
{
	dma_addr_t host = unmap->addr[0];
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t cookie;

	tx = dmaengine_prep_dma_memcpy(d->chan, to_host ? host : ours,
				       to_host ? ours : host, unmap->len,
				       DMA_CTRL_ACK);
	if (!tx)
		return false;
	dma_set_unmap(tx, unmap);
	cookie = dmaengine_submit(tx);
	if (dma_submit_error(cookie))
		return false;
	o->last = cookie;
	return true;
}

static bool in_storage(const struct vkv_mem *mem, const void *at, u32 len)
{
	return at >= mem->storage &&
	       at - mem->storage + len <= vkv_mem_storage_size(mem);
}

bool vkv_dma_copy(struct vkv_dma *d, struct vkv_offload *o, void *host,
		  void *ours, u32 len, bool to_host)
{
	struct dmaengine_unmap_data *unmap = map_host(d, host, len, to_host);
	bool done;

	VKV_ASSERT(offset_in_page(host) + len <= PAGE_SIZE);
	VKV_ASSERT(in_storage(d->mem, ours, len));
	if (!unmap)
		return false;
	done = dma_submit(d, o, unmap, d->ours + (ours - d->mem->storage),
			  to_host);
	/* The engine has a reference of its own if it took the copy. */
	dmaengine_unmap_put(unmap);
	if (done && !(++o->nr % BATCH))
		dma_async_issue_pending(d->chan);
	return done;
}

int vkv_dma_wait(struct vkv_dma *d, struct vkv_offload *o)
{
	u64 begin = ktime_get_ns();
	enum dma_status status;

	if (!o->nr)
		return 0;
	dma_async_issue_pending(d->chan);
	while ((status = dma_async_is_tx_complete(d->chan, o->last, NULL,
						  NULL)) == DMA_IN_PROGRESS) {
		if (ktime_get_ns() - begin > SPIN_NS)
			usleep_range(SLEEP_US, 2 * SLEEP_US);
		cond_resched();
		cpu_relax();
	}
	o->nr = 0;
	return status == DMA_COMPLETE ? 0 : -EIO;
}
