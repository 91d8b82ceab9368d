/* SPDX-License-Identifier: GPL-2.0 */
/* Namespaces: which there are, and which the host sees. */
#ifndef VKV_NS_H
#define VKV_NS_H

#include <linux/types.h>

#include "vkv.h"

#define VKV_LBA_SHIFT 9
#define VKV_UNIT_SHIFT 12		/* block units in the FTL */
#define VKV_UNIT (1u << VKV_UNIT_SHIFT)

struct vkv_dev;
struct vkv_way;

struct vkv_ns {
	u32 nsid;
	enum vkv_ns_kind kind;
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
 * @dev: the device; its FTL and opcodes are there
 *
 * Context: before the first round.
 */
void vkv_ns_init(struct vkv_dev *dev);

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
 * vkv_ns_visible() - does the host see a namespace?
 * @dev: the device
 * @ns: one of its namespaces
 *
 * Without CC.CSS = 110b there are only block namespaces.
 * Context: dispatcher.
 * Return: true when it does.
 */
bool vkv_ns_visible(const struct vkv_dev *dev, const struct vkv_ns *ns);

/**
 * vkv_nsid_is_valid() - is it a namespace's NSID, active or not?
 * @dev: the device
 * @nsid: any
 *
 * Context: any.
 * Return: true when it is.
 */
bool vkv_nsid_is_valid(const struct vkv_dev *dev, u32 nsid);

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
 * vkv_ns_status() - the status for an NSID that vkv_ns_find() has not found
 * @dev: the device
 * @nsid: which
 *
 * Inactive NSIDs and invalid ones differ (section 3.2.1).
 * Context: any.
 *
 * Return: an NVMe status.
 */
u16 vkv_ns_status(const struct vkv_dev *dev, u32 nsid);

#endif
