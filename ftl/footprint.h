/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A footprint says what an operation touched, and where. The FTL core writes
 * it, and the timing models read it.
 *
 * The counters are always kept. Places are noted in an array that the caller
 * lends; without an array they are forgotten. When the array is full, the
 * caller is asked to charge its places, and it is filled from the beginning.
 */
#ifndef VKV_FTL_FOOTPRINT_H
#define VKV_FTL_FOOTPRINT_H

#include <linux/types.h>

#include "vkv_assert.h"

/* Keyspaces that an FTL can have. */
#define VKV_NR_KEYSPACES 64u
/* Bytes at the beginning of each segment of the log that are no record's. */
#define VKV_SEGMENT_HEAD 16u

enum vkv_touch_kind {
	VKV_TOUCH_READ,		/* a part of the log, read */
	VKV_TOUCH_WRITE,	/* a part of the log, appended */
	VKV_TOUCH_LOOK,		/* an index page, looked at */
	VKV_TOUCH_CHANGE,	/* an index page, changed */
	VKV_TOUCH_ERASE,	/* a segment that became free */
	VKV_TOUCH_FLUSH,	/* all that was appended goes to the media */
};

/**
 * struct vkv_touch - one place
 * @at: byte offset in the reserved memory
 * @len: bytes
 * @kind: of enum vkv_touch_kind
 * @keyspace: keyspace of the key that it was about
 */
struct vkv_touch {
	u64 at;
	u32 len;
	u8 kind;
	u8 keyspace;
};

/**
 * struct vkv_footprint - what an operation touched
 * @lookups: number of users' keys that were looked for
 * @index_reads: cache lines of index entries that were read; a part of the
 *	index that was listed counts as one
 * @index_writes: index entries that were changed
 * @replaced: keys whose version was replaced or removed
 * @read_bytes: bytes of values that were read, and of keys that were listed
 * @write_bytes: bytes of values that were stored
 * @damaged: values that the collector found damaged
 * @background: it belongs to no command: the controller works on its own
 * @nr: number of places in @touch
 * @max: how many fit there, at least 1
 * @touch: the caller's array; NULL: places are forgotten
 * @full: charges the places in @touch; NULL: they are forgotten
 */
struct vkv_footprint {
	u32 lookups;
	u32 index_reads;
	u32 index_writes;
	u32 replaced;
	u64 read_bytes;
	u64 write_bytes;
	u32 damaged;
	bool background;
	u32 nr;
	u32 max;
	struct vkv_touch *touch;
	void (*full)(struct vkv_footprint *fp);
};

/* Places in the array of a worker, or of the collector. */
#define VKV_TOUCHES 512u
/*
 * A new place is compared with the last so many: a command on many records
 * touches index and log in turn.
 */
#define VKV_TOUCH_RECENT 4u

/* Is the place noted already, or does it make one of the last places longer? */
static inline bool vkv_touch_again(struct vkv_footprint *fp, u8 kind,
				   u8 keyspace, u64 at, u32 len)
{
	struct vkv_touch *t = fp->touch + fp->nr;
	u32 i;

	for (i = 0; i < VKV_TOUCH_RECENT && i < fp->nr; i++) {
		t--;
		if (t->kind != kind || t->keyspace != keyspace)
			continue;
		if (t->at == at && t->len == len)
			return true;
		if (kind <= VKV_TOUCH_WRITE && t->at + t->len == at) {
			t->len += len;
			return true;
		}
	}
	return false;
}

/**
 * vkv_footprint_reset() - forget all that was touched
 * @fp: the footprint; keeps its array
 */
static inline void vkv_footprint_reset(struct vkv_footprint *fp)
{
	fp->lookups = 0;
	fp->index_reads = 0;
	fp->index_writes = 0;
	fp->replaced = 0;
	fp->read_bytes = 0;
	fp->write_bytes = 0;
	fp->damaged = 0;
	fp->nr = 0;
}

/**
 * vkv_touch() - note a place
 * @fp: the footprint
 * @kind: of enum vkv_touch_kind
 * @keyspace: keyspace of the key that it was about
 * @at: byte offset in the reserved memory
 * @len: bytes
 */
static inline void vkv_touch(struct vkv_footprint *fp, u8 kind, u8 keyspace,
			     u64 at, u32 len)
{
	if (!fp->touch || vkv_touch_again(fp, kind, keyspace, at, len))
		return;
	if (fp->nr == fp->max) {
		if (fp->full)
			fp->full(fp);
		fp->nr = 0;
	}
	VKV_ASSERT(fp->nr < fp->max);
	fp->touch[fp->nr++] = (struct vkv_touch){
		.at = at, .len = len, .kind = kind, .keyspace = keyspace,
	};
}

#endif
