// SPDX-License-Identifier: GPL-2.0
/*
 * Events, log pages and features. Sections and figures are those of the base
 * specification 2.0, unless another one is named.
 */
#include "native/ctrl/world.h"

#define GET NVME_ADMIN_GET_FEATURES
#define SET NVME_ADMIN_SET_FEATURES
#define SELECT(n) ((n) << 8)
#define SAVE (1u << 31)
#define RAE (1u << 15)

static u16 get_log(struct loop *l, u32 lid, u32 cdw14, u64 page, u32 len)
{
	struct nvme_sqe sqe = entry(NVME_ADMIN_GET_LOG, NVME_NSID_ALL,
				    lid | (len / 4 - 1) << 16, 0);

	sqe.prp1 = cpu_to_le64(page);
	sqe.cdw14 = cpu_to_le32(cdw14);
	return loop_do(l, 0, &sqe).status;
}

static u32 set_dword(struct kunit *test, struct loop *l, u8 fid, u32 value)
{
	u32 result;

	KUNIT_EXPECT_EQ(test, feature(l, SET, fid, 0, value, &result), 0);
	return result;
}

static u32 get_dword(struct kunit *test, struct loop *l, u32 cdw10)
{
	struct nvme_sqe sqe = entry(GET, 0, cdw10, 0);
	struct loop_answer a = loop_do(l, 0, &sqe);

	KUNIT_EXPECT_EQ(test, a.status, 0);
	return a.dw0;
}

static void request_events(struct loop *l, unsigned int n)
{
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);

	while (n--)
		loop_submit(l, 0, &aer);
	loop_rounds(l, 3);
}

/* Expects that @event, and no other event, is reported. */
static void expect_event(struct kunit *test, struct loop *l, u32 event)
{
	struct loop_answer a = { 0 };

	loop_rounds(l, 3);
	if (l->nr_others)
		a = l->other[--l->nr_others];
	else
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, a.status, 0);
	KUNIT_EXPECT_EQ(test, a.dw0, event);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);
}

static void expect_no_event(struct kunit *test, struct loop *l)
{
	struct loop_answer a;

	loop_rounds(l, 200);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, l->nr_others, 0u);
}

/* --- events --- */

/* Figure 146: writes the doorbell of an absent queue, then a bad value. */
static void doorbell_events_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);

	request_events(l, 4);
	loop_doorbell(l, 3, false, 7);
	loop_rounds(l, 200);
	expect_event(test, l, NVME_AEN_DOORBELL_REGISTER);
	/* More events of the same type wait until the log is read. */
	loop_doorbell(l, 100, true, 1);
	loop_rounds(l, 200);
	loop_doorbell(l, 1, false, 5000);
	expect_no_event(test, l);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_ERROR | RAE, 0, page, 64), 0);
	expect_no_event(test, l);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 64), 0);
	expect_no_event(test, l);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_ERROR, 0, page, 64), 0);
	expect_event(test, l, NVME_AEN_DOORBELL_REGISTER);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_ERROR, 0, page, 64), 0);
	expect_event(test, l, NVME_AEN_DOORBELL_VALUE);
	loop_doorbell(l, 1, false, l->q[1].tail);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

/* A deleted queue: its old doorbell value causes no event, a new one does. */
static void doorbell_deleted_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_SQ, 0, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_DELETE_CQ, 0, 1, 0, 0), 0);
	request_events(l, 1);
	expect_no_event(test, l);
	loop_doorbell(l, 1, false, 3);
	loop_rounds(l, 200);
	expect_event(test, l, NVME_AEN_DOORBELL_REGISTER);
	stop(test, l);
}

