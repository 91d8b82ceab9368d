/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of the controller to the shell, in one line each (struct
 * vkv_host_ops).
 */
#ifndef VKV_HOST_H
#define VKV_HOST_H

#include <asm/byteorder.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "ctrl/dev.h"
#include "ctrl/mapping.h"

/**
 * vkv_dev_reaches_host() - may host memory be touched?
 * @dev: the device
 *
 * A host that has given up waiting for a reset uses its memory for other
 * things. It takes bus mastering away before it does so.
 * Context: any.
 * Return: false while the host has taken bus mastering away.
 */
static inline bool vkv_dev_reaches_host(const struct vkv_dev *dev)
{
	return !dev->cfg.ops->reachable ||
	       dev->cfg.ops->reachable(dev->cfg.host);
}

/**
 * struct vkv_host_use - a page of the host, in use
 * @page: its word in the table of mappings; NULL without a table
 * @flags: of vkv_mapping_use()
 */
struct vkv_host_use {
	atomic64_t *page;
	unsigned long flags;
};

/**
 * vkv_host_begin() - use a page of the host
 * @dev: the device
 * @addr: a bus address
 * @access: one way
 * @use: filled; for vkv_host_end()
 *
 * Context: any thread. Until vkv_host_end() it must not sleep, nor take long.
 * Return: the memory at @addr, up to the end of its page; NULL when the device
 * may not touch it in this way.
 */
static __always_inline void *vkv_host_begin(const struct vkv_dev *dev, u64 addr,
					    enum vkv_access access,
					    struct vkv_host_use *use)
{
	const struct vkv_mappings *m = dev->cfg.mappings;

	use->page = NULL;
	if (!m)
		return dev->cfg.ops->map(dev->cfg.host, addr);
	if (unlikely(!vkv_dev_reaches_host(dev)))
		return NULL;
	use->page = vkv_mapping_find(m, addr);
	if (unlikely(!use->page) ||
	    !vkv_mapping_use(use->page, access, &use->flags))
		return NULL;
	return (void *)(uintptr_t)(m->to_pointer + addr);
}

/**
 * vkv_host_end() - end the use of a page
 * @dev: the device
 * @use: from vkv_host_begin()
 * @p: what it returned, not NULL
 *
 * Context: the thread that began.
 */
static __always_inline void vkv_host_end(const struct vkv_dev *dev,
					 const struct vkv_host_use *use,
					 void *p)
{
	if (use->page)
		vkv_mapping_end(use->page, use->flags);
	else
		dev->cfg.ops->unmap(dev->cfg.host, p);
}

/**
 * vkv_dev_clock() - the current time
 * @dev: the device
 * @round: time of the round, for hosts without a clock
 *
 * Context: any.
 * Return: ns.
 */
static inline u64 vkv_dev_clock(const struct vkv_dev *dev, u64 round)
{
	return dev->cfg.ops->clock ? dev->cfg.ops->clock(dev->cfg.host) : round;
}

/**
 * vkv_bar_zero() - clear a part of the BAR
 * @dev: the device
 * @from: offset of the first byte, a multiple of 4
 * @to: offset behind the last byte, a multiple of 4
 *
 * memset() may use instructions that a mapping of registers does not take.
 *
 * Context: any.
 */
static inline void vkv_bar_zero(const struct vkv_dev *dev, u32 from, u32 to)
{
	u32 at;

	for (at = from; at < to; at += sizeof(u32))
		WRITE_ONCE(*(u32 *)(dev->cfg.bar + at), 0);
}

/**
 * vkv_bar_replace() - change a value in the BAR that the host may change, too
 * @dev: the device
 * @at: in the BAR
 * @from: as it was read
 * @to: the new value; not written if the host has written again. Where the BAR
 *	takes no atomic access, a write of the host at the very moment is lost
 *
 * Context: any.
 */
static inline void vkv_bar_replace(const struct vkv_dev *dev, __le32 *at,
				   u32 from, u32 to)
{
	u32 *p = (__force u32 *)at;
	u32 old = (__force u32)cpu_to_le32(from);

	if (!dev->cfg.bar_simple)
		cmpxchg(p, old, (__force u32)cpu_to_le32(to));
	else if (READ_ONCE(*p) == old)
		WRITE_ONCE(*p, (__force u32)cpu_to_le32(to));
}

/**
 * vkv_doorbell() - a queue's doorbell, in the BAR
 * @dev: the device
 * @qid: below VKV_NR_QUEUES
 * @cq: of the completion queue, else of the submission queue
 *
 * Context: any.
 * Return: the address; the host writes there at any time.
 */
static inline __le32 *vkv_doorbell(const struct vkv_dev *dev, u16 qid, bool cq)
{
	return dev->cfg.bar + VKV_BAR_DOORBELLS + (2 * qid + cq) * 64;
}

/**
 * vkv_dispatcher_wake() - another dispatcher has something to look at
 * @dev: the device
 * @i: below vkv_dev.nr_dispatchers
 *
 * The first dispatcher needs no wake-up: only it calls this.
 * Context: dispatcher.
 */
static inline void vkv_dispatcher_wake(const struct vkv_dev *dev,
				       unsigned int i)
{
	if (i)
		dev->cfg.ops->wake_dispatcher(dev->cfg.host, i);
}

/**
 * vkv_worker_wake() - a worker has something to look at
 * @dev: the device
 * @i: below vkv_dev.nr_workers; a dispatcher's own worker runs in the thread of
 *	that dispatcher
 *
 * Context: any dispatcher, and the first one for others' own workers.
 */
static inline void vkv_worker_wake(const struct vkv_dev *dev, unsigned int i)
{
	if (i < dev->cfg.nr_workers)
		dev->cfg.ops->wake(dev->cfg.host, i);
	else
		vkv_dispatcher_wake(dev, i - dev->cfg.nr_workers);
}

#endif
