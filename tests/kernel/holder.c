// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that holds memory which the module under test is going to ask for.
 * It writes a word to some addresses, and counts those where it has changed.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/types.h>

#define WORD 0x0123456789abcdefull

static unsigned long long start;
module_param(start, ullong, 0444);
MODULE_PARM_DESC(start, "first byte that is held");

static unsigned long long size;
module_param(size, ullong, 0444);
MODULE_PARM_DESC(size, "bytes that are held");

static unsigned long long watched[8];
static unsigned int nr_watched;
module_param_array(watched, ullong, &nr_watched, 0444);
MODULE_PARM_DESC(watched, "addresses that nobody should write to");

static u64 exchange(u64 address, u64 word)
{
	u64 *at = memremap(address, sizeof(word), MEMREMAP_WB);
	u64 old;

	if (!at)
		return 0;
	old = READ_ONCE(*at);
	WRITE_ONCE(*at, word);
	memunmap(at);
	return old;
}

static int get_changed(char *buf, const struct kernel_param *kp)
{
	unsigned int i, changed = 0;

	for (i = 0; i < nr_watched; i++)
		if (exchange(watched[i], WORD) != WORD)
			changed++;
	return sysfs_emit(buf, "%u\n", changed);
}

static const struct kernel_param_ops changed_ops = { .get = get_changed };
module_param_cb(changed, &changed_ops, NULL, 0444);
MODULE_PARM_DESC(changed, "how many of these were written to");

static int __init holder_init(void)
{
	unsigned int i;

	for (i = 0; i < nr_watched; i++)
		exchange(watched[i], WORD);
	return request_mem_region(start, size, KBUILD_MODNAME) ? 0 : -EBUSY;
}

static void __exit holder_exit(void)
{
	release_mem_region(start, size);
}

module_init(holder_init);
module_exit(holder_exit);

MODULE_DESCRIPTION("Holds memory, for tests of vKVSSD");
MODULE_LICENSE("GPL");
