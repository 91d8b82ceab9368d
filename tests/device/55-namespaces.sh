#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Namespaces made, attached, detached, resized and deleted by nvme-cli and in configfs,
# while a file system is on another one.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme jq mkfs.ext4

CONFIG=/sys/kernel/config/vkvssd
NS=$CONFIG/vkvssd0/namespaces

clean_up() {
	umount "$TMP/mnt" 2>/dev/null || true
	unload
	rm -rf "$TMP"
}

# Prints the block device of a namespace.
block_of() {
	local file
	for file in /sys/block/nvme*/nsid; do
		if [[ $file == /sys/block/"$CTRL"n* && $(<"$file") == "$1" ]]; then echo "/dev/$(basename "${file%/nsid}")"; fi
	done
}

has_block() {
	[[ -b $(block_of "$1") ]]
}

has_no_block() {
	[[ -z $(block_of "$1") ]]
}

# How many namespaces have a character device.
nodes_are() {
	local nodes=(/dev/ng"${CTRL#nvme}"n*)
	((${#nodes[@]} == $1))
}

attached() {
	nvme list-ns "/dev/$CTRL" | sed 's/.*://' | paste -sd ' '
}

allocated() {
	nvme list-ns "/dev/$CTRL" -a | sed 's/.*://' | paste -sd ' '
}

# refused WORD VALUE FILE : the write fails, and one line of the log names the word
refused() {
	echo "vkvssd-test: namespaces" >/dev/kmsg
	if (echo "$2" >"$3") 2>/dev/null; then fail "$3 takes '$2'"; fi
	dmesg | awk '/vkvssd-test: namespaces/ { out = ""; next } { out = out $0 "\n" } END { printf "%s", out }' >"$TMP/said"
	grep -q "vkvssd: vkvssd0: namespaces/.*=$2 .*$1" "$TMP/said" || fail "$3: '$2': the log says '$(<"$TMP/said")'"
}

trap clean_up EXIT
modprobe configfs
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
expect_log 'vkvssd: vkvssd0: namespaces/.*'
# The nvme driver reads a namespace that goes.
expect_log '.*(I/O error|Buffer I/O error|rescanning namespaces).*'
load "${DEFAULT[@]}"

# A file system on the first namespace, and keys on the second, all the time.
mkfs.ext4 -q "$BLK"
mkdir "$TMP/mnt"
mount "$BLK" "$TMP/mnt"
head -c 1M /dev/urandom >"$TMP/mnt/file"
sync
cp "$TMP/mnt/file" "$TMP/file"
s bulk-store n=50 prefix=stays

# ---- by the host ----

nvme create-ns "/dev/$CTRL" --nsze=32768 --ncap=32768 --flbas=0 | grep -q 'nsid:3' || fail "nvme create-ns"
same "attached" "$(attached)" "0x1 0x2"
same "allocated" "$(allocated)" "0x1 0x2 0x3"
nvme attach-ns "/dev/$CTRL" -n 3 -c 1 || fail "nvme attach-ns"
wait_for 30 has_block 3 || fail "no block device for namespace 3"
third=$(block_of 3)
same "its size" "$(blockdev --getsz "$third")" 32768
head -c 16M /dev/urandom >"$TMP/random"
dd if="$TMP/random" of="$third" bs=1M count=8 oflag=direct status=none
cmp -n $((8 << 20)) "$TMP/random" "$third" || fail "namespace 3 holds something else"
on "$third" store key value

nvme detach-ns "/dev/$CTRL" -n 3 -c 1 || fail "nvme detach-ns"
wait_for 30 has_no_block 3 || fail "namespace 3 is still there"
nvme attach-ns "/dev/$CTRL" -n 3 -c 1
wait_for 30 has_block 3 || fail "namespace 3 does not come back"
cmp -n $((8 << 20)) "$TMP/random" "$(block_of 3)" || fail "namespace 3 has lost something"
on "$(block_of 3)" get key 5 data=value

nvme delete-ns "/dev/$CTRL" -n 3 || fail "nvme delete-ns"
wait_for 30 has_no_block 3 || fail "namespace 3 is still there after it was deleted"
same "allocated" "$(allocated)" "0x1 0x2"
nodes_are 2 || fail "nodes are left: $(ls /dev/ng*)"

# One of keys, with the size that it was given.
nvme create-ns "/dev/$CTRL" --nsze=1048576 --ncap=1048576 --flbas=0 --csi=1 | grep -q 'nsid:3' || fail "nvme create-ns --csi=1"
nvme attach-ns "/dev/$CTRL" -n 3 -c 1
wait_for 30 nodes_are 3 || fail "no node for namespace 3"
admin op=0x06 cdw10=5 cdw11=0x01000000 nsid=3 len=4096 out="$TMP/kv" >/dev/null
same "its size" "$(field "$TMP/kv" 0 8)" 1048576
same "kind" "$(<$NS/3/kind)" kv
same "size" "$(<$NS/3/size)" 1048576
same "attached" "$(<$NS/3/attached)" 1

# What does not fit is refused with the specification's status.
if nvme create-ns "/dev/$CTRL" --nsze=100000000 --ncap=100000000 --flbas=0 >"$TMP/out" 2>&1; then fail "a namespace of 50 GB"; fi
grep -qi 'insufficient' "$TMP/out" || { cat "$TMP/out"; fail "another status"; }

# ---- in configfs ----

echo none >$NS/3/kind
same "allocated" "$(allocated)" "0x1 0x2"
wait_for 30 nodes_are 2 || fail "the driver does not see that namespace 3 is gone"
echo 16M >$NS/5/size
echo block >$NS/5/kind
wait_for 30 has_block 5 || fail "the driver does not see namespace 5"
fifth=$(block_of 5)
same "size" "$(blockdev --getsize64 "$fifth")" $((16 << 20))
dd if="$TMP/random" of="$fifth" bs=1M oflag=direct status=none
same "used" "$(<$NS/5/used)" $((16 << 20))
refused 'does not fit' 8M $NS/5/size
blkdiscard "$fifth"
dd if="$TMP/random" of="$fifth" bs=1M count=4 oflag=direct status=none
echo 8M >$NS/5/size
has_size() { (($(blockdev --getsize64 "$fifth") == $1)); }
wait_for 30 has_size $((8 << 20)) || fail "the driver does not see the new size: $(blockdev --getsize64 "$fifth")"
cmp -n $((4 << 20)) "$TMP/random" "$fifth" || fail "resizing has changed something"
echo 1 >$NS/5/format
blockdev --flushbufs "$fifth"
cmp -n $((4 << 20)) /dev/zero "$fifth" || fail "formatted, but not empty"
echo 0 >$NS/5/attached
wait_for 30 has_no_block 5 || fail "namespace 5 is still there"
echo 1 >$NS/5/attached
wait_for 30 has_block 5 || fail "namespace 5 does not come back"
same "the setting" "$(<$CONFIG/vkvssd0/namespaces/list)" block,kv,none,none,block:8388608

# What is wrong, with a reason.
refused 'block, kv or none' banana $NS/6/kind
refused 'write none first' kv $NS/5/kind
refused 'neither 0 nor 1' maybe $NS/5/attached
refused 'block or kv to kind' 1 $NS/6/attached
refused 'is not 1' 2 $NS/5/format
refused 'no size' 1 $NS/5/size
refused 'no size' 900G $NS/5/size
same "NGUIDs" "$(cat $NS/{1,2,5}/nguid | sort -u | wc -l)" 3

# The rest of the device has not changed.
cmp "$TMP/file" "$TMP/mnt/file" || fail "the file system has another file"
s bulk-exist n=50 prefix=stays
umount "$TMP/mnt"
fsck.ext4 -fn "$BLK" >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "fsck"; }

# ---- other settings ----

file=$CONFIG/vkvssd0
echo simple:read_delay=20000000 >$file/timing
grep -q 'read_delay=20000000' /sys/kernel/debug/vkvssd/*/info || fail "info shows another timing"
begin=$(now_ms)
s bulk-exist n=5 prefix=stays
(($(now_ms) - begin >= 100)) || fail "the new timing is not in effect"
echo >$file/timing
echo 30 >$file/op
grep -qx 'op_permille 300' /sys/kernel/debug/vkvssd/*/info || fail "info shows another op"
head -c 16M /dev/urandom | dd of="$BLK" bs=1M iflag=fullblock oflag=direct status=none
echo 7 >$file/op
echo 0 >$file/power
same "kind" "$(<$NS/5/kind)" block
echo none >$NS/5/kind
echo kv >$NS/3/kind
echo 1 >$file/power
wait_for 60 device_there || fail "the device does not come up again"
wait_for 30 nodes_are 3 || fail "three namespaces were asked for: $(ls /dev/ng*)"
