// SPDX-License-Identifier: GPL-2.0
/*
 * Counting.
 *
 * A number has one writer, the thread that owns it, and it only grows. Any
 * thread may read it at any time (ctrl/stats_read.c). So counting takes no
 * lock.
 *
 * Counting is cheap because nothing is counted that follows from something
 * else. The number of commands is the sum of their statuses. Without a model's
 * time a command's total is its lateness: it is counted once, in the command's
 * row, where readers find it for the lateness of the thread as well. The other
 * parts of a command's time are counted only where they are not 0, and readers
 * infer how many are 0.
 */
#include "ctrl/stats.h"

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "ctrl/command.h"
#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/status.h"
#include "ctrl/worker.h"
#include "timing/timing.h"
#include "vkv_assert.h"

static void count_up(u64 *number, u64 n)
{
	WRITE_ONCE(*number, *number + n);
}

static __always_inline void sample(struct vkv_histogram *h, u64 value)
{
	count_up(&h->bucket[vkv_bucket_of(value)], 1);
}

/* --- rows: admin opcodes, unknown ones, the opcodes of each namespace --- */

static unsigned int rows_of(const struct vkv_dev *dev, enum vkv_ns_kind kind)
{
	const struct vkv_command_set *set = dev->opcodes.set;

	return kind == VKV_NS_KV ?
		       set[VKV_SET_STANDARD].nr :
		       set[VKV_SET_BLOCK].nr + set[VKV_SET_VENDOR].nr;
}

/* A group has room for a namespace of either kind. */
static unsigned int rows_in(const struct vkv_dev *dev, unsigned int group)
{
	return group ? max(rows_of(dev, VKV_NS_KV), rows_of(dev, VKV_NS_BLOCK)) :
		       VKV_ROW_UNKNOWN + 1;
}

static const struct vkv_opcode *name_of(const struct vkv_dev *dev,
					enum vkv_ns_kind kind, unsigned int row)
{
	const struct vkv_command_set *set = dev->opcodes.set;
	unsigned int nr_block = set[VKV_SET_BLOCK].nr;

	VKV_ASSERT(row < rows_of(dev, kind));
	if (kind == VKV_NS_KV)
		return &set[VKV_SET_STANDARD].ops[row];
	if (row < nr_block)
		return &set[VKV_SET_BLOCK].ops[row];
	return &set[VKV_SET_VENDOR].ops[row - nr_block];
}

unsigned int vkv_stats_rows_in(const struct vkv_dev *dev, unsigned int group)
{
	/* Pairs with add_group(): the rows of all threads are there. */
	return smp_load_acquire(&dev->stats->row_base[group]) ?
		       rows_in(dev, group) :
		       0;
}

bool vkv_stats_has_row(const struct vkv_dev *dev, unsigned int row)
{
	unsigned int group = vkv_row_group(row), in_group = vkv_row_in_group(row);

	VKV_ASSERT(row < VKV_NR_ROWS);
	return in_group < vkv_stats_rows_in(dev, group) &&
	       (!group ||
		in_group < rows_of(dev, READ_ONCE(dev->ns[group - 1].kind)));
}

const struct vkv_opcode *vkv_stats_name_row(const struct vkv_dev *dev,
					    unsigned int row, u32 *nsid)
{
	unsigned int group = vkv_row_group(row);

	*nsid = group;
	if (group)
		return name_of(dev, READ_ONCE(dev->ns[group - 1].kind),
			       vkv_row_in_group(row));
	return row < VKV_ROW_UNKNOWN ? &dev->opcodes.set[VKV_SET_ADMIN].ops[row] :
				       NULL;
}

/* --- making and unmaking --- */

static struct vkv_row *alloc_rows(const struct vkv_dev *dev, unsigned int group)
{
	return kvcalloc(rows_in(dev, group), sizeof(struct vkv_row),
			GFP_KERNEL);
}

/* The collector carries out no commands. */
static unsigned int nr_row_threads(const struct vkv_dev *dev)
{
	return vkv_stats_nr_threads(dev) - 1;
}

/* After a failure some threads may have their rows already, for the next attempt. */
static int add_group(struct vkv_dev *dev, unsigned int group)
{
	struct vkv_stats *s = dev->stats;
	struct vkv_row *base;
	unsigned int i;

	for (i = 0; i < nr_row_threads(dev); i++) {
		struct vkv_thread_stats *t = &s->thread[i];

		if (!t->rows[group])
			WRITE_ONCE(t->rows[group], alloc_rows(dev, group));
		if (!t->rows[group])
			return -ENOMEM;
	}
	base = alloc_rows(dev, group);
	if (!base)
		return -ENOMEM;
	/* Pairs with vkv_stats_rows_in(). */
	smp_store_release(&s->row_base[group], base);
	return 0;
}

