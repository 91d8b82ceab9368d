// SPDX-License-Identifier: GPL-2.0
/*
 * Namespaces. vkv_dev.ns has a place for each NSID. The namespaces of the
 * configuration are made with the device; others come and go while it works.
 *
 *	          vkv_ns_add()             vkv_ns_attach()
 *	no namespace ------> not attached <-----------> attached
 *	      ^                   |
 *	      +-------------------+ leaving: its contents are erased, its commands
 *	         vkv_ns_remove()    end (admin/namespace.c)
 *
 * Dispatchers look at @attached while they fetch, so it changes in pauses. A
 * namespace is removed when it is not attached and no command has it. So a command
 * that has a namespace can rely on it until it ends.
 *
 * Each namespace has keyspaces of its own in the FTL: one for its keys, and a block
 * namespace two more, for the keys of vendor keyspace 0 and for its blocks. The FTL
 * cannot close a keyspace, so the keyspaces of a deleted namespace are for the next
 * one of its kind. There are enough for as many namespaces of each kind as there are
 * NSIDs.
 *
 * A namespace that may hold all that the device has gets the size that the device
 * has at that time. The size stays when the device has less later, as a file system
 * may be there. All namespaces are thinly provisioned.
 */
#include "ctrl/ns.h"

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/stats.h"
#include "ctrl/stats_read.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "timing/timing.h"
#include "vkv_assert.h"

#define KEYSPACES_BLOCK 3u
#define KEYSPACES_KV 1u
static_assert(VKV_NR_NAMESPACES * (KEYSPACES_BLOCK + KEYSPACES_KV) <=
	      VKV_NR_KEYSPACES);

static u8 keyspaces_of(enum vkv_ns_kind kind)
{
	switch (kind) {
	case VKV_NS_BLOCK:
		return KEYSPACES_BLOCK;
	case VKV_NS_KV:
		return KEYSPACES_KV;
	default:
		return 0;
	}
}

u8 vkv_ns_nr_keyspaces(const struct vkv_dev_config *cfg, unsigned int nr_ns)
{
	u8 sum = 0;
	unsigned int i;

	for (i = 0; i < nr_ns; i++)
		sum += keyspaces_of(cfg->ns[i].kind);
	return sum;
}

/* ---- keyspaces ---- */

/* The last keyspace of a block namespace has its blocks. */
static int open_some(struct vkv_dev *dev, enum vkv_ns_kind kind)
{
	struct vkv_spare *spare = &dev->spare;
	u8 end = spare->taken + keyspaces_of(kind), keyspace;
	int err = 0;

	while (!err && spare->opened < end) {
		bool block = kind == VKV_NS_BLOCK && spare->opened + 1 == end;

		err = vkv_ftl_open_keyspace(dev->ftl, block, &keyspace);
		spare->opened += !err;
	}
	return err;
}

static int take_keyspaces(struct vkv_dev *dev, enum vkv_ns_kind kind, u8 *first)
{
	struct vkv_spare *spare = &dev->spare;
	int err;

	if (spare->nr[kind]) {
		*first = spare->first[kind][--spare->nr[kind]];
		return 0;
	}
	err = open_some(dev, kind);
	if (err)
		return err;
	*first = spare->taken;
	spare->taken += keyspaces_of(kind);
	return 0;
}

static void give_keyspaces(struct vkv_dev *dev, enum vkv_ns_kind kind, u8 first)
{
	struct vkv_spare *spare = &dev->spare;

	VKV_ASSERT(spare->nr[kind] < VKV_NR_NAMESPACES);
	spare->first[kind][spare->nr[kind]++] = first;
}

/* The FTL was made with these keyspaces, and has not been told what they are for. */
static void declare_blocks(struct vkv_dev *dev)
{
	unsigned int i;

	dev->spare.opened = vkv_ns_nr_keyspaces(&dev->cfg, dev->cfg.nr_ns);
	for (i = 0; i < dev->cfg.nr_ns; i++)
		if (dev->cfg.ns[i].kind == VKV_NS_BLOCK)
			vkv_ftl_set_block(dev->ftl,
					  vkv_ns_nr_keyspaces(&dev->cfg, i + 1) - 1);
}

/* ---- making and changing ---- */

/* A namespace's SPEC of timing=; the last SPEC is that of all that follow. */
static bool is_timed(const char *spec, unsigned int i)
{
	const char *none = vkv_timing_none_ops.name;
	size_t len = strlen(none);

	spec = spec ?: none;
	for (; i && strchr(spec, ','); i--)
		spec = strchr(spec, ',') + 1;
	return strncmp(spec, none, len) || (spec[len] && spec[len] != ',');
}

/*
 * An NGUID is unique per device and namespace, and the same after each load. A
 * namespace that is made anew has another one.
 */
