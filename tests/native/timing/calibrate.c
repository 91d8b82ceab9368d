// SPDX-License-Identifier: GPL-2.0
/*
 * Calibration: compares figures of the profiles with published ones of the
 * drives.
 *
 * Every row runs the FTL and the model in virtual time with fixed seeds. So it
 * gives the same figures on every machine. A row passes when the model is
 * within its limit. A row without a limit is only for the reader. The output is
 * TAP: a table that tests/native/run counts.
 *
 * The devices are small. A published figure of a key-value drive was measured
 * with an index that fits its DRAM, so these rows name a DRAM that holds the
 * index. In the last rows the index does not fit.
 */
#include <stdio.h>
#include <stdlib.h>

#include <linux/kernel.h>

#include "native/timing/rig.h"

#define MIB (1ull << 20)
#define DEVICE (256 * MIB)
#define BLOCKS 30720u
#define KEYS 12000u
#define KEY_LEN 16u

static struct rig rig;
static u8 memory[DEVICE] __aligned(4096);
static unsigned int nr_rows;
static unsigned int nr_failed;

/* Compares with a published figure. @limit is in thousandths; 0: not judged. */
static void row(const char *name, const char *unit, u64 model, u64 published,
		u32 limit)
{
	s64 error = ((s64)model - (s64)published) * 1000 / (s64)published;
	bool passed = llabs(error) <= limit;

	if (limit) {
		nr_failed += !passed;
		printf("%sok %u - ", passed ? "" : "not ", ++nr_rows);
	} else {
		printf("# ");
	}
	printf("%-44s %8.1f %8.1f %-5s %+6.1f %%", name, model / 1e3,
	       published / 1e3, unit, error / 10.0);
	if (limit)
		printf("  limit %.0f %%", limit / 10.0);
	printf("\n");
}

/* Passes if the model's figure lies between two published figures. */
static void row_between(const char *name, const char *unit, u64 model, u64 low,
			u64 high)
{
	bool passed = model >= low && model <= high;

	nr_failed += !passed;
	printf("%sok %u - %-44s %8.1f %8.1f %-5s to %.1f\n",
	       passed ? "" : "not ", ++nr_rows, name, model / 1e3, low / 1e3,
	       unit, high / 1e3);
}

static void start(const char *spec, bool block)
{
	if (!rig_init(&rig, spec, memory, sizeof(memory), block)) {
		printf("Bail out! no device %s\n", spec);
		exit(1);
	}
	rig.key_len = block ? 8 : KEY_LEN;
}

/* Ends the program: a failed command makes every figure worthless. */
static void stop(void)
{
	if (rig.missed) {
		printf("Bail out! %llu commands failed\n", rig.missed);
		exit(1);
	}
	rig_exit(&rig);
}

static struct rig_result run(const struct rig_load *load)
{
	struct rig_result res = rig_run(&rig, load);

	rig_settle(&rig);
	return res;
}

/* --- block drives --- */

static struct rig_result write_blocks(u32 batch, u32 depth)
{
	return run(&(struct rig_load){
		.op = RIG_STORE, .size = 4096, .depth = depth,
		.nr = BLOCKS / batch, .batch = batch,
	});
}

static struct rig_result read_blocks(u32 depth)
{
	return run(&(struct rig_load){
		.op = RIG_READ, .size = 4096, .depth = depth,
		.nr = BLOCKS, .keys = BLOCKS,
	});
}

static struct rig_result read_in_order(void)
{
	return run(&(struct rig_load){
		.op = RIG_READ, .size = 4096, .depth = 64,
		.nr = BLOCKS / 32, .batch = 32,
	});
}

static void pm983_reads(void)
{
	static const struct {
		u32 depth;
		u64 kops;
	} published[] = {
		{ 1, 13800 }, { 8, 106000 }, { 16, 194000 }, { 32, 341000 },
		{ 64, 507000 }, { 128, 589000 }, { 256, 591000 },
	};
	char name[64];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(published); i++) {
		struct rig_result res = read_blocks(published[i].depth);

		snprintf(name, sizeof(name), "pm983-block 4 KiB read, depth %u",
			 published[i].depth);
		row(name, "KIOPS", res.kops, published[i].kops, 50);
	}
}

static void pm983_block(void)
{
	start("pm983-block", true);
	row("pm983-block 4 KiB write, depth 256", "KIOPS",
	    write_blocks(1, 256).kops, 472000, 50);
	pm983_reads();
	row("pm983-block 128 KiB write", "MB/s", write_blocks(32, 64).bytes_us,
	    2050000, 50);
	row("pm983-block 128 KiB read", "MB/s", read_in_order().bytes_us,
	    3200000, 50);
	stop();
}

static void optane_rows(void)
{
	start("optane", true);
	row("optane 4 KiB write, depth 64", "KIOPS", write_blocks(1, 64).kops,
	    500000, 50);
	row("optane 4 KiB read, depth 1", "us", read_blocks(1).mean, 8900, 50);
	row("optane 4 KiB read, depth 64", "KIOPS", read_blocks(64).kops, 550000,
	    50);
	row("optane 128 KiB write", "MB/s", write_blocks(32, 64).bytes_us,
	    2000000, 50);
	row("optane 128 KiB read", "MB/s", read_in_order().bytes_us,
	    2400000, 50);
	stop();
}

