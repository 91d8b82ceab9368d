// SPDX-License-Identifier: GPL-2.0
/*
 * A device that is confined to the memory that its host has mapped. Every pointer
 * of a command is forged, and no byte outside of the mappings is read or written.
 */
#include "native/ctrl/world.h"

#include "ctrl/mapping.h"
#include "nvme_kv.h"

#define CANARY 0xc5
#define TRANSFER NVME_SC_DATA_TRANSFER

static int confine_init(struct kunit *test)
{
	return setenv("LOOP_CONFINED", "1", 1);
}

static void unmap(struct loop *l, u64 addr, unsigned int pages,
		  enum vkv_access access)
{
	vkv_mappings_remove(l->cfg.mappings, addr, pages * LOOP_PAGE, access);
}

static int map(struct loop *l, u64 addr, unsigned int pages,
	       enum vkv_access access)
{
	return vkv_mappings_add(l->cfg.mappings, addr, pages * LOOP_PAGE, access);
}

/* Pages that nobody has mapped, full of the canary. */
static u64 secret_pages(struct loop *l, unsigned int n)
{
	u64 addr = loop_pages(l, n);

	memset(loop_at(l, addr), CANARY, n * LOOP_PAGE);
	unmap(l, addr, n, VKV_BOTH_WAYS);
	return addr;
}

static bool untouched(struct loop *l, u64 addr, unsigned int n)
{
	const u8 *p = loop_at(l, addr);
	unsigned int i;

	for (i = 0; i < n * LOOP_PAGE; i++)
		if (p[i] != CANARY)
			return false;
	return true;
}

/* Does the device's memory have a row of canaries? */
static bool leaked(struct loop *l)
{
	static const u8 row[16] = { [0 ... 15] = CANARY };

	return memmem(l->cfg.mem, l->cfg.mem_size, row, sizeof(row));
}

static u64 refused(struct loop *l)
{
	return vkv_stats_counter(l->dev, VKV_COUNT_REFUSED);
}

static u16 last_location(struct loop *l)
{
	u64 page = loop_pages(l, 1);
	const struct nvme_error_entry *log = loop_at(l, page);

	if (admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
		  NVME_LOG_ERROR | 15 << 16, 0, page))
		return 0xffff;
	return le16_to_cpu(log->location);
}

/* --- pointers of commands --- */

/* A key of more than 16 bytes is a pointer. Keys are read back by iterators. */
static void key_pointer_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 secret = secret_pages(l, 2), buf = loop_pages(l, 1);
	struct nvme_sqe sqe = entry(NVME_VENDOR_STORE, 1, 1, 63);
	static const u32 offsets[] = { 0, 64, LOOP_PAGE - 8 };
	unsigned int i;
	u64 addr;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		addr = secret + offsets[i];
		sqe.prp1 = cpu_to_le64(buf);
		sqe.cdw12 = cpu_to_le32((u32)addr);
		sqe.cdw13 = cpu_to_le32(addr >> 32);
		sqe.cdw14 = cpu_to_le32((u32)(secret + LOOP_PAGE));
		sqe.cdw15 = cpu_to_le32((secret + LOOP_PAGE) >> 32);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
		KUNIT_EXPECT_EQ(test, refused(l), i + 1ull);
		KUNIT_EXPECT_EQ(test, last_location(l), 48);
	}
	/* Its first bytes lie in mapped memory, and the others do not. */
	addr = buf + LOOP_PAGE - 8;
	sqe.cdw12 = cpu_to_le32((u32)addr);
	sqe.cdw13 = cpu_to_le32(addr >> 32);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
	KUNIT_EXPECT_EQ(test, last_location(l), 56);
	KUNIT_EXPECT_FALSE(test, leaked(l));
	stop(test, l);
}

struct direction {
	u8 opcode;
	enum vkv_access mapped;
	u16 status;
};

