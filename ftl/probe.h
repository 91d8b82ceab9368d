/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Probes: keys to be looked for. The essay is in ftl/probe.c.
 */
#ifndef VKV_FTL_PROBE_H
#define VKV_FTL_PROBE_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "ftl/core.h"
#include "ftl/ctx.h"
#include "ftl/footprint.h"
#include "ftl/index/index.h"
#include "ftl/record.h"
#include "vkv_assert.h"

/**
 * struct vkv_probe - a key, ready to be looked for
 * @ftl: the core
 * @index: the index that has the key, if any has
 * @trail: the trail of the key there; the context's, or @own
 * @data: the bytes of the key
 * @hash: its hash
 * @mark: value for vkv_key.hash; user's keys only
 * @len: its length in bytes
 * @keyspace: its keyspace
 * @class: of enum vkv_key_class
 * @suspect: location in an entry that is likely to be the key's, but leads to
 *	no record of that kind; 0 for none. The last search found it
 * @fragment: has the bytes of a fragment's key
 * @own: trail of a fragment's key
 */
struct vkv_probe {
	struct vkv_ftl *ftl;
	struct vkv_index *index;
	struct vkv_trail *trail;
	const void *data;
	u64 hash;
	u64 mark;
	u8 len;
	u8 keyspace;
	u8 class;
	u64 suspect;
	struct vkv_fragment_key fragment;
	struct vkv_trail own;
};

/**
 * vkv_probe_key() - prepare to look for a user's key
 * @ctx: this thread's; has entered
 * @key: valid; its bytes must stay as long as the probe
 * @probe: filled
 */
static inline void vkv_probe_key(struct vkv_ftl_ctx *ctx,
				 const struct vkv_key *key,
				 struct vkv_probe *probe)
{
	struct vkv_ftl *ftl = ctx->ftl;

	VKV_ASSERT(ctx->entered);
	probe->ftl = ftl;
	probe->index = vkv_keyspace_index(ftl, key->keyspace)->index;
	probe->data = key->data;
	probe->mark = vkv_ctx_mark(ctx, key);
	probe->trail = vkv_ctx_trail(ctx, key->keyspace, probe->mark);
	probe->hash = probe->trail->hash;
	probe->len = key->len;
	probe->keyspace = key->keyspace;
	probe->class = VKV_CLASS_USER;
	probe->suspect = 0;
}

/**
 * vkv_probe_fragment() - prepare to look for a fragment
 * @ftl: the core
 * @keyspace: keyspace of the value
 * @object: names the fragments of the value
 * @nr: number of the fragment, from 0
 * @probe: filled; must not be copied
 */
void vkv_probe_fragment(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 nr,
			struct vkv_probe *probe);

/**
 * vkv_probe_prefetch() - this key will be looked for soon
 * @probe: the key
 */
void vkv_probe_prefetch(const struct vkv_probe *probe);

/**
 * vkv_probe_match() - does the record at a location have the key?
 * @arg: the probe; its @suspect is set when the record there is damaged
 * @loc: the location; may lie outside of the memory
 *
 * Context: any; may be under a lock of the index.
 * Return: true when the record has the key.
 */
bool vkv_probe_match(void *arg, u64 loc);

/**
 * vkv_probe_note() - note the page of the index that the key is in
 * @probe: the key
 * @kind: of enum vkv_touch_kind
 * @fp: has room for places
 */
void vkv_probe_note(const struct vkv_probe *probe, u8 kind,
		    struct vkv_footprint *fp);

/**
 * vkv_probe_find() - look for the key
 * @probe: the key
 * @fp: added to
 *
 * Return: location of its record, 0 when there is none. When the record is
 * damaged, the location may be any.
 */
static inline u64 vkv_probe_find(struct vkv_probe *probe,
				 struct vkv_footprint *fp)
{
	u64 loc;

	fp->lookups += probe->class == VKV_CLASS_USER;
	if (fp->touch)
		vkv_probe_note(probe, VKV_TOUCH_LOOK, fp);
	probe->suspect = 0;
	loc = probe->ftl->index_ops->lookup(probe->index, probe->trail,
					    vkv_probe_match, probe,
					    &fp->index_reads);
	return likely(loc) ? loc : probe->suspect;
}

/**
 * vkv_probe_note_change() - note that the index was changed at the key
 * @probe: the key
 * @fp: added to
 *
 * Context: after the change. The page that is noted is the one that the key is
 * in by then.
 */
static inline void vkv_probe_note_change(const struct vkv_probe *probe,
					 struct vkv_footprint *fp)
{
	if (fp->touch)
		vkv_probe_note(probe, VKV_TOUCH_CHANGE, fp);
}

/**
 * vkv_probe_change() - replace or remove the record of the key
 * @probe: the key
 * @expect: location of the record that is there, 0 for none, or VKV_LOC_ANY
 * @loc: location of the record that will be there, which is UNBORN; 0 for none
 * @found: becomes the location of the record that was there
 *
 * Live bytes and the states of both records follow.
 * Return: as vkv_index_ops.change().
 */
int vkv_probe_change(struct vkv_probe *probe, u64 expect, u64 loc,
		     u64 *found);

/**
 * vkv_probe_replace() - replace a record that the caller has looked at
 * @probe: the key
 * @expect: location of the record that is there, 0 for none
 * @bytes: bytes of that record in the log if it is intact; 0 if unknown
 * @loc: location of the record that will be there, which is UNBORN
 * @found: becomes the location of the record that was there
 *
 * Return: as vkv_index_ops.change().
 */
int vkv_probe_replace(struct vkv_probe *probe, u64 expect, u32 bytes, u64 loc,
		      u64 *found);

/**
 * vkv_probe_belongs() - does an entry lead to a record of its place?
 * @ftl: the core
 * @ix: the index
 * @pos: position of the entry
 * @loc: location in the entry
 *
 * Context: any; may be under a lock of the index.
 * Return: false when the record or the entry is damaged.
 */
bool vkv_probe_belongs(const struct vkv_ftl *ftl, const struct vkv_index *ix,
		       u64 pos, u64 loc);

/**
 * vkv_probe_forget() - remove an entry whose key cannot be read
 * @ftl: the core
 * @number: number of the index
 * @pos: position of the entry
 * @loc: location in the entry
 *
 * Return: false when there is no such entry.
 */
bool vkv_probe_forget(struct vkv_ftl *ftl, u32 number, u64 pos, u64 loc);

#endif
