/* SPDX-License-Identifier: GPL-2.0 */
/* Builds batches (opcode 85h), one store after the other. */
#ifndef VKV_TESTS_CTRL_BATCH_H
#define VKV_TESTS_CTRL_BATCH_H

#include "native/ctrl/world.h"

/* A batch in host memory, which can be sent several times. */
struct batch {
	struct loop *l;
	u64 addr;
	u8 *buf;
	u32 nr;
	u32 len;
	struct nvme_sqe sqe;
};

static inline struct batch batch_in(struct loop *l, u32 max)
{
	u64 addr = loop_pages(l, max / LOOP_PAGE + 1);

	return (struct batch){ .l = l, .addr = addr, .buf = loop_at(l, addr),
			       .len = NVME_VENDOR_BATCH_HEAD };
}

static inline void batch_add(struct batch *b, struct vkey k, const void *v,
			     u32 len, u8 option)
{
	struct nvme_vendor_batch_sub *sub = (void *)(b->buf + 16 * b->nr++);

	*sub = (struct nvme_vendor_batch_sub){
		.opcode = NVME_VENDOR_STORE,
		.key_size = k.len,
		.value_size = cpu_to_le32(len),
		.option = option,
	};
	b->len += 64;
	memcpy(b->buf + b->len, k.data, k.len);
	b->len += ALIGN(k.len, 64);
	memcpy(b->buf + b->len, v, len);
	b->len += ALIGN(len, 64);
}

static inline struct nvme_sqe batch_entry(struct batch *b)
{
	struct nvme_sqe sqe = entry(NVME_VENDOR_BATCH, 1, b->len / 4,
				    b->nr << 24);

	set_prps(b->l, &sqe, b->addr, b->len);
	return sqe;
}

#endif
