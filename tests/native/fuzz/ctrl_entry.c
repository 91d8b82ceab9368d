// SPDX-License-Identifier: GPL-2.0
/* Makes entries by a small grammar, and their lists. See the header. */
#include "native/fuzz/ctrl_entry.h"

#include <string.h>
#include <linux/array_size.h>

#define NR_KEYS 24u
#define LIST_ENTRIES (LOOP_PAGE / sizeof(__le64))
#define SEGMENT_DESCRIPTORS (LOOP_PAGE / NVME_SGL_DESCRIPTOR)

/* --- addresses --- */

static u64 page_address(u32 page)
{
	return LOOP_BASE + (u64)(page % FUZZ_HOST_PAGES) * LOOP_PAGE;
}

static u64 odd_address(struct fuzz_input *in)
{
	static const u64 odd[] = {
		0, 8, ~0ull, ~0ull - 4095, 1ull << 63, LOOP_BASE - LOOP_PAGE,
		LOOP_BASE - 8, LOOP_BASE + FUZZ_HOST_SIZE,
		LOOP_BASE + FUZZ_HOST_SIZE - 8, LOOP_BASE + 4095,
		LOOP_BASE + 4092, LOOP_BASE + 4088,
	};

	return odd[fuzz_u8(in) % ARRAY_SIZE(odd)];
}

static u64 list_address(struct fuzz_input *in)
{
	static const u16 offset[] = { 0, 0, 0, 8, 16, 4072, 4080, 4088, 4092, 4 };
	u8 how = fuzz_u8(in);

	return page_address(FUZZ_FIRST_LIST + how % FUZZ_NR_LISTS) +
	       offset[fuzz_u8(in) % ARRAY_SIZE(offset)];
}

u64 entry_address(struct fuzz_input *in)
{
	u8 how = fuzz_u8(in);

	if (how < 160)
		return page_address(fuzz_u8(in));
	if (how < 200)
		return page_address(fuzz_u8(in)) + (fuzz_u16(in) & 0xffc);
	if (how < 225)
		return list_address(in);
	if (how < 240)
		return page_address(fuzz_u8(in)) + fuzz_u16(in) % LOOP_PAGE;
	return odd_address(in);
}

/*
 * Each entry points to a page, and the last one to the next list. Some entries,
 * @odd in number, are random.
 */
void entry_prp_list(struct fuzz_input *in, __le64 *page)
{
	u32 first = fuzz_u8(in), odd = fuzz_u8(in) % 4;
	unsigned int i;

	for (i = 0; i < LIST_ENTRIES; i++)
		page[i] = cpu_to_le64(page_address(first + i));
	page[LIST_ENTRIES - 1] = cpu_to_le64(list_address(in));
	while (odd--)
		page[fuzz_u16(in) % LIST_ENTRIES] =
			cpu_to_le64(entry_address(in));
}

static u64 any_descriptor(struct fuzz_input *in)
{
	static const u8 type[] = {
		NVME_SGL_DATA_BLOCK, NVME_SGL_DATA_BLOCK, NVME_SGL_BIT_BUCKET,
		NVME_SGL_SEGMENT, NVME_SGL_LAST_SEGMENT, 0x40, 0x01, 0xff,
	};
	static const u32 length[] = {
		0, 1, 4, 16, 32, 64, 100, 512, 4080, 4096, 5000, 65536,
		0xffffffff, 0xfffffff0, 24,
	};
	u64 len = length[fuzz_u8(in) % ARRAY_SIZE(length)];

	return len | (u64)type[fuzz_u8(in) % ARRAY_SIZE(type)] << 56;
}

void entry_sgl_segment(struct fuzz_input *in, __le64 *page)
{
	u32 first = fuzz_u8(in), len = 1 + fuzz_u16(in) % 8192;
	u32 odd = fuzz_u8(in) % 4;
	unsigned int i, at;

	for (i = 0; i < SEGMENT_DESCRIPTORS; i++) {
		page[2 * i] = cpu_to_le64(page_address(first + i));
		page[2 * i + 1] = cpu_to_le64(len);
	}
	while (odd--) {
		at = fuzz_u8(in) % SEGMENT_DESCRIPTORS;
		page[2 * at] = cpu_to_le64(entry_address(in));
		page[2 * at + 1] = cpu_to_le64(any_descriptor(in));
	}
}

