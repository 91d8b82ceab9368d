/* SPDX-License-Identifier: GPL-2.0 */
/* Features (base specification, sections 5.15 and 5.27). */
#ifndef VKV_FEATURE_H
#define VKV_FEATURE_H

#include <linux/types.h>

struct vkv_cmd;
struct vkv_dev;

#define VKV_NR_FEATURES 16u

/* Current values; reset with the controller. */
struct vkv_feature_values {
	u32 value[VKV_NR_FEATURES];	/* by place in feature.c's table */
	u16 under_temperature;		/* kelvin; the over one is in value[] */
	u8 host_id[16];
	u64 timestamp;			/* ms, as the host set it */
	u64 timestamp_at;		/* ns, when */
	u8 timestamp_origin;
};

/* The dispatcher's. */
struct vkv_features {
	struct vkv_feature_values now;
	u32 saved[VKV_NR_FEATURES];
};

/**
 * vkv_features_init() - every feature and its saved value to the default
 * @dev: the device
 *
 * Context: before the first round; the rest is for the dispatcher.
 */
void vkv_features_init(struct vkv_dev *dev);

/**
 * vkv_features_start() - the first round begins
 * @dev: the device
 * @now: of the first round, ns
 */
void vkv_features_start(struct vkv_dev *dev, u64 now);

/**
 * vkv_features_reset() - every feature to its saved value
 * @dev: the device
 */
void vkv_features_reset(struct vkv_dev *dev);

/**
 * vkv_feature_value() - the current CDW11 of a feature without a getter
 * @dev: the device
 * @fid: feature identifier
 *
 * Return: the value; 0 for an unknown feature.
 */
u32 vkv_feature_value(const struct vkv_dev *dev, u8 fid);

/**
 * vkv_features_page() - log page 12h
 * @dev: the device
 * @list: filled; zeroed before
 *
 * Return: bytes.
 */
u32 vkv_features_page(struct vkv_dev *dev, __le32 *list);

/**
 * vkv_get_features() - Get Features
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_get_features(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_set_features() - Set Features
 * @dev: the device
 * @cmd: the command
 *
 * Return: NVMe status.
 */
u16 vkv_set_features(struct vkv_dev *dev, struct vkv_cmd *cmd);

#endif
