// SPDX-License-Identifier: GPL-2.0
/*
 * Profiles of the model "nand": hardware by name.
 *
 * Times of the media are published ones of such parts: TLC that reads in 45 us
 * and programs the pages of a word line in 700 us, and Z-NAND with 3 and 100
 * us. The times of "optane" and of "qlc" are assumed. So are all numbers of
 * channels, dies and planes, and the sizes of all buffers. Rates are the
 * drives' sequential ones, from their data sheets. These values are fitted:
 *
 *	pm983-block	32 dies that work at a time, cmd, read_fixed: to 4 KiB
 *			random reads of a full 3.84 TB drive at depth 1 to 256
 *			(SPDK performance report)
 *	pm983-kv	key, change, replace, unit: to inserts, reads and
 *			updates of 16 bytes to 8 KiB (coefficients of the
 *			emulator in OpenMPDK/KVSSD; also its issue 13, and the
 *			evaluation guide of uNVMe, 6.8.1). The bytes that a core
 *			moves itself (hold) have the rates of the block drive
 *	optane		read, read_fixed: to 8.9 us at depth 1; cmd: to 550
 *			KIOPS
 *	zssd		read_fixed, write_fixed: to 12 to 20 us and 16 us at
 *			depth 1; cmd: to 750 KIOPS
 *	qlc		cmd: to 1,005 KIOPS; no latency is published
 *
 * A page holds 16 KiB of log. A block drive's page also holds the headers of
 * its four units, which drives keep in the spare area (16,512 bytes). The index
 * of a block drive fits its DRAM. The DRAM of the key-value drive is a
 * thousandth of the device's size.
 */
#include "timing/nand_profiles.h"

#include <linux/kernel.h>
#include <linux/sizes.h>

#include "timing/nand.h"

/* A page of four block units with their headers. */
#define BLOCK_PAGE (4 * (4096 + 32))

const struct vkv_timing_profile vkv_nand_profiles[] = {
	{ "pm983-block", &vkv_timing_nand_ops, {
		[NAND_CHANNELS] = 8,
		[NAND_DIES] = 4,
		[NAND_PLANES] = 2,
		[NAND_ONESHOT] = 3,
		[NAND_PAGE] = BLOCK_PAGE,
		[NAND_READ] = 45000,
		[NAND_PROGRAM] = 700000,
		[NAND_CHANNEL] = 800,
		[NAND_LINK_READ] = 3200,
		[NAND_LINK_WRITE] = 2000,
		[NAND_CMD] = 1690,
		[NAND_READ_FIXED] = 19400,
		[NAND_WRITE_FIXED] = 10000,
		[NAND_BUFFER] = SZ_16M,
	} },
	{ "pm983-kv", &vkv_timing_nand_ops, {
		[NAND_CHANNELS] = 8,
		[NAND_DIES] = 4,
		[NAND_PLANES] = 2,
		[NAND_ONESHOT] = 3,
		[NAND_READ] = 45000,
		[NAND_PROGRAM] = 700000,
		[NAND_CHANNEL] = 800,
		[NAND_LINK_READ] = 3200,
		[NAND_LINK_WRITE] = 2000,
		[NAND_HOLD] = 1,
		[NAND_CMD] = 1690,
		[NAND_KEY] = 4810,
		[NAND_CHANGE] = 300,
		[NAND_REPLACE] = 4000,
		[NAND_UNIT] = 1300,
		[NAND_READ_FIXED] = 19400,
		[NAND_WRITE_FIXED] = 10000,
		[NAND_BUFFER] = SZ_16M,
		[NAND_DRAM_SHARE] = 1000,
	} },
	{ "optane", &vkv_timing_nand_ops, {
		[NAND_CHANNELS] = 7,
		[NAND_DIES] = 4,
		[NAND_CELL] = 1,
		[NAND_PAGE] = BLOCK_PAGE / 4,
		[NAND_READ] = 1500,
		[NAND_PROGRAM] = 10000,
		/* Such media are written in place. */
		[NAND_ERASE] = 1,
		[NAND_CHANNEL] = 2000,
		[NAND_LINK_READ] = 2400,
		[NAND_LINK_WRITE] = 2000,
		[NAND_CMD] = 1810,
		[NAND_READ_FIXED] = 1820,
		[NAND_WRITE_FIXED] = 5000,
		[NAND_BUFFER] = SZ_1M,
	} },
	{ "zssd", &vkv_timing_nand_ops, {
		[NAND_CHANNELS] = 16,
		[NAND_DIES] = 4,
		[NAND_PLANES] = 2,
		[NAND_CELL] = 1,
		[NAND_PAGE] = BLOCK_PAGE,
		[NAND_READ] = 3000,
		[NAND_PROGRAM] = 100000,
		[NAND_CHANNEL] = 800,
		[NAND_LINK_READ] = 3200,
		[NAND_LINK_WRITE] = 3200,
		[NAND_CMD] = 1330,
		[NAND_READ_FIXED] = 5000,
		[NAND_WRITE_FIXED] = 13000,
		[NAND_BUFFER] = SZ_16M,
	} },
	{ "qlc", &vkv_timing_nand_ops, {
		[NAND_CHANNELS] = 16,
		[NAND_DIES] = 16,
		[NAND_PLANES] = 4,
		[NAND_CELL] = 4,
		[NAND_PAGE] = BLOCK_PAGE,
		[NAND_READ] = 60000,
		[NAND_READ2] = 80000,
		[NAND_READ3] = 100000,
		[NAND_READ4] = 120000,
		[NAND_PROGRAM] = 1000000,
		[NAND_PROGRAM2] = 2000000,
		[NAND_PROGRAM3] = 4000000,
		[NAND_PROGRAM4] = 7000000,
		[NAND_ERASE] = 10000000,
		[NAND_CHANNEL] = 1600,
		[NAND_LINK_READ] = 7000,
		[NAND_LINK_WRITE] = 3300,
		[NAND_CMD] = 990,
		[NAND_READ_FIXED] = 20000,
		[NAND_WRITE_FIXED] = 10000,
		[NAND_BUFFER] = 128 * SZ_1M,
	} },
};

const unsigned int vkv_nr_nand_profiles = ARRAY_SIZE(vkv_nand_profiles);
