// SPDX-License-Identifier: GPL-2.0
/* The names and defaults of settings. */
#include "shell/settings.h"

#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vkv_assert.h"

static const struct {
	const char *name;
	const char *fallback;
	bool live;
} settings[] = {
#define FIXED(n, f, ...) [VKV_SETTING_##n] = { .name = #n, .fallback = (f) },
#define LIVE(n, f, ...)	 [VKV_SETTING_##n] = { .name = #n, .fallback = (f), .live = true },
	VKV_SETTINGS(FIXED, LIVE, FIXED, FIXED)
};

const char *vkv_setting_name(enum vkv_setting setting)
{
	VKV_ASSERT(setting < VKV_NR_SETTINGS);
	return settings[setting].name;
}

bool vkv_setting_is_live(enum vkv_setting setting)
{
	VKV_ASSERT(setting < VKV_NR_SETTINGS);
	return settings[setting].live;
}

const char *vkv_setting(const struct vkv_settings *s, enum vkv_setting setting)
{
	const char *text = s->text[setting];

	VKV_ASSERT(setting < VKV_NR_SETTINGS);
	return text && *text ? text : settings[setting].fallback;
}

void vkv_settings_clear(struct vkv_settings *s)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_SETTINGS; i++) {
		kfree(s->text[i]);
		s->text[i] = NULL;
	}
}

int vkv_settings_copy(struct vkv_settings *to, const struct vkv_settings *from)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_SETTINGS; i++) {
		if (!from->text[i])
			continue;
		to->text[i] = kstrdup(from->text[i], GFP_KERNEL);
		if (!to->text[i]) {
			vkv_settings_clear(to);
			return -ENOMEM;
		}
	}
	return 0;
}

int vkv_settings_set(struct vkv_settings *s, enum vkv_setting setting,
		     const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);

	VKV_ASSERT(setting < VKV_NR_SETTINGS);
	if (!copy)
		return -ENOMEM;
	kfree(s->text[setting]);
	s->text[setting] = copy;
	return 0;
}
