// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: the fragments of large values.
 *
 * A value of more than one fragment is an object; its fragments are records
 * under hidden keys {object, number}, in an index that all keyspaces share.
 * Their head, under the user's key, says how many there are. When the head is
 * gone, whoever took it out of the index removes the fragments. Those of a very
 * large value would take too long for one command: it is left as an orphan, and
 * the collector removes a part of it in each of its steps.
 */
#include "ftl/core.h"

#include <linux/minmax.h>

void vkv_object_drop(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 from,
		     u32 end, struct vkv_footprint *fp)
{
	struct vkv_probe probe;
	u64 found;

	for (; from < end; from++) {
		vkv_probe_fragment(ftl, keyspace, object, from, &probe);
		if (!vkv_probe_change(&probe, VKV_LOC_ANY, 0, &found) && found)
			vkv_probe_changed(&probe, fp);
	}
}

/*
 * An orphan has more than VKV_DROP_MAX fragments, so there can only be as many
 * as that fits into the memory, and the table holds them all.
 */
static bool leave_orphan(struct vkv_ftl *ftl, const struct vkv_orphan *orphan)
{
	bool left = false;

	spin_lock(&ftl->orphan_lock);
	if (ftl->nr_orphans < ftl->max_orphans) {
		ftl->orphan[ftl->nr_orphans] = *orphan;
		WRITE_ONCE(ftl->nr_orphans, ftl->nr_orphans + 1);
		left = true;
	}
	spin_unlock(&ftl->orphan_lock);
	return left;
}

void vkv_object_leave(struct vkv_ftl *ftl, u64 loc, u64 hash,
		      struct vkv_footprint *fp)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_orphan orphan;
	struct vkv_head head;

	if (rec->type != VKV_RECORD_HEAD || !vkv_location_sound(ftl, loc, hash))
		return;
	vkv_record_head(rec, &head);
	orphan = (struct vkv_orphan){
		.object = head.object,
		.end = vkv_nr_fragments(ftl, head.size),
		.keyspace = rec->keyspace,
	};
	if (orphan.end > VKV_DROP_MAX && leave_orphan(ftl, &orphan))
		return;
	vkv_object_drop(ftl, orphan.keyspace, orphan.object, 0, orphan.end, fp);
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

bool vkv_object_collect(struct vkv_ftl *ftl, struct vkv_footprint *fp)
{
	struct vkv_orphan part;

	if (!take_orphan(ftl, &part))
		return false;
	vkv_object_drop(ftl, part.keyspace, part.object, part.next, part.end,
			fp);
	return true;
}
