// SPDX-License-Identifier: GPL-2.0
/*
 * Devices as directories. A user makes a directory, writes the settings to its
 * files, and 1 to its file "power".
 *
 *	/sys/kernel/config/vkvssd/NAME/power
 *	                              /function		of PCI, while it runs
 *	                              /memmap_size	and all other settings
 *	                              /namespaces/list	the setting of this name
 *	                              /namespaces/1/kind, ... 16/
 *
 * There is a directory for each NSID, whether it has a namespace or not, because the
 * host makes and deletes namespaces, too. Each directory below a device's own has a
 * structure of its own, which is freed when nobody has one of its files open any more.
 * It keeps the device's structure.
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
#include "shell/namespaces.h"
#include "shell/settings.h"

#pragma weak config_group_init
#pragma weak config_group_init_type_name
#pragma weak config_item_get
#pragma weak config_item_put
#pragma weak configfs_register_group
#pragma weak configfs_remove_default_groups
#pragma weak configfs_register_subsystem
#pragma weak configfs_unregister_group
#pragma weak configfs_unregister_subsystem

/* A device and its directory. */
struct directory {
	struct config_group group;
	struct vkv_device device;
};

/* A directory below it: "namespaces" (NSID 0), or one of a namespace. */
struct below {
	struct config_group group;
	struct directory *dir;
	u32 nsid;
};

static struct vkv_device *to_device(struct config_item *item)
{
	struct config_group *group = to_config_group(item);

	return &container_of(group, struct directory, group)->device;
}

static struct below *to_below(struct config_item *item)
{
	return container_of(to_config_group(item), struct below, group);
}

/* ---- the files ---- */

static ssize_t show_setting(struct vkv_device *d, enum vkv_setting setting,
			    char *page)
{
	size_t n = vkv_device_get(d, setting, page, PAGE_SIZE - 1);

	return n + sprintf(page + n, "\n");
}

