/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands over io_uring's passthrough.
 */
#ifndef DEVICE_RING_H
#define DEVICE_RING_H

#include <stdbool.h>

#include <liburing.h>
#include <linux/nvme_ioctl.h>

/**
 * ring_init - make a ring whose entries have room for NVMe commands
 * @ring: the ring
 * @depth: commands that can be under way
 * @poll: whether completions are polled for, in queues without interrupts
 *
 * Return: 0 or a negative errno.
 */
int ring_init(struct io_uring *ring, unsigned int depth, bool poll);

/**
 * ring_entry - the next free entry, for an NVMe command
 * @ring: the ring; the program ends if it is full
 * @fd: a character node of the nvme driver
 * @cmd_op: NVME_URING_CMD_...
 *
 * Return: the entry, in which the command (struct nvme_uring_cmd) is all
 * zeroes.
 */
struct io_uring_sqe *ring_entry(struct io_uring *ring, int fd,
				unsigned int cmd_op);

#endif
