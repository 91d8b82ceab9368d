#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# With dma=open the queues and buffers of a host may lie in the memory of another PCI
# device, as they do when a GPU drives a drive. All of test 65 is run there. A confined
# device refuses them.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

peer=$(grep -l 0x1110 /sys/bus/pci/devices/*/device) || skip "needs a PCI device with memory"
peer=${peer%/device}
echo 1 >"$peer/enable"

load "${DEFAULT[@]}" dma=open
v store survivor yes
# the checks provoke all of these, once each
expect_log 'host enabled the controller with'
without_driver env PEER="$peer" "$RAWHOST" "$PCI"
((status == 0)) || fail "rawhost: status $status"
v get survivor 3 data=yes
same "lines of the log that name the memory" "$(dmesg | grep -c 'vKVSSD reaches .*mem ')" 1
unload

load "${DEFAULT[@]}"
v store survivor yes
expect_log 'ACQ points to where'
without_driver env PEER="$peer" "$RAWHOST" "$PCI" 'identify and PRPs'
((status != 0)) || fail "a confined device uses queues in another device's memory"
v get survivor 3 data=yes
