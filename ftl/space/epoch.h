/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Epochs: how the log knows that nobody reads something any more.
 *
 * The epoch is a counter. Something that was unlinked (a segment that nothing
 * leads to, or an index page that was given back) takes the next epoch as its
 * stamp. Each slot notes the epoch at its quiescent points, and notes 0 while
 * it is idle. A thread that noted an epoch cannot find what was unlinked before
 * that epoch began. So something can be used again once its stamp is no greater
 * than the oldest note.
 */
#ifndef VKV_SPACE_EPOCH_H
#define VKV_SPACE_EPOCH_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

#include "ftl/space/log.h"
#include "ftl/space/slot.h"

/* A slot begins to use what it finds. */
static inline void vkv_epoch_enter(struct vkv_space *sp, struct vkv_slot *s)
{
	if (s->seen)
		return;
	/* The slot does not find what was unlinked before this epoch began. */
	WRITE_ONCE(s->seen, smp_load_acquire(&sp->epoch));
	/*
	 * Pairs with the one in vkv_epoch_oldest(): either that function sees
	 * this slot, or this slot sees that something was unlinked.
	 */
	smp_mb();
}

/* A slot that is not idle uses nothing that it found before. */
static inline void vkv_epoch_note(struct vkv_space *sp, struct vkv_slot *s)
{
	if (!s->seen)
		return;
	/* Pairs with both vkv_epoch_next() and vkv_epoch_oldest(). */
	smp_store_release(&s->seen, smp_load_acquire(&sp->epoch));
}

/* A slot uses nothing, until it enters again. */
static inline void vkv_epoch_leave(struct vkv_slot *s)
{
	/* Pairs with the acquire in vkv_epoch_oldest(). */
	smp_store_release(&s->seen, 0);
}

/**
 * vkv_epoch_next() - begin an epoch
 * @sp: the space manager
 *
 * Return: the stamp of everything that was unlinked before the call.
 * Context: the lock is held.
 */
u64 vkv_epoch_next(struct vkv_space *sp);

/**
 * vkv_epoch_oldest() - the oldest epoch that a slot has noted
 * @sp: the space manager
 *
 * Return: whatever has a stamp up to this one can be used again.
 * Context: the lock is held.
 */
u64 vkv_epoch_oldest(struct vkv_space *sp);

#endif
