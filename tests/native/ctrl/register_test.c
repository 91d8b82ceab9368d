// SPDX-License-Identifier: GPL-2.0
/* Registers: base specification 2.0, sections 3.1.3 and 3.6. */
#include "native/ctrl/world.h"

#define RESERVED_18 0x18
#define NSSR 0x20
#define CMBLOC 0x38
#define CMBMSC 0x50
#define PMRCAP 0xe00

/* The first dispatcher has looked at every register after so many rounds. */
#define ALL_REGISTERS 1100
#define NEAR_REGISTERS 20

static void write_bytes(struct loop *l, unsigned int reg, const void *from,
			unsigned int width)
{
	memcpy((u8 *)l->cfg.bar + reg, from, width);
}

static u64 read_wide(struct loop *l, unsigned int reg)
{
	return loop_reg(l, reg) | (u64)loop_reg(l, reg + 4) << 32;
}

/* Section 3.1.3.1: the values of CAP. No write of any width changes it. */
static void capabilities_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);
	static const u8 ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	unsigned int width, at;
	u64 cap = read_wide(l, NVME_REG_CAP);

	KUNIT_EXPECT_EQ(test, cap & 0xffff, 1023u);		/* MQES */
	KUNIT_EXPECT_EQ(test, cap >> 16 & 1, 1u);		/* CQR */
	KUNIT_EXPECT_EQ(test, cap >> 17 & 3, 0u);		/* AMS */
	KUNIT_EXPECT_EQ(test, cap >> 24 & 0xff, 60u);		/* TO */
	KUNIT_EXPECT_EQ(test, cap >> 32 & 0xf, 4u);		/* DSTRD */
	KUNIT_EXPECT_EQ(test, cap >> 36 & 1, 0u);		/* NSSRS */
	KUNIT_EXPECT_EQ(test, cap >> 37 & 0xff, 0x41u);		/* CSS */
	KUNIT_EXPECT_EQ(test, cap >> 45 & 0x3fff, 0u);	/* BPS .. MPSMIN */
	KUNIT_EXPECT_EQ(test, cap >> 59, 1u);	/* CRMS: ready with media */
	for (width = 1; width <= 8; width *= 2)
		for (at = 0; at < 8; at += width) {
			write_bytes(l, NVME_REG_CAP + at, ones, width);
			loop_rounds(l, 1);
			KUNIT_EXPECT_EQ(test, read_wide(l, NVME_REG_CAP), cap);
		}
	loop_destroy(l);
}

/* Reserved bits of writable registers read as zero, other bits as written. */
static void check_reserved_bits(struct kunit *test)
{
	static const struct {
		unsigned int reg;
		u32 written, read;
	} rows[] = {
		{ NVME_REG_CC, 0xff00000e, 0 },
		{ NVME_REG_CC, 0xff460060, 0x00460060 },
		{ NVME_REG_AQA, 0xffffffff, 0x0fff0fff },
		{ NVME_REG_AQA, 0x001f001f, 0x001f001f },
		{ NVME_REG_ASQ, 0xffffffff, 0xfffff000 },
		{ NVME_REG_ASQ + 4, 0xffffffff, 0xffffffff },
		{ NVME_REG_ACQ, 0x00001fff, 0x00001000 },
		{ NVME_REG_ACQ + 4, 0x12345678, 0x12345678 },
	};
	struct loop *l = loop_create(DEV_SIZE, 1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		loop_set_reg(l, rows[i].reg, rows[i].written);
		loop_rounds(l, NEAR_REGISTERS);
		KUNIT_EXPECT_EQ(test, loop_reg(l, rows[i].reg), rows[i].read);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	}
	loop_destroy(l);
}

static void reserved_bits_test(struct kunit *test)
{
	check_reserved_bits(test);
	setenv("LOOP_SIMPLE_BAR", "1", 1);
	check_reserved_bits(test);
	unsetenv("LOOP_SIMPLE_BAR");
}

/* Bits 11:00 of ASQ and ACQ are not part of the address. */
static void base_address_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);
	struct nvme_sqe sqe = entry(NVME_ADMIN_KEEP_ALIVE, 0, 0, 0);
	u32 cc;

	KUNIT_ASSERT_EQ(test, loop_enable(l, 0), 0);
	cc = loop_reg(l, NVME_REG_CC);
	KUNIT_ASSERT_EQ(test, loop_disable(l), 0);
	loop_set_reg(l, NVME_REG_ASQ, loop_reg(l, NVME_REG_ASQ) | 0x40);
	loop_set_reg(l, NVME_REG_ACQ, loop_reg(l, NVME_REG_ACQ) | 0xfff);
	loop_set_reg(l, NVME_REG_CC, cc);
	loop_rounds(l, 2);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
	l->q[0].tail = 0;
	KUNIT_EXPECT_EQ(test, loop_do(l, 0, &sqe).status, 0);
	stop(test, l);
}