int vkv_stats_add_ns(struct vkv_dev *dev, struct vkv_ns *ns)
{
	ns->first_row = ns->nsid << VKV_ROW_SHIFT;
	return dev->stats->row_base[ns->nsid] ? 0 : add_group(dev, ns->nsid);
}

int vkv_stats_set_timing(struct vkv_dev *dev, const struct vkv_timing *timing)
{
	struct vkv_stats *s = dev->stats;
	struct vkv_timing_usage usage;
	u64 *base = NULL;

	vkv_timing_usage((struct vkv_timing *)timing, &usage);
	if (usage.nr_dies) {
		base = kvcalloc(usage.nr_dies, sizeof(*base), GFP_KERNEL);
		if (!base)
			return -ENOMEM;
	}
	kvfree(s->die_base);
	s->die_base = base;
	s->nr_dies = usage.nr_dies;
	s->usage_base.index_hits = 0;
	s->usage_base.index_misses = 0;
	s->usage_base.media_reads = 0;
	s->usage_base.media_programs = 0;
	s->usage_base.media_erases = 0;
	return 0;
}

int vkv_stats_create(struct vkv_dev *dev)
{
	unsigned int i;
	int err;

	static_assert(VKV_NR_ROWS <= U16_MAX);
	VKV_ASSERT(rows_in(dev, 1) <= VKV_ROWS_MAX);
	dev->stats->thread = kvcalloc(vkv_stats_nr_threads(dev),
				      sizeof(*dev->stats->thread), GFP_KERNEL);
	if (!dev->stats->thread)
		return -ENOMEM;
	for (i = 0; i < dev->nr_workers; i++)
		dev->worker[i]->stats = &dev->stats->thread[i];
	for (i = 0; i < dev->nr_dispatchers; i++)
		dev->dispatcher[i].stats =
			&dev->stats->thread[dev->nr_workers + i];
	err = add_group(dev, 0);
	return err ? err : vkv_stats_set_timing(dev, dev->timing);
}

static void free_thread_rows(struct vkv_thread_stats *t)
{
	unsigned int group;

	for (group = 0; group < VKV_NR_ROW_GROUPS; group++)
		kvfree(t->rows[group]);
}

void vkv_stats_destroy(struct vkv_dev *dev)
{
	struct vkv_stats *s = dev->stats;
	unsigned int i;

	for (i = 0; s->thread && i < vkv_stats_nr_threads(dev); i++)
		free_thread_rows(&s->thread[i]);
	kvfree(s->thread);
	for (i = 0; i < VKV_NR_ROW_GROUPS; i++)
		kvfree(s->row_base[i]);
	kvfree(s->die_base);
}

struct vkv_thread_stats *vkv_stats_collector(const struct vkv_dev *dev)
{
	return &dev->stats->thread[vkv_stats_nr_threads(dev) - 1];
}

/* --- counting --- */

void vkv_stats_depth(struct vkv_thread_stats *s, u32 depth)
{
	sample(&s->tally.depth, depth);
}

void vkv_stats_round(struct vkv_thread_stats *s, bool worked)
{
	count_up(&s->tally.count[VKV_THREAD_ROUNDS], 1);
	if (worked)
		count_up(&s->tally.count[VKV_THREAD_BUSY_ROUNDS], 1);
}

static void note_sleep(struct vkv_thread_stats *s, u64 ns)
{
	count_up(&s->tally.count[VKV_THREAD_SLEEPS], 1);
	count_up(&s->tally.count[VKV_THREAD_SLEPT_NS], ns);
}

void vkv_dispatcher_slept(struct vkv_dispatcher *d, u64 ns)
{
	note_sleep(d->stats, ns);
}

void vkv_worker_slept(struct vkv_worker *worker, u64 ns)
{
	note_sleep(worker->stats, ns);
}

static enum vkv_row_counter class_of_error(u16 status)
{
	switch (status & ~NVME_SC_DNR) {
	case NVME_SC_KV_NO_KEY:
	case NVME_SC_VENDOR_NO_KEY:
		return VKV_STATUS_NO_KEY;
	case NVME_SC_KV_KEY_EXISTS:
	case NVME_SC_VENDOR_EXISTS:
		return VKV_STATUS_EXISTS;
	case NVME_SC_VENDOR_ITER_END:
		return VKV_STATUS_END;
	case NVME_SC_CAPACITY:
	case NVME_SC_VENDOR_CAPACITY:
		return VKV_STATUS_CAPACITY;
	case NVME_SC_ABORT_REQUESTED:
	case NVME_SC_ABORT_SQ_DELETED:
		return VKV_STATUS_ABORTED;
	case NVME_SC_INTERNAL:
	case NVME_SC_SANITIZE_FAILED:
	case NVME_SC_KV_UNRECOVERED:
	case NVME_SC_VENDOR_UNRECOVERED:
	case NVME_SC_VENDOR_ITER_FAILED:
		return VKV_STATUS_FAILED;
	default:
		return VKV_STATUS_INVALID;
	}
}

