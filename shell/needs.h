/* SPDX-License-Identifier: GPL-2.0 */
/* The module checks the running kernel for all that it needs. */
#ifndef VKV_NEEDS_H
#define VKV_NEEDS_H

/**
 * vkv_needs_check() - can the device work on this kernel?
 *
 * When it cannot, one line of the log says why.
 *
 * Context: any.
 * Return: 0; -ENOEXEC when the module was built for another kernel;
 * -EOPNOTSUPP when the kernel lacks something.
 */
int __must_check vkv_needs_check(void);

#endif
