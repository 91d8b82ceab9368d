// SPDX-License-Identifier: GPL-2.0
/*
 * The invariant checker: everything that can be counted in two ways is.
 *
 * First each index is walked, and the records that its entries lead to are
 * looked at. Then every segment is walked, whose LIVE records must be exactly
 * those. They are, if their numbers agree: every entry leads to a LIVE record
 * of its own.
 */
#include "kv_ftl.h"

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "ftl/core.h"
#include "ftl/intact.h"
#include "ftl/object.h"
#include "ftl/probe.h"
#include "ftl/record.h"
#include "ftl/usage.h"
#include "ftl/value.h"

/**
 * struct tally - a check that is under way
 * @ftl: the core
 * @why: filled with the first complaint
 * @why_len: its size
 * @err: -EUCLEAN after a complaint
 * @number: number of the index that is walked
 * @live: for each segment, the bytes that entries lead to
 * @entries: entries of all indexes
 * @records: LIVE records in the log
 * @fragments: fragments that were found
 * @expected: fragments that heads and orphans ask for
 * @bytes: for each keyspace, what its keys are charged
 * @keys: for each keyspace, its keys
 */
struct tally {
	struct vkv_ftl *ftl;
	char *why;
	size_t why_len;
	int err;
	u32 number;
	u32 *live;
	u64 entries;
	u64 records;
	u64 fragments;
	u64 expected;
	u64 bytes[VKV_NR_KEYSPACES];
	u64 keys[VKV_NR_KEYSPACES];
};

static void check_complain(struct tally *t, const char *what, u64 where,
			   u64 has, u64 should)
{
	if (t->err)
		return;
	scnprintf(t->why, t->why_len, "%s, at %llu: %llu, not %llu", what,
		  where, has, should);
	t->err = -EUCLEAN;
}

static u32 index_number(const struct vkv_ftl *ftl, const struct vkv_record *rec)
{
	return vkv_numbered_of(ftl, vkv_record_class(rec), rec->keyspace)->number;
}

/* Does the entry belong there, and does its index lead back to it? */
static void check_entry(struct tally *t, u64 pos, u64 loc)
{
	const struct vkv_ftl *ftl = t->ftl;
	const struct vkv_record *rec = vkv_record_at(ftl, loc);
	struct vkv_trail trail = { .hash = vkv_record_hash(ftl, rec) };
	struct vkv_footprint none = {};
	struct vkv_probe probe = {
		.ftl = t->ftl,
		.index = ftl->index[t->number].index,
		.data = rec->key,
		.hash = trail.hash,
		.len = rec->key_len,
		.keyspace = rec->keyspace,
		.class = vkv_record_class(rec),
		.trail = &trail,
	};
	u64 found, should;

	if (index_number(ftl, rec) != t->number)
		check_complain(t, "index of a record", loc, t->number,
			       index_number(ftl, rec));
	if (vkv_record_state(rec) != VKV_RECORD_LIVE)
		check_complain(t, "state", loc, vkv_record_state(rec),
			       VKV_RECORD_LIVE);
	should = ftl->index_ops->position(probe.index, probe.hash);
	if (pos != should)
		check_complain(t, "position", loc, pos, should);
	if (rec->checksum != vkv_record_sum(rec, probe.hash))
		check_complain(t, "checksum", loc, rec->checksum,
			       vkv_record_sum(rec, probe.hash));
	if (rec->type != VKV_RECORD_HEAD &&
	    !vkv_value_intact(vkv_ftl_ctx(t->ftl, 0), rec))
		check_complain(t, "sum of a value", loc, 0, rec->value_sum);
	found = vkv_probe_find(&probe, &none);
	if (found != loc)
		check_complain(t, "key found elsewhere", loc, found, loc);
}

