/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracks each command that the controller has fetched. A command has one
 * completion. It has none when its queue was deleted or the controller was
 * reset. The controller's own functions are watched, not the queues. So a
 * program may overwrite the queues.
 */
#ifndef FUZZ_CTRL_TRACK_H
#define FUZZ_CTRL_TRACK_H

#include "ctrl/command.h"
#include "ctrl/dev.h"

/* A device has no more dispatchers than this. */
#define FUZZ_DISPATCHERS 3u

/* Begins with a new device, and forgets all earlier commands. */
void track_begin(struct vkv_dev *dev);

/* Called for every fetched command, before the device works on it. */
extern void (*track_fetched)(const struct vkv_cmd *cmd);

/* Counts commands that have not ended. Event requests do not count. */
unsigned int track_waiting(void);

/* Checks that no command is left when the controller is disabled. */
void track_end(void);

/* Counts the commands that this process has fetched. */
unsigned long long track_total(void);

#endif
