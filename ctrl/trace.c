// SPDX-License-Identifier: GPL-2.0
/* The tracepoints themselves. */
#include "ctrl/dev.h"

#define CREATE_TRACE_POINTS
#include "ctrl/trace.h"
