// SPDX-License-Identifier: GPL-2.0
/*
 * Completion interrupts.
 *
 * With coalescing on, a vector counts completions and is raised when there are
 * more than the threshold, or when the first of them has waited for the
 * aggregation time. The worker that posted the first one keeps that time, and
 * makes its next round no later. The thread that raises the vector clears the
 * count, so a worker that wakes up later finds a later time, or nothing to do.
 *
 * Vector 0 is the admin queue's and is never held back. Completions of commands
 * that failed to decode are not held back either: the dispatcher, which posts
 * them, has no time of its own to wake up.
 */
#include "ctrl/irq.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/minmax.h>

#include "ctrl/dev.h"
#include "ctrl/worker.h"

#define TIME_UNIT_NS 100000ull

static void raise_vector(struct vkv_dev *dev, u16 vector)
{
	dev->cfg.ops->raise(dev->cfg.host, vector);
}

static void arm(struct vkv_worker *w, u16 vector, u64 due)
{
	w->irq_armed[vector / 64] |= BIT_ULL(vector % 64);
	w->irq_due = min(w->irq_due, due);
}

static void hold_back(struct vkv_dev *dev, struct vkv_worker *w, u16 vector,
		      unsigned int nr, u32 setting)
{
	struct vkv_irq *irq = &dev->irqs.irq[vector];
	bool full;

	spin_lock(&irq->lock);
	irq->pending += nr;
	full = irq->pending > (setting & 0xff);
	if (full) {
		irq->pending = 0;
	} else if (irq->pending == nr) {
		irq->due = w->now + (setting >> 8) * TIME_UNIT_NS;
		arm(w, vector, irq->due);
	}
	spin_unlock(&irq->lock);
	if (full)
		raise_vector(dev, vector);
}

void vkv_irqs_init(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_VECTORS; i++)
		spin_lock_init(&dev->irqs.irq[i].lock);
}

void vkv_irq_post(struct vkv_dev *dev, struct vkv_worker *w, u16 vector,
		  unsigned int nr)
{
	u32 setting = READ_ONCE(dev->irqs.coalescing);

	VKV_ASSERT(vector < dev->cfg.nr_vectors);
	if (likely(!setting) || !w || !vector || vkv_irq_is_exempt(dev, vector))
		raise_vector(dev, vector);
	else
		hold_back(dev, w, vector, nr, setting);
}

/* Raises the vector if it is time, or says when; VKV_NEVER: nothing is held. */
static u64 flush(struct vkv_worker *w, u16 vector)
{
	struct vkv_irq *irq = &w->dev->irqs.irq[vector];
	u64 due;

	spin_lock(&irq->lock);
	due = irq->pending ? irq->due : VKV_NEVER;
	if (due <= w->now)
		irq->pending = 0;
	spin_unlock(&irq->lock);
	if (due > w->now)
		return due;
	raise_vector(w->dev, vector);
	return VKV_NEVER;
}

u64 vkv_irq_round(struct vkv_worker *w)
{
	unsigned int vector;
	u64 due;

	if (likely(w->irq_due > w->now))
		return w->irq_due;
	w->irq_due = VKV_NEVER;
	for (vector = 0; vector < w->dev->cfg.nr_vectors; vector++) {
		if (!(w->irq_armed[vector / 64] & BIT_ULL(vector % 64)))
			continue;
		due = flush(w, vector);
		w->irq_due = min(w->irq_due, due);
		if (due == VKV_NEVER)
			w->irq_armed[vector / 64] &= ~BIT_ULL(vector % 64);
	}
	return w->irq_due;
}

/* A threshold of one entry, or no time to wait, is no coalescing. */
void vkv_irq_set_coalescing(struct vkv_dev *dev, u32 value)
{
	bool active = value & 0xff && value >> 8;

	WRITE_ONCE(dev->irqs.coalescing, active ? value : 0);
}

void vkv_irq_set_exempt(struct vkv_dev *dev, u16 vector, bool exempt)
{
	u64 *word = &dev->irqs.exempt[vector / 64];
	u64 bit = BIT_ULL(vector % 64);

	VKV_ASSERT(vector < VKV_NR_VECTORS);
	WRITE_ONCE(*word, exempt ? *word | bit : *word & ~bit);
}

bool vkv_irq_is_exempt(const struct vkv_dev *dev, u16 vector)
{
	return READ_ONCE(dev->irqs.exempt[vector / 64]) & BIT_ULL(vector % 64);
}
