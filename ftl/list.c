// SPDX-License-Identifier: GPL-2.0
/*
 * Listing keys.
 *
 * The order of keys is that of their positions in the index, and of their bytes
 * where positions are equal. It is the same whatever the index does. So a
 * listing that goes on behind the last key it returned meets no key twice, and
 * misses no key that is there all along.
 *
 * The index is read a part at a time. The visitor gets positions; it reads
 * records only to compare keys at equal positions. It keeps the first
 * VKV_SCRATCH entries behind the cursor, in order. If the part has more, it is
 * read again later, behind the last of these.
 *
 * A context keeps these entries while its listing goes on where it stopped, but
 * not beyond its next quiescent point, until which their records can be read.
 * So a key that another thread removes may still be returned in the same round,
 * as if the listing had come first. A key that is stored behind the cursor may
 * be left out. A listing that begins, or is set back, reads the index.
 */
#include "ftl/list.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "kv_ftl.h"
#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "vkv_assert.h"

/* A part that is being read into the scratch of a context. */
struct fill {
	const struct vkv_ftl *ftl;
	struct vkv_scratch *scratch;
	const struct vkv_cursor *cursor;
};

/* The key at a location; a byte of zero, if it cannot be read. */
static const u8 *key_at(const struct vkv_ftl *ftl, u64 loc, u8 *len)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	static const u8 none[1];

	if (!vkv_location_readable(ftl, loc)) {
		*len = sizeof(none);
		return none;
	}
	*len = rec->key_len;
	return rec->key;
}

static int compare_keys(const void *a, u8 a_len, const void *b, u8 b_len)
{
	int order = memcmp(a, b, min(a_len, b_len));

	return order ?: (int)a_len - b_len;
}

/* Is a key before (< 0), at (0) or behind (> 0) the key of the cursor? */
static int compare_to_cursor(const struct vkv_ftl *ftl, u64 loc,
			     const struct vkv_cursor *cursor)
{
	u8 len;
	const u8 *key = key_at(ftl, loc, &len);

	return compare_keys(key, len, cursor->key, cursor->key_len);
}

/* Has the listing yet to come to this entry? */
static bool is_behind(const struct vkv_ftl *ftl,
		      const struct vkv_cursor *cursor,
		      const struct vkv_scratch_entry *entry)
{
	int order;

	if (entry->pos != cursor->pos)
		return entry->pos > cursor->pos;
	if (!cursor->key_len)
		return true;
	order = compare_to_cursor(ftl, entry->loc, cursor);
	return order > 0 || (!order && cursor->before);
}

static bool is_before(const struct vkv_ftl *ftl,
		      const struct vkv_scratch_entry *a,
		      const struct vkv_scratch_entry *b)
{
	const u8 *a_key, *b_key;
	u8 a_len, b_len;

	if (a->pos != b->pos)
		return a->pos < b->pos;
	a_key = key_at(ftl, a->loc, &a_len);
	b_key = key_at(ftl, b->loc, &b_len);
	return compare_keys(a_key, a_len, b_key, b_len) < 0;
}

