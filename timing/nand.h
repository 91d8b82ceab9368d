/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the model "nand" share and nobody else sees; the essay is
 * in timing/nand.c.
 */
#ifndef VKV_KV_NAND_H
#define VKV_KV_NAND_H

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "timing/timing.h"

#define VKV_NAND_NONE (~0u)
#define VKV_NAND_CORES_MAX 16u
#define VKV_NAND_CELL_MAX 4u

/* The keys, in the order of the table in timing/nand.c. */
enum vkv_nand_key {
	NAND_CHANNELS,		/* channels */
	NAND_DIES,		/* dies on each */
	NAND_PLANES,		/* pages that a die reads or programs at once */
	NAND_ONESHOT,		/* pages of a word line programmed at once */
	NAND_CELL,		/* bits of a cell: kinds of pages */
	NAND_PAGE,		/* bytes of log in a page */
	NAND_PAGES,		/* pages of an erase block */
	NAND_READ,		/* ns, lower pages */
	NAND_READ2,		/* ns, the next kind; 0: as the one before */
	NAND_READ3,
	NAND_READ4,
	NAND_PROGRAM,		/* ns, lower pages, or all that are one shot */
	NAND_PROGRAM2,
	NAND_PROGRAM3,
	NAND_PROGRAM4,
	NAND_ERASE,		/* ns */
	NAND_SUSPEND,		/* ns until a program gives way; 0: it does not */
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
	NAND_READ_FIXED,	/* ns that every read takes besides */
	NAND_WRITE_FIXED,	/* ns that every write takes besides */
	NAND_BUFFER,		/* bytes of write buffer */
	NAND_DRAM,		/* bytes for index pages; 0: by the share */
	NAND_DRAM_SHARE,	/* one byte for so many of the device; 0: all fit */
	NAND_NR_KEYS,
};

/**
 * struct vkv_nand_slot - a part of the write buffer: what is programmed at once
 * @link: free, open or queued
 * @done: when it is programmed; 0: not begun
 * @ready: when the die may begin
 * @unit: which part of the log; VKV_NAND_NONE: index pages
 * @die: where it is programmed
 * @next: behind it in the queue of the die
 * @fill: bytes in it
 * @kind: kind of its first page
 * @queued: full, to be programmed
 */
struct vkv_nand_slot {
	struct list_head link;
	u64 done;
	u64 ready;
	u32 unit;
	u32 die;
	u32 next;
	u32 fill;
	u8 kind;
	bool queued;
};

/**
 * struct vkv_nand_die - a die
 * @free_at: end of the work that has a time
 * @busy: ns of work, until @free_at
 * @giving_way: end of the last read that suspended what runs
 * @running: slot that is programmed last; VKV_NAND_NONE: none, or an erase
 * @running_until: its end, or the erase's
 * @first: slots that wait to be programmed
 * @last: the last of them
 * @erases: blocks that wait to be erased
 */
struct vkv_nand_die {
	u64 free_at;
	u64 busy;
	u64 giving_way;
	u32 running;
	u64 running_until;
	u32 first;
	u32 last;
	u32 erases;
};

/**
 * struct vkv_nand_channel - a channel
 * @free_at: end of the last transfer that somebody waits for
 * @backlog: ns of transfers to be programmed, which take what is left
 */
struct vkv_nand_channel {
	u64 free_at;
	u64 backlog;
};

/* A page of index in the device's DRAM. */
struct vkv_nand_way {
	u64 used;	/* when; 0: free */
	u32 page;
	bool dirty;
};

/**
 * struct vkv_nand_cache - the index pages in the device's DRAM
 * @way: @nr_ways for each set
 * @nr_sets: sets; 0: everything fits
 * @nr_ways: pages of a set
 * @clock: counts uses
 * @on_media: bit for each page that was written back once
 */
struct vkv_nand_cache {
	struct vkv_nand_way *way;
	u32 nr_sets;
	u32 nr_ways;
	u64 clock;
	unsigned long *on_media;
};

#define VKV_NAND_WAYS 8u

/**
 * struct vkv_nand_place - where something lies on the media
 * @page: number of the page
 * @unit: number of what is programmed at once
 * @die: which
 * @kind: of the page in its cells, from 0
 * @offset: bytes into the page
 */
struct vkv_nand_place {
	u32 page;
	u32 unit;
	u32 die;
	u32 kind;
	u32 offset;
};

