// SPDX-License-Identifier: GPL-2.0
/*
 * Features: base specification, sections 5.15 and 5.27, and the Key Value
 * Command Set's own.
 *
 * A feature is a row of features[]. Its value is CDW11 as it was set, unless it
 * has a setter that keeps it elsewhere. A controller reset sets each back to
 * its saved value, which is the default until a host saves another one; saved
 * values live as long as the module.
 */
#include "admin/feature.h"

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "admin/health.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/irq.h"
#include "ctrl/ns.h"
#include "ctrl/prp.h"
#include "ctrl/queue.h"
#include "nvme_kv.h"
#include "vkv_assert.h"

/* A setter returns this when it has kept the value itself. */
#define KEPT 0xfffe

#define FEATURE_BLOCK_NS 0x1	/* of each block namespace */
#define FEATURE_KV_NS 0x2	/* of each key-value namespace */
#define FEATURE_NS (FEATURE_BLOCK_NS | FEATURE_KV_NS)
#define FEATURE_SAVEABLE 0x4

/* Get Features, CDW10[10:8]. */
enum select {
	SELECT_CURRENT,
	SELECT_DEFAULT,
	SELECT_SAVED,
	SELECT_CAPABILITIES,
};

/* Capabilities, completion DW0. */
#define CAPABLE_SAVE BIT(0)
#define CAPABLE_NS BIT(1)
#define CAPABLE_CHANGE BIT(2)

#define FIELD_FID VKV_FIELD(40, 0)
#define FIELD_SELECT VKV_FIELD(41, 0)
#define FIELD_SAVE VKV_FIELD(43, 7)
#define FIELD_VALUE VKV_FIELD(44, 0)

struct feature {
	u8 fid;
	u8 flags;
	u32 initial;
	u32 valid;	/* bits of CDW11 that may be set */
	/* On entry *value is the selected CDW11. */
	u16 (*get)(struct vkv_dev *dev, struct vkv_cmd *cmd, enum select select,
		   u32 *value);
	u16 (*set)(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value);
	/* After the value has changed, by a setting or a reset. */
	void (*apply)(struct vkv_dev *dev, u32 value);
};

static u16 set_power(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	/* One power state. */
	return *value & 0x1f ? NVME_SC_INVALID_FIELD : NVME_SC_SUCCESS;
}

/* --- temperature threshold (section 5.27.1.3) --- */

/* TMPSEL 0 is the composite temperature, 15 means all; THSEL 1 is "under". */
static u16 temperature_select(u32 value, bool set, bool *under)
{
	u32 sensor = (value >> 16) & 0xf, threshold = (value >> 20) & 3;

	if ((sensor && !(set && sensor == 0xf)) || threshold > 1)
		return NVME_SC_INVALID_FIELD;
	*under = threshold;
	return NVME_SC_SUCCESS;
}

static u16 get_temperature(struct vkv_dev *dev, struct vkv_cmd *cmd,
			   enum select select, u32 *value)
{
	bool under;
	u16 status = temperature_select(vkv_cmd_cdw11(cmd), false, &under);

	if (!status && under)
		*value = select == SELECT_CURRENT ?
				 dev->features->now.under_temperature :
				 0;
	return status;
}

static u16 set_temperature(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	bool under;
	u16 status = temperature_select(*value, true, &under);

	*value &= 0xffff;
	if (status || !under)
		return status;
	dev->features->now.under_temperature = *value;
	return KEPT;
}

/* A threshold has changed, or the set of warnings that are to be events. */
static void apply_health(struct vkv_dev *dev, u32 value)
{
	const struct vkv_limits limits = {
		.over = vkv_feature_value(dev, NVME_FEAT_TEMPERATURE),
		.under = dev->features->now.under_temperature,
		.events = vkv_feature_value(dev, NVME_FEAT_ASYNC_EVENT),
	};

	vkv_health_set_limits(dev, &limits);
}

/* --- number of queues (section 5.27.1.5) --- */

static bool have_io_queues(const struct vkv_dev *dev)
{
	return dev->queues.nr_sq_slots > 1 || dev->queues.nr_cq_slots > 1;
}

static u32 clamp_nr_queues(const struct vkv_dev *dev, u32 value)
{
	u32 max = vkv_nr_io_queues(&dev->cfg) - 1;

	return min(value & 0xffff, max) | min(value >> 16, max) << 16;
}

static u16 get_nr_queues(struct vkv_dev *dev, struct vkv_cmd *cmd,
			 enum select select, u32 *value)
{
	*value = clamp_nr_queues(dev, *value);
	return NVME_SC_SUCCESS;
}

