#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# XFS on the block namespace is made, filled and checked while key-value commands run
# on both namespaces.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires mkfs.xfs xfs_repair mount

clean_up() {
	touch "$TMP/stop"
	wait || true
	umount "$TMP/mnt" 2>/dev/null || true
	rm -rf "$TMP"
}

fill() {
	local i
	mkdir -p "$TMP/mnt/$1"
	for i in {1..12}; do
		head -c $((i * 7000)) /dev/urandom >"$TMP/mnt/$1/file$i"
	done
}

device
wipe
# Newer versions of mkfs.xfs choose what older kernels call experimental.
expect_log 'XFS .*EXPERIMENTAL Large extent counts'
modprobe xfs 2>/dev/null || skip "the kernel has no XFS"
trap clean_up EXIT
begin_busy
mkfs.xfs -q -f -d size=400m "$BLK"
mkdir -p "$TMP/mnt"
mount -t xfs "$BLK" "$TMP/mnt"
fill one
fill two
(cd "$TMP/mnt" && sha256sum two/*) >"$TMP/sums"
rm -r "$TMP/mnt/one"
fill three
fstrim "$TMP/mnt"
(cd "$TMP/mnt" && sha256sum three/*) >>"$TMP/sums"
umount "$TMP/mnt"
xfs_repair -n "$BLK" 2>"$TMP/repair" || { cat "$TMP/repair"; fail "xfs_repair found errors"; }
end_busy
reset_device
mount -t xfs "$BLK" "$TMP/mnt"
(cd "$TMP/mnt" && sha256sum --quiet -c "$TMP/sums")
umount "$TMP/mnt"
check_busy
wipe
blkdiscard -f "$BLK"
