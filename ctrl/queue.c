// SPDX-License-Identifier: GPL-2.0
/*
 * Submission and completion queues in host memory.
 *
 * A queue's pages are looked up once, at creation. Only its dispatcher reads its
 * doorbell and its submission entries. The thread that has finished a command
 * posts its completion, under the completion queue's lock.
 */
#include "ctrl/queue.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/host.h"
#include "ctrl/worker.h"

u32 vkv_nr_io_queues(const struct vkv_dev_config *cfg)
{
	return min_t(u32, VKV_NR_IO_QUEUES, max_t(u32, 1, cfg->nr_vectors - 1));
}

/* Queues come and go in the first dispatcher's rounds, or when none runs. */
static void assert_dispatcher(const struct vkv_dev *dev)
{
	vkv_dispatcher_assert(&dev->dispatcher[0]);
}

void vkv_queue_lost(struct vkv_dev *dev)
{
	WRITE_ONCE(dev->ctrl.queue_lost, true);
	dev->cfg.ops->wake_dispatcher(dev->cfg.host, 0);
}

static void unmap_pages(struct vkv_dev *dev, struct vkv_queue_page *page,
			unsigned int nr)
{
	while (nr--)
		if (!page[nr].word)
			dev->cfg.ops->unmap(dev->cfg.host, page[nr].p);
}

/*
 * With a table of mappings the page does not stay in use. Each use begins anew,
 * because the host may unmap a queue that it has not deleted.
 */
static bool map_page(struct vkv_dev *dev, struct vkv_queue_page *page, u64 addr,
		     enum vkv_access access)
{
	struct vkv_host_use use;

	page->p = vkv_host_begin(dev, addr, access, &use);
	page->word = use.page;
	if (page->p && page->word)
		vkv_host_end(dev, &use, page->p);
	return page->p;
}

static int map_pages(struct vkv_dev *dev, struct vkv_queue_page *page,
		     unsigned int nr, u64 addr, enum vkv_access access)
{
	unsigned int i;

	if (addr % VKV_PAGE)
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		if (!map_page(dev, &page[i], addr + (u64)i * VKV_PAGE,
			      access)) {
			unmap_pages(dev, page, i);
			return -EFAULT;
		}
	}
	return 0;
}

static unsigned int nr_pages(u32 size, size_t entry)
{
	return DIV_ROUND_UP(size * entry, VKV_PAGE);
}

int vkv_cq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr, u16 vector,
		  bool irq)
{
	unsigned int pages = nr_pages(size, sizeof(struct nvme_cqe));
	struct vkv_queues *q = &dev->queues;
	struct vkv_cq *cq;
	int ret;

	assert_dispatcher(dev);
	VKV_ASSERT(qid < VKV_NR_QUEUES && size >= 2 && !q->cq[qid]);
	cq = kzalloc(struct_size(cq, page, pages), GFP_KERNEL);
	if (!cq)
		return -ENOMEM;
	ret = map_pages(dev, cq->page, pages, addr, VKV_TO_HOST);
	if (ret) {
		kfree(cq);
		return ret;
	}
	cq->qid = qid;
	cq->size = size;
	cq->vector = vector;
	cq->irq = irq;
	cq->phase = 1;
	spin_lock_init(&cq->lock);
	WRITE_ONCE(*vkv_doorbell(dev, qid, true), 0);
	q->cq[qid] = cq;
	q->nr_cq_slots = max_t(unsigned int, q->nr_cq_slots, qid + 1);
	return 0;
}

int vkv_sq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
		  struct vkv_cq *cq)
{
	unsigned int pages = nr_pages(size, sizeof(struct nvme_sqe));
	struct vkv_queues *q = &dev->queues;
	struct vkv_sq *sq;
	int ret;

	assert_dispatcher(dev);
	VKV_ASSERT(qid < VKV_NR_QUEUES && size >= 2 && !q->sq[qid]);
	sq = kzalloc(struct_size(sq, page, pages), GFP_KERNEL);
	if (!sq)
		return -ENOMEM;
	ret = map_pages(dev, sq->page, pages, addr, VKV_FROM_HOST);
	if (ret) {
		kfree(sq);
		return ret;
	}
	sq->qid = qid;
	sq->size = size;
	sq->cq = cq;
	sq->dispatcher =
		&dev->dispatcher[vkv_dispatcher_of(dev->nr_dispatchers, qid)];
	sq->pool = qid ? &sq->dispatcher->pool : &dev->cmds.admin;
	cq->nr_sqs++;
	WRITE_ONCE(*vkv_doorbell(dev, qid, false), 0);
	q->sq[qid] = sq;
	q->nr_sq_slots = max_t(unsigned int, q->nr_sq_slots, qid + 1);
	return 0;
}

