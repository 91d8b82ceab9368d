// SPDX-License-Identifier: GPL-2.0
/*
 * rawhost - an NVMe host of its own, in user space, for what the kernel's
 * driver does not let through: bare submission entries, PRPs of every kind,
 * doorbells and registers.
 *
 * It maps BAR 0 of a function that no driver is bound to, keeps queues and
 * buffers in locked memory whose physical addresses it reads from pagemap, and
 * polls completions. Each check begins with a controller just enabled, one I/O
 * queue pair, and all memory free.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096u
#define POOL_PAGES 4096u
#define BAR_SIZE 0xa000u
#define NO_MEMORY 0x200000000000ull	/* 32 TiB: nothing there */
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct sqe {
	uint8_t opcode, flags;
	uint16_t cid;
	uint32_t nsid, cdw2, cdw3, cdw4, cdw5;
	uint64_t prp1, prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct sqe) == 64, "entry size");

struct cqe {
	uint32_t dw0, dw1;
	uint16_t sq_head, sq_id, cid, status;
};
_Static_assert(sizeof(struct cqe) == 16, "entry size");

struct queue {
	unsigned int id, depth, cq_depth, tail, head, phase;
	struct sqe *sq;
	volatile struct cqe *cq;
};

static volatile uint8_t *bar;
static char *pool;
static uint64_t pool_pa[POOL_PAGES];
static unsigned int pool_next;
static struct queue adm, io;
static uint64_t cap;
static uint16_t next_cid;
static unsigned int failures, tests;
static const char *current;

/* ---- reporting ---- */

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "rawhost: ");
	if (current)
		fprintf(stderr, "%s: ", current);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(2);
}

static void __attribute__((format(printf, 2, 3)))
expect(bool ok, const char *fmt, ...)
{
	va_list ap;

	tests++;
	if (ok)
		return;
	failures++;
	va_start(ap, fmt);
	printf("  FAILED %s: ", current);
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

/* ---- memory ---- */

static void pool_init(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry;

	pool = mmap(NULL, POOL_PAGES * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1,
		    0);
	if (pool == MAP_FAILED || fd < 0)
		die("no locked memory or no pagemap: %s", strerror(errno));
	memset(pool, 0xa5, POOL_PAGES * PAGE);
	for (unsigned int i = 0; i < POOL_PAGES; i++) {
		off_t at = ((uintptr_t)pool / PAGE + i) * 8;

		if (pread(fd, &entry, 8, at) != 8 || !(entry >> 63) ||
		    !(entry & ((1ull << 55) - 1)))
			die("no physical address of page %u", i);
		pool_pa[i] = (entry & ((1ull << 55) - 1)) * PAGE;
	}
	close(fd);
}

static void *pages(unsigned int nr)
{
	char *p = pool + (size_t)pool_next * PAGE;

	if (pool_next + nr > POOL_PAGES)
		die("out of pool pages");
	pool_next += nr;
	memset(p, 0, (size_t)nr * PAGE);
	return p;
}

/* The physical address of a pool byte. */
static uint64_t pa(const void *p)
{
	size_t at = (const char *)p - pool;

	return pool_pa[at / PAGE] + at % PAGE;
}

static void fill(void *p, size_t len, uint64_t seed)
{
	unsigned char *at = p;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		at[i] = seed >> 56;
	}
}

static bool filled(const void *p, size_t len, uint64_t seed)
{
	const unsigned char *at = p;

	for (size_t i = 0; i < len; i++) {
		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		if (at[i] != (unsigned char)(seed >> 56))
			return false;
	}
	return true;
}

static bool all(const void *p, size_t len, unsigned char byte)
{
	const unsigned char *at = p;

	for (size_t i = 0; i < len; i++)
		if (at[i] != byte)
			return false;
	return true;
}

/* ---- registers and queues ---- */

static uint32_t reg32(unsigned int at)
{
	return *(volatile uint32_t *)(bar + at);
}

static void set32(unsigned int at, uint32_t v)
{
	*(volatile uint32_t *)(bar + at) = v;
}

