// SPDX-License-Identifier: GPL-2.0
/*
 * Keys and values.
 *
 * A key is an entry of its keyspace's index that points to a record of the log.
 * A value of more than one fragment has its fragments under hidden keys
 * {object, number} in the same log and an index of their own, and only its head
 * under the user's key, so the collector knows but one kind of thing.
 *
 * Indexes. There is one for each keyspace, and one for all fragments; what a
 * keyspace is asked for never meets the keys of another. They share the space
 * manager's pages: its cookie for a page is the index's own and its number.
 *
 * Versions. What a reader found stays where it is until the reader's next
 * quiescent point, and records do not change once they are in the index, but for
 * their state (ftl/record.h), which readers do not look at. So a small value is
 * one version by itself. When a fragment of a head is gone, the head is gone, and
 * the reader begins again. How versions follow one another is told in
 * ftl/store.c, what happens to fragments in ftl/object.c.
 *
 * The other files: ftl/probe.c, where index and log meet; ftl/usage.c, what is
 * charged; ftl/list.c, listing; ftl/gc.c, the collector; ftl/check.c, the invariants.
 */
#include "kv_ftl.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/prefetch.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ftl/core.h"
#include "ftl/space/victim.h"

#define FRAGMENT_MIN 8192u
#define SEGMENT_SHIFT_MIN 18
#define SEGMENT_SHIFT_MAX 22
#define LOOKUP_TRIES 8
#define DEFAULT_OP 70u
/* Fragments between a prefetch and its use. */
#define AHEAD 3u

static_assert(VKV_NR_PIECES > VKV_IO_MAX / FRAGMENT_MIN + 1);

static const struct vkv_index_ops *const indexes[] = {
	&vkv_index_extendible,
	&vkv_index_plain,
};

static const struct vkv_space_ops *const spaces[] = {
	&vkv_space_log,
};

/* Contexts */

struct vkv_ftl_ctx *vkv_ftl_ctx(struct vkv_ftl *ftl, unsigned int i)
{
	return i < ftl->nr_ctx ? &ftl->ctx[i] : NULL;
}

void vkv_ftl_quiesce(struct vkv_ftl_ctx *ctx)
{
	ctx->scratch.valid = false;
	ctx->ftl->space_ops->quiesce(ctx->ftl->space, ctx->slot);
}

void vkv_ftl_idle(struct vkv_ftl_ctx *ctx)
{
	ctx->scratch.valid = false;
	ctx->entered = false;
	ctx->ftl->space_ops->idle(ctx->ftl->space, ctx->slot);
}

/* Lookup */

static void add_piece(struct vkv_view *view, void *data, u32 len)
{
	view->piece[view->nr++] = (struct vkv_piece){ data, len };
}

