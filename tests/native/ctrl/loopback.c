// SPDX-License-Identifier: GPL-2.0
#include "native/ctrl/loopback.h"

#include <linux/errno.h>
#include <linux/kernel.h>

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MEM (48u << 20)
#define PATIENCE 2000000u

static void *host_map(void *host, u64 addr)
{
	struct loop *l = host;

	if (addr < LOOP_BASE || addr >= LOOP_BASE + l->mem_size)
		return NULL;
	if (l->unreachable)
		return NULL;
	if (l->on_map)
		l->on_map(l);
	__atomic_fetch_add(&l->maps, 1, __ATOMIC_RELAXED);
	addr -= LOOP_BASE;
	if (l->guarded)
		return l->guarded + addr / LOOP_PAGE * 2 * LOOP_PAGE +
		       addr % LOOP_PAGE;
	return l->mem + addr;
}

static void host_unmap(void *host, void *ptr)
{
	struct loop *l = host;

	(void)ptr;
	__atomic_fetch_sub(&l->maps, 1, __ATOMIC_RELAXED);
}

static void host_raise(void *host, u16 vector)
{
	struct loop *l = host;

	__atomic_fetch_add(&l->irqs[vector], 1, __ATOMIC_RELAXED);
}

static void host_wake(void *host, unsigned int worker)
{
	(void)host;
	(void)worker;
}

static bool host_copy(void *host, struct vkv_offload *o, void *theirs,
		      void *ours, u32 len, bool to_host)
{
	struct loop *l = host;

	if (!l->offload.on || l->offload.nr == LOOP_COPIES)
		return false;
	l->offload.copy[l->offload.nr++] = (struct loop_copy){
		.to = to_host ? theirs : ours,
		.from = to_host ? ours : theirs,
		.len = len,
	};
	o->nr++;
	return true;
}

static int host_copied(void *host, struct vkv_offload *o)
{
	struct loop *l = host;
	unsigned int i;

	for (i = 0; i < l->offload.nr && !l->offload.fail; i++)
		memcpy(l->offload.copy[i].to, l->offload.copy[i].from,
		       l->offload.copy[i].len);
	l->offload.total += i;
	l->offload.nr = 0;
	o->nr = 0;
	return l->offload.fail ? -EIO : 0;
}

static void host_wake_dispatcher(void *host, unsigned int dispatcher)
{
	struct loop *l = host;

	__atomic_fetch_or(&l->woken, 1u << dispatcher, __ATOMIC_RELAXED);
}

static void host_wake_collector(void *host)
{
	(void)host;
}

static void host_warn(void *host, const char *text)
{
	struct loop *l = host;

	(void)text;
	l->warnings++;
}

static u64 clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static u64 host_clock(void *host)
{
	struct loop *l = host;

	return l->threads ? clock_now() : l->now;
}

/*
 * The device calls this in the middle of its rounds. A real thread may lose its
 * CPU there, so now and then this one does, too.
 */
static bool host_reachable(void *host)
{
	static __thread unsigned int asked;
	struct loop *l = host;

	if (l->threads && ++asked % 8 == 0)
		sched_yield();
	return !l->unreachable;
}

static const struct vkv_host_ops host_ops = {
	.map = host_map,
	.unmap = host_unmap,
	.reachable = host_reachable,
	.raise = host_raise,
	.wake = host_wake,
	.wake_dispatcher = host_wake_dispatcher,
	.wake_collector = host_wake_collector,
	.copy = host_copy,
	.copied = host_copied,
	.warn = host_warn,
	.clock = host_clock,
};

static void *pages(u64 size)
{
	void *p = aligned_alloc(LOOP_PAGE, size);

	if (!p)
		abort();
	return p;
}

static struct loop *create(const struct vkv_dev_config *cfg, u8 *mem, u64 size)
{
	struct loop *l = calloc(1, sizeof(*l));

