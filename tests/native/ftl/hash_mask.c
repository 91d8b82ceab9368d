// SPDX-License-Identifier: GPL-2.0
/* The core calls this instead of its hash (see the Makefile). */
#include "native/ftl/hash_mask.h"

#include "ftl/hash.h"

u64 hash_mask = ~0ull;

u64 __real_vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len);
u64 __wrap_vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len);

u64 __wrap_vkv_hash(const struct vkv_hash_key *key, const void *data, u32 len)
{
	return __real_vkv_hash(key, data, len) & hash_mask;
}
