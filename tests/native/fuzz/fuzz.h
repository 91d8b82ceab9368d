/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fuzz targets share this: input that is taken byte by byte, the device's
 * memory, and the end when something is wrong.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <linux/types.h>

#include "kv_ftl.h"

/* Steps after which something that should come to an end has none. */
#define FUZZ_PATIENCE 20000

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

/* Zeroes follow where the input ends. */
u8 fuzz_u8(struct fuzz_input *in);
u16 fuzz_u16(struct fuzz_input *in);
u32 fuzz_u32(struct fuzz_input *in);

/* A number below @n. */
static inline u32 fuzz_below(struct fuzz_input *in, u32 n)
{
	return n > 256 ? fuzz_u16(in) % n : fuzz_u8(in) % n;
}

/* Memory of zeroes with a page on either side that faults; made once. */
void *fuzz_memory(u64 size);

/* Bytes that depend on place and seed. */
void fuzz_fill(u8 *data, u64 size, u64 seed);

/* Copies bytes into a transaction; its pieces have to be as many. */
void fuzz_put(const struct vkv_txn *txn, const u8 *data, u64 size);

/* Copies up to @max bytes out of a view; returns how many. */
u64 fuzz_get(const struct vkv_view *view, u8 *to, u64 max);

/* The view has to be these bytes. */
void fuzz_expect(const struct vkv_view *view, const u8 *data, u64 size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif
