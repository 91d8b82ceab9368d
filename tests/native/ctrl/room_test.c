// SPDX-License-Identifier: GPL-2.0
/*
 * Capacity: namespaces with a quota, each way to fill them, and stores that are
 * refused without an effect.
 */
#include "native/ctrl/batch.h"

#define CAP (4 * MIB)

static u8 value[2 * MIB];

static struct loop *start_capped(struct kunit *test)
{
	const struct vkv_dev_config cfg = {
		.mem_size = 64 * MIB,
		.nr_workers = 2,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, CAP }, { VKV_NS_KV, CAP } },
		.nr_ns = 2,
		.serial = "VKVTEST0",
	};
	struct loop *l = loop_create_cfg(&cfg);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	return l;
}

/* Returns the bytes that a namespace is charged. */
static u64 charged(struct loop *l, unsigned int i)
{
	const struct vkv_ns *ns = &l->dev->ns[i];
	u64 sum = 0, bytes, keys;
	unsigned int k;

	for (k = 0; k < ns->nr_keyspaces; k++) {
		vkv_ftl_keyspace_usage(l->dev->ftl, ns->keyspace + k, &bytes,
				       &keys);
		sum += bytes;
	}
	return sum;
}

static u16 kv_store(struct loop *l, struct vkey k, u8 option, u32 len)
{
	return standard(l, NVME_KV_STORE, k, option, value, len).status;
}

/* The header, key and index entry of a small record are charged, too. */
static void cap_small_test(struct kunit *test)
{
	struct loop *l = start_capped(test);
	u32 nr = 0, other = ~0u;

	while (!kv_store(l, (struct vkey){ &nr, 4 }, 0, 1))
		nr++;
	KUNIT_EXPECT_LE(test, charged(l, 1), CAP);
	KUNIT_EXPECT_GT(test, charged(l, 1) + 128, CAP);
	KUNIT_EXPECT_EQ(test, kv_store(l, (struct vkey){ &nr, 4 }, 0, 1),
			NVME_SC_CAPACITY);
	/* A full namespace allows overwrites, and a delete makes room. */
	nr = 7;
	KUNIT_EXPECT_EQ(test, kv_store(l, (struct vkey){ &nr, 4 }, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_DELETE,
				       (struct vkey){ &nr, 4 }, 0, NULL,
				       0).status, 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, (struct vkey){ &other, 4 }, 0, 1), 0);
	/* The quota of the other namespace is not touched. */
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, MIB), 0);
	stop(test, l);
}

/* An overwrite needs only as much room as it adds to the old version. */
static void cap_overwrite_test(struct kunit *test)
{
	struct loop *l = start_capped(test);
	u32 a = 2 * MIB - 65536, b = 3 * MIB / 2;

	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("a"), 0, a), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("b"), 0, b), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("c"), 0, CAP - a - b),
			NVME_SC_CAPACITY);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("b"), 0, 2 * MIB), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("a"), 0, 2 * MIB),
			NVME_SC_CAPACITY);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("b"), 0, MIB), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("a"), 0, 2 * MIB), 0);
	KUNIT_EXPECT_LE(test, charged(l, 1), CAP);
	stop(test, l);
}

/* A store condition is answered first, even if there is no room. */
static void cap_conditions_test(struct kunit *test)
{
	struct loop *l = start_capped(test);

	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("a"), 0, 2 * MIB - 65536), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("b"), 0, 2 * MIB - 65536), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("a"), NVME_KV_STORE_IF_ABSENT,
				       2 * MIB), NVME_SC_KV_KEY_EXISTS);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("c"), NVME_KV_STORE_IF_PRESENT,
				       2 * MIB), NVME_SC_KV_NO_KEY);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("c"), NVME_KV_STORE_IF_ABSENT,
				       2 * MIB), NVME_SC_CAPACITY);
	stop(test, l);
}

/* Makes a value longer with @opcode until that is refused. Returns its size. */
static u32 extend(struct kunit *test, struct loop *l, u8 opcode)
{
	const u32 step = MIB / 4;
	u32 size = 0;
	u16 status = 0;

	while (!status) {
		bool part = opcode == NVME_VENDOR_STORE;

		status = vendor(l, opcode, 1, KEY("long"), 0, part ? size : 0,
				value, step).status;
		size += status ? 0 : step;
	}
	KUNIT_EXPECT_EQ(test, status, NVME_SC_VENDOR_CAPACITY);
	KUNIT_EXPECT_LE(test, charged(l, 0), CAP);
	KUNIT_EXPECT_GT(test, charged(l, 0) + step + 65536, CAP);
	return size;
}

