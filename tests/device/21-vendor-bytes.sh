#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Values byte by byte, short and long buffers, and the size in dword 0.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device

for len in 0 1 2 3 4 5 7 8 63 64 65 511 512 513 4095 4096 4097 8191 8192 8193 65535 65537 262144 1048577 2097149 2097152; do
	v store bytes "pat:$len:$len" >/dev/null
	v get bytes $(((len + 7) / 4 * 4 > 2097152 ? 2097152 : (len + 7) / 4 * 4)) "data=pat:$len:$len"
	v get bytes 4 "data=pat:$len:$len" >/dev/null
	v get bytes 0 opt=2 "result=$len" >/dev/null
	v get bytes 0 "result=$len" >/dev/null
done
# a buffer longer than the value stays as it was behind it
v store bytes hello
v get bytes 64 out="$TMP/out" result=5
same "bytes behind the value" "$(tail -c +9 "$TMP/out" | tr -d '\356' | wc -c)" 0
same "value" "$(head -c 5 "$TMP/out")" hello
# a buffer that starts inside a page, and one that spans pages it does not fill
for off in 4 512 2048 4092; do
	v store offset "pat:$off:9000" off=0
	v get offset 9000 off=$off "data=pat:$off:9000"
done
# keys: every length, bytes of any value, and length counts
for len in 1 2 3 4 5 8 15 16; do
	v store "rep:q:$len" "length $len"
done
for len in 1 2 3 4 5 8 15 16; do
	v get "rep:q:$len" 64 "data=length $len"
done
v store hex:00 zero
v store hex:0000 zeroes
v get hex:00 8 data=zero
v get hex:0000 8 data=zeroes
v get hex:000000 8 want=0x310
v del rep:q:4
v get rep:q:5 64 'data=length 5'
v get rep:q:3 64 'data=length 3'
v get rep:q:4 64 want=0x310
for len in 1 2 3 5 8 15 16; do v del "rep:q:$len"; done
v del hex:00
v del hex:0000
v del bytes
v del offset
# bits that are reserved in the dialect do not matter to it
v store reserved bits cdw2=0xffffffff cdw3=0xffffffff
v get reserved 4 cdw2=1 data=bits
v del reserved
