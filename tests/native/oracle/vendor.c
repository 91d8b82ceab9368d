// SPDX-License-Identifier: GPL-2.0
/* Random commands of the vendor dialect. */
#include "native/oracle/run.h"

#include <string.h>
#include <linux/align.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "native/ctrl/world.h"

static struct nvme_sqe command(struct run *r, u8 opcode,
			       const struct oracle_key *k, u32 cdw10, u32 option)
{
	struct nvme_sqe sqe = entry(opcode, k->space, cdw10,
				    option << 8 | (k->name_len - 1));

	host_name(&r->host, &sqe, k->name, k->name_len);
	return sqe;
}

/* Sometimes a long key is at an address without memory. */
static void lose_key(struct run *r, struct nvme_sqe *sqe,
		     const struct oracle_key *k, struct oracle_answer *a)
{
	if (k->name_len <= NVME_VENDOR_INLINE_KEY || !one_in(&r->dice, 16))
		return;
	sqe->cdw12 = cpu_to_le32(HOST_NOWHERE);
	sqe->cdw13 = 0;
	oracle_may(a, NVME_SC_DATA_TRANSFER);
}

static struct oracle_key *any_key(struct run *r)
{
	return run_key(r, one_in(&r->dice, 2) ? SPACE_0 : SPACE_1);
}

/*
 * The offset is mostly 0. Or it is in the value, just after it, further away,
 * or unaligned.
 */
static u32 any_offset(struct run *r, const struct oracle_key *k)
{
	if (!one_in(&r->dice, 3))
		return 0;
	if (one_in(&r->dice, 10))
		return 1 + roll(&r->dice, 2000);
	return 512 * roll(&r->dice, k->size / 512 + (one_in(&r->dice, 4) ? 4 : 1));
}

/*
 * The length is in dwords. A field says how many bytes of the last dword do not
 * count.
 */
static void store(struct run *r, u8 opcode, struct oracle_key *k,
		  const struct oracle_store *s)
{
	u32 dwords = DIV_ROUND_UP(s->len, 4), over = dwords * 4 - s->len;
	struct nvme_sqe sqe = command(r, opcode, k, dwords, s->option);
	struct oracle_answer a = {};
	struct loop_answer answer;

	sqe.cdw11 |= cpu_to_le32(over << 16);
	sqe.mptr = cpu_to_le64(s->offset | (u64)roll(&r->dice, 3) << 32);
	run_give(r, &sqe, s->data, s->len);
	oracle_vendor_store(&r->oracle, k, s, &a);
	lose_key(r, &sqe, k, &a);
	run_spoil(r, &sqe, &a);
	if (run_ask(r, &sqe, &a, s->append ? "append" : "vendor store", &answer))
		oracle_stored(&r->oracle, k, s);
	run_take(r, s->len);
}

static struct oracle_store any_store(struct run *r, const struct oracle_key *k)
{
	struct oracle_store s = { .len = run_store_length(r, k) };

	s.data = run_bytes(r, s.len);
	s.option = one_in(&r->dice, 3) ? roll(&r->dice, 18) : 0;
	return s;
}

void vendor_store(struct run *r)
{
	struct oracle_key *k = any_key(r);
	struct oracle_store s = any_store(r, k);

	s.offset = any_offset(r, k);
	if (s.offset && one_in(&r->dice, 8)) {
		s.len = ORACLE_COMMAND_MAX -
			roll(&r->dice, min(2 * s.offset, ORACLE_COMMAND_MAX));
		s.data = run_bytes(r, s.len);
	}
	store(r, NVME_VENDOR_STORE, k, &s);
}

void vendor_append(struct run *r)
{
	struct oracle_key *k = any_key(r);
	struct oracle_store s = any_store(r, k);

	s.append = true;
	if (oracle_size_after(k, &s) < RUN_VALUE_MAX)
		store(r, NVME_VENDOR_APPEND, k, &s);
}

void vendor_retrieve(struct run *r)
{
	struct oracle_key *k = any_key(r);
	u32 wanted = one_in(&r->dice, 2) ? k->size : run_length(r);
	u32 len = min_t(u32, ALIGN(wanted, 4), ORACLE_COMMAND_MAX);
	u32 option = one_in(&r->dice, 3) ? roll(&r->dice, 5) : 0;
	u32 offset = any_offset(r, k), n = 0;
	struct nvme_sqe sqe = command(r, NVME_VENDOR_RETRIEVE, k, len / 4, option);
	struct oracle_answer a = {};
	struct loop_answer answer;

	sqe.mptr = cpu_to_le64(offset | (u64)roll(&r->dice, 3) << 32);
	run_offer(r, &sqe, len);
	oracle_vendor_retrieve(k, option, offset, &a);
	lose_key(r, &sqe, k, &a);
	if (run_ask(r, &sqe, &a, "vendor retrieve", &answer)) {
		run_expect(r, answer.dw0 == k->size,
			   "vendor retrieve: size %u, not %u", answer.dw0, k->size);
		n = option & NVME_VENDOR_RETRIEVE_SIZE ? 0 : min(len, k->size - offset);
	}
	run_take(r, n);
	run_expect(r, !n || !memcmp(r->got, k->value + offset, n),
		   "vendor retrieve at %u: other bytes", offset);
}

