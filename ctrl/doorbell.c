// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells.
 *
 * The host rings one by a write to memory, and no thread notices that at once:
 * a dispatcher reads the doorbells of its queues in each round. A value that a
 * host may not write is reported once for each write, since the last good value
 * is put back (base specification, section 5.2, error events 00h and 01h).
 */
#include "ctrl/doorbell.h"

#include <linux/compiler.h>
#include <linux/minmax.h>

#include "admin/event.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/host.h"

/* A round that fetches nothing looks at this many doorbells without a queue. */
#define UNUSED_PER_ROUND 4u

static void bad_doorbell(struct vkv_dispatcher *d, __le32 *bell, u32 value,
			 u32 good)
{
	struct vkv_dev *dev = d->dev;

	vkv_bar_replace(dev, bell, value, good);
	vkv_error_log_alone(dev, NVME_SC_INVALID_FIELD);
	WRITE_ONCE(dev->doorbells.bad, true);
	if (d->id)
		dev->cfg.ops->wake_dispatcher(dev->cfg.host, 0);
}

static void report_bad_doorbell(struct vkv_dev *dev)
{
	if (likely(!READ_ONCE(dev->doorbells.bad)))
		return;
	WRITE_ONCE(dev->doorbells.bad, false);
	vkv_event(dev, NVME_AEN_DOORBELL_VALUE);
}

void vkv_doorbells_forget(struct vkv_dev *dev)
{
	WRITE_ONCE(dev->doorbells.bad, false);
}

/* A doorbell without a queue reads 0 until a host rings it. */
static void poll_unused(struct vkv_dev *dev, u16 qid, bool cq)
{
	const struct vkv_queues *q = &dev->queues;
	__le32 *bell = vkv_doorbell(dev, qid, cq);

	if ((cq ? (void *)q->cq[qid] : q->sq[qid]) || !READ_ONCE(*bell))
		return;
	WRITE_ONCE(*bell, 0);
	vkv_error_log_alone(dev, NVME_SC_QID_INVALID);
	vkv_event(dev, NVME_AEN_DOORBELL_REGISTER);
}

static void poll_some_unused(struct vkv_dev *dev)
{
	unsigned int i, n;

	for (i = 0; i < UNUSED_PER_ROUND; i++) {
		n = dev->doorbells.next_unused++ % (2 * VKV_NR_QUEUES);
		poll_unused(dev, n / 2, n % 2);
	}
}

void vkv_doorbells_watch(struct vkv_dev *dev, bool idle)
{
	report_bad_doorbell(dev);
	if (idle)
		poll_some_unused(dev);
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
	bell = vkv_doorbell(d->dev, cq->qid, true);
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

void vkv_doorbells_poll_cqs(struct vkv_dispatcher *d)
{
	const struct vkv_queues *q = &d->dev->queues;
	unsigned int qid;

	vkv_dispatcher_assert(d);
	if (!d->id)
		poll_cq(d, q->cq[0]);
	for (qid = d->id + 1; qid < q->nr_cq_slots;
	     qid += d->dev->nr_dispatchers)
		poll_cq(d, q->cq[qid]);
}

/*
 * May the host's tail move to @value? It cannot pass the head: the queue is
 * full when it is there.
 */
static bool sq_tail_valid(const struct vkv_sq *sq, u32 value)
{
	return value < sq->size &&
	       distance(sq->size, sq->head, value) >=
		       distance(sq->size, sq->head, sq->tail);
}

static void poll_tail(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	__le32 *bell = vkv_doorbell(d->dev, sq->qid, false);
	/* Entries are read after the doorbell that announced them. */
	u32 value = le32_to_cpu(smp_load_acquire(bell));

	if (likely(value == sq->tail))
		return;
	if (sq_tail_valid(sq, value))
		sq->tail = value;
	else
		bad_doorbell(d, bell, value, sq->tail);
}

bool vkv_doorbell_poll_sq(struct vkv_dispatcher *d, struct vkv_sq *sq)
{
	if (!sq || sq->state != VKV_SQ_LIVE)
		return false;
	VKV_ASSERT(sq->dispatcher == d);
	poll_tail(d, sq);
	return sq->head != sq->tail;
}
