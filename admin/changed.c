// SPDX-License-Identifier: GPL-2.0
/* The namespaces that have changed since the host has last read which. */
#include "admin/changed.h"

#include <linux/bits.h>
#include <asm/byteorder.h>

#include "admin.h"
#include "admin/event.h"
#include "admin/feature.h"
#include "ctrl/dev.h"
#include "nvme_kv.h"

void vkv_changed(struct vkv_dev *dev, u32 namespaces)
{
	dev->admin->changed |= namespaces;
	if (vkv_feature_value(dev, NVME_FEAT_ASYNC_EVENT) & NVME_AEC_NS_ATTR)
		vkv_event(dev, NVME_AEN_NS_ATTR);
}

u32 vkv_changed_page(const struct vkv_dev *dev, __le32 *list)
{
	unsigned int i, n = 0;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (dev->admin->changed & BIT(i))
			list[n++] = cpu_to_le32(i + 1);
	return VKV_PAGE;
}

void vkv_changed_read(struct vkv_dev *dev)
{
	dev->admin->changed = 0;
}
