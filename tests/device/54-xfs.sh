#!/bin/bash
# XFS on the block namespace, made, filled and checked while key-value commands
# run on both namespaces.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires mkfs.xfs xfs_repair mount

clean_up() {
	touch "$TMP/stop"
	wait || true
	umount "$TMP/mnt" 2>/dev/null || true
	rm -rf "$TMP"
}

# Updates keys and reads them back until told to stop.
keep_busy() {
	until [[ -e $TMP/stop ]]; do
		"$KVTOOL" "$1" bulk-store n=40 size=20000 prefix="$2" || return 1
		"$KVTOOL" "$1" bulk-verify n=40 size=20000 prefix="$2" || return 1
		"$KVTOOL" "$1" bulk-delete n=20 prefix="$2" || return 1
	done
}

fill() {
	local i
	mkdir -p "$TMP/mnt/$1"
	for i in {1..30}; do
		head -c $((i * 7000)) /dev/urandom >"$TMP/mnt/$1/file$i"
	done
}

device
wipe
modprobe xfs 2>/dev/null || skip "the kernel has no XFS"
trap clean_up EXIT
keep_busy "$BLK" busyv >"$TMP/vendor" 2>&1 &
jobs=($!)
keep_busy "$NG" busys >"$TMP/standard" 2>&1 &
jobs+=($!)
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
touch "$TMP/stop"
wait "${jobs[@]}" || { tail -n 5 "$TMP/vendor" "$TMP/standard"; fail "the commands beside it"; }
reset_device
mount -t xfs "$BLK" "$TMP/mnt"
(cd "$TMP/mnt" && sha256sum --quiet -c "$TMP/sums")
umount "$TMP/mnt"
v bulk-verify n=20 start=20 size=20000 prefix=busyv
s bulk-verify n=20 start=20 size=20000 prefix=busys
wipe
blkdiscard -f "$BLK"
