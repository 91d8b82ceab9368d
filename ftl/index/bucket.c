// SPDX-License-Identifier: GPL-2.0
#include "ftl/index/bucket.h"

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/string.h>

#include "vkv_assert.h"

/* Bits of an entry: see ftl/index/bucket.h. */
#define SECOND (1ull << 63)
#define PASSED (1ull << 62)
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

void vkv_entry_format_init(struct vkv_entry_format *fmt, u32 loc_bits)
{
	fmt->loc_bits = loc_bits;
	fmt->tag_bits = min(64 - ENTRY_FLAGS - loc_bits, 32u);
	fmt->loc_mask = (1ull << loc_bits) - 1;
	fmt->own_mask = ~(fmt->loc_mask | PASSED);
}

void vkv_bucket_init(struct vkv_bucket *b, u32 x, u32 depth)
{
	memset(b, 0, sizeof(*b));
	b->x = x;
	b->depth = depth;
}

/* Finding */

static u64 *find_in_line(const struct vkv_entry_format *fmt, u64 *line,
			 u64 want, vkv_match_fn match, void *arg, u64 *loc)
{
	u64 *slot;

	for (slot = line; slot < line + VKV_LINE_SLOTS; slot++) {
		if (!vkv_entry_is_alike(fmt, READ_ONCE(*slot), want))
			continue;
		*loc = vkv_slot_loc(fmt, slot, want);
		if (*loc && match(arg, *loc))
			return slot;
	}
	return NULL;
}

static bool is_passed(const u64 *line)
{
	return READ_ONCE(line[0]) & PASSED;
}

void vkv_bucket_fetch_second(const struct vkv_entry_format *fmt,
			     const struct vkv_bucket *b,
			     const struct vkv_place *at)
{
	if (is_passed(b->line[at->first]))
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
	if (slot || !is_passed(line))
		return slot;
	++*reads;
	return find_in_line(fmt, b->line[second_line(fmt, at)],
			    at->tag | SECOND, match, arg, loc);
}

static bool same_location(void *arg, u64 loc)
{
	return *(u64 *)arg == loc;
}

u64 *vkv_bucket_find_loc(const struct vkv_entry_format *fmt,
			 struct vkv_bucket *b, const struct vkv_place *at,
			 u64 loc)
{
	u32 reads = 0;
	u64 found;

	return vkv_bucket_find(fmt, b, at, same_location, &loc, &found, &reads);
}

/* Changing */

static u32 line_fill(const struct vkv_entry_format *fmt, const u64 *line)
{
	u32 n = 0;

	while (n < VKV_LINE_SLOTS && vkv_entry_loc(fmt, line[n]))
		n++;
	return n;
}

/* Sets an entry; the PASSED bit is about the line, and stays. */
static void set_slot(u64 *slot, u64 entry)
{
	/* The record is written before; pairs with vkv_slot_loc(). */
	smp_store_release(slot, (entry & ~PASSED) | (*slot & PASSED));
}

static void set_passed(u64 *line)
{
	if (!(line[0] & PASSED))
		WRITE_ONCE(line[0], line[0] | PASSED);
}

static bool add_to_line(const struct vkv_entry_format *fmt, u64 *line,
			u64 entry)
{
	u32 n = line_fill(fmt, line);

	if (n == VKV_LINE_SLOTS)
		return false;
	set_slot(&line[n], entry);
	return true;
}

