/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A history has the operations of several threads on one key, and their
 * answers. The question is whether there is an order in which a single thread
 * would have had the same answers.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <linux/types.h>

#define HISTORY_THREADS 5u
#define HISTORY_OPS 64u
/* The state of a value that nobody stored. */
#define HISTORY_TORN (~0ull)

/**
 * struct value - the state of a key
 * @id: follows from what was stored and appended; 0 when it is not there
 * @size: in bytes
 */
struct value {
	u64 id;
	u64 size;
};

enum op_kind {
	OP_STORE,	/* and append: by the flags */
	OP_REPLACE,	/* stores over the value that was seen */
	OP_RETRIEVE,
	OP_EXISTS,
	OP_DELETE,
};

/**
 * struct op - an operation and its answer
 * @invoked: a time before it began
 * @returned: a time after it ended; times are all different
 * @kind: of enum op_kind
 * @flags: of enum vkv_store_flags
 * @err: the answer
 * @tag: names what it writes; no two are equal
 * @size: of what it writes, in bytes
 * @seen: what it read, or replaced; of an exists the size only
 */
struct op {
	u64 invoked;
	u64 returned;
	enum op_kind kind;
	u32 flags;
	int err;
	u64 tag;
	u64 size;
	struct value seen;
};

/**
 * struct history - all that happened to one key since it was quiet
 * @initial: its state then
 * @nr: operations of each thread
 * @op: them, in the order of the thread
 */
struct history {
	struct value initial;
	u32 nr[HISTORY_THREADS];
	struct op op[HISTORY_THREADS][HISTORY_OPS];
};

enum verdict {
	LINEARIZABLE,
	NOT_LINEARIZABLE,
	UNDECIDED,	/* the search grew too large */
};

struct checker;

struct checker *history_checker(void);

/**
 * history_append() - the identity of a longer value
 * @id: of what is there, 0 for nothing
 * @tag: of what is added
 */
u64 history_append(u64 id, u64 tag);

/**
 * history_check() - is there an order that explains it?
 * @c: from history_checker(), freed with free()
 * @h: the history; every operation has returned
 */
enum verdict history_check(struct checker *c, const struct history *h);

void history_print(const struct history *h);

#endif
