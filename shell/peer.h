/* SPDX-License-Identifier: GPL-2.0 */
/* The memory of other PCI devices, for a device that is not confined. */
#ifndef VKV_PEER_H
#define VKV_PEER_H

#include <linux/mutex.h>
#include <linux/types.h>

struct vkv_peer;

/**
 * struct vkv_peers - the BARs that commands have named
 * @lock: held to add a BAR
 * @first: a list, which is read without the lock
 * @own: where the device's own BAR begins, which is no peer's
 */
struct vkv_peers {
	struct mutex lock;
	u64 own;
	struct vkv_peer *first;
};

/**
 * vkv_peers_init() - no BAR is mapped
 * @peers: filled
 * @own: physical address of the device's own BAR
 *
 * Context: any.
 */
void vkv_peers_init(struct vkv_peers *peers, u64 own);

/**
 * vkv_peers_unmap() - unmap all BARs
 * @peers: from vkv_peers_init(), or zeroed; nobody uses them any more
 *
 * Context: may sleep.
 */
void vkv_peers_unmap(struct vkv_peers *peers);

/**
 * vkv_peers_map() - the memory of another PCI device
 * @peers: the BARs that are mapped; a new one is added
 * @addr: a physical address
 *
 * A BAR stays mapped, even if its device goes away. The address has no memory
 * then, which is what it has for a real drive, too.
 *
 * Context: may sleep when the BAR is named for the first time.
 * Return: a pointer that is good up to the end of the 4 KiB page; NULL when no
 * other device has memory there.
 */
void *vkv_peers_map(struct vkv_peers *peers, u64 addr);

#endif
