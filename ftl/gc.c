// SPDX-License-Identifier: GPL-2.0
/*
 * The collector.
 *
 * A step does a bounded amount of each of these: it removes fragments of large
 * values that are gone, gives memory of the indexes back, moves index pages out
 * of segments that are nearly empty, and moves live records out of a victim.
 * The records themselves say which of them are live (ftl/record.h). A record is
 * copied first; then the index is changed, if it still leads to the old place.
 * If another thread came between, its change stays, and the copy is garbage.
 * When nothing leads into the victim any more, the space manager frees it as
 * soon as nobody reads it.
 *
 * A damaged state must not cost a value. So a victim is released when no bytes
 * of it are live, or when the index was asked for each of its records and all
 * memory was as it should be.
 *
 * Damage. The record behind a damaged one is found by its checksum, and by the
 * index, which has to lead to it. A victim with damage is first walked without
 * moving anything. If all its live bytes are found, only garbage is damaged,
 * and the victim is collected as usual. If not, something may lead to the
 * damaged record. Then the victim is retired (ftl/space/retire.c). When nothing
 * else is left to be collected, all entries of the indexes are counted that
 * lead into retired segments. A segment without a damaged record becomes a
 * victim again, and one without any record is released.
 *
 * One step runs at a time: the thread that has set the busy bit owns struct
 * vkv_gc. Its place in the victim is kept from step to step.
 */
#include "ftl/gc.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "kv_ftl.h"
#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "ftl/object.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "ftl/value.h"
#include "vkv_assert.h"

#define STEP_BYTES (256u << 10)
#define STEP_RECORDS 1024u
#define STEP_PAGES 16u
#define STEP_PARTS 16u
/* Places that are tried at once for the next record behind a damaged one. */
#define STEP_UNITS 1024u
/* Records whose index entries are fetched before the first one is needed. */
#define BATCH 16u
/*
 * Victims that are spared in a row, without a byte moved: then the collector
 * counts as idle.
 */
#define SPARED_MAX 1000u
/* Passes of a wipe, in a row, without progress: then it has failed. */
#define WIPE_VAIN 3u

enum progress {
	DONE,		/* nothing to do */
	MORE,		/* something was done */
	STUCK,		/* something has to wait for other threads */
};

/* Records to be moved; @end is behind the last record that was looked at. */
struct batch {
	u32 nr;
	u64 loc[BATCH];
	u64 hash[BATCH];
	u64 end;
};

static enum progress drop_fragments(struct vkv_ftl *ftl,
				    struct vkv_footprint *fp)
{
	return vkv_object_collect(ftl, fp) ? MORE : DONE;
}

/*
 * The cookie has the number of the index, and the cookie that the index gave.
 */
static bool move_page(struct vkv_ftl *ftl, u32 cookie, u32 from, u32 to)
{
	u32 number = cookie & ((1u << VKV_INDEX_BITS) - 1);

	return number < vkv_nr_indexes(ftl) &&
	       ftl->index_ops->page_move(ftl->index[number].index,
					 cookie >> VKV_INDEX_BITS, from, to);
}

static void note_page_move(struct vkv_footprint *fp, u64 from, u64 to)
{
	vkv_touch(fp, VKV_TOUCH_LOOK, 0, from * VKV_PAGE_SIZE, VKV_PAGE_SIZE);
	vkv_touch(fp, VKV_TOUCH_CHANGE, 0, to * VKV_PAGE_SIZE, VKV_PAGE_SIZE);
}

static enum progress move_pages(struct vkv_ftl *ftl, bool eager,
				struct vkv_footprint *fp)
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
		note_page_move(fp, from, to);
		if (move_page(ftl, cookie, from, to)) {
			ops->page_free(ftl->space, from);
		} else {
			ops->page_free(ftl->space, to);
			ops->page_doubt(ftl->space, from);
		}
	}
	return MORE;
}

/* The state of the record may change meanwhile; that of the copy is its own. */
static void copy_record(struct vkv_record *to, const struct vkv_record *from)
{
	*to = (struct vkv_record){
		.checksum = from->checksum,
		.value_len = from->value_len,
		.seq = from->seq,
		.key_len = from->key_len,
		.keyspace = from->keyspace,
		.type = from->type,
		.state = VKV_RECORD_UNBORN,
	};
	memcpy(to->key, from->key, from->key_len);
}

