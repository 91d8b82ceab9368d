/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tests of the controller share these: a device with two namespaces, and
 * functions that send commands.
 */
#ifndef VKV_TESTS_CTRL_WORLD_H
#define VKV_TESTS_CTRL_WORLD_H

#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include <stdlib.h>
#include <string.h>

#include "native/ctrl/loopback.h"

#define MIB (1ull << 20)
#define DEV_SIZE (32 * MIB)

static inline struct loop *start(struct kunit *test, u64 size)
{
	struct loop *l = loop_create(size, 2);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	return l;
}

/*
 * Starts a device that does not depend on the environment. With @timing NULL it
 * has no timing model.
 */
static inline struct loop *start_with(struct kunit *test,
				      unsigned int dispatchers,
				      u32 inline_bytes, const char *timing)
{
	const struct vkv_dev_config cfg = {
		.mem_size = DEV_SIZE,
		.nr_workers = 2,
		.nr_dispatchers = dispatchers,
		.inline_bytes = inline_bytes,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.timing = timing,
		.serial = "VKVTEST0",
	};
	struct loop *l = loop_create_cfg(&cfg);

	KUNIT_ASSERT_NOT_NULL(test, l);
	KUNIT_ASSERT_EQ(test, loop_enable(l, 2), 0);
	return l;
}

/* Starts a device whose workers carry out every command. */
static inline struct loop *start_timed(struct kunit *test, const char *timing)
{
	return start_with(test, 1, 0, timing);
}

static inline void stop(struct kunit *test, struct loop *l)
{
	char why[200] = "";

	KUNIT_EXPECT_EQ(test, loop_disable(l), 0);
	KUNIT_EXPECT_EQ(test, l->maps, 0u);
	KUNIT_EXPECT_TRUE_MSG(test, !vkv_ftl_check(l->dev->ftl, why,
						   sizeof(why)), "%s", why);
	loop_destroy(l);
}

static u64 random_state = 88172645463325252ull;

static inline u32 rnd(u32 below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 16) % below;
}

/* --- submission helpers --- */

static inline struct nvme_sqe entry(u8 opcode, u32 nsid, u32 cdw10, u32 cdw11)
{
	struct nvme_sqe sqe = { .opcode = opcode };

	sqe.nsid = cpu_to_le32(nsid);
	sqe.cdw10 = cpu_to_le32(cdw10);
	sqe.cdw11 = cpu_to_le32(cdw11);
	return sqe;
}

/* Sets PRPs for @len bytes from @addr on. Their pages are contiguous. */
static inline void set_prps(struct loop *l, struct nvme_sqe *sqe, u64 addr, u32 len)
{
	u64 first = LOOP_PAGE - addr % LOOP_PAGE, page = addr + first;
	u64 *list, nr, list_addr, i;

	sqe->prp1 = cpu_to_le64(addr);
	if (len <= first)
		return;
	nr = (len - first + LOOP_PAGE - 1) / LOOP_PAGE;
	if (nr == 1) {
		sqe->prp2 = cpu_to_le64(page);
		return;
	}
	list_addr = loop_pages(l, nr / 511 + 1);
	sqe->prp2 = cpu_to_le64(list_addr);
	for (i = 0; i < nr; i++, page += LOOP_PAGE) {
		list = loop_at(l, list_addr);
		if (list_addr % LOOP_PAGE == LOOP_PAGE - 8 && i + 1 < nr) {
			*list = cpu_to_le64(list_addr + 8);
			list_addr += 8;
			list = loop_at(l, list_addr);
		}
		*list = cpu_to_le64(page);
		list_addr += 8;
	}
}

static inline u64 mark(struct loop *l)
{
	return l->used;
}

static inline void release(struct loop *l, u64 m)
{
	l->used = m;
}

static inline u16 admin(struct loop *l, u8 opcode, u32 nsid, u32 cdw10,
			u32 cdw11, u64 prp1)
{
	struct nvme_sqe sqe = entry(opcode, nsid, cdw10, cdw11);

	sqe.prp1 = cpu_to_le64(prp1);
	return loop_do(l, 0, &sqe).status;
}

struct vkey {
	const void *data;
	u32 len;
};

#define KEY(s) ((struct vkey){ s, sizeof(s) - 1 })

