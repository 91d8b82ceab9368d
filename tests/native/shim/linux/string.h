/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <linux/types.h>

static inline ssize_t shim_strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = 0;
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return (ssize_t)len;
}

/* The size may be left out for an array, as in the kernel since 6.9. */
#define __strscpy3(dst, src, size, ...) shim_strscpy(dst, src, size)
#define strscpy(dst, src, ...) \
	__strscpy3(dst, src, ##__VA_ARGS__, sizeof(dst))

static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *s = p;

	for (; n; n--, s++)
		if (*s != (u8)c)
			return (void *)s;
	return NULL;
}

static inline void memcpy_and_pad(void *dst, size_t dst_len, const void *src,
				  size_t len, int pad)
{
	memcpy(dst, src, len < dst_len ? len : dst_len);
	if (len < dst_len)
		memset((u8 *)dst + len, pad, dst_len - len);
}

static inline void memzero_explicit(void *s, size_t n)
{
	memset(s, 0, n);
	__asm__ __volatile__("" : : "r"(s) : "memory");
}

/*
 * The kernel's function writes past the caches, without order before wmb().
 * This one does so only where no sanitizer looks, because a sanitizer does not
 * see the writes of assembly.
 */
#if defined(NDEBUG) && defined(__x86_64__)
static inline void memcpy_flushcache(void *to, const void *from, size_t n)
{
	size_t head = -(uintptr_t)to & 7;
	long long *d;

	if (n < 64) {
		memcpy(to, from, n);
		return;
	}
	memcpy(to, from, head);
	d = (long long *)((char *)to + head);
	from = (const char *)from + head;
	for (n -= head; n >= sizeof(*d); n -= sizeof(*d), d++) {
		long long word;

		memcpy(&word, from, sizeof(word));
		__builtin_ia32_movnti64(d, word);
		from = (const char *)from + sizeof(word);
	}
	memcpy(d, from, n);
}
#else
#define memcpy_flushcache(to, from, n) memcpy(to, from, n)
#endif

static inline bool sysfs_streq(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '\n';
	m -= m && b[m - 1] == '\n';
	return n == m && !memcmp(a, b, n);
}

#endif
