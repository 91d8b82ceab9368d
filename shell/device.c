// SPDX-License-Identifier: GPL-2.0
/* Devices are powered up and down here, one at a time. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/device.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "shell/params.h"

/* Ups and downs; taken inside of a device's lock. */
static DEFINE_MUTEX(power_lock);

void vkv_device_init(struct vkv_device *d, const char *name)
{
	mutex_init(&d->lock);
	strscpy(d->name, name, sizeof(d->name));
	snprintf(d->label, sizeof(d->label), "%s: ", name);
}

static void power_down(struct vkv_device *d)
{
	lockdep_assert_held(&d->lock);
	if (!d->shell)
		return;
	mutex_lock(&power_lock);
	vkv_shell_destroy(d->shell);
	mutex_unlock(&power_lock);
	d->shell = NULL;
}

void vkv_device_clear(struct vkv_device *d)
{
	mutex_lock(&d->lock);
	power_down(d);
	vkv_settings_clear(&d->settings);
	mutex_unlock(&d->lock);
}

size_t vkv_device_get(struct vkv_device *d, enum vkv_setting setting, char *buf,
		      size_t size)
{
	size_t n;

	mutex_lock(&d->lock);
	n = scnprintf(buf, size, "%s", vkv_setting(&d->settings, setting) ?: "");
	mutex_unlock(&d->lock);
	return n;
}

static int say_busy(const struct vkv_device *d, enum vkv_setting setting,
		    const char *text)
{
	pr_err("%s%s=%s cannot change while the device runs; write 0 to power first\n",
	       d->label, vkv_setting_name(setting), text);
	return -EBUSY;
}

static int change_running(struct vkv_device *d, enum vkv_setting setting,
			  const char *text)
{
	int err;

	lockdep_assert_held(&d->lock);
	if (!d->shell)
		return 0;
	err = vkv_shell_change(d->shell, setting, text);
	return err == -EBUSY ? say_busy(d, setting, text) : err;
}

/* Puts the text in its place if it is right there; frees it if not. */
static int replace(struct vkv_device *d, enum vkv_setting setting, char *text)
{
	char *old = d->settings.text[setting];
	int err;

	lockdep_assert_held(&d->lock);
	d->settings.text[setting] = text;
	err = vkv_params_check(&d->settings, d->label, setting);
	if (!err)
		err = change_running(d, setting, text);
	if (!err) {
		kfree(old);
		return 0;
	}
	d->settings.text[setting] = old;
	kfree(text);
	return err;
}

int vkv_device_set(struct vkv_device *d, enum vkv_setting setting,
		   const char *text)
{
	char *copy = kstrdup(text, GFP_KERNEL);
	int err;

	if (!copy)
		return -ENOMEM;
	mutex_lock(&d->lock);
	if (d->shell && !vkv_setting_is_live(setting)) {
		err = say_busy(d, setting, text);
		kfree(copy);
	} else {
		err = replace(d, setting, copy);
	}
	mutex_unlock(&d->lock);
	return err;
}

int vkv_device_copy(struct vkv_device *d, const struct vkv_settings *settings)
{
	int err;

	mutex_lock(&d->lock);
	err = vkv_settings_copy(&d->settings, settings);
	mutex_unlock(&d->lock);
	return err;
}

static int power_up(struct vkv_device *d)
{
	int err;

	lockdep_assert_held(&d->lock);
	mutex_lock(&power_lock);
	err = vkv_shell_create(d->name, &d->settings, &d->shell);
	mutex_unlock(&power_lock);
	return err;
}

int vkv_device_power(struct vkv_device *d, bool on)
{
	int err = 0;

	mutex_lock(&d->lock);
	if (!on)
		power_down(d);
	else if (!d->shell)
		err = power_up(d);
	mutex_unlock(&d->lock);
	return err;
}

bool vkv_device_runs(struct vkv_device *d)
{
	bool runs;

	mutex_lock(&d->lock);
	runs = d->shell;
	mutex_unlock(&d->lock);
	return runs;
}

size_t vkv_device_function(struct vkv_device *d, char *buf, size_t size)
{
	size_t n;

	mutex_lock(&d->lock);
	n = scnprintf(buf, size, "%s",
		      d->shell ? vkv_shell_function(d->shell) : "");
	mutex_unlock(&d->lock);
	return n;
}
