// SPDX-License-Identifier: GPL-2.0
/*
 * Linearizability: every operation takes effect at one moment between its
 * invocation and its return, whatever runs beside it. The first tests check the
 * checker, with histories written by hand. The others check histories of
 * threads.
 */
#include <kunit/test.h>
#include <stdlib.h>
#include <linux/array_size.h>
#include <linux/errno.h>

#include "native/ftl/history.h"
#include "native/ftl/history_run.h"
#include "kv_ftl.h"

#define ABSENT VKV_STORE_IF_ABSENT
#define PRESENT VKV_STORE_IF_PRESENT
#define APPEND VKV_STORE_APPEND
#define ROWS_MAX 10
#ifndef ROUNDS
#define ROUNDS 300
#endif

/* One operation. A value is a row of tags, with 10 bytes for each tag. */
struct row {
	u8 thread;
	u8 from, to;
	enum op_kind kind;
	u8 flags;
	int err;
	u8 tag;
	u8 seen[4];
};

struct example {
	const char *name;
	enum verdict verdict;
	struct row row[ROWS_MAX];
};

#define STORE(t, from, to, tag, err) { t, from, to, OP_STORE, 0, err, tag }
#define STORE_IF(t, from, to, flags, tag, err) \
	{ t, from, to, OP_STORE, flags, err, tag }
#define RETRIEVE(t, from, to, ...) \
	{ t, from, to, OP_RETRIEVE, 0, 0, 0, { __VA_ARGS__ } }
#define MISS(t, from, to) { t, from, to, OP_RETRIEVE, 0, -ENOENT }
#define EXISTS(t, from, to, ...) \
	{ t, from, to, OP_EXISTS, 0, 0, 0, { __VA_ARGS__ } }
#define DELETE(t, from, to, err) { t, from, to, OP_DELETE, 0, err }
#define REPLACE(t, from, to, tag, ...) \
	{ t, from, to, OP_REPLACE, 0, 0, tag, { __VA_ARGS__ } }

