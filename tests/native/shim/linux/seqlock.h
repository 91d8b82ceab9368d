/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in. */
#ifndef SHIM_LINUX_SEQLOCK_H
#define SHIM_LINUX_SEQLOCK_H

#include <asm/barrier.h>
#include <asm/processor.h>
#include <linux/spinlock.h>
#include <linux/types.h>

typedef struct {
	unsigned int sequence;
	spinlock_t *lock;
} seqcount_spinlock_t;

static inline void seqcount_spinlock_init(seqcount_spinlock_t *s,
					  spinlock_t *lock)
{
	s->sequence = 0;
	s->lock = lock;
}

static inline unsigned int read_seqcount_begin(const seqcount_spinlock_t *s)
{
	unsigned int seq;

	while ((seq = smp_load_acquire(&s->sequence)) & 1)
		cpu_relax();
	return seq;
}

static inline unsigned int raw_read_seqcount(const seqcount_spinlock_t *s)
{
	return smp_load_acquire(&s->sequence);
}

static inline int read_seqcount_retry(const seqcount_spinlock_t *s,
				      unsigned int start)
{
	smp_rmb();
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_spinlock_t *s)
{
	lockdep_assert_held(s->lock);
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb();
}

#define write_seqcount_begin_nested(s, subclass) write_seqcount_begin(s)

static inline void write_seqcount_end(seqcount_spinlock_t *s)
{
	smp_store_release(&s->sequence, s->sequence + 1);
}

#endif
