// SPDX-License-Identifier: GPL-2.0
/*
 * Values and blocks, and PRPs of every kind.
 */
#include "device/rawhost/check.h"

#include <string.h>

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

const struct check data_checks[] = {
	{ "value offsets", check_offsets },
	{ "big append", check_big_append },
	{ "PRP lists", check_prp_lists },
	{ "bad PRPs", check_bad_prps },
	{ "blocks", check_blocks },
	{ 0 }
};
