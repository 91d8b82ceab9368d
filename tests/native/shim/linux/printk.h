/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: writes TAP comments to standard error. */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#include <stdio.h>

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define KERN_INFO ""
#define KERN_WARNING ""
#define KERN_ERR ""
#define printk(fmt, ...) ((void)fprintf(stderr, "# " fmt, ##__VA_ARGS__))
#define pr_emerg(fmt, ...) printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...) printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...) printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...) printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...) printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...) \
	do { if (0) printk(pr_fmt(fmt), ##__VA_ARGS__); } while (0)
#define pr_err_once(fmt, ...) \
	do { static int __d; if (!__d++) pr_err(fmt, ##__VA_ARGS__); } while (0)
#define pr_warn_once(fmt, ...) \
	do { static int __d; if (!__d++) pr_warn(fmt, ##__VA_ARGS__); } while (0)
#define pr_info_once(fmt, ...) \
	do { static int __d; if (!__d++) pr_info(fmt, ##__VA_ARGS__); } while (0)
#define pr_err_ratelimited pr_err
#define pr_warn_ratelimited pr_warn
#define pr_info_ratelimited pr_info
#define pr_debug_ratelimited pr_debug

#endif
