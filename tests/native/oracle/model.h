/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a device holds, and what it must answer: written from the two dialects'
 * descriptions alone, and knowing nothing of how the device does it. One block
 * namespace (its first keyspace is 1, the one beside it 0), one of the Key Value
 * Command Set.
 */
#ifndef ORACLE_MODEL_H
#define ORACLE_MODEL_H

#include <linux/types.h>

#include "native/dice.h"

#define ORACLE_KEYS 48u		/* in each space */
#define ORACLE_LBAS 1600u
#define ORACLE_LBA 512u
#define ORACLE_UNIT 4096u	/* what blocks are charged in */
#define ORACLE_UNIT_LBAS (ORACLE_UNIT / ORACLE_LBA)
#define ORACLE_COMMAND_MAX (2u << 20)
#define ORACLE_ITERATORS 16u

enum oracle_space { SPACE_0, SPACE_1, SPACE_STANDARD, ORACLE_SPACES };

/**
 * struct oracle_key - a key that is used, and its value
 * @space: where it is
 * @nr: which of its space
 * @name: its bytes
 * @name_len: how many
 * @there: is it stored?
 * @size: of the value
 * @value: its bytes
 * @owed: iterators, by the bit of their handle, that have to return it: it was
 *	there when they were opened, and ever since
 * @allowed: those that may: it was there at some time since
 * @returned: those that have
 * @behind: keys of its space that a List has had behind it
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

/* By handle; there is no handle 0. */
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
 * The statuses that a command may have; none at all: success. Which of several
 * mistakes is told is the device's affair.
 */
struct oracle_answer {
	u16 status[10];
	u32 nr;
};

/**
 * struct oracle_store - a store or an append
 * @data: the bytes
 * @len: how many
 * @option: as in the dialect
 * @offset: where they go in the value, of the vendor dialect
 * @append: behind it
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

/* NULL: none of this name. */
struct oracle_key *oracle_find(struct oracle *o, enum oracle_space space,
			       const void *name, u32 len);

/* The largest value that there is room for under a key, below what a command may. */
u32 oracle_most(const struct oracle *o, const struct oracle_key *k);

/* Bytes of value after the store. */
u64 oracle_size_after(const struct oracle_key *k, const struct oracle_store *s);

/* What may be answered; then, if it was a success, what there is. */
void oracle_standard_store(const struct oracle *o, const struct oracle_key *k,
			   const struct oracle_store *s, struct oracle_answer *a);
void oracle_vendor_store(const struct oracle *o, const struct oracle_key *k,
			 const struct oracle_store *s, struct oracle_answer *a);
void oracle_stored(struct oracle *o, struct oracle_key *k,
		   const struct oracle_store *s);

/* All or nothing, of keys that differ. */
void oracle_batch(const struct oracle *o, struct oracle_key *const *k,
		  const struct oracle_store *s, u32 nr, struct oracle_answer *a);

void oracle_vendor_retrieve(const struct oracle_key *k, u32 option, u32 offset,
			    struct oracle_answer *a);
/* Retrieve without conditions, and exist. */
void oracle_exist(const struct oracle_key *k, struct oracle_answer *a);

void oracle_delete(const struct oracle *o, const struct oracle_key *k, u32 option,
		   struct oracle_answer *a);
void oracle_deleted(struct oracle *o, struct oracle_key *k);

/* Blocks: a write, and zeroes (written, or deallocated). */
void oracle_write(const struct oracle *o, u32 lba, u32 nr, struct oracle_answer *a);
void oracle_written(struct oracle *o, u32 lba, u32 nr, const u8 *data);
void oracle_zeroed(struct oracle *o, u32 lba, u32 nr);

#endif
