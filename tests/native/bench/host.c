// SPDX-License-Identifier: GPL-2.0
#include "native/bench/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/string.h>

#define QUEUE_MEMORY (HOST_NR_QUEUES * 32 * VKV_PAGE)
#define PATIENCE 1000000u
/* The time between two rounds of an idle device, ns. */
#define STEP_NS 1000u

static void *host_map(void *host, u64 addr)
{
	struct host *h = host;
	u64 offset = addr - (u64)h->mem.base;

	return offset < h->mem.size ? h->mem.base + offset : NULL;
}

static void host_unmap(void *host, void *ptr)
{
}

static void host_raise(void *host, u16 vector)
{
	struct host *h = host;

	h->q[vector].irqs++;
}

static void host_wake(void *host, unsigned int worker)
{
}

static void host_wake_dispatcher(void *host, unsigned int dispatcher)
{
}

static void host_wake_collector(void *host)
{
}

static void host_warn(void *host, const char *text)
{
	fprintf(stderr, "bench: %s\n", text);
}

static const struct vkv_host_ops host_ops = {
	.map = host_map,
	.unmap = host_unmap,
	.raise = host_raise,
	.wake = host_wake,
	.wake_dispatcher = host_wake_dispatcher,
	.wake_collector = host_wake_collector,
	.warn = host_warn,
};

void *host_pages(struct host *h, u64 bytes)
{
	void *p = h->mem.base + h->used;

	h->used += ALIGN(bytes, VKV_PAGE);
	if (h->used > h->mem.ready) {
		fprintf(stderr, "bench: the host has not enough memory\n");
		exit(2);
	}
	return p;
}

u64 host_address(const void *p)
{
	return (uintptr_t)p;
}

static void set_reg(struct host *h, unsigned int reg, u32 value)
{
	/* The device must not see the doorbell before the queue entry. */
	smp_store_release((u32 *)(h->cfg.bar + reg), value);
}

static void set_reg64(struct host *h, unsigned int reg, u64 value)
{
	set_reg(h, reg, value);
	set_reg(h, reg + 4, value >> 32);
}

void host_doorbell(struct host *h, const struct host_queue *q)
{
	u32 at = VKV_BAR_DOORBELLS + 2 * q->qid * 64;

	set_reg(h, at, q->tail);
	set_reg(h, at + 64, q->head);
}

static void rounds(struct host *h, u64 now)
{
	unsigned int i;

	for (i = 0; i < h->dev->nr_dispatchers; i++)
		vkv_dispatcher_round(vkv_dev_dispatcher(h->dev, i), now);
	for (i = 0; i < h->cfg.nr_workers; i++)
		vkv_worker_round(vkv_dev_worker(h->dev, i), now);
}

static void init_queue(struct host *h, u16 qid, u16 size)
{
	h->q[qid] = (struct host_queue){
		.sq = host_pages(h, size * sizeof(struct nvme_sqe)),
		.cq = host_pages(h, size * sizeof(struct nvme_cqe)),
		.qid = qid,
		.size = size,
		.phase = 1,
	};
}

static int do_admin(struct host *h, const struct nvme_sqe *sqe)
{
	const struct nvme_cqe *cqe = NULL;
	unsigned int i;

	*host_next_sqe(&h->q[0]) = *sqe;
	host_doorbell(h, &h->q[0]);
	for (i = 1; i < PATIENCE && !cqe; i++) {
		rounds(h, i * STEP_NS);
		cqe = host_next_cqe(&h->q[0]);
	}
	host_doorbell(h, &h->q[0]);
	return cqe && !(le32_to_cpu(cqe->cid_status) >> 17) ? 0 : -EIO;
}

static int create_queue(struct host *h, u16 qid)
{
	struct nvme_sqe sqe = { .opcode = NVME_ADMIN_CREATE_CQ };
	int err;

	init_queue(h, qid, HOST_DEPTH);
	sqe.prp1 = cpu_to_le64(host_address(h->q[qid].cq));
	sqe.cdw10 = cpu_to_le32(qid | (HOST_DEPTH - 1) << 16);
	sqe.cdw11 = cpu_to_le32(3 | qid << 16);
	err = do_admin(h, &sqe);
	if (err)
		return err;
	sqe.opcode = NVME_ADMIN_CREATE_SQ;
	sqe.prp1 = cpu_to_le64(host_address(h->q[qid].sq));
	sqe.cdw11 = cpu_to_le32(1 | qid << 16);
	return do_admin(h, &sqe);
}

static int enable(struct host *h, unsigned int queues)
{
	unsigned int i;
	int err = 0;

	init_queue(h, 0, 32);
	set_reg(h, NVME_REG_AQA, 31 | 31 << 16);
	set_reg64(h, NVME_REG_ASQ, host_address(h->q[0].sq));
	set_reg64(h, NVME_REG_ACQ, host_address(h->q[0].cq));
	set_reg(h, NVME_REG_CC,
		NVME_CC_EN | NVME_CC_CSS_CSI << 4 | 6 << 16 | 4 << 20);
	for (i = 1; i < 10; i++)
		rounds(h, i * STEP_NS);
	for (i = 1; i <= queues && !err; i++)
		err = create_queue(h, i);
	return err;
}

static int map_memory(struct host *h, const struct host_config *cfg)
{
	int err = memory_map(&h->device, cfg->device);

	if (!err)
		err = memory_populate(&h->device, cfg->device);
	if (!err)
		err = memory_map(&h->mem, cfg->mem + QUEUE_MEMORY);
	if (!err)
		err = memory_populate(&h->mem, cfg->mem + QUEUE_MEMORY);
	return err;
}

/* A bus address is an address in this program. */
static int make_mappings(struct host *h)
{
	int err = vkv_mappings_create(1ull << 48, 0, &h->mappings);

	return err ? err : vkv_mappings_add(h->mappings, host_address(h->mem.base),
					    h->mem.size, VKV_BOTH_WAYS);
}

int host_create(struct host *h, const struct host_config *cfg)
{
	int err = map_memory(h, cfg);

	if (!err && !cfg->open)
		err = make_mappings(h);
	if (err)
		return err;
	h->cfg = (struct vkv_dev_config){
		.bar = aligned_alloc(VKV_PAGE, VKV_BAR_SIZE),
		.mem = h->device.base,
		.mem_size = cfg->device,
		.nr_workers = cfg->workers,
		.nr_dispatchers = cfg->dispatchers,
		.inline_bytes = cfg->inline_bytes,
		.nr_vectors = HOST_NR_QUEUES,
		.ops = &host_ops,
		.host = h,
		.mappings = h->mappings,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.seed = { 0x0123456789abcdefull, 0xfedcba9876543210ull },
		.serial = "VKVBENCH",
	};
	err = vkv_dev_create(&h->cfg, &h->dev);
	return err ? err : enable(h, cfg->queues);
}

void host_destroy(struct host *h)
{
	vkv_dev_destroy(h->dev);
	vkv_mappings_destroy(h->mappings);
	free(h->cfg.bar);
	memory_unmap(&h->mem);
	memory_unmap(&h->device);
	memset(h, 0, sizeof(*h));
}
