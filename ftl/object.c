// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: the fragments of large values.
 *
 * A value of more than one fragment is an object. Its fragments are records
 * under hidden keys {object, number}, in an index that all keyspaces share.
 * Their head, under the user's key, says how many there are. A thread that
 * takes the head out of the index also removes the fragments. The fragments of
 * a very large value would take too long for one command. Such a value is left
 * as an orphan, and the collector removes a part of it in each of its steps.
 */
#include "ftl/object.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "ftl/core.h"
#include "ftl/intact.h"
#include "ftl/probe.h"
#include "vkv_assert.h"

int vkv_object_create(struct vkv_ftl *ftl)
{
	struct vkv_orphans *o = &ftl->orphans;

	spin_lock_init(&o->lock);
	/*
	 * An orphan has more than VKV_DROP_MAX fragments, so there can be
	 * only as many as fit into the memory, and the table holds them all.
	 */
	o->max = 2 + div_u64(ftl->size, VKV_DROP_MAX * ftl->fragment);
	o->orphan = kvcalloc(o->max, sizeof(*o->orphan), GFP_KERNEL);
	return o->orphan ? 0 : -ENOMEM;
}

void vkv_object_destroy(struct vkv_ftl *ftl)
{
	kvfree(ftl->orphans.orphan);
}

void vkv_object_drop(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 from,
		     u32 end, struct vkv_footprint *fp)
{
	struct vkv_probe probe;
	u64 found;

	VKV_ASSERT(from >= end || end - from <= VKV_DROP_MAX);
	for (; from < end; from++) {
		vkv_probe_fragment(ftl, keyspace, object, from, &probe);
		if (vkv_probe_change(&probe, VKV_LOC_ANY, 0, &found))
			continue;
		if (unlikely(!found && probe.suspect) &&
		    vkv_probe_change(&probe, probe.suspect, 0, &found))
			continue;
		if (found)
			vkv_probe_note_change(&probe, fp);
	}
}

static bool leave_orphan(struct vkv_orphans *o, const struct vkv_orphan *orphan)
{
	bool left = false;

	spin_lock(&o->lock);
	if (o->nr < o->max) {
		o->orphan[o->nr] = *orphan;
		WRITE_ONCE(o->nr, o->nr + 1);
		left = true;
	}
	spin_unlock(&o->lock);
	VKV_ASSERT(left);
	return left;
}

void vkv_object_leave(struct vkv_ftl *ftl, u64 loc, u64 hash,
		      struct vkv_footprint *fp)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_orphan orphan;
	struct vkv_head head;

	if (!vkv_location_exists(ftl, loc) || rec->type != VKV_RECORD_HEAD ||
	    !vkv_location_intact(ftl, loc, hash))
		return;
	vkv_record_head(rec, &head);
	orphan = (struct vkv_orphan){
		.object = head.object,
		.end = vkv_nr_fragments(ftl, head.size),
		.keyspace = rec->keyspace,
	};
	if (orphan.end > VKV_DROP_MAX && leave_orphan(&ftl->orphans, &orphan))
		return;
	vkv_object_drop(ftl, orphan.keyspace, orphan.object, 0, orphan.end, fp);
}

/*
 * Takes a part of an orphan: it is copied under the lock, to be removed later.
 */
static bool take_orphan(struct vkv_orphans *o, struct vkv_orphan *part)
{
	struct vkv_orphan *orphan;
	bool any;

	spin_lock(&o->lock);
	any = o->nr;
	if (any) {
		orphan = &o->orphan[o->nr - 1];
		*part = *orphan;
		part->end = min(part->end, part->next + VKV_DROP_MAX);
		orphan->next = part->end;
		if (orphan->next == orphan->end)
			WRITE_ONCE(o->nr, o->nr - 1);
	}
	spin_unlock(&o->lock);
	return any;
}

bool vkv_object_collect(struct vkv_ftl *ftl, struct vkv_footprint *fp)
{
	struct vkv_orphan part;

	if (!take_orphan(&ftl->orphans, &part))
		return false;
	vkv_object_drop(ftl, part.keyspace, part.object, part.next, part.end,
			fp);
	return true;
}