void vendor_delete(struct run *r)
{
	struct oracle_key *k = any_key(r);
	u32 option = roll(&r->dice, one_in(&r->dice, 8) ? 3 : 2);
	struct nvme_sqe sqe = command(r, NVME_VENDOR_DELETE, k, roll(&r->dice, 9),
				      option);
	struct oracle_answer a = {};
	struct loop_answer answer;

	oracle_delete(&r->oracle, k, option, &a);
	lose_key(r, &sqe, k, &a);
	if (run_ask(r, &sqe, &a, "vendor delete", &answer))
		oracle_deleted(&r->oracle, k);
}

void vendor_exist(struct run *r)
{
	struct oracle_key *k = any_key(r);
	struct nvme_sqe sqe = command(r, NVME_VENDOR_EXIST, k, roll(&r->dice, 9), 0);
	struct oracle_answer a = {};
	struct loop_answer answer;

	oracle_exist(k, &a);
	lose_key(r, &sqe, k, &a);
	run_ask(r, &sqe, &a, "vendor exist", &answer);
}

/*
 * Sends commands to namespaces and keyspaces that do not exist. Iterator reads
 * are left out, because a handle alone names an iterator.
 */
void vendor_nowhere(struct run *r)
{
	static const u8 opcode[] = {
		NVME_VENDOR_STORE, NVME_VENDOR_APPEND, NVME_VENDOR_BATCH,
		NVME_VENDOR_RETRIEVE, NVME_VENDOR_DELETE, NVME_VENDOR_ITER_REQUEST,
		NVME_VENDOR_EXIST,
	};
	static const u32 nsid[] = { NSID_STANDARD, 3, NVME_NSID_ALL };
	u32 i = roll(&r->dice, ARRAY_SIZE(nsid));
	struct oracle_answer a = {};
	struct loop_answer answer;
	struct nvme_sqe sqe;

	sqe = command(r, opcode[roll(&r->dice, ARRAY_SIZE(opcode))], any_key(r),
		      roll(&r->dice, 9), 0);
	sqe.nsid = cpu_to_le32(nsid[i]);
	oracle_may(&a, i ? NVME_SC_VENDOR_KEYSPACE : NVME_SC_INVALID_OPCODE);
	run_ask(r, &sqe, &a, "vendor command to no keyspace", &answer);
}

/* --- batches --- */

struct batch {
	u32 nr;
	u32 len;
	struct oracle_key *key[NVME_VENDOR_BATCH_MAX];
	struct oracle_store store[NVME_VENDOR_BATCH_MAX];
};

/* Now and then chooses the key of a store before it. */
static struct oracle_key *batch_key(struct run *r, const struct batch *b,
				    enum oracle_space space)
{
	return b->nr && one_in(&r->dice, 6) ? b->key[roll(&r->dice, b->nr)] :
					      run_key(r, space);
}

/* Adds a store to the batch and its payload. */
static void add_store(struct run *r, struct batch *b, enum oracle_space space)
{
	struct oracle_key *k = batch_key(r, b, space);
	struct oracle_store *s = &b->store[b->nr];
	struct nvme_vendor_batch_sub *sub = (void *)r->payload;

	s->len = roll(&r->dice, one_in(&r->dice, 3) ? 60000 : 3000);
	if (one_in(&r->dice, 8))
		s->option = one_in(&r->dice, 3) ? NVME_VENDOR_STORE_UPDATE_ONLY :
						  NVME_VENDOR_STORE_IDEMPOTENT;
	sub[b->nr] = (struct nvme_vendor_batch_sub){
		.opcode = NVME_VENDOR_STORE,
		.key_size = k->name_len,
		.value_size = cpu_to_le32(s->len),
		.option = s->option,
		.nsid = one_in(&r->dice, 2) ? space : 0,
	};
	b->len += NVME_VENDOR_BATCH_UNIT;
	memcpy(r->payload + b->len, k->name, k->name_len);
	b->len += ALIGN(k->name_len, NVME_VENDOR_BATCH_UNIT);
	s->data = r->payload + b->len;
	memcpy(r->payload + b->len, run_bytes(r, s->len), s->len);
	b->len += ALIGN(s->len, NVME_VENDOR_BATCH_UNIT);
	b->key[b->nr++] = k;
}

void vendor_batch(struct run *r)
{
	enum oracle_space space = roll(&r->dice, 2) ? SPACE_0 : SPACE_1;
	u32 nr = 1 + roll(&r->dice, NVME_VENDOR_BATCH_MAX), i;
	struct batch b = { .len = NVME_VENDOR_BATCH_HEAD };
	struct oracle_answer a = {};
	struct loop_answer answer;
	struct nvme_sqe sqe;
	bool good;

	memset(r->payload, 0, NVME_VENDOR_BATCH_HEAD);
	while (b.nr < nr)
		add_store(r, &b, space);
	b.len += one_in(&r->dice, 4) ? 4 * roll(&r->dice, 100) : 0;
	sqe = entry(NVME_VENDOR_BATCH, space, b.len / 4, nr << 24);
	run_give(r, &sqe, r->payload, b.len);
	oracle_batch(&r->oracle, b.key, b.store, nr, &a);
	good = oracle_permits(&a, NVME_SC_SUCCESS);
	run_spoil(r, &sqe, &a);
	/* The bad pointer may be to padding, which the device need not read. */
	if (good)
		oracle_may(&a, NVME_SC_SUCCESS);
	if (run_ask(r, &sqe, &a, "batch", &answer))
		for (i = 0; i < nr; i++)
			oracle_stored(&r->oracle, b.key[i], &b.store[i]);
	run_take(r, b.len);
}