static u16 set_nr_queues(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	if ((*value & 0xffff) == 0xffff || *value >> 16 == 0xffff)
		return NVME_SC_INVALID_FIELD;
	if (have_io_queues(dev))
		return NVME_SC_SEQUENCE;
	cmd->result = clamp_nr_queues(dev, *value);
	return NVME_SC_SUCCESS;
}

/* --- interrupts (sections 5.27.1.6 and 5.27.1.7) --- */

static u16 get_irq_config(struct vkv_dev *dev, struct vkv_cmd *cmd,
			  enum select select, u32 *value)
{
	u16 vector = vkv_cmd_cdw11(cmd);

	if (vector >= dev->cfg.nr_vectors)
		return NVME_SC_INVALID_FIELD;
	*value = vector;
	if (select == SELECT_CURRENT && vkv_irq_is_exempt(dev, vector))
		*value |= BIT(16);
	return NVME_SC_SUCCESS;
}

static u16 set_irq_config(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	u16 vector = *value;

	if (vector >= dev->cfg.nr_vectors)
		return NVME_SC_INVALID_FIELD;
	vkv_irq_set_exempt(dev, vector, *value & BIT(16));
	return KEPT;
}

/* --- timestamp (section 5.27.1.10) --- */

/* Milliseconds as the host set them, or since the reset. */
static u64 timestamp(const struct vkv_dev *dev)
{
	const struct vkv_feature_values *f = &dev->features->now;

	return f->timestamp + div_u64(dev->now - f->timestamp_at, 1000000);
}

static u16 get_timestamp(struct vkv_dev *dev, struct vkv_cmd *cmd,
			 enum select select, u32 *value)
{
	__le64 data = 0;

	*value = 0;
	if (select == SELECT_CURRENT)
		data = cpu_to_le64((timestamp(dev) & GENMASK_ULL(47, 0)) |
				   (u64)dev->features->now.timestamp_origin
					   << 49);
	return vkv_xfer_page_to_host(dev, cmd, &data, sizeof(data));
}

static u16 set_timestamp(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	__le64 data;
	u16 status = vkv_xfer_page_from_host(dev, cmd, &data, sizeof(data));

	if (status)
		return status;
	dev->features->now.timestamp = le64_to_cpu(data) & GENMASK_ULL(47, 0);
	dev->features->now.timestamp_at = dev->now;
	dev->features->now.timestamp_origin = 1;
	return KEPT;
}

/* --- keep alive timer (section 5.27.1.11) --- */

/* In ms, rounded up to a multiple of KAS; 0 switches the timer off. */
static u16 set_keep_alive(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	u64 ms = DIV_ROUND_UP_ULL(*value, VKV_KEEP_ALIVE_MS) * VKV_KEEP_ALIVE_MS;

	*value = min_t(u64, ms, U32_MAX);
	return NVME_SC_SUCCESS;
}

static void apply_keep_alive(struct vkv_dev *dev, u32 value)
{
	dev->ctrl.keep_alive_ns = value * 1000000ull;
	dev->ctrl.kept_alive_at = dev->now;
}

/* --- host identifier (section 5.27.1.19) --- */

static u32 host_id_size(const struct vkv_cmd *cmd)
{
	return vkv_cmd_cdw11(cmd) & 1 ? 16 : 8;
}

static u16 get_host_id(struct vkv_dev *dev, struct vkv_cmd *cmd,
		       enum select select, u32 *value)
{
	static const u8 none[16];

	*value = 0;
	return vkv_xfer_page_to_host(
		dev, cmd,
		select == SELECT_CURRENT ? dev->features->now.host_id : none,
		host_id_size(cmd));
}

static u16 set_host_id(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	u8 id[16] = { 0 };
	u16 status = vkv_xfer_page_from_host(dev, cmd, id, host_id_size(cmd));

	if (status)
		return status;
	memcpy(dev->features->now.host_id, id, sizeof(id));
	return KEPT;
}

/* --- command sets --- */

static u16 set_profile(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	/* One combination of command sets, at index 0 (Identify CNS 1Ch). */
	return *value & 0x1ff ? NVME_SC_COMMAND_SET : NVME_SC_SUCCESS;
}

static u16 get_kv_config(struct vkv_dev *dev, struct vkv_cmd *cmd,
			 enum select select, u32 *value)
{
	if (select == SELECT_CURRENT)
		*value = READ_ONCE(cmd->ns->kv_config);
	return NVME_SC_SUCCESS;
}

static u16 set_kv_config(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	WRITE_ONCE(cmd->ns->kv_config, *value);
	return KEPT;
}

static u16 get_recovery(struct vkv_dev *dev, struct vkv_cmd *cmd,
			enum select select, u32 *value)
{
	if (select == SELECT_CURRENT)
		*value = cmd->ns->error_recovery;
	return NVME_SC_SUCCESS;
}

