// SPDX-License-Identifier: GPL-2.0
/*
 * Probes: keys to be looked for, where index and log meet.
 *
 * An index leads from a hash to locations. Whether the record at a location has
 * the key is decided here, by the record. All changes of an index, but those of
 * the collector, go through vkv_probe_replace(). So the things that depend on
 * them are kept right in one place: the live bytes counted in a segment are
 * never fewer than those of the records that the index leads to, and the state
 * of a record follows what the index thinks of it.
 */
#include "ftl/probe.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/string.h>

#include "ftl/intact.h"
#include "vkv_assert.h"

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
	probe->hash = vkv_hash_in(ni, probe->data, probe->len);
	probe->own.hash = probe->hash;
	probe->own.page = NULL;
	probe->trail = &probe->own;
}

void vkv_probe_prefetch(const struct vkv_probe *probe)
{
	probe->ftl->index_ops->approach(probe->index, probe->trail);
}

static bool same_word(const u8 *a, const u8 *b)
{
	u64 x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return x == y;
}

/* Compares by words: keys are short, and mostly the same when compared. */
static bool same_bytes(const u8 *a, const u8 *b, u32 len)
{
	u32 i;

	if (len < sizeof(u64))
		return !memcmp(a, b, len);
	for (i = 0; i < len - sizeof(u64); i += sizeof(u64))
		if (!same_word(a + i, b + i))
			return false;
	return same_word(a + len - sizeof(u64), b + len - sizeof(u64));
}

/* A damaged entry can lead to a place where no record begins. */
static bool has_room(const struct vkv_probe *probe, u64 loc)
{
	u64 end = (loc << VKV_LOC_SHIFT) + sizeof(struct vkv_record) +
		  probe->len;

	return end <= probe->ftl->size;
}

/* The length is compared first: only the record knows how long its key is. */
bool vkv_probe_match(void *arg, u64 loc)
{
	const struct vkv_probe *probe = arg;
	const struct vkv_record *rec = vkv_record_at(probe->ftl, loc);

	return rec->key_len == probe->len && rec->keyspace == probe->keyspace &&
	       vkv_record_class(rec) == probe->class && has_room(probe, loc) &&
	       same_bytes(rec->key, probe->data, probe->len);
}

void vkv_probe_note(const struct vkv_probe *probe, u8 kind,
		    struct vkv_footprint *fp)
{
	u64 page = probe->ftl->index_ops->page(probe->index, probe->hash);

	if (page)
		vkv_touch(fp, kind, probe->keyspace, page * VKV_PAGE_SIZE,
			  VKV_PAGE_SIZE);
}

static void probe_add_live(struct vkv_ftl *ftl, u64 loc)
{
	u32 bytes = vkv_record_size(vkv_record_at(ftl, loc));

	ftl->space_ops->live(ftl->space, loc, bytes);
}

/*
 * A damaged record stays live: its length cannot be believed, and it is better
 * to lose its segment than to free the neighbours' bytes.
 */
static void probe_drop_live(const struct vkv_probe *probe, u64 loc, u32 bytes)
{
	struct vkv_ftl *ftl = probe->ftl;

	if (!bytes && vkv_location_intact(ftl, loc, probe->hash))
		bytes = vkv_record_size(vkv_record_at(ftl, loc));
	if (bytes)
		ftl->space_ops->live(ftl->space, loc, -(s32)bytes);
}

int vkv_probe_replace(const struct vkv_probe *probe, u64 expect, u32 bytes,
		      u64 loc, u64 *found)
{
	struct vkv_ftl *ftl = probe->ftl;
	int err;

	VKV_ASSERT(!loc || vkv_record_state(vkv_record_at(ftl, loc)) ==
				   VKV_RECORD_UNBORN);
	if (loc)
		probe_add_live(ftl, loc);
	err = ftl->index_ops->change(probe->index, probe->trail,
				     vkv_probe_match,
				     (void *)probe, expect, loc, found);
	if (err == -EAGAIN)
		WRITE_ONCE(ftl->hungry, true);
	if (err) {
		if (loc)
			probe_drop_live(probe, loc, 0);
		return err;
	}
	if (loc)
		vkv_record_born(vkv_record_at(ftl, loc));
	if (*found) {
		vkv_record_died(vkv_record_at(ftl, *found));
		probe_drop_live(probe, *found, *found == expect ? bytes : 0);
	}
	return 0;
}

int vkv_probe_change(const struct vkv_probe *probe, u64 expect, u64 loc,
		     u64 *found)
{
	return vkv_probe_replace(probe, expect, 0, loc, found);
}
