/* SPDX-License-Identifier: GPL-2.0 */
/* The namespaces of a device, as its user sees and changes them. */
#ifndef VKV_NAMESPACES_H
#define VKV_NAMESPACES_H

#include <linux/types.h>

struct vkv_device;

/* The files of a namespace. A user writes the first four. */
enum vkv_ns_file {
	VKV_NS_FILE_KIND,	/* block, kv, or none */
	VKV_NS_FILE_SIZE,	/* a size; 0: all that the device has */
	VKV_NS_FILE_ATTACHED,	/* 0 or 1 */
	VKV_NS_FILE_FORMAT,	/* 1 */
	VKV_NS_FILE_USED,	/* bytes */
	VKV_NS_FILE_NGUID,
};

/**
 * vkv_device_show_ns() - write what a file of a namespace says
 * @d: the device
 * @nsid: 1..VKV_NR_NAMESPACES
 * @file: any but VKV_NS_FILE_FORMAT
 * @buf: gets the text, without a line's end
 * @size: the bytes of @buf
 *
 * Context: may sleep.
 * Return: the length of the text.
 */
size_t vkv_device_show_ns(struct vkv_device *d, u32 nsid, enum vkv_ns_file file,
			  char *buf, size_t size);

/**
 * vkv_device_change_ns() - change a namespace
 * @d: the device
 * @nsid: 1..VKV_NR_NAMESPACES
 * @file: one that a user writes
 * @text: what the user has written
 *
 * When it is wrong, or cannot be now, one line of the log says why and what to do
 * about it, and nothing changes.
 *
 * Context: may sleep for long.
 * Return: 0; -EINVAL; -ENODEV when there is no namespace, or no device;
 * -EBUSY; -ENOSPC; -EAGAIN; -EINTR when a signal came first; -ENOMEM.
 */
int __must_check vkv_device_change_ns(struct vkv_device *d, u32 nsid,
				      enum vkv_ns_file file, const char *text);

#endif
