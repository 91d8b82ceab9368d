/* SPDX-License-Identifier: GPL-2.0 */
/* Submission and completion queues in host memory. */
#ifndef VKV_QUEUE_H
#define VKV_QUEUE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "ctrl/mapping.h"
#include "vkv.h"

struct vkv_cmd;
struct vkv_cmd_pool;
struct vkv_dev;
struct vkv_dispatcher;

enum vkv_sq_state {
	VKV_SQ_LIVE,
	VKV_SQ_DELETING,	/* commands end at once; completions need room */
	VKV_SQ_DROPPING,	/* reset: commands end at once, without completions */
};

/**
 * struct vkv_queue_page - a page of a queue
 * @p: the host's memory
 * @word: its word in the table of mappings; NULL without a table
 */
struct vkv_queue_page {
	void *p;
	atomic64_t *word;
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
	struct vkv_queue_page page[];
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
	struct vkv_dispatcher *dispatcher;	/* fetches from it */
	struct vkv_cmd_pool *pool;	/* has the commands for its entries */
	atomic_t ended ____cacheline_aligned_in_smp; /* commands; any thread */
	struct vkv_queue_page page[];
};

/* The queues of a device, by QID; they come and go in pauses. */
struct vkv_queues {
	struct vkv_sq *sq[VKV_NR_QUEUES];
	struct vkv_cq *cq[VKV_NR_QUEUES];
	unsigned int nr_sq_slots;	/* highest SQ in use, plus one */
	unsigned int nr_cq_slots;
};

#define VKV_QUEUE_DEPTH 1024u		/* CAP.MQES + 1 */

/**
 * vkv_sq_inflight() - commands fetched and not yet gone
 * @sq: the queue
 *
 * When there is none, everything that they did is seen.
 * Context: its dispatcher, or any thread while no dispatcher fetches from it.
 * Return: how many.
 */
static inline u32 vkv_sq_inflight(const struct vkv_sq *sq)
{
	/* Pairs with the end of commands. */
	return sq->fetched - (u32)atomic_read_acquire(&sq->ended);
}

/**
 * vkv_queue_page_begin() - use a page of a queue
 * @page: the page
 * @access: VKV_FROM_HOST for submission queues, VKV_TO_HOST for completion queues
 * @flags: for vkv_queue_page_end()
 *
 * Context: any thread; like vkv_host_begin().
 * Return: false when the host has unmapped it. Then nothing has begun.
 */
static inline bool vkv_queue_page_begin(const struct vkv_queue_page *page,
					enum vkv_access access,
					unsigned long *flags)
{
	return !page->word || vkv_mapping_use(page->word, access, flags);
}

/**
 * vkv_queue_page_end() - end the use of a page of a queue
 * @page: the page
 * @flags: from vkv_queue_page_begin()
 *
 * Context: the thread that began.
 */
static inline void vkv_queue_page_end(const struct vkv_queue_page *page,
				      unsigned long flags)
{
	if (page->word)
		vkv_mapping_end(page->word, flags);
}

/**
 * vkv_queue_lost() - the host has unmapped a queue that it uses
 * @dev: the device. The controller fails in the first dispatcher's next round
 *
 * Context: any thread.
 */
void vkv_queue_lost(struct vkv_dev *dev);

/**
 * vkv_cq_create() - a completion queue (section 5.4)
 * @dev: the device; vkv_queues.cq[@qid] is set
 * @qid: free; below VKV_NR_QUEUES
 * @size: entries, at least 2
 * @addr: bus address of the first of its contiguous pages
 * @vector: MSI-X vector
 * @irq: whether completions raise it
 *
 * Context: dispatcher; may sleep.
 *
 * Return: 0, -EINVAL (@addr is not aligned to a page), -EFAULT (the host has no
 * memory there), -ENOMEM.
 */
int __must_check vkv_cq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
			       u16 vector, bool irq);

/**
 * vkv_sq_create() - a submission queue (section 5.5)
 * @dev: the device; vkv_queues.sq[@qid] is set
 * @qid: free; below VKV_NR_QUEUES
 * @size: entries, at least 2
 * @addr: bus address of the first of its contiguous pages
 * @cq: where its completions go
 *
 * Context: dispatcher; may sleep.
 * Return: like vkv_cq_create().
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
 * Return: how many were posted, from the first on; fewer when the queue is
 * full, none when the host cannot be reached.
 */
unsigned int __must_check vkv_cq_post(struct vkv_dev *dev,
				      struct vkv_cmd *const *cmd,
				      unsigned int nr);

/**
 * vkv_nr_io_queues() - I/O queue pairs that a host can have
 * @cfg: the device's configuration
 *
 * Context: any.
 * Return: how many.
 */
u32 vkv_nr_io_queues(const struct vkv_dev_config *cfg);

#endif
