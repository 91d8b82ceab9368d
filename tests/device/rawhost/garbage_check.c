// SPDX-License-Identifier: GPL-2.0
#include "device/rawhost/check.h"

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
		/*
		 * Flush to Dataset Management would work on blocks. Key-value
		 * commands may do anything, to short-lived keys.
		 */
		if (s.opcode < 0x10 && s.nsid == 1)
			s.opcode |= 0x80;
		run(&io, s, NULL);
	}
	expect_alive("garbage");
}

const struct check garbage_checks[] = {
	{ "garbage", check_garbage },
	{ 0 }
};