static void cap_extend_test(struct kunit *test)
{
	static const u8 opcode[] = { NVME_VENDOR_STORE, NVME_VENDOR_APPEND };
	struct loop *l = start_capped(test);
	u32 i, size;

	memset(value, 'x', sizeof(value));
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, 2 * MIB), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("l"), value, MIB / 2), 0);
	for (i = 0; i < ARRAY_SIZE(opcode); i++) {
		size = extend(test, l, opcode[i]);
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("long"), value,
						size));
		/* A store that does not make the value longer needs no room. */
		KUNIT_EXPECT_EQ(test, vendor(l, NVME_VENDOR_STORE, 1,
					     KEY("long"), 0, 512, value,
					     size - 512).status, 0);
		KUNIT_EXPECT_EQ(test, v_delete(l, KEY("long")), 0);
	}
	stop(test, l);
}

/* Stores @len bytes under each of the keys "B0", "B1" ... in one batch. */
static u16 batch(struct loop *l, u32 nr, u32 len)
{
	u64 m = mark(l);
	struct batch b = batch_in(l, NVME_VENDOR_BATCH_HEAD +
				     nr * (128 + ALIGN(len, 64)));
	struct nvme_sqe sqe;
	u16 status;
	u32 i;

	for (i = 0; i < nr; i++) {
		const char name[] = { 'B', '0' + i };

		batch_add(&b, (struct vkey){ name, 2 }, value, len, 0);
	}
	sqe = batch_entry(&b);
	status = loop_do(l, 1, &sqe).status;
	release(l, m);
	return status;
}

/* A batch is refused unless all of it fits. */
static void cap_batch_test(struct kunit *test)
{
	struct loop *l = start_capped(test);

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, 2 * MIB), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("l"), value, MIB), 0);
	KUNIT_EXPECT_EQ(test, batch(l, 7, 250000), NVME_SC_VENDOR_CAPACITY);
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("B0")), NVME_SC_VENDOR_NO_KEY);
	KUNIT_EXPECT_EQ(test, batch(l, 4, 250000), 0);
	KUNIT_EXPECT_EQ(test, batch(l, 4, 250000), 0);
	KUNIT_EXPECT_LE(test, charged(l, 0), CAP);
	stop(test, l);
}

/* All LBAs can be written. If there is a key as well, some of them cannot. */
static void cap_block_test(struct kunit *test)
{
	struct loop *l = start_capped(test);
	u32 nr_lbas = CAP / 512, i;

	for (i = 0; i < nr_lbas; i += 4096)
		KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, i, 4096,
					    value).status, 0);
	KUNIT_EXPECT_EQ(test, charged(l, 0), CAP);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, 1),
			NVME_SC_VENDOR_CAPACITY);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE_ZEROES, 0, 16,
				    NULL).status, 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, 1), 0);
	memset(value, 'x', 8192);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 0, 16, value).status,
			NVME_SC_CAPACITY);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 0, 16, value).status, 0);
	KUNIT_EXPECT_EQ(test, value[0], 0);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 8, 8, value).status, 0);
	stop(test, l);
}

/* Several threads store at once, and only some of the stores fit. */
static void cap_race_test(struct kunit *test)
{
	struct loop *l = start_capped(test);
	u64 page = loop_pages(l, 16), list = loop_pages(l, 1);
	u32 i, nr, full = 0, waited;

	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("a"), 0, 2 * MIB), 0);
	KUNIT_EXPECT_EQ(test, kv_store(l, KEY("b"), 0, MIB), 0);
	for (i = 1; i < 16; i++)
		((__le64 *)loop_at(l, list))[i - 1] =
			cpu_to_le64(page + i * LOOP_PAGE);
	loop_start_threads(l);
	for (i = 0; i < 60; i++) {
		struct nvme_sqe sqe = entry(NVME_KV_STORE, 2, 65536, 4);

		memcpy(sqe.key_low, &i, 4);
		sqe.prp1 = cpu_to_le64(page);
		sqe.prp2 = cpu_to_le64(list);
		loop_submit(l, 1 + i % 2, &sqe);
	}
	for (nr = waited = 0; nr < 60 && waited < 100000; waited++) {
		struct loop_answer a;

		if (!loop_poll(l, 1 + waited % 2, &a)) {
			loop_rounds(l, 1);
			continue;
		}
		full += a.status == NVME_SC_CAPACITY;
		nr++;
	}
	loop_stop_threads(l);
	KUNIT_EXPECT_EQ(test, nr, 60u);
	KUNIT_EXPECT_GT(test, full, 40u);
	KUNIT_EXPECT_LT(test, full, 60u);
	KUNIT_EXPECT_LE(test, charged(l, 1), CAP);
	stop(test, l);
}

