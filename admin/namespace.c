// SPDX-License-Identifier: GPL-2.0
/*
 * Namespace Management and Namespace Attachment.
 *
 * A deletion goes in these steps:
 *
 *   dispatcher	detaches the namespace, so that no command finds it any more, and has
 *		its contents erased (admin/erase.c). The commands that have it get
 *		Invalid Namespace or Format instead of being executed;
 *   worker 0	erases;
 *   dispatcher	closes the namespace's iterators, and waits for the last command
 *		that has the namespace. Some wait for their time, or for room in a
 *		completion queue. Then the namespace is no more.
 *
 * The controller has one host and the controller ID 1. So a namespace is attached to
 * this controller or to none.
 */
#include "admin/namespace.h"

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kernel.h>

#include "admin.h"
#include "admin/changed.h"
#include "admin/erase.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/ns.h"
#include "ctrl/prp.h"
#include "ctrl/quiesce.h"
#include "io/iterator.h"
#include "kv_ftl.h"
#include "nvme_kv.h"

#define SELECT(dw) ((dw) & 0xf)
#define SELECT_CREATE 0
#define SELECT_DELETE 1
#define SELECT_ATTACH 0
#define SELECT_DETACH 1

#define FIELD_SELECT VKV_FIELD(40, 0)
#define FIELD_CSI VKV_FIELD(47, 0)
#define FIELD_DATA VKV_FIELD(24, 0)

#define CONTROLLER 1
#define CONTROLLERS_MAX 2047
/* A namespace that is in use is looked at again after so many ns. */
#define LOOK_AGAIN 1000000ull

/* ---- creating ---- */

static u16 status_of_add(int err)
{
	switch (err) {
	case 0:
		return NVME_SC_SUCCESS;
	case -ENOSPC:
	case -EAGAIN:
		return NVME_SC_NS_CAPACITY;
	case -EINVAL:
		return NVME_SC_INVALID_FIELD;
	default:
		return NVME_SC_INTERNAL;
	}
}

/* A block namespace has both sizes in blocks, and may be larger than its capacity. */
static u16 parse_block(const struct nvme_id_ns *want, struct vkv_ns_config *cfg)
{
	u64 size = le64_to_cpu(want->nsze), cap = le64_to_cpu(want->ncap);

	if (want->flbas || want->dps)
		return NVME_SC_INVALID_FORMAT;
	if (!cap || cap > size || want->anagrpid || want->nvmsetid)
		return NVME_SC_INVALID_FIELD;
	if (size >= 1ull << (63 - VKV_LBA_SHIFT))
		return NVME_SC_NS_CAPACITY;
	cfg->cap = ALIGN(cap << VKV_LBA_SHIFT, (u64)VKV_UNIT);
	cfg->nr_lbas = size;
	return NVME_SC_SUCCESS;
}

/* A key-value namespace has one size, in bytes. */
static u16 parse_kv(const struct nvme_id_ns *want, struct vkv_ns_config *cfg)
{
	cfg->cap = le64_to_cpu(want->nsze);
	return !cfg->cap || want->anagrpid || want->nvmsetid ?
		       NVME_SC_INVALID_FIELD :
		       NVME_SC_SUCCESS;
}

static u16 parse_namespace(const struct nvme_id_ns *want, u8 csi,
			   struct vkv_ns_config *cfg)
{
	/* It cannot be shared: there is no other controller. */
	if (want->nmic)
		return NVME_SC_INVALID_FIELD;
	cfg->kind = csi == NVME_CSI_KV ? VKV_NS_KV : VKV_NS_BLOCK;
	return csi == NVME_CSI_KV ? parse_kv(want, cfg) : parse_block(want, cfg);
}

static u32 free_nsid(const struct vkv_dev *dev)
{
	u32 nsid;

	for (nsid = 1; nsid <= VKV_NR_NAMESPACES; nsid++)
		if (!dev->ns[nsid - 1].exists)
			return nsid;
	return 0;
}

static u16 create_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns_config cfg = { 0 };
	u8 csi = vkv_cmd_cdw11(cmd) >> 24;
	u32 nsid = free_nsid(dev);
	u16 status;

	if (csi != NVME_CSI_NVM && csi != NVME_CSI_KV)
		return vkv_reject(cmd, FIELD_CSI, NVME_SC_CSI_UNSUPPORTED);
	status = vkv_xfer_page_from_host(dev, cmd, dev->admin->page, VKV_PAGE);
	if (status)
		return status;
	status = parse_namespace((void *)dev->admin->page, csi, &cfg);
	if (status)
		return vkv_reject(cmd, FIELD_DATA, status);
	if (!nsid)
		return NVME_SC_NSID_UNAVAILABLE;
	cmd->result = nsid;
	return status_of_add(vkv_ns_add(dev, nsid, &cfg));
}

/* ---- deleting ---- */