/*
 * Registers that do not exist read as zero: NSSR (because CAP.NSSRS is 0),
 * those of the controller memory buffer and of the persistent memory region,
 * and INTMS and INTMC (because of MSI-X).
 */
static void absent_registers_test(struct kunit *test)
{
	static const unsigned int near[] = { NVME_REG_INTMS, NVME_REG_INTMC,
					     RESERVED_18, NSSR, CMBLOC,
					     CMBLOC + 4 };
	struct loop *l = start(test, DEV_SIZE);
	unsigned int i, reg;

	for (i = 0; i < ARRAY_SIZE(near); i++)
		loop_set_reg(l, near[i], 0x4e564d65);
	loop_rounds(l, NEAR_REGISTERS);
	for (i = 0; i < ARRAY_SIZE(near); i++)
		KUNIT_EXPECT_EQ(test, loop_reg(l, near[i]), 0u);
	for (reg = 0x40; reg < VKV_BAR_DOORBELLS; reg += 4)
		loop_set_reg(l, reg, ~reg);
	loop_rounds(l, ALL_REGISTERS);
	for (reg = 0x38; reg < VKV_BAR_DOORBELLS; reg += 4)
		KUNIT_EXPECT_EQ(test, loop_reg(l, reg),
				reg == NVME_REG_CRTO ? 60u : 0u);
	KUNIT_EXPECT_EQ(test, loop_reg(l, CMBMSC) | loop_reg(l, PMRCAP), 0u);
	/* Writing NSSR has not reset the subsystem. */
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

/*
 * Section 3.1.3.16: a host that sees CAP.CRMS takes its timeout from CRTO. CRTO
 * equals CAP.TO, is read-only, and is valid before the first round.
 */
static void ready_timeout_test(struct kunit *test)
{
	struct loop *l = loop_create(DEV_SIZE, 1);
	u32 to = read_wide(l, NVME_REG_CAP) >> 24 & 0xff;
	static const u32 values[] = { 0, 0xffffffff, 1 << 16 | 1 };
	unsigned int i;

	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CRTO), to);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	for (i = 0; i < ARRAY_SIZE(values); i++) {
		loop_set_reg(l, NVME_REG_CRTO, values[i]);
		loop_rounds(l, ALL_REGISTERS);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CRTO), to);
	}
	/* CC.CRIME would choose an absent mode, so it is reserved. */
	loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) | 1 << 24);
	loop_rounds(l, NEAR_REGISTERS);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CC) >> 24, 0u);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
	stop(test, l);
}

/* Section 3.1.3.6: the host cannot change CSTS, not even the bit NSSRO. */
static void status_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	static const u8 bytes[4] = { 0xff, 0x00, 0xff, 0x5a };
	unsigned int width;

	for (width = 1; width <= 4; width *= 2) {
		write_bytes(l, NVME_REG_CSTS, bytes, width);
		loop_rounds(l, 1);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
				NVME_CSTS_RDY);
	}
	stop(test, l);
}

/* Section 3.6: one write sets EN and SHN. No command is served in between. */
static void enable_shut_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 cc = loop_reg(l, NVME_REG_CC);

	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_set_reg(l, NVME_REG_CC, cc | 1 << 14);
	loop_rounds(l, 3);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
			NVME_CSTS_RDY | NVME_CSTS_SHST_DONE);
	/* One write clears EN and SHN. */
	loop_set_reg(l, NVME_REG_CC, cc & ~NVME_CC_EN);
	loop_rounds(l, 3);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	l->used = 0;
	KUNIT_ASSERT_EQ(test, loop_enable(l, 1), 0);
	KUNIT_EXPECT_EQ(test, v_store(l, KEY("k"), "v", 1), 0);
	stop(test, l);
}

/* Section 3.6: the host clears CC.EN while the shutdown waits for commands. */
static void reset_shutting_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	/* A Write Zeroes is not brief, so it is carried out by a worker. */
	struct nvme_sqe sqe = entry(NVME_NVM_WRITE_ZEROES, 1, 0, 0);
	unsigned int shn, i;

	for (shn = 1; shn <= 3; shn++) {
		l->hold_workers = true;
		for (i = 0; i < 20; i++)
			loop_submit(l, 1 + i % 2, &sqe);
		loop_rounds(l, 2);
		loop_set_reg(l, NVME_REG_CC,
			     loop_reg(l, NVME_REG_CC) | shn << 14);
		loop_rounds(l, 3);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS),
				NVME_CSTS_RDY | NVME_CSTS_SHST_BUSY);
		loop_set_reg(l, NVME_REG_CC, 0);
		loop_rounds(l, 3);
		/* The reset does not end before the commands have. */
		KUNIT_EXPECT_TRUE(test, loop_reg(l, NVME_REG_CSTS) &
					NVME_CSTS_RDY);
		l->hold_workers = false;
		loop_rounds(l, 5);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
		KUNIT_EXPECT_EQ(test, l->maps, 0u);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	}
	stop(test, l);
}

