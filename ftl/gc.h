/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The collector's state.
 */
#ifndef VKV_FTL_GC_H
#define VKV_FTL_GC_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct vkv_gc - the collector; the thread that has set @busy owns the rest
 * @busy: a step is under way
 * @victim: the segment that is collected, or VKV_NO_SEGMENT
 * @at: location of the next record in it
 * @end: behind its last record
 * @thorough: the states of its records are not to be trusted
 * @hurt: the victim has a damaged record
 * @mended: the victim has been retired once
 * @counts: this walk moves nothing; it finds the bytes that are really live
 * @found: these bytes
 * @lost: @at is not the beginning of a record: a damaged one is before it
 * @spared: victims in a row for which there was no place to copy to
 * @recount: entries were removed that may have led into a retired segment, or a
 *	segment was retired; set by anybody
 * @counting: the entries that lead into retired segments are being counted
 * @number: the index in which the count goes on
 * @pos: the position in it
 * @written: bytes moved since the start; read by anybody
 * @collected: segments collected since the start; read by anybody
 */
struct vkv_gc {
	atomic_t busy;
	u32 victim;
	u64 at;
	u64 end;
	bool thorough;
	bool hurt;
	bool mended;
	bool counts;
	bool lost;
	u32 found;
	u32 spared;
	bool recount;
	bool counting;
	u32 number;
	u64 pos;
	u64 written;
	u64 collected;
};

#endif
