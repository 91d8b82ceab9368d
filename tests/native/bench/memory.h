/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory as the device has it: contiguous, in huge pages, and all there before
 * it is used. The kernel maps the reserved memory like that.
 */
#ifndef BENCH_MEMORY_H
#define BENCH_MEMORY_H

#include <linux/types.h>

/**
 * struct memory - a mapping
 * @base: 2 MiB aligned
 * @size: bytes that may be used
 * @ready: bytes that are populated, from @base on
 */
struct memory {
	u8 *base;
	u64 size;
	u64 ready;
};

/**
 * memory_map() - set addresses aside
 * @m: filled
 * @size: bytes; none is taken yet
 *
 * Return: 0, -ENOMEM.
 */
int memory_map(struct memory *m, u64 size);

/**
 * memory_populate() - make sure that the first bytes are there
 * @m: mapped
 * @bytes: how many
 *
 * Return: 0, -ENOMEM.
 */
int memory_populate(struct memory *m, u64 bytes);

/**
 * memory_unmap() - give it back
 * @m: mapped
 */
void memory_unmap(struct memory *m);

/**
 * memory_available() - bytes this machine could still give
 */
u64 memory_available(void);

/**
 * memory_huge() - bytes of this program in huge pages
 */
u64 memory_huge(void);

#endif
