// SPDX-License-Identifier: GPL-2.0
#include "device/kvtool/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 1000000u
#define HANDLE_MAX 16u
#define BUF_USUAL (32u << 10)

void keys_add(struct keys *k, const void *data, size_t len)
{
	if (k->nr == k->room) {
		k->room = k->room ? k->room * 2 : 1024;
		k->at = realloc(k->at, k->room * sizeof(*k->at));
		if (!k->at)
			die("out of memory");
	}
	k->at[k->nr].len = len;
	memset(k->at[k->nr].data, 0, sizeof(k->at->data));
	memcpy(k->at[k->nr++].data, data, len);
}

int entry_cmp(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int c = memcmp(x->data, y->data, sizeof(x->data));

	return c ? c : (int)x->len - (int)y->len;
}

void keys_sort(struct keys *k)
{
	qsort(k->at, k->nr, sizeof(*k->at), entry_cmp);
}

size_t keys_duplicates(const struct keys *k)
{
	size_t n = 0;

	for (size_t i = 1; i < k->nr; i++)
		n += !entry_cmp(&k->at[i - 1], &k->at[i]);
	return n;
}

static void print_byte(unsigned char c)
{
	if (c > ' ' && c < 0x7f && c != '\\')
		putchar(c);
	else
		printf("\\x%02x", c);
}

void keys_print(const struct keys *k)
{
	for (size_t i = 0; i < k->nr; i++) {
		for (size_t j = 0; j < k->at[i].len; j++)
			print_byte(k->at[i].data[j]);
		putchar('\n');
	}
}

/* u32 count, then per key a length of @width bytes and the key, padded to 4 */
static void keys_parse(struct keys *k, const unsigned char *buf, size_t size,
		       unsigned int width)
{
	uint32_t count, len;
	size_t at = 4;

	memcpy(&count, buf, 4);
	for (uint32_t i = 0; i < count; i++) {
		len = 0;
		if (at + width > size)
			die("record %u of %u lies past the buffer", i, count);
		memcpy(&len, buf + at, width);
		at += width;
		if (!len || len > 255 || at + len > size)
			die("record %u of %u has length %u", i, count, len);
		keys_add(k, buf + at, len);
		at = (at + len + 3) & ~(size_t)3;
	}
}

/* ---- iterators ---- */

static unsigned int iter_open(const struct node *n, uint32_t prefix,
			      uint32_t mask)
{
	struct cmd cmd = cmd_iter_open(n, prefix, mask, 0x04);
	unsigned int handle;

	cmd_must_send(n, &cmd);
	if (cmd.status)
		die("iterator open: status 0x%03x", cmd.status);
	handle = cmd.result & 0xff;
	if (!handle || handle > HANDLE_MAX)
		die("iterator handle %u", handle);
	return handle;
}

/* Adds the keys of one read; false at the end. */
static bool iter_read(const struct node *n, unsigned int handle, size_t len,
		      struct keys *keys)
{
	struct cmd cmd = cmd_iter_read(n, handle, len);

	memset(io_buf, 0, len);
	cmd_must_send(n, &cmd);
	if (cmd.status && cmd.status != V_ITER_END)
		die("iterator read: status 0x%03x", cmd.status);
	if ((cmd.result & 0xffff) > len || cmd.result >> 16)
		die("iterator read: result 0x%llx of %zu bytes",
		    (unsigned long long)cmd.result, len);
	if (cmd.result & 0xffff)
		keys_parse(keys, io_buf, len, 4);
	return !cmd.status;
}

static void iter_close(const struct node *n, unsigned int handle)
{
	struct cmd cmd = cmd_iter_close(n, handle);

	cmd_must_send(n, &cmd);
	if (cmd.status)
		die("iterator close: status 0x%03x", cmd.status);
}

struct keys keys_iterate(const struct node *n, uint32_t prefix, uint32_t mask,
			 size_t len)
{
	unsigned int handle = iter_open(n, prefix, mask);
	struct keys keys = { 0 };
	size_t rounds = 0;

	while (iter_read(n, handle, len, &keys))
		if (rounds++ > ROUNDS_MAX)
			die("the iterator does not end");
	iter_close(n, handle);
	return keys;
}

/* ---- lists ---- */

static struct keys list_page(const struct node *n, const struct entry *from,
			     size_t len)
{
	struct cmd cmd = cmd_list(n, from->data, from->len, len);
	struct keys page = { 0 };

	cmd_must_send(n, &cmd);
	if (cmd.status)
		die("list: status 0x%03x", cmd.status);
	keys_parse(&page, io_buf, len, 2);
	return page;
}

/*
 * Adds a page that was asked for from key @last on; false at the end. A List
 * from a key that has been deleted meanwhile begins at the beginning: the keys
 * up to there come again, so the ones gathered so far are forgotten.
 */
static bool list_add(struct keys *keys, const struct keys *page,
		     struct entry *last)
{
	bool skip = page->nr && last->len && !entry_cmp(&page->at[0], last);

	if (last->len && !skip)
		keys->nr = 0;
	for (size_t i = skip; i < page->nr; i++)
		keys_add(keys, page->at[i].data, page->at[i].len);
	if (page->nr <= skip)
		return false;
	*last = page->at[page->nr - 1];
	return true;
}

struct keys keys_list(const struct node *n, size_t len)
{
	struct entry last = { 0 };
	struct keys keys = { 0 };
	size_t rounds = 0;
	bool more;

	do {
		struct keys page = list_page(n, &last, len);

		more = list_add(&keys, &page, &last);
		free(page.at);
		if (rounds++ > ROUNDS_MAX)
			die("the list does not end");
	} while (more);
	return keys;
}

struct keys keys_all(const struct node *n)
{
	return n->dialect == VENDOR ? keys_iterate(n, 0, 0, BUF_USUAL) :
				      keys_list(n, BUF_USUAL);
}
