/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The device behind the seam of vkv.h: what the controller's files share.
 *
 * Threads: one dispatcher owns the registers, the queues' creation and
 * deletion, the doorbells, fetching and the admin commands. Each worker owns
 * the commands it was handed until it completes them. A completion queue is
 * shared by everybody who completes to it, under its lock. Everything else
 * that crosses threads says so beside its field.
 */
#ifndef VKV_DEV_H
#define VKV_DEV_H

#include <asm/byteorder.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "kv_ftl.h"
#include "kv_timing.h"
#include "nvme_kv.h"
#include "vkv.h"

#define VKV_PAGE 4096u
#define VKV_MDTS 9u				/* 2 MiB */
#define VKV_QUEUE_DEPTH 1024u			/* CAP.MQES + 1 */
#define VKV_NR_CMDS 4096u			/* a power of two */
#define VKV_NR_AERS 4u				/* AERL + 1 */
#define VKV_NR_ERRORS 64u			/* ELPE + 1 */
#define VKV_NR_EVENTS 16u
#define VKV_NR_FEATURES 16u
#define VKV_LBA_SHIFT 9
#define VKV_UNIT_SHIFT 12			/* block units in the FTL */
#define VKV_UNIT (1u << VKV_UNIT_SHIFT)

struct vkv_cmd;
struct vkv_ns;
struct vkv_iter;

enum vkv_sq_state {
	VKV_SQ_LIVE,
	VKV_SQ_DELETING,	/* commands end at once, posted where there is room */
	VKV_SQ_DROPPING,	/* reset: commands end at once, nothing is posted */
};

/* A completion queue. */
struct vkv_cq {
	u16 qid;
	u16 size;			/* entries */
	u16 vector;
	bool irq;
	u16 nr_sqs;			/* dispatcher only */
	u16 head;			/* written by the dispatcher */
	u32 bad_doorbell;		/* last bad value reported, plus one */
	spinlock_t lock;		/* protects tail, phase, the entries */
	u16 tail;
	u16 phase;
	void *page[];
};

/* A submission queue. */
struct vkv_sq {
	u16 qid;
	u16 size;			/* entries */
	u16 head;			/* written by the dispatcher */
	u16 tail;			/* dispatcher only */
	u32 bad_doorbell;		/* last bad value reported, plus one */
	u8 state;			/* enum vkv_sq_state; the dispatcher's */
	atomic_t inflight;		/* commands fetched and not yet gone */
	struct vkv_cq *cq;
	struct vkv_cmd *deleting;	/* the admin command that waits for us */
	void *page[];
};

/* A host buffer described by PRPs, walked front to back; see prp.c. */
struct vkv_xfer {
	struct vkv_dev *dev;
	u64 addr;			/* next byte */
	u32 in_page;			/* bytes left of the current page */
	u32 left;			/* bytes in the pages after it */
	u64 prp2;
	u64 list;			/* next list entry, once a list is walked */
	bool listed;
};

/**
 * struct vkv_opcode - one row of an opcode table
 * @opcode: NVMe opcode
 * @name: for people
 * @effects: for the commands supported and effects log
 * @decode: checks every field of the entry and fills the command's request;
 *	runs in the dispatcher; returns an NVMe status. Admin commands are
 *	carried out here, too
 * @exec: carries the request out; runs in a worker; returns 0, a negative
 *	errno, or a positive NVMe status; -EAGAIN parks the command for the next
 *	round
 */
struct vkv_opcode {
	u8 opcode;
	const char *name;
	u32 effects;
	u16 (*decode)(struct vkv_dev *dev, struct vkv_cmd *cmd);
	int (*exec)(struct vkv_worker *w, struct vkv_cmd *cmd);
};

/* A command set: its opcodes, and what an errno means in it. */
struct vkv_command_set {
	const struct vkv_opcode *ops;
	unsigned int nr;
	u16 (*status)(int err);
};

