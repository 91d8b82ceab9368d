/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle: it knows the content that a device must have and the statuses
 * that it may answer. The oracle is written from the descriptions of the two
 * dialects alone, and knows nothing of how the device works. There is a block
 * namespace (keyspaces 0 and 1) and a namespace of the Key Value Command Set.
 */
#ifndef ORACLE_MODEL_H
#define ORACLE_MODEL_H

#include <linux/types.h>

#include "native/dice.h"

#define ORACLE_KEYS 48u		/* in each space */
#define ORACLE_LBAS 1600u
#define ORACLE_LBA 512u
#define ORACLE_UNIT 4096u	/* blocks are charged in units of this */
#define ORACLE_UNIT_LBAS (ORACLE_UNIT / ORACLE_LBA)
#define ORACLE_COMMAND_MAX (2u << 20)
#define ORACLE_ITERATORS 16u

enum oracle_space { SPACE_0, SPACE_1, SPACE_STANDARD, ORACLE_SPACES };

/**
 * struct oracle_key - a key that the commands use, and its value
 * @space: the space that it is in
 * @nr: its number in that space
 * @name: the bytes of the key
 * @name_len: how many bytes @name has
 * @there: is the key stored?
 * @size: the size of the value
 * @value: the bytes of the value
 * @owed: iterators that have to return the key, a bit for each handle: the key
 *	has been stored since they were opened
 * @allowed: iterators that may return the key: it was stored at some time since
 * @returned: iterators that have returned the key
 * @behind: keys of the space that came after this one in a List
 */
struct oracle_key {
	enum oracle_space space;
	u32 nr;
	u8 name[255];
	u32 name_len;
	bool there;
	u32 size;
	u8 *value;
	u32 owed;
	u32 allowed;
	u32 returned;
	u64 behind;
};

enum oracle_iterator_type { ITERATOR_KEY = 1, ITERATOR_PAIR, ITERATOR_DELETE };

struct oracle_iterator {
	bool open;
	enum oracle_iterator_type type;
	enum oracle_space space;
	u32 prefix;
	u32 mask;
};

/* The iterators stand by their handles. There is no handle 0. */
struct oracle {
	struct oracle_key key[ORACLE_SPACES][ORACLE_KEYS];
	struct oracle_iterator iterator[ORACLE_ITERATORS + 1];
	bool strict_delete;	/* feature 20h */
	u8 disk[ORACLE_LBAS * ORACLE_LBA];
	bool unit[ORACLE_LBAS / ORACLE_UNIT_LBAS];	/* is it stored? */
	u64 used;
	u64 capacity;
};

/*
 * The statuses that a command may have; none at all means success. When a
 * command has several mistakes, the device may answer any one of them.
 */
struct oracle_answer {
	u16 status[10];
	u32 nr;
};

/**
 * struct oracle_store - a store or an append
 * @data: the bytes to store
 * @len: how many bytes @data has
 * @option: the options of the dialect
 * @offset: the place of the bytes in the value; only in the vendor dialect
 * @append: is this an append?
 */
struct oracle_store {
	const u8 *data;
	u32 len;
	u32 option;
	u32 offset;
	bool append;
};

void oracle_init(struct oracle *o, struct dice *dice, u64 capacity);
void oracle_free(struct oracle *o);

void oracle_may(struct oracle_answer *a, u16 status);
bool oracle_permits(const struct oracle_answer *a, u16 status);

/* Returns NULL when no key has this name. */
struct oracle_key *oracle_find(struct oracle *o, enum oracle_space space,
			       const void *name, u32 len);

/* The largest value that fits under this key and that one command can carry. */
u32 oracle_most(const struct oracle *o, const struct oracle_key *k);

/* The size of the value after the store. */
u64 oracle_size_after(const struct oracle_key *k, const struct oracle_store *s);

/*
 * The first two add the statuses that may be answered. The third notes a store
 * that was a success.
 */
void oracle_standard_store(const struct oracle *o, const struct oracle_key *k,
			   const struct oracle_store *s, struct oracle_answer *a);
void oracle_vendor_store(const struct oracle *o, const struct oracle_key *k,
			 const struct oracle_store *s, struct oracle_answer *a);
void oracle_stored(struct oracle *o, struct oracle_key *k,
		   const struct oracle_store *s);

/* A batch stores all or nothing. */
void oracle_batch(const struct oracle *o, struct oracle_key *const *k,
		  const struct oracle_store *s, u32 nr, struct oracle_answer *a);

void oracle_vendor_retrieve(const struct oracle_key *k, u32 option, u32 offset,
			    struct oracle_answer *a);
/* This is for Exist, and for a Retrieve without conditions. */
void oracle_exist(const struct oracle_key *k, struct oracle_answer *a);

void oracle_delete(const struct oracle *o, const struct oracle_key *k, u32 option,
		   struct oracle_answer *a);
void oracle_deleted(struct oracle *o, struct oracle_key *k);

/* Blocks: writes, and zeroes, which were written or left by a deallocation. */
void oracle_write(const struct oracle *o, u32 lba, u32 nr, struct oracle_answer *a);
void oracle_written(struct oracle *o, u32 lba, u32 nr, const u8 *data);
void oracle_zeroed(struct oracle *o, u32 lba, u32 nr);

#endif
