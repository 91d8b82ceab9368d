/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_UNALIGNED_H
#define SHIM_LINUX_UNALIGNED_H

#include <string.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#define get_unaligned(p) __extension__({		\
	__typeof__(*(p)) __uv;				\
	memcpy(&__uv, p, sizeof(__uv));			\
	__uv; })
#define put_unaligned(v, p) __extension__({		\
	__typeof__(*(p)) __uv = (v);			\
	memcpy(p, &__uv, sizeof(__uv)); })

#define SHIM_UNALIGNED(name, type, wire)				\
static inline type get_unaligned_##name(const void *p)			\
{									\
	wire v;								\
	memcpy(&v, p, sizeof(v));					\
	return name##_to_cpu(v);					\
}									\
static inline void put_unaligned_##name(type val, void *p)		\
{									\
	wire v = cpu_to_##name(val);					\
	memcpy(p, &v, sizeof(v));					\
}

SHIM_UNALIGNED(le16, u16, __le16)
SHIM_UNALIGNED(le32, u32, __le32)
SHIM_UNALIGNED(le64, u64, __le64)
SHIM_UNALIGNED(be16, u16, __be16)
SHIM_UNALIGNED(be32, u32, __be32)
SHIM_UNALIGNED(be64, u64, __be64)

#endif
