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
 *	second	 mark	 tag			location, 0: free
 *
 * A mark belongs to the line. In each of the first two slots it means "passed":
 * some entry had to go on to its second line. Without it, a miss ends in the
 * first line. In each of the next two slots it means "spilled": some entry of
 * this first line is in an annex. Both are kept twice, so that no flipped bit
 * hides entries.
 *
 * The tag is made of the last bits of the key's place, all but the first
 * fmt->min_depth ones. A bucket is at least so deep, so all places in it share
 * the bits that the tag lacks. It can be split by its tags alone. The first
 * line does not depend on the place. So it tells six more bits of two hashes
 * apart: 38 with those of the place. An entry keeps its line when its bucket is
 * split.
 *
 * An annex is a page of the same size, for entries that find no place although
 * the bucket is far from full, or cannot be split: many keys have nearly the
 * same hash then. A bucket has a chain of them. Their entries are in any slots.
 * Only the first annex has free slots.
 *
 * A reader without a lock may miss an entry that changes its slot meanwhile. So
 * entries are moved between the caller's write_seqcount_begin() and
 * write_seqcount_end(). An entry is added, is removed, or changes its location,
 * by a single store.
 *
 * Damage. Any bit of a page may be wrong. The header does no harm: its words
 * have checks, and the number of entries is a hint. An entry whose location is
 * beyond the end is none.
 */
#ifndef VKV_INDEX_BUCKET_H
#define VKV_INDEX_BUCKET_H

#include <asm/barrier.h>
#include <linux/build_bug.h>
#include <linux/types.h>

#include "ftl/index/index.h"
#include "ftl/index/sturdy.h"

#define VKV_BUCKET_LINES 63u
#define VKV_LINE_SLOTS 8u
#define VKV_BUCKET_SLOTS (VKV_BUCKET_LINES * VKV_LINE_SLOTS)

/* Copies of the identity of a bucket. */
#define VKV_BUCKET_COPIES 3u

/**
 * struct vkv_bucket - one page
 * @id: its places, three times the same: see vkv_bucket_id()
 * @annex: number of the page of its first annex, or of the next one; 0: none
 * @nr: about the number of its entries, with those in annexes; not in an annex
 * @reserved: zero
 * @line: the entries
 */
struct vkv_bucket {
	u64 id[VKV_BUCKET_COPIES];
	struct vkv_sturdy annex;
	u32 nr;
	u32 reserved[7];
	u64 line[VKV_BUCKET_LINES][VKV_LINE_SLOTS];
};

/**
 * struct vkv_range - the places of a bucket
 * @x: the first
 * @depth: number of leading bits that all of them share
 */
struct vkv_range {
	u32 x;
	u32 depth;
};

static_assert(sizeof(struct vkv_bucket) == VKV_PAGE_SIZE);

/**
 * struct vkv_entry_format - how the bits of an entry are used
 * @loc_bits: bits of a location
 * @tag_bits: bits of a tag, at most 32
 * @min_depth: bits of a place that are not in its tag
 * @tag_mask: the bits of a place that are in its tag
 * @loc_end: every location is below this
 * @loc_mask: the bits of a location
 * @own_mask: the bits that all entries of a tag in one line share: the tag and
 *	"second"
 */
struct vkv_entry_format {
	u32 loc_bits;
	u32 tag_bits;
	u32 min_depth;
	u32 tag_mask;
	u64 loc_end;
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
 * @size: bytes of reserved memory, at most 1 << (VKV_LOC_BITS + VKV_LOC_SHIFT)
 */
void vkv_entry_format_init(struct vkv_entry_format *fmt, u64 size);

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
		.tag = (u64)(x & fmt->tag_mask) << fmt->loc_bits,
		.x = x,
		.first = vkv_line_of(hash),
	};
}

/**
 * vkv_entry_loc() - location in an entry
 * @fmt: format of entries
 * @entry: the entry, or a free slot
 *
 * Return: the location, 0 for a free slot or a location beyond the end.
 */
static inline u64 vkv_entry_loc(const struct vkv_entry_format *fmt, u64 entry)
{
	u64 loc = entry & fmt->loc_mask;

	return likely(loc < fmt->loc_end) ? loc : 0;
}

