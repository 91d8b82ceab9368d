// SPDX-License-Identifier: GPL-2.0
/*
 * The statistics of a device, as text.
 *
 * A table is written in parts, each small and whole, so that a reader needs no
 * large buffer: part 0 is the line "version 1" and, but for the table "stats",
 * a line that names the columns. docs/statistics.md has every name with its
 * unit.
 */
#include "ctrl/report.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "ctrl/dev.h"
#include "ctrl/dispatcher.h"
#include "ctrl/ns.h"
#include "ctrl/histogram.h"
#include "ctrl/stats.h"
#include "ctrl/stats_read.h"
#include "ctrl/worker.h"
#include "timing/timing.h"
#include "vkv_assert.h"

#define VERSION_LINE "version 1\n"
/* Room in log page C0h, by what there is. */
#define BYTES_FIXED 8192u
#define BYTES_PER_ROW 1280u
#define BYTES_PER_WORKER 384u
#define BYTES_PER_NS 256u
#define BYTES_PER_DIE 64u

/*
 * Text that stays whole: a line that does not fit is left out, and @full is
 * set.
 */
struct text {
	char *buf;
	size_t len;
	size_t n;
	bool full;
};

static __printf(2, 3) void text_put(struct text *t, const char *fmt, ...)
{
	va_list args;
	int n;

	if (t->full)
		return;
	va_start(args, fmt);
	n = vsnprintf(t->buf + t->n, t->len - t->n, fmt, args);
	va_end(args);
	if (n < 0 || n >= t->len - t->n)
		t->full = true;
	else
		t->n += n;
}

static void put_value(struct text *t, const char *name, u64 value)
{
	text_put(t, "%s %llu\n", name, value);
}

static u64 ratio(u64 a, u64 b, u32 scale)
{
	return b ? div64_u64(a * scale, b) : 0;
}

/* --- stats: one name and one value a line --- */

static void put_counters(struct vkv_dev *dev, struct text *t)
{
#define PUT(id, name) \
	put_value(t, #name, vkv_stats_counter(dev, VKV_COUNT_##id));
	VKV_DEVICE_COUNTERS(PUT)
#undef PUT
}

static void put_usage(struct text *t, const struct vkv_usage *u)
{
	put_value(t, "capacity_bytes", u->capacity);
	put_value(t, "used_bytes", u->used);
	put_value(t, "keys", u->keys);
	put_value(t, "log_bytes", u->physical);
	put_value(t, "free_bytes", u->free);
	put_value(t, "live_bytes", u->live);
	put_value(t, "index_bytes", u->index);
	put_value(t, "host_written_bytes", u->host_written);
	put_value(t, "gc_written_bytes", u->gc_written);
	put_value(t, "collected_segments", u->collected);
}

static void put_ns(struct vkv_dev *dev, const struct vkv_ns *ns, struct text *t)
{
	if (!vkv_ns_exists(ns))
		return;
	text_put(t, "ns%u_size_bytes %llu\n", ns->nsid, ns->cap);
	text_put(t, "ns%u_used_bytes %llu\n", ns->nsid, vkv_ns_used(dev, ns));
}

static unsigned int stats_items(const struct vkv_dev *dev)
{
	return 1 + VKV_NR_NAMESPACES;
}

static void stats_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	struct vkv_usage usage;

	if (i) {
		put_ns(dev, &dev->ns[i - 1], t);
		return;
	}
	vkv_stats_usage(dev, &usage);
	put_counters(dev, t);
	put_usage(t, &usage);
}

/* --- commands, latency, histogram: rows of opcodes --- */

static unsigned int row_items(const struct vkv_dev *dev)
{
	return VKV_NR_ROWS;
}

/* "1 0x81 store", with no blank in the name. */
static void put_row_name(struct vkv_dev *dev, unsigned int row, struct text *t)
{
	const struct vkv_opcode *op;
	const char *c;
	u32 nsid;

	op = vkv_stats_name_row(dev, row, &nsid);
	if (!op) {
		text_put(t, "0 - unknown");
		return;
	}
	text_put(t, "%u 0x%02x ", nsid, op->opcode);
	for (c = op->name; *c; c++)
		text_put(t, "%c", *c == ' ' ? '_' : *c);
}