/* Writes @units units from @unit on, filled with 'n'. */
static struct nvme_sqe write_units(struct loop *l, u32 unit, u32 units)
{
	struct nvme_sqe sqe = entry(NVME_NVM_WRITE, 1, unit * 8, 0);
	u64 addr = loop_pages(l, units);

	memset(loop_at(l, addr), 'n', units * LOOP_PAGE);
	sqe.cdw12 = cpu_to_le32(units * 8 - 1);
	set_prps(l, &sqe, addr, units * LOOP_PAGE);
	return sqe;
}

/* Returns how many of these units have been written. */
static u32 written(struct kunit *test, struct loop *l, u32 unit, u32 units)
{
	u32 i, n = 0;

	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, unit * 8, units * 8,
				    value).status, 0);
	for (i = 0; i < units; i++)
		n += value[i * LOOP_PAGE] == 'n';
	return n;
}

/* Fills the device except for a few hundred units. Returns how many. */
static u32 fill_up(struct loop *l)
{
	u32 i = 0;

	while (vkv_ftl_room(l->dev->ftl) > 3 * MIB / 2 &&
	       !v_store(l, (struct vkey){ &i, 4 }, value, MIB / 4))
		i++;
	return vkv_ftl_room(l->dev->ftl) / LOOP_PAGE;
}

static u64 room_before;

/* Worker 1 makes a round when worker 0 has taken some of the room. */
static void other_first(struct loop *l)
{
	if (vkv_ftl_room(l->dev->ftl) >= room_before)
		return;
	l->on_map = NULL;
	vkv_worker_round(vkv_dev_worker(l->dev, 1), l->now);
}

/* Two writes at once, and room for one: exactly one of them happens. */
static void write_race_test(struct kunit *test)
{
	struct loop *l = start_timed(test, NULL);
	u32 units = fill_up(l) - 1, i, n = 0, status = 0;
	struct loop_answer a;

	for (i = 0; i < 2; i++) {
		struct nvme_sqe sqe = write_units(l, i * units, units);

		loop_submit(l, 1, &sqe);
	}
	l->hold_workers = true;
	loop_rounds(l, 2);
	l->hold_workers = false;
	room_before = vkv_ftl_room(l->dev->ftl);
	l->on_map = other_first;
	for (i = 0; i < 1000 && n < 2; i++) {
		loop_rounds(l, 1);
		while (loop_poll(l, 1, &a)) {
			status += a.status;
			n++;
		}
	}
	KUNIT_EXPECT_TRUE(test, !l->on_map);
	KUNIT_EXPECT_EQ(test, n, 2u);
	KUNIT_EXPECT_EQ(test, status, NVME_SC_CAPACITY);
	n = written(test, l, 0, units);
	KUNIT_EXPECT_EQ(test, n % units, 0u);
	KUNIT_EXPECT_EQ(test, n + written(test, l, units, units), units);
	stop(test, l);
}

/*
 * Units that exist need no room when they are overwritten, even if other units
 * of the same write are new.
 */
static void write_over_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 units = fill_up(l) - 1, i;
	struct nvme_sqe sqe;

	for (i = 0; i < 2; i++) {
		sqe = write_units(l, 0, units);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	}
	sqe = write_units(l, 1, units);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	sqe = write_units(l, 3, units);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_CAPACITY);
	KUNIT_EXPECT_EQ(test, written(test, l, 0, units + 4), units + 1);
	stop(test, l);
}

/*
 * Submits the command and has workers try it without the collector. Returns
 * true if it completes.
 */
static bool answered(struct loop *l, struct nvme_sqe *sqe)
{
	struct loop_answer a;
	unsigned int i;

	loop_submit(l, 1, sqe);
	loop_dispatchers_round(l);
	for (i = 0; i < 2; i++)
		vkv_worker_round(vkv_dev_worker(l->dev, i), l->now);
	return loop_poll(l, 1, &a);
}