static void check_fragment(struct tally *t, const struct vkv_record *rec,
			   const struct vkv_head *head, u32 nr)
{
	u64 begin = (u64)nr << ilog2(t->ftl->fragment);
	u64 len = min_t(u64, t->ftl->fragment, head->size - begin);
	struct vkv_footprint none = {};
	struct vkv_probe probe;
	u64 loc;

	vkv_probe_fragment(t->ftl, rec->keyspace, head->object, nr, &probe);
	loc = vkv_probe_find(&probe, &none);
	if (!loc)
		check_complain(t, "fragment missing", head->object, 0, nr);
	else if (vkv_record_at(t->ftl, loc)->value_len != len)
		check_complain(t, "fragment length", loc,
			       vkv_record_at(t->ftl, loc)->value_len, len);
}

static void check_head(struct tally *t, const struct vkv_record *rec)
{
	struct vkv_head head;
	u32 nr, i;

	vkv_record_head(rec, &head);
	nr = vkv_nr_fragments(t->ftl, head.size);
	if (head.size <= t->ftl->fragment || head.size > VKV_VALUE_MAX)
		check_complain(t, "size of a fragmented value", head.object,
			       head.size, t->ftl->fragment);
	for (i = 0; !t->err && i < nr; i++)
		check_fragment(t, rec, &head, i);
	t->expected += nr;
}

static bool check_location(struct tally *t, u64 loc)
{
	struct vkv_ftl *ftl = t->ftl;
	u32 unit = ftl->space_ops->unit(ftl->space, loc);
	u64 from, to;

	if (!vkv_location_exists(ftl, loc))
		return false;
	ftl->space_ops->extent(ftl->space, unit, &from, &to);
	return loc >= from && loc < to &&
	       vkv_record_fits(ftl, vkv_record_at(ftl, loc),
			       (to - loc) << VKV_LOC_SHIFT);
}

static void check_visit(void *arg, u64 pos, u64 loc)
{
	struct tally *t = arg;
	const struct vkv_record *rec;

	if (t->err)
		return;
	if (!check_location(t, loc)) {
		check_complain(t, "entry of the index", loc, 0, 1);
		return;
	}
	rec = vkv_record_at(t->ftl, loc);
	t->live[t->ftl->space_ops->unit(t->ftl->space, loc)] +=
		vkv_record_size(rec);
	t->entries++;
	check_entry(t, pos, loc);
	if (rec->type == VKV_RECORD_FRAGMENT) {
		t->fragments++;
		return;
	}
	t->keys[rec->keyspace]++;
	t->bytes[rec->keyspace] += vkv_charge(t->ftl, rec->keyspace,
					      rec->key_len,
					      vkv_record_value_size(rec));
	if (rec->type == VKV_RECORD_HEAD)
		check_head(t, rec);
}

static void check_quota(struct tally *t, const struct vkv_quota *quota)
{
	const struct vkv_ftl *ftl = t->ftl;
	u64 used = atomic64_read(&quota->used), bytes = 0;
	u32 i;

	for (i = 0; i < VKV_NR_KEYSPACES; i++)
		if (ftl->quota_of[i] == quota)
			bytes += t->bytes[i];
	if (bytes != used)
		check_complain(t, "bytes of a quota", quota - ftl->quota, used,
			       bytes);
	if (used > quota->limit)
		check_complain(t, "quota", quota - ftl->quota, used,
			       quota->limit);
}

static void check_sums(struct tally *t)
{
	struct vkv_ftl *ftl = t->ftl;
	u64 used = 0;
	u32 i;

	for (i = 0; i < ftl->orphans.nr; i++)
		t->expected += ftl->orphans.orphan[i].end -
			       ftl->orphans.orphan[i].next;
	if (t->fragments != t->expected)
		check_complain(t, "fragments", 0, t->fragments, t->expected);
	for (i = 0; i < VKV_NR_KEYSPACES; i++) {
		u64 bytes, keys;

		vkv_ftl_keyspace_usage(ftl, i, &bytes, &keys);
		if (bytes != t->bytes[i])
			check_complain(t, "bytes of a keyspace", i, bytes,
				       t->bytes[i]);
		if (keys != t->keys[i])
			check_complain(t, "keys of a keyspace", i, keys,
				       t->keys[i]);
		check_quota(t, &ftl->quota[i]);
		used += bytes;
	}
	if (used != (u64)atomic64_read(&ftl->used))
		check_complain(t, "bytes used", 0, atomic64_read(&ftl->used),
			       used);
	if (used > ftl->capacity)
		check_complain(t, "capacity", 0, used, ftl->capacity);
}

