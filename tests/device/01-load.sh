#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loading does not write all the memory: 1.5 GiB are there at once, quietly.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# insert_ms SIZE : loads with so much memory, and sets MS to the time that insmod took
insert_ms() {
	local begin
	unload
	begin=$(now_ms)
	insert memmap_start=4G memmap_size="$1"
	MS=$(($(now_ms) - begin))
	wait_for 60 device_there || fail "no namespaces"
	echo "insmod with $1: $MS ms, both namespaces after $(($(now_ms) - begin)) ms"
}

modprobe nvme
# Under emulation, a load takes a few hundred ms. A busy host makes that more for any
# size. Another emulator took 43 s to touch all the memory.
insert_ms 64M
small=$MS
insert_ms 1536M
below "insmod of 1.5 GiB, in ms" "$MS" $((10000 + 10 * small))

size=$(blockdev --getsize64 "$BLK")
((size > 1 << 30)) || fail "only $size bytes of 1.5 GiB"
grep -q vkvssd /proc/iomem || fail "the memory is not claimed in /proc/iomem"

begin=$(now_ms)
unload
echo "rmmod $(($(now_ms) - begin)) ms"
! controller >/dev/null || fail "the controller is still there after rmmod"
! grep -q vkvssd /proc/iomem || fail "the memory is still claimed"
