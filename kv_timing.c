// SPDX-License-Identifier: GPL-2.0
#include "kv_timing.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

struct vkv_timing {
	const struct vkv_timing_ops *ops;
	void *state;
};

static const struct vkv_timing_ops *const models[] = {
	&vkv_timing_none_ops,
	&vkv_timing_simple_ops,
};

static const struct vkv_timing_ops *find_model(const char *name)
{
	unsigned int i;

	if (!name)
		return models[0];
	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (!strcmp(models[i]->name, name))
			return models[i];
	return NULL;
}

bool vkv_timing_has(const char *name)
{
	return find_model(name);
}

int vkv_timing_create(const char *name, struct vkv_timing **out)
{
	const struct vkv_timing_ops *ops = find_model(name);
	struct vkv_timing *timing;

	if (!ops)
		return -EINVAL;
	timing = kzalloc(sizeof(*timing), GFP_KERNEL);
	if (!timing)
		return -ENOMEM;
	timing->ops = ops;
	timing->state = ops->create();
	if (!timing->state) {
		kfree(timing);
		return -ENOMEM;
	}
	*out = timing;
	return 0;
}

void vkv_timing_destroy(struct vkv_timing *timing)
{
	if (!timing)
		return;
	timing->ops->destroy(timing->state);
	kfree(timing);
}

u64 vkv_timing_schedule(struct vkv_timing *timing,
			const struct vkv_footprint *fp, u64 arrival,
			struct vkv_latency *latency)
{
	memset(latency, 0, sizeof(*latency));
	return timing->ops->schedule(timing->state, fp, arrival, latency);
}

void vkv_timing_usage(struct vkv_timing *timing, struct vkv_timing_usage *usage)
{
	memset(usage, 0, sizeof(*usage));
	if (timing->ops->usage)
		timing->ops->usage(timing->state, usage);
}

u64 vkv_timing_die_busy(struct vkv_timing *timing, unsigned int i)
{
	return timing->ops->die_busy(timing->state, i);
}
