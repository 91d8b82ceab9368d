// SPDX-License-Identifier: GPL-2.0
/*
 * Lets calls of one of the kernel's functions fail:
 *
 *	set_memory_uc		there is no memory to split the linear mapping
 *	security_locked_down	lockdown forbids parameters that choose hardware, as it
 *				would if the module under test had a signature
 *
 * The parameter "failed" counts the calls that failed.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/security.h>
#include <linux/string.h>

#define ANY ~0ul

static const struct call {
	const char *name;
	unsigned long argument;		/* the first one */
	int error;
} calls[] = {
	{ "set_memory_uc", ANY, -ENOMEM },
	{ "security_locked_down", LOCKDOWN_MODULE_PARAMETERS, -EPERM },
};

static char *call;
module_param(call, charp, 0444);
MODULE_PARM_DESC(call, "the function's name");

static uint failed;
module_param(failed, uint, 0444);
MODULE_PARM_DESC(failed, "calls that failed");

static const struct call *chosen;

static noinline void just_return(void)
{
	barrier();
}

/* The call returns at once. */
static int before(struct kprobe *probe, struct pt_regs *regs)
{
	if (chosen->argument != ANY &&
	    (u32)regs_get_kernel_argument(regs, 0) != chosen->argument)
		return 0;
	failed++;
	regs_set_return_value(regs, chosen->error);
	instruction_pointer_set(regs, (unsigned long)just_return);
	return 1;
}
NOKPROBE_SYMBOL(before);

/* A probe that has this is never a jump, which would ignore before(). */
static void after(struct kprobe *probe, struct pt_regs *regs,
		  unsigned long flags)
{
}

static struct kprobe probe = {
	.pre_handler = before,
	.post_handler = after,
};

static int __init failcall_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls) && call; i++)
		if (!strcmp(calls[i].name, call))
			chosen = &calls[i];
	if (!chosen)
		return -EINVAL;
	probe.symbol_name = chosen->name;
	return register_kprobe(&probe);
}

static void __exit failcall_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(failcall_init);
module_exit(failcall_exit);

MODULE_DESCRIPTION("Failing calls, for tests of vKVSSD");
MODULE_LICENSE("GPL");
