#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Append adds exactly the given bytes to a value, and makes a value that is absent.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
v del append
v append append one
v get append 64 data=one
v append append ,two,
v append append ''
v append append three
v get append 64 data=one,two,three
v store append new
v get append 64 data=new

# many pieces of odd lengths, more than one retrieve returns
v store append ''
: >"$TMP/want"
for i in {1..6}; do
	head -c $((400000 + i)) /dev/urandom >"$TMP/piece"
	cat "$TMP/piece" >>"$TMP/want"
	v append append "@$TMP/piece"
done
v get append 0 opt=2 result=2400021
v get append 2097152 result=2400021 out="$TMP/got"
cmp "$TMP/got" <(head -c 2097152 "$TMP/want") || fail "the first 2 MiB"
v append append x opt=0x80 want=0x304
v get append 0 opt=2 result=2400021
v del append
v exist append want=0x310
