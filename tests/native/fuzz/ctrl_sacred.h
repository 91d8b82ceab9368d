/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values and blocks that a program of the fuzzer may not have changed. Each
 * entry that is fetched is read by rules of the test's own, and every item that
 * no entry has named has to be as it was stored.
 */
#ifndef FUZZ_CTRL_SACRED_H
#define FUZZ_CTRL_SACRED_H

#include "native/ctrl/loopback.h"

/* Stores them, as a correct host. */
void sacred_store(struct loop *l);

/* An entry is about to be carried out: note the items that it may change. */
void sacred_fetched(const struct vkv_cmd *cmd);

/* Every item that was not named is there, byte by byte. */
void sacred_check(struct loop *l);

/* The device serves other keys and blocks as well. */
void sacred_serve(struct loop *l);

#endif
