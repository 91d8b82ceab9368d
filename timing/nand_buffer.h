/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The write buffer of the model "nand"; the essay is in timing/nand_buffer.c.
 */
#ifndef VKV_TIMING_NAND_BUFFER_H
#define VKV_TIMING_NAND_BUFFER_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>

struct vkv_nand;

/**
 * struct vkv_nand_slot - a part of the write buffer: what is programmed at once
 * @link: on the list of free, open or queued slots
 * @done: ns, when it is programmed; 0: it has no time yet
 * @ready: ns, when the die may begin
 * @unit: number of the unit of the log; VKV_NAND_NONE: index pages
 * @die: where it is programmed
 * @next: the slot behind it in the queue of the die, or VKV_NAND_NONE
 * @fill: bytes in it
 * @kind: kind of its first page
 * @queued: it waits to be programmed
 */
struct vkv_nand_slot {
	struct list_head link;
	u64 done;
	u64 ready;
	u32 unit;
	u32 die;
	u32 next;
	u32 fill;
	u8 kind;
	bool queued;
};

/**
 * vkv_nand_buffer_create() - make the buffer, empty
 * @n: its geometry is set
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_nand_buffer_create(struct vkv_nand *n);

/**
 * vkv_nand_buffer_destroy() - free the buffer
 * @n: it need not be there
 */
void vkv_nand_buffer_destroy(struct vkv_nand *n);

/**
 * vkv_nand_buffer_retire() - free the slots that are programmed by a moment
 * @n: the hardware
 * @t: ns, the moment
 *
 * Context: the lock is held.
 */
void vkv_nand_buffer_retire(struct vkv_nand *n, u64 t);

/**
 * vkv_nand_buffer_write() - take bytes of the log
 * @n: the hardware
 * @at: their offset in the reserved memory
 * @len: how many
 * @t: ns, when they come
 *
 * Context: the lock is held.
 * Return: ns, when there is room for all.
 */
u64 vkv_nand_buffer_write(struct vkv_nand *n, u64 at, u64 len, u64 t);

/**
 * vkv_nand_buffer_index() - take an index page that has left the DRAM
 * @n: the hardware
 * @page: number of the page
 * @t: ns, when it comes
 *
 * Context: the lock is held.
 * Return: ns, when there is room for it.
 */
u64 vkv_nand_buffer_index(struct vkv_nand *n, u32 page, u64 t);

/**
 * vkv_nand_buffer_drop() - the bytes of a segment are not needed any more
 * @n: the hardware
 * @at: offset of the segment in the reserved memory
 *
 * Context: the lock is held.
 */
void vkv_nand_buffer_drop(struct vkv_nand *n, u64 at);

/**
 * vkv_nand_buffer_flush() - program everything
 * @n: the hardware
 * @t: ns, now
 *
 * Context: the lock is held.
 * Return: ns, when all is programmed.
 */
u64 vkv_nand_buffer_flush(struct vkv_nand *n, u64 t);

#endif
