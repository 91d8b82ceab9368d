#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Blocks: sizes and positions of every kind, write zeroes, discard, flush, and
# the end of the namespace.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires dd blkdiscard nvme jq

device
wipe
size=$(blockdev --getsize64 "$BLK")
unit=$(blockdev --getss "$BLK")


zeros=$(head -c 1M /dev/zero | sha256sum)
blkdiscard -f "$BLK"
same "after discarding all" "$(dd if="$BLK" bs=1M count=1 iflag=direct status=none | sha256sum)" "$zeros"
dd if=/dev/urandom of="$TMP/image" bs=1M count=4 status=none
dd if="$TMP/image" of="$BLK" bs=1M oflag=direct status=none

# single logical blocks and odd runs inside and across larger units
for run in '1 1' '7 2' '8 1' '9 15' '100 129' '2047 3'; do
	read -r first count <<<"$run"
	dd if=/dev/urandom of="$TMP/run" bs="$unit" count="$count" status=none
	dd if="$TMP/run" of="$BLK" bs=$((count * unit)) seek=$((first * unit)) oflag=direct,seek_bytes status=none
	dd if="$TMP/run" of="$TMP/image" bs="$unit" seek="$first" conv=notrunc status=none
done
cmp "$TMP/image" <(dd if="$BLK" bs=1M count=4 iflag=direct status=none) || fail "after odd runs"

# Write Zeroes: the named blocks are zero, and no others
blkdiscard -f -z -o $((5 * unit)) -l $((11 * unit)) "$BLK"
dd if=/dev/zero of="$TMP/image" bs="$unit" seek=5 count=11 conv=notrunc status=none
blkdiscard -f -z -o $((1 << 20)) -l $((1 << 20)) "$BLK"
dd if=/dev/zero of="$TMP/image" bs=1M seek=1 count=1 conv=notrunc status=none
cmp "$TMP/image" <(dd if="$BLK" bs=1M count=4 iflag=direct status=none) || fail "after write zeroes"

# discard: the named blocks read as zero (the device says that they do), and no others
blkdiscard -f -o $((2 << 20)) -l $((1 << 20)) "$BLK"
dd if=/dev/zero of="$TMP/image" bs=1M seek=2 count=1 conv=notrunc status=none
blkdiscard -f -o $((40 * unit)) -l $((16 * unit)) "$BLK"
dlfeat=$(nvme id-ns "$BLK" -o json | jq '.dlfeat % 8')
same "deallocated blocks read as zero" "$dlfeat" 1
dd if=/dev/zero of="$TMP/image" bs="$unit" seek=40 count=16 conv=notrunc status=none
cmp "$TMP/image" <(dd if="$BLK" bs=1M count=4 iflag=direct status=none) || fail "after discards"

# discarded blocks are not in use any more
blkdiscard -f "$BLK"
before=$(nvme id-ns "$BLK" -o json | jq .nuse)
dd if=/dev/urandom of="$BLK" bs=1M count=8 oflag=direct status=none
full=$(nvme id-ns "$BLK" -o json | jq .nuse)
(((full - before) * 512 >= 8 << 20)) || fail "8 MiB of blocks count as $(((full - before) * 512))"
blkdiscard -f "$BLK"
same "in use after a discard" "$(nvme id-ns "$BLK" -o json | jq .nuse)" "$before"

# the end
dd if="$TMP/image" of="$BLK" bs=64k count=1 seek=$((size - 65536)) oflag=direct,seek_bytes status=none
cmp <(head -c 65536 "$TMP/image") <(dd if="$BLK" bs=64k count=1 skip=$((size - 65536)) iflag=direct,skip_bytes status=none)
last=$((size / unit - 1))
v raw op=0x02 cdw10=$last cdw12=0 len="$unit"
v raw op=0x02 cdw10=$last cdw12=1 len=$((2 * unit)) want=0x080
v raw op=0x01 cdw10=$last cdw12=1 len=$((2 * unit)) want=0x080
v raw op=0x08 cdw10=$last cdw12=1 want=0x080
v raw op=0x02 cdw10=$((last + 1)) cdw12=0 len="$unit" want=0x080
nvme flush "$BLK" -n 1
blkdiscard -f "$BLK"
