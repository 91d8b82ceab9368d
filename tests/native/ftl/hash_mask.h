/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HASH_MASK_H
#define HASH_MASK_H

#include <linux/types.h>

/* Bits of a hash that are not cleared: fewer of them make collisions. */
extern u64 hash_mask;

#endif
