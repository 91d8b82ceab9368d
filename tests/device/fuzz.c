// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz - random and mutated commands at the real driver's passthrough: every
 * opcode, in reach of the ioctls and of io_uring, from several threads.
 *
 * A command is drawn in three steps. draw() picks an opcode and gives it either
 * plausible fields, perhaps with one of them spoilt, or wild ones. fence() then
 * takes back what would do harm by design, whatever the device:
 *
 *  - data to the host that is longer than the buffer: the driver describes the
 *    buffer that user space names, and a device that is told of more bytes
 *    follows page pointers that nobody wrote;
 *  - data to the host that end in their second page, in a buffer of more pages:
 *    by the length that the device knows, PRP2 is that page, by the driver's it
 *    is a list, and any device would write over the list, which the driver uses
 *    again for other commands;
 *  - lengths and pointers of data from the host that lie, only with lies=0:
 *    reading other memory does no harm, but KASAN takes the emulated DMA for a
 *    read by the kernel and reports nothing after its first find;
 *  - deleting or creating queues that the driver would then miss or meet: only
 *    numbers that are 0, in use (to create), or out of range;
 *  - async event requests, which wait for an event, and doorbell buffers, host
 *    memory, keep-alive and write protection, which are the driver's to choose;
 *  - lockdown, namespace and capacity management: there would be nothing left;
 *  - Format and Sanitize, unless destroy=1;
 *  - metadata lengths, unless metadata=1: Linux 6.1 leaks the request that it
 *    refuses for one, which hangs the next reset, and with io_uring and no
 *    metadata buffer it copies from address 0;
 *  - long ranges to deallocate, which take seconds each;
 *  - keys that begin with 'K', and the upper half of the blocks: they belong to
 *    whoever wants to see afterwards that they are what they were.
 *
 * Timeouts are long or the default: a command that the driver gives up brings a
 * reset, which other tests do on purpose.
 *
 * issue() takes one of five ways. Any status will do, as long as there is one.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <liburing.h>
#include <linux/fs.h>
#include <linux/nvme_ioctl.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BUF_SIZE (4u << 20)
#define DATA_MAX (2u << 20)
#define PAGE 4096u
#define KNOWN 'K'	/* first byte of keys that are not ours */
#define THREADS_MAX 64
#define MISMATCHES 8	/* commands to another node's namespace, a thread */
#define RANGE_MAX 1024	/* blocks to deallocate */
#define FAR_QUEUE 0x1000u

enum kind { ADMIN, BLOCK, KV, NR_KINDS };

struct node {
	const char *name;
	int fd;		/* the node that the ioctls use */
	int ring_fd;	/* the character device */
	uint32_t nsid;
};

struct options {
	const char *ctrl;
	uint64_t seconds, seed, threads, destroy, metadata, lies;
};

struct counts {
	uint64_t sent, refused, good, bad;
	uint64_t slowest_ms;
	enum kind slowest_kind;
	uint8_t slowest_opcode;
	uint8_t opcode[NR_KINDS][256];
	uint8_t status[2048];
};

struct fuzzer {
	pthread_t id;
	uint64_t rng;
	unsigned char *buf;	/* what we send; no key of another's gets in */
	unsigned char *sink;	/* what we are sent */
	struct io_uring ring;
	bool has_ring;
	unsigned int mismatches;
	struct counts n;
};

static struct options opt = { .seconds = 60, .threads = 4, .lies = 1 };
static struct node nodes[NR_KINDS];
static uint32_t driver_queues;	/* I/O queues 1..n are the driver's */
static uint64_t blocks;
static uint64_t end_ms;

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "fuzz: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(2);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

/* ---- chance ---- */

static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint64_t random64(struct fuzzer *f)
{
	f->rng += 0x9e3779b97f4a7c15ull;
	return mix(f->rng);
}

static uint32_t below(struct fuzzer *f, uint32_t n)
{
	return (random64(f) >> 32) * n >> 32;
}

