/* SPDX-License-Identifier: GPL-2.0 */
/* Places for BARs of devices whose storage is System RAM. */
#ifndef VKV_MEM_BARS_H
#define VKV_MEM_BARS_H

struct vkv_mem;
struct vkv_params;

/**
 * vkv_bars_get() - find a place for a BAR, and map it
 * @mem: gets the BAR
 * @p: the settings; bar_start= may name a place
 *
 * When this fails, one line of the log says why.
 *
 * Context: may sleep. One call of this and vkv_bars_put() at a time.
 * Return: 0, -EBUSY, -ENOSPC, -ENOMEM, -EINTR.
 */
int __must_check vkv_bars_get(struct vkv_mem *mem, const struct vkv_params *p);

/**
 * vkv_bars_put() - give the place back
 * @mem: from vkv_bars_get()
 *
 * Context: may sleep; nothing uses the BAR any more.
 */
void vkv_bars_put(struct vkv_mem *mem);

#endif
