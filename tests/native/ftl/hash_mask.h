/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HASH_MASK_H
#define HASH_MASK_H

#include <linux/types.h>

/* The bits of a hash that are kept. With fewer bits, more keys collide. */
extern u64 hash_mask;

#endif
