#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tables of statistics agree with the commands that were sent; they can be reset;
# and log page C0h has them, too.
# boot: reserved
source "$(dirname "$0")/lib.sh"

TABLES=(commands latency space index engine workers dies histogram)

# value TABLE NAME : from a table of names and values
value() {
	awk -v name="$2" '$1 == name { print $2 }' "$D/$1"
}

# row NSID OPCODE COLUMN : from the table of commands; 0 if there is no such line
row() {
	awk -v nsid="$1" -v opcode="$2" -v column="$3" '
		$1 == "nsid" { for (i = 1; i <= NF; i++) number[$i] = i }
		$1 == nsid && $2 == opcode { found = $number[column] }
		END { print found + 0 }' "$D/commands"
}

# Every line has as many columns as the header.
check_form() {
	same "first line of $1" "$(head -n 1 "$D/$1")" 'version 1'
	awk 'NR == 2 { columns = NF } NR > 2 && NF != columns { print; bad = 1 }
		END { exit bad || !columns }' "$D/$1" || fail "lines of $1 and its header differ"
}

device
wipe
D=/sys/kernel/debug/vkvssd/$(basename "$PCI")
same "first line of stats" "$(head -n 1 "$D/stats")" 'version 1'
for table in "${TABLES[@]}"; do check_form "$table"; done

echo 1 >"$D/reset"
same "stores after a reset" "$(row 1 0x81 commands)" 0
v bulk-store n=100 size=1000 prefix=st
v bulk-verify n=100 size=1000 prefix=st
v exist nothere want=0x310
s bulk-store n=50 size=100 prefix=st
s bulk-delete n=50 prefix=st
dd if=/dev/zero of="$BLK" bs=4k count=8 oflag=direct status=none

same "vendor stores" "$(row 1 0x81 commands) $(row 1 0x81 ok) $(row 1 0x81 bytes)" '100 100 100000'
same "vendor retrieves" "$(row 1 0x90 hits) $(row 1 0x90 misses) $(row 1 0x90 bytes)" '100 0 100000'
same "vendor exists" "$(row 1 0xb3 misses) $(row 1 0xb3 no_key)" '1 1'
same "standard stores" "$(row 2 0x01 commands) $(row 2 0x01 bytes)" '50 5000'
same "standard deletes" "$(row 2 0x10 hits)" 50
same "block writes" "$(row 1 0x01 bytes)" 32768
same "bytes written" "$(value stats written_bytes)" $((100000 + 5000 + 32768))
below "bytes that the log took" "$(value stats written_bytes)" "$(value space host_written_bytes)"
below "commands by opcode" 150 "$(value engine commands)"

# There are as many latencies as commands, and percentiles are in order.
awk '$1 == 1 && $2 == "0x81" && $4 == "total" { found = $5 == 100 && $7 > 0 && $7 <= $8 && $8 <= $9 && $9 <= $12 }
	END { exit !found }' "$D/latency" || fail "latency of stores: $(grep '^1 0x81' "$D/latency")"
same "samples in the histogram" "$(awk '$1 == 1 && $2 == "0x81" && $4 == "total" { n += $7 } END { print n }' "$D/histogram")" 100
for table in "${TABLES[@]}"; do check_form "$table"; done

# The same tables, for a remote host.
# Newer versions of nvme-cli ask for a log in pieces, and the device refuses the pieces
# behind its end. So the log is read as docs/statistics.md says, but up to the end of a
# piece, because zeroes have to follow its text.
length=$(nvme get-log "/dev/$CTRL" --log-id=0xc0 --log-len=512 -b | sed -n 's/^length *//p')
nvme get-log "/dev/$CTRL" --log-id=0xc0 --log-len=$(((length / 4096 + 1) * 4096)) -b >"$TMP/log"
length=$(sed -n 's/^length *//p' "$TMP/log" | head -n 1)
head -c "$length" "$TMP/log" >"$TMP/text"
tail -c +$((length + 1)) "$TMP/log" | tr -d '\0' | cmp - /dev/null || fail "text behind the log's length"
grep '^[12] 0x' "$D/commands" "$D/latency" -h >"$TMP/rows"
while read -r line; do
	grep -qxF "$line" "$TMP/text" || fail "log page C0h lacks: $line"
done <"$TMP/rows"
((length > 2000)) || fail "log page C0h has only $length bytes"

for wrong in 0 2 x; do
	if echo "$wrong" 2>/dev/null >"$D/reset"; then fail "reset took '$wrong'"; fi
done
echo 1 >"$D/reset"
same "commands by opcode after a reset" "$(grep -c '^[12] 0x' "$D/commands" || true)" 0
smart=$(nvme smart-log "/dev/$CTRL" -o json | jq -r .host_write_commands)
((smart >= 150)) || fail "a reset is no matter of SMART's: $smart writes"
