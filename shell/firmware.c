// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that the firmware says is there: EFI's memory map, or the device
 * tree's nodes of type "memory" on a machine that was booted without EFI.
 */
#include "shell/firmware.h"

#include <linux/efi.h>
#include <linux/ioport.h>
#include <linux/of.h>
#include <linux/of_address.h>

/* May the system use memory of this kind once the firmware has booted it? */
static bool is_usable(const efi_memory_desc_t *md)
{
	switch (md->type) {
	case EFI_LOADER_CODE:
	case EFI_LOADER_DATA:
	case EFI_BOOT_SERVICES_CODE:
	case EFI_BOOT_SERVICES_DATA:
	case EFI_CONVENTIONAL_MEMORY:
	case EFI_PERSISTENT_MEMORY:
		return md->attribute & EFI_MEMORY_WB;
	}
	return false;
}

/* The end of the entry of EFI's map that has this byte; 0 if none has it. */
static u64 end_in_efi(u64 at)
{
	efi_memory_desc_t *md;
	u64 end;

	for_each_efi_memory_desc(md) {
		end = md->phys_addr + (md->num_pages << EFI_PAGE_SHIFT);
		if (is_usable(md) && md->phys_addr <= at && at < end)
			return end;
	}
	return 0;
}

static u64 end_in_node(struct device_node *node, u64 at)
{
	struct resource res;
	int i;

	for (i = 0; !of_address_to_resource(node, i, &res); i++)
		if (res.start <= at && at <= res.end)
			return res.end + 1;
	return 0;
}

/* The end of the entry of the device tree that has this byte, or 0. */
static u64 end_in_tree(u64 at)
{
	struct device_node *node;
	u64 end;

	for_each_node_by_type(node, "memory") {
		end = end_in_node(node, at);
		if (end) {
			of_node_put(node);
			return end;
		}
	}
	return 0;
}

bool vkv_firmware_has_memory(u64 start, u64 size)
{
	u64 at = start;

	while (at < start + size) {
		at = efi_enabled(EFI_MEMMAP) ? end_in_efi(at) : end_in_tree(at);
		if (!at)
			return false;
	}
	return true;
}