static inline void set_vendor_key(struct loop *l, struct nvme_sqe *sqe, struct vkey k)
{
	u64 addr;

	sqe->cdw11 |= cpu_to_le32((k.len - 1) & 0xff);
	if (k.len <= 16) {
		memcpy(sqe->vendor_key, k.data, k.len);
		return;
	}
	/* The key crosses a page boundary, so that it needs both PRPs. */
	addr = loop_pages(l, 2) + LOOP_PAGE - 10;
	memcpy(loop_at(l, addr), k.data, k.len);
	sqe->cdw12 = cpu_to_le32((u32)addr);
	sqe->cdw13 = cpu_to_le32(addr >> 32);
	addr += 10;
	sqe->cdw14 = cpu_to_le32((u32)addr);
	sqe->cdw15 = cpu_to_le32(addr >> 32);
}

static inline struct loop_answer vendor(struct loop *l, u8 opcode, u32 nsid,
					struct vkey k, u8 option, u32 offset, void *buf, u32 len)
{
	u32 dwords = (len + 3) / 4;
	struct nvme_sqe sqe = entry(opcode, nsid, dwords,
				    option << 8 | (dwords * 4 - len) << 16);
	u64 m = mark(l), addr = loop_pages(l, len / LOOP_PAGE + 2) + 512;
	struct loop_answer a;

	set_vendor_key(l, &sqe, k);
	sqe.mptr = cpu_to_le64(offset);
	set_prps(l, &sqe, addr, dwords * 4);
	if (len && opcode != NVME_VENDOR_RETRIEVE)
		memcpy(loop_at(l, addr), buf, len);
	a = loop_do(l, 1, &sqe);
	if (len && opcode == NVME_VENDOR_RETRIEVE)
		memcpy(buf, loop_at(l, addr), len);
	release(l, m);
	return a;
}

static inline u16 v_store(struct loop *l, struct vkey k, const void *buf, u32 len)
{
	return vendor(l, NVME_VENDOR_STORE, 1, k, 0, 0, (void *)buf, len).status;
}

static inline u16 v_delete(struct loop *l, struct vkey k)
{
	return vendor(l, NVME_VENDOR_DELETE, 1, k, 1, 0, NULL, 0).status;
}

static inline u16 v_exist(struct loop *l, struct vkey k)
{
	return vendor(l, NVME_VENDOR_EXIST, 1, k, 0, 0, NULL, 0).status;
}

/* Is @want, and nothing more, stored under @k? */
static inline bool v_holds(struct loop *l, u32 nsid, struct vkey k,
			   const void *want, u32 len)
{
	u8 *buf = malloc(len + 8);
	struct loop_answer a;
	bool same;

	a = vendor(l, NVME_VENDOR_RETRIEVE, nsid, k, 0, 0, buf, len);
	same = !a.status && a.dw0 == len && !memcmp(buf, want, len);
	free(buf);
	return same;
}

static inline struct loop_answer standard(struct loop *l, u8 opcode,
					  struct vkey k, u8 option, void *buf, u32 len)
{
	struct nvme_sqe sqe = entry(opcode, 2, len, option << 8 | k.len);
	u64 m = mark(l), addr = loop_pages(l, len / LOOP_PAGE + 2) + 64;
	u8 key[16] = { 0 };
	struct loop_answer a;

	memcpy(key, k.data, min(k.len, 16u));
	memcpy(sqe.key_low, key, 8);
	memcpy(sqe.key_high, key + 8, 8);
	set_prps(l, &sqe, addr, len);
	if (len && opcode == NVME_KV_STORE)
		memcpy(loop_at(l, addr), buf, len);
	a = loop_do(l, 1, &sqe);
	if (len && opcode != NVME_KV_STORE)
		memcpy(buf, loop_at(l, addr), len);
	release(l, m);
	return a;
}

static inline struct loop_answer block(struct loop *l, u8 opcode, u64 lba,
				       u32 nr, void *buf)
{
	struct nvme_sqe sqe = entry(opcode, 1, (u32)lba, lba >> 32);
	u64 m = mark(l), addr = loop_pages(l, nr * 512 / LOOP_PAGE + 2) + 1024;
	struct loop_answer a;

	sqe.cdw12 = cpu_to_le32(nr - 1);
	set_prps(l, &sqe, addr, nr * 512);
	if (opcode == NVME_NVM_WRITE)
		memcpy(loop_at(l, addr), buf, nr * 512);
	a = loop_do(l, 1, &sqe);
	if (opcode == NVME_NVM_READ)
		memcpy(buf, loop_at(l, addr), nr * 512);
	release(l, m);
	return a;
}

static inline u16 feature(struct loop *l, u8 opcode, u32 fid, u32 nsid,
			  u32 value, u32 *result)
{
	struct nvme_sqe sqe = entry(opcode, nsid, fid, value);
	struct loop_answer a = loop_do(l, 0, &sqe);

	*result = a.dw0;
	return a.status;
}

#endif