	l->mem_size = size;
	l->mem = mem;
	l->now = 1000000;
	l->cfg = *cfg;
	l->cfg.ops = &host_ops;
	l->cfg.host = l;
	return l;
}

static struct loop *create_device(struct loop *l)
{
	if (!vkv_dev_create(&l->cfg, &l->dev))
		return l;
	l->dev = NULL;
	loop_destroy(l);
	return NULL;
}

struct loop *loop_create_over(const struct vkv_dev_config *cfg, u8 *mem,
			      u8 *guarded, u64 size)
{
	struct loop *l = create(cfg, mem, size);

	l->guarded = guarded;
	l->borrowed = true;
	return create_device(l);
}

/* Reads a setting from the environment. Returns 0 if there is none. */
static u32 wanted(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 0) : 0;
}

/* All of the host's memory is mapped; a test may unmap some of it. */
static void confine(struct loop *l)
{
	if (vkv_mappings_create(1ull << 40, (uintptr_t)l->mem - LOOP_BASE,
				&l->cfg.mappings) ||
	    vkv_mappings_add(l->cfg.mappings, LOOP_BASE, l->mem_size,
			     VKV_BOTH_WAYS))
		abort();
}

struct loop *loop_create_cfg(const struct vkv_dev_config *cfg)
{
	struct loop *l = create(cfg, pages(HOST_MEM), HOST_MEM);

	l->cfg.bar = pages(VKV_BAR_SIZE);
	l->cfg.mem = pages(cfg->mem_size);
	/* A device must not expect that its memory is zeroed. */
	memset(l->cfg.mem, 0xa5, 1 << 20);
	if (wanted("LOOP_CONFINED"))
		confine(l);
	return create_device(l);
}

struct loop *loop_create(u64 size, unsigned int workers)
{
	const struct vkv_dev_config cfg = {
		.mem_size = size,
		.nr_workers = workers,
		.nr_dispatchers = wanted("LOOP_DISPATCHERS"),
		.inline_bytes = wanted("LOOP_INLINE"),
		.bar_simple = wanted("LOOP_SIMPLE_BAR"),
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 }, { VKV_NS_KV, 0 } },
		.nr_ns = 2,
		.seed = { 0x0123456789abcdefull, 0xfedcba9876543210ull },
		.serial = "VKVTEST0",
		.pci_id = 0x1b36,
	};

	return loop_create_cfg(&cfg);
}

void loop_destroy(struct loop *l)
{
	vkv_dev_destroy(l->dev);
	if (!l->borrowed) {
		vkv_mappings_destroy(l->cfg.mappings);
		free(l->cfg.mem);
		free(l->cfg.bar);
		free(l->mem);
	}
	free(l);
}

u32 loop_reg(struct loop *l, unsigned int reg)
{
	return smp_load_acquire((u32 *)((u8 *)l->cfg.bar + reg));
}

void loop_set_reg(struct loop *l, unsigned int reg, u32 value)
{
	smp_store_release((u32 *)((u8 *)l->cfg.bar + reg), value);
}

void loop_doorbell(struct loop *l, unsigned int qid, bool cq, u32 value)
{
	loop_set_reg(l, VKV_BAR_DOORBELLS + (2 * qid + cq) * 64, value);
}

void loop_dispatchers_round(struct loop *l)
{
	unsigned int i;

	for (i = 0; i < l->dev->nr_dispatchers; i++)
		vkv_dispatcher_round(vkv_dev_dispatcher(l->dev, i), l->now);
}

void loop_rounds(struct loop *l, unsigned int n)
{
	unsigned int i;

	if (l->threads) {
		while (n--)
			sched_yield();
		return;
	}
	while (n--) {
		l->now += 1000;
		loop_dispatchers_round(l);
		for (i = 0; i < l->cfg.nr_workers && !l->hold_workers; i++)
			vkv_worker_round(vkv_dev_worker(l->dev, i), l->now);
		vkv_collector_round(l->dev, l->now);
	}
}