/* A reset drops a write that waits for the collector. Its room is free. */
static void write_dropped_test(struct kunit *test)
{
	struct loop *l = start_timed(test, NULL);
	struct nvme_sqe over = write_units(l, 0, 256);
	struct nvme_sqe new = write_units(l, 1000, 16);
	u64 room, now;
	u32 i = 0;

	KUNIT_EXPECT_TRUE(test, answered(l, &over));
	room = vkv_ftl_room(l->dev->ftl);
	while (answered(l, &over) && i < 100)
		i++;
	KUNIT_EXPECT_LT(test, i, 100u);
	now = vkv_ftl_room(l->dev->ftl);
	KUNIT_EXPECT_FALSE(test, answered(l, &new));
	KUNIT_EXPECT_EQ(test, vkv_ftl_room(l->dev->ftl), now - 16 * LOOP_PAGE);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, vkv_ftl_room(l->dev->ftl), room);
	KUNIT_EXPECT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, written(test, l, 1000, 16), 0u);
	stop(test, l);
}

static unsigned int count_full(struct loop *l, unsigned int qid)
{
	unsigned int full = 0;
	struct loop_answer a;

	while (loop_poll(l, qid, &a))
		full += a.status == NVME_SC_CAPACITY;
	return full;
}

/* Overwrites that wait for the collector take no room from other writes. */
static void waiting_over_test(struct kunit *test)
{
	struct loop *l = start(test, 128 * MIB);
	struct nvme_sqe sqe = write_units(l, 0, 512);
	unsigned int i, full = 0;
	u32 key = 0;
	u64 room;

	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	while (vkv_ftl_room(l->dev->ftl) > 24 * MIB) {
		KUNIT_ASSERT_EQ(test, v_store(l, (struct vkey){ &key, 4 }, value,
					      MIB / 4), 0);
		key++;
	}
	room = vkv_ftl_room(l->dev->ftl);
	for (i = 0; i < 200 && answered(l, &sqe); i++)
		;
	KUNIT_EXPECT_LT(test, i, 200u);
	for (i = 0; i < 12; i++)
		KUNIT_EXPECT_FALSE(test, answered(l, &sqe));
	KUNIT_EXPECT_EQ(test, vkv_ftl_room(l->dev->ftl), room);
	/* There is room for ten new writes. */
	for (i = 1; i <= 10; i++) {
		sqe.cdw10 = cpu_to_le32(i * 4096);
		loop_submit(l, 2, &sqe);
		loop_rounds(l, 1);
	}
	for (i = 0; i < 20000; i++) {
		loop_rounds(l, 1);
		full += count_full(l, 1) + count_full(l, 2);
	}
	KUNIT_EXPECT_EQ(test, full, 0u);
	KUNIT_EXPECT_EQ(test, vkv_ftl_room(l->dev->ftl), room - 20 * MIB);
	stop(test, l);
}

/* Every block that a namespace announces can be written, with any op=. */
static void announced_test(struct kunit *test)
{
	static const unsigned int op_permille[] = { 10, 70, 300 };
	struct vkv_dev_config cfg = {
		.mem_size = 16 * MIB,
		.nr_workers = 2,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_BLOCK, 0 } },
		.nr_ns = 2,
		.serial = "VKVTEST0",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(op_permille); i++) {
		struct loop *l;
		u64 lba, nr;

		cfg.op_permille = op_permille[i];
		l = loop_create_cfg(&cfg);
		KUNIT_ASSERT_NOT_NULL(test, l);
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		nr = l->dev->ns[0].nr_lbas;
		KUNIT_EXPECT_EQ(test, l->dev->ns[1].nr_lbas, nr);
		for (lba = 0; lba < nr; lba += 8)
			KUNIT_ASSERT_EQ(test, block(l, NVME_NVM_WRITE, lba, 8,
						    value).status, 0);
		stop(test, l);
	}
}

static struct kunit_case room_cases[] = {
	KUNIT_CASE(announced_test),
	KUNIT_CASE(cap_small_test),
	KUNIT_CASE(cap_overwrite_test),
	KUNIT_CASE(cap_conditions_test),
	KUNIT_CASE(cap_extend_test),
	KUNIT_CASE(cap_batch_test),
	KUNIT_CASE(cap_block_test),
	KUNIT_CASE(cap_race_test),
	KUNIT_CASE(write_race_test),
	KUNIT_CASE(write_over_test),
	KUNIT_CASE(write_dropped_test),
	KUNIT_CASE(waiting_over_test),
	{}
};

static struct kunit_suite room_suite = {
	.name = "room",
	.test_cases = room_cases,
};

kunit_test_suite(room_suite);
