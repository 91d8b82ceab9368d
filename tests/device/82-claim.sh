#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Memory that another driver holds a part of is refused, and nothing is written to it.
# boot: reserved
source "$(dirname "$0")/lib.sh"

HOLDER=${MODULE%/*}/tests/vkvssd_holder.ko
P=/sys/module/vkvssd_holder/parameters
GIB=$((1 << 30))
FIRST=$((4 * GIB)) END=$((5 * GIB))
[[ -e $HOLDER ]] || skip "needs the modules of tests/kernel"

clean_up() {
	unload
	if [[ -d $P ]]; then rmmod vkvssd_holder; fi
	rm -rf "$TMP"
}
trap clean_up EXIT

expect_log 'vkvssd: vkvssd0: memmap_start='
unload
for at in $FIRST $((FIRST + GIB / 2)) $((END - (2 << 20))) $((END - 4096)); do
	insmod "$HOLDER" start="$at" size=4096 watched=$FIRST,$((FIRST + GIB / 2)),$((END - 8))
	same "changed words at the beginning" "$(<$P/changed)" 0
	status=0
	insert memmap_start=4G memmap_size=1G 2>"$TMP/err" || status=$?
	cat "$TMP/err"
	((status)) || fail "took memory that is held at $at"
	grep -q 'resource busy' "$TMP/err" || fail "the error is not EBUSY"
	dmesg | tail -n 1 | grep 'overlaps another device' || fail "nothing says why"
	same "words that the refused load has changed, with a page held at $at" "$(<$P/changed)" 0
	rmmod vkvssd_holder
done

# The watch sees writes: a device that may have the memory checks both of its ends.
insmod "$HOLDER" start=$((END + GIB / 4)) size=4096 watched=$FIRST,$((END - 8))
load memmap_start=4G memmap_size=1G
unload
same "words that a load has changed" "$(<$P/changed)" 2
rmmod vkvssd_holder
