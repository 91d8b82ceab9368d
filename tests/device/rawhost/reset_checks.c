// SPDX-License-Identifier: GPL-2.0
/*
 * Resets with commands under way, shutdowns, and settings that cannot work.
 */
#include "device/rawhost/check.h"

#include <string.h>
#include <unistd.h>

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
	memory_reset();
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

const struct check reset_checks[] = {
	{ "reset in flight", check_reset_in_flight },
	{ "shutdown", check_shutdown },
	{ "bad settings", check_bad_settings },
	{ "flapping", check_flapping },
	{ 0 }
};
