// SPDX-License-Identifier: GPL-2.0
/* Identify: base specification, section 5.17; the command sets' own pages. */
#include "admin/identify.h"

#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "admin.h"
#include "admin/abort.h"
#include "admin/erase.h"
#include "admin/event.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/ns.h"
#include "ctrl/prp.h"
#include "kv_ftl.h"
#include "nvme_kv.h"

#define MODEL "vKVSSD Virtual SSD"
#define MDTS 9u				/* 2 MiB */

#define FIELD_CNS VKV_FIELD(40, 0)
#define FIELD_CSI VKV_FIELD(47, 0)

#define OACS_FORMAT BIT(1)
#define OACS_NS_MANAGEMENT BIT(3)
#define FPI_SUPPORTED 0x80
#define OAES_NS_ATTR BIT(8)
#define CTRATT_HOST_ID_128 BIT(0)
#define ONCS_DSM BIT(2)
#define ONCS_WRITE_ZEROES BIT(3)
#define ONCS_FEATURE_SELECT BIT(4)
#define ONCS_TIMESTAMP BIT(6)
#define LPA_EFFECTS BIT(1)
#define LPA_EXTENDED BIT(2)
#define VWC_PRESENT BIT(0)
#define VWC_FLUSH_ALL (3 << 1)
#define NSFEAT_THIN BIT(0)
#define NSFEAT_OPTPERF BIT(4)
#define DLFEAT_ZEROES 1
#define DLFEAT_WRITE_ZEROES BIT(3)

/* Namespace identification descriptor types (CNS 03h). */
#define NIDT_NGUID 2
#define NIDT_CSI 4

static u8 ns_csi(const struct vkv_ns *ns)
{
	return ns->kind == VKV_NS_KV ? NVME_CSI_KV : NVME_CSI_NVM;
}

static void pad_string(char *to, const char *from, size_t len)
{
	size_t n = strlen(from);

	memset(to, ' ', len);
	memcpy(to, from, min(n, len));
}

/*
 * A namespace that may hold all that the device has takes only what it holds. So more
 * may be allocated than there is: all namespaces are thinly provisioned.
 */
static u64 unallocated(const struct vkv_dev *dev)
{
	u64 left = vkv_ns_pool(dev), taken;
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++) {
		const struct vkv_ns *ns = &dev->ns[i];

		if (!ns->exists)
			continue;
		taken = ns->capped ? ns->cap : vkv_ns_used(dev, ns);
		left -= min(taken, left);
	}
	return left;
}

static u16 identify_ctrl(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct nvme_id_ctrl *id = (void *)dev->admin->page;

	id->vid = cpu_to_le16(dev->cfg.pci_id);
	id->ssvid = cpu_to_le16(dev->cfg.pci_id);
	pad_string(id->sn, dev->cfg.serial, sizeof(id->sn));
	pad_string(id->mn, MODEL, sizeof(id->mn));
	pad_string(id->fr, VKV_VERSION, sizeof(id->fr));
	id->rab = 6;
	id->mdts = MDTS;
	id->cntlid = cpu_to_le16(1);
	id->ver = cpu_to_le32(NVME_VS_2_0);
	id->rtd3r = cpu_to_le32(1000000);
	id->rtd3e = cpu_to_le32(1000000);
	id->oaes = cpu_to_le32(OAES_NS_ATTR);
	id->ctratt = cpu_to_le32(CTRATT_HOST_ID_128);
	id->cntrltype = 1;
	id->oacs = cpu_to_le16(OACS_FORMAT | OACS_NS_MANAGEMENT);
	id->sanicap = cpu_to_le32(NVME_SANICAP_BLOCK_ERASE | NVME_SANICAP_NDI |
				  NVME_SANICAP_NOT_MODIFIED);
	id->acl = VKV_NR_ABORTS - 1;
	id->aerl = VKV_NR_AERS - 1;
	id->frmw = 0x3;
	id->lpa = LPA_EFFECTS | LPA_EXTENDED;
	id->elpe = VKV_NR_ERRORS - 1;
	id->wctemp = cpu_to_le16(343);
	id->cctemp = cpu_to_le16(353);
	id->kas = cpu_to_le16(VKV_KEEP_ALIVE_MS / 100);
	id->tnvmcap[0] = cpu_to_le64(vkv_ns_pool(dev));
	id->unvmcap[0] = cpu_to_le64(unallocated(dev));
	id->sqes = 0x66;
	id->cqes = 0x44;
	id->nn = cpu_to_le32(VKV_NR_NAMESPACES);
	id->oncs = cpu_to_le16(ONCS_DSM | ONCS_WRITE_ZEROES |
			       ONCS_FEATURE_SELECT | ONCS_TIMESTAMP);
	id->vwc = VWC_PRESENT | VWC_FLUSH_ALL;
	id->sgls = cpu_to_le32(NVME_SGLS_ANY_ALIGNMENT | NVME_SGLS_BIT_BUCKET |
			       NVME_SGLS_LONGER);
	id->mnan = cpu_to_le32(VKV_NR_NAMESPACES);
	snprintf(id->subnqn, sizeof(id->subnqn),
		 "nqn.2024-08.dev.vkvssd:nvme:%s", dev->cfg.serial);
	id->psd[0].mp = cpu_to_le16(2500);
	return NVME_SC_SUCCESS;
}

