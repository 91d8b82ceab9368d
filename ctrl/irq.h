/* SPDX-License-Identifier: GPL-2.0 */
/* Completion interrupts and their coalescing (features 08h and 09h). */
#ifndef VKV_IRQ_H
#define VKV_IRQ_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "vkv.h"

struct vkv_dev;
struct vkv_worker;

/* Completions that one vector holds back. */
struct vkv_irq {
	spinlock_t lock;	/* protects the rest */
	u32 pending;		/* completions since the last interrupt */
	u64 due;		/* ns, when the first of them has waited enough */
};

struct vkv_irqs {
	/* Written by the dispatcher, read by all. */
	u32 coalescing;			/* feature 08h, 0: off */
	u64 exempt[VKV_NR_VECTORS / 64];
	struct vkv_irq irq[VKV_NR_VECTORS];
};

/**
 * vkv_irqs_init() - nothing is held back
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_irqs_init(struct vkv_dev *dev);

/**
 * vkv_irq_post() - completions were posted
 * @dev: the device
 * @w: the worker that posted them; NULL for the dispatcher, which holds nothing back
 * @vector: MSI-X vector of their queue
 * @nr: how many
 *
 * Context: any thread.
 */
void vkv_irq_post(struct vkv_dev *dev, struct vkv_worker *w, u16 vector,
		  unsigned int nr);

/**
 * vkv_irq_round() - raise what this worker holds back and is due
 * @w: this worker
 *
 * Return: time in ns of the next one, VKV_NEVER when there is none.
 */
u64 vkv_irq_round(struct vkv_worker *w);

/**
 * vkv_irq_set_coalescing() - feature 08h
 * @dev: the device
 * @value: aggregation threshold in [7:0], 0's based; time in [15:8], 100 us
 *
 * Context: dispatcher.
 */
void vkv_irq_set_coalescing(struct vkv_dev *dev, u32 value);

/**
 * vkv_irq_set_exempt() - feature 09h, coalescing disable of one vector
 * @dev: the device
 * @vector: below VKV_NR_VECTORS
 * @exempt: its interrupts are never held back
 *
 * Context: dispatcher.
 */
void vkv_irq_set_exempt(struct vkv_dev *dev, u16 vector, bool exempt);

/**
 * vkv_irq_is_exempt() - what was set
 * @dev: the device
 * @vector: below VKV_NR_VECTORS
 *
 * Return: true when its interrupts are never held back.
 */
bool vkv_irq_is_exempt(const struct vkv_dev *dev, u16 vector);

#endif
