/* SPDX-License-Identifier: GPL-2.0 */
/* Namespaces: which there are, and which the host sees. ctrl/ns.c has the essay. */
#ifndef VKV_NS_H
#define VKV_NS_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#include "vkv.h"

#define VKV_LBA_SHIFT 9
#define VKV_UNIT_SHIFT 12		/* block units in the FTL */
#define VKV_UNIT (1u << VKV_UNIT_SHIFT)

struct vkv_dev;
struct vkv_timing;
struct vkv_way;

struct vkv_ns {
	u32 nsid;
	bool exists;			/* it was made, and not deleted since */
	bool attached;			/* the host sees it */
	bool leaving;			/* it is being deleted */
	u16 generation;			/* how often it was made anew */
	enum vkv_ns_kind kind;		/* of the last one, when it was deleted */
	bool capped;			/* it may hold less than the pool */
	u64 cap;			/* bytes, at most the pool's */
	u64 nr_lbas;			/* block */
	u8 keyspace;			/* of standard, or vendor keyspace 1 */
	u8 keyspace0;			/* block: vendor keyspace 0 */
	u8 keyspace_block;		/* block: its units */
	u8 nr_keyspaces;		/* of these three, from @keyspace on */
	u32 kv_config;			/* feature 20h */
	u32 error_recovery;		/* feature 05h */
	u8 nguid[16];
	u32 identified;			/* Identify commands, since enabled */
	u64 identified_at;		/* ns, the last of them */
	unsigned int first_row;		/* of its opcodes: ctrl/stats.c */
	bool timed;			/* its model is not "none" */
	const struct vkv_way *ways;	/* of its kind: vkv_opcodes.way */
};

/**
 * struct vkv_spare - keyspaces that no namespace has
 * @first: of sets of keyspaces that deleted namespaces had, by kind: the first
 *	keyspace of each set
 * @nr: how many sets, by kind
 * @taken: keyspaces from here on have never belonged to a namespace
 * @opened: keyspaces that the FTL has
 */
struct vkv_spare {
	u8 first[VKV_NR_NS_KINDS][VKV_NR_NAMESPACES];
	u8 nr[VKV_NR_NS_KINDS];
	u8 taken;
	u8 opened;
};

/**
 * vkv_ns_nr_keyspaces() - keyspaces of the first namespaces
 * @cfg: the device's
 * @nr_ns: how many namespaces
 *
 * Each keyspace has an index, which costs space.
 * Context: any.
 * Return: their sum.
 */
u8 vkv_ns_nr_keyspaces(const struct vkv_dev_config *cfg, unsigned int nr_ns);

/**
 * vkv_ns_init() - the namespaces that the configuration names
 * @dev: the device; its FTL, timing, statistics and opcodes are there
 *
 * Context: before the first round; may sleep.
 * Return: 0, -ENOMEM.
 */
int __must_check vkv_ns_init(struct vkv_dev *dev);

/**
 * vkv_ns_create_timing() - make a timing for a device and its namespaces
 * @dev: the device; its FTL is there
 * @spec: see vkv_dev_config.timing
 * @out: becomes the timing
 *
 * Context: dispatcher, or before the first round; may sleep.
 * Return: 0, -EINVAL, -ERANGE, -ENOMEM.
 */
int __must_check vkv_ns_create_timing(const struct vkv_dev *dev,
				      const char *spec,
				      struct vkv_timing **out);

/**
 * vkv_ns_add() - make a namespace, which is not attached
 * @dev: the device
 * @nsid: its NSID; nothing has it
 * @cfg: the rest
 *
 * Context: dispatcher, or before the first round; may sleep.
 * Return: 0; -EINVAL; -ENOSPC when the device has no room for it; -EAGAIN when
 * the collector has to free memory first; -ENOMEM.
 */
int __must_check vkv_ns_add(struct vkv_dev *dev, u32 nsid,
			    const struct vkv_ns_config *cfg);

/**
 * vkv_ns_attach() - let the host see a namespace, or hide it
 * @dev: the device
 * @ns: one that exists
 * @attached: see it?
 *
 * Context: dispatcher, in a pause (ctrl/quiesce.h).
 */
void vkv_ns_attach(struct vkv_dev *dev, struct vkv_ns *ns, bool attached);

