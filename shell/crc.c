// SPDX-License-Identifier: GPL-2.0
/*
 * Until Linux 6.14 the function crc32c() is in a module of its own, which insmod
 * does not load. That module asks the kernel's crypto API for a driver. So does
 * this file, and only when values have checksums.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/crc.h"

#ifdef VKV_HAS_CRC32_OPTIMIZATIONS

#include <linux/crc32.h>

int vkv_crc_get(void)
{
	return 0;
}

void vkv_crc_put(void)
{
}

u32 vkv_crc(u32 crc, const void *bytes, size_t len)
{
	return crc32c(crc, bytes, len);
}

#else

#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/printk.h>

static struct crypto_shash *driver;
/* Devices that use it. One device at a time comes or goes. */
static unsigned int users;

int vkv_crc_get(void)
{
	struct crypto_shash *new;

	if (users++)
		return 0;
	new = crypto_alloc_shash("crc32c", 0, 0);
	if (IS_ERR(new)) {
		users--;
		pr_err("verify=value needs the kernel's CRC-32C, which fails (%ld); load the module crc32c_generic, or give verify=header\n",
		       PTR_ERR(new));
		return PTR_ERR(new);
	}
	driver = new;
	return 0;
}

void vkv_crc_put(void)
{
	if (--users)
		return;
	crypto_free_shash(driver);
	driver = NULL;
}

/* The driver's state is the CRC alone. */
u32 vkv_crc(u32 crc, const void *bytes, size_t len)
{
	SHASH_DESC_ON_STACK(desc, driver);
	u32 *state = (u32 *)shash_desc_ctx(desc);

	desc->tfm = driver;
	*state = crc;
	crypto_shash_update(desc, bytes, len);
	crc = *state;
	barrier_data(state);
	return crc;
}

#endif