static uint64_t reg64(unsigned int at)
{
	return reg32(at) | (uint64_t)reg32(at + 4) << 32;
}

static void set64(unsigned int at, uint64_t v)
{
	set32(at, v);
	set32(at + 4, v >> 32);
}

enum { CAP = 0, VS = 8, CC = 0x14, CSTS = 0x1c, AQA = 0x24, ASQ = 0x28,
       ACQ = 0x30 };

#define CC_ON (6u << 16 | 4u << 20 | 6u << 4 | 1)

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000;
}

static bool wait_csts(uint32_t mask, uint32_t value)
{
	uint64_t end = now_ms() + 30000;

	while ((reg32(CSTS) & mask) != value) {
		if (now_ms() > end)
			return false;
		usleep(200);
	}
	return true;
}

static void doorbell(unsigned int qid, bool cq, uint32_t value)
{
	unsigned int stride = 4u << (cap >> 32 & 0xf);

	__sync_synchronize();
	set32(0x1000 + (2 * qid + cq) * stride, value);
}

static void queue_init(struct queue *q, unsigned int id, unsigned int depth,
		       unsigned int cq_depth)
{
	*q = (struct queue){ .id = id, .depth = depth, .cq_depth = cq_depth,
			     .phase = 1, .sq = pages(1), .cq = pages(1) };
}

static uint16_t submit_only(struct queue *q, struct sqe s)
{
	s.cid = ++next_cid;
	q->sq[q->tail] = s;
	q->tail = (q->tail + 1) % q->depth;
	return s.cid;
}

static uint16_t submit(struct queue *q, struct sqe s)
{
	uint16_t cid = submit_only(q, s);

	doorbell(q->id, false, q->tail);
	return cid;
}

static bool posted(const struct queue *q)
{
	return (q->cq[q->head].status & 1) == q->phase;
}

/* Takes the next completion, waiting for it up to @ms. */
static bool take(struct queue *q, struct cqe *out, unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	while (!posted(q)) {
		if (now_ms() > end)
			return false;
		usleep(20);
	}
	__sync_synchronize();
	*out = *(struct cqe *)&q->cq[q->head];
	q->head = (q->head + 1) % q->cq_depth;
	if (!q->head)
		q->phase ^= 1;
	doorbell(q->id, true, q->head);
	return true;
}

/* Runs one command; its status, without "do not retry". */
static unsigned int run(struct queue *q, struct sqe s, struct cqe *out)
{
	struct cqe c;
	uint16_t cid = submit(q, s);

	if (!take(q, &c, 30000))
		die("opcode 0x%02x is not completed", s.opcode);
	if (c.cid != cid || c.sq_id != q->id)
		die("completion of command %u on queue %u, expected %u on %u",
		    c.cid, c.sq_id, cid, q->id);
	if (out)
		*out = c;
	return c.status >> 1 & 0x7ff;
}

static void disable(void)
{
	set32(CC, 0);
	if (!wait_csts(3, 0))
		die("CSTS is 0x%x after CC.EN was cleared", reg32(CSTS));
}

static bool enable(uint32_t cc)
{
	pool_next = 0;
	queue_init(&adm, 0, 32, 32);
	set32(AQA, 31u << 16 | 31);
	set64(ASQ, pa(adm.sq));
	set64(ACQ, pa((void *)adm.cq));
	set32(CC, cc);
	return wait_csts(1, 1);
}

static struct sqe create_cq(const struct queue *q, unsigned int id)
{
	return (struct sqe){ .opcode = 5, .prp1 = pa((void *)q->cq),
			     .cdw10 = (q->cq_depth - 1) << 16 | id,
			     .cdw11 = 1 };
}

static struct sqe create_sq(const struct queue *q, unsigned int id,
			    unsigned int cqid)
{
	return (struct sqe){ .opcode = 1, .prp1 = pa(q->sq),
			     .cdw10 = (q->depth - 1) << 16 | id,
			     .cdw11 = cqid << 16 | 1 };
}

