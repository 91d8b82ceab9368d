/* SPDX-License-Identifier: GPL-2.0 */
/* Completion interrupts and their coalescing (features 08h and 09h). */
#ifndef VKV_IRQ_H
#define VKV_IRQ_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct vkv_dev;
struct vkv_worker;

/* What one vector holds back. */
struct vkv_irq {
	spinlock_t lock;	/* protects the rest */
	u32 pending;		/* completions since the last interrupt */
	u64 due;		/* ns, when the first of them has waited enough */
};

/**
 * vkv_irq_post() - completions were posted
 * @dev: the device
 * @w: who posted them; NULL for the dispatcher, which holds nothing back
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
 */
bool vkv_irq_is_exempt(const struct vkv_dev *dev, u16 vector);

#endif
