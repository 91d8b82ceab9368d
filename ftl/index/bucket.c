// SPDX-License-Identifier: GPL-2.0
#include "ftl/index/bucket.h"

#include <linux/compiler.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/string.h>

#include "vkv_assert.h"

/* Bits of an entry: see ftl/index/bucket.h. */
#define SECOND (1ull << 63)
#define MARK VKV_MARK
#define PASSED VKV_MARK_PASSED
#define SPILLED VKV_MARK_SPILLED
#define MARK_COPIES 2u
#define ENTRY_FLAGS 2u

/*
 * log2(1 + i/16) in units of 2^-32. Equal shares of all hashes become unequal
 * shares of all places, the largest twice the smallest. So buckets of one depth
 * do not fill up all at once: at any time some are freshly split and some
 * nearly full, and the memory for a key stays the same while the table grows.
 */
const u64 vkv_place_share[] = {
	0, 375650043, 729822324, 1064840562, 1382670639, 1684990500,
	1973243777, 2248681479, 2512394810, 2765341278, 3008365682,
	3242217134, 3467562987, 3685000315, 3895065449, 4098241947,
	1ull << 32,
};

/* Each of the two lines of a tag leads to the other. */
static u32 other_line(u32 tag, u32 line)
{
	u32 sum = vkv_line_of(tag * 0x9e3779b1u);

	return sum >= line ? sum - line : sum + VKV_BUCKET_LINES - line;
}

static u32 second_line(const struct vkv_entry_format *fmt,
		       const struct vkv_place *at)
{
	return other_line(at->tag >> fmt->loc_bits, at->first);
}

/* The smallest record has two units, so none begins in the last one. */
void vkv_entry_format_init(struct vkv_entry_format *fmt, u64 size)
{
	fmt->loc_bits = min_t(u32, order_base_2(size / VKV_ALIGN),
			      VKV_LOC_BITS);
	fmt->tag_bits = min(64 - ENTRY_FLAGS - fmt->loc_bits, 32u);
	fmt->min_depth = 32 - fmt->tag_bits;
	fmt->tag_mask = (1ull << fmt->tag_bits) - 1;
	fmt->loc_end = size / VKV_ALIGN - 1;
	fmt->loc_mask = (1ull << fmt->loc_bits) - 1;
	fmt->own_mask = ~(fmt->loc_mask | MARK);
}

void vkv_bucket_set_range(struct vkv_bucket *b, struct vkv_range range)
{
	u32 i;

	for (i = 0; i < VKV_BUCKET_COPIES; i++)
		WRITE_ONCE(b->id[i], vkv_bucket_id(range));
}

void vkv_bucket_init(struct vkv_bucket *b, struct vkv_range range)
{
	memset(b, 0, sizeof(*b));
	vkv_bucket_set_range(b, range);
}

/* Marks */

static void set_mark(u64 *line, u32 mark)
{
	u64 *slot;

	for (slot = line + mark; slot < line + mark + MARK_COPIES; slot++)
		if (!(*slot & MARK))
			WRITE_ONCE(*slot, *slot | MARK);
}

void vkv_bucket_spill(struct vkv_bucket *b, const struct vkv_place *at)
{
	set_mark(b->line[at->first], SPILLED);
}

/* Finding */

/* Always inlined: lookups in one line should not pay for any other length. */
static __always_inline u64 *find_among(const struct vkv_entry_format *fmt,
				       u64 *slots, u32 nr, u64 want,
				       vkv_match_fn match, void *arg, u64 *loc)
{
	u64 *slot;

	for (slot = slots; slot < slots + nr; slot++) {
		if (!vkv_entry_is_alike(fmt, READ_ONCE(*slot), want))
			continue;
		*loc = vkv_slot_loc(fmt, slot, want);
		if (*loc && match(arg, *loc))
			return slot;
	}
	return NULL;
}

static u64 *find_in_line(const struct vkv_entry_format *fmt, u64 *line,
			 u64 want, vkv_match_fn match, void *arg, u64 *loc)
{
	return find_among(fmt, line, VKV_LINE_SLOTS, want, match, arg, loc);
}

