/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects: the fragments of large values. The essay is in ftl/object.c.
 */
#ifndef VKV_FTL_OBJECT_H
#define VKV_FTL_OBJECT_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>

/* Fragments that are removed at once; more are left to the collector. */
#define VKV_DROP_MAX 1024u

struct vkv_footprint;
struct vkv_ftl;

/**
 * struct vkv_orphan - a removed value whose fragments are still there
 * @object: names the fragments
 * @next: the first of them that is to be removed
 * @end: behind the last
 * @keyspace: keyspace of the value
 */
struct vkv_orphan {
	u64 object;
	u32 next;
	u32 end;
	u8 keyspace;
};

/**
 * struct vkv_orphans - all orphans
 * @lock: protects what follows
 * @nr: how many there are; read without the lock, too
 * @max: how many fit into @orphan
 * @orphan: the table; the last one is worked on first
 */
struct vkv_orphans {
	spinlock_t lock;	/* everything below */
	u32 nr;
	u32 max;
	struct vkv_orphan *orphan;
};

/**
 * vkv_object_create() - make the table of orphans
 * @ftl: the core; its geometry is set
 *
 * Context: may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_object_create(struct vkv_ftl *ftl);

/**
 * vkv_object_destroy() - free the table of orphans
 * @ftl: the core; the table need not be there
 */
void vkv_object_destroy(struct vkv_ftl *ftl);

/**
 * vkv_object_drop() - remove fragments
 * @ftl: the core
 * @keyspace: keyspace of the value
 * @object: names the fragments
 * @from: the first
 * @end: behind the last; no more than VKV_DROP_MAX fragments, or those of one
 *	command
 * @fp: added to
 */
void vkv_object_drop(struct vkv_ftl *ftl, u8 keyspace, u64 object, u32 from,
		     u32 end, struct vkv_footprint *fp);

/**
 * vkv_object_leave() - a value is gone: remove its fragments, if it has any
 * @ftl: the core
 * @loc: its record, which no index leads to any more
 * @hash: hash of its key
 * @fp: added to
 *
 * The fragments of a very large value become an orphan, which the collector
 * removes later.
 */
void vkv_object_leave(struct vkv_ftl *ftl, u64 loc, u64 hash,
		      struct vkv_footprint *fp);

/**
 * vkv_object_collect() - remove some of the fragments left to the collector
 * @ftl: the core
 * @fp: added to
 *
 * Context: the collector's thread.
 * Return: false when there were none.
 */
bool vkv_object_collect(struct vkv_ftl *ftl, struct vkv_footprint *fp);

#endif