#define COLUMN(id, name) " " #name

static void commands_put(struct vkv_dev *dev, unsigned int row, struct text *t)
{
	unsigned int i;

	if (!vkv_stats_has_row(dev, row) ||
	    !vkv_stats_row(dev, row, VKV_ROW_COMMANDS))
		return;
	put_row_name(dev, row, t);
	for (i = 0; i < VKV_NR_ROW_COUNTERS; i++)
		text_put(t, " %llu", vkv_stats_row(dev, row, i));
	text_put(t, "\n");
}

static const char *const part_name[VKV_NR_PARTS] = {
#define NAME(id, name) #name,
	VKV_PARTS(NAME)
#undef NAME
};

#define QUANTILES "p50 p90 p99 p999 p9999 max"

static void put_summary(struct text *t, const struct vkv_summary *sum)
{
	unsigned int i;

	for (i = 0; i < VKV_NR_QUANTILES; i++)
		text_put(t, " %llu", sum->at[i]);
	text_put(t, " %llu", sum->max);
}

/* Parts that took no time in any command have no line. */
static void latency_put(struct vkv_dev *dev, unsigned int row, struct text *t)
{
	struct vkv_summary sum;
	unsigned int part;

	if (!vkv_stats_has_row(dev, row) ||
	    !vkv_stats_row(dev, row, VKV_ROW_COMMANDS))
		return;
	for (part = 0; part < VKV_NR_PARTS; part++) {
		vkv_stats_summary(dev, row, part, &sum);
		if (!sum.max && part != VKV_PART_TOTAL)
			continue;
		put_row_name(dev, row, t);
		text_put(t, " %s %llu %llu", part_name[part], sum.count,
			 sum.mean);
		put_summary(t, &sum);
		text_put(t, "\n");
	}
}

static unsigned int histogram_items(const struct vkv_dev *dev)
{
	return VKV_NR_ROWS * VKV_NR_PARTS;
}

static void histogram_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	unsigned int row = i / VKV_NR_PARTS, part = i % VKV_NR_PARTS, b;
	u64 n;

	if (!vkv_stats_has_row(dev, row))
		return;
	for (b = 0; b < VKV_NR_BUCKETS; b++) {
		n = vkv_stats_bucket(dev, row, part, b);
		if (!n)
			continue;
		put_row_name(dev, row, t);
		text_put(t, " %s %llu %llu %llu\n", part_name[part],
			 vkv_bucket_from(b), vkv_bucket_from(b + 1), n);
	}
}

/* --- space, index, engine: one name and one value a line --- */

static unsigned int one_item(const struct vkv_dev *dev)
{
	return 1;
}

/* Neither free nor live: dead records, and room in segments being written. */
static u64 garbage(const struct vkv_usage *u)
{
	u64 taken = u->free + u->live + u->index;

	return u->physical > taken ? u->physical - taken : 0;
}

static void space_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	const struct vkv_thread_stats *collector = vkv_stats_collector(dev);
	struct vkv_usage u;

	vkv_stats_usage(dev, &u);
	put_usage(t, &u);
	put_value(t, "garbage_bytes", garbage(&u));
	put_value(t, "segment_bytes", u.segment);
	put_value(t, "segments", ratio(u.physical, u.segment, 1));
	put_value(t, "free_segments", ratio(u.free, u.segment, 1));
	put_value(t, "write_amplification_permille",
		  ratio(u.host_written + u.gc_written, u.host_written, 1000));
	put_value(t, "collector_steps",
		  vkv_stats_own(collector, VKV_THREAD_ROUNDS));
	put_value(t, "collector_busy_steps",
		  vkv_stats_own(collector, VKV_THREAD_BUSY_ROUNDS));
}

