// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: keys to be looked for, where index and log meet.
 *
 * An index leads from a hash to locations; whether the record there has the key
 * is decided here, by the record. All changes of an index but the collector's go
 * through vkv_probe_change(), so that what depends on them is in one place: the
 * bytes counted live in a segment are never fewer than those of the records the
 * index leads to, and a record's state follows what the index thinks of it.
 */
#include "kv_core.h"

#include <linux/errno.h>
#include <linux/string.h>

static bool state_valid(const struct vkv_record *rec)
{
	u32 state = vkv_record_state(rec);

	return state >= VKV_RECORD_UNBORN && state <= VKV_RECORD_DEAD;
}

bool vkv_record_sane(const struct vkv_ftl *ftl, const struct vkv_record *rec,
		     u64 room)
{
	if (room < sizeof(*rec) || !rec->key_len ||
	    rec->value_len > ftl->fragment ||
	    rec->type < VKV_RECORD_VALUE || rec->type > VKV_RECORD_FRAGMENT ||
	    rec->keyspace >= ftl->nr_keyspaces || !state_valid(rec) ||
	    vkv_record_size(rec) > room)
		return false;
	if (rec->type == VKV_RECORD_HEAD &&
	    rec->value_len != sizeof(struct vkv_head))
		return false;
	return rec->type != VKV_RECORD_FRAGMENT ||
	       rec->key_len == sizeof(struct vkv_fragment_key);
}

bool vkv_location_sane(const struct vkv_ftl *ftl, u64 loc)
{
	u64 segment = 1ull << ftl->segment_shift;
	u64 offset = (loc << VKV_LOC_SHIFT) & (segment - 1);

	return vkv_record_sane(ftl, vkv_record_at(ftl, loc), segment - offset);
}

bool vkv_location_sound(const struct vkv_ftl *ftl, u64 loc, u64 hash)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);

	return vkv_location_sane(ftl, loc) &&
	       rec->checksum == vkv_record_sum(rec, hash);
}

void vkv_probe_key(struct vkv_ftl *ftl, const struct vkv_key *key,
		   struct vkv_probe *probe)
{
	const struct vkv_numbered_index *ni =
		vkv_numbered_of(ftl, VKV_CLASS_USER, key->keyspace);

	probe->ftl = ftl;
	probe->index = ni->index;
	probe->data = key->data;
	probe->len = key->len;
	probe->keyspace = key->keyspace;
	probe->class = VKV_CLASS_USER;
	probe->hash = key->hash ?: vkv_hash(&ni->key, key->data, key->len);
}

void vkv_probe_fragment(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 nr,
			struct vkv_probe *probe)
{
	const struct vkv_numbered_index *ni =
		vkv_numbered_of(ftl, VKV_CLASS_FRAGMENT, keyspace);

	probe->fragment.object = object;
	probe->fragment.nr = nr;
	probe->ftl = ftl;
	probe->index = ni->index;
	probe->data = &probe->fragment;
	probe->len = sizeof(probe->fragment);
	probe->keyspace = keyspace;
	probe->class = VKV_CLASS_FRAGMENT;
	probe->hash = vkv_hash(&ni->key, probe->data, probe->len);
}

void vkv_probe_prefetch(const struct vkv_probe *probe)
{
	probe->ftl->index_ops->prefetch(probe->index, probe->hash);
}

/* The length is compared first: the record is the truth about it. */
static bool match(void *arg, u64 loc)
{
	const struct vkv_probe *probe = arg;
	const struct vkv_record *rec = vkv_record_at(probe->ftl, loc);

	return rec->key_len == probe->len && rec->keyspace == probe->keyspace &&
	       vkv_record_class(rec) == probe->class &&
	       !memcmp(rec->key, probe->data, probe->len);
}

static void note_page(const struct vkv_probe *probe, u8 kind,
		      struct vkv_footprint *fp)
{
	u64 page;

	if (!fp->touch)
		return;
	page = probe->ftl->index_ops->page(probe->index, probe->hash);
	if (page)
		vkv_touch(fp, kind, probe->keyspace, page * VKV_PAGE_SIZE,
			  VKV_PAGE_SIZE);
}

u64 vkv_probe_find(const struct vkv_probe *probe, struct vkv_footprint *fp)
{
	fp->lookups += probe->class == VKV_CLASS_USER;
	note_page(probe, VKV_TOUCH_LOOK, fp);
	return probe->ftl->index_ops->lookup(probe->index, probe->hash, match,
					     (void *)probe, &fp->index_reads);
}

void vkv_probe_changed(const struct vkv_probe *probe, struct vkv_footprint *fp)
{
	note_page(probe, VKV_TOUCH_CHANGE, fp);
}

static void add_live(struct vkv_ftl *ftl, u64 loc)
{
	u32 bytes = vkv_record_size(vkv_record_at(ftl, loc));

	ftl->space_ops->live(ftl->space, loc, bytes);
}

/* A damaged record stays live: better a segment lost than its neighbours. */
static void drop_live(const struct vkv_probe *probe, u64 loc)
{
	struct vkv_ftl *ftl = probe->ftl;
	u32 bytes = vkv_record_size(vkv_record_at(ftl, loc));

	if (vkv_location_sound(ftl, loc, probe->hash))
		ftl->space_ops->live(ftl->space, loc, -(s32)bytes);
}

int vkv_probe_change(const struct vkv_probe *probe, u64 expect, u64 loc,
		     u64 *found)
{
	struct vkv_ftl *ftl = probe->ftl;
	int err;

	if (loc)
		add_live(ftl, loc);
	err = ftl->index_ops->change(probe->index, probe->hash, match,
				     (void *)probe, expect, loc, found);
	if (err == -EAGAIN)
		WRITE_ONCE(ftl->hungry, true);
	if (err) {
		if (loc)
			drop_live(probe, loc);
		return err;
	}
	if (loc)
		vkv_record_born(vkv_record_at(ftl, loc));
	if (*found) {
		vkv_record_died(vkv_record_at(ftl, *found));
		drop_live(probe, *found);
	}
	return 0;
}
