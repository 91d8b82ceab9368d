#!/bin/bash
# Full: a status, everything readable, room again after deletes.
# boot: reserved
source "$(dirname "$0")/lib.sh"

load memmap_start=4G memmap_size=64M
for node in "$BLK" "$NG"; do
	full=0x312 exists_=0x380
	if [[ $node == "$NG" ]]; then full=0x81 exists_=0x89; fi
	n=$("$KVTOOL" "$node" fill size=100000 prefix=f max=1000)
	echo "$node is full after $n values of 100,000 bytes"
	((n * 100000 > 40 << 20)) || fail "only $n values of 100,000 bytes fit in 64 MiB"
	on "$node" store extra pat:1:100000 want=$full
	on "$node" bulk-verify n="$n" size=100000 prefix=f
	on "$node" store f0000000 x opt=2 want=$exists_
	# a full device can be deleted from, and takes as much again
	for _ in 1 2 3; do
		on "$node" bulk-delete n="$n" prefix=f
		on "$node" bulk-store n="$n" size=100000 prefix=f seed=9
	done
	on "$node" bulk-verify n="$n" size=100000 prefix=f seed=9
	# updates of a full device go through: they free what they replace
	on "$node" bulk-store n="$((n / 2))" size=90000 prefix=f seed=4
	on "$node" bulk-verify n="$((n / 2))" size=90000 prefix=f seed=4
	on "$node" bulk-delete n="$n" prefix=f
	# many small ones
	m=$("$KVTOOL" "$node" fill size=1000 prefix=s max=100000)
	echo "$node is full after $m values of 1,000 bytes"
	((m * 1000 > 40 << 20)) || fail "only $m values of 1,000 bytes fit in 64 MiB"
	on "$node" bulk-verify n=2000 size=1000 prefix=s
	on "$node" bulk-verify n=1000 start=$((m - 1000)) size=1000 prefix=s
	on "$node" bulk-delete n="$m" prefix=s
	on "$node" bulk-store n=100 size=100000 prefix=f
	on "$node" bulk-verify n=100 size=100000 prefix=f
	on "$node" bulk-delete n=100 prefix=f
done
# full of keys, the blocks have no room either: an error for the writer, and
# what is stored stays
expect_log 'critical space allocation error' 'I/O error, dev nvme' 'Buffer I/O error' 'nvme.*Capacity Exceeded' \
	'lost async page write'
n=$("$KVTOOL" "$BLK" fill size=65536 prefix=f max=2000)
if dd if=/dev/zero of="$BLK" bs=1M count=16 oflag=direct status=none 2>"$TMP/err"; then
	fail "16 MiB of blocks fit into a full device"
fi
grep -qi 'no space' "$TMP/err" || { cat "$TMP/err"; fail "not ENOSPC"; }
v bulk-verify n="$n" size=65536 prefix=f
blkdiscard "$BLK"
v bulk-delete n="$n" prefix=f
dd if=/dev/urandom of="$BLK" bs=1M count=16 oflag=direct status=none
load "${DEFAULT[@]}"
