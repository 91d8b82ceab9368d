#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Random commands get a status each, and everything works afterwards.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
v bulk-store n=200 size=3000 prefix=pre
s bulk-store n=200 size=3000 prefix=pre
dd if=/dev/urandom of="$TMP/blocks" bs=1M count=4 status=none
dd if="$TMP/blocks" of="$BLK" bs=1M oflag=direct status=none
for seed in 1 2 3; do
	v garbage 1000 $seed
	s garbage 1000 $seed
done
# Random delete iterators may well have matched keys of namespace 1; blocks and
# namespace 2 hold nothing that random keys could hit.
s bulk-verify n=200 size=3000 prefix=pre
cmp "$TMP/blocks" <(dd if="$BLK" bs=1M count=4 iflag=direct status=none) || fail "blocks"
reset_device
v torture 500 7 "$NG"
load "${DEFAULT[@]}"
