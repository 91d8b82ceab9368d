// SPDX-License-Identifier: GPL-2.0
/*
 * The error information log (log page 01h) and the SMART / health information
 * (log page 02h), and the critical warnings that become events.
 *
 * Counters are of the module's life; a controller reset clears none of them.
 */
#include "admin/health.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "ctrl/dev.h"

#define COMPOSITE_KELVIN 298u
#define SPARE_PERCENT 100u
#define SPARE_THRESHOLD 10u
#define UNIT_512K 1000u		/* SMART data units: thousands of 512 bytes */
#define NS_PER_MINUTE 60000000000ull

u16 vkv_reject(struct vkv_cmd *cmd, u16 field, u16 status)
{
	cmd->location = field | VKV_FIELD_KNOWN;
	return status;
}

void vkv_health_init(struct vkv_dev *dev)
{
	spin_lock_init(&dev->health.lock);
}

static bool is_media_error(u16 status)
{
	return status == NVME_SC_KV_UNRECOVERED ||
	       status == NVME_SC_VENDOR_UNRECOVERED ||
	       status == NVME_SC_WRITE_FAULT || status == NVME_SC_READ_ERROR;
}

static void fill_entry(struct nvme_error_entry *e, const struct vkv_cmd *cmd)
{
	u16 location = cmd->location & VKV_FIELD_KNOWN ?
			       cmd->location & ~VKV_FIELD_KNOWN :
			       0xffff;

	e->sqid = cpu_to_le16(cmd->sq->qid);
	e->cid = cmd->sqe.cid;
	e->status = cpu_to_le16(cmd->status << 1);
	e->location = cpu_to_le16(location);
	e->lba = cpu_to_le64(cmd->req.lba);
	e->nsid = cmd->sqe.nsid;
}

static struct nvme_error_entry *new_entry(struct vkv_health *h)
{
	struct nvme_error_entry *e = &h->error[h->nr_errors++ % VKV_NR_ERRORS];

	lockdep_assert_held(&h->lock);
	memset(e, 0, sizeof(*e));
	e->error_count = cpu_to_le64(h->nr_errors);
	return e;
}

void vkv_health_log(struct vkv_dev *dev, const struct vkv_cmd *cmd)
{
	struct vkv_health *h = &dev->health;

	spin_lock(&h->lock);
	fill_entry(new_entry(h), cmd);
	if (is_media_error(cmd->status))
		h->media_errors++;
	spin_unlock(&h->lock);
}

/* Section 5.16.1.2: all ones where no command is meant. */
void vkv_health_log_alone(struct vkv_dev *dev, u16 status)
{
	struct vkv_health *h = &dev->health;
	struct nvme_error_entry *e;

	spin_lock(&h->lock);
	e = new_entry(h);
	e->sqid = cpu_to_le16(0xffff);
	e->cid = cpu_to_le16(0xffff);
	e->status = cpu_to_le16(status << 1);
	e->location = cpu_to_le16(0xffff);
	spin_unlock(&h->lock);
}

/* Critical warning bits: 0 spare below its threshold, 1 temperature. */
static u8 critical_warnings(const struct vkv_dev *dev)
{
	u8 warnings = 0;

	if (SPARE_PERCENT < SPARE_THRESHOLD)
		warnings |= NVME_SMART_SPARE;
	if (vkv_feature_value(dev, NVME_FEAT_TEMPERATURE) <= COMPOSITE_KELVIN ||
	    dev->feat.under_temperature >= COMPOSITE_KELVIN)
		warnings |= NVME_SMART_TEMPERATURE;
	return warnings;
}

void vkv_health_check(struct vkv_dev *dev)
{
	u8 on = critical_warnings(dev) &
		vkv_feature_value(dev, NVME_FEAT_ASYNC_EVENT);
	u8 begun = on & ~dev->health.reported;

	dev->health.reported = on;
	if (begun & NVME_SMART_TEMPERATURE)
		vkv_event(dev, NVME_AEN_TEMPERATURE);
	if (begun & NVME_SMART_SPARE)
		vkv_event(dev, NVME_AEN_SPARE);
}

/* What the busiest of them says: their times overlap. */
static u64 busy_ns(const struct vkv_dev *dev)
{
	u64 most = 0;
	unsigned int i;

	for (i = 0; i < dev->nr_dispatchers; i++)
		most = max(most, READ_ONCE(dev->dispatcher[i].busy_ns));
	return most;
}

u32 vkv_health_error_page(struct vkv_dev *dev)
{
	struct nvme_error_entry *log = (void *)dev->page;
	struct vkv_health *h = &dev->health;
	bool sanitizing = vkv_sanitize_status(dev);
	u64 i;

	spin_lock(&h->lock);
	for (i = 0; i < min_t(u64, h->nr_errors, VKV_NR_ERRORS); i++) {
		log[i] = h->error[(h->nr_errors - 1 - i) % VKV_NR_ERRORS];
		/* Nothing about user data then (section 8.20, the log's row). */
		if (sanitizing)
			log[i].lba = 0;
	}
	spin_unlock(&h->lock);
	return VKV_NR_ERRORS * sizeof(*log);
}

/* Section 5.16.1.3: rounded up. */
static __le64 data_units(u64 bytes)
{
	return cpu_to_le64(div_u64((bytes >> 9) + UNIT_512K - 1, UNIT_512K));
}

static void fill_errors(struct vkv_dev *dev, struct nvme_smart_log *log)
{
	spin_lock(&dev->health.lock);
	log->media_errors[0] = cpu_to_le64(dev->health.media_errors);
	log->num_err_log_entries[0] = cpu_to_le64(dev->health.nr_errors);
	spin_unlock(&dev->health.lock);
}

u32 vkv_health_smart_page(struct vkv_dev *dev)
{
	struct nvme_smart_log *log = (void *)dev->page;

	log->critical_warning = critical_warnings(dev);
	log->temperature[0] = COMPOSITE_KELVIN & 0xff;
	log->temperature[1] = COMPOSITE_KELVIN >> 8;
	log->avail_spare = SPARE_PERCENT;
	log->spare_thresh = SPARE_THRESHOLD;
	log->data_units_read[0] =
		data_units(vkv_dev_counter(dev, VKV_COUNT_READ_BYTES));
	log->data_units_written[0] =
		data_units(vkv_dev_counter(dev, VKV_COUNT_WRITTEN_BYTES));
	log->host_reads[0] =
		cpu_to_le64(vkv_dev_counter(dev, VKV_COUNT_READS));
	log->host_writes[0] =
		cpu_to_le64(vkv_dev_counter(dev, VKV_COUNT_WRITES));
	log->busy_time[0] =
		cpu_to_le64(div64_u64(busy_ns(dev), NS_PER_MINUTE));
	log->power_cycles[0] = cpu_to_le64(1);
	log->power_on_hours[0] =
		cpu_to_le64(div64_u64(dev->now - dev->created_at,
				      60 * NS_PER_MINUTE));
	fill_errors(dev, log);
	return sizeof(*log);
}