u64 *vkv_annex_find(const struct vkv_entry_format *fmt, struct vkv_bucket *annex,
		    const struct vkv_place *at, vkv_match_fn match, void *arg,
		    u64 *loc)
{
	return find_among(fmt, vkv_bucket_slots(annex), VKV_BUCKET_SLOTS,
			  at->tag, match, arg, loc);
}

void vkv_bucket_fetch_second(const struct vkv_entry_format *fmt,
			     const struct vkv_bucket *b,
			     const struct vkv_place *at)
{
	if (vkv_line_has(b->line[at->first], PASSED))
		prefetch(b->line[second_line(fmt, at)]);
}

u64 *vkv_bucket_find(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		     const struct vkv_place *at, vkv_match_fn match, void *arg,
		     u64 *loc, u32 *reads)
{
	u64 *line = b->line[at->first];
	u64 *slot;

	++*reads;
	slot = find_in_line(fmt, line, at->tag, match, arg, loc);
	if (slot || !vkv_line_has(line, PASSED))
		return slot;
	++*reads;
	return find_in_line(fmt, b->line[second_line(fmt, at)],
			    at->tag | SECOND, match, arg, loc);
}

/* Changing */

/* Sets an entry; the mark is about the line, and stays. */
static void set_slot(u64 *slot, u64 entry)
{
	/* The record is written before; pairs with vkv_slot_loc(). */
	smp_store_release(slot, (entry & ~MARK) | (*slot & MARK));
}

/*
 * A location beyond the end takes its slot until the bucket is split or merged:
 * this loop runs often.
 */
static bool add_among(const struct vkv_entry_format *fmt, u64 *slots, u32 nr,
		      u64 entry)
{
	u64 *slot;

	for (slot = slots; slot < slots + nr; slot++)
		if (!(*slot & fmt->loc_mask)) {
			set_slot(slot, entry);
			return true;
		}
	return false;
}

static bool add_to_line(const struct vkv_entry_format *fmt, u64 *line,
			u64 entry)
{
	return add_among(fmt, line, VKV_LINE_SLOTS, entry);
}

bool vkv_annex_add(const struct vkv_entry_format *fmt, struct vkv_bucket *annex,
		   u64 entry)
{
	return add_among(fmt, vkv_bucket_slots(annex), VKV_BUCKET_SLOTS, entry);
}

u64 *vkv_annex_last(const struct vkv_entry_format *fmt,
		    struct vkv_bucket *annex)
{
	u64 *slot = vkv_bucket_slots(annex) + VKV_BUCKET_SLOTS;

	while (slot-- > vkv_bucket_slots(annex))
		if (!vkv_entry_is_free(fmt, *slot))
			return slot;
	return NULL;
}

bool vkv_bucket_add(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		    const struct vkv_place *at, u64 loc)
{
	u64 entry = at->tag | loc;

	VKV_ASSERT(loc && !(loc & ~fmt->loc_mask));
	if (!add_to_line(fmt, b->line[at->first], entry)) {
		set_mark(b->line[at->first], PASSED);
		if (!add_to_line(fmt, b->line[second_line(fmt, at)],
				 entry | SECOND))
			return false;
	}
	b->nr++;
	return true;
}

void vkv_slot_set(const struct vkv_entry_format *fmt, u64 *slot, u64 loc)
{
	VKV_ASSERT(loc && !(loc & ~fmt->loc_mask));
	set_slot(slot, (*slot & ~fmt->loc_mask) | loc);
}

void vkv_slot_clear(u64 *slot)
{
	set_slot(slot, 0);
}

/* Moves an entry to its other line, if there is room. */
static bool change_line(const struct vkv_entry_format *fmt,
			struct vkv_bucket *b, u32 line, u64 *slot)
{
	u32 other = other_line(vkv_entry_tag(fmt, *slot), line);
	u64 entry = *slot ^ SECOND;