static void queue_create(struct queue *q, unsigned int id, unsigned int depth,
			 unsigned int cq_depth)
{
	unsigned int status;

	queue_init(q, id, depth, cq_depth);
	status = run(&adm, create_cq(q, id), NULL);
	if (!status)
		status = run(&adm, create_sq(q, id, id), NULL);
	if (status)
		die("creating queue %u: status 0x%03x", id, status);
}

static void fresh(void)
{
	disable();
	if (!enable(CC_ON))
		die("the controller does not get ready, CSTS 0x%x",
		    reg32(CSTS));
	queue_create(&io, 1, 64, 64);
}

/* ---- commands ---- */

/*
 * PRPs for @len bytes at @p, which lie in consecutive pool pages. A list begins
 * at entry @first of its page, so that a high one is chained soon.
 */
static void set_prps(struct sqe *s, const void *p, size_t len,
		     unsigned int first)
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

/* Vendor commands on a key of up to 16 bytes, or on one in memory. */
static struct sqe vendor(uint8_t opcode, uint32_t nsid, const char *key)
{
	struct sqe s = { .opcode = opcode, .nsid = nsid };

	s.cdw11 = strlen(key) - 1;
	memcpy(&s.cdw12, key, strlen(key));
	return s;
}

static struct sqe vendor_far(uint8_t opcode, uint32_t nsid, const void *key,
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

static struct sqe with_data(struct sqe s, const void *p, size_t len,
			    unsigned int first)
{
	set_prps(&s, p, len, first);
	s.cdw10 = (len + 3) / 4;
	if (s.opcode & 1)
		s.cdw11 |= (s.cdw10 * 4 - len) << 16;
	return s;
}

static void expect_status(struct sqe s, unsigned int want, const char *what)
{
	unsigned int status = run(&io, s, NULL);

	expect(status == want, "%s: status 0x%03x, expected 0x%03x", what,
	       status, want);
}

static void expect_admin(struct sqe s, unsigned int want, const char *what)
{
	unsigned int status = run(&adm, s, NULL);

	expect(status == want, "%s: status 0x%03x, expected 0x%03x", what,
	       status, want);
}

/* After whatever happened: a value goes in and comes out. */
static void expect_alive(const char *after)
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

/* ---- the checks ---- */

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
	/* a log page never goes beyond what was asked for */
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

			if (!take(&q[i], &c, 30000))
				die("queue %u is not served", i + 2);
			expect((c.status >> 1 & 0x7ff) == 0x310 &&
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

static void check_io_entries(void)
{
	struct sqe s = vendor(0xb3, 1, "key");

	s.flags = 0x80;
	expect_status(s, 0x002, "an SGL of metadata");
	s.flags = 0xc0;
	expect_status(s, 0x002, "a reserved PSDT");
	s.flags = 0x01;
	expect_status(s, 0x002, "fused");
	s.flags = 0;
	expect_status(s, 0x310, "exist");
	s.nsid = 77;
	expect_status(s, 0x305, "an absent keyspace");
	s.nsid = ~0u;
	expect_status(s, 0x305, "keyspace 2^32 - 1");
	s = (struct sqe){ .opcode = 2, .nsid = 77, .prp1 = pa(pages(1)) };
	expect_status(s, 0x00b, "read of an absent namespace");
	s.nsid = 0;
	expect_status(s, 0x00b, "read of namespace 0");
	s = (struct sqe){ .opcode = 0x81, .nsid = 2 };
	expect_status(s, 0x001, "a vendor store to namespace 2");
	for (unsigned int op = 0; op < 256; op++) {
		if (op < 0x10)
			continue; /* these work on blocks */
		s = (struct sqe){ .opcode = op, .nsid = 1 };
		run(&io, s, NULL);
	}
	expect_alive("every opcode");
}

static void check_keyspaces(void)
{
	char *buf = pages(1);
	struct cqe c;

	memcpy(buf, "zero", 4);
	expect_status(with_data(vendor(0x81, 0, "space"), buf, 4, 0), 0,
		      "store to keyspace 0");
	expect_status(vendor(0xb3, 1, "space"), 0x310, "the key in keyspace 1");
	memcpy(buf, "one!", 4);
	expect_status(with_data(vendor(0x81, 1, "space"), buf, 4, 0), 0,
		      "store to keyspace 1");
	run(&io, with_data(vendor(0x90, 0, "space"), buf, 4, 0), &c);
	expect(!memcmp(buf, "zero", 4), "keyspace 0 gives %.4s", buf);
	expect_status(vendor(0xa1, 1, "space"), 0, "delete in keyspace 1");
	expect_status(vendor(0xb3, 0, "space"), 0, "the key in keyspace 0");
	expect_status(vendor(0xa1, 0, "space"), 0, "delete in keyspace 0");
	expect_status(vendor(0xb3, 0, "space"), 0x310, "the key is gone");
}

static void check_long_keys(void)
{
	static const unsigned int lens[] = { 17, 31, 32, 33, 64, 100, 128, 254,
					     255 };
	char *key = pages(2), *buf = pages(1);
	struct cqe c;

	memset(key, 'k', 2 * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		/* inside a page and across its end; equal bytes, other lengths */
		const char *at = i % 2 ? key + PAGE - 9 : key + 100;

		fill(buf, 400, lens[i]);
		expect_status(with_data(vendor_far(0x81, 1, at, lens[i]), buf,
					100 + lens[i], 0), 0, "store");
	}
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		unsigned int n = lens[i], status;

		memset(buf, 0, PAGE);
		status = run(&io, with_data(vendor_far(0x90, 1, key + PAGE - 16,
						       n), buf, 400, 0), &c);
		expect(!status && c.dw0 == 100 + n && filled(buf, 100 + n, n),
		       "key of %u bytes: status 0x%03x, %u bytes", n, status,
		       c.dw0);
	}
	expect_status(vendor_far(0xb3, 1, key, 18), 0x310, "a length not stored");
	expect_status(vendor(0xb3, 1, "kkkkkkkkkkkkkkkk"), 0x310, "16 of them");
	expect_status(vendor_far(0xa1, 1, key + PAGE - 1, 64), 0, "delete");
	expect_status(vendor_far(0xb3, 1, key, 64), 0x310, "the deleted one");
	expect_status(vendor_far(0xb3, 1, key, 100), 0, "the next one");
	expect_status(vendor_far(0xb3, 1, key, 33), 0, "the one before");
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++)
		expect_status(vendor_far(0xa1, 1, key, lens[i]), 0, "delete");
}

