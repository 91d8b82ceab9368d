/* SPDX-License-Identifier: GPL-2.0 */
/* Native stand-in: nothing interrupts a thread here but other threads. */
#ifndef SHIM_LINUX_IRQFLAGS_H
#define SHIM_LINUX_IRQFLAGS_H

#define local_irq_save(flags) ((void)((flags) = 0))
#define local_irq_restore(flags) ((void)(flags))

#endif
