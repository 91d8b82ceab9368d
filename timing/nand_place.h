/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the bytes of the log lie on the media, in the model "nand".
 */
#ifndef VKV_TIMING_NAND_PLACE_H
#define VKV_TIMING_NAND_PLACE_H

#include <linux/types.h>

struct vkv_nand;

/**
 * struct vkv_nand_place - where a byte lies on the media
 * @page: number of the page
 * @unit: number of the unit, which is programmed at once
 * @die: number of the die
 * @kind: kind of the page in its cells, from 0
 * @offset: bytes from the beginning of the page
 */
struct vkv_nand_place {
	u32 page;
	u32 unit;
	u32 die;
	u32 kind;
	u32 offset;
};

/**
 * vkv_nand_place_init() - work out how many dies, pages and units there are
 * @n: its @value and @layout are set
 */
void vkv_nand_place_init(struct vkv_nand *n);

/**
 * vkv_nand_place_of() - where does a byte lie?
 * @n: the hardware
 * @at: offset of the byte in the reserved memory
 * @place: filled
 */
void vkv_nand_place_of(const struct vkv_nand *n, u64 at,
		       struct vkv_nand_place *place);

/**
 * vkv_nand_place_room() - bytes of log from a byte to the end of its unit
 * @n: the hardware
 * @at: offset of the byte in the reserved memory
 *
 * Return: bytes, at least 1.
 */
u64 vkv_nand_place_room(const struct vkv_nand *n, u64 at);

/**
 * vkv_nand_unit_bytes() - bytes that are programmed at once
 * @n: the hardware
 *
 * Return: the bytes of a unit.
 */
u32 vkv_nand_unit_bytes(const struct vkv_nand *n);

#endif
