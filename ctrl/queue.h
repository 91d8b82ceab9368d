/* SPDX-License-Identifier: GPL-2.0 */
/* Submission and completion queues in host memory, and their doorbells. */
#ifndef VKV_QUEUE_H
#define VKV_QUEUE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vkv_cmd;
struct vkv_cmd_pool;
struct vkv_dev;
struct vkv_dispatcher;

enum vkv_sq_state {
	VKV_SQ_LIVE,
	VKV_SQ_DELETING,	/* commands end at once, posted where there is room */
	VKV_SQ_DROPPING,	/* reset: commands end at once, nothing is posted */
};

/* A completion queue. */
struct vkv_cq {
	u16 qid;
	u16 size;			/* entries */
	u16 vector;
	bool irq;
	u16 nr_sqs;			/* dispatcher only */
	u16 head;			/* written by its dispatcher */
	spinlock_t lock;		/* protects tail, phase, the entries */
	u16 tail;
	u16 phase;
	void *page[];
};

/* A submission queue. */
struct vkv_sq {
	u16 qid;
	u16 size;			/* entries */
	u16 head;			/* written by its dispatcher */
	u16 tail;			/* its dispatcher only */
	u8 state;			/* enum vkv_sq_state; the dispatcher's */
	u32 fetched;			/* commands; its dispatcher's */
	struct vkv_cq *cq;
	struct vkv_dispatcher *dispatcher;	/* who fetches */
	struct vkv_cmd_pool *pool;	/* what for */
	atomic_t ended ____cacheline_aligned_in_smp; /* commands gone */
	void *page[];
};

/**
 * vkv_sq_inflight() - commands fetched and not yet gone
 * @sq: the queue
 *
 * What they did is seen when there is none. Context: its dispatcher, or nobody
 * fetches from it.
 */
static inline u32 vkv_sq_inflight(const struct vkv_sq *sq)
{
	/* Pairs with the end of commands. */
	return sq->fetched - (u32)atomic_read_acquire(&sq->ended);
}

/**
 * vkv_cq_create() - a completion queue (section 5.4)
 * @dev: the device; dev->cq[@qid] is set
 * @qid: free; below VKV_NR_QUEUES
 * @size: entries, at least 2
 * @addr: bus address of the first of its contiguous pages
 * @vector: MSI-X vector
 * @irq: whether completions raise it
 *
 * Context: dispatcher; may sleep.
 * Return: 0, -EINVAL (@addr is not aligned to a page), -EFAULT (the host has no
 * memory there), -ENOMEM.
 */
int __must_check vkv_cq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
			       u16 vector, bool irq);

/**
 * vkv_sq_create() - a submission queue (section 5.5)
 * @dev: the device; dev->sq[@qid] is set
 * @qid: free; below VKV_NR_QUEUES
 * @size: entries, at least 2
 * @addr: bus address of the first of its contiguous pages
 * @cq: where its completions go
 *
 * Context: dispatcher; may sleep. Return: like vkv_cq_create().
 */
int __must_check vkv_sq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
			       struct vkv_cq *cq);

/**
 * vkv_sq_free() - end a submission queue
 * @dev: the device
 * @qid: has no command in flight; one that is absent is fine
 *
 * Context: dispatcher.
 */
void vkv_sq_free(struct vkv_dev *dev, u16 qid);

/**
 * vkv_cq_free() - end a completion queue
 * @dev: the device
 * @qid: no submission queue uses it; one that is absent is fine
 *
 * Context: dispatcher.
 */
void vkv_cq_free(struct vkv_dev *dev, u16 qid);

/**
 * vkv_cq_post() - write completion entries and raise the vector, once
 * @dev: the device
 * @cmd: commands of one submission queue; results and statuses are set
 * @nr: how many
 *
 * Context: any thread; takes the queue's lock.
 * Return: how many were posted, from the first on; fewer when the queue is full,
 * none when the host cannot be reached.
 */
unsigned int __must_check vkv_cq_post(struct vkv_dev *dev,
				      struct vkv_cmd *const *cmd,
				      unsigned int nr);

/**
 * vkv_doorbells_round() - look at its queues' doorbells, fetch a burst from each
 * @d: the dispatcher; there is no pause
 *
 * Return: true when a command was fetched, or has to wait for a pause.
 */
bool vkv_doorbells_round(struct vkv_dispatcher *d);

#endif