/* Directions and kinds counted in the statistics. */
enum vkv_counter {
	VKV_COUNT_READS,
	VKV_COUNT_WRITES,
	VKV_COUNT_READ_BYTES,
	VKV_COUNT_WRITTEN_BYTES,
	VKV_COUNT_OTHERS,
	VKV_COUNT_ERRORS,
	VKV_NR_COUNTERS,
};

/* A command from fetch to completion. */
struct vkv_cmd {
	struct nvme_sqe sqe;		/* the one copy of the host's entry */
	struct vkv_sq *sq;
	const struct vkv_command_set *set;
	const struct vkv_opcode *op;
	struct vkv_ns *ns;
	u64 arrival;			/* ns */
	u64 due;			/* ns, from the timing model */
	u32 result;			/* completion DW0 */
	u32 result1;			/* completion DW1 */
	u16 status;
	u16 location;			/* field in error, for the error log */
	bool executed;			/* only its completion is left */
	bool progressed;		/* -EAGAIN, but it got on */

	/* The request, dialect-free. */
	struct {
		u8 keyspace;
		u8 key_len;		/* 0: none */
		bool key_by_prp;
		u8 key[16];
		u8 option;
		u32 flags;		/* of enum vkv_store_flags */
		u32 offset;		/* into the value, bytes */
		u32 len;		/* bytes to move */
		u64 lba;
		u64 nr_lbas;
		u64 progress;		/* bytes a parked command has done */
		u32 count;		/* keys it has returned */
	} req;

	struct vkv_footprint fp;
	struct list_head link;		/* parked, held, or pending admin */
	struct llist_node free;
};

/* Ring from the dispatcher to one worker: each index has one writer. */
struct vkv_ring {
	u32 produced ____cacheline_aligned_in_smp;
	u32 filled;			/* dispatcher's, not yet published */
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
	struct vkv_ring ring;
	u64 now;			/* of this round */

	struct list_head parked;	/* to be executed again */
	struct list_head held;		/* executed, their CQ is full */
	struct vkv_cmd **heap;		/* executed, by due time */
	unsigned int nr_heap;

	/* Scratch of the command being executed. */
	struct vkv_view view;
	struct vkv_txn txn[NVME_VENDOR_BATCH_MAX];
	u8 key[VKV_KEY_MAX + 1];
	u8 buf[VKV_UNIT] __aligned(8);
	u8 ranges[VKV_UNIT] __aligned(8);
	u8 batch_key[NVME_VENDOR_BATCH_MAX][VKV_KEY_MAX + 1];
	struct vkv_scan scan;

	unsigned int since_wake;	/* stores since the collector was woken */
	unsigned int nr_jobs;		/* iterators that delete for us */
	u64 counter[VKV_NR_COUNTERS];	/* written by this worker only */
};

struct vkv_ns {
	u32 nsid;
	enum vkv_ns_kind kind;
	u64 cap;			/* bytes, at most the pool's */
	bool capped;			/* less than the pool's */
	u64 nr_lbas;			/* block */
	u8 keyspace;			/* of standard, or vendor keyspace 1 */
	u8 keyspace0;			/* vendor keyspace 0 */
	u8 keyspace_block;
	u32 kv_config;			/* feature 20h */
	u32 error_recovery;		/* feature 05h */
	u8 nguid[16];
};

enum vkv_iter_type {
	VKV_ITER_KEY = 1,
	VKV_ITER_KEY_VALUE = 2,
	VKV_ITER_DELETE = 3,
};

/* A vendor iterator; the state and its fields change under dev->iter_lock. */
struct vkv_iter {
	bool open;
	struct vkv_cmd *owner;		/* whose the cursor is now */
	bool eof;
	enum vkv_iter_type type;
	u8 keyspace;
	u8 vendor_keyspace;		/* 0 or 1, as the host names it */
	u32 prefix;			/* as the host's u32 */
	u32 mask;
	struct vkv_worker *worker;	/* of a delete iterator */
	struct vkv_cursor cursor;
	struct vkv_cursor begin;	/* where the owner found it */
};