static void init_nguid(const struct vkv_dev *dev, struct vkv_ns *ns)
{
	u8 *end = ns->nguid + sizeof(ns->nguid);

	memset(ns->nguid, 0, sizeof(ns->nguid));
	memcpy(ns->nguid, dev->cfg.serial,
	       min(strlen(dev->cfg.serial), sizeof(ns->nguid) - 1));
	end[-1] = ns->nsid;
	if (ns->generation) {
		end[-2] = ns->generation;
		end[-3] = ns->generation >> 8;
	}
}

u64 vkv_ns_pool(const struct vkv_dev *dev)
{
	struct vkv_usage usage;

	vkv_ftl_usage(dev->ftl, &usage);
	return usage.capacity;
}

static u64 blocks_in(u64 bytes)
{
	return (bytes >> VKV_UNIT_SHIFT) << (VKV_UNIT_SHIFT - VKV_LBA_SHIFT);
}

/* The quota has no limit when the namespace may hold all. */
static int set_size(struct vkv_dev *dev, struct vkv_ns *ns,
		    const struct vkv_ns_config *cfg)
{
	u64 pool = vkv_ns_pool(dev);
	bool capped = cfg->cap && cfg->cap < pool;
	int err = vkv_ftl_set_quota(dev->ftl, ns->keyspace, ns->nr_keyspaces,
				    capped ? cfg->cap : U64_MAX);

	if (err)
		return err;
	ns->capped = capped;
	WRITE_ONCE(ns->cap, capped ? cfg->cap : pool);
	WRITE_ONCE(ns->nr_lbas, cfg->nr_lbas ?: blocks_in(ns->cap));
	return 0;
}

static void own_keyspaces(const struct vkv_ns *ns, struct vkv_timing *timing)
{
	u8 i;

	for (i = 0; i < ns->nr_keyspaces; i++)
		vkv_timing_own(timing, ns->keyspace + i, ns->nsid - 1);
}

static void set_kind(struct vkv_dev *dev, struct vkv_ns *ns,
		     enum vkv_ns_kind kind, u8 first)
{
	WRITE_ONCE(ns->kind, kind);
	ns->ways = dev->opcodes.way[kind];
	ns->nr_keyspaces = keyspaces_of(kind);
	ns->keyspace = first;
	if (kind == VKV_NS_BLOCK) {
		ns->keyspace0 = first + 1;
		ns->keyspace_block = first + 2;
	}
	own_keyspaces(ns, dev->timing);
}

static void begin_life(struct vkv_dev *dev, struct vkv_ns *ns)
{
	vkv_stats_reset_rows(dev, ns->nsid);
	init_nguid(dev, ns);
	ns->generation++;
	ns->kv_config = 0;
	ns->error_recovery = 0;
	ns->identified = 0;
	/* Pairs with vkv_ns_exists(). */
	smp_store_release(&ns->exists, true);
}

int vkv_ns_add(struct vkv_dev *dev, u32 nsid, const struct vkv_ns_config *cfg)
{
	struct vkv_ns *ns = &dev->ns[nsid - 1];
	u8 first;
	int err;

	VKV_ASSERT(vkv_nsid_is_valid(nsid) && !ns->exists);
	if (cfg->kind >= VKV_NR_NS_KINDS || (cfg->cap && cfg->cap < VKV_UNIT))
		return -EINVAL;
	if (cfg->cap > vkv_ns_pool(dev))
		return -ENOSPC;
	err = take_keyspaces(dev, cfg->kind, &first);
	if (err)
		return err;
	set_kind(dev, ns, cfg->kind, first);
	err = set_size(dev, ns, cfg);
	if (!err)
		err = vkv_stats_add_ns(dev, ns);
	if (err)
		give_keyspaces(dev, cfg->kind, first);
	else
		begin_life(dev, ns);
	return err;
}

void vkv_ns_attach(struct vkv_dev *dev, struct vkv_ns *ns, bool attached)
{
	VKV_ASSERT(ns->exists && !ns->leaving);
	WRITE_ONCE(ns->attached, attached);
	ns->identified = 0;
}

int vkv_ns_resize(struct vkv_dev *dev, struct vkv_ns *ns, u64 cap)
{
	const struct vkv_ns_config cfg = { .kind = ns->kind, .cap = cap };

	VKV_ASSERT(ns->exists);
	if (cap && cap < VKV_UNIT)
		return -EINVAL;
	return cap > vkv_ns_pool(dev) ? -ENOSPC : set_size(dev, ns, &cfg);
}

void vkv_ns_remove(struct vkv_dev *dev, struct vkv_ns *ns)
{
	VKV_ASSERT(ns->exists && !ns->attached);
	WRITE_ONCE(ns->exists, false);
	ns->leaving = false;
	give_keyspaces(dev, ns->kind, ns->keyspace);
}