/* Section 5.27.1.3 and figure 147: feature 0Bh masks temperature events. */
static void temperature_event_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_smart_log *smart = loop_at(l, page);

	request_events(l, 2);
	set_dword(test, l, NVME_FEAT_TEMPERATURE, 290);
	expect_no_event(test, l);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 512), 0);
	KUNIT_EXPECT_EQ(test, smart->critical_warning, NVME_SMART_TEMPERATURE);
	set_dword(test, l, NVME_FEAT_ASYNC_EVENT, NVME_SMART_TEMPERATURE);
	expect_event(test, l, NVME_AEN_TEMPERATURE);
	/* Still too warm: no more events, even if the log is read. */
	set_dword(test, l, NVME_FEAT_TEMPERATURE, 291);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 512), 0);
	expect_no_event(test, l);
	set_dword(test, l, NVME_FEAT_TEMPERATURE, 343);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 512), 0);
	KUNIT_EXPECT_EQ(test, smart->critical_warning, 0);
	/* Now it is too cold. */
	set_dword(test, l, NVME_FEAT_TEMPERATURE, 1 << 20 | 310);
	expect_event(test, l, NVME_AEN_TEMPERATURE);
	KUNIT_EXPECT_EQ(test, get_dword(test, l, NVME_FEAT_TEMPERATURE), 343u);
	stop(test, l);
}

/* --- the error log --- */

struct refusal {
	u8 qid;
	struct nvme_sqe sqe;
	u16 status;
	u16 location;
};

#define SQE(op, ns, dw10, dw11) \
	{ .opcode = op, .nsid = cpu_to_le32(ns), .cdw10 = cpu_to_le32(dw10), \
	  .cdw11 = cpu_to_le32(dw11) }
#define AT(byte, bit) ((byte) | (bit) << 8)

/* Figure 200: the wrong field, for errors where the controller knows it. */
static const struct refusal refusals[] = {
	{ 1, SQE(0x7e, 1, 0, 0), NVME_SC_INVALID_OPCODE, AT(0, 0) },
	{ 1, SQE(NVME_NVM_READ, 99, 0, 0), NVME_SC_INVALID_NS, AT(4, 0) },
	{ 1, SQE(NVME_NVM_READ, 1, 0xffffffff, 1), NVME_SC_LBA_RANGE, AT(40, 0) },
	{ 1, { .opcode = NVME_NVM_READ, .nsid = cpu_to_le32(1), .flags = 1 },
	  NVME_SC_INVALID_FIELD, AT(1, 0) },
	{ 1, SQE(NVME_VENDOR_STORE, 1, 1, 255), NVME_SC_VENDOR_KEY_SIZE,
	  AT(44, 0) },
	{ 1, SQE(NVME_VENDOR_STORE, 1, 1, 0x1000), NVME_SC_VENDOR_OPTION,
	  AT(45, 0) },
	{ 1, SQE(NVME_VENDOR_STORE, 1, 0x100000, 0), NVME_SC_VENDOR_VALUE_SIZE,
	  AT(40, 0) },
	{ 1, SQE(NVME_VENDOR_STORE, 7, 1, 0), NVME_SC_VENDOR_KEYSPACE, AT(4, 0) },
	{ 1, { .opcode = NVME_VENDOR_RETRIEVE, .nsid = cpu_to_le32(1),
	       .mptr = cpu_to_le64(3) },
	  NVME_SC_VENDOR_OFFSET_ALIGN, AT(16, 0) },
	{ 1, SQE(NVME_VENDOR_STORE, 1, 1, 0), NVME_SC_DATA_TRANSFER, AT(24, 0) },
	{ 1, { .opcode = NVME_VENDOR_STORE, .nsid = cpu_to_le32(1),
	       .prp1 = cpu_to_le64(LOOP_BASE), .prp2 = cpu_to_le64(LOOP_BASE + 4),
	       .cdw10 = cpu_to_le32(2048) },
	  NVME_SC_PRP_OFFSET, AT(32, 0) },
	{ 1, SQE(NVME_KV_STORE, 2, 1, 17), NVME_SC_KV_KEY_SIZE, AT(44, 0) },
	{ 1, SQE(NVME_KV_STORE, 2, 0x200001, 1), NVME_SC_KV_VALUE_SIZE,
	  AT(40, 0) },
	{ 1, SQE(NVME_KV_STORE, 2, 1, 0x301), NVME_SC_INVALID_FIELD, AT(45, 0) },
	{ 0, SQE(0xc5, 0, 0, 0), NVME_SC_INVALID_OPCODE, AT(0, 0) },
	{ 0, { .opcode = NVME_ADMIN_KEEP_ALIVE, .flags = 0x40 },
	  NVME_SC_INVALID_FIELD, AT(1, 6) },
	{ 0, SQE(NVME_ADMIN_GET_LOG, 0, 0xee, 0), NVME_SC_LOG_INVALID, AT(40, 0) },
	{ 0, SQE(NVME_ADMIN_IDENTIFY, 0, 0xee, 0), NVME_SC_INVALID_FIELD,
	  AT(40, 0) },
	{ 0, SQE(NVME_ADMIN_IDENTIFY, 99, 0, 0), NVME_SC_INVALID_NS, AT(4, 0) },
	{ 0, SQE(NVME_ADMIN_CREATE_CQ, 0, 3, 3), NVME_SC_QUEUE_SIZE, AT(42, 0) },
	{ 0, SQE(NVME_ADMIN_CREATE_SQ, 0, 3, 3 | 9 << 16), NVME_SC_CQ_INVALID,
	  AT(46, 0) },
	{ 0, SQE(NVME_ADMIN_DELETE_CQ, 0, 9, 0), NVME_SC_QID_INVALID, AT(40, 0) },
	{ 0, SQE(SET, 0, 0x7e, 0), NVME_SC_INVALID_FIELD, AT(40, 0) },
	{ 0, SQE(SET, 0, SAVE | NVME_FEAT_TIMESTAMP, 0), NVME_SC_NOT_SAVEABLE,
	  AT(43, 7) },
	{ 0, SQE(SET, 0, NVME_FEAT_WRITE_CACHE, 2), NVME_SC_INVALID_FIELD,
	  AT(44, 0) },
	{ 0, SQE(GET, 0, SELECT(5) | NVME_FEAT_POWER, 0), NVME_SC_INVALID_FIELD,
	  AT(41, 0) },
};

