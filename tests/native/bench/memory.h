/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory like the reserved memory of a device: contiguous, in huge pages, and
 * populated before it is used.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <linux/types.h>

/**
 * struct memory - a mapping
 * @base: the beginning, aligned to 2 MiB
 * @size: bytes that may be used
 * @ready: bytes that are populated, from @base on
 */
struct memory {
	u8 *base;
	u64 size;
	u64 ready;
};

/**
 * memory_map() - reserve a range of addresses
 * @m: filled
 * @size: size in bytes; no page is allocated yet
 *
 * Return: 0 or -ENOMEM.
 */
int memory_map(struct memory *m, u64 size);

/**
 * memory_populate() - allocate the first pages of a mapping
 * @m: mapped
 * @bytes: size of these pages, in bytes
 *
 * Return: 0 or -ENOMEM.
 */
int memory_populate(struct memory *m, u64 bytes);

/**
 * memory_unmap() - release a mapping
 * @m: mapped
 */
void memory_unmap(struct memory *m);

/**
 * memory_available() - bytes that this machine could still give
 */
u64 memory_available(void);

/**
 * memory_huge() - bytes of this program that lie in huge pages
 */
u64 memory_huge(void);

#endif