/*
 * Blocks have 512 bytes, so that vendor tools, which multiply by 512, are
 * right. Writes are cheapest in units of eight blocks.
 */
static void fill_block_ns(struct vkv_dev *dev, const struct vkv_ns *ns)
{
	struct nvme_id_ns *id = (void *)dev->admin->page;
	const __le16 unit = cpu_to_le16((VKV_UNIT >> VKV_LBA_SHIFT) - 1);

	id->nsze = cpu_to_le64(ns->nr_lbas);
	id->ncap = id->nsze;
	id->nuse = cpu_to_le64(min(DIV_ROUND_UP_ULL(vkv_ns_used(dev, ns),
						    1 << VKV_LBA_SHIFT),
				   ns->nr_lbas));
	id->nsfeat = NSFEAT_THIN | NSFEAT_OPTPERF;
	id->fpi = FPI_SUPPORTED | vkv_erase_left(dev, ns);
	id->dlfeat = DLFEAT_ZEROES | DLFEAT_WRITE_ZEROES;
	id->nvmcap[0] = cpu_to_le64(ns->nr_lbas << VKV_LBA_SHIFT);
	id->npwg = unit;
	id->npwa = unit;
	id->npdg = unit;
	id->npda = unit;
	id->nows = unit;
	memcpy(id->nguid, ns->nguid, sizeof(id->nguid));
	id->lbaf[0].lbads = VKV_LBA_SHIFT;
}

static void fill_kv_ns(struct vkv_dev *dev, const struct vkv_ns *ns)
{
	struct nvme_id_ns_kv *id = (void *)dev->admin->page;

	id->nsze = cpu_to_le64(ns->cap);
	id->nuse = cpu_to_le64(vkv_ns_used(dev, ns));
	id->nsfeat = NSFEAT_THIN;
	id->nkvf = 1;
	id->fpi = FPI_SUPPORTED | vkv_erase_left(dev, ns);
	memcpy(id->nguid, ns->nguid, sizeof(id->nguid));
	id->kvf[0].key_max = cpu_to_le16(NVME_KV_KEY_MAX);
	id->kvf[0].value_max = cpu_to_le32(VKV_IO_MAX);
}

static u16 invalid_nsid(struct vkv_cmd *cmd)
{
	return vkv_reject(cmd, VKV_FIELD_NSID, NVME_SC_INVALID_NS);
}

static u16 invalid_csi(struct vkv_cmd *cmd, u16 status)
{
	return vkv_reject(cmd, FIELD_CSI, status);
}