enum vkv_ctrl_state {
	VKV_CTRL_DISABLED,
	VKV_CTRL_READY,
	VKV_CTRL_SHUTTING,		/* CC.SHN set, commands draining */
	VKV_CTRL_SHUT,
	VKV_CTRL_RESETTING,		/* CC.EN cleared, commands draining */
	VKV_CTRL_FATAL,			/* CSTS.CFS, until CC.EN is cleared */
};

/* What features remember; reset with the controller. */
struct vkv_features {
	u32 value[VKV_NR_FEATURES];	/* by place in admin.c's table */
	u16 under_temperature;		/* kelvin; the over one is in value[] */
	u64 irq_uncoalesced[VKV_NR_VECTORS / 64];
	u8 host_id[16];
	u64 timestamp;			/* ms, as the host set it */
	u64 timestamp_at;		/* ns, when */
	u8 timestamp_origin;
};

struct vkv_dev {
	struct vkv_dev_config cfg;
	struct vkv_ftl *ftl;
	struct vkv_timing *timing;
	struct vkv_ns ns[VKV_NR_NAMESPACES];
	unsigned int nr_ns;

	/* Dispatcher only. */
	enum vkv_ctrl_state state;
	u32 cc;				/* as last acted on */
	u32 csts;
	u64 cap;
	u64 now;
	struct vkv_sq *sq[VKV_NR_QUEUES];
	unsigned int nr_sq_slots;	/* highest SQ in use, plus one */
	unsigned int nr_cq_slots;
	unsigned int next_worker;
	struct vkv_cq *cq[VKV_NR_QUEUES];
	struct list_head aers;		/* held Asynchronous Event Requests */
	unsigned int nr_aers;
	struct list_head held;		/* completed by us, their CQ is full */
	struct list_head deleting;	/* Delete I/O SQ, waiting for commands */
	u32 event[VKV_NR_EVENTS];
	unsigned int nr_events;
	u32 events_masked;		/* types reported and not yet read */
	struct vkv_features feat;
	u64 power_cycles;
	u64 created_at;
	u8 *page;			/* 4 KiB, for pages handed to the host */

	bool drain;			/* written by the dispatcher, read by all:
					 * queues are going away */
	struct vkv_cmd *cmds;
	struct llist_node *cmds_here;	/* dispatcher's free commands */
	struct llist_head cmds_back;	/* given back by anybody */

	spinlock_t iter_lock;		/* protects iter[], not their cursors */
	struct vkv_iter iter[NVME_VENDOR_NR_ITERATORS];

	spinlock_t error_lock;		/* protects error[], nr_errors */
	struct nvme_error_entry error[VKV_NR_ERRORS];
	u64 nr_errors;

	u64 admin_commands;
	struct vkv_worker *worker[VKV_NR_WORKERS];
};

/* ctrl.c */
bool vkv_ctrl_round(struct vkv_dev *dev);
void vkv_ctrl_fatal(struct vkv_dev *dev, const char *why);
void vkv_ctrl_reset_registers(struct vkv_dev *dev);

/* queue.c */
int __must_check vkv_cq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
			       u16 vector, bool irq);
int __must_check vkv_sq_create(struct vkv_dev *dev, u16 qid, u32 size, u64 addr,
			       struct vkv_cq *cq);
void vkv_sq_free(struct vkv_dev *dev, u16 qid);
void vkv_cq_free(struct vkv_dev *dev, u16 qid);
bool __must_check vkv_cq_post(struct vkv_dev *dev, const struct vkv_cmd *cmd);
bool vkv_doorbells_round(struct vkv_dev *dev);

/* prp.c */
void vkv_xfer_init(struct vkv_xfer *x, struct vkv_dev *dev,
		   const struct nvme_sqe *sqe, u32 len);
void vkv_xfer_init_key(struct vkv_xfer *x, struct vkv_dev *dev,
		       const struct nvme_sqe *sqe, u32 len);
