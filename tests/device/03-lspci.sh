#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The PCI function as lspci sees it.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires lspci setpci

device
slot=$(basename "$PCI")
[[ $slot != 0000:* ]] || fail "$slot is not in a PCI domain of its own"
lspci -vv -s "$slot" >"$TMP/out" 2>"$TMP/err"
cat "$TMP/out"
[[ ! -s $TMP/err ]] || fail "lspci complains: $(<"$TMP/err")"
for want in 'Non-Volatile memory controller' 'NVM Express' 'Power Management version' 'Express .*Endpoint' \
	'FLReset\+' 'MSI-X: Enable\+' 'Region 0: Memory at' 'Kernel driver in use: nvme'; do
	grep -Eq "$want" "$TMP/out" || fail "lspci -vv does not show: $want"
done
! grep -Eiq 'unknown header|access denied|!!!|\?\?' "$TMP/out" || fail "lspci is not content"
same class "$(<"$PCI/class")" 0x010802
lspci -xxxx -s "$slot" >/dev/null
lspci -D | grep "$slot"

# Read-only bits stay as they are, and writable ones can be written back.
before=$(setpci -s "$slot" 0.l)
setpci -s "$slot" 0.l=deadbeef
same "vendor and device id" "$(setpci -s "$slot" 0.l)" "$before"
bar=$(setpci -s "$slot" 10.l)
command=$(setpci -s "$slot" COMMAND.w)
setpci -s "$slot" COMMAND.w="$command"
same "BAR 0" "$(setpci -s "$slot" 10.l)" "$bar"
v store lspci still
v get lspci 5 data=still
