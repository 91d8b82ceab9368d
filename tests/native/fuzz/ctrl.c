// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: the controller, with a host that may do anything.
 *
 * The input is a program of the host. It submits entries, with their PRP lists
 * and SGLs. A grammar makes the entries, or they are mutated or raw. The
 * program rings doorbells, writes registers, and lets single threads run
 * rounds. It lets time jump, and changes memory under the device. An entry is
 * written to the place where the device will read it. So a program may
 * overwrite the queues, and may put them anywhere.
 *
 * After the program, every fetched command has to end. After a reset, a correct
 * host has to be served. All items that no entry has named are unchanged
 * (ctrl_sacred.c). Every command has had one completion (ctrl_track.c). The
 * invariants of the FTL hold, and nothing is left mapped or allocated.
 *
 * The device sees the pages of the host with pages between them that fault. Or
 * it is confined, and the host maps and unmaps pages (ctrl_fence.c).
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <linux/array_size.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "native/fuzz/fuzz.h"
#include "native/fuzz/ctrl_entry.h"
#include "native/fuzz/ctrl_fence.h"
#include "native/fuzz/ctrl_sacred.h"
#include "native/fuzz/ctrl_track.h"
#include "native/ctrl/loopback.h"

#define DEVICE VKV_FTL_SIZE_MIN
#define OPERATIONS_MAX 300
#define BURST_MAX 128
#define CHANGES 4u

/* A change of host memory at a later call of map(). */
struct change {
	u32 after;		/* calls of map() left; 0: no change */
	u32 offset;
	__le64 value;
};

struct fuzz {
	struct fuzz_input in;
	struct loop *l;
	u8 *host;
	u8 *guarded;
	u8 *bar;
	bool confined;
	struct change change[CHANGES];
};

static struct fuzz fuzz;

/* --- memory --- */