static const struct example examples[] = {
	{ "nothing", LINEARIZABLE, {} },
	{ "one after the other", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), RETRIEVE(0, 3, 4, 1),
		STORE(0, 5, 6, 2, 0), RETRIEVE(1, 7, 8, 2),
		DELETE(1, 9, 10, 0), MISS(0, 11, 12) } },
	{ "either side of a store", LINEARIZABLE, {
		STORE(0, 1, 10, 1, 0), MISS(1, 2, 3), RETRIEVE(1, 4, 5, 1) } },
	{ "a store seen and then not", NOT_LINEARIZABLE, {
		STORE(0, 1, 10, 1, 0), RETRIEVE(1, 2, 3, 1), MISS(1, 4, 5) } },
	{ "seen by one thread, not by the next", NOT_LINEARIZABLE, {
		STORE(0, 1, 10, 1, 0), RETRIEVE(1, 2, 3, 1), MISS(2, 4, 5) } },
	{ "a stale read", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE(0, 3, 4, 2, 0),
		RETRIEVE(1, 5, 6, 1) } },
	{ "a read that began before", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE(0, 3, 5, 2, 0),
		RETRIEVE(1, 4, 6, 1) } },
	{ "a read from the future", NOT_LINEARIZABLE, {
		RETRIEVE(1, 1, 2, 1), STORE(0, 3, 4, 1, 0) } },
	{ "a value nobody stored", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), RETRIEVE(0, 3, 4, 9) } },
	{ "a store that is lost", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), MISS(0, 3, 4) } },
	{ "two stores, two orders", NOT_LINEARIZABLE, {
		STORE(0, 1, 3, 1, 0), STORE(1, 2, 4, 2, 0),
		RETRIEVE(0, 5, 6, 1), RETRIEVE(1, 7, 8, 2) } },
	{ "two stores, one order", LINEARIZABLE, {
		STORE(0, 1, 3, 1, 0), STORE(1, 2, 4, 2, 0),
		RETRIEVE(0, 5, 6, 1), RETRIEVE(1, 7, 8, 1) } },
	{ "one wins if absent", LINEARIZABLE, {
		STORE_IF(0, 1, 4, ABSENT, 1, 0),
		STORE_IF(1, 2, 3, ABSENT, 2, -EEXIST),
		RETRIEVE(2, 5, 6, 1) } },
	{ "two win if absent", NOT_LINEARIZABLE, {
		STORE_IF(0, 1, 4, ABSENT, 1, 0),
		STORE_IF(1, 2, 3, ABSENT, 2, 0) } },
	{ "two win with a delete between", LINEARIZABLE, {
		STORE_IF(0, 1, 6, ABSENT, 1, 0), DELETE(2, 2, 5, 0),
		STORE_IF(1, 3, 4, ABSENT, 2, 0) } },
	{ "nobody wins if absent", NOT_LINEARIZABLE, {
		STORE_IF(0, 1, 4, ABSENT, 1, -EEXIST),
		STORE_IF(1, 2, 3, ABSENT, 2, -EEXIST) } },
	{ "if present over nothing", NOT_LINEARIZABLE, {
		STORE_IF(0, 1, 2, PRESENT, 1, 0) } },
	{ "if present, not there", LINEARIZABLE, {
		STORE_IF(0, 1, 2, PRESENT, 1, -ENOENT) } },
	{ "if present, refused over a value", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0),
		STORE_IF(0, 3, 4, PRESENT, 2, -ENOENT) } },
	{ "if present beside a delete", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), DELETE(0, 3, 6, 0),
		STORE_IF(1, 4, 5, PRESENT, 2, -ENOENT), MISS(1, 7, 8) } },
	{ "a delete undone", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), DELETE(0, 3, 4, 0),
		RETRIEVE(1, 5, 6, 1) } },
	{ "a delete lost beside if present", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), DELETE(0, 3, 6, 0),
		STORE_IF(1, 4, 5, PRESENT, 2, 0), RETRIEVE(1, 7, 8, 1) } },
	{ "two deletes of one value", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), DELETE(0, 3, 6, 0),
		DELETE(1, 4, 5, 0) } },
	{ "a delete of what was never there", NOT_LINEARIZABLE, {
		DELETE(0, 1, 2, 0) } },
	{ "two appends, both there", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE_IF(0, 3, 6, APPEND, 2, 0),
		STORE_IF(1, 4, 5, APPEND, 3, 0),
		RETRIEVE(2, 7, 8, 1, 3, 2) } },
	{ "two appends, one lost", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE_IF(0, 3, 6, APPEND, 2, 0),
		STORE_IF(1, 4, 5, APPEND, 3, 0), RETRIEVE(2, 7, 8, 1, 3) } },
	{ "an append that is there twice", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE_IF(0, 3, 4, APPEND, 2, 0),
		RETRIEVE(2, 7, 8, 1, 2, 2) } },
	{ "appends in an order against time", NOT_LINEARIZABLE, {
		STORE_IF(0, 1, 2, APPEND, 1, 0),
		STORE_IF(1, 3, 4, APPEND, 2, 0), RETRIEVE(2, 7, 8, 2, 1) } },
	{ "sizes only", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE_IF(0, 3, 8, APPEND, 2, 0),
		EXISTS(1, 4, 5, 1), EXISTS(1, 6, 7, 1, 2) } },
	{ "a size that shrinks", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE_IF(0, 3, 8, APPEND, 2, 0),
		EXISTS(1, 4, 5, 1, 2), EXISTS(1, 6, 7, 1) } },
	{ "replaced what is there", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), REPLACE(0, 3, 6, 2, 1),
		REPLACE(1, 4, 5, 3, 2), RETRIEVE(0, 7, 8, 3) } },
	{ "an update lost", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), REPLACE(0, 3, 6, 2, 1),
		REPLACE(1, 4, 5, 3, 1) } },
	{ "replaced nothing, and something", LINEARIZABLE, {
		REPLACE(0, 1, 4, 1, 0), REPLACE(1, 2, 3, 2, 1) } },
	{ "replaced nothing twice", NOT_LINEARIZABLE, {
		REPLACE(0, 1, 4, 1, 0), REPLACE(1, 2, 3, 2, 0) } },
	{ "a torn value", NOT_LINEARIZABLE, {
		STORE(0, 1, 4, 1, 0), STORE(1, 2, 5, 2, 0),
		RETRIEVE(2, 3, 6, 1, 2) } },
	{ "no room, no effect", LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE(0, 3, 4, 2, -ENOSPC),
		RETRIEVE(0, 5, 6, 1) } },
	{ "no room, and stored", NOT_LINEARIZABLE, {
		STORE(0, 1, 2, 1, 0), STORE(0, 3, 4, 2, -ENOSPC),
		RETRIEVE(0, 5, 6, 2) } },
	{ "no room for a read", NOT_LINEARIZABLE, {
		{ 0, 1, 2, OP_RETRIEVE, 0, -ENOSPC } } },
	{ "damage", NOT_LINEARIZABLE, {
		{ 0, 1, 2, OP_RETRIEVE, 0, -EIO } } },
	{ "no answer", NOT_LINEARIZABLE, { STORE(0, 1, 2, 1, -EAGAIN) } },
};

