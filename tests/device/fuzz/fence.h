/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FUZZ_FENCE_H
#define FUZZ_FENCE_H

#include "device/fuzz/fuzz.h"

/**
 * fence - change a command that would do harm by design, with any device
 * @f: the thread that will send it
 * @kind: where it will go
 * @c: the command
 *
 * Return: false if it must not be sent at all.
 */
bool fence(struct fuzzer *f, enum kind kind, struct nvme_passthru_cmd64 *c);

#endif
