/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_ISSUE_H
#define FUZZ_ISSUE_H

#include "device/fuzz/fuzz.h"

/**
 * issue - send a command one of five ways, wait for its end, and count it
 * @f: the thread
 * @kind: where it goes
 * @c: the command
 */
void issue(struct fuzzer *f, enum kind kind, struct nvme_passthru_cmd64 *c);

/** time_one - note that a command took @ms milliseconds, if none took longer */
void time_one(struct counts *n, enum kind kind, uint8_t opcode, uint64_t ms);

#endif
