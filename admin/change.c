// SPDX-License-Identifier: GPL-2.0
/*
 * Changes that the shell asks for while the device works.
 *
 * The dispatcher owns all that can be changed, so the shell gives it the change and is
 * told when it is done. The dispatcher begins in a pause (ctrl/quiesce.c), when nothing
 * is being erased. Most changes are done at once. Three of them erase (admin/erase.c),
 * and end with the erasure.
 *
 * A new timing takes the place of the old one. Workers and the collector may be using
 * the old one. So it is freed when all of them have begun another round. Readers of
 * statistics, which are other threads, hold vkv_dev.tables meanwhile.
 */
#include "admin/change.h"

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mutex.h>

#include "admin.h"
#include "admin/changed.h"
#include "admin/erase.h"
#include "admin/namespace.h"
#include "ctrl/collector.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/ns.h"
#include "ctrl/quiesce.h"
#include "ctrl/stats.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "timing/timing.h"

/* From a change that ends later. */
#define UNDER_WAY 1

static void change_end(struct vkv_dev *dev, int err)
{
	struct vkv_change *change = dev->changes.change;

	dev->changes.state = VKV_CHANGE_WAITS;
	/* The shell may ask for another one as soon as it hears of this one's end. */
	smp_store_release(&dev->changes.change, NULL);
	change->done(change, err);
}

/* ---- changes that erase ---- */

static bool end_erasure(struct vkv_dev *dev, bool failed)
{
	vkv_changed(dev, dev->erase->what.namespaces);
	change_end(dev, failed ? -EIO : 0);
	return true;
}

static void deletion_has_ended(struct vkv_dev *dev)
{
	change_end(dev, 0);
}

static int remove_ns(struct vkv_dev *dev, struct vkv_ns *ns)
{
	dev->changes.state = VKV_CHANGE_ERASING;
	vkv_namespaces_delete(dev, BIT(ns->nsid - 1), deletion_has_ended);
	return UNDER_WAY;
}

static int erase_ns(struct vkv_dev *dev, struct vkv_ns *ns, u64 from, u16 blocked)
{
	const struct vkv_erasure what = { .namespaces = BIT(ns->nsid - 1),
					  .blocked = blocked,
					  .from = from,
					  .end = end_erasure };

	dev->changes.state = VKV_CHANGE_ERASING;
	vkv_erase_begin(dev, &what);
	return UNDER_WAY;
}

/* Commands go on while a block namespace is cut: they cannot name what goes. */
static int resize_ns(struct vkv_dev *dev, struct vkv_ns *ns, u64 cap)
{
	u64 before = ns->nr_lbas;
	int err = vkv_ns_resize(dev, ns, cap);

	if (err)
		return err;
	if (ns->kind == VKV_NS_BLOCK && ns->nr_lbas < before)
		return erase_ns(dev, ns,
				ns->nr_lbas >> (VKV_UNIT_SHIFT - VKV_LBA_SHIFT),
				0);
	vkv_changed(dev, BIT(ns->nsid - 1));
	return 0;
}

/* ---- changes that are done at once ---- */

static int add_ns(struct vkv_dev *dev, const struct vkv_change *change)
{
	if (dev->ns[change->nsid - 1].exists)
		return -EEXIST;
	return vkv_ns_add(dev, change->nsid, &change->ns);
}

/* ---- timing ---- */

static int change_timing(struct vkv_dev *dev, const char *spec)
{
	struct vkv_timing *timing, *old = dev->timing;
	int err = vkv_ns_create_timing(dev, spec, &timing);

	if (err)
		return err;
	mutex_lock(&dev->tables);
	err = vkv_stats_set_timing(dev, timing);
	if (!err)
		WRITE_ONCE(dev->timing, timing);
	mutex_unlock(&dev->tables);
	if (err) {
		vkv_timing_destroy(timing);
		return err;
	}
	vkv_ns_set_timed(dev, spec);
	dev->changes.old = old;
	dev->changes.state = VKV_CHANGE_FENCING;
	vkv_fence_begin(dev);
	vkv_collector_fence(dev);
	return UNDER_WAY;
}

static bool end_timing(struct vkv_dev *dev)
{
	if (!vkv_fence_passed(dev) || !vkv_collector_fenced(dev))
		return false;
	vkv_timing_destroy(dev->changes.old);
	dev->changes.old = NULL;
	change_end(dev, 0);
	return true;
}

/* ---- all of them ---- */

static int change_ns(struct vkv_dev *dev, const struct vkv_change *change)
{
	struct vkv_ns *ns = vkv_ns_allocated(dev, change->nsid);

	if (!ns)
		return -ENODEV;
	switch (change->kind) {
	case VKV_CHANGE_NS_REMOVE:
		return remove_ns(dev, ns);
	case VKV_CHANGE_NS_ATTACH:
		return vkv_namespace_attach(dev, ns, true);
	case VKV_CHANGE_NS_DETACH:
		return vkv_namespace_attach(dev, ns, false);
	case VKV_CHANGE_NS_RESIZE:
		return resize_ns(dev, ns, change->ns.cap);
	case VKV_CHANGE_NS_FORMAT:
		return erase_ns(dev, ns, 0, NVME_SC_FORMATTING);
	default:
		return -EINVAL;
	}
}

static int change_begin(struct vkv_dev *dev, const struct vkv_change *change)
{
	if (vkv_sanitize_status(dev))
		return -EBUSY;
	switch (change->kind) {
	case VKV_CHANGE_OP:
		return vkv_ftl_set_op(dev->ftl, change->op_permille);
	case VKV_CHANGE_TIMING:
		return change_timing(dev, change->timing);
	case VKV_CHANGE_NS_ADD:
		return add_ns(dev, change);
	default:
		return change_ns(dev, change);
	}
}

/*
 * A namespace that is made or removed while an erasure runs would be in its way. A
 * sanitize operation may take long, so the change fails then.
 */
static bool change_may_begin(struct vkv_dev *dev)
{
	return (vkv_erase_idle(dev) || vkv_sanitize_status(dev)) &&
	       vkv_pause(dev);
}

bool vkv_change_round(struct vkv_dev *dev)
{
	/* Pairs with vkv_dev_change(): the change is there. */
	struct vkv_change *change = smp_load_acquire(&dev->changes.change);
	int err;

	if (likely(!change))
		return false;
	if (dev->changes.state == VKV_CHANGE_FENCING)
		return end_timing(dev);
	if (dev->changes.state == VKV_CHANGE_ERASING || !change_may_begin(dev))
		return false;
	err = change_begin(dev, change);
	if (err != UNDER_WAY)
		change_end(dev, err);
	return true;
}

bool vkv_change_waits(const struct vkv_dev *dev)
{
	return READ_ONCE(dev->changes.change) && vkv_erase_idle(dev);
}

void vkv_change_drop(struct vkv_dev *dev)
{
	vkv_timing_destroy(dev->changes.old);
	if (dev->changes.change)
		change_end(dev, -ENODEV);
}
