/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The keys of a listing that a context has at hand.
 */
#ifndef VKV_FTL_LIST_H
#define VKV_FTL_LIST_H

#include <linux/types.h>

/* Keys of a part of the index that a listing holds at a time. */
#define VKV_SCRATCH 64u

/**
 * struct vkv_scratch_entry - a key of a listing
 * @pos: its position in the index
 * @loc: location of its record
 */
struct vkv_scratch_entry {
	u64 pos;
	u64 loc;
};

/**
 * struct vkv_scratch - the next keys of a listing, in order
 * @last: last position of the part of the index that they are from
 * @nr: entries
 * @next: the first entry that was not looked at
 * @keyspace: the keyspace that is listed
 * @valid: the entries can be used; false from the next quiescent point on
 * @more: the part has more keys behind the last entry
 * @entry: the entries
 */
struct vkv_scratch {
	u64 last;
	u32 nr;
	u32 next;
	u8 keyspace;
	bool valid;
	bool more;
	struct vkv_scratch_entry entry[VKV_SCRATCH];
};

#endif
