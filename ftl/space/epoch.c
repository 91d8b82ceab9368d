// SPDX-License-Identifier: GPL-2.0

#include "ftl/space/epoch.h"

#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "vkv_assert.h"

u64 vkv_epoch_next(struct vkv_space *sp)
{
	lockdep_assert_held(&sp->lock);
	/* After the unlinking; pairs with the acquire of a slot's note. */
	smp_store_release(&sp->epoch, sp->epoch + 1);
	return sp->epoch;
}

u64 vkv_epoch_oldest(struct vkv_space *sp)
{
	u64 oldest = sp->epoch;
	u32 i;

	lockdep_assert_held(&sp->lock);
	/* Pairs with the one in vkv_epoch_enter(). */
	smp_mb();
	for (i = 0; i < sp->cfg.nr_slots; i++) {
		/* The slot has read all that it read before it noted this. */
		u64 seen = smp_load_acquire(&sp->slot[i].seen);

		VKV_ASSERT(seen <= sp->epoch);
		if (seen)
			oldest = min(oldest, seen);
	}
	return oldest;
}