/* --- fields --- */

static u32 any_length(struct fuzz_input *in)
{
	static const u32 length[] = {
		0, 1, 4, 7, 64, 100, 511, 512, 1000, 3000, 4095, 4096, 4097,
		8192, 10000, 12288, 65536, 300000, 2 << 20, (2 << 20) + 1, ~0u,
	};
	u8 i = fuzz_u8(in);

	/* Long transfers are slow, and a few are enough. */
	return length[i % (i < 224 ? 15 : ARRAY_SIZE(length))];
}

static u32 any_nsid(struct fuzz_input *in, u32 usual)
{
	static const u32 other[] = { 0, 1, 2, 3, NVME_NSID_ALL, NVME_NSID_ALL - 1 };
	u8 i = fuzz_u8(in);

	return i < 232 ? usual : other[i % ARRAY_SIZE(other)];
}

static u32 any_option(struct fuzz_input *in)
{
	u8 option = fuzz_u8(in);

	return option < 160 ? 0 : option % 16;
}

static void any_pointer(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	u8 how = fuzz_u8(in);

	if (how >= 200)
		sqe->flags = how >= 250 ? how : NVME_SQE_PSDT_SGL;
	sqe->prp1 = cpu_to_le64(how % 4 == 3 ? list_address(in) :
					       entry_address(in));
	if (sqe->flags == NVME_SQE_PSDT_SGL)
		sqe->prp2 = cpu_to_le64(any_descriptor(in));
	else
		sqe->prp2 = cpu_to_le64(how % 2 ? list_address(in) :
						  entry_address(in));
}

/* Chooses a key of any length. Short keys are inline, and they are repeated. */
static u32 any_key(struct fuzz_input *in, u8 key[16])
{
	u8 nr = fuzz_u8(in) % NR_KEYS;

	memset(key, 0, 16);
	memset(key, 'k', 1 + nr % 16);
	key[nr % 16] = 'a' + nr;
	return 1 + nr % 16;
}

/* --- I/O commands --- */

static void block_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 opcodes[] = {
		NVME_NVM_READ, NVME_NVM_WRITE, NVME_NVM_WRITE, NVME_NVM_FLUSH,
		NVME_NVM_WRITE_ZEROES, NVME_NVM_READ, NVME_NVM_READ, NVME_NVM_DSM,
	};
	u8 how = fuzz_u8(in);

	sqe->opcode = opcodes[how % ARRAY_SIZE(opcodes)];
	sqe->nsid = cpu_to_le32(any_nsid(in, 1));
	sqe->cdw10 = cpu_to_le32(FUZZ_FIRST_LBA + fuzz_u16(in) % 512);
	sqe->cdw12 = cpu_to_le32(how < 240 ? how % 32 : fuzz_u16(in));
	if (sqe->opcode == NVME_NVM_DSM) {
		sqe->cdw10 = cpu_to_le32(fuzz_u8(in) % 4);
		sqe->cdw11 = cpu_to_le32(fuzz_u8(in) % 8);
	}
}

static void standard_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 opcodes[] = {
		NVME_KV_STORE, NVME_KV_STORE, NVME_KV_RETRIEVE, NVME_KV_RETRIEVE,
		NVME_KV_LIST, NVME_KV_DELETE, NVME_KV_EXIST, NVME_KV_FLUSH,
	};
	u8 key[16];
	u32 len = any_key(in, key);

	sqe->opcode = opcodes[fuzz_u8(in) % ARRAY_SIZE(opcodes)];
	sqe->nsid = cpu_to_le32(any_nsid(in, 2));
	memcpy(sqe->key_low, key, 8);
	memcpy(sqe->key_high, key + 8, 8);
	sqe->cdw10 = cpu_to_le32(any_length(in));
	sqe->cdw11 = cpu_to_le32(len | any_option(in) << 8);
}

