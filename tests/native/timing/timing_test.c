// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the timing models. Some results can be worked out by hand, and some
 * must never occur. The same commands must always have the same times.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "native/timing/rig.h"

#define MIB (1ull << 20)
#define SEGMENT (1u << 20)
#define US 1000ull
#define PAGE 16384u
#define NEAR(test, x, want, part) do {					\
	KUNIT_EXPECT_GE(test, x, (want) - (want) / (part));		\
	KUNIT_EXPECT_LE(test, x, (want) + (want) / (part));		\
} while (0)

/* One die. Nothing else takes time. */
#define BARE "nand:channels=1:dies=1:cell=1:read=50000:program=400000:" \
	"erase=3000000:channel=1000000:link_read=1000000:" \
	"link_write=1000000:cmd=0"

static struct rig rig;
static u8 memory[RIG_GOLDEN_SIZE] __aligned(4096);

static struct vkv_timing *make(struct kunit *test, const char *spec,
			       unsigned int nr_ns)
{
	struct vkv_timing_config cfg = {
		.spec = spec,
		.nr_ns = nr_ns,
		.size = 64 * MIB,
		.segment = SEGMENT,
	};
	struct vkv_timing *timing = NULL;

	KUNIT_ASSERT_EQ(test, vkv_timing_create(&cfg, &timing), 0);
	if (nr_ns > 1)
		vkv_timing_own(timing, 1, 1);
	return timing;
}

/* Returns the offset of page @n of the log. */
static u64 page_at(u32 n)
{
	u32 per_segment = SEGMENT / PAGE;

	return (u64)(n / per_segment) * SEGMENT + VKV_SEGMENT_HEAD +
	       n % per_segment * PAGE;
}

static u64 touch(struct vkv_timing *timing, unsigned int ns, u8 kind, u64 at,
		 u32 len, u64 arrival)
{
	struct vkv_touch place = { .at = at, .len = len, .kind = kind };
	struct vkv_footprint fp = { .nr = 1, .max = 1, .touch = &place };
	struct vkv_latency l;
	u64 end;

	fp.read_bytes = kind == VKV_TOUCH_READ ? len : 0;
	fp.write_bytes = kind == VKV_TOUCH_WRITE ? len : 0;
	end = vkv_timing_schedule(timing, ns, &fp, arrival, &l);
	/* The parts of a latency must add up to the whole, in every test. */
	if (l.queueing + l.index + l.media + l.transfer != end - arrival)
		return ~0ull;
	return end;
}

static u64 read_at(struct vkv_timing *timing, u64 at, u32 len, u64 arrival)
{
	return touch(timing, 0, VKV_TOUCH_READ, at, len, arrival);
}

/* --- the parameter --- */

static void spec_test(struct kunit *test)
{
	static const struct {
		const char *spec;
		int err;
		const char *why;
	} cases[] = {
		{ "none", 0, "" },
		{ "simple:read_delay=1:nr_io_units=64", 0, "" },
		{ "pm983-block,pm983-kv:dram=4M:dies=16", 0, "" },
		{ "nand:buffer=1G", 0, "" },
		{ "nosuch", -EINVAL, "nosuch" },
		{ "", -EINVAL, "''" },
		{ "none:x=1", -EINVAL, "'x'" },
		{ "simple:read_dela=1", -EINVAL, "read_dela" },
		{ "simple:read_delay", -EINVAL, "read_delay" },
		{ "simple:read_delay=", -EINVAL, "read_delay=" },
		{ "simple:read_delay=-1", -EINVAL, "read_delay=-1" },
		{ "simple:read_delay=1x", -EINVAL, "read_delay=1x" },
		{ "simple:read_delay=1KK", -EINVAL, "read_delay=1KK" },
		{ "nand:dies=0", -ERANGE, "from 1 to 64" },
		{ "nand:dies=65", -ERANGE, "dies=65" },
		{ "nand:dram=99999999999999999999", -ERANGE, "dram" },
		{ "nand:dram=20000000T", -ERANGE, "dram" },
		{ "none,nosuch", -EINVAL, "nosuch" },
		{ "none,none,none", -EINVAL, "3 for 2" },
		{ "none,", -EINVAL, "''" },
		{ "simple::read_delay=1", -EINVAL, "''" },
	};
	char why[700];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		strscpy(why, "", sizeof(why));
		KUNIT_EXPECT_TRUE_MSG(test,
				      vkv_timing_check(cases[i].spec, 2, why,
						       sizeof(why)) == cases[i].err &&
				      strstr(why, cases[i].why),
				      "%s: %s", cases[i].spec, why);
	}
}

