/* SPDX-License-Identifier: GPL-2.0 */
/* Values whose every byte tells the key and the version. */
#ifndef VKV_TESTS_VERSION_VALUE_H
#define VKV_TESTS_VERSION_VALUE_H

#include <linux/types.h>

#include <stdbool.h>
#include <string.h>

#define VERSION_VALUE_MAX 6008u

static inline u32 value_len(u32 version)
{
	return version * 37 % (VERSION_VALUE_MAX - 8) + 8;
}

static inline void fill(u8 *p, u32 key, u32 version)
{
	u32 i, len = value_len(version);

	memcpy(p, &key, 4);
	memcpy(p + 4, &version, 4);
	for (i = 8; i < len; i++)
		p[i] = key * 7 + version * 3 + i;
}

static inline bool holds(const u8 *p, u32 key, u32 version)
{
	u8 want[VERSION_VALUE_MAX];

	fill(want, key, version);
	return !memcmp(p, want, value_len(version));
}

#endif
