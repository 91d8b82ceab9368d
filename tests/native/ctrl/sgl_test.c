// SPDX-License-Identifier: GPL-2.0
/* Scatter gather lists (base specification 2.0, section 4.1.2). */
#include "native/ctrl/world.h"

struct sgl_desc {
	__le64 addr;
	__le32 len;
	u8 rsvd[3];
	u8 type;
};

static struct sgl_desc desc(u8 type, u64 addr, u32 len)
{
	return (struct sgl_desc){ cpu_to_le64(addr), cpu_to_le32(len), { 0 },
				  type };
}

static struct sgl_desc data(u64 addr, u32 len)
{
	return desc(NVME_SGL_DATA_BLOCK, addr, len);
}

static void set_sgl(struct nvme_sqe *sqe, struct sgl_desc d)
{
	sqe->flags = NVME_SQE_PSDT_SGL;
	memcpy(&sqe->prp1, &d, sizeof(d));
}

/* Stores or retrieves @len bytes under "k", with this descriptor. */
static struct loop_answer with_sgl(struct loop *l, u8 opcode, u32 len,
				   struct sgl_desc d)
{
	struct nvme_sqe sqe = entry(opcode, 2, len, 1);

	sqe.key_low[0] = 'k';
	set_sgl(&sqe, d);
	return loop_do(l, 1, &sqe);
}

static u16 store(struct loop *l, u32 len, struct sgl_desc d)
{
	return with_sgl(l, NVME_KV_STORE, len, d).status;
}

static u16 retrieve(struct loop *l, u32 len, struct sgl_desc d)
{
	return with_sgl(l, NVME_KV_RETRIEVE, len, d).status;
}

/* The command has one data block of several pages, at an odd address. */
static void sgl_block_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 addr = loop_pages(l, 8) + 4001, back = loop_pages(l, 8) + 5;
	const u32 len = 20001;
	u32 i;

	for (i = 0; i < len; i++)
		((u8 *)loop_at(l, addr))[i] = i * 13;
	KUNIT_EXPECT_EQ(test, store(l, len, data(addr, len)), 0);
	KUNIT_EXPECT_EQ(test, retrieve(l, len, data(back, len)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(loop_at(l, addr), loop_at(l, back), len), 0);
	/* SGLS bit 18: the buffer may be longer, and its end stays. */
	memset(loop_at(l, back), 0xee, len + 8);
	KUNIT_EXPECT_EQ(test, retrieve(l, len, data(back, len + 8)), 0);
	KUNIT_EXPECT_EQ(test, ((u8 *)loop_at(l, back))[len], 0xee);
	stop(test, l);
}

#define MAX_PARTS 200u

/*
 * Splits a buffer of @len bytes from @addr on into parts, with gaps. Returns
 * how many parts there are.
 */
static u32 scatter(struct sgl_desc *part, u64 addr, u32 len)
{
	u32 n = 0, here;

	while (len) {
		here = rnd(6) ? min(len, rnd(9000)) : 0;
		if (n == MAX_PARTS - 1)
			here = len;
		addr += rnd(3) ? 0 : rnd(700);
		part[n++] = data(addr, here);
		addr += here;
		len -= here;
	}
	return n;
}

static void copy_parts(struct loop *l, const struct sgl_desc *part, u32 n,
		       u8 *buf, bool to_host)
{
	for (; n; n--, part++) {
		void *p = loop_at(l, le64_to_cpu(part->addr));

		memcpy(to_host ? p : buf, to_host ? buf : p,
		       le32_to_cpu(part->len));
		buf += le32_to_cpu(part->len);
	}
}

/*
 * Puts descriptors into segments of any size. Returns the descriptor that goes
 * into the command.
 */
