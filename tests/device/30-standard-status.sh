#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The standard command set: its statuses, its options, and feature 20h.
# boot: reserved
source "$(dirname "$0")/lib.sh"

device
wipe
s store here value

# 85h invalid value size
s raw op=0x01 cdw10=0x200001 cdw11=4 cdw2=0x61616161 len=4096 want=0x085
s raw op=0x01 cdw10=0xffffffff cdw11=4 cdw2=0x61616161 len=4096 want=0x085
# 86h invalid key size, for the store; 02h or 86h for the others
s raw op=0x01 cdw10=4 cdw11=0 len=4 want=0x086
s raw op=0x01 cdw10=4 cdw11=17 len=4 want=0x086
s raw op=0x01 cdw10=4 cdw11=255 len=4 want=0x086
for opcode in 0x02 0x10 0x14; do
	for len in 0 17 255; do
		out=$(s raw op=$opcode cdw11=$len want=any)
		[[ $out =~ status=0x(002|086) ]] || fail "opcode $opcode with a key of $len bytes: $out"
	done
done
out=$(s raw op=0x06 cdw10=4096 cdw11=17 len=4096 want=any)
[[ $out =~ status=0x(002|086) ]] || fail "list with a key of 17 bytes: $out"
# 87h key does not exist
s get absent 16 want=0x087
s exist absent want=0x087
s store absent x opt=1 want=0x087
s exist absent want=0x087
# 89h key exists
s store here other opt=2 want=0x089
s get here 5 data=value
# options
s store here update opt=1
s get here 6 data=update
s store absent new opt=2
s get absent 3 data=new
s store here raw opt=4
s get here 3 opt=1 data=raw
s store here never opt=3 want=any
s get here 16 data=raw
# deleting an absent key succeeds until feature 20h says otherwise
s del absent
s del absent
admin op=0x0a cdw10=0x20 nsid=2 result=0
admin op=0x09 cdw10=0x20 cdw11=1 nsid=2
admin op=0x0a cdw10=0x20 nsid=2 result=1
s del absent want=0x087
s del here
s del here want=0x087
# the other dialect has its own option for that
v del absent
admin op=0x09 cdw10=0x20 cdw11=0 nsid=2
s del here

# bytes, sizes, short buffers
for len in 0 1 3 4 5 63 64 65 4095 4096 4097 65537 262144 524288 2097151 2097152; do
	s store bytes "pat:$len:$len" >/dev/null
	s get bytes $((len + 5 > 2097152 ? 2097152 : len + 5)) "data=pat:$len:$len"
	s get bytes 3 "data=pat:$len:$len" >/dev/null
	s get bytes 0 "result=$len" >/dev/null
done
s store bytes hello
s get bytes 64 out="$TMP/out" result=5
same "bytes behind the value" "$(tail -c +6 "$TMP/out" | tr -d '\356' | wc -c)" 0
# a buffer of three bytes is three bytes, not a dword
s raw op=0x02 cdw10=3 cdw11=5 cdw2=0x65747962 cdw3=0x73 len=8 out="$TMP/out" result=5
same "three bytes" "$(od -An -tx1 "$TMP/out")" " 68 65 6c ee ee ee ee ee"
# dwords 12 and 13 are ignored
s store bytes again cdw12=0xffffffff cdw13=0xffffffff
s get bytes 5 cdw12=0x12345678 cdw13=1 data=again
s del bytes
for len in 1 2 3 4 8 9 15 16; do s store "rep:q:$len" "length $len"; done
for len in 1 2 3 4 8 9 15 16; do s get "rep:q:$len" 16 "data=length $len"; done
for len in 1 2 3 4 8 9 15 16; do s del "rep:q:$len"; done
# nvme-cli, with the dwords one by one
echo -n 0123456789 >"$TMP/value"
nvme io-passthru "$NG" --opcode=0x01 -n 2 -w -l 10 -i "$TMP/value" --cdw10=10 --cdw11=4 --cdw2=0x34333231
s get 1234 10 data=0123456789
s del 1234
