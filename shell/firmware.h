/* SPDX-License-Identifier: GPL-2.0 */
/* The memory that the firmware says is there. */
#ifndef VKV_FIRMWARE_H
#define VKV_FIRMWARE_H

#include <linux/types.h>

/**
 * vkv_firmware_has_memory() - is there memory at this place?
 * @start: the physical address of the first byte
 * @size: the bytes, at least one
 *
 * A kernel that was told to use less memory (mem=) does not know all of it. The
 * firmware does: its map has all memory, used by the kernel or not.
 *
 * Context: may sleep.
 * Return: true when the firmware's map has memory at all of the place.
 */
bool vkv_firmware_has_memory(u64 start, u64 size);

#endif