static noinline void note_places(struct vkv_ftl *ftl, struct vkv_footprint *fp,
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

/* The header and the key of a record, and @len bytes of its value from @value. */
static inline void note_read(struct vkv_ftl *ftl, struct vkv_footprint *fp,
			     const struct vkv_record *rec, const void *value,
			     u32 len)
{
	fp->read_bytes += len;
	if (unlikely(fp->touch))
		note_places(ftl, fp, rec, value, len);
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

static int view_fragment(const struct vkv_probe *probe, u32 begin, u32 len,
			 struct vkv_view *view, struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = probe->ftl;
	u64 loc = vkv_probe_find(probe, fp);
	struct vkv_record *rec;

	if (!loc)
		return -EAGAIN;
	rec = vkv_record_at(ftl, loc);
	if (!vkv_location_sound(ftl, loc, probe->hash))
		return -EIO;
	if (rec->value_len < begin + len)
		return -EAGAIN;
	add_piece(view, vkv_record_value(rec) + begin, len);
	note_read(ftl, fp, rec, vkv_record_value(rec) + begin, len);
	return 0;
}

/*
 * Adds the pieces of [offset, end) of a fragmented value; -EAGAIN if the value
 * changed. The entries and then the records of the next fragments are fetched
 * beside.
 */
static noinline int view_fragments(struct vkv_ftl *ftl, u8 keyspace,
			  const struct vkv_head *head, u64 offset, u64 end,
			  struct vkv_view *view, struct vkv_footprint *fp)
{
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
		err = view_fragment(probe_at(probes, i - 2 * AHEAD), begin, len,
				    view, fp);
		offset += len;
	}
	return err;
}

static __always_inline int view_record(struct vkv_ftl *ftl, u64 loc, u64 hash,
				       u64 offset, u32 len,
				       struct vkv_view *view,
				       struct vkv_footprint *fp)
{
	struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_head head;
	u64 end;

	if (!vkv_location_sound(ftl, loc, hash))
		return -EIO;
	view->loc = loc;
	view->nr = 0;
	view->size = vkv_record_value_size(rec);
	end = min(offset + len, view->size);
	if (offset >= end || rec->type == VKV_RECORD_HEAD)
		note_read(ftl, fp, rec, NULL, 0);
	if (offset >= end)
		return 0;
	if (rec->type == VKV_RECORD_HEAD) {
		vkv_record_head(rec, &head);
		return view_fragments(ftl, rec->keyspace, &head, offset, end,
				      view, fp);
	}
	note_read(ftl, fp, rec, vkv_record_value(rec) + offset, end - offset);
	add_piece(view, vkv_record_value(rec) + offset, end - offset);
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
	ftl->index_ops->approach(ftl->index[key->keyspace].index,
				 vkv_ctx_trail(ctx, key->keyspace, mark));
	return mark;
}

void vkv_ftl_prefetch_record(struct vkv_ftl_ctx *ctx, const struct vkv_key *key)
{
	struct vkv_ftl *ftl = ctx->ftl;

	if (!key->hash)
		return;
	vkv_ctx_enter(ctx);
	fetch_record(ftl, ftl->index[key->keyspace].index,
		     vkv_ctx_trail(ctx, key->keyspace, key->hash));
}

static __always_inline int look(const struct vkv_probe *probe, u64 offset,
				u32 len, struct vkv_view *view,
				struct vkv_footprint *fp)
{
	u64 loc = vkv_probe_find(probe, fp);

	if (unlikely(!loc))
		return -ENOENT;
	return view_record(probe->ftl, loc, probe->hash, offset, len, view, fp);
}

/* Out of the way: hardly any value changes while it is looked at. */
static noinline int look_again(const struct vkv_probe *probe, u64 offset,
			       u32 len, struct vkv_view *view,
			       struct vkv_footprint *fp)
{
	int err = -EAGAIN;
	int i;

	for (i = 1; err == -EAGAIN && i < LOOKUP_TRIES; i++)
		err = look(probe, offset, len, view, fp);
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
	err = look(&probe, offset, len, view, fp);
	if (unlikely(err == -EAGAIN))
		err = look_again(&probe, offset, len, view, fp);
	return err;
}

/* Delete */

/* Takes the key's entry out; *@found becomes where it led. */
static int take_out(const struct vkv_probe *probe, u64 *found,
		    struct vkv_footprint *fp)
{
	u64 loc = vkv_probe_find(probe, fp);

	if (!loc)
		return -ENOENT;
	/* Looked for beforehand, so that no record is read under a lock. */
	if (!vkv_probe_change(probe, loc, 0, found))
		return 0;
	/* It is another one by now. Removing whatever is there cannot fail. */
	if (vkv_probe_change(probe, VKV_LOC_ANY, 0, found) || !*found)
		return -ENOENT;
	return 0;
}

int vkv_ftl_delete(struct vkv_ftl_ctx *ctx, const struct vkv_key *key,
		   struct vkv_footprint *fp)
{
	struct vkv_ftl *ftl = ctx->ftl;
	struct vkv_probe probe;
	u64 charge;
	u64 found;
	int err;

	if (!vkv_key_valid(ftl, key))
		return -EINVAL;
	vkv_ctx_enter(ctx);
	vkv_probe_key(ctx, key, &probe);
	err = take_out(&probe, &found, fp);
	if (err)
		return err;
	fp->index_writes++;
	fp->replaced++;
	vkv_probe_changed(&probe, fp);
	charge = vkv_charge_at(ftl, found, probe.hash);
	vkv_charge_less(ftl, key->keyspace, charge);
	vkv_account(ctx, key->keyspace, charge, 0);
	vkv_object_leave(ftl, found, probe.hash, fp);
	return 0;
}

/* Life */

u32 vkv_ftl_segment(const struct vkv_ftl *ftl)
{
	return 1u << ftl->segment_shift;
}

static u32 alloc_index_page(void *arg, u32 cookie)
{
	const struct vkv_numbered_index *ni = arg;
	struct vkv_ftl *ftl = ni->ftl;

	return ftl->space_ops->page_alloc(ftl->space,
					  cookie << VKV_INDEX_BITS |
						  ni->number);
}

static void free_index_page(void *arg, u32 page)
{
	const struct vkv_numbered_index *ni = arg;
	struct vkv_ftl *ftl = ni->ftl;

	ftl->space_ops->page_free(ftl->space, page);
}

static const struct vkv_index_ops *find_index(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(indexes); i++)
		if (!name || !strcmp(name, indexes[i]->name))
			return indexes[i];
	return NULL;
}

