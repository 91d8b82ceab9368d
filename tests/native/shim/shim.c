// SPDX-License-Identifier: GPL-2.0
/* The functions of the native stand-ins that are not inline. */
#include <stdint.h>
#include <linux/bitops.h>
#include <linux/crc32c.h>
#include <linux/siphash.h>
#include <linux/slab.h>

long shim_slab_live;
long shim_slab_fail;

void *shim_alloc(size_t size, gfp_t flags)
{
	void *p;

	if (__atomic_load_n(&shim_slab_fail, __ATOMIC_RELAXED) &&
	    !__atomic_sub_fetch(&shim_slab_fail, 1, __ATOMIC_RELAXED))
		return NULL;
	/* The kernel aligns an object of this size so, and does not zero it. */
	if (size > SIZE_MAX - 64)
		return NULL;
	p = aligned_alloc(64, (size + 63) & ~(size_t)63);
	if (!p)
		return NULL;
	memset(p, flags & __GFP_ZERO ? 0 : 0xa5, size);
	__atomic_add_fetch(&shim_slab_live, 1, __ATOMIC_RELAXED);
	return p;
}

void shim_free(const void *p)
{
	if (!p)
		return;
	__atomic_sub_fetch(&shim_slab_live, 1, __ATOMIC_RELAXED);
	free((void *)p);
}

/* This is inlined, as in the kernel, so that the words stay in registers. */
static __always_inline void sip_round(u64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rol64(v[1], 13) ^ v[0];
	v[3] = rol64(v[3], 16) ^ v[2];
	v[0] = rol64(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rol64(v[1], 17) ^ v[2];
	v[3] = rol64(v[3], 21) ^ v[0];
	v[2] = rol64(v[2], 32);
}

static __always_inline void sip_word(u64 v[4], u64 m)
{
	v[3] ^= m;
	sip_round(v);
	sip_round(v);
	v[0] ^= m;
}

u64 siphash(const void *data, size_t len, const siphash_key_t *key)
{
	u64 v[4] = {
		key->key[0] ^ 0x736f6d6570736575ull,
		key->key[1] ^ 0x646f72616e646f6dull,
		key->key[0] ^ 0x6c7967656e657261ull,
		key->key[1] ^ 0x7465646279746573ull,
	};
	const u8 *p = data;
	u64 m;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&m, p + i, 8);
		sip_word(v, m);
	}
	m = (u64)len << 56;
	memcpy(&m, p + i, len - i);
	sip_word(v, m);
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* CRC32C, reflected, without the inversions before and behind it. */
static u32 crc32c_bits(u32 crc, const u8 *bytes, size_t len)
{
	u32 bit;

	while (len--) {
		crc ^= *bytes++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0x82f63b78 & -(crc & 1));
	}
	return crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2")))
static u32 crc32c_words(u32 crc, const u8 *bytes, size_t len)
{
	u64 sum = crc, word;

	for (; len >= sizeof(word); len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		sum = __builtin_ia32_crc32di(sum, word);
		bytes += sizeof(word);
	}
	while (len--)
		sum = __builtin_ia32_crc32qi(sum, *bytes++);
	return sum;
}
#endif

u32 crc32c(u32 crc, const void *bytes, size_t len)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_words(crc, bytes, len);
#endif
	return crc32c_bits(crc, bytes, len);
}