static void check_indexes(struct tally *t)
{
	struct vkv_ftl *ftl = t->ftl;
	struct vkv_space_stat stat;
	u64 pages = 0;

	for (; !t->err && t->number < vkv_nr_indexes(ftl); t->number++) {
		struct vkv_index *ix = ftl->index[t->number].index;

		t->err = ftl->index_ops->check(ix, t->why, t->why_len);
		if (!t->err)
			ftl->index_ops->walk(ix, check_visit, t);
		pages += ftl->index_ops->nr_pages(ix);
	}
	ftl->space_ops->stat(ftl->space, &stat);
	if (stat.index_pages != pages)
		check_complain(t, "index pages", 0, stat.index_pages, pages);
}

static bool has_known_state(const struct vkv_record *rec)
{
	u32 state = vkv_record_state(rec);

	return state >= VKV_RECORD_UNBORN && state <= VKV_RECORD_DEAD;
}

/* The LIVE records of a segment must be as many bytes as entries lead to. */
static void check_log_segment(struct tally *t, u32 segment)
{
	struct vkv_ftl *ftl = t->ftl;
	u32 live = 0;
	u64 at, end;

	ftl->space_ops->extent(ftl->space, segment, &at, &end);
	while (at < end) {
		const struct vkv_record *rec = vkv_record_at(ftl, at);

		if (!vkv_record_fits(ftl, rec, (end - at) << VKV_LOC_SHIFT) ||
		    !has_known_state(rec)) {
			check_complain(t, "record that cannot be read", at, 0,
				       1);
			return;
		}
		if (vkv_record_state(rec) == VKV_RECORD_LIVE) {
			live += vkv_record_size(rec);
			t->records++;
		}
		at += vkv_record_size(rec) >> VKV_LOC_SHIFT;
	}
	if (live != t->live[segment])
		check_complain(t, "bytes in LIVE records", segment, live,
			       t->live[segment]);
}

static void check_log(struct tally *t)
{
	struct vkv_ftl *ftl = t->ftl;
	u32 i;

	for (i = 0; !t->err && i < ftl->space_ops->segments(ftl->space); i++) {
		check_log_segment(t, i);
		cond_resched();
	}
	if (t->records != t->entries)
		check_complain(t, "LIVE records", 0, t->records, t->entries);
}

static void check_all(struct tally *t)
{
	struct vkv_ftl *ftl = t->ftl;

	check_indexes(t);
	if (!t->err)
		check_log(t);
	if (!t->err)
		check_sums(t);
	if (!t->err)
		t->err = ftl->space_ops->check(ftl->space, t->live, t->why,
					       t->why_len);
}

int vkv_ftl_check(struct vkv_ftl *ftl, char *why, size_t why_len)
{
	struct tally *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	int err = -ENOMEM;

	if (!t)
		goto out;
	scnprintf(why, why_len, "%s", "");
	t->ftl = ftl;
	t->why = why;
	t->why_len = why_len;
	t->live = kvcalloc(ftl->space_ops->segments(ftl->space),
			   sizeof(*t->live), GFP_KERNEL);
	if (t->live) {
		check_all(t);
		err = t->err;
	}
	kvfree(t->live);
	kvfree(t);
out:
	if (err == -ENOMEM)
		scnprintf(why, why_len, "no memory");
	return err;
}