static const struct vkv_space_ops *find_space(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spaces); i++)
		if (!name || !strcmp(name, spaces[i]->name))
			return spaces[i];
	return NULL;
}

bool vkv_ftl_has_index(const char *name)
{
	return find_index(name);
}

bool vkv_ftl_has_space(const char *name)
{
	return find_space(name);
}

bool vkv_ftl_has_victim(const char *name)
{
	return vkv_victim_find(name);
}

static int choose_ops(struct vkv_ftl *ftl, const char *index, const char *space)
{
	ftl->index_ops = find_index(index);
	ftl->space_ops = find_space(space);
	return ftl->index_ops && ftl->space_ops ? 0 : -EINVAL;
}

static int create_space(struct vkv_ftl *ftl, unsigned int nr_ctx,
			const char *victim)
{
	const u32 header = vkv_record_bytes(VKV_KEY_MAX, 0) + VKV_ALIGN;
	struct vkv_space_config cfg = {
		.mem = ftl->mem,
		.size = ftl->size,
		.nr_slots = nr_ctx,
		.segment_shift = ftl->segment_shift,
		.record_max = vkv_record_bytes(VKV_KEY_MAX, ftl->fragment),
		/* An append may carry a fragment on top of its own bytes. */
		.reserve_max = VKV_IO_MAX + ftl->fragment +
			       (VKV_IO_MAX / ftl->fragment + 2) * 64 + header,
		.index_pages = ftl->index_ops->base_pages(ftl->size) *
			       vkv_nr_indexes(ftl),
		.victim = vkv_victim_find(victim),
	};

	if (!cfg.victim)
		return -EINVAL;
	return ftl->space_ops->create(&cfg, &ftl->space);
}

static int create_index(struct vkv_ftl *ftl, u32 number, const u64 seed[2])
{
	struct vkv_numbered_index *ni = &ftl->index[number];
	struct vkv_index_env env = {
		.mem = ftl->mem,
		.size = ftl->size,
		.arg = ni,
		.page_alloc = alloc_index_page,
		.page_free = free_index_page,
	};

	ni->ftl = ftl;
	ni->number = number;
	vkv_hash_init(&ni->key, seed, number);
	return ftl->index_ops->create(&env, &ni->index);
}

static int create_indexes(struct vkv_ftl *ftl, const u64 seed[2])
{
	int err = 0;
	u32 i;

	for (i = 0; !err && i < vkv_nr_indexes(ftl); i++)
		err = create_index(ftl, i, seed);
	return err;
}

