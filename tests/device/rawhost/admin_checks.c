// SPDX-License-Identifier: GPL-2.0
/*
 * Registers, and admin commands.
 */
#include "device/rawhost/check.h"

#include <string.h>
#include <unistd.h>

static void check_registers(void)
{
	expect(cap >> 43 & 1, "CAP.CSS does not offer command sets: 0x%llx",
	       (unsigned long long)cap);
	expect((cap & 0xffff) >= 63, "CAP.MQES is %u", (unsigned int)cap & 0xffff);
	expect(reg32(VS) >= 0x10400, "VS is 0x%x", reg32(VS));
	set64(CAP, ~0ull);
	set32(VS, 0);
	set32(CSTS, 0xffffffff);
	usleep(200000);
	expect(reg64(CAP) == cap, "CAP changed by a write: 0x%llx",
	       (unsigned long long)reg64(CAP));
	expect(reg32(VS) >= 0x10400, "VS changed by a write: 0x%x", reg32(VS));
	expect((reg32(CSTS) & 3) == 1, "CSTS after a write: 0x%x", reg32(CSTS));
	expect_alive("writes to read-only registers");
}

static void check_identify_prps(void)
{
	char *whole = pages(1), *parts = pages(3);
	static const unsigned int offsets[] = { 4, 512, 2048, 4092 };
	struct sqe s = { .opcode = 6, .cdw10 = 1, .prp1 = pa(whole) };

	expect_admin(s, 0, "identify");
	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		unsigned int off = offsets[i];

		memset(parts, 0xee, 3 * PAGE);
		set_prps(&s, parts + off, PAGE, 0);
		expect_admin(s, 0, "identify across pages");
		expect(!memcmp(whole, parts + off, PAGE) &&
		       all(parts, off, 0xee) &&
		       all(parts + off + PAGE, 2 * PAGE - off, 0xee),
		       "identify at offset %u", off);
	}
	s.prp1 = pa(parts) + 8;
	s.prp2 = pa(parts + PAGE) + 8;
	expect_admin(s, 0x013, "PRP2 with an offset");
	s.prp2 = NO_MEMORY;
	expect_admin(s, 0x004, "PRP2 without memory");
	s.prp1 = NO_MEMORY;
	expect_admin(s, 0x004, "PRP1 without memory");
	s.prp1 = 0xfffffffffffff000ull;
	expect_admin(s, 0x004, "PRP1 at the end of the address space");
	s.prp1 = pa(parts);
	s.flags = 0x40;
	expect_admin(s, 0x002, "SGLs");
	s.flags = 0x01;
	expect_admin(s, 0x002, "fused");
	/* a log page is never longer than the host asked for */
	memset(parts, 0xee, PAGE);
	s = (struct sqe){ .opcode = 2, .nsid = ~0u, .prp1 = pa(parts) + 12,
			  .cdw10 = 2u << 16 | 2 };
	expect_admin(s, 0, "log page of 12 bytes");
	expect(all(parts, 12, 0xee) && all(parts + 24, 100, 0xee),
	       "a log page of 12 bytes wrote more");
}

static void check_queue_creation(void)
{
	struct queue q;
	struct sqe s;

	queue_init(&q, 2, 64, 64);
	s = create_cq(&q, 0);
	expect_admin(s, 0x101, "create CQ 0");
	s = create_cq(&q, 1);
	expect_admin(s, 0x101, "create CQ 1 again");
	s = create_cq(&q, 0xfff0);
	expect_admin(s, 0x101, "create CQ 65520");
	s = create_cq(&q, 2);
	s.cdw10 = 2;
	expect_admin(s, 0x102, "create a CQ of one entry");
	s.cdw10 = 0xffff0002;
	expect_admin(s, 0x102, "create a CQ of 65,536 entries");
	s = create_cq(&q, 2);
	s.cdw11 = 0xffff0003;
	expect_admin(s, 0x108, "create a CQ with vector 65535");
	s = create_cq(&q, 2);
	s.cdw11 = 0;
	expect_admin(s, 0x002, "create a CQ in scattered pages");
	s = create_cq(&q, 2);
	s.prp1 += 8;
	expect_admin(s, 0x013, "create a CQ inside a page");
	s = create_cq(&q, 2);
	s.prp1 = NO_MEMORY;
	expect_admin(s, 0x004, "create a CQ without memory");
	s = create_sq(&q, 2, 2);
	expect_admin(s, 0x100, "create an SQ on an absent CQ");
	s = create_sq(&q, 2, 0xffff);
	expect_admin(s, 0x100, "create an SQ on CQ 65535");
	s = create_sq(&q, 0, 1);
	expect_admin(s, 0x101, "create SQ 0");
	s = create_sq(&q, 1, 1);
	expect_admin(s, 0x101, "create SQ 1 again");
	s = create_sq(&q, 2, 1);
	s.prp1 = NO_MEMORY;
	expect_admin(s, 0x004, "create an SQ without memory");
	s = create_sq(&q, 2, 1);
	s.cdw10 = 2;
	expect_admin(s, 0x102, "create an SQ of one entry");
	s = (struct sqe){ .opcode = 4, .cdw10 = 1 };
	expect_admin(s, 0x10c, "delete a CQ with an SQ on it");
	s.cdw10 = 0;
	expect_admin(s, 0x101, "delete CQ 0");
	s.cdw10 = 77;
	expect_admin(s, 0x101, "delete an absent CQ");
	s.opcode = 0;
	expect_admin(s, 0x101, "delete an absent SQ");
	s.cdw10 = 0;
	expect_admin(s, 0x101, "delete SQ 0");
	/* an interrupt asked for while MSI-X is off goes nowhere */
	s = create_cq(&q, 2);
	s.cdw11 = 3;
	expect_admin(s, 0, "create a CQ with interrupts");
	expect_admin(create_sq(&q, 2, 2), 0, "create an SQ on it");
	q.id = 2;
	expect(run(&q, (struct sqe){ .opcode = 0, .nsid = 1 }, NULL) == 0,
	       "flush on queue 2");
	expect_admin((struct sqe){ .opcode = 0, .cdw10 = 2 }, 0, "delete SQ 2");
	expect_admin((struct sqe){ .opcode = 4, .cdw10 = 2 }, 0, "delete CQ 2");
	expect_alive("queue creation");
}

/* Many queues at once, each with a command. */
static void check_many_queues(void)
{
	static struct queue q[16];

	for (unsigned int i = 0; i < ARRAY_SIZE(q); i++)
		queue_create(&q[i], i + 2, 16, 16);
	for (unsigned int round = 0; round < 40; round++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(q); i++)
			submit(&q[i], vendor(0xb3, 1, "nobody"));
		for (unsigned int i = 0; i < ARRAY_SIZE(q); i++) {
			struct cqe c;

			if (!take(&q[i], &c))
				die("queue %u is not served", i + 2);
			expect(status_of(&c) == 0x310 &&
			       c.sq_id == i + 2, "queue %u", i + 2);
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(q); i++) {
		expect_admin((struct sqe){ .opcode = 0, .cdw10 = i + 2 }, 0,
			     "delete SQ");
		expect_admin((struct sqe){ .opcode = 4, .cdw10 = i + 2 }, 0,
			     "delete CQ");
	}
}

const struct check admin_checks[] = {
	{ "registers", check_registers },
	{ "identify and PRPs", check_identify_prps },
	{ "queue creation", check_queue_creation },
	{ "many queues", check_many_queues },
	{ 0 }
};