/* True once in @n. */
static bool once_in(struct fuzzer *f, uint32_t n)
{
	return !below(f, n);
}

/* As many small numbers as large ones, and those that code stumbles over. */
static uint32_t wild(struct fuzzer *f)
{
	uint32_t x = random64(f);

	switch (below(f, 8)) {
	case 0:
		return 0;
	case 1:
		return ~0u >> below(f, 32);
	case 2:
		return 1u << below(f, 32);
	case 3:
		return (1u << below(f, 32)) - 1 + below(f, 3);
	default:
		return x >> below(f, 32);
	}
}

/* ---- drawing a command ---- */

static uintptr_t buffer_of(const struct fuzzer *f,
			   const struct nvme_passthru_cmd64 *c)
{
	return (uintptr_t)(c->opcode & 1 ? f->buf : f->sink);
}

static void draw_data(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	static const uint32_t lengths[] = {
		0, 4, 64, 512, 4096, 4096, 8192, 65536, DATA_MAX,
	};
	uint32_t len = lengths[below(f, ARRAY_SIZE(lengths))];
	uint32_t offset = 0;

	if (once_in(f, 4))
		len = random64(f) % (DATA_MAX + 1) >> below(f, 21);
	if (once_in(f, 64))
		len = DATA_MAX + wild(f) % DATA_MAX;
	if (once_in(f, 4))
		offset = below(f, PAGE) & (once_in(f, 4) ? ~0u : ~3u);
	c->data_len = len;
	c->addr = len ? buffer_of(f, c) + offset : 0;
	if (once_in(f, 32))
		c->metadata = (uintptr_t)f->buf;
	if (once_in(f, 32) && opt.metadata)
		c->metadata_len = wild(f) % (64 << 10);
}

/* One of some 200 keys, so that commands meet. Their first byte is never K. */
static uint32_t draw_key(struct fuzzer *f, uint32_t dw[4])
{
	uint32_t len = 1 + below(f, 16), version = below(f, 12);
	unsigned char key[16];

	for (uint32_t i = 0; i < sizeof(key); i++)
		key[i] = i < len ? 'a' + (version + i) % 24 : 0;
	memcpy(dw, key, sizeof(key));
	return len;
}

static void draw_vendor(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	static const uint8_t options[] = { 0, 0, 0, 1, 2, 4, 8 };
	uint32_t dw[4], klen = draw_key(f, dw);

	c->cdw10 = c->data_len / 4;
	c->cdw11 = (klen - 1) | options[below(f, sizeof(options))] << 8;
	c->cdw12 = dw[0];
	c->cdw13 = dw[1];
	c->cdw14 = dw[2];
	c->cdw15 = dw[3];
	if (c->opcode == 0x81 || c->opcode == 0x83)
		c->cdw11 |= below(f, 4) << 16;
	if (c->opcode == 0x85)
		c->cdw11 |= below(f, 10) << 24;
	if (c->opcode == 0xb1) {
		static const uint8_t kinds[] = { 1 | 4, 1 | 8, 1 | 16, 2, 2 };

		c->cdw11 = below(f, 18) | kinds[below(f, sizeof(kinds))] << 8;
		c->cdw13 = 0xffffffffu >> below(f, 33) % 32;
	}
	if (c->opcode == 0xb2)
		c->cdw11 = below(f, 18);
}

static void draw_block(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	c->cdw10 = below(f, blocks);
	c->cdw11 = 0;
	c->cdw12 = c->opcode == 0x09 ? 0 : c->data_len / 512 - 1;
	if (c->opcode == 0x09) {
		c->cdw10 = below(f, 256);
		c->cdw11 = 4;
	}
}