static void check_bad_keys(void)
{
	static const uint8_t opcodes[] = { 0x81, 0x83, 0x90, 0xa1, 0xb3 };
	char *key = pages(2), *buf = pages(1);

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		struct sqe s = vendor_far(opcodes[i], 1, key, 17);

		if (opcodes[i] < 0xa0)
			s = with_data(s, buf, 64, 0);
		s.cdw13 = NO_MEMORY >> 32;
		expect_status(s, 0x004, "a key without memory");
		s.cdw12 = 0xfffff000;
		s.cdw13 = 0xffffffff;
		expect_status(s, 0x004, "a key at the end of addresses");
		s = vendor_far(opcodes[i], 1, key + PAGE - 4, 30);
		if (opcodes[i] < 0xa0)
			s = with_data(s, buf, 64, 0);
		s.cdw15 = NO_MEMORY >> 32;
		s.cdw14 = 0;
		expect_status(s, 0x004, "a key whose second page is absent");
		s.cdw14 = pa(key + PAGE) + 8;
		s.cdw15 = (pa(key + PAGE) + 8) >> 32;
		expect_status(s, 0x013, "a key whose second page has an offset");
		s.cdw11 |= 0xff;
		expect_status(s, 0x303, "a key of 256 bytes");
	}
	expect_alive("bad keys");
}

