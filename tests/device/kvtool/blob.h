/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes, as a command line names them.
 */
#ifndef KVTOOL_BLOB_H
#define KVTOOL_BLOB_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct blob - bytes that stay as long as the program
 * @data: the bytes
 * @len: how many
 */
struct blob {
	unsigned char *data;
	size_t len;
};

/**
 * blob_parse - read bytes from a word
 * @spec: hex:AABB, rep:CHAR:COUNT, pat:SEED:COUNT, @FILE, or the bytes as text
 *
 * A word that is none of these, and a file that cannot be read, end the
 * program.
 */
struct blob blob_parse(const char *spec);

/**
 * xmalloc - malloc() that ends the program instead of failing; @len may be 0
 */
void *xmalloc(size_t len);

/**
 * pattern - write bytes that follow from a seed, eight at a time
 * @p: where to
 * @len: how many
 * @seed: other seeds make other bytes
 */
void pattern(unsigned char *p, size_t len, uint64_t seed);

#endif
