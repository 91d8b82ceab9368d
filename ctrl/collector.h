/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The collector: the thread that collects garbage and charges the media for it.
 */
#ifndef VKV_COLLECTOR_H
#define VKV_COLLECTOR_H

#include <linux/types.h>

#include "ctrl/turn.h"
#include "kv_ftl.h"

struct vkv_dev;

/**
 * struct vkv_collector - the collector's charges; its thread only
 * @dev: the device
 * @turn: its thread
 * @fp: footprint of a step
 * @touch: the places of that footprint
 * @now: of this round, ns
 * @due: when the media has done what was charged, ns
 * @fence: how often the dispatcher has asked it to begin another round
 * @fenced: how many of these it has seen; its thread writes it
 */
struct vkv_collector {
	struct vkv_dev *dev;
	struct vkv_turn turn;
	struct vkv_footprint fp;
	struct vkv_touch touch[VKV_TOUCHES];
	u64 now;
	u64 due;
	u32 fence;
	u32 fenced;
};

/**
 * vkv_collector_init() - before the first round
 * @dev: the device; its FTL and timing are there
 */
void vkv_collector_init(struct vkv_dev *dev);

/**
 * vkv_collector_fence() - the collector is to end the round that it is in
 * @dev: the device
 *
 * A round that begins after vkv_collector_fenced() has returned true sees everything
 * that the dispatcher wrote before this call.
 * Context: dispatcher.
 */
void vkv_collector_fence(struct vkv_dev *dev);

/**
 * vkv_collector_fenced() - has the collector begun another round since?
 * @dev: the device
 *
 * Context: dispatcher.
 */
bool vkv_collector_fenced(const struct vkv_dev *dev);

#endif
