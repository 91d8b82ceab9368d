/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_DRAW_H
#define FUZZ_DRAW_H

#include "device/fuzz/fuzz.h"

/**
 * draw - pick a command
 * @f: the thread that will send it
 * @kind: where it will go
 *
 * Its fields are plausible, perhaps with one of them spoilt, or wild.
 */
struct nvme_passthru_cmd64 draw(struct fuzzer *f, enum kind kind);

/** buffer_of - where the data of command @c of thread @f come from or go to */
uintptr_t buffer_of(const struct fuzzer *f,
		    const struct nvme_passthru_cmd64 *c);

#endif
