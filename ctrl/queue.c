// SPDX-License-Identifier: GPL-2.0
/*
 * Submission and completion queues in host memory.
 *
 * A queue's pages are mapped once, at creation. Only its dispatcher reads
 * its doorbell and submission entries; completions are posted by whoever finished
 * the command, under the completion queue's lock.
 */
#include "ctrl/queue.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ctrl/dev.h"

#define FETCH_BURST 64u
/* Doorbells without a queue that a round without a command looks at. */
#define UNUSED_PER_ROUND 4u

static void unmap_pages(struct vkv_dev *dev, void **page, unsigned int nr)
{
	while (nr--)
		dev->cfg.ops->unmap(dev->cfg.host, page[nr]);
}

static int map_pages(struct vkv_dev *dev, void **page, unsigned int nr, u64 addr)
{
	unsigned int i;

	if (addr % VKV_PAGE)
		return -EINVAL;
	for (i = 0; i < nr; i++) {
		page[i] = dev->cfg.ops->map(dev->cfg.host,
					    addr + (u64)i * VKV_PAGE);
		if (!page[i]) {
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

static __le32 *doorbell(const struct vkv_dev *dev, u16 qid, bool cq)
{
	return dev->cfg.bar + VKV_BAR_DOORBELLS + (2 * qid + cq) * 64;
}

int vkv_cq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr, u16 vector,
		  bool irq)
{
	unsigned int pages = nr_pages(size, sizeof(struct nvme_cqe));
	struct vkv_cq *cq;
	int ret;

	cq = kzalloc(struct_size(cq, page, pages), GFP_KERNEL);
	if (!cq)
		return -ENOMEM;
	ret = map_pages(dev, cq->page, pages, addr);
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
	WRITE_ONCE(*doorbell(dev, qid, true), 0);
	dev->cq[qid] = cq;
	dev->nr_cq_slots = max_t(unsigned int, dev->nr_cq_slots, qid + 1);
	return 0;
}

int vkv_sq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
		  struct vkv_cq *cq)
{
	unsigned int pages = nr_pages(size, sizeof(struct nvme_sqe));
	struct vkv_sq *sq;
	int ret;

	sq = kzalloc(struct_size(sq, page, pages), GFP_KERNEL);
	if (!sq)
		return -ENOMEM;
	ret = map_pages(dev, sq->page, pages, addr);
	if (ret) {
		kfree(sq);
		return ret;
	}
	sq->qid = qid;
	sq->size = size;
	sq->cq = cq;
	sq->dispatcher = vkv_dev_dispatcher(
		dev, vkv_dispatcher_of(dev->nr_dispatchers, qid));
	sq->pool = qid ? &sq->dispatcher->pool : &dev->admin_pool;
	cq->nr_sqs++;
	WRITE_ONCE(*doorbell(dev, qid, false), 0);
	dev->sq[qid] = sq;
	dev->nr_sq_slots = max_t(unsigned int, dev->nr_sq_slots, qid + 1);
	return 0;
}

void vkv_sq_free(struct vkv_dev *dev, u16 qid)
{
	struct vkv_sq *sq = dev->sq[qid];

	if (!sq)
		return;
	dev->sq[qid] = NULL;
	WRITE_ONCE(*doorbell(dev, qid, false), 0);
	sq->cq->nr_sqs--;
	unmap_pages(dev, sq->page, nr_pages(sq->size, sizeof(struct nvme_sqe)));
	kfree(sq);
	while (dev->nr_sq_slots && !dev->sq[dev->nr_sq_slots - 1])
		dev->nr_sq_slots--;
}

void vkv_cq_free(struct vkv_dev *dev, u16 qid)
{
	struct vkv_cq *cq = dev->cq[qid];

	if (!cq)
		return;
	dev->cq[qid] = NULL;
	WRITE_ONCE(*doorbell(dev, qid, true), 0);
	unmap_pages(dev, cq->page, nr_pages(cq->size, sizeof(struct nvme_cqe)));
	kfree(cq);
	while (dev->nr_cq_slots && !dev->cq[dev->nr_cq_slots - 1])
		dev->nr_cq_slots--;
}

static const struct nvme_sqe *sq_entry(const struct vkv_sq *sq, u16 i)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_sqe);
	const struct nvme_sqe *page = sq->page[i / per_page];

	return page + i % per_page;
}

/* Waiting entries up to the end of their page, or of the queue. */
static u16 sq_run(const struct vkv_sq *sq)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_sqe);
	u16 end = sq->tail < sq->head ? sq->size : sq->tail;

	return min_t(unsigned int, end - sq->head,
		     per_page - sq->head % per_page);
}

static struct nvme_cqe *cq_entry(const struct vkv_cq *cq, u16 i)
{
	const unsigned int per_page = VKV_PAGE / sizeof(struct nvme_cqe);
	struct nvme_cqe *page = cq->page[i / per_page];