/**
 * vkv_ns_resize() - change what a namespace may hold
 * @dev: the device
 * @ns: one that exists
 * @cap: bytes; 0: all that the device has
 *
 * Blocks behind the end stay until vkv_trim() removes them.
 * Context: dispatcher, in a pause (ctrl/quiesce.h).
 * Return: 0; -EINVAL; -ENOSPC when it holds more.
 */
int __must_check vkv_ns_resize(struct vkv_dev *dev, struct vkv_ns *ns, u64 cap);

/**
 * vkv_ns_remove() - a namespace is no more
 * @dev: the device
 * @ns: one that is not attached, and empty; no command has it
 *
 * Context: dispatcher.
 */
void vkv_ns_remove(struct vkv_dev *dev, struct vkv_ns *ns);

/**
 * vkv_ns_in_use() - does anything still use some namespaces?
 * @dev: the device
 * @namespaces: a bit each; none is attached
 *
 * Context: dispatcher, in a pause (ctrl/quiesce.h).
 * Return: true while a command of one of them has not ended.
 */
bool vkv_ns_in_use(const struct vkv_dev *dev, u32 namespaces);

/**
 * vkv_ns_set_timed() - see which namespaces have a timing model
 * @dev: the device
 * @spec: its timing (vkv_dev_config.timing)
 *
 * Context: dispatcher, in a pause, or before the first round.
 */
void vkv_ns_set_timed(struct vkv_dev *dev, const char *spec);

/**
 * vkv_ns_existing() - which namespaces are there, attached or not?
 * @dev: the device
 *
 * Context: any thread.
 * Return: a bit each, from NSID 1 on.
 */
u32 vkv_ns_existing(const struct vkv_dev *dev);

/**
 * vkv_ns_pool() - what all namespaces may hold together
 * @dev: the device
 *
 * Context: any thread.
 * Return: bytes.
 */
u64 vkv_ns_pool(const struct vkv_dev *dev);

/**
 * vkv_ns_used() - bytes charged to a namespace
 * @dev: the device
 * @ns: which
 *
 * Context: any thread.
 * Return: never above the namespace's size.
 */
u64 vkv_ns_used(const struct vkv_dev *dev, const struct vkv_ns *ns);

/**
 * vkv_ns_first_block() - the first block namespace
 * @dev: the device
 *
 * Context: any.
 * Return: NULL when there is none.
 */
struct vkv_ns *vkv_ns_first_block(struct vkv_dev *dev);

/**
 * vkv_ns_exists() - is there a namespace?
 * @ns: one of vkv_dev.ns
 *
 * Context: any.
 */
static inline bool vkv_ns_exists(const struct vkv_ns *ns)
{
	/* Pairs with vkv_ns_add(): it is there as a whole. */
	return smp_load_acquire(&ns->exists);
}

/**
 * vkv_ns_visible() - does the host see a namespace?
 * @dev: the device
 * @ns: one of vkv_dev.ns
 *
 * Without CC.CSS = 110b there are only block namespaces.
 * Context: dispatcher.
 * Return: true when it does.
 */
bool vkv_ns_visible(const struct vkv_dev *dev, const struct vkv_ns *ns);

/**
 * vkv_nsid_is_valid() - may a namespace have this NSID, now or later?
 * @nsid: any
 *
 * Context: any.
 * Return: true when it may.
 */
static inline bool vkv_nsid_is_valid(u32 nsid)
{
	return nsid - 1 < VKV_NR_NAMESPACES;
}

/**
 * vkv_ns_find() - a namespace by its NSID, if the host can see it
 * @dev: the device
 * @nsid: any
 *
 * Context: dispatcher.
 * Return: NULL when there is none.
 */
struct vkv_ns *vkv_ns_find(struct vkv_dev *dev, u32 nsid);

/**
 * vkv_ns_allocated() - a namespace by its NSID, attached or not
 * @dev: the device
 * @nsid: any
 *
 * Context: dispatcher.
 * Return: NULL when there is none, or it is being deleted.
 */
struct vkv_ns *vkv_ns_allocated(struct vkv_dev *dev, u32 nsid);

/**
 * vkv_ns_status() - the status for an NSID that vkv_ns_find() has not found
 * @nsid: which
 *
 * Inactive NSIDs and invalid ones differ (section 3.2.1).
 * Context: any.
 *
 * Return: an NVMe status.
 */
u16 vkv_ns_status(u32 nsid);

#endif
