/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host for the controller, in user space. It has memory with bus addresses,
 * and queues. The test calls the rounds of every thread in turn. So a test has
 * one thread, and it repeats exactly.
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

/* A completion, as the host sees it. */
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
	u8 *guarded;		/* mem as the device sees it, or NULL */
	void (*on_map)(struct loop *l);
	bool borrowed;		/* the memory is the caller's */
	u64 used;		/* bytes that loop_pages() gave out */
	u64 now;
	u16 cid;
	bool hold_workers;	/* workers make no rounds */
	bool unreachable;	/* no bus mastering */
	unsigned int maps;	/* mapped now */
	unsigned int irqs[VKV_NR_VECTORS];
	unsigned int warnings;
	u32 woken;		/* a bit for each dispatcher */
	struct loop_queue q[LOOP_NR_QUEUES];
	struct loop_answer other[8];	/* others that loop_do() has seen */
	unsigned int nr_others;

	/* A large copy is made when the device waits for it, not before. */
	struct {
		bool on;
		bool fail;
		unsigned int nr;	/* copies begun, not yet made */
		unsigned int total;	/* copies made */
		struct loop_copy {
			void *to;
			const void *from;
			u32 len;
		} copy[LOOP_COPIES];
	} offload;

	bool threads;		/* rounds have threads */
	bool stop;
	struct loop_thread dispatcher[VKV_NR_DISPATCHERS];
	pthread_t collector;
	struct loop_thread worker[4];
};

/*
 * Makes a device with @size bytes of memory and @workers workers. It is not
 * enabled. The environment variable LOOP_DISPATCHERS says how many dispatchers
 * it has (1). They carry out brief commands of up to LOOP_INLINE bytes (0)
 * themselves. LOOP_SIMPLE_BAR=1 is a BAR without atomic accesses. With
 * LOOP_CONFINED=1 the device has a table of mappings (cfg.mappings), in which all
 * of the host's memory is mapped both ways. Returns NULL on failure.
 */
struct loop *loop_create(u64 size, unsigned int workers);
/* Does the same with the caller's configuration. Fills mem, bar and ops. */
struct loop *loop_create_cfg(const struct vkv_dev_config *cfg);
/*
 * Does the same over memory of the caller, who has filled mem and bar, too. The
 * host has @size bytes at @mem. The device sees them at @guarded unless that is
 * NULL. There each page is mapped a second time, followed by a page that
 * faults.
 */
struct loop *loop_create_over(const struct vkv_dev_config *cfg, u8 *mem,
			      u8 *guarded, u64 size);
void loop_destroy(struct loop *l);

u32 loop_reg(struct loop *l, unsigned int reg);
void loop_set_reg(struct loop *l, unsigned int reg, u32 value);
void loop_doorbell(struct loop *l, unsigned int qid, bool cq, u32 value);

/* Each dispatcher makes a round, now. */
void loop_dispatchers_round(struct loop *l);

/* Everything makes @n rounds. With threads, this is only a pause. */
void loop_rounds(struct loop *l, unsigned int n);

/* Starts a thread for each dispatcher, worker (up to 4) and collector. */
void loop_start_threads(struct loop *l);
void loop_stop_threads(struct loop *l);

/*
 * Makes the admin queues, sets CC.EN and @css, and makes the I/O queues 1 to
 * @queues. Returns 0 or -1.
 */
int loop_enable_css(struct loop *l, unsigned int css, unsigned int queues);
int loop_enable(struct loop *l, unsigned int queues);
int loop_disable(struct loop *l);

/* Makes an I/O completion queue and its submission queue. Returns 0 or -1. */
int loop_create_queue(struct loop *l, unsigned int qid);

/* Returns the bus address of zeroed pages. They are never freed. */
u64 loop_pages(struct loop *l, unsigned int n);
void *loop_at(struct loop *l, u64 addr);

/* Submits a command without waiting for it. Fills and returns its CID. */
u16 loop_submit(struct loop *l, unsigned int qid, struct nvme_sqe *sqe);
/* Takes a completion. Returns false if there is none. */
bool loop_poll(struct loop *l, unsigned int qid, struct loop_answer *a);
/* Submits a command and waits. The status is 0xffff if nothing comes. */
struct loop_answer loop_do(struct loop *l, unsigned int qid,
			   struct nvme_sqe *sqe);

#endif
