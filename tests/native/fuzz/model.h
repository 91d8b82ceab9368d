/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle of fuzz/ftl.c: a few keys with their whole values in arrays, the
 * answers that a store may have, and the keys that a listing under way has to
 * return.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <linux/types.h>

#include "kv_ftl.h"

#define MODEL_KEYS 24u
#define MODEL_CURSORS 3u
/* Enough fragments that deleting leaves some to the collector. */
#define MODEL_MAX (10u << 20)

/* Keyspaces; the last one's are block units. */
enum { MODEL_A, MODEL_B, MODEL_BLOCK, MODEL_KEYSPACES };

/* Answers, as bits of a set. */
enum {
	ANSWER_OK = 1 << 0,
	ANSWER_EXISTS = 1 << 1,
	ANSWER_ABSENT = 1 << 2,
	ANSWER_AGAIN = 1 << 3,
	ANSWER_FULL = 1 << 4,
	ANSWER_INVALID = 1 << 5,
};

struct model_key {
	struct vkv_key key;
	u8 name[VKV_KEY_MAX];
	u8 *data;
	u64 size;
	u64 version;		/* 0: not there */
};

struct model_cursor {
	struct vkv_cursor at;
	u64 pos;		/* of the last key returned */
	s32 wanted;		/* sought, and there since; -1: any is next */
	u8 keyspace;
	bool filtered;
	bool partial;		/* did not start at the beginning */
	bool there[MODEL_KEYS];	/* all along */
	bool seen[MODEL_KEYS];
};

struct model {
	struct model_key key[MODEL_KEYS];
	struct model_cursor cursor[MODEL_CURSORS];
	u64 versions;
};

/**
 * struct model_store - a store under way
 * @key: number of the key
 * @flags: of enum vkv_store_flags
 * @size: bytes to store, or to append
 * @seed: fuzz_fill() with it makes them
 * @base: version at the reserve
 */
struct model_store {
	u32 key;
	u32 flags;
	u32 size;
	u64 seed;
	u64 base;
};

void model_init(struct model *m);

/* The set with this answer in it; an answer nobody may give ends the run. */
u32 model_answer(int err);

/* The answers a reserve may give with @room bytes left. */
u32 model_reserve(const struct model *m, const struct model_store *store,
		  u64 room);

/* The answers a commit may give; @strict: only over version @base. */
u32 model_commit(const struct model *m, const struct model_store *store,
		 bool strict, u64 base);

/* The store is committed. */
void model_apply(struct model *m, const struct model_store *store);
void model_delete(struct model *m, u32 nr);

/* Cursors */

bool model_filter(const struct vkv_key *key, void *arg);
void model_rewind(struct model *m, struct model_cursor *cursor, u8 keyspace,
		  bool filtered);
void model_seek(struct model *m, struct model_cursor *cursor, u32 nr);
void model_listed(struct model *m, struct model_cursor *cursor,
		  const struct vkv_key *key);
void model_list_end(const struct model_cursor *cursor);

#endif
