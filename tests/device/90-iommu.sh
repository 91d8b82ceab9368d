#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# With an IOMMU that translates addresses and remaps interrupts: all queues,
# and data arrives.
# boot: iommu
source "$(dirname "$0")/lib.sh"
source "$HERE/vectors.sh"
requires taskset

dmesg >"$TMP/dmesg"
grep -qi 'interrupt remapping\|IRQ remapping' "$TMP/dmesg" || skip "the guest has no interrupt remapping"
device
check_vectors
v store iommu pat:1:100000
v get iommu 100000 data=pat:1:100000
s store iommu pat:2:262144
s get iommu 262144 data=pat:2:262144
v del iommu
s del iommu
v torture 300 5 "$NG"
dd if=/dev/urandom of="$TMP/blocks" bs=64k count=16 2>/dev/null
dd if="$TMP/blocks" of="$BLK" bs=64k oflag=direct 2>/dev/null
dd if="$BLK" of="$TMP/back" bs=64k count=16 iflag=direct 2>/dev/null
cmp "$TMP/blocks" "$TMP/back"
unload