/* A namespace that exists but that this host does not see has an empty page. */
static u16 identify_inactive(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return vkv_nsid_is_valid(vkv_cmd_nsid(cmd)) ? NVME_SC_SUCCESS :
							   invalid_nsid(cmd);
}

static u16 identify_this_ns(struct vkv_dev *dev, struct vkv_cmd *cmd,
			    const struct vkv_ns *ns)
{
	if (!ns)
		return identify_inactive(dev, cmd);
	if (ns->kind != VKV_NS_BLOCK)
		return vkv_reject(cmd, VKV_FIELD_NSID, NVME_SC_INVALID_CSI);
	fill_block_ns(dev, ns);
	return NVME_SC_SUCCESS;
}

static u16 identify_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return identify_this_ns(dev, cmd, vkv_ns_find(dev, vkv_cmd_nsid(cmd)));
}

static u16 identify_allocated_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return identify_this_ns(dev, cmd,
				vkv_ns_allocated(dev, vkv_cmd_nsid(cmd)));
}

static u8 csi_of(const struct vkv_cmd *cmd)
{
	return vkv_cmd_cdw11(cmd) >> 24;
}

/* The NVM Command Set's own page is all zeroes for a plain format. */
static u16 identify_this_csi_ns(struct vkv_dev *dev, struct vkv_cmd *cmd,
				const struct vkv_ns *ns)
{
	if (csi_of(cmd) > NVME_CSI_KV)
		return invalid_csi(cmd, NVME_SC_INVALID_FIELD);
	if (!ns)
		return identify_inactive(dev, cmd);
	if (csi_of(cmd) != ns_csi(ns))
		return invalid_csi(cmd, NVME_SC_INVALID_CSI);
	if (ns->kind == VKV_NS_KV)
		fill_kv_ns(dev, ns);
	return NVME_SC_SUCCESS;
}

static u16 identify_csi_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return identify_this_csi_ns(dev, cmd,
				    vkv_ns_find(dev, vkv_cmd_nsid(cmd)));
}

static u16 identify_allocated_csi_ns(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return identify_this_csi_ns(dev, cmd,
				    vkv_ns_allocated(dev, vkv_cmd_nsid(cmd)));
}

static u16 identify_csi_ctrl(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	/* Key Value: the version of its specification, 1.0. */
	if (csi_of(cmd) == NVME_CSI_KV)
		*(__le32 *)dev->admin->page = cpu_to_le32(0x00010000);
	return csi_of(cmd) > NVME_CSI_KV ?
		       invalid_csi(cmd, NVME_SC_INVALID_FIELD) :
		       NVME_SC_SUCCESS;
}

typedef bool (*ns_filter)(const struct vkv_dev *dev, const struct vkv_ns *ns);

static bool is_allocated(const struct vkv_dev *dev, const struct vkv_ns *ns)
{
	return ns->exists && !ns->leaving;
}

/* @csi: of one command set only, unless it is negative. */
static u16 list_namespaces(struct vkv_dev *dev, struct vkv_cmd *cmd,
			   ns_filter wanted, int csi)
{
	__le32 *list = (void *)dev->admin->page;
	u32 after = vkv_cmd_nsid(cmd), i, n = 0;

	if (after >= NVME_NSID_ALL - 1)
		return invalid_nsid(cmd);
	for (i = 0; i < VKV_NR_NAMESPACES; i++) {
		const struct vkv_ns *ns = &dev->ns[i];

		if (ns->nsid <= after || !wanted(dev, ns) ||
		    (csi >= 0 && csi != ns_csi(ns)))
			continue;
		list[n++] = cpu_to_le32(ns->nsid);
	}
	return NVME_SC_SUCCESS;
}

static u16 list_of_csi(struct vkv_dev *dev, struct vkv_cmd *cmd, ns_filter wanted)
{
	if (csi_of(cmd) > NVME_CSI_KV)
		return invalid_csi(cmd, NVME_SC_INVALID_FIELD);
	return list_namespaces(dev, cmd, wanted, csi_of(cmd));
}

