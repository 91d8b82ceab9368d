// SPDX-License-Identifier: GPL-2.0
/*
 * Removing keys.
 *
 * The moment of a delete is when the key's entry is taken out of the index.
 * Then its charge is given back, and its fragments are removed, if it has any.
 * The record itself becomes garbage, so a delete needs no space and cannot fail
 * for want of it.
 */
#include "kv_ftl.h"

#include <linux/errno.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/object.h"
#include "ftl/probe.h"
#include "ftl/usage.h"
#include "vkv_assert.h"

/*
 * Takes the key's entry out of the index; *@found becomes the location in it.
 */
static int take_out(struct vkv_probe *probe, u64 *found,
		    struct vkv_footprint *fp)
{
	u64 loc = vkv_probe_find(probe, fp);

	if (!loc)
		return -ENOENT;
	/* The location is known, so no record is read under the lock. */
	if (!vkv_probe_change(probe, loc, 0, found))
		return 0;
	/* It is another record by now. Removing any record cannot fail. */
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
	VKV_ASSERT(found);
	fp->index_writes++;
	fp->replaced++;
	vkv_probe_note_change(&probe, fp);
	charge = vkv_charge_at(ftl, found, probe.hash);
	vkv_charge_less(ftl, key->keyspace, charge);
	vkv_usage_account(ctx, key->keyspace, -(s64)charge, -1);
	vkv_object_leave(ftl, found, probe.hash, fp);
	return 0;
}
