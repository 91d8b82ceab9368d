// SPDX-License-Identifier: GPL-2.0
/*
 * A checker for linearizability, after Wing and Gong (1993) and Lowe (2017).
 *
 * A step of the search takes one operation: the first that is left of some
 * thread. An operation can be next if no other operation left returned before
 * it was invoked. Its answer must also be the one that a single thread would
 * get in the current state. When no operation can be next, the search goes
 * back.
 *
 * The rest of the search depends only on two things: the number of operations
 * taken from each thread, and the state. So a point that was reached once is
 * not searched again.
 */
#include "native/ftl/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/errno.h>

#include "kv_ftl.h"

#define MEMO_SLOTS (1u << 16)

struct memo {
	u64 taken;		/* eight bits for each thread */
	u64 id;
	u64 generation;		/* number of the search */
};

struct checker {
	const struct history *h;
	u32 next[HISTORY_THREADS];
	u64 generation;
	u32 reached;
	bool overflow;
	struct memo memo[MEMO_SLOTS];
};

struct checker *history_checker(void)
{
	return calloc(1, sizeof(struct checker));
}

static u64 mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

u64 history_append(u64 id, u64 tag)
{
	return mix(id * 0x9e3779b97f4a7c15ull + tag) >> 1 | 1;
}

/* The sequential model of one key. False means that the answer is wrong. */

static bool apply_store(const struct op *op, struct value *v)
{
	bool append = op->flags & VKV_STORE_APPEND;

	if (op->err == -EEXIST)
		return op->flags & VKV_STORE_IF_ABSENT && v->id;
	if (op->err == -ENOENT)
		return op->flags & VKV_STORE_IF_PRESENT && !v->id;
	if ((op->flags & VKV_STORE_IF_ABSENT && v->id) ||
	    (op->flags & VKV_STORE_IF_PRESENT && !v->id))
		return false;
	v->size = op->size + (append ? v->size : 0);
	v->id = history_append(append ? v->id : 0, op->tag);
	return true;
}

static bool apply_replace(const struct op *op, struct value *v)
{
	if (op->seen.id != v->id)
		return false;
	v->size = op->size;
	v->id = history_append(0, op->tag);
	return true;
}

static bool apply_read(const struct op *op, const struct value *v)
{
	if (!v->id || op->err)
		return !v->id && op->err == -ENOENT;
	return op->seen.size == v->size &&
	       (op->kind == OP_EXISTS || op->seen.id == v->id);
}

static bool apply_delete(const struct op *op, struct value *v)
{
	bool there = v->id;

	*v = (struct value){};
	return op->err == (there ? 0 : -ENOENT);
}

static bool apply(const struct op *op, struct value *v)
{
	bool writes = op->kind == OP_STORE || op->kind == OP_REPLACE;

	/* Other keys share the room, so it can be lacking at any time. */
	if (op->err == -ENOSPC)
		return writes;
	if (op->err && op->err != -ENOENT && op->err != -EEXIST)
		return false;
	switch (op->kind) {
	case OP_STORE: return apply_store(op, v);
	case OP_REPLACE: return !op->err && apply_replace(op, v);
	case OP_DELETE: return apply_delete(op, v);
	default: return apply_read(op, v);
	}
}

/* The search */

/* Tells whether this point was reached before, and remembers it. */
static bool reached(struct checker *c, u64 id)
{
	u64 taken = 0;
	u32 i, at;

	for (i = 0; i < HISTORY_THREADS; i++)
		taken = taken << 8 | c->next[i];
	at = mix(taken ^ mix(id)) % MEMO_SLOTS;
	for (; c->memo[at].generation == c->generation;
	     at = (at + 1) % MEMO_SLOTS)
		if (c->memo[at].taken == taken && c->memo[at].id == id)
			return true;
	if (++c->reached > MEMO_SLOTS / 2) {
		c->overflow = true;
		return true;
	}
	c->memo[at] = (struct memo){ taken, id, c->generation };
	return false;
}

/* Returns the first operation of a thread that is not taken yet. */
static const struct op *front(const struct checker *c, u32 thread)
{
	u32 next = c->next[thread];

	return next < c->h->nr[thread] ? &c->h->op[thread][next] : NULL;
}

/* Returns when the first operation left returned, or 0 if none is left. */
static u64 horizon(const struct checker *c)
{
	u64 first = 0;
	u32 i;

	for (i = 0; i < HISTORY_THREADS; i++) {
		const struct op *op = front(c, i);

		if (op && (!first || op->returned < first))
			first = op->returned;
	}
	return first;
}

static bool search(struct checker *c, struct value value)
{
	u64 limit = horizon(c);
	u32 i;

	if (!limit)
		return true;
	if (reached(c, value.id))
		return false;
	for (i = 0; i < HISTORY_THREADS; i++) {
		const struct op *op = front(c, i);
		struct value after = value;

		if (!op || op->invoked > limit || !apply(op, &after))
			continue;
		c->next[i]++;
		if (search(c, after))
			return true;
		c->next[i]--;
	}
	return false;
}

enum verdict history_check(struct checker *c, const struct history *h)
{
	c->h = h;
	memset(c->next, 0, sizeof(c->next));
	c->generation++;
	c->reached = 0;
	c->overflow = false;
	if (search(c, h->initial))
		return LINEARIZABLE;
	return c->overflow ? UNDECIDED : NOT_LINEARIZABLE;
}

static void print_op(u32 thread, const struct op *op)
{
	static const char *const names[] = {
		[OP_STORE] = "store", [OP_REPLACE] = "replace",
		[OP_RETRIEVE] = "retrieve", [OP_EXISTS] = "exists",
		[OP_DELETE] = "delete",
	};

	printf("# [%llu, %llu] %u: %s flags %u tag %llx size %llu: %d, seen %llx of %llu\n",
	       op->invoked, op->returned, thread, names[op->kind], op->flags,
	       op->tag, op->size, op->err, op->seen.id, op->seen.size);
}

void history_print(const struct history *h)
{
	u32 i, n;

	printf("# initially %llx of %llu\n", h->initial.id, h->initial.size);
	for (i = 0; i < HISTORY_THREADS; i++)
		for (n = 0; n < h->nr[i]; n++)
			print_op(i, &h->op[i][n]);
}
