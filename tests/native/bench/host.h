/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host for benchmarks of the controller. It does little work, so that nearly
 * all the measured time is the device's. It allocates nothing while it runs.
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
 * struct host_queue - a submission queue and its completion queue
 * @sq: submission entries
 * @cq: completion entries
 * @qid: number of both queues
 * @size: number of entries in each queue
 * @tail: slot of the next command
 * @head: slot of the next completion
 * @phase: phase tag of the next completion
 * @submitted: number of commands submitted so far; it serves as the time
 * @irqs: number of interrupts raised
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
 * @cfg: configuration of the device
 * @dev: the enabled device, with one block namespace and one KV namespace
 * @device: memory of the device
 * @mem: memory of the host; a bus address is the address in this program
 * @mappings: all of @mem; NULL if the device reaches all memory
 * @used: bytes of @mem that are handed out
 * @q: the queues; queue 0 is the admin queue
 */
struct host {
	struct vkv_dev_config cfg;
	struct vkv_dev *dev;
	struct memory device;
	struct memory mem;
	struct vkv_mappings *mappings;
	u64 used;
	struct host_queue q[HOST_NR_QUEUES];
};

/**
 * struct host_config - the sizes of a host and its device
 * @device: memory of the device, in bytes
 * @mem: memory of the host without its queues, in bytes
 * @workers: number of the device's workers
 * @dispatchers: number of the device's dispatchers
 * @queues: number of I/O queues, below HOST_NR_QUEUES
 * @inline_bytes: the device's setting of the same name
 * @open: the device reaches all memory, and looks no page up
 */
struct host_config {
	u64 device;
	u64 mem;
	unsigned int workers;
	unsigned int dispatchers;
	unsigned int queues;
	u32 inline_bytes;
	bool open;
};

/**
 * host_create() - make a host, and a device that is enabled and has queues
 * @h: filled
 * @cfg: the sizes
 *
 * Return: 0, or a negative errno.
 */
int host_create(struct host *h, const struct host_config *cfg);

/**
 * host_destroy() - destroy the host and its device
 * @h: from host_create()
 */
void host_destroy(struct host *h);

/**
 * host_pages() - take contiguous pages from the host's memory
 * @h: the host
 * @bytes: how much
 */
void *host_pages(struct host *h, u64 bytes);

/**
 * host_address() - the bus address of a place in the host's memory
 * @p: the place
 */
u64 host_address(const void *p);

/**
 * host_doorbell() - ring both doorbells of a queue pair
 * @h: the host
 * @q: the queue pair
 */
void host_doorbell(struct host *h, const struct host_queue *q);

/* Returns the slot of the next command. host_doorbell() submits it. */
static inline struct nvme_sqe *host_next_sqe(struct host_queue *q)
{
	struct nvme_sqe *sqe = &q->sq[q->tail];

	q->tail = q->tail + 1 == q->size ? 0 : q->tail + 1;
	return sqe;
}

/* Returns the next completion, or NULL. */
static inline const struct nvme_cqe *host_next_cqe(struct host_queue *q)
{
	const struct nvme_cqe *cqe = &q->cq[q->head];
	/* The phase tag is written last, so the entry is complete. */
	u32 high = le32_to_cpu(smp_load_acquire(&cqe->cid_status));

	if (((high >> 16) & 1) != q->phase)
		return NULL;
	q->head = q->head + 1 == q->size ? 0 : q->head + 1;
	if (!q->head)
		q->phase ^= 1;
	return cqe;
}

#endif
