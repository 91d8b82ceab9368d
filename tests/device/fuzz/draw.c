// SPDX-License-Identifier: GPL-2.0
#include "device/fuzz/draw.h"

#include <string.h>

#include "device/fuzz/dice.h"

uintptr_t buffer_of(const struct fuzzer *f,
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

/*
 * Writes random bytes, without K, over the data that a command is about to
 * send.
 */
static void scribble(struct fuzzer *f)
{
	unsigned char *at = f->buf + below(f, 64) * 64;

	for (unsigned int i = 0; i < 256; i++) {
		at[i] = once_in(f, 3) ? below(f, 256) : below(f, 20);
		if (at[i] == KNOWN)
			at[i] = 0;
	}
}

struct nvme_passthru_cmd64 draw(struct fuzzer *f, enum kind kind)
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
