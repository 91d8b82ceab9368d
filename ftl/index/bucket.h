/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buckets of an extendible hash: pages of entries.
 *
 * A bucket is a header and 63 lines. A line is a cache line of eight entries.
 * An entry can be in two lines. The first follows from the hash, and the second
 * from the first and the tag, such that each of them leads to the other. An
 * entry is put into the first of them that has a free slot. When both are full,
 * other entries move to their other line. So a key is found in one line or two
 * (1.07 in the mean), a miss reads 1.2 lines, and a bucket is 99 % full before
 * an entry finds no place.
 *
 *	bit 63	 62	 61 ... loc_bits	loc_bits-1 ... 0
 *	second	 passed	 tag			location, 0: free
 *
 * "Passed", in the first slot of a line, says that some entry had to go on to
 * its second line. Without it, a miss ends in the first line. The tag is made
 * of the first bits of the key's place, so a bucket can be split by its tags
 * alone. The first line does not depend on the tag. So it tells six more bits
 * of two hashes apart, and an entry keeps its line when its bucket is split.
 *
 * The used slots of a line have no gaps. A reader without a lock may miss an
 * entry that changes its slot meanwhile. So entries are removed and moved
 * between the caller's write_seqcount_begin() and write_seqcount_end(). An
 * entry is added, or changes its location, by a single store.
 */
#ifndef VKV_INDEX_BUCKET_H
#define VKV_INDEX_BUCKET_H

#include <asm/barrier.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "ftl/index/index.h"

#define VKV_BUCKET_LINES 63u
#define VKV_LINE_SLOTS 8u
#define VKV_BUCKET_SLOTS (VKV_BUCKET_LINES * VKV_LINE_SLOTS)

/**
 * struct vkv_bucket - one page
 * @x: the first place in it
 * @depth: number of leading bits that all places in it share
 * @nr: number of entries
 * @reserved: zero
 * @line: the entries
 */
struct vkv_bucket {
	u32 x;
	u32 depth;
	u32 nr;
	u32 reserved[13];
	u64 line[VKV_BUCKET_LINES][VKV_LINE_SLOTS];
};

static_assert(sizeof(struct vkv_bucket) == VKV_PAGE_SIZE);

/**
 * struct vkv_entry_format - how the bits of an entry are used
 * @loc_bits: bits of a location
 * @tag_bits: bits of a tag, at most 32
 * @loc_mask: the bits of a location
 * @own_mask: the bits that all entries of a tag in one line share: the tag and
 *	"second"
 */
struct vkv_entry_format {
	u32 loc_bits;
	u32 tag_bits;
	u64 loc_mask;
	u64 own_mask;
};

/**
 * struct vkv_place - where the entry of a hash can be
 * @tag: the tag, in its bits of the entry
 * @x: the place; its leading bits choose the bucket
 * @first: the first of its two lines
 */
struct vkv_place {
	u64 tag;
	u32 x;
	u32 first;
};

/**
 * vkv_entry_format_init() - divide the bits of an entry
 * @fmt: filled
 * @loc_bits: bits of a location, at most VKV_LOC_BITS
 */
void vkv_entry_format_init(struct vkv_entry_format *fmt, u32 loc_bits);

/* Where each sixteenth of all hashes begins in the order of places. */
extern const u64 vkv_place_share[];

static inline u32 vkv_place_in_order(u64 hash)
{
	const u64 *share = &vkv_place_share[hash >> 60];
	u64 rest = (hash >> 28) & 0xffffffff;

	return share[0] + ((share[1] - share[0]) * rest >> 32);
}

/* Chooses a line by 32 bits; all lines are equally likely. */
static inline u32 vkv_line_of(u32 bits)
{
	return (u64)bits * VKV_BUCKET_LINES >> 32;
}

/**
 * vkv_place_of() - where can the entry of a hash be?
 * @fmt: format of entries
 * @hash: the hash
 *
 * Return: the place, with the tag and the first of its two lines.
 */
static inline struct vkv_place vkv_place_of(const struct vkv_entry_format *fmt,
					    u64 hash)
{
	u32 x = vkv_place_in_order(hash);

	return (struct vkv_place){
		.tag = (u64)(x >> (32 - fmt->tag_bits)) << fmt->loc_bits,
		.x = x,
		.first = vkv_line_of(hash),
	};
}

/**
 * vkv_entry_loc() - location in an entry
 * @fmt: format of entries
 * @entry: the entry, or a free slot
 *
 * Return: the location, 0 for a free slot.
 */
static inline u64 vkv_entry_loc(const struct vkv_entry_format *fmt, u64 entry)
{
	return entry & fmt->loc_mask;
}

/**
 * vkv_entry_tag() - tag of an entry
 * @fmt: format of entries
 * @entry: the entry
 *
 * Return: the tag, as a number of as many bits as @fmt says.
 */
static inline u32 vkv_entry_tag(const struct vkv_entry_format *fmt, u64 entry)
{
	return (entry >> fmt->loc_bits) & (u32)((1ull << fmt->tag_bits) - 1);
}

/**
 * vkv_entry_is_alike() - do two entries have the same tag, in the same line?
 * @fmt: format of entries
 * @entry: an entry; a free slot is like tag 0
 * @want: another, without its location
 *
 * Return: true when tag and line are the same.
 */
