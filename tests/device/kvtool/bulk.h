/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many commands with one process, whose keys and values follow from numbers.
 */
#ifndef KVTOOL_BULK_H
#define KVTOOL_BULK_H

#include "device/kvtool/command.h"

/* bulk-store, ... delete-all; an entry without name ends them. */
extern const struct verb bulk_verbs[];

#endif
