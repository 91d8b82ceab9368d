/* SPDX-License-Identifier: GPL-2.0 */
/* What the timing= parameter says, as a model and its values. */
#ifndef VKV_KV_TIMING_SPEC_H
#define VKV_KV_TIMING_SPEC_H

#include <linux/types.h>

#include "timing/timing.h"

/**
 * struct vkv_timing_profile - a named set of values for a model
 * @name: what the timing= parameter calls it
 * @ops: the model
 * @value: of each key; 0: the model's own
 */
struct vkv_timing_profile {
	const char *name;
	const struct vkv_timing_ops *ops;
	u64 value[VKV_TIMING_KEYS_MAX];
};

extern const struct vkv_timing_profile vkv_nand_profiles[];
extern const unsigned int vkv_nr_nand_profiles;

/**
 * struct vkv_timing_spec - one SPEC
 * @text: where it is in the parameter
 * @len: its characters
 * @ops: the model
 * @value: of each of its keys
 */
struct vkv_timing_spec {
	const char *text;
	size_t len;
	const struct vkv_timing_ops *ops;
	u64 value[VKV_TIMING_KEYS_MAX];
};

/**
 * vkv_timing_spec_parse() - read one SPEC
 * @text: what begins with it; it ends at a comma or with the text
 * @spec: filled
 * @why: says what is wrong, and what to give instead
 * @why_len: its size
 *
 * Return: 0, -EINVAL, -ERANGE for a value.
 */
int __must_check vkv_timing_spec_parse(const char *text,
				       struct vkv_timing_spec *spec, char *why,
				       size_t why_len);

#endif