static struct sgl_desc put_segments(struct loop *l, u64 at,
				    const struct sgl_desc *part, u32 n)
{
	struct sgl_desc top, *link = &top;

	for (;;) {
		u32 k = min(n, 1 + rnd(12));
		bool last = k == n;

		*link = desc(last ? NVME_SGL_LAST_SEGMENT : NVME_SGL_SEGMENT, at,
			     (k + !last) * 16);
		memcpy(loop_at(l, at), part, k * 16);
		if (last)
			return top;
		at += k * 16;
		part += k;
		n -= k;
		link = loop_at(l, at);
		at += 16;
	}
}

/*
 * One SGL writes a value, and another one reads it. Some descriptors cross a
 * page boundary.
 */
static void sgl_segments_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 from = loop_pages(l, 220), to = loop_pages(l, 220);
	u64 lists = loop_pages(l, 8);
	u8 *value = malloc(60000), *got = malloc(60000);
	struct sgl_desc part[MAX_PARTS], top;
	u32 round, i, n, len;

	for (round = 0; round < 300; round++) {
		len = 1 + rnd(60000);
		for (i = 0; i < len; i++)
			value[i] = rnd(256);
		n = scatter(part, from, len);
		copy_parts(l, part, n, value, true);
		top = put_segments(l, lists + 8 * rnd(512), part, n);
		KUNIT_EXPECT_EQ(test, store(l, len, top), 0);
		n = scatter(part, to, len);
		top = put_segments(l, lists + 8 * rnd(512), part, n);
		KUNIT_EXPECT_EQ(test, retrieve(l, len, top), 0);
		copy_parts(l, part, n, got, false);
		KUNIT_EXPECT_EQ(test, memcmp(got, value, len), 0);
	}
	free(value);
	free(got);
	stop(test, l);
}

/* Makes @nr data blocks of an LBA each, up to @in_segment a segment. */
static struct sgl_desc put_lbas(struct loop *l, u64 lists, u64 from, u32 nr,
				u32 in_segment)
{
	struct sgl_desc top, *link = &top, *d = loop_at(l, lists);

	for (;;) {
		u32 k = min(nr, in_segment - 1);
		bool last = k == nr;

		*link = desc(last ? NVME_SGL_LAST_SEGMENT : NVME_SGL_SEGMENT,
			     lists, (k + !last) * 16);
		lists += (k + 1) * 16;
		nr -= k;
		for (; k; k--, from += 512)
			*d++ = data(from, 512);
		if (last)
			return top;
		link = d++;
	}
}

/* The parts of the largest value are one LBA long, as O_DIRECT allows. */
static void sgl_long_test(struct kunit *test)
{
	static const u32 in_segment[] = { 4098, 256, 2 };
	struct loop *l = start(test, DEV_SIZE);
	u64 from = loop_pages(l, 513) + 8, to = loop_pages(l, 513) + 8;
	u64 lists = loop_pages(l, 33) + 8;
	const u32 len = 4096 * 512;
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(in_segment); i++) {
		for (k = 0; k < len; k++)
			((u8 *)loop_at(l, from))[k] = rnd(256);
		KUNIT_EXPECT_EQ(test, store(l, len, put_lbas(l, lists, from,
				4096, in_segment[i])), 0);
		KUNIT_EXPECT_EQ(test, retrieve(l, len, put_lbas(l, lists, to,
				4096, in_segment[i])), 0);
		KUNIT_EXPECT_EQ(test, memcmp(loop_at(l, from), loop_at(l, to),
					     len), 0);
	}
	/* A ring of segments does not loop forever, even for a short value. */
	memset(loop_at(l, lists), 0, 16);
	((struct sgl_desc *)loop_at(l, lists))[1] =
		desc(NVME_SGL_SEGMENT, lists, 32);
	KUNIT_EXPECT_EQ(test, store(l, len, desc(NVME_SGL_SEGMENT, lists, 32)),
			NVME_SC_SGL_NUMBER);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(NVME_SGL_SEGMENT, lists, 32)),
			NVME_SC_SGL_NUMBER);
	stop(test, l);
}