static void info_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, "none,pm983-kv:dies=3", 2);
	char buf[4096];
	size_t n = vkv_timing_info(t, 3, buf, sizeof(buf));

	KUNIT_EXPECT_EQ(test, n, strlen(buf));
	KUNIT_EXPECT_TRUE(test, strstr(buf, "timing_2 pm983-kv:dies=3 #1\n"));
	KUNIT_EXPECT_TRUE(test, strstr(buf, " dies=3 "));
	KUNIT_EXPECT_TRUE(test, strstr(buf, " channels=8 "));
	KUNIT_EXPECT_TRUE(test, strstr(buf, "timing_1 none #0\n"));
	KUNIT_EXPECT_LE(test, vkv_timing_info(t, 3, buf, 16), 15u);
	vkv_timing_info(t, 2, buf, sizeof(buf));
	KUNIT_EXPECT_FALSE(test, strstr(buf, "timing_1"));
	vkv_timing_destroy(t);
}

/* Equal SPECs share one instance of the hardware. Different SPECs do not. */
static void instances_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE "," BARE, 2);

	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_READ, page_at(0), 16, 0),
			50 * US);
	KUNIT_EXPECT_EQ(test, touch(t, 1, VKV_TOUCH_READ, page_at(0), 16, 0),
			100 * US);
	vkv_timing_destroy(t);

	t = make(test, BARE "," BARE ":read=40000", 2);
	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_READ, page_at(0), 16, 0),
			50 * US);
	KUNIT_EXPECT_EQ(test, touch(t, 1, VKV_TOUCH_READ, page_at(0), 16, 0),
			40 * US);
	vkv_timing_destroy(t);
}

/* The collector's work goes to the hardware of the key's namespace. */
static void collector_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE "," BARE ":read=40000", 2);
	struct vkv_touch places[] = {
		{ page_at(0), 16, VKV_TOUCH_READ, 0 },
		{ page_at(1), 16, VKV_TOUCH_READ, 1 },
		{ page_at(2), 16, VKV_TOUCH_READ, 1 },
	};
	struct vkv_footprint fp = { .nr = 3, .max = 3, .touch = places };

	KUNIT_EXPECT_EQ(test, vkv_timing_collect(t, &fp, 1000), 1000 + 80 * US);
	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_READ, page_at(0), 16, 1000),
			1000 + 100 * US);
	KUNIT_EXPECT_EQ(test, touch(t, 1, VKV_TOUCH_READ, page_at(0), 16, 1000),
			1000 + 120 * US);
	vkv_timing_destroy(t);
}

/* --- none and simple --- */

static void none_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, "none", 1);

	KUNIT_EXPECT_EQ(test, read_at(t, page_at(0), PAGE, 77), 77u);
	KUNIT_EXPECT_FALSE(test, vkv_timing_wants_places(t, 0));
	vkv_timing_destroy(t);
}

static void simple_test(struct kunit *test)
{
	struct vkv_timing *t = make(test,
		"simple:read_time=100:read_delay=1000:read_trailing=10:"
		"write_time=200:write_delay=2000:write_trailing=20:"
		"nr_io_units=4:io_unit_shift=12", 1);

	KUNIT_EXPECT_EQ(test, read_at(t, 0, 4096, 0), 1110u);
	/* Reads the same unit again, then all four, three blocks each. */
	KUNIT_EXPECT_EQ(test, read_at(t, 0, 1, 0), 1210u);
	KUNIT_EXPECT_EQ(test, read_at(t, 0, 12 * 4096, 100000),
			100000 + 1000 + 3 * 100 + 10u);
	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_WRITE, 4096, 4096, 200000),
			200000 + 2220u);
	vkv_timing_destroy(t);
}