static void iterator_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 options[] = {
		NVME_VENDOR_ITER_OPEN | NVME_VENDOR_ITER_KEY,
		NVME_VENDOR_ITER_OPEN | NVME_VENDOR_ITER_KEY_VALUE,
		NVME_VENDOR_ITER_OPEN | NVME_VENDOR_ITER_DELETE,
		NVME_VENDOR_ITER_CLOSE,
	};
	u8 how = fuzz_u8(in);

	sqe->nsid = cpu_to_le32(any_nsid(in, how % 2));
	if (how % 3) {
		sqe->opcode = NVME_VENDOR_ITER_READ;
		sqe->cdw10 = cpu_to_le32(any_length(in) / 4);
		sqe->cdw11 = cpu_to_le32(1 + fuzz_u8(in) % 4);
		return;
	}
	sqe->opcode = NVME_VENDOR_ITER_REQUEST;
	sqe->cdw11 = cpu_to_le32((u32)options[fuzz_u8(in) % 4] << 8 |
				 (1 + fuzz_u8(in) % 4));
	/* This matches keys of the grammar. Other masks match sacred keys. */
	sqe->cdw12 = cpu_to_le32('k');
	sqe->cdw13 = cpu_to_le32(0xff);
}

static void vendor_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 opcodes[] = {
		NVME_VENDOR_STORE, NVME_VENDOR_STORE, NVME_VENDOR_RETRIEVE,
		NVME_VENDOR_RETRIEVE, NVME_VENDOR_APPEND, NVME_VENDOR_DELETE,
		NVME_VENDOR_EXIST, NVME_VENDOR_BATCH,
	};
	u8 how = fuzz_u8(in);
	u32 len = any_key(in, sqe->vendor_key);

	sqe->opcode = opcodes[how % ARRAY_SIZE(opcodes)];
	sqe->nsid = cpu_to_le32(any_nsid(in, how / 8 % 2));
	sqe->cdw10 = cpu_to_le32(any_length(in) / 4);
	sqe->cdw11 = cpu_to_le32((len - 1) | any_option(in) << 8 |
				 (how & 3u) << 16);
	if (sqe->opcode == NVME_VENDOR_BATCH)
		sqe->cdw11 = cpu_to_le32((1u + how / 8 % 9) << 24);
	if (how > 230)
		sqe->mptr = cpu_to_le64(512 * (how - 230));
	if (how < 200)
		return;
	/* The key is in host memory. */
	sqe->cdw11 = cpu_to_le32(how + 20u);
	memcpy(sqe->vendor_key, &(__le64){ cpu_to_le64(entry_address(in)) }, 8);
	memcpy(sqe->vendor_key + 8, &(__le64){ cpu_to_le64(entry_address(in)) }, 8);
}

void entry_io(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static void (*const kinds[])(struct fuzz_input *in, struct nvme_sqe *sqe) = {
		block_entry, standard_entry, vendor_entry, block_entry,
		standard_entry, vendor_entry, iterator_entry,
	};

	memset(sqe, 0, sizeof(*sqe));
	sqe->cid = cpu_to_le16(fuzz_u8(in));
	kinds[fuzz_u8(in) % ARRAY_SIZE(kinds)](in, sqe);
	any_pointer(in, sqe);
}

/* --- admin commands --- */

static void queue_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 opcodes[] = {
		NVME_ADMIN_CREATE_CQ, NVME_ADMIN_CREATE_SQ, NVME_ADMIN_DELETE_SQ,
		NVME_ADMIN_DELETE_CQ,
	};
	static const u16 size[] = { 7, 1, 2, 31, 63, 255, 1023, 1024, 0, 0xffff };
	u32 qid = fuzz_u8(in) % 9, other = fuzz_u8(in) % 8;

	sqe->opcode = opcodes[fuzz_u8(in) % ARRAY_SIZE(opcodes)];
	sqe->cdw10 = cpu_to_le32(qid |
				 (u32)size[fuzz_u8(in) % ARRAY_SIZE(size)] << 16);
	sqe->cdw11 = cpu_to_le32(3 | (other ? other : qid) << 16);
	sqe->prp1 = cpu_to_le64(entry_address(in));
}

