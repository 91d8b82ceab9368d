#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Sanitize by block erase, its log, and the kinds of Sanitize that are refused.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme

# status : SSTAT[2:0]
status() {
	admin op=0x02 cdw10=0x007f0081 len=512 out="$TMP/sanitize" >/dev/null
	echo $(($(field "$TMP/sanitize" 2 2) & 7))
}

is_done() {
	[[ $(status) == 1 ]]
}

device
nvme id-ctrl "/dev/$CTRL" >"$TMP/id"
grep -Eq '^sanicap +: 0x60000002' "$TMP/id" || { grep sanicap "$TMP/id"; fail "SANICAP"; }
v bulk-store n=500 prefix=sn
s bulk-store n=500 prefix=sn
# crypto erase and overwrite are not there
admin op=0x84 cdw10=4 want=0x002
admin op=0x84 cdw10=3 want=0x002
admin op=0x84 cdw10=0x202 want=0x002
v bulk-exist n=500 prefix=sn
nvme sanitize "/dev/$CTRL" --sanact=2 >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "nvme sanitize"; }
wait_for 60 is_done || fail "sanitize does not end: status $(status)"
nvme sanitize-log "/dev/$CTRL" >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "nvme sanitize-log"; }
grep -q 'SPROG.*65535' "$TMP/out" || { cat "$TMP/out"; fail "SPROG is not 65535"; }
# global data erased, until something is written
same "SSTAT" "$(field "$TMP/sanitize" 2 2)" $((0x101))
v bulk-exist n=500 prefix=sn want=0x310
s bulk-exist n=500 prefix=sn want=0x087
v store after ok
v get after 2 data=ok
same "status" "$(status)" 1
same "SSTAT" "$(field "$TMP/sanitize" 2 2)" 1
admin op=0x84 cdw10=1
v get after 2 data=ok
