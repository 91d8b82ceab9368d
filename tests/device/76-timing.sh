#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timing=: each namespace has its own, commands take their time, and info says it.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# Milliseconds that a command line takes.
took() {
	local before
	before=$(now_ms)
	"$@" >/dev/null
	echo $(($(now_ms) - before))
}

# 200 commands of 5 ms each, one after the other, take at least a little less than a
# second, on any machine.
load memmap_start=4G memmap_size=1G cpus=1,2 timing=nand:cmd=5000000,none
cat /sys/kernel/debug/vkvssd/*/info
grep -qx 'timing_1 nand:cmd=5000000 #0' /sys/kernel/debug/vkvssd/*/info || fail "info: namespace 1"
grep -qx 'timing_2 none #1' /sys/kernel/debug/vkvssd/*/info || fail "info: namespace 2"
grep -q '^timing#0 model=nand .* cmd=5000000 ' /sys/kernel/debug/vkvssd/*/info || fail "info: values"
ms=$(took v bulk-store n=200)
echo "200 stores at 5 ms each took $ms ms"
((ms >= 950)) || fail "200 commands of 5 ms took $ms ms"
s bulk-store n=200
s bulk-delete n=200
v bulk-verify n=200
unload

# Both profiles, with values and blocks that pass through all parts of the model.
load memmap_start=4G memmap_size=1G cpus=1,2 timing=pm983-block,pm983-kv:dram=64K
v bulk-store n=100 size=5000
v bulk-verify n=100 size=5000
s bulk-store n=600 size=200
s bulk-verify n=600 size=200
dd if=/dev/urandom of="$BLK" bs=64k count=64 oflag=direct conv=fsync status=none
nvme flush "$BLK" -n 1 >/dev/null
dd if="$BLK" of=/dev/null bs=64k count=64 iflag=direct status=none
v bulk-delete n=100 size=5000
s bulk-delete n=600 size=200
unload
