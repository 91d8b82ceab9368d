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
 * @written: bytes moved since the start; read by anybody
 * @collected: segments collected since the start; read by anybody
 */
struct vkv_gc {
	atomic_t busy;
	u32 victim;
	u64 at;
	u64 end;
	bool thorough;
	u64 written;
	u64 collected;
};

#endif
