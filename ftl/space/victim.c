// SPDX-License-Identifier: GPL-2.0
/*
 * Victim policies.
 *
 * Greedy takes what has the least to copy. Cost-benefit also asks how long the
 * gain will last: what is old dies slowly, so its garbage is worth collecting
 * early, while a young segment will have more of it if one waits.
 */
#include "ftl/space/victim.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

/* Ages beyond make no difference; size << AGE_BITS << FRACTION_BITS fits. */
#define AGE_BITS 32
/* Of the quotient of bytes gained by bytes moved. */
#define FRACTION_BITS 8

static u64 greedy_score(u32 live, u32 size, u64 age)
{
	return size - live;
}

/* Gain times age by cost: the segment is read, and what lives is written. */
static u64 cost_benefit_score(u32 live, u32 size, u64 age)
{
	u64 benefit = (size - live) * min(age + 1, 1ull << AGE_BITS);

	return div64_u64(benefit << FRACTION_BITS, (u64)size + live);
}

static const struct vkv_victim_ops policies[] = {
	{ .name = "cost-benefit", .score = cost_benefit_score },
	{ .name = "greedy", .score = greedy_score },
};

const struct vkv_victim_ops *vkv_victim_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(policies); i++)
		if (!name || !strcmp(name, policies[i].name))
			return &policies[i];
	return NULL;
}
