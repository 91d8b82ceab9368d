/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sacred items are values and blocks that a program of the fuzzer must not
 * change. The test reads each fetched entry by rules of its own. An item that
 * no entry has named has to be as it was stored.
 */
#ifndef FUZZ_CTRL_SACRED_H
#define FUZZ_CTRL_SACRED_H

#include "native/ctrl/loopback.h"

/* Stores the items, as a correct host does. */
void sacred_store(struct loop *l);

/* Notes the items that an entry may change, before it is executed. */
void sacred_fetched(const struct vkv_cmd *cmd);

/* Checks each item that was not named, byte by byte. */
void sacred_check(struct loop *l);

/* Checks that the device serves other keys and blocks as well. */
void sacred_serve(struct loop *l);

#endif