static void feature_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 fids[] = {
		0x01, 0x02, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0e,
		0x0f, 0x17, 0x19, 0x20, 0x81, 0x03,
	};
	u8 how = fuzz_u8(in);

	sqe->opcode = how % 2 ? NVME_ADMIN_SET_FEATURES : NVME_ADMIN_GET_FEATURES;
	sqe->nsid = cpu_to_le32(any_nsid(in, how / 2 % 3));
	sqe->cdw10 = cpu_to_le32(fids[fuzz_u8(in) % ARRAY_SIZE(fids)] |
				 (how > 128 ? (u32)(how % 8) << 8 : 0) |
				 (how > 240 ? 1u << 31 : 0));
	sqe->cdw11 = cpu_to_le32(how % 3 ? fuzz_u8(in) : fuzz_u32(in));
}

static void log_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 ids[] = { 0, 1, 2, 3, 4, 5, 0x81, 0xc0, 0xca, 0xd0, 6, 0xff };

	sqe->opcode = NVME_ADMIN_GET_LOG;
	sqe->cdw10 = cpu_to_le32(ids[fuzz_u8(in) % ARRAY_SIZE(ids)] |
				 (u32)fuzz_u16(in) % 4096 << 16);
	sqe->cdw12 = cpu_to_le32(any_length(in));
	sqe->cdw14 = cpu_to_le32((u32)fuzz_u8(in) % 4 << 24);
}

static void identify_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	sqe->opcode = NVME_ADMIN_IDENTIFY;
	sqe->nsid = cpu_to_le32(any_nsid(in, fuzz_u8(in) % 4));
	sqe->cdw10 = cpu_to_le32(fuzz_u8(in) % 0x20);
	sqe->cdw11 = cpu_to_le32((u32)fuzz_u8(in) % 4 << 24);
}

static void other_entry(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static const u8 opcodes[] = {
		NVME_ADMIN_ABORT, NVME_ADMIN_ABORT, NVME_ADMIN_ABORT,
		NVME_ADMIN_ABORT, NVME_ADMIN_ASYNC_EVENT, NVME_ADMIN_KEEP_ALIVE,
		NVME_ADMIN_FORMAT, NVME_ADMIN_SANITIZE,
	};
	u8 how = fuzz_u8(in);

	sqe->opcode = opcodes[how % ARRAY_SIZE(opcodes)];
	sqe->nsid = cpu_to_le32(any_nsid(in, 1 + how / 8 % 2));
	if (sqe->opcode == NVME_ADMIN_ABORT)
		sqe->cdw10 = cpu_to_le32(fuzz_u8(in) % 4 |
					 (u32)fuzz_u8(in) << 16);
	else
		sqe->cdw10 = cpu_to_le32(how < 128 ? 2 : fuzz_u16(in));
}

void entry_admin(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	static void (*const kinds[])(struct fuzz_input *in, struct nvme_sqe *sqe) = {
		queue_entry, queue_entry, feature_entry, log_entry,
		identify_entry, other_entry,
	};

	memset(sqe, 0, sizeof(*sqe));
	any_pointer(in, sqe);
	if (fuzz_u8(in) < 240)
		sqe->flags = 0;
	sqe->cid = cpu_to_le16(fuzz_u8(in));
	kinds[fuzz_u8(in) % ARRAY_SIZE(kinds)](in, sqe);
}

/* --- other entries --- */

void entry_raw(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	u8 *bytes = (u8 *)sqe;
	unsigned int i;

	for (i = 0; i < sizeof(*sqe); i++)
		bytes[i] = fuzz_u8(in);
}

void entry_mutate(struct fuzz_input *in, struct nvme_sqe *sqe)
{
	u32 n = 1 + fuzz_u8(in) % 3;

	while (n--) {
		u8 at = fuzz_u8(in) % sizeof(*sqe);

		((u8 *)sqe)[at] ^= fuzz_u8(in);
	}
}
