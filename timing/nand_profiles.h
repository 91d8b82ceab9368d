/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Profiles of the model "nand": hardware by name.
 */
#ifndef VKV_TIMING_NAND_PROFILES_H
#define VKV_TIMING_NAND_PROFILES_H

#include <linux/types.h>

#include "timing/model.h"

/**
 * struct vkv_timing_profile - a named set of values for a model
 * @name: its name in the timing= parameter
 * @ops: the model
 * @value: for each key its value; 0: the model's own
 */
struct vkv_timing_profile {
	const char *name;
	const struct vkv_timing_ops *ops;
	u64 value[VKV_TIMING_KEYS_MAX];
};

extern const struct vkv_timing_profile vkv_nand_profiles[];
extern const unsigned int vkv_nr_nand_profiles;

#endif