/* Maps the same pages twice: in a row, and with a faulting page behind each. */
static void map_host(struct fuzz *f)
{
	int fd = memfd_create("host", 0);
	unsigned int i;

	MUST(fd >= 0 && !ftruncate(fd, FUZZ_HOST_SIZE), "memfd");
	f->host = mmap(NULL, FUZZ_HOST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	f->guarded = mmap(NULL, 2 * FUZZ_HOST_SIZE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	MUST(f->host != MAP_FAILED && f->guarded != MAP_FAILED, "mmap");
	for (i = 0; i < FUZZ_HOST_PAGES; i++)
		MUST(mmap(f->guarded + 2 * i * LOOP_PAGE, LOOP_PAGE,
			  PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
			  (off_t)i * LOOP_PAGE) != MAP_FAILED, "mmap");
	fence_init(fd);
	close(fd);
}

static void print_total(void)
{
	printf("stat::commands: %llu\n", track_total());
}

static void map_once(struct fuzz *f)
{
	if (f->host)
		return;
	map_host(f);
	f->bar = aligned_alloc(LOOP_PAGE, VKV_BAR_SIZE);
	MUST(f->bar, "no memory");
	track_fetched = sacred_fetched;
	atexit(print_total);
}

/* Changes memory that the device has read before. */
static void change_memory(struct loop *l)
{
	unsigned int i;

	for (i = 0; i < CHANGES; i++) {
		struct change *c = &fuzz.change[i];

		if (c->after && !--c->after)
			memcpy(fuzz.host + c->offset, &c->value, 8);
	}
}

/* --- entries --- */

static struct vkv_sq *any_sq(struct fuzz *f)
{
	struct vkv_dev *dev = f->l->dev;
	u8 nr = fuzz_u8(&f->in);
	unsigned int i;

	for (i = 0; i < VKV_NR_QUEUES; i++) {
		struct vkv_sq *sq = dev->queues.sq[1 + (nr + i) % (VKV_NR_QUEUES - 1)];

		if (sq)
			return sq;
	}
	return dev->queues.sq[0];
}

/* Finds the place at the queue's tail where the device will read an entry. */
static void submit(struct fuzz *f, struct vkv_sq *sq, const struct nvme_sqe *sqe)
{
	const unsigned int per_page = LOOP_PAGE / sizeof(*sqe);
	__le32 *bell = (void *)(f->bar + VKV_BAR_DOORBELLS + sq->qid * 128);
	u32 tail = le32_to_cpu(*bell) % sq->size;
	void *page = sq->page[tail / per_page].p;

	if (f->confined)
		page = f->host + fence_offset(page);
	memcpy((struct nvme_sqe *)page + tail % per_page, sqe, sizeof(*sqe));
	*bell = cpu_to_le32((tail + 1) % sq->size);
}

static void op_io(struct fuzz *f)
{
	struct vkv_sq *sq = any_sq(f);
	struct nvme_sqe sqe;

	entry_io(&f->in, &sqe);
	if (sq)
		submit(f, sq, &sqe);
}

static void op_admin(struct fuzz *f)
{
	struct nvme_sqe sqe;

	entry_admin(&f->in, &sqe);
	if (f->l->dev->queues.sq[0])
		submit(f, f->l->dev->queues.sq[0], &sqe);
}

static void op_mutated(struct fuzz *f)
{
	struct vkv_sq *sq = any_sq(f);
	struct nvme_sqe sqe;

	if (fuzz_u8(&f->in) % 3)
		entry_io(&f->in, &sqe);
	else
		entry_admin(&f->in, &sqe);
	entry_mutate(&f->in, &sqe);
	if (sq)
		submit(f, sq, &sqe);
}

static void op_raw(struct fuzz *f)
{
	struct vkv_sq *sq = fuzz_u8(&f->in) % 2 ? any_sq(f) : f->l->dev->queues.sq[0];
	struct nvme_sqe sqe;

	entry_raw(&f->in, &sqe);
	if (sq)
		submit(f, sq, &sqe);
}

static void take_completions(struct fuzz *f)
{
	struct vkv_dev *dev = f->l->dev;
	unsigned int qid;

	for (qid = 0; qid < dev->queues.nr_cq_slots; qid++)
		if (dev->queues.cq[qid])
			loop_doorbell(f->l, qid, true, dev->queues.cq[qid]->tail);
}

/*
 * Submits many entries; one number of the input is the seed of their choices.
 */
static void op_burst(struct fuzz *f)
{
	u32 n = 1 + fuzz_u8(&f->in) % BURST_MAX, kind = fuzz_u8(&f->in);
	static u8 bytes[BURST_MAX * 128];
	struct fuzz_input in = f->in;

	fuzz_fill(bytes, sizeof(bytes), fuzz_u16(&in));
	f->in = (struct fuzz_input){ bytes, sizeof(bytes) };
	while (n--) {
		if (kind % 16 == 0)
			op_raw(f);
		else if (kind % 16 == 1)
			op_admin(f);
		else if (kind % 16 == 2)
			op_mutated(f);
		else
			op_io(f);
		if (kind < 128) {
			loop_rounds(f->l, 1);
			take_completions(f);
		}
	}
	f->in = in;
}

/* --- registers and doorbells --- */

static void op_take(struct fuzz *f)
{
	take_completions(f);
}

static void op_doorbell(struct fuzz *f)
{
	static const u32 values[] = { 0, 1, 7, 8, 31, 32, 63, 64, 1023, 65536, ~0u };
	u8 qid = fuzz_u8(&f->in), how = fuzz_u8(&f->in);

	loop_doorbell(f->l, how < 200 ? qid % 8 : qid % VKV_NR_QUEUES, how & 1,
		      how < 128 ? fuzz_u8(&f->in) :
				  values[how % ARRAY_SIZE(values)]);
}

static void op_register(struct fuzz *f)
{
	static const u16 regs[] = {
		NVME_REG_CC, NVME_REG_CC, NVME_REG_CC, NVME_REG_AQA,
		NVME_REG_ASQ, NVME_REG_ASQ + 4, NVME_REG_ACQ, NVME_REG_CSTS,
		NVME_REG_CAP, NVME_REG_NSSR,
	};
	u8 how = fuzz_u8(&f->in), width = 1 << how % 4;
	u64 value = fuzz_u32(&f->in) | (u64)fuzz_u32(&f->in) << 32;
	u32 at = how < 200 ? regs[how / 4 % ARRAY_SIZE(regs)] : fuzz_u16(&f->in);

	at = min_t(u32, at, VKV_BAR_SIZE - width);
	if (how == 255)
		vkv_dev_function_reset(f->l->dev);
	else
		memcpy(f->bar + at, &value, width);
}

static void op_reset(struct fuzz *f)
{
	loop_set_reg(f->l, NVME_REG_CC,
		     loop_reg(f->l, NVME_REG_CC) & ~NVME_CC_EN);
}

static void op_shutdown(struct fuzz *f)
{
	loop_set_reg(f->l, NVME_REG_CC, loop_reg(f->l, NVME_REG_CC) |
					(u32)fuzz_u8(&f->in) << 14);
}

/* The memory of a queue may be anywhere, even amid data and lists. */
static void op_enable(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	u64 asq = LOOP_BASE + fuzz_u8(&f->in) * LOOP_PAGE;
	u64 acq = LOOP_BASE + fuzz_u8(&f->in) * LOOP_PAGE;

	loop_set_reg(f->l, NVME_REG_AQA, how | (u32)how << 16);
	loop_set_reg(f->l, NVME_REG_ASQ, (u32)asq);
	loop_set_reg(f->l, NVME_REG_ASQ + 4, asq >> 32);
	loop_set_reg(f->l, NVME_REG_ACQ, (u32)acq);
	loop_set_reg(f->l, NVME_REG_ACQ + 4, acq >> 32);
	loop_set_reg(f->l, NVME_REG_CC,
		     NVME_CC_EN | (how % 4 ? NVME_CC_CSS_CSI << 4 : 0) |
		     6 << 16 | 4 << 20);
}

/* --- time and memory --- */

static void op_rounds(struct fuzz *f)
{
	struct loop *l = f->l;
	u8 how = fuzz_u8(&f->in), n = 1 + how / 8;

	if (how % 4 == 3) {
		loop_rounds(l, n);
		return;
	}
	while (n--) {
		l->now += 1000;
		if (how % 4 == 0)
			loop_dispatchers_round(l);
		else if (how % 4 == 1)
			vkv_worker_round(vkv_dev_worker(l->dev, how / 4 % 2),
					 l->now);
		else
			vkv_collector_round(l->dev, l->now);
	}
}

static void op_all_rounds(struct fuzz *f)
{
	loop_rounds(f->l, 1 + fuzz_u8(&f->in) % 32);
	take_completions(f);
}

static void op_hold(struct fuzz *f)
{
	f->l->hold_workers = fuzz_u8(&f->in) % 2;
}

static void op_time(struct fuzz *f)
{
	f->l->now += 1ull << fuzz_u8(&f->in) % 45;
}

static void op_list(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	u32 nr = FUZZ_FIRST_LIST + how % FUZZ_NR_LISTS;
	__le64 *page = (void *)(f->host + nr * LOOP_PAGE);

	if (how & 0x80)
		entry_sgl_segment(&f->in, page);
	else
		entry_prp_list(&f->in, page);
}

static void op_poke(struct fuzz *f)
{
	u32 at = fuzz_u32(&f->in) % (FUZZ_HOST_SIZE - 8);
	u32 n = 1 + fuzz_u8(&f->in) % 8;

	while (n--)
		f->host[at++] = fuzz_u8(&f->in);
}

static void op_change(struct fuzz *f)
{
	struct change *c = &f->change[fuzz_u8(&f->in) % CHANGES];

	if (f->confined) {
		fence_change(&f->in);
		return;
	}
	c->after = 1 + fuzz_u8(&f->in) % 64;
	c->offset = (FUZZ_FIRST_LIST * LOOP_PAGE + fuzz_u16(&f->in) * 8) %
		    FUZZ_HOST_SIZE;
	c->value = cpu_to_le64(entry_address(&f->in));
}

/* --- the life of a device --- */

static void (*const operations[])(struct fuzz *f) = {
	op_io, op_io, op_io, op_admin, op_admin, op_mutated, op_mutated, op_raw,
	op_burst, op_burst, op_burst, op_take, op_take, op_doorbell, op_register,
	op_reset, op_shutdown, op_enable, op_rounds, op_rounds, op_rounds,
	op_all_rounds, op_all_rounds, op_hold, op_time, op_list, op_list,
	op_poke, op_change,
};

static void start(struct fuzz *f)
{
	u8 how = fuzz_u8(&f->in);
	struct vkv_dev_config cfg = {
		.bar = f->bar,
		.mem = fuzz_memory(DEVICE),
		.mem_size = DEVICE,
		.nr_workers = 2,
		.nr_vectors = 8,
		.ns = { { VKV_NS_BLOCK, 0 },
			{ VKV_NS_KV, how & 4 ? 1 << 20 : 0 } },
		.nr_ns = 2,
		.index = how & 2 ? "plain" : NULL,
		.timing = how & 1 ? how & 16 ? "pm983-kv" : "simple" : NULL,
		.inline_bytes = how & 8 ? 4096 : 0,
		.nr_dispatchers = how & 32 ? FUZZ_DISPATCHERS : 1,
		.serial = "VKVFUZZ0",
	};

	f->confined = how & 64;
	memset(f->change, 0, sizeof(f->change));
	memset(f->host, 0, FUZZ_HOST_SIZE);
	if (f->confined)
		cfg.mappings = fence_begin();
	f->l = loop_create_over(&cfg, f->host, f->guarded, FUZZ_HOST_SIZE);
	MUST(f->l, "create");
	track_begin(f->l->dev);
	MUST(!loop_enable(f->l, 2), "enable");
	sacred_store(f->l);
	f->l->on_map = change_memory;
}

/* The host takes its completions. Every command that was fetched has to end. */
static void drain(struct fuzz *f)
{
	struct loop *l = f->l;
	unsigned int i;

	for (i = 0; l->dev->ctrl.state == VKV_CTRL_READY && track_waiting(); i++) {
		MUST(i < FUZZ_PATIENCE, "%u commands have no end",
		     track_waiting());
		take_completions(f);
		l->now += 1000000;
		loop_rounds(l, 4);
	}
}

static void disable(struct fuzz *f)
{
	struct loop *l = f->l;
	unsigned int i;

	MUST(!loop_disable(l), "CC.EN is cleared in vain");
	loop_rounds(l, 4);
	track_end();
	MUST(!l->maps, "%u pages stay mapped", l->maps);
	/* A Format or Sanitize goes on without the host. */
	for (i = 0; l->dev->erase->state != VKV_ERASE_IDLE; i++) {
		MUST(i < FUZZ_PATIENCE, "an erasure has no end");
		/* Time passes, because the collector waits for the media. */
		l->now += 1000000;
		loop_rounds(l, 1);
	}
}

static void finish(struct fuzz *f)
{
	struct loop *l = f->l;
	char why[200];

	l->hold_workers = false;
	drain(f);
	disable(f);
	l->on_map = NULL;
	if (f->confined)
		fence_open();
	l->used = 0;
	MUST(!loop_enable(l, 2), "no correct host is served");
	sacred_check(l);
	sacred_serve(l);
	MUST(!loop_disable(l), "CC.EN is cleared in vain");
	loop_rounds(l, 4);
	track_end();
	MUST(!l->maps, "%u pages stay mapped", l->maps);
	MUST(!vkv_ftl_check(l->dev->ftl, why, sizeof(why)), "%s", why);
	loop_destroy(l);
	if (f->confined)
		fence_end();
	MUST(!shim_slab_live, "%ld objects left", shim_slab_live);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz *f = &fuzz;
	unsigned int i;

	map_once(f);
	f->in = fuzz_begin(data, size);
	start(f);
	for (i = 0; i < OPERATIONS_MAX && f->in.left; i++)
		operations[fuzz_u8(&f->in) % ARRAY_SIZE(operations)](f);
	finish(f);
	return 0;
}
