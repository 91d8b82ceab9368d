// SPDX-License-Identifier: GPL-2.0
/*
 * The models and profiles by name, and their values by key.
 */
#include "timing/spec.h"

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "timing/nand_profiles.h"
#include "vkv_assert.h"

static const struct vkv_timing_ops *const models[] = {
	&vkv_timing_none_ops,
	&vkv_timing_simple_ops,
	&vkv_timing_nand_ops,
};

static bool is_word(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !strncmp(text, word, len);
}

static const struct vkv_timing_ops *find_model(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(models); i++)
		if (is_word(name, len, models[i]->name))
			return models[i];
	return NULL;
}

static const struct vkv_timing_profile *find_profile(const char *name,
						     size_t len)
{
	unsigned int i;

	for (i = 0; i < vkv_nr_nand_profiles; i++)
		if (is_word(name, len, vkv_nand_profiles[i].name))
			return &vkv_nand_profiles[i];
	return NULL;
}

static int unknown_name(const char *name, size_t len, char *why, size_t why_len)
{
	size_t n;
	unsigned int i;

	n = scnprintf(why, why_len, "'%.*s' is unknown; give one of",
		      (int)len, name);
	for (i = 0; i < ARRAY_SIZE(models); i++)
		n += scnprintf(why + n, why_len - n, " %s", models[i]->name);
	for (i = 0; i < vkv_nr_nand_profiles; i++)
		n += scnprintf(why + n, why_len - n, " %s",
			       vkv_nand_profiles[i].name);
	return -EINVAL;
}

/* Finds the model, and sets the values of a model or a profile. */
static int set_name(struct vkv_timing_spec *spec, const char *name, size_t len,
		    char *why, size_t why_len)
{
	const struct vkv_timing_profile *profile = find_profile(name, len);
	u32 i;

	spec->ops = profile ? profile->ops : find_model(name, len);
	if (!spec->ops)
		return unknown_name(name, len, why, why_len);
	VKV_ASSERT(spec->ops->nr_keys <= VKV_TIMING_KEYS_MAX);
	for (i = 0; i < spec->ops->nr_keys; i++) {
		spec->value[i] = spec->ops->keys[i].value;
		if (profile && profile->value[i])
			spec->value[i] = profile->value[i];
	}
	return 0;
}

/* Reads decimal digits and a unit; -ERANGE beyond 64 bits. */
static int parse_number(const char *s, size_t len, u64 *out)
{
	static const char units[] = "KMGT";
	const char *unit;
	size_t i;
	u64 x = 0;

	for (i = 0; i < len && isdigit(s[i]); i++) {
		if (x > (U64_MAX - 9) / 10)
			return -ERANGE;
		x = x * 10 + (s[i] - '0');
	}
	if (!i || len - i > 1)
		return -EINVAL;
	if (i < len) {
		unit = strchr(units, toupper(s[i]));
		if (!unit)
			return -EINVAL;
		i = 10 * (unit - units + 1);
		if (x > U64_MAX >> i)
			return -ERANGE;
		x <<= i;
	}
	*out = x;
	return 0;
}

static int unknown_key(const struct vkv_timing_ops *ops, const char *key,
		       size_t len, char *why, size_t why_len)
{
	size_t n;
	u32 i;

	n = scnprintf(why, why_len, "'%.*s' is no key of %s; ", (int)len, key,
		      ops->name);
	if (!ops->nr_keys) {
		scnprintf(why + n, why_len - n, "it has none");
		return -EINVAL;
	}
	n += scnprintf(why + n, why_len - n, "give one of");
	for (i = 0; i < ops->nr_keys; i++)
		n += scnprintf(why + n, why_len - n, " %s", ops->keys[i].name);
	return -EINVAL;
}

static int set_value(struct vkv_timing_spec *spec, const char *s, size_t len,
		     char *why, size_t why_len)
{
	const struct vkv_timing_key *keys = spec->ops->keys;
	const char *equals = memchr(s, '=', len);
	size_t key_len = equals ? (size_t)(equals - s) : len;
	int err = -EINVAL;
	u64 value = 0;
	u32 i;

	for (i = 0; i < spec->ops->nr_keys; i++)
		if (is_word(s, key_len, keys[i].name))
			break;
	if (i == spec->ops->nr_keys)
		return unknown_key(spec->ops, s, key_len, why, why_len);
	if (equals)
		err = parse_number(equals + 1, len - key_len - 1, &value);
	if (!err && (value < keys[i].min || value > keys[i].max))
		err = -ERANGE;
	if (err)
		scnprintf(why, why_len,
			  "'%.*s' is not a number from %llu to %llu", (int)len,
			  s, keys[i].min, keys[i].max);
	else
		spec->value[i] = value;
	return err;
}

int vkv_timing_spec_parse(const char *text, struct vkv_timing_spec *spec,
			  char *why, size_t why_len)
{
	size_t at, len;
	int err;

	memset(spec, 0, sizeof(*spec));
	spec->text = text;
	spec->len = strcspn(text, ",");
	at = strcspn(text, ":,");
	err = set_name(spec, text, at, why, why_len);
	while (!err && at < spec->len) {
		at++;
		len = strcspn(text + at, ":,");
		err = set_value(spec, text + at, len, why, why_len);
		at += len;
	}
	return err;
}
