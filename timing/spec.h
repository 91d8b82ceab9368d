/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A SPEC of the timing= parameter, read as a model and its values.
 */
#ifndef VKV_TIMING_SPEC_H
#define VKV_TIMING_SPEC_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "timing/model.h"

/**
 * struct vkv_timing_spec - one SPEC
 * @text: where it begins in the parameter
 * @len: its characters
 * @ops: the model
 * @value: for each key of the model, its value
 */
struct vkv_timing_spec {
	const char *text;
	size_t len;
	const struct vkv_timing_ops *ops;
	u64 value[VKV_TIMING_KEYS_MAX];
};

/**
 * vkv_timing_spec_parse() - read one SPEC
 * @text: begins with it; it ends at a comma or with the text
 * @spec: filled
 * @why: filled with what is wrong, and what to give instead
 * @why_len: its size
 *
 * Return: 0, -EINVAL, -ERANGE for a value.
 */
int __must_check vkv_timing_spec_parse(const char *text,
				       struct vkv_timing_spec *spec, char *why,
				       size_t why_len);

#endif
