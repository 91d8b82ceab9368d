#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Without memmap_start, memory comes out of the running system and goes back.
# boot: plain
source "$(dirname "$0")/lib.sh"

online_blocks() {
	cat /sys/devices/system/memory/memory*/state | grep -c '^online'
}

# Prints the kB that the kernel maps, in pages of all sizes.
direct_map() {
	awk '/^DirectMap/ { sum += $2 } END { print sum }' /proc/meminfo
}

# Prints the kB that the kernel maps in pieces of 1 GiB.
direct_gibs() {
	awk '$1 == "DirectMap1G:" { print $2 }' /proc/meminfo
}

# Writes to much of the memory that is left.
use_memory() {
	head -c 700M /dev/zero >/dev/shm/much
	rm /dev/shm/much
}

expect_log 'vkvssd'
unload
blocks=$(online_blocks)
before=$(mem_total_kb)

# A block goes back when there is no page to split its mapping with, and nothing waits
# for one for ever.
FAILCALL=${MODULE%/*}/tests/vkvssd_failcall.ko
if [[ -e $FAILCALL ]] && (($(direct_gibs) > 0)); then
	insmod "$FAILCALL" call=set_memory_uc
	if insert memory=blocks memmap_size=1280M; then fail "memory was taken without a page for a table"; fi
	dmesg | tail -n 5 | grep 'memmap_size=1280M: there is no memory left' || fail "nothing says why"
	failed=$(</sys/module/vkvssd_failcall/parameters/failed)
	rmmod vkvssd_failcall
	echo "$failed tries to split failed"
	((failed)) || fail "nothing was split"
	same "blocks that are online after a failure" "$(online_blocks)" "$blocks"
	# It may be more, as given_back says; here several GiB were taken and given back.
	(($(mem_total_kb) >= before)) || fail "MemTotal is $(mem_total_kb) kB, was $before kB"
	before=$(mem_total_kb)
fi

mapped=$(direct_map)
load memory=blocks memmap_size=512M
same "kB that are not mapped any more" $((mapped - $(direct_map))) $((512 << 10))
during=$(mem_total_kb)
echo "MemTotal: $before kB, loaded $during kB"
# less the page structs of the taken memory, which become free
taken=$((before - during))
((taken <= 512 << 10 && taken > 500 << 10)) || fail "$taken kB taken for 512 MiB"
v torture 300 2 "$NG"
v bulk-store n=100 size=100000 prefix=hot
v bulk-verify n=100 size=100000 prefix=hot
unload
given_back "$before"
before=$(mem_total_kb)
# every block is online again
same "blocks that are online" "$(online_blocks)" "$blocks"
for _ in 1 2; do
	load memory=blocks memmap_size=512M
	v store again ok
	v get again 2 data=ok
	unload
	same "MemTotal after unloading" "$(mem_total_kb)" "$before"
done
# This is more than the last GiB has. So a part of another GiB is taken, which the
# kernel maps in one piece (unless it was in pieces before).
gibs=$(direct_gibs)
mapped=$(direct_map)
load memory=blocks memmap_size=1280M
echo "mapped in pieces of 1 GiB: $gibs kB, loaded $(direct_gibs) kB"
same "kB that are not mapped any more" $((mapped - $(direct_map))) $((1280 << 10))
v bulk-store n=100 size=100000 prefix=big
# the rest of the memory works, too
use_memory
v bulk-verify n=100 size=100000 prefix=big
unload
given_back "$before"
before=$(mem_total_kb)
use_memory

# Huge pages that are reserved stay reserved, wherever the kernel has put them.
reserved=$(</proc/sys/vm/nr_hugepages)
echo 1900 >/proc/sys/vm/nr_hugepages
huge=$(</proc/sys/vm/nr_hugepages)
echo "$huge huge pages"
if insert memory=blocks memmap_size=256M; then unload; fi
same "huge pages after a load" "$(</proc/sys/vm/nr_hugepages)" "$huge"
echo "$reserved" >/proc/sys/vm/nr_hugepages
before=$(mem_total_kb)

# more than there is
if insert memory=blocks memmap_size=64G 2>"$TMP/err"; then fail "64 GiB taken out of $before kB"; fi
cat "$TMP/err"
dmesg | tail -n 5 >"$TMP/dmesg"
grep -q 'vkvssd.*memmap_size' "$TMP/dmesg" || fail "no line that names memmap_size"
same "MemTotal after a failure" "$(mem_total_kb)" "$before"
