// SPDX-License-Identifier: GPL-2.0
#include "native/fuzz/model.h"

#include <string.h>
#include <sys/mman.h>
#include <linux/array_size.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "native/fuzz/fuzz.h"

#define BLOCK_BYTES 4096u
/* Every record of a value but its last has at least so many bytes of it. */
#define FRAGMENT_MIN 8192u

/*
 * Key lengths. Fragments have keys of 12 bytes; some keys differ by a zero
 * only.
 */
static const u8 key_lengths[] = { 1, 2, 3, 8, 12, 12, 16, 17, 100, 254, 255 };

static void name_key(struct model_key *k, u32 nr)
{
	u8 keyspace = nr / 2 % MODEL_KEYSPACES;
	u8 len = key_lengths[nr % ARRAY_SIZE(key_lengths)];

	memset(k->name, 0, sizeof(k->name));
	if (keyspace == MODEL_BLOCK)
		len = 1 + nr % 8;
	/* Every fourth key is all zeroes, and so it is a prefix of others. */
	if (nr % 4)
		k->name[len - 1] = nr;
	k->key = (struct vkv_key){
		.data = k->name, .len = len, .keyspace = keyspace };
}

static u8 *values(void)
{
	static u8 *data;

	if (!data)
		data = mmap(NULL, (u64)MODEL_KEYS * MODEL_MAX,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	MUST(data != MAP_FAILED, "no memory");
	return data;
}

static bool same_key(const struct vkv_key *a, const struct vkv_key *b)
{
	return a->len == b->len && a->keyspace == b->keyspace &&
	       !memcmp(a->data, b->data, a->len);
}

static s32 find_key(const struct model *m, const struct vkv_key *key)
{
	u32 i;

	for (i = 0; i < MODEL_KEYS; i++)
		if (same_key(&m->key[i].key, key))
			return i;
	return -1;
}

void model_init(struct model *m)
{
	u32 i;

	memset(m, 0, sizeof(*m));
	for (i = 0; i < MODEL_KEYS; i++) {
		name_key(&m->key[i], i);
		m->key[i].data = values() + (u64)i * MODEL_MAX;
		MUST(find_key(m, &m->key[i].key) == (s32)i, "key %u twice", i);
	}
	for (i = 0; i < MODEL_CURSORS; i++)
		model_rewind(m, &m->cursor[i], MODEL_A, false);
}

u32 model_answer(int err)
{
	switch (err) {
	case 0: return ANSWER_OK;
	case -EEXIST: return ANSWER_EXISTS;
	case -ENOENT: return ANSWER_ABSENT;
	case -EAGAIN: return ANSWER_AGAIN;
	case -ENOSPC: return ANSWER_FULL;
	case -EINVAL: return ANSWER_INVALID;
	}
	MUST(false, "answer %d", err);
	return 0;
}

static u32 broken_conditions(const struct model_key *k, u32 flags)
{
	u32 answers = 0;

	if (flags & VKV_STORE_IF_ABSENT && k->version)
		answers |= ANSWER_EXISTS;
	if (flags & VKV_STORE_IF_PRESENT && !k->version)
		answers |= ANSWER_ABSENT;
	return answers;
}

static u64 size_after(const struct model_key *k,
		      const struct model_store *store)
{
	bool append = store->flags & VKV_STORE_APPEND && k->version;

	return store->size + (append ? k->size : 0);
}

/* Upper bound of the charge of a value, in every layout. */
static u64 charge_limit(u64 size)
{
	return max(size + (size / FRAGMENT_MIN + 2) * 128 + 1024,
		   (u64)BLOCK_BYTES);
}

/* Lower bound of the charge beyond that of the old value, in every layout. */
static u64 least_growth(const struct model_key *k, u64 size)
{
	if (k->key.keyspace == MODEL_BLOCK)
		return k->version ? 0 : BLOCK_BYTES;
	return size > k->size ? size - k->size : 0;
}

u32 model_reserve(const struct model *m, const struct model_store *store,
		  u64 room)
{
	const struct model_key *k = &m->key[store->key];
	u64 size = size_after(k, store);
	u32 answers = broken_conditions(k, store->flags);
	bool shrinks = k->version && size <= k->size;

	if (k->key.keyspace == MODEL_BLOCK && size > BLOCK_BYTES)
		answers |= ANSWER_INVALID;
	if (answers)
		return answers;
	if (least_growth(k, size) <= room)
		answers |= ANSWER_OK | ANSWER_AGAIN;
	if (!shrinks && charge_limit(size) > room)
		answers |= ANSWER_FULL;
	return answers;
}

u32 model_commit(const struct model *m, const struct model_store *store,
		 bool strict, u64 base)
{
	const struct model_key *k = &m->key[store->key];
	/* A commit may always fail because the index could not grow. */
	u32 answers = broken_conditions(k, store->flags) | ANSWER_AGAIN;
	bool changed = store->base != k->version;

	if (strict)
		changed = changed || base != store->base;
	else
		changed = changed && store->flags & VKV_STORE_APPEND;
	if (answers == ANSWER_AGAIN && !changed)
		answers |= ANSWER_OK;
	return answers;
}

void model_apply(struct model *m, const struct model_store *store)
{
	struct model_key *k = &m->key[store->key];
	u64 size = size_after(k, store);

	fuzz_fill(k->data + size - store->size, store->size, store->seed);
	k->size = size;
	k->version = ++m->versions;
}

void model_delete(struct model *m, u32 nr)
{
	u32 i;

	m->key[nr].version = 0;
	m->key[nr].size = 0;
	for (i = 0; i < MODEL_CURSORS; i++) {
		m->cursor[i].there[nr] = false;
		if (m->cursor[i].wanted == (s32)nr)
			m->cursor[i].wanted = -1;
	}
}

bool model_filter(const struct vkv_key *key, void *arg)
{
	return key->data[key->len - 1] & 1;
}

static bool passes(const struct model_cursor *cursor, const struct model_key *k)
{
	return k->key.keyspace == cursor->keyspace &&
	       (!cursor->filtered || model_filter(&k->key, NULL));
}

void model_rewind(struct model *m, struct model_cursor *cursor, u8 keyspace,
		  bool filtered)
{
	u32 i;

	memset(cursor, 0, sizeof(*cursor));
	cursor->keyspace = keyspace;
	cursor->filtered = filtered;
	cursor->wanted = -1;
	for (i = 0; i < MODEL_KEYS; i++)
		cursor->there[i] = m->key[i].version && passes(cursor, &m->key[i]);
}

void model_seek(struct model *m, struct model_cursor *cursor, u32 nr)
{
	model_rewind(m, cursor, m->key[nr].key.keyspace, cursor->filtered);
	cursor->partial = true;
	if (cursor->there[nr])
		cursor->wanted = nr;
}

void model_listed(struct model *m, struct model_cursor *cursor,
		  const struct vkv_key *key)
{
	s32 nr = find_key(m, key);

	MUST(nr >= 0, "a key of %u bytes that was never stored", key->len);
	MUST(m->key[nr].version, "key %d is gone", nr);
	MUST(passes(cursor, &m->key[nr]), "key %d does not belong here", nr);
	MUST(!cursor->seen[nr], "key %d is listed twice", nr);
	MUST(cursor->at.pos >= cursor->pos, "back to %llx", cursor->at.pos);
	MUST(cursor->wanted < 0 || cursor->wanted == nr,
	     "key %d sought, %d found", cursor->wanted, nr);
	cursor->seen[nr] = true;
	cursor->pos = cursor->at.pos;
	cursor->wanted = -1;
}

void model_list_end(const struct model_cursor *cursor)
{
	u32 i;

	MUST(cursor->at.done, "the end, and not done");
	MUST(cursor->wanted < 0, "key %d sought, none found", cursor->wanted);
	for (i = 0; i < MODEL_KEYS; i++)
		MUST(cursor->partial || !cursor->there[i] || cursor->seen[i],
		     "key %u is not listed", i);
}