static u16 identify_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return list_namespaces(dev, cmd, vkv_ns_visible, -1);
}

static u16 identify_allocated_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return list_namespaces(dev, cmd, is_allocated, -1);
}

static u16 identify_csi_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return list_of_csi(dev, cmd, vkv_ns_visible);
}

static u16 identify_allocated_csi_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	return list_of_csi(dev, cmd, is_allocated);
}

static u8 *put_descriptor(u8 *p, u8 type, const void *data, u8 len)
{
	p[0] = type;
	p[1] = len;
	memcpy(p + 4, data, len);
	return p + 4 + len;
}

static u16 identify_descriptors(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns = vkv_ns_find(dev, vkv_cmd_nsid(cmd));
	u8 csi, *p = dev->admin->page;

	if (!ns)
		return invalid_nsid(cmd);
	csi = ns_csi(ns);
	p = put_descriptor(p, NIDT_NGUID, ns->nguid, sizeof(ns->nguid));
	put_descriptor(p, NIDT_CSI, &csi, sizeof(csi));
	return NVME_SC_SUCCESS;
}

/*
 * I/O command set independent: FPI is byte 3; NSTAT is byte 14, 1 is "ready".
 */
static u16 identify_independent(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns = vkv_ns_find(dev, vkv_cmd_nsid(cmd));

	if (!ns)
		return identify_inactive(dev, cmd);
	dev->admin->page[3] = FPI_SUPPORTED | vkv_erase_left(dev, ns);
	dev->admin->page[14] = 1;
	return NVME_SC_SUCCESS;
}

/* CDW10[31:16] is the first controller of a list. Ours is 1. */
static u16 identify_ctrl_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	__le16 *list = (void *)dev->admin->page;

	if (vkv_cmd_cdw10(cmd) >> 16 <= 1) {
		list[0] = cpu_to_le16(1);
		list[1] = cpu_to_le16(1);
	}
	return NVME_SC_SUCCESS;
}

/* The controllers to which a namespace is attached. */
static u16 identify_ns_ctrl_list(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_ns *ns = vkv_ns_allocated(dev, vkv_cmd_nsid(cmd));

	if (!vkv_nsid_is_valid(vkv_cmd_nsid(cmd)))
		return invalid_nsid(cmd);
	return ns && ns->attached ? identify_ctrl_list(dev, cmd) :
				    NVME_SC_SUCCESS;
}

static u16 identify_command_sets(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	__le64 *vector = (void *)dev->admin->page;

	vector[0] = cpu_to_le64(BIT_ULL(NVME_CSI_NVM) | BIT_ULL(NVME_CSI_KV));
	return NVME_SC_SUCCESS;
}

static const struct {
	u8 cns;
	u16 (*fill)(struct vkv_dev *dev, struct vkv_cmd *cmd);
} pages[] = {
	{ NVME_CNS_NS, identify_ns },
	{ NVME_CNS_CTRL, identify_ctrl },
	{ NVME_CNS_ACTIVE_LIST, identify_list },
	{ NVME_CNS_NS_DESCS, identify_descriptors },
	{ NVME_CNS_CSI_NS, identify_csi_ns },
	{ NVME_CNS_CSI_CTRL, identify_csi_ctrl },
	{ NVME_CNS_CSI_ACTIVE_LIST, identify_csi_list },
	{ NVME_CNS_INDEPENDENT_NS, identify_independent },
	{ NVME_CNS_ALLOCATED_LIST, identify_allocated_list },
	{ NVME_CNS_ALLOCATED_NS, identify_allocated_ns },
	{ NVME_CNS_NS_CTRL_LIST, identify_ns_ctrl_list },
	{ NVME_CNS_CTRL_LIST, identify_ctrl_list },
	{ NVME_CNS_CSI_ALLOCATED_LIST, identify_allocated_csi_list },
	{ NVME_CNS_CSI_ALLOCATED_NS, identify_allocated_csi_ns },
	{ NVME_CNS_COMMAND_SETS, identify_command_sets },
};

