/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle of fuzz/ftl.c. It keeps a few keys with their whole values. It
 * knows the answers that a store may have. It also knows the keys that a
 * listing has to return.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include <linux/types.h>

#include "kv_ftl.h"

#define MODEL_KEYS 24u
#define MODEL_CURSORS 3u
/* With as many fragments, a delete leaves some of them to the collector. */
#define MODEL_MAX (10u << 20)

/* Keyspaces. The last one has block units. */
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
	u64 version;		/* 0: absent */
};

struct model_cursor {
	struct vkv_cursor at;
	u64 pos;		/* position of the last key returned */
	s32 wanted;		/* the key that must come next; -1: any */
	u8 keyspace;
	bool filtered;
	bool partial;		/* began in the middle */
	bool there[MODEL_KEYS];	/* present since the beginning */
	bool seen[MODEL_KEYS];
};

struct model {
	struct model_key key[MODEL_KEYS];
	struct model_cursor cursor[MODEL_CURSORS];
	u64 versions;
};

/**
 * struct model_store - a store that has not ended
 * @key: number of the key
 * @flags: bits of enum vkv_store_flags
 * @size: bytes to store, or to append
 * @seed: seed of fuzz_fill() for these bytes
 * @base: version of the key at the reserve
 */
struct model_store {
	u32 key;
	u32 flags;
	u32 size;
	u64 seed;
	u64 base;
};

void model_init(struct model *m);

/* Returns the set with this answer alone. An unexpected answer ends the run. */
u32 model_answer(int err);

/* Returns the answers that a reserve may give with @room bytes left. */
u32 model_reserve(const struct model *m, const struct model_store *store,
		  u64 room);

/*
 * Returns the answers that a commit may give. With @strict, it must fail over
 * any version but @base.
 */
u32 model_commit(const struct model *m, const struct model_store *store,
		 bool strict, u64 base);

/* Changes the model as a committed store does. */
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
