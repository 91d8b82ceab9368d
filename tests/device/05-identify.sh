#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Identify of a controller and its namespaces, as nvme-cli sends and shows it.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme jq

device

# shows EXTENDED-REGEX COMMAND... : it succeeds and prints that
shows() {
	local want=$1
	shift
	"$@" >"$TMP/out" 2>&1 || { cat "$TMP/out"; fail "$*"; }
	grep -Eq "$want" "$TMP/out" || { cat "$TMP/out"; fail "$*: no '$want'"; }
}

shows "^mn +: $MODEL" nvme id-ctrl "/dev/$CTRL"
shows '^mdts +: 9' nvme id-ctrl "/dev/$CTRL"
shows '^subnqn +: nqn\.' nvme id-ctrl "/dev/$CTRL"
shows '^sn +: .*[^ ]' nvme id-ctrl "/dev/$CTRL"
shows '^sqes +: 0x66' nvme id-ctrl "/dev/$CTRL"
shows '^cqes +: 0x44' nvme id-ctrl "/dev/$CTRL"
shows '^nsze +: 0x' nvme id-ns "$BLK"
nvme id-ns "$BLK" -o json >"$TMP/ns"
size=$(blockdev --getsize64 "$BLK")
shift_=$(jq '.lbafs[.flbas % 16].ds' "$TMP/ns")
same "namespace size" "$(($(jq .nsze "$TMP/ns") << shift_))" "$size"
shows '\[ *0\]:0x1' nvme list-ns "/dev/$CTRL"
shows '\[ *1\]:0x2' nvme list-ns "/dev/$CTRL"
shows 'csi +: 0' nvme ns-descs "/dev/$CTRL" -n 1
shows 'csi +: (0x)?1' nvme ns-descs "/dev/$CTRL" -n 2
shows 'nstat' nvme cmdset-ind-id-ns "/dev/$CTRL" -n 1
shows 'nstat' nvme cmdset-ind-id-ns "/dev/$CTRL" -n 2
shows '.' nvme id-iocs "/dev/$CTRL"
shows 'Admin Commands' nvme effects-log "/dev/$CTRL" --csi=0
shows 'Admin Commands' nvme effects-log "/dev/$CTRL" --csi=1
shows 'critical_warning[[:space:]]*: 0' nvme smart-log "/dev/$CTRL"
shows '.' nvme error-log "/dev/$CTRL"
shows '.' nvme fw-log "/dev/$CTRL"
# nvme-cli of Debian 13 reads all that sysfs has. Linux then identifies namespace 2 as if
# it had blocks, which the device refuses.
expect_log 'No UUID available providing old NGUID' 'Identify namespace failed \(300\)'
shows '.' nvme list
shows '.' nvme list-subsys
for fid in 1 2 4 6 7 8 9 0xa 0xb; do
	shows 'get-feature' nvme get-feature "/dev/$CTRL" -f "$fid"
done
shows 'get-feature' nvme get-feature "$BLK" -f 5 -n 1

# supported by the effects log: from 6.12 on, the kernel lets users send these
admin op=0x02 cdw10=0x03ff0005 cdw14=0x01000000 len=4096 out="$TMP/effects"
for opcode in 0x01 0x02 0x06 0x10 0x14; do
	effects=$(field "$TMP/effects" $((1024 + opcode * 4)) 4)
	((effects & 1)) || fail "opcode $opcode is not marked as supported for command set 1"
done
(($(field "$TMP/effects" $((1024 + 1 * 4)) 4) & 2)) || fail "store does not announce that it changes content"

# the identify pages of the standard command set
admin op=0x06 cdw10=5 cdw11=0x01000000 nsid=2 len=4096 out="$TMP/kv"
(($(field "$TMP/kv" 0 8) > 1 << 29)) || fail "KV namespace of $(field "$TMP/kv" 0 8) bytes"
same "maximum key length" "$(field "$TMP/kv" 72 2)" 16
same "maximum value length" "$(field "$TMP/kv" 76 4)" $((2 << 20))
same "NKVF" "$(field "$TMP/kv" 25 1)" 1
admin op=0x06 cdw10=0x1c cdw11=0 len=4096 out="$TMP/iocs"
(($(field "$TMP/iocs" 0 8) & 3)) || fail "command sets $(field "$TMP/iocs" 0 8)"
same "command sets" "$(($(field "$TMP/iocs" 0 8) & 3))" 3
admin op=0x06 cdw10=8 nsid=2 len=4096 out="$TMP/ind"
same "namespace 2 ready" "$(($(field "$TMP/ind" 14 1) & 1))" 1
same "namespace 2, reserved features" "$(($(field "$TMP/ind" 0 1) & 7))" 0
same "namespace 2, format progress" "$(field "$TMP/ind" 3 1)" "$(field "$TMP/kv" 28 1)"
admin op=0x06 cdw10=6 cdw11=0x01000000 len=4096

# lists in parts: only namespaces above the given one, and of the given command set
admin op=0x06 cdw10=2 nsid=1 len=4096 out="$TMP/list"
same "first namespace above 1" "$(field "$TMP/list" 0 4)" 2
same "nothing after that" "$(field "$TMP/list" 4 4)" 0
admin op=0x06 cdw10=7 cdw11=0x01000000 nsid=0 len=4096 out="$TMP/list"
same "first namespace of command set 1" "$(field "$TMP/list" 0 4)" 2
admin op=0x06 cdw10=2 nsid=0xfffffffe len=4096 want=0x00b

# pages for a shorter buffer of the host: no more is written than it asked for
admin op=0x02 cdw10=0x00010002 len=8 out="$TMP/short"
admin op=0x02 cdw10=0x007f0002 cdw12=0x100 len=512 want=any
