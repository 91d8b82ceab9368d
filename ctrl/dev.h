/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device behind the seam of vkv.h: types only. Each part has a structure of
 * its own, which stands in the header of the file that owns it.
 *
 * Threads: the first dispatcher ("the dispatcher") owns the registers, the
 * creation and deletion of queues, and the admin commands. There may be other
 * dispatchers; each one polls the doorbells of some I/O queues and fetches from
 * them (ctrl/dispatcher.c). A worker owns the commands that it was handed until
 * it completes them. A completion queue is shared by all threads that complete
 * to it, under its lock. Every other field that crosses threads has a comment
 * that says so.
 */
#ifndef VKV_DEV_H
#define VKV_DEV_H

#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "admin/change.h"
#include "ctrl/command.h"
#include "ctrl/ctrl.h"
#include "ctrl/doorbell.h"
#include "ctrl/irq.h"
#include "ctrl/ns.h"
#include "ctrl/opcode.h"
#include "ctrl/queue.h"
#include "ctrl/quiesce.h"
#include "vkv.h"

#define VKV_PAGE 4096u		/* of host memory, and of the BAR */

struct vkv_abort_queue;
struct vkv_admin;
struct vkv_collector;
struct vkv_dispatcher;
struct vkv_erase;
struct vkv_error_log;
struct vkv_events;
struct vkv_features;
struct vkv_ftl;
struct vkv_health;
struct vkv_iters;
struct vkv_report;
struct vkv_stats;
struct vkv_timing;
struct vkv_worker;

struct vkv_dev {
	struct vkv_dev_config cfg;
	struct vkv_ftl *ftl;
	struct vkv_timing *timing;	/* see vkv_dev_timing() */
	struct vkv_opcodes opcodes;
	struct vkv_ns ns[VKV_NR_NAMESPACES]; /* by NSID - 1 */
	struct vkv_spare spare;		/* the dispatcher's */

	/* The dispatcher's. */
	u64 now;			/* ns, of its round */
	u64 created_at;			/* ns, of its first round */
	struct vkv_ctrl ctrl;
	struct vkv_queues queues;
	struct vkv_admin *admin;
	struct vkv_abort_queue *aborts;
	struct vkv_events *events;
	struct vkv_features *features;
	struct vkv_health *health;

	/* Shared by threads, as these structures say. */
	struct vkv_quiesce quiesce;
	struct vkv_doorbells doorbells;
	struct vkv_irqs irqs;
	struct vkv_cmd_table cmds;
	struct vkv_error_log *errors;
	struct vkv_erase *erase;
	struct vkv_iters *iters;
	struct vkv_stats *stats;
	struct vkv_report *report;
	struct vkv_changes changes;
	struct mutex tables;		/* held by other threads that read statistics */

	struct vkv_collector *collector;
	/*
	 * First those with a thread, then the dispatchers' own, if there are
	 * any.
	 */
	unsigned int nr_workers;
	struct vkv_worker *worker[VKV_NR_WORKERS + VKV_NR_DISPATCHERS];
	unsigned int nr_dispatchers;
	struct vkv_dispatcher *dispatcher;
};

/*
 * The timing. The dispatcher may put another one in its place. So other threads of
 * the device look at it anew in each round, and all others hold vkv_dev.tables.
 */
static inline struct vkv_timing *vkv_dev_timing(const struct vkv_dev *dev)
{
	return READ_ONCE(dev->timing);
}

#endif
