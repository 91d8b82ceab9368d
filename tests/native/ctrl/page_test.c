// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that the host reads: all forms of Identify (base specification 2.0,
 * section 5.17), and parts of log pages (section 5.16).
 */
#include "native/ctrl/world.h"

#define GET_LOG NVME_ADMIN_GET_LOG
#define OK 0
#define NS_BAD NVME_SC_INVALID_NS
#define FIELD NVME_SC_INVALID_FIELD
#define CSI_BAD NVME_SC_INVALID_CSI

static u16 identify(struct loop *l, u8 cns, u32 nsid, u32 csi, u64 page)
{
	return admin(l, NVME_ADMIN_IDENTIFY, nsid, cns, csi << 24, page);
}

/* Figure 273: each CNS with different namespaces and command sets. */
static void identify_forms_test(struct kunit *test)
{
	static const struct {
		u8 cns;
		u32 nsid, csi;
		u16 status;
	} rows[] = {
		{ NVME_CNS_NS, 1, 0, OK }, { NVME_CNS_NS, 0, 0, NS_BAD },
		{ NVME_CNS_NS, 2, 0, CSI_BAD }, { NVME_CNS_NS, 3, 0, OK },
		{ NVME_CNS_NS, 17, 0, NS_BAD },
		{ NVME_CNS_NS, NVME_NSID_ALL, 0, NS_BAD },
		{ NVME_CNS_CTRL, 0, 0, OK },
		{ NVME_CNS_ACTIVE_LIST, 0, 0, OK },
		{ NVME_CNS_ACTIVE_LIST, 2, 0, OK },
		{ NVME_CNS_ACTIVE_LIST, 0xfffffffd, 0, OK },
		{ NVME_CNS_ACTIVE_LIST, 0xfffffffe, 0, NS_BAD },
		{ NVME_CNS_ACTIVE_LIST, NVME_NSID_ALL, 0, NS_BAD },
		{ NVME_CNS_NS_DESCS, 1, 0, OK },
		{ NVME_CNS_NS_DESCS, 0, 0, NS_BAD },
		{ NVME_CNS_NS_DESCS, NVME_NSID_ALL, 0, NS_BAD },
		{ NVME_CNS_CSI_NS, 1, 0, OK }, { NVME_CNS_CSI_NS, 2, 1, OK },
		{ NVME_CNS_CSI_NS, 1, 1, CSI_BAD },
		{ NVME_CNS_CSI_NS, 2, 0, CSI_BAD },
		{ NVME_CNS_CSI_NS, 1, 2, FIELD },
		{ NVME_CNS_CSI_NS, 3, 0, OK },
		{ NVME_CNS_CSI_NS, 17, 0, NS_BAD },
		{ NVME_CNS_CSI_CTRL, 0, 0, OK }, { NVME_CNS_CSI_CTRL, 0, 1, OK },
		{ NVME_CNS_CSI_CTRL, 0, 2, FIELD },
		{ NVME_CNS_CSI_ACTIVE_LIST, 0, 0, OK },
		{ NVME_CNS_CSI_ACTIVE_LIST, 0, 1, OK },
		{ NVME_CNS_CSI_ACTIVE_LIST, 0, 2, FIELD },
		{ NVME_CNS_CSI_ACTIVE_LIST, NVME_NSID_ALL, 0, NS_BAD },
		{ NVME_CNS_INDEPENDENT_NS, 1, 0, OK },
		{ NVME_CNS_INDEPENDENT_NS, 2, 0, OK },
		{ NVME_CNS_INDEPENDENT_NS, 3, 0, OK },
		{ NVME_CNS_INDEPENDENT_NS, 17, 0, NS_BAD },
		{ NVME_CNS_ALLOCATED_LIST, 0, 0, OK },
		{ NVME_CNS_ALLOCATED_NS, 1, 0, OK },
		{ NVME_CNS_ALLOCATED_NS, 16, 0, OK },
		{ NVME_CNS_ALLOCATED_NS, 17, 0, NS_BAD },
		{ NVME_CNS_NS_CTRL_LIST, 1, 0, OK },
		{ NVME_CNS_NS_CTRL_LIST, 16, 0, OK },
		{ NVME_CNS_NS_CTRL_LIST, 0, 0, NS_BAD },
		{ NVME_CNS_NS_CTRL_LIST, NVME_NSID_ALL, 0, NS_BAD },
		{ NVME_CNS_CTRL_LIST, 0, 0, OK },
		{ NVME_CNS_CSI_ALLOCATED_LIST, 0, 1, OK },
		{ NVME_CNS_CSI_ALLOCATED_NS, 2, 1, OK },
		{ NVME_CNS_COMMAND_SETS, 0, 0, OK },
		{ 0x04, 0, 0, FIELD }, { 0x09, 0, 0, FIELD },
		{ 0x14, 0, 0, FIELD },
		{ 0x15, 0, 0, FIELD }, { 0x16, 0, 0, FIELD },
		{ 0x17, 0, 0, FIELD }, { 0x18, 0, 0, FIELD },
		{ 0x19, 0, 0, FIELD }, { 0x1d, 0, 0, FIELD },
		{ 0x80, 0, 0, FIELD }, { 0xff, 0, 0, FIELD },
	};
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 2);
	u8 *bytes = loop_at(l, page);
	unsigned int i;
	u16 status;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		memset(bytes, 0xa5, 2 * LOOP_PAGE);
		status = identify(l, rows[i].cns, rows[i].nsid, rows[i].csi,
				  page);
		KUNIT_EXPECT_TRUE_MSG(test, status == rows[i].status,
				      "CNS %02x, NSID %x, CSI %u: %03x",
				      rows[i].cns, rows[i].nsid, rows[i].csi,
				      status);
		/* Identify writes exactly one page, or nothing. */
		KUNIT_EXPECT_EQ(test, bytes[LOOP_PAGE - 1],
				rows[i].status ? 0xa5 : 0);
		KUNIT_EXPECT_EQ(test, bytes[LOOP_PAGE], 0xa5);
	}
	stop(test, l);
}

