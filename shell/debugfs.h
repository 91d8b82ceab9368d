/* SPDX-License-Identifier: GPL-2.0 */
/* The files of a device in /sys/kernel/debug/vkvssd/<function>/. */
#ifndef VKV_DEBUGFS_H
#define VKV_DEBUGFS_H

#include "vkv.h"

struct dentry;
struct vkv_debugfs;
struct mutex;
struct vkv_mem;
struct vkv_params;

/**
 * struct vkv_debugfs_table - a file that shows a table of statistics
 * @d: the files that it belongs to
 * @table: the table's number, below VKV_NR_TABLES
 */
struct vkv_debugfs_table {
	const struct vkv_debugfs *d;
	unsigned int table;
};

/**
 * struct vkv_debugfs - the files of one device
 * @dev: the device that has the statistics
 * @params: the settings that "info" shows
 * @lock: held while @params are read
 * @mem: the memory that "info" shows
 * @mappings: the pages that the host has mapped; NULL if @dev is not confined
 * @name: the name of the device, which "info" shows
 * @dir: the directory of the device
 * @table: the files of the tables; vkv_debugfs_create() fills them
 */
struct vkv_debugfs {
	struct vkv_dev *dev;
	const struct vkv_params *params;
	struct mutex *lock;
	const struct vkv_mem *mem;
	const struct vkv_mappings *mappings;
	const char *name;
	struct dentry *dir;
	struct vkv_debugfs_table table[VKV_NR_TABLES];
};

/**
 * vkv_debugfs_init() - create the directory of all devices
 *
 * This cannot fail. A kernel without debugfs has no files.
 *
 * Context: the module's init function; may sleep.
 */
void vkv_debugfs_init(void);

/**
 * vkv_debugfs_exit() - remove the directory of all devices
 *
 * Context: may sleep. No device is left.
 */
void vkv_debugfs_exit(void);

/**
 * vkv_debugfs_create() - create the files of a device
 * @d: has @dev, @params, @lock, @mem, @mappings and @name; the others are filled
 * @function: the name of the PCI function, which the directory gets
 *
 * This cannot fail. A kernel without debugfs has no files.
 *
 * Context: may sleep.
 */
void vkv_debugfs_create(struct vkv_debugfs *d, const char *function);

/**
 * vkv_debugfs_destroy() - remove the files
 * @d: from vkv_debugfs_create()
 *
 * Context: may sleep; waits for threads that are reading a file.
 */
void vkv_debugfs_destroy(struct vkv_debugfs *d);

#endif
