#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Every feature, through nvme-cli: current, default, saved, capabilities, set.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme

# feature FID SELECT [NSID] : its dword
feature() {
	result_of "/dev/$CTRL" raw admin=1 op=0x0a nsid="${3:-0}" cdw10=$(($1 | $2 << 8))
}

# refused STATUS COMMAND... : nvme-cli fails, and says this
refused() {
	local want=$1
	shift
	if "$@" >"$TMP/out" 2>&1; then fail "$* succeeded"; fi
	grep -Eqi "$want" "$TMP/out" || { cat "$TMP/out"; fail "$*: not '$want'"; }
}

device

# fid, another value, capabilities
while read -r fid value capabilities; do
	initial=$(feature "$fid" 1)
	same "capabilities of $fid" "$(feature "$fid" 3)" "$capabilities"
	nvme get-feature "/dev/$CTRL" -f "$fid" -H >/dev/null || fail "get-feature $fid"
	nvme set-feature "/dev/$CTRL" -f "$fid" --value="$value" >/dev/null || fail "set-feature $fid"
	same "feature $fid" "$(feature "$fid" 0)" $((value))
	same "default of $fid" "$(feature "$fid" 1)" "$initial"
	nvme set-feature "/dev/$CTRL" -f "$fid" --value="$initial" >/dev/null || fail "set-feature $fid"
	if ((capabilities & 1)); then
		nvme set-feature "/dev/$CTRL" -f "$fid" --value="$initial" --save >/dev/null || fail "save $fid"
	else
		refused 'not saveable' nvme set-feature "/dev/$CTRL" -f "$fid" --value="$initial" --save
	fi
done <<'END'
0x01 0x01020303 5
0x02 0x20 5
0x04 340 4
0x06 0 5
0x08 0x0205 5
0x0a 1 5
0x17 1 5
0x19 0 4
END
# the keep alive timer; later kernels keep it to themselves
if nvme set-feature "/dev/$CTRL" -f 0x0f --value=120050 >"$TMP/out" 2>&1; then
	same "keep alive timer" "$(feature 0x0f 0)" 120100
	nvme set-feature "/dev/$CTRL" -f 0x0f --value=0 >/dev/null || fail "keep alive timer"
else
	grep -q 'Permission denied' "$TMP/out" || { cat "$TMP/out"; fail "keep alive timer"; }
fi
for fid in 0x05 0x07 0x09 0x0b 0x0e 0x81; do
	nvme get-feature "/dev/$CTRL" -n 1 -f "$fid" >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "get-feature $fid"; }
done
nvme set-feature "/dev/$CTRL" -n 1 -f 5 --value=9 >/dev/null || fail "error recovery"
same "error recovery" "$(feature 5 0 1)" 9
nvme set-feature "/dev/$CTRL" -n 2 -f 0x20 --value=1 >/dev/null || fail "key value configuration"
same "key value configuration" "$(feature 0x20 0 2)" 1
nvme set-feature "/dev/$CTRL" -n 2 -f 0x20 --value=0 >/dev/null || fail "key value configuration"
# the queues exist, there is no host memory buffer, and no feature 7Eh
refused 'sequence|permission denied' nvme set-feature "/dev/$CTRL" -f 7 --value=0x10001
refused 'invalid field' nvme get-feature "/dev/$CTRL" -f 0x0d
refused 'invalid field' nvme get-feature "/dev/$CTRL" -f 0x7e

# coalesced interrupts lose no command
nvme set-feature "/dev/$CTRL" -f 8 --value=0x0a07 >/dev/null || fail "interrupt coalescing"
v bulk-store n=300 prefix=ic
v bulk-exist n=300 prefix=ic
v torture 200 5 "$NG"
nvme set-feature "/dev/$CTRL" -f 8 --value=0 >/dev/null || fail "interrupt coalescing"
v bulk-delete n=300 prefix=ic

# after a reset, saved values are there, and others are gone
nvme set-feature "/dev/$CTRL" -f 1 --value=0x03020105 --save >/dev/null || fail "save arbitration"
nvme set-feature "/dev/$CTRL" -f 0x0a --value=1 >/dev/null || fail "write atomicity"
reset_device
same "saved arbitration" "$(feature 1 0)" $((0x03020105))
same "write atomicity" "$(feature 0x0a 0)" 0
nvme set-feature "/dev/$CTRL" -f 1 --value=7 --save >/dev/null || fail "save arbitration"

# a temperature threshold below the temperature is a critical warning
nvme set-feature "/dev/$CTRL" -f 4 --value=280 >/dev/null || fail "temperature threshold"
nvme smart-log "/dev/$CTRL" | grep -Eq 'critical_warning[[:space:]]*: (0x)?2' || fail "no critical warning"
nvme set-feature "/dev/$CTRL" -f 4 --value=343 >/dev/null || fail "temperature threshold"
nvme smart-log "/dev/$CTRL" | grep -Eq 'critical_warning[[:space:]]*: 0' || fail "critical warning stays"
