#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# scripts/kv on both namespaces: bytes exact, exit statuses, lists.
# boot: reserved
source "$(dirname "$0")/lib.sh"
requires nvme xxd perl jq

device
wipe

# nvme-cli's buffers are in huge pages only where the kernel has them on demand.
LARGE=2097152
[[ -d /sys/kernel/mm/transparent_hugepage ]] || LARGE=400000

# exits STATUS COMMAND... ; the output is in $TMP/out and $TMP/err
exits() {
	local want=$1 got=0
	shift
	"$@" >"$TMP/out" 2>"$TMP/err" || got=$?
	if ((got != want)); then
		cat "$TMP/out" "$TMP/err"
		fail "exit status $got instead of $want: $*"
	fi
}

try() {
	local node=$1 i
	kv() { "$KV" -d "$node" "$@"; }

	exits 0 kv put color green
	same "get" "$(kv get color)" green
	exits 0 kv put color ''
	same "empty value" "$(kv get color | wc -c)" 0
	same "size of nothing" "$(kv get --size color)" 0
	exits 1 kv get colour
	exits 1 kv exists colour
	exits 0 kv exists color
	exits 1 kv put --if-absent color red
	exits 1 kv put --if-present colour red
	exits 0 kv put --if-present color red
	exits 0 kv put --if-absent colour blue
	same "get" "$(kv get color)$(kv get colour)" redblue
	exits 0 kv put 0x00ff10 0x0001020304ff00
	for i in 4097 $LARGE; do
		head -c "$i" /dev/urandom >"$TMP/value"
		kv put file - <"$TMP/value"
		kv get file "$TMP/back"
		cmp "$TMP/value" "$TMP/back" || fail "$i bytes"
	done
	same "list" "$(kv list | sort | tr '\n' ' ')" '\x00\xff\x10 color colour file '
	same "list with a long prefix" "$(kv list colou)" 'colour'
	same "list as hex" "$(kv list --hex 0x00)" 0x00ff10
	kv stat --json | jq -e '.capacity > 0 and .used > '"$LARGE"' and .used < .capacity' || fail "stat: $(kv stat)"
	same "stat of a key" "$(kv stat --json file | jq .size)" $LARGE
	exits 0 kv del file
	exits 1 kv del --if-present file
	exits 0 kv put 0123456789abcdef 16
	exits 2 kv put 0123456789abcdefg 17
	same "get with 16 bytes" "$(kv get 0123456789abcdef)" 16
}

try "$BLK"
try "$NG"
same "exists as JSON" "$("$KV" exists --json nobody | jq -c .)" '{"key":"0x6e6f626f6479","exists":false}'
same "list as JSON" "$("$KV" list --json | jq length)" 4
same "list of nothing" "$("$KV" list --json nothing | jq -c .)" '[]'
wipe
same "empty list" "$("$KV" list)$("$KV" -d "$NG" list)" ''
kv() { "$KV" "$@"; }
exits 0 kv put 0x00ff10 0x0001020304ff00
same "hex" "$(kv get --hex 0x00ff10)" 0001020304ff00
exits 0 kv put --text 0x00 @-
same "taken literally" "$(kv get --text 0x00)" @-
head -c 5 /dev/urandom >"$TMP/value"
kv put file "@$TMP/value"
kv get file >"$TMP/back"
cmp "$TMP/value" "$TMP/back" || fail "from a file"
head -c 2097153 /dev/zero >"$TMP/value"
exits 2 kv put file "@$TMP/value"
exits 2 kv put ''  x
exits 2 "$KV" get
exits 2 "$KV" frobnicate
exits 2 "$KV" put --hex 1 2
exits 0 "$KV" put default yes
same "the default device" "$("$KV" get default)" yes
same "is namespace 1" "$("$KV" -d "$BLK" get default)" yes
exits 0 "$KV" put --append default ' and no'
same "appended" "$("$KV" get default)" 'yes and no'
exits 2 "$KV" -d "$NG" put --append default x
exits 0 "$KV" --help
exits 3 "$KV" -d /dev/null get default
v del default

# lists of several pages
v bulk-store n=2500 size=8 prefix=page threads=4
s bulk-store n=2500 size=8 prefix=page threads=4
for node in "$BLK" "$NG"; do
	"$KV" -d "$node" list page >"$TMP/list"
	same "keys in the list of $node" "$(sort -u "$TMP/list" | wc -l)" 2500
	same "lines in the list of $node" "$(wc -l <"$TMP/list")" 2500
done
wipe