static void check_offsets(void)
{
	char *buf = pages(4), *back = pages(4);
	unsigned int status;
	struct sqe s;
	struct cqe c;

	fill(buf, 10000, 5);
	expect_status(with_data(vendor(0x81, 1, "offset"), buf, 10000, 0), 0,
		      "store");
	for (unsigned int off = 0; off < 10000; off += 2560) {
		unsigned int n = 10000 - off < 3000 ? 10000 - off : 3000;

		memset(back, 0xee, 4 * PAGE);
		s = with_data(vendor(0x90, 1, "offset"), back, 3000, 0);
		s.cdw4 = off;
		status = run(&io, s, &c);
		expect(!status && c.dw0 == 10000 &&
		       !memcmp(back, buf + off, n) &&
		       all(back + n, 3000 - n, 0xee),
		       "retrieve at offset %u: %u bytes", off, c.dw0);
	}
	s.cdw4 = 100;
	expect_status(s, 0x309, "retrieve at offset 100");
	s.cdw4 = 10240;
	expect_status(s, 0x302, "retrieve behind the end");
	s.cdw4 = 0xfffffe00;
	expect_status(s, 0x302, "retrieve at 4 GiB");
	s = with_data(vendor(0x81, 1, "offset"), buf, 100, 0);
	s.cdw4 = 7;
	expect_status(s, 0x309, "store at offset 7");
	/* a store at an offset changes a part of the value */
	s.cdw4 = 1024;
	expect_status(s, 0, "store at offset 1024");
	run(&io, with_data(vendor(0x90, 1, "offset"), back, 10000, 0), &c);
	expect(c.dw0 == 10000 && !memcmp(back, buf, 1024) &&
	       !memcmp(back + 1024, buf, 100) &&
	       !memcmp(back + 1124, buf + 1124, 10000 - 1124),
	       "value of %u bytes after a partial store", c.dw0);
	s.cdw4 = 512000;
	expect_status(s, 0x302, "store behind the end");
	expect_status(vendor(0xa1, 1, "offset"), 0, "delete");
}

/* A value grown beyond one command is read in parts. */
static void check_big_append(void)
{
	const unsigned int piece = 1536 << 10;
	char *buf = pages(piece / PAGE), *back = pages(512);
	unsigned int status;
	struct sqe s;
	struct cqe c;

	fill(buf, piece, 8);
	expect_status(with_data(vendor(0x81, 1, "grow"), buf, piece, 0), 0,
		      "store");
	s = with_data(vendor(0x83, 1, "grow"), buf, piece, 0);
	expect_status(s, 0, "append");
	expect_status(s, 0, "append");
	s = with_data(vendor(0x90, 1, "grow"), back, 2 << 20, 0);
	s.cdw4 = 3 << 20;
	status = run(&io, s, &c);
	expect(!status && c.dw0 == 3 * piece && !memcmp(back, buf, piece),
	       "the third piece, of %u bytes", c.dw0);
	s.cdw4 = 1 << 20;
	status = run(&io, s, &c);
	expect(!status && !memcmp(back, buf + (1 << 20), piece - (1 << 20)) &&
	       !memcmp(back + piece - (1 << 20), buf, piece), "the second piece");
	expect_status(vendor(0xa1, 1, "grow"), 0, "delete");
}

static void check_prp_lists(void)
{
	static const unsigned int starts[] = { 0, 1, 255, 509, 510, 511 };
	static const unsigned int offs[] = { 0, 4, 2048, 4092 };
	const size_t max = 2 << 20;
	char *src = pages(514), *dst = pages(514);
	struct cqe c;

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
		size_t len = i % 2 ? max : 3 * PAGE + 100 * i;
		const char *from = src + offs[i % 4];
		char *to = dst + offs[(i + 1) % 4];
		unsigned int status;
		struct sqe s;

		fill(src + offs[i % 4], len, i);
		memset(dst, 0xee, 514 * PAGE);
		s = with_data(vendor(0x81, 1, "lists"), from, len, starts[i]);
		expect_status(s, 0, "store");
		s = with_data(vendor(0x90, 1, "lists"), to, len,
			      starts[(i + 3) % 6]);
		status = run(&io, s, &c);
		expect(!status && c.dw0 == len && filled(to, len, i),
		       "%zu bytes, lists from entry %u", len, starts[i]);
		expect(all(dst, offs[(i + 1) % 4], 0xee) &&
		       all(to + len, PAGE, 0xee),
		       "%zu bytes: more was written", len);
	}
	expect_status(vendor(0xa1, 1, "lists"), 0, "delete");
}

