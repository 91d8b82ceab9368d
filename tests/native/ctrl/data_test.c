// SPDX-License-Identifier: GPL-2.0
/*
 * Data pointers and damaged media (base specification 2.0, sections 4.1.1 and
 * 4.2.3; NVM Command Set 1.0, sections 3.2.3 and 3.2.4).
 */
#include <sanitizer/asan_interface.h>
#include <linux/crc32c.h>

#include "native/ctrl/world.h"
#include "ctrl/error_log.h"
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

/* --- damaged and poisoned values --- */

#define VALUE 4096u

static struct loop *start_verified(struct kunit *test, bool verify)
{
	const struct vkv_dev_config cfg = {
		.mem_size = DEV_SIZE,
		.nr_workers = 2,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.serial = "VKVTEST0",
		.value_crc = verify ? crc32c : NULL,
	};
	struct loop *l = loop_create_cfg(&cfg);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	return l;
}

/* A value of each kind: a unit, one of the standard, one of the dialect. */
struct values {
	u8 unit[VALUE], kv[VALUE], vendor[VALUE];
	u8 *in_unit, *in_kv, *in_vendor;	/* a byte of each, in the memory */
};

static u8 *find_byte(struct kunit *test, struct loop *l, const u8 *value)
{
	struct vkv_record *rec = find_record(l, value, VALUE);

	KUNIT_ASSERT_NOT_NULL(test, rec);
	return rec->key + 8 + 2000;
}

/* New ones each time, so that no old version has the same bytes. */
static void store_values(struct kunit *test, struct loop *l, struct values *v)
{
	static u32 seed;

	pattern(v->unit, VALUE, ++seed);
	pattern(v->kv, VALUE, ++seed);
	pattern(v->vendor, VALUE, ++seed);
	KUNIT_ASSERT_EQ(test, block(l, NVME_NVM_WRITE, 80, 8, v->unit).status,
			0);
	KUNIT_ASSERT_EQ(test, standard(l, NVME_KV_STORE, KEY("8 bytes!"), 0,
				       v->kv, VALUE).status, 0);
	KUNIT_ASSERT_EQ(test, v_store(l, KEY("8 bytes!"), v->vendor, VALUE), 0);
	v->in_unit = find_byte(test, l, v->unit);
	v->in_kv = find_byte(test, l, v->kv);
	v->in_vendor = find_byte(test, l, v->vendor);
}

static u16 read_unit(struct loop *l)
{
	u8 got[VALUE];

	return block(l, NVME_NVM_READ, 80, 8, got).status;
}

static u16 read_kv(struct loop *l)
{
	u8 got[VALUE];

	return standard(l, NVME_KV_RETRIEVE, KEY("8 bytes!"), 0, got,
			VALUE).status;
}

static u16 read_vendor(struct loop *l)
{
	u8 got[VALUE];

	return vendor(l, NVME_VENDOR_RETRIEVE, 1, KEY("8 bytes!"), 0, 0, got,
		      VALUE).status;
}

/* Stores of a part of a value read the rest of it. */
static u16 write_part_of_unit(struct loop *l)
{
	u8 part[512] = { 0 };

	return block(l, NVME_NVM_WRITE, 81, 1, part).status;
}

static u16 write_part_of_vendor(struct loop *l)
{
	u8 part[512] = { 0 };

	return vendor(l, NVME_VENDOR_STORE, 1, KEY("8 bytes!"), 0, 512, part,
		      sizeof(part)).status;
}

