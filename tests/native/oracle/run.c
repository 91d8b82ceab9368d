// SPDX-License-Identifier: GPL-2.0
#include "native/oracle/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <linux/array_size.h>

bool run_expect(struct run *r, bool good, const char *fmt, ...)
{
	char text[200];
	va_list args;

	if (good)
		return true;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	r->wrong++;
	KUNIT_FAIL(r->test, "%s, FIRST=%llu, step %llu: %s", r->name, r->seed,
		   r->step, text);
	return false;
}

struct loop_answer run_do(struct run *r, struct nvme_sqe *sqe)
{
	struct loop_answer answer = loop_do(r->l, 1 + roll(&r->dice, 2), sqe);

	r->tally->commands++;
	r->tally->answers[answer.status % ARRAY_SIZE(r->tally->answers)]++;
	return answer;
}

bool run_ask(struct run *r, struct nvme_sqe *sqe, const struct oracle_answer *a,
	     const char *what, struct loop_answer *answer)
{
	*answer = run_do(r, sqe);
	return run_expect(r, oracle_permits(a, answer->status),
			  "%s, CDW10 %x, CDW11 %x: %x, not %x; %llu of %llu used",
			  what, le32_to_cpu(sqe->cdw10), le32_to_cpu(sqe->cdw11),
			  answer->status, a->nr ? a->status[0] : 0, r->oracle.used,
			  r->oracle.capacity) &&
	       !answer->status;
}

/* --- buffers --- */

void run_give(struct run *r, struct nvme_sqe *sqe, const u8 *from, u32 len)
{
	host_describe(&r->host, sqe, len, false);
	host_put(&r->host, from);
}

void run_spoil(struct run *r, struct nvme_sqe *sqe, struct oracle_answer *a)
{
	u16 status = 0;

	if (!one_in(&r->dice, 12))
		return;
	if (one_in(&r->dice, 8)) {
		sqe->flags = one_in(&r->dice, 2) ? 0x80 : 0xc0;
		status = NVME_SC_INVALID_FIELD;
	} else {
		status = host_break(&r->host, sqe);
	}
	if (status)
		oracle_may(a, status);
}

void run_offer(struct run *r, struct nvme_sqe *sqe, u32 len)
{
	host_describe(&r->host, sqe, len, true);
}

void run_take(struct run *r, u32 n)
{
	if (n)
		host_get(&r->host, r->got);
	run_expect(r, host_clean(&r->host, n), "the host's memory has changed");
}

/* --- random choices --- */

static u32 length(struct run *r)
{
	struct dice *d = &r->dice;

	switch (roll(d, 12)) {
	case 0:
		return 0;
	case 1:
		return 1 + roll(d, 8);
	case 2:
		/* The size is near that of one fragment, or of several. */
		return 8192 * (1 + roll(d, 6)) - 3 + roll(d, 7);
	case 3:
		return roll(d, 200000);
	case 4:
		return one_in(d, 20) ? ORACLE_COMMAND_MAX - roll(d, 3) * roll(d, 5000) :
				       roll(d, 4096);
	default:
		return roll(d, roll(d, 9000) + 1);
	}
}

u32 run_length(struct run *r)
{
	if (!r->heavy || one_in(&r->dice, 2))
		return length(r);
	return roll(&r->dice, one_in(&r->dice, 4) ? ORACLE_COMMAND_MAX + 1 : 500000);
}

u32 run_store_length(struct run *r, const struct oracle_key *k)
{
	if (one_in(&r->dice, 24))
		return oracle_most(&r->oracle, k) + roll(&r->dice, 2);
	return run_length(r);
}

const u8 *run_bytes(struct run *r, u32 len)
{
	return r->pool + roll(&r->dice, RUN_VALUE_MAX - len);
}

struct oracle_key *run_key(struct run *r, enum oracle_space space)
{
	return &r->oracle.key[space][roll(&r->dice, ORACLE_KEYS)];
}
