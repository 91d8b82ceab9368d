// SPDX-License-Identifier: GPL-2.0
/*
 * Random commands of all I/O command sets, compared with an oracle.
 *
 * The oracle (model.c, scan.c) keeps the stored values in arrays. It knows from
 * the descriptions of the dialects which statuses each command may have. A verb
 * (standard.c, vendor.c, iterate.c, block.c) makes up a command and asks the
 * oracle and the device. It compares the status, DW0 and every byte. Then it
 * tells the oracle of a success. A command that failed must have had no effect.
 * The oracle is not told of it, so a later command finds an effect out.
 *
 * Both dialects share the capacity of the device, which is small. So values are
 * replaced, collected and refused all the time. The space in use has to be
 * equal to the oracle's count, to the byte. So the oracle knows of every store
 * whether it fits.
 *
 * The pages of a buffer (host.c) are scattered, in any order, and the buffer
 * begins anywhere. PRP lists of several pages describe it, or SGLs of several
 * segments. No command may change the bytes around the buffer, nor the bytes
 * behind the data that it returns. Some commands have a bad pointer somewhere.
 *
 * Only one command is under way at a time; storm_test, history_test and the
 * fuzzer "ctrl" have many. Namespaces with a quota are tested by room_test.
 *
 * A failure names the kind of device, the seed and the step. These environment
 * variables repeat it, and make long runs of each kind:
 *
 *	SEEDS=N		how many seeds (SEEDS_EACH)
 *	FIRST=N		the first seed (1)
 *	STEPS=N		the commands of each seed (STEPS_EACH)
 *
 * So this repeats a failure of "nand, FIRST=7":
 *
 *	FIRST=7 SEEDS=1 build/oracle_test.asan nand
 */
#include "native/oracle/run.h"

#include <stdlib.h>
#include <string.h>
#include <linux/array_size.h>

#include "native/ctrl/world.h"
#include "native/oracle/scan.h"

#define SEEDS_EACH 5u
#define STEPS_EACH 6000u
#define POOL_BYTES (RUN_VALUE_MAX + MIB)
#define DEVICE_BYTES (24 * MIB)
#define SWEEP 64u	/* all memory is looked at after so many steps */
#define TOO_WRONG 10u

/* --- rare events --- */

/*
 * In the standard dialect a feature decides whether Delete needs a stored key.
 */
static void configure(struct run *r)
{
	u32 strict = roll(&r->dice, 2), result;

	run_expect(r, !feature(r->l, NVME_ADMIN_SET_FEATURES, NVME_FEAT_KEY_VALUE,
			       NSID_STANDARD, strict, &result),
		   "feature 20h cannot be set");
	r->oracle.strict_delete = strict;
}

/* A reset keeps what is stored. It ends iterators and resets features. */
static void reset(struct run *r)
{
	run_expect(r, !loop_disable(r->l), "not disabled");
	r->l->used = r->mark;
	run_expect(r, !loop_enable(r->l, 2), "not enabled");
	oracle_close_all(&r->oracle);
	configure(r);
}

static void check_room(struct run *r)
{
	u64 room = vkv_ftl_room(r->l->dev->ftl);

	run_expect(r, room == r->oracle.capacity - r->oracle.used,
		   "room for %llu bytes, not %llu", room,
		   r->oracle.capacity - r->oracle.used);
}

static void sweep(struct run *r)
{
	run_expect(r, host_all_clean(&r->host), "memory without a buffer has changed");
	iterator_log(r);
}

/* --- steps --- */

static const struct {
	u32 weight;
	void (*verb)(struct run *r);
} verbs[] = {
	{ 1200, standard_store },
	{ 480, standard_retrieve },
	{ 240, standard_delete },
	{ 240, standard_exist },
	{ 240, standard_list },
	{ 60, standard_pages },
	{ 960, vendor_store },
	{ 240, vendor_append },
	{ 480, vendor_retrieve },
	{ 240, vendor_delete },
	{ 240, vendor_exist },
	{ 240, vendor_batch },
	{ 60, vendor_nowhere },
	{ 240, iterator_open },
	{ 80, iterator_close },
	{ 720, iterator_read },
	{ 480, block_write },
	{ 240, block_read },
	{ 240, block_zero },
	{ 240, block_deallocate },
	{ 18, configure },
	{ 3, reset },
};

static void step(struct run *r)
{
	u32 i, total = 0, at;

	for (i = 0; i < ARRAY_SIZE(verbs); i++)
		total += verbs[i].weight;
	at = roll(&r->dice, total);
	for (i = 0; at >= verbs[i].weight; i++)
		at -= verbs[i].weight;
	verbs[i].verb(r);
	check_room(r);
	if (r->step % SWEEP == 0)
		sweep(r);
}

/* --- runs --- */

/**
 * struct kind - a kind of device
 * @name: the name in messages
 * @dispatchers: how many dispatchers it has
 * @inline_bytes: dispatchers execute commands of up to so many bytes themselves
 * @index: the index
 * @victim: the victim policy
 * @timing: the timing model
 * @offload: does a DMA engine make large copies?
 */
struct kind {
	const char *name;
	unsigned int dispatchers;
	u32 inline_bytes;
	const char *index;
	const char *victim;
	const char *timing;
	bool offload;
};

static struct loop *create(const struct kind *kind, struct run *r)
{
	const struct vkv_dev_config cfg = {
		.mem_size = DEVICE_BYTES,
		.nr_workers = 1 + roll(&r->dice, 3),
		.nr_dispatchers = kind->dispatchers,
		.inline_bytes = kind->inline_bytes,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.index = kind->index,
		.victim = kind->victim,
		.timing = kind->timing,
		.seed = { r->seed, r->seed * 3 },
		.serial = "ORACLE",
	};

