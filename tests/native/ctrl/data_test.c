// SPDX-License-Identifier: GPL-2.0
/*
 * Data pointers and damaged media (base specification 2.0, sections 4.1.1 and
 * 4.2.3; NVM Command Set 1.0, sections 3.2.3 and 3.2.4).
 */
#include "native/ctrl/world.h"
#include "ftl/record.h"

/* Section 4.1.1: PRP1's offset is a multiple of a dword, in every command. */
static void prp_dword_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 3), low;
	u8 *bytes = loop_at(l, page);
	struct nvme_sqe sqe;
	struct loop_answer a;

	for (low = 1; low < 8; low++) {
		u16 want = low % 4 ? NVME_SC_PRP_OFFSET : 0;

		memset(bytes, 0x5a, 3 * LOOP_PAGE);
		sqe = entry(NVME_NVM_WRITE, 1, 0, 0);
		sqe.prp1 = cpu_to_le64(page + low);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, want);
		sqe = entry(NVME_NVM_READ, 1, 8, 0);
		sqe.prp1 = cpu_to_le64(page + low);
		a = loop_do(l, 1, &sqe);
		KUNIT_EXPECT_EQ(test, a.status, want);
		KUNIT_EXPECT_EQ(test, bytes[low], want ? 0x5a : 0);
		sqe = entry(NVME_KV_STORE, 2, 100, 1);
		sqe.prp1 = cpu_to_le64(page + low);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, want);
		sqe = entry(NVME_VENDOR_STORE, 1, 25, 0);
		sqe.prp1 = cpu_to_le64(page + low);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, want);
		sqe = entry(NVME_ADMIN_IDENTIFY, 0, NVME_CNS_CTRL, 0);
		sqe.prp1 = cpu_to_le64(page + low);
		sqe.prp2 = cpu_to_le64(page + 4096);
		KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, want);
		/* No data is moved, so the pointer may be bad. */
		sqe = entry(NVME_KV_RETRIEVE, 2, 0, 1);
		sqe.prp1 = cpu_to_le64(page + low);
		a = loop_do(l, 1, &sqe);
		KUNIT_EXPECT_TRUE(test, !a.status ||
				  a.status == NVME_SC_KV_NO_KEY);
	}
	stop(test, l);
}

/*
 * PRP2 has no offset when it points to a page. When it points to a list, its
 * offset is a multiple of 8.
 */
static void prp2_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 4), low;
	__le64 *list = loop_at(l, page + 3 * LOOP_PAGE);
	struct nvme_sqe sqe = entry(NVME_NVM_READ, 1, 0, 0);

	sqe.prp1 = cpu_to_le64(page);
	sqe.cdw12 = cpu_to_le32(15);
	for (low = 1; low < LOOP_PAGE; low *= 2) {
		sqe.prp2 = cpu_to_le64(page + LOOP_PAGE + low);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
				NVME_SC_PRP_OFFSET);
	}
	sqe.cdw12 = cpu_to_le32(23);
	for (low = 0; low <= 8; low++) {
		list[low / 8] = cpu_to_le64(page + LOOP_PAGE);
		list[low / 8 + 1] = cpu_to_le64(page + 2 * LOOP_PAGE);
		sqe.prp2 = cpu_to_le64(page + 3 * LOOP_PAGE + low);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
				low % 8 ? NVME_SC_PRP_OFFSET : 0);
	}
	list[1] = cpu_to_le64(page + LOOP_PAGE + 4);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_PRP_OFFSET);
	stop(test, l);
}

/* Makes SGL1 of the entry a data block. */
static void set_block(struct nvme_sqe *sqe, u64 addr, u32 len)
{
	sqe->flags = NVME_SQE_PSDT_SGL;
	sqe->prp1 = cpu_to_le64(addr);
	sqe->prp2 = cpu_to_le64(len | (u64)NVME_SGL_DATA_BLOCK << 56);
}

/* Expects that a write fails with @want and leaves the 24 LBAs unchanged. */
static void expect_refused(struct kunit *test, struct loop *l,
			   struct nvme_sqe *sqe, u16 want)
{
	u8 got[24 * 512];
	u32 i, changed = 0;

	KUNIT_EXPECT_EQ(test, loop_do(l, 1, sqe).status, want);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 0, 24, got).status, 0);
	for (i = 0; i < sizeof(got); i++)
		changed += got[i] != 'o';
	KUNIT_EXPECT_EQ(test, changed, 0u);
}

