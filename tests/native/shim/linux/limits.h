/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in; glibc includes a header of this name, too. */
#ifndef SHIM_LINUX_LIMITS_H
#define SHIM_LINUX_LIMITS_H

#include_next <linux/limits.h>
#include <limits.h>

#define U8_MAX ((unsigned char)~0U)
#define U16_MAX ((unsigned short)~0U)
#define U32_MAX (~0U)
#define U64_MAX (~0ULL)
#define S32_MAX ((int)(U32_MAX >> 1))
#define S64_MAX ((long long)(U64_MAX >> 1))
#ifndef SIZE_MAX
#define SIZE_MAX (~(size_t)0)
#endif

#endif