	return loop_create_cfg(&cfg);
}

/* Each kind has seeds of its own. The blocks are the first or the last ones. */
static void begin(struct run *r, const struct kind *kind)
{
	u32 i;

	r->dice.state = r->seed << 8 | kind->name[0];
	r->heavy = r->seed % 2;
	r->l = create(kind, r);
	KUNIT_ASSERT_NOT_NULL(r->test, r->l);
	r->l->offload.on = kind->offload;
	host_init(&r->host, r->l, &r->dice);
	r->mark = r->l->used;
	KUNIT_ASSERT_EQ(r->test, loop_enable(r->l, 2), 0);
	oracle_init(&r->oracle, &r->dice, vkv_ftl_room(r->l->dev->ftl));
	if (one_in(&r->dice, 2))
		r->first_lba = r->l->dev->ns[0].nr_lbas - ORACLE_LBAS;
	for (i = 0; i < POOL_BYTES; i += 8)
		*(u64 *)(r->pool + i) = dice_next(&r->dice);
}

static void end(struct run *r)
{
	sweep(r);
	stop(r->test, r->l);
	oracle_free(&r->oracle);
}

static struct run *new_run(struct kunit *test, const struct kind *kind, u64 seed,
			   struct tally *tally)
{
	struct run *r = calloc(1, sizeof(*r));

	r->test = test;
	r->name = kind->name;
	r->seed = seed;
	r->tally = tally;
	r->pool = malloc(POOL_BYTES);
	r->payload = malloc(MIB);
	r->got = malloc(ORACLE_COMMAND_MAX);
	return r;
}

static void free_run(struct run *r)
{
	free(r->pool);
	free(r->payload);
	free(r->got);
	free(r);
}

static u64 wanted(const char *name, u64 otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

/*
 * The device is as full as can be, no iterator is left, and pointers are bad.
 */
static void check_tally(struct kunit *test, const struct tally *tally)
{
	static const u16 statuses[] = {
		NVME_SC_INVALID_OPCODE, NVME_SC_INVALID_FIELD, NVME_SC_DATA_TRANSFER,
		NVME_SC_SGL_TYPE, NVME_SC_PRP_OFFSET, NVME_SC_CAPACITY,
		NVME_SC_KV_NO_KEY, NVME_SC_KV_KEY_EXISTS, NVME_SC_VENDOR_VALUE_SIZE,
		NVME_SC_VENDOR_VALUE_OFFSET, NVME_SC_VENDOR_OPTION,
		NVME_SC_VENDOR_KEYSPACE, NVME_SC_VENDOR_OFFSET_ALIGN,
		NVME_SC_VENDOR_NO_KEY, NVME_SC_VENDOR_CAPACITY, NVME_SC_VENDOR_EXISTS,
		NVME_SC_VENDOR_ITER_HANDLE, NVME_SC_VENDOR_ITER_NONE_FREE,
		NVME_SC_VENDOR_ITER_OPEN, NVME_SC_VENDOR_ITER_END,
		NVME_SC_VENDOR_ITER_FAILED,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		KUNIT_EXPECT_TRUE_MSG(test, tally->answers[statuses[i]],
				      "no command had status %x", statuses[i]);
}

static void run(struct kunit *test, const struct kind *kind)
{
	u64 first = wanted("FIRST", 1), seeds = wanted("SEEDS", SEEDS_EACH), seed;
	u64 steps = wanted("STEPS", STEPS_EACH);
	struct tally tally = {};
	unsigned int wrong = 0;
	struct run *r;

	for (seed = first; seed < first + seeds && !wrong; seed++) {
		r = new_run(test, kind, seed, &tally);
		begin(r, kind);
		for (; r->step < steps && r->wrong < TOO_WRONG; r->step++)
			step(r);
		end(r);
		wrong = r->wrong;
		free_run(r);
	}
	kunit_info(test, "%s: %llu commands, %u of them failed", kind->name,
		   tally.commands, (u32)tally.commands - tally.answers[0]);
	if (!wrong && seeds >= SEEDS_EACH && steps >= STEPS_EACH)
		check_tally(test, &tally);
}

static void plain_test(struct kunit *test)
{
	static const struct kind plain = { "plain" };

	run(test, &plain);
}

static void inline_test(struct kunit *test)
{
	static const struct kind by_dispatcher = {
		"inline", .dispatchers = 1, .inline_bytes = 65536 };

	run(test, &by_dispatcher);
}

static void several_test(struct kunit *test)
{
	static const struct kind several = {
		"several", .dispatchers = 3, .inline_bytes = 4096 };

	run(test, &several);
}

static void offload_test(struct kunit *test)
{
	static const struct kind offload = {
		"offload", .index = "plain", .victim = "greedy", .offload = true };

	run(test, &offload);
}

static void nand_test(struct kunit *test)
{
	static const struct kind nand = { "nand", .timing = "nand" };

	run(test, &nand);
}

static struct kunit_case oracle_cases[] = {
	KUNIT_CASE(plain_test),
	KUNIT_CASE(inline_test),
	KUNIT_CASE(several_test),
	KUNIT_CASE(offload_test),
	KUNIT_CASE(nand_test),
	{}
};

static struct kunit_suite oracle_suite = {
	.name = "oracle",
	.test_cases = oracle_cases,
};

kunit_test_suite(oracle_suite);
