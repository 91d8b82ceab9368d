/* SPDX-License-Identifier: GPL-2.0 */
/* Doorbells: memory that the host writes and a dispatcher polls. */
#ifndef VKV_DOORBELL_H
#define VKV_DOORBELL_H

#include <linux/types.h>

struct vkv_dev;
struct vkv_dispatcher;
struct vkv_sq;

struct vkv_doorbells {
	bool bad;			/* set by any dispatcher, taken by the first */
	unsigned int next_unused;	/* the first's: next one without a queue */
};

/**
 * vkv_doorbells_poll_cqs() - how far has the host read its completion queues?
 * @d: whose queues
 *
 * Context: @d's thread.
 */
void vkv_doorbells_poll_cqs(struct vkv_dispatcher *d);

/**
 * vkv_doorbell_poll_sq() - how far has the host written a submission queue?
 * @d: its dispatcher
 * @sq: the queue
 *
 * Context: @d's thread.
 * Return: true when there are entries to fetch.
 */
bool vkv_doorbell_poll_sq(struct vkv_dispatcher *d, struct vkv_sq *sq);

/**
 * vkv_doorbells_watch() - doorbells without a queue, and bad values
 * @dev: the device
 * @idle: nothing was fetched in this round, so there is time to look at some
 *
 * Context: the first dispatcher.
 */
void vkv_doorbells_watch(struct vkv_dev *dev, bool idle);

/**
 * vkv_doorbells_forget() - a bad value is not reported any more: a reset
 * @dev: the device
 *
 * Context: the first dispatcher.
 */
void vkv_doorbells_forget(struct vkv_dev *dev);

#endif
