// SPDX-License-Identifier: GPL-2.0
/*
 * Peer-to-peer transfers: a host may tell a drive to read from the memory of
 * another PCI device, or to write to it. A GPU's memory is an example.
 *
 * The first command that names a BAR has it mapped whole. Bus addresses are
 * physical addresses here. So the mapping stays right whichever device the
 * address belongs to, and whether or not it is still there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "shell/peer.h"

#include <linux/compiler.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <asm/barrier.h>

#include "shell/compat.h"

struct vkv_peer {
	const struct vkv_peer *next;
	u64 start;
	u64 end;
	void __iomem *at;
};

void vkv_peers_init(struct vkv_peers *peers, u64 own)
{
	mutex_init(&peers->lock);
	peers->own = own;
	peers->first = NULL;
}

void vkv_peers_unmap(struct vkv_peers *peers)
{
	struct vkv_peer *peer, *next;

	for (peer = peers->first; peer; peer = next) {
		next = (struct vkv_peer *)peer->next;
		iounmap(peer->at);
		kfree(peer);
	}
	peers->first = NULL;
}

static const struct vkv_peer *find_peer(const struct vkv_peers *peers, u64 addr)
{
	/* Pairs with add_peer(). */
	const struct vkv_peer *peer = smp_load_acquire(&peers->first);

	while (peer && (addr < peer->start || addr > peer->end))
		peer = peer->next;
	return peer;
}

/* A BAR of less than a page shares its page with others. */
static struct resource *bar_with(struct pci_dev *dev, u64 addr)
{
	struct resource *bar;
	unsigned int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		bar = &dev->resource[i];
		if (resource_type(bar) == IORESOURCE_MEM && bar->parent &&
		    resource_size(bar) >= SZ_4K && addr >= bar->start &&
		    addr <= bar->end)
			return bar;
	}
	return NULL;
}

static const struct vkv_peer *add_peer(struct vkv_peers *peers,
				       const struct resource *bar)
{
	struct vkv_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL);

	if (!peer)
		return NULL;
	peer->at = vkv_map_peer(bar->start, resource_size(bar));
	if (!peer->at) {
		kfree(peer);
		return NULL;
	}
	peer->start = bar->start;
	peer->end = bar->end;
	peer->next = peers->first;
	/* Pairs with find_peer(). */
	smp_store_release(&peers->first, peer);
	return peer;
}

/* With the lock held. */
static const struct vkv_peer *look_for_peer(struct vkv_peers *peers,
					    u64 addr)
{
	const struct vkv_peer *peer = find_peer(peers, addr);
	struct pci_dev *dev = NULL;
	struct resource *bar;

	if (peer)
		return peer;
	for_each_pci_dev(dev) {
		bar = bar_with(dev, addr);
		if (!bar || bar->start == peers->own)
			continue;
		peer = add_peer(peers, bar);
		if (peer)
			pci_info(dev, "vKVSSD reaches %pR (dma=open)\n", bar);
		pci_dev_put(dev);
		break;
	}
	return peer;
}

void *vkv_peers_map(struct vkv_peers *peers, u64 addr)
{
	const struct vkv_peer *peer = find_peer(peers, addr);

	if (unlikely(!peer)) {
		mutex_lock(&peers->lock);
		peer = look_for_peer(peers, addr);
		mutex_unlock(&peers->lock);
	}
	return peer ? (void __force *)peer->at + (addr - peer->start) : NULL;
}
