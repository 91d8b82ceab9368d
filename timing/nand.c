// SPDX-License-Identifier: GPL-2.0
/*
 * The model "nand": a controller, channels, dies and their pages.
 *
 * A command passes these parts, in this order:
 *
 *	cores	the command itself, each key that is looked for, each index
 *		entry that is changed: as many commands at a time as there are
 *		cores
 *	link	its bytes, in each direction one transfer at a time. With
 *		hold=1 the core moves them itself and is busy meanwhile
 *	index	pages of the index that are not in the device's DRAM are read
 *		from the media (timing/nand_cache.c). A changed page that leaves
 *		the DRAM goes to the write buffer
 *	media	the pages where its records lie are read from their dies, all
 *		of them at once. Its bytes go to the write buffer, where they
 *		may have to wait for room (timing/nand_buffer.c)
 *
 * Behind them is a fixed time, in which no command is in the way of another.
 *
 * Each part has a time at which it is free again. Commands take the parts in
 * the order of the calls; timing/nand_die.c tells how a command that comes to a
 * part later than the next command is treated. A command passes the link and
 * the channels before the die, although bytes that are read come out of the die
 * first. So a transfer behind a long read does not keep the link from commands
 * that are faster; which commands wait, and for how long, is the same.
 *
 * The collector has no command: its reads, programs and erases take the same
 * dies. Segments that are released make up erase blocks, which are erased on
 * one die after the other. Places on the media are told in timing/nand_place.c.
 *
 * These are not modelled: the drive's own translation of index pages, wear,
 * retries, and the spread of times from one page to the next.
 */
#include "timing/nand.h"

#include <linux/build_bug.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "timing/nand_place.h"
#include "vkv_assert.h"

#define NS_MAX 1000000000ull
#define RATE_MAX 1000000ull
#define BYTES_MAX (1ull << 44)
/* NAND_UNIT is charged for each so many bytes of a command beyond the first. */
#define HOST_UNIT 4096u

static const struct vkv_timing_key nand_keys[] = {
	[NAND_CHANNELS] = { "channels", 1, 64, 8 },
	[NAND_DIES] = { "dies", 1, 64, 4 },
	[NAND_PLANES] = { "planes", 1, 8, 1 },
	[NAND_ONESHOT] = { "oneshot", 1, VKV_NAND_CELL_MAX, 1 },
	[NAND_CELL] = { "cell", 1, VKV_NAND_CELL_MAX, 3 },
	[NAND_PAGE] = { "page", 2048, 65536, 16384 },
	[NAND_PAGES] = { "pages", 16, 65536, 768 },
	[NAND_READ] = { "read", 0, NS_MAX, 60000 },
	[NAND_READ2] = { "read2", 0, NS_MAX, 0 },
	[NAND_READ3] = { "read3", 0, NS_MAX, 0 },
	[NAND_READ4] = { "read4", 0, NS_MAX, 0 },
	[NAND_PROGRAM] = { "program", 0, NS_MAX, 700000 },
	[NAND_PROGRAM2] = { "program2", 0, NS_MAX, 0 },
	[NAND_PROGRAM3] = { "program3", 0, NS_MAX, 0 },
	[NAND_PROGRAM4] = { "program4", 0, NS_MAX, 0 },
	[NAND_ERASE] = { "erase", 0, NS_MAX, 3500000 },
	[NAND_SUSPEND] = { "suspend", 0, NS_MAX, 0 },
	[NAND_CHANNEL] = { "channel", 1, RATE_MAX, 800 },
	[NAND_LINK_READ] = { "link_read", 1, RATE_MAX, 3600 },
	[NAND_LINK_WRITE] = { "link_write", 1, RATE_MAX, 3600 },
	[NAND_HOLD] = { "hold", 0, 1, 0 },
	[NAND_CORES] = { "cores", 1, VKV_NAND_CORES_MAX, 1 },
	[NAND_CMD] = { "cmd", 0, NS_MAX, 1500 },
	[NAND_KEY] = { "key", 0, NS_MAX, 0 },
	[NAND_CHANGE] = { "change", 0, NS_MAX, 0 },
	[NAND_REPLACE] = { "replace", 0, NS_MAX, 0 },
	[NAND_UNIT] = { "unit", 0, NS_MAX, 0 },
	[NAND_READ_FIXED] = { "read_fixed", 0, NS_MAX, 0 },
	[NAND_WRITE_FIXED] = { "write_fixed", 0, NS_MAX, 0 },
	[NAND_BUFFER] = { "buffer", 0, 1ull << 30, 8ull << 20 },
	[NAND_DRAM] = { "dram", 0, BYTES_MAX, 0 },
	[NAND_DRAM_SHARE] = { "dram_share", 0, NS_MAX, 0 },
};

static_assert(NAND_NR_KEYS <= VKV_TIMING_KEYS_MAX);

/*
 * An operation on its way: the time that it has reached, and the parts of that
 * time, on the slowest of the ways that it takes at once.
 */
