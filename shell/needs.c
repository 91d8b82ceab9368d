// SPDX-License-Identifier: GPL-2.0
/*
 * The module needs some things of the running kernel. Without them, the device
 * would appear and no driver could use it, or the machine would crash.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/needs.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <generated/utsrelease.h>

#include "shell/compat.h"

static bool lacks_msi(void)
{
	return !pci_msi_enabled();
}

static const struct {
	bool (*missing)(void);
	const char *why;
} needs[] = {
	{ lacks_msi,
	  "this kernel has no MSI, which the device's interrupts need; boot without pci=nomsi" },
	{ vkv_lacks_pat,
	  "this kernel does not use the page attribute table, so the device cannot share its registers with a driver; boot without nopat" },
	{ vkv_is_xen_pv,
	  "in a paravirtual Xen guest the device cannot reach memory; use a guest of type HVM or PVH" },
};

/*
 * A kernel without CONFIG_MODVERSIONS does not compare what it passes to a
 * module with what the module expects. One that has it can be told not to.
 */
static int check_release(void)
{
	const char *ours = UTS_RELEASE;

	/* A test replaces the text in the module's file. */
	OPTIMIZER_HIDE_VAR(ours);
	if (!strcmp(init_utsname()->release, ours))
		return 0;
	pr_err("built for Linux %s, but this is %s; build it again (make clean; make, or dkms autoinstall)\n",
	       ours, init_utsname()->release);
	return -ENOEXEC;
}

int vkv_needs_check(void)
{
	unsigned int i;
	int err = check_release();

	if (err)
		return err;
	for (i = 0; i < ARRAY_SIZE(needs); i++) {
		if (!needs[i].missing())
			continue;
		pr_err("%s\n", needs[i].why);
		return -EOPNOTSUPP;
	}
	return 0;
}