void vkv_sq_free(struct vkv_dev *dev, u16 qid)
{
	struct vkv_queues *q = &dev->queues;
	struct vkv_sq *sq = q->sq[qid];

	if (!sq)
		return;
	assert_dispatcher(dev);
	q->sq[qid] = NULL;
	WRITE_ONCE(*vkv_doorbell(dev, qid, false), 0);
	sq->cq->nr_sqs--;
	unmap_pages(dev, sq->page, nr_pages(sq->size, sizeof(struct nvme_sqe)));
	kfree(sq);
	while (q->nr_sq_slots && !q->sq[q->nr_sq_slots - 1])
		q->nr_sq_slots--;
}

void vkv_cq_free(struct vkv_dev *dev, u16 qid)
{
	struct vkv_queues *q = &dev->queues;
	struct vkv_cq *cq = q->cq[qid];

	if (!cq)
		return;
	assert_dispatcher(dev);
	VKV_ASSERT(!cq->nr_sqs);
	q->cq[qid] = NULL;
	WRITE_ONCE(*vkv_doorbell(dev, qid, true), 0);
	unmap_pages(dev, cq->page, nr_pages(cq->size, sizeof(struct nvme_cqe)));
	kfree(cq);
	while (q->nr_cq_slots && !q->cq[q->nr_cq_slots - 1])
		q->nr_cq_slots--;
}

/*
 * The last dword is written with release order: a host that sees the new phase
 * also sees the whole entry and the command's data.
 */
static void write_cqe(struct nvme_cqe *cqe, const struct vkv_cmd *cmd,
		      u16 sq_head, u16 phase)
{
	u32 high = (u32)cmd->status << 1 | phase;

	cqe->dw0 = cpu_to_le32(cmd->result);
	cqe->dw1 = cpu_to_le32(cmd->result1);
	cqe->sq_head = cpu_to_le16(sq_head);
	cqe->sq_id = cpu_to_le16(cmd->sq->qid);
	/* Pairs with the host, which reads the phase first. */
	smp_store_release(&cqe->cid_status,
			  cpu_to_le32(le16_to_cpu(cmd->sqe.cid) | high << 16));
}

/*
 * Free entries; one always stays free, to tell a full queue from an empty one.
 */
static u16 cq_room(const struct vkv_cq *cq)
{
	/* Pairs with poll_cq() of ctrl/doorbell.c. */
	u16 head = smp_load_acquire(&cq->head);

	return (head > cq->tail ? head : head + cq->size) - cq->tail - 1;
}

/* Entries up to the end of the page that the tail is in, or of the queue. */
static u16 cq_run(const struct vkv_cq *cq)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_cqe);

	return min_t(unsigned int, per_page - cq->tail % per_page,
		     cq->size - cq->tail);
}

static void cq_advance(struct vkv_cq *cq, u16 n)
{
	cq->tail += n;
	if (cq->tail < cq->size)
		return;
	cq->tail = 0;
	cq->phase ^= 1;
}

/* Writes as many as lie in a row; none when the host has unmapped the queue. */
static unsigned int write_run(struct vkv_cq *cq, struct vkv_cmd *const *cmd,
			      unsigned int nr, u16 sq_head)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_cqe);
	const struct vkv_queue_page *page = &cq->page[cq->tail / per_page];
	struct nvme_cqe *cqe = page->p;
	unsigned long flags;
	unsigned int i;

	if (unlikely(!vkv_queue_page_begin(page, VKV_TO_HOST, &flags)))
		return 0;
	cqe += cq->tail % per_page;
	nr = min_t(unsigned int, nr, cq_run(cq));
	for (i = 0; i < nr; i++)
		write_cqe(&cqe[i], cmd[i], sq_head, cq->phase);
	vkv_queue_page_end(page, flags);
	cq_advance(cq, nr);
	return nr;
}

/* Returns how many were written. */
static unsigned int write_runs(struct vkv_dev *dev, struct vkv_cq *cq,
			       struct vkv_cmd *const *cmd, unsigned int nr)
{
	u16 sq_head = READ_ONCE(cmd[0]->sq->head);
	unsigned int n = 0, run;

	for (; n < nr; n += run) {
		run = write_run(cq, cmd + n, nr - n, sq_head);
		if (unlikely(!run)) {
			vkv_queue_lost(dev);
			break;
		}
	}
	return n;
}

unsigned int vkv_cq_post(struct vkv_dev *dev, struct vkv_cmd *const *cmd,
			 unsigned int nr)
{
	struct vkv_cq *cq = cmd[0]->sq->cq;
	unsigned int n;

	if (unlikely(!vkv_dev_reaches_host(dev)))
		return 0;
	spin_lock(&cq->lock);
	n = write_runs(dev, cq, cmd, min_t(unsigned int, nr, cq_room(cq)));
	spin_unlock(&cq->lock);
	if (n && cq->irq)
		vkv_irq_post(dev, cmd[0]->worker, cq->vector, n);
	return n;
}