struct op {
	u64 at;
	u64 index;
	u64 media;
	u64 transfer;
};

/*
 * The row of pages that was read last: the next record often lies there, too.
 */
struct last_read {
	u32 unit;
	u32 row;
	bool any;
};

/* Controller and link */

static u64 core_time(const struct vkv_nand *n, const struct vkv_footprint *fp)
{
	u64 bytes = max(fp->read_bytes, fp->write_bytes);
	u64 ns = n->value[NAND_CMD];

	ns += fp->lookups * n->value[NAND_KEY];
	ns += fp->index_writes * n->value[NAND_CHANGE];
	ns += fp->replaced * n->value[NAND_REPLACE];
	if (bytes)
		ns += (bytes - 1) / HOST_UNIT * n->value[NAND_UNIT];
	return ns;
}

static void nand_pass(struct op *op, u64 *free_at, u64 ns)
{
	*free_at = max(*free_at, op->at) + ns;
	op->at = *free_at;
	op->transfer += ns;
}

static u64 *next_core(struct vkv_nand *n)
{
	u64 *best = &n->core[0];
	u32 i;

	for (i = 1; i < n->value[NAND_CORES]; i++)
		if (n->core[i] < *best)
			best = &n->core[i];
	return best;
}

static void pass_controller(struct vkv_nand *n, const struct vkv_footprint *fp,
			    struct op *op)
{
	u64 in = vkv_nand_transfer_time(fp->write_bytes,
					n->value[NAND_LINK_WRITE]);
	u64 out = vkv_nand_transfer_time(fp->read_bytes,
					 n->value[NAND_LINK_READ]);
	u64 work = core_time(n, fp);

	lockdep_assert_held(&n->lock);
	if (n->value[NAND_HOLD]) {
		nand_pass(op, next_core(n), work + in + out);
		return;
	}
	nand_pass(op, next_core(n), work);
	if (in)
		nand_pass(op, &n->link_in, in);
	if (out)
		nand_pass(op, &n->link_out, out);
}

/* Pages */

/* Reads @bytes of a page, not before @from; the last of all reads counts. */
static void read_page(struct vkv_nand *n, const struct vkv_nand_place *place,
		      u64 bytes, const struct op *from, struct op *op,
		      bool index)
{
	u64 ns = vkv_nand_kind_time(n, NAND_READ, place->kind);
	u64 end;

	lockdep_assert_held(&n->lock);
	end = vkv_nand_transfer(n, place->die, bytes, from->at);
	end = vkv_nand_read(n, place->die, ns, end);
	if (end <= op->at)
		return;
	*op = *from;
	op->at = end;
	op->transfer += vkv_nand_transfer_time(bytes, n->value[NAND_CHANNEL]);
	if (index)
		op->index += ns;
	else
		op->media += ns;
}

/* Uses one index page. The command does not wait for a page written back. */
static void use_index(struct vkv_nand *n, const struct vkv_touch *t,
		      const struct op *from, struct op *op)
{
	struct vkv_nand_place place;
	u32 evicted;
	u64 room;

	lockdep_assert_held(&n->lock);
	vkv_nand_place_of(n, t->at, &place);
	place.die = place.page % n->nr_dies;
	if (!vkv_nand_cache_use(n, place.page, t->kind == VKV_TOUCH_CHANGE,
				&evicted))
		read_page(n, &place, t->len, from, op, true);
	if (evicted == VKV_NAND_NONE)
		return;
	/* The frame is free when its last page is in the buffer. */
	room = vkv_nand_buffer_index(n, evicted, from->at);
	op->at = max(op->at, room);
}

static void pass_index(struct vkv_nand *n, const struct vkv_footprint *fp,
		       struct op *op)
{
	const struct op from = *op;
	u32 i;

	lockdep_assert_held(&n->lock);
	for (i = 0; i < fp->nr; i++)
		if (fp->touch[i].kind == VKV_TOUCH_LOOK ||
		    fp->touch[i].kind == VKV_TOUCH_CHANGE)
			use_index(n, &fp->touch[i], &from, op);
}

/* Is the page in the row that was read last? Planes read a row at once. */
static bool is_again(const struct vkv_nand *n, struct last_read *last,
		     const struct vkv_nand_place *place)
{
	u32 row = place->page % n->segment_pages / n->value[NAND_PLANES];
	bool again = last->any && last->unit == place->unit && last->row == row;

	*last = (struct last_read){ place->unit, row, true };
	return again;
}

static void read_extent(struct vkv_nand *n, const struct vkv_touch *t,
			const struct op *from, struct op *op,
			struct last_read *last)
{
	struct vkv_nand_place place;
	u64 at = t->at, len = t->len;
	u64 part;

	lockdep_assert_held(&n->lock);
	for (; len; at += part, len -= part) {
		vkv_nand_place_of(n, at, &place);
		part = min(len, n->value[NAND_PAGE] - place.offset);
		/* A segment ends before its last page does. */
		part = min(part, n->layout.segment - at % n->layout.segment);
		if (is_again(n, last, &place) || n->slot_of[place.unit])
			continue;
		read_page(n, &place, part, from, op, false);
	}
}

