/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: every configuration symbol is unset unless given by -D. */
#ifndef SHIM_LINUX_KCONFIG_H
#define SHIM_LINUX_KCONFIG_H

#define __SHIM_ARG_PLACEHOLDER_1 0,
#define __shim_take_second(ignored, val, ...) val
#define __shim_defined2(junk) __shim_take_second(junk 1, 0, 0)
#define __shim_defined1(val) __shim_defined2(__SHIM_ARG_PLACEHOLDER_##val)
#define __shim_defined(x) __shim_defined1(x)
#define IS_ENABLED(option) __shim_defined(option)
#define IS_BUILTIN(option) __shim_defined(option)
#define IS_REACHABLE(option) __shim_defined(option)

#endif
