// SPDX-License-Identifier: GPL-2.0
/* The names and defaults of settings. */
#include "shell/settings.h"

#include "vkv_assert.h"

static const struct {
	const char *name;
	const char *fallback;
} settings[] = {
#define ROW(n, f, ...) [VKV_SETTING_##n] = { .name = #n, .fallback = (f) },
	VKV_SETTINGS(ROW, ROW)
};

const char *vkv_setting_name(enum vkv_setting setting)
{
	VKV_ASSERT(setting < VKV_NR_SETTINGS);
	return settings[setting].name;
}

const char *vkv_setting(const struct vkv_settings *s, enum vkv_setting setting)
{
	const char *text = s->text[setting];

	VKV_ASSERT(setting < VKV_NR_SETTINGS);
	return text && *text ? text : settings[setting].fallback;
}
