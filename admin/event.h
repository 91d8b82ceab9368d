/* SPDX-License-Identifier: GPL-2.0 */
/* Asynchronous events (base specification, section 5.2). */
#ifndef VKV_EVENT_H
#define VKV_EVENT_H

#include <linux/list.h>
#include <linux/types.h>

#define VKV_NR_AERS 4u			/* AERL + 1 */
#define VKV_NR_EVENTS 16u

struct vkv_cmd;
struct vkv_dev;

/* Events that are to be reported, and the requests that wait to report them. */
struct vkv_events {
	u32 queue[VKV_NR_EVENTS];
	unsigned int nr;
	u32 masked;			/* types reported and not yet read */
	u8 log[8];			/* by type: the log page to read */
	struct list_head requests;
	unsigned int nr_requests;
};

/**
 * vkv_events_init() - nothing waits
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_events_init(struct vkv_dev *dev);

/**
 * vkv_event() - something happened that the host wants to know
 * @dev: the device
 * @event: completion DW0, of NVME_AEN(); one that already waits is not queued
 *	twice
 *
 * After an event is reported, its type is masked until the host has read the
 * log page it names.
 * Context: dispatcher, like everything here.
 */
void vkv_event(struct vkv_dev *dev, u32 event);

/**
 * vkv_event_read() - the host has read a log page without RAE
 * @dev: the device
 * @log: log page identifier; the events that name it may come again
 */
void vkv_event_read(struct vkv_dev *dev, u8 log);

/**
 * vkv_event_request() - an Asynchronous Event Request command
 * @dev: the device
 * @cmd: the command
 *
 * Return: VKV_HELD when it is kept, or an NVMe status.
 */
u16 vkv_event_request(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_event_take() - a kept request is not to wait any longer
 * @dev: the device
 * @cmd: any command
 *
 * Return: true when it was a kept request, which is the caller's again.
 */
bool vkv_event_take(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_events_reset() - drop requests and events; the queues are going away
 * @dev: the device
 */
void vkv_events_reset(struct vkv_dev *dev);

#endif