/* A change of the index page counts as a look at it, too. */
static void note_move(struct vkv_ftl *ftl, struct vkv_index *index, u64 hash,
		      u64 from, u64 to, u32 bytes, struct vkv_footprint *fp)
{
	u8 keyspace = vkv_record_at(ftl, from)->keyspace;
	u64 page;

	if (!fp->touch)
		return;
	page = ftl->index_ops->page(index, hash);
	vkv_touch(fp, VKV_TOUCH_READ, keyspace, from << VKV_LOC_SHIFT, bytes);
	vkv_touch(fp, VKV_TOUCH_WRITE, keyspace, to << VKV_LOC_SHIFT, bytes);
	vkv_touch(fp, VKV_TOUCH_CHANGE, keyspace, page * VKV_PAGE_SIZE,
		  VKV_PAGE_SIZE);
}

/* Copies a record and points the index at the copy; -EAGAIN without room. */
static int move_record(struct vkv_ftl_ctx *ctx, struct vkv_index *index,
		       u64 hash, u64 from, struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_record *rec = vkv_record_at(ftl, from);
	u32 bytes = vkv_record_size(rec);
	u64 to;
	int err;

	err = ftl->space_ops->reserve(ftl->space, ctx->slot, VKV_SPACE_GC,
				      &bytes, 1, &to);
	if (err)
		return err;
	copy_record(vkv_record_at(ftl, to), rec);
	if (unlikely(vkv_value_move(ftl, vkv_record_at(ftl, to), rec)))
		fp->damaged++;
	ftl->space_ops->live(ftl->space, to, bytes);
	if (ftl->index_ops->move(index, hash, from, to)) {
		vkv_record_born(vkv_record_at(ftl, to));
		vkv_record_died(rec);
		ftl->space_ops->live(ftl->space, from, -(s32)bytes);
	} else {
		ftl->space_ops->live(ftl->space, to, -(s32)bytes);
	}
	note_move(ftl, index, hash, from, to, bytes, fp);
	WRITE_ONCE(ftl->gc.written, ftl->gc.written + bytes);
	return 0;
}

/* The outcomes for a record of a victim. */
enum look {
	PASS,		/* no index leads to it */
	MOVE,		/* an index may lead to it */
	DAMAGED,
};

/*
 * A victim has no record of a transaction under way: a slot's segment can only
 * become a victim after the slot's quiescent point. So a record that is UNBORN
 * here stays UNBORN, and no index leads to it. Most such records were never
 * given a checksum. A state that is none proves nothing.
 */
static enum look judge(const struct vkv_ftl *ftl, u64 loc, u64 *hash)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	const struct vkv_gc *gc = &ftl->gc;
	u32 state = vkv_record_state(rec);

	if (!vkv_record_fits(ftl, rec, (gc->end - loc) << VKV_LOC_SHIFT))
		return DAMAGED;
	if (!gc->thorough &&
	    (state == VKV_RECORD_DEAD || state == VKV_RECORD_UNBORN))
		return PASS;
	*hash = vkv_record_hash(ftl, rec);
	if (rec->checksum == vkv_record_sum(rec, *hash))
		return MOVE;
	return state == VKV_RECORD_UNBORN ? PASS : DAMAGED;
}

static struct vkv_index *index_for(const struct vkv_ftl *ftl,
				   const struct vkv_record *rec)
{
	return vkv_index_of(ftl, vkv_record_class(rec), rec->keyspace);
}

static void call_for_entry(const struct vkv_ftl *ftl,
			   const struct vkv_record *rec, u64 hash)
{
	struct vkv_trail trail = { .hash = hash };

	ftl->index_ops->approach(index_for(ftl, rec), &trail);
}

static bool index_leads_to(const struct vkv_ftl *ftl, u64 hash, u64 loc)
{
	return ftl->index_ops->move(index_for(ftl, vkv_record_at(ftl, loc)),
				    hash, loc, loc);
}

/*
 * Finds the next records of the victim that may have to move, until they are
 * @room bytes or more, and fetches their index entries. Returns how many
 * records it looked at: 0 when the first is damaged.
 */
