/* SPDX-License-Identifier: GPL-2.0 */
/* Copies of large values by a DMA engine (dma=). */
#ifndef VKV_DMA_H
#define VKV_DMA_H

#include <linux/types.h>

#include "vkv.h"

struct dma_chan;
struct vkv_mem;

/**
 * struct vkv_dma - a channel of a DMA engine
 * @chan: NULL when there is none
 * @mem: the reserved memory, which stays mapped for it
 * @ours: where @mem->storage is for the engine
 * @by_page: it was mapped as memory with pages
 */
struct vkv_dma {
	struct dma_chan *chan;
	const struct vkv_mem *mem;
	dma_addr_t ours;
	bool by_page;
};

/**
 * vkv_dma_get() - take a channel
 * @d: zeroed before
 * @name: as in /sys/class/dma, such as dma0chan0; NULL for none
 * @mem: mapped
 *
 * Context: may sleep. Says in one line of the log what is wrong. Return: 0, -ENODEV
 * (there is no such channel that is free and copies memory), -ENOMEM (the engine
 * does not reach the memory).
 */
int __must_check vkv_dma_get(struct vkv_dma *d, const char *name,
			     const struct vkv_mem *mem);

/**
 * vkv_dma_put() - give it back
 * @d: from vkv_dma_get(), with a channel or without
 */
void vkv_dma_put(struct vkv_dma *d);

/**
 * vkv_dma_copy() - begin to copy
 * @d: has a channel
 * @o: what was begun
 * @host: in a page of the host's
 * @ours: in the storage
 * @len: bytes, in one page of the host's
 * @to_host: the direction
 *
 * Context: any that may sleep. Return: false when the engine does not take it.
 */
bool vkv_dma_copy(struct vkv_dma *d, struct vkv_offload *o, void *host,
		  void *ours, u32 len, bool to_host);

/**
 * vkv_dma_wait() - until what was begun has ended
 * @d: has a channel
 * @o: what was begun
 *
 * Context: may sleep. Return: 0, -EIO.
 */
int __must_check vkv_dma_wait(struct vkv_dma *d, struct vkv_offload *o);

#endif
