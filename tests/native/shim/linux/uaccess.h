/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Native stand-in. Memory that a test has poisoned for AddressSanitizer stands
 * for memory with an error that the machine cannot repair. Here it makes
 * copy_mc_to_kernel() fail. An ordinary read of it ends the test.
 */
#ifndef SHIM_LINUX_UACCESS_H
#define SHIM_LINUX_UACCESS_H

#include <string.h>
#include <linux/types.h>

#define CONFIG_ARCH_HAS_COPY_MC 1

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SHIM_HAS_POISON 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define SHIM_HAS_POISON 1
#endif

#ifdef SHIM_HAS_POISON
#include <sanitizer/asan_interface.h>

/* Returns the bytes that it has not copied. */
static inline unsigned long copy_mc_to_kernel(void *to, const void *from,
					      size_t len)
{
	const void *bad = __asan_region_is_poisoned((void *)from, len);
	size_t good = bad ? bad - from : len;

	memcpy(to, from, good);
	return len - good;
}
#else
static inline unsigned long copy_mc_to_kernel(void *to, const void *from,
					      size_t len)
{
	memcpy(to, from, len);
	return 0;
}
#endif

#endif
