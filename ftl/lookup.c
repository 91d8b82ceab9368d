// SPDX-License-Identifier: GPL-2.0
/*
 * Looking up values.
 *
 * A lookup takes no lock. It finds the record of the key, and gives the caller
 * pieces of the log: they stay as they are until the next quiescent point. A
 * value of several fragments is one version as well: when a fragment of a head
 * is gone, the head is gone, and the lookup begins again.
 *
 * Memory is slow compared with all that a lookup computes, so whatever it reads
 * is fetched ahead: first the entry in the index, some time later the record.
 */
#include "kv_ftl.h"

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "ftl/value.h"
#include "vkv_assert.h"

#define LOOKUP_TRIES 8
/*
 * Fragments between the prefetch of an entry, that of its record, and its use.
 */
#define AHEAD 3u

static void view_add_piece(struct vkv_view *view, void *data, u32 len)
{
	VKV_ASSERT(view->nr < VKV_NR_PIECES);
	view->piece[view->nr++] = (struct vkv_piece){ data, len };
}

static noinline void lookup_note_places(struct vkv_ftl *ftl,
					struct vkv_footprint *fp,
					const struct vkv_record *rec,
					const void *value, u32 len)
{
	u64 at = (const void *)rec - ftl->mem;

	vkv_touch(fp, VKV_TOUCH_READ, rec->keyspace, at,
		  sizeof(*rec) + rec->key_len);
	if (len)
		vkv_touch(fp, VKV_TOUCH_READ, rec->keyspace, value - ftl->mem,
			  len);
}

/*
 * Notes the header and the key of a record, and @len bytes of value at @value.
 */
static inline void lookup_note_read(struct vkv_ftl *ftl,
				    struct vkv_footprint *fp,
				    const struct vkv_record *rec,
				    const void *value, u32 len)
{
	fp->read_bytes += len;
	if (unlikely(fp->touch))
		lookup_note_places(ftl, fp, rec, value, len);
}

static void fetch_record(const struct vkv_ftl *ftl, struct vkv_index *index,
			 struct vkv_trail *trail)
{
	u64 loc = ftl->index_ops->glance(index, trail);
	const void *rec = vkv_record_at(ftl, loc);

	if (!loc)
		return;
	prefetch(rec);
	prefetch(rec + SMP_CACHE_BYTES);
}

static struct vkv_probe *probe_at(struct vkv_probe *probes, u32 i)
{
	return &probes[i % (2 * AHEAD + 1)];
}

static int view_fragment(struct vkv_ftl_ctx *ctx, struct vkv_probe *probe,
			 u32 begin, u32 len, struct vkv_view *view,
			 struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = probe->ftl;
	u64 loc = vkv_probe_find(probe, fp);
	struct vkv_record *rec;

	if (!loc)
		return -EAGAIN;
	rec = vkv_record_at(ftl, loc);
	if (!vkv_location_intact(ftl, loc, probe->hash))
		return -EIO;
	if (rec->value_len < begin + len)
		return -EAGAIN;
	if (!vkv_value_intact(ctx, rec))
		return -EIO;
	view_add_piece(view, vkv_record_value(rec) + begin, len);
	lookup_note_read(ftl, fp, rec, vkv_record_value(rec) + begin, len);
	return 0;
}

/*
 * Adds the pieces of [offset, end) of a fragmented value; -EAGAIN if the value
 * changed. Meanwhile the entries of the next fragments are fetched, and then
 * their records.
 */
static noinline int view_fragments(struct vkv_ftl_ctx *ctx, u8 keyspace,
				   const struct vkv_head *head, u64 offset,
				   u64 end, struct vkv_view *view,
				   struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probes[2 * AHEAD + 1];
	u32 first = offset >> ilog2(ftl->fragment), i;
	u32 nr = vkv_nr_fragments(ftl, end) - first;
	int err = 0;

	for (i = 0; i < nr + 2 * AHEAD && !err; i++) {
		u32 begin = offset & (ftl->fragment - 1);
		u32 len = min_t(u64, ftl->fragment - begin, end - offset);

		if (i < nr) {
			vkv_probe_fragment(ftl, keyspace, head->object,
					   first + i, probe_at(probes, i));
			vkv_probe_prefetch(probe_at(probes, i));
		}
		if (i >= AHEAD && i < nr + AHEAD)
			fetch_record(ftl, probe_at(probes, i - AHEAD)->index,
				     probe_at(probes, i - AHEAD)->trail);
		if (i < 2 * AHEAD)
			continue;
		err = view_fragment(ctx, probe_at(probes, i - 2 * AHEAD), begin,
				    len, view, fp);
		offset += len;
	}
	return err;
}

