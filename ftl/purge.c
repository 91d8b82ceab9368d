// SPDX-License-Identifier: GPL-2.0
/*
 * Emptying a keyspace to the last byte.
 *
 * A damaged record cannot be listed, since nobody knows its key. Nor is it
 * known what it was charged, and which fragments it had. So when a keyspace is
 * to be empty, and everything that can be listed was deleted, a purge removes
 * the entries that are left in its index. It also removes the fragments of the
 * keyspace: they can only belong to values that are gone. A damaged fragment
 * may be of any keyspace. It stays until all keyspaces are empty. Then nothing
 * leads into the log any more, and retired segments can be used again.
 *
 * At last the counts of the keyspace are set to what is there, which is
 * nothing.
 */
#include "kv_ftl.h"

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/intact.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "ftl/usage.h"
#include "vkv_assert.h"

/* Entries that a step removes, at most. */
#define STEP_ENTRIES 32u
/* Parts of an index that a step looks at, at most. */
#define STEP_PARTS 16u

struct entry {
	u64 pos;
	u64 loc;
};

/**
 * struct purge_step - entries of a part of an index that are to be removed
 * @ftl: the core
 * @keyspace: the keyspace that is purged
 * @fragments: the index is that of the fragments
 * @all: no keyspace has keys
 * @nr: how many entries there are
 * @entry: the entries
 */
struct purge_step {
	const struct vkv_ftl *ftl;
	u8 keyspace;
	bool fragments;
	bool all;
	u32 nr;
	struct entry entry[STEP_ENTRIES];
};

static bool has_keys(struct vkv_ftl *ftl)
{
	u64 bytes, keys;
	u32 i;

	for (i = 0; i < vkv_nr_keyspaces(ftl); i++) {
		vkv_ftl_keyspace_usage(ftl, i, &bytes, &keys);
		if (keys)
			return true;
	}
	return false;
}

/* A fragment of another keyspace may belong to a store that is under way. */
static bool purge_wants(const struct purge_step *step, u64 loc)
{
	if (!step->fragments)
		return true;
	if (!vkv_location_sound(step->ftl, loc))
		return step->all;
	return vkv_record_at(step->ftl, loc)->keyspace == step->keyspace;
}

static void purge_visit(void *arg, u64 pos, u64 loc)
{
	struct purge_step *step = arg;

	if (step->nr < STEP_ENTRIES && purge_wants(step, loc))
		step->entry[step->nr++] = (struct entry){ pos, loc };
}

static u32 remove_entries(struct vkv_ftl *ftl, u32 number,
			  const struct purge_step *step)
{
	u32 removed = 0;
	u32 i;

	for (i = 0; i < step->nr; i++)
		removed += vkv_probe_forget(ftl, number, step->entry[i].pos,
					    step->entry[i].loc);
	return removed;
}

/* Removes some entries of an index. Returns false at its end. */
static bool purge_parts(struct vkv_ftl *ftl, struct purge_step *step,
			u64 *pos)
{
	u8 class = step->fragments ? VKV_CLASS_FRAGMENT : VKV_CLASS_USER;
	const struct vkv_numbered_index *ni =
		vkv_numbered_of(ftl, class, step->keyspace);
	struct vkv_index *ix = ni->index;
	u64 last;
	u32 i;

	for (i = 0; i < STEP_PARTS; i++) {
		step->nr = 0;
		ftl->index_ops->scan(ix, *pos, &last, purge_visit, step);
		if (remove_entries(ftl, ni->number, step))
			return true;
		*pos = last + 1;
		if (last >= ftl->index_ops->position(ix, ~0ull))
			return false;
	}
	return true;
}

/* The keys were deleted, so nothing can be left but what is damaged. */
static void note_what_is_left(struct vkv_ftl *ftl, u8 keyspace, u32 entries)
{
	u64 bytes, keys;

	vkv_ftl_keyspace_usage(ftl, keyspace, &bytes, &keys);
	if (entries || bytes || keys)
		vkv_note_damage(ftl);
}

static void end_purge(struct vkv_ftl *ftl, bool all)
{
	if (!all || READ_ONCE(ftl->orphans.nr))
		return;
	WRITE_ONCE(ftl->damaged, false);
	ftl->gc.counting = false;
	ftl->space_ops->revive(ftl->space, true);
}

static int purge_a_step(struct vkv_ftl *ftl, u8 keyspace,
		      struct vkv_purge *purge)
{
	struct purge_step step = {
		.ftl = ftl,
		.keyspace = keyspace,
		.fragments = purge->fragments,
		.all = purge->fragments && !has_keys(ftl),
	};
	bool more;

	VKV_ASSERT(atomic_read(&ftl->gc.busy));
	more = purge_parts(ftl, &step, &purge->pos);
	if (!purge->fragments)
		note_what_is_left(ftl, keyspace, step.nr);
	if (more)
		return -EAGAIN;
	purge->pos = 0;
	if (purge->fragments) {
		end_purge(ftl, step.all);
		return 0;
	}
	vkv_usage_clear(ftl, keyspace);
	purge->fragments = READ_ONCE(ftl->damaged);
	return purge->fragments ? -EAGAIN : 0;
}

/* Records must not move meanwhile, so this takes the place of the collector. */
int vkv_ftl_purge(struct vkv_ftl_ctx *ctx, u8 keyspace,
		  struct vkv_purge *purge)
{
	struct vkv_ftl *ftl = ctx->ftl;
	int ret;

	VKV_ASSERT(keyspace < vkv_nr_keyspaces(ftl));
	if (atomic_cmpxchg(&ftl->gc.busy, 0, 1))
		return -EAGAIN;
	vkv_ctx_enter(ctx);
	ret = purge_a_step(ftl, keyspace, purge);
	atomic_set_release(&ftl->gc.busy, 0);
	return ret;
}
