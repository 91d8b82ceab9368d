// SPDX-License-Identifier: GPL-2.0
/*
 * Queues that are full, doorbells that lie, and events.
 */
#include "device/rawhost/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * More commands than a completion queue has entries: none may be overwritten.
 */
static void check_full_cq(void)
{
	bool seen[40] = { false };
	uint16_t first = next_cid + 1;
	struct queue q;
	struct cqe c;

	first += 2; /* the two that create the queues */
	queue_create(&q, 3, 64, 4);
	for (unsigned int i = 0; i < 40; i++)
		submit_only(&q, vendor(0xb3, 1, "nobody"));
	doorbell(3, false, q.tail);
	usleep(300000);
	for (unsigned int i = 0; i < 3; i++)
		expect(q.cq[i].status & 1, "completion %u is missing", i);
	expect(!(q.cq[3].status & 1), "a full queue was written to");
	for (unsigned int i = 0; i < 40; i++) {
		if (!take(&q, &c)) {
			expect(false, "completion %u never comes", i);
			return;
		}
		expect(status_of(&c) == 0x310, "status 0x%x",
		       c.status >> 1);
		if (c.cid < first || c.cid >= first + 40 || seen[c.cid - first])
			expect(false, "command id %u", c.cid);
		else
			seen[c.cid - first] = true;
	}
	expect(!posted(&q), "one completion too many");
	/* delete with completions held back */
	for (unsigned int i = 0; i < 20; i++)
		submit_only(&q, vendor(0xb3, 1, "nobody"));
	doorbell(3, false, q.tail);
	usleep(50000);
	expect_admin((struct sqe){ .opcode = 0, .cdw10 = 3 }, 0,
		     "delete an SQ whose completions wait");
	expect_admin((struct sqe){ .opcode = 4, .cdw10 = 3 }, 0, "its CQ");
	expect_alive("a full completion queue");
}

static void check_events(void)
{
	char *id = pages(1);
	struct sqe aer = { .opcode = 0x0c };
	uint16_t cid[17] = { 0 };
	unsigned int limit, status;
	struct cqe c;

	expect_admin((struct sqe){ .opcode = 6, .cdw10 = 1, .prp1 = pa(id) }, 0,
		     "identify");
	limit = (unsigned char)id[259] + 1;
	if (limit > 16)
		limit = 16;
	for (unsigned int i = 0; i < limit; i++)
		cid[i] = submit(&adm, aer);
	usleep(100000);
	expect(!posted(&adm), "an event request was completed without event");
	expect_admin(aer, 0x105, "one event request too many");
	/* abort the first: it ends, and the abort says so */
	submit(&adm, (struct sqe){ .opcode = 8,
				   .cdw10 = (uint32_t)cid[0] << 16 });
	for (unsigned int i = 0; i < 2; i++) {
		if (!take(&adm, &c))
			die("abort is not completed");
		status = status_of(&c);
		if (c.cid == cid[0])
			expect(status == 7, "aborted with status 0x%x", status);
		else
			expect(!status && !(c.dw0 & 1), "abort: 0x%x, dw0 %u",
			       status, c.dw0);
	}
	/* a bad doorbell is an event */
	doorbell(1, false, 0xffff);
	if (take(&adm, &c))
		expect((c.dw0 & 7) == 0 && status_of(&c) == 0,
		       "event 0x%x for a bad doorbell", c.dw0);
	else
		expect(false, "no event for a bad doorbell");
	doorbell(1, false, io.tail);
	expect_alive("events");
}

static void check_doorbells(void)
{
	static const uint32_t values[] = { 64, 65, 0xffff, 0x10000, 0xffffffff,
					   0x80000000 };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		doorbell(1, true, values[i]);
		doorbell(1, false, values[i]);
		doorbell(5, false, values[i]);	/* no such queue */
		doorbell(5, true, values[i]);
		usleep(20000);
		doorbell(1, true, io.head);
		doorbell(1, false, io.tail);
		expect_alive("bad doorbells");
	}
	/* a head that frees entries which were never posted */
	doorbell(1, true, (io.head + 5) % 64);
	usleep(20000);
	doorbell(1, true, io.head);
	expect_alive("a head too far");
	/* every doorbell there is */
	for (unsigned int at = 0x1000 + 4 * doorbell_stride();
	     at < 0x3000; at += 4)
		set32(at, 0xdeadbeef);
	usleep(50000);
	expect_alive("all doorbells");
}

/*
 * The device reads a command once: an entry that was fetched can be overwritten
 * while its command waits. The first completion tells how far fetching has got.
 */
static void check_fetched_once(void)
{
	const unsigned int nr = 40, len = 512 << 10;
	unsigned int first = io.tail, overwritten = 0, wrong = 0;
	uint16_t cid = next_cid + 1;
	char *buf = pages(len / PAGE), key[16];
	struct cqe c;

	fill(buf, len, 1);
	for (unsigned int i = 0; i < nr; i++) {
		snprintf(key, sizeof(key), "once%02u", i);
		submit_only(&io, with_data(vendor(0x81, 1, key), buf, len, 0));
	}
	doorbell(1, false, io.tail);
	for (unsigned int i = 0; i < nr; i++) {
		if (!take(&io, &c))
			die("store %u is not completed", i);
		wrong += c.cid - cid >= (int)nr || c.status >> 1;
		for (; i == 0 && first != c.sq_head; overwritten++) {
			memset(&io.sq[first], 0xff, sizeof(struct sqe));
			first = (first + 1) % io.depth;
		}
	}
	expect(overwritten > 1, "only %u entries were fetched by then",
	       overwritten);
	expect(!wrong, "%u completions of something else", wrong);
	for (unsigned int i = 0; i < nr; i++) {
		unsigned int status;

		snprintf(key, sizeof(key), "once%02u", i);
		memset(buf, 0, len);
		status = run(&io, with_data(vendor(0x90, 1, key), buf, len, 0),
			     NULL);
		expect(!status && filled(buf, len, 1), "value %u", i);
		run(&io, vendor(0xa1, 1, key), NULL);
	}
}

const struct check queue_checks[] = {
	{ "full CQ", check_full_cq },
	{ "events and abort", check_events },
	{ "doorbells", check_doorbells },
	{ "entries fetched once", check_fetched_once },
	{ 0 }
};
