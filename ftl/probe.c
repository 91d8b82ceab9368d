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
 *
 * Damage. An entry whose place agrees with the key, but whose record is no
 * record of that place, is a suspect. Nobody can tell for sure whose it was,
 * but hardly any two keys have one place. So when the key is not found
 * otherwise, the suspect counts as its damaged record: reading it is refused,
 * storing the key again replaces it, and a delete removes it.
 */
#include "ftl/probe.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/math.h>
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
	probe->suspect = 0;
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

/* Can a record with a key of this length be at a location? */
static bool has_room(const struct vkv_probe *probe, u64 loc)
{
	u64 units = DIV_ROUND_UP(sizeof(struct vkv_record) + probe->len,
				 VKV_ALIGN);

	return loc + units <= probe->ftl->loc_end;
}

bool vkv_probe_belongs(const struct vkv_ftl *ftl, const struct vkv_index *ix,
		       u64 pos, u64 loc)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_index *own;
	u64 hash;

	if (!vkv_location_readable(ftl, loc))
		return false;
	own = vkv_index_of(ftl, vkv_record_class(rec), rec->keyspace);
	hash = vkv_record_hash(ftl, rec);
	return own == ix && rec->checksum == vkv_record_sum(rec, hash) &&
	       ftl->index_ops->position(own, hash) == pos;
}

/* Is the entry of another key that has the same place? */
static bool is_neighbour(const struct vkv_probe *probe, u64 loc)
{
	const struct vkv_ftl *ftl = probe->ftl;

	return vkv_probe_belongs(ftl, probe->index,
				 ftl->index_ops->position(probe->index,
							  probe->hash), loc);
}

/* Kept out of line: hardly any two keys have the same place. */
static noinline bool probe_mismatch(struct vkv_probe *probe, u64 loc)
{
	if (loc && !is_neighbour(probe, loc)) {
		vkv_note_damage(probe->ftl);
		probe->suspect = loc;
	}
	return false;
}

/* The length is compared first: only the record knows how long its key is. */
bool vkv_probe_match(void *arg, u64 loc)
{
	struct vkv_probe *probe = arg;
	const struct vkv_record *rec = vkv_record_at(probe->ftl, loc);

	if (likely(rec->key_len == probe->len &&
		   rec->keyspace == probe->keyspace &&
		   vkv_record_class(rec) == probe->class &&
		   has_room(probe, loc) &&
		   same_bytes(rec->key, probe->data, probe->len)))
		return true;
	return probe_mismatch(probe, loc);
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
 * The bytes of a damaged record stay live: its length cannot be believed, and
 * it is better to keep its segment than to free the neighbours' bytes. Nor is
 * anything written to it: it may be the middle of a neighbour. The collector
 * finds out when nothing leads into the segment any more.
 */
static void probe_drop(const struct vkv_probe *probe, u64 loc, u32 bytes)
{
	struct vkv_ftl *ftl = probe->ftl;

	if (!bytes && vkv_location_intact(ftl, loc, probe->hash))
		bytes = vkv_record_size(vkv_record_at(ftl, loc));
	if (unlikely(!bytes)) {
		vkv_note_damage(ftl);
		WRITE_ONCE(ftl->gc.recount, true);
		return;
	}
	vkv_record_died(vkv_record_at(ftl, loc));
	ftl->space_ops->live(ftl->space, loc, -(s32)bytes);
}

/* The index did not take the record. */
static void probe_withdraw(const struct vkv_probe *probe, u64 loc)
{
	struct vkv_ftl *ftl = probe->ftl;
	u32 bytes = vkv_record_size(vkv_record_at(ftl, loc));

	ftl->space_ops->live(ftl->space, loc, -(s32)bytes);
}

/*
 * The index has got no page. The collector is asked for one, unless that has
 * been of no use since the last page was given.
 */
static noinline int probe_wait(struct vkv_ftl *ftl)
{
	u64 since = READ_ONCE(ftl->hungry_since);

	if (!since) {
		WRITE_ONCE(ftl->hungry_since,
			   ftl->space_ops->vain(ftl->space) + 1);
	} else if (ftl->space_ops->in_vain(ftl->space, since - 1)) {
		WRITE_ONCE(ftl->hungry_since, 0);
		return -ENOSPC;
	}
	WRITE_ONCE(ftl->hungry, true);
	return -EAGAIN;
}

int vkv_probe_replace(struct vkv_probe *probe, u64 expect, u32 bytes, u64 loc,
		      u64 *found)
{
	struct vkv_ftl *ftl = probe->ftl;
	int err;

	VKV_ASSERT(!loc || vkv_record_state(vkv_record_at(ftl, loc)) ==
				   VKV_RECORD_UNBORN);
	if (loc)
		probe_add_live(ftl, loc);
	err = ftl->index_ops->change(probe->index, probe->trail,
				     vkv_probe_match, probe, expect, loc,
				     found);
	if (unlikely(err == -EAGAIN))
		err = probe_wait(ftl);
	if (err) {
		if (loc)
			probe_withdraw(probe, loc);
		return err;
	}
	if (loc)
		vkv_record_born(vkv_record_at(ftl, loc));
	if (*found)
		probe_drop(probe, *found, *found == expect ? bytes : 0);
	return 0;
}

int vkv_probe_change(struct vkv_probe *probe, u64 expect, u64 loc, u64 *found)
{
	return vkv_probe_replace(probe, expect, 0, loc, found);
}

/* Entries without a key */

/* The record of an entry that was removed is garbage. */
static void forget_record(struct vkv_ftl *ftl, struct vkv_index *ix, u64 pos,
			  u64 loc)
{
	struct vkv_record *rec = vkv_record_at(ftl, loc);

	WRITE_ONCE(ftl->gc.recount, true);
	if (!vkv_probe_belongs(ftl, ix, pos, loc))
		return;
	vkv_record_died(rec);
	ftl->space_ops->live(ftl->space, loc, -(s32)vkv_record_size(rec));
}

bool vkv_probe_forget(struct vkv_ftl *ftl, u32 number, u64 pos, u64 loc)
{
	struct vkv_index *ix = ftl->index[number].index;

	if (!ftl->index_ops->forget(ix, pos, loc))
		return false;
	forget_record(ftl, ix, pos, loc);
	return true;
}
