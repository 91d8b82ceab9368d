#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Block data, the vendor dialect's keys and the standard ones never touch.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires dd cmp

device
wipe
dd if=/dev/urandom of="$TMP/blocks" bs=1M count=6 status=none
dd if="$TMP/blocks" of="$BLK" bs=1M oflag=direct status=none

# the same keys in both namespaces, and keys that look like block addresses
for key in same hex:0000000000000000 hex:00000000 hex:0100000000000000 hex:01; do
	v store "$key" "vendor $key"
	s store "$key" "standard $key"
done
v bulk-store n=200 size=3000 prefix=sep
s bulk-store n=200 size=5000 prefix=sep
v bulk-verify n=200 size=3000 prefix=sep
s bulk-verify n=200 size=5000 prefix=sep
cmp "$TMP/blocks" <(dd if="$BLK" bs=1M count=6 iflag=direct status=none) || fail "blocks after stores"

# overwriting and discarding blocks leaves the keys
dd if=/dev/zero of="$BLK" bs=1M count=6 oflag=direct status=none
blkdiscard -f "$BLK"
v bulk-verify n=200 size=3000 prefix=sep
s bulk-verify n=200 size=5000 prefix=sep
for key in same hex:0000000000000000 hex:00000000 hex:0100000000000000 hex:01; do
	v get "$key" 64 "data=vendor $key"
	s get "$key" 64 "data=standard $key"
done
dd if="$TMP/blocks" of="$BLK" bs=1M oflag=direct status=none

# deleting in one leaves the other
v bulk-delete n=200 prefix=sep opt=1
v iterate n=5 exact=1
s bulk-verify n=200 size=5000 prefix=sep
s list-all n=205 exact=1
v bulk-exist n=200 prefix=sep want=0x310
for key in same hex:0000000000000000 hex:00000000 hex:0100000000000000 hex:01; do
	s del "$key"
	v get "$key" 64 "data=vendor $key"
	v del "$key" opt=1
done
s bulk-delete n=200 prefix=sep
cmp "$TMP/blocks" <(dd if="$BLK" bs=1M count=6 iflag=direct status=none) || fail "blocks after deletes"