static void error_log_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_error_entry *log = loop_at(l, page);
	unsigned int i, n = ARRAY_SIZE(refusals);

	for (i = 0; i < n; i++) {
		const struct refusal *r = &refusals[i];
		struct nvme_sqe sqe = r->sqe;

		KUNIT_EXPECT_EQ(test, loop_do(l, r->qid, &sqe).status, r->status);
		KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_ERROR, 0, page, 4096), 0);
		KUNIT_EXPECT_EQ(test, le64_to_cpu(log->error_count), i + 1);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sqid), r->qid);
		KUNIT_EXPECT_EQ(test, log->cid, sqe.cid);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(log->status), r->status << 1);
		KUNIT_EXPECT_TRUE_MSG(test, le16_to_cpu(log->location) ==
				      r->location, "row %u: location %04x", i,
				      le16_to_cpu(log->location));
		KUNIT_EXPECT_EQ(test, log->nsid, sqe.nsid);
	}
	/* The newest entry is first, and the older ones are still there. */
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(log[i].error_count), n - i);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(log[n].error_count), 0u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(log[n - 3].lba), 0x1ffffffffull);
	stop(test, l);
}

/* Figure 275, ELPE: the log keeps the last entries, and the count goes on. */
static void error_log_wraps_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_error_entry *log = loop_at(l, page);
	struct nvme_sqe sqe;
	unsigned int i;

	for (i = 0; i < VKV_NR_ERRORS + 9; i++) {
		sqe = entry(0x7e, 1, 0, 0);
		KUNIT_EXPECT_EQ(test, loop_do(l, 1, &sqe).status,
				NVME_SC_INVALID_OPCODE);
	}
	/* The log survives a reset. An absent key leaves no entry. */
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	KUNIT_EXPECT_EQ(test, v_exist(l, KEY("absent")), NVME_SC_VENDOR_NO_KEY);
	page = loop_pages(l, 1);
	log = loop_at(l, page);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_ERROR, 0, page, 4096), 0);
	for (i = 0; i < VKV_NR_ERRORS; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(log[i].error_count),
				VKV_NR_ERRORS + 9 - i);
	stop(test, l);
}

/* --- SMART and effects --- */

