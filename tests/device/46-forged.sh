#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Commands whose pointers lead to memory that nobody has mapped for the device: to
# another program's secret, and anywhere. The device never reads or writes it. With
# dma=open it does, which shows that the test would see it.
# boot: relaxed
source "$(dirname "$0")/lib.sh"

MIB=256
BASE=$((4 << 30))
PARAMETERS=(memmap_start=4G "memmap_size=${MIB}M")

# refused : commands that the device has refused for their memory
refused() {
	sed -n 's/^dma_refused //p' "/sys/kernel/debug/vkvssd/$(basename "$PCI")/stats"
}

# forge COUNT SEED WORD... : its exit status is in status
forge() {
	status=0
	"$FORGE" "$BLK" "$NG" "/dev/$CTRL" "$@" || status=$?
	((status < 2)) || fail "forge: status $status"
}

# rows : prints how many rows of the secret are in the device's memory. A Sanitize
# overwrites what was there before.
rows() {
	"$FORGE" scan $BASE $((MIB << 20))
}

cd "$TMP"
echo 0 >/proc/sys/vm/compact_unevictable_allowed
# addresses of all kinds, those of the kernel too; what is free holds a pattern that
# the kernel checks (page_poison=1)
load "${PARAMETERS[@]}"
same "rows before" "$(rows)" 0
for seed in 1 2; do
	forge 1200 $seed secret=1024 anywhere=1
	((status == 0)) || fail "the device wrote to memory that is not mapped"
done
same "rows in the device" "$(rows)" 0
((300 < $(refused))) || fail "the device counts only $(refused) refused commands"
v torture 200 1 "$NG"

# the same commands in the open, to the secret only
load "${PARAMETERS[@]}" dma=open
forge 2000 1 secret=64
((status == 1)) || fail "dma=open: nothing was written, so this test cannot see it"
((0 < $(rows))) || fail "dma=open: nothing was read, so this test cannot see it"
