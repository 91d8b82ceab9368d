#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The host bounces all DMA, as guests with encrypted memory do. The device has DMA
# operations of its own and needs no bounce buffers. With dma=open it has none: the
# driver gives up, the log says why, once, and load.sh prints it.
# boot: bounced
source "$(dirname "$0")/lib.sh"

device
v store bounced yes
v get bounced 3 data=yes
v torture 200 3 "$NG"
unload

modprobe nvme
expect_log 'Identify Controller fails: its data pointer' 'nvme.*Identify Controller failed' 'did not take the device' \
	'probe with driver nvme failed' 'nvme.*error -EIO: probe failed' 'Device not ready; aborting shutdown' 'nvme.*Removing after probe failure' 'probe of .* failed'
if said=$(VKVSSD_KO=$MODULE "$TOP/scripts/load.sh" "${DEFAULT[@]}" dma=open 2>&1); then fail "load.sh: there is a device"; fi
echo "$said"
[[ $said == *'swiotlb=force'* ]] || fail "load.sh does not name the cause"
same "lines that name the cause" "$(dmesg | grep -c 'Identify Controller fails: its data pointer')" 1
unload