/* Figure 207: the SMART / Health Information log. */
static void smart_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	struct nvme_smart_log *smart = loop_at(l, page);
	u8 *value = calloc(1, 600000);
	struct nvme_sqe bad = entry(0x7e, 1, 0, 0);
	u64 minutes;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), value, 600000), 0);
	KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("k"), value, 600000));
	KUNIT_EXPECT_EQ(test, block(l, NVME_NVM_WRITE, 0, 8, value).status, 0);
	loop_do(l, 1, &bad);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 512), 0);
	/* 604,096 bytes are 1.18 units of 1000 * 512 bytes, rounded up. */
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->data_units_written[0]), 2u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->data_units_read[0]), 2u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->host_writes[0]), 2u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->host_reads[0]), 1u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->power_cycles[0]), 1u);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->num_err_log_entries[0]), 1u);
	KUNIT_EXPECT_EQ(test, smart->critical_warning, 0);
	KUNIT_EXPECT_EQ(test, smart->temperature[0] | smart->temperature[1] << 8,
			298);
	minutes = le64_to_cpu(smart->busy_time[0]);
	/* An hour without a command is not busy. An hour with a command is. */
	l->now += 3600000000000ull;
	loop_rounds(l, 2);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 512), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->busy_time[0]), minutes);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->power_on_hours[0]), 1u);
	l->hold_workers = true;
	bad = entry(NVME_VENDOR_EXIST, 1, 0, 0);
	loop_submit(l, 1, &bad);
	loop_rounds(l, 1);
	l->now += 3600000000000ull;
	loop_rounds(l, 1);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_SMART, 0, page, 512), 0);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(smart->busy_time[0]), minutes + 60);
	l->hold_workers = false;
	free(value);
	stop(test, l);
}

/* Figure 210: the log announces exactly the commands of the opcode tables. */
static void effects_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	u32 *admin_cmds = loop_at(l, page), *io = admin_cmds + 256, i, n;
	struct nvme_sqe sqe;

	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_EFFECTS, 0, page, 4096), 0);
	KUNIT_EXPECT_EQ(test, io[NVME_NVM_WRITE], NVME_EFFECT_CHANGES);
	KUNIT_EXPECT_EQ(test, io[NVME_VENDOR_RETRIEVE], NVME_EFFECT_CSUPP);
	for (i = 0; i < 256; i++) {
		sqe = entry(i, 1, 0, 0);
		KUNIT_EXPECT_EQ(test, !io[i], loop_do(l, 1, &sqe).status ==
				NVME_SC_INVALID_OPCODE);
	}
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_EFFECTS, 1 << 24, page, 4096),
			0);
	for (i = 0; i < 256; i++) {
		/* An iterator read uses the namespace of its iterator. */
		if (i == NVME_VENDOR_ITER_READ)
			continue;
		sqe = entry(i, 2, 0, 0);
		KUNIT_EXPECT_EQ(test, !io[i], loop_do(l, 1, &sqe).status ==
				NVME_SC_INVALID_OPCODE);
	}
	for (i = n = 0; i < 256; i++)
		n += admin_cmds[i] & 1;
	KUNIT_EXPECT_EQ(test, n, VKV_NR_ADMIN_OPCODES);
	/* The zoned command set is known, but none of its commands. */
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_EFFECTS, 2 << 24, page, 4096),
			0);
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, io[i], 0u);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_EFFECTS, 3 << 24, page, 4096),
			NVME_SC_INVALID_FIELD);
	stop(test, l);
}

/* --- features --- */

/*
 * Section 5.15, SEL: current, default and saved value, and capabilities.
 * Section 5.27, SV: saving a value.
 */
