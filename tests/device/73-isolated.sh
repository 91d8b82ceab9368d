#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Isolated CPUs (isolcpus=3) get threads only if they are named.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

cpus() {
	awk '/_cpu / { print $2 }' /sys/kernel/debug/vkvssd/*/info | paste -sd ' '
}

[[ $(</sys/devices/system/cpu/isolated) == 3 ]] || skip "needs the kernel argument isolcpus=3"
load "${DEFAULT[@]}"
same "CPUs by default" "$(cpus)" '2 1'
load "${DEFAULT[@]}" cpus=3,0
same "CPUs as named" "$(cpus)" '3 0'