/* A bad page in the buffer fails the whole write, wherever the page is. */
static void write_refused_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 4), nowhere = LOOP_PAGE;
	__le64 *list = loop_at(l, page + 3 * LOOP_PAGE);
	u8 old[24 * 512];
	u32 lba, i;

	memset(old, 'o', sizeof(old));
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 0, 24, old).status, 0);
	memset(loop_at(l, page), 'n', 3 * LOOP_PAGE);
	for (lba = 0; lba < 8; lba += 3) {
		struct nvme_sqe sqe = entry(NVME_NVM_WRITE, 1, lba, 0);

		/* Two pages of data touch two or three units. */
		sqe.cdw12 = cpu_to_le32(15);
		sqe.prp1 = cpu_to_le64(page);
		sqe.prp2 = cpu_to_le64(page + LOOP_PAGE + 4);
		expect_refused(test, l, &sqe, NVME_SC_PRP_OFFSET);
		sqe.prp2 = cpu_to_le64(nowhere);
		expect_refused(test, l, &sqe, NVME_SC_DATA_TRANSFER);
		set_block(&sqe, page, 2 * LOOP_PAGE - 4);
		expect_refused(test, l, &sqe, NVME_SC_SGL_LENGTH);
	}
	for (i = 0; i < 2; i++) {
		struct nvme_sqe sqe = entry(NVME_NVM_WRITE, 1, 0, 0);

		/* The buffer has three pages, and the last one is bad. */
		sqe.cdw12 = cpu_to_le32(23);
		sqe.prp1 = cpu_to_le64(page);
		sqe.prp2 = cpu_to_le64(page + 3 * LOOP_PAGE);
		list[0] = cpu_to_le64(page + LOOP_PAGE);
		list[1] = cpu_to_le64(i ? nowhere : page + 8);
		expect_refused(test, l, &sqe, i ? NVME_SC_DATA_TRANSFER :
						  NVME_SC_PRP_OFFSET);
	}
	stop(test, l);
}

/* Finds the record whose value is @want. The key of a unit has 8 bytes. */
static struct vkv_record *find_record(struct loop *l, const void *want, u32 len)
{
	u8 *mem = l->cfg.mem;
	u64 at;

	for (at = VKV_ALIGN; at + len <= l->cfg.mem_size; at += VKV_ALIGN)
		if (!memcmp(mem + at + offsetof(struct vkv_record, key) + 8, want,
			    len))
			return (void *)(mem + at);
	return NULL;
}

static void pattern(u8 *data, u32 len, u32 seed)
{
	u32 i;

	for (i = 0; i < len; i++)
		data[i] = (i * 131 + i / 251 + seed * 17) >> (i % 3);
}

/* A DMA engine copies large values. A store happens whole or not at all. */
static void offload_test(struct kunit *test)
{
	static u8 value[200001], got[200001];
	struct loop *l = start(test, DEV_SIZE);
	u32 len;

	l->offload.on = true;
	for (len = 16000; len <= sizeof(value); len += 61206) {
		pattern(value, len, len);
		KUNIT_EXPECT_EQ(test, v_store(l, KEY("one"), value, len), 0);
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("one"), value, len));
		KUNIT_EXPECT_EQ(test, !l->offload.total, len < 16384);
	}
	len -= 61206;
	/* The engine fails. The old value stays, and no new value is stored. */
	l->offload.fail = true;
	pattern(got, len, 1);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("one"), got, len),
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("two"), got, len),
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_FALSE(test, v_holds(l, 1, KEY("one"), value, len));
	l->offload.fail = false;
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("one"), value, len));
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("two")), NVME_SC_VENDOR_NO_KEY);
	/* The engine takes no copies, so the device makes its own. */
	l->offload.on = false;
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("one"), value, len));
	stop(test, l);
}

/*
 * The buffer ends at an address without memory. The device waits for the copies
 * that it has begun.
 */
static void offload_cut_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_KV_STORE, 2, 20000, 1);
	u64 page = loop_pages(l, 6);
	__le64 *list = loop_at(l, page + 5 * LOOP_PAGE);

	l->offload.on = true;
	list[0] = cpu_to_le64(page + LOOP_PAGE);
	list[1] = cpu_to_le64(page + 2 * LOOP_PAGE);
	list[2] = cpu_to_le64(LOOP_BASE - LOOP_PAGE);
	sqe.prp1 = cpu_to_le64(page);
	sqe.prp2 = cpu_to_le64(page + 5 * LOOP_PAGE);
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, l->offload.nr, 0u);
	KUNIT_EXPECT_TRUE(test, l->offload.total > 0);
	stop(test, l);
}

