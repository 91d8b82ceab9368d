/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host for benchmarks of the controller. It does as little as it can, so that
 * the time is the device's. It allocates nothing while it runs.
 */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <linux/types.h>

#include "native/bench/memory.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/worker.h"

#define HOST_DEPTH 1024u
#define HOST_NR_QUEUES 3u

/**
 * struct host_queue - a pair of queues
 * @sq: submission entries
 * @cq: completion entries
 * @qid: both have this number
 * @size: entries of either
 * @tail: where the next command goes
 * @head: where the next completion comes
 * @phase: phase bit of the next completion
 * @submitted: commands since the beginning: the time
 * @irqs: interrupts raised
 */
struct host_queue {
	struct nvme_sqe *sq;
	struct nvme_cqe *cq;
	u16 qid;
	u16 size;
	u16 tail;
	u16 head;
	u16 phase;
	u64 submitted;
	u64 irqs ____cacheline_aligned_in_smp;
};

/**
 * struct host - a host and its device
 * @cfg: of the device
 * @dev: enabled, one block namespace and one KV namespace
 * @device: its memory
 * @mem: the host's; its bus address is that of the mapping
 * @used: bytes of it that are handed out
 * @q: 0 is the admin queue
 */
struct host {
	struct vkv_dev_config cfg;
	struct vkv_dev *dev;
	struct memory device;
	struct memory mem;
	u64 used;
	struct host_queue q[HOST_NR_QUEUES];
};

/**
 * struct host_config - the parts of a host and its device
 * @device: bytes of the device
 * @mem: bytes of the host, queues not counted
 * @workers: of the device
 * @dispatchers: of the device
 * @queues: I/O queues, below HOST_NR_QUEUES
 * @inline_bytes: as of the device
 */
struct host_config {
	u64 device;
	u64 mem;
	unsigned int workers;
	unsigned int dispatchers;
	unsigned int queues;
	u32 inline_bytes;
};

/**
 * host_create() - a host, and a device that is enabled and has its queues
 * @h: filled
 * @cfg: see there
 *
 * Return: 0, or a negative errno.
 */
int host_create(struct host *h, const struct host_config *cfg);

/**
 * host_destroy() - end both
 * @h: from host_create()
 */
void host_destroy(struct host *h);

/**
 * host_pages() - memory of the host, in pages that follow one another
 * @h: the host
 * @bytes: how much
 */
void *host_pages(struct host *h, u64 bytes);

/**
 * host_address() - the bus address of the host's memory
 * @p: in it
 */
u64 host_address(const void *p);

/**
 * host_doorbell() - tell the device of a queue's commands and completions
 * @h: the host
 * @q: the queue
 */
void host_doorbell(struct host *h, const struct host_queue *q);

/* Where the next command goes; host_doorbell() submits it. */
static inline struct nvme_sqe *host_next_sqe(struct host_queue *q)
{
	struct nvme_sqe *sqe = &q->sq[q->tail];

	q->tail = q->tail + 1 == q->size ? 0 : q->tail + 1;
	return sqe;
}

/* The next completion, or NULL. */
static inline const struct nvme_cqe *host_next_cqe(struct host_queue *q)
{
	const struct nvme_cqe *cqe = &q->cq[q->head];
	/* The phase comes last: with it, the rest is there. */
	u32 high = le32_to_cpu(smp_load_acquire(&cqe->cid_status));

	if (((high >> 16) & 1) != q->phase)
		return NULL;
	q->head = q->head + 1 == q->size ? 0 : q->head + 1;
	if (!q->head)
		q->phase ^= 1;
	return cqe;
}

#endif
