// SPDX-License-Identifier: GPL-2.0
/*
 * Victim policies.
 *
 * "greedy" takes the segment that has the least to copy. "cost-benefit" also
 * asks how long the gain will last. Old records die slowly, so the garbage of
 * an old segment is worth collecting early. A young segment will have more
 * garbage if the collector waits.
 */
#include "ftl/space/victim.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "vkv_assert.h"

/*
 * Ages beyond this make no difference, so that a benefit fits into 64 bits:
 * size << AGE_BITS << FRACTION_BITS.
 */
#define AGE_BITS 32
/* Fraction bits of the quotient of bytes gained by bytes moved. */
#define FRACTION_BITS 8

static u64 greedy_score(u32 live, u32 size, u64 age)
{
	VKV_ASSERT(live < size);
	return size - live;
}

/*
 * Gain times age, divided by the cost: the whole segment is read, and its live
 * bytes are written.
 */
static u64 cost_benefit_score(u32 live, u32 size, u64 age)
{
	u64 benefit = (size - live) * min(age + 1, 1ull << AGE_BITS);

	VKV_ASSERT(live < size);
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