/* Media and data integrity errors: figure 99, 280h and 281h. */
static void media_error_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u8 unit[VKV_UNIT], got[VKV_UNIT];
	u64 page = loop_pages(l, 1);
	struct nvme_smart_log *smart = loop_at(l, page);
	struct vkv_record *rec;
	u32 i;

	for (i = 0; i < sizeof(unit); i++)
		unit[i] = i * 7 + i / 256;
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 80, 8, unit).status, 0);
	rec = find_record(l, unit, sizeof(unit));
	KUNIT_ASSERT_NOT_NULL(test, rec);
	rec->value_len ^= 1u << 30;
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 80, 8, got).status,
			NVME_SC_READ_ERROR);
	/* A part cannot be written, because the rest is not readable. */
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 81, 1, unit).status,
			NVME_SC_WRITE_FAULT);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    NVME_LOG_SMART | 127 << 16, 0, page), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->media_errors[0]), 2u);
	rec->value_len ^= 1u << 30;
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 80, 8, got).status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(unit, got, sizeof(unit)), 0);
	stop(test, l);
}

/* --- Dataset Management --- */

#define NR_RANGES 256u

static struct nvme_sqe long_dsm(struct loop *l, u64 page)
{
	struct nvme_sqe sqe = entry(NVME_NVM_DSM, 1, NR_RANGES - 1,
				    NVME_DSM_DEALLOCATE);
	struct nvme_dsm_range *r = loop_at(l, page);
	u32 lbas = l->dev->ns[0].nr_lbas;
	unsigned int i;

	for (i = 0; i < NR_RANGES; i++)
		r[i] = (struct nvme_dsm_range){ .nlb = cpu_to_le32(lbas) };
	sqe.prp1 = cpu_to_le64(page);
	return sqe;
}

/* Makes rounds until @cid has completed on @qid. Returns how many. */
static unsigned int wait_answer(struct kunit *test, struct loop *l,
				unsigned int qid, u16 cid, u16 status)
{
	struct loop_answer a;
	unsigned int n;

	for (n = 0; n < 2000000; n++) {
		if (!loop_poll(l, qid, &a)) {
			loop_rounds(l, 1);
			continue;
		}
		KUNIT_EXPECT_EQ(test, a.cid, cid);
		KUNIT_EXPECT_EQ(test, a.status, status);
		return n;
	}
	KUNIT_FAIL(test, "no answer");
	return n;
}

/* Other commands pass the longest command of all. It can be aborted. */
static void long_dsm_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1), m = mark(l);
	struct nvme_sqe dsm = long_dsm(l, page), sqe;
	u8 unit[VKV_UNIT] = { 1 }, got[VKV_UNIT];
	u16 cid, abort, other;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 80, 8, unit).status, 0);
	cid = loop_submit(l, 1, &dsm);
	loop_rounds(l, 2);
	for (i = 0; i < 32; i++) {
		sqe = entry(NVME_KV_EXIST, 2, 0, 1);
		other = loop_submit(l, 2, &sqe);
		KUNIT_EXPECT_LT(test, wait_answer(test, l, 2, other,
						  NVME_SC_KV_NO_KEY), 10u);
	}
	sqe = entry(NVME_ADMIN_ABORT, 0, 1 | (u32)cid << 16, 0);
	abort = loop_submit(l, 0, &sqe);
	KUNIT_EXPECT_LT(test, wait_answer(test, l, 1, cid,
					  NVME_SC_ABORT_REQUESTED), 10u);
	wait_answer(test, l, 0, abort, 0);
	/* When the command has ended, everything reads as zeroes. */
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 80, 8, unit).status, 0);
	cid = loop_submit(l, 1, &dsm);
	wait_answer(test, l, 1, cid, 0);
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_READ, 80, 8, got).status, 0);
	KUNIT_EXPECT_EQ(test, got[0], 0);
	release(l, m);
	stop(test, l);
}

static struct kunit_case data_cases[] = {
	KUNIT_CASE(prp_dword_test),
	KUNIT_CASE(prp2_test),
	KUNIT_CASE(write_refused_test),
	KUNIT_CASE(offload_test),
	KUNIT_CASE(offload_cut_test),
	KUNIT_CASE(media_error_test),
	KUNIT_CASE(long_dsm_test),
	{}
};

static struct kunit_suite data_suite = {
	.name = "data",
	.test_cases = data_cases,
};

kunit_test_suite(data_suite);