static enum vkv_row_counter class_of(u16 status)
{
	return likely(!status) ? VKV_STATUS_OK : class_of_error(status);
}

static_assert(VKV_ROW_BYTES + VKV_LOOKUP_HIT == VKV_ROW_HITS);
static_assert(VKV_ROW_BYTES + VKV_LOOKUP_MISS == VKV_ROW_MISSES);

static void count_error(struct vkv_thread_stats *s, const struct vkv_cmd *cmd)
{
	if (cmd->sq->qid && vkv_status_is_error(cmd->status))
		vkv_stats_count(s, VKV_COUNT_ERRORS, 1);
}

static void count_row(struct vkv_row *row, const struct vkv_cmd *cmd)
{
	if (cmd->bytes)
		count_up(&row->count[VKV_ROW_BYTES], cmd->bytes);
	if (cmd->lookup)
		count_up(&row->count[VKV_ROW_BYTES + cmd->lookup], 1);
}

static void time_part(struct vkv_row *row, enum vkv_part part, u64 ns)
{
	if (!ns)
		return;
	count_up(&row->sum[part], ns);
	sample(&row->part[part], ns);
}

/*
 * Times a command by its model. The model's parts add up to the total, so the
 * time that the command waited for its worker is lateness. A command that is
 * dropped may end before it is due.
 */
static void time_timed(struct vkv_row *row, struct vkv_tally *t,
		       const struct vkv_cmd *cmd)
{
	u64 late = cmd->ended > cmd->due ? cmd->ended - cmd->due : 0;
	u64 total = cmd->ended - cmd->arrival;
	unsigned int bucket = vkv_bucket_of(late);

	count_up(&row->sum[VKV_PART_TOTAL], total);
	sample(&row->part[VKV_PART_TOTAL], total);
	time_part(row, VKV_PART_QUEUEING, cmd->latency.queueing);
	time_part(row, VKV_PART_INDEX, cmd->latency.index);
	time_part(row, VKV_PART_MEDIA, cmd->latency.media);
	time_part(row, VKV_PART_TRANSFER, cmd->latency.transfer);
	count_up(&t->count[VKV_COUNT_TIMED], 1);
	if (late > VKV_LATE_NS)
		count_up(&t->count[VKV_COUNT_LATE], 1);
	count_up(&row->sum[VKV_PART_LATENESS], late);
	count_up(&row->part[VKV_PART_LATENESS].bucket[bucket], 1);
	count_up(&t->lateness.bucket[bucket], 1);
}

static __always_inline void time_untimed(struct vkv_row *row,
					 const struct vkv_cmd *cmd)
{
	u64 total = cmd->ended - cmd->arrival;

	count_up(&row->untimed_ns, total);
	sample(&row->untimed, total);
	if (cmd->begun)
		time_part(row, VKV_PART_QUEUEING, cmd->begun - cmd->arrival);
}

/* The rare cases: a status, or a model's time. */
static noinline void record_other(struct vkv_thread_stats *s,
				  struct vkv_row *row,
				  const struct vkv_cmd *cmd)
{
	count_up(&row->count[class_of(cmd->status)], 1);
	if (cmd->status)
		count_error(s, cmd);
	if (cmd->due > cmd->arrival)
		time_timed(row, &s->tally, cmd);
	else
		time_untimed(row, cmd);
}

static void record(struct vkv_thread_stats *s, const struct vkv_cmd *cmd)
{
	struct vkv_row *row = s->rows[vkv_row_group(cmd->row)] +
			      vkv_row_in_group(cmd->row);

	count_row(row, cmd);
	/* Without a model's time a command is due when it arrives. */
	if (unlikely(cmd->status || cmd->due > cmd->arrival)) {
		record_other(s, row, cmd);
		return;
	}
	count_up(&row->count[VKV_STATUS_OK], 1);
	time_untimed(row, cmd);
}

static struct vkv_thread_stats *stats_of(const struct vkv_cmd *cmd)
{
	return cmd->worker ? cmd->worker->stats : cmd->sq->dispatcher->stats;
}

void vkv_stats_held(const struct vkv_cmd *cmd)
{
	count_up(&stats_of(cmd)->tally.count[VKV_THREAD_HELD], 1);
}

void vkv_stats_refused(const struct vkv_cmd *cmd)
{
	vkv_stats_count(stats_of(cmd), VKV_COUNT_REFUSED, 1);
}

void vkv_stats_record(struct vkv_cmd *const *cmd, unsigned int nr)
{
	struct vkv_thread_stats *s = stats_of(cmd[0]);
	unsigned int i;

	count_up(&s->tally.count[VKV_THREAD_COMMANDS], nr);
	for (i = 0; i < nr; i++)
		record(s, cmd[i]);
}