bool vkv_bucket_add(const struct vkv_entry_format *fmt, struct vkv_bucket *b,
		    const struct vkv_place *at, u64 loc)
{
	u64 entry = at->tag | loc;

	VKV_ASSERT(loc && !(loc & ~fmt->loc_mask));
	if (!add_to_line(fmt, b->line[at->first], entry)) {
		set_passed(b->line[at->first]);
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
	set_slot(slot, *slot - vkv_entry_loc(fmt, *slot) + loc);
}

static void remove_from_line(const struct vkv_entry_format *fmt, u64 *line,
			     u64 *slot)
{
	u64 *last = &line[line_fill(fmt, line) - 1];

	if (slot != last)
		set_slot(slot, *last);
	set_slot(last, 0);
}

void vkv_bucket_remove(const struct vkv_entry_format *fmt,
		       struct vkv_bucket *b, u64 *slot)
{
	u32 line = (slot - b->line[0]) / VKV_LINE_SLOTS;

	VKV_ASSERT(line < VKV_BUCKET_LINES && b->nr);
	remove_from_line(fmt, b->line[line], slot);
	b->nr--;
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
		set_passed(b->line[line]);
	remove_from_line(fmt, b->line[line], slot);
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

/* Moves entries back to their first lines where there is room. */
static void bucket_settle(const struct vkv_entry_format *fmt,
			  struct vkv_bucket *b)
{
	u32 line, i;

	for (line = 0; line < VKV_BUCKET_LINES; line++)
		b->line[line][0] &= ~PASSED;
	for (line = 0; line < VKV_BUCKET_LINES; line++)
		for (i = 0; i < VKV_LINE_SLOTS;) {
			u64 *slot = &b->line[line][i];

			if (!(*slot & SECOND) ||
			    !change_line(fmt, b, line, slot))
				i++;
		}
	for (line = 0; line < VKV_BUCKET_LINES; line++)
		for (i = 0; i < VKV_LINE_SLOTS; i++) {
			u64 entry = b->line[line][i];
			u32 tag = vkv_entry_tag(fmt, entry);

			if (entry & SECOND)
				set_passed(b->line[other_line(tag, line)]);
		}
}

void vkv_bucket_split(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b, struct vkv_bucket *half[2])
{
	u32 bit = fmt->loc_bits + fmt->tag_bits - 1 - b->depth;
	u32 line, i;

	vkv_bucket_init(half[0], b->x, b->depth + 1);
	vkv_bucket_init(half[1], b->x | 1u << (31 - b->depth), b->depth + 1);
	for (line = 0; line < VKV_BUCKET_LINES; line++)
		for (i = 0; i < VKV_LINE_SLOTS; i++) {
			u64 entry = b->line[line][i];
			struct vkv_bucket *to = half[entry >> bit & 1];

			if (!vkv_entry_loc(fmt, entry))
				break;
			add_to_line(fmt, to->line[line], entry);
			to->nr++;
		}
	bucket_settle(fmt, half[0]);
	bucket_settle(fmt, half[1]);
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
		      struct vkv_bucket *const half[2], struct vkv_bucket *b)
{
	u32 line, i;

	memcpy(b, half[0], sizeof(*b));
	b->depth--;
	for (line = 0; line < VKV_BUCKET_LINES; line++)
		for (i = 0; i < VKV_LINE_SLOTS; i++) {
			u64 entry = half[1]->line[line][i];

			if (!vkv_entry_loc(fmt, entry))
				break;
			if (!add_moved(fmt, b, entry, line))
				return false;
		}
	bucket_settle(fmt, b);
	return true;
}

/* Verification */

static bool entry_valid(const struct vkv_entry_format *fmt,
			const struct vkv_bucket *b, u32 line, u32 i)
{
	u64 entry = b->line[line][i];
	u32 tag = vkv_entry_tag(fmt, entry);
	u32 x = tag << (32 - fmt->tag_bits);

	if (x < b->x || x > vkv_bucket_last(b))
		return false;
	if (i && (entry & PASSED))
		return false;
	return !(entry & SECOND) || is_passed(b->line[other_line(tag, line)]);
}

bool vkv_bucket_valid(const struct vkv_entry_format *fmt,
		      const struct vkv_bucket *b)
{
	u32 nr = 0;
	u32 line, i;

	for (line = 0; line < VKV_BUCKET_LINES; line++) {
		u32 fill = line_fill(fmt, b->line[line]);

		for (i = 0; i < VKV_LINE_SLOTS; i++)
			if (i < fill ?
				    !entry_valid(fmt, b, line, i) :
				    (b->line[line][i] & ~(i ? 0 : PASSED)) != 0)
				return false;
		nr += fill;
	}
	return nr == b->nr;
}
