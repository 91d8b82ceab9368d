// SPDX-License-Identifier: GPL-2.0
/*
 * SMART / health information (base specification, section 5.16.1.3), and the
 * critical warnings that become events.
 *
 * Counters live as long as the module; a controller reset clears none of them.
 */
#include "admin/health.h"

#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "admin/event.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/stats_read.h"
#include "nvme_kv.h"

#define COMPOSITE_KELVIN 298u
#define SPARE_PERCENT 100u
#define SPARE_THRESHOLD 10u
#define UNIT_512K 1000u		/* SMART data units: thousands of 512 bytes */
#define NS_PER_MINUTE 60000000000ull

/* Critical warning bits: 0 spare below its threshold, 1 temperature. */
static u8 critical_warnings(const struct vkv_dev *dev)
{
	const struct vkv_limits *limits = &dev->health->limits;
	u8 warnings = 0;

	if (SPARE_PERCENT < SPARE_THRESHOLD)
		warnings |= NVME_SMART_SPARE;
	if (limits->over <= COMPOSITE_KELVIN ||
	    limits->under >= COMPOSITE_KELVIN)
		warnings |= NVME_SMART_TEMPERATURE;
	return warnings;
}

void vkv_health_set_limits(struct vkv_dev *dev, const struct vkv_limits *limits)
{
	struct vkv_health *h = dev->health;
	u8 on, begun;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	h->limits = *limits;
	on = critical_warnings(dev) & limits->events;
	begun = on & ~h->reported;
	h->reported = on;
	if (begun & NVME_SMART_TEMPERATURE)
		vkv_event(dev, NVME_AEN_TEMPERATURE);
	if (begun & NVME_SMART_SPARE)
		vkv_event(dev, NVME_AEN_SPARE);
}

/* The busiest dispatcher's time: their times overlap. */
static u64 busy_ns(const struct vkv_dev *dev)
{
	u64 most = 0;
	unsigned int i;

	for (i = 0; i < dev->nr_dispatchers; i++)
		most = max(most, READ_ONCE(dev->dispatcher[i].busy_ns));
	return most;
}

/* The specification has them rounded up. */
static __le64 data_units(u64 bytes)
{
	return cpu_to_le64(div_u64((bytes >> 9) + UNIT_512K - 1, UNIT_512K));
}

static void fill_errors(struct vkv_dev *dev, struct nvme_smart_log *log)
{
	u64 errors, media_errors;

	vkv_error_log_counts(dev, &errors, &media_errors);
	log->media_errors[0] = cpu_to_le64(media_errors);
	log->num_err_log_entries[0] = cpu_to_le64(errors);
}

u32 vkv_health_smart_page(struct vkv_dev *dev, struct nvme_smart_log *log)
{
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
