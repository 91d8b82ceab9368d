/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All keys of a namespace, as its iterators or its lists give them.
 */
#ifndef KVTOOL_KEYS_H
#define KVTOOL_KEYS_H

#include "device/kvtool/command.h"

/**
 * struct entry - a key
 * @len: its bytes
 * @data: the bytes, and zeroes behind them
 */
struct entry {
	unsigned char len;
	unsigned char data[255];
};

/**
 * struct keys - a growing list of keys
 * @at: the keys; free() them
 * @nr: how many there are
 * @room: how many there is room for
 */
struct keys {
	struct entry *at;
	size_t nr, room;
};

/** keys_add - add the key of @len bytes at @data to @k */
void keys_add(struct keys *k, const void *data, size_t len);

/** keys_sort - sort @k by entry_cmp() */
void keys_sort(struct keys *k);

/**
 * keys_duplicates - how many keys of @k, which is sorted, equal the one before
 */
size_t keys_duplicates(const struct keys *k);

/** keys_print - print @k, one key a line, as text with escapes */
void keys_print(const struct keys *k);

/** entry_cmp - compare two keys for qsort() */
int entry_cmp(const void *a, const void *b);

/**
 * keys_iterate - keys that an iterator of the vendor dialect gives
 * @n: the node
 * @prefix: first four bytes of the keys
 * @mask: which bits of these count; 0 for all keys
 * @len: bytes of the buffer for each read
 *
 * Ends the program when the device answers wrongly.
 */
struct keys keys_iterate(const struct node *n, uint32_t prefix, uint32_t mask,
			 size_t len);

/**
 * keys_list - keys that lists of the standard dialect give
 * @n: the node
 * @len: bytes of the buffer for each list
 *
 * Ends the program when the device answers wrongly.
 */
struct keys keys_list(const struct node *n, size_t len);

/** keys_all - all keys of the namespace, by an iterator or by lists */
struct keys keys_all(const struct node *n);

#endif