/*
 * --- order ---
 *
 * Linux from 6.10 on scans namespaces side by side and numbers their nodes as
 * they come. So that namespace 1 is /dev/nvme0n1 everywhere, the identification
 * descriptors of the later namespaces wait until the earlier ones have their
 * nodes, as far as that can be seen from outside. A namespace waits for 250 ms
 * times its NSID at most.
 */

/* A descriptor waits for this time at most, multiplied by its NSID. */
#define OVERTAKE_NS 250000000ull
/* A namespace that Linux asks for only once has its node by then. */
#define SETTLE_NS 30000000ull

/*
 * Linux asks for a block namespace's page twice, and has numbered its node the
 * second time.
 */
static bool has_node(const struct vkv_dev *dev, const struct vkv_ns *ns)
{
	if (!vkv_ns_visible(dev, ns) || ns->identified > 1)
		return true;
	return ns->kind == VKV_NS_KV && ns->identified &&
	       dev->now - ns->identified_at > SETTLE_NS;
}

static bool is_early(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	u8 cns = vkv_cmd_cdw10(cmd);
	struct vkv_ns *ns = vkv_ns_find(dev, vkv_cmd_nsid(cmd));
	u32 i;

	if (cns != NVME_CNS_NS_DESCS || !ns ||
	    dev->now - cmd->arrival > ns->nsid * OVERTAKE_NS)
		return false;
	for (i = 0; i < ns->nsid - 1; i++)
		if (!has_node(dev, &dev->ns[i]))
			return true;
	return false;
}

static void note_identified(struct vkv_dev *dev, struct vkv_cmd *cmd, u8 cns)
{
	struct vkv_ns *ns = vkv_ns_find(dev, vkv_cmd_nsid(cmd));

	if (!ns || (cns != NVME_CNS_NS && cns != NVME_CNS_INDEPENDENT_NS))
		return;
	ns->identified++;
	ns->identified_at = dev->now;
}

/*
 * A driver that never gets to know the controller gives up, and says no more
 * than a status. The log says why, when the first one fails.
 */
static void note_answered(struct vkv_dev *dev, u8 cns, u16 status)
{
	if (cns != NVME_CNS_CTRL || dev->admin->answered)
		return;
	dev->admin->answered = true;
	if (status == NVME_SC_DATA_TRANSFER)
		dev->cfg.ops->warn(dev->cfg.host,
				   "Identify Controller fails: its data pointer names memory that a device may not write; with dma=open, kernels with swiotlb=force or encrypted memory do so");
}

static u16 identify_now(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u8 cns = vkv_cmd_cdw10(cmd);
	unsigned int i;
	u16 status;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		if (pages[i].cns != cns)
			continue;
		note_identified(dev, cmd, cns);
		memset(dev->admin->page, 0, VKV_PAGE);
		status = pages[i].fill(dev, cmd);
		if (!status)
			status = vkv_xfer_page_to_host(
				dev, cmd, dev->admin->page, VKV_PAGE);
		note_answered(dev, cns, status);
		return status;
	}
	return vkv_reject(cmd, FIELD_CNS, NVME_SC_INVALID_FIELD);
}

u16 vkv_identify(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	vkv_dispatcher_assert(&dev->dispatcher[0]);
	if (!is_early(dev, cmd))
		return identify_now(dev, cmd);
	list_add_tail(&cmd->link, &dev->admin->early);
	return VKV_HELD;
}

bool vkv_identify_round(struct vkv_dev *dev)
{
	struct vkv_cmd *cmd, *next;
	bool worked = false;

	list_for_each_entry_safe(cmd, next, &dev->admin->early, link) {
		if (is_early(dev, cmd))
			continue;
		list_del(&cmd->link);
		vkv_cmd_complete(dev, cmd, identify_now(dev, cmd),
				 &dev->admin->held);
		worked = true;
	}
	return worked;
}

void vkv_identify_reset(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++)
		dev->ns[i].identified = 0;
}
