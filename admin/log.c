// SPDX-License-Identifier: GPL-2.0
/* Get Log Page: base specification, section 5.16; the vendor dialect's logs. */
#include "admin/log.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "admin.h"
#include "admin/changed.h"
#include "admin/erase.h"
#include "admin/event.h"
#include "admin/feature.h"
#include "admin/health.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/opcode.h"
#include "ctrl/prp.h"
#include "ctrl/report.h"
#include "ctrl/status.h"
#include "io/iterator.h"
#include "kv_ftl.h"
#include "nvme_kv.h"
#include "vkv_assert.h"

#define FIELD_LID VKV_FIELD(40, 0)
#define FIELD_LENGTH VKV_FIELD(42, 0)
#define FIELD_OFFSET VKV_FIELD(48, 0)
#define FIELD_OFFSET_TYPE VKV_FIELD(58, 7)
#define FIELD_CSI VKV_FIELD(59, 0)

#define FIRST_VENDOR_LOG 0xc0

/* CDW14: the offset is an index. No log has one here. */
#define OFFSET_IS_INDEX BIT(23)

static u64 log_offset(const struct vkv_cmd *cmd)
{
	return le32_to_cpu(cmd->sqe.cdw12) |
	       (u64)le32_to_cpu(cmd->sqe.cdw13) << 32;
}

/*
 * Each of these functions writes to vkv_admin.page, zeroed before, and returns
 * the log's length. 0 means that the CSI is unknown.
 */

static u32 fill_error(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	/* While user data is erased, nothing is said of it (section 8.20). */
	return vkv_error_log_page(dev, (void *)dev->admin->page,
				  !vkv_sanitize_status(dev));
}

static u32 fill_smart(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	return vkv_health_smart_page(dev, (void *)dev->admin->page);
}

/* Slot 1 has the version in 8 characters, filled up with blanks. */
static_assert(sizeof(VKV_VERSION) <= 9);

static u32 fill_firmware(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	dev->admin->page[0] = 1;		/* slot 1 is active */
	memset(dev->admin->page + 8, ' ', 8);
	memcpy(dev->admin->page + 8, VKV_VERSION, strlen(VKV_VERSION));
	return 512;
}

static u32 fill_changed_ns(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	return vkv_changed_page(dev, (void *)dev->admin->page);
}

static u32 fill_sanitize(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	return vkv_sanitize_page(dev, (void *)dev->admin->page);
}

static void put_effects(__le32 *entries, const struct vkv_command_set *set)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		entries[set->ops[i].opcode] = cpu_to_le32(set->ops[i].effects);
}

/*
 * The page is made from the table of opcodes; the CSI is in CDW14[31:24].
 * nvme-cli 2.3 asks a controller with several command sets for the zoned one's,
 * too: no command of that set is supported, and the page says so.
 */
static u32 fill_effects(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	const struct vkv_command_set *sets = dev->opcodes.set;
	__le32 *admin = (void *)dev->admin->page, *io = admin + 256;
	u8 csi = le32_to_cpu(cmd->sqe.cdw14) >> 24;

	if (csi > NVME_CSI_ZONED)
		return 0;
	put_effects(admin, &sets[VKV_SET_ADMIN]);
	if (csi == NVME_CSI_KV) {
		put_effects(io, &sets[VKV_SET_STANDARD]);
	} else if (csi == NVME_CSI_NVM) {
		put_effects(io, &sets[VKV_SET_BLOCK]);
		put_effects(io, &sets[VKV_SET_VENDOR]);
	}
	return VKV_PAGE;
}

static u32 fill_features(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	return vkv_features_page(dev, (void *)dev->admin->page);
}

/*
 * Hosts read a long log in pieces. So the text is made when its beginning is
 * read, and stays in a place of its own.
 */
static u32 fill_stats(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	if (!log_offset(cmd) || !dev->report->text[0])
		vkv_report_fill(dev);
	return dev->report->size;
}

/* Write amplification in tenths, u32 at 256. */
static u32 fill_waf(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	struct vkv_usage u;
	u64 tenths = 10;

	vkv_ftl_usage(dev->ftl, &u);
	if (u.host_written)
		tenths = div64_u64((u.host_written + u.gc_written) * 10,
				   u.host_written);
	*(__le32 *)(dev->admin->page + 256) = cpu_to_le32(tenths);
	return 512;
}

static u32 fill_iterators(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	return vkv_iter_page(dev, (void *)dev->admin->page);
}

static u32 fill_supported(struct vkv_dev *dev, const struct vkv_cmd *cmd);