	return page + i % per_page;
}

/*
 * The last half is written with release order: a host that sees the new phase
 * sees the whole entry, and the data that it speaks of.
 */
static void write_cqe(struct nvme_cqe *cqe, const struct vkv_cmd *cmd,
		      u16 sq_head, u16 phase)
{
	u32 high = (u32)cmd->status << 1 | phase;

	cqe->dw0 = cpu_to_le32(cmd->result);
	cqe->dw1 = cpu_to_le32(cmd->result1);
	cqe->sq_head = cpu_to_le16(sq_head);
	cqe->sq_id = cpu_to_le16(cmd->sq->qid);
	/* Pairs with the host, which looks at the phase first. */
	smp_store_release(&cqe->cid_status,
			  cpu_to_le32(le16_to_cpu(cmd->sqe.cid) | high << 16));
}

/* Entries that the host has read, less the one that tells full from empty. */
static u16 cq_room(const struct vkv_cq *cq)
{
	/* Pairs with poll_cq(). */
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

/* As many as lie in a row. */
static unsigned int write_run(struct vkv_cq *cq, struct vkv_cmd *const *cmd,
			      unsigned int nr, u16 sq_head)
{
	struct nvme_cqe *cqe = cq_entry(cq, cq->tail);
	unsigned int i;

	nr = min_t(unsigned int, nr, cq_run(cq));
	for (i = 0; i < nr; i++)
		write_cqe(&cqe[i], cmd[i], sq_head, cq->phase);
	cq_advance(cq, nr);
	return nr;
}

unsigned int vkv_cq_post(struct vkv_dev *dev, struct vkv_cmd *const *cmd,
			 unsigned int nr)
{
	struct vkv_cq *cq = cmd[0]->sq->cq;
	unsigned int n = 0;
	u16 sq_head;

	if (unlikely(!vkv_dev_reaches_host(dev)))
		return 0;
	spin_lock(&cq->lock);
	nr = min_t(unsigned int, nr, cq_room(cq));
	sq_head = READ_ONCE(cmd[0]->sq->head);
	while (n < nr)
		n += write_run(cq, cmd + n, nr - n, sq_head);
	spin_unlock(&cq->lock);
	if (n && cq->irq)
		vkv_irq_post(dev, cmd[0]->worker, cq->vector, n);
	return n;
}

/* Reports a bad value, once for each write: the last good one is put back. */
static void bad_doorbell(struct vkv_dispatcher *d, __le32 *bell, u32 value,
			 u32 good)
{
	struct vkv_dev *dev = d->dev;

	vkv_bar_replace(bell, value, good);
	vkv_health_log_alone(dev, NVME_SC_INVALID_FIELD);
	WRITE_ONCE(dev->bad_doorbell, true);
	if (d->id)
		dev->cfg.ops->wake_dispatcher(dev->cfg.host, 0);
}

static void report_bad_doorbell(struct vkv_dev *dev)
{
	if (likely(!READ_ONCE(dev->bad_doorbell)))
		return;
	WRITE_ONCE(dev->bad_doorbell, false);
	vkv_event(dev, NVME_AEN_DOORBELL_VALUE);
}

/* A doorbell without a queue reads 0 until a host rings it. */
static void poll_unused(struct vkv_dev *dev, u16 qid, bool cq)
{
	__le32 *bell = doorbell(dev, qid, cq);

	if ((cq ? (void *)dev->cq[qid] : dev->sq[qid]) || !READ_ONCE(*bell))
		return;
	WRITE_ONCE(*bell, 0);
	vkv_health_log_alone(dev, NVME_SC_QID_INVALID);
	vkv_event(dev, NVME_AEN_DOORBELL_REGISTER);
}

/* A few a round, and only where there was nothing better to do. */
static void poll_some_unused(struct vkv_dev *dev)
{
	unsigned int i, n;

	for (i = 0; i < UNUSED_PER_ROUND; i++) {
		n = dev->next_unused++ % (2 * VKV_NR_QUEUES);
		poll_unused(dev, n / 2, n % 2);
	}
}

/* Entries between two places of a ring. */
static u32 distance(u32 size, u32 from, u32 to)
{
	return to < from ? to + size - from : to - from;
}

/* May the host's head move to @value? It frees only what was posted. */
static bool cq_head_valid(struct vkv_cq *cq, u32 value)
{
	u32 posted;

	if (value >= cq->size)
		return false;
	spin_lock(&cq->lock);
	posted = distance(cq->size, cq->head, cq->tail);
	spin_unlock(&cq->lock);
	return distance(cq->size, cq->head, value) <= posted;
}

static void poll_cq(struct vkv_dispatcher *d, struct vkv_cq *cq)
{
	__le32 *bell;
	u32 value;

	if (!cq)
		return;
	bell = doorbell(d->dev, cq->qid, true);
	/* Pairs with the host's write: it has read the entries before. */
	value = le32_to_cpu(smp_load_acquire(bell));
	if (likely(value == cq->head))
		return;
	if (cq_head_valid(cq, value))
		/* Pairs with vkv_cq_post(): the host has read the entries. */
		smp_store_release(&cq->head, value);
	else
		bad_doorbell(d, bell, value, cq->head);
}

/* May the host's tail move to @value? Not past the head: the queue is full there. */
static bool sq_tail_valid(const struct vkv_sq *sq, u32 value)
{
	return value < sq->size &&
	       distance(sq->size, sq->head, value) >=
		       distance(sq->size, sq->head, sq->tail);
}

static void poll_tail(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	__le32 *bell = doorbell(d->dev, sq->qid, false);
	/* Entries are read after the doorbell that announced them. */
	u32 value = le32_to_cpu(smp_load_acquire(bell));

	if (likely(value == sq->tail))
		return;
	if (sq_tail_valid(sq, value))
		sq->tail = value;
	else
		bad_doorbell(d, bell, value, sq->tail);
}

/*
 * The one time that a submission entry is read from host memory. The host hears
 * of it (SQHD) before its command can end.
 */
static unsigned int fetch_run(struct vkv_dev *dev, struct vkv_sq *sq,
			      unsigned int nr)
{
	const struct nvme_sqe *sqe = sq_entry(sq, sq->head);
	struct vkv_cmd *cmd[FETCH_BURST];
	unsigned int i, n = vkv_cmds_alloc(sq, cmd, nr);

	for (i = 0; i < n; i++) {
		memcpy(&cmd[i]->sqe, &sqe[i], sizeof(*sqe));
		WRITE_ONCE(cmd[i]->live, true);
		WRITE_ONCE(sq->head, sq->head + 1 == sq->size ? 0 : sq->head + 1);
		vkv_cmd_dispatch(dev, cmd[i]);
	}
	return n;
}

/* Fewer than there are when no command is free: the others wait in the queue. */
static unsigned int fetch(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	unsigned int n = 0, nr, got;

	vkv_rings_look(d);
	do {
		nr = min_t(unsigned int, sq_run(sq), FETCH_BURST - n);
		got = fetch_run(d->dev, sq, nr);
		n += got;
	} while (got == nr && n < FETCH_BURST && sq->head != sq->tail);
	if (n)
		vkv_stats_depth(d->stats, vkv_sq_inflight(sq));
	return n;
}

static void poll_cqs(struct vkv_dispatcher *d)
{
	struct vkv_dev *dev = d->dev;
	unsigned int qid;

	if (!d->id)
		poll_cq(d, dev->cq[0]);
	for (qid = d->id + 1; qid < dev->nr_cq_slots; qid += dev->nr_dispatchers)
		poll_cq(d, dev->cq[qid]);
}

static bool has_entries(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	if (!sq || sq->state != VKV_SQ_LIVE)
		return false;
	poll_tail(d, sq);
	return sq->head != sq->tail;
}

/* What it asks for is not for a time when others look at the queues. */
static bool poll_admin(struct vkv_dispatcher *d)
{
	struct vkv_sq *sq = d->dev->sq[0];

	if (!has_entries(d, sq))
		return false;
	if (vkv_pause(d->dev))
		fetch(d, sq);
	return true;
}

static bool poll_sq(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	unsigned int n = 0;

	if (has_entries(d, sq)) {
		n = fetch(d, sq);
		if (n < FETCH_BURST && sq->head != sq->tail && !d->short_of)
			d->short_of = sq->qid;
	}
	if (sq && !d->busy)
		d->busy = vkv_sq_inflight(sq);
	return n;
}

/*
 * When commands have run out, the next round begins with the queue that got none:
 * those that are given back would all go to the first queues otherwise.
 */
static bool poll_sqs(struct vkv_dispatcher *d)
{
	unsigned int first = d->id + 1, n = d->dev->nr_sq_slots;
	unsigned int from = d->short_of && d->short_of < n ? d->short_of : first;
	unsigned int step = d->dev->nr_dispatchers, qid;
	bool worked = false;

	d->short_of = 0;
	for (qid = from; qid < n; qid += step)
		worked |= poll_sq(d, d->dev->sq[qid]);
	for (qid = first; qid < from; qid += step)
		worked |= poll_sq(d, d->dev->sq[qid]);
	return worked;
}

bool vkv_doorbells_round(struct vkv_dispatcher *d)
{
	bool worked = false;

	if (unlikely(!vkv_dev_reaches_host(d->dev)))
		return false;
	poll_cqs(d);
	if (!d->id)
		worked = poll_admin(d);
	worked |= poll_sqs(d);
	if (d->id)
		return worked;
	report_bad_doorbell(d->dev);
	if (!worked)
		poll_some_unused(d->dev);
	return worked;
}
