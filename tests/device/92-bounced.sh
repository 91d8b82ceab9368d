#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The driver gives up: its pages are not where a device may write, because the host
# bounces all DMA. The log says why, once, and load.sh prints it.
# boot: bounced
source "$(dirname "$0")/lib.sh"

modprobe nvme
expect_log 'Identify Controller fails: its data pointer' 'nvme.*Identify Controller failed' 'did not take the device' \
	'probe with driver nvme failed' 'nvme.*error -EIO: probe failed' 'Device not ready; aborting shutdown' 'nvme.*Removing after probe failure' 'probe of .* failed'
if said=$(VKVSSD_KO=$MODULE "$TOP/scripts/load.sh" "${DEFAULT[@]}" 2>&1); then fail "load.sh: there is a device"; fi
echo "$said"
[[ $said == *'swiotlb=force'* ]] || fail "load.sh does not name the cause"
same "lines that name the cause" "$(dmesg | grep -c 'Identify Controller fails: its data pointer')" 1
unload