static void destroy_indexes(struct vkv_ftl *ftl)
{
	u32 i;

	for (i = 0; i < VKV_NR_INDEXES; i++)
		if (ftl->index[i].index)
			ftl->index_ops->destroy(ftl->index[i].index);
}

static int create_contexts(struct vkv_ftl *ftl, unsigned int nr_ctx)
{
	unsigned int i;

	ftl->max_orphans = 2 + div_u64(ftl->size,
				       VKV_DROP_MAX * ftl->fragment);
	ftl->orphan = kvcalloc(ftl->max_orphans, sizeof(*ftl->orphan),
			       GFP_KERNEL);
	ftl->ctx = kvcalloc(nr_ctx, sizeof(*ftl->ctx), GFP_KERNEL);
	if (!ftl->ctx || !ftl->orphan)
		return -ENOMEM;
	ftl->nr_ctx = nr_ctx;
	for (i = 0; i < nr_ctx; i++) {
		ftl->ctx[i].ftl = ftl;
		ftl->ctx[i].slot = i;
	}
	return 0;
}

static void set_geometry(struct vkv_ftl *ftl, u64 size)
{
	ftl->segment_shift = clamp(ilog2(size >> 8), SEGMENT_SHIFT_MIN,
				   SEGMENT_SHIFT_MAX);
	ftl->fragment = max(1u << (ftl->segment_shift - 6), FRAGMENT_MIN);
	/* Locations have VKV_LOC_BITS bits. */
	ftl->size = min(size, 1ull << (VKV_LOC_BITS + VKV_LOC_SHIFT));
}

static struct vkv_ftl *new_ftl(const struct vkv_ftl_config *cfg)
{
	struct vkv_ftl *ftl = kvzalloc(sizeof(*ftl), GFP_KERNEL);

	if (!ftl)
		return NULL;
	ftl->mem = cfg->mem;
	ftl->op_permille = cfg->op_permille ?: DEFAULT_OP;
	ftl->nr_keyspaces = cfg->nr_keyspaces ?: 1;
	ftl->gc.victim = VKV_NO_SEGMENT;
	spin_lock_init(&ftl->orphan_lock);
	set_geometry(ftl, cfg->size);
	return ftl;
}

static bool config_valid(const struct vkv_ftl_config *cfg)
{
	if (!cfg->mem || (unsigned long)cfg->mem & (VKV_PAGE_SIZE - 1) ||
	    cfg->size < VKV_FTL_SIZE_MIN || !cfg->nr_ctx ||
	    cfg->nr_keyspaces > VKV_NR_KEYSPACES)
		return false;
	return !cfg->op_permille ||
	       (cfg->op_permille >= 10 && cfg->op_permille <= 500);
}

int vkv_ftl_create(const struct vkv_ftl_config *cfg, struct vkv_ftl **out)
{
	struct vkv_ftl *ftl;
	int err;

	if (!config_valid(cfg))
		return -EINVAL;
	ftl = new_ftl(cfg);
	if (!ftl)
		return -ENOMEM;
	err = choose_ops(ftl, cfg->index, cfg->space);
	if (!err)
		err = create_space(ftl, cfg->nr_ctx, cfg->victim);
	if (!err)
		err = create_indexes(ftl, cfg->seed);
	if (!err)
		err = create_contexts(ftl, cfg->nr_ctx);
	if (err) {
		vkv_ftl_destroy(ftl);
		return err;
	}
	vkv_set_capacity(ftl);
	*out = ftl;
	return 0;
}

void vkv_ftl_destroy(struct vkv_ftl *ftl)
{
	if (!ftl)
		return;
	kvfree(ftl->ctx);
	kvfree(ftl->orphan);
	destroy_indexes(ftl);
	if (ftl->space)
		ftl->space_ops->destroy(ftl->space);
	kvfree(ftl);
}