static void draw_standard(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	static const uint8_t options[] = { 0, 0, 0, 1, 2, 4 };
	uint32_t dw[4], klen = draw_key(f, dw);

	c->cdw10 = c->data_len;
	c->cdw11 = klen | options[below(f, sizeof(options))] << 8;
	c->cdw2 = dw[0];
	c->cdw3 = dw[1];
	c->cdw14 = dw[2];
	c->cdw15 = dw[3];
}

static void draw_admin(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	static const uint8_t logs[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x0d, 0x70,
					0x80, 0x81, 0xc0, 0xca, 0xd0 };
	uint32_t dwords = c->data_len / 4 - 1;

	c->nsid = below(f, 5) - 1;
	switch (c->opcode) {
	case 0x02:
		c->cdw10 = logs[below(f, sizeof(logs))] | dwords << 16;
		c->cdw11 = dwords >> 16;
		c->cdw12 = once_in(f, 2) ? 0 : wild(f) & ~3u;
		c->cdw14 = once_in(f, 2) ? 0 : below(f, 3) << 24;
		break;
	case 0x06:
		c->cdw10 = below(f, 0x20);
		c->cdw11 = below(f, 4) << 24;
		break;
	case 0x09:
	case 0x0a:
		c->cdw10 = once_in(f, 4) ? below(f, 256) : below(f, 0x21);
		c->cdw10 |= once_in(f, 2) ? 0 : below(f, 5) << 8;
		c->cdw11 = wild(f);
		break;
	default:
		c->cdw10 = below(f, 64);
	}
}

static void draw_plausible(struct fuzzer *f, enum kind kind,
			   struct nvme_passthru_cmd64 *c)
{
	switch (kind) {
	case ADMIN:
		draw_admin(f, c);
		break;
	case BLOCK:
		if (c->opcode < 0x80)
			draw_block(f, c);
		else
			draw_vendor(f, c);
		break;
	default:
		draw_standard(f, c);
	}
}

/* The fields that a driver does not fill itself. */
static uint32_t *field(struct nvme_passthru_cmd64 *c, unsigned int i)
{
	uint32_t *fields[] = { &c->cdw2, &c->cdw3, &c->cdw10, &c->cdw11,
			       &c->cdw12, &c->cdw13, &c->cdw14, &c->cdw15 };

	return fields[i % ARRAY_SIZE(fields)];
}

static uint8_t draw_opcode(struct fuzzer *f, enum kind kind)
{
	static const uint8_t known[NR_KINDS][16] = {
		[ADMIN] = { 0x02, 0x06, 0x09, 0x0a, 0x02, 0x06, 0x09, 0x0a,
			    0x00, 0x01, 0x04, 0x05, 0x08, 0x18, 0x80, 0x84 },
		[BLOCK] = { 0x00, 0x01, 0x02, 0x08, 0x09, 0x81, 0x83, 0x85,
			    0x90, 0xa1, 0xb1, 0xb2, 0xb3, 0x81, 0x90, 0xa1 },
		[KV] = { 0x00, 0x01, 0x02, 0x06, 0x10, 0x14, 0x01, 0x02,
			 0x01, 0x02, 0x06, 0x10, 0x14, 0x10, 0x01, 0x02 },
	};

	return once_in(f, 8) ? random64(f) : known[kind][below(f, 16)];
}

/* Random bytes, K not among them, over whatever a command is about to send. */
static void scribble(struct fuzzer *f)
{
	unsigned char *at = f->buf + below(f, 64) * 64;

	for (unsigned int i = 0; i < 256; i++) {
		at[i] = once_in(f, 3) ? below(f, 256) : below(f, 20);
		if (at[i] == KNOWN)
			at[i] = 0;
	}
}

static struct nvme_passthru_cmd64 draw(struct fuzzer *f, enum kind kind)
{
	static const uint32_t timeouts[] = { 0, 0, 60000, 0x7fffffff, ~0u };
	struct nvme_passthru_cmd64 c = { .nsid = nodes[kind].nsid };