static void pass_reads(struct vkv_nand *n, const struct vkv_footprint *fp,
		       struct op *op)
{
	const struct op from = *op;
	struct last_read last = {};
	u32 i;

	lockdep_assert_held(&n->lock);
	for (i = 0; i < fp->nr; i++)
		if (fp->touch[i].kind == VKV_TOUCH_READ)
			read_extent(n, &fp->touch[i], &from, op, &last);
}

static void erase_segment(struct vkv_nand *n, u64 at)
{
	u64 block = n->value[NAND_PAGE] * n->value[NAND_PAGES];

	lockdep_assert_held(&n->lock);
	vkv_nand_buffer_drop(n, at);
	n->erased += n->layout.segment / n->layout.share;
	while (n->erased >= block) {
		n->erased -= block;
		vkv_nand_erase(n);
	}
}

static void pass_writes(struct vkv_nand *n, const struct vkv_footprint *fp,
			struct op *op)
{
	u32 i;

	lockdep_assert_held(&n->lock);
	for (i = 0; i < fp->nr; i++) {
		const struct vkv_touch *t = &fp->touch[i];

		if (t->kind == VKV_TOUCH_WRITE)
			op->at =
				vkv_nand_buffer_write(n, t->at, t->len, op->at);
		else if (t->kind == VKV_TOUCH_ERASE)
			erase_segment(n, t->at);
		else if (t->kind == VKV_TOUCH_FLUSH)
			op->at = vkv_nand_buffer_flush(n, op->at);
	}
}

static void add_fixed(const struct vkv_nand *n, const struct vkv_footprint *fp,
		      struct op *op)
{
	u64 ns = fp->write_bytes ? n->value[NAND_WRITE_FIXED] :
				   n->value[NAND_READ_FIXED];

	op->at += ns;
	op->transfer += ns;
}

static u64 nand_schedule(void *state, const struct vkv_footprint *fp,
			 u64 arrival, struct vkv_latency *latency)
{
	struct op op = { .at = arrival };
	struct vkv_nand *n = state;

	spin_lock(&n->lock);
	n->now = max(n->now, arrival);
	if (!fp->background)
		pass_controller(n, fp, &op);
	n->base = op.at;
	vkv_nand_buffer_retire(n, n->base);
	pass_index(n, fp, &op);
	pass_reads(n, fp, &op);
	pass_writes(n, fp, &op);
	spin_unlock(&n->lock);
	if (!fp->background)
		add_fixed(n, fp, &op);
	latency->index = op.index;
	latency->media = op.media;
	latency->transfer = op.transfer;
	latency->queueing = op.at - arrival - op.index - op.media - op.transfer;
	return op.at;
}

/* Numbers */

static void nand_usage(void *state, struct vkv_timing_usage *usage)
{
	struct vkv_nand *n = state;

	spin_lock(&n->lock);
	usage->nr_dies += n->nr_dies;
	usage->index_hits += n->usage.index_hits;
	usage->index_misses += n->usage.index_misses;
	usage->media_reads += n->usage.media_reads;
	usage->media_programs += n->usage.media_programs;
	usage->media_erases += n->usage.media_erases;
	usage->buffered += n->usage.buffered;
	spin_unlock(&n->lock);
}

/* The work that lies ahead does not count. */
static u64 nand_die_busy(void *state, unsigned int i)
{
	struct vkv_nand *n = state;
	u64 busy, later;

	VKV_ASSERT(i < n->nr_dies);
	spin_lock(&n->lock);
	busy = n->die[i].busy;
	later = n->die[i].free_at - min(n->die[i].free_at, n->now);
	spin_unlock(&n->lock);
	return busy - min(busy, later);
}

/* Life */

static void nand_destroy(void *state)
{
	struct vkv_nand *n = state;

	vkv_nand_cache_destroy(n);
	vkv_nand_buffer_destroy(n);
	vkv_nand_dies_destroy(n);
	kvfree(n);
}

static void *nand_create(const u64 *value,
			 const struct vkv_timing_layout *layout)
{
	struct vkv_nand *n = kvzalloc(sizeof(*n), GFP_KERNEL);

	if (!n)
		return NULL;
	memcpy(n->value, value, sizeof(n->value));
	n->layout = *layout;
	spin_lock_init(&n->lock);
	vkv_nand_place_init(n);
	if (vkv_nand_dies_create(n) || vkv_nand_buffer_create(n) ||
	    vkv_nand_cache_create(n)) {
		nand_destroy(n);
		return NULL;
	}
	return n;
}

const struct vkv_timing_ops vkv_timing_nand_ops = {
	.name = "nand",
	.keys = nand_keys,
	.nr_keys = NAND_NR_KEYS,
	.places = true,
	.create = nand_create,
	.destroy = nand_destroy,
	.schedule = nand_schedule,
	.usage = nand_usage,
	.die_busy = nand_die_busy,
};
