// SPDX-License-Identifier: GPL-2.0
/* Random commands to the vendor dialect's iterators. */
#include "native/oracle/run.h"

#include <string.h>
#include <linux/align.h>
#include <linux/minmax.h>

#include "native/ctrl/world.h"
#include "native/oracle/scan.h"

/* The largest number of rounds that a delete iterator may take. */
#define PATIENCE 1000000u

static const u8 type_option[] = {
	[ITERATOR_KEY] = NVME_VENDOR_ITER_KEY,
	[ITERATOR_PAIR] = NVME_VENDOR_ITER_KEY_VALUE,
	[ITERATOR_DELETE] = NVME_VENDOR_ITER_DELETE,
};

/* Reads log page D0h, which has the iterators. */
static const struct nvme_vendor_iter_entry *read_log(struct run *r)
{
	u32 dwords = ORACLE_ITERATORS * sizeof(struct nvme_vendor_iter_entry) / 4;

	run_expect(r, !admin(r->l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
			     NVME_LOG_VENDOR_ITERATORS | (dwords - 1) << 16, 0,
			     r->host.keys),
		   "no iterator log");
	return loop_at(r->l, r->host.keys);
}

void iterator_log(struct run *r)
{
	const struct nvme_vendor_iter_entry *e = read_log(r);
	const struct oracle_iterator *it = r->oracle.iterator;
	u32 i;

	for (i = 1; i <= ORACLE_ITERATORS; i++, e++) {
		run_expect(r, e->opened == it[i].open, "log: iterator %u", i);
		if (it[i].open)
			run_expect(r, e->handle == i && e->type == it[i].type &&
				   e->keyspace == it[i].space &&
				   le32_to_cpu(e->prefix) == it[i].prefix &&
				   le32_to_cpu(e->bitmask) == it[i].mask,
				   "log: iterator %u is another", i);
	}
}

/* The oracle knows the deleted keys only after a delete iterator has ended. */
static void await_end(struct run *r, u32 handle)
{
	u32 rounds = 50;

	for (; !read_log(r)[handle - 1].is_eof; rounds *= 2) {
		if (!run_expect(r, rounds < PATIENCE, "delete iterator: no end"))
			return;
		loop_rounds(r->l, rounds);
	}
	oracle_swept(&r->oracle, handle);
}

/* A delete iterator matches one key, or a few. */
static struct oracle_iterator any_iterator(struct run *r)
{
	static const u32 mask[] = { 0, 0xff, 0xffff, 0xffffffff, 0xff00 };
	struct oracle_iterator it = {
		.type = ITERATOR_KEY + roll(&r->dice, 2),
		.space = one_in(&r->dice, 2) ? SPACE_0 : SPACE_1,
		.mask = mask[roll(&r->dice, ARRAY_SIZE(mask))],
	};

	memcpy(&it.prefix, run_key(r, it.space)->name, 4);
	if (one_in(&r->dice, 20)) {
		it.type = ITERATOR_DELETE;
		it.mask = 0xffffffff;
	}
	it.prefix &= it.mask;
	return it;
}

void iterator_open(struct run *r)
{
	struct oracle_iterator it = any_iterator(r);
	u32 option = NVME_VENDOR_ITER_OPEN | type_option[it.type];
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_REQUEST, it.space,
				    roll(&r->dice, 9), option << 8);
	struct oracle_answer a = {};
	struct loop_answer answer;

	sqe.cdw11 |= cpu_to_le32(roll(&r->dice, 256));
	sqe.cdw12 = cpu_to_le32(it.prefix);
	sqe.cdw13 = cpu_to_le32(it.mask);
	oracle_open(&r->oracle, &it, &a);
	if (!run_ask(r, &sqe, &a, "iterator open", &answer))
		return;
	if (run_expect(r, oracle_opened(&r->oracle, answer.dw0, &it),
		       "iterator open: handle %x", answer.dw0) &&
	    it.type == ITERATOR_DELETE)
		await_end(r, answer.dw0);
}

/* Mostly chooses the handle of an open iterator. */
static u32 any_handle(struct run *r)
{
	u32 handle = roll(&r->dice, 18), i;

	if (one_in(&r->dice, 6))
		return one_in(&r->dice, 6) ? 255 : handle;
	for (i = 0; i < ORACLE_ITERATORS; i++, handle++)
		if (r->oracle.iterator[1 + handle % ORACLE_ITERATORS].open)
			break;
	return 1 + handle % ORACLE_ITERATORS;
}

