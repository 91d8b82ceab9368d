// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces. They are made with the device: namespace i+1 is
 * vkv_dev_config.ns[i].
 *
 * Each has keyspaces of its own in the FTL: one for its keys, and a block
 * namespace two more, for the keys of vendor keyspace 0 and for its blocks.
 */
#include "ctrl/ns.h"

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/dev.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "timing/timing.h"
#include "vkv_assert.h"

#define KEYSPACES_BLOCK 3u
#define KEYSPACES_KV 1u
static_assert(VKV_NR_NAMESPACES * KEYSPACES_BLOCK <= VKV_NR_KEYSPACES);

static u8 keyspaces_of(enum vkv_ns_kind kind)
{
	return kind == VKV_NS_BLOCK ? KEYSPACES_BLOCK : KEYSPACES_KV;
}

u8 vkv_ns_nr_keyspaces(const struct vkv_dev_config *cfg, unsigned int nr_ns)
{
	u8 sum = 0;
	unsigned int i;

	for (i = 0; i < nr_ns; i++)
		sum += keyspaces_of(cfg->ns[i].kind);
	return sum;
}

static void init_keyspaces(struct vkv_dev *dev, unsigned int i)
{
	struct vkv_ns *ns = &dev->ns[i];
	u8 first = vkv_ns_nr_keyspaces(&dev->cfg, i);

	ns->kind = dev->cfg.ns[i].kind;
	ns->nr_keyspaces = keyspaces_of(ns->kind);
	ns->keyspace = first;
	if (ns->kind != VKV_NS_BLOCK)
		return;
	ns->keyspace0 = first + 1;
	ns->keyspace_block = first + 2;
	vkv_ftl_set_block(dev->ftl, ns->keyspace_block);
}

/* A namespace's SPEC of timing=; the last SPEC is that of all that follow. */
static bool is_timed(const struct vkv_dev_config *cfg, unsigned int i)
{
	const char *none = vkv_timing_none_ops.name;
	const char *spec = cfg->timing ?: none;
	size_t len = strlen(none);

	for (; i && strchr(spec, ','); i--)
		spec = strchr(spec, ',') + 1;
	return strncmp(spec, none, len) || (spec[len] && spec[len] != ',');
}

/* An NGUID is unique per device and namespace, and the same after each load. */
static void init_nguid(const struct vkv_dev *dev, struct vkv_ns *ns)
{
	memcpy(ns->nguid, dev->cfg.serial,
	       min(strlen(dev->cfg.serial), sizeof(ns->nguid) - 1));
	ns->nguid[sizeof(ns->nguid) - 1] = ns->nsid;
}

static void init_ns(struct vkv_dev *dev, unsigned int i, u64 pool)
{
	const struct vkv_ns_config *cfg = &dev->cfg.ns[i];
	struct vkv_ns *ns = &dev->ns[i];
	bool capped = cfg->cap && cfg->cap < pool;

	ns->nsid = i + 1;
	ns->ways = dev->opcodes.way[ns->kind];
	ns->timed = is_timed(&dev->cfg, i);
	ns->cap = capped ? cfg->cap : pool;
	ns->nr_lbas = (ns->cap >> VKV_UNIT_SHIFT)
		      << (VKV_UNIT_SHIFT - VKV_LBA_SHIFT);
	if (capped)
		vkv_ftl_set_quota(dev->ftl, ns->keyspace, ns->nr_keyspaces,
				  ns->cap);
	init_nguid(dev, ns);
}

void vkv_ns_init(struct vkv_dev *dev)
{
	struct vkv_usage usage;
	unsigned int i;

	dev->nr_ns = dev->cfg.nr_ns;
	for (i = 0; i < dev->nr_ns; i++)
		init_keyspaces(dev, i);
	/* Blocks take a part of the pool's size. */
	vkv_ftl_usage(dev->ftl, &usage);
	for (i = 0; i < dev->nr_ns; i++)
		init_ns(dev, i, usage.capacity);
}

u64 vkv_ns_used(const struct vkv_dev *dev, const struct vkv_ns *ns)
{
	u64 sum = 0, bytes, keys;
	unsigned int i;

	VKV_ASSERT(ns->nr_keyspaces <= KEYSPACES_BLOCK);
	for (i = 0; i < ns->nr_keyspaces; i++) {
		vkv_ftl_keyspace_usage(dev->ftl, ns->keyspace + i, &bytes,
				       &keys);
		sum += bytes;
	}
	return min(sum, ns->cap);
}

struct vkv_ns *vkv_ns_first_block(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_ns; i++)
		if (dev->ns[i].kind == VKV_NS_BLOCK)
			return &dev->ns[i];
	return NULL;
}

bool vkv_ns_visible(const struct vkv_dev *dev, const struct vkv_ns *ns)
{
	return ns->kind == VKV_NS_BLOCK ||
	       NVME_CC_CSS(dev->ctrl.cc) == NVME_CC_CSS_CSI;
}

bool vkv_nsid_is_valid(const struct vkv_dev *dev, u32 nsid)
{
	return nsid - 1 < dev->nr_ns;
}

struct vkv_ns *vkv_ns_find(struct vkv_dev *dev, u32 nsid)
{
	struct vkv_ns *ns;

	if (unlikely(!vkv_nsid_is_valid(dev, nsid)))
		return NULL;
	ns = &dev->ns[nsid - 1];
	return vkv_ns_visible(dev, ns) ? ns : NULL;
}

u16 vkv_ns_status(const struct vkv_dev *dev, u32 nsid)
{
	return vkv_nsid_is_valid(dev, nsid) ? NVME_SC_INVALID_FIELD :
					      NVME_SC_INVALID_NS;
}
