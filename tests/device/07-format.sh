#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Format erases one namespace, or all, without a reload; other namespaces stay.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme jq

# used NSID : bytes, as Identify says
used() {
	if (($1 == 1)); then
		echo $(($(nvme id-ns "$BLK" -o json | jq .nuse) * 512))
	else
		admin op=0x06 cdw10=5 cdw11=0x01000000 nsid="$1" len=4096 out="$TMP/kv" >/dev/null
		field "$TMP/kv" 16 8
	fi
}

store_some() {
	v bulk-store n=200 prefix=fm
	s bulk-store n=200 prefix=fm
	dd if=/dev/urandom of="$BLK" bs=4k count=64 oflag=direct status=none
}

device
nvme id-ctrl "/dev/$CTRL" >"$TMP/id"
grep -Eq '^oacs +: 0xa' "$TMP/id" || fail "Format is not announced"
grep -Eq '^fna +: 0( |$)' "$TMP/id" || fail "FNA is not 0"

store_some
nvme format "$BLK" --force --ses=1 >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "nvme format"; }
same "used by namespace 1" "$(used 1)" 0
(($(used 2) > 0)) || fail "namespace 2 was erased with namespace 1"
v bulk-exist n=200 prefix=fm want=0x310
s bulk-exist n=200 prefix=fm
blockdev --flushbufs "$BLK"
cmp -n 262144 "$BLK" /dev/zero || fail "blocks are not zero after a Format"

# the KV command set allows Format, too; nvme-cli knows only block namespaces
store_some
nvme admin-passthru "/dev/$CTRL" --opcode=0x80 -n 2 >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "Format of namespace 2"; }
same "used by namespace 2" "$(used 2)" 0
s bulk-exist n=200 prefix=fm want=0x087
v bulk-exist n=200 prefix=fm
s store after ok
s get after 2 data=ok

# all namespaces
nvme format "/dev/$CTRL" -n 0xffffffff --force >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "nvme format of all"; }
same "used by namespace 1" "$(used 1)" 0
same "used by namespace 2" "$(used 2)" 0

# formats that are not offered are refused, without effect
v store kept yes
admin op=0x80 nsid=1 cdw10=1 want=0x10a
admin op=0x80 nsid=1 cdw10=0x20 want=0x10a
admin op=0x80 nsid=1 cdw10=0x400 want=0x002
admin op=0x80 nsid=17 want=0x00b
v get kept 3 data=yes

# a Format of a large namespace beside a reset: gone, and the device works
v bulk-store n=5000 prefix=rs
nvme admin-passthru "/dev/$CTRL" --opcode=0x80 -n 1 >"$TMP/out" 2>&1 &
reset_device
wait || true
is_empty() { [[ $(used 1) == 0 ]]; }
if v exist kept want=any | grep -q 'status=0x000'; then
	echo "the reset was faster than the Format"
	wipe
else
	wait_for 60 is_empty || fail "namespace 1 is not empty"
fi
v store after ok
v get after 2 data=ok