/* A driver's first Identify that cannot be answered is reported, once. */
static void identify_unreachable_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page;

	KUNIT_EXPECT_EQ(test, identify(l, NVME_CNS_CTRL, 0, 0, 0x1000),
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, l->warnings, 1u);
	KUNIT_EXPECT_EQ(test, identify(l, NVME_CNS_CTRL, 0, 0, 0x1000),
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, l->warnings, 1u);
	stop(test, l);

	l = start(test, DEV_SIZE);
	page = loop_pages(l, 1);
	KUNIT_EXPECT_EQ(test, identify(l, NVME_CNS_CTRL, 0, 0, page), 0);
	KUNIT_EXPECT_EQ(test, identify(l, NVME_CNS_CTRL, 0, 0, 0x1000),
			NVME_SC_DATA_TRANSFER);
	KUNIT_EXPECT_EQ(test, l->warnings, 0u);
	stop(test, l);
}

/*
 * A list begins after the NSID. A list with a CSI has only the namespaces of
 * that command set.
 */
static void identify_lists_test(struct kunit *test)
{
	static const struct {
		u8 cns;
		u32 after, csi, first, second;
	} rows[] = {
		{ NVME_CNS_ACTIVE_LIST, 0, 0, 1, 2 },
		{ NVME_CNS_ACTIVE_LIST, 1, 0, 2, 0 },
		{ NVME_CNS_ACTIVE_LIST, 2, 0, 0, 0 },
		{ NVME_CNS_ALLOCATED_LIST, 0, 0, 1, 2 },
		{ NVME_CNS_CSI_ACTIVE_LIST, 0, 0, 1, 0 },
		{ NVME_CNS_CSI_ACTIVE_LIST, 1, 0, 0, 0 },
		{ NVME_CNS_CSI_ACTIVE_LIST, 0, 1, 2, 0 },
		{ NVME_CNS_CSI_ACTIVE_LIST, 1, 1, 2, 0 },
		{ NVME_CNS_CSI_ALLOCATED_LIST, 2, 1, 0, 0 },
	};
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	const __le32 *list = loop_at(l, page);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ(test, identify(l, rows[i].cns, rows[i].after,
					       rows[i].csi, page), 0);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(list[0]), rows[i].first);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(list[1]), rows[i].second);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(list[2]), 0u);
	}
	/* CNS 1Ch has one combination: NVM and Key Value. */
	KUNIT_EXPECT_EQ(test, identify(l, NVME_CNS_COMMAND_SETS, 0, 0, page), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[0]), 3u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[2]), 0u);
	stop(test, l);
}

static struct loop_answer log_part(struct loop *l, u8 lid, u64 offset, u32 len,
				   u32 cdw14, u64 page)
{
	struct nvme_sqe sqe = entry(GET_LOG, NVME_NSID_ALL,
				    lid | (len / 4 - 1) << 16, 0);

	sqe.cdw12 = cpu_to_le32((u32)offset);
	sqe.cdw13 = cpu_to_le32(offset >> 32);
	sqe.cdw14 = cpu_to_le32(cdw14);
	sqe.prp1 = cpu_to_le64(page);
	return loop_do(l, 0, &sqe);
}

/*
 * Sections 5.16.1 and 5.16.1.3 (LPA bit 0): the standard's pages belong to the
 * controller, so they refuse the NSID of a namespace. The vendor's pages accept
 * any NSID.
 */