static u16 set_recovery(struct vkv_dev *dev, struct vkv_cmd *cmd, u32 *value)
{
	cmd->ns->error_recovery = *value;
	return KEPT;
}

/* --- the table --- */

#define BLOCK FEATURE_BLOCK_NS
#define KV FEATURE_KV_NS
#define SAVE FEATURE_SAVEABLE

static const struct feature features[] = {
	{ NVME_FEAT_ARBITRATION, SAVE, 0x7, 0xffffff07 },
	{ NVME_FEAT_POWER, SAVE, 0, 0xff, .set = set_power },
	{ NVME_FEAT_TEMPERATURE, 0, 343, 0x3fffff, .get = get_temperature,
	  .set = set_temperature, .apply = apply_health },
	{ NVME_FEAT_ERROR_RECOVERY, BLOCK, 0, 0xffff, .get = get_recovery,
	  .set = set_recovery },
	{ NVME_FEAT_WRITE_CACHE, SAVE, 1, 0x1 },
	{ NVME_FEAT_NR_QUEUES, 0, 0xfffefffe, 0xffffffff, .get = get_nr_queues,
	  .set = set_nr_queues },
	{ NVME_FEAT_IRQ_COALESCE, SAVE, 0, 0xffff,
	  .apply = vkv_irq_set_coalescing },
	{ NVME_FEAT_IRQ_CONFIG, 0, 0, 0x1ffff, .get = get_irq_config,
	  .set = set_irq_config },
	{ NVME_FEAT_WRITE_ATOMICITY, SAVE, 0, 0x1 },
	{ NVME_FEAT_ASYNC_EVENT, SAVE, 0, 0xffffffff, .apply = apply_health },
	{ NVME_FEAT_TIMESTAMP, 0, 0, 0xffffffff, .get = get_timestamp,
	  .set = set_timestamp },
	{ NVME_FEAT_KEEP_ALIVE, 0, 0, 0xffffffff, .set = set_keep_alive,
	  .apply = apply_keep_alive },
	{ NVME_FEAT_SANITIZE, SAVE, 0, 0x1 },
	{ NVME_FEAT_COMMAND_SET_PROFILE, 0, 0, 0x1ff, .set = set_profile },
	{ NVME_FEAT_KEY_VALUE, KV, 0, 0x1, .get = get_kv_config,
	  .set = set_kv_config },
	{ NVME_FEAT_HOST_ID, 0, 0, 0x1, .get = get_host_id,
	  .set = set_host_id },
};
static_assert(ARRAY_SIZE(features) <= VKV_NR_FEATURES);

static const struct feature *find_feature(u8 fid)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (features[i].fid == fid)
			return &features[i];
	return NULL;
}

u32 vkv_feature_value(const struct vkv_dev *dev, u8 fid)
{
	const struct feature *f = find_feature(fid);

	return f ? dev->features->now.value[f - features] : 0;
}

u32 vkv_features_page(struct vkv_dev *dev, __le32 *list)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		list[features[i].fid] =
			cpu_to_le32(NVME_EFFECT_CSUPP |
				    (features[i].flags & FEATURE_NS ?
					     NVME_EFFECT_SCOPE_NS :
					     NVME_EFFECT_SCOPE_CTRL));
	return 1024;
}

void vkv_features_init(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		dev->features->saved[i] = features[i].initial;
	vkv_features_reset(dev);
}

void vkv_features_start(struct vkv_dev *dev, u64 now)
{
	dev->features->now.timestamp_at = now;
}

static void reset_namespaces(struct vkv_dev *dev)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++) {
		dev->ns[i].kv_config = 0;
		dev->ns[i].error_recovery = 0;
	}
}

void vkv_features_reset(struct vkv_dev *dev)
{
	unsigned int i;

	memset(&dev->features->now, 0, sizeof(dev->features->now));
	memcpy(dev->features->now.value, dev->features->saved,
	       sizeof(dev->features->now.value));
	dev->features->now.timestamp_at = dev->now;
	reset_namespaces(dev);
	for (i = 0; i < VKV_NR_VECTORS; i++)
		vkv_irq_set_exempt(dev, i, false);
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (features[i].apply)
			features[i].apply(dev, dev->features->now.value[i]);
}

static bool has_feature(const struct vkv_ns *ns, const struct feature *f)
{
	return f->flags & (ns->kind == VKV_NS_KV ? FEATURE_KV_NS :
						   FEATURE_BLOCK_NS);
}

/*
 * Finds the namespace, for a feature that belongs to namespaces. For other
 * features the NSID has to be 0 or that of all.
 */
