/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SMART / health information (log page 02h), and warnings that become events.
 */
#ifndef VKV_HEALTH_H
#define VKV_HEALTH_H

#include <linux/types.h>

struct nvme_smart_log;
struct vkv_dev;

/**
 * struct vkv_limits - the limits behind critical warnings, and behind their events
 * @over: composite temperature that is too high, kelvin
 * @under: composite temperature that is too low, kelvin
 * @events: critical warnings that are to be events (feature 0Bh)
 */
struct vkv_limits {
	u32 over;
	u16 under;
	u32 events;
};

/* The dispatcher's. */
struct vkv_health {
	struct vkv_limits limits;
	u8 reported;			/* critical warnings that were events */
};

/**
 * vkv_health_set_limits() - a threshold or feature 0Bh has changed
 * @dev: the device
 * @limits: from now on
 *
 * Each warning that feature 0Bh lets through is an event when it begins.
 * Context: dispatcher.
 */
void vkv_health_set_limits(struct vkv_dev *dev, const struct vkv_limits *limits);

/**
 * vkv_health_smart_page() - log page 02h
 * @dev: the device
 * @log: filled; zeroed before
 *
 * Context: dispatcher.
 * Return: bytes.
 */
u32 vkv_health_smart_page(struct vkv_dev *dev, struct nvme_smart_log *log);

#endif