int __must_check vkv_xfer_to_host(struct vkv_xfer *x, const void *buf, u32 len);
int __must_check vkv_xfer_from_host(struct vkv_xfer *x, void *buf, u32 len);
int __must_check vkv_xfer_skip(struct vkv_xfer *x, u32 len);
int __must_check vkv_xfer_zero(struct vkv_xfer *x, u32 len);
u16 vkv_xfer_status(int err);

/* engine.c */
struct vkv_cmd *vkv_cmd_alloc(struct vkv_dev *dev, struct vkv_sq *sq);
void vkv_drain_begin(struct vkv_dev *dev);
void vkv_cmd_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);
void vkv_cmd_complete(struct vkv_dev *dev, struct vkv_cmd *cmd, u16 status,
		      struct list_head *held);
bool vkv_cmds_retry(struct vkv_dev *dev, struct list_head *held);
void vkv_cmds_drop(struct vkv_dev *dev, struct list_head *list);
u64 vkv_dev_counter(const struct vkv_dev *dev, enum vkv_counter counter);

/* admin.c, identify.c, log.c */
void vkv_admin_dispatch(struct vkv_dev *dev, struct vkv_cmd *cmd);
bool vkv_admin_round(struct vkv_dev *dev);
void vkv_admin_drop(struct vkv_dev *dev);
void vkv_features_reset(struct vkv_dev *dev);
void vkv_event(struct vkv_dev *dev, u32 event);
void vkv_event_read(struct vkv_dev *dev, u8 log);
u16 vkv_admin_to_host(struct vkv_dev *dev, struct vkv_cmd *cmd, const void *buf,
		      u32 len);
extern const struct vkv_command_set vkv_admin_set;
u16 vkv_identify(struct vkv_dev *dev, struct vkv_cmd *cmd);
u16 vkv_get_log(struct vkv_dev *dev, struct vkv_cmd *cmd);
u64 vkv_ns_used(const struct vkv_dev *dev, const struct vkv_ns *ns);
struct vkv_ns *vkv_ns_find(struct vkv_dev *dev, u32 nsid);
bool vkv_ns_visible(const struct vkv_dev *dev, const struct vkv_ns *ns);

/* io.c, block.c, vendor.c, standard.c, iterator.c */
u16 vkv_io_decode(struct vkv_dev *dev, struct vkv_cmd *cmd);
int vkv_io_exec(struct vkv_worker *w, struct vkv_cmd *cmd);
void vkv_worker_count(struct vkv_worker *w, enum vkv_counter counter, u64 n);
int vkv_kv_key(struct vkv_worker *w, struct vkv_cmd *cmd, struct vkv_key *key);
int vkv_kv_store(struct vkv_worker *w, struct vkv_cmd *cmd);
int vkv_kv_retrieve(struct vkv_worker *w, struct vkv_cmd *cmd);
int vkv_kv_delete(struct vkv_worker *w, struct vkv_cmd *cmd);
int vkv_kv_exist(struct vkv_worker *w, struct vkv_cmd *cmd);
bool vkv_ns_has_room(struct vkv_worker *w, const struct vkv_ns *ns,
		     const struct vkv_key *key, u64 len, bool append);
u16 vkv_vendor_keyspace(struct vkv_dev *dev, struct vkv_cmd *cmd);
u16 vkv_iter_decode_request(struct vkv_dev *dev, struct vkv_cmd *cmd);
u16 vkv_iter_decode_read(struct vkv_dev *dev, struct vkv_cmd *cmd);
int vkv_iter_exec_request(struct vkv_worker *w, struct vkv_cmd *cmd);
int vkv_iter_exec_read(struct vkv_worker *w, struct vkv_cmd *cmd);
bool vkv_iter_job(struct vkv_worker *w);
void vkv_iter_drop(struct vkv_dev *dev, const struct vkv_cmd *cmd);
void vkv_iter_close_all(struct vkv_dev *dev);
extern const struct vkv_command_set vkv_block_set;
extern const struct vkv_command_set vkv_vendor_set;
extern const struct vkv_command_set vkv_standard_set;

#endif
