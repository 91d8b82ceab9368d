// SPDX-License-Identifier: GPL-2.0
/*
 * The collector.
 *
 * A step does a bounded amount of each: it removes fragments of large values
 * that are gone, gives memory of the index back, moves index pages out of
 * segments that are nearly empty, and moves live records out of a victim. A
 * record is live when the index points at this very place. It is copied first
 * and the index changed then, if it still points there: who came between has
 * won, and the copy is garbage. When the walk is through, nothing points into the
 * victim any more, and the space manager frees it as soon as nobody reads it.
 *
 * One step runs at a time; the place in the victim is kept from step to step.
 */
#include "kv_ftl.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "kv_core.h"

#define STEP_BYTES (256u << 10)
#define STEP_RECORDS 1024u
#define STEP_PAGES 16u

enum progress {
	DONE,		/* nothing to do */
	MORE,		/* something was done */
	STUCK,		/* something has to wait for others */
};

/* Is this a record, as far as can be told? @room: bytes up to the end. */
bool vkv_record_sane(const struct vkv_ftl *ftl, const struct vkv_record *rec,
		     u64 room)
{
	if (room < sizeof(*rec) || !rec->key_len ||
	    rec->value_len > ftl->fragment ||
	    rec->type < VKV_RECORD_VALUE || rec->type > VKV_RECORD_FRAGMENT ||
	    rec->keyspace >= VKV_NR_KEYSPACES ||
	    vkv_record_size(rec) > room)
		return false;
	if (rec->type == VKV_RECORD_HEAD &&
	    rec->value_len != sizeof(struct vkv_head))
		return false;
	return rec->type != VKV_RECORD_FRAGMENT ||
	       rec->key_len == sizeof(struct vkv_fragment_key);
}

/* A part of an orphan: copied out under the lock, worked on without it. */
static bool take_orphan(struct vkv_ftl *ftl, struct vkv_orphan *part)
{
	struct vkv_orphan *orphan;
	bool any;

	spin_lock(&ftl->orphan_lock);
	any = ftl->nr_orphans;
	if (any) {
		orphan = &ftl->orphan[ftl->nr_orphans - 1];
		*part = *orphan;
		part->end = min(part->end, part->next + VKV_DROP_MAX);
		orphan->next = part->end;
		if (orphan->next == orphan->end)
			WRITE_ONCE(ftl->nr_orphans, ftl->nr_orphans - 1);
	}
	spin_unlock(&ftl->orphan_lock);
	return any;
}

static enum progress drop_orphans(struct vkv_ftl *ftl)
{
	struct vkv_orphan part;

	if (!take_orphan(ftl, &part))
		return DONE;
	vkv_drop_fragments(ftl, part.keyspace, part.object, part.next,
			   part.end);
	return MORE;
}

static enum progress move_pages(struct vkv_ftl *ftl, bool eager)
{
	const struct vkv_space_ops *ops = ftl->space_ops;
	u32 from, to, cookie;
	unsigned int i;

	for (i = 0; i < STEP_PAGES; i++) {
		from = ops->page_victim(ftl->space, eager, &cookie);
		if (!from)
			return i ? MORE : DONE;
		to = ops->page_alloc(ftl->space, cookie);
		if (!to)
			return STUCK;
		if (ftl->index_ops->page_move(ftl->index, cookie, from, to))
			ops->page_free(ftl->space, from);
		else
			ops->page_free(ftl->space, to);
	}
	return MORE;
}

/* Copies a record and points the index at the copy; -EAGAIN without room. */
static int move_record(struct vkv_ftl_ctx *ctx, const struct vkv_record *rec,
		       u64 hash, u64 from)
{
	struct vkv_ftl *ftl = ctx->ftl;
	u32 bytes = vkv_record_size(rec);
	u64 to;
	int err;

	err = ftl->space_ops->reserve(ftl->space, ctx->slot, VKV_SPACE_GC,
				      &bytes, 1, &to);
	if (err)
		return err;
	memcpy(vkv_record_at(ftl, to), rec, bytes);
	ftl->space_ops->live(ftl->space, to, bytes);
	if (ftl->index_ops->move(ftl->index, hash, from, to))
		ftl->space_ops->live(ftl->space, from, -(s32)bytes);
	else
		ftl->space_ops->live(ftl->space, to, -(s32)bytes);
	atomic64_add(bytes, &ftl->gc_written);
	return 0;
}

