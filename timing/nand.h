/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model "nand" as its files see it; the essay is in timing/nand.c.
 */
#ifndef VKV_TIMING_NAND_H
#define VKV_TIMING_NAND_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "timing/model.h"
#include "timing/nand_buffer.h"
#include "timing/nand_cache.h"
#include "timing/nand_die.h"

#define VKV_NAND_NONE (~0u)
#define VKV_NAND_CORES_MAX 16u
#define VKV_NAND_CELL_MAX 4u

/* The keys, in the order of the table in timing/nand.c. */
enum vkv_nand_key {
	NAND_CHANNELS,		/* channels */
	NAND_DIES,		/* dies on each channel */
	NAND_PLANES,		/* pages that a die reads or programs at once */
	NAND_ONESHOT,		/* pages of a word line programmed at once */
	NAND_CELL,		/* bits of a cell, which are kinds of pages */
	NAND_PAGE,		/* bytes of log in a page */
	NAND_PAGES,		/* pages of an erase block */
	NAND_READ,		/* ns to read a lower page */
	NAND_READ2,		/* ns, the next kind; 0: as the one before */
	NAND_READ3,
	NAND_READ4,
	NAND_PROGRAM,		/* ns to program lower pages, or a word line */
	NAND_PROGRAM2,
	NAND_PROGRAM3,
	NAND_PROGRAM4,
	NAND_ERASE,		/* ns to erase a block */
	NAND_SUSPEND,		/* ns until a program gives way; 0: never */
	NAND_CHANNEL,		/* MB/s of a channel */
	NAND_LINK_READ,		/* MB/s to the host */
	NAND_LINK_WRITE,	/* MB/s from the host */
	NAND_HOLD,		/* 1: a core moves the bytes itself */
	NAND_CORES,		/* controller cores */
	NAND_CMD,		/* ns of a core for a command */
	NAND_KEY,		/* ns for each key looked for */
	NAND_CHANGE,		/* ns for each index entry changed */
	NAND_REPLACE,		/* ns more when there was a version before */
	NAND_UNIT,		/* ns for each 4 KiB beyond the first */
	NAND_READ_FIXED,	/* ns added to every read */
	NAND_WRITE_FIXED,	/* ns added to every write */
	NAND_BUFFER,		/* bytes of write buffer */
	NAND_DRAM,		/* bytes for index pages; 0: by the share */
	NAND_DRAM_SHARE,	/* 1/share of the device; 0: all pages fit */
	NAND_NR_KEYS,
};

/**
 * struct vkv_nand - one instance of the hardware; the lock protects all fields
 *	behind it, and those before it are constant
 * @value: for each key, its value
 * @layout: how the reserved memory is divided
 * @nr_dies: dies of all channels
 * @unit_pages: pages that are programmed at once
 * @segment_pages: pages of a segment; the last one in part
 * @segment_units: units of a segment; the last one in part
 * @lock: see above
 * @now: the latest arrival
 * @base: when the operation at hand has passed the controller
 * @core: for each core, when it is free
 * @link_in: when the link from the host is free
 * @link_out: when the link to the host is free
 * @channel: the channels
 * @die: the dies
 * @slot: the write buffer
 * @nr_slots: number of slots
 * @free: slots that are free
 * @open: slots that are being filled; the one written longest ago is first
 * @queue: slots that wait to be programmed, in order
 * @slot_of: for each unit of the log, the number of its slot plus one; 0: none
 * @index_slot: number of the slot that takes index pages, or VKV_NAND_NONE
 * @cache: index pages in DRAM
 * @erased: bytes of released segments that make no block yet
 * @erase_die: the die whose block is erased next
 * @usage: what was charged
 */
struct vkv_nand {
	u64 value[NAND_NR_KEYS];
	struct vkv_timing_layout layout;
	u32 nr_dies;
	u32 unit_pages;
	u32 segment_pages;
	u32 segment_units;
	spinlock_t lock;	/* all below */
	u64 now;
	u64 base;
	u64 core[VKV_NAND_CORES_MAX];
	u64 link_in;
	u64 link_out;
	struct vkv_nand_channel *channel;
	struct vkv_nand_die *die;
	struct vkv_nand_slot *slot;
	u32 nr_slots;
	struct list_head free;
	struct list_head open;
	struct list_head queue;
	u32 *slot_of;
	u32 index_slot;
	struct vkv_nand_cache cache;
	u64 erased;
	u32 erase_die;
	struct vkv_timing_usage usage;
};

/* The time in ns for @bytes at @rate MB/s. */
static inline u64 vkv_nand_transfer_time(u64 bytes, u64 rate)
{
	return bytes * 1000 / rate;
}

/* A kind of page without a time of its own has the time of the kind before. */
static inline u64 vkv_nand_kind_time(const struct vkv_nand *n, u32 first,
				     u32 kind)
{
	while (kind && !n->value[first + kind])
		kind--;
	return n->value[first + kind];
}

#endif