	if (other == line || !add_to_line(fmt, b->line[other], entry))
		return false;
	if (entry & SECOND)
		set_mark(b->line[line], PASSED);
	vkv_slot_clear(slot);
	return true;
}

/* Moves any one entry of a full line to its other line. */
static bool relieve(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		    u32 line)
{
	u32 i;

	for (i = 0; i < VKV_LINE_SLOTS; i++)
		if (change_line(fmt, b, line, &b->line[line][i]))
			return true;
	return false;
}

/* As relieve(), once it has relieved the other line of one of the entries. */
static bool relieve_twice(const struct vkv_entry_format *fmt,
			  struct vkv_bucket *b, u32 line)
{
	u32 i;

	for (i = 0; i < VKV_LINE_SLOTS; i++) {
		u32 tag = vkv_entry_tag(fmt, b->line[line][i]);
		u32 other = other_line(tag, line);

		if (other != line && relieve(fmt, b, other))
			return relieve(fmt, b, line);
	}
	return false;
}

bool vkv_bucket_make_room(const struct vkv_entry_format *fmt,
			  struct vkv_bucket *b, const struct vkv_place *at)
{
	u32 second = second_line(fmt, at);

	return relieve(fmt, b, at->first) || relieve(fmt, b, second) ||
	       relieve_twice(fmt, b, at->first) ||
	       relieve_twice(fmt, b, second);
}

/* Splitting and merging */

static bool is_second(const struct vkv_entry_format *fmt, u64 entry)
{
	return (entry & SECOND) && !vkv_entry_is_free(fmt, entry);
}

static void clear_marks(struct vkv_bucket *b)
{
	u64 *slots = vkv_bucket_slots(b);
	u32 i;

	for (i = 0; i < VKV_BUCKET_SLOTS; i++)
		slots[i] &= ~MARK;
}

/*
 * Moves entries back to their first lines where there is room. No line has a
 * mark yet.
 */
static void bucket_settle(const struct vkv_entry_format *fmt,
			  struct vkv_bucket *b)
{
	u64 *slots = vkv_bucket_slots(b);
	u32 i;

	for (i = 0; i < VKV_BUCKET_SLOTS; i++)
		if (is_second(fmt, slots[i]))
			change_line(fmt, b, i / VKV_LINE_SLOTS, &slots[i]);
	for (i = 0; i < VKV_BUCKET_SLOTS; i++)
		if (is_second(fmt, slots[i])) {
			u32 tag = vkv_entry_tag(fmt, slots[i]);
			u32 first = other_line(tag, i / VKV_LINE_SLOTS);

			set_mark(b->line[first], PASSED);
		}
}

/* Appends each entry of a line to the line of its half. */
static void split_line(const struct vkv_entry_format *fmt, const u64 *line,
		       u32 depth, u64 *to[2])
{
	u32 i;

	for (i = 0; i < VKV_LINE_SLOTS; i++)
		if (!vkv_entry_is_free(fmt, line[i]))
			*to[vkv_entry_half(fmt, line[i], depth)]++ =
				line[i] & ~MARK;
}

/* A line whose entries have spilled is thought to have spilled in both halves. */
static void keep_spilled(const struct vkv_bucket *b, struct vkv_bucket *half)
{
	u32 line;

	for (line = 0; line < VKV_BUCKET_LINES; line++)
		if (vkv_line_has(b->line[line], SPILLED))
			set_mark(half->line[line], SPILLED);
}

void vkv_bucket_split(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b,
		      const struct vkv_range part[2],
		      struct vkv_bucket *half[2])
{
	u32 line, i;

	for (i = 0; i < 2; i++)
		vkv_bucket_init(half[i], part[i]);
	for (line = 0; line < VKV_BUCKET_LINES; line++) {
		u64 *to[2] = { half[0]->line[line], half[1]->line[line] };

		split_line(fmt, b->line[line], part[0].depth - 1, to);
		half[0]->nr += to[0] - half[0]->line[line];
		half[1]->nr += to[1] - half[1]->line[line];
	}
	for (i = 0; i < 2; i++) {
		bucket_settle(fmt, half[i]);
		keep_spilled(b, half[i]);
	}
}

