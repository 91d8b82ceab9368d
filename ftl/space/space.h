/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A space manager hands out places in the reserved memory for records and for
 * index pages. It knows how much of the memory is live, and names what is worth
 * collecting. It knows neither keys nor the index. To add another, write its
 * file and name its ops in the table of kv_ftl.c.
 *
 * Every thread has a slot. Between two quiescent points of a slot, nothing that
 * was reachable in between is handed out again.
 */
#ifndef VKV_SPACE_H
#define VKV_SPACE_H

#include <linux/types.h>

#define VKV_NO_SEGMENT (~0u)

struct vkv_space;
struct vkv_victim_ops;

/**
 * struct vkv_space_config - what a space manager is made from
 * @mem: the reserved memory
 * @size: its length in bytes
 * @nr_slots: threads that will call in
 * @segment_shift: log2 of the bytes of a segment
 * @record_max: bytes of the largest record
 * @reserve_max: bytes of all records of the largest reserve
 * @index_pages: pages that the index holds beside the bytes that its entries
 *	are charged
 * @victim: the policy that says how much a segment is worth collecting
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
 * On whose behalf space is reserved. The collector may take segments that a
 * host may not. It reserves for records of the victim that was named last, with
 * a slot that does nothing else.
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
 * @name: value of the parameter that selects it
 * @create: makes it, with all space free. -EINVAL when @size is too small for
 *	@nr_slots, -ENOMEM. May sleep
 * @destroy: frees it. May sleep
 * @certain: bytes of records and index pages that are certain to fit. While at
 *	most so many are live, collecting makes room for any one reserve
 * @claim: @pages more index pages, or fewer, are held beside what entries are
 *	charged; changes what is certain
 * @enter: a slot begins to use what it finds
 * @quiesce: a slot uses nothing that it found before, and its reserves are over
 * @idle: like @quiesce; nobody waits for the slot until it enters again.
 *	Segments that the slot was waiting for are left to others, if it has not
 *	asked for them since the last @idle
 * @reserve: finds places for @nr records of the sizes given, in this order, all
 *	or none. -EAGAIN when segments must be collected first, -ENOSPC when the
 *	collector has found nothing to collect since the slot began to wait.
 *	Only damage can cause that. The caller gives every record a valid length before its next quiescent
 *	point, even if the record is not used
 * @live: @bytes more (or fewer) are in use in the segment at a location
 * @unit: number of the segment at a location
 * @low: true when the collector should run
 * @victim: the segment to collect next, or VKV_NO_SEGMENT. Without @eager,
 *	there is one only while free segments are low
 * @extent: the locations of a victim's records: the first, and the one behind
 *	the last
 * @victim_live: live bytes of a victim
 * @policy: goes on with another policy
 * @release: a victim is empty; it can be used again when all slots have passed
 *	a quiescent point
 * @spare: a victim is not collected now; it becomes full again
 * @retire: a victim is damaged, and something may lead to what cannot be moved.
 *	It stays as it is until @revive
 * @doubt: forgets what @witness has said about retired segments, and returns
 *	how many there are
 * @retired: is a location in a retired segment?
 * @witness: something leads to a location in a retired segment. @bytes has
 *	the size of the record there, 0 if it is damaged
 * @revive: since @doubt, @witness was told of everything. A retired segment to
 *	which nothing leads is released, and one without damaged records is full
 *	again. With @all nothing leads anywhere
 * @mended: has a victim been revived? Then its live bytes prove nothing
 * @settled: the collector has ended a step. With @idle it found nothing to do
 * @vain: steps of the collector that found nothing to do, although segments
 *	were wanted
 * @in_vain: has a thread waited in vain that began to wait when there were
 *	@since such steps? Then there were some more, in a row and at last
 * @harvest: segments that were released, and pages that were given back, become
 *	free as far as slots allow; at most a bounded number of pages at a time.
 *	Returns true if anything became free
 * @page_alloc: an index page, 0 when there is none
 * @page_free: takes a page back; it is not handed out again before all slots
 *	have passed a quiescent point
 * @page_victim: an index page that should be moved elsewhere, 0 for none
 * @page_doubt: the index does not use this victim under its cookie. One that is
 *	often doubted is not named again
 * @wipe: zeroes the bytes of removed records in a segment. Returns 0 when it
 *	did so and 1 when there were none; -EBUSY when the segment has to be
 *	collected first, -EAGAIN when some slot has to pass a quiescent point
 *	first. One thread at a time may call it, while no record is live
 * @stat: fills @stat
 * @segments: number of segments
 * @check: verifies the invariants; @live has the live bytes of every segment.
 *	No slot may be in use. -EUCLEAN with @why filled
 */
struct vkv_space_ops {
	const char *name;
	int (*create)(const struct vkv_space_config *cfg,
		      struct vkv_space **out);
	void (*destroy)(struct vkv_space *sp);
	u64 (*certain)(struct vkv_space *sp);
	void (*claim)(struct vkv_space *sp, s32 pages);
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
	void (*policy)(struct vkv_space *sp,
		       const struct vkv_victim_ops *policy);
	void (*release)(struct vkv_space *sp, u32 segment);
	void (*spare)(struct vkv_space *sp, u32 segment);
	void (*retire)(struct vkv_space *sp, u32 segment);
	u32 (*doubt)(struct vkv_space *sp);
	bool (*retired)(struct vkv_space *sp, u64 loc);
	void (*witness)(struct vkv_space *sp, u64 loc, u32 bytes);
	bool (*revive)(struct vkv_space *sp, bool all);
	bool (*mended)(struct vkv_space *sp, u32 segment);
	void (*settled)(struct vkv_space *sp, bool idle);
	u64 (*vain)(struct vkv_space *sp);
	bool (*in_vain)(struct vkv_space *sp, u64 since);
	bool (*harvest)(struct vkv_space *sp);
	u32 (*page_alloc)(struct vkv_space *sp, u32 cookie);
	void (*page_free)(struct vkv_space *sp, u32 page);
	u32 (*page_victim)(struct vkv_space *sp, bool eager, u32 *cookie);
	void (*page_doubt)(struct vkv_space *sp, u32 page);
	int (*wipe)(struct vkv_space *sp, u32 segment);
	void (*stat)(struct vkv_space *sp, struct vkv_space_stat *stat);
	u32 (*segments)(struct vkv_space *sp);
	int (*check)(struct vkv_space *sp, const u32 *live, char *why,
		     size_t why_len);
};

extern const struct vkv_space_ops vkv_space_log;

#endif