bool vkv_ns_in_use(const struct vkv_dev *dev, u32 namespaces)
{
	unsigned int i;

	for (i = 0; i < dev->cmds.nr; i++) {
		const struct vkv_cmd *cmd = &dev->cmds.cmd[i];

		/* Pairs with the end of a command (admin/abort.c). */
		if (smp_load_acquire(&cmd->live) && cmd->sq->qid && cmd->ns &&
		    namespaces & BIT(cmd->ns->nsid - 1))
			return true;
	}
	return false;
}

void vkv_ns_set_timed(struct vkv_dev *dev, const char *spec)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		WRITE_ONCE(dev->ns[i].timed, is_timed(spec, i));
}

int vkv_ns_create_timing(const struct vkv_dev *dev, const char *spec,
			 struct vkv_timing **out)
{
	const struct vkv_timing_config cfg = {
		.spec = spec,
		.nr_ns = VKV_NR_NAMESPACES,
		.size = dev->cfg.mem_size,
		.segment = vkv_ftl_segment(dev->ftl),
	};
	int err = vkv_timing_create(&cfg, out);
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES && !err; i++)
		if (dev->ns[i].exists)
			own_keyspaces(&dev->ns[i], *out);
	return err;
}

static int add_configured(struct vkv_dev *dev, unsigned int i)
{
	struct vkv_ns_config cfg = dev->cfg.ns[i];
	int err;

	if (cfg.kind == VKV_NS_NONE)
		return 0;
	/* The size of the memory was asked for; the pool is a little smaller. */
	if (cfg.cap > vkv_ns_pool(dev))
		cfg.cap = 0;
	err = vkv_ns_add(dev, i + 1, &cfg);
	if (!err)
		vkv_ns_attach(dev, &dev->ns[i], true);
	return err;
}

int vkv_ns_init(struct vkv_dev *dev)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < VKV_NR_NAMESPACES; i++) {
		dev->ns[i].nsid = i + 1;
		dev->ns[i].ways = dev->opcodes.way[VKV_NS_BLOCK];
	}
	vkv_ns_set_timed(dev, dev->cfg.timing);
	declare_blocks(dev);
	for (i = 0; i < dev->cfg.nr_ns && !err; i++)
		err = add_configured(dev, i);
	return err;
}

/* ---- looking ---- */

u32 vkv_ns_existing(const struct vkv_dev *dev)
{
	u32 set = 0;
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (vkv_ns_exists(&dev->ns[i]))
			set |= BIT(i);
	return set;
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
	return min(sum, READ_ONCE(ns->cap));
}

void vkv_dev_ns(const struct vkv_dev *dev, u32 nsid, struct vkv_ns_state *state)
{
	const struct vkv_ns *ns = &dev->ns[nsid - 1];

	VKV_ASSERT(vkv_nsid_is_valid(nsid));
	memset(state, 0, sizeof(*state));
	state->kind = VKV_NS_NONE;
	if (!vkv_ns_exists(ns))
		return;
	state->kind = READ_ONCE(ns->kind);
	state->attached = READ_ONCE(ns->attached);
	state->size = READ_ONCE(ns->cap);
	state->used = vkv_ns_used(dev, ns);
	memcpy(state->nguid, ns->nguid, sizeof(state->nguid));
}

struct vkv_ns *vkv_ns_first_block(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (READ_ONCE(dev->ns[i].attached) &&
		    dev->ns[i].kind == VKV_NS_BLOCK)
			return &dev->ns[i];
	return NULL;
}

bool vkv_ns_visible(const struct vkv_dev *dev, const struct vkv_ns *ns)
{
	return READ_ONCE(ns->attached) &&
	       (ns->kind == VKV_NS_BLOCK ||
		NVME_CC_CSS(dev->ctrl.cc) == NVME_CC_CSS_CSI);
}

struct vkv_ns *vkv_ns_find(struct vkv_dev *dev, u32 nsid)
{
	struct vkv_ns *ns;

	if (unlikely(!vkv_nsid_is_valid(nsid)))
		return NULL;
	ns = &dev->ns[nsid - 1];
	return vkv_ns_visible(dev, ns) ? ns : NULL;
}

struct vkv_ns *vkv_ns_allocated(struct vkv_dev *dev, u32 nsid)
{
	struct vkv_ns *ns;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	if (!vkv_nsid_is_valid(nsid))
		return NULL;
	ns = &dev->ns[nsid - 1];
	return ns->exists && !ns->leaving ? ns : NULL;
}

u16 vkv_ns_status(u32 nsid)
{
	return vkv_nsid_is_valid(nsid) ? NVME_SC_INVALID_FIELD :
					 NVME_SC_INVALID_NS;
}