/* Has a slot no location, or one beyond the end? */
static inline bool vkv_entry_is_free(const struct vkv_entry_format *fmt,
				     u64 entry)
{
	return (entry & fmt->loc_mask) - 1 >= fmt->loc_end - 1;
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
	return (entry >> fmt->loc_bits) & fmt->tag_mask;
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

/* The bits that all places of a bucket of this depth share. */
static inline u32 vkv_depth_mask(u32 depth)
{
	return ~(u32)(0xffffffffull >> depth);
}

/* The last place of a bucket. */
static inline u32 vkv_range_last(struct vkv_range range)
{
	return range.x | ~vkv_depth_mask(range.depth);
}

/**
 * vkv_bucket_init() - make an empty bucket, or an empty annex of one
 * @b: a page with any contents
 * @range: its places
 */
void vkv_bucket_init(struct vkv_bucket *b, struct vkv_range range);

/*
 * A word that names the places of a bucket: the first of them, five bits of
 * depth, and a check of 27 bits. A page that was never a bucket, or that was
 * damaged, has none with the right check.
 */
static inline u64 vkv_bucket_id(struct vkv_range range)
{
	u64 id = (u64)range.depth << 32 | range.x;

	return (~(id * 0x9e3779b97f4a7c15ull) & ~((1ull << 37) - 1)) | id;
}

static inline bool vkv_id_is_good(u64 id, struct vkv_range *range)
{
	*range = (struct vkv_range){ id, id >> 32 & 31 };
	return id == vkv_bucket_id(*range);
}

/**
 * vkv_bucket_range() - what a bucket says of its places
 * @b: the bucket, or any page
 * @range: becomes its places
 *
 * Return: false when the copies are damaged beyond mending; @range may be
 * anything then.
 */
static inline bool vkv_bucket_range(const struct vkv_bucket *b,
				    struct vkv_range *range)
{
	u64 a = READ_ONCE(b->id[0]);
	u64 c = READ_ONCE(b->id[1]);
	u64 d = READ_ONCE(b->id[2]);

	return likely(vkv_id_is_good(a, range)) || vkv_id_is_good(c, range) ||
	       vkv_id_is_good(d, range) ||
	       vkv_id_is_good((a & c) | (c & d) | (a & d), range);
}

/**
 * vkv_bucket_set_range() - say what the places of a bucket are
 * @b: the bucket, locked
 * @range: its places
 */
void vkv_bucket_set_range(struct vkv_bucket *b, struct vkv_range range);

/* The slots of a page, in no order of lines. */
static inline u64 *vkv_bucket_slots(struct vkv_bucket *b)
{
	return &b->line[0][0];
}

/* The place of an entry in a bucket, from any place in the bucket. */
static inline u32 vkv_entry_place(const struct vkv_entry_format *fmt, u64 entry,
				  u32 x)
{
	return (x & ~fmt->tag_mask) | vkv_entry_tag(fmt, entry);
}

/* Bit 62 of an entry; and the first of the slots of a line that have it. */
#define VKV_MARK (1ull << 62)
#define VKV_MARK_PASSED 0u
#define VKV_MARK_SPILLED 2u

/* Does a line have a mark? Each mark is kept twice. */
static inline bool vkv_line_has(const u64 *line, u32 mark)
{
	return (READ_ONCE(line[mark]) | READ_ONCE(line[mark + 1])) & VKV_MARK;
}

/**
 * vkv_bucket_spilled() - may the entry of a place be in an annex?
 * @b: the bucket
 * @at: the place
 *
 * Return: true when some entry of its first line is.
 */
static inline bool vkv_bucket_spilled(const struct vkv_bucket *b,
				      const struct vkv_place *at)
{
	return vkv_line_has(b->line[at->first], VKV_MARK_SPILLED);
}

/**
 * vkv_bucket_spill() - note that an entry of a place is in an annex
 * @b: the bucket, locked
 * @at: the place
 */
void vkv_bucket_spill(struct vkv_bucket *b, const struct vkv_place *at);

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
 * vkv_annex_find() - find the entry that @match accepts in an annex
 * @fmt: format of entries
 * @annex: the annex
 * @at: place of the hash
 * @match: called for entries with this tag
 * @arg: argument of @match
 * @loc: becomes the location in the entry
 *
 * Context: as vkv_bucket_find().
 * Return: the slot, or NULL.
 */
u64 *vkv_annex_find(const struct vkv_entry_format *fmt, struct vkv_bucket *annex,
		    const struct vkv_place *at, vkv_match_fn match, void *arg,
		    u64 *loc);

/**
 * vkv_annex_add() - add an entry to an annex
 * @fmt: format of entries
 * @annex: the annex; its bucket is locked
 * @entry: the entry
 *
 * Return: false when the annex is full.
 */
bool vkv_annex_add(const struct vkv_entry_format *fmt, struct vkv_bucket *annex,
		   u64 entry);

/**
 * vkv_annex_last() - the last entry of an annex
 * @fmt: format of entries
 * @annex: the annex; its bucket is locked
 *
 * Return: its slot, or NULL when the annex is empty.
 */
u64 *vkv_annex_last(const struct vkv_entry_format *fmt,
		    struct vkv_bucket *annex);

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
 * vkv_slot_clear() - remove an entry
 * @slot: the slot of the entry; its bucket is locked
 */
void vkv_slot_clear(u64 *slot);

/**
 * vkv_bucket_split() - distribute the entries of a bucket by one more bit
 * @fmt: format of entries
 * @b: the bucket, locked; stays as it is. Its annexes are left to the caller
 * @part: the places of the halves
 * @half: two pages that no other thread can see; [1] gets the entries with the
 *	bit set
 */
void vkv_bucket_split(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b,
		      const struct vkv_range part[2],
		      struct vkv_bucket *half[2]);

/* Which half an entry goes to. */
static inline u32 vkv_entry_half(const struct vkv_entry_format *fmt, u64 entry,
				 u32 depth)
{
	return entry >> (fmt->loc_bits + 31 - depth) & 1;
}

/**
 * vkv_bucket_merge() - unite two halves
 * @fmt: format of entries
 * @half: the buckets, locked; stay as they are. They have no annexes
 * @b: a page that no other thread can see
 * @range: its places
 *
 * Return: false when an entry finds no place.
 */
bool vkv_bucket_merge(const struct vkv_entry_format *fmt,
		      struct vkv_bucket *const half[2], struct vkv_bucket *b,
		      struct vkv_range range);

/**
 * vkv_bucket_valid() - does everything in a bucket agree?
 * @fmt: format of entries
 * @b: the bucket, without its annexes; nothing else may run
 * @range: its places
 * @nr: the number of its entries is added
 *
 * Return: false when something does not agree.
 */
bool vkv_bucket_valid(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b, struct vkv_range range,
		      u32 *nr);

/**
 * vkv_annex_valid() - the same for an annex
 * @fmt: format of entries
 * @annex: the annex; nothing else may run
 * @range: the places of its bucket
 * @first: it is the first one of its bucket
 * @nr: the number of its entries is added
 *
 * Return: false when something does not agree.
 */
bool vkv_annex_valid(const struct vkv_entry_format *fmt,
		     struct vkv_bucket *annex, struct vkv_range range,
		     bool first, u32 *nr);

#endif