/* A buffer that is mapped for one way takes only commands of this way. */
static void directions_test(struct kunit *test)
{
	static const struct direction rows[] = {
		{ NVME_VENDOR_STORE, VKV_FROM_HOST, 0 },
		{ NVME_VENDOR_STORE, VKV_TO_HOST, TRANSFER },
		{ NVME_VENDOR_RETRIEVE, VKV_TO_HOST, 0 },
		{ NVME_VENDOR_RETRIEVE, VKV_FROM_HOST, TRANSFER },
		{ NVME_VENDOR_STORE, 0, TRANSFER },
		{ NVME_VENDOR_RETRIEVE, 0, TRANSFER },
		{ NVME_VENDOR_RETRIEVE, VKV_BOTH_WAYS, 0 },
	};
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe;
	unsigned int i;
	u64 buf;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "value", 5), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		buf = secret_pages(l, 3);
		if (rows[i].mapped)
			KUNIT_EXPECT_EQ(test, map(l, buf, 3, rows[i].mapped), 0);
		sqe = entry(rows[i].opcode, 1, 2000, 0);
		memcpy(sqe.vendor_key, "k", 1);
		set_prps(l, &sqe, buf + 512, 8000);
		KUNIT_EXPECT_TRUE_MSG(test, loop_do(l, 1, &sqe).status == rows[i].status,
				      "row %u", i);
		KUNIT_EXPECT_TRUE(test, untouched(l, buf, 3) ||
				  rows[i].mapped & VKV_TO_HOST);
		if (rows[i].mapped)
			unmap(l, buf, 3, rows[i].mapped);
	}
	KUNIT_EXPECT_EQ(test, refused(l), 4ull);
	stop(test, l);
}

/* The driver gave two pages. CDW10 makes the second one a PRP list. */
static void page_as_list_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 secret = secret_pages(l, 4), buf = loop_pages(l, 2), i;
	u64 data = loop_pages(l, 1);
	__le64 *list = loop_at(l, buf + LOOP_PAGE);
	struct nvme_sqe sqe;
	u8 opcode;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "value", 5), 0);
	for (i = 0; i < 512; i++)
		list[i] = cpu_to_le64(secret + i % 4 * LOOP_PAGE);
	for (i = 0; i < 2; i++) {
		opcode = i ? NVME_VENDOR_STORE : NVME_VENDOR_RETRIEVE;
		if (i)
			KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), loop_at(l, buf), 4096), 0);
		sqe = entry(opcode, 1, 3072, 0);
		memcpy(sqe.vendor_key, "k", 1);
		sqe.prp1 = cpu_to_le64(buf);
		sqe.prp2 = cpu_to_le64(buf + LOOP_PAGE);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, i ? TRANSFER : 0);
	}
	KUNIT_EXPECT_EQ(test, last_location(l), 32);
	/* A list that may only be written is not read. */
	for (i = 0; i < 512; i++)
		list[i] = cpu_to_le64(data);
	sqe.opcode = NVME_VENDOR_STORE;
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	unmap(l, buf + LOOP_PAGE, 1, VKV_FROM_HOST);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
	KUNIT_EXPECT_TRUE(test, untouched(l, secret, 4));
	KUNIT_EXPECT_FALSE(test, leaked(l));
	stop(test, l);
}

/* Descriptors of an SGL lead elsewhere, and so does its segment. */
static void sgl_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 secret = secret_pages(l, 2), page = loop_pages(l, 1);
	u64 readable = loop_pages(l, 1);
	__le64 *segment = loop_at(l, page);
	struct nvme_sqe sqe = entry(NVME_KV_STORE, 2, 256, 1);

	sqe.flags = 0x40;
	sqe.key_low[0] = 'k';
	sqe.prp1 = cpu_to_le64(secret);
	sqe.prp2 = cpu_to_le64(256);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
	/* a last segment that cannot be read */
	sqe.prp2 = cpu_to_le64(32 | (u64)NVME_SGL_LAST_SEGMENT << 56);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
	/* one that can be read, with a block that cannot */
	segment[0] = cpu_to_le64(page + 2048);
	segment[1] = cpu_to_le64(128);
	segment[2] = cpu_to_le64(secret + LOOP_PAGE);
	segment[3] = cpu_to_le64(128);
	sqe.prp1 = cpu_to_le64(page);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
	segment[2] = cpu_to_le64(page + 2048);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	/* one that may only be written */
	segment[0] = cpu_to_le64(readable);
	segment[2] = cpu_to_le64(readable);
	unmap(l, page, 1, VKV_FROM_HOST);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, TRANSFER);
	KUNIT_EXPECT_EQ(test, refused(l), 4ull);
	KUNIT_EXPECT_FALSE(test, leaked(l));
	stop(test, l);
}