static void end_victim(struct vkv_ftl *ftl)
{
	ftl->space_ops->release(ftl->space, ftl->gc.victim);
	ftl->gc.victim = VKV_NO_SEGMENT;
	atomic64_inc(&ftl->collected);
}

/* What lies behind a damaged record cannot be found: keep it as it is. */
static void give_up_victim(struct vkv_ftl *ftl)
{
	ftl->space_ops->retire(ftl->space, ftl->gc.victim);
	ftl->gc.victim = VKV_NO_SEGMENT;
}

static enum progress walk_victim(struct vkv_ftl_ctx *ctx)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_gc *gc = &ftl->gc;
	u32 copied = 0;
	u32 records;

	for (records = 0; records < STEP_RECORDS && copied < STEP_BYTES;
	     records++) {
		const struct vkv_record *rec = vkv_record_at(ftl, gc->at);
		u64 hash;

		if (gc->at >= gc->end ||
		    !ftl->space_ops->victim_live(ftl->space, gc->victim)) {
			end_victim(ftl);
			return MORE;
		}
		if (!vkv_record_sane(ftl, rec,
				     (gc->end - gc->at) << VKV_LOC_SHIFT)) {
			give_up_victim(ftl);
			return MORE;
		}
		hash = vkv_record_hash(ftl, rec);
		if (ftl->index_ops->move(ftl->index, hash, gc->at, gc->at)) {
			if (move_record(ctx, rec, hash, gc->at))
				return STUCK;
			copied += vkv_record_size(rec);
		}
		gc->at += vkv_record_size(rec) >> VKV_LOC_SHIFT;
	}
	return MORE;
}

static enum progress collect_records(struct vkv_ftl_ctx *ctx, bool eager)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_gc *gc = &ftl->gc;

	if (gc->victim == VKV_NO_SEGMENT) {
		gc->victim = ftl->space_ops->victim(ftl->space, eager);
		if (gc->victim == VKV_NO_SEGMENT)
			return DONE;
		ftl->space_ops->extent(ftl->space, gc->victim, &gc->at,
				       &gc->end);
	}
	return walk_victim(ctx);
}

/* One of each; the best outcome counts. */
static enum progress step(struct vkv_ftl_ctx *ctx, bool eager)
{
	struct vkv_ftl *ftl = ctx->ftl;
	enum progress orphans = drop_orphans(ftl);
	enum progress pages = move_pages(ftl, eager);
	enum progress records = collect_records(ctx, eager);
	bool tidy = ftl->index_ops->tidy(ftl->index);

	if (tidy || orphans == MORE || pages == MORE || records == MORE)
		return MORE;
	return pages == STUCK || records == STUCK ? STUCK : DONE;
}

bool vkv_ftl_collect(struct vkv_ftl_ctx *ctx, bool eager)
{
	struct vkv_ftl *ftl = ctx->ftl;
	enum progress progress;
	bool freed;

	if (atomic_cmpxchg(&ftl->gc.busy, 0, 1))
		return false;
	/* Lets go of its own segment: there may be garbage in it too. */
	if (eager)
		vkv_ftl_idle(ctx);
	ftl->space_ops->enter(ftl->space, ctx->slot);
	progress = step(ctx, eager);
	if (progress == MORE)
		vkv_ftl_quiesce(ctx);
	else
		vkv_ftl_idle(ctx);
	freed = ftl->space_ops->harvest(ftl->space);
	atomic_set_release(&ftl->gc.busy, 0);
	/* Who is stuck can only go on when others have passed by. */
	return progress == MORE || (progress == STUCK && freed);
}

bool vkv_ftl_wants_collect(struct vkv_ftl *ftl)
{
	return ftl->space_ops->low(ftl->space) || READ_ONCE(ftl->nr_orphans);
}
