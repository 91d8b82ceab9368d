#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A filesystem on the block namespace, its files as values beside it, and other
# commands on both namespaces meanwhile.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires mkfs.ext4 mount

clean_up() {
	touch "$TMP/stop"
	wait || true
	umount "$TMP/mnt" 2>/dev/null || true
	rm -rf "$TMP"
}

device
wipe
modprobe ext4 2>/dev/null || skip "the kernel has no ext4"
trap clean_up EXIT
begin_busy
mkfs.ext4 -q -F "$BLK" 256M
mkdir -p "$TMP/mnt"
mount -t ext4 "$BLK" "$TMP/mnt"
for i in {1..14}; do
	head -c $((i * 5000)) /dev/urandom >"$TMP/mnt/file$i"
	v store "file$i" "@$TMP/mnt/file$i" >/dev/null
done
(cd "$TMP/mnt" && sha256sum file*) >"$TMP/sums"
rm "$TMP/mnt"/file1?
fstrim "$TMP/mnt"
umount "$TMP/mnt"
fsck.ext4 -fn "$BLK"
end_busy
reset_device
mount -t ext4 "$BLK" "$TMP/mnt"
grep -v 'file1.$' "$TMP/sums" >"$TMP/rest"
(cd "$TMP/mnt" && sha256sum --quiet -c "$TMP/rest")
umount "$TMP/mnt"
for i in {1..14}; do
	v get "file$i" 2000000 out="$TMP/value" result=$((i * 5000)) >/dev/null
	want=$(awk -v name="file$i" '$2 == name { print $1 }' "$TMP/sums")
	same "value of file$i" "$(head -c $((i * 5000)) "$TMP/value" | sha256sum | cut -d ' ' -f 1)" "$want"
done
check_busy
wipe
blkdiscard -f "$BLK"