static ssize_t store_setting(struct vkv_device *d, enum vkv_setting setting,
			     const char *page, size_t count)
{
	char *text = kstrndup(page, count, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	err = vkv_device_set(d, setting, strim(text));
	kfree(text);
	return err ?: count;
}

#define SETTING_FILE(name, ...)						\
static ssize_t device_##name##_show(struct config_item *item, char *page) \
{									\
	return show_setting(to_device(item), VKV_SETTING_##name, page);	\
}									\
static ssize_t device_##name##_store(struct config_item *item,		\
				     const char *page, size_t count)	\
{									\
	return store_setting(to_device(item), VKV_SETTING_##name, page,	\
			     count);					\
}									\
CONFIGFS_ATTR(device_, name);

/* A list has a directory of its own. */
#define LIST_FILE(name, ...)						\
static ssize_t name##_list_show(struct config_item *item, char *page)	\
{									\
	return show_setting(&to_below(item)->dir->device,		\
			    VKV_SETTING_##name, page);			\
}									\
static ssize_t name##_list_store(struct config_item *item,		\
				 const char *page, size_t count)	\
{									\
	return store_setting(&to_below(item)->dir->device,		\
			     VKV_SETTING_##name, page, count);		\
}									\
CONFIGFS_ATTR(name##_, list);
VKV_SETTINGS(SETTING_FILE, SETTING_FILE, SETTING_FILE, LIST_FILE)

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
		pr_err("%spower=%.*s is neither 0 nor 1; write one of them\n", d->label,
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
#define NO_POINTER(name, ...)
static struct configfs_attribute *device_files[] = {
	&device_attr_power,
	&device_attr_function,
	VKV_SETTINGS(SETTING_POINTER, SETTING_POINTER, SETTING_POINTER, NO_POINTER)
	NULL,
};

/* ---- the files of a namespace ---- */

static ssize_t show_ns(struct config_item *item, enum vkv_ns_file file, char *page)
{
	struct below *b = to_below(item);
	size_t n = vkv_device_show_ns(&b->dir->device, b->nsid, file, page,
				      PAGE_SIZE - 1);

	return n + sprintf(page + n, "\n");
}

static ssize_t store_ns(struct config_item *item, enum vkv_ns_file file,
			const char *page, size_t count)
{
	struct below *b = to_below(item);
	char *text = kstrndup(page, count, GFP_KERNEL);
	int err;

	if (!text)
		return -ENOMEM;
	err = vkv_device_change_ns(&b->dir->device, b->nsid, file, strim(text));
	kfree(text);
	return err ?: count;
}

#define NS_SHOW(name, file)						\
static ssize_t ns_##name##_show(struct config_item *item, char *page)	\
{									\
	return show_ns(item, VKV_NS_FILE_##file, page);			\
}

#define NS_STORE(name, file)						\
static ssize_t ns_##name##_store(struct config_item *item,		\
				 const char *page, size_t count)	\
{									\
	return store_ns(item, VKV_NS_FILE_##file, page, count);		\
}

NS_SHOW(kind, KIND)
NS_STORE(kind, KIND)
CONFIGFS_ATTR(ns_, kind);
NS_SHOW(size, SIZE)
NS_STORE(size, SIZE)
CONFIGFS_ATTR(ns_, size);
NS_SHOW(attached, ATTACHED)
NS_STORE(attached, ATTACHED)
CONFIGFS_ATTR(ns_, attached);
NS_STORE(format, FORMAT)
CONFIGFS_ATTR_WO(ns_, format);
NS_SHOW(used, USED)
CONFIGFS_ATTR_RO(ns_, used);
NS_SHOW(nguid, NGUID)
CONFIGFS_ATTR_RO(ns_, nguid);

static struct configfs_attribute *ns_files[] = {
	&ns_attr_kind,
	&ns_attr_size,
	&ns_attr_attached,
	&ns_attr_format,
	&ns_attr_used,
	&ns_attr_nguid,
	NULL,
};

/* ---- the directories ---- */

static void below_release(struct config_item *item)
{
	struct below *b = to_below(item);

	config_item_put(&b->dir->group.cg_item);
	kfree(b);
}

static struct configfs_item_operations below_ops = {
	.release = below_release,
};

static const struct config_item_type ns_type = {
	.ct_item_ops = &below_ops,
	.ct_attrs = ns_files,
	.ct_owner = THIS_MODULE,
};

static struct configfs_attribute *namespaces_files[] = {
	&namespaces_attr_list,
	NULL,
};

static const struct config_item_type namespaces_type = {
	.ct_item_ops = &below_ops,
	.ct_attrs = namespaces_files,
	.ct_owner = THIS_MODULE,
};

/* Makes a directory that comes and goes with its parent. */
static struct below *add_below(struct directory *dir, struct config_group *parent,
			       const char *name, u32 nsid)
{
	struct below *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->dir = dir;
	b->nsid = nsid;
	config_group_init_type_name(&b->group, name,
				    nsid ? &ns_type : &namespaces_type);
	config_item_get(&dir->group.cg_item);
	configfs_add_default_group(&b->group, parent);
	return b;
}

static int add_namespaces(struct directory *dir)
{
	struct below *all = add_below(dir, &dir->group, "namespaces", 0);
	char name[4];
	u32 nsid;

	if (!all)
		return -ENOMEM;
	for (nsid = 1; nsid <= VKV_NR_NAMESPACES; nsid++) {
		snprintf(name, sizeof(name), "%u", nsid);
		if (!add_below(dir, &all->group, name, nsid))
			return -ENOMEM;
	}
	return 0;
}

/* The directories below a device's own are not needed any more. */
static void drop_below(struct directory *dir)
{
	struct config_group *all;

	list_for_each_entry(all, &dir->group.default_groups, group_entry)
		configfs_remove_default_groups(all);
	configfs_remove_default_groups(&dir->group);
}

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

/* A process may still have a file open, so the memory is freed later. */
static void put_directory(struct directory *dir)
{
	drop_below(dir);
	config_item_put(&dir->group.cg_item);
}

static struct directory *create_directory(const char *name)
{
	struct directory *dir = kzalloc(sizeof(*dir), GFP_KERNEL);

	if (!dir)
		return ERR_PTR(-ENOMEM);
	vkv_device_init(&dir->device, name);
	config_group_init_type_name(&dir->group, name, &device_type);
	if (!add_namespaces(dir))
		return dir;
	put_directory(dir);
	return ERR_PTR(-ENOMEM);
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

static void devices_drop(struct config_group *group, struct config_item *item)
{
	struct config_group *own = to_config_group(item);

	vkv_device_clear(to_device(item));
	put_directory(container_of(own, struct directory, group));
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
		put_directory(first);
	}
	configfs_unregister_subsystem(&devices);
}

static int register_first(struct directory *dir, const struct vkv_settings *settings)
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
	err = register_first(dir, settings);
	if (err)
		put_directory(dir);
	else
		first = dir;
	return err;
}