/* All commands that read the values are refused, and there is a trace. */
static void expect_damage(struct kunit *test, struct loop *l)
{
	u64 page = loop_pages(l, 2), before, errors, media;
	struct nvme_smart_log *smart = loop_at(l, page);
	struct nvme_error_entry *log = loop_at(l, page + LOOP_PAGE);

	vkv_error_log_counts(l->dev, &errors, &before);
	KUNIT_EXPECT_EQ(test, read_unit(l), NVME_SC_READ_ERROR);
	KUNIT_EXPECT_EQ(test, write_part_of_unit(l), NVME_SC_WRITE_FAULT);
	KUNIT_EXPECT_EQ(test, read_vendor(l), NVME_SC_VENDOR_UNRECOVERED);
	KUNIT_EXPECT_EQ(test, write_part_of_vendor(l),
			NVME_SC_VENDOR_UNRECOVERED);
	KUNIT_EXPECT_EQ(test, read_kv(l), NVME_SC_KV_UNRECOVERED);
	vkv_error_log_counts(l->dev, &errors, &media);
	KUNIT_EXPECT_EQ(test, media - before, 5);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    NVME_LOG_SMART | 127 << 16, 0, page), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->media_errors[0]), media);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    NVME_LOG_ERROR | 15 << 16, 0,
				    page + LOOP_PAGE), 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->status) >> 1,
			NVME_SC_KV_UNRECOVERED);
	/* The host's buffer is not to blame. */
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->location), 0xffff);
}

static void damaged_value_test(struct kunit *test)
{
	struct loop *l = start_verified(test, true);
	struct values v;

	store_values(test, l, &v);
	/* A value that is written in parts has a right sum, too. */
	KUNIT_EXPECT_EQ(test, write_part_of_unit(l), 0);
	KUNIT_EXPECT_EQ(test, read_unit(l), 0);
	KUNIT_EXPECT_EQ(test, write_part_of_vendor(l), 0);
	KUNIT_EXPECT_EQ(test, read_vendor(l), 0);
	store_values(test, l, &v);
	*v.in_unit ^= 1;
	*v.in_kv ^= 1;
	*v.in_vendor ^= 1;
	expect_damage(test, l);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_EXIST, KEY("8 bytes!"), 0,
				       NULL, 0).status, 0);
	store_values(test, l, &v);
	KUNIT_EXPECT_EQ(test, read_unit(l), 0);
	KUNIT_EXPECT_EQ(test, read_kv(l), 0);
	KUNIT_EXPECT_EQ(test, read_vendor(l), 0);
	stop(test, l);
}

/* A machine check costs the value, whether values have sums or not. */
static void expect_poison_refused(struct kunit *test, bool verify)
{
	struct loop *l = start_verified(test, verify);
	struct values v;

	store_values(test, l, &v);
	ASAN_POISON_MEMORY_REGION(v.in_unit, 8);
	ASAN_POISON_MEMORY_REGION(v.in_kv, 8);
	ASAN_POISON_MEMORY_REGION(v.in_vendor, 8);
	expect_damage(test, l);
	ASAN_UNPOISON_MEMORY_REGION(v.in_unit, 8);
	ASAN_UNPOISON_MEMORY_REGION(v.in_kv, 8);
	ASAN_UNPOISON_MEMORY_REGION(v.in_vendor, 8);
	stop(test, l);
}

static void poisoned_value_test(struct kunit *test)
{
	expect_poison_refused(test, false);
	expect_poison_refused(test, true);
}

/* Damage that the collector finds is a media error of no command's. */
static void collected_damage_test(struct kunit *test)
{
	struct loop *l = start_verified(test, true);
	u64 page = loop_pages(l, 1), errors, media = 0;
	struct nvme_error_entry *log = loop_at(l, page);
	struct values v;
	u32 i;

	store_values(test, l, &v);
	*v.in_kv ^= 1;
	for (i = 0; i < 60000 && !media; i++) {
		KUNIT_ASSERT_EQ(test, v_store(l, KEY("other"), v.unit, VALUE),
				0);
		vkv_error_log_counts(l->dev, &errors, &media);
	}
	KUNIT_EXPECT_EQ(test, media, 1);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    NVME_LOG_ERROR | 15 << 16, 0, page), 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->status) >> 1,
			NVME_SC_READ_ERROR);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sqid), 0xffff);
	KUNIT_EXPECT_EQ(test, read_kv(l), NVME_SC_KV_UNRECOVERED);
	store_values(test, l, &v);
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
	KUNIT_CASE(damaged_value_test),
	KUNIT_CASE(poisoned_value_test),
	KUNIT_CASE(collected_damage_test),
	KUNIT_CASE(long_dsm_test),
	{}
};

static struct kunit_suite data_suite = {
	.name = "data",
	.test_cases = data_cases,
};

kunit_test_suite(data_suite);
