/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single commands with every dword in reach, and expectations of their ends.
 */
#ifndef KVTOOL_SINGLE_H
#define KVTOOL_SINGLE_H

#include "device/kvtool/command.h"

/* raw, script, store, ... latency; an entry without name ends them. */
extern const struct verb single_verbs[];

#endif
