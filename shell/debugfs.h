/* SPDX-License-Identifier: GPL-2.0 */
/* What a device says about itself, in /sys/kernel/debug/vkvssd/<function>/. */
#ifndef VKV_DEBUGFS_H
#define VKV_DEBUGFS_H

#include "vkv.h"

struct dentry;
struct vkv_debugfs;
struct vkv_mem;
struct vkv_params;

/**
 * struct vkv_debugfs_table - what a file with a table needs to know
 * @d: the files it is among
 * @table: which table
 */
struct vkv_debugfs_table {
	const struct vkv_debugfs *d;
	unsigned int table;
};

/**
 * struct vkv_debugfs - the files of one device
 * @dev: for the tables
 * @params: for "info"
 * @mem: for "info"
 * @top: the directory of the module
 * @table: for the tables; filled by vkv_debugfs_create()
 */
struct vkv_debugfs {
	struct vkv_dev *dev;
	const struct vkv_params *params;
	const struct vkv_mem *mem;
	struct dentry *top;
	struct vkv_debugfs_table table[VKV_NR_TABLES];
};

/**
 * vkv_debugfs_create() - create the files
 * @d: all but @top filled
 * @name: of the PCI function
 *
 * Cannot fail: without debugfs there are none.
 */
void vkv_debugfs_create(struct vkv_debugfs *d, const char *name);

/**
 * vkv_debugfs_destroy() - remove them
 * @d: from vkv_debugfs_create()
 */
void vkv_debugfs_destroy(struct vkv_debugfs *d);

#endif
