/* SPDX-License-Identifier: GPL-2.0 */
/* Handing fetched commands over to the threads that carry them out. */
#ifndef VKV_HANDOVER_H
#define VKV_HANDOVER_H

struct vkv_cmd;
struct vkv_dev;
struct vkv_dispatcher;

/**
 * vkv_rings_look() - how full are the workers' rings?
 * @d: the dispatcher
 *
 * Commands are handed out by what was seen here and by what was added since.
 * Context: @d's thread, before it fetches from a queue.
 */
void vkv_rings_look(struct vkv_dispatcher *d);

/**
 * vkv_cmd_dispatch() - a fetched command: to the admin handlers, a worker, its end
 * @dev: the device
 * @cmd: its entry is there; not the caller's any more
 *
 * Context: the dispatcher of its queue.
 */
void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_rings_publish() - workers may take what was handed over to them
 * @d: the dispatcher
 *
 * Workers that have a thread are woken.
 * Context: @d's thread, after it has fetched.
 */
void vkv_rings_publish(struct vkv_dispatcher *d);

#endif