static __always_inline int view_record(struct vkv_ftl_ctx *ctx, u64 loc,
				       u64 hash, u64 offset, u32 len,
				       struct vkv_view *view,
				       struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_head head;
	u64 end;

	if (!vkv_location_intact(ftl, loc, hash))
		return -EIO;
	view->loc = loc;
	view->nr = 0;
	view->size = vkv_record_value_size(rec);
	end = min(offset + len, view->size);
	if (offset >= end || rec->type == VKV_RECORD_HEAD)
		lookup_note_read(ftl, fp, rec, NULL, 0);
	if (offset >= end)
		return 0;
	if (rec->type == VKV_RECORD_HEAD) {
		vkv_record_head(rec, &head);
		return view_fragments(ctx, rec->keyspace, &head, offset, end,
				      view, fp);
	}
	if (!vkv_value_intact(ctx, rec))
		return -EIO;
	lookup_note_read(ftl, fp, rec, vkv_record_value(rec) + offset,
			 end - offset);
	view_add_piece(view, vkv_record_value(rec) + offset, end - offset);
	return 0;
}

u64 vkv_ftl_prefetch(struct vkv_ftl_ctx *ctx, const struct vkv_key *key)
{
	struct vkv_ftl *ftl = ctx->ftl;
	u64 mark;

	if (!vkv_key_valid(ftl, key))
		return 0;
	vkv_ctx_enter(ctx);
	mark = vkv_ctx_mark(ctx, key);
	ftl->index_ops->approach(vkv_keyspace_index(ftl, key->keyspace)->index,
				 vkv_ctx_trail(ctx, key->keyspace, mark));
	return mark;
}

void vkv_ftl_prefetch_record(struct vkv_ftl_ctx *ctx, const struct vkv_key *key)
{
	struct vkv_ftl *ftl = ctx->ftl;

	if (!key->hash)
		return;
	vkv_ctx_enter(ctx);
	fetch_record(ftl, vkv_keyspace_index(ftl, key->keyspace)->index,
		     vkv_ctx_trail(ctx, key->keyspace, key->hash));
}

static __always_inline int lookup_once(struct vkv_ftl_ctx *ctx,
				       struct vkv_probe *probe,
				       u64 offset, u32 len,
				       struct vkv_view *view,
				       struct vkv_footprint *fp)
{
	u64 loc = vkv_probe_find(probe, fp);

	if (unlikely(!loc))
		return -ENOENT;
	return view_record(ctx, loc, probe->hash, offset, len, view, fp);
}

/*
 * Kept out of line: hardly any value changes while it is looked at. When the
 * head is still the one before, its fragment was not removed, but lost.
 */
static noinline int lookup_again(struct vkv_ftl_ctx *ctx,
				 struct vkv_probe *probe, u64 offset, u32 len,
				 struct vkv_view *view,
				 struct vkv_footprint *fp)
{
	int err = -EAGAIN;
	int i;

	for (i = 1; err == -EAGAIN && i < LOOKUP_TRIES; i++) {
		u64 before = view->loc;

		err = lookup_once(ctx, probe, offset, len, view, fp);
		if (err == -EAGAIN && view->loc == before) {
			vkv_note_damage(probe->ftl);
			err = -EIO;
		}
	}
	return err;
}

int vkv_ftl_lookup(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		   u64 offset, u32 len, struct vkv_view *view,
		   struct vkv_footprint *fp)
{
	struct vkv_probe probe;
	int err;

	if (!vkv_key_valid(ctx->ftl, key) || len > VKV_IO_MAX)
		return -EINVAL;
	vkv_ctx_enter(ctx);
	vkv_probe_key(ctx, key, &probe);
	err = lookup_once(ctx, &probe, offset, len, view, fp);
	if (unlikely(err == -EAGAIN))
		err = lookup_again(ctx, &probe, offset, len, view, fp);
	return err;
}