u64 loop_pages(struct loop *l, unsigned int n)
{
	u64 addr = LOOP_BASE + l->used;

	if (l->used + (u64)n * LOOP_PAGE > l->mem_size) {
		fprintf(stderr, "loopback: out of host memory\n");
		abort();
	}
	l->used += (u64)n * LOOP_PAGE;
	memset(loop_at(l, addr), 0, (size_t)n * LOOP_PAGE);
	return addr;
}

void *loop_at(struct loop *l, u64 addr)
{
	return l->mem + (addr - LOOP_BASE);
}

static void init_queue(struct loop *l, unsigned int qid, u32 size)
{
	struct loop_queue *q = &l->q[qid];

	memset(q, 0, sizeof(*q));
	q->sq = loop_at(l, loop_pages(l, 1 + size * 64 / LOOP_PAGE));
	q->cq = loop_at(l, loop_pages(l, 1));
	q->size = size;
	q->phase = 1;
}

static u64 bus(struct loop *l, void *p)
{
	return LOOP_BASE + ((u8 *)p - l->mem);
}

int loop_create_queue(struct loop *l, unsigned int qid)
{
	struct nvme_sqe cq = { .opcode = NVME_ADMIN_CREATE_CQ };
	struct nvme_sqe sq = { .opcode = NVME_ADMIN_CREATE_SQ };
	struct loop_queue *q = &l->q[qid];

	init_queue(l, qid, LOOP_DEPTH);
	cq.prp1 = cpu_to_le64(bus(l, q->cq));
	cq.cdw10 = cpu_to_le32(qid | (q->size - 1) << 16);
	cq.cdw11 = cpu_to_le32(3 | qid << 16);
	sq.prp1 = cpu_to_le64(bus(l, q->sq));
	sq.cdw10 = cq.cdw10;
	sq.cdw11 = cpu_to_le32(1 | qid << 16);
	if (loop_do(l, 0, &cq).status || loop_do(l, 0, &sq).status)
		return -1;
	return 0;
}

/* --- threads --- */

static bool stopping(struct loop *l)
{
	return __atomic_load_n(&l->stop, __ATOMIC_ACQUIRE);
}

static void *run_dispatcher(void *arg)
{
	struct loop_thread *t = arg;
	struct vkv_dispatcher *d = vkv_dev_dispatcher(t->loop->dev, t->id);

	while (!stopping(t->loop))
		if (vkv_dispatcher_round(d, clock_now()))
			sched_yield();
	return NULL;
}

static void *run_worker(void *arg)
{
	struct loop_thread *t = arg;
	struct vkv_worker *w = vkv_dev_worker(t->loop->dev, t->id);

	while (!stopping(t->loop))
		if (vkv_worker_round(w, clock_now()))
			sched_yield();
	return NULL;
}

static void *run_collector(void *arg)
{
	struct loop *l = arg;

	while (!stopping(l))
		if (vkv_collector_round(l->dev, clock_now()))
			sched_yield();
	return NULL;
}

static void start_thread(struct loop *l, struct loop_thread *t, unsigned int id,
			 void *(*run)(void *arg))
{
	*t = (struct loop_thread){ .loop = l, .id = id };
	pthread_create(&t->thread, NULL, run, t);
}

void loop_start_threads(struct loop *l)
{
	unsigned int i;

	l->threads = true;
	for (i = 0; i < l->dev->nr_dispatchers; i++)
		start_thread(l, &l->dispatcher[i], i, run_dispatcher);
	pthread_create(&l->collector, NULL, run_collector, l);
	for (i = 0; i < l->cfg.nr_workers; i++)
		start_thread(l, &l->worker[i], i, run_worker);
}

