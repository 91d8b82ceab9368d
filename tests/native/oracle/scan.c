// SPDX-License-Identifier: GPL-2.0
#include "native/oracle/scan.h"

#include <string.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "nvme_kv.h"

/* The bytes that the longest key takes in a List. */
#define LIST_RECORD_MAX 20u
#define PAIR_VALUE_AT 512u

#define for_each_key(k, o, space)					\
	for ((k) = (o)->key[space]; (k) < (o)->key[space] + ORACLE_KEYS; (k)++)

/* --- iterators --- */

static bool is_open(const struct oracle *o, u32 handle)
{
	return handle && handle <= ORACLE_ITERATORS && o->iterator[handle].open;
}

static bool matches(const struct oracle_iterator *it, const struct oracle_key *k)
{
	u32 first = 0;

	memcpy(&first, k->name, min(k->name_len, 4u));
	return (first & it->mask) == it->prefix;
}

void oracle_open(const struct oracle *o, const struct oracle_iterator *it,
		 struct oracle_answer *a)
{
	const struct oracle_iterator *other;
	u32 open = 0, i;

	for (i = 1; i <= ORACLE_ITERATORS; i++) {
		other = &o->iterator[i];
		open += other->open;
		if (other->open && other->space == it->space &&
		    other->prefix == it->prefix && other->mask == it->mask)
			oracle_may(a, NVME_SC_VENDOR_ITER_OPEN);
	}
	if (open == ORACLE_ITERATORS)
		oracle_may(a, NVME_SC_VENDOR_ITER_NONE_FREE);
}

bool oracle_opened(struct oracle *o, u32 handle, const struct oracle_iterator *it)
{
	u32 bit = 1u << handle;
	struct oracle_key *k;

	if (!handle || handle > ORACLE_ITERATORS || o->iterator[handle].open)
		return false;
	o->iterator[handle] = *it;
	o->iterator[handle].open = true;
	for_each_key(k, o, it->space) {
		k->owed &= ~bit;
		k->allowed &= ~bit;
		k->returned &= ~bit;
		if (k->there && matches(it, k)) {
			k->owed |= bit;
			k->allowed |= bit;
		}
	}
	return true;
}

void oracle_close(const struct oracle *o, u32 handle, struct oracle_answer *a)
{
	if (!is_open(o, handle))
		oracle_may(a, NVME_SC_VENDOR_ITER_HANDLE);
}

void oracle_closed(struct oracle *o, u32 handle)
{
	o->iterator[handle].open = false;
}

void oracle_close_all(struct oracle *o)
{
	memset(o->iterator, 0, sizeof(o->iterator));
}

void oracle_swept(struct oracle *o, u32 handle)
{
	const struct oracle_iterator *it = &o->iterator[handle];
	struct oracle_key *k;

	for_each_key(k, o, it->space)
		if (k->there && matches(it, k))
			oracle_deleted(o, k);
}

/* Is there a key that may come next, but does not fit into @len bytes? */
static bool too_small(const struct oracle *o, u32 handle, u32 len)
{
	const struct oracle_iterator *it = &o->iterator[handle];
	const struct oracle_key *k;
	u32 need;

	if (it->type == ITERATOR_PAIR && len < PAIR_VALUE_AT)
		return true;
	for_each_key(k, o, it->space) {
		if (!matches(it, k) || (k->returned & 1u << handle))
			continue;
		/* A value that no command can carry is cut off. */
		need = it->type == ITERATOR_KEY ? 8 + ALIGN(k->name_len, 4) :
		       min(PAIR_VALUE_AT + k->size, ORACLE_COMMAND_MAX);
		if (k->there && need > len)
			return true;
	}
	return false;
}

void oracle_read(const struct oracle *o, u32 handle, u32 len,
		 struct oracle_answer *a)
{
	if (!is_open(o, handle))
		oracle_may(a, NVME_SC_VENDOR_ITER_HANDLE);
	else if (o->iterator[handle].type == ITERATOR_DELETE)
		oracle_may(a, NVME_SC_VENDOR_ITER_FAILED);
	if (len < 4)
		oracle_may(a, NVME_SC_VENDOR_VALUE_SIZE);
	if (a->nr)
		return;
	oracle_may(a, NVME_SC_SUCCESS);
	oracle_may(a, NVME_SC_VENDOR_ITER_END);
	if (too_small(o, handle, len))
		oracle_may(a, NVME_SC_VENDOR_VALUE_SIZE);
}

const char *oracle_returned(struct oracle *o, u32 handle, struct oracle_key *k)
{
	u32 bit = 1u << handle;

	if (!k)
		return "a key that was never stored";
	if (!matches(&o->iterator[handle], k))
		return "a key that does not match";
	if (!(k->allowed & bit))
		return "a key that was not there";
	if (k->returned & bit)
		return "a key twice";
	k->returned |= bit;
	return NULL;
}

const char *oracle_ended(const struct oracle *o, u32 handle)
{
	const struct oracle_key *k;

	for_each_key(k, o, o->iterator[handle].space)
		if (k->owed & ~k->returned & 1u << handle)
			return "it has missed a key";
	return NULL;
}

/* --- List --- */

u32 oracle_stored_keys(const struct oracle *o)
{
	const struct oracle_key *k;
	u32 n = 0;

	for_each_key(k, o, SPACE_STANDARD)
		n += k->there;
	return n;
}

/* Reads the next key of @buf, and the padding after it. */
static const char *take_key(struct oracle *o, const u8 *buf, u32 len,
			    struct oracle_list *list)
{
	const u8 *at = buf + list->bytes;
	struct oracle_key *k;
	u32 name_len, i;

	if (list->nr == ORACLE_KEYS || list->bytes + 4 > len)
		return "too many keys";
	name_len = at[0] | at[1] << 8;
	if (name_len > 16 || list->bytes + ALIGN(2 + name_len, 4) > len)
		return "a key over the buffer's end";
	k = oracle_find(o, SPACE_STANDARD, at + 2, name_len);
	if (!k || !k->there)
		return "a key that is not there";
	for (i = 2 + name_len; i % 4; i++)
		if (at[i])
			return "padding that is not zero";
	list->bytes += i;
	list->key[list->nr++] = k;
	return NULL;
}

/* A key that once came after another key never comes before it. */
static const char *check_order(struct oracle_list *list)
{
	u32 i, j;

	for (j = 1; j < list->nr; j++)
		for (i = 0; i < j; i++) {
			struct oracle_key *first = list->key[i], *then = list->key[j];

			if (first == then)
				return "a key twice";
			if (then->behind & 1ull << first->nr)
				return "another order than before";
			first->behind |= 1ull << then->nr;
		}
	return NULL;
}

const char *oracle_listed(struct oracle *o, const struct oracle_key *from,
			  const u8 *buf, u32 len, struct oracle_list *list)
{
	u32 i, nr = buf[0] | buf[1] << 8 | buf[2] << 16 | (u32)buf[3] << 24;
	const char *wrong = NULL;

	*list = (struct oracle_list){ .bytes = 4 };
	for (i = 0; i < nr && !wrong; i++)
		wrong = take_key(o, buf, len, list);
	if (!wrong)
		wrong = check_order(list);
	if (wrong)
		return wrong;
	if (from && from->there && nr && list->key[0] != from)
		return "it begins elsewhere";
	if (from && from->there)
		return !nr && len >= 4 + LIST_RECORD_MAX ? "nothing" : NULL;
	return nr < oracle_stored_keys(o) && len - list->bytes >= LIST_RECORD_MAX ?
	       "too few keys" : NULL;
}
