// SPDX-License-Identifier: GPL-2.0
#include "device/rawhost/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

unsigned int failures, tests;

void expect(bool ok, const char *fmt, ...)
{
	va_list ap;

	tests++;
	if (ok)
		return;
	failures++;
	va_start(ap, fmt);
	printf("  FAILED %s: ", die_about);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

static void expect_end(struct queue *q, struct sqe s, unsigned int want,
		       const char *what)
{
	unsigned int status = run(q, s, NULL);

	expect(status == want, "%s: status 0x%03x, expected 0x%03x", what,
	       status, want);
}

void expect_status(struct sqe s, unsigned int want, const char *what)
{
	expect_end(&io, s, want, what);
}

void expect_admin(struct sqe s, unsigned int want, const char *what)
{
	expect_end(&adm, s, want, what);
}

void expect_alive(const char *after)
{
	char *buf = pages(2);
	struct cqe c;
	unsigned int status;

	fill(buf, 777, 42);
	status = run(&io, with_data(vendor(0x81, 1, "alive"), buf, 777, 0), &c);
	expect(!status, "store after %s: 0x%03x", after, status);
	memset(buf, 0, PAGE);
	status = run(&io, with_data(vendor(0x90, 1, "alive"), buf, 780, 0), &c);
	expect(!status && c.dw0 == 777 && filled(buf, 777, 42),
	       "retrieve after %s: 0x%03x, %u bytes", after, status, c.dw0);
}

void set_prps(struct sqe *s, const void *p, size_t len, unsigned int first)
{
	const char *next = (char *)(((uintptr_t)p | (PAGE - 1)) + 1);
	size_t in_first = next - (const char *)p;
	size_t left = len > in_first ? (len - in_first + PAGE - 1) / PAGE : 0;
	uint64_t *e;

	s->prp1 = pa(p);
	s->prp2 = left == 1 ? pa(next) : 0;
	if (left < 2)
		return;
	e = (uint64_t *)pages(1) + first;
	s->prp2 = pa(e);
	for (; left; left--, next += PAGE) {
		if ((uintptr_t)e % PAGE == PAGE - 8 && left > 1) {
			uint64_t *list = pages(1);

			*e = pa(list);
			e = list;
		}
		*e++ = pa(next);
	}
}

struct sqe vendor(uint8_t opcode, uint32_t nsid, const char *key)
{
	struct sqe s = { .opcode = opcode, .nsid = nsid };

	s.cdw11 = strlen(key) - 1;
	memcpy(&s.cdw12, key, strlen(key));
	return s;
}

struct sqe vendor_far(uint8_t opcode, uint32_t nsid, const void *key,
		      size_t len)
{
	struct sqe s = { .opcode = opcode, .nsid = nsid };
	const char *end = (const char *)key + len - 1;
	uint64_t where[2] = { pa(key), 0 };

	if ((uintptr_t)key / PAGE != (uintptr_t)end / PAGE)
		where[1] = pa((void *)((uintptr_t)end & ~(uintptr_t)(PAGE - 1)));
	s.cdw11 = len - 1;
	memcpy(&s.cdw12, where, 16);
	return s;
}

struct sqe with_data(struct sqe s, const void *p, size_t len,
		     unsigned int first)
{
	set_prps(&s, p, len, first);
	s.cdw10 = (len + 3) / 4;
	if (s.opcode & 1)
		s.cdw11 |= (s.cdw10 * 4 - len) << 16;
	return s;
}
