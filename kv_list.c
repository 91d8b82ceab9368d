// SPDX-License-Identifier: GPL-2.0
/*
 * Listing keys.
 *
 * The order of keys is that of their hash, bits reversed, and of their bytes
 * where hashes are equal. A bucket of the index holds a contiguous range of it
 * at any size of the table, so a listing reads bucket after bucket and never
 * meets a key twice or misses one, however the table grows meanwhile.
 *
 * A context keeps the keys of the last bucket it read, sorted, and reads the
 * bucket again when it has changed. Where a bucket has more keys than that
 * holds, the first of them are taken, and then the first behind those.
 */
#include "kv_ftl.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "kv_core.h"

struct fill {
	struct vkv_ftl *ftl;
	struct vkv_scratch *scratch;
	const struct vkv_cursor *cursor;
};

static int compare_keys(const void *a, u8 a_len, const void *b, u8 b_len)
{
	int order = memcmp(a, b, min(a_len, b_len));

	return order ?: (int)a_len - b_len;
}

/* Is the key at a location behind the cursor? */
static bool is_behind(const struct vkv_ftl *ftl,
		      const struct vkv_cursor *cursor,
		      const struct vkv_scratch_entry *entry)
{
	const struct vkv_record *rec;
	int order;

	if (entry->pos != cursor->pos)
		return entry->pos > cursor->pos;
	if (!cursor->key_len)
		return true;
	rec = vkv_record_at(ftl, entry->loc);
	order = compare_keys(rec->key, rec->key_len, cursor->key,
			     cursor->key_len);
	return order > 0 || (!order && cursor->before);
}

static bool is_before(const struct vkv_ftl *ftl,
		      const struct vkv_scratch_entry *a,
		      const struct vkv_scratch_entry *b)
{
	const struct vkv_record *ra, *rb;

	if (a->pos != b->pos)
		return a->pos < b->pos;
	ra = vkv_record_at(ftl, a->loc);
	rb = vkv_record_at(ftl, b->loc);
	return compare_keys(ra->key, ra->key_len, rb->key, rb->key_len) < 0;
}

/* Keeps the first VKV_SCRATCH entries in order. */
static void keep(const struct vkv_ftl *ftl, struct vkv_scratch *scratch,
		 const struct vkv_scratch_entry *entry)
{
	u32 i = scratch->nr;

	if (scratch->nr == VKV_SCRATCH) {
		scratch->more = true;
		if (is_before(ftl, &scratch->entry[--i], entry))
			return;
	} else {
		scratch->nr++;
	}
	for (; i && is_before(ftl, entry, &scratch->entry[i - 1]); i--)
		scratch->entry[i] = scratch->entry[i - 1];
	scratch->entry[i] = *entry;
}

static void visit(void *arg, u64 loc)
{
	const struct fill *fill = arg;
	const struct vkv_record *rec = vkv_record_at(fill->ftl, loc);
	struct vkv_scratch_entry entry = { .loc = loc };

	if (rec->type == VKV_RECORD_FRAGMENT ||
	    rec->keyspace != fill->scratch->keyspace)
		return;
	entry.pos = vkv_bitrev64(vkv_record_hash(fill->ftl, rec));
	if (is_behind(fill->ftl, fill->cursor, &entry))
		keep(fill->ftl, fill->scratch, &entry);
}

static bool is_current(const struct vkv_ftl *ftl,
		       const struct vkv_scratch *scratch, u8 keyspace,
		       const struct vkv_cursor *cursor)
{
	if (!scratch->valid || scratch->keyspace != keyspace ||
	    cursor->pos < scratch->from || cursor->pos > scratch->last ||
	    (cursor->pos == scratch->from && scratch->partial))
		return false;
	return ftl->index_ops->unchanged(ftl->index, cursor->pos,
					 scratch->version);
}

