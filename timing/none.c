// SPDX-License-Identifier: GPL-2.0
/*
 * The model "none": an operation is complete when it arrives, so a command
 * takes as long as the machine needs for it.
 */
#include "timing/model.h"

static char no_state;

static void *none_create(const u64 *value,
			 const struct vkv_timing_layout *layout)
{
	return &no_state;
}

static void none_destroy(void *state)
{
}

static u64 none_schedule(void *state, const struct vkv_footprint *fp,
			 u64 arrival, struct vkv_latency *latency)
{
	return arrival;
}

const struct vkv_timing_ops vkv_timing_none_ops = {
	.name = "none",
	.create = none_create,
	.destroy = none_destroy,
	.schedule = none_schedule,
};
