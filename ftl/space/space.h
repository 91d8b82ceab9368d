/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a space manager is: it hands out places in the reserved memory for
 * records and for index pages, knows how much of it is live, and names what is
 * worth collecting. It knows neither keys nor the index. To add one, write the
 * file, and name its ops in kv_ftl.c.
 *
 * Every thread has a slot. Between two quiescent points of a slot, nothing
 * that was reachable in between is handed out again.
 */
#ifndef VKV_KV_SPACE_H
#define VKV_KV_SPACE_H

#include <linux/types.h>

#define VKV_NO_SEGMENT (~0u)

struct vkv_space;
struct vkv_victim_ops;

/**
 * struct vkv_space_config - what a space manager is made from
 * @mem: the reserved memory
 * @size: its length
 * @nr_slots: threads
 * @segment_shift: log2 of the segment size
 * @record_max: bytes of the largest record
 * @reserve_max: bytes of the most that one reserve asks for
 * @index_pages: pages the index holds beside what its entries are charged
 * @victim: what makes a segment worth collecting
 */
struct vkv_space_config {
	void *mem;
	u64 size;
	unsigned int nr_slots;
	unsigned int segment_shift;
	u32 record_max;
	u32 reserve_max;
	u32 index_pages;
	const struct vkv_victim_ops *victim;
};

/*
 * Who asks for space, in the order of what they may take. What the collector
 * asks for is for records of the victim that was named last. One slot collects,
 * and that does nothing else.
 */
enum vkv_space_class {
	VKV_SPACE_HOST,
	VKV_SPACE_GC,
};

/**
 * struct vkv_space_stat - state of the space
 * @physical: bytes in all segments
 * @free: bytes in free segments
 * @live: bytes in live records
 * @index_pages: pages handed out to the index and not given back
 */
struct vkv_space_stat {
	u64 physical;
	u64 free;
	u64 live;
	u64 index_pages;
};

/**
 * struct vkv_space_ops - a space manager
 * @name: parameter value that selects it
 * @create: all free; -EINVAL when @nr_slots is too much for @size, -ENOMEM
 * @destroy: frees it
 * @certain: bytes of records and index pages that are certain to fit: at most
 *	this much being live, collecting makes room for any one reserve
 * @enter: a slot begins to use what it finds
 * @quiesce: a slot uses nothing it found before; its reserves are over
 * @idle: like @quiesce, and the slot is not waited for until it enters again. What
 *	a reserve did not get since the last one is left to the next
 * @reserve: places for @nr records of the sizes given, in this order, all or
 *	none: -EAGAIN when segments must be collected first, -ENOSPC never.
 *	Records must have valid lengths before the next quiescent point, used
 *	or not
 * @live: @bytes more (or less) of the segment at a location are in use
 * @unit: number of the segment at a location
 * @low: true when the collector should run
 * @victim: the segment to collect next, or VKV_NO_SEGMENT. Without @eager only
 *	as far as free segments are low
 * @extent: the locations of a victim's records, first and behind the last
 * @victim_live: bytes live in a victim
 * @release: a victim is empty: reuse it when all slots have passed by
 * @retire: a victim is damaged: never use it again
 * @harvest: what was released and pages given back become free where slots
 *	allow; true if anything did. A bounded amount of pages at a time
 * @page_alloc: an index page, 0 when there is none
 * @page_free: gives one back; it is not handed out again before all slots have
 *	passed by
 * @page_victim: an index page that had better lie elsewhere, 0 for none
 * @wipe: zeroes what a segment keeps of records that are gone. 1: there is
 *	nothing; -EBUSY: it has to be collected first; -EAGAIN: some slot has to
 *	pass by first. For one thread at a time, and when no record is live
 * @stat: fills @stat
 * @segments: segments there are
 * @check: verifies the invariants; @live has a number for every segment. No
 *	slot may be in use. -EUCLEAN with @why
 */
struct vkv_space_ops {
	const char *name;
	int (*create)(const struct vkv_space_config *cfg,
		      struct vkv_space **out);
	void (*destroy)(struct vkv_space *sp);
	u64 (*certain)(struct vkv_space *sp);
	void (*enter)(struct vkv_space *sp, unsigned int slot);
	void (*quiesce)(struct vkv_space *sp, unsigned int slot);
	void (*idle)(struct vkv_space *sp, unsigned int slot);
	int (*reserve)(struct vkv_space *sp, unsigned int slot,
		       enum vkv_space_class class, const u32 *bytes,
		       unsigned int nr, u64 *loc);
	void (*live)(struct vkv_space *sp, u64 loc, s32 bytes);
	u32 (*unit)(struct vkv_space *sp, u64 loc);
	bool (*low)(struct vkv_space *sp);
	u32 (*victim)(struct vkv_space *sp, bool eager);
	void (*extent)(struct vkv_space *sp, u32 segment, u64 *from, u64 *to);
	u32 (*victim_live)(struct vkv_space *sp, u32 segment);
	void (*release)(struct vkv_space *sp, u32 segment);
	void (*retire)(struct vkv_space *sp, u32 segment);
	bool (*harvest)(struct vkv_space *sp);
	u32 (*page_alloc)(struct vkv_space *sp, u32 cookie);
	void (*page_free)(struct vkv_space *sp, u32 page);
	u32 (*page_victim)(struct vkv_space *sp, bool eager, u32 *cookie);
	int (*wipe)(struct vkv_space *sp, u32 segment);
	void (*stat)(struct vkv_space *sp, struct vkv_space_stat *stat);
	u32 (*segments)(struct vkv_space *sp);
	int (*check)(struct vkv_space *sp, const u32 *live, char *why,
		     size_t why_len);
};

extern const struct vkv_space_ops vkv_space_log;

#endif