/* Section 3.7.2: a reset keeps AQA, ASQ and ACQ. */
static void reset_keeps_test(struct kunit *test)
{
	static const unsigned int regs[] = {
		NVME_REG_AQA, NVME_REG_ASQ, NVME_REG_ASQ + 4, NVME_REG_ACQ,
		NVME_REG_ACQ + 4,
	};
	struct loop *l = start(test, DEV_SIZE);
	u32 before[ARRAY_SIZE(regs)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		before[i] = loop_reg(l, regs[i]);
	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	loop_rounds(l, NEAR_REGISTERS);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		KUNIT_EXPECT_EQ(test, loop_reg(l, regs[i]), before[i]);
	loop_destroy(l);
}

/*
 * Section 3.7.2: a reset clears CC. A host that has shut down may read CC and
 * change only EN. It must not cause a second shutdown by that.
 */
static void reset_cc_test(struct kunit *test)
{
	struct loop *l = start(test, DEV_SIZE);
	u32 cc = loop_reg(l, NVME_REG_CC);

	loop_set_reg(l, NVME_REG_CC, cc | 1 << 14 | 0xa);
	loop_rounds(l, 5);
	loop_set_reg(l, NVME_REG_CC, (cc | 1 << 14 | 0xa) & ~NVME_CC_EN);
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CC), 0u);
	/* A write to CC during the reset takes effect after it. */
	l->used = 0;
	KUNIT_ASSERT_EQ(test, loop_enable(l, 0), 0);
	loop_set_reg(l, NVME_REG_CC, cc & ~NVME_CC_EN);
	loop_dispatchers_round(l);
	loop_set_reg(l, NVME_REG_CC, cc);
	loop_rounds(l, 5);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CC), cc);
	KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), NVME_CSTS_RDY);
	stop(test, l);
}

static void expect_zeroes(struct kunit *test, struct loop *l)
{
	static const unsigned int regs[] = {
		NVME_REG_CC, NVME_REG_AQA, NVME_REG_ASQ, NVME_REG_ASQ + 4,
		NVME_REG_ACQ, NVME_REG_ACQ + 4,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(regs); i++)
		KUNIT_EXPECT_EQ(test, loop_reg(l, regs[i]), 0u);
}

/* Section 3.7.2: a function level reset, in any state, among commands. */
static void function_reset_test(struct kunit *test)
{
	static const u32 more_cc[] = { 0, 1 << 14, NVME_CC_EN, 7 << 4 };
	struct nvme_sqe sqe = entry(NVME_NVM_WRITE_ZEROES, 1, 0, 0);
	struct nvme_sqe aer = entry(NVME_ADMIN_ASYNC_EVENT, 0, 0, 0);
	struct loop *l = start(test, DEV_SIZE);
	struct loop_answer a;
	unsigned int i;

	KUNIT_EXPECT_EQ(test, v_store(l, KEY("keep"), "value", 5), 0);
	for (i = 0; i < ARRAY_SIZE(more_cc); i++) {
		l->hold_workers = true;
		loop_submit(l, 0, &aer);
		loop_submit(l, 1, &sqe);
		loop_submit(l, 2, &sqe);
		loop_rounds(l, 2);
		loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) ^ more_cc[i]);
		loop_rounds(l, i);
		vkv_dev_function_reset(l->dev);
		expect_zeroes(test, l);
		loop_rounds(l, 3);
		l->hold_workers = false;
		loop_rounds(l, 10);
		expect_zeroes(test, l);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
		KUNIT_EXPECT_EQ(test, l->maps, 0u);
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 0, &a));
		KUNIT_EXPECT_FALSE(test, loop_poll(l, 1, &a));
		/* A reset of a disabled controller, shut down or not. */
		loop_set_reg(l, NVME_REG_CC, i << 14);
		loop_rounds(l, 2);
		vkv_dev_function_reset(l->dev);
		loop_rounds(l, 2);
		KUNIT_EXPECT_EQ(test, loop_reg(l, NVME_REG_CSTS), 0u);
		l->used = 0;
		KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
		KUNIT_EXPECT_TRUE(test, v_holds(l, 1, KEY("keep"), "value", 5));
	}
	stop(test, l);
}

static struct kunit_case register_cases[] = {
	KUNIT_CASE(capabilities_test),
	KUNIT_CASE(reserved_bits_test),
	KUNIT_CASE(base_address_test),
	KUNIT_CASE(absent_registers_test),
	KUNIT_CASE(ready_timeout_test),
	KUNIT_CASE(status_test),
	KUNIT_CASE(enable_shut_test),
	KUNIT_CASE(reset_shutting_test),
	KUNIT_CASE(reset_keeps_test),
	KUNIT_CASE(reset_cc_test),
	KUNIT_CASE(function_reset_test),
	{}
};

static struct kunit_suite register_suite = {
	.name = "register",
	.test_cases = register_cases,
};

kunit_test_suite(register_suite);