static void index_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	struct vkv_timing_usage timing;
	struct vkv_usage u;
	u64 lookups = vkv_stats_counter(dev, VKV_COUNT_LOOKUPS);
	u64 reads = vkv_stats_counter(dev, VKV_COUNT_INDEX_READS);

	vkv_stats_usage(dev, &u);
	vkv_stats_timing(dev, &timing);
	put_value(t, "keys", u.keys);
	put_value(t, "index_bytes", u.index);
	/* An entry has 8 bytes. */
	put_value(t, "load_permille", ratio(u.keys * 8, u.index, 1000));
	put_value(t, "index_commands", lookups);
	put_value(t, "index_reads", reads);
	put_value(t, "index_writes",
		  vkv_stats_counter(dev, VKV_COUNT_INDEX_WRITES));
	put_value(t, "reads_per_command_permille", ratio(reads, lookups, 1000));
	put_value(t, "cache_hits", timing.index_hits);
	put_value(t, "cache_misses", timing.index_misses);
}

static u64 dispatchers(const struct vkv_dev *dev, enum vkv_counter counter)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < dev->nr_dispatchers; i++)
		sum += vkv_stats_own(dev->dispatcher[i].stats, counter);
	return sum;
}

static void put_threads(struct vkv_dev *dev, struct text *t)
{
#define PUT(id, name) \
	put_value(t, "dispatcher_" #name, dispatchers(dev, VKV_THREAD_##id));
	VKV_THREAD_COUNTERS(PUT)
#undef PUT
#define PUT(id, name) \
	put_value(t, #name, vkv_stats_counter(dev, VKV_THREAD_##id));
	VKV_THREAD_COUNTERS(PUT)
#undef PUT
}

static void engine_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	struct vkv_timing_usage timing;
	struct vkv_summary depth;
	u64 timed = vkv_stats_counter(dev, VKV_COUNT_TIMED);
	u64 late = vkv_stats_counter(dev, VKV_COUNT_LATE);

	put_threads(dev, t);
	vkv_stats_depths(dev->dispatcher[0].stats, dev->nr_dispatchers, &depth);
	put_value(t, "queue_depth_p50", depth.at[0]);
	put_value(t, "queue_depth_p99", depth.at[2]);
	put_value(t, "queue_depth_max", depth.max);
	put_value(t, "timed_commands", timed);
	put_value(t, "late_commands", late);
	put_value(t, "overload_permille", ratio(late, timed, 1000));
	vkv_stats_timing(dev, &timing);
	put_value(t, "media_reads", timing.media_reads);
	put_value(t, "media_programs", timing.media_programs);
	put_value(t, "media_erases", timing.media_erases);
	put_value(t, "buffered_bytes", timing.buffered);
}

/* --- workers, dies --- */

static unsigned int worker_items(const struct vkv_dev *dev)
{
	return dev->nr_workers;
}

static void workers_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	const struct vkv_worker *w = dev->worker[i];
	const struct vkv_thread_stats *s = w->stats;
	struct vkv_summary sum;
	unsigned int c;

	text_put(t, "%u", i);
	for (c = VKV_NR_DEVICE_COUNTERS; c < VKV_NR_COUNTERS; c++)
		text_put(t, " %llu", vkv_stats_own(s, c));
	text_put(t, " %llu %llu %u %u", vkv_stats_own(s, VKV_COUNT_TIMED),
		 vkv_stats_own(s, VKV_COUNT_LATE), vkv_worker_waiting(w),
		 READ_ONCE(s->pending));
	vkv_stats_depths(s, 1, &sum);
	text_put(t, " %llu %llu %llu", sum.at[0], sum.at[2], sum.max);
	vkv_stats_lateness(dev, s, &sum);
	put_summary(t, &sum);
	text_put(t, "\n");
}

static unsigned int die_items(const struct vkv_dev *dev)
{
	return dev->stats->nr_dies;
}

static void dies_put(struct vkv_dev *dev, unsigned int i, struct text *t)
{
	text_put(t, "%u %llu\n", i, vkv_stats_die(dev, i));
}

/* --- the tables --- */

