#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A host of our own takes the place of the nvme driver. It sends commands that stock
# passthrough cannot send, and breaks rules that no sane driver breaks.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

# It maps nothing, so it needs a device that reaches all memory.
load "${DEFAULT[@]}" dma=open
v store survivor yes
# physical addresses are only good as long as pages stay where they are
echo 0 >/proc/sys/vm/compact_unevictable_allowed
echo 0 >/proc/sys/vm/compaction_proactiveness
# it provokes them all, once each
expect_log 'host enabled the controller with'
without_driver "$RAWHOST" "$PCI"
((status == 0)) || fail "rawhost: status $status"
v get survivor 3 data=yes
v torture 200 11 "$NG"
