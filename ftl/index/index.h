/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An index is a map from hashes to locations of records. Keys with equal hashes
 * are told apart by asking whether the record at a location is the one meant.
 *
 * An index knows neither records nor segments. It keeps itself in pages of
 * 4,096 bytes that it asks for, and calls back to compare keys. To add another,
 * write its file and name its ops in the table of kv_ftl.c. ftl/index/plain.c
 * is the one to start from.
 *
 * Every entry has a position, which follows from its hash alone. The smaller of
 * two hashes has no larger position. Listings go by it.
 *
 * The reserved memory may be damaged at any time. An index checks whatever it
 * reads there: it never reads or writes elsewhere, every call ends, and only the
 * entries that were hit may be missed. The smallest record, two units of
 * VKV_ALIGN, fits at every location that it hands out. But another record may be
 * there, or none.
 *
 * The functions are called between two quiescent points of a thread's context.
 * Everything that was reachable in between stays readable: pages that were
 * freed keep their contents, and so do records.
 */
#ifndef VKV_INDEX_H
#define VKV_INDEX_H

#include <linux/types.h>

#include "ftl/layout.h"

/* Every cookie is below 1 << VKV_COOKIE_BITS. */
#define VKV_COOKIE_BITS 24
/* As @expect of vkv_index_ops.change(): remove any entry that is there. */
#define VKV_LOC_ANY (~0ull)

struct vkv_index;

/*
 * Is the record at this location the one meant? Called with or without a
 * spinlock of the index held.
 */
typedef bool (*vkv_match_fn)(void *arg, u64 loc);
/* Gets one entry. scan() calls it with a spinlock held, walk() without one. */
typedef void (*vkv_visit_fn)(void *arg, u64 pos, u64 loc);

/**
 * struct vkv_trail - how far a hash has been followed into an index
 * @hash: the hash
 * @owner: belongs to the caller
 *
 * A trail with nothing but its hash is at the beginning. It can be of any age:
 * the index finds out whether it still leads where it led. The other fields
 * belong to the index.
 */
struct vkv_trail {
	u64 hash;
	u8 owner;

	/* private: */
	u8 line;
	u8 slot;
	u32 seq;
	u64 tag;
	void *page;
	void *guard;
};

/**
 * struct vkv_index_env - what an index lives on
 * @mem: where page 0 would be; a page lies at @mem + number * VKV_PAGE_SIZE
 * @size: bytes of reserved memory, at most 1 << (VKV_LOC_BITS + VKV_LOC_SHIFT);
 *	an index chooses its own sizes by it
 * @arg: first argument of the functions
 * @page_alloc: takes a page with any contents; 0 when there is none now.
 *	@cookie, below 1 << VKV_COOKIE_BITS, comes back with
 *	vkv_index_ops.page_move()
 * @page_free: gives a page back; threads that are reading it may go on
 *
 * The functions may be called under the spinlocks of the index.
 */
struct vkv_index_env {
	void *mem;
	u64 size;
	void *arg;
	u32 (*page_alloc)(void *arg, u32 cookie);
	void (*page_free)(void *arg, u32 page);
};

/**
 * struct vkv_index_ops - an index
 * @name: value of the parameter that selects it
 * @base_pages: pages that it may hold beside 16 bytes for every entry, given
 *	the size of the reserved memory. The capacity of the device relies on it
 * @create: makes an empty index; -ENOMEM, -EAGAIN when there are no pages now. May
 *	sleep
 * @destroy: frees the index, but not its pages. May sleep
 * @position: the position of a hash in this index; the largest is that of ~0
 * @approach: prefetches what a lookup of the hash needs; it will come soon
 * @glance: prefetches more; the lookup will come very soon. Returns a location
 *	that the lookup is likely to find, or 0. Called between @approach and
 *	the next quiescent point
 * @lookup: the location of the entry with this hash that @match accepts, or 0.
 *	Adds the number of cache lines of entries that were read to *@reads. A
 *	key that was there before the call and is not removed meanwhile is found
 * @page: the page that an entry with this hash is in, or would be in: the first
 *	of several, 0 when there is none yet. Takes no lock
 * @part: the same for a position
 * @change: changes the location in the entry that @match accepts from @expect
 *	to @loc, where 0 is "no entry". *@found becomes the location that was
 *	there. -ESTALE when that is not @expect, -EAGAIN when there is no page
 *	for a new entry; nothing is changed then. No entry is refused for its
 *	hash. When @expect is the location of an entry, it never fails
 *	for want of room. It asks @match only when that entry is not there
 * @move: changes the location in an entry from @from to @to; false when there
 *	is no such entry. With @to equal to @from it only asks
 * @forget: removes an entry that was visited, from its position and @loc; false
 *	when there is none. It finds damaged ones, too, which no hash leads to
 * @scan: visits entries in the part of the index in which @pos lies: those
 *	whose positions are at least @pos, in any order. *@last becomes the last
 *	position of that part. A part has at most a page of entries, but for the
 *	plain index
 * @page_move: copies page @from to page @to, and uses the copy from now on;
 *	false when @from is not in use under this cookie any more, or is
 *	damaged too much. The caller frees the page that is not used
 * @tidy: gives a bounded amount of unused memory back; true when there may be
 *	more. Called by the collector's thread only
 * @walk: visits every entry; nothing else may run
 * @nr_pages: number of pages in use
 * @check: verifies the invariants; nothing else may run. -EUCLEAN with @why
 *	filled
 */
struct vkv_index_ops {
	const char *name;
	u32 (*base_pages)(u64 size);
	int (*create)(const struct vkv_index_env *env, struct vkv_index **out);
	void (*destroy)(struct vkv_index *ix);
	u64 (*position)(struct vkv_index *ix, u64 hash);
	void (*approach)(struct vkv_index *ix, struct vkv_trail *trail);
	u64 (*glance)(struct vkv_index *ix, struct vkv_trail *trail);
	u64 (*lookup)(struct vkv_index *ix, struct vkv_trail *trail,
		      vkv_match_fn match, void *arg, u32 *reads);
	u32 (*page)(struct vkv_index *ix, u64 hash);
	u32 (*part)(struct vkv_index *ix, u64 pos);
	int (*change)(struct vkv_index *ix, struct vkv_trail *trail,
		      vkv_match_fn match, void *arg, u64 expect, u64 loc,
		      u64 *found);
	bool (*move)(struct vkv_index *ix, u64 hash, u64 from, u64 to);
	bool (*forget)(struct vkv_index *ix, u64 pos, u64 loc);
	void (*scan)(struct vkv_index *ix, u64 pos, u64 *last,
		     vkv_visit_fn visit, void *arg);
	bool (*page_move)(struct vkv_index *ix, u32 cookie, u32 from, u32 to);
	bool (*tidy)(struct vkv_index *ix);
	void (*walk)(struct vkv_index *ix, vkv_visit_fn visit, void *arg);
	u64 (*nr_pages)(struct vkv_index *ix);
	int (*check)(struct vkv_index *ix, char *why, size_t why_len);
};

extern const struct vkv_index_ops vkv_index_extendible;
extern const struct vkv_index_ops vkv_index_plain;

#endif
