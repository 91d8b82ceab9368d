// SPDX-License-Identifier: GPL-2.0
/* The module parameters: one for each setting of a device. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/insmod.h"

#include <linux/compat.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "shell/settings.h"

static struct vkv_settings given;

#define PLAIN(name, fallback, help)					\
	module_param_named(name, given.text[VKV_SETTING_##name], charp, 0444); \
	MODULE_PARM_DESC(name, help);
#define HARD(name, fallback, help, kind)				\
	module_param_hw_named(name, given.text[VKV_SETTING_##name], charp, kind, 0444); \
	MODULE_PARM_DESC(name, help);
VKV_SETTINGS(PLAIN, PLAIN, HARD, PLAIN)

/*
 * The kernel only warns about a parameter that the module does not have, and
 * loads the module. A misspelt parameter should be an error. So this finds the
 * string of parameters in the system call that loads the module.
 */
static const char __user *loader_args(void)
{
	struct pt_regs *regs = task_pt_regs(current);
	unsigned long args[6];
	int nr = syscall_get_nr(current, regs);

	if (!current->mm || in_compat_syscall())
		return NULL;
	syscall_get_arguments(current, regs, args);
	if (nr == __NR_finit_module)
		return (const char __user *)args[1];
	if (nr == __NR_init_module)
		return (const char __user *)args[2];
	return NULL;
}

static bool name_equals(const char *a, const char *b)
{
	while (*a && (*a == *b || (*a == '-' && *b == '_'))) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool is_known(const char *name)
{
	const struct module *mod = THIS_MODULE;
	unsigned int i;

	for (i = 0; i < mod->num_kp; i++)
		if (name_equals(name, mod->kp[i].name))
			return true;
	return name_equals(name, "dyndbg") || name_equals(name, "async_probe");
}

int vkv_insmod_check(void)
{
	const char __user *from = loader_args();
	char *args, *rest, *name, *value;
	int err = 0;

	if (!from)
		return 0;
	args = strndup_user(from, PAGE_SIZE);
	if (IS_ERR(args))
		return 0;
	rest = skip_spaces(args);
	while (!err && *rest) {
		rest = next_arg(rest, &name, &value);
		if (!value && !strcmp(name, "--"))
			break;
		if (is_known(name))
			continue;
		pr_err("%s=%s: there is no parameter '%s'; see modinfo -p\n",
		       name, value ?: "", name);
		err = -EINVAL;
	}
	kfree(args);
	return err;
}

const struct vkv_settings *vkv_insmod_settings(void)
{
	return &given;
}

bool vkv_insmod_wants_device(void)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_SETTINGS; i++)
		if (given.text[i])
			return true;
	return false;
}