static void admin_pointer_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 secret = secret_pages(l, 2), readable = secret_pages(l, 1);

	KUNIT_EXPECT_EQ(test, map(l, readable, 1, VKV_FROM_HOST), 0);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_IDENTIFY, 0, 1, 0, secret), TRANSFER);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_IDENTIFY, 0, 1, 0, readable), TRANSFER);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    NVME_LOG_SMART | 127 << 16, 0, secret), TRANSFER);
	KUNIT_EXPECT_EQ(test, last_location(l), 24);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_SET_FEATURES, 0,
				    NVME_FEAT_TIMESTAMP, 0, secret), TRANSFER);
	/* queues: a completion queue is written, a submission queue is read */
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_CREATE_CQ, 0, 3 | 63 << 16, 1, secret), TRANSFER);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_CREATE_CQ, 0, 3 | 63 << 16, 1, readable), TRANSFER);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_CREATE_SQ, 0, 3 | 63 << 16, 1 | 1 << 16, secret),
			TRANSFER);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_CREATE_SQ, 0, 3 | 63 << 16, 1 | 1 << 16, readable),
			0);
	KUNIT_EXPECT_EQ(test, refused(l), 7ull);
	KUNIT_EXPECT_TRUE(test, untouched(l, secret, 2) && untouched(l, readable, 1));
	stop(test, l);
}

/* --- queues --- */

/* The host takes a queue's memory away. The controller stops, and starts anew. */
static void lost_queue(struct kunit *test, void *queue, unsigned int pages)
{
	struct loop *l = start(test, DEV_SIZE);
	void *const at[] = { l->q[1].sq, l->q[1].cq, l->q[0].sq, l->q[0].cq };
	u64 addr = LOOP_BASE + ((u8 *)at[(uintptr_t)queue] - l->mem);
	struct nvme_sqe sqe = entry(NVME_VENDOR_EXIST, 1, 0, 0);

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "value", 5), 0);
	unmap(l, addr, pages, VKV_BOTH_WAYS);
	loop_submit(l, (uintptr_t)queue < 2, &sqe);
	loop_rounds(l, 50);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS) & NVME_CSTS_CFS, NVME_CSTS_CFS);
	KUNIT_EXPECT_EQ(test, l->warnings, 1u);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("k"), "value", 5));
	stop(test, l);
}

static void lost_queues_test(struct kunit *test)
{
	uintptr_t i;

	for (i = 0; i < 4; i++)
		lost_queue(test, (void *)i, 1);
}

/* A host that names memory for its admin queues that it has not mapped. */
static void admin_queues_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 secret = secret_pages(l, 1);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		loop_set_reg(l, i ? NVME_REG_ASQ : NVME_REG_ACQ, (u32)secret);
		loop_set_reg(l, (i ? NVME_REG_ASQ : NVME_REG_ACQ) + 4, secret >> 32);
		loop_set_reg(l, NVME_REG_CC, NVME_CC_EN | 6 << 16 | 4 << 20);
		loop_rounds(l, 50);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS) & 3, NVME_CSTS_CFS);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		KUNIT_EXPECT_EQ(test, loop_enable(l, 2), 0);
	}
	KUNIT_EXPECT_TRUE(test, untouched(l, secret, 1));
	stop(test, l);
}

/* --- at random --- */

#define NR_MAPPED 8u
#define NR_SECRET 64u

