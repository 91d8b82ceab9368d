/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The chance of a fuzzer, which follows from the seed.
 */
#ifndef FUZZ_DICE_H
#define FUZZ_DICE_H

#include "device/fuzz/fuzz.h"

/** random64 - any number */
uint64_t random64(struct fuzzer *f);

/** below - a number from 0 to @n - 1 */
uint32_t below(struct fuzzer *f, uint32_t n);

/** once_in - true once in @n */
bool once_in(struct fuzzer *f, uint32_t n);

/** wild - any number, often a small one, or one next to a power of two */
uint32_t wild(struct fuzzer *f);

#endif
