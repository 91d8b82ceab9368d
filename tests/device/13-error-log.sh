#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The error information log names the command and the field that was wrong.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme

# newest : the log's first entry
newest() {
	admin op=0x02 cdw10=0x000f0001 len=64 out="$TMP/error" >/dev/null
}

# logged WHAT STATUS LOCATION NSID : is that the newest entry?
logged() {
	newest
	same "$1: status" "$(($(field "$TMP/error" 12 2) >> 1))" $(($2))
	same "$1: location" "$(field "$TMP/error" 14 2)" $(($3))
	same "$1: NSID" "$(field "$TMP/error" 24 4)" "$4"
}

device
newest
before=$(field "$TMP/error" 0 8)
v raw op=0xc1 want=0x001
logged "opcode" 0x001 0x000 1
v raw op=0x02 cdw10=0xffffffff cdw11=0xffffffff cdw12=0 len=512 want=0x080
logged "LBA range" 0x080 40 1
same "LBA" "$(field "$TMP/error" 16 8)" 18446744073709551615
v raw op=0x81 cdw10=1 cdw11=0xff len=4 want=0x303
logged "key length" 0x303 44 1
s raw op=0x01 cdw10=1 cdw11=0x301 cdw2=0x31 len=4 want=0x002
logged "option" 0x002 45 2
admin op=0x02 cdw10=0x007f00ee len=512 want=0x109
logged "log page" 0x109 40 0
admin op=0x0a cdw10=0x7e want=0x002
logged "feature" 0x002 40 0
same "errors" "$(($(field "$TMP/error" 0 8) - before))" 6
nvme error-log "/dev/$CTRL" -e 8 >"$TMP/out" || fail "nvme error-log"
grep -Eqi 'status_field[[:space:]]*: .*invalid field' "$TMP/out" || { cat "$TMP/out"; fail "no invalid field in nvme error-log"; }
nvme smart-log "/dev/$CTRL" >"$TMP/out" || fail "nvme smart-log"
grep -q "^num_err_log_entries[[:space:]]*: $((before + 6))$" "$TMP/out" || { cat "$TMP/out"; fail "num_err_log_entries"; }
# a key that is not there is an answer, no error
v exist absent want=0x310
newest
same "errors" "$(($(field "$TMP/error" 0 8) - before))" 6
