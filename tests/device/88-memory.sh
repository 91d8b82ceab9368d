#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Devices in ordinary memory, and in files of tmpfs and hugetlbfs.
# boot: plain
source "$(dirname "$0")/lib.sh"
requires perl truncate

INFO=/sys/kernel/debug/vkvssd
POOL=$(($((16#$(</sys/devices/system/memory/block_size_bytes))) >> 10))

clean_up() {
	unload
	echo "$RESERVED" >/proc/sys/vm/nr_hugepages
	umount "$TMP/huge" 2>/dev/null || true
	rm -rf "$TMP" /dev/shm/vkv-*
}

info() {
	sed -n "s/^$1 //p" $INFO/*/info
}

# taken KB : MemTotal is less by one memory block, for BARs, and no more
taken() {
	local less=$(($1 - $(mem_total_kb)))
	((less <= POOL && less > POOL - (8 << 10))) || fail "MemTotal is less by $less kB, not by $POOL"
}

# Fills most of the memory, and then frees every second page of it.
fragment() {
	perl -e '
		my ($path, $mib) = @ARGV;
		open my $file, ">", $path or die "$path: $!";
		my $piece = "x" x (1 << 20);
		for (1 .. $mib) { syswrite($file, $piece) == length $piece or die "write: $!" }
		for (my $at = 0; $at < $mib << 20; $at += 8192) {
			syscall(285, fileno $file, 3, $at, 4096) and die "fallocate: $!";
		}
	' "$1" "$2"
}

# in_file PATH : what is stored is in the file, and in no other memory
in_file() {
	load memory=file "path=$1" memmap_size=64M
	same "memory" "$(info memory)" file
	v store found needle-in-a-file
	v bulk-store n=100 size=100000 prefix=fi
	s bulk-store n=100 size=20000 prefix=fi
	v bulk-verify n=100 size=100000 prefix=fi
	s bulk-verify n=100 size=20000 prefix=fi
	v torture 100 3 "$NG"
	unload
	grep -q needle-in-a-file "$1" || fail "$1: the value is not in the file"
}

# refused WORD PARAMETER... : not loaded, and one line has the word
refused() {
	local word=$1
	shift
	if insert "$@" 2>"$TMP/err"; then unload; fail "accepted: $*"; fi
	dmesg | tail -n 4 | grep -q "vkvssd.*$word" || { dmesg | tail -n 4; fail "$*: no line says '$word'"; }
}

[[ $(uname -m) == x86_64 ]] || skip "boot memory cannot be taken for BARs here"
RESERVED=$(</proc/sys/vm/nr_hugepages)
expect_log 'vkvssd'
unload
trap clean_up EXIT
modprobe nvme

# Ordinary memory is the default. Only a block for BARs leaves the system.
total=$(mem_total_kb)
load memmap_size=1G
same "memory" "$(info memory)" pages
taken "$total"
v bulk-store n=300 size=100000 prefix=pg
s bulk-store n=300 size=20000 prefix=pg
v bulk-verify n=300 size=100000 prefix=pg
s bulk-verify n=300 size=20000 prefix=pg
v torture 300 2 "$NG"
dd if=/dev/urandom of="$TMP/blocks" bs=1M count=4 status=none
dd if="$TMP/blocks" of="$BLK" bs=1M oflag=direct status=none
cmp "$TMP/blocks" <(dd if="$BLK" bs=1M count=4 iflag=direct status=none) || fail "blocks"
unload
given_back "$total"
load memmap_size=256M node=0
v torture 100 4 "$NG"
unload

# There is room for a device after a program has left no two pages in a row.
fragment /dev/shm/vkv-fragments 2300
load memmap_size=1G
same "memory" "$(info memory)" pages
v bulk-store n=100 size=100000 prefix=fr
v bulk-verify n=100 size=100000 prefix=fr
unload
rm /dev/shm/vkv-fragments

# Two devices share the block for BARs.
modprobe configfs
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
insert
total=$(mem_total_kb)
for name in one two; do
	mkdir /sys/kernel/config/vkvssd/$name
	echo 64M >/sys/kernel/config/vkvssd/$name/memmap_size
	echo 1 >/sys/kernel/config/vkvssd/$name/power
done
taken "$total"
same "places of BARs" "$(info bar_start | sort -u | wc -l)" 2
rmdir /sys/kernel/config/vkvssd/one
taken "$total"
wait_for 60 device_there || fail "the second device has gone with the first"
v torture 100 5 "$NG"
rmdir /sys/kernel/config/vkvssd/two
given_back "$total"
unload

# Files
truncate -s 64M /dev/shm/vkv-file
in_file /dev/shm/vkv-file
mkdir "$TMP/huge"
echo $((RESERVED + 40)) >/proc/sys/vm/nr_hugepages
mount -t hugetlbfs none "$TMP/huge"
truncate -s 64M "$TMP/huge/file"
in_file "$TMP/huge/file"

# One file is one device's, by whatever name.
insert
ln /dev/shm/vkv-file /dev/shm/vkv-link
for name in file link; do
	mkdir /sys/kernel/config/vkvssd/$name
	echo 64M >/sys/kernel/config/vkvssd/$name/memmap_size
	echo /dev/shm/vkv-$name >/sys/kernel/config/vkvssd/$name/path
done
echo 1 >/sys/kernel/config/vkvssd/file/power
if (echo 1 >/sys/kernel/config/vkvssd/link/power) 2>"$TMP/err"; then fail "two devices in one file"; fi
grep -q 'resource busy' "$TMP/err" || fail "two devices in one file: $(<"$TMP/err")"
dmesg | tail -n 4 | grep -q 'link: path=/dev/shm/vkv-link has the contents of another device; give another' || fail "two devices in one file: no line"
rmdir /sys/kernel/config/vkvssd/file
echo 1 >/sys/kernel/config/vkvssd/link/power || fail "a file of a device that has gone"
rmdir /sys/kernel/config/vkvssd/link
unload

refused 'path=' memory=file memmap_size=64M
refused 'path=.* cannot be opened' path=/dev/shm/vkv-nothing memmap_size=64M
refused 'is no file of hugetlbfs' path="$HERE/lib.sh" memmap_size=64M
refused 'truncate -s 128M' path=/dev/shm/vkv-file memmap_size=128M
refused 'path=' memory=pages path=/dev/shm/vkv-file memmap_size=64M
refused 'memmap_start=' memory=reserved memmap_size=64M
refused 'memmap_start=' memory=pages memmap_start=4G memmap_size=64M
refused 'memory=stone' memory=stone memmap_size=64M
refused 'node=' memmap_size=64M node=99
refused 'can spare' memmap_size=64G
refused 'bar_start=' memmap_size=64M bar_start=1000
given_back "$total"