static const struct {
	const char *name;
	const char *header;
	unsigned int (*items)(const struct vkv_dev *dev);
	void (*put)(struct vkv_dev *dev, unsigned int i, struct text *t);
} tables[] = {
	{ "stats", "", stats_items, stats_put },
	{ "commands", "nsid opcode name" VKV_ROW_COUNTERS(COLUMN)
		      VKV_STATUS_CLASSES(COLUMN) "\n",
	  row_items, commands_put },
	{ "latency", "nsid opcode name part count mean " QUANTILES "\n",
	  row_items, latency_put },
	{ "space", "name value\n", one_item, space_put },
	{ "index", "name value\n", one_item, index_put },
	{ "engine", "name value\n", one_item, engine_put },
	{ "workers", "worker" VKV_THREAD_COUNTERS(COLUMN)
		     " timed late ring pending depth_p50 depth_p99 depth_max "
		     QUANTILES "\n",
	  worker_items, workers_put },
	{ "dies", "die busy_ns\n", die_items, dies_put },
	/* Last: log page C0h ends before it. */
	{ "histogram", "nsid opcode name part from to count\n", histogram_items,
	  histogram_put },
};

static_assert(ARRAY_SIZE(tables) == VKV_NR_TABLES);

const char *vkv_table_name(unsigned int table)
{
	return tables[table].name;
}

unsigned int vkv_table_parts(const struct vkv_dev *dev, unsigned int table)
{
	return 1 + tables[table].items(dev);
}

static void put_part(struct vkv_dev *dev, unsigned int table, unsigned int part,
		     struct text *t)
{
	if (part)
		tables[table].put(dev, part - 1, t);
	else
		text_put(t, "%s%s", VERSION_LINE, tables[table].header);
}

size_t vkv_table_part(struct vkv_dev *dev, unsigned int table,
		      unsigned int part, char *buf, size_t len)
{
	struct text t = { .buf = buf, .len = len };

	VKV_ASSERT(table < VKV_NR_TABLES && part < vkv_table_parts(dev, table));
	mutex_lock(&dev->tables);
	put_part(dev, table, part, &t);
	mutex_unlock(&dev->tables);
	return t.full ? len : t.n;
}

/* --- log page C0h --- */

static u32 size_needed(const struct vkv_dev *dev)
{
	u32 size = BYTES_FIXED + dev->nr_workers * BYTES_PER_WORKER +
		   VKV_NR_NAMESPACES * BYTES_PER_NS +
		   dev->stats->nr_dies * BYTES_PER_DIE;
	unsigned int group;

	for (group = 0; group < VKV_NR_ROW_GROUPS; group++)
		size += vkv_stats_rows_in(dev, group) * BYTES_PER_ROW;
	return ALIGN(size, VKV_PAGE);
}

int vkv_report_fit(struct vkv_dev *dev)
{
	u32 size = size_needed(dev);
	char *text;

	if (size <= dev->report->size)
		return 0;
	text = kvzalloc(size, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	kvfree(dev->report->text);
	dev->report->text = text;
	dev->report->size = size;
	return 0;
}

void vkv_report_destroy(struct vkv_dev *dev)
{
	kvfree(dev->report->text);
}

/* A part is there as a whole, or not at all. */
static void append_part(struct vkv_dev *dev, unsigned int table,
			unsigned int part, struct text *t)
{
	size_t n = t->n;

	put_part(dev, table, part, t);
	if (t->full)
		t->n = n;
}

#define LENGTH_LINE "length %10zu\n"

void vkv_report_fill(struct vkv_dev *dev)
{
	/* Without more memory, the text ends earlier. */
	bool fits = !vkv_report_fit(dev);
	struct text t = { .buf = dev->report->text, .len = dev->report->size };
	unsigned int table, part;
	char line[32];
	size_t at;

	VKV_ASSERT(fits || dev->report->text);
	text_put(&t, VERSION_LINE);
	at = t.n;
	text_put(&t, LENGTH_LINE, (size_t)0);
	for (table = 0; table + 1 < VKV_NR_TABLES; table++) {
		text_put(&t, "table %s\n", tables[table].name);
		for (part = 0; part < vkv_table_parts(dev, table); part++)
			append_part(dev, table, part, &t);
	}
	memset(t.buf + t.n, 0, t.len - t.n);
	memcpy(t.buf + at, line, scnprintf(line, sizeof(line), LENGTH_LINE, t.n));
}