/* The place of an entry among those in the scratch. */
static u32 place_of(const struct vkv_ftl *ftl,
		    const struct vkv_scratch *scratch,
		    const struct vkv_scratch_entry *entry)
{
	u32 low = 0, high = scratch->nr;

	while (low < high) {
		u32 middle = (low + high) / 2;

		if (is_before(ftl, &scratch->entry[middle], entry))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Keeps the first VKV_SCRATCH entries in order. */
static void list_keep(const struct vkv_ftl *ftl, struct vkv_scratch *scratch,
		      const struct vkv_scratch_entry *entry)
{
	u32 i = place_of(ftl, scratch, entry);

	if (scratch->nr == VKV_SCRATCH) {
		scratch->more = true;
		if (i == VKV_SCRATCH)
			return;
		scratch->nr--;
	}
	memmove(&scratch->entry[i + 1], &scratch->entry[i],
		(scratch->nr - i) * sizeof(scratch->entry[0]));
	scratch->entry[i] = *entry;
	scratch->nr++;
	VKV_ASSERT(scratch->nr <= VKV_SCRATCH);
}

static void list_visit(void *arg, u64 pos, u64 loc)
{
	const struct vkv_scratch_entry entry = { .pos = pos, .loc = loc };
	const struct fill *fill = arg;

	if (is_behind(fill->ftl, fill->cursor, &entry))
		list_keep(fill->ftl, fill->scratch, &entry);
}

static void read_part(const struct vkv_ftl *ftl, struct vkv_scratch *scratch,
		      u8 keyspace, const struct vkv_cursor *cursor)
{
	struct fill fill = {
		.ftl = ftl,
		.scratch = scratch,
		.cursor = cursor,
	};

	scratch->nr = 0;
	scratch->next = 0;
	scratch->keyspace = keyspace;
	scratch->more = false;
	ftl->index_ops->scan(vkv_index_of(ftl, VKV_CLASS_USER, keyspace),
			     cursor->pos, &scratch->last, list_visit, &fill);
	scratch->valid = true;
}

static void note_part(const struct vkv_ftl *ftl, u8 keyspace, u64 pos,
		      struct vkv_footprint *fp)
{
	struct vkv_index *ix = vkv_index_of(ftl, VKV_CLASS_USER, keyspace);
	u64 page;

	fp->index_reads++;
	if (!fp->touch)
		return;
	page = ftl->index_ops->part(ix, pos);
	if (page)
		vkv_touch(fp, VKV_TOUCH_LOOK, keyspace, page * VKV_PAGE_SIZE,
			  VKV_PAGE_SIZE);
}

/* Does the cursor stand where this context stopped? */
static bool goes_on(const struct vkv_ftl *ftl,
		    const struct vkv_scratch *scratch, u8 keyspace,
		    const struct vkv_cursor *cursor)
{
	const struct vkv_scratch_entry *entry;

	if (!scratch->valid || scratch->keyspace != keyspace || !scratch->next)
		return false;
	entry = &scratch->entry[scratch->next - 1];
	return entry->pos == cursor->pos && !cursor->before &&
	       !compare_to_cursor(ftl, entry->loc, cursor);
}

static void set_cursor(const struct vkv_ftl *ftl, struct vkv_cursor *cursor,
		       const struct vkv_scratch_entry *entry)
{
	const u8 *key = key_at(ftl, entry->loc, &cursor->key_len);

	cursor->pos = entry->pos;
	cursor->before = 0;
	memcpy(cursor->key, key, cursor->key_len);
}

static u64 list_position(const struct vkv_ftl *ftl, u8 keyspace, u64 hash)
{
	return ftl->index_ops->position(vkv_index_of(ftl, VKV_CLASS_USER,
						     keyspace), hash);
}

/*
 * Moves the cursor behind everything in the scratch, or to the end of the
 * order.
 */
static void list_pass(const struct vkv_ftl *ftl, struct vkv_scratch *scratch,
		      struct vkv_cursor *cursor)
{
	scratch->valid = false;
	if (scratch->more) {
		set_cursor(ftl, cursor, &scratch->entry[scratch->nr - 1]);
		return;
	}
	cursor->done = scratch->last >=
		       list_position(ftl, scratch->keyspace, ~0ull);
	cursor->pos = scratch->last + 1;
	cursor->before = 0;
	cursor->key_len = 0;
}

/* Is the record of an entry what was stored there? */
static bool list_trusts(struct vkv_ftl *ftl, u8 keyspace,
			const struct vkv_scratch_entry *entry)
{
	const struct vkv_index *ix = vkv_index_of(ftl, VKV_CLASS_USER, keyspace);

	if (likely(vkv_probe_belongs(ftl, ix, entry->pos, entry->loc)))
		return true;
	vkv_note_damage(ftl);
	return false;
}

/* The next key in the scratch that can be read and passes the filter. */
static bool list_take(struct vkv_ftl *ftl, struct vkv_scratch *scratch,
		      vkv_key_filter filter, void *arg, struct vkv_key *key)
{
	key->keyspace = scratch->keyspace;
	key->hash = 0;
	while (scratch->next < scratch->nr) {
		const struct vkv_scratch_entry *entry =
			&scratch->entry[scratch->next++];

		if (!list_trusts(ftl, key->keyspace, entry))
			continue;
		key->data = key_at(ftl, entry->loc, &key->len);
		if (!filter || filter(key, arg))
			return true;
	}
	return false;
}

void vkv_ftl_seek(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		  struct vkv_cursor *cursor)
{
	*cursor = (struct vkv_cursor){ .done = 1 };
	if (!vkv_key_valid(ctx->ftl, key))
		return;
	cursor->pos = list_position(ctx->ftl, key->keyspace,
				    vkv_ctx_mark(ctx, key) & ~VKV_TRAIL_MASK);
	cursor->done = 0;
	cursor->before = 1;
	cursor->key_len = key->len;
	memcpy(cursor->key, key->data, key->len);
}

int vkv_ftl_next(struct vkv_ftl_ctx *ctx, u8 keyspace,
		 struct vkv_cursor *cursor, vkv_key_filter filter, void *arg,
		 u32 *budget, struct vkv_key *key, struct vkv_footprint *fp)
{
	struct vkv_scratch *scratch = &ctx->scratch;
	struct vkv_ftl *ftl = ctx->ftl;

	if (keyspace >= vkv_nr_keyspaces(ftl))
		return -EINVAL;
	vkv_ctx_enter(ctx);
	scratch->valid = goes_on(ftl, scratch, keyspace, cursor);
	while (!cursor->done) {
		if (!scratch->valid) {
			if (!*budget)
				return -EAGAIN;
			--*budget;
			note_part(ftl, keyspace, cursor->pos, fp);
			read_part(ftl, scratch, keyspace, cursor);
		}
		if (list_take(ftl, scratch, filter, arg, key)) {
			set_cursor(ftl, cursor,
				   &scratch->entry[scratch->next - 1]);
			vkv_touch(fp, VKV_TOUCH_READ, keyspace,
				  (const void *)key->data - ftl->mem,
				  key->len);
			fp->read_bytes += key->len;
			return 0;
		}
		list_pass(ftl, scratch, cursor);
	}
	return -ENOENT;
}