/* Block I/O and the vendor dialect accept SGLs, too. */
static void sgl_dialects_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 addr = loop_pages(l, 20) + 100, back = loop_pages(l, 20);
	struct nvme_sqe sqe;
	u8 buf[5000];

	memset(loop_at(l, addr), 'b', 65536);
	sqe = entry(NVME_NVM_WRITE, 1, 3, 0);
	sqe.cdw12 = cpu_to_le32(127);
	set_sgl(&sqe, data(addr, 65536));
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	sqe.opcode = NVME_NVM_READ;
	set_sgl(&sqe, data(back, 65536));
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(loop_at(l, addr), loop_at(l, back), 65536), 0);
	sqe = entry(NVME_VENDOR_STORE, 1, 5000 / 4, 0);
	sqe.vendor_key[0] = 'v';
	set_sgl(&sqe, data(addr, 5000));
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, 0);
	memset(buf, 'b', sizeof(buf));
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("v"), buf, 5000));
	stop(test, l);
}

/* A read discards the bytes of a bit bucket. A write ignores bit buckets. */
static void sgl_bucket_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 addr = loop_pages(l, 3), lists = loop_pages(l, 1);
	struct sgl_desc *d = loop_at(l, lists);
	u8 *p = loop_at(l, addr);

	d[0] = data(addr, 4);
	d[1] = desc(NVME_SGL_BIT_BUCKET, 0, 100);
	d[2] = data(addr + 4, 4);
	memcpy(p, "abcdefgh", 8);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(NVME_SGL_LAST_SEGMENT, lists, 48)),
			0);
	memset(p, 0, 16);
	KUNIT_EXPECT_EQ(test, retrieve(l, 8, data(addr, 8)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(p, "abcdefgh", 8), 0);
	memset(p, 0, 16);
	d[1] = desc(NVME_SGL_BIT_BUCKET, 0, 2);
	KUNIT_EXPECT_EQ(test, retrieve(l, 8, desc(NVME_SGL_LAST_SEGMENT, lists,
						  48)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(p, "abcdgh\0\0", 8), 0);
	stop(test, l);
}

static u16 vendor_value(struct loop *l, u8 opcode, u32 dwords,
			struct sgl_desc sgl)
{
	struct nvme_sqe sqe = entry(opcode, 1, dwords, 0);

	sqe.vendor_key[0] = 's';
	set_sgl(&sqe, sgl);
	return loop_do(l, 1, &sqe).status;
}

/* A value of the vendor dialect may be longer than its buffer. */
static void sgl_short_value_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 addr = loop_pages(l, 3);
	u8 *p = loop_at(l, addr);
	u8 want[2 * LOOP_PAGE] = "36 bytes of a value, all of them here";

	memset(p, 'x', 3 * LOOP_PAGE);
	memcpy(p, want, 36);
	want[36] = 0;
	KUNIT_EXPECT_EQ(test, vendor_value(l, NVME_VENDOR_STORE,
					   sizeof(want) / 4, data(addr, 36)), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("s"), (char *)want,
					sizeof(want)));
	memset(p, 'x', 3 * LOOP_PAGE);
	KUNIT_EXPECT_EQ(test, vendor_value(l, NVME_VENDOR_RETRIEVE,
					   sizeof(want) / 4, data(addr, 36)), 0);
	KUNIT_EXPECT_EQ(test, memcmp(p, want, 36), 0);
	KUNIT_EXPECT_EQ(test, p[36], 'x');
	stop(test, l);
}

