#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Loading does not write all the memory: 1.5 GiB are there at once, quietly.
# boot: reserved
source "$(dirname "$0")/lib.sh"

unload
modprobe nvme
begin=$(now_ms)
insert memmap_start=4G memmap_size=1536M
inserted=$(($(now_ms) - begin))
wait_for 60 device_there || fail "no namespaces"
ready=$(($(now_ms) - begin))
echo "insmod $inserted ms, both namespaces after $ready ms"
# Under emulation, a load takes a few hundred ms. The limit allows for a busy host. It
# is far from the 43 s that another emulator took to touch all the memory.
below "insmod of 1.5 GiB, in ms" "$inserted" 10000

size=$(blockdev --getsize64 "$BLK")
((size > 1 << 30)) || fail "only $size bytes of 1.5 GiB"
grep -q vkvssd /proc/iomem || fail "the memory is not claimed in /proc/iomem"

begin=$(now_ms)
unload
echo "rmmod $(($(now_ms) - begin)) ms"
! controller >/dev/null || fail "the controller is still there after rmmod"
! grep -q vkvssd /proc/iomem || fail "the memory is still claimed"