static const struct {
	u8 id;
	u32 (*fill)(struct vkv_dev *dev, const struct vkv_cmd *cmd);
} logs[] = {
	{ NVME_LOG_SUPPORTED, fill_supported },
	{ NVME_LOG_ERROR, fill_error },
	{ NVME_LOG_SMART, fill_smart },
	{ NVME_LOG_FIRMWARE, fill_firmware },
	{ NVME_LOG_CHANGED_NS, fill_changed_ns },
	{ NVME_LOG_EFFECTS, fill_effects },
	{ NVME_LOG_FEATURES, fill_features },
	{ NVME_LOG_SANITIZE, fill_sanitize },
	{ NVME_LOG_VENDOR_STATS, fill_stats },
	{ NVME_LOG_VENDOR_WAF, fill_waf },
	{ NVME_LOG_VENDOR_ITERATORS, fill_iterators },
};

static u32 fill_supported(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	__le32 *list = (void *)dev->admin->page;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(logs); i++)
		list[logs[i].id] = cpu_to_le32(1);
	return 1024;
}

/* Bytes that are asked for. NUMD is 0's based, in dwords, and in two fields. */
static u64 log_length(const struct vkv_cmd *cmd)
{
	u64 numd = vkv_cmd_cdw10(cmd) >> 16 |
		   (u64)(vkv_cmd_cdw11(cmd) & 0xffff) << 16;

	return (numd + 1) * 4;
}

/* The log from @offset, then zeroes, whatever length the host asks for. */
static u16 send(struct vkv_dev *dev, struct vkv_cmd *cmd, const void *log,
		u64 offset, u32 have, u32 len)
{
	struct vkv_xfer x;
	u32 n = min_t(u64, have - offset, len);
	int ret;

	vkv_xfer_init(&x, dev, cmd, len);
	ret = vkv_xfer_to_host(&x, log + offset, n);
	if (!ret)
		ret = vkv_xfer_zero(&x, len - n);
	return ret ? vkv_status_of_transfer(ret) : NVME_SC_SUCCESS;
}

static const void *log_text(const struct vkv_dev *dev, u8 id)
{
	return id == NVME_LOG_VENDOR_STATS ? dev->report->text :
					     (void *)dev->admin->page;
}

static void mark_read(struct vkv_dev *dev, u8 id)
{
	if (id == NVME_LOG_CHANGED_NS)
		vkv_changed_read(dev);
	vkv_event_read(dev, id);
}

/*
 * Section 5.16.1: all pages of the specification are the controller's, SMART
 * too (LPA bit 0); no page is a namespace's.
 */
static bool names_namespace(const struct vkv_cmd *cmd, u8 id)
{
	u32 nsid = vkv_cmd_nsid(cmd);

	return id < FIRST_VENDOR_LOG && nsid && nsid != NVME_NSID_ALL;
}

u16 vkv_get_log(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	u8 id = vkv_cmd_cdw10(cmd);
	bool retain = vkv_cmd_cdw10(cmd) & BIT(15);
	u64 offset = log_offset(cmd);
	u64 len = log_length(cmd);
	unsigned int i;
	u32 have;
	u16 status;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	for (i = 0; i < ARRAY_SIZE(logs) && logs[i].id != id; i++)
		;
	if (i == ARRAY_SIZE(logs))
		return vkv_reject(cmd, FIELD_LID, NVME_SC_LOG_INVALID);
	/* Iterators show parts of keys, which are user data. */
	if (id == NVME_LOG_VENDOR_ITERATORS && vkv_sanitize_status(dev))
		return vkv_sanitize_status(dev);
	if (le32_to_cpu(cmd->sqe.cdw14) & OFFSET_IS_INDEX)
		return vkv_reject(cmd, FIELD_OFFSET_TYPE,
				  NVME_SC_INVALID_FIELD);
	if (names_namespace(cmd, id))
		return vkv_reject(cmd, VKV_FIELD_NSID, NVME_SC_INVALID_FIELD);
	memset(dev->admin->page, 0, VKV_PAGE);
	have = logs[i].fill(dev, cmd);
	VKV_ASSERT(have <= VKV_PAGE || id == NVME_LOG_VENDOR_STATS);
	if (!have)
		return vkv_reject(cmd, FIELD_CSI, NVME_SC_INVALID_FIELD);
	if (offset % 4 || offset > have)
		return vkv_reject(cmd, FIELD_OFFSET, NVME_SC_INVALID_FIELD);
	if (len > VKV_IO_MAX)
		return vkv_reject(cmd, FIELD_LENGTH, NVME_SC_INVALID_FIELD);
	status = send(dev, cmd, log_text(dev, id), offset, have, len);
	if (!status && !retain)
		mark_read(dev, id);
	return status;
}