void iterator_close(struct run *r)
{
	u32 handle = any_handle(r);
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_REQUEST, roll(&r->dice, 2), 0,
				    NVME_VENDOR_ITER_CLOSE << 8 | handle);
	struct oracle_answer a = {};
	struct loop_answer answer;

	oracle_close(&r->oracle, handle, &a);
	if (run_ask(r, &sqe, &a, "iterator close", &answer))
		oracle_closed(&r->oracle, handle);
	/* The worker of a delete iterator needs some rounds to let go of it. */
	loop_rounds(r->l, 3);
}

/* --- reading --- */

static void returned(struct run *r, u32 handle, const u8 *name, u32 len)
{
	enum oracle_space space = r->oracle.iterator[handle].space;
	const char *wrong = oracle_returned(&r->oracle, handle,
					    oracle_find(&r->oracle, space, name, len));

	run_expect(r, !wrong, "iterator %u: %s", handle, wrong);
}

/*
 * The buffer has a count, then the length, the bytes and padding of each key.
 */
static u32 read_keys(struct run *r, u32 handle, u32 len)
{
	u32 left = *(__le32 *)r->got, at = 4, name_len;

	for (; left; left--) {
		name_len = at + 4 <= len ? *(__le32 *)(r->got + at) : 0;
		if (!run_expect(r, name_len && name_len <= 255 &&
				at + 4 + ALIGN(name_len, 4) <= len,
				"iterator %u: a key of %u bytes at %u", handle,
				name_len, at))
			break;
		returned(r, handle, r->got + at + 4, name_len);
		at += 4 + ALIGN(name_len, 4);
	}
	return at;
}

/* The buffer has the key, and from 512 on as much of the value as fits. */
static u32 read_pair(struct run *r, u32 handle, u32 len, u32 dw0)
{
	enum oracle_space space = r->oracle.iterator[handle].space;
	u32 name_len = dw0 >> 24, size = dw0 & 0xffffff, n;
	const struct oracle_key *k;

	returned(r, handle, r->got, name_len);
	k = oracle_find(&r->oracle, space, r->got, name_len);
	if (len < NVME_VENDOR_ITER_VALUE_AT || !k || !k->there)
		return 0;
	n = min(size, len - NVME_VENDOR_ITER_VALUE_AT);
	run_expect(r, size == k->size, "iterator %u: size %u, not %u", handle, size,
		   k->size);
	run_expect(r, n > k->size ||
		   !memcmp(r->got + NVME_VENDOR_ITER_VALUE_AT, k->value, n),
		   "iterator %u: other bytes", handle);
	return NVME_VENDOR_ITER_VALUE_AT + n;
}

static u32 read_length(struct run *r)
{
	u32 len = 4 * roll(&r->dice, one_in(&r->dice, 2) ? 100 : 8193);

	return len + (one_in(&r->dice, 2) ? 4 * roll(&r->dice, 200000) : 0);
}

/*
 * The answer "end" comes with valid data, too: the last keys, but never a pair.
 */
static u32 read_any(struct run *r, u32 handle, u32 len, const struct loop_answer *a)
{
	u32 n;

	host_get(&r->host, r->got);
	if (r->oracle.iterator[handle].type == ITERATOR_PAIR)
		return a->status ? 0 : read_pair(r, handle, len, a->dw0);
	n = read_keys(r, handle, min(len, NVME_VENDOR_ITER_BUFFER));
	run_expect(r, a->dw0 == n, "iterator %u: %u bytes, not %u", handle, a->dw0, n);
	return n;
}

void iterator_read(struct run *r)
{
	/* The handle names the iterator, so the namespace does not matter. */
	static const u32 nsid[] = { 0, 1, NSID_STANDARD, 3, NVME_NSID_ALL };
	u32 handle = any_handle(r), len = read_length(r), n = 0;
	u32 i = roll(&r->dice, ARRAY_SIZE(nsid));
	struct nvme_sqe sqe = entry(NVME_VENDOR_ITER_READ, nsid[i], len / 4,
				    handle | roll(&r->dice, 256) << 16);
	struct oracle_answer a = {};
	struct loop_answer answer;
	const char *wrong;
	bool good;

	run_offer(r, &sqe, len);
	oracle_read(&r->oracle, handle, len, &a);
	good = run_ask(r, &sqe, &a, "iterator read", &answer) ||
	       (answer.status == NVME_SC_VENDOR_ITER_END &&
		oracle_permits(&a, answer.status));
	if (good)
		n = read_any(r, handle, len, &answer);
	run_take(r, n);
	if (good && answer.status) {
		wrong = oracle_ended(&r->oracle, handle);
		run_expect(r, !wrong, "iterator %u: %s", handle, wrong);
	}
}