static void feature_select_test(struct kunit *test)
{
	static const struct {
		u8 fid;
		u32 initial, other, capabilities;
	} rows[] = {
		{ NVME_FEAT_ARBITRATION, 7, 0x01020303, 5 },
		{ NVME_FEAT_POWER, 0, 0x20, 5 },
		{ NVME_FEAT_TEMPERATURE, 343, 333, 4 },
		{ NVME_FEAT_WRITE_CACHE, 1, 0, 5 },
		{ NVME_FEAT_IRQ_COALESCE, 0, 0x0203, 5 },
		{ NVME_FEAT_WRITE_ATOMICITY, 0, 1, 5 },
		{ NVME_FEAT_ASYNC_EVENT, 0, 0x100, 5 },
		{ NVME_FEAT_KEEP_ALIVE, 0, 100000, 4 },
		{ NVME_FEAT_SANITIZE, 0, 1, 5 },
		{ NVME_FEAT_COMMAND_SET_PROFILE, 0, 0, 4 },
	};
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i;
	u32 saved, v;
	u16 status;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u8 fid = rows[i].fid;
		bool can_save = rows[i].capabilities & 1;
		struct nvme_sqe sqe = entry(SET, 0, fid | SAVE, rows[i].other);

		KUNIT_EXPECT_EQ(test, get_dword(test, l, fid), rows[i].initial);
		set_dword(test, l, fid, rows[i].other);
		KUNIT_EXPECT_EQ(test, get_dword(test, l, fid), rows[i].other);
		KUNIT_EXPECT_EQ(test, get_dword(test, l, fid | SELECT(1)),
				rows[i].initial);
		KUNIT_EXPECT_EQ(test, get_dword(test, l, fid | SELECT(2)),
				rows[i].initial);
		KUNIT_EXPECT_EQ(test, get_dword(test, l, fid | SELECT(3)),
				rows[i].capabilities);
		status = loop_do(l, 0, &sqe).status;
		KUNIT_EXPECT_EQ(test, status, can_save ? 0 : NVME_SC_NOT_SAVEABLE);
		saved = can_save ? rows[i].other : rows[i].initial;
		KUNIT_EXPECT_EQ(test, get_dword(test, l, fid | SELECT(2)), saved);
	}
	/* A reset restores saved values, and the defaults of others. */
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		KUNIT_EXPECT_EQ(test, get_dword(test, l, rows[i].fid),
				rows[i].capabilities & 1 ? rows[i].other :
							   rows[i].initial);
	/* HMPRE is 0, so there is no feature 0Dh (Host Memory Buffer). */
	KUNIT_EXPECT_EQ(test, feature(l, SET, 0x0d, 0, 1, &v),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, GET, 0x0d, 0, 0, &v),
			NVME_SC_INVALID_FIELD);
	stop(test, l);
}

/*
 * Features of a namespace and of a vector (sections 5.27.1.4 and 5.27.1.7, and
 * feature 20h of the KV command set).
 */
static void feature_scope_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe;
	u32 v;

	KUNIT_EXPECT_EQ(test, feature(l, SET, NVME_FEAT_ERROR_RECOVERY, 1, 9, &v),
			0);
	KUNIT_EXPECT_EQ(test, feature(l, GET, NVME_FEAT_ERROR_RECOVERY, 1, 0, &v),
			0);
	KUNIT_EXPECT_EQ(test, v, 9u);
	KUNIT_EXPECT_EQ(test, feature(l, SET, NVME_FEAT_ERROR_RECOVERY, 2, 9, &v),
			NVME_SC_INVALID_FIELD);
	KUNIT_EXPECT_EQ(test, feature(l, SET, NVME_FEAT_KEY_VALUE, NVME_NSID_ALL,
				      1, &v), 0);
	sqe = entry(GET, 2, NVME_FEAT_KEY_VALUE | SELECT(1), 0);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).dw0, 0u);
	sqe = entry(GET, 2, NVME_FEAT_KEY_VALUE | SELECT(3), 0);
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).dw0, 6u);
	/* Each vector has a setting of its own. */
	set_dword(test, l, NVME_FEAT_IRQ_CONFIG, 1 << 16 | 2);
	KUNIT_EXPECT_EQ(test, feature(l, GET, NVME_FEAT_IRQ_CONFIG, 0, 2, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 1u << 16 | 2);
	KUNIT_EXPECT_EQ(test, feature(l, GET, NVME_FEAT_IRQ_CONFIG, 0, 1, &v), 0);
	KUNIT_EXPECT_EQ(test, v, 1u);
	KUNIT_EXPECT_EQ(test, feature(l, GET, NVME_FEAT_IRQ_CONFIG, 0, 8, &v),
			NVME_SC_INVALID_FIELD);
	stop(test, l);
}