static void read_bucket(struct vkv_ftl *ftl, struct vkv_scratch *scratch,
			u8 keyspace, const struct vkv_cursor *cursor)
{
	struct fill fill = {
		.ftl = ftl,
		.scratch = scratch,
		.cursor = cursor,
	};

	scratch->from = cursor->pos;
	scratch->partial = cursor->key_len;
	scratch->keyspace = keyspace;
	scratch->nr = 0;
	scratch->more = false;
	ftl->index_ops->scan(ftl->index, cursor->pos, &scratch->last,
			     &scratch->version, visit, &fill);
	/* With more to come, it is not good for the rest of the bucket. */
	if (scratch->more)
		scratch->last = scratch->entry[scratch->nr - 1].pos;
	scratch->valid = true;
}

static void set_cursor(const struct vkv_ftl *ftl, struct vkv_cursor *cursor,
		       const struct vkv_scratch_entry *entry)
{
	const struct vkv_record *rec = vkv_record_at(ftl, entry->loc);

	cursor->pos = entry->pos;
	cursor->before = 0;
	cursor->key_len = rec->key_len;
	memcpy(cursor->key, rec->key, rec->key_len);
}

/* Behind everything in the scratch; false at the end of the order. */
static bool pass(const struct vkv_ftl *ftl, struct vkv_scratch *scratch,
		 struct vkv_cursor *cursor)
{
	if (scratch->more) {
		set_cursor(ftl, cursor, &scratch->entry[scratch->nr - 1]);
		scratch->valid = false;
		return true;
	}
	if (scratch->last == ~0ull) {
		cursor->done = 1;
		return false;
	}
	cursor->pos = scratch->last + 1;
	cursor->before = 0;
	cursor->key_len = 0;
	return true;
}

/* The first key in the scratch that is behind the cursor and passes. */
static const struct vkv_scratch_entry *
find_entry(const struct vkv_ftl *ftl, const struct vkv_scratch *scratch,
	   const struct vkv_cursor *cursor, vkv_key_filter filter, void *arg)
{
	u32 i;

	for (i = 0; i < scratch->nr; i++) {
		const struct vkv_scratch_entry *entry = &scratch->entry[i];
		const struct vkv_record *rec = vkv_record_at(ftl, entry->loc);
		struct vkv_key key = {
			.data = rec->key,
			.len = rec->key_len,
			.keyspace = rec->keyspace,
		};

		if (is_behind(ftl, cursor, entry) &&
		    (!filter || filter(&key, arg)))
			return entry;
	}
	return NULL;
}

void vkv_ftl_seek(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		  struct vkv_cursor *cursor)
{
	*cursor = (struct vkv_cursor){
		.pos = vkv_bitrev64(vkv_hash(ctx->ftl, VKV_CLASS_USER,
					     key->keyspace, key->data,
					     key->len)),
		.before = 1,
		.key_len = key->len,
	};
	memcpy(cursor->key, key->data, key->len);
}

int vkv_ftl_next(struct vkv_ftl_ctx *ctx, u8 keyspace,
		 struct vkv_cursor *cursor, vkv_key_filter filter, void *arg,
		 u32 *budget, struct vkv_key *key, struct vkv_footprint *fp)
{
	struct vkv_scratch *scratch = &ctx->scratch;
	struct vkv_ftl *ftl = ctx->ftl;
	const struct vkv_scratch_entry *entry;

	ftl->space_ops->enter(ftl->space, ctx->slot);
	while (!cursor->done) {
		if (!is_current(ftl, scratch, keyspace, cursor)) {
			if (!*budget)
				return -EAGAIN;
			--*budget;
			fp->index_reads++;
			read_bucket(ftl, scratch, keyspace, cursor);
		}
		entry = find_entry(ftl, scratch, cursor, filter, arg);
		if (entry) {
			set_cursor(ftl, cursor, entry);
			key->data = vkv_record_at(ftl, entry->loc)->key;
			key->len = cursor->key_len;
			key->keyspace = keyspace;
			fp->media_reads++;
			fp->read_bytes += sizeof(struct vkv_record) + key->len;
			return 0;
		}
		if (!pass(ftl, scratch, cursor))
			break;
	}
	return -ENOENT;
}