/* --- the model nand, by hand --- */

static void one_die_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE, 1);
	u32 i;

	for (i = 1; i <= 100; i++)
		KUNIT_ASSERT_EQ(test, read_at(t, page_at(i), 16, 0),
				i * 50 * US);
	KUNIT_EXPECT_EQ(test, vkv_timing_die_busy(t, 0), 0u);
	read_at(t, page_at(0), 16, 5000 * US);
	KUNIT_EXPECT_EQ(test, vkv_timing_die_busy(t, 0), 5000 * US);
	vkv_timing_destroy(t);
}

/*
 * A record across the end of a page needs two reads. If both pages are in one
 * unit of planes, it needs one.
 */
static void page_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE, 1);
	struct vkv_timing_usage usage;

	KUNIT_EXPECT_EQ(test, read_at(t, page_at(1) - 8, 16, 0), 100 * US);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(8), 8 * PAGE, 1000 * US),
			1000 * US + 400 * US + 131u);
	vkv_timing_usage(t, &usage);
	KUNIT_EXPECT_EQ(test, usage.media_reads, 10u);
	vkv_timing_destroy(t);

	t = make(test, BARE ":planes=4", 1);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(1) - 8, 16, 0), 50 * US);
	vkv_timing_destroy(t);
}

static void cell_test(struct kunit *test)
{
	struct vkv_timing *t = make(test,
		BARE ":cell=3:read2=70000:read3=100000", 1);

	KUNIT_EXPECT_EQ(test, read_at(t, page_at(0), 16, 0), 50 * US);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(1), 16, 1000 * US), 1070 * US);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(2), 16, 2000 * US), 2100 * US);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(3), 16, 3000 * US), 3050 * US);
	vkv_timing_destroy(t);
}

/* Two dies share a channel of 16 bytes a us, so the channel sets the pace. */
static void channel_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE ":dies=2:channel=16:read=1000",
				    1);
	u64 end = 0;
	u32 i;

	for (i = 0; i < 64; i++)
		end = read_at(t, page_at(i), 1600, 0);
	KUNIT_EXPECT_EQ(test, end, 64 * 100 * US + 1 * US + 1u);
	vkv_timing_destroy(t);
}

static void link_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE ":dies=64:link_read=100", 1);
	u64 end = 0;
	u32 i;

	for (i = 0; i < 50; i++)
		end = read_at(t, page_at(i), 10000, 0);
	KUNIT_EXPECT_EQ(test, end, 50 * 100 * US + 50 * US + 10u);
	vkv_timing_destroy(t);
}

static void cores_test(struct kunit *test)
{
	struct vkv_timing *t = make(test,
		BARE ":dies=64:read=0:cores=2:cmd=10000", 1);
	u32 i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, read_at(t, page_at(i), 16, 0),
				(i / 2 + 1) * 10 * US);
	vkv_timing_destroy(t);
}

/* A store costs the buffer's time. A read finds it there. A Flush waits. */
static void buffer_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE, 1);
	struct vkv_timing_usage usage;
	u64 from = 10 * US;

	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_WRITE, page_at(0), 160, from),
			from);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(0), 160, from), from);
	vkv_timing_usage(t, &usage);
	KUNIT_EXPECT_EQ(test, usage.buffered, 160u);
	KUNIT_EXPECT_EQ(test, usage.media_reads, 0u);
	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_FLUSH, 0, 0, from),
			from + 400 * US);
	from += 1000 * US;
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(0), 160, from), from + 50 * US);
	vkv_timing_usage(t, &usage);
	KUNIT_EXPECT_EQ(test, usage.buffered, 0u);
	KUNIT_EXPECT_EQ(test, usage.media_programs, 1u);
	vkv_timing_destroy(t);
}

