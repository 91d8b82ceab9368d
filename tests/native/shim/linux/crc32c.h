/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: it uses the instruction of the CPU, as the kernel does. */
#ifndef SHIM_LINUX_CRC32C_H
#define SHIM_LINUX_CRC32C_H

#include <linux/types.h>

u32 crc32c(u32 crc, const void *bytes, size_t len);

#endif
