/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the fuzz targets: input taken byte by byte, memory of the device,
 * and the report of a failure.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <linux/types.h>

#include "kv_ftl.h"

/* An operation that has not ended after so many steps has failed. */
#define FUZZ_PATIENCE 20000

/* An input that has used so much CPU time, in seconds, has failed. */
#define FUZZ_CPU_SECONDS 60

#define MUST(cond, fmt, ...) do {					\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: not (%s): " fmt "\n", __FILE__,	\
			__LINE__, #cond, ##__VA_ARGS__);		\
		abort();						\
	}								\
} while (0)

struct fuzz_input {
	const u8 *at;
	size_t left;
};

/* Returns the input, and gives it its CPU time. */
struct fuzz_input fuzz_begin(const u8 *data, size_t size);

/* Takes the next byte of the input. After its end there are zeroes. */
u8 fuzz_u8(struct fuzz_input *in);
u16 fuzz_u16(struct fuzz_input *in);
u32 fuzz_u32(struct fuzz_input *in);

/* Takes a number below @n from the input. */
static inline u32 fuzz_below(struct fuzz_input *in, u32 n)
{
	return n > 256 ? fuzz_u16(in) % n : fuzz_u8(in) % n;
}

/* Returns zeroed memory between two faulting pages. It is mapped once. */
void *fuzz_memory(u64 size);

/* Fills memory with bytes that depend on place and seed. */
void fuzz_fill(u8 *data, u64 size, u64 seed);

/* Copies bytes into a transaction. Its pieces must have exactly this size. */
void fuzz_put(const struct vkv_txn *txn, const u8 *data, u64 size);

/* Copies up to @max bytes out of a view, and returns their number. */
u64 fuzz_get(const struct vkv_view *view, u8 *to, u64 max);

/* Ends the run unless the view shows exactly these bytes. */
void fuzz_expect(const struct vkv_view *view, const u8 *data, u64 size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif
