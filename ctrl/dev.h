/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device behind the seam of vkv.h: what the controller's files share.
 *
 * Threads: the dispatcher owns the registers, the queues' creation and
 * deletion, and the admin commands. It may have others beside it; each of them,
 * itself included, looks at the doorbells of some I/O queues and fetches from
 * them (dispatcher.c says what they have to do with one another). Each worker
 * owns the commands it was handed until it completes them. A completion queue is
 * shared by everybody who completes to it, under its lock. Everything else
 * that crosses threads says so beside its field.
 */
#ifndef VKV_DEV_H
#define VKV_DEV_H

#include <asm/byteorder.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "admin/abort.h"
#include "admin.h"
#include "admin/erase.h"
#include "admin/event.h"
#include "admin/feature.h"
#include "admin/health.h"
#include "io.h"
#include "ctrl/irq.h"
#include "io/iterator.h"
#include "kv_ftl.h"
#include "timing/timing.h"
#include "nvme_kv.h"
#include "ctrl/prp.h"
#include "ctrl/queue.h"
#include "ctrl/stats.h"
#include "vkv.h"

#define VKV_PAGE 4096u
#define VKV_MDTS 9u				/* 2 MiB */
#define VKV_QUEUE_DEPTH 1024u			/* CAP.MQES + 1 */
#define VKV_NR_CMDS 4096u			/* of a dispatcher; a power of two */
#define VKV_NR_ADMIN_CMDS 64u			/* on top of them */
#define VKV_ENDED_MAX 32u			/* completions posted at once */
#define VKV_NR_AERS 4u				/* AERL + 1 */
#define VKV_NR_ABORTS 4u			/* ACL + 1 */
#define VKV_NR_EVENTS 16u
#define VKV_KEEP_ALIVE_MS 100u			/* KAS in ms */
#define VKV_LBA_SHIFT 9
#define VKV_UNIT_SHIFT 12			/* block units in the FTL */
#define VKV_UNIT (1u << VKV_UNIT_SHIFT)

/* A command from fetch to completion. */
struct vkv_cmd {
	struct nvme_sqe sqe;		/* the one copy of the host's entry */
	struct vkv_sq *sq;
	u64 arrival;			/* ns */
	struct list_head link;		/* parked, held, or pending admin */
	struct llist_node free;
	struct vkv_cmd *target;		/* an Abort's */
	bool live;			/* false: ended, and nobody's; see abort.c */
	bool abort;			/* end it; written by the dispatcher */

	/* From here to the key set or zeroed at the fetch: vkv_cmd_alloc(). */
	u16 row;			/* who counts it: stats.c */
	u16 status;
	u16 location;			/* of vkv_reject(), for the error log */
	u8 lookup;			/* of enum vkv_lookup */
	bool executed;			/* only its completion is left */
	bool aborted;			/* ended so; written by the owner */
	bool progressed;		/* -EAGAIN, but it got on */
	bool timed;			/* a model says when it is due */
	bool indexed;			/* it has read the index */
	const struct vkv_way *way;	/* NULL for admin commands */
	const struct vkv_opcode *op;
	struct vkv_ns *ns;
	struct vkv_worker *worker;	/* NULL: the dispatcher's */
	u64 begun;			/* ns, its execution; 0 before */
	u64 ended;			/* ns, ready to be posted; set then */
	u64 bytes;			/* of values and blocks moved */
	u64 due;			/* ns, from the timing model; 0 without */
	u32 result;			/* completion DW0 */
	u32 result1;			/* completion DW1 */

	/* The request, dialect-free. */
	struct {
		struct vkv_key key;	/* length 0: none; hash 0: not computed */
		bool key_by_prp;	/* its bytes are the host's */
		u8 option;
		u32 flags;		/* of enum vkv_store_flags */
		u32 offset;		/* into the value, bytes */
		u32 len;		/* bytes to move */
		u64 lba;
		u64 nr_lbas;
		u64 progress;		/* bytes or stores a parked command has done */
		u64 aside;		/* bytes charged for what it has to do */
		u32 count;		/* keys it has returned */
		u8 key_bytes[16];
	} req;

	struct vkv_latency latency;	/* of the model: due - arrival, if above 0 */
};

/* Commands that have ended and are posted together; one owner. */
struct vkv_ended {
	unsigned int nr;
	struct vkv_cmd *cmd[VKV_ENDED_MAX];
};

/* Ring from a dispatcher to one worker: each index has one writer. */
struct vkv_ring {
	u32 produced ____cacheline_aligned_in_smp;
	u32 filled;			/* dispatcher's, not yet published */
	u32 seen;			/* @consumed, when this burst was fetched */
	u32 consumed ____cacheline_aligned_in_smp;
	struct vkv_cmd *slot[VKV_NR_CMDS];
};

/* A paused walk over the keys of a keyspace (List). */
struct vkv_scan {
	struct vkv_cmd *owner;
	struct vkv_cursor cursor;
	u32 bytes;
	u32 count;
};

struct vkv_worker {
	struct vkv_dev *dev;
	unsigned int id;
	struct vkv_ftl_ctx *ctx;
	struct vkv_ring *ring[VKV_NR_DISPATCHERS];	/* one from each */
	unsigned int nr_rings;
	u64 now;			/* of this round */
	u32 fenced;			/* @fence at the begin of a round */
	bool wary;			/* some commands are not to be executed */

	struct list_head parked;	/* to be executed again */
	struct list_head held;		/* executed, their CQ is full */
	struct vkv_ended ended;		/* empty between rounds */
	struct vkv_cmd **heap;		/* executed, by due time */
	unsigned int nr_heap;

	/* Of the command being executed. */
	struct vkv_cmd *cmd;
	struct vkv_footprint fp;	/* since it was last charged */

	/* Its scratch. */
	struct vkv_view view;
	struct vkv_txn txn[NVME_VENDOR_BATCH_MAX];
	u8 key[VKV_KEY_MAX + 1];
	u8 buf[VKV_UNIT] __aligned(8);
	u8 ranges[VKV_UNIT] __aligned(8);
	u8 batch_key[NVME_VENDOR_BATCH_MAX][VKV_KEY_MAX + 1];
	struct vkv_scan scan;
	struct vkv_touch touch[VKV_TOUCHES];

	u64 irq_due;			/* ns, see irq.c */
	u64 irq_armed[VKV_NR_VECTORS / 64];

	unsigned int since_wake;	/* stores since the collector was woken */
	unsigned int nr_jobs;		/* iterators that delete for us */
	struct vkv_stats *stats;	/* written by this worker only */

	/* Written by the dispatcher. */
	bool sweep ____cacheline_aligned_in_smp; /* end what is to end, each round */
	u32 fence;			/* asked for: see vkv_fence_begin() */
};

/**
 * struct vkv_collector - what the collector charges; its thread only
 * @dev: the device
 * @fp: what its step touched
 * @touch: where
 * @now: of this round, ns
 * @due: when the media has done what was charged, ns
 */
struct vkv_collector {
	struct vkv_dev *dev;
	struct vkv_footprint fp;
	struct vkv_touch touch[VKV_TOUCHES];
	u64 now;
	u64 due;
};

struct vkv_ns {
	u32 nsid;
	enum vkv_ns_kind kind;
	u64 cap;			/* bytes, at most the pool's */
	u64 nr_lbas;			/* block */
	u8 keyspace;			/* of standard, or vendor keyspace 1 */
	u8 keyspace0;			/* block: vendor keyspace 0 */
	u8 keyspace_block;		/* block: its units */
	u8 nr_keyspaces;		/* of these three, from @keyspace on */
	u32 kv_config;			/* feature 20h */
	u32 error_recovery;		/* feature 05h */
	u8 nguid[16];
	u32 identified;			/* Identify commands, since enabled */
	u64 identified_at;		/* ns, the last of them */
	unsigned int first_row;		/* of its opcodes: stats.c */
	bool timed;			/* its model is not "none" */
	const struct vkv_way *ways;	/* of its kind: vkv_dev.way */
};

enum vkv_ctrl_state {
	VKV_CTRL_DISABLED,
	VKV_CTRL_READY,
	VKV_CTRL_SHUTTING,		/* CC.SHN set, commands draining */
	VKV_CTRL_SHUT,
	VKV_CTRL_RESETTING,		/* CC.EN cleared, commands draining */
	VKV_CTRL_FATAL,			/* CSTS.CFS, until CC.EN is cleared */
};

/* What is to be reported, and the requests that wait to report it: event.c. */
struct vkv_events {
	u32 queue[VKV_NR_EVENTS];
	unsigned int nr;
	u32 masked;			/* types reported and not yet read */
	u8 log[8];			/* by type: what to read */
	struct list_head requests;
	unsigned int nr_requests;
};

/* Free commands: one taker, a dispatcher; anybody gives back. */
struct vkv_cmd_pool {
	struct llist_node *here;
	struct llist_head back;
};

/* Who fetches from some of the I/O queues: its thread's, but for what says so. */
struct vkv_dispatcher {
	struct vkv_dev *dev;
	unsigned int id;
	u64 now;			/* ns, of this round */
	unsigned int short_of;		/* SQ that no command was left for, or 0 */
	unsigned int next_worker;
	struct list_head held;		/* I/O commands ended by us, their CQ is full */
	struct vkv_ring *ring;		/* to each worker, and to our own */
	struct vkv_stats *stats;
	bool busy;			/* I/O commands were in flight in this round */
	u64 busy_ns;

	/*
	 * Perhaps there is a worker that is ours: it makes its rounds as a part of
	 * our own.
	 */
	struct vkv_worker *own;
	struct vkv_worker *only;	/* when there is no choice, else NULL */

	struct vkv_cmd_pool pool ____cacheline_aligned_in_smp;	/* anybody's */
	bool fetching ____cacheline_aligned_in_smp; /* read by the first: vkv_pause() */
};

struct vkv_dev {
	struct vkv_dev_config cfg;
	struct vkv_ftl *ftl;
	struct vkv_timing *timing;
	struct vkv_collector collector;
	struct vkv_ns ns[VKV_NR_NAMESPACES];
	unsigned int nr_ns;

	/* Dispatcher only. */
	enum vkv_ctrl_state state;
	bool function_reset;		/* set by any, taken by the dispatcher */
	u32 cc;				/* as last acted on */
	u32 csts;
	u64 cap;
	u64 now;
	struct vkv_way way[VKV_NR_NS_KINDS][256];	/* by opcode */
	struct vkv_sq *sq[VKV_NR_QUEUES];
	unsigned int nr_sq_slots;	/* highest SQ in use, plus one */
	unsigned int nr_cq_slots;
	struct vkv_cq *cq[VKV_NR_QUEUES];
	struct vkv_events events;
	struct list_head aborts;	/* Aborts, waiting for their commands */
	unsigned int nr_aborts;
	struct list_head held;		/* admin commands that ended, the CQ is full */
	struct list_head deleting;	/* Delete I/O SQ, waiting for commands */
	struct list_head early;		/* Identify that would overtake another */
	struct vkv_features feat;
	u32 feature_saved[VKV_NR_FEATURES];
	u64 keep_alive_ns;		/* 0: off */
	u64 kept_alive_at;
	u64 created_at;			/* ns, of the first round */
	unsigned int next_unused;	/* doorbell without a queue to look at */
	unsigned int next_register;	/* whose reserved bits to look at */
	u8 *page;			/* 4 KiB, for pages handed to the host */

	bool pause_asked;		/* in this round */

	/* Written by the dispatcher, read by all. */
	bool pause ____cacheline_aligned_in_smp; /* others do not fetch */
	bool drain;			/* queues are going away */
	u32 irq_coalescing;		/* feature 08h, 0: off */
	u64 irq_exempt[VKV_NR_VECTORS / 64];
	struct vkv_irq irq[VKV_NR_VECTORS];

	struct vkv_cmd *cmds;
	unsigned int nr_cmds;
	struct vkv_cmd_pool admin_pool;
	bool bad_doorbell;		/* set by the others, taken by the first */

	spinlock_t iter_lock;		/* protects iter[], not their cursors */
	struct vkv_iter iter[NVME_VENDOR_NR_ITERATORS];

	struct vkv_health health;
	struct vkv_erase erase ____cacheline_aligned_in_smp;

	/* stats.c */
	struct vkv_stats *stats;	/* one a worker, a dispatcher, the collector */
	struct vkv_row *row_base;	/* sums at the last reset */
	unsigned int nr_rows;
	unsigned int nr_dies;
	u64 *die_base;
	struct vkv_usage_base usage_base;
	char *report;			/* text of log page C0h; dispatcher only */
	size_t report_size;

	/* Those of the threads, and perhaps behind them those of the dispatchers. */
	unsigned int nr_workers;
	struct vkv_worker *worker[VKV_NR_WORKERS + VKV_NR_DISPATCHERS];
	unsigned int nr_dispatchers;
	struct vkv_dispatcher *dispatcher;
};

/**
 * vkv_ctrl_round() - act on what the host wrote to the registers
 * @dev: the device
 *
 * Context: dispatcher. Return: true when something changed.
 */
bool vkv_ctrl_round(struct vkv_dev *dev);

/**
 * vkv_ctrl_reset_registers() - the BAR as after power on
 * @dev: the device
 *
 * Context: before the first round.
 */
void vkv_ctrl_reset_registers(struct vkv_dev *dev);

/**
 * vkv_cmds_alloc() - commands from the pool
 * @sq: where their entries come from; they count as in flight
 * @cmd: filled; each is live once its entry is there, which the caller says
 * @nr: how many are wanted
 *
 * Context: dispatcher. Return: how many there are; fewer when all are in use.
 */
unsigned int vkv_cmds_alloc(struct vkv_sq *sq, struct vkv_cmd **cmd,
			    unsigned int nr);

/**
 * vkv_cmd_dispatch() - a fetched command: to the admin handlers, a worker, its end
 * @dev: the device
 * @cmd: its entry is there; not the caller's any more
 *
 * Context: dispatcher.
 */
void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);

/**
 * vkv_rings_look() - how full are the workers' rings?
 * @d: the dispatcher
 *
 * Commands are handed out by what was seen here and what was added since.
 * Context: dispatcher, before it fetches from a queue.
 */
void vkv_rings_look(struct vkv_dispatcher *d);

/**
 * vkv_pause() - nobody else fetches
 * @dev: the device
 *
 * Queues come and go, and entries of the admin queue are carried out, while the
 * dispatchers of other queues leave them alone. They go on after the first round
 * of ours that does not ask for this.
 *
 * Context: the first dispatcher. Return: false while one is still at it; then ask
 * again in the next round.
 */
bool vkv_pause(struct vkv_dev *dev);

/**
 * vkv_worker_waiting() - commands on a worker's rings
 * @w: the worker
 *
 * Context: any.
 */
u32 vkv_worker_waiting(const struct vkv_worker *w);

/**
 * vkv_cmd_complete() - the one way a command ends
 * @dev: the device
 * @cmd: the command; not the caller's any more
 * @status: NVMe status; the command's results are set
 * @held: the caller's list, where it waits when its completion queue is full
 *
 * Context: the thread whose command it is.
 */
void vkv_cmd_complete(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		      struct list_head *held);

/**
 * vkv_cmd_end() - like vkv_cmd_complete(), but posted with others
 * @dev: the device
 * @cmd: the command; not the caller's any more
 * @status: NVMe status; the command's results are set
 * @ended: the caller's; to be flushed in the same round
 * @held: the caller's list
 *
 * Context: the thread whose command it is.
 */
void vkv_cmd_end(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		 struct vkv_ended *ended, struct list_head *held);

/**
 * vkv_cmds_flush() - post what has ended
 * @dev: the device
 * @ended: the caller's; empty afterwards
 * @held: the caller's list
 */
void vkv_cmds_flush(struct vkv_dev *dev, struct vkv_ended *ended,
		    struct list_head *held);

/**
 * vkv_status_is_error() - is this a failure, or an answer?
 * @status: NVMe status
 *
 * Misses of keys are answers, and aborts were asked for.
 */
bool vkv_status_is_error(u16 status);

/**
 * vkv_cmds_retry() - post held completions again
 * @dev: the device
 * @held: the caller's list
 *
 * Return: true when one went.
 */
bool vkv_cmds_retry(struct vkv_dev *dev, struct list_head *held);

/**
 * vkv_cmds_drop() - end the commands whose queues are going away
 * @dev: the device
 * @list: of the caller
 */
void vkv_cmds_drop(struct vkv_dev *dev, struct list_head *list);

/**
 * vkv_list_contains() - is a command on this list?
 * @list: of the caller
 * @cmd: any command
 */
bool vkv_list_contains(const struct list_head *list, const struct vkv_cmd *cmd);

/**
 * vkv_list_take() - take a command from a list
 * @list: of the caller
 * @cmd: any command
 *
 * Return: false when it is not there.
 */
bool vkv_list_take(struct list_head *list, struct vkv_cmd *cmd);

/**
 * vkv_drain_begin() - queues are marked: workers end the commands of them
 * @dev: the device
 *
 * Context: dispatcher.
 */
void vkv_drain_begin(struct vkv_dev *dev);

/**
 * vkv_drain_end() - nothing is left of the marked queues
 * @dev: the device
 *
 * Context: dispatcher.
 */
void vkv_drain_end(struct vkv_dev *dev);

/**
 * vkv_sweeps_update() - tell workers whether they have commands to end early
 * @dev: the device; the drain or the Aborts have changed
 *
 * Context: dispatcher.
 */
void vkv_sweeps_update(struct vkv_dev *dev);

/**
 * vkv_fence_begin() - every worker is to end the round that it is in
 * @dev: the device
 *
 * What the dispatcher wrote before is seen by every round that begins after
 * vkv_fence_passed() says so. Context: dispatcher.
 */
void vkv_fence_begin(struct vkv_dev *dev);

/**
 * vkv_fence_passed() - have they, since vkv_fence_begin()?
 * @dev: the device
 */
bool vkv_fence_passed(const struct vkv_dev *dev);

/**
 * vkv_collector_init() - before the first round
 * @dev: the device; its FTL and timing are there
 */
void vkv_collector_init(struct vkv_dev *dev);

/**
 * vkv_dev_reaches_host() - may host memory be touched?
 * @dev: the device
 *
 * A host that has given up waiting for a reset uses its memory for other things;
 * it takes bus mastering away first. Context: any.
 */
static inline bool vkv_dev_reaches_host(const struct vkv_dev *dev)
{
	return !dev->cfg.ops->reachable ||
	       dev->cfg.ops->reachable(dev->cfg.host);
}

/**
 * vkv_bar_replace() - what the host has written becomes something else
 * @at: in the BAR
 * @from: as it was read
 * @to: instead; not if the host has written again
 *
 * Context: any.
 */
static inline void vkv_bar_replace(__le32 *at, u32 from, u32 to)
{
	cmpxchg((__force u32 *)at, (__force u32)cpu_to_le32(from),
		(__force u32)cpu_to_le32(to));
}

/**
 * vkv_ns_visible() - does the host see a namespace?
 * @dev: the device
 * @ns: one of its namespaces
 *
 * Without CC.CSS = 110b there are only block namespaces. Context: dispatcher.
 */
static inline bool vkv_ns_visible(const struct vkv_dev *dev,
				  const struct vkv_ns *ns)
{
	return ns->kind == VKV_NS_BLOCK ||
	       NVME_CC_CSS(dev->cc) == NVME_CC_CSS_CSI;
}

/**
 * vkv_nsid_is_valid() - is it a namespace's NSID, active or not?
 * @dev: the device
 * @nsid: any
 *
 * Context: any.
 */
static inline bool vkv_nsid_is_valid(const struct vkv_dev *dev, u32 nsid)
{
	return nsid - 1 < dev->nr_ns;
}

/**
 * vkv_ns_find() - a namespace by its NSID, if the host can see it
 * @dev: the device
 * @nsid: any
 *
 * Context: dispatcher. Return: NULL when there is none.
 */
static inline struct vkv_ns *vkv_ns_find(struct vkv_dev *dev, u32 nsid)
{
	struct vkv_ns *ns;

	if (unlikely(!vkv_nsid_is_valid(dev, nsid)))
		return NULL;
	ns = &dev->ns[nsid - 1];
	return vkv_ns_visible(dev, ns) ? ns : NULL;
}

/**
 * vkv_ns_status() - what to say of an NSID that vkv_ns_find() has not found
 * @dev: the device
 * @nsid: which
 *
 * Inactive ones and invalid ones differ (section 3.2.1). Context: any. Return:
 * an NVMe status.
 */
static inline u16 vkv_ns_status(const struct vkv_dev *dev, u32 nsid)
{
	return vkv_nsid_is_valid(dev, nsid) ? NVME_SC_INVALID_FIELD :
					      NVME_SC_INVALID_NS;
}

/**
 * vkv_cmd_in() - a command is of a namespace
 * @cmd: its way is known
 * @ns: which
 *
 * Context: dispatcher.
 */
static inline void vkv_cmd_in(struct vkv_cmd *cmd, struct vkv_ns *ns)
{
	cmd->ns = ns;
	cmd->row = ns->first_row + cmd->way->row;
	cmd->timed = ns->timed;
}

/**
 * vkv_worker_count() - add to a counter
 * @w: this worker
 * @counter: which
 * @n: how much
 */
static inline void vkv_worker_count(struct vkv_worker *w,
				    enum vkv_counter counter, u64 n)
{
	vkv_stats_count(w->stats, counter, n);
}

/**
 * vkv_cmd_moved() - bytes of values or blocks were moved
 * @cmd: for which command
 * @counter: VKV_COUNT_READ_BYTES or VKV_COUNT_WRITTEN_BYTES
 * @n: how many
 *
 * Context: its worker.
 */
static inline void vkv_cmd_moved(struct vkv_cmd *cmd, enum vkv_counter counter,
				 u64 n)
{
	cmd->bytes += n;
	vkv_worker_count(cmd->worker, counter, n);
}

/**
 * vkv_dev_clock() - what time it is
 * @dev: the device
 * @round: time of the round, for hosts without a clock
 *
 * Context: any. Return: ns.
 */
static inline u64 vkv_dev_clock(const struct vkv_dev *dev, u64 round)
{
	return dev->cfg.ops->clock ? dev->cfg.ops->clock(dev->cfg.host) : round;
}

/**
 * vkv_cmd_now() - what time it is for a command
 * @dev: the device
 * @cmd: the command
 *
 * Context: the thread whose command it is. Return: ns, at least
 * its arrival.
 */
static inline u64 vkv_cmd_now(const struct vkv_dev *dev,
			      const struct vkv_cmd *cmd)
{
	u64 now = cmd->worker ? cmd->worker->now :
				vkv_dev_clock(dev, cmd->sq->dispatcher->now);

	return max(now, cmd->arrival);
}

#endif