static void check_bad_prps(void)
{
	char *buf = pages(8);
	uint64_t *list = pages(1);
	struct sqe s = with_data(vendor(0x81, 1, "badprp"), buf, 8 * PAGE, 0);
	struct sqe g = with_data(vendor(0x90, 1, "badprp"), buf, 8 * PAGE, 0);

	expect_status(s, 0, "store");
	for (int i = 0; i < 2; i++, s = g) {
		struct sqe t = s;

		t.prp1 = NO_MEMORY;
		expect_status(t, 0x004, "PRP1 without memory");
		t.prp1 = ~0ull << 12;
		expect_status(t, 0x004, "PRP1 at the end of addresses");
		t = s;
		t.prp2 = NO_MEMORY;
		expect_status(t, 0x004, "a list without memory");
		t.prp2 = pa(list) + 4;
		expect_status(t, 0x013, "a list at an odd address");
		t.prp2 = pa(list);
		for (int j = 0; j < 7; j++)
			list[j] = pa(buf + PAGE);
		list[3] = NO_MEMORY;
		expect_status(t, 0x004, "an entry without memory");
		list[3] = pa(buf) + 16;
		expect_status(t, 0x013, "an entry with an offset");
		/* chains: to nowhere, and to itself */
		t.prp2 = pa(list + 511);
		list[511] = NO_MEMORY;
		expect_status(t, 0x004, "a chain without memory");
		list[511] = pa(list) + 8;
		expect_status(t, 0x013, "a chain with an offset");
		list[3] = pa(buf);
		list[511] = pa(list + 0);
		expect_status(t, 0, "a chain back to the beginning of the list");
	}
	/* a refused store has no effect */
	expect_status(vendor(0xb3, 1, "badprp"), 0, "exist");
	s = with_data(vendor(0x81, 1, "badprp2"), buf, 8 * PAGE, 0);
	s.prp2 = NO_MEMORY;
	expect_status(s, 0x004, "store");
	expect_status(vendor(0xb3, 1, "badprp2"), 0x310, "the refused key");
	expect_status(vendor(0xa1, 1, "badprp"), 0, "delete");
	expect_alive("bad PRPs");
}

static void check_blocks(void)
{
	char *buf = pages(16), *back = pages(16);
	struct sqe w = { .opcode = 1, .nsid = 1, .cdw10 = 64 };
	unsigned int lba = 512, status;

	/* learn the block size by asking for one block at the end of a page */
	fill(buf, 16 * PAGE, 3);
	set_prps(&w, buf + 512, 8 * PAGE, 0);
	w.cdw12 = 8 * PAGE / lba - 1;
	status = run(&io, w, NULL);
	expect(!status, "write from the middle of a page: 0x%03x", status);
	w.opcode = 2;
	set_prps(&w, back + 1024, 8 * PAGE, 0);
	status = run(&io, w, NULL);
	expect(!status && !memcmp(buf + 512, back + 1024, 8 * PAGE),
	       "read to the middle of a page: 0x%03x", status);
	w.cdw12 = 0xffff;
	w.prp2 = NO_MEMORY;
	run(&io, w, NULL);
	/* dataset management: 256 ranges, and a bad address */
	w = (struct sqe){ .opcode = 9, .nsid = 1, .cdw10 = 255, .cdw11 = 4,
			  .prp1 = pa(buf) };
	memset(buf, 0, PAGE);
	expect_status(w, 0, "256 empty ranges");
	memset(buf, 0xff, PAGE);
	expect_status(w, 0x080, "ranges beyond the end");
	w.prp1 = NO_MEMORY;
	expect_status(w, 0x004, "ranges without memory");
	expect_alive("block commands");
}

