/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The index pages in the DRAM of the model "nand".
 */
#ifndef VKV_TIMING_NAND_CACHE_H
#define VKV_TIMING_NAND_CACHE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct vkv_nand;

/**
 * struct vkv_nand_frame - room for one page
 * @used: vkv_nand_cache.clock at its last use; 0: it is free
 * @page: number of the page in it
 * @dirty: the page was changed since it is here
 */
struct vkv_nand_frame {
	u64 used;
	u32 page;
	bool dirty;
};

/**
 * struct vkv_nand_cache - the index pages in the device's DRAM
 * @frame: @nr_ways frames for each set
 * @nr_sets: sets; 0: every page fits
 * @nr_ways: frames of a set
 * @clock: counts uses
 * @on_media: bit for each page that was written back once
 */
struct vkv_nand_cache {
	struct vkv_nand_frame *frame;
	u32 nr_sets;
	u32 nr_ways;
	u64 clock;
	unsigned long *on_media;
};

/**
 * vkv_nand_cache_create() - make the cache, empty
 * @n: its geometry is set
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_nand_cache_create(struct vkv_nand *n);

/**
 * vkv_nand_cache_destroy() - free the cache
 * @n: it need not be there
 */
void vkv_nand_cache_destroy(struct vkv_nand *n);

/**
 * vkv_nand_cache_use() - use an index page
 * @n: the hardware
 * @page: number of the page
 * @change: whether it is changed
 * @evicted: becomes a page to be written back, or VKV_NAND_NONE
 *
 * Context: the lock is held.
 * Return: false when the page has to be read from the media.
 */
bool vkv_nand_cache_use(struct vkv_nand *n, u32 page, bool change,
			u32 *evicted);

#endif