/* With a full buffer, stores take as long as the programs of their pages. */
static void program_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE ":buffer=131072", 1);
	u64 end = 0;
	u32 i;

	for (i = 0; i < 100; i++)
		end = touch(t, 0, VKV_TOUCH_WRITE, page_at(i % 63), PAGE, end);
	/* The last eight pages are still in the buffer. */
	NEAR(test, end, (100 - 8) * 400 * US, 100);
	vkv_timing_destroy(t);
}

/* Reads while a program runs. The read waits for its end, or suspends it. */
static u64 read_behind_program(struct kunit *test, const char *spec)
{
	struct vkv_timing *t = make(test, spec, 1);
	u64 end;

	touch(t, 0, VKV_TOUCH_WRITE, page_at(0), PAGE, 0);
	end = read_at(t, page_at(5), 16, 100 * US) - 100 * US;
	/* The suspended program ends later by the time of the read. */
	KUNIT_EXPECT_GE(test, touch(t, 0, VKV_TOUCH_FLUSH, 0, 0, 100 * US),
			400 * US);
	vkv_timing_destroy(t);
	return end;
}

static void suspend_test(struct kunit *test)
{
	NEAR(test, read_behind_program(test, BARE), 350 * US, 1000);
	KUNIT_EXPECT_EQ(test, read_behind_program(test, BARE ":suspend=20000"),
			70 * US);
}

/* An index page is read once, and again after others have evicted it. */
static void cache_test(struct kunit *test)
{
	struct vkv_timing *t = make(test, BARE ":dram=131072:buffer=1G", 1);
	struct vkv_timing_usage usage;
	u32 i;

	/* Changes a page, and evicts it by changing 64 others. */
	for (i = 0; i < 65; i++)
		touch(t, 0, VKV_TOUCH_CHANGE, page_at(i), 4096, 0);
	vkv_timing_usage(t, &usage);
	KUNIT_EXPECT_EQ(test, usage.index_misses, 0u);
	KUNIT_EXPECT_GE(test, usage.buffered, 50ull * PAGE);
	KUNIT_EXPECT_GE(test, touch(t, 0, VKV_TOUCH_FLUSH, 0, 0, 0),
			usage.buffered / PAGE * 400 * US);
	KUNIT_EXPECT_GE(test, touch(t, 0, VKV_TOUCH_LOOK, page_at(0), 4096,
				    900000 * US), 900050 * US);
	KUNIT_EXPECT_EQ(test, touch(t, 0, VKV_TOUCH_LOOK, page_at(0), 4096,
				    910000 * US), 910000 * US);
	vkv_timing_usage(t, &usage);
	KUNIT_EXPECT_EQ(test, usage.index_misses, 1u);
	vkv_timing_destroy(t);
}

static void erase_test(struct kunit *test)
{
	/* A block has two segments. */
	struct vkv_timing *t = make(test, BARE ":pages=128", 1);
	struct vkv_timing_usage usage;
	u64 end;

	touch(t, 0, VKV_TOUCH_ERASE, 0, SEGMENT, 0);
	KUNIT_EXPECT_EQ(test, read_at(t, page_at(0), 16, 100), 100 + 50 * US);
	touch(t, 0, VKV_TOUCH_ERASE, 0, SEGMENT, 1000 * US);
	end = read_at(t, page_at(0), 16, 1500 * US);
	KUNIT_EXPECT_EQ(test, end, 4050 * US);
	vkv_timing_usage(t, &usage);
	KUNIT_EXPECT_EQ(test, usage.media_erases, 1u);
	vkv_timing_destroy(t);
}

/* --- with the FTL --- */

static void begin(struct kunit *test, const char *spec)
{
	KUNIT_ASSERT_TRUE(test, rig_init(&rig, spec, memory, sizeof(memory),
					 false));
}

/* Makes pages that were changed and are on the media. DRAM holds @nr pages. */
static struct vkv_timing *with_dram(struct kunit *test, u32 nr, u32 pages)
{
	struct vkv_timing *t;
	char spec[300];
	u32 i;

