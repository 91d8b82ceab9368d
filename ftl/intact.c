// SPDX-License-Identifier: GPL-2.0

#include "ftl/intact.h"

#include <linux/compiler.h>

#include "ftl/core.h"
#include "ftl/record.h"
#include "vkv_assert.h"

static inline bool fits_into(const struct vkv_ftl *ftl,
			     const struct vkv_record *rec, u64 room)
{
	if (room < sizeof(*rec) || !rec->key_len ||
	    rec->value_len > ftl->fragment ||
	    rec->type < VKV_RECORD_VALUE || rec->type > VKV_RECORD_FRAGMENT ||
	    rec->keyspace >= vkv_nr_keyspaces(ftl) || vkv_record_size(rec) > room)
		return false;
	if (likely(rec->type == VKV_RECORD_VALUE))
		return true;
	if (rec->type == VKV_RECORD_HEAD)
		return rec->value_len == sizeof(struct vkv_head);
	return rec->key_len == sizeof(struct vkv_fragment_key);
}

/* Bytes from a location to the end of its segment; 0 outside of the memory. */
static inline u64 room_at(const struct vkv_ftl *ftl, u64 loc)
{
	u64 segment = 1ull << ftl->segment_shift;

	VKV_ASSERT(loc);
	if (unlikely(loc >= ftl->loc_end))
		return 0;
	return segment - ((loc << VKV_LOC_SHIFT) & (segment - 1));
}

bool vkv_record_fits(const struct vkv_ftl *ftl, const struct vkv_record *rec,
		     u64 room)
{
	return fits_into(ftl, rec, room);
}

bool vkv_location_readable(const struct vkv_ftl *ftl, u64 loc)
{
	return fits_into(ftl, vkv_record_at(ftl, loc), room_at(ftl, loc));
}

bool vkv_location_intact(const struct vkv_ftl *ftl, u64 loc, u64 hash)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);

	return fits_into(ftl, rec, room_at(ftl, loc)) &&
	       rec->checksum == vkv_record_sum(rec, hash);
}

bool vkv_location_sound(const struct vkv_ftl *ftl, u64 loc)
{
	const struct vkv_record *rec = vkv_record_at(ftl, loc);

	return vkv_location_readable(ftl, loc) &&
	       rec->checksum == vkv_record_sum(rec, vkv_record_hash(ftl, rec));
}
