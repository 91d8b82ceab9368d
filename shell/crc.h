/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's CRC-32C, which uses the CPU's instruction. */
#ifndef VKV_CRC_H
#define VKV_CRC_H

#include <linux/types.h>

/**
 * vkv_crc_get() - get ready to compute
 *
 * Each device that computes calls this.
 *
 * Context: may sleep; one call of this and vkv_crc_put() at a time.
 * Return: 0, or an error when the kernel cannot compute a CRC-32C. A line of the
 * log says so.
 */
int __must_check vkv_crc_get(void);

/**
 * vkv_crc_put() - the opposite of vkv_crc_get()
 *
 * Context: may sleep; its device does not compute any more.
 */
void vkv_crc_put(void);

/**
 * vkv_crc() - the CRC-32C of bytes; vkv_dev_config.value_crc
 * @crc: that of the bytes before, or ~0
 * @bytes: these bytes
 * @len: how many
 *
 * Context: any, after vkv_crc_get().
 */
u32 vkv_crc(u32 crc, const void *bytes, size_t len);

#endif