static u32 gc_gather(struct vkv_ftl *ftl, struct batch *batch, u32 room)
{
	const struct vkv_gc *gc = &ftl->gc;
	u32 bytes = 0;
	u32 looked;
	u64 hash;

	batch->nr = 0;
	batch->end = gc->at;
	for (looked = 0; looked < BATCH && batch->end < gc->end && bytes < room;
	     looked++) {
		const struct vkv_record *rec = vkv_record_at(ftl, batch->end);
		enum look look = judge(ftl, batch->end, &hash);

		if (look == DAMAGED)
			break;
		if (look == MOVE) {
			call_for_entry(ftl, rec, hash);
			batch->hash[batch->nr] = hash;
			batch->loc[batch->nr++] = batch->end;
			bytes += vkv_record_size(rec);
		}
		batch->end += vkv_record_size(rec) >> VKV_LOC_SHIFT;
	}
	return looked;
}

/* Counts a record of a damaged victim, or moves it if it is time to move. */
static int handle_record(struct vkv_ftl_ctx *ctx, u64 hash, u64 loc,
			 u32 *copied, struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_gc *gc = &ftl->gc;
	int err;

	if (gc->thorough && !index_leads_to(ftl, hash, loc))
		return 0;
	if (gc->counts) {
		gc->found += vkv_record_size(rec);
		return 0;
	}
	err = move_record(ctx, index_for(ftl, rec), hash, loc, fp);
	if (!err)
		*copied += vkv_record_size(rec);
	return err;
}

/* Handles a batch. -EAGAIN without room: the walk stays there. */
static int handle_batch(struct vkv_ftl_ctx *ctx, const struct batch *batch,
			u32 *copied, struct vkv_footprint *fp)
{
	struct vkv_gc *gc = &ctx->ftl->gc;
	u32 i;

	for (i = 0; i < batch->nr; i++) {
		gc->at = batch->loc[i];
		if (handle_record(ctx, batch->hash[i], batch->loc[i], copied,
				  fp))
			return -EAGAIN;
	}
	gc->at = batch->end;
	return 0;
}

static void begin_walk(struct vkv_ftl *ftl, bool thorough, bool counts)
{
	struct vkv_gc *gc = &ftl->gc;

	ftl->space_ops->extent(ftl->space, gc->victim, &gc->at, &gc->end);
	VKV_ASSERT(gc->at <= gc->end);
	gc->thorough = thorough;
	gc->counts = counts;
	gc->found = 0;
	gc->lost = false;
}

static void begin_victim(struct vkv_ftl *ftl, u32 victim)
{
	ftl->gc.victim = victim;
	ftl->gc.hurt = false;
	ftl->gc.mended = ftl->space_ops->mended(ftl->space, victim);
	begin_walk(ftl, ftl->gc.mended, false);
}

static void retire_victim(struct vkv_ftl *ftl)
{
	ftl->space_ops->retire(ftl->space, ftl->gc.victim);
	ftl->gc.victim = VKV_NO_SEGMENT;
	WRITE_ONCE(ftl->gc.recount, true);
}

static void end_victim(struct vkv_ftl *ftl, struct vkv_footprint *fp)
{
	vkv_touch(fp, VKV_TOUCH_ERASE, 0,
		  (u64)ftl->gc.victim << ftl->segment_shift,
		  1u << ftl->segment_shift);
	ftl->space_ops->release(ftl->space, ftl->gc.victim);
	ftl->gc.victim = VKV_NO_SEGMENT;
	WRITE_ONCE(ftl->gc.collected, ftl->gc.collected + 1);
}

/* The damaged victim has been walked: can it be emptied? */
static void end_count(struct vkv_ftl *ftl)
{
	struct vkv_gc *gc = &ftl->gc;

	if (gc->found >= ftl->space_ops->victim_live(ftl->space, gc->victim))
		begin_walk(ftl, true, false);
	else
		retire_victim(ftl);
}

/*
 * The end of the victim is reached. When bytes are still live, either a record
 * is being taken out of the index just now, or a state is damaged. Then the
 * victim is walked again, and the index is asked for each record.
 */
static void end_walk(struct vkv_ftl *ftl, struct vkv_footprint *fp)
{
	struct vkv_gc *gc = &ftl->gc;

	if (gc->counts)
		end_count(ftl);
	else if (!gc->thorough)
		begin_walk(ftl, true, false);
	else if (gc->hurt)
		retire_victim(ftl);
	else
		end_victim(ftl, fp);
}

/*
 * The live bytes of a victim that was revived are those of the last count,
 * which other threads may have disturbed. So they alone prove nothing.
 */
static bool is_empty_victim(struct vkv_ftl *ftl)
{
	const struct vkv_gc *gc = &ftl->gc;

	return !gc->mended &&
	       !ftl->space_ops->victim_live(ftl->space, gc->victim);
}