/**
 * struct vkv_nand - one instance of the hardware; under the lock but for the
 * constants
 * @value: of the keys, constant
 * @layout: constant
 * @nr_dies: all channels', constant
 * @unit_pages: pages programmed at once, constant
 * @segment_pages: pages of a segment, the last one in part; constant
 * @segment_units: likewise, constant
 * @lock: protects what follows
 * @now: latest arrival
 * @base: when the operation at hand has passed the controller
 * @core: when each is free
 * @link_in: when the link from the host is free
 * @link_out: when the link to the host is free
 * @channel: channels
 * @die: dies
 * @slot: the write buffer
 * @nr_slots: how many
 * @free: slots
 * @open: slots that are filled, who was written longest ago first
 * @queue: full slots, in order
 * @slot_of: of each unit, plus one; 0: none
 * @index_slot: takes index pages, or VKV_NAND_NONE
 * @cache: index pages in DRAM
 * @erased: bytes of segments that make no block yet
 * @erase_die: whose block comes next
 * @usage: what was charged
 */
struct vkv_nand {
	u64 value[NAND_NR_KEYS];
	struct vkv_timing_layout layout;
	u32 nr_dies;
	u32 unit_pages;
	u32 segment_pages;
	u32 segment_units;

	spinlock_t lock;	/* everything below */
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

/* Time for @bytes at @rate MB/s. */
static inline u64 vkv_nand_move(u64 bytes, u64 rate)
{
	return bytes * 1000 / rate;
}

static inline u32 vkv_nand_unit_bytes(const struct vkv_nand *n)
{
	return n->unit_pages * n->value[NAND_PAGE];
}

/* Of a kind of page that has no time of its own, that of the one before. */
static inline u64 vkv_nand_time(const struct vkv_nand *n, u32 first, u32 kind)
{
	while (kind && !n->value[first + kind])
		kind--;
	return n->value[first + kind];
}

static inline struct vkv_nand_channel *
vkv_nand_channel_of(struct vkv_nand *n, u32 die)
{
	return &n->channel[die % (u32)n->value[NAND_CHANNELS]];
}

/* timing/nand_die.c; all with the lock held */

/* Moves @bytes that are asked for at @t; returns when that is done. */
u64 vkv_nand_transfer(struct vkv_nand *n, u32 die, u64 bytes, u64 t);
/* Moves a slot's bytes to its die whenever there is time; returns when. */
u64 vkv_nand_deliver(struct vkv_nand *n, u32 die, u64 bytes, u64 t);
/* Reads for @ns on a die, from @t at the earliest; returns when it is done. */
u64 vkv_nand_read(struct vkv_nand *n, u32 die, u64 ns, u64 t);
/* Puts a slot into the queue of its die. */
void vkv_nand_program(struct vkv_nand *n, struct vkv_nand_slot *slot);
/* Gives all programs of a die that begin until @t their times. */
void vkv_nand_settle(struct vkv_nand *n, u32 die, u64 t);
/* Gives a slot its time whatever comes; returns when it is programmed. */
u64 vkv_nand_force(struct vkv_nand *n, struct vkv_nand_slot *slot);
/* One more block to erase, as soon as the die has nothing else to do. */
void vkv_nand_erase(struct vkv_nand *n);

/* timing/nand_buffer.c; all but create with the lock held */

int vkv_nand_buffer_create(struct vkv_nand *n);
void vkv_nand_buffer_destroy(struct vkv_nand *n);
/* Slots that are programmed by @t are free. */
void vkv_nand_buffer_retire(struct vkv_nand *n, u64 t);
/* Takes @len bytes of the log at @at; returns when there is room for them. */
u64 vkv_nand_buffer_write(struct vkv_nand *n, u64 at, u64 len, u64 t);
/* Takes an index page that has left the DRAM; likewise. */
u64 vkv_nand_buffer_index(struct vkv_nand *n, u32 page, u64 t);
/* The bytes of a segment are not needed any more. */
void vkv_nand_buffer_drop(struct vkv_nand *n, u64 at);
/* Programs everything; returns when that is done. */
u64 vkv_nand_buffer_flush(struct vkv_nand *n, u64 t);

/* timing/nand_cache.c; all but create with the lock held */

int vkv_nand_cache_create(struct vkv_nand *n);
void vkv_nand_cache_destroy(struct vkv_nand *n);
/*
 * Uses an index page. Returns false when it has to be read from the media;
 * *@evicted becomes a page to be written back, or VKV_NAND_NONE.
 */
bool vkv_nand_cache_use(struct vkv_nand *n, u32 page, bool change,
			u32 *evicted);

/* timing/nand.c */
void vkv_nand_place(const struct vkv_nand *n, u64 at,
		    struct vkv_nand_place *place);

#endif