	c.opcode = draw_opcode(f, kind);
	c.timeout_ms = timeouts[below(f, ARRAY_SIZE(timeouts))];
	draw_data(f, &c);
	if (once_in(f, 4)) {
		for (unsigned int i = 0; i < 8; i++)
			*field(&c, i) = wild(f);
	} else {
		draw_plausible(f, kind, &c);
		if (once_in(f, 3))
			*field(&c, below(f, 8)) = wild(f);
	}
	if (once_in(f, 256))
		c.flags = wild(f);
	if (kind == ADMIN && once_in(f, 8))
		c.nsid = wild(f);
	if (kind != ADMIN && once_in(f, 4096) && f->mismatches) {
		f->mismatches--;
		c.nsid = wild(f);
	}
	if (once_in(f, 4))
		scribble(f);
	return c;
}

/* ---- the fence ---- */

/* The device may write @len bytes: there has to be room for them. */
static void make_room(struct fuzzer *f, struct nvme_passthru_cmd64 *c,
		      uint32_t len)
{
	if (c->data_len >= len)
		return;
	c->data_len = len;
	if (!c->addr)
		c->addr = buffer_of(f, c);
}

/*
 * The device will write @len bytes, no more than there is room for: to the
 * driver PRP2, and the last entry of a list, have to be what they are to the
 * device. (Where the kernel copies, the buffer begins with a page.)
 */
static void match_pages(struct nvme_passthru_cmd64 *c, uint32_t len)
{
	if (c->data_len > DATA_MAX && c->data_len < DATA_MAX + 512)
		c->data_len = DATA_MAX;
	if (len > PAGE - c->addr % PAGE && len <= 2 * PAGE)
		c->data_len = len;
}

static bool fence_queue(const struct nvme_passthru_cmd64 *c)
{
	uint32_t id = c->cdw10 & 0xffff;
	bool create = c->opcode & 1;

	if (!id || id >= FAR_QUEUE)
		return true;
	return create && id <= driver_queues;
}

static bool fence_log(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	uint64_t len = ((uint64_t)(c->cdw11 & 0xffff) << 16 | c->cdw10 >> 16);

	len = (len + 1) * 4;
	if (len > c->data_len) {
		make_room(f, c, 4);
		len = c->data_len / 4 * 4;
		c->cdw10 = (c->cdw10 & 0xffff) | (len / 4 - 1) << 16;
		c->cdw11 = (c->cdw11 & 0xffff0000) | (len / 4 - 1) >> 16;
	}
	match_pages(c, len);
	return true;
}

static bool fence_feature(const struct nvme_passthru_cmd64 *c)
{
	switch (c->cdw10 & 0xff) {
	case 0x0d:	/* host memory buffer */
	case 0x0f:	/* keep alive timer */
	case 0x84:	/* write protection */
		return false;
	}
	return true;
}

static bool fence_admin(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	if (!opt.lies && (c->opcode & 3) == 1)
		make_room(f, c, PAGE);
	switch (c->opcode) {
	case 0x00:
	case 0x01:
	case 0x04:
	case 0x05:
		return fence_queue(c);
	case 0x02:
		return fence_log(f, c);
	case 0x09:
		return fence_feature(c);
	case 0x0c:	/* async event request */
	case 0x0d:	/* namespace management */
	case 0x15:	/* namespace attachment */
	case 0x20:	/* capacity management */
	case 0x24:	/* lockdown */
	case 0x7c:	/* doorbell buffer */
		return false;
	case 0x80:	/* format */
	case 0x84:	/* sanitize */
		return opt.destroy;
	}
	if (!(c->opcode & 1)) {
		make_room(f, c, PAGE);
		match_pages(c, PAGE);
	}
	return true;
}

static void fence_ranges(struct fuzzer *f)
{
	struct {
		uint32_t attributes, blocks;
		uint64_t first;
	} *range = (void *)f->buf;

	for (unsigned int i = 0; i < 512; i++) {
		range[i].blocks %= RANGE_MAX;
		range[i].first %= blocks / 4;
	}
}

