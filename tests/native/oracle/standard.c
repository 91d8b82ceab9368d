// SPDX-License-Identifier: GPL-2.0
/* Random commands of the Key Value Command Set. */
#include "native/oracle/run.h"

#include <string.h>
#include <linux/minmax.h>

#include "native/ctrl/world.h"
#include "native/oracle/scan.h"

/* All fields that a command does not use are random. */
static struct nvme_sqe command(struct run *r, u8 opcode,
			       const struct oracle_key *k, u32 cdw10, u32 option)
{
	struct nvme_sqe sqe = entry(opcode, NSID_STANDARD, cdw10, option << 8);
	u8 name[16];
	u32 i;

	for (i = 0; i < sizeof(name); i++)
		name[i] = roll(&r->dice, 256);
	if (k)
		memcpy(name, k->name, k->name_len);
	memcpy(sqe.key_low, name, 8);
	memcpy(sqe.key_high, name + 8, 8);
	sqe.cdw11 |= cpu_to_le32(k ? k->name_len : 0);
	sqe.cdw12 = cpu_to_le32(dice_next(&r->dice));
	sqe.cdw13 = cpu_to_le32(dice_next(&r->dice));
	sqe.mptr = cpu_to_le64(dice_next(&r->dice));
	return sqe;
}

void standard_store(struct run *r)
{
	struct oracle_key *k = run_key(r, SPACE_STANDARD);
	struct oracle_store s = { .len = run_store_length(r, k) };
	struct oracle_answer a = {};
	struct loop_answer answer;
	struct nvme_sqe sqe;

	s.data = run_bytes(r, s.len);
	s.option = one_in(&r->dice, 2) ? roll(&r->dice, 9) : 0;
	sqe = command(r, NVME_KV_STORE, k, s.len, s.option);
	run_give(r, &sqe, s.data, s.len);
	oracle_standard_store(&r->oracle, k, &s, &a);
	run_spoil(r, &sqe, &a);
	if (run_ask(r, &sqe, &a, "store", &answer))
		oracle_stored(&r->oracle, k, &s);
	run_take(r, s.len);
}

void standard_retrieve(struct run *r)
{
	struct oracle_key *k = run_key(r, SPACE_STANDARD);
	u32 len = one_in(&r->dice, 2) ? k->size : run_length(r);
	u32 option = roll(&r->dice, 2), n = 0;
	struct nvme_sqe sqe = command(r, NVME_KV_RETRIEVE, k, len, option);
	struct oracle_answer a = {};
	struct loop_answer answer;

	run_offer(r, &sqe, len);
	oracle_exist(k, &a);
	if (run_ask(r, &sqe, &a, "retrieve", &answer)) {
		run_expect(r, answer.dw0 == k->size, "retrieve: size %u, not %u",
			   answer.dw0, k->size);
		n = min(len, k->size);
	}
	run_take(r, n);
	run_expect(r, !n || !memcmp(r->got, k->value, n), "retrieve: other bytes");
}

void standard_delete(struct run *r)
{
	struct oracle_key *k = run_key(r, SPACE_STANDARD);
	struct nvme_sqe sqe = command(r, NVME_KV_DELETE, k, roll(&r->dice, 9),
				      roll(&r->dice, 256));
	struct oracle_answer a = {};
	struct loop_answer answer;

	oracle_delete(&r->oracle, k, 0, &a);
	if (run_ask(r, &sqe, &a, "delete", &answer))
		oracle_deleted(&r->oracle, k);
}

void standard_exist(struct run *r)
{
	struct oracle_key *k = run_key(r, SPACE_STANDARD);
	struct nvme_sqe sqe = command(r, NVME_KV_EXIST, k, roll(&r->dice, 9),
				      roll(&r->dice, 256));
	struct oracle_answer a = {};
	struct loop_answer answer;

	oracle_exist(k, &a);
	run_ask(r, &sqe, &a, "exist", &answer);
}

/* --- List --- */

static bool list(struct run *r, const struct oracle_key *from, u32 len,
		 struct oracle_list *out)
{
	struct nvme_sqe sqe = command(r, NVME_KV_LIST, from, len,
				      roll(&r->dice, 256));
	struct oracle_answer a = {};
	struct loop_answer answer;
	const char *wrong;

	out->nr = 0;
	run_offer(r, &sqe, len);
	if (len < 4)
		oracle_may(&a, NVME_SC_INVALID_FIELD);
	if (!run_ask(r, &sqe, &a, "List", &answer)) {
		run_take(r, 0);
		return false;
	}
	host_get(&r->host, r->got);
	wrong = oracle_listed(&r->oracle, from, r->got, len, out);
	run_expect(r, !wrong, "List: %s", wrong);
	run_take(r, out->bytes);
	return !wrong;
}

void standard_list(struct run *r)
{
	struct oracle_list got;

	list(r, one_in(&r->dice, 4) ? NULL : run_key(r, SPACE_STANDARD),
	     roll(&r->dice, 2000), &got);
}

/* Lists all keys in several Lists. Each begins where the one before ended. */
void standard_pages(struct run *r)
{
	u32 len = 44 + roll(&r->dice, 300), total = 0;
	const struct oracle_key *last = NULL;
	struct oracle_list got;

	/* The first key of a List is the last key of the List before. */
	while (list(r, last, len, &got) && got.nr > !!last) {
		total += got.nr - !!last;
		last = got.key[got.nr - 1];
		if (total > ORACLE_KEYS)
			break;
	}
	run_expect(r, total == oracle_stored_keys(&r->oracle),
		   "List by pages: %u keys, not %u", total,
		   oracle_stored_keys(&r->oracle));
}
