/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fate of each command that the controller has fetched: it has one
 * completion, or none when its queue was deleted or the controller was reset.
 * This is seen where the controller fetches and posts, so it does not matter
 * what is written over the queues.
 */
#ifndef FUZZ_CTRL_TRACK_H
#define FUZZ_CTRL_TRACK_H

#include "ctrl/dev.h"

/* That a device may have, at most. */
#define FUZZ_DISPATCHERS 3u

/* Another device; commands before are forgotten. */
void track_begin(struct vkv_dev *dev);

/* Called for every command fetched, before anything is done with it. */
extern void (*track_fetched)(const struct vkv_cmd *cmd);

/* Commands without an end, event requests apart: these may wait for ever. */
unsigned int track_waiting(void);

/* Nothing may be left when the controller is disabled. */
void track_end(void);

/* Commands fetched in the life of the process. */
unsigned long long track_total(void);

#endif