static u16 feature_ns(struct vkv_dev *dev, struct vkv_cmd *cmd,
		      const struct feature *f, bool set)
{
	u32 nsid = vkv_cmd_nsid(cmd);

	if (!(f->flags & FEATURE_NS))
		return set && nsid && nsid != NVME_NSID_ALL ?
			       vkv_reject(cmd, VKV_FIELD_NSID,
					  NVME_SC_NOT_NS_SPECIFIC) :
			       NVME_SC_SUCCESS;
	cmd->ns = vkv_ns_find(dev, nsid);
	if (!cmd->ns)
		return vkv_reject(cmd, VKV_FIELD_NSID,
				  vkv_ns_status(nsid));
	return has_feature(cmd->ns, f) ?
		       NVME_SC_SUCCESS :
		       vkv_reject(cmd, VKV_FIELD_NSID, NVME_SC_INVALID_FIELD);
}

static u32 capabilities(const struct feature *f)
{
	u32 value = CAPABLE_CHANGE;

	if (f->flags & FEATURE_NS)
		value |= CAPABLE_NS;
	if (f->flags & FEATURE_SAVEABLE)
		value |= CAPABLE_SAVE;
	return value;
}

static u16 get_selected(struct vkv_dev *dev, struct vkv_cmd *cmd,
			const struct feature *f, enum select select)
{
	unsigned int i = f - features;
	u16 status = NVME_SC_SUCCESS;

	if (select == SELECT_CURRENT)
		cmd->result = dev->features->now.value[i];
	else if (select == SELECT_SAVED)
		cmd->result = dev->features->saved[i];
	else
		cmd->result = f->initial;
	if (f->get)
		status = f->get(dev, cmd, select, &cmd->result);
	return status == NVME_SC_INVALID_FIELD ?
		       vkv_reject(cmd, FIELD_VALUE, status) :
		       status;
}

u16 vkv_get_features(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct feature *f = find_feature(vkv_cmd_cdw10(cmd));
	enum select select = (vkv_cmd_cdw10(cmd) >> 8) & 7;
	u16 status;

	if (!f)
		return vkv_reject(cmd, FIELD_FID, NVME_SC_INVALID_FIELD);
	if (select > SELECT_CAPABILITIES)
		return vkv_reject(cmd, FIELD_SELECT, NVME_SC_INVALID_FIELD);
	status = feature_ns(dev, cmd, f, false);
	if (status)
		return status;
	if (select != SELECT_CAPABILITIES)
		return get_selected(dev, cmd, f, select);
	cmd->result = capabilities(f);
	return NVME_SC_SUCCESS;
}

static void keep_value(struct vkv_dev *dev, const struct vkv_cmd *cmd,
		       const struct feature *f, u32 value)
{
	dev->features->now.value[f - features] = value;
	if (vkv_cmd_cdw10(cmd) & BIT(31))
		dev->features->saved[f - features] = value;
}

static u16 set_feature(struct vkv_dev *dev, struct vkv_cmd *cmd,
		       const struct feature *f)
{
	u16 status = NVME_SC_SUCCESS;
	u32 value = vkv_cmd_cdw11(cmd);

	if (value & ~f->valid)
		status = NVME_SC_INVALID_FIELD;
	else if (f->set)
		status = f->set(dev, cmd, &value);
	if (status == NVME_SC_INVALID_FIELD)
		return vkv_reject(cmd, FIELD_VALUE, status);
	if (status && status != KEPT)
		return status;
	if (status != KEPT)
		keep_value(dev, cmd, f, value);
	if (f->apply)
		f->apply(dev, value);
	return NVME_SC_SUCCESS;
}

/* Sets a feature of every namespace that has it: the NSID names all. */
static u16 set_feature_all(struct vkv_dev *dev, struct vkv_cmd *cmd,
			   const struct feature *f)
{
	u16 status = NVME_SC_INVALID_FIELD;
	unsigned int i;

	for (i = 0; i < VKV_NR_NAMESPACES; i++) {
		cmd->ns = &dev->ns[i];
		if (vkv_ns_visible(dev, cmd->ns) && has_feature(cmd->ns, f))
			status = set_feature(dev, cmd, f);
	}
	return status;
}

u16 vkv_set_features(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	const struct feature *f = find_feature(vkv_cmd_cdw10(cmd));
	u16 status;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	if (!f)
		return vkv_reject(cmd, FIELD_FID, NVME_SC_INVALID_FIELD);
	if (vkv_cmd_cdw10(cmd) & BIT(31) && !(f->flags & FEATURE_SAVEABLE))
		return vkv_reject(cmd, FIELD_SAVE, NVME_SC_NOT_SAVEABLE);
	if (f->flags & FEATURE_NS && cmd->sqe.nsid == cpu_to_le32(NVME_NSID_ALL))
		return set_feature_all(dev, cmd, f);
	status = feature_ns(dev, cmd, f, true);
	return status ? status : set_feature(dev, cmd, f);
}