/* May the device be told of more bytes than there are? */
static bool may_lie(const struct nvme_passthru_cmd64 *c)
{
	return (c->opcode & 1) && opt.lies;
}

static void fence_length(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	make_room(f, c, 512);
	if ((c->cdw12 & 0xffff) >= c->data_len / 512)
		c->cdw12 = (c->cdw12 & ~0xffffu) | (c->data_len / 512 - 1);
	match_pages(c, ((c->cdw12 & 0xffff) + 1) * 512);
}

/* Writes stay in the lower half, or lie far beyond the end. */
static void fence_block(struct fuzzer *f, struct nvme_passthru_cmd64 *c)
{
	if (c->opcode == 0x09) {
		c->addr = (uintptr_t)f->buf;
		make_room(f, c, PAGE);
		fence_ranges(f);
		return;
	}
	if (c->opcode == 0x02 || (c->opcode == 0x01 && !may_lie(c)))
		fence_length(f, c);
	if (c->opcode != 0x02 &&
	    (c->cdw11 < 0x10000 || c->cdw11 >= 0xffff0000)) {
		c->cdw11 = 0;
		c->cdw10 %= blocks / 2 - 0x10000;
	}
}

static void fence_key(uint32_t *dw)
{
	if ((*dw & 0xff) == KNOWN)
		*dw ^= 1;
}

static void fence_vendor(struct nvme_passthru_cmd64 *c)
{
	fence_key(&c->cdw12);
	if (!may_lie(c)) {
		if (c->cdw10 > c->data_len / 4)
			c->cdw10 = c->data_len / 4;
		match_pages(c, c->cdw10 * 4);
	}
	/* longer keys lie where the rest of it points to */
	if (!opt.lies && (c->cdw11 & 0xff) >= 16)
		c->cdw11 &= ~0xf0u;
	/* what an iterator may delete begins with one byte that is not K */
	if (c->opcode == 0xb1)
		c->cdw13 |= 0xff;
}

static void fence_standard(struct nvme_passthru_cmd64 *c)
{
	fence_key(&c->cdw2);
	if (may_lie(c))
		return;
	if (c->cdw10 > c->data_len)
		c->cdw10 = c->data_len;
	match_pages(c, c->cdw10);
}

static bool fence(struct fuzzer *f, enum kind kind,
		  struct nvme_passthru_cmd64 *c)
{
	if (kind == ADMIN)
		return fence_admin(f, c);
	if (kind == BLOCK && c->opcode < 0x80) {
		fence_block(f, c);
	} else if (kind == BLOCK) {
		fence_vendor(c);
	} else {
		fence_standard(c);
	}
	return true;
}

/* ---- sending ---- */

static int send_ring(struct fuzzer *f, enum kind kind,
		     const struct nvme_passthru_cmd64 *c, uint64_t *status)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&f->ring);
	struct nvme_uring_cmd *cmd;
	struct io_uring_cqe *cqe;
	int res;

	if (!sqe)
		die("the ring is full");
	memset(sqe, 0, 2 * sizeof(*sqe));
	cmd = (void *)sqe->cmd;
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = nodes[kind].ring_fd;
	sqe->cmd_op = kind == ADMIN ? NVME_URING_CMD_ADMIN : NVME_URING_CMD_IO;
	memcpy(cmd, c, offsetof(struct nvme_passthru_cmd64, result));
	cmd->rsvd2 = 0;
	if (io_uring_submit_and_wait(&f->ring, 1) < 0 ||
	    io_uring_wait_cqe(&f->ring, &cqe))
		die("the ring fails");
	res = cqe->res;
	io_uring_cqe_seen(&f->ring, cqe);
	*status = res > 0 ? res : 0;
	return res < 0 ? -res : 0;
}

