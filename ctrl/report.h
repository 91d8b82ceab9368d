/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The statistics of a device, as text: tables in debugfs and in log page C0h.
 */
#ifndef VKV_REPORT_H
#define VKV_REPORT_H

#include <linux/types.h>

struct vkv_dev;

/* Log page C0h as it was when its beginning was read; the dispatcher's. */
struct vkv_report {
	char *text;
	size_t size;		/* bytes; zeroes behind the text */
};

/**
 * vkv_report_fit() - room for the text of all rows that there are
 * @dev: the device; its statistics are there
 *
 * A text that a host is reading in pieces is lost when there is more room.
 * Context: the dispatcher, or before the first round; may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_report_fit(struct vkv_dev *dev);

/**
 * vkv_report_destroy() - free it
 * @dev: may have none
 */
void vkv_report_destroy(struct vkv_dev *dev);

/**
 * vkv_report_fill() - write the tables to vkv_report.text, one behind the other
 * @dev: the device
 *
 * A first line "version 1", a second one "length N" with the length of all the
 * text in bytes, then each table but the histogram behind a line "table NAME".
 * Zeroes fill the rest.
 * Context: dispatcher.
 */
void vkv_report_fill(struct vkv_dev *dev);

#endif