/* More commands than a completion queue has entries: none may be overwritten. */
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
		if (!take(&q, &c, 10000)) {
			expect(false, "completion %u never comes", i);
			return;
		}
		expect((c.status >> 1 & 0x7ff) == 0x310, "status 0x%x",
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
		if (!take(&adm, &c, 10000))
			die("abort is not completed");
		status = c.status >> 1 & 0x7ff;
		if (c.cid == cid[0])
			expect(status == 7, "aborted with status 0x%x", status);
		else
			expect(!status && !(c.dw0 & 1), "abort: 0x%x, dw0 %u",
			       status, c.dw0);
	}
	/* a bad doorbell is an event */
	doorbell(1, false, 0xffff);
	if (take(&adm, &c, 10000))
		expect((c.dw0 & 7) == 0 && (c.status >> 1 & 0x7ff) == 0,
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
	/* a head that frees what was never posted */
	doorbell(1, true, (io.head + 5) % 64);
	usleep(20000);
	doorbell(1, true, io.head);
	expect_alive("a head too far");
	/* every doorbell there is */
	for (unsigned int at = 0x1000 + 4 * (4u << (cap >> 32 & 0xf));
	     at < 0x3000; at += 4)
		set32(at, 0xdeadbeef);
	usleep(50000);
	expect_alive("all doorbells");
}

/*
 * What a command says is read once: an entry that was fetched can be overwritten
 * while its command waits. The first completion says how far fetching has got.
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
		if (!take(&io, &c, 30000))
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

/* Reset with commands under way: nothing is written to memory afterwards. */
static void check_reset_in_flight(void)
{
	for (unsigned int round = 0; round < 5; round++) {
		char *buf = pages(512);

		fill(buf, 2 << 20, 9);
		expect_status(with_data(vendor(0x81, 1, "flight"), buf, 2 << 20,
					0), 0, "store");
		for (unsigned int i = 0; i < 40; i++)
			submit_only(&io, with_data(vendor(0x90, 1, "flight"),
						   buf, 2 << 20, 0));
		doorbell(1, false, io.tail);
		usleep(round * 3000);
		disable();
		memset(buf, 0x5a, 2 << 20);
		memset((void *)io.cq, 0x5a, PAGE);
		usleep(50000);
		expect(all(buf, 2 << 20, 0x5a) && all((void *)io.cq, PAGE, 0x5a),
		       "memory written after the reset, round %u", round);
		fresh();
		expect_alive("a reset");
	}
	expect_status(vendor(0xa1, 1, "flight"), 0, "delete");
}

static void check_shutdown(void)
{
	expect_alive("enabling");
	set32(CC, reg32(CC) | 1u << 14);
	expect(wait_csts(0xc, 8), "CSTS is 0x%x after a shutdown", reg32(CSTS));
	fresh();
	set32(CC, reg32(CC) | 2u << 14);
	expect(wait_csts(0xc, 8), "CSTS is 0x%x after an abrupt one",
	       reg32(CSTS));
	fresh();
	expect_alive("shutdowns");
}

/* Settings that cannot work: the fatal status or no RDY, until reset. */
static void refuse_enable(uint32_t cc, uint32_t aqa, uint64_t asq, uint64_t acq,
			  const char *what)
{
	disable();
	pool_next = 0;
	queue_init(&adm, 0, 32, 32);
	set32(AQA, aqa);
	set64(ASQ, asq ? asq : pa(adm.sq));
	set64(ACQ, acq ? acq : pa((void *)adm.cq));
	set32(CC, cc);
	usleep(100000);
	expect(!(reg32(CSTS) & 1), "%s: ready, CSTS 0x%x", what, reg32(CSTS));
	fresh();
	expect_alive(what);
}

static void check_bad_settings(void)
{
	const uint32_t aqa = 31u << 16 | 31;

	refuse_enable(CC_ON | 0xfu << 7, aqa, 0, 0, "pages of 128 MiB");
	refuse_enable((CC_ON & ~0x70u) | 3u << 4, aqa, 0, 0, "command set 3");
	refuse_enable(CC_ON, 0, 0, 0, "admin queues of one entry");
	refuse_enable(CC_ON, aqa, NO_MEMORY, 0, "an ASQ without memory");
	refuse_enable(CC_ON, aqa, 0, NO_MEMORY, "an ACQ without memory");
	refuse_enable(CC_ON, aqa, ~0ull << 12, 0, "an ASQ at the end of addresses");
}

