#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A full device answers with a status, everything can be read, and deletes make room.
# boot: reserved
source "$(dirname "$0")/lib.sh"

# try NODE FULL EXISTS
try() {
	local node=$1 full=$2 exists=$3 n m
	n=$("$KVTOOL" "$node" fill size=100000 prefix=f max=1000)
	echo "$node is full after $n values of 100,000 bytes"
	((n * 100000 > 20 << 20)) || fail "only $n values of 100,000 bytes fit in 40 MiB"
	on "$node" store extra pat:1:100000 want="$full"
	on "$node" bulk-verify n="$n" size=100000 prefix=f
	on "$node" store f0000000 x opt=2 want="$exists"
	# a full device can be deleted from, and takes as much again
	for _ in 1 2 3; do
		on "$node" bulk-delete n="$n" prefix=f threads=4
		on "$node" bulk-store n="$n" size=100000 prefix=f seed=9 threads=4
	done
	on "$node" bulk-verify n="$n" size=100000 prefix=f seed=9
	# updates of a full device succeed, since they free the old value
	on "$node" bulk-store n="$((n / 2))" size=90000 prefix=f seed=4
	on "$node" bulk-verify n="$((n / 2))" size=90000 prefix=f seed=4
	on "$node" bulk-delete n="$n" prefix=f threads=4
	# many small ones
	m=$("$KVTOOL" "$node" fill size=4000 prefix=s max=100000)
	echo "$node is full after $m values of 4,000 bytes"
	((m * 4000 > 20 << 20)) || fail "only $m values of 4,000 bytes fit in 40 MiB"
	on "$node" bulk-verify n="$m" size=4000 prefix=s threads=4
	on "$node" bulk-delete n="$m" prefix=s threads=4
	on "$node" bulk-store n=100 size=100000 prefix=f threads=4
	on "$node" bulk-verify n=100 size=100000 prefix=f threads=4
	on "$node" bulk-delete n=100 prefix=f
}

load memmap_start=4G memmap_size=40M
try "$BLK" 0x312 0x380
try "$NG" 0x81 0x89

# When the device is full of keys, the blocks have no room either. The writer gets an
# error, and everything stored stays.
expect_log 'critical space allocation error' 'I/O Cmd.*sc 0x81' 'I/O error, dev nvme' 'Buffer I/O error' 'nvme.*Capacity Exceeded' \
	'lost async page write'
n=$("$KVTOOL" "$BLK" fill size=65536 prefix=f max=2000)
if dd if=/dev/zero of="$BLK" bs=1M count=16 oflag=direct status=none 2>"$TMP/err"; then
	fail "16 MiB of blocks fit into a full device"
fi
grep -qi 'no space' "$TMP/err" || { cat "$TMP/err"; fail "not ENOSPC"; }
v bulk-verify n="$n" size=65536 prefix=f
blkdiscard -f "$BLK"
v bulk-delete n="$n" prefix=f
dd if=/dev/urandom of="$BLK" bs=1M count=16 oflag=direct status=none
load "${DEFAULT[@]}"
