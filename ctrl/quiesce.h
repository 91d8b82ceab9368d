/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the dispatcher makes other threads stand back: pauses for the other
 * dispatchers, drains, sweeps and fences for the workers. ctrl/quiesce.c says
 * how each of them works.
 */
#ifndef VKV_QUIESCE_H
#define VKV_QUIESCE_H

#include <linux/cache.h>
#include <linux/types.h>

struct vkv_dev;
struct vkv_dispatcher;
struct vkv_worker;

/* Written by the dispatcher. */
struct vkv_quiesce {
	bool asked;		/* for a pause, in this round; its own */
	bool pause ____cacheline_aligned_in_smp; /* others do not fetch */
	bool drain;		/* queues are going away */
};

/**
 * vkv_pause() - no other dispatcher fetches
 * @dev: the device
 *
 * Queues come and go, and the admin queue's entries are carried out, while the
 * dispatchers of other queues leave them alone. They go on after the first
 * round of the dispatcher that does not ask for a pause.
 *
 * Context: the first dispatcher.
 * Return: false while another one still fetches; the caller asks again in its
 * next round.
 */
bool vkv_pause(struct vkv_dev *dev);

/**
 * vkv_pause_end() - the pause ends if nothing has asked for it in this round
 * @dev: the device
 *
 * Context: the first dispatcher, at the end of its round.
 *
 * Return: true while there is a pause.
 */
bool vkv_pause_end(struct vkv_dev *dev);

/**
 * vkv_fetch_begin() - a dispatcher is about to fetch
 * @d: the dispatcher
 *
 * Context: @d's thread.
 * Return: false in a pause; nothing may be fetched then.
 */
bool vkv_fetch_begin(struct vkv_dispatcher *d);

/**
 * vkv_fetch_end() - a dispatcher has fetched
 * @d: the dispatcher; vkv_fetch_begin() has returned true
 *
 * Context: @d's thread.
 */
void vkv_fetch_end(struct vkv_dispatcher *d);

/**
 * vkv_drain_begin() - queues are marked: workers end the commands of them
 * @dev: the device
 *
 * Context: dispatcher.
 */
void vkv_drain_begin(struct vkv_dev *dev);

/**
 * vkv_drain_end() - nothing is left of the marked queues
 * @dev: the device
 *
 * Context: dispatcher.
 */
void vkv_drain_end(struct vkv_dev *dev);

/**
 * vkv_sweeps_update() - tell workers whether they have commands to end early
 * @dev: the device; the drain or vkv_worker.abort_wanted has changed
 *
 * Context: dispatcher.
 */
void vkv_sweeps_update(struct vkv_dev *dev);

/**
 * vkv_fence_begin() - every worker is to end the round that it is in
 * @dev: the device
 *
 * A round that begins after vkv_fence_passed() has returned true sees
 * everything that the dispatcher wrote before this call.
 * Context: dispatcher.
 */
void vkv_fence_begin(struct vkv_dev *dev);

/**
 * vkv_fence_passed() - have all workers ended their rounds since?
 * @dev: the device; vkv_fence_begin() was called
 *
 * Context: dispatcher.
 * Return: true when they have.
 */
bool vkv_fence_passed(const struct vkv_dev *dev);

/**
 * vkv_fence_asked() - is a worker asked to pass a fence?
 * @w: the worker
 *
 * Context: @w's thread.
 * Return: true when it is.
 */
bool vkv_fence_asked(const struct vkv_worker *w);

/**
 * vkv_fence_pass() - a worker begins a round, so it has ended the one before
 * @w: the worker
 *
 * Context: @w's thread, at the beginning of its round.
 */
void vkv_fence_pass(struct vkv_worker *w);

#endif
