/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A history lists the operations of several threads on one key, and their
 * answers. The checker looks for an order in which a single thread would have
 * had the same answers.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <linux/types.h>

#define HISTORY_THREADS 5u
#define HISTORY_OPS 64u
/* The state of a damaged value, which no store can have made. */
#define HISTORY_TORN (~0ull)

/**
 * struct value - the state of a key
 * @id: computed from all that was stored and appended; 0 when absent
 * @size: in bytes
 */
struct value {
	u64 id;
	u64 size;
};

enum op_kind {
	OP_STORE,	/* store or append, by the flags */
	OP_REPLACE,	/* stores over the value that was seen */
	OP_RETRIEVE,
	OP_EXISTS,
	OP_DELETE,
};

/**
 * struct op - an operation and its answer
 * @invoked: a time before it began
 * @returned: a time after it ended; all times differ
 * @kind: a value of enum op_kind
 * @flags: bits of enum vkv_store_flags
 * @err: the answer
 * @tag: unique name of the bytes that it writes
 * @size: number of bytes that it writes
 * @seen: the value that it read or replaced; for an exists only the size
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
 * struct history - all operations on one key since it was last quiet
 * @initial: state of the key at that time
 * @nr: number of operations of each thread
 * @op: the operations of each thread, in order
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
 * @id: identity of the old value, 0 when absent
 * @tag: tag of the bytes that are appended
 */
u64 history_append(u64 id, u64 tag);

/**
 * history_check() - find an order that explains a history
 * @c: from history_checker(), freed with free()
 * @h: the history; every operation has returned
 */
enum verdict history_check(struct checker *c, const struct history *h);

void history_print(const struct history *h);

#endif
