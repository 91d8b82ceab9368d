/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kinds of memory. One more kind is a file in this folder, and a line in the table
 * of shell/mem.c.
 */
#ifndef VKV_MEM_KIND_H
#define VKV_MEM_KIND_H

struct vkv_mem;
struct vkv_params;

/**
 * struct vkv_mem_kind - where the memory of a device comes from
 * @name: as the setting memory= names it
 * @get: fills the storage, the BAR and the node of a vkv_mem that is zeroed but for
 *	its kind. When this fails, one line of the log says why
 * @put: gives everything back
 *
 * Both may sleep. One call at a time.
 */
struct vkv_mem_kind {
	const char *name;
	int (*get)(struct vkv_mem *mem, const struct vkv_params *p);
	void (*put)(struct vkv_mem *mem);
};

extern const struct vkv_mem_kind vkv_mem_reserved;
extern const struct vkv_mem_kind vkv_mem_blocks;
extern const struct vkv_mem_kind vkv_mem_pages;
extern const struct vkv_mem_kind vkv_mem_file;

#endif