static void log_nsid_test(struct kunit *test)
{
	static const struct {
		u32 nsid;
		u16 status;
	} rows[] = {
		{ 0, 0 }, { NVME_NSID_ALL, 0 },
		{ 1, NVME_SC_INVALID_FIELD }, { 2, NVME_SC_INVALID_FIELD },
		{ 77, NVME_SC_INVALID_FIELD },
	};
	static const u8 pages[] = {
		NVME_LOG_SUPPORTED, NVME_LOG_ERROR, NVME_LOG_SMART,
		NVME_LOG_FIRMWARE, NVME_LOG_CHANGED_NS, NVME_LOG_EFFECTS,
		NVME_LOG_FEATURES, NVME_LOG_SANITIZE, NVME_LOG_VENDOR_STATS,
		NVME_LOG_VENDOR_WAF, NVME_LOG_VENDOR_ITERATORS,
	};
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	unsigned int i, p;

	for (p = 0; p < ARRAY_SIZE(pages); p++)
		for (i = 0; i < ARRAY_SIZE(rows); i++)
			KUNIT_EXPECT_EQ(test, admin(l, GET_LOG, rows[i].nsid,
						    pages[p] | 31 << 16, 0, page),
					pages[p] < 0xc0 ? rows[i].status : 0);
	stop(test, l);
}

/* Section 5.16.1.18: log page 12h has the features that Get Features knows. */
static void features_log_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 2);
	const __le32 *list = loop_at(l, page);
	unsigned int fid, n = 0;

	KUNIT_EXPECT_EQ(test, admin(l, GET_LOG, 0, NVME_LOG_FEATURES | 255 << 16,
				    0, page), 0);
	for (fid = 0; fid < 256; fid++) {
		bool here = le32_to_cpu(list[fid]) & 1;
		struct nvme_sqe sqe = entry(NVME_ADMIN_GET_FEATURES, 0,
					    fid | 3 << 8, 0);
		struct loop_answer a = loop_do(l, 0, &sqe);

		/* A feature of a namespace needs an NSID. */
		KUNIT_EXPECT_EQ(test, a.status,
				!here ? NVME_SC_INVALID_FIELD :
				le32_to_cpu(list[fid]) == 0x00100001 ?
				NVME_SC_INVALID_NS : 0);
		n += here;
	}
	KUNIT_EXPECT_EQ(test, n, 16u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[NVME_FEAT_KEY_VALUE]), 0x00100001u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[NVME_FEAT_ARBITRATION]),
			0x00200001u);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(list[0x0d]), 0u);
	stop(test, l);
}

/*
 * LPO may be any dword inside a page, and none behind it. No page can be read
 * by index (OT).
 */
static void log_offset_test(struct kunit *test)
{
	static const struct {
		u8 lid;
		u32 len;
	} rows[] = {
		{ NVME_LOG_SUPPORTED, 1024 }, { NVME_LOG_ERROR, 4096 },
		{ NVME_LOG_SMART, 512 }, { NVME_LOG_FIRMWARE, 512 },
		{ NVME_LOG_EFFECTS, 4096 }, { NVME_LOG_FEATURES, 1024 },
		{ NVME_LOG_SANITIZE, 512 },
	};
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 2);
	u8 *whole = loop_at(l, page), *part = whole + LOOP_PAGE;
	unsigned int i;
	u32 at;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u8 lid = rows[i].lid;
		u32 len = rows[i].len;

		KUNIT_EXPECT_EQ(test, log_part(l, lid, 0, len, 0, page).status, 0);
		for (at = 4; at < len; at += 4 + rnd(60) * 4) {
			KUNIT_EXPECT_EQ(test, log_part(l, lid, at, 4, 0,
						       page + LOOP_PAGE).status,
					0);
			KUNIT_EXPECT_EQ(test, memcmp(whole + at, part, 4), 0);
		}
		KUNIT_EXPECT_EQ(test, log_part(l, lid, len + 4, 4, 0,
					       page).status, FIELD);
		KUNIT_EXPECT_EQ(test, log_part(l, lid, 1ull << 32, 4, 0,
					       page).status, FIELD);
		KUNIT_EXPECT_EQ(test, log_part(l, lid, 2, 4, 0, page).status,
				FIELD);
		KUNIT_EXPECT_EQ(test, log_part(l, lid, 0, 4, 1 << 23,
					       page).status, FIELD);
		KUNIT_EXPECT_EQ(test, log_part(l, lid, ~0ull - 3, 4, 0,
					       page).status, FIELD);
	}
	KUNIT_EXPECT_EQ(test, log_part(l, 0x06, 0, 4, 0, page).status,
			NVME_SC_LOG_INVALID);
	stop(test, l);
}

static struct kunit_case page_cases[] = {
	KUNIT_CASE(identify_forms_test),
	KUNIT_CASE(identify_unreachable_test),
	KUNIT_CASE(identify_lists_test),
	KUNIT_CASE(log_nsid_test),
	KUNIT_CASE(features_log_test),
	KUNIT_CASE(log_offset_test),
	{}
};

static struct kunit_suite page_suite = {
	.name = "page",
	.test_cases = page_cases,
};

kunit_test_suite(page_suite);