static void add_row(struct history *h, const struct row *row)
{
	struct op *op = &h->op[row->thread][h->nr[row->thread]++];
	u32 i;

	*op = (struct op){
		.invoked = row->from,
		.returned = row->to,
		.kind = row->kind,
		.flags = row->flags,
		.err = row->err,
		.tag = row->tag,
		.size = 10,
	};
	for (i = 0; i < ARRAY_SIZE(row->seen) && row->seen[i]; i++) {
		op->seen.id = history_append(op->seen.id, row->seen[i]);
		op->seen.size += 10;
	}
}

static void examples_are_told_apart(struct kunit *test)
{
	struct checker *checker = history_checker();
	static struct history h;
	u32 i, n;

	KUNIT_ASSERT_NOT_NULL(test, checker);
	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *example = &examples[i];

		memset(&h, 0, sizeof(h));
		for (n = 0; n < ROWS_MAX && example->row[n].to; n++)
			add_row(&h, &example->row[n]);
		KUNIT_EXPECT_TRUE_MSG(test, history_check(checker, &h) ==
				      example->verdict, "%s", example->name);
	}
	free(checker);
}

/* The checker respects the state before the history. */
static void histories_begin_somewhere(struct kunit *test)
{
	struct row reads = RETRIEVE(0, 1, 2, 7);
	struct row misses = MISS(0, 1, 2);
	struct checker *checker = history_checker();
	static struct history h;

	KUNIT_ASSERT_NOT_NULL(test, checker);
	h.initial = (struct value){ history_append(0, 7), 10 };
	add_row(&h, &reads);
	KUNIT_EXPECT_EQ(test, history_check(checker, &h), LINEARIZABLE);
	h.initial.size++;
	KUNIT_EXPECT_EQ(test, history_check(checker, &h), NOT_LINEARIZABLE);
	h.nr[0] = 0;
	add_row(&h, &misses);
	KUNIT_EXPECT_EQ(test, history_check(checker, &h), NOT_LINEARIZABLE);
	free(checker);
}

/* All operations overlap and no order fits. The search ends undecided. */
static void search_is_bounded(struct kunit *test)
{
	struct checker *checker = history_checker();
	static struct history h;
	u32 i, n;

	KUNIT_ASSERT_NOT_NULL(test, checker);
	for (i = 0; i < HISTORY_THREADS; i++)
		for (n = 0; n < HISTORY_OPS; n++) {
			u32 at = 1 + i * HISTORY_OPS + n;

			h.op[i][n] = (struct op){
				.invoked = 1 + n,
				.returned = 10000 + n,
				.kind = OP_STORE,
				.tag = at,
				.size = 1,
			};
			h.nr[i]++;
		}
	KUNIT_EXPECT_EQ(test, history_check(checker, &h), LINEARIZABLE);
	h.op[0][HISTORY_OPS - 1].kind = OP_RETRIEVE;
	KUNIT_EXPECT_EQ(test, history_check(checker, &h), UNDECIDED);
	free(checker);
}

static void run_threads(struct kunit *test, u32 threads)
{
	struct history_report report;
	u32 i;

	for (i = 0; i < NR_VARIANTS; i++) {
		history_run(&variants[i], threads, ROUNDS / threads, &report);
		KUNIT_EXPECT_TRUE_MSG(test, !report.failed[0], "%s: %s",
				      variant_name(&variants[i]),
				      report.failed);
		kunit_info(test, "%s, %u threads: %llu operations, %llu overlaps, full %llu times, %llu segments collected",
			   variant_name(&variants[i]), threads,
			   report.operations, report.overlaps, report.full,
			   report.collected);
		/* Without overlaps nothing would be tested. */
		KUNIT_EXPECT_GT(test, report.overlaps, 0);
		KUNIT_EXPECT_GT(test, report.collected, 0);
	}
}

static void two_threads(struct kunit *test)
{
	run_threads(test, 2);
}

static void three_threads(struct kunit *test)
{
	run_threads(test, 3);
}

static void four_threads(struct kunit *test)
{
	run_threads(test, 4);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(examples_are_told_apart),
	KUNIT_CASE(histories_begin_somewhere),
	KUNIT_CASE(search_is_bounded),
	KUNIT_CASE(two_threads),
	KUNIT_CASE(three_threads),
	KUNIT_CASE(four_threads),
	{}
};

static struct kunit_suite suite = {
	.name = "history",
	.test_cases = cases,
};

kunit_test_suite(suite);
