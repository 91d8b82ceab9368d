/* SPDX-License-Identifier: GPL-2.0 */
/* What a device did, as text: the tables of debugfs and of log page C0h. */
#ifndef VKV_REPORT_H
#define VKV_REPORT_H

#include <linux/types.h>

struct vkv_dev;

/**
 * vkv_report_create() - room for the text of log page C0h
 * @dev: its statistics are there
 *
 * Context: may sleep. Return: 0, -ENOMEM.
 */
int __must_check vkv_report_create(struct vkv_dev *dev);

/**
 * vkv_report_fill() - write the tables to vkv_dev.report, one behind the other
 * @dev: the device
 *
 * A first line "version 1", a second one "length N" with the length of all the
 * text in bytes, then each table but the histogram behind a line "table NAME". What
 * is left of vkv_dev.report_size is zeroes. Context: dispatcher.
 */
void vkv_report_fill(struct vkv_dev *dev);

#endif