static int send_ioctl(struct fuzzer *f, enum kind kind,
		      struct nvme_passthru_cmd64 *c, uint64_t *status)
{
	static const unsigned long requests[2][2] = {
		{ NVME_IOCTL_IO_CMD, NVME_IOCTL_IO64_CMD },
		{ NVME_IOCTL_ADMIN_CMD, NVME_IOCTL_ADMIN64_CMD },
	};
	int fd = once_in(f, 2) ? nodes[kind].fd : nodes[kind].ring_fd;
	int ret = ioctl(fd, requests[kind == ADMIN][below(f, 2)], c);

	*status = ret > 0 ? ret : 0;
	return ret < 0 ? errno : 0;
}

static void time_one(struct counts *n, enum kind kind, uint8_t opcode,
		     uint64_t ms)
{
	if (ms <= n->slowest_ms)
		return;
	n->slowest_ms = ms;
	n->slowest_kind = kind;
	n->slowest_opcode = opcode;
}

static void issue(struct fuzzer *f, enum kind kind,
		  struct nvme_passthru_cmd64 *c)
{
	uint64_t status, start = now_ms();
	int err;

	f->n.opcode[kind][c->opcode] = 1;
	if (f->has_ring && once_in(f, 3))
		err = send_ring(f, kind, c, &status);
	else
		err = send_ioctl(f, kind, c, &status);
	time_one(&f->n, kind, c->opcode, now_ms() - start);
	f->n.sent++;
	if (err == ENODEV || err == ENXIO)
		die("%s is gone", nodes[kind].name);
	if (err) {
		f->n.refused++;
		return;
	}
	f->n.status[status & 0x7ff] = 1;
	if (status & 0x7ff)
		f->n.bad++;
	else
		f->n.good++;
}

/* ---- threads ---- */

static void *fuzz_main(void *arg)
{
	struct fuzzer *f = arg;

	while (now_ms() < end_ms) {
		/* mostly namespaces */
		enum kind kind = below(f, 5) % NR_KINDS;
		struct nvme_passthru_cmd64 c = draw(f, kind);

		if (fence(f, kind, &c))
			issue(f, kind, &c);
	}
	return NULL;
}

/* Scattered pages run out of the driver's segments long before 2 MiB. */
static void *buffer_alloc(void)
{
	size_t align = 2u << 20;
	char *p = mmap(NULL, BUF_SIZE + align, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory for a buffer");
	p = (char *)(((uintptr_t)p + align - 1) & ~(align - 1));
	madvise(p, BUF_SIZE, MADV_HUGEPAGE);
	memset(p, 0, BUF_SIZE);
	return p;
}

static void start(struct fuzzer *f, uint64_t i)
{
	f->rng = mix(opt.seed * 1000003 + i);
	f->buf = buffer_alloc();
	f->sink = buffer_alloc();
	f->mismatches = MISMATCHES;
	f->has_ring = !io_uring_queue_init(4, &f->ring, IORING_SETUP_SQE128 |
					   IORING_SETUP_CQE32);
	if (pthread_create(&f->id, NULL, fuzz_main, f))
		die("cannot create a thread");
}

static void add(struct counts *sum, const struct counts *n)
{
	sum->sent += n->sent;
	sum->refused += n->refused;
	sum->good += n->good;
	sum->bad += n->bad;
	time_one(sum, n->slowest_kind, n->slowest_opcode, n->slowest_ms);
	for (unsigned int k = 0; k < NR_KINDS; k++)
		for (unsigned int i = 0; i < 256; i++)
			sum->opcode[k][i] |= n->opcode[k][i];
	for (unsigned int i = 0; i < ARRAY_SIZE(sum->status); i++)
		sum->status[i] |= n->status[i];
}

static unsigned int used(const uint8_t *marks, unsigned int n)
{
	unsigned int sum = 0;

	while (n--)
		sum += marks[n];
	return sum;
}

static void report(const struct counts *n)
{
	printf("%llu commands, %llu refused by the kernel, %llu successes, %llu other statuses\n",
	       (unsigned long long)n->sent, (unsigned long long)n->refused,
	       (unsigned long long)n->good, (unsigned long long)n->bad);
	printf("opcodes: %u admin, %u block and vendor, %u standard; %u different statuses\n",
	       used(n->opcode[ADMIN], 256), used(n->opcode[BLOCK], 256),
	       used(n->opcode[KV], 256), used(n->status, 2048));
	printf("slowest: opcode 0x%02x of %s, %llu ms\n", n->slowest_opcode,
	       nodes[n->slowest_kind].name,
	       (unsigned long long)n->slowest_ms);
}

/* ---- the device ---- */

static int open_node(const char *format, const char *number)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), format, number);
	fd = open(path, O_RDWR);
	if (fd < 0)
		fd = open(path, O_RDONLY);
	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