/* Adds an entry that is in line @line of another bucket. */
static bool add_moved(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		      u64 entry, u32 line)
{
	u32 other = other_line(vkv_entry_tag(fmt, entry), line);
	struct vkv_place at = {
		.first = entry & SECOND ? other : line,
		.tag = (u64)vkv_entry_tag(fmt, entry) << fmt->loc_bits,
	};
	u64 loc = vkv_entry_loc(fmt, entry);

	return vkv_bucket_add(fmt, b, &at, loc) ||
	       (vkv_bucket_make_room(fmt, b, &at) &&
		vkv_bucket_add(fmt, b, &at, loc));
}

bool vkv_bucket_merge(const struct vkv_entry_format *fmt,
		      struct vkv_bucket *const half[2], struct vkv_bucket *b,
		      struct vkv_range range)
{
	u64 *slots[2] = { vkv_bucket_slots(half[0]), vkv_bucket_slots(half[1]) };
	u32 i;

	vkv_bucket_init(b, range);
	for (i = 0; i < VKV_BUCKET_SLOTS; i++)
		if (vkv_entry_loc(fmt, slots[0][i])) {
			set_slot(vkv_bucket_slots(b) + i, slots[0][i]);
			b->nr++;
		}
	for (i = 0; i < VKV_BUCKET_SLOTS; i++)
		if (vkv_entry_loc(fmt, slots[1][i]) &&
		    !add_moved(fmt, b, slots[1][i], i / VKV_LINE_SLOTS))
			return false;
	clear_marks(b);
	bucket_settle(fmt, b);
	return true;
}

/* Verification */

static bool is_in_range(const struct vkv_entry_format *fmt, u64 entry,
			struct vkv_range range)
{
	u32 x = vkv_entry_place(fmt, entry, range.x);

	return x >= range.x && x <= vkv_range_last(range);
}

static bool entry_valid(const struct vkv_entry_format *fmt,
			const struct vkv_bucket *b, u32 line, u64 entry,
			struct vkv_range range)
{
	u32 tag = vkv_entry_tag(fmt, entry);

	if (!is_in_range(fmt, entry, range))
		return false;
	return !(entry & SECOND) ||
	       vkv_line_has(b->line[other_line(tag, line)], PASSED);
}

/* Both copies of a mark agree, and the other slots have none. */
static bool marks_valid(const u64 *line)
{
	u32 i;

	for (i = 2 * MARK_COPIES; i < VKV_LINE_SLOTS; i++)
		if (line[i] & MARK)
			return false;
	return !((line[PASSED] ^ line[PASSED + 1]) & MARK) &&
	       !((line[SPILLED] ^ line[SPILLED + 1]) & MARK);
}

bool vkv_bucket_valid(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b, struct vkv_range range,
		      u32 *nr)
{
	u32 line, i;

	for (line = 0; line < VKV_BUCKET_LINES; line++) {
		if (!marks_valid(b->line[line]))
			return false;
		for (i = 0; i < VKV_LINE_SLOTS; i++) {
			u64 entry = b->line[line][i];

			if (!(entry & ~MARK))
				continue;
			if (!vkv_entry_loc(fmt, entry) ||
			    !entry_valid(fmt, b, line, entry, range))
				return false;
			++*nr;
		}
	}
	return true;
}

bool vkv_annex_valid(const struct vkv_entry_format *fmt,
		     struct vkv_bucket *annex, struct vkv_range range,
		     bool first, u32 *nr)
{
	const u64 *slots = vkv_bucket_slots(annex);
	u32 used = 0;
	u32 i;

	for (i = 0; i < VKV_BUCKET_SLOTS; i++) {
		if (!slots[i])
			continue;
		if (!vkv_entry_loc(fmt, slots[i]) || (slots[i] & (MARK | SECOND)) ||
		    !is_in_range(fmt, slots[i], range))
			return false;
		used++;
	}
	*nr += used;
	return first ? used != 0 : used == VKV_BUCKET_SLOTS;
}