/* Features with a data buffer (sections 5.27.1.10 and 5.27.1.19). */
static void feature_data_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	u64 *data = loop_at(l, page);

	*data = cpu_to_le64(1700000000000ull);
	KUNIT_EXPECT_EQ(test, admin(l, SET, 0, NVME_FEAT_TIMESTAMP, 0, page), 0);
	l->now += 5000000000ull;
	KUNIT_EXPECT_EQ(test, admin(l, GET, 0, NVME_FEAT_TIMESTAMP, 0, page), 0);
	KUNIT_EXPECT_EQ(test, *data & GENMASK_ULL(47, 0), 1700000005000ull);
	KUNIT_EXPECT_EQ(test, *data >> 49 & 7, 1u);
	KUNIT_EXPECT_EQ(test, admin(l, GET, 0, NVME_FEAT_TIMESTAMP | SELECT(1), 0,
				    page), 0);
	KUNIT_EXPECT_EQ(test, *data, 0ull);
	data[0] = 1;
	data[1] = 2;
	KUNIT_EXPECT_EQ(test, admin(l, SET, 0, NVME_FEAT_HOST_ID, 1, page), 0);
	data[0] = 0;
	data[1] = 0;
	KUNIT_EXPECT_EQ(test, admin(l, GET, 0, NVME_FEAT_HOST_ID, 1, page), 0);
	KUNIT_EXPECT_EQ(test, data[0], 1u);
	KUNIT_EXPECT_EQ(test, data[1], 2u);
	stop(test, l);
}

/* Section 5.27.1.10: a reset clears the timestamp and its origin. */
static void timestamp_reset_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u64 page = loop_pages(l, 1);
	u64 *data = loop_at(l, page);
	unsigned int i;

	l->now += 3600000000000ull;
	for (i = 0; i < 2; i++) {
		*data = cpu_to_le64(1700000000000ull);
		KUNIT_EXPECT_EQ(test, admin(l, SET, 0, NVME_FEAT_TIMESTAMP, 0,
					    page), 0);
		KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		page = loop_pages(l, 1);
		data = loop_at(l, page);
		l->now += 7000000000ull;
		KUNIT_EXPECT_EQ(test, admin(l, GET, 0, NVME_FEAT_TIMESTAMP, 0,
					    page), 0);
		KUNIT_EXPECT_EQ(test, *data >> 48, 0ull);
		KUNIT_EXPECT_GE(test, *data, 7000ull);
		KUNIT_EXPECT_LE(test, *data, 8000ull);
	}
	stop(test, l);
}

/* Section 3.9: when keep alive commands stop coming, the controller fails. */
static void keep_alive_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	struct nvme_sqe sqe = entry(NVME_ADMIN_KEEP_ALIVE, 0, 0, 0);
	struct nvme_error_entry *log;
	struct loop_answer a;
	unsigned int i;
	u64 page;

	set_dword(test, l, NVME_FEAT_KEEP_ALIVE, 1950);
	KUNIT_EXPECT_EQ(test, get_dword(test, l, NVME_FEAT_KEEP_ALIVE), 2000u);
	for (i = 0; i < 5; i++) {
		l->now += 1500000000ull;
		KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0),
				0);
	}
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
	l->now += 2100000000ull;
	loop_rounds(l, 2);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
			NVME_CSTS_RDY | NVME_CSTS_CFS);
	loop_submit(l, 0, &sqe);
	loop_rounds(l, 50);
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	l->used = 0;
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	l->now += 10000000000ull;
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	page = loop_pages(l, 1);
	log = loop_at(l, page);
	KUNIT_EXPECT_EQ(test, get_log(l, NVME_LOG_ERROR, 0, page, 64), 0);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->status),
			NVME_SC_KEEP_ALIVE_EXPIRED << 1);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(log->sqid), 0xffff);
	stop(test, l);
}

/* --- interrupt coalescing (sections 5.27.1.6 and 5.27.1.7) --- */

/* Submits @n commands to queue 1 and takes their completions. */
static void complete_some(struct kunit *test, struct loop *l, unsigned int n)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_EXIST, 1, 0, 0);
	struct loop_answer a;
	unsigned int i;

	for (i = 0; i < n; i++)
		loop_submit(l, 1, &sqe);
	loop_rounds(l, 3);
	for (i = 0; i < n; i++)
		KUNIT_ASSERT_TRUE(test, loop_poll(l, 1, &a));
	KUNIT_EXPECT_FALSE(test, loop_poll(l, 1, &a));
}