static inline bool vkv_entry_is_alike(const struct vkv_entry_format *fmt,
				      u64 entry, u64 want)
{
	return !((entry ^ want) & fmt->own_mask);
}

/**
 * vkv_slot_loc() - location in a slot, if its entry is like another
 * @fmt: format of entries
 * @slot: the slot
 * @want: the other entry, without its location
 *
 * Context: any.
 * Return: the location, whose record can be read; or 0.
 */
static inline u64 vkv_slot_loc(const struct vkv_entry_format *fmt,
			       const u64 *slot, u64 want)
{
	/* Read before the record at the location; pairs with set_slot(). */
	u64 entry = smp_load_acquire(slot);

	return vkv_entry_is_alike(fmt, entry, want) ? vkv_entry_loc(fmt, entry) :
						      0;
}

/**
 * vkv_bucket_init() - make an empty bucket
 * @b: a page with any contents
 * @x: the first place in it
 * @depth: its depth
 */
void vkv_bucket_init(struct vkv_bucket *b, u32 x, u32 depth);

/**
 * vkv_bucket_fetch_second() - prefetch the second line of a place
 * @fmt: format of entries
 * @b: the bucket
 * @at: the place; its entry is not in its first line
 *
 * Does nothing if the entry cannot be in the second line either.
 */
void vkv_bucket_fetch_second(const struct vkv_entry_format *fmt,
			     const struct vkv_bucket *b,
			     const struct vkv_place *at);

/**
 * vkv_bucket_find() - find the entry that @match accepts
 * @fmt: format of entries
 * @b: the bucket
 * @at: place of the hash
 * @match: called for entries with this tag
 * @arg: argument of @match
 * @loc: becomes the location in the entry
 * @reads: the number of lines that were read is added
 *
 * Context: any. Without a lock it may miss an entry that changes its slot.
 * Return: the slot, or NULL.
 */
u64 *vkv_bucket_find(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		     const struct vkv_place *at, vkv_match_fn match, void *arg,
		     u64 *loc, u32 *reads);

/**
 * vkv_bucket_find_loc() - find an entry by its location
 * @fmt: format of entries
 * @b: the bucket
 * @at: place of the hash
 * @loc: the location
 *
 * Context: as vkv_bucket_find().
 * Return: the slot, or NULL.
 */
u64 *vkv_bucket_find_loc(const struct vkv_entry_format *fmt,
			 struct vkv_bucket *b, const struct vkv_place *at,
			 u64 loc);

/**
 * vkv_bucket_add() - add an entry, if one of its lines has a free slot
 * @fmt: format of entries
 * @b: the bucket, locked
 * @at: place of the hash
 * @loc: location, not 0
 *
 * Return: false when both lines are full.
 */
bool vkv_bucket_add(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		    const struct vkv_place *at, u64 loc);

/**
 * vkv_bucket_make_room() - free a slot in a line of a place
 * @fmt: format of entries
 * @b: the bucket, locked, between seqcount begin and end
 * @at: the place
 *
 * Return: true when vkv_bucket_add() will succeed.
 */
bool vkv_bucket_make_room(const struct vkv_entry_format *fmt,
			  struct vkv_bucket *b, const struct vkv_place *at);

/**
 * vkv_slot_set() - change the location of an entry
 * @fmt: format of entries
 * @slot: the slot of the entry; its bucket is locked
 * @loc: location, not 0
 */
void vkv_slot_set(const struct vkv_entry_format *fmt, u64 *slot, u64 loc);

/**
 * vkv_bucket_remove() - remove an entry
 * @fmt: format of entries
 * @b: the bucket, locked, between seqcount begin and end
 * @slot: the slot of the entry
 */
void vkv_bucket_remove(const struct vkv_entry_format *fmt,
		       struct vkv_bucket *b, u64 *slot);

/**
 * vkv_bucket_split() - distribute the entries of a bucket by one more bit
 * @fmt: format of entries
 * @b: the bucket, locked; stays as it is
 * @half: two pages that no other thread can see; [1] gets the entries with the
 *	bit set
 */
void vkv_bucket_split(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b, struct vkv_bucket *half[2]);

/**
 * vkv_bucket_merge() - unite two halves
 * @fmt: format of entries
 * @half: the buckets, locked; stay as they are
 * @b: a page that no other thread can see
 *
 * Return: false when an entry finds no place.
 */
bool vkv_bucket_merge(const struct vkv_entry_format *fmt,
		      struct vkv_bucket *const half[2], struct vkv_bucket *b);

/**
 * vkv_bucket_last() - the last place in a bucket
 * @b: the bucket
 *
 * Return: the last place whose leading bits choose the bucket.
 */
static inline u32 vkv_bucket_last(const struct vkv_bucket *b)
{
	return b->x | (u32)(0xffffffffull >> b->depth);
}

/**
 * vkv_bucket_valid() - does everything in a bucket agree?
 * @fmt: format of entries
 * @b: the bucket; nothing else may run
 *
 * Return: false when something does not agree.
 */
bool vkv_bucket_valid(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b);

#endif
