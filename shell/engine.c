// SPDX-License-Identifier: GPL-2.0
/*
 * A DMA engine that copies large values.
 *
 * A worker begins the copies of a command's pages one after another, and then
 * waits for the last one only, because a channel ends them in order. When the
 * engine does not take a copy at once, the worker makes it itself. Several
 * workers share the channel.
 *
 * The host gets its pages back when the command completes. So the worker waits
 * for the copy, however long it takes. An engine that reports an error may still
 * have copies under way, so it is stopped before the host is told. This ends the
 * copies of other workers, too. Each stop is counted. A worker whose copies began
 * before the last stop reports an error.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/engine.h"

#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/dmaengine.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "shell/mem.h"
#include "shell/params.h"
#include "vkv_assert.h"

/* So many copies are begun before the engine is told to run them. */
#define BATCH 8u
/* A wait spins for so long, and sleeps between two looks afterwards. */
#define SPIN_NS (10 * NSEC_PER_MSEC)
#define SLEEP_US 100u

static struct device *engine_device(const struct vkv_engine *e)
{
	return e->chan->device->dev;
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
static int map_ours(struct vkv_engine *e)
{
	u64 size = e->mem->storage_size;

	e->by_page = pfn_valid(PHYS_PFN(e->mem->storage_start));
	if (e->by_page)
		e->ours = dma_map_page(engine_device(e),
				       pfn_to_page(PHYS_PFN(e->mem->storage_start)), 0,
				       size, DMA_BIDIRECTIONAL);
	else
		e->ours = dma_map_resource(engine_device(e), e->mem->storage_start, size,
					   DMA_BIDIRECTIONAL, 0);
	return dma_mapping_error(engine_device(e), e->ours) ? -ENOMEM : 0;
}

static void unmap_ours(struct vkv_engine *e)
{
	u64 size = e->mem->storage_size;

	if (e->by_page)
		dma_unmap_page(engine_device(e), e->ours, size, DMA_BIDIRECTIONAL);
	else
		dma_unmap_resource(engine_device(e), e->ours, size,
				   DMA_BIDIRECTIONAL, 0);
}

int vkv_engine_get(struct vkv_engine *e, const struct vkv_params *p,
		   const struct vkv_mem *mem)
{
	const char *name = p->engine;
	int err;

	if (!name)
		return 0;
	if (!mem->storage_start) {
		vkv_params_err(p, "engine=%s needs memory in one piece; give memory=reserved or memory=blocks, or leave it out\n",
			       name);
		return -EINVAL;
	}
	e->mem = mem;
	init_rwsem(&e->lock);
	e->chan = take_channel(name);
	if (!e->chan) {
		vkv_params_err(p, "engine=%s is no channel that is free and copies memory; choose from /sys/class/dma, or leave it out\n",
		       name);
		return -ENODEV;
	}
	err = map_ours(e);
	if (err) {
		vkv_params_err(p, "engine=%s does not reach the device's memory; choose another channel, or leave it out\n",
		       name);
		dma_release_channel(e->chan);
		e->chan = NULL;
	}
	return err;
}

void vkv_engine_put(struct vkv_engine *e)
{
	if (!e->chan)
		return;
	unmap_ours(e);
	dma_release_channel(e->chan);
}

/*
 * The host's driver has mapped this page for this device already, and two
 * pieces of a value may meet in one of its cache lines. A driver that maps a
 * cache line twice has to look after the caches itself, and to say so
 * (DMA_ATTR_SKIP_CPU_SYNC). The engine unmaps the page when the copy has ended.
 */
static struct dmaengine_unmap_data *map_host(struct vkv_engine *e, void *host,
					     u32 len, bool to_host)
{
	enum dma_data_direction dir = to_host ? DMA_FROM_DEVICE : DMA_TO_DEVICE;
	struct dmaengine_unmap_data *unmap;
	dma_addr_t addr;

	unmap = dmaengine_get_unmap_data(engine_device(e), 1, GFP_NOWAIT);
	if (!unmap)
		return NULL;
	addr = dma_map_page_attrs(engine_device(e), virt_to_page(host),
				  offset_in_page(host), len, dir,
				  DMA_ATTR_SKIP_CPU_SYNC);
	if (dma_mapping_error(engine_device(e), addr)) {
		dmaengine_unmap_put(unmap);
		return NULL;
	}
	dma_sync_single_for_device(engine_device(e), addr, len, dir);
	unmap->addr[0] = addr;
	unmap->len = len;
	unmap->to_cnt = !to_host;
	unmap->from_cnt = to_host;
	return unmap;
}

static bool submit_copy(struct vkv_engine *e, struct vkv_offload *o,
		   struct dmaengine_unmap_data *unmap, dma_addr_t ours,
		   bool to_host)
{
	dma_addr_t host = unmap->addr[0];
	struct dma_async_tx_descriptor *tx;
	dma_cookie_t cookie;

	tx = dmaengine_prep_dma_memcpy(e->chan, to_host ? host : ours,
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
	       at - mem->storage + len <= mem->storage_size;
}

/* Copies of one command never have a stop between them. */
static bool may_begin(const struct vkv_engine *e, struct vkv_offload *o)
{
	lockdep_assert_held_read(&e->lock);
	if (!o->nr)
		o->stops = e->stops;
	return !e->lost && o->stops == e->stops;
}

bool vkv_engine_copy(struct vkv_engine *e, struct vkv_offload *o, void *host,
		  void *ours, u32 len, bool to_host)
{
	struct dmaengine_unmap_data *unmap;
	bool done;

	/* The memory of another device (shell/peer.c) has no page. */
	if (is_vmalloc_addr(host))
		return false;
	unmap = map_host(e, host, len, to_host);
	VKV_ASSERT(offset_in_page(host) + len <= PAGE_SIZE);
	VKV_ASSERT(in_storage(e->mem, ours, len));
	if (!unmap)
		return false;
	down_read(&e->lock);
	done = may_begin(e, o) &&
	       submit_copy(e, o, unmap, e->ours + (ours - e->mem->storage),
			   to_host);
	up_read(&e->lock);
	/* The engine has a reference of its own if it took the copy. */
	dmaengine_unmap_put(unmap);
	if (done && !(++o->nr % BATCH))
		dma_async_issue_pending(e->chan);
	return done;
}

/* Ends all copies that the engine has, unless that was done since they began. */
static void stop_engine(struct vkv_engine *e, const struct vkv_offload *o)
{
	down_write(&e->lock);
	if (o->stops == e->stops) {
		e->lost = e->lost || dmaengine_terminate_sync(e->chan);
		/* Pairs with was_stopped(): the engine copies nothing by now. */
		smp_store_release(&e->stops, e->stops + 1);
		pr_warn_ratelimited("engine=%s has failed%s\n",
				    dma_chan_name(e->chan),
				    e->lost ? ", and is no longer used" : "");
	}
	up_write(&e->lock);
}

static bool was_stopped(const struct vkv_engine *e, const struct vkv_offload *o)
{
	/* Pairs with stop_engine(). */
	return smp_load_acquire(&e->stops) != o->stops;
}

static enum dma_status status_of(const struct vkv_engine *e,
				 const struct vkv_offload *o)
{
	if (was_stopped(e, o))
		return DMA_ERROR;
	return dma_async_is_tx_complete(e->chan, o->last, NULL, NULL);
}

int vkv_engine_wait(struct vkv_engine *e, struct vkv_offload *o)
{
	u64 begin = ktime_get_ns();
	enum dma_status status;

	if (!o->nr)
		return 0;
	dma_async_issue_pending(e->chan);
	while ((status = status_of(e, o)) == DMA_IN_PROGRESS) {
		if (ktime_get_ns() - begin > SPIN_NS)
			usleep_range(SLEEP_US, 2 * SLEEP_US);
		cond_resched();
		cpu_relax();
	}
	if (status != DMA_COMPLETE)
		stop_engine(e, o);
	else if (was_stopped(e, o))
		status = DMA_ERROR;
	o->nr = 0;
	return status == DMA_COMPLETE ? 0 : -EIO;
}