static void zssd_rows(void)
{
	start("zssd", true);
	row("zssd 128 KiB write", "MB/s", write_blocks(32, 64).bytes_us,
	    3200000, 50);
	row_between("zssd 4 KiB read, depth 1", "us", read_blocks(1).mean, 12000,
		    20000);
	row("zssd 4 KiB write, depth 1", "us", write_blocks(1, 1).mean, 16000, 50);
	row("zssd 4 KiB read, depth 128", "KIOPS", read_blocks(128).kops, 750000,
	    50);
	row("zssd 128 KiB read", "MB/s", read_in_order().bytes_us,
	    3200000, 50);
	stop();
}

static void qlc_rows(void)
{
	start("qlc", true);
	row("qlc 128 KiB write", "MB/s", write_blocks(32, 64).bytes_us,
	    3300000, 50);
	row("qlc 4 KiB read, depth 512", "KIOPS", read_blocks(512).kops, 1005000,
	    50);
	row("qlc 128 KiB read", "MB/s", read_in_order().bytes_us,
	    7000000, 50);
	stop();
}

/* --- the key-value drive --- */

/* The emulator's fits to the drive, in KIOPS, for each size of a value. */
static const struct curve {
	u32 size;
	u64 insert;
	u64 read;
	u64 update;
	u64 mix;
} curve[] = {
	{ 16, 139000, 149000, 89000, 123000 },
	{ 1024, 131000, 143000, 86000, 117000 },
	{ 4096, 108000, 125000, 75000, 101000 },
	{ 8192, 76000, 103000, 60000, 80000 },
};

static void curve_row(u32 size, const char *what, const struct rig_result *res,
		      u64 published)
{
	char name[64];

	snprintf(name, sizeof(name), "pm983-kv %s of %u bytes", what, size);
	row(name, "Kops", res->kops, published, 100);
}

static void curve_at(const struct curve *c)
{
	struct rig_load load = {
		.op = RIG_STORE, .size = c->size, .depth = 256, .nr = KEYS,
	};
	struct rig_result insert, read, update, mix;

	start("pm983-kv:dram=16M", false);
	insert = run(&load);
	load.keys = KEYS;
	update = run(&load);
	load.other = RIG_READ;
	load.mix = 500;
	mix = run(&load);
	load.mix = 1000;
	read = run(&load);
	curve_row(c->size, "insert", &insert, c->insert);
	curve_row(c->size, "read", &read, c->read);
	curve_row(c->size, "update", &update, c->update);
	curve_row(c->size, "mix", &mix, c->mix);
	if (c->size == 4096) {
		row_between("pm983-kv insert of 4 KiB, depth 256", "Kops",
			    insert.kops, 107000, 126000);
		row("pm983-kv insert of 4 KiB, mean", "us", insert.mean, 2000000,
		    150);
		row_between("pm983-kv read and update of 4 KiB", "Kops",
			    mix.kops, 78000, 101000);
	}
	stop();
}

/* --- an index that outgrows its DRAM --- */

/*
 * The hardware is the 64-layer TLC of the source's table, page by page. The
 * source does not state the host's load. The load here is reads and updates in
 * equal parts, with values of 200 bytes. The depth is fitted to the first of
 * the three figures. The other two then follow.
 */
#define HARDWARE "nand:channels=8:dies=4:page=16384:cell=1:read=60000:" \
	"program=700000:cmd=0:dram="
#define MANY_KEYS 600000u
#define MEASURED 60000u
#define DEPTH 145u

static struct rig_result index_in(const char *spec, u64 *misses)
{
	struct rig_load load = {
		.op = RIG_STORE, .size = 200, .depth = DEPTH, .nr = MANY_KEYS,
	};
	struct vkv_timing_usage before, after;
	struct rig_result res;

	start(spec, false);
	run(&load);
	load.nr = MEASURED;
	load.keys = MANY_KEYS;
	load.mix = 500;
	load.other = RIG_READ;
	run(&load);
	vkv_timing_usage(rig.timing, &before);
	res = run(&load);
	vkv_timing_usage(rig.timing, &after);
	*misses = after.index_misses - before.index_misses;
	stop();
	return res;
}

static void collapse(void)
{
	u64 none, some;
	struct rig_result all = index_in(HARDWARE "64M", &none);
	struct rig_result few = index_in(HARDWARE "256K", &some);

	printf("# index in DRAM: %.1f Kops, %llu misses; ", all.kops / 1e3, none);
	printf("outgrown: %.1f Kops, %llu misses of %u\n", few.kops / 1e3, some,
	       MEASURED);
	row("index in DRAM, 95 % of reads", "us", all.p95_read, 891000, 150);
	row("index outgrown, 95 % of reads", "us", few.p95_read, 8904000, 150);
	row("index outgrown, IOPS lost", "%", (all.kops - few.kops) * 100000 /
	    all.kops, 94000, 50);
}

int main(void)
{
	u32 i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# %-47s %8s %8s       %s\n", "", "model", "published", "error");
	pm983_block();
	optane_rows();
	zssd_rows();
	qlc_rows();
	for (i = 0; i < ARRAY_SIZE(curve); i++)
		curve_at(&curve[i]);
	collapse();
	printf("1..%u\n", nr_rows);
	return nr_failed ? 1 : 0;
}