/* A pointer into anything: mapped or not, this memory, other memory, nonsense. */
static u64 random_pointer(u64 mapped, u64 secret)
{
	switch (rnd(8)) {
	case 0:
		return (u64)rnd(~0u) << 32 | rnd(~0u);
	case 1:
		return LOOP_BASE + rnd(48 << 20);
	case 2:
	case 3:
		return mapped + rnd(NR_MAPPED) * LOOP_PAGE;
	case 4:
		return mapped + rnd(NR_MAPPED * LOOP_PAGE);
	default:
		return secret + rnd(NR_SECRET) * LOOP_PAGE + (rnd(2) ? rnd(4096) : 0);
	}
}

static struct nvme_sqe random_command(u64 mapped, u64 secret)
{
	static const u8 opcodes[] = {
		NVME_VENDOR_STORE, NVME_VENDOR_RETRIEVE, NVME_VENDOR_APPEND,
		NVME_VENDOR_BATCH, NVME_VENDOR_EXIST, NVME_VENDOR_DELETE,
		NVME_VENDOR_ITER_REQUEST, NVME_VENDOR_ITER_READ,
		NVME_KV_STORE, NVME_KV_RETRIEVE, NVME_KV_LIST, 0x09,
	};
	struct nvme_sqe sqe = entry(opcodes[rnd(ARRAY_SIZE(opcodes))], 1 + rnd(2),
				    rnd(5000), rnd(4) ? rnd(200) : rnd(~0u));
	u64 key = random_pointer(mapped, secret);

	sqe.flags = rnd(4) ? 0 : 0x40;
	sqe.prp1 = cpu_to_le64(random_pointer(mapped, secret));
	sqe.prp2 = cpu_to_le64(sqe.flags && rnd(2) ?
			       rnd(20000) | (u64)rnd(4) << 60 :
			       random_pointer(mapped, secret));
	sqe.cdw12 = cpu_to_le32((u32)key);
	sqe.cdw13 = cpu_to_le32(key >> 32);
	key = random_pointer(mapped, secret);
	sqe.cdw14 = cpu_to_le32((u32)key);
	sqe.cdw15 = cpu_to_le32(key >> 32);
	return sqe;
}

/*
 * All of the host's memory but the queues and some pages is unmapped and full of
 * the canary. The mapped pages have pointers to it.
 */
static void random_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 mapped = loop_pages(l, NR_MAPPED), secret = secret_pages(l, NR_SECRET);
	u64 end = LOOP_BASE + l->mem_size, rest = LOOP_BASE + l->used;
	unsigned int i, j, nr_statuses = 0;
	struct nvme_sqe sqe;
	__le64 *p;

	memset(loop_at(l, rest), CANARY, end - rest);
	unmap(l, rest, (end - rest) / LOOP_PAGE, VKV_BOTH_WAYS);
	for (i = 0; i < 30000; i++) {
		if (i % 100 == 0) {
			p = loop_at(l, mapped);
			for (j = 0; j < NR_MAPPED * LOOP_PAGE / 8; j++)
				p[j] = cpu_to_le64(random_pointer(mapped, secret));
		}
		sqe = random_command(mapped, secret);
		nr_statuses += loop_do(l, 1 + rnd(2), &sqe).status == TRANSFER;
	}
	KUNIT_EXPECT_TRUE(test, untouched(l, secret, NR_SECRET));
	KUNIT_EXPECT_TRUE(test, untouched(l, rest, (end - rest) / LOOP_PAGE));
	KUNIT_EXPECT_FALSE(test, leaked(l));
	KUNIT_EXPECT_GT(test, nr_statuses, 3000u);
	KUNIT_EXPECT_EQ(test, refused(l), (u64)nr_statuses);
	stop(test, l);
}

static struct kunit_case confine_cases[] = {
	KUNIT_CASE(key_pointer_test),
	KUNIT_CASE(directions_test),
	KUNIT_CASE(page_as_list_test),
	KUNIT_CASE(sgl_test),
	KUNIT_CASE(admin_pointer_test),
	KUNIT_CASE(lost_queues_test),
	KUNIT_CASE(admin_queues_test),
	KUNIT_CASE(random_test),
	{}
};

static struct kunit_suite confine_suite = {
	.name = "confine",
	.init = confine_init,
	.test_cases = confine_cases,
};

kunit_test_suite(confine_suite);