/* Completes @n commands one after the other. */
static void complete_each(struct kunit *test, struct loop *l, unsigned int n)
{
	while (n--)
		complete_some(test, l, 1);
}

/* All completions of a worker's round share one interrupt. */
static void batch_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);

	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	complete_each(test, l, 5);
	KUNIT_EXPECT_EQ(test, l->irqs[1], 5u);
	complete_some(test, l, 5);
	KUNIT_EXPECT_EQ(test, l->irqs[1], 6u);
	stop(test, l);
}

static void coalescing_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	unsigned int *irqs = l->irqs, admin_irqs, before;

	complete_each(test, l, 5);
	KUNIT_EXPECT_EQ(test, irqs[1], 5u);
	/* The threshold 3 means four completions. The time is 200 us. */
	set_dword(test, l, NVME_FEAT_IRQ_COALESCE, 2 << 8 | 3);
	before = irqs[1];
	complete_some(test, l, 8);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 2);
	complete_some(test, l, 3);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 2);
	loop_rounds(l, 250);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 3);
	/* There is no second interrupt, because nothing more has completed. */
	loop_rounds(l, 1000);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 3);
	/* The admin queue and vectors with CD set never coalesce. */
	admin_irqs = irqs[0];
	KUNIT_EXPECT_EQ(test, admin(l, NVME_ADMIN_KEEP_ALIVE, 0, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, irqs[0], admin_irqs + 1);
	set_dword(test, l, NVME_FEAT_IRQ_CONFIG, 1 << 16 | 1);
	before = irqs[1];
	complete_each(test, l, 2);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 2);
	set_dword(test, l, NVME_FEAT_IRQ_CONFIG, 1);
	complete_some(test, l, 2);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 2);
	/* Coalescing is switched off, but a held interrupt still comes. */
	set_dword(test, l, NVME_FEAT_IRQ_COALESCE, 0);
	loop_rounds(l, 250);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 3);
	complete_each(test, l, 2);
	KUNIT_EXPECT_EQ(test, irqs[1], before + 5);
	stop(test, l);
}

/* A worker that holds back an interrupt says when its next round is due. */
static void coalescing_wakeup_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);
	struct vkv_worker *w = vkv_dev_worker(l->dev, 0);
	u64 due;

	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	set_dword(test, l, NVME_FEAT_IRQ_COALESCE, 10 << 8 | 100);
	KUNIT_EXPECT_EQ(test, vkv_worker_round(w, l->now), VKV_NEVER);
	complete_some(test, l, 1);
	due = vkv_worker_round(w, l->now);
	KUNIT_EXPECT_GT(test, due, l->now);
	KUNIT_EXPECT_LE(test, due, l->now + 1000000);
	KUNIT_EXPECT_EQ(test, l->irqs[1], 0u);
	l->now = due;
	KUNIT_EXPECT_EQ(test, vkv_worker_round(w, l->now), VKV_NEVER);
	KUNIT_EXPECT_EQ(test, l->irqs[1], 1u);
	stop(test, l);
}

static struct kunit_case admin_cases[] = {
	KUNIT_CASE(doorbell_events_test),
	KUNIT_CASE(doorbell_deleted_test),
	KUNIT_CASE(temperature_event_test),
	KUNIT_CASE(error_log_test),
	KUNIT_CASE(error_log_wraps_test),
	KUNIT_CASE(smart_test),
	KUNIT_CASE(effects_test),
	KUNIT_CASE(feature_select_test),
	KUNIT_CASE(feature_scope_test),
	KUNIT_CASE(feature_data_test),
	KUNIT_CASE(timestamp_reset_test),
	KUNIT_CASE(keep_alive_test),
	KUNIT_CASE(batch_test),
	KUNIT_CASE(coalescing_test),
	KUNIT_CASE(coalescing_wakeup_test),
	{}
};

static struct kunit_suite admin_suite = {
	.name = "admin",
	.test_cases = admin_cases,
};

kunit_test_suite(admin_suite);