static void open_nodes(void)
{
	const char *number = opt.ctrl + strlen("nvme");
	uint64_t bytes;
	char path[64];
	FILE *file;

	nodes[ADMIN].fd = open_node("/dev/nvme%s", number);
	nodes[ADMIN].ring_fd = nodes[ADMIN].fd;
	nodes[BLOCK].fd = open_node("/dev/nvme%sn1", number);
	nodes[BLOCK].ring_fd = open_node("/dev/ng%sn1", number);
	nodes[KV].fd = open_node("/dev/ng%sn2", number);
	nodes[KV].ring_fd = nodes[KV].fd;
	for (unsigned int i = 0; i < NR_KINDS; i++) {
		nodes[i].name = (const char *[]){ "the controller",
						  "namespace 1",
						  "namespace 2" }[i];
		nodes[i].nsid = i;
	}
	if (ioctl(nodes[BLOCK].fd, BLKGETSIZE64, &bytes))
		die("no size: %s", strerror(errno));
	blocks = bytes / 512;
	snprintf(path, sizeof(path), "/sys/class/nvme/%s/queue_count",
		 opt.ctrl);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%u", &driver_queues) != 1)
		die("%s cannot be read", path);
	fclose(file);
	driver_queues--;
}

static void parse(const char *word)
{
	const struct {
		const char *name;
		uint64_t *value;
	} words[] = {
		{ "seconds=", &opt.seconds }, { "seed=", &opt.seed },
		{ "threads=", &opt.threads }, { "destroy=", &opt.destroy },
		{ "metadata=", &opt.metadata }, { "lies=", &opt.lies },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strncmp(word, words[i].name, strlen(words[i].name))) {
			*words[i].value = strtoull(word + strlen(words[i].name),
						   NULL, 0);
			return;
		}
	if (strncmp(word, "nvme", 4))
		die("usage: fuzz nvmeN [seconds= seed= threads= destroy= metadata= lies=]");
	opt.ctrl = word;
}

int main(int argc, char **argv)
{
	static struct fuzzer fuzzers[THREADS_MAX];
	struct counts sum = { 0 };

	opt.seed = time(NULL);
	while (argc-- > 1)
		parse(*++argv);
	if (!opt.ctrl || !opt.threads || opt.threads > THREADS_MAX)
		die("which controller? (fuzz nvme0)");
	open_nodes();
	printf("seed=%llu, %llu s, %llu threads%s\n",
	       (unsigned long long)opt.seed, (unsigned long long)opt.seconds,
	       (unsigned long long)opt.threads,
	       opt.destroy ? ", format and sanitize too" : "");
	fflush(stdout);
	end_ms = now_ms() + opt.seconds * 1000;
	for (uint64_t i = 0; i < opt.threads; i++)
		start(&fuzzers[i], i);
	for (uint64_t i = 0; i < opt.threads; i++) {
		pthread_join(fuzzers[i].id, NULL);
		add(&sum, &fuzzers[i].n);
	}
	report(&sum);
	/* all refused, or nothing understood: then nothing was tested */
	return !(sum.good && sum.bad && sum.sent > sum.refused);
}