/* Figures 84 to 97: each mistake has its status, and the old value stays. */
static void sgl_errors_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	const u8 block = NVME_SGL_DATA_BLOCK, segment = NVME_SGL_SEGMENT;
	const u8 last = NVME_SGL_LAST_SEGMENT;
	u64 addr = loop_pages(l, 1), lists = loop_pages(l, 1);
	struct sgl_desc *d = loop_at(l, lists);
	struct nvme_sqe sqe;
	u8 buf[8];

	memcpy(loop_at(l, addr), "oldvalue", 8);
	KUNIT_EXPECT_EQ(test, store(l, 8, data(addr, 8)), 0);
	KUNIT_EXPECT_EQ(test, store(l, 8, data(addr, 7)), NVME_SC_SGL_LENGTH);
	KUNIT_EXPECT_EQ(test, store(l, 8, data(4096, 8)), NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(0x40, addr, 8)), NVME_SC_SGL_TYPE);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(0x01, addr, 8)), NVME_SC_SGL_TYPE);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(last, lists, 0)),
			NVME_SC_SGL_SEGMENT);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(last, lists, 17)),
			NVME_SC_SGL_SEGMENT);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(last, lists + 4, 16)),
			NVME_SC_SGL_SEGMENT);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(last, 4096, 16)),
			NVME_SC_DATA_TRANSFER);
	/* A last segment that has a next one, a segment that has none. */
	d[0] = desc(last, lists, 16);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(last, lists, 16)),
			NVME_SC_SGL_SEGMENT);
	d[0] = desc(block, addr, 4);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(segment, lists, 16)),
			NVME_SC_SGL_SEGMENT);
	/* A segment descriptor is not the last one of its segment. */
	d[0] = desc(segment, lists, 16);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(segment, lists, 32)),
			NVME_SC_SGL_NUMBER);
	/* Rings of segments, without and with empty data blocks. */
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(segment, lists, 16)),
			NVME_SC_SGL_NUMBER);
	memset(d, 0, 4096);
	d[255] = desc(segment, lists, 4096);
	KUNIT_EXPECT_EQ(test, store(l, 8, desc(segment, lists, 4096)),
			NVME_SC_SGL_NUMBER);
	/* PSDT 10b and 11b are refused. Admin commands must use PRPs. */
	sqe = entry(NVME_KV_RETRIEVE, 2, 8, 1);
	sqe.flags = 0x80;
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_FIELD);
	sqe.flags = 0xc0;
	KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status, NVME_SC_INVALID_FIELD);
	sqe = entry(NVME_ADMIN_IDENTIFY, 0, NVME_CNS_CTRL, 0);
	set_sgl(&sqe, data(lists, 4096));
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, standard(l, NVME_KV_RETRIEVE, KEY("k"), 0, buf, 8)
			.status, 0);
	KUNIT_EXPECT_EQ(test, memcmp(buf, "oldvalue", 8), 0);
	stop(test, l);
}

/* Each command with garbage in its descriptors gets a status. */
static void sgl_garbage_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	static const u8 types[] = { 0, 0, 0x10, 0x20, 0x30, 0x55 };
	u64 lists = loop_pages(l, 4);
	struct sgl_desc *d = loop_at(l, lists);
	u32 i, j, answered = 0;

	for (i = 0; i < 5000; i++) {
		for (j = 0; j < 64; j++)
			d[j] = desc(types[rnd(ARRAY_SIZE(types))],
				    rnd(20) ? lists + 8192 + rnd(4000) : rnd(9999),
				    rnd(2) ? 16 * rnd(64) : rnd(9999));
		if (with_sgl(l, rnd(2) ? NVME_KV_STORE : NVME_KV_RETRIEVE,
			     rnd(30000), d[rnd(64)]).status != 0xffff)
			answered++;
	}
	KUNIT_EXPECT_EQ(test, answered, 5000u);
	stop(test, l);
}

static struct kunit_case sgl_cases[] = {
	KUNIT_CASE(sgl_block_test),
	KUNIT_CASE(sgl_segments_test),
	KUNIT_CASE(sgl_long_test),
	KUNIT_CASE(sgl_dialects_test),
	KUNIT_CASE(sgl_bucket_test),
	KUNIT_CASE(sgl_short_value_test),
	KUNIT_CASE(sgl_errors_test),
	KUNIT_CASE(sgl_garbage_test),
	{}
};

static struct kunit_suite sgl_suite = {
	.name = "sgl",
	.test_cases = sgl_cases,
};

kunit_test_suite(sgl_suite);