	snprintf(spec, sizeof(spec), BARE ":dram=%u:buffer=1G", nr * PAGE);
	t = make(test, spec, 1);
	for (i = 0; i < pages + nr; i++)
		touch(t, 0, VKV_TOUCH_CHANGE, page_at(i), 4096, 0);
	touch(t, 0, VKV_TOUCH_FLUSH, 0, 0, 0);
	return t;
}

static u64 misses_of_rounds(struct vkv_timing *t, u32 pages, u32 rounds)
{
	struct vkv_timing_usage before, after;
	u32 i;

	vkv_timing_usage(t, &before);
	for (i = 0; i < pages * rounds; i++)
		touch(t, 0, VKV_TOUCH_LOOK, page_at(i % pages), 4096,
		      (1000000 + i) * US);
	vkv_timing_usage(t, &after);
	return after.index_misses - before.index_misses;
}

/* DRAM keeps as many pages as it has room for, and not one more. */
static void dram_test(struct kunit *test)
{
	static const u32 sizes[] = { 1, 2, 3, 7 };
	struct vkv_timing *t;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		t = with_dram(test, sizes[i], sizes[i]);
		misses_of_rounds(t, sizes[i], 1);
		KUNIT_EXPECT_EQ(test, misses_of_rounds(t, sizes[i], 10), 0u);
		vkv_timing_destroy(t);
		/*
		 * With one page more than DRAM holds, the oldest page is always
		 * the next.
		 */
		t = with_dram(test, sizes[i], sizes[i] + 1);
		misses_of_rounds(t, sizes[i] + 1, 1);
		KUNIT_EXPECT_EQ(test, misses_of_rounds(t, sizes[i] + 1, 10),
				10ull * (sizes[i] + 1));
		vkv_timing_destroy(t);
	}
}

/* Each kind of command, and a miss, costs the pages that it touches. */
static void kinds_test(struct kunit *test)
{
	u64 store, exist, miss, read, gone;

	begin(test, BARE ":cmd=1000:key=2000:change=400:replace=5000");
	store = rig_do(&rig, RIG_STORE, 1, 100);
	KUNIT_EXPECT_EQ(test, store, 3400u);
	rig_settle(&rig);
	exist = rig_do(&rig, RIG_EXIST, 1, 0) - rig.now;
	KUNIT_EXPECT_EQ(test, exist, 3000 + 50 * US);
	rig_settle(&rig);
	miss = rig_do(&rig, RIG_EXIST, 2, 0) - rig.now;
	KUNIT_EXPECT_EQ(test, miss, 3000u);
	rig_settle(&rig);
	read = rig_do(&rig, RIG_READ, 1, 100) - rig.now;
	KUNIT_EXPECT_EQ(test, read, 3000 + 50 * US);
	rig_settle(&rig);
	store = rig_do(&rig, RIG_STORE, 1, 100) - rig.now;
	KUNIT_EXPECT_EQ(test, store, 8400u);
	rig_settle(&rig);
	gone = rig_do(&rig, RIG_DELETE, 1, 0) - rig.now;
	KUNIT_EXPECT_EQ(test, gone, 8400u);
	KUNIT_EXPECT_EQ(test, rig.missed, 0u);
	rig_exit(&rig);
}

/* All dies read the pages of a large value at once. */
static void spread_test(struct kunit *test)
{
	u64 one, many;

	begin(test, BARE);
	rig_do(&rig, RIG_STORE, 1, VKV_IO_MAX);
	rig_settle(&rig);
	one = rig_do(&rig, RIG_READ, 1, VKV_IO_MAX) - rig.now;
	rig_exit(&rig);
	begin(test, BARE ":channels=8:dies=4");
	rig_do(&rig, RIG_STORE, 1, VKV_IO_MAX);
	rig_settle(&rig);
	many = rig_do(&rig, RIG_READ, 1, VKV_IO_MAX) - rig.now;
	rig_exit(&rig);
	KUNIT_EXPECT_GE(test, one, 128 * 50 * US);
	KUNIT_EXPECT_LE(test, many, 7 * 50 * US);
}

static struct rig_result churn(struct kunit *test, const char *spec)
{
	struct rig_result res;

