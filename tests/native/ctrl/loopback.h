/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host for the controller in user space: memory with bus addresses, queues,
 * and the rounds of every thread called in turn, so that a test is one thread
 * and repeats exactly.
 */
#ifndef VKV_TESTS_LOOPBACK_H
#define VKV_TESTS_LOOPBACK_H

#include <pthread.h>

#include <linux/types.h>

#include "admin/erase.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/error_log.h"
#include "ctrl/ns.h"
#include "ctrl/queue.h"
#include "ctrl/report.h"
#include "ctrl/stats.h"
#include "ctrl/stats_read.h"
#include "ctrl/worker.h"

#define LOOP_BASE 0x10000000ull	/* bus address of the host's memory */
#define LOOP_PAGE 4096u
#define LOOP_DEPTH 64u
#define LOOP_NR_QUEUES 4u
#define LOOP_COPIES 600u

struct loop_queue {
	struct nvme_sqe *sq;
	struct nvme_cqe *cq;
	u32 size;
	u32 tail;
	u32 head;
	u16 phase;
};

struct loop_thread {
	struct loop *loop;
	unsigned int id;
	pthread_t thread;
};

/* One answer of the device. */
struct loop_answer {
	u16 cid;
	u16 status;
	u32 dw0;
	u32 dw1;
	u16 sq_head;
};

struct loop {
	struct vkv_dev_config cfg;
	struct vkv_dev *dev;
	u8 *mem;
	u64 mem_size;
	u8 *guarded;		/* the device's view of mem, or NULL; see below */
	void (*on_map)(struct loop *l);
	bool borrowed;		/* memory of the caller's */
	u64 used;		/* pages handed out from the bottom */
	u64 now;
	u16 cid;
	bool hold_workers;	/* workers make no rounds */
	bool unreachable;	/* no bus mastering */
	unsigned int maps;	/* mapped and not yet unmapped */
	unsigned int irqs[VKV_NR_VECTORS];
	unsigned int warnings;
	u32 woken;		/* dispatchers, by bit */
	struct loop_queue q[LOOP_NR_QUEUES];
	struct loop_answer other[8];	/* last that loop_do() was not waiting for */
	unsigned int nr_others;

	/* Copies of large values are made when somebody waits for them, and not before. */
	struct {
		bool on;
		bool fail;
		unsigned int nr;	/* begun */
		unsigned int total;	/* made */
		struct loop_copy {
			void *to;
			const void *from;
			u32 len;
		} copy[LOOP_COPIES];
	} offload;

	bool threads;		/* rounds are made by threads of their own */
	bool stop;
	struct loop_thread dispatcher[VKV_NR_DISPATCHERS];
	pthread_t collector;
	struct loop_thread worker[4];
};

/*
 * A device of @size bytes, @workers workers; not enabled. NULL on failure. Its
 * dispatchers, LOOP_DISPATCHERS of them, carry out brief commands up to LOOP_INLINE bytes
 * (both are of the environment; none: 1, and 0).
 */
struct loop *loop_create(u64 size, unsigned int workers);
/* The same with a configuration of the caller's; mem, bar and ops are filled. */
struct loop *loop_create_cfg(const struct vkv_dev_config *cfg);
/*
 * The same over memory of the caller's: mem and bar are filled, too. The host's
 * is @size bytes at @mem; at @guarded, when not NULL, each of its pages is seen
 * again, followed by a page that faults.
 */
struct loop *loop_create_over(const struct vkv_dev_config *cfg, u8 *mem,
			      u8 *guarded, u64 size);
void loop_destroy(struct loop *l);

u32 loop_reg(struct loop *l, unsigned int reg);
void loop_set_reg(struct loop *l, unsigned int reg, u32 value);
void loop_doorbell(struct loop *l, unsigned int qid, bool cq, u32 value);

/* One of every dispatcher, now. */
void loop_dispatchers_round(struct loop *l);

/* @n rounds of everything; with threads, only a pause. */
void loop_rounds(struct loop *l, unsigned int n);

/* The dispatchers, the workers (up to 4) and the collector, each a thread. */
void loop_start_threads(struct loop *l);
void loop_stop_threads(struct loop *l);

/* Admin queue, CC.EN with @css, and I/O queues 1 to @queues: 0 or -1. */
int loop_enable_css(struct loop *l, unsigned int css, unsigned int queues);
int loop_enable(struct loop *l, unsigned int queues);
int loop_disable(struct loop *l);

/* An I/O completion queue and its submission queue: 0 or -1. */
int loop_create_queue(struct loop *l, unsigned int qid);

/* Pages of host memory, zeroed: their bus address. They are never freed. */
u64 loop_pages(struct loop *l, unsigned int n);
void *loop_at(struct loop *l, u64 addr);

/* Submits without waiting; fills the CID. */
u16 loop_submit(struct loop *l, unsigned int qid, struct nvme_sqe *sqe);
/* Takes a completion if there is one. */
bool loop_poll(struct loop *l, unsigned int qid, struct loop_answer *a);
/* Submits and waits; status ~0 when nothing came. */
struct loop_answer loop_do(struct loop *l, unsigned int qid,
			   struct nvme_sqe *sqe);

#endif
