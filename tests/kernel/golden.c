// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the timing model in the kernel, in virtual time. The sequence is that of
 * tests/native/timing/timing_test.c, and it has to end in the same number. The
 * module loads only if it does. It does nothing afterwards.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "native/timing/rig.h"

static int run(struct rig *rig, void *mem)
{
	if (!rig_init(rig, RIG_GOLDEN_SPEC, mem, RIG_GOLDEN_SIZE, false))
		return -ENOMEM;
	rig_churn(rig);
	rig_exit(rig);
	pr_info("the hash is %#llx, %#llx is right\n", rig->hash, RIG_GOLDEN);
	return rig->hash == RIG_GOLDEN && !rig->missed ? 0 : -EDOM;
}

static int __init golden_init(void)
{
	struct rig *rig = kvzalloc(sizeof(*rig), GFP_KERNEL);
	void *mem = vzalloc(RIG_GOLDEN_SIZE);
	int err = rig && mem ? run(rig, mem) : -ENOMEM;

	vfree(mem);
	kvfree(rig);
	return err;
}

static void __exit golden_exit(void)
{
}

module_init(golden_init);
module_exit(golden_exit);

MODULE_DESCRIPTION("Test of vKVSSD's timing models");
MODULE_LICENSE("GPL");
