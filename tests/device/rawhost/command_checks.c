// SPDX-License-Identifier: GPL-2.0
/*
 * I/O commands, their namespaces and their keys.
 */
#include "device/rawhost/check.h"

#include <string.h>

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
		/* inside a page or across its end, equal but for the length */
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

const struct check command_checks[] = {
	{ "I/O entries", check_io_entries },
	{ "keyspaces", check_keyspaces },
	{ "long keys", check_long_keys },
	{ "bad keys", check_bad_keys },
	{ 0 }
};
