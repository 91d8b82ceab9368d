// SPDX-License-Identifier: GPL-2.0
#include "device/rawhost/controller.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BAR_SIZE 0xa000u

struct queue adm, io;
uint64_t cap;
uint16_t next_cid;

static volatile uint8_t *bar;

/* ---- registers ---- */

/* Turns on memory space and bus mastering in the command register. */
static void enable_function(const char *path)
{
	int fd = open(path, O_RDWR);
	uint16_t command;

	if (fd < 0 || pread(fd, &command, 2, 4) != 2)
		die("%s: %s", path, strerror(errno));
	command |= 6;
	if (pwrite(fd, &command, 2, 4) != 2)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

static void map_resource(const char *path)
{
	int fd = open(path, O_RDWR | O_SYNC);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bar == MAP_FAILED)
		die("%s: mmap: %s", path, strerror(errno));
	close(fd);
}

/* A driver for programs leaves the device alone. */
static bool has_driver(const char *function)
{
	char path[512], driver[512];
	ssize_t len;

	snprintf(path, sizeof(path), "%s/driver", function);
	len = readlink(path, driver, sizeof(driver) - 1);
	if (len < 0)
		return false;
	driver[len] = '\0';
	return !strstr(driver, "uio_pci_generic");
}

void controller_map(const char *function)
{
	char path[512];

	if (has_driver(function))
		die("%s has a driver: unbind it first", function);
	snprintf(path, sizeof(path), "%s/config", function);
	enable_function(path);
	snprintf(path, sizeof(path), "%s/resource0", function);
	map_resource(path);
	cap = reg64(CAP);
	if (!cap || cap == ~0ull)
		die("CAP reads as 0x%llx", (unsigned long long)cap);
}

uint32_t reg32(unsigned int at)
{
	return *(volatile uint32_t *)(bar + at);
}

void set32(unsigned int at, uint32_t v)
{
	*(volatile uint32_t *)(bar + at) = v;
}

uint64_t reg64(unsigned int at)
{
	return reg32(at) | (uint64_t)reg32(at + 4) << 32;
}

void set64(unsigned int at, uint64_t v)
{
	set32(at, v);
	set32(at + 4, v >> 32);
}

/* A controller that cannot start sets CFS instead of RDY. */
static bool wait_ready(void)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (!(reg32(CSTS) & 3) && now_ms() <= end)
		usleep(200);
	return (reg32(CSTS) & 3) == 1;
}

bool wait_csts(uint32_t mask, uint32_t value)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while ((reg32(CSTS) & mask) != value) {
		if (now_ms() > end)
			return false;
		usleep(200);
	}
	return true;
}

unsigned int doorbell_stride(void)
{
	return 4u << (cap >> 32 & 0xf);
}

void doorbell(unsigned int qid, bool cq, uint32_t value)
{
	__sync_synchronize();
	set32(0x1000 + (2 * qid + cq) * doorbell_stride(), value);
}

/* ---- queues ---- */

void queue_init(struct queue *q, unsigned int id, unsigned int depth,
		unsigned int cq_depth)
{
	*q = (struct queue){ .id = id, .depth = depth, .cq_depth = cq_depth,
			     .phase = 1, .sq = pages(1), .cq = pages(1) };
}

uint16_t submit_only(struct queue *q, struct sqe s)
{
	s.cid = ++next_cid;
	q->sq[q->tail] = s;
	q->tail = (q->tail + 1) % q->depth;
	return s.cid;
}

uint16_t submit(struct queue *q, struct sqe s)
{
	uint16_t cid = submit_only(q, s);

	doorbell(q->id, false, q->tail);
	return cid;
}

bool posted(const struct queue *q)
{
	return (q->cq[q->head].status & 1) == q->phase;
}

bool take(struct queue *q, struct cqe *out)
{
	uint64_t end = now_ms() + PATIENCE_MS;

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

unsigned int status_of(const struct cqe *c)
{
	return c->status >> 1 & STATUS_MASK;
}

unsigned int run(struct queue *q, struct sqe s, struct cqe *out)
{
	struct cqe c;
	uint16_t cid = submit(q, s);

	if (!take(q, &c))
		die("opcode 0x%02x is not completed", s.opcode);
	if (c.cid != cid || c.sq_id != q->id)
		die("completion of command %u on queue %u, expected %u on %u",
		    c.cid, c.sq_id, cid, q->id);
	if (out)
		*out = c;
	return status_of(&c);
}

struct sqe create_cq(const struct queue *q, unsigned int id)
{
	return (struct sqe){ .opcode = 5, .prp1 = pa((void *)q->cq),
			     .cdw10 = (q->cq_depth - 1) << 16 | id,
			     .cdw11 = 1 };
}

struct sqe create_sq(const struct queue *q, unsigned int id, unsigned int cqid)
{
	return (struct sqe){ .opcode = 1, .prp1 = pa(q->sq),
			     .cdw10 = (q->depth - 1) << 16 | id,
			     .cdw11 = cqid << 16 | 1 };
}

void queue_create(struct queue *q, unsigned int id, unsigned int depth,
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

/* ---- the controller ---- */

void disable(void)
{
	set32(CC, 0);
	if (!wait_csts(3, 0))
		die("CSTS is 0x%x after CC.EN was cleared", reg32(CSTS));
}

bool enable(uint32_t cc)
{
	memory_reset();
	queue_init(&adm, 0, 32, 32);
	set32(AQA, 31u << 16 | 31);
	set64(ASQ, pa(adm.sq));
	set64(ACQ, pa((void *)adm.cq));
	set32(CC, cc);
	return wait_ready();
}

void fresh(void)
{
	disable();
	if (!enable(CC_ON))
		die("the controller does not get ready, CSTS 0x%x",
		    reg32(CSTS));
	queue_create(&io, 1, 64, 64);
}