/* The next record is damaged: the walk begins again, and then goes past it. */
static void meet_damage(struct vkv_ftl *ftl)
{
	struct vkv_gc *gc = &ftl->gc;

	vkv_note_damage(ftl);
	if (gc->hurt) {
		gc->lost = true;
		return;
	}
	gc->hurt = true;
	begin_walk(ftl, true, true);
}

/* The walk is thorough behind damage. */
static bool is_certain(const struct vkv_ftl *ftl, u64 loc)
{
	u64 hash;

	return judge(ftl, loc, &hash) == MOVE && index_leads_to(ftl, hash, loc);
}

/* Looks for the next record behind damage. A record that no index leads to is passed. */
static void find_record(struct vkv_ftl *ftl)
{
	struct vkv_gc *gc = &ftl->gc;
	u32 i;

	for (i = 0; i < STEP_UNITS && gc->at < gc->end && gc->lost; i++)
		if (++gc->at < gc->end)
			gc->lost = !is_certain(ftl, gc->at);
}

static enum progress walk_victim(struct vkv_ftl_ctx *ctx,
				 struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_gc *gc = &ftl->gc;
	struct batch batch;
	u32 records, looked;
	u32 copied = 0;

	VKV_ASSERT(atomic_read(&gc->busy));
	for (records = 0; records < STEP_RECORDS && copied < STEP_BYTES;
	     records += looked) {
		looked = BATCH;
		if (is_empty_victim(ftl)) {
			end_victim(ftl, fp);
			return MORE;
		}
		if (gc->at >= gc->end) {
			end_walk(ftl, fp);
			return MORE;
		}
		if (unlikely(gc->lost)) {
			find_record(ftl);
			continue;
		}
		looked = gc_gather(ftl, &batch, STEP_BYTES - copied);
		if (unlikely(!looked)) {
			meet_damage(ftl);
			return MORE;
		}
		if (handle_batch(ctx, &batch, &copied, fp))
			return STUCK;
	}
	return MORE;
}

static enum progress collect_records(struct vkv_ftl_ctx *ctx, bool eager,
				     struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	enum progress progress;
	u64 written = ftl->gc.written;
	u32 victim;

	if (ftl->gc.victim == VKV_NO_SEGMENT) {
		victim = ftl->space_ops->victim(ftl->space, eager);
		if (victim == VKV_NO_SEGMENT)
			return DONE;
		begin_victim(ftl, victim);
	}
	progress = walk_victim(ctx, fp);
	/* Another victim may be empty, and need no place to copy to. */
	if (progress == STUCK && READ_ONCE(ftl->damaged)) {
		ftl->space_ops->spare(ftl->space, ftl->gc.victim);
		ftl->gc.victim = VKV_NO_SEGMENT;
		ftl->gc.spared++;
	}
	if (ftl->gc.written != written)
		ftl->gc.spared = 0;
	return progress;
}

/* Tells the space manager of an entry, if it leads to a retired segment. */
static void count_entry(void *arg, u64 pos, u64 loc)
{
	const struct vkv_ftl *ftl = arg;
	u32 bytes = 0;

	if (!vkv_location_exists(ftl, loc) ||
	    !ftl->space_ops->retired(ftl->space, loc))
		return;
	if (vkv_probe_belongs(ftl, ftl->index[ftl->gc.number].index, pos, loc))
		bytes = vkv_record_size(vkv_record_at(ftl, loc));
	ftl->space_ops->witness(ftl->space, loc, bytes);
}

/* Counts the entries of a part of an index; false behind the last one. */
static bool count_part(struct vkv_ftl *ftl)
{
	struct vkv_gc *gc = &ftl->gc;
	struct vkv_index *ix = ftl->index[gc->number].index;
	u64 last;

	ftl->index_ops->scan(ix, gc->pos, &last, count_entry, ftl);
	gc->pos = last + 1;
	if (last < ftl->index_ops->position(ix, ~0ull))
		return true;
	gc->pos = 0;
	gc->number++;
	return gc->number < vkv_nr_indexes(ftl);
}

static bool begin_counting(struct vkv_ftl *ftl)
{
	struct vkv_gc *gc = &ftl->gc;

	if (!READ_ONCE(gc->recount))
		return false;
	/* An entry that is removed from now on is for the next count. */
	WRITE_ONCE(gc->recount, false);
	gc->number = 0;
	gc->pos = 0;
	gc->counting = ftl->space_ops->doubt(ftl->space);
	return gc->counting;
}