/* CC flipped faster than anything can follow. */
static void check_flapping(void)
{
	for (unsigned int i = 0; i < 200; i++) {
		set32(CC, i % 2 ? CC_ON : 0);
		if (i % 7 == 0)
			usleep(300);
	}
	fresh();
	expect_alive("flapping");
	for (unsigned int i = 0; i < 20; i++)
		fresh();
	expect_alive("twenty resets");
}

/* Garbage entries on the I/O queue: a completion each. */
static void check_garbage(void)
{
	char *buf = pages(1);
	uint64_t x = 88172645463325252ull;
	struct sqe s;

	for (unsigned int i = 0; i < 3000; i++) {
		uint32_t *dw = (uint32_t *)&s;

		for (unsigned int j = 0; j < 16; j++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			dw[j] = x >> (x & 31);
		}
		/* data may go to our own page or nowhere, but to no other */
		s.prp1 = x & 1 ? pa(buf) : NO_MEMORY;
		s.prp2 = NO_MEMORY;
		s.nsid %= 4;
		s.flags = x & 2 ? 0 : s.flags;
		/* flush to dataset management would work on blocks; key-value
		 * commands may do what they like, to short-lived keys
		 */
		if (s.opcode < 0x10 && s.nsid == 1)
			s.opcode |= 0x80;
		run(&io, s, NULL);
	}
	expect_alive("garbage");
}

/* ---- main ---- */

static const struct check {
	const char *name;
	void (*fn)(void);
} checks[] = {
	{ "registers", check_registers },
	{ "identify and PRPs", check_identify_prps },
	{ "queue creation", check_queue_creation },
	{ "many queues", check_many_queues },
	{ "I/O entries", check_io_entries },
	{ "keyspaces", check_keyspaces },
	{ "long keys", check_long_keys },
	{ "bad keys", check_bad_keys },
	{ "value offsets", check_offsets },
	{ "big append", check_big_append },
	{ "PRP lists", check_prp_lists },
	{ "bad PRPs", check_bad_prps },
	{ "blocks", check_blocks },
	{ "full CQ", check_full_cq },
	{ "events and abort", check_events },
	{ "doorbells", check_doorbells },
	{ "entries fetched once", check_fetched_once },
	{ "reset in flight", check_reset_in_flight },
	{ "shutdown", check_shutdown },
	{ "bad settings", check_bad_settings },
	{ "flapping", check_flapping },
	{ "garbage", check_garbage },
};

static void map_bar(const char *function)
{
	char path[512];
	uint16_t command;
	int fd;

	snprintf(path, sizeof(path), "%s/driver", function);
	if (!access(path, F_OK))
		die("%s has a driver: unbind it first", function);
	snprintf(path, sizeof(path), "%s/config", function);
	fd = open(path, O_RDWR);
	if (fd < 0 || pread(fd, &command, 2, 4) != 2)
		die("%s: %s", path, strerror(errno));
	command |= 6; /* memory space, bus master */
	if (pwrite(fd, &command, 2, 4) != 2)
		die("%s: %s", path, strerror(errno));
	close(fd);
	snprintf(path, sizeof(path), "%s/resource0", function);
	fd = open(path, O_RDWR | O_SYNC);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		die("%s: mmap: %s", path, strerror(errno));
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr,
			"usage: rawhost /sys/bus/pci/devices/FUNCTION [CHECK...]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	map_bar(argv[1]);
	pool_init();
	cap = reg64(CAP);
	if (!cap || cap == ~0ull)
		die("CAP reads as 0x%llx", (unsigned long long)cap);
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		unsigned int before = failures;
		uint64_t start = now_ms();
		bool wanted = argc == 2;

		for (int a = 2; a < argc; a++)
			wanted |= !strcmp(argv[a], checks[i].name);
		if (!wanted)
			continue;
		current = checks[i].name;
		fresh();
		checks[i].fn();
		printf("%s - %s (%llu ms)\n",
		       failures == before ? "ok" : "not ok", current,
		       (unsigned long long)(now_ms() - start));
	}
	disable();
	printf("%u expectations, %u failed\n", tests, failures);
	return failures || !tests;
}
