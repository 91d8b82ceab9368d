/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Native stand-in: SipHash-2-4, from its definition (Aumasson and Bernstein,
 * 2012).
 */
#ifndef SHIM_LINUX_SIPHASH_H
#define SHIM_LINUX_SIPHASH_H

#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

u64 siphash(const void *data, size_t len, const siphash_key_t *key);

#endif
