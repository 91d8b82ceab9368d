// SPDX-License-Identifier: GPL-2.0
/*
 * Asynchronous events: those that are to be reported, and the requests that
 * wait to report them.
 *
 * An event is queued when it happens, and leaves with the oldest request as
 * soon as there is one and its type is not masked.
 */
#include "admin/event.h"

#include <linux/kernel.h>
#include <linux/string.h>

#include "admin.h"
#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"

void vkv_events_init(struct vkv_dev *dev)
{
	INIT_LIST_HEAD(&dev->events->requests);
}

static unsigned int event_type(u32 event)
{
	return event & 7;
}

/* The first event that may be reported; nr_events when there is none. */
static unsigned int next_event(const struct vkv_events *e)
{
	unsigned int i;

	for (i = 0; i < e->nr; i++)
		if (!(e->masked & BIT(event_type(e->queue[i]))))
			break;
	return i;
}

static u32 take_event(struct vkv_events *e, unsigned int i)
{
	u32 event = e->queue[i];

	e->nr--;
	memmove(&e->queue[i], &e->queue[i + 1],
		(e->nr - i) * sizeof(e->queue[0]));
	e->masked |= BIT(event_type(event));
	e->log[event_type(event)] = event >> 16;
	return event;
}

static void deliver_events(struct vkv_dev *dev)
{
	struct vkv_events *e = dev->events;
	struct vkv_cmd *cmd;
	unsigned int i;

	while (e->nr_requests && (i = next_event(e)) < e->nr) {
		cmd = list_first_entry(&e->requests, struct vkv_cmd, link);
		vkv_event_take(dev, cmd);
		cmd->result = take_event(e, i);
		vkv_cmd_complete(dev, cmd, NVME_SC_SUCCESS, &dev->admin->held);
	}
}

void vkv_event(struct vkv_dev *dev, u32 event)
{
	struct vkv_events *e = dev->events;
	unsigned int i;

	vkv_dispatcher_assert(&dev->dispatcher[0]);
	VKV_ASSERT(e->nr <= VKV_NR_EVENTS);
	for (i = 0; i < e->nr; i++)
		if (e->queue[i] == event)
			return;
	if (e->nr == VKV_NR_EVENTS)
		return;
	e->queue[e->nr++] = event;
	deliver_events(dev);
}

void vkv_event_read(struct vkv_dev *dev, u8 log)
{
	struct vkv_events *e = dev->events;
	unsigned int type;

	for (type = 0; type < ARRAY_SIZE(e->log); type++)
		if (e->log[type] == log)
			e->masked &= ~BIT(type);
	deliver_events(dev);
}

u16 vkv_event_request(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	struct vkv_events *e = dev->events;

	if (e->nr_requests == VKV_NR_AERS)
		return NVME_SC_AER_LIMIT;
	list_add_tail(&cmd->link, &e->requests);
	e->nr_requests++;
	deliver_events(dev);
	return VKV_HELD;
}

bool vkv_event_take(struct vkv_dev *dev, struct vkv_cmd *cmd)
{
	if (!vkv_list_take(&dev->events->requests, cmd))
		return false;
	dev->events->nr_requests--;
	return true;
}

void vkv_events_reset(struct vkv_dev *dev)
{
	struct vkv_events *e = dev->events;

	vkv_cmds_drop(dev, &e->requests);
	e->nr_requests = 0;
	e->nr = 0;
	e->masked = 0;
}
