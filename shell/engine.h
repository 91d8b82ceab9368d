/* SPDX-License-Identifier: GPL-2.0 */
/* A DMA engine that copies large values (engine=). */
#ifndef VKV_ENGINE_H
#define VKV_ENGINE_H

#include <linux/rwsem.h>
#include <linux/types.h>

#include "vkv.h"

struct dma_chan;
struct vkv_mem;
struct vkv_params;

/**
 * struct vkv_engine - a channel of a DMA engine
 * @chan: the channel, NULL when there is none
 * @mem: the reserved memory; it stays mapped for the engine
 * @ours: the engine's address of @mem->storage
 * @by_page: was @mem mapped as memory that has struct pages?
 * @lock: held for writing while the engine is stopped, else for reading
 * @stops: how often the engine was stopped
 * @lost: the engine has failed and cannot be stopped, so it is no longer used
 */
struct vkv_engine {
	struct dma_chan *chan;
	const struct vkv_mem *mem;
	dma_addr_t ours;
	bool by_page;
	struct rw_semaphore lock;
	u32 stops;
	bool lost;
};

/**
 * vkv_engine_get() - take a channel
 * @e: filled; zeroed before
 * @p: the settings; the engine counts here
 * @mem: the reserved memory, mapped
 *
 * When this fails, one line of the log says why.
 *
 * Context: may sleep.
 * Return: 0; -ENODEV when no free channel of this name copies memory; -ENOMEM
 * when the engine does not reach the memory.
 */
int __must_check vkv_engine_get(struct vkv_engine *e,
				const struct vkv_params *p,
				const struct vkv_mem *mem);

/**
 * vkv_engine_put() - give the channel back
 * @e: from vkv_engine_get(), with a channel or without
 *
 * Context: may sleep; every copy has been waited for.
 */
void vkv_engine_put(struct vkv_engine *e);

/**
 * vkv_engine_copy() - begin to copy
 * @e: has a channel
 * @o: the copies of the command; counts this one
 * @host: an address in a host page
 * @ours: an address in the storage
 * @len: the length in bytes; it ends in the same host page
 * @to_host: the direction
 *
 * Context: may sleep.
 * Return: false when the engine does not take the copy. Nothing has begun then.
 */
bool vkv_engine_copy(struct vkv_engine *e, struct vkv_offload *o, void *host,
		  void *ours, u32 len, bool to_host);

/**
 * vkv_engine_wait() - wait until the copies of a command have ended
 * @e: has a channel
 * @o: the copies; none is left in it afterwards
 *
 * Context: may sleep.
 * Return: 0; -EIO when the engine reports an error, for these copies or for
 * others that it had before they ended.
 */
int __must_check vkv_engine_wait(struct vkv_engine *e, struct vkv_offload *o);

#endif
