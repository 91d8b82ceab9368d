// SPDX-License-Identifier: GPL-2.0
/*
 * Devices as directories. A user makes a directory, writes the settings to its
 * files, and 1 to its file "power".
 *
 *	/sys/kernel/config/vkvssd/NAME/power
 *	                              /function		of PCI, while it runs
 *	                              /memmap_size	and all other settings
 *
 * The device of the module's parameters has a directory, too. Nobody can remove
 * that one, as the module itself made it.
 *
 * Debian builds configfs as a module. With insmod, it may not be loaded yet. Then
 * this module has to load all the same, since its parameters make a device without
 * configfs. So the functions of configfs are weak symbols: where they are missing,
 * their address is NULL.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/configfs.h"

#include <linux/configfs.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "shell/device.h"
#include "shell/settings.h"

#pragma weak config_group_init
#pragma weak config_group_init_type_name
#pragma weak config_item_put
#pragma weak configfs_register_group
#pragma weak configfs_register_subsystem
#pragma weak configfs_unregister_group
#pragma weak configfs_unregister_subsystem

/* A device and its directory. */
struct directory {
	struct config_group group;
	struct vkv_device device;
};

static struct vkv_device *to_device(struct config_item *item)
{
	struct config_group *group = to_config_group(item);

	return &container_of(group, struct directory, group)->device;
}

/* ---- the files ---- */

static ssize_t show_setting(struct config_item *item, enum vkv_setting setting,
			    char *page)
{
	size_t n = vkv_device_get(to_device(item), setting, page,
				  PAGE_SIZE - 1);

	return n + sprintf(page + n, "\n");
}

static ssize_t store_setting(struct config_item *item, enum vkv_setting setting,
			     const char *page, size_t count)
{
	char *text = kstrndup(page, count, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	err = vkv_device_set(to_device(item), setting, strim(text));
	kfree(text);
	return err ?: count;
}

#define SETTING_FILE(name, ...)						\
static ssize_t device_##name##_show(struct config_item *item, char *page) \
{									\
	return show_setting(item, VKV_SETTING_##name, page);		\
}									\
static ssize_t device_##name##_store(struct config_item *item,		\
				     const char *page, size_t count)	\
{									\
	return store_setting(item, VKV_SETTING_##name, page, count);	\
}									\
CONFIGFS_ATTR(device_, name);
VKV_SETTINGS(SETTING_FILE, SETTING_FILE, SETTING_FILE)

static ssize_t device_power_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", vkv_device_runs(to_device(item)));
}

static ssize_t device_power_store(struct config_item *item, const char *page,
				  size_t count)
{
	struct vkv_device *d = to_device(item);
	bool on;
	int err = kstrtobool(page, &on);

	if (err) {
		pr_err("%spower=%.*s is neither 0 nor 1\n", d->label,
		       (int)strcspn(page, "\n"), page);
		return err;
	}
	return vkv_device_power(d, on) ?: count;
}

static ssize_t device_function_show(struct config_item *item, char *page)
{
	size_t n = vkv_device_function(to_device(item), page, PAGE_SIZE - 1);

	return n + sprintf(page + n, "\n");
}

CONFIGFS_ATTR(device_, power);
CONFIGFS_ATTR_RO(device_, function);

#define SETTING_POINTER(name, ...) &device_attr_##name,
static struct configfs_attribute *device_files[] = {
	&device_attr_power,
	&device_attr_function,
	VKV_SETTINGS(SETTING_POINTER, SETTING_POINTER, SETTING_POINTER)
	NULL,
};

/* ---- the directories ---- */

static void device_release(struct config_item *item)
{
	struct config_group *group = to_config_group(item);

	vkv_device_clear(to_device(item));
	kfree(container_of(group, struct directory, group));
}

static struct configfs_item_operations device_ops = {
	.release = device_release,
};

static const struct config_item_type device_type = {
	.ct_item_ops = &device_ops,
	.ct_attrs = device_files,
	.ct_owner = THIS_MODULE,
};

/* The name becomes part of others: of lines in the log, and of links in /dev. */
static bool is_name(const char *name)
{
	const char *c = name;

	if (strlen(name) >= VKV_NAME_SIZE)
		return false;
	while (isalnum(*c) || *c == '_' || *c == '-' || *c == '.')
		c++;
	return !*c && *name != '.' && *name != '-';
}

static struct directory *create_directory(const char *name)
{
	struct directory *dir = kzalloc(sizeof(*dir), GFP_KERNEL);

	if (!dir)
		return ERR_PTR(-ENOMEM);
	vkv_device_init(&dir->device, name);
	config_group_init_type_name(&dir->group, name, &device_type);
	return dir;
}

static struct config_group *devices_make(struct config_group *group,
					 const char *name)
{
	struct directory *dir;

	if (!is_name(name)) {
		pr_err("'%s' is no name for a device; give up to %u letters, digits, and . _ -, the first a letter or a digit\n",
		       name, VKV_NAME_SIZE - 1);
		return ERR_PTR(-EINVAL);
	}
	dir = create_directory(name);
	return IS_ERR(dir) ? ERR_CAST(dir) : &dir->group;
}

/* A process may still have a file open, so the memory is freed later. */
static void devices_drop(struct config_group *group, struct config_item *item)
{
	vkv_device_clear(to_device(item));
	config_item_put(item);
}

static struct configfs_group_operations devices_ops = {
	.make_group = devices_make,
	.drop_item = devices_drop,
};

static const struct config_item_type devices_type = {
	.ct_group_ops = &devices_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem devices = {
	.su_group.cg_item = {
		.ci_namebuf = KBUILD_MODNAME,
		.ci_type = &devices_type,
	},
};

/* ---- life ---- */

static struct directory *first;

bool vkv_configfs_there(void)
{
	return configfs_register_subsystem;
}

int vkv_configfs_init(void)
{
	if (!vkv_configfs_there())
		return 0;
	config_group_init(&devices.su_group);
	mutex_init(&devices.su_mutex);
	return configfs_register_subsystem(&devices);
}

void vkv_configfs_exit(void)
{
	if (!vkv_configfs_there())
		return;
	if (first) {
		vkv_device_clear(&first->device);
		configfs_unregister_group(&first->group);
		config_item_put(&first->group.cg_item);
	}
	configfs_unregister_subsystem(&devices);
}

static int power_up(struct directory *dir, const struct vkv_settings *settings)
{
	int err = vkv_device_copy(&dir->device, settings);

	if (!err)
		err = vkv_device_power(&dir->device, true);
	if (!err)
		err = configfs_register_group(&devices.su_group, &dir->group);
	return err;
}

int vkv_configfs_first(const char *name, const struct vkv_settings *settings)
{
	struct directory *dir = create_directory(name);
	int err;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	err = power_up(dir, settings);
	if (err)
		config_item_put(&dir->group.cg_item);
	else
		first = dir;
	return err;
}