	begin(test, spec);
	res = rig_churn(&rig);
	KUNIT_EXPECT_EQ(test, rig.missed, 0u);
	return res;
}

static void conservation_test(struct kunit *test)
{
	struct vkv_timing_usage usage;
	struct vkv_usage space;
	u64 sum = 0;
	u32 i;

	churn(test, "pm983-kv:dram=65536:pages=64");
	vkv_timing_usage(rig.timing, &usage);
	vkv_ftl_usage(rig.ftl, &space);
	KUNIT_EXPECT_EQ(test, usage.nr_dies, 32u);
	for (i = 0; i < usage.nr_dies; i++) {
		KUNIT_EXPECT_LE(test, vkv_timing_die_busy(rig.timing, i),
				rig.now);
		sum += vkv_timing_die_busy(rig.timing, i);
	}
	KUNIT_EXPECT_GT(test, sum, 0u);
	KUNIT_EXPECT_GT(test, space.gc_written, 0u);
	KUNIT_EXPECT_GT(test, usage.index_misses, 0u);
	KUNIT_EXPECT_GT(test, usage.media_erases, 0u);
	/* The bytes written are all programmed, with few more. */
	rig_flush(&rig);
	vkv_timing_usage(rig.timing, &usage);
	KUNIT_EXPECT_GE(test, (usage.media_programs + 6) * PAGE,
			space.host_written + space.gc_written);
	rig_exit(&rig);
}

/* Better hardware is never slower. */
static void monotonic_test(struct kunit *test)
{
	static const char *const worse_to_better[] = {
		BARE ":channels=2:dies=1:dram=32768:buffer=1M",
		BARE ":channels=2:dies=2:dram=32768:buffer=1M",
		BARE ":channels=2:dies=4:dram=32768:buffer=1M",
		BARE ":channels=2:dies=4:dram=65536:buffer=1M",
		BARE ":channels=2:dies=4:dram=1M:buffer=1M",
		BARE ":channels=2:dies=4:dram=1M:buffer=1M:read=20000",
		BARE ":channels=2:dies=4:dram=1M:buffer=1M:read=20000:program=100000",
	};
	u64 last = ~0ull;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(worse_to_better); i++) {
		struct rig_result res = churn(test, worse_to_better[i]);

		rig_exit(&rig);
		kunit_info(test, "%llu us: %s", res.ns / 1000,
			   worse_to_better[i]);
		KUNIT_EXPECT_LE(test, res.ns, last);
		last = res.ns;
	}
}

/* tests/kernel/golden.c does the same in the kernel. */
static void golden_test(struct kunit *test)
{
	u64 hash;

	churn(test, RIG_GOLDEN_SPEC);
	hash = rig.hash;
	rig_exit(&rig);
	churn(test, RIG_GOLDEN_SPEC);
	KUNIT_EXPECT_EQ(test, rig.hash, hash);
	rig_exit(&rig);
	KUNIT_EXPECT_TRUE_MSG(test, hash == RIG_GOLDEN, "the hash is %#llx",
			      hash);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(spec_test),
	KUNIT_CASE(info_test),
	KUNIT_CASE(instances_test),
	KUNIT_CASE(collector_test),
	KUNIT_CASE(none_test),
	KUNIT_CASE(simple_test),
	KUNIT_CASE(one_die_test),
	KUNIT_CASE(page_test),
	KUNIT_CASE(cell_test),
	KUNIT_CASE(channel_test),
	KUNIT_CASE(link_test),
	KUNIT_CASE(cores_test),
	KUNIT_CASE(buffer_test),
	KUNIT_CASE(program_test),
	KUNIT_CASE(suspend_test),
	KUNIT_CASE(cache_test),
	KUNIT_CASE(dram_test),
	KUNIT_CASE(erase_test),
	KUNIT_CASE(kinds_test),
	KUNIT_CASE(spread_test),
	KUNIT_CASE(conservation_test),
	KUNIT_CASE(monotonic_test),
	KUNIT_CASE(golden_test),
	{}
};

static struct kunit_suite suite = { .name = "timing", .test_cases = cases };

kunit_test_suite(suite);