/* True when no namespace that is to go is used any more. */
static bool is_unused(struct vkv_dev *dev, u32 namespaces)
{
	if (dev->now < dev->admin->look_at)
		return false;
	if (!vkv_pause(dev))
		return false;
	if (vkv_iters_close(dev, namespaces) &&
	    !vkv_ns_in_use(dev, namespaces))
		return true;
	dev->admin->look_at = dev->now + LOOK_AGAIN;
	return false;
}

static bool end_deletion(struct vkv_dev *dev, bool failed)
{
	u32 namespaces = dev->erase->what.namespaces;
	unsigned int i;

	if (!is_unused(dev, namespaces))
		return false;
	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		if (namespaces & BIT(i))
			vkv_ns_remove(dev, &dev->ns[i]);
	vkv_changed(dev, namespaces);
	dev->admin->deleted(dev);
	return true;
}

void vkv_namespaces_delete(struct vkv_dev *dev, u32 namespaces,
			   void (*end)(struct vkv_dev *dev))
{
	const struct vkv_erasure what = { .namespaces = namespaces,
					  .blocked = NVME_SC_INVALID_NS,
					  .end = end_deletion };
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++) {
		struct vkv_ns *ns = &dev->ns[i];

		if (!(namespaces & BIT(i)))
			continue;
		vkv_ns_attach(dev, ns, false);
		ns->leaving = true;
	}
	dev->admin->look_at = 0;
	dev->admin->deleted = end;
	vkv_erase_begin(dev, &what);
}

static void deleted(struct vkv_dev *dev)
{
	vkv_erase_complete(dev, NVME_SC_SUCCESS);
}

static u16 delete_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 nsid = vkv_cmd_nsid(cmd);
	u32 namespaces = vkv_ns_existing(dev);

	if (nsid != NVME_NSID_ALL) {
		if (!vkv_ns_allocated(dev, nsid))
			return vkv_reject(cmd, VKV_FIELD_NSID,
					  vkv_ns_status(nsid));
		namespaces = BIT(nsid - 1);
	}
	if (!namespaces)
		return NVME_SC_SUCCESS;
	list_add_tail(&cmd->link, &dev->erase->waiting);
	vkv_namespaces_delete(dev, namespaces, deleted);
	return VKV_HELD;
}

u16 vkv_namespace_management(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u16 status = vkv_sanitize_status(dev);

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	if (status)
		return status;
	if (!vkv_erase_idle(dev))
		return NVME_SC_FORMATTING;
	switch (SELECT(vkv_cmd_cdw10(cmd))) {
	case SELECT_CREATE:
		return create_ns(dev, cmd);
	case SELECT_DELETE:
		return delete_ns(dev, cmd);
	default:
		return vkv_reject(cmd, FIELD_SELECT, NVME_SC_INVALID_FIELD);
	}
}

/* ---- attaching ---- */

static u16 check_controllers(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const __le16 *list = (void *)dev->admin->page;
	u16 status = vkv_xfer_page_from_host(dev, cmd, dev->admin->page,
					     VKV_PAGE);
	unsigned int nr, i;

	if (status)
		return status;
	nr = le16_to_cpu(list[0]);
	if (!nr || nr > CONTROLLERS_MAX)
		return vkv_reject(cmd, FIELD_DATA, NVME_SC_CTRL_LIST);
	for (i = 1; i <= nr; i++)
		if (le16_to_cpu(list[i]) != CONTROLLER)
			return vkv_reject(cmd, FIELD_DATA, NVME_SC_CTRL_LIST);
	return NVME_SC_SUCCESS;
}

int vkv_namespace_attach(struct vkv_dev *dev, struct vkv_ns *ns, bool attached)
{
	if (ns->attached == attached)
		return -EALREADY;
	vkv_ns_attach(dev, ns, attached);
	vkv_changed(dev, BIT(ns->nsid - 1));
	return 0;
}

static u16 attach(struct vkv_dev *dev, struct vkv_ns *ns, bool attached)
{
	if (!vkv_namespace_attach(dev, ns, attached))
		return NVME_SC_SUCCESS;
	return attached ? NVME_SC_NS_ATTACHED : NVME_SC_NS_NOT_ATTACHED;
}

u16 vkv_namespace_attachment(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u32 select = SELECT(vkv_cmd_cdw10(cmd));
	struct vkv_ns *ns = vkv_ns_allocated(dev, vkv_cmd_nsid(cmd));
	u16 status;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	if (select != SELECT_ATTACH && select != SELECT_DETACH)
		return vkv_reject(cmd, FIELD_SELECT, NVME_SC_INVALID_FIELD);
	if (!ns)
		return vkv_reject(cmd, VKV_FIELD_NSID,
				  vkv_ns_status(vkv_cmd_nsid(cmd)));
	status = check_controllers(dev, cmd);
	return status ? status : attach(dev, ns, select == SELECT_ATTACH);
}
