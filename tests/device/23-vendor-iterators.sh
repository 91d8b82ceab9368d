#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Iterators of each kind: key, key and value, delete; and the log that shows them.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
v bulk-store n=700 size=20 prefix=ITEA
v bulk-store n=300 size=20 prefix=ITEB
v store OTHER x
v store I short

le() { printf '0x'; echo -n "$1" | rev | xxd -p; }

# key only, in buffers of several sizes
for buf in 32768 4096 512 24; do
	v iterate iter="$(le ITEA)" mask=0xffffffff buf=$buf n=700 exact=1
done
v iterate iter="$(le ITE)" mask=0xffffff n=1000 exact=1
v iterate iter="$(le I)" mask=0xff n=1001 exact=1
v iterate n=1002 exact=1
v iterate iter="$(le NONE)" mask=0xffffffff n=0
# DW12 has a bit that the mask takes away: nothing can match
v iterate iter="$(le ITEA)" mask=0xff n=0
# a key shorter than four bytes counts as if zeroes followed
v iterate iter=0x49 mask=0xffffffff n=1 print=1
v iterate iter="$(le ITEA)" mask=0xffffffff print=1 >"$TMP/keys"
same "first key" "$(head -n 1 "$TMP/keys")" ITEA0000000
same "last key" "$(tail -n 1 "$TMP/keys")" ITEA0000699

# Keys that are stored after the open may come or not. Keys that are deleted must not
# break the iterator.
handle=$(result_of "$BLK" iter-open "$(le ITEB)" 0xffffffff 4)
v iter-read "$handle" 256 want=0
v bulk-delete n=300 prefix=ITEB
v iter-read "$handle" 32768 want=0x393
v iter-close "$handle"
v bulk-store n=5 size=20 prefix=ITEB

# key and value: one pair a read
handle=$(result_of "$BLK" iter-open "$(le ITEB)" 0xffffffff 8)
read_iterators
same "log D0h" "$(od -An -v -w16 -tx1 "$TMP/iterators" | awk '$2 == "01"')" \
	" $(printf %02x "$handle") 01 02 01 49 54 45 42 ff ff ff ff 00 00 00 00"
for ((pairs = 0; pairs < 20; pairs++)); do
	out=$("$KVTOOL" "$BLK" iter-read "$handle" 32768 want=any out="$TMP/pair")
	echo "$out"
	status=${out%% result*}
	result=$((${out##*result=}))
	if ((result == 0)); then break; fi
	same "key length" $((result >> 24)) 11
	same "value length" $((result & 0xffffff)) 20
	head -c 11 "$TMP/pair" >>"$TMP/pair-keys"
	echo >>"$TMP/pair-keys"
	head -c 532 "$TMP/pair" | tail -c 20 >"$TMP/value"
	v get "$(tail -n 1 "$TMP/pair-keys")" 20 "data=@$TMP/value"
	if [[ $status == status=0x393 ]]; then break; fi
done
same "status at the end" "$status" status=0x393
same "pairs" "$(sort -u "$TMP/pair-keys" | tr '\n' ' ')" \
	"ITEB0000000 ITEB0000001 ITEB0000002 ITEB0000003 ITEB0000004 "
v iter-close "$handle"

# delete: all keys that match go, and no others
handle=$(result_of "$BLK" iter-open "$(le ITEA)" 0xffffffff 0x10)
v iter-read "$handle" 4096 want=0x394
wait_for 60 iterator_done "$handle" || fail "the delete iterator does not say that it is done"
v iter-close "$handle"
v iterate iter="$(le ITEA)" mask=0xffffffff n=0
v iterate n=7

# a reset closes iterators that a dead client left open
for i in {1..16}; do v iter-open "$i" 0xffff 4 >/dev/null; done
v iter-open 77 0xffff 4 want=0x391
reset_device
same "open after a reset" "$(open_iterators)" ''
v iter-open 77 0xffff 4
v iter-close 1
wipe
