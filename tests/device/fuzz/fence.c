// SPDX-License-Identifier: GPL-2.0
/*
 * These commands would do harm by design, with any device:
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
 *  - keys that begin with 'K', and the upper half of the blocks: the test looks
 *    afterwards whether they are unchanged.
 */
#include "device/fuzz/fence.h"

#include "device/fuzz/draw.h"

#define RANGE_MAX 1024		/* blocks to deallocate */
#define FAR_QUEUE 0x1000u

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
 * The device will write @len bytes, no more than there is room for. PRP2, and
 * the last entry of a list, have to mean the same to the driver and to the
 * device. (If the kernel copies, the buffer begins with a page.)
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

/* The device may be told of more bytes than there are. */
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
	/* keys that an iterator may delete begin with a byte that is not K */
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

bool fence(struct fuzzer *f, enum kind kind, struct nvme_passthru_cmd64 *c)
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