void loop_stop_threads(struct loop *l)
{
	unsigned int i;

	__atomic_store_n(&l->stop, true, __ATOMIC_RELEASE);
	for (i = 0; i < l->dev->nr_dispatchers; i++)
		pthread_join(l->dispatcher[i].thread, NULL);
	pthread_join(l->collector, NULL);
	for (i = 0; i < l->cfg.nr_workers; i++)
		pthread_join(l->worker[i].thread, NULL);
	l->threads = false;
	l->stop = false;
}

static bool wait_csts(struct loop *l, u32 mask, u32 value)
{
	unsigned int i;

	for (i = 0; i < PATIENCE; i++) {
		if ((loop_reg(l, NVME_REG_CSTS) & mask) == value)
			return true;
		loop_rounds(l, 1);
	}
	return false;
}

int loop_enable_css(struct loop *l, unsigned int css, unsigned int queues)
{
	unsigned int i;

	loop_rounds(l, 1);
	init_queue(l, 0, 32);
	loop_set_reg(l, NVME_REG_AQA, 31 | 31 << 16);
	loop_set_reg(l, NVME_REG_ASQ, (u32)bus(l, l->q[0].sq));
	loop_set_reg(l, NVME_REG_ASQ + 4, bus(l, l->q[0].sq) >> 32);
	loop_set_reg(l, NVME_REG_ACQ, (u32)bus(l, l->q[0].cq));
	loop_set_reg(l, NVME_REG_ACQ + 4, bus(l, l->q[0].cq) >> 32);
	loop_set_reg(l, NVME_REG_CC,
		     NVME_CC_EN | css << 4 | 6 << 16 | 4 << 20);
	if (!wait_csts(l, NVME_CSTS_RDY, NVME_CSTS_RDY))
		return -1;
	for (i = 1; i <= queues; i++)
		if (loop_create_queue(l, i))
			return -1;
	return 0;
}

int loop_enable(struct loop *l, unsigned int queues)
{
	return loop_enable_css(l, NVME_CC_CSS_CSI, queues);
}

int loop_disable(struct loop *l)
{
	loop_set_reg(l, NVME_REG_CC, loop_reg(l, NVME_REG_CC) & ~NVME_CC_EN);
	return wait_csts(l, NVME_CSTS_RDY, 0) ? 0 : -1;
}

u16 loop_submit(struct loop *l, unsigned int qid, struct nvme_sqe *sqe)
{
	struct loop_queue *q = &l->q[qid];

	sqe->cid = cpu_to_le16(++l->cid);
	q->sq[q->tail] = *sqe;
	q->tail = (q->tail + 1) % q->size;
	loop_doorbell(l, qid, false, q->tail);
	return l->cid;
}

bool loop_poll(struct loop *l, unsigned int qid, struct loop_answer *a)
{
	struct loop_queue *q = &l->q[qid];
	struct nvme_cqe *cqe = &q->cq[q->head];
	u32 high = le32_to_cpu(smp_load_acquire(&cqe->cid_status));

	if (((high >> 16) & 1) != q->phase)
		return false;
	a->cid = high;
	a->status = high >> 17;
	a->dw0 = le32_to_cpu(cqe->dw0);
	a->dw1 = le32_to_cpu(cqe->dw1);
	a->sq_head = le16_to_cpu(cqe->sq_head);
	q->head = (q->head + 1) % q->size;
	if (!q->head)
		q->phase ^= 1;
	loop_doorbell(l, qid, true, q->head);
	return true;
}

struct loop_answer loop_do(struct loop *l, unsigned int qid,
			   struct nvme_sqe *sqe)
{
	struct loop_answer a;
	u16 cid = loop_submit(l, qid, sqe);
	unsigned int i;

	for (i = 0; i < PATIENCE; i++) {
		if (!loop_poll(l, qid, &a)) {
			loop_rounds(l, 1);
			continue;
		}
		if (a.cid == cid)
			return a;
		l->other[l->nr_others++ % ARRAY_SIZE(l->other)] = a;
	}
	a.status = 0xffff;
	return a;
}