/* Finds out what still leads into retired segments. */
static enum progress count_entries(struct vkv_ftl *ftl)
{
	struct vkv_gc *gc = &ftl->gc;
	u32 i;

	if (likely(!gc->counting) && !begin_counting(ftl))
		return DONE;
	for (i = 0; i < STEP_PARTS; i++)
		if (!count_part(ftl)) {
			gc->counting = false;
			ftl->space_ops->revive(ftl->space, false);
			break;
		}
	return MORE;
}

static bool tidy_indexes(struct vkv_ftl *ftl)
{
	bool more = false;
	u32 i;

	for (i = 0; i < vkv_nr_indexes(ftl); i++)
		more |= ftl->index_ops->tidy(ftl->index[i].index);
	return more;
}

/* A step does a part of each; the best outcome counts. */
static enum progress gc_step(struct vkv_ftl_ctx *ctx, bool eager,
			     struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	enum progress orphans = drop_fragments(ftl, fp);
	enum progress pages = move_pages(ftl, eager, fp);
	enum progress records = collect_records(ctx, eager, fp);
	bool tidy = tidy_indexes(ftl);

	if (tidy || orphans == MORE || pages == MORE || records == MORE)
		return MORE;
	if ((eager || ftl->space_ops->low(ftl->space)) &&
	    count_entries(ftl) == MORE)
		return MORE;
	return pages == STUCK || records == STUCK ? STUCK : DONE;
}

/* A collector that spares one victim after the other gets nowhere. */
static bool is_idle(const struct vkv_ftl *ftl, enum progress progress)
{
	const struct vkv_gc *gc = &ftl->gc;

	return progress != MORE ||
	       (gc->spared >= SPARED_MAX && !gc->counting &&
		!READ_ONCE(gc->recount));
}

bool vkv_ftl_collect_noting(struct vkv_ftl_ctx *ctx, bool eager,
			    struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	enum progress progress;
	bool freed;

	if (atomic_cmpxchg(&ftl->gc.busy, 0, 1))
		return false;
	eager |= READ_ONCE(ftl->hungry);
	/* The collector's own segment is parked: it may have garbage, too. */
	if (eager)
		vkv_ftl_idle(ctx);
	vkv_ctx_enter(ctx);
	progress = gc_step(ctx, eager, fp);
	/* Only an eager step looks at everything that a hungry index wants. */
	if (progress == DONE && eager)
		WRITE_ONCE(ftl->hungry, false);
	if (progress == MORE)
		vkv_ftl_quiesce(ctx);
	else
		vkv_ftl_idle(ctx);
	freed = ftl->space_ops->harvest(ftl->space);
	if (freed)
		ftl->gc.spared = 0;
	ftl->space_ops->settled(ftl->space, is_idle(ftl, progress) && !freed);
	atomic_set_release(&ftl->gc.busy, 0);
	/*
	 * A step that is stuck goes on after quiescent points of other threads.
	 */
	return progress == MORE || freed;
}

bool vkv_ftl_wants_collect(struct vkv_ftl *ftl)
{
	return ftl->space_ops->low(ftl->space) || READ_ONCE(ftl->orphans.nr);
}

/* Ends a pass over the segments. */
static int wipe_end_pass(struct vkv_ftl *ftl, struct vkv_wipe *wipe)
{
	bool vain = !wipe->wiped && !wipe->waiting && !READ_ONCE(ftl->hungry);

	if (!wipe->busy)
		return 0;
	wipe->next = 0;
	wipe->busy = false;
	wipe->waiting = false;
	wipe->wiped = false;
	/* The collector finds what it freed last only in its next step. */
	wipe->vain = vain ? wipe->vain + 1 : 0;
	return wipe->vain == WIPE_VAIN ? -EIO : -EAGAIN;
}

int vkv_ftl_wipe(struct vkv_ftl *ftl, struct vkv_wipe *wipe)
{
	int ret;

	if (wipe->next == ftl->space_ops->segments(ftl->space))
		return wipe_end_pass(ftl, wipe);
	if (!wipe->next)
		WRITE_ONCE(ftl->hungry, true);
	ret = ftl->space_ops->wipe(ftl->space, wipe->next++);
	wipe->busy |= ret < 0;
	wipe->waiting |= ret == -EAGAIN;
	wipe->wiped |= !ret;
	return -EAGAIN;
}
